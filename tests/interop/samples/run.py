"""Runs the request samples of the source documents, as they are written, against a fresh install.

`oauth.sh` holds them. What they need is made here: a secret of the management application by the command line, and by the
Configuration API a user and a public application with PKCE, in the realm of people.
"""

import base64
import hashlib
import json
import os
import pathlib
import secrets
import subprocess
import sys
import tempfile
import urllib.parse

import browser
from server import ADMIN, MAIN, MANAGEMENT, Api, Server, form, send

SAMPLES = pathlib.Path(__file__).resolve().parent / "oauth.sh"
NINETY_DAYS = 7_776_000
REDIRECT_URI = "http://127.0.0.1:47820/callback"
PASSWORD = "correct-horse-battery-staple"


def main():
    with tempfile.TemporaryDirectory(prefix="grantor-samples-") as folder, Server(pathlib.Path(folder)) as server:
        secret = server.management_secret()
        machine(server, secret)
        person(server, Api(server.issuer, secret))
    print(
        "ok samples of the source documents: client_credentials with and without scopes, an API call, a code of a public "
        "application, revocation by bearer and by secret"
    )


def machine(server, secret):
    """The management application: its tokens, what they open, and their end."""
    # covers: T-01 T-02 T-03 T-04 T-14 T-15 V-01 V-05
    known = {"REALM_ID": "admin", "APPLICATION_ID": MANAGEMENT, "CLIENT_ID": MANAGEMENT, "CLIENT_SECRET": secret}

    def run(name, **more):
        return sample(name, server.issuer, known | more)

    def is_active(token):
        return form(f"{server.issuer}{ADMIN}/introspect", MANAGEMENT, secret, token=token)["active"]

    asked = "applications:read tokens:read"
    few = json.loads(run("client_credentials", SCOPES=asked))
    every = json.loads(run("client_credentials_no_scope"))
    for answer in (few, every):
        must(answer["token_type"] == "Bearer" and answer["expires_in"] == NINETY_DAYS, "the life of a token", answer)
        must(is_active(answer["access_token"]) is True, "a token that lives", answer)
    must(sorted(few["scope"].split()) == asked.split(), "the scopes that were asked for", few)
    must({*asked.split(), "tokens:delete"} < set(every["scope"].split()), "every scope where none is asked for", every)

    few, every = few["access_token"], every["access_token"]
    listed = json.loads(run("api_call", TOKEN=few))
    names = [application["protocol_config"]["client_id"] for application in listed["applications"]]
    must(names == [MANAGEMENT], "the list of applications", listed)

    must(run("revoke_bearer", TOKEN=few, REVOKER=every) == "", "an empty answer of revoke_bearer", None)
    must(is_active(few) is False and is_active(every) is True, "the end of one token by a bearer", None)
    refused = json.loads(run("api_call", TOKEN=few))
    must("applications" not in refused and refused["code"] == "unauthorized", "no answer to a token that was revoked", refused)
    must(run("revoke_basic", TOKEN=every) == "", "an empty answer of revoke_basic", None)
    must(is_active(every) is False, "the end of a token by its client", None)


def person(server, api):
    """A public application with PKCE, from the sign-in page to the tokens."""
    # covers: T-08 T-09 T-10 T-11
    made = api("POST", "/resource-servers", {"resource_server": {
        "identifier": "urn:samples:orders", "display_name": "Orders", "scopes": ["orders:read"],
    }})  # fmt: skip
    user = api("POST", "/identities", {"identity": {"username": "sam", "password": PASSWORD}})["identity"]
    application = api("POST", "/applications", {"application": {
        "display_name": "Sample",
        "resource_server_id": made["resource_server"]["id"],
        "protocol_config": {
            "type": "oidc", "confidentiality": "public", "pkce": "s256", "redirect_uris": [REDIRECT_URI],
            "allowed_scopes": ["orders:read"],
        },
    }})["application"]  # fmt: skip
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(8)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    known = {
        "REALM_ID": "main", "APPLICATION_ID": application["id"], "CLIENT_ID": application["protocol_config"]["client_id"],
        "REDIRECT_URI": REDIRECT_URI, "STATE": state, "CHALLENGE": challenge, "VERIFIER": verifier,
        "SCOPES": "openid orders:read",
    }  # fmt: skip

    address = sample("authorize", server.issuer, known).strip()
    back = browser.Browser().authorize(address, REDIRECT_URI, "sam", PASSWORD)
    response = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back).query))
    must(response.get("state") == state and "code" in response, "a code and the state", back)

    tokens = json.loads(sample("code", server.issuer, known | {"CODE": response["code"]}))
    must(tokens.get("token_type") == "Bearer" and tokens["id_token"].count(".") == 2, "tokens for a code", tokens)
    # What was never consented to does not come with the code (T-10).
    must(tokens["scope"] == "openid", "no more than was consented to", tokens)
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    claims = send("GET", f"{server.issuer}{MAIN}/applications/{application['id']}/userinfo", headers)
    must(claims["sub"] == user["id"], "the user behind the token", claims)
    again = json.loads(sample("code", server.issuer, known | {"CODE": response["code"]}))
    must(again.get("error") == "invalid_grant", "a code that works once", again)


def sample(name, issuer, known):
    """What one sample prints."""
    environment = os.environ | {"BASE": issuer, "TENANT_ID": "default"} | known
    done = subprocess.run(["sh", SAMPLES, name], env=environment, capture_output=True, text=True, timeout=60)
    must(done.returncode == 0, f"an exit code of 0 from {name}", done)
    return done.stdout


def must(holds, what, seen):
    if not holds:
        sys.exit(f"samples: expected {what}, but saw {seen}")


if __name__ == "__main__":
    main()
