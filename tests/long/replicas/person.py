"""A person with a browser who goes through the proxy, and what their application gets."""

import base64
import hashlib
import secrets
import urllib.parse

from browser import Browser, Refused
from wire import Unexpected

REDIRECT_URI = "http://localhost:47810/callback"


class Person:
    """`browser` keeps the cookies: a second flow of the same one is single sign-on."""

    def __init__(self, name, base):
        self.name, self.base, self.browser = name, base, Browser()

    def code(self, application, scope, **more):
        """An authorization code and its verifier. `more` are further parameters, such as prompt."""
        verifier, state = secrets.token_urlsafe(32), secrets.token_urlsafe(8)
        url = f"{self.base}/authorize?{urllib.parse.urlencode(parameters(application, scope, verifier, state) | more)}"
        try:
            back = self.browser.authorize(url, REDIRECT_URI, self.name, f"{self.name}-replicas-password")
        except Refused as refused:
            raise Unexpected(str(refused)) from None
        return response(back, state, self.base), verifier

    def cookies(self):
        return {name: kept["value"] for name, kept in self.browser.cookies.get("127.0.0.1", {}).items()}


def parameters(application, scope, verifier, state):
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    return {
        "response_type": "code", "client_id": application.name, "redirect_uri": REDIRECT_URI, "scope": scope, "state": state,
        "nonce": state, "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip


def response(location, state, issuer):
    """The code of an authorization response."""
    given = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))
    if given.get("state") != state or given.get("iss") != issuer or "code" not in given:
        raise Unexpected(f"not the response to our request: {given}")
    return given["code"]
