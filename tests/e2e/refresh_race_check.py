#!/usr/bin/env python3
"""One account, 50 callers in two processes, 200 expiries: the provider sees exactly 200 refreshes, and no call fails. A token ends
after so many uses, whoever is under way at that moment, and each refresh token is good once, as at providers that rotate."""
import concurrent.futures
import json
import multiprocessing
import os
import sys
import tempfile
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from appliance import Appliance, McpClient  # noqa: E402
from people import join  # noqa: E402
from upstream import Server, Upstream  # noqa: E402

EXPIRIES, USES = 200, 60
PROCESSES, THREADS = 2, 25
CALLS = EXPIRIES * (USES + 1) // (PROCESSES * THREADS) + 10  # of each caller


class Provider(Upstream):
    """An MCP server behind an authorization server of its own, whose tokens end after some uses."""

    def __init__(self):
        self.lock = threading.Lock()
        self.serial = self.uses = self.expiries = self.refreshes = self.refused = 0
        self.refresh_token = None
        super().__init__()

    @property
    def origin(self):
        return self.url.removesuffix("/mcp")

    def tokens(self):
        self.serial += 1
        self.uses, self.refresh_token = 0, f"refresh-{self.serial}"
        return 200, {"access_token": f"access-{self.serial}", "token_type": "Bearer", "expires_in": 3600,
                     "refresh_token": self.refresh_token}

    def is_good(self, authorization, counts):
        with self.lock:
            if authorization != f"Bearer access-{self.serial}" or self.uses > USES:
                return False
            if counts and self.expiries < EXPIRIES:
                self.uses += 1
                if self.uses > USES:
                    self.expiries += 1
                    return False
            return True

    def token(self, form):
        with self.lock:
            if form["grant_type"] == "authorization_code":
                return self.tokens()
            if form["refresh_token"] != self.refresh_token:
                self.refused += 1
                return 400, {"error": "invalid_grant"}
            self.refreshes += 1
            return self.tokens()

    def document(self, path):
        if path.startswith("/.well-known/oauth-protected-resource"):
            return {"resource": self.url, "authorization_servers": [self.origin]}
        if path.startswith("/.well-known/oauth-authorization-server"):
            return {"issuer": self.origin, "authorization_endpoint": f"{self.origin}/authorize",
                    "token_endpoint": f"{self.origin}/token", "registration_endpoint": f"{self.origin}/register",
                    "response_types_supported": ["code"], "code_challenge_methods_supported": ["S256"],
                    "token_endpoint_auth_methods_supported": ["none"]}
        return None

    def handler(self):
        provider, base = self, super().handler()

        class Handler(base):
            def do_GET(self):
                document = provider.document(self.path)
                self.send(200 if document else 404, json.dumps(document or {}).encode())

            def do_POST(self):
                if self.path == "/mcp":
                    return self.mcp()
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                if self.path == "/register":
                    return self.send(201, json.dumps({**json.loads(body), "client_id": "ours"}).encode())
                status, answer = provider.token(dict(urllib.parse.parse_qsl(body)))
                return self.send(status, json.dumps(answer).encode())

            def mcp(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if not provider.is_good(self.headers.get("Authorization"), b'"tools/call"' in body):
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", 'Bearer error="invalid_token"')
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                message = json.loads(body)
                if "id" not in message:
                    self.send(202, b"")
                    return
                status, result, error = provider.answer(message)
                reply = {"jsonrpc": "2.0", "id": message["id"]}
                reply.update({"error": error} if error else {"result": result})
                self.send(status, json.dumps(reply).encode())

        return Handler


def call_many(port, token, number):
    """What went wrong with one caller's calls."""
    client, wrong = McpClient(port, token, f"caller {number}"), []
    for turn in range(CALLS):
        text = f"{number}-{turn}"
        result = client.call("mcp:busy:echo", text=text)
        if result.get("isError") or result["content"][0]["text"] != text:
            wrong.append(json.dumps(result)[:300])
    client.close()
    return wrong


def work(port, token, process, results):
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        done = pool.map(lambda one: call_many(port, token, process * THREADS + one), range(THREADS))
        results.put([text for wrong in done for text in wrong])


def connect(admin, provider):
    """Signs the organisation in, as a browser does: to the provider, and back with its code."""
    admin.must("POST", "/v1/servers", {"slug": "busy", "url": provider.url, "auth": "oauth", "enabled": True})
    started = admin.must("POST", "/v1/servers/busy/oauth/start")
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(started["authorize_url"]).query))
    answer = admin.send("GET", "/oauth/callback?" + urllib.parse.urlencode({"code": "code", "state": asked["state"]}))
    assert answer.status == 200, answer


def run(folder):
    provider = Provider()
    appliance = Appliance(Path(folder) / "home").init()
    appliance.start()
    try:
        admin, _ = join(appliance, "root", role="admin")
        connect(admin, provider)
        token = appliance.token("callers")
        end = time.monotonic() + 15
        while McpClient(appliance.port, token).call("mcp:busy:echo", text="ready").get("isError"):
            assert time.monotonic() < end, "the server was never listed"
        results = multiprocessing.get_context("fork").Queue()
        workers = [multiprocessing.get_context("fork").Process(target=work, args=(appliance.port, token, one, results))
                   for one in range(PROCESSES)]
        began = time.monotonic()
        for worker in workers:
            worker.start()
        wrong = [text for _ in workers for text in results.get(timeout=300)]
        for worker in workers:
            worker.join()
        return provider, wrong, time.monotonic() - began
    finally:
        appliance.stop()
        provider.close()


def main():
    with tempfile.TemporaryDirectory(prefix="patchbay-race-", dir=os.environ.get("TMPDIR"), ignore_cleanup_errors=True) as folder:
        provider, wrong, seconds = run(folder)
    for text in wrong[:5]:
        print(text)
    print(f"refresh race: {PROCESSES * THREADS} callers in {PROCESSES} processes, {provider.calls} calls in {seconds:.1f} s, "
          f"{provider.expiries} expiries, {provider.refreshes} refreshes, {provider.refused} refused, {len(wrong)} failed calls")
    good = provider.expiries == provider.refreshes == EXPIRIES and provider.refused == 0 and not wrong
    print(f"{int(good)} passed, {int(not good)} failed")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
