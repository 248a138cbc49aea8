"""What `run` tells a client: the issuer and the realm's document."""

import json
import os
import pathlib
import urllib.parse
import warnings

# RFC 9864 gave EdDSA with Ed25519 a name of its own; JWKS and discovery here keep the one every library knows.
warnings.filterwarnings("ignore", message="EdDSA is deprecated")

FIXTURE = json.loads(pathlib.Path(os.environ["INTEROP_FIXTURE"]).read_text())
ISSUER = FIXTURE["issuer"]
REDIRECT_URI = f"http://localhost:{FIXTURE['callback_port']}/callback"


def application(client_id):
    """The application with its first secret, which a public one has not."""
    found = next(a for a in FIXTURE["applications"] if a["client_id"] == client_id)
    secret = (found.get("client_secrets") or [None])[0]
    if secret and found["token_endpoint_auth_method"] == "client_secret_basic":
        secret = urllib.parse.quote_plus(secret)  # RFC 6749 section 2.3.1: both Python libraries leave this to their user
    return found | {"secret": secret}


def user(username):
    return next(u for u in FIXTURE["users"] if u["username"] == username)


def caller(resource_server):
    """Id and secret with which a resource server asks about tokens."""
    found = next(r for r in FIXTURE["resource_servers"] if r["id"] == resource_server)
    return found["introspection"][0]["id"], found["introspection"][0]["secret"]


def refused(code, error, attempt):
    """Runs `attempt`, which must raise `error` with the OAuth error `code`."""
    try:
        attempt()
    except error as refusal:
        assert refusal.error == code, f"expected {code}, met {refusal!r}"
        return
    raise AssertionError(f"{code} was expected, but the server agreed")
