"""The real binary under test: a store made once, copied for each instance; what an instance uses; how it is asked."""
import ctypes
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

BOTH = "application/json, text/event-stream"


def clean_environment(**more):
    return {**{name: value for name, value in os.environ.items() if not name.startswith("PATCHBAY_")}, **more}


def end_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Template:
    """A store with two members' tokens and an admin's."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, Path(folder)
        self.store_flags = ["--data", str(self.folder / "data"), "--key-file", str(self.folder / "key")]
        self._run("init")
        member = ["--scope", "mcp:read", "--scope", "mcp:write"]
        self.tokens = {"a": self._token("a", *member), "b": self._token("b", *member),
                       "admin": self._token("admin", "--scope", "admin", "--scope", "mcp:read")}

    def _run(self, *words):
        done = subprocess.run([self.binary, *words, *self.store_flags], capture_output=True, text=True, check=False,
                              timeout=60, env=clean_environment())
        if done.returncode != 0:
            raise RuntimeError(f"patchbay {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def _token(self, name, *scopes):
        return json.loads(self._run("token", "create", name, *scopes, "--json"))["token"]


def rows_of(text):
    """JSON lines, one array, or one object with an array in it."""
    try:
        found = json.loads(text)
    except ValueError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    if isinstance(found, dict):
        found = next((value for value in found.values() if isinstance(value, list)), [found])
    return found


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Answer:
    def __init__(self, status, headers, body, seconds):
        self.status, self.headers, self.body, self.seconds = status, headers, body, seconds

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def message(self):
        """The JSON-RPC message of the answer, the last event's where it is a stream; None where there is none."""
        text = self.body.decode("utf-8", "replace")
        if (self.header("content-type") or "").startswith("text/event-stream"):
            data = [line[5:].strip() for line in text.splitlines() if line.startswith("data:")]
            text = data[-1] if data else ""
        try:
            found = json.loads(text)
        except ValueError:
            return None
        return found if isinstance(found, dict) else None


class Gateway:
    def __init__(self, template, folder, entries, settings=None):
        self.template, self.folder = template, Path(folder)
        self.folder.mkdir(parents=True)
        shutil.copytree(template.folder / "data", self.folder / "data", ignore=shutil.ignore_patterns("*.sock"))
        shutil.copy(template.folder / "key", self.folder / "key")
        self.flags = ["--data", str(self.folder / "data"), "--key-file", str(self.folder / "key")]
        self.entries = dict(entries)
        self._write_catalog()
        self.port = free_port()
        self.log_path = self.folder / "log"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [template.binary, "serve", *self.flags, "--catalog", str(self.folder / "catalog.yaml"), "--listen",
                 f"127.0.0.1:{self.port}"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=clean_environment(**(settings or {})), preexec_fn=end_with_parent)
        self._wait_until_ready()

    def _wait_until_ready(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self.get("/readyz").status == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"the gateway did not become ready: {self.log()[-2000:]}")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    # --- the catalog -------------------------------------------------------------------------------------------------

    def _write_catalog(self):
        lines = []
        for name, entry in self.entries.items():
            fields = {"name": name, "description": "A server.", "transport": "http", "auth": "none", **entry}
            prefix = "  - "
            for key, value in fields.items():
                lines.append(f"{prefix}{key}: {json.dumps(value)}")
                prefix = "    "
        text = "servers:\n" + "\n".join(lines) + "\n" if lines else "servers: []\n"
        (self.folder / "catalog.new").write_text(text, encoding="utf-8")
        os.replace(self.folder / "catalog.new", self.folder / "catalog.yaml")

    def serve_entries(self, **entries):
        """Adds entries, or takes out those that are None, and waits until the gateway knows them."""
        for name, entry in entries.items():
            if entry is None:
                self.entries.pop(name, None)
            else:
                self.entries[name] = entry
        self._write_catalog()
        self.process.send_signal(signal.SIGHUP)
        self.wait_for(lambda: set(self.states()) == set(self.entries), 10, "the catalog to be applied")

    def states(self):
        answer = self.get("/v1/status", token="admin")
        return {state["slug"]: state for state in json.loads(answer.body)["servers"]}

    def state(self, slug):
        return self.states().get(slug, {"state": "absent", "reason": None, "tools": 0})

    def wait_listed(self, slug, seconds=15):
        def is_listed():
            state = self.state(slug)
            return state["state"] == "ok" and state["tools"] > 0
        self.wait_for(is_listed, seconds, f"{slug} to be listed")

    def wait_failed(self, slug, seconds=15):
        self.wait_for(lambda: self.state(slug)["state"] == "error", seconds, f"{slug} to fail")
        return self.state(slug)["reason"]

    @staticmethod
    def wait_for(is_so, seconds, what):
        deadline = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {seconds} s for {what}")
            time.sleep(0.05)

    # --- requests ----------------------------------------------------------------------------------------------------

    def request(self, method, path, body=None, headers=None, token=None, timeout=100):
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        sent = {"Host": f"localhost:{self.port}", "Connection": "close"}
        if token:
            sent["Authorization"] = f"Bearer {self.template.tokens[token]}"
        sent.update(headers or {})
        try:
            connection.request(method, path, body=body, headers=sent)
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read(), time.monotonic() - began)
        except http.client.HTTPException as error:
            raise AssertionError(f"{method} {path} was not answered: {error!r}") from error
        finally:
            connection.close()

    def get(self, path, token=None, timeout=10):
        return self.request("GET", path, token=token, timeout=timeout)

    def post(self, path, body, token="a", headers=None, timeout=100):
        given = {"Content-Type": "application/json", "Accept": BOTH, "MCP-Protocol-Version": "2025-06-18"}
        given.update(headers or {})
        return self.request("POST", path, body, given, token, timeout)

    def rpc(self, method, params=None, path="/mcp/all", token="a", identifier=1, headers=None, timeout=100):
        message = {"jsonrpc": "2.0", "id": identifier, "method": method, "params": params or {}}
        return self.post(path, json.dumps(message).encode(), token, headers, timeout)

    def call(self, slug, tool="echo", arguments=None, **more):
        return self.rpc("tools/call", {"name": f"mcp__{slug}__{tool}", "arguments": arguments or {}}, **more)

    def list_tools(self, path="/mcp/all"):
        """Every tool of the flat list, and the bytes of its largest page."""
        tools, cursor, largest = [], None, 0
        while True:
            answer = self.rpc("tools/list", {"cursor": cursor} if cursor else {}, path=path)
            largest = max(largest, len(answer.body))
            result = (answer.message() or {}).get("result")
            assert result is not None, f"tools/list was answered with {answer.status} {answer.body[:300]!r}"
            tools += result["tools"]
            cursor = result.get("nextCursor")
            if not cursor:
                return tools, largest

    def command(self, *words, token="a"):
        return subprocess.run([self.template.binary, *words], capture_output=True, check=False, timeout=60,
                              env=clean_environment(PATCHBAY_TOKEN=self.template.tokens[token]))

    def audit(self, action):
        """The audit rows of one action, as the CLI prints them."""
        done = subprocess.run([self.template.binary, "audit", "--json", *self.flags], capture_output=True, text=True,
                              check=False, timeout=60, env=clean_environment())
        assert done.returncode == 0, f"patchbay audit: {done.stderr}"
        return [line for line in rows_of(done.stdout) if line.get("action") == action]

    # --- what it uses ------------------------------------------------------------------------------------------------

    def is_alive(self):
        return self.process.poll() is None

    def log(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def resident_mb(self):
        try:
            pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            return 0.0
        return pages * os.sysconf("SC_PAGESIZE") / (1 << 20)

    def open_files(self):
        try:
            return len(os.listdir(f"/proc/{self.process.pid}/fd"))
        except PermissionError:  # the process is not dumpable, so only root may look; its own count of connections will do
            return json.loads(self.get("/v1/status", token="admin").body)["connections"]["open"]
        except OSError:
            return 0


class Watch:
    """What holds after every case. Peaks are judged, not only what is left at the end."""

    def __init__(self, gateway, max_rss_delta_mb=32):
        self.gateway, self.max_rss_delta_mb = gateway, max_rss_delta_mb
        self.start_files, self.start_mb = gateway.open_files(), gateway.resident_mb()
        self.peak_mb = self.start_mb
        self._done = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()

    def _sample(self):
        while not self._done.wait(0.02):
            self.peak_mb = max(self.peak_mb, self.gateway.resident_mb())

    def faults(self):
        self._done.set()
        self._sampler.join()
        if not self.gateway.is_alive():
            return [f"the process ended with {self.gateway.process.returncode}: {self.gateway.log()[-600:]}"]
        faults = []
        try:
            answer = self.gateway.get("/healthz", timeout=1)
            if answer.status != 200 or answer.seconds > 1:
                faults.append(f"/healthz answered {answer.status} after {answer.seconds:.1f} s")
        except (OSError, AssertionError) as error:
            faults.append(f"/healthz did not answer in 1 s: {error!r}")
        delta = max(self.peak_mb, self.gateway.resident_mb()) - self.start_mb
        if delta > self.max_rss_delta_mb:
            faults.append(f"RSS grew by {delta:.1f} MB, {self.max_rss_delta_mb} are allowed")
        deadline = time.monotonic() + 5
        while self.gateway.open_files() > self.start_files and time.monotonic() < deadline:
            time.sleep(0.02)
        if (files := self.gateway.open_files()) > self.start_files:
            faults.append(f"{files} open files after 5 s, {self.start_files} at the start")
        return faults
