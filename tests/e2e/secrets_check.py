#!/usr/bin/env python3
"""Plants marker secrets wherever Patchbay takes one, uses all of them, then looks for them where they must not be:
in the data directory with its journals, temporary files, the log, answers, figures, command lines."""
import base64
import contextlib
import http.client
import json
import os
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from appliance import Appliance, McpClient, RpcError  # noqa: E402
from application import Application  # noqa: E402
from people import Client  # noqa: E402
from provider import Provider  # noqa: E402
from upstream import Upstream  # noqa: E402

MARKERS = {name: f"MARKER{name}{os.urandom(12).hex()}" for name in
           ("ApiKey", "AdminHeader", "EnvHeader", "FileHeader", "Argument", "BadToken", "QueryToken", "UpstreamPage",
            "RefusedHeader", "UrlCredential", "InlineSecret", "AccessToken", "RefreshToken", "RegisteredSecret", "TypedSecret", "RefusedSecret",
            "Code", "RefusedCode", "ForgedState", "Password", "WrongPassword", "MemberValue", "NewPassword",
            "AppBadSecret", "AppBadCode", "AppBadRefresh")}


def forms(secret):
    """The ways in which a secret could lie in a file: as it is, in UTF-16, in hex, in base64 at any offset."""
    raw = secret.encode()
    found = {raw, secret.encode("utf-16-le"), raw.hex().encode(), raw.hex().upper().encode()}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for offset in range(3):
            # The characters at either end depend on what lies beside the secret.
            found.add(encode(b"\0" * offset + raw).rstrip(b"=")[4 if offset else 0:-2])
    return found


def find_in(content, secrets):
    return [name for name, secret in secrets.items() if any(form in content for form in forms(secret))]


def find_in_folder(folder, secrets):
    found = []
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file():
            found += [f"{name} in {path.name}" for name in find_in(path.read_bytes(), secrets)]
    return found


def expect_nothing(found, where):
    assert not found, f"{where}: {', '.join(found)}"


class Scene:
    """An appliance that was given every kind of secret, and what it said since."""

    def __init__(self, folder):
        self.folder, self.upstream, self.said = Path(folder), Upstream(), []
        self.upstream.error_page = MARKERS["UpstreamPage"]
        self.provider = Provider(marks={"access": MARKERS["AccessToken"], "refresh": MARKERS["RefreshToken"], "client": MARKERS["RegisteredSecret"]})
        self.made = {}
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()
        self.appliance = Appliance(self.folder / "home", environment={"MARKED_HEADER": MARKERS["EnvHeader"],
                                                                      "TMPDIR": str(self.temporary)}).init()
        secret_file = self.folder / "header"
        secret_file.write_text(MARKERS["FileHeader"] + "\n")
        secret_file.chmod(0o600)
        self.appliance.write_catalog([
            {"name": "listed", "transport": "http", "url": self.upstream.url, "auth": "headers",
             "headers": {"X-Env": "${env:MARKED_HEADER}", "X-File": "${file:" + str(secret_file) + "}"}},
            {"name": "inline", "transport": "http", "url": self.upstream.url, "auth": "apiKey", "apiKey": MARKERS["InlineSecret"]}])
        self.admin = self.appliance.token("admin", "admin", "catalog:read")
        self.token = self.appliance.token("caller")
        self.key = self.appliance.key.read_text().strip()

    def secrets(self):
        return {**MARKERS, **self.made, "Token": self.token, "AdminToken": self.admin, "MasterKey": self.key}

    def say(self, method, path, body=None, token=None):
        status, text = self.appliance.request(method, path, token or self.admin, body)
        self.said.append(f"{method} {path.split('?')[0]}: {text}")
        return status, text

    def add_servers(self):
        both = {"transport": "http", "url": self.upstream.url, "enabled": True}
        assert self.say("POST", "/v1/servers", {"slug": "keyed", "auth": "apiKey", "api_key": MARKERS["ApiKey"], **both})[0] == 201
        assert self.say("POST", "/v1/servers", {"slug": "headed", "auth": "headers",
                                                "headers": {"X-Admin": MARKERS["AdminHeader"]}, **both})[0] == 201
        refused = [{"slug": "bad1", "auth": "headers", "headers": {"X-Bad": MARKERS["RefusedHeader"] + "\n"}, **both},
                   {"slug": "bad2", "transport": "http", "url": f"{self.upstream.url}?api_key={MARKERS['UrlCredential']}"},
                   {"slug": "bad3", "transport": "http", "url": f"http://user:{MARKERS['UrlCredential']}@127.0.0.1/mcp"},
                   {"slug": "bad4", "auth": "headers", "headers": {"X-Bad": [MARKERS["RefusedHeader"]]}, **both}]
        for body in refused:
            assert 400 <= self.say("POST", "/v1/servers", body)[0] < 500, "a server that is wrong was taken"

    @staticmethod
    def call_known(client, name):
        """Right after the start a server may not have said yet which tools it has."""
        end = time.monotonic() + 15
        while True:
            result = client.call(name, text=MARKERS["Argument"])
            if not result.get("isError") or time.monotonic() > end:
                return result
            time.sleep(0.05)

    def use_everything(self):
        client = McpClient(self.appliance.port, self.token, "secrets", keep=True)
        for slug in ("listed", "keyed", "headed"):
            result = self.call_known(client, f"mcp:{slug}:echo")
            assert MARKERS["Argument"] in json.dumps(result), f"{slug} did not answer: {result}"
        client.bodies.clear()  # what was asked for may come back
        for how in ("status", "rpc", "tool"):
            with contextlib.suppress(RpcError):
                client.call("mcp:keyed:fail", how=how, unused=MARKERS["Argument"])
        client.call(f"mcp:keyed:{MARKERS['Argument']}")
        self.said += [body for body in client.bodies if MARKERS["Argument"] not in body]
        client.close()
        seen = json.dumps(self.upstream.seen)
        for name in ("ApiKey", "AdminHeader", "EnvHeader", "FileHeader"):
            assert MARKERS[name] in seen, f"{name} never reached the upstream, so nothing was tested"

    def keep(self, answer):
        self.said.append(f"{answer.status}: {answer.text}")
        return answer

    def sign_in(self):
        """A person with a password, a value of their own, a token of their own, and an account at the provider."""
        operator = Client(self.appliance, local=True)
        invited = operator.must("POST", "/v1/users", {"name": "ann", "role": "admin"})
        self.made["Invite"] = invited["invite_link"].split("#")[1]
        ann = Client(self.appliance)
        origin = {"Origin": ann.url}
        answer = ann.send("POST", "/v1/welcome", {"invite": self.made["Invite"], "password": MARKERS["Password"]}, origin)
        assert answer.status == 200, answer
        ann.cookie = answer.headers["set-cookie"].split(";")[0]
        self.made["Session"] = ann.cookie.split("=")[1]
        self.keep(ann.send("POST", "/v1/session", {"name": "ann", "password": MARKERS["WrongPassword"]}, origin))
        operator.must("POST", "/v1/servers", {"slug": "valued", "auth": "headers", "credential_mode": "perMember", "member_headers": ["X-Member"],
                                              "url": self.upstream.url, "enabled": True})
        ann.must("PUT", "/v1/me/credentials/valued", {"headers": {"X-Member": MARKERS["MemberValue"]}})
        self.made["MadeToken"] = ann.must("POST", "/v1/me/tokens", {"name": "mine", "scopes": ["mcp:read", "mcp:write"]})["token"]
        operator.must("POST", "/v1/servers", {"slug": "signed", "auth": "oauth", "url": self.provider.url, "enabled": True})
        for oauth in ({"client_id": "typed", "client_secret": MARKERS["TypedSecret"]}, {"client_secret": MARKERS["RefusedSecret"]}):
            body = {"slug": "typed", "auth": "oauth", "url": self.provider.url, "oauth": oauth}
            self.keep(operator.send("POST", "/v1/servers", body))
        self.connect(ann)
        client = McpClient(self.appliance.port, self.made["MadeToken"], "ann", keep=True)
        for name in ("mcp:signed:echo", "mcp:valued:echo"):
            assert not self.call_known(client, name).get("isError"), f"{name} did not answer"
        self.provider.serial += 1  # the token is worth nothing any more, so it is renewed
        self.provider.refresh_token = self.provider.refresh_token
        assert not self.call_known(client, "mcp:signed:echo").get("isError"), "the token was not renewed"
        assert self.provider.refreshes == 1, "no token was renewed"
        assert any(MARKERS["MemberValue"] in json.dumps(seen) for seen in self.upstream.seen), "the person's value was never sent"
        client.bodies = [body for body in client.bodies if MARKERS["Argument"] not in body]
        self.said += client.bodies
        for path in ("/v1/me", "/v1/me/servers", "/v1/me/connections", "/v1/me/tokens", "/v1/me/sessions", "/v1/servers/signed",
                     "/v1/servers/typed", "/v1/servers/signed/accounts", "/v1/servers/valued/accounts", "/connect/signed", "/v1/users"):
            assert self.keep(ann.send("GET", path)).status == 200, f"{path}: {self.said[-1]}"
        self.let_in(ann)
        self.keep(ann.send("DELETE", "/v1/servers/signed/oauth"))
        answer = self.keep(ann.send("POST", "/v1/me/password", {"old_password": MARKERS["Password"], "new_password": MARKERS["NewPassword"]}))
        assert answer.status < 300, answer

    def let_in(self, ann):
        """Applications that sign in here: by a code, by a device's code, wrongly, and once more with what is used up."""
        app = Application(Client(self.appliance), ann, self.keep, self.made)
        tokens, code = app.sign_in(f"{ann.url}/mcp")
        device = app.sign_in_by_device()
        for token in (tokens["access_token"], device["access_token"]):
            answer = self.keep(Client(self.appliance, token=token).execute("mcp:valued:echo", text="hello"))
            assert answer.status == 200, answer
            introspected = self.keep(app.post("/oauth/introspect", token=token))
            assert introspected.status == 200 and introspected.json["active"], introspected
        wrong = [{"grant_type": "refresh_token", "refresh_token": MARKERS["AppBadRefresh"]},
                 {**code, "code": MARKERS["AppBadCode"]}, {**code, "client_secret": MARKERS["AppBadSecret"]}, code]
        for fields in wrong:
            assert 400 <= self.keep(app.post("/oauth/token", **fields)).status < 500, self.said[-1]
        self.keep(app.post("/oauth/revoke", token=device["refresh_token"]))
        for path in ("/v1/me/apps", "/v1/apps", "/v1/settings/apps"):
            assert self.keep(ann.send("GET", path)).status == 200, self.said[-1]

    def connect(self, ann):
        def callback(**fields):
            return self.keep(ann.send("GET", f"/oauth/callback?{urllib.parse.urlencode(fields)}"))

        callback(state=MARKERS["ForgedState"], code=MARKERS["RefusedCode"])
        started = ann.must("POST", "/v1/servers/signed/oauth/start")
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(started["authorize_url"]).query))
        assert callback(state=asked["state"], code=MARKERS["Code"]).status == 200, self.said[-1]
        assert callback(state=asked["state"], code=MARKERS["Code"]).status == 400, "a state was taken twice"
        self.made["State"] = asked["state"]
        self.keep(ann.send("GET", f"/v1/me/oauth/flows/{started['flow']}"))

    def use_wrongly(self):
        for path in ("/mcp", "/v1/tokens", "/nowhere"):
            self.say("GET", path, token=f"pbk_{MARKERS['BadToken']}")
            self.say("GET", f"{path}?access_token={MARKERS['QueryToken']}", token="x")
        with tempfile.TemporaryDirectory() as empty:
            bad = Path(empty) / "token"
            bad.write_text(MARKERS["BadToken"])
            done = self.appliance.verb("token", "create", "bad", "--from-file", str(bad))
            assert done.returncode == 1, "a token of another form was taken"
            self.said.append(done.stderr)
        connection = http.client.HTTPConnection("127.0.0.1", self.appliance.port, timeout=10)
        connection.request("POST", "/mcp", "{" + MARKERS["Argument"], {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json",
                                                                       "Accept": "application/json, text/event-stream"})
        self.said.append(connection.getresponse().read().decode())
        connection.close()

    def ask_everything(self):
        for path in ("/metrics", "/v1/status", "/v1/servers", "/v1/servers/keyed", "/v1/servers/headed", "/v1/servers/listed", "/v1/tokens",
                     "/v1/audit?limit=500", "/v1/audit/export", "/v1/catalog", "/v1/mcp/managed-servers", "/healthz", "/readyz"):
            assert self.say("GET", path)[0] == 200, f"GET {path} was refused: {self.said[-1][:300]}"
        for words in (("status",), ("server", "list"), ("token", "list"), ("audit",), ("catalog", "validate", str(self.appliance.catalog))):
            for more in ((), ("--json",)):
                done = self.appliance.verb(*words, *more)
                self.said.append(done.stdout + done.stderr)
        status, text = self.say("GET", "/v1/audit?limit=500")
        assert '"tool.call"' in text and status == 200, "the calls left no audit rows"


def check_finder(_):
    with tempfile.TemporaryDirectory() as folder:
        secret = {"one": "a secret that is long enough"}
        for i, content in enumerate(forms(secret["one"])):
            (Path(folder) / str(i)).write_bytes(b"before" + content + b"after")
        (Path(folder) / "encoded").write_bytes(base64.b64encode(b"xy" + secret["one"].encode() + b"z"))
        (Path(folder) / "clean").write_bytes(b"a secret that is shorter")
        assert len(find_in_folder(folder, secret)) == len(forms(secret["one"])) + 1, "the search misses a form"


def check_use(scene):
    scene.appliance.start("--log-level", "debug")
    scene.add_servers()
    scene.use_everything()
    scene.use_wrongly()
    scene.sign_in()
    scene.ask_everything()


def check_answers(scene):
    secrets = scene.secrets()
    for text in scene.said:
        expect_nothing(find_in(text.encode(), secrets), f"an answer names a secret ({text[:60]}...)")


def check_process(scene):
    process = Path(f"/proc/{scene.appliance.process.pid}")
    expect_nothing(find_in((process / "cmdline").read_bytes(), scene.secrets()), "the command line")
    limit = next(line for line in (process / "limits").read_text().splitlines() if line.startswith("Max core file size"))
    assert limit.split()[4:6] == ["0", "0"], f"the process may leave a core dump: {limit}"


def check_files_while_running(scene):
    assert any(path.name.endswith("-wal") for path in scene.appliance.data.iterdir()), "there is no journal to look into"
    expect_nothing(find_in_folder(scene.appliance.data, scene.secrets()), "the data directory")
    expect_nothing(find_in_folder(scene.temporary, scene.secrets()), "temporary files")


def check_files_after_kill(scene):
    scene.appliance.kill()
    expect_nothing(find_in_folder(scene.appliance.data, scene.secrets()), "the data directory after kill -9")


def check_log(scene):
    log = scene.appliance.log.read_bytes()
    assert b"serve.ready" in log, "there is no log to look into"
    expect_nothing(find_in(log, scene.secrets()), "the log")


def check_files_after_stop(scene):
    scene.appliance.start()
    assert scene.appliance.stop() == 0, "serve did not end with 0"
    expect_nothing(find_in_folder(scene.appliance.data, scene.secrets()), "the data directory after a stop")
    expect_nothing(find_in_folder(scene.temporary, scene.secrets()), "temporary files after a stop")


def check_passphrase(scene):
    secret = {"Passphrase": f"correct horse {os.urandom(12).hex()}"}
    written = scene.folder / "passphrase"
    written.write_text(secret["Passphrase"] + "\n")
    written.chmod(0o600)
    other = Appliance(scene.folder / "locked", environment={"PATCHBAY_PASSPHRASE_FILE": str(written)}).init()
    other.start()
    try:
        expect_nothing(find_in_folder(other.data, secret) + find_in(other.log.read_bytes(), secret), "a store with a passphrase")
    finally:
        other.kill()


def check_environment_key(scene):
    secret = {"Key": os.urandom(32).hex()}
    other = Appliance(scene.folder / "keyed", environment={"PATCHBAY_MASTER_KEY": secret["Key"]}).init()
    other.start()
    try:
        environment = Path(f"/proc/{other.process.pid}/environ").read_bytes()
        expect_nothing(find_in(environment, secret), "the environment that the kernel shows of the process")
        expect_nothing(find_in_folder(other.data, secret) + find_in(other.log.read_bytes(), secret), "a store with a key from outside")
    finally:
        other.kill()


def main():
    checks = [check_finder, check_use, check_answers, check_process, check_files_while_running, check_files_after_kill, check_log,
              check_files_after_stop, check_passphrase, check_environment_key]
    bad = 0
    with tempfile.TemporaryDirectory(prefix="patchbay-secrets-") as folder:
        scene = Scene(folder)
        for check in checks:
            try:
                check(scene)
            except (AssertionError, OSError, http.client.HTTPException) as error:
                bad += 1
                print(f"{check.__name__}: {error}")
        if scene.appliance.process:
            scene.appliance.kill()
        scene.upstream.close()
        scene.provider.close()
    print(f"{len(scene.secrets())} secrets of every kind were planted and used")
    print(f"secrets: {len(checks) - bad} passed, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
