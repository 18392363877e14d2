"""An organisation on the real binary with every principal of authz.json, and an upstream that counts."""
import re
import sys
import threading
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from appliance import BINARY, REPOSITORY, Appliance  # noqa: E402,F401
from people import PASSWORD, Client, join  # noqa: E402,F401
from store_reader import StoreReader  # noqa: E402
from upstream import Upstream  # noqa: E402

TOOLS = [{"name": name, "description": f"The tool {name}.", "annotations": {"readOnlyHint": name == "look"},
          "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}}}
         for name in ("look", "write", "forbidden")]


class CountingUpstream(Upstream):
    """Every request that comes in, and when each call began."""

    def __init__(self):
        self.requests, self.began, self.lock = 0, [], threading.Lock()
        super().__init__()

    def answer(self, message):
        with self.lock:
            self.requests += 1
            if message.get("method") == "tools/call":
                self.began.append(time.monotonic())
        if message.get("method") == "tools/list":
            return 200, {"tools": TOOLS}, None
        if message.get("method") == "tools/call":
            name, arguments = message["params"]["name"], message["params"].get("arguments") or {}
            return 200, {"content": [{"type": "text", "text": f"{name} did {arguments.get('text', 'nothing')}"}]}, None
        return super().answer(message)


class Stage:
    """C is granted to a person and a team, O to everyone, D to nobody. M and T are a person and a team to change."""

    def __init__(self, folder):
        self.folder, self.number, self.users = Path(folder), 0, {}
        self.upstream = CountingUpstream()
        self.appliance = Appliance(self.folder / "home").init()
        self.appliance.start()
        self.operator = Client(self.appliance, local=True)
        self.store = StoreReader(BINARY, self.appliance.data, self.appliance.key)
        self.add_people()
        self.add_servers()
        self.add_tokens()
        self.take_away()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.appliance.port}"

    def close(self):
        self.store.close()
        self.appliance.stop()
        self.upstream.close()

    def new_name(self, kind):
        self.number += 1
        return f"{kind}{self.number}"

    # --- who there is ------------------------------------------------------------------------------------------------

    def join(self, name, role="member", teams=()):
        visitor, self.users[name] = join(self.appliance, name, role, teams)
        return visitor

    def add_people(self):
        self.operator.must("POST", "/v1/teams", {"name": "granted"})
        self.target_team = self.operator.must("POST", "/v1/teams", {"name": "target"})["id"]
        names = {"member_nogrant": "nora", "member_direct": "dirk", "member_team": "tara", "member_orgwide": "olga",
                 "member_exteam": "exel", "member_disabled": "dita", "other_member": "otto", "admin": "anna",
                 "admin_demoted": "demi"}
        self.names = names
        self.principals = {"anon": Client(self.appliance)}
        for principal, name in names.items():
            role = "admin" if principal.startswith("admin") else "member"
            teams = ["granted"] if principal in ("member_team", "member_exteam", "member_disabled") else []
            self.principals[principal] = self.join(name, role, teams)
        self.target = self.operator.must("POST", "/v1/users", {"name": "target", "teams": ["target"]})["id"]
        self.users["target"] = self.target

    def server(self, slug, access, **more):
        body = {"slug": slug, "transport": "http", "url": self.upstream.url, "access": access, "enabled": True, **more}
        return self.operator.must("POST", "/v1/servers", body)

    def granted(self):
        return {"people": [self.names["member_direct"], self.names["other_member"]], "teams": ["granted"]}

    def add_servers(self):
        self.server("conn", self.granted(), deny=["forbidden"])
        self.server("orgwide", {"everyone": True}, deny=["forbidden"])
        self.server("others", {"people": [], "teams": []})
        each = {"deny": ["forbidden"], "auth": "headers", "credential_mode": "perMember", "member_headers": ["X-Marker"]}
        self.server("account", self.granted(), **each)
        self.server("account-orgwide", {"everyone": True}, **each)
        self.wait_listed({"conn", "orgwide", "others"})

    def wait_listed(self, slugs, seconds=15):
        end = time.monotonic() + seconds
        while True:
            states = self.operator.must("GET", "/v1/status")["servers"]
            if slugs <= {one["slug"] for one in states if one["state"] == "ok" and one["tools"] > 0}:
                return
            if time.monotonic() > end:
                raise AssertionError(f"{slugs} were not listed: {states}")
            time.sleep(0.02)

    def settle(self):
        """Until the upstream is left alone: a change may have made Patchbay ask for a list again."""
        before = -1
        while before != self.upstream.requests:
            before = self.upstream.requests
            time.sleep(0.03)

    def token_of(self, principal, *scopes, **more):
        made = self.principals[principal].must("POST", "/v1/me/tokens",
                                               {"name": self.new_name("token"), "scopes": list(scopes), **more})
        return Client(self.appliance, token=made["token"]), made["id"]

    def add_tokens(self):
        both = ("mcp:read", "mcp:write")
        tokens = {"mcp_read": ("member_direct", "mcp:read"), "mcp_write": ("member_direct", *both),
                  "mcp_nogrant": ("member_nogrant", *both), "mcp_admin_member": ("admin", *both),
                  "api_ro": ("admin", "admin:read"), "api_rw": ("admin", "admin:read", "admin")}
        for principal, (whose, *scopes) in tokens.items():
            self.principals[principal], _ = self.token_of(whose, *scopes)
        self.principals["api_revoked"], revoked = self.token_of("admin", "admin:read", "admin")
        self.principals["foreign_audience"], _ = self.token_of("admin", *both, "catalog:read", "admin",
                                                               audience="https://other.example")
        self.disabled_token, _ = self.token_of("member_disabled", *both)
        self.exteam_token, _ = self.token_of("member_exteam", *both)
        self.principals["admin"].must("DELETE", f"/v1/me/tokens/{revoked}")

    def take_away(self):
        """What was "one second ago" in the corpus. It counts from the next request on."""
        self.operator.must("PATCH", f"/v1/users/{self.names['member_exteam']}", {"teams": []})
        self.operator.must("PATCH", f"/v1/users/{self.names['member_disabled']}", {"disabled": True})
        self.operator.must("PATCH", f"/v1/users/{self.names['admin_demoted']}", {"role": "member"})
        before = self.principals["admin_demoted"].cookie
        self.demoted_first = self.principals["admin_demoted"].send("GET", "/v1/users")
        self.demoted_new_cookie = self.principals["admin_demoted"].cookie != before

    # --- what a case needs -------------------------------------------------------------------------------------------

    def fill_in(self, path, principal, values):
        mine = self.names.get(principal) or {"api_ro": "anna", "api_rw": "anna", "mcp_admin_member": "anna"}.get(principal, "dirk")
        orgwide = principal == "member_orgwide"
        found = {"C": "orgwide" if orgwide else "conn", "E": "account-orgwide" if orgwide else "account", "M": self.target, "T": self.target_team,
                 "self": self.users[mine], **values}
        return re.sub(r"\{(\w+)\}", lambda match: found[match.group(1)], path)

    def allowed_methods(self, path):
        """The methods that an address takes; none where there is no such address."""
        answer = self.principals["admin"].send("OPTIONS", path)
        return [] if answer.status == 404 else [one.strip() for one in answer.headers.get("allow", "").split(",")]

    def refusals(self):
        """How many refusals have been counted or recorded."""
        figures = self.operator.send("GET", "/metrics").text
        counted = sum(float(value) for value in re.findall(r"^patchbay_refused_total\{[^}]*\} (\S+)$", figures, re.M))
        newest = self.operator.must("GET", "/v1/audit?limit=1")["events"]
        return counted, newest[0]["sequence"] if newest else 0

    def wait_refused(self, before, seconds=2):
        end = time.monotonic() + seconds
        while (now := self.refusals()) == before and time.monotonic() < end:
            time.sleep(0.005)
        return now != before


def random_uuid7():
    value = (int(time.time() * 1000) << 80) | (7 << 76) | (2 << 62) | (uuid.uuid4().int & ((1 << 62) - 1))
    return str(uuid.UUID(int=value))
