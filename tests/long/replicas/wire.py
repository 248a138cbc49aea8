"""One request and what came of it; the forms of the endpoints that the runs use."""

import base64
import contextlib
import http.client
import json
import time
import urllib.parse
from dataclasses import dataclass

MAIN = "/v1/tenants/default/realms/main"
ADMIN = "/v1/tenants/default/realms/admin"
# What a request may raise when its connection ends or nothing comes.
BROKEN = (OSError, http.client.HTTPException)


class Unexpected(Exception):
    """An answer that must not be."""


@dataclass
class Answer:
    """`seconds` is the time from connecting to the last byte."""

    status: int
    headers: object
    text: str
    seconds: float

    def json(self):
        return json.loads(self.text) if self.text else {}

    def must_be(self, status, what):
        if self.status != status:
            raise Unexpected(f"{what}: {self.status} {self.text[:300]}")
        return self


def ask(port, method, path, *, form=None, body=None, basic=None, bearer=None, cookies=None, timeout=10):
    """Sends one request over a connection of its own. `form` and `body` (JSON) are dictionaries, `basic` is a pair, `timeout` is
    seconds for each part of the answer."""
    headers, data = {}, None
    if form is not None:
        headers["Content-Type"], data = "application/x-www-form-urlencoded", urllib.parse.urlencode(form)
    if body is not None:
        headers["Content-Type"], data = "application/json", json.dumps(body)
    if basic:
        headers["Authorization"] = "Basic " + base64.b64encode(":".join(basic).encode()).decode()
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    if cookies:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    begin = time.monotonic()
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)) as connection:
        connection.request(method, path, data, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        return Answer(answer.status, answer.headers, text, time.monotonic() - begin)


class Party:
    """An application or a resource server with its secret."""

    def __init__(self, name, secret):
        self.name, self.basic = name, (name, secret)

    def machine_token(self, port, **fields):
        return ask(port, "POST", "/token", form={"grant_type": "client_credentials", **fields}, basic=self.basic)

    def redeem(self, port, code, verifier, redirect_uri):
        form = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier, "redirect_uri": redirect_uri}
        return ask(port, "POST", "/token", form=form, basic=self.basic)

    def refresh(self, port, token):
        return ask(port, "POST", "/token", form={"grant_type": "refresh_token", "refresh_token": token}, basic=self.basic)

    def introspect(self, port, token):
        return ask(port, "POST", "/introspect", form={"token": token}, basic=self.basic)

    def revoke(self, port, token):
        return ask(port, "POST", "/revoke", form={"token": token}, basic=self.basic)


MACHINE = Party("machine", "machine-secret-0123456789abcdefghijkl")
COURIER = Party("courier", "courier-secret-0123456789abcdefghijkl")
SHOP = Party("shop", "shop-secret-0123456789abcdefghijklmno")
BOARD = Party("board", "board-secret-0123456789abcdefghijklmn")
REPORTS = Party("reports-api", "reports-api-introspection-secret-012345678")


class Management:
    """The Configuration API at one replica."""

    def __init__(self, port, secret):
        self.port = port
        granted = ask(port, "POST", f"{ADMIN}/token", form={"grant_type": "client_credentials"}, basic=("management-api", secret))
        self.token = granted.must_be(200, "a management token").json()["access_token"]

    def __call__(self, method, path, body=None):
        answer = ask(self.port, method, MAIN + path, body=body, bearer=self.token)
        if answer.status not in (200, 201, 204):
            raise Unexpected(f"{method} {path}: {answer.status} {answer.text[:300]}")
        return answer.json()
