#!/usr/bin/env python3
"""kill -9 under load, again and again: whatever was acknowledged is there afterwards, and the store opens.

PATCHBAY_CRASH_ROUNDS (25) says how often, PATCHBAY_CRASH_SEED repeats a run's moments. Each client of a round has a
name of its own, so that its audit rows can be counted: as many as it saw answers, or one more that was under way.
"""
import collections
import http.client
import json
import os
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from appliance import Appliance, McpClient  # noqa: E402
from upstream import Upstream  # noqa: E402

ROUNDS = int(os.environ.get("PATCHBAY_CRASH_ROUNDS", "25"))
SEED = int(os.environ.get("PATCHBAY_CRASH_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)
CLIENTS = 16
LONGEST_RESTART = 10.0  # generous: a figure is printed, and only a hang fails
GONE = (OSError, http.client.HTTPException)


class Acknowledged:
    """What the appliance said it had done."""

    def __init__(self):
        self.calls = collections.Counter()  # by client name
        self.tokens, self.revoked, self.servers, self.removed = {}, set(), set(), set()
        self.touched = set()  # changes that were asked for and not answered: both outcomes are right
        self.problems, self.good = [], 0


def call_until_killed(port, token, name, noted):
    try:
        client = McpClient(port, token, name)
        while True:
            result = client.call("mcp:mock:echo", text=f"{name} {client.last}")
            noted.calls[name] += 1  # a refusal too: until the server has been asked, nobody knows its tools
            if not result.get("isError"):
                noted.good += 1
                if f"{name} {client.last - 1}" not in json.dumps(result):
                    noted.problems.append(f"a wrong answer: {json.dumps(result)[:200]}")
    except GONE:
        pass
    except Exception as error:  # an edge: what a thread throws nobody sees
        noted.problems.append(f"{name}: {error}")


def change_until_killed(appliance, admin, round_number, noted):
    """Tokens by the command line, servers over HTTP; each then goes away again in two of three cases."""
    number = 0
    try:
        while True:
            number += 1
            name = f"r{round_number}n{number}"
            noted.touched.add(name)
            made = appliance.verb("token", "create", name, "--json")
            if made.returncode != 0:
                return
            noted.tokens[name] = json.loads(made.stdout)["token"]
            body = {"slug": name, "transport": "http", "url": "http://127.0.0.1:8080/mcp", "enabled": False,
                    "auth": "apiKey", "api_key": f"key-{name}"}
            status, text = appliance.request("POST", "/v1/servers", admin, body)
            if status != 201:
                raise AssertionError(f"a server was not added: {status} {text[:200]}")
            noted.servers.add(name)
            noted.touched.discard(name)
            if number % 3 == 0:
                continue
            noted.touched.add(name)
            if appliance.request("DELETE", f"/v1/tokens/{name}", admin)[0] != 204:
                raise AssertionError(f"the token {name} was not revoked")
            noted.revoked.add(name)
            if appliance.request("DELETE", f"/v1/servers/{name}", admin)[0] != 204:
                raise AssertionError(f"the server {name} was not removed")
            noted.removed.add(name)
            noted.touched.discard(name)
    except GONE:
        pass
    except Exception as error:
        noted.problems.append(f"changes: {error}")


def load_and_kill(appliance, token, admin, round_number, moment, noted):
    threads = [threading.Thread(target=call_until_killed, args=(appliance.port, token, f"c{round_number}-{i}", noted))
               for i in range(CLIENTS)]
    threads.append(threading.Thread(target=change_until_killed, args=(appliance, admin, round_number, noted)))
    for thread in threads:
        thread.start()
    time.sleep(moment)
    appliance.kill()
    for thread in threads:
        thread.join()


def rows_after(appliance, admin, last):
    status, text = appliance.request("GET", f"/v1/audit/export?after={last}", admin)
    if status != 200:
        raise AssertionError(f"the audit trail cannot be read: {status} {text[:200]}")
    return [json.loads(line) for line in text.splitlines()]


def check_rows(rows, last, noted, round_number):
    """Returns how many acknowledged calls have no row."""
    numbers = [row["sequence"] for row in rows]
    if numbers != list(range(last + 1, last + 1 + len(rows))):
        noted.problems.append("the sequence of the audit rows has gaps")
    calls = collections.Counter(row["client"].split("/")[0].split(" ")[0] for row in rows if row["action"] == "tool.call")
    lost = 0
    for i in range(CLIENTS):
        name = f"c{round_number}-{i}"
        seen, kept = noted.calls[name], calls[name]
        lost += max(0, seen - kept)
        if kept > seen + 1:
            noted.problems.append(f"{name} saw {seen} answers and has {kept} rows")
    return lost


def list_all(appliance, admin, things):
    found, cursor = [], ""
    while cursor is not None:
        page = json.loads(appliance.request("GET", f"/v1/{things}?limit=1000{cursor and '&cursor=' + cursor}", admin)[1])
        found += page[things]
        cursor = page["next_cursor"]
    return found


def check_changes(appliance, admin, noted):
    """Returns how many acknowledged changes are not there, of all rounds until now."""
    tokens = {one["name"]: one["state"] for one in list_all(appliance, admin, "tokens")}
    servers = {one["slug"]: one for one in list_all(appliance, admin, "servers")}
    lost = [name for name in noted.tokens if name not in tokens]
    lost += [name for name in noted.revoked if tokens.get(name) != "revoked"]
    lost += [name for name in noted.servers - noted.removed - noted.touched if not servers.get(name, {}).get("has_api_key")]
    lost += [name for name in noted.removed if name in servers]
    newest = next((name for name in reversed(noted.tokens) if name not in noted.revoked | noted.touched), None)
    if newest:
        McpClient(appliance.port, noted.tokens[newest], "newest").close()
    if lost:
        noted.problems.append(f"not there after the restart: {lost[:5]}")
    return len(lost)


def check_chain(appliance, noted):
    report = appliance.must("audit", "verify")
    if not report["intact"] or report["rows"] != report["last"] - report["first"] + 1:
        noted.problems.append(f"the chain is broken: {report}")
    return report["last"]


def run_rounds(appliance, figures):
    admin = appliance.token("admin", "admin")
    token = appliance.token("caller")
    noted, good, bad = Acknowledged(), 0, 0
    moments = random.Random(SEED)
    appliance.start()
    last = check_chain(appliance, noted)
    for round_number in range(ROUNDS):
        load_and_kill(appliance, token, admin, round_number, 0.05 + moments.random() * 0.6, noted)
        try:
            if round_number % 2:  # every second time another process comes first and heals the store
                check_chain(appliance, noted)
            figures["restart"] = max(figures["restart"], appliance.start(seconds=LONGEST_RESTART))
            rows = rows_after(appliance, admin, last)
            figures["lost"] += check_rows(rows, last, noted, round_number) + check_changes(appliance, admin, noted)
            last = check_chain(appliance, noted)
        except (AssertionError, *GONE) as error:
            noted.problems.append(str(error))
            figures["unreadable"] += appliance.process is None or appliance.process.poll() is not None
        figures["calls"] = sum(noted.calls.values())
        figures["changes"] = len(noted.tokens) + len(noted.revoked) + len(noted.servers) + len(noted.removed)
        for problem in noted.problems:
            print(f"round {round_number}: {problem}")
        good, bad = good + (not noted.problems), bad + bool(noted.problems)
        noted.problems.clear()
        if figures["unreadable"]:
            break
    if figures["lost"] or noted.good < ROUNDS * CLIENTS or figures["changes"] < ROUNDS:
        print(f"lost {figures['lost']}; {noted.good} good calls and {figures['changes']} changes: fewer than {ROUNDS * CLIENTS} and {ROUNDS}"
              " would show nothing")
        bad = max(bad, 1)
    return good, bad


def main():
    print(f"seed {SEED}")
    figures = collections.Counter(restart=0.0)
    upstream = Upstream()
    with tempfile.TemporaryDirectory(prefix="patchbay-crash-") as folder:
        appliance = Appliance(folder).init()
        appliance.write_catalog([{"name": "mock", "transport": "http", "url": upstream.url}])
        try:
            good, bad = run_rounds(appliance, figures)
        except AssertionError as error:
            print(error)
            good, bad = 0, 1
        finally:
            if appliance.process:
                appliance.kill()
            upstream.close()
    print(f"rounds {good + bad}, acknowledged calls {figures['calls']}, acknowledged changes {figures['changes']}, "
          f"lost {figures['lost']}, unreadable {figures['unreadable']}, longest restart {figures['restart'] * 1000:.0f} ms")
    print(f"crash: {good} passed, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
