"""What is compared: a request to grantor beside a bare handler that does the unavoidable part of it."""

import json
from dataclasses import dataclass

from load import Side
from processes import form

SECRET = "bench-secret-bench-secret-bench-secret"
TOKENS = 200


@dataclass
class Cell:
    """`application` of realm.toml at grantor, `bare` at the handlers; `target` is the share of the bare handler to reach."""

    name: str
    application: str
    bare: str
    target: float | None = None
    bare_token: str = ""

    def sides(self, grantor, bound):
        """Both sides, each proven by one request that is read."""
        if not self.bare_token:
            return issue(grantor, self.application, "/token"), issue(bound, "bench", self.bare)
        return (
            introspect(grantor, self.application, "/token", "/introspect"),
            introspect(bound, "bench", self.bare_token, self.bare),
        )


CELLS = [
    Cell("client_credentials RS256", "bench-rs256", "/token/rs256", 0.9),
    Cell("client_credentials ES256, bare handler with aws-lc", "bench-es256", "/token/es256_aws", 0.7),
    Cell("client_credentials ES256, bare handler with OpenSSL", "bench-es256", "/token/es256", 0.7),
    Cell("client_credentials EdDSA", "bench-eddsa", "/token/eddsa_aws"),
    Cell("client_credentials, referential token", "bench-referential", "/token/referential"),
    Cell("introspect, referential token", "bench-referential", "/open", 0.6, "/token/referential"),
    Cell("introspect, ES256 token", "bench-es256", "/verify/es256", 0.6, "/token/es256_aws"),
    Cell("introspect, RS256 token", "bench-rs256", "/verify/rs256", 0.6, "/token/rs256"),
    Cell("introspect, EdDSA token", "bench-eddsa", "/verify/eddsa", None, "/token/eddsa_aws"),
]


def token_form(client_id):
    return form(grant_type="client_credentials", scope="api", client_id=client_id, client_secret=SECRET)


def issue(process, client_id, path):
    body = token_form(client_id)
    token(process, path, body)
    return Side(process, path, [body])


def introspect(process, client_id, token_path, path):
    request = token_form(client_id)
    tokens = [token(process, token_path, request) for _ in range(TOKENS)]
    bodies = [form(token=t, client_id=client_id, client_secret=SECRET) for t in tokens]
    if json.loads(process.post(path, bodies[0]))["active"] is not True:
        raise SystemExit(f"{path}: the token is not active")
    return Side(process, path, bodies)


def token(process, path, body):
    return json.loads(process.post(path, body))["access_token"]
