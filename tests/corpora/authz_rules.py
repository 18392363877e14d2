"""The rules of authz.json, each a function of the stage that returns what is wrong."""
import json
import statistics
import subprocess
import tempfile
import threading
import time
import uuid
from pathlib import Path

from authz_ops import OPS, is_mapped
from authz_stage import PASSWORD, REPOSITORY, Appliance, Client, random_uuid7


class Unmapped(Exception):
    """The rule is about a route that is not there yet."""


# Every address that takes an id, with the methods that look at one.
WITH_ID = [("GET", "/v1/users/{id}"), ("PATCH", "/v1/users/{id}"), ("DELETE", "/v1/users/{id}"), ("POST", "/v1/users/{id}/invite"),
           ("GET", "/v1/users/{id}/tokens"), ("POST", "/v1/users/{id}/tokens"), ("DELETE", "/v1/users/{id}/sessions"),
           ("GET", "/v1/teams/{id}"), ("PATCH", "/v1/teams/{id}"), ("DELETE", "/v1/teams/{id}"), ("GET", "/v1/servers/{id}"),
           ("PATCH", "/v1/servers/{id}"), ("DELETE", "/v1/servers/{id}"), ("POST", "/v1/servers/{id}/test"),
           ("GET", "/v1/servers/{id}/tools"), ("POST", "/v1/servers/{id}/refresh"), ("DELETE", "/v1/tokens/{id}"),
           ("DELETE", "/v1/me/tokens/{id}"), ("DELETE", "/v1/me/sessions/{id}"),
           ("GET", "/v1/access/explain?user={id}&server=conn"), ("GET", "/v1/access/explain?user=target&server={id}")]
BODIES = {"/v1/users/{id}/tokens": {"name": "x", "scopes": ["mcp:read"]}, "/v1/teams/{id}": {"title": "x"},
          "/v1/users/{id}": {"title": "x"}, "/v1/servers/{id}": {"title": "x"}, "/v1/users/{id}/invite": {}}
ADMIN_GET_ONLY = ["/v1/audit", "/v1/audit/export", "/v1/audit/verify", "/v1/catalog", "/v1/access/explain", "/v1/status", "/metrics"]
READABLE = ["/", "/healthz", "/readyz", "/v1/me", "/v1/session", "/v1/me/tokens", "/v1/me/sessions", "/v1/users", "/v1/users/target",
            "/v1/users/target/tokens", "/v1/teams", "/v1/teams/target", "/v1/servers", "/v1/servers/conn", "/v1/servers/conn/tools",
            "/v1/tokens", "/v1/mcp/managed-servers", *ADMIN_GET_ONLY]


def ask_id(client, method, path, identifier):
    began = time.perf_counter()
    answer = client.send(method, path.replace("{id}", identifier), BODIES.get(path) if method in ("PATCH", "POST") else None)
    return answer.status, answer.text.replace(identifier, "ID"), time.perf_counter() - began


def foreign_ids(folder):
    """Of people, teams, servers and tokens that another appliance has."""
    other = Appliance(Path(folder) / "other").init()
    other.must("user", "add", "eve")
    other.must("team", "add", "target")
    other.must("server", "add", "conn", "http://127.0.0.1:8099/mcp")
    other.token("theirs")
    lists = {"users": ("user", "list"), "teams": ("team", "list"), "servers": ("server", "list"), "tokens": ("token", "list")}
    return [other.must(*words)[name][0]["id"] for name, words in lists.items()]


def foreign_objects(stage):
    faults, admin = [], stage.principals["admin"]
    with tempfile.TemporaryDirectory(prefix="patchbay-") as folder:
        foreign = foreign_ids(folder)
    for method, path in WITH_ID:
        unknown = ask_id(admin, method, path, random_uuid7())
        for identifier in foreign:
            found = ask_id(admin, method, path, identifier)
            if found[0] != 404 or found[:2] != unknown[:2]:
                faults.append(f"{method} {path}: {found[:2]} for a foreign id, {unknown[:2]} for an unknown one")
    times = [[ask_id(admin, "GET", "/v1/users/{id}", identifier)[2] for _ in range(25)] for identifier in (foreign[0], random_uuid7())]
    apart = abs(statistics.median(times[0]) - statistics.median(times[1]))
    if apart > 0.002:
        faults.append(f"a foreign id takes {apart * 1000:.1f} ms more or less than an unknown one")
    return faults


def guessed_ids(stage):
    faults, admin = [], stage.principals["admin"]
    made = [stage.operator.must("POST", "/v1/users", {"name": stage.new_name("next")}) for _ in range(3)]
    ids = [uuid.UUID(one["id"]) for one in made]
    if any(one.version != 7 for one in ids) or len({one.int & ((1 << 62) - 1) for one in ids}) < 3:
        faults.append(f"the ids are not random: {ids}")
    for step in (-2, -1, 1, 2):
        guess = str(uuid.UUID(int=ids[1].int + step))
        if (status := admin.send("GET", f"/v1/users/{guess}").status) != 404:
            faults.append(f"a guessed id was answered with {status}")
    for one in made:
        stage.operator.must("DELETE", f"/v1/users/{one['id']}")
    return faults


def expect_refused(stage, client, requests, statuses):
    """None of the requests may be let through or change anything."""
    faults = []
    for method, path, body, headers in requests:
        before = stage.store.state()
        answer = client.send(method, path, body, headers)
        if answer.status not in statuses:
            faults.append(f"{method} {path} {body}: {answer}")
        if stage.store.state() != before:
            faults.append(f"{method} {path} {body}: something was changed")
    return faults


def own_profile(stage):
    member = stage.principals["member_direct"]
    fields = [{"role": "admin"}, {"org_id": "x"}, {"id": random_uuid7()}, {"disabled_at": None}, {"teams": ["granted"]},
              {"password": "another one of mine"}, {"is_service": True}, {"revision": 7}, {"state": "active"}, {"scopes": ["admin"]}]
    return expect_refused(stage, member, [("PATCH", "/v1/me", {"title": "Me", **more}, None) for more in fields], {400})


def protected_fields(stage):
    base = {"slug": "assigned", "transport": "http", "url": stage.upstream.url}
    fields = [{"access_token": "x"}, {"connected_at": "2026-01-01T00:00:00Z"}, {"refresh_token": "x"}, {"origin": "catalog"},
              {"id": random_uuid7()}, {"revision": 9}, {"created_at": "2026-01-01T00:00:00Z"}, {"owner": "anna"}, {"header_names": ["X"]}]
    return expect_refused(stage, stage.principals["admin"], [("POST", "/v1/servers", {**base, **more}, None) for more in fields], {400})


def filters_never_widen(stage):
    member, faults = stage.principals["member_nogrant"], []
    query = "?owner=other&include=secrets&scope=manageable"
    for path in ("/v1/servers", "/v1/users", "/v1/tokens", "/v1/audit", "/v1/catalog"):
        if (answer := member.send("GET", path + query)).status != 403:
            faults.append(f"{path}: {answer}")
    for path in ("/v1/me/tokens", "/v1/me/sessions", "/v1/me/servers", "/v1/tools"):
        plain, wide = member.send("GET", path), member.send("GET", path + query)
        if wide.status not in (400, 403, 404) and wide.text != plain.text:
            faults.append(f"{path}: the filter widened the answer: {wide}")
    return faults


def cross_site(stage):
    admin = stage.principals["admin"]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    evil = [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://localhost.evil.example"},
            {"Origin": stage.url + ".evil.example"}, {"Origin": None}]
    requests = [("POST", "/v1/teams", '{"name":"forged"}', {**origin, "Content-Type": kind})
                for origin in evil for kind in ("application/json", "text/plain", form["Content-Type"])]
    requests += [("DELETE", "/v1/teams/target", None, origin) for origin in evil]
    requests += [("PATCH", "/v1/users/target", {"role": "admin"}, origin) for origin in evil]
    faults = expect_refused(stage, admin, requests, {403})
    own = [("POST", "/v1/teams", '{"name":"forged"}', {"Content-Type": kind}) for kind in ("text/plain", form["Content-Type"])]
    faults += expect_refused(stage, admin, own, {400, 403, 415})
    for path in READABLE:
        before = stage.store.state()
        for headers in ({}, {"X-HTTP-Method-Override": "DELETE"}, {"X-Method-Override": "PATCH"}):
            admin.send("GET", f"{path}{'&' if '?' in path else '?'}_method=DELETE", None, headers)
        if stage.store.state() != before:
            faults.append(f"GET {path} changed something")
    return faults


def grant_removed_under_load(stage):
    """100 calls at any moment; the grant goes while they run. What is sent after that answer is refused."""
    stop, answers, faults = threading.Event(), [], []

    def call():
        client = Client(stage.appliance, token=stage.principals["mcp_write"].token)
        while not stop.is_set():
            sent = time.monotonic()
            message = client.execute("mcp:conn:look", text="x").message()
            answers.append((sent, bool(message["result"].get("isError"))))
        client.close()

    threads = [threading.Thread(target=call, daemon=True) for _ in range(100)]
    for thread in threads:
        thread.start()
    time.sleep(1.0)
    stage.operator.must("PATCH", "/v1/servers/conn", {"access": {"people": [], "teams": []}})
    committed = time.monotonic()
    time.sleep(1.2)
    stop.set()
    for thread in threads:
        thread.join(20)
    before = [at for at in stage.upstream.began if at < committed]
    late = [sent - committed for sent, is_refused in answers if sent > committed and not is_refused]
    if len(before) < 100:
        faults.append(f"only {len(before)} calls began before, so nothing was tested")
    if late:
        faults.append(f"{len(late)} calls that were sent up to {max(late):.2f} s after the grant was gone were let through")
    if not any(is_refused for sent, is_refused in answers if sent > committed):
        faults.append("nobody was refused")
    stage.operator.must("PATCH", "/v1/servers/conn", {"access": stage.granted()})
    stage.settle()
    return faults


def last_admin(stage):
    """Two admins, all that there are, take the role from each other at once; one of them from himself is refused anyway."""
    faults = []
    for _ in range(3):
        names = [stage.new_name("boss"), stage.new_name("boss")]
        bosses = [stage.join(name, "admin") for name in names]
        stage.operator.must("PATCH", "/v1/users/anna", {"role": "member"})
        answers = [None, None]

        def demote(at, bosses=bosses, names=names, answers=answers):
            answers[at] = bosses[at].send("PATCH", f"/v1/users/{names[1 - at]}", {"role": "member"}).status

        threads = [threading.Thread(target=demote, args=(at,)) for at in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        users = stage.operator.must("GET", "/v1/users?limit=500")["users"]
        left = [one["name"] for one in users if one["role"] == "admin" and one["state"] == "active"]
        if len(left) != 1 or answers.count(200) != 1:
            faults.append(f"answers {answers}, admins left {left}")
        keeper = stage.operator.send("PATCH", f"/v1/users/{left[0]}", {"role": "member"}) if left else None
        if keeper is None or keeper.status != 409:
            faults.append(f"the last admin could be demoted: {keeper}")
        stage.operator.must("PATCH", "/v1/users/anna", {"role": "admin"})
        for name in names:
            stage.operator.must("DELETE", f"/v1/users/{name}")
    restore_admin(stage)
    return faults


def restore_admin(stage):
    """A role that came back wants the password again before it does what is dear."""
    admin = stage.principals["admin"]
    admin.must("GET", "/v1/users")
    admin.must("POST", "/v1/session/confirm", {"password": PASSWORD})


def role_is_read_each_time(stage):
    faults = []
    if stage.demoted_first.status != 403:
        faults.append(f"the first request after the demotion: {stage.demoted_first}")
    if not stage.demoted_new_cookie:
        faults.append("the session kept its cookie's value")
    someone = stage.join(stage.new_name("turncoat"))
    for role, expected in (("admin", 200), ("member", 403), ("auditor", 200), ("member", 403)):
        stage.operator.must("PATCH", f"/v1/users/turncoat{stage.number}", {"role": role})
        if (status := someone.send("GET", "/v1/users").status) != expected:
            faults.append(f"as {role}: {status}")
    stage.operator.must("PATCH", f"/v1/users/turncoat{stage.number}", {"disabled": True})
    if (status := someone.send("GET", "/v1/me").status) != 401:
        faults.append(f"disabled: {status}")
    stage.operator.must("DELETE", f"/v1/users/turncoat{stage.number}")
    return faults


def other_methods(stage):
    """HEAD is answered like GET without the body (RFC 9110 §9.1), to those who may GET."""
    faults = []
    for path in ADMIN_GET_ONLY:
        for method in ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "POST"):
            body = {} if method in ("PUT", "PATCH", "POST") else None
            expected = {"anon": 401, "api_revoked": 401, "mcp_write": 401, "member_direct": 403, "admin": 405, "api_ro": 405}
            for principal, status in expected.items():
                if method == "HEAD" and status == 405:
                    status = stage.principals[principal].send("GET", path).status
                answer = stage.principals[principal].send(method, path, body)
                if answer.status != status:
                    faults.append(f"{method} {path} as {principal}: {answer}")
                if answer.status == 405 and "GET" not in answer.headers.get("allow", ""):
                    faults.append(f"{method} {path}: 405 without the methods that are there")
    return faults


MEMBER_FIELDS_NEVER = {"url", "access", "people", "teams", "header_names", "has_api_key", "ca_file", "certificate_sha256", "members",
                       "allow", "deny", "client_id", "last_error_detail"}


def fields_of_usable(stage):
    op = OPS["conn.get_usable"]
    if not is_mapped(op, stage):
        raise Unmapped
    answers = [stage.principals["member_direct"].send("GET", stage.fill_in(op.path, "member_direct", {})),
               stage.principals["member_direct"].send("GET", OPS["conn.list_usable"].path)]
    faults = []
    for answer in answers:
        if answer.status != 200:
            faults.append(repr(answer))
            continue
        keys, queue = set(), [answer.json]
        while queue:
            value = queue.pop()
            if isinstance(value, dict):
                keys |= value.keys()
                queue += value.values()
            elif isinstance(value, list):
                queue += value
        if found := keys & MEMBER_FIELDS_NEVER:
            faults.append(f"a member is shown {sorted(found)}")
        for secret in (stage.upstream.url, "otto", "tara", "granted"):
            if json.dumps(secret)[1:-1] in answer.text:
                faults.append(f"a member is shown {secret}")
    return faults


def route_without_policy(_stage):
    """There is no such program: it does not compile. (Scope::none throws while the table is made: tests/http/route_test.cpp.)"""
    source = ('#include "http/route.h"\nvoid f(patchbay::http::Routes& r) {{\n'
              '  r.add("GET", "/x", {}[](const patchbay::http::Request&) {{ return patchbay::HttpReply::empty(204); }});\n}}\n')
    codes = []
    for policy in ("patchbay::Scope::admin, ", ""):
        done = subprocess.run(["g++", "-std=c++20", "-fsyntax-only", f"-I{REPOSITORY / 'src'}", "-x", "c++", "-"], text=True,
                              input=source.format(policy), capture_output=True, check=False)
        codes.append(done.returncode)
    return [] if codes[0] == 0 and codes[1] != 0 else [f"g++ ended with {codes[0]} with a policy and {codes[1]} without one"]


RULES = {"authz-r01": foreign_objects, "authz-r02": guessed_ids, "authz-r03": own_profile, "authz-r04": protected_fields,
         "authz-r05": filters_never_widen, "authz-r06": cross_site, "authz-r07": grant_removed_under_load, "authz-r08": last_admin,
         "authz-r09": role_is_read_each_time, "authz-r10": other_methods, "authz-r11": fields_of_usable,
         "authz-r12": route_without_policy}
