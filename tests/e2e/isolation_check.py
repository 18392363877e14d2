#!/usr/bin/env python3
"""Nobody gets what is another's: 64 people call at once with equal JSON-RPC ids; an upstream answers late and out of order with
the marker out of each call's arguments and with the caller's own header. isolation_check.py [--calls N]; a foreign marker in
any answer fails."""
import argparse
import asyncio
import collections
import concurrent.futures
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from appliance import VERSION, Appliance, free_port  # noqa: E402
from people import Client, join  # noqa: E402

MEMBERS = 64
ALL_SECONDS = 300
TOOL = {"name": "mark", "description": "Returns the marker.",
        "inputSchema": {"type": "object", "properties": {"marker": {"type": "string"}}}}


# --- the upstream ----------------------------------------------------------------------------------------------------


class Marking(asyncio.Protocol):
    """One connection of an MCP server. Every third answer is late, so that answers overtake one another."""

    def __init__(self):
        self.received, self.transport = b"", None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.received += data
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            headers = {}
            for line in self.received[:end].decode("latin-1").split("\r\n")[1:]:
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
            length = int(headers.get("content-length", 0))
            if len(self.received) < end + 4 + length:
                return
            body, self.received = self.received[end + 4:end + 4 + length], self.received[end + 4 + length:]
            self.answer(headers, body)

    def answer(self, headers, body):
        message = json.loads(body) if body else {}
        if "id" not in message:
            status = b"202 Accepted" if body else b"405 Method Not Allowed"
            self.transport.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")
            return
        reply = {"jsonrpc": "2.0", "id": message["id"], "result": self.result(message, headers)}
        text = json.dumps(reply).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n".encode()
        if message["method"] == "tools/call" and random.random() < 0.33:
            asyncio.get_running_loop().call_later(random.random() * 0.004, self.transport.write, head + text)
        else:
            self.transport.write(head + text)

    @staticmethod
    def result(message, headers):
        if message["method"] == "initialize":
            return {"protocolVersion": message["params"]["protocolVersion"], "capabilities": {"tools": {}},
                    "serverInfo": {"name": "marking", "version": "1"}}
        if message["method"] == "tools/list":
            return {"tools": [TOOL]}
        if message["method"] != "tools/call":
            return {}
        said = {"argument": message["params"]["arguments"]["marker"], "header": headers.get("x-marker")}
        return {"content": [{"type": "text", "text": json.dumps(said)}]}


def serve_upstream(port):
    async def run():
        server = await asyncio.get_running_loop().create_server(Marking, "127.0.0.1", port, backlog=512)
        await server.serve_forever()

    asyncio.run(run())


# --- the members -----------------------------------------------------------------------------------------------------


class Member:
    """One connection with sessions of its own. Every member counts its requests from 0."""

    def __init__(self, number, token, port, private):
        self.number, self.token, self.port, self.private = number, token, port, private
        self.reader = self.writer = None
        self.sessions, self.wrong = {}, []

    async def ask(self, identifier, path, method, params, notification=False):
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        if not notification:
            message["id"] = identifier
        body = json.dumps(message).encode()
        session = f"Mcp-Session-Id: {self.sessions[path]}\r\n" if path in self.sessions else ""
        head = (f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAuthorization: Bearer {self.token}\r\n"
                f"Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
                f"MCP-Protocol-Version: {VERSION}\r\n{session}Content-Length: {len(body)}\r\n\r\n")
        self.writer.write(head.encode() + body)
        return await self.read(path)

    async def read(self, path):
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        if "chunked" in headers.get("transfer-encoding", ""):
            text = b""
            while size := int(await self.reader.readline(), 16):
                text += (await self.reader.readexactly(size + 2))[:-2]
            await self.reader.readline()
        else:
            text = await self.reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("content-type", "").startswith("text/event-stream"):
            text = [line[5:] for line in text.split(b"\n") if line.startswith(b"data:") and line[5:].strip()][-1]
        if "mcp-session-id" in headers:
            self.sessions[path] = headers["mcp-session-id"]
        return int(lines[0].split(" ")[1]), json.loads(text) if text else None

    async def open(self):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        hello = {"protocolVersion": VERSION, "capabilities": {}, "clientInfo": {"name": f"member {self.number}", "version": "1"}}
        for path in ("/mcp", "/mcp/servers/both", *(["/mcp/servers/own"] if self.private else [])):
            status, _ = await self.ask(0, path, "initialize", hello)
            assert status == 200, f"initialize was answered with {status}"
            await self.ask(0, path, "notifications/initialized", {}, notification=True)

    async def call(self, identifier):
        """The marker comes back, and where the server has headers of each member, this member's."""
        marker = f"marker-of-{self.number}-{identifier}-{random.getrandbits(64):x}"
        slug = "own" if self.private and identifier % 2 else "both"
        if identifier % 3:
            status, message = await self.ask(identifier, "/mcp", "tools/call", {
                "name": "execute_capability", "arguments": {"name": f"mcp:{slug}:mark", "arguments": {"marker": marker}}})
        else:
            status, message = await self.ask(identifier, f"/mcp/servers/{slug}", "tools/call",
                                             {"name": "mark", "arguments": {"marker": marker}})
        header = f"header-of-{self.number}" if slug == "own" else None
        try:
            said = json.loads(message["result"]["content"][0]["text"])
        except (KeyError, TypeError, ValueError):
            said = None
        if status != 200 or message.get("id") != identifier or said != {"argument": marker, "header": header}:
            self.wrong.append(f"{self.number} asked for {marker} with the id {identifier}: {status} {str(message)[:300]}")

    def close(self):
        if self.writer:
            self.writer.close()


async def call_all(members, calls):
    await asyncio.gather(*(member.open() for member in members))
    each = (calls + len(members) - 1) // len(members)

    async def run(member):
        for identifier in range(1, each + 1):
            await member.call(identifier)

    began = time.monotonic()
    await asyncio.wait_for(asyncio.gather(*(run(member) for member in members)), ALL_SECONDS)
    seconds = time.monotonic() - began
    for member in members:
        member.close()
    return each * len(members), seconds


# --- the scene -------------------------------------------------------------------------------------------------------


def has_own_headers(visitor):
    """Whether this Patchbay has values of each member for headers that an admin names."""
    return "PUT" in visitor.send("OPTIONS", "/v1/me/credentials/both").headers.get("allow", "")


def add_member(appliance, number, private):
    visitor, _ = join(appliance, f"member{number}")
    if private:
        visitor.must("PUT", "/v1/me/credentials/own", {"headers": {"X-Marker": f"header-of-{number}"}})
    token = visitor.must("POST", "/v1/me/tokens", {"name": f"token{number}", "scopes": ["mcp:read", "mcp:write"]})["token"]
    visitor.close()
    return token


def wait_listed(operator, slugs):
    end = time.monotonic() + 20
    while True:
        states = {one["slug"]: one for one in operator.must("GET", "/v1/status")["servers"]}
        if all(states.get(slug, {}).get("state") == "ok" and states[slug]["tools"] > 0 for slug in slugs):
            return
        assert time.monotonic() < end, f"{slugs} were not listed: {states}"
        time.sleep(0.05)


def wrong_rows(operator, each):
    """Whose calls the trail has in another number than were made."""
    rows = collections.Counter()
    for line in operator.send("GET", "/v1/audit/export").text.splitlines():
        row = json.loads(line)
        if row["action"] == "tool.call" and row["outcome"] == "ok":
            rows[row["actor_name"]] += 1
    names = [f"member{number}" for number in range(MEMBERS)]
    return [f"the trail has {rows[name]} calls of {name}, who made {each}" for name in names if rows[name] != each]


def run(folder, calls):
    port = free_port()
    upstream = multiprocessing.get_context("fork").Process(target=serve_upstream, args=(port,), daemon=True)
    upstream.start()
    appliance = Appliance(Path(folder) / "home").init()
    appliance.start()
    try:
        operator = Client(appliance, local=True)
        first, _ = join(appliance, "first")
        private = has_own_headers(first)
        both = {"transport": "http", "url": f"http://127.0.0.1:{port}/mcp", "enabled": True}
        operator.must("POST", "/v1/servers", {"slug": "both", **both})
        if private:
            operator.must("POST", "/v1/servers", {"slug": "own", "credential_mode": "perMember", "auth": "headers",
                                                  "member_headers": ["X-Marker"], **both})
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            tokens = list(pool.map(lambda number: add_member(appliance, number, private), range(MEMBERS)))
        wait_listed(operator, ["both"])
        members = [Member(number, token, appliance.port, private) for number, token in enumerate(tokens)]
        done, seconds = asyncio.run(call_all(members, calls))
        wrong = [text for member in members for text in member.wrong] + wrong_rows(operator, done // MEMBERS)
        operator.close()
        return done, seconds, wrong, private
    finally:
        appliance.stop()
        upstream.terminate()
        upstream.join()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20_000)
    with tempfile.TemporaryDirectory(prefix="patchbay-isolation-", dir=os.environ.get("TMPDIR"), ignore_cleanup_errors=True) as folder:
        done, seconds, wrong, private = run(folder, parser.parse_args().calls)
    for text in wrong[:10]:
        print(text)
    markers = "in arguments and in headers of each member" if private else "in arguments (there are no headers of each member yet)"
    print(f"isolation: {done} calls of {MEMBERS} members with equal ids in {seconds:.1f} s, markers {markers}; "
          f"{len(wrong)} wrong answers")
    print(f"{1 if not wrong else 0} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
