#!/usr/bin/env python3
"""What serve and init say when something about the data directory is wrong: one sentence, its exit code, nothing touched."""
import hashlib
import json
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


def check_two_keys(home):
    """The key file that is named and the environment's key disagree."""
    home.environment = {**home.environment, "PATCHBAY_KEY_FILE": str(home.key), "PATCHBAY_MASTER_KEY": "ab" * 32}
    refuse_untouched(home, CONFIGURATION, "PATCHBAY_MASTER_KEY", re.escape(str(home.key)))
    home.environment["PATCHBAY_MASTER_KEY"] = home.key.read_text().strip()
    home.start()
    assert home.stop() == 0, "the same key from two sources was not taken"


def check_damaged_pages(home):
    """One flipped bit in any page but the first: refused with one sentence, or up and alive, or up and not ready because its
    own upkeep met the page; nothing is repaired."""
    for number in range(40):
        home.must("server", "add", f"s{number}", f"http://127.0.0.1:8999/s{number}")
    home.start()
    home.stop()
    path = home.data / "store.db"
    refused = 0
    pages = path.stat().st_size // 4096
    for page in range(1, pages, max(1, pages // 12)):
        change_byte(path, page * 4096 + 2000)
        here = slice(page * 4096, (page + 1) * 4096)
        before = path.read_bytes()[here]
        try:
            home.start()
        except AssertionError:
            refused += 1
            expect_damage_said(home, page)
            assert path.read_bytes()[here] == before, f"page {page}: a damaged page was written"
        else:
            assert home.request("GET", "/healthz")[0] == 200
            assert home.stop() == 0, f"page {page}: {home.log.read_text()[-300:]}"
        change_byte(path, page * 4096 + 2000)
    assert refused > 0, "no damaged page was met"
    print(f"  {refused} of {len(range(1, pages, max(1, pages // 12)))} damaged pages refused at the start")


def expect_damage_said(home, page):
    """How a serve that met a damaged page says so: it ends, or is alive and not ready."""
    if home.process.poll() is None:
        status, said = home.request("GET", "/readyz")[:2]
        assert status == 503 and json.loads(said)["checks"]["store"] == "failing", f"page {page}: {status} {said}"
        assert home.stop() == 0, f"page {page}: {home.log.read_text()[-300:]}"
        log = home.log.read_text()
        assert "error=storage_corrupt" in log and str(home.data / "store.db") in log, log[-3000:]
        return
    code = home.process.wait(5)
    home.process = None
    assert code == CONFIGURATION, f"page {page}: exit {code}: {home.log.read_text()[-300:]}"
    said = home.log.read_text().splitlines()[-2:]
    assert "store.db is damaged" in said[0] and "restore a backup" in said[0], said
    assert str(home.data / "store.db") in said[1], f"the path is not named: {said}"


def check_recovery_kit(home):
    """A key file that is lost comes back from the kit that init wrote, and from no other."""
    kit = home.folder / "kit.txt"
    other = Appliance(home.folder / "other")
    other.must("init", "--recovery-kit", str(kit))
    assert kit.stat().st_mode & 0o777 == 0o600, oct(kit.stat().st_mode)
    lost = other.key.read_bytes()
    other.key.unlink()
    expect_refusal(home.verb("keys", "recover", str(kit)), CONFIGURATION, "key")  # of another store
    typed = other.folder / "typed.txt"
    typed.write_text(kit.read_text().replace("  3  ", "  3  0", 1))
    expect_refusal(other.verb("keys", "recover", str(typed)), 1, "Line 3")
    assert not other.key.exists()
    done = other.verb("keys", "recover", str(kit))
    assert done.returncode == 0, done.stderr
    assert other.key.read_bytes() == lost
    assert other.verb("keys", "recover", str(kit)).returncode == CONFIGURATION, "a key file was replaced"
    other.start()
    assert other.stop() == 0
    said = Appliance(home.folder / "third").verb("init")
    assert said.returncode == 0, said.stderr
    assert "keys kit" in said.stdout and not re.search(r"([0-9a-f]{4} ){4}", said.stdout), "a kit in what may be a log"


def check_core_dumps(home):
    home.start()
    limits = Path(f"/proc/{home.process.pid}/limits").read_text()
    assert re.search(r"^Max core file size +0 +0 ", limits, re.M), limits
    home.stop()


def check_lost_catalog_setting(home):
    """Without the catalog its servers are retired, loudly, and come back with it."""
    home.write_catalog([{"name": "one", "transport": "http", "url": "https://one.example/mcp"}])
    home.start()
    home.stop()
    catalog, home.catalog = home.catalog, ""
    home.start()
    shown = home.must("server", "list")
    home.stop()
    home.catalog = catalog
    assert "catalog.not_configured" in home.log.read_text() and "retired=1" in home.log.read_text()
    assert not [one for one in shown["servers"] if one["slug"] == "one"], shown
    home.start()
    assert [one for one in home.must("server", "list")["servers"] if one["slug"] == "one"]
    home.stop()
    home.catalog.write_text("servers: [")
    home.start()
    said = home.verb("catalog", "show").stdout
    assert "the last good version, of 2" in said, said
    assert "the last good version, of 2" in home.verb("status").stdout
    home.stop()


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
