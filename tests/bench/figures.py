"""What tests/bench/run measures with: the mock server and its clients, nginx beside us, streams that wait, long lists."""
import contextlib
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from appliance import VERSION, McpClient, free_port  # noqa: E402

CORES = len(os.sched_getaffinity(0))
median = statistics.median


def pinned(core):
    return (lambda: os.sched_setaffinity(0, {core})) if CORES > 1 else None


def processor_seconds(process):
    """What a process and its children have used."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") + sum(processor_seconds(int(one)) for one in children)


def wait_for(port):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.01)
    raise TimeoutError(f"nothing listens on port {port}")


class Traffic:
    """Both ends, on one core."""

    def __init__(self, folder, core):
        self.folder, self.core, self.port, self.mock = folder, core, free_port(), None

    def serve(self, tools):
        self.stop()
        self.mock = subprocess.Popen([self.folder / "bench_mock", str(self.port), str(tools)], preexec_fn=pinned(self.core))
        wait_for(self.port)

    def load(self, port, path, tool, connections, milliseconds, delay, token=""):
        words = [str(word) for word in (port, path, tool, connections, milliseconds, delay)]
        done = subprocess.run([self.folder / "bench_load", *words], input=token + "\n", capture_output=True, text=True, check=True,
                              preexec_fn=pinned(self.core), timeout=milliseconds / 1000 + 60)
        return json.loads(done.stdout)

    def stop(self):
        if self.mock:
            self.mock.kill()
            self.mock.wait()
            self.mock = None


class Nginx:
    """A plain reverse proxy with one worker: it reads no JSON, asks for no token and writes no audit trail."""

    def __init__(self, folder, upstream, core):
        folder.mkdir()
        self.port = free_port()
        paths = "".join(f"{kind}_temp_path {folder}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (folder / "nginx.conf").write_text(
            f"worker_processes 1; daemon off; error_log {folder}/error.log; pid {folder}/pid;\n"
            "events { worker_connections 4096; }\n"
            f"http {{ access_log off; {paths}keepalive_requests 100000000; proxy_http_version 1.1; proxy_set_header Connection \"\";\n"
            f"  upstream mock {{ server 127.0.0.1:{upstream}; keepalive 512; keepalive_requests 100000000; }}\n"
            f"  server {{ listen 127.0.0.1:{self.port} backlog=4096; location / {{ proxy_pass http://mock; }} }} }}\n")
        self.process = subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder), "-e", str(folder / "error.log")],
                                        preexec_fn=pinned(core))
        wait_for(self.port)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


@contextlib.contextmanager
def streams_held(port, token, count):
    """Sessions that each hold a GET stream and read nothing; gives how many answered as a stream."""
    held = []
    try:
        for i in range(count):
            session = McpClient(port, token, f"idle-{i}", "/mcp/all")
            session.close()
            one = socket.create_connection(("127.0.0.1", port), timeout=10)
            one.sendall((f"GET /mcp/all HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\nAccept: text/event-stream\r\n"
                         f"MCP-Protocol-Version: {VERSION}\r\nMcp-Session-Id: {session.headers['Mcp-Session-Id']}\r\n\r\n").encode())
            if b" 200 " not in one.recv(4096):
                one.close()
                raise AssertionError(f"stream {i} was refused")
            held.append(one)
        yield len(held)
    finally:
        for one in held:
            one.close()


def list_all(client):
    """All pages; returns how many tools and the seconds it took. Reads no JSON, which would take the core from the others."""
    began, count, cursor = time.monotonic(), 0, None
    while True:
        text = client.post({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"cursor": cursor} if cursor else {}})[1]
        count += text.count('"inputSchema":')
        found = re.search(r'"nextCursor":"([^"]+)"', text[:200] + text[-200:])
        cursor = found.group(1) if found else None
        if not cursor:
            return count, time.monotonic() - began


def worst_beside_lists(home, bench, wanted):
    """(tools, seconds of a list, worst call in us alone, worst call in us while somebody else lists without pause)."""
    client = McpClient(home.port, home.bearer, "lists", "/mcp/all")
    end = time.monotonic() + 60
    while list_all(client)[0] < wanted and time.monotonic() < end:
        time.sleep(0.2)
    count, took = list_all(client)
    alone = bench.load(home, 1)["max_us"]
    stop = threading.Event()

    def list_on():
        while not stop.is_set():
            list_all(client)

    lister = threading.Thread(target=list_on)
    lister.start()
    try:
        beside = bench.load(home, 1)["max_us"]
    finally:
        stop.set()
        lister.join()
        client.close()
    return count, took, alone, beside
