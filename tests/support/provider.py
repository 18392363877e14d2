"""An authorization server of our own in front of an MCP server, for checks that count or plant what it gives out."""
import json
import threading
import urllib.parse

from upstream import Upstream


class Provider(Upstream):
    """An MCP server behind an authorization server of its own that agrees to everything. Its tokens end after `uses` calls,
    `expiries` times; each refresh token is good once. `marks` (access, refresh, client) stand in what it gives out."""

    def __init__(self, uses=None, expiries=0, marks=None):
        self.lock, self.most_uses, self.most_expiries, self.marks = threading.Lock(), uses, expiries, marks or {}
        self.serial = self.uses = self.expiries = self.refreshes = self.refused = self.revoked = 0
        self.refresh_token = None
        super().__init__()

    @property
    def origin(self):
        return self.url.removesuffix("/mcp")

    def access(self):
        return f"{self.marks.get('access', 'access')}-{self.serial}"

    def tokens(self):
        self.serial += 1
        self.uses, self.refresh_token = 0, f"{self.marks.get('refresh', 'refresh')}-{self.serial}"
        return 200, {"access_token": self.access(), "token_type": "Bearer", "expires_in": 3600,
                     "refresh_token": self.refresh_token}

    def is_good(self, authorization, counts):
        with self.lock:
            ended = self.most_uses is not None and self.uses > self.most_uses
            if authorization != f"Bearer {self.access()}" or ended:
                return False
            if counts and self.expiries < self.most_expiries:
                self.uses += 1
                if self.uses > self.most_uses:
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
                    "token_endpoint_auth_methods_supported": ["client_secret_post" if "client" in self.marks else "none"],
                    "revocation_endpoint": f"{self.origin}/revoke"}
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
                    made = {**json.loads(body), "client_id": "ours"}
                    if "client" in provider.marks:
                        made["client_secret"] = provider.marks["client"]
                    return self.send(201, json.dumps(made).encode())
                if self.path == "/revoke":
                    provider.revoked += 1
                    return self.send(200, b"{}")
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
