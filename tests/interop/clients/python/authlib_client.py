"""Authlib: code flow with PKCE, client credentials and introspection through its requests client; tokens checked by joserfc."""

import secrets

import authlib
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6749.parameters import parse_authorization_code_response
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from browser import Browser
from fixture import ISSUER, REDIRECT_URI, application, caller, refused, user
from joserfc import jwt
from joserfc.jwk import KeySet
import requests

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
MACHINES = {"machine-rs256": "RS256", "machine-ps256": "PS256", "machine-es256": "ES256", "machine-eddsa": "EdDSA", "machine-referential": None}
PEOPLE = {"web-rs256": "RS256", "spa-ps256": "PS256", "web-es256": "ES256", "web-eddsa": "EdDSA"}


def discover():
    metadata = OpenIDProviderMetadata(requests.get(get_well_known_url(ISSUER, external=True), timeout=30).json())
    assert metadata["issuer"] == ISSUER
    # Everything but the rule that an issuer is https, which a loopback cannot keep.
    for member in ("response_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported"):
        getattr(metadata, f"validate_{member}")()
    metadata.validate_token_endpoint_auth_methods_supported()
    return metadata


def session(client_id, secret=None, **further):
    found = application(client_id)
    method = further.pop("method", found["token_endpoint_auth_method"])
    return OAuth2Session(
        client_id, secret or found["secret"], token_endpoint_auth_method=method, redirect_uri=REDIRECT_URI, code_challenge_method="S256", **further
    )


def keys(metadata):
    return KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=30).json())


def machine(metadata, client_id, algorithm):
    client = session(client_id, scope="orders:read")
    token = client.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
    assert token["expires_in"] == application(client_id)["token_configuration"]["expires_after"]
    if algorithm:
        decoded = jwt.decode(token["access_token"], keys(metadata), algorithms=[algorithm])
        assert decoded.header["typ"] == "at+jwt" and decoded.claims["sub"] == client_id, decoded.claims
    for name in (None, "orders", "billing"):
        asker = client if name is None else OAuth2Session(*caller(name))
        answer = asker.introspect_token(metadata["introspection_endpoint"], token["access_token"]).json()
        assert answer == {"active": False} if name == "billing" else answer["client_id"] == client_id, f"{name}: {answer}"


def authorize(metadata, client, browser, decision="allow", username="alice", **further):
    nonce, verifier = secrets.token_urlsafe(16), generate_token(64)
    url, state = client.create_authorization_url(metadata["authorization_endpoint"], nonce=nonce, code_verifier=verifier, **further)
    callback = browser.authorize(url, REDIRECT_URI, username, user(username)["password"], decision)
    return callback, nonce, verifier, state


def person(metadata, client_id, algorithm):
    client = session(client_id, scope="openid profile email orders:read")
    browser = Browser()
    callback, nonce, verifier, state = authorize(metadata, client, browser)

    def redeem(word):
        return client.fetch_token(metadata["token_endpoint"], authorization_response=callback, state=state, code_verifier=word)

    refused("invalid_grant", AuthlibBaseError, lambda: redeem(generate_token(64)))
    token = redeem(verifier)
    claims = id_token(metadata, token, client_id, nonce, algorithm)
    profile = client.get(metadata["userinfo_endpoint"])
    profile.raise_for_status()
    assert profile.json()["sub"] == claims["sub"] and profile.json()["name"] == user("alice")["name"]
    first_pages = len(browser.pages)
    again, nonce, verifier, state = authorize(metadata, client, browser)
    assert len(browser.pages) == first_pages, "a signed-in browser that consented is asked nothing"
    second = client.fetch_token(metadata["token_endpoint"], authorization_response=again, state=state, code_verifier=verifier)
    assert id_token(metadata, second, client_id, nonce, algorithm)["sid"] == claims["sid"]
    replay = session(client_id, scope="openid")
    replay.state = state
    refused(
        "invalid_grant", AuthlibBaseError,
        lambda: replay.fetch_token(metadata["token_endpoint"], authorization_response=again, state=state, code_verifier=verifier),
    )
    after = requests.get(metadata["userinfo_endpoint"], headers={"Authorization": f"Bearer {second['access_token']}"}, timeout=30)
    assert after.status_code == 401, f"the tokens of a replayed code must die: {after.status_code}"


def id_token(metadata, token, client_id, nonce, algorithm):
    """Authlib's own claims class: iss, aud, azp, nonce, exp, auth_time and at_hash."""
    decoded = jwt.decode(token["id_token"], keys(metadata), algorithms=[algorithm])
    options = {"iss": {"essential": True, "value": ISSUER}, "at_hash": {"essential": True}, "auth_time": {"essential": True}}
    params = {"nonce": nonce, "client_id": client_id, "access_token": token["access_token"]}
    claims = CodeIDToken(decoded.claims, decoded.header, options, params)
    claims.validate(leeway=5)
    return claims


def lasting(metadata, client_id):
    """The library's own refresh and revocation; what it renewed it also uses."""
    client = session(client_id, scope="openid profile orders:read")
    callback, _, verifier, state = authorize(metadata, client, Browser())
    endpoint = metadata["token_endpoint"]
    first = client.fetch_token(endpoint, authorization_response=callback, state=state, code_verifier=verifier)
    second = client.refresh_token(endpoint, refresh_token=first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"] and client.token["access_token"] == second["access_token"]
    assert client.refresh_token(endpoint, refresh_token=first["refresh_token"])["refresh_token"] == second["refresh_token"], "the answer was lost"
    assert client.get(metadata["userinfo_endpoint"]).json()["name"] == user("alice")["name"]
    revoked = client.revoke_token(metadata["revocation_endpoint"], second["refresh_token"], token_type_hint="refresh_token")
    assert revoked.status_code == 200, revoked.text
    refused("invalid_grant", AuthlibBaseError, lambda: client.refresh_token(endpoint, refresh_token=second["refresh_token"]))
    answer = client.introspect_token(metadata["introspection_endpoint"], second["access_token"]).json()
    assert answer == {"active": False}, answer


def negatives(metadata):
    endpoint = metadata["token_endpoint"]
    wrong = session("machine-es256", secret="wrong-secret-wrong-secret-wrong-secret")
    refused("invalid_client", AuthlibBaseError, lambda: wrong.fetch_token(endpoint, grant_type="client_credentials"))
    swapped = session("machine-es256", method="client_secret_post")
    refused("invalid_client", AuthlibBaseError, lambda: swapped.fetch_token(endpoint, grant_type="client_credentials"))
    foreign = session("machine-es256", scope="orders:write")
    refused("invalid_scope", AuthlibBaseError, lambda: foreign.fetch_token(endpoint, grant_type="client_credentials"))
    client = session("web-rs256", scope="openid")
    callback, _, _, state = authorize(metadata, client, Browser(), decision="deny", username="dora")
    assert "error=access_denied" in callback, callback
    refused("missing_code", AuthlibBaseError, lambda: parse_authorization_code_response(callback, state))


def main():
    metadata = discover()
    for client_id, algorithm in MACHINES.items():
        machine(metadata, client_id, algorithm)
    for client_id, algorithm in PEOPLE.items():
        person(metadata, client_id, algorithm)
    lasting(metadata, "web-refresh")
    negatives(metadata)
    print(
        f"ok Authlib {authlib.__version__}: metadata validated, {len(MACHINES)} machines with introspection, {len(PEOPLE)} applications by code + PKCE, "
        "ID token claims with at_hash, userinfo, single sign-on, refresh and revocation; wrong verifier, secret, method and scope, deny and replay refused"
    )


if __name__ == "__main__":
    main()
