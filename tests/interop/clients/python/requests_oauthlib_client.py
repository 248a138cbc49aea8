"""requests-oauthlib: the classic Python client, by its own defaults where it has them."""

import importlib.metadata

from browser import Browser
from fixture import ISSUER, REDIRECT_URI, application, caller, refused, user
from joserfc import jwt
from joserfc.jwk import KeySet
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error
import requests
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session


def discover():
    metadata = requests.get(f"{ISSUER}/.well-known/openid-configuration", timeout=30).json()
    assert metadata["issuer"] == ISSUER
    return metadata


def machine(metadata, client_id, format_):
    """Client credentials by HTTP Basic, then the token as oauthlib would use it, then what introspection says of it."""
    session = OAuth2Session(client=BackendApplicationClient(client_id=client_id, scope=["orders:read"]))
    token = session.fetch_token(metadata["token_endpoint"], auth=HTTPBasicAuth(client_id, application(client_id)["secret"]))
    assert token.scope_changed is False and token["token_type"].lower() == "bearer"
    assert token["access_token"].count(".") == {"self_contained": 2, "referential": 4}[format_]
    answer = requests.post(metadata["introspection_endpoint"], auth=caller("orders"), data={"token": token["access_token"]}, timeout=30)
    assert answer.status_code == 200 and answer.json()["active"] is True and answer.json()["client_id"] == client_id, answer.text
    userinfo = session.get(metadata["userinfo_endpoint"])
    assert userinfo.status_code in (401, 403), "a machine has no user to tell about"


def person(metadata, client_id):
    """Code flow with the PKCE of the library; credentials as the application is registered to send them."""
    found = application(client_id)
    by_header = found["token_endpoint_auth_method"] == "client_secret_basic"
    session = OAuth2Session(client_id, redirect_uri=REDIRECT_URI, scope=["openid", "email", "orders:read"], pkce="S256")
    url, _ = session.authorization_url(metadata["authorization_endpoint"])
    callback = Browser().authorize(url, REDIRECT_URI, "alice", user("alice")["password"])
    credentials = {"auth": HTTPBasicAuth(client_id, found["secret"])} if by_header else {"client_secret": found["secret"], "include_client_id": True}
    token = session.fetch_token(metadata["token_endpoint"], authorization_response=callback, **credentials)
    keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=30).json())
    claims = jwt.decode(token["id_token"], keys, algorithms=[found["id_token_signed_response_alg"]]).claims
    assert claims["iss"] == ISSUER and claims["aud"] in (client_id, [client_id]) and "nonce" not in claims, claims
    profile = session.get(metadata["userinfo_endpoint"]).json()
    assert profile["sub"] == claims["sub"] and profile["email"] == user("alice")["email"]
    refused("invalid_grant", OAuth2Error, lambda: session.fetch_token(metadata["token_endpoint"], authorization_response=callback, **credentials))
    assert session.get(metadata["userinfo_endpoint"]).status_code == 401, "the tokens of a replayed code must die"


def lasting(metadata, client_id):
    """A token that ran out is renewed by the session itself before the request is sent; the revocation request is oauthlib's."""
    auth = HTTPBasicAuth(client_id, application(client_id)["secret"])
    kept = []
    session = OAuth2Session(
        client_id, redirect_uri=REDIRECT_URI, scope=["openid", "email", "orders:read"], pkce="S256",
        auto_refresh_url=metadata["token_endpoint"], token_updater=kept.append,
    )
    url, _ = session.authorization_url(metadata["authorization_endpoint"])
    callback = Browser().authorize(url, REDIRECT_URI, "alice", user("alice")["password"])
    first = session.fetch_token(metadata["token_endpoint"], authorization_response=callback, auth=auth)
    session.token = first | {"expires_in": -1, "expires_at": 1}
    profile = session.get(metadata["userinfo_endpoint"], client_id=client_id, client_secret=application(client_id)["secret"])
    assert profile.json()["email"] == user("alice")["email"], profile.text
    assert len(kept) == 1 and kept[0]["refresh_token"] != first["refresh_token"], "one renewal, with a successor"
    again = session.refresh_token(metadata["token_endpoint"], refresh_token=first["refresh_token"], auth=auth)
    assert again["refresh_token"] == kept[0]["refresh_token"], "the answer was lost"
    url, headers, body = session._client.prepare_token_revocation_request(metadata["revocation_endpoint"], again["refresh_token"], "refresh_token")
    revoked = requests.post(url, data=body, headers=headers, auth=auth, timeout=30)
    assert revoked.status_code == 200, revoked.text
    refused("invalid_grant", OAuth2Error, lambda: session.refresh_token(metadata["token_endpoint"], refresh_token=again["refresh_token"], auth=auth))
    assert requests.get(metadata["userinfo_endpoint"], headers={"Authorization": f"Bearer {again['access_token']}"}, timeout=30).status_code == 401


def negatives(metadata):
    """What must be refused, and with which word."""
    def fetch(client_id, secret, scope=None, **further):
        session = OAuth2Session(client=BackendApplicationClient(client_id=client_id, scope=scope))
        return lambda: session.fetch_token(metadata["token_endpoint"], auth=secret and HTTPBasicAuth(client_id, secret), **further)

    found = application("machine-es256")
    refused("invalid_client", OAuth2Error, fetch("machine-es256", "wrong-secret-wrong-secret-wrong-secret"))
    refused("invalid_client", OAuth2Error, fetch("nobody-knows-me", found["secret"]))
    refused("invalid_client", OAuth2Error, fetch("machine-es256", None, client_secret=found["secret"], include_client_id=True))
    refused("invalid_scope", OAuth2Error, fetch("machine-es256", found["secret"], scope=["orders:write"]))
    refused("unauthorized_client", OAuth2Error, fetch("web-rs256", application("web-rs256")["secret"]))
    session = OAuth2Session("web-rs256", redirect_uri=REDIRECT_URI, scope=["openid"], pkce="S256")
    url, _ = session.authorization_url(metadata["authorization_endpoint"])
    callback = Browser().authorize(url, REDIRECT_URI, "dora", user("dora")["password"], "deny")
    refused("access_denied", OAuth2Error, lambda: session.fetch_token(metadata["token_endpoint"], authorization_response=callback))
    anonymous = requests.post(metadata["introspection_endpoint"], data={"token": "x"}, timeout=30)
    assert anonymous.status_code == 401 and "www-authenticate" in anonymous.headers, anonymous.text


def main():
    metadata = discover()
    for client_id, format_ in (("machine-rs256", "self_contained"), ("machine-eddsa", "self_contained"), ("machine-referential", "referential")):
        machine(metadata, client_id, format_)
    for client_id in ("web-rs256", "web-es256", "web-eddsa"):
        person(metadata, client_id)
    lasting(metadata, "web-refresh")
    negatives(metadata)
    print(
        f"ok requests-oauthlib {importlib.metadata.version('requests-oauthlib')}: 3 machines (self-contained and referential) with introspection, 3 applications "
        "by code + PKCE with ID token and userinfo, automatic refresh, revocation; unknown client, wrong secret, method, scope and grant, deny and replay refused"
    )


if __name__ == "__main__":
    main()
