#!/usr/bin/env python3
"""Installs the release build into a temporary folder and looks at what a person would find there."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
EXPECTED = ["bin/patchbay", "lib/systemd/system/patchbay.service", "share/man/man1/patchbay.1",
            "share/bash-completion/completions/patchbay", "share/zsh/site-functions/_patchbay",
            "share/fish/vendor_completions.d/patchbay.fish"]
MOST_EXPOSURE = 2.5


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


def check_files(prefix):
    installed = run("cmake", "--install", REPOSITORY / "build/release", "--prefix", prefix)
    assert installed.returncode == 0, installed.stderr
    for name in EXPECTED:
        assert (prefix / name).stat().st_size > 0, f"{name} is empty"


def check_manual(prefix):
    page = (prefix / "share/man/man1/patchbay.1").read_text(encoding="utf-8")
    assert page.startswith(".TH") or "\n.TH" in page, "patchbay.1 is no manual page"


def check_completion(prefix):
    checked = run("bash", "-n", prefix / "share/bash-completion/completions/patchbay")
    assert checked.returncode == 0, checked.stderr


def check_unit(prefix):
    unit = prefix / "lib/systemd/system/patchbay.service"
    text = unit.read_text(encoding="utf-8")
    unit.write_text(re.sub(r"=/\S*/patchbay ", f"={prefix}/bin/patchbay ", text), encoding="utf-8")
    verified = run("systemd-analyze", "verify", unit, env={**os.environ, "MANPATH": str(prefix / "share/man")})
    if shutil.which("man") is None:
        verified = run("systemd-analyze", "verify", "--man=no", unit)
    assert verified.returncode == 0, verified.stderr
    said = run("systemd-analyze", "security", "--offline=true", unit).stdout
    exposure = float(re.search(r"exposure level for \S+: ([0-9.]+)", said).group(1))
    print(f"exposure of patchbay.service: {exposure}")
    assert exposure < MOST_EXPOSURE, f"exposure {exposure} is not below {MOST_EXPOSURE}"


def main():
    checks = [check_files, check_manual, check_completion]
    if shutil.which("systemd-analyze"):
        checks.append(check_unit)
    else:
        print("systemd-analyze is not here; the unit is not verified")
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for check in checks:
            try:
                check(Path(folder) / "usr")
            except (AssertionError, OSError) as error:
                bad += 1
                print(f"{check.__name__}: {error}")
    print(f"{len(checks) - bad} passed, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
