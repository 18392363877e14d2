"""Runs the built binary in a folder of its own, for checks written in Python. Everything listens on loopback."""
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
BINARY = os.environ.get("PATCHBAY_BINARY", str(REPOSITORY / "build/release/patchbay"))
VERSION = "2025-11-25"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def answers(port):
    """Whether /readyz of this port says 200."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as one:
            one.sendall(f"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
            return b" 200" in one.recv(64)
    except OSError:
        return False


class Appliance:
    """One data directory with its key, catalog and, while it runs, its process."""

    def __init__(self, folder, core=None, environment=None):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data, self.key = self.folder / "data", self.folder / "data.key"
        self.catalog, self.log = self.folder / "servers.yaml", self.folder / "serve.log"
        self.port, self.core, self.process = free_port(), core, None
        self.environment = {**os.environ, **(environment or {})}
        self.place = ["--data", str(self.data)]
        self.write_catalog([])

    def write_catalog(self, servers):
        """Put in place whole, as an editor does that cares."""
        text = "".join(f"  - {json.dumps(one)}\n" for one in servers)
        draft = self.catalog.with_suffix(".new")
        draft.write_text(f"servers:\n{text}" if servers else "servers: []\n", encoding="utf-8")
        draft.rename(self.catalog)

    def verb(self, *words, place=None, **more):
        return subprocess.run([BINARY, *words, *(self.place if place is None else place)], capture_output=True, text=True,
                              timeout=60, check=False, stdin=subprocess.DEVNULL, env=self.environment, **more)

    def must(self, *words):
        done = self.verb(*words, "--json")
        if done.returncode != 0:
            raise AssertionError(f"patchbay {' '.join(words)}: {done.stderr.strip()}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def init(self):
        self.must("init")
        return self

    def token(self, name, *scopes):
        options = [word for scope in scopes or ("mcp:read", "mcp:write") for word in ("--scope", scope)]
        return self.must("token", "create", name, *options)["token"]

    def start(self, *options, seconds=15):
        """Returns the seconds until /readyz answered 200."""
        began = time.monotonic()
        pinned = (lambda: os.sched_setaffinity(0, {self.core})) if self.core is not None else None
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([BINARY, "serve", *self.place, "--catalog", str(self.catalog), "--listen",
                                             f"127.0.0.1:{self.port}", *options], stderr=log, stdout=log,
                                            stdin=subprocess.DEVNULL, env=self.environment, preexec_fn=pinned)
        while not answers(self.port):
            if self.process.poll() is not None or time.monotonic() > began + seconds:
                raise AssertionError(f"serve did not become ready: {self.log.read_text(errors='replace')[-600:]}")
            time.sleep(0.002)
        return time.monotonic() - began

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self):
        """Ends it the gentle way; returns the exit code."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("serve did not end within 20 s of SIGTERM") from None
        self.process = None
        return code

    def request(self, method, path, token=None, body=None):
        """(status, text) of one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        finally:
            connection.close()

    def resident_kib(self):
        """Memory of the running process; what the kernel shows of it to this user."""
        for name, wanted in (("smaps_rollup", "Rss"), ("status", "VmRSS")):
            try:
                text = Path(f"/proc/{self.process.pid}/{name}").read_text()
                return int(re.search(rf"^{wanted}:\s+(\d+) kB", text, re.M).group(1))
            except (OSError, AttributeError):
                continue
        raise AssertionError("the kernel does not say how much memory the process has")


class RpcError(Exception):
    """The answer was a JSON-RPC error."""


class McpClient:
    """A session over one kept connection. Answers may be JSON or an event stream; `keep` collects them in `bodies`."""

    def __init__(self, port, token, name="check", path="/mcp", keep=False):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json",
                        "Accept": "application/json, text/event-stream"}
        self.path, self.last, self.keep, self.bodies = path, 0, keep, []
        self.ask("initialize", {"protocolVersion": VERSION, "capabilities": {}, "clientInfo": {"name": name, "version": "1"}})
        self.headers["MCP-Protocol-Version"] = VERSION
        self.post({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def post(self, message):
        self.connection.request("POST", self.path, json.dumps(message), self.headers)
        answer = self.connection.getresponse()
        text = answer.read().decode("utf-8")
        if self.keep:
            self.bodies.append(text)
        if answer.status >= 400:
            raise AssertionError(f"status {answer.status}: {text[:300]}")
        if answer.getheader("Mcp-Session-Id"):
            self.headers["Mcp-Session-Id"] = answer.getheader("Mcp-Session-Id")
        return answer, text

    def ask(self, method, params=None):
        self.last += 1
        answer, text = self.post({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params or {}})
        if answer.getheader("Content-Type", "").startswith("text/event-stream"):
            lines = [line[5:].strip() for line in text.splitlines() if line.startswith("data:")]
            text = next(line for line in reversed(lines) if line and json.loads(line).get("id") == self.last)
        message = json.loads(text)
        if message.get("id") != self.last:
            raise AssertionError(f"an answer to another request: {text[:200]}")
        if "error" in message:
            raise RpcError(f"{method}: {message['error']}")
        return message["result"]

    def call(self, name, **arguments):
        """Executes a capability through the two tools."""
        return self.ask("tools/call", {"name": "execute_capability", "arguments": {"name": name, "arguments": arguments}})

    def close(self):
        self.connection.close()
