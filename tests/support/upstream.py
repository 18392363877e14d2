"""A small MCP server of our own (streamable HTTP, JSON answers) that a test can look into and make fail."""
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOOLS = [
    {"name": "echo", "description": "Returns the given text.",
     "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}},
    {"name": "fail", "description": "Fails in the way that is asked for.",
     "inputSchema": {"type": "object", "properties": {"how": {"type": "string"}}}},
]


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_):
        """Whoever is killed resets its connections; that is what some tests are about."""


class Upstream:
    """Serves on a port of its own until close(). `seen` holds the headers of the last requests,
    `error_page` is what it answers with status 500."""

    def __init__(self):
        self.seen, self.calls, self.error_page = [], 0, "a page of some proxy"
        self.server = Server(("127.0.0.1", 0), self.handler())
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}/mcp"

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, message):
        """(status, result, error) of one request."""
        method, params = message.get("method"), message.get("params") or {}
        if method == "initialize":
            return 200, {"protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}},
                         "serverInfo": {"name": "upstream", "version": "1"}}, None
        if method == "tools/list":
            return 200, {"tools": TOOLS}, None
        if method != "tools/call":
            return 200, {}, None
        self.calls += 1
        arguments = params.get("arguments") or {}
        if params["name"] == "echo":
            return 200, {"content": [{"type": "text", "text": arguments.get("text", "")}]}, None
        how = arguments.get("how")
        if how == "status":
            return 500, None, None
        if how == "rpc":
            return 200, None, {"code": -32000, "message": "it went wrong"}
        if how == "slow":
            time.sleep(1)
        return 200, {"isError": True, "content": [{"type": "text", "text": "no"}]}, None

    def handler(self):
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def log_message(self, *_):
                pass

            def do_GET(self):
                self.send(405, b"")

            def do_DELETE(self):
                self.send(200, b"")

            def do_POST(self):
                message = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                upstream.seen = upstream.seen[-200:] + [dict(self.headers)]
                if "id" not in message:
                    self.send(202, b"")
                    return
                status, result, error = upstream.answer(message)
                body = {"jsonrpc": "2.0", "id": message["id"]}
                body.update({"error": error} if error else {"result": result})
                self.send(status, json.dumps(body).encode() if status == 200 else upstream.error_page.encode())

            def send(self, status, body):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Mcp-Session-Id", "session-of-the-upstream")
                self.end_headers()
                self.wfile.write(body)

        return Handler
