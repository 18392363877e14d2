#!/usr/bin/env python3
"""What the service manager hears from serve (sd_notify(3)): ready, alive, reloading, stopping; on both kinds of socket."""
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from appliance import BINARY, Appliance, answers  # noqa: E402

WATCHDOG = "30000000"  # microseconds, as the unit has it
SECONDS = 20


class Manager:
    """The socket that systemd would listen on. A name that begins with "@" is abstract."""

    def __init__(self, name):
        self.name = name
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name[1:] if name.startswith("@") else name)

    def hear(self):
        self.socket.settimeout(SECONDS)
        return self.socket.recv(256).decode()

    def wait_for(self, wanted):
        """The messages that came before the wanted one."""
        before, end = [], time.monotonic() + SECONDS
        while time.monotonic() < end:
            message = self.hear()
            if message == wanted:
                return before
            before.append(message)
        raise AssertionError(f"{wanted} did not come; heard {before}")

    def what_waits(self):
        self.socket.setblocking(False)
        heard = []
        try:
            while True:
                heard.append(self.socket.recv(256).decode())
        except BlockingIOError:
            return heard

    def close(self):
        self.socket.close()


def serve(home, manager, watchdog=WATCHDOG):
    home.environment = {**os.environ, "NOTIFY_SOCKET": manager.name, **({"WATCHDOG_USEC": watchdog} if watchdog else {})}
    home.process = subprocess.Popen([BINARY, "serve", *home.place, "--catalog", str(home.catalog), "--listen",
                                     f"127.0.0.1:{home.port}"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                    env=home.environment)


def check_ready(home, manager):
    serve(home, manager)
    assert set(manager.wait_for("READY=1")) <= {"WATCHDOG=1"}, "something else came before READY=1"
    assert answers(home.port), "READY=1 came before /readyz answers 200"


def check_ready_on_abstract_socket(home, manager):
    manager = Manager(f"@patchbay-check-{os.getpid()}")
    try:
        serve(home, manager)
        manager.wait_for("READY=1")
    finally:
        manager.close()


def check_not_ready_when_refused(home, manager):
    home.key.unlink()
    serve(home, manager)
    assert home.process.wait(SECONDS) == 78, "serve without its key does not end with 78"
    home.process = None
    assert manager.what_waits() == [], "a refused start reported something"


def check_watchdog(home, manager):
    serve(home, manager)
    manager.wait_for("READY=1")
    began = time.monotonic()
    for _ in range(3):
        assert manager.wait_for("WATCHDOG=1") == [], "something else came between two signs of life"
    assert time.monotonic() - began < int(WATCHDOG) / 2e6, "signs of life are further apart than half the watchdog's time"


def check_no_watchdog_unasked(home, manager):
    serve(home, manager, watchdog=None)
    manager.wait_for("READY=1")
    home.stop()
    assert manager.what_waits() == ["STOPPING=1"], "signs of life came although no watchdog was asked for"


def check_reload(home, manager):
    serve(home, manager)
    manager.wait_for("READY=1")
    home.write_catalog([{"name": "added", "transport": "http", "url": "https://added.invalid/mcp", "enabled": False}])
    home.process.send_signal(signal.SIGHUP)
    manager.wait_for("RELOADING=1")
    assert set(manager.wait_for("READY=1")) <= {"WATCHDOG=1"}, "something else came between RELOADING=1 and READY=1"
    servers = home.must("server", "list")
    assert "added" in str(servers), f"READY=1 came before the catalog was read: {servers}"


def check_stopping(home, manager):
    serve(home, manager)
    manager.wait_for("READY=1")
    process, home.process = home.process, None
    process.send_signal(signal.SIGTERM)
    manager.wait_for("STOPPING=1")
    assert process.wait(SECONDS) == 0, "serve did not end with 0"
    assert "READY=1" not in manager.what_waits(), "READY=1 came after STOPPING=1"


def main():
    checks = [check for name, check in globals().items() if name.startswith("check_")]
    bad = 0
    with tempfile.TemporaryDirectory(prefix="patchbay-service-") as folder:
        for check in checks:
            home = Appliance(Path(folder) / check.__name__ / "home")
            manager = Manager(str(home.folder / "notify.sock"))
            try:
                check(home.init(), manager)
            except (AssertionError, OSError, subprocess.TimeoutExpired) as error:
                bad += 1
                print(f"{check.__name__}: {error}")
            finally:
                manager.close()
                if home.process:
                    home.kill()
    print(f"service: {len(checks) - bad} passed, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
