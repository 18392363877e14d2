"""An application that a person signs in to Patchbay's authorization server, and the person's browser in between."""
import base64
import hashlib
import html
import os
import re
import urllib.parse

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def secret_text():
    return base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()


class Form:
    """The one form of a page, with its fields as they stand."""

    def __init__(self, page):
        self.action = html.unescape(re.search(r'<form[^>]*action="([^"]*)"', page)[1])
        self.fields = []
        for tag in re.findall(r"<input[^>]*>", page):
            given = {name: html.unescape(value) for name, value in re.findall(r'(\w+)="([^"]*)"', tag)}
            if "name" in given and (given.get("type") != "checkbox" or " checked" in tag):
                self.fields.append((given["name"], given.get("value", "")))

    def filled(self, **more):
        return urllib.parse.urlencode([field for field in self.fields if field[0] not in more] + list(more.items()))


class Application:
    """Registered with a secret of its own. `keep` sees every answer that is meant for a person, `made` every secret."""

    redirect = "http://127.0.0.1:51515/callback"

    def __init__(self, visitor, person, keep, made):
        self.visitor, self.person, self.keep, self.made = visitor, person, keep, made
        answer = visitor.send("POST", "/oauth/register", {
            "client_name": "Marked", "redirect_uris": [self.redirect], "token_endpoint_auth_method": "client_secret_post",
            "grant_types": ["authorization_code", "refresh_token", DEVICE]})
        assert answer.status == 201, answer
        self.client = {name: answer.json[name] for name in ("client_id", "client_secret")}
        made["AppSecret"] = self.client["client_secret"]

    def post(self, path, **fields):
        return self.visitor.send("POST", path, urllib.parse.urlencode({**self.client, **fields}), FORM)

    def take(self, name, **fields):
        """An answer of the token endpoint, whose tokens are secrets from now on."""
        answer = self.post("/oauth/token", **fields)
        assert answer.status == 200, answer
        self.made[f"{name}Access"], self.made[f"{name}Refresh"] = answer.json["access_token"], answer.json["refresh_token"]
        return answer.json

    def approve(self, path):
        page = self.keep(self.person.send("GET", path))
        assert page.status == 200 and "<form" in page.text, page
        form = Form(page.text)
        return self.person.send("POST", form.action, form.filled(decision="allow"), FORM)

    def sign_in(self, resource):
        verifier, state = secret_text(), secret_text()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {"response_type": "code", "client_id": self.client["client_id"], "redirect_uri": self.redirect, "state": state,
                 "code_challenge": challenge, "code_challenge_method": "S256", "resource": resource, "scope": "mcp:read mcp:write"}
        answer = self.approve(f"/oauth/authorize?{urllib.parse.urlencode(asked)}")
        assert answer.status == 303, answer
        back = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer.headers["location"]).query))
        assert back["state"] == state, "the application's state did not come back"
        self.made.update(AppVerifier=verifier, AppCode=back["code"])
        code = {"grant_type": "authorization_code", "code": back["code"], "redirect_uri": self.redirect, "code_verifier": verifier,
                "resource": resource}
        first = self.take("App", **code)
        second = self.take("AppNext", grant_type="refresh_token", refresh_token=first["refresh_token"], resource=resource)
        return second, code

    def sign_in_by_device(self):
        begun = self.post("/oauth/device")
        assert begun.status == 200, begun
        self.made["DeviceCode"] = begun.json["device_code"]
        page = self.keep(self.approve(f"/device?code={begun.json['user_code']}"))
        assert page.status == 200, page
        return self.take("Device", grant_type=DEVICE, device_code=begun.json["device_code"])
