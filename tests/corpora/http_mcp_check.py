#!/usr/bin/env python3
"""Drives the real binary with every case of http_mcp.json and of other files of its form: http_mcp_check.py [FILE.json...]
[CASE...]. PATCHBAY_BINARY names the binary, PATCHBAY_CORPORA the folder of corpora. Cases run side by side; each has a
deadline, and all together have one. Prints a line for each case that fails, and at last the count."""
import asyncio
import gzip
import json
import multiprocessing
import os
import resource
import signal
import socket
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

from gateway_process import Gateway, Template, Watch
from lying_upstream import ECHO, Upstream
from upstream_cases import MOST_RSS, PATIENT, SETTINGS, TOPICS, Stage, Waits

REPOSITORY = Path(__file__).resolve().parent.parent.parent
BINARY = os.environ.get("PATCHBAY_BINARY", str(REPOSITORY / "build/release/patchbay"))
CORPORA = Path(os.environ.get("PATCHBAY_CORPORA", str(REPOSITORY.parent / "shared/corpora")))
AT_ONCE = 12
CASE_SECONDS = 30  # that a case may take besides its own waits
PATIENT_SECONDS = 110
ALL_SECONDS = 170

# Names that the corpus suggests, and ours. Longer ones first.
RAW_NAMES = [("localhost:8800", "localhost:${PORT}"), ("/api/admin/connections/", "/v1/servers/"), ("/api/", "/v1/"),
             (" /v1/me", " /v1/tokens"), ("/assets/app.js", "/")]
RPC_NAMES = [("mock.", "mcp__mock__")]
RPC_PATH = "/mcp/all"

EXPECTATIONS = {"status_any", "responses", "close", "max_ms", "rpc_code", "body_max", "body_lacks", "header_absent", "echo_id",
                "upstream_calls", "content_type", "parallel", "others_ok", "no_read", "max_bytes", "max_rss_delta_mb",
                "log_lacks", "note"}
DEFAULT_MS = 10_000  # below the 15 s after which an idle connection is closed anyway
UNREAD_SECONDS = 17  # how long no_read leaves an answer in the socket


def fill_in(text, names, values):
    for suggested, ours in names:
        text = text.replace(suggested, ours)
    for name, value in values.items():
        text = text.replace("${" + name + "}", value)
    return text


def gzip_bomb():
    return (gzip.compress(bytes(1 << 20)) * 64).decode("latin-1")


# --- raw -----------------------------------------------------------------------------------------------------------


def read_responses(data):
    """The complete responses at the start of `data`: [(status, header lines, body)]."""
    found = []
    while data:
        head, separator, rest = data.partition(b"\r\n\r\n")
        if not separator:
            break
        lines = head.decode("latin-1").split("\r\n")
        fields = {line.partition(":")[0].strip().lower(): line.partition(":")[2].strip() for line in lines[1:]}
        status = int(lines[0].split(" ")[1])
        length = int(fields.get("content-length", 0))
        if len(rest) < length or "chunked" in fields.get("transfer-encoding", ""):
            break
        data = rest[length:]
        if status >= 200:
            found.append((status, lines[1:], rest[:length]))
    return found


async def send_segments(loop, sock, segments):
    for kind, *words in segments:
        if kind == "t":
            await loop.sock_sendall(sock, words[0])
        elif kind == "sleep":
            await asyncio.sleep(words[0] / 1000)
        elif isinstance(words[0], tuple):
            (_, unit, pause), count = words
            for _ in range(count):
                await loop.sock_sendall(sock, unit)
                await asyncio.sleep(pause / 1000)
        else:
            unit, count = words
            batch = max(1, 65536 // len(unit))
            for start in range(0, count, batch):
                await loop.sock_sendall(sock, unit * min(batch, count - start))


class Conversation:
    """One connection that a raw case opens."""

    def __init__(self):
        self.received, self.closed, self.ms = b"", False, 0.0

    def is_over(self, expect):
        return not expect.get("close") and expect["status_any"] and read_responses(self.received)

    async def hold(self, port, segments, expect):
        loop, began = asyncio.get_running_loop(), time.monotonic()
        with open_socket() as sock:
            await loop.sock_connect(sock, ("127.0.0.1", port))
            sending = asyncio.ensure_future(send_segments(loop, sock, segments))
            try:
                if expect.get("no_read"):
                    await asyncio.sleep(UNREAD_SECONDS)
                limit = expect.get("max_ms", DEFAULT_MS) / 1000 + 2 - (time.monotonic() - began)
                await asyncio.wait_for(self.read(loop, sock, expect), limit)
            except asyncio.TimeoutError:
                pass
            self.ms = (time.monotonic() - began) * 1000
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def read(self, loop, sock, expect):
        while not self.is_over(expect):
            try:
                piece = await loop.sock_recv(sock, 1 << 20)
            except ConnectionError:
                piece = b""
            if not piece:
                self.closed = True
                return
            self.received += piece

    def faults(self, expect):
        responses = read_responses(self.received)
        statuses = [status for status, _, _ in responses]
        wanted = expect["status_any"]
        if wanted and not statuses:
            yield f"no answer, expected {wanted}; received {self.received[:120]!r}"
        if statuses and wanted and statuses[0] not in wanted:
            yield f"status {statuses[0]}, expected {wanted}: {responses[0][2][:160]!r}"
        for status in statuses:
            if status >= 500 and status not in (502, 503, 504) and status not in wanted:
                yield f"status {status}"
        if "responses" in expect and len(responses) != expect["responses"]:
            yield f"{len(responses)} responses, expected {expect['responses']}"
        if expect.get("close") and not self.closed:
            yield "the connection was not closed"
        if self.ms > expect.get("max_ms", DEFAULT_MS + UNREAD_SECONDS * 1000):
            yield f"took {self.ms:.0f} ms, {expect['max_ms']} are allowed"
        if len(self.received) > expect.get("max_bytes", len(self.received)):
            yield f"{len(self.received)} bytes were sent, {expect['max_bytes']} are allowed"
        for _, lines, body in responses:
            if "body_lacks" in expect and expect["body_lacks"].encode() in body:
                yield f"the body holds {expect['body_lacks']!r}"
            if "header_absent" in expect and any(line.lower().startswith(expect["header_absent"].lower()) for line in lines):
                yield f"there is a header {expect['header_absent']!r}"


def open_socket():
    sock = socket.socket()
    sock.setblocking(False)
    return sock


class OtherClient(threading.Thread):
    """A normal client, as long as a case runs: each of its requests must be answered within 1 s."""

    def __init__(self, gateway):
        super().__init__(daemon=True)
        self.gateway, self.done, self.slowest, self.fault = gateway, threading.Event(), 0.0, None
        self.start()

    def run(self):
        while not self.done.wait(0.2):
            try:
                answer = self.gateway.get("/healthz", timeout=5)
                self.slowest = max(self.slowest, answer.seconds)
                if answer.status != 200:
                    self.fault = f"another client got {answer.status}"
            except (OSError, AssertionError) as error:
                self.fault = f"another client was not served: {error!r}"

    def faults(self):
        self.done.set()
        self.join()
        if self.fault:
            return [self.fault]
        return [f"another client waited {self.slowest:.2f} s"] if self.slowest > 1 else []


def encode_segments(segments, values):
    """Text to bytes, each character below 256 one byte."""
    encoded = []
    for kind, *words in segments:
        if kind == "sleep":
            encoded.append((kind, words[0]))
        elif kind == "rep" and isinstance(words[0], list):
            (how, unit, pause), count = words
            if how != "slow":
                raise ValueError(f"unknown repetition {how!r}")
            encoded.append((kind, (how, unit.encode("latin-1"), pause), count))
        elif kind in ("t", "rep"):
            encoded.append((kind, fill_in(words[0], RAW_NAMES, values).encode("latin-1"), *words[1:]))
        else:
            raise ValueError(f"unknown segment {kind!r}")
    return encoded


def run_raw(scene, case):
    expect = case["expect"]
    segments = encode_segments(case["send"], scene.values_for(json.dumps(case["send"])))
    conversations = [Conversation() for _ in range(expect.get("parallel", 1))]

    async def hold_all():
        port = scene.gateway.port
        await asyncio.gather(*(conversation.hold(port, segments, expect) for conversation in conversations))

    others = OtherClient(scene.gateway) if expect.get("others_ok") else None
    asyncio.run(hold_all())
    faults = others.faults() if others else []
    for conversation in conversations:
        faults += conversation.faults(expect)
    return faults


# --- rpc -----------------------------------------------------------------------------------------------------------


def body_of(body, values):
    if isinstance(body, str):
        return fill_in(body, RPC_NAMES, values).encode()
    if "hex" in body:
        return bytes.fromhex(body["hex"])
    pre, post = (fill_in(body.get(key, ""), RPC_NAMES, values) for key in ("pre", "post"))
    if body["gen"] == "nest":
        return (body["open"] * body["n"] + body.get("mid", "") + body["close"] * body["n"]).encode()
    if body["gen"] == "rep":
        return (pre + body["unit"] * body["n"] + post).encode()
    if body["gen"] == "wrap":
        opening, closing, count = body["nest"]
        return (pre + opening * count + closing * count + post).encode()
    raise ValueError(f"unknown body {body['gen']!r}")


def rpc_faults(answer, expect):
    if answer.status not in expect["status_any"]:
        yield f"status {answer.status}, expected {expect['status_any']}: {answer.body[:200]!r}"
    if "rpc_code" in expect:
        code = ((answer.message() or {}).get("error") or {}).get("code")
        if code != expect["rpc_code"]:
            yield f"error code {code}, expected {expect['rpc_code']}: {answer.body[:200]!r}"
    if len(answer.body) > expect.get("body_max", len(answer.body)):
        yield f"the body has {len(answer.body)} bytes, {expect['body_max']} are allowed"
    if "echo_id" in expect and f'"id":{expect["echo_id"]}'.encode() not in answer.body.replace(b": ", b":"):
        yield f"the id {expect['echo_id']} did not come back: {answer.body[:200]!r}"
    if "content_type" in expect:
        types, _, options = expect["content_type"].partition(", ")
        if (answer.header("content-type") or "").split(";")[0] not in types.split(" or "):
            yield f"the type is {answer.header('content-type')}"
        if options == "nosniff" and answer.header("x-content-type-options") != "nosniff":
            yield "X-Content-Type-Options: nosniff is missing"


def run_rpc(scene, case):
    expect = case["expect"]
    values = scene.values_for(json.dumps(case.get("headers", {})) + json.dumps(case["body"]))
    headers = {name: fill_in(value, [], values) for name, value in case.get("headers", {}).items()}
    before = len(scene.mock.calls())
    faults = list(rpc_faults(scene.gateway.post(RPC_PATH, body_of(case["body"], values), "a", headers), expect))
    calls = len(scene.mock.calls()) - before - scene.own_calls
    if calls != expect.get("upstream_calls", calls):
        faults.append(f"{calls} calls reached the upstream, expected {expect['upstream_calls']}")
    return faults + scene.faults_of_other_member()


# --- the gateway that raw and rpc cases share -------------------------------------------------------------------------


class Scene:
    def __init__(self, gateway, mock):
        self.gateway, self.mock, self.own_calls, self.slow_call = gateway, mock, 0, None

    def values_for(self, text):
        """The values that this text asks for; those that cost something are made only then."""
        values = {"PORT": str(self.gateway.port), "TOKEN": self.gateway.template.tokens["a"]}
        if "${GZBOMB" in text:
            bomb = gzip_bomb()
            values.update(GZBOMB=bomb, GZBOMB_LEN=str(len(bomb)))
        if "${SESSION_OF_B}" in text:
            values["SESSION_OF_B"] = self.session_of_b()
        if "${REQ_OF_B}" in text:
            values["REQ_OF_B"] = self.begin_call_of_b()
        return values

    def session_of_b(self):
        answer = self.gateway.rpc("initialize", {"protocolVersion": "2025-06-18", "capabilities": {},
                                                 "clientInfo": {"name": "b", "version": "1"}}, path=RPC_PATH, token="b")
        return answer.header("mcp-session-id")

    def begin_call_of_b(self):
        """A call of B's that is under way; what becomes of it is looked at after the case."""
        session, before, answers = self.session_of_b(), len(self.mock.calls()), []
        call = {"name": "mcp__mock__echo", "arguments": {"slow_ms": 1000, "text": "undisturbed"}}
        waiting = threading.Thread(target=lambda: answers.append(self.gateway.rpc(
            "tools/call", call, path=RPC_PATH, token="b", identifier="call-of-b", headers={"Mcp-Session-Id": session})))
        waiting.start()
        self.gateway.wait_for(lambda: len(self.mock.calls()) > before, 5, "B's call to begin")
        self.slow_call = (waiting, answers)
        self.own_calls = 1
        return "call-of-b"

    def faults_of_other_member(self):
        if not self.slow_call:
            return []
        waiting, answers = self.slow_call
        waiting.join()
        self.slow_call, self.own_calls = None, 0
        return [] if answers and b"undisturbed" in answers[0].body else ["B's call was disturbed"]


def play(run, scene, case):
    """One raw or rpc case, and what holds after every case."""
    expect = case["expect"]
    unknown = set(expect) - EXPECTATIONS
    if unknown:
        return [f"this runner does not know the expectation {sorted(unknown)}"]
    watch = Watch(scene.gateway, expect.get("max_rss_delta_mb", 32))
    try:
        faults = run(scene, case)
    except Exception as error:  # whatever goes wrong fails this case and no other
        faults = [f"{error!r}"]
    faults += watch.faults()
    end_clock()
    if "log_lacks" in expect:
        word = expect["log_lacks"].split(" ")[0]
        if word in scene.gateway.log() or word in scene.gateway.command("audit", "--json", *scene.gateway.flags).stdout.decode():
            faults.append(f"the log names {word}")
    return faults


def run_cases(template, folder, cases):
    """Raw and rpc cases, one after another on one gateway."""
    mock = Upstream(tools=[ECHO, {**ECHO, "name": "delete"}])
    gateway = Gateway(template, folder, {"mock": {"url": mock.url}})
    outcomes = []
    try:
        gateway.wait_listed("mock")
        for _ in range(5):  # what is made once is made now
            gateway.list_tools()
            gateway.call("mock")
            gateway.get("/v1/tokens")
        scene = Scene(gateway, mock)
        for case in cases:
            begin_clock(case)
            outcomes.append((case, play(run_raw if case["kind"] == "raw" else run_rpc, scene, case)))
            if not gateway.is_alive():
                gateway = Gateway(template, Path(f"{folder}-{case['id']}"), {"mock": {"url": mock.url}})
                gateway.wait_listed("mock")
                scene = Scene(gateway, mock)
    finally:
        gateway.stop()
        mock.stop()
    return outcomes


# --- upstream ------------------------------------------------------------------------------------------------------


def run_upstream(template, folder, cases):
    case, = cases
    if case["topic"] not in TOPICS:
        return [(case, [f"this runner does not know the topic {case['topic']!r}"])]
    good = Upstream()
    gateway = Gateway(template, folder, {"good": {"url": good.url}}, SETTINGS.get(case["topic"], {}))
    stage, faults, waits = Stage(gateway), [], None
    try:
        gateway.wait_listed("good")
        for _ in range(5):
            gateway.list_tools()
            stage.good_works()
        watch = Watch(gateway, MOST_RSS.get(case["topic"], 32))
        try:
            TOPICS[case["topic"]](stage, case["behaviour"])
        except Waits as reason:
            waits = reason
        except AssertionError as error:
            faults.append(str(error))
        except Exception:
            faults.append(last_words())
        if gateway.is_alive():
            stage.clear()
        faults += watch.faults()
    finally:
        for upstream in (*stage.upstreams, good):
            upstream.stop()
        gateway.stop()
    return [(case, [waits] if waits and not faults else faults)]


# --- all -----------------------------------------------------------------------------------------------------------


class Overdue(AssertionError):
    """Raised in a case that goes on for longer than it may."""


def begin_clock(case):
    """From now on the case has its own time, and no more: the waits that it asks for, and as much again for a busy machine."""
    expect = case["expect"]
    seconds = CASE_SECONDS
    if isinstance(expect, dict):
        seconds += expect.get("max_ms", DEFAULT_MS) / 1000
    elif case["topic"] in PATIENT:
        seconds = PATIENT_SECONDS

    def stop(*_):
        raise Overdue(f"did not end within {seconds:.0f} s")
    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 5)


def end_clock():
    signal.setitimer(signal.ITIMER_REAL, 0)


def lanes_of(cases):
    """What runs side by side: each upstream case and each case of many connections by itself, the others in a few rows;
    the slowest first."""
    def row(kind, is_so):
        return [case for case in cases if case["kind"] == kind and is_so(case)]

    def is_wide(case):
        return "parallel" in case["expect"]

    def is_patient(case):
        return not is_wide(case) and case["expect"].get("max_ms", 0) > DEFAULT_MS

    quick = row("raw", lambda case: not is_wide(case) and not is_patient(case))
    rpc = row("rpc", lambda _: True)
    lanes = [(run_upstream, [case]) for case in row("upstream", lambda case: case["topic"] in PATIENT)]
    lanes += [(run_cases, [case]) for case in row("raw", is_wide)]
    lanes += [(run_cases, some) for some in (row("raw", is_patient), *(quick[n::3] for n in range(3)), rpc[::2], rpc[1::2]) if some]
    lanes += [(run_upstream, [case]) for case in row("upstream", lambda case: case["topic"] not in PATIENT)]
    return lanes + [(refuse_kind, [case]) for case in cases if case["kind"] not in ("raw", "rpc", "upstream")]


def last_words():
    """What was raised, and where."""
    error = sys.exc_info()[1]
    frames = traceback.extract_tb(error.__traceback__)
    return f"{error!r} at " + ", ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-3:])


def refuse_kind(_, __, cases):
    return [(case, [f"this runner does not know the kind {case['kind']!r}"]) for case in cases]


def run_lane(task):
    run, template, folder, cases = task
    began, outcomes, trouble = time.monotonic(), [], "its gateway ended"
    try:
        begin_clock(cases[0])
        outcomes = run(template, folder, cases)
    except Exception:
        trouble = last_words()
    finally:
        end_clock()
    done = {case["key"] for case, _ in outcomes}
    outcomes += [(case, [f"was not run: {trouble}"]) for case in cases if case["key"] not in done]
    return outcomes, time.monotonic() - began


def run_all(cases):
    """What is wrong with each case, by its key."""
    faults = {case["key"]: [f"was not run: all the time of {ALL_SECONDS} s was over"] for case in cases}
    end = time.monotonic() + ALL_SECONDS
    with tempfile.TemporaryDirectory(prefix="patchbay-", ignore_cleanup_errors=True) as folder:
        template = Template(BINARY, folder)
        tasks = [(run, template, str(Path(folder) / f"lane{number}"), row) for number, (run, row) in enumerate(lanes_of(cases))]
        with multiprocessing.get_context("fork").Pool(AT_ONCE, maxtasksperchild=1) as pool:
            lanes = pool.imap_unordered(run_lane, tasks)
            try:
                while True:
                    outcomes, seconds = lanes.next(max(0.1, end - time.monotonic()))
                    if os.environ.get("PATCHBAY_VERBOSE"):
                        print(f"{outcomes[0][0]['id']}.. {len(outcomes)} cases in {seconds:.1f} s", file=sys.stderr)
                    faults.update((case["key"], found) for case, found in outcomes)
            except (StopIteration, multiprocessing.TimeoutError):
                pass  # the gateways of those that are left end with the pool
    return faults


def raise_file_limit():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 16384 if hard == resource.RLIM_INFINITY else min(16384, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def read_cases(files, wanted):
    """The cases of every file that has this form, each with a key of its own."""
    cases = []
    for file in files:
        content = json.loads(file.read_text(encoding="utf-8"))
        if content.get("class") == "http_mcp":
            cases += [{**case, "file": file.name} for case in content["cases"]]
    if wanted:
        cases = [case for case in cases if wanted & {case["id"], case["topic"], case["kind"]}]
    return [{**case, "key": number} for number, case in enumerate(cases)]


def main():
    named = [Path(word) for word in sys.argv[1:] if word.endswith(".json")]
    files = named or sorted(CORPORA.glob("*.json"))
    if missing := [file for file in named if not file.exists()] or ([] if files else [CORPORA]):
        print(f"{missing[0]}: absent, so nothing was checked")
        return 1 if named else 0
    cases = read_cases(files, {word for word in sys.argv[1:] if not word.endswith(".json")})
    raise_file_limit()
    began, faults, failed, waiting = time.monotonic(), run_all(cases), 0, 0
    for case in cases:
        found = list(dict.fromkeys(faults[case["key"]]))
        if found and isinstance(found[0], Waits):
            waiting += 1
            print(f"{case['id']} {case['topic']}: waits for {found[0]}")
        elif found:
            failed += 1
            print(f"{case['id']} {case['topic']}: {'; '.join(text[:400] for text in found[:4])}")
    seen = ", ".join(sorted({case["file"] for case in cases}))
    print(f"{seen}: {len(cases)} cases in {time.monotonic() - began:.0f} s; {waiting} of them wait for a later issue")
    print(f"{len(cases) - failed - waiting} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
