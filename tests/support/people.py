"""People at an appliance: with a browser's session, with a token, at the control socket."""
import http.client
import json
import socket

from appliance import VERSION

PASSWORD = "correct horse battery"


class ControlSocket(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Answer:
    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, {name.lower(): value for name, value in headers}, text

    @property
    def json(self):
        return json.loads(self.text)

    def message(self):
        """The JSON-RPC message, the last event's where it is a stream."""
        text = self.text
        if self.headers.get("content-type", "").startswith("text/event-stream"):
            text = [line[5:] for line in text.splitlines() if line.startswith("data:")][-1]
        return json.loads(text)

    def __repr__(self):
        return f"{self.status} {self.text[:160]}"


class Client:
    """Whoever asks, over one kept connection: with a cookie, with a token, through the control socket, or as nobody."""

    def __init__(self, appliance, cookie=None, token=None, local=False):
        self.appliance, self.cookie, self.token, self.local, self.connection = appliance, cookie, token, local, None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.appliance.port}"

    def credential(self):
        if self.token:
            return {"Authorization": f"Bearer {self.token}"}
        return {"Cookie": self.cookie, "Origin": self.url} if self.cookie else {}

    def send(self, method, path, body=None, headers=None, keep_cookie=True):
        given = {**self.credential(), **({"Content-Type": "application/json"} if body is not None else {}), **(headers or {})}
        given = {name: value for name, value in given.items() if value is not None}
        body = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
        for attempt in range(2):
            if self.connection is None:
                self.connection = (ControlSocket(self.appliance.data / "control.sock") if self.local
                                   else http.client.HTTPConnection("127.0.0.1", self.appliance.port, timeout=30))
            try:
                self.connection.request(method, path, body, given)
                response = self.connection.getresponse()
                answer = Answer(response.status, response.getheaders(), response.read().decode("utf-8", "replace"))
                break
            except (http.client.HTTPException, OSError):  # an idle connection may have been closed
                self.close()
                if attempt:
                    raise
        if keep_cookie and self.cookie and "set-cookie" in answer.headers:
            self.cookie = answer.headers["set-cookie"].split(";")[0]
        return answer

    def must(self, method, path, body=None):
        answer = self.send(method, path, body)
        if answer.status >= 300:
            raise AssertionError(f"{method} {path}: {answer}")
        return answer.json if answer.text else None

    def rpc(self, path, method, params):
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return self.send("POST", path, message, {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": VERSION})

    def execute(self, name, **arguments):
        return self.rpc("/mcp", "tools/call",
                        {"name": "execute_capability", "arguments": {"name": name, "arguments": arguments}})

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


def join(appliance, name, role="member", teams=()):
    """A new person who has set a password and is signed in with a browser; and who that is."""
    operator = Client(appliance, local=True)
    made = operator.must("POST", "/v1/users", {"name": name, "role": role, "teams": list(teams)})
    operator.close()
    visitor = Client(appliance)
    answer = visitor.send("POST", "/v1/welcome", {"invite": made["invite_link"].split("#")[1], "password": PASSWORD},
                          {"Origin": visitor.url})
    if answer.status != 200:
        raise AssertionError(f"{name} could not join: {answer}")
    visitor.cookie = answer.headers["set-cookie"].split(";")[0]
    return visitor, made["id"]
