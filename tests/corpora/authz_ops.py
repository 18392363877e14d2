"""Which of our routes stands for each operation of authz.json. One line per operation; one whose route is not there yet is
found out by asking for its methods, and reported as unmapped."""
import re
from dataclasses import dataclass
from typing import Callable, Optional
from urllib.parse import urlencode

from authz_stage import Client


@dataclass
class Op:
    method: str
    path: str  # {C} {M} {T} {self} as in the corpus; {E} is {C} where each has an account of their own; {X} is a connection made for this one request
    body: Optional[Callable] = None  # of the stage
    undo: Optional[Callable] = None  # of the stage and the answer, after a request that was let through
    judge: Optional[Callable] = None  # of the expectation, the stage, the caller and the principal; what is wrong, or None
    prepare: Optional[Callable] = None  # of the caller, before anything is counted
    absent: bool = False  # there must be no such operation: 404, or 405 where the address has others (rule authz-r10)


def server_change(**fields):
    def undo(stage, _):
        before = {"title": "conn", "deny": ["forbidden"], "auth": "none", "enabled": True, "access": stage.granted()}
        stage.operator.must("PATCH", "/v1/servers/conn", before)
        stage.wait_listed({"conn"})
        stage.settle()
    return (lambda stage: {name: value(stage) if callable(value) else value for name, value in fields.items()}), undo


def change(**fields):
    body, undo = server_change(**fields)
    return Op("PATCH", "/v1/servers/{C}", body, undo)


def new_server(stage):
    return {"slug": stage.new_name("made"), "transport": "http", "url": stage.upstream.url, "enabled": False}


def remove_made(kind):
    return lambda stage, answer: stage.operator.must("DELETE", f"/v1/{kind}/{answer.json['slug' if kind == 'servers' else 'id']}")


# --- calls of tools --------------------------------------------------------------------------------------------------
#
# The corpus says 403 where a tool is not the caller's to call. Patchbay answers such a call in the protocol, so that an agent
# can read it: HTTP 200 with a tool error, the very one that an unknown tool gets (not granted looks like not there), or, where
# only the scope is missing, one that names the scope. 401 is 401.


def text_of(message):
    return "".join(part.get("text", "") for part in message["result"]["content"])


def is_refused(message, unknown, lacks_scope):
    if "error" in message:
        return message["error"] == unknown.get("error")
    if not message["result"].get("isError"):
        return False
    return message["result"] == unknown.get("result") or lacks_scope and "mcp:write" in text_of(message)


def call_op(call):
    """`call` makes the request for a server and a tool."""
    unknown = {}

    def prepare(caller):
        answer = call(caller, "nowhere")
        unknown[caller] = answer.message() if answer.status == 200 else None

    def judge(expect, stage, caller, principal):
        slug = "orgwide" if principal == "member_orgwide" else "conn"
        before = len(stage.upstream.began)
        answer = call(caller, slug)
        reached = len(stage.upstream.began) - before
        if expect == 401:
            return None if answer.status == 401 and not reached else f"{answer}, {reached} calls reached the upstream"
        if expect == 403 and answer.status == 403:
            return None if not reached else f"{reached} calls reached the upstream"
        if answer.status != 200:
            return f"{answer}"
        if expect == 403:
            refused = is_refused(answer.message(), unknown[caller], lacks_scope=principal == "mcp_read")
            return None if refused and not reached else f"{answer}, {reached} calls reached the upstream; unknown: {unknown[caller]}"
        message = answer.message()
        good = expect == 200 and "result" in message and not message["result"].get("isError") and reached == 1
        return None if good else f"{answer}, {reached} calls reached the upstream"
    return Op("POST", "/mcp", judge=judge, prepare=prepare)


def execute(tool):
    return call_op(lambda caller, slug: caller.execute(f"mcp:{slug}:{tool}", text="x"))


def call_flat(caller, slug):
    return caller.rpc("/mcp/all", "tools/call", {"name": f"mcp__{slug}__write", "arguments": {"text": "x"}})


def judge_list(expect, _stage, caller, _principal):
    """"200_without_C" is for callers who are granted nothing, "200_granted_tools_only" for those who are."""
    answer = caller.rpc("/mcp/all", "tools/list", {})
    if expect == 401 or answer.status != 200:
        return None if answer.status == expect else f"{answer}"
    names = {tool["name"] for tool in answer.message()["result"]["tools"]}
    hidden = {name for name in names if name.startswith("mcp__others__") or name.endswith("__forbidden")}
    granted = any(name.startswith("mcp__conn__") for name in names)
    if expect == "200_granted_tools_only":
        good = granted and not hidden
    elif expect == "200_without_C":
        good = not granted and not hidden
    else:
        good = expect == 200 and not hidden
    return None if good else f"lists {sorted(names)}"


def list_usable(expect, _stage, caller, principal):
    """Filtered to what the caller was granted."""
    answer = caller.send("GET", "/v1/me/connections")
    if expect != 200 or answer.status != 200:
        return None if answer.status == expect else f"{answer}"
    slugs = {one["slug"] for one in answer.json["connections"]}
    granted = principal in ("member_direct", "member_team", "other_member")
    good = "others" not in slugs and "orgwide" in slugs and ("conn" in slugs) == granted
    return None if good else f"lists {sorted(slugs)}"


# --- signing applications in ---------------------------------------------------------------------------------------------

CALLBACK = "https://app.example/callback"
applications = {}  # client_id by appliance


def register_application(caller):
    """One for all requests: an address may register only so many in a minute."""
    known = applications.get(id(caller.appliance))
    if known is None:
        anybody = Client(caller.appliance)
        known = applications[id(caller.appliance)] = anybody.must("POST", "/oauth/register", {"redirect_uris": [CALLBACK]})["client_id"]
        anybody.close()
    return known


def consent(expect, _stage, caller, _principal):
    """The form of the page that this caller is shown, sent with a yes. It leads back to the application, with a code."""
    request = urlencode({"client_id": register_application(caller), "redirect_uri": CALLBACK, "response_type": "code",
                         "prompt": "consent", "code_challenge": "A" * 43, "code_challenge_method": "S256"})
    token = re.search(r'name="csrf" value="([^"]*)"', caller.send("GET", f"/oauth/authorize?{request}").text)
    form = urlencode({"request": request, "csrf": token.group(1) if token else "", "decision": "allow", "write": "on"})
    answer = caller.send("POST", "/oauth/consent", form, {"Content-Type": "application/x-www-form-urlencoded"})
    if expect == 200:
        good = answer.status == 303 and answer.headers["location"].startswith(f"{CALLBACK}?code=pbk_ac_")
    else:
        good = answer.status == expect and "location" not in answer.headers
    return None if good else f"{answer}"


OPS = {
    "conn.list_usable": Op("GET", "/v1/me/connections", judge=list_usable),
    "conn.get_usable": Op("GET", "/v1/me/connections/{C}"),
    "conn.connect_start": Op("PUT", "/v1/me/credentials/{E}", lambda stage: {"headers": {"X-Marker": "mine"}}),
    "conn.disconnect_own": Op("DELETE", "/v1/me/credentials/{E}"),
    "conn.status_other": Op("GET", "/v1/servers/{E}/accounts"),
    "conn.create": Op("POST", "/v1/servers", new_server, remove_made("servers")),
    "conn.update": change(title="Renamed"),
    "conn.delete": Op("DELETE", "/v1/servers/{X}"),
    "conn.set_grants": change(access={"people": ["nora"], "teams": []}),
    "conn.set_tools": change(deny=["forbidden", "write"]),
    # The credential that all share is an admin's header; OAuth comes with a later issue.
    "conn.shared_connect": change(auth="apiKey", api_key="a-shared-key"),
    "conn.reveal_secret": Op("GET", "/v1/servers/{C}/secret", absent=True),
    "member.list": Op("GET", "/v1/users"),
    "member.invite": Op("POST", "/v1/users", lambda stage: {"name": stage.new_name("guest")}, remove_made("users")),
    "member.set_role": Op("PATCH", "/v1/users/{M}", lambda stage: {"role": "auditor"},
                          lambda stage, _: stage.operator.must("PATCH", "/v1/users/target", {"role": "member"})),
    # Whoever is an admin already asks for another role: nobody's own role is theirs to change.
    "member.self_promote": Op("PATCH", "/v1/users/{self}", lambda stage: {"role": stage.wanted_role}),
    "team.edit": Op("PATCH", "/v1/teams/{T}", lambda stage: {"title": stage.new_name("Title ")}),
    "audit.read": Op("GET", "/v1/audit?limit=5"),
    "audit.delete": Op("DELETE", "/v1/audit", absent=True),
    "backup.create": Op("POST", "/v1/backup", lambda stage: {}),
    "keys.rotate": Op("POST", "/v1/keys/rotate", lambda stage: {}),
    "apikey.create": Op("POST", "/v1/tokens", lambda stage: {"name": stage.new_name("key"), "scopes": ["admin:read"]},
                        lambda stage, answer: stage.operator.must("DELETE", f"/v1/tokens/{answer.json['id']}")),
    "settings.network": Op("PUT", "/v1/settings/network", lambda stage: {"private": "list"},
                           lambda stage, _: stage.operator.must("PUT", "/v1/settings/network", {"private": None})),
    "mcp.tools_list": Op("POST", "/mcp", judge=judge_list),
    "mcp.call_read_tool": execute("look"),
    "mcp.call_write_tool": execute("write"),
    "mcp.call_denied_tool": execute("forbidden"),
    "mcp.call_by_raw_id": call_op(call_flat),
    "as.consent": Op("POST", "/oauth/consent", judge=consent, prepare=register_application),
    "as.register": Op("POST", "/oauth/register", lambda stage: {"redirect_uris": ["http://127.0.0.1/callback"]}),
    "wellknown": Op("GET", "/.well-known/oauth-protected-resource"),
    "health": Op("GET", "/healthz"),
    "metrics": Op("GET", "/metrics"),
}

# Where the requirements of the product say otherwise, with the reason. Judged by what stands here.
OVERRULED = {
    ("mcp.call_by_raw_id", "mcp_read"): (403, "R79: every call needs mcp:write, an upstream's readOnlyHint is not trusted"),
    ("mcp.call_read_tool", "mcp_read"): (403, "R79: every call needs mcp:write, an upstream's readOnlyHint is not trusted"),
}


def is_mapped(op, stage):
    """Whether the product has the route."""
    if op.absent or op.path == "/mcp":
        return True
    path = stage.fill_in(op.path, "member_direct", {"X": "conn"}).split("?")[0]
    return op.method in stage.allowed_methods(path)
