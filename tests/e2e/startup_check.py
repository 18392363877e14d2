#!/usr/bin/env python3
"""What serve and init say when something about the data directory is wrong: one sentence, its exit code, nothing touched."""
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from appliance import BINARY, Appliance  # noqa: E402

CONFIGURATION, TEMPORARY = 78, 75  # sysexits.h
NOBODY = 65534


class Skipped(Exception):
    """This machine cannot show it; the reason is printed."""


def state_of(folder):
    """What must not change: every file but sockets, with its content and mode."""
    return {path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mode)
            for path in Path(folder).iterdir() if path.is_file()}


def serve(home, *before):
    command = [*before, BINARY, "serve", *home.place, "--listen", f"127.0.0.1:{home.port}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, env=home.environment)


def expect_refusal(done, code, *words):
    said = [line for line in done.stderr.splitlines() if line.startswith("patchbay: ")]
    assert done.returncode == code, f"exit {done.returncode} instead of {code}: {done.stderr.strip()}"
    assert len(said) == 1, f"not one sentence: {done.stderr.strip()}"
    assert done.stdout == "", "errors belong to stderr"
    for word in words:
        assert re.search(word, said[0]), f"the sentence does not say {word!r}: {said[0]}"
    assert re.search(r"([.?!]|: [^:]+)$", said[0]), f"no sentence, and no command to run: {said[0]}"
    print(f"  exit {code}: {said[0]}")


def refuse_untouched(home, code, *words):
    before = state_of(home.data)
    expect_refusal(serve(home), code, *words)
    after = state_of(home.data)
    assert before == after, f"files were touched: {sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))}"


def change_byte(path, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def check_changed_database(home):
    change_byte(home.data / "store.db", 200)
    refuse_untouched(home, CONFIGURATION, "store.db")


def check_cut_database(home):
    path = home.data / "store.db"
    path.write_bytes(path.read_bytes()[:1000])
    refuse_untouched(home, CONFIGURATION, "store.db")


def check_lost_database(home):
    (home.data / "store.db").unlink()
    refuse_untouched(home, CONFIGURATION, r"store|init")


def check_changed_keyring(home):
    path = home.data / "keyring.json"
    at = path.read_text().index('"ct"') + 9
    content = bytearray(path.read_bytes())
    content[at] = ord("A") if content[at] != ord("A") else ord("B")
    path.write_bytes(content)
    refuse_untouched(home, CONFIGURATION, "key")


def check_cut_keyring(home):
    path = home.data / "keyring.json"
    path.write_bytes(path.read_bytes()[:40])
    refuse_untouched(home, CONFIGURATION, "keyring.json", "backup")


def check_lost_keyring(home):
    (home.data / "keyring.json").unlink()
    refuse_untouched(home, CONFIGURATION, "keyring.json", "backup")


def check_wrong_key(home):
    other = Appliance(home.folder / "other").init()
    shutil.copy(other.key, home.key)
    refuse_untouched(home, CONFIGURATION, "key", "Nothing was changed")


def check_lost_key(home):
    home.key.unlink()
    refuse_untouched(home, CONFIGURATION, "key")
    assert not home.key.exists(), "a new key was made beside data that another one sealed"


def check_lost_key_at_init(home):
    home.key.unlink()
    before = state_of(home.data)
    expect_refusal(home.verb("init"), CONFIGURATION, "already")
    assert not home.key.exists() and state_of(home.data) == before, "init touched a store that was there"


def check_wide_key(home):
    home.key.chmod(0o644)
    refuse_untouched(home, CONFIGURATION, "key", "chmod|mode|other")


def check_wide_data(home):
    home.data.chmod(0o755)
    refuse_untouched(home, CONFIGURATION, "chmod|mode|other")


def check_no_store(home):
    home.place = ["--data", str(home.folder / "nothing")]
    expect_refusal(serve(home), CONFIGURATION, "init")
    assert not (home.folder / "nothing").exists(), "a folder was made"


def check_second_process(home):
    home.start()
    expect_refusal(serve(home), TEMPORARY, "process|runs|use")
    assert home.request("GET", "/readyz")[0] == 200, "the first process suffered"
    code = home.stop()
    assert code == 0, f"serve ended with {code}: {home.log.read_text()[-300:]}"


def check_taken_port(home):
    home.start()
    other = Appliance(home.folder / "other").init()
    other.port = home.port
    expect_refusal(serve(other), 1, str(home.port))
    home.stop()


def check_read_only_folder(home):
    """As a user whom modes bind; root would write all the same."""
    before = []
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            raise Skipped("root may write everywhere, and there is no setpriv to become somebody else")
        before = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        reachable = subprocess.run([*before, BINARY, "version"], capture_output=True, check=False)
        if reachable.returncode != 0:
            raise Skipped("nobody may not run the binary where it lies")
        home.folder.parent.parent.chmod(0o711)
        for path in (home.folder.parent, home.folder, home.data, *home.data.iterdir(), home.key):
            os.chown(path, NOBODY, NOBODY)
    for path in home.data.iterdir():
        path.chmod(0o400)
    home.data.chmod(0o500)
    content = state_of(home.data)
    try:
        expect_refusal(serve(home, *before), CONFIGURATION, "read|write|permission")
        assert state_of(home.data) == content, "files were touched"
    finally:
        home.data.chmod(0o700)


def main():
    checks = [check for name, check in globals().items() if name.startswith("check_")]
    bad = skipped = 0
    with tempfile.TemporaryDirectory(prefix="patchbay-startup-") as folder:
        for check in checks:
            home = Appliance(Path(folder) / check.__name__ / "home")
            try:
                home.init()
                check(home)
            except Skipped as reason:
                skipped += 1
                print(f"{check.__name__}: skipped, {reason}")
            except (AssertionError, OSError, subprocess.TimeoutExpired) as error:
                bad += 1
                print(f"{check.__name__}: {error}")
            finally:
                if home.process:
                    home.kill()
    print(f"startup: {len(checks) - bad - skipped} passed, {bad} failed, {skipped} skipped")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
