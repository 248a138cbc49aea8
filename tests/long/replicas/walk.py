"""Whole flows of which every request goes to a random replica; every one has to succeed."""

import json
import time
from base64 import urlsafe_b64decode

from person import REDIRECT_URI, Person
from wire import BROKEN, SHOP, Unexpected, ask

# How long another replica may still believe what was revoked.
VISIBLE_SECONDS = 1.0


def run(site, given):
    """A table of what was walked, and what went wrong."""
    slowest, failures = 0.0, []
    for number in range(given.flows):
        try:
            slowest = max(slowest, one_flow(site))
        except (Unexpected, *BROKEN) as wrong:
            failures.append(f"flow {number + 1}: {wrong!r}")
    spread = requests_by_replica(site)
    if 0 in spread.values():
        failures.append("a replica got no request")
    rows = [
        ("complete flows, every request at a random replica", f"{given.flows}"),
        ("requests, by replica", ", ".join(f"{count:,}" for count in spread.values()) or "not counted"),
        ("failed flows", f"{len(failures)}"),
        ("longest until a revoked token was inactive at whichever replica was asked, ms", f"{slowest * 1000:.0f}"),
    ]
    return [("whole flows", ""), *rows], failures


def requests_by_replica(site):
    """How many requests each replica got, by nginx's own log; of another proxy nothing is known."""
    log = site.folder / "nginx" / "access.log"
    if not log.exists():
        return {}
    text = log.read_text()
    return {replica.name: text.count(f" 127.0.0.1:{replica.port}") for replica in site.replicas}


def one_flow(site):
    """From sign-in to an inactive token; returns the seconds that the revocation took to count."""
    port, person = site.port, Person("walker", site.base)
    code, verifier = person.code(SHOP, "openid orders:read", prompt="consent")
    if not any("/consent" in page for page in person.browser.pages) or not any("/login" in page for page in person.browser.pages):
        raise Unexpected(f"no sign-in or no consent: {person.browser.pages}")
    tokens = SHOP.redeem(port, code, verifier, REDIRECT_URI).must_be(200, "redeeming").json()
    published(port, tokens["id_token"])
    renewed = SHOP.refresh(port, tokens["refresh_token"]).must_be(200, "refreshing").json()
    published(port, renewed["access_token"])
    for token in (tokens["access_token"], renewed["access_token"]):
        if not SHOP.introspect(port, token).must_be(200, "introspecting").json()["active"]:
            raise Unexpected("a new token is not active")
    told = ask(port, "GET", "/userinfo", bearer=renewed["access_token"]).must_be(200, "userinfo").json()
    if told["sub"] != claims(tokens["id_token"])["sub"]:
        raise Unexpected("userinfo tells of somebody else")
    SHOP.revoke(port, renewed["refresh_token"]).must_be(200, "revoking")
    revoked = time.monotonic()
    waited = until_inactive(port, renewed["access_token"], revoked)
    if SHOP.refresh(port, renewed["refresh_token"]).status != 400:
        raise Unexpected("a revoked refresh token was taken")
    return waited


def until_inactive(port, token, since):
    """Seconds to the last answer that said active; then random replicas say inactive so often in a row that all were asked."""
    in_a_row, last = 0, since
    while in_a_row < 10:
        active = SHOP.introspect(port, token).must_be(200, "introspecting what was revoked").json()["active"]
        in_a_row, last = (0, time.monotonic()) if active else (in_a_row + 1, last)
        if active:
            time.sleep(0.01)
        if last - since > VISIBLE_SECONDS:
            raise Unexpected(f"active {(last - since) * 1000:.0f} ms after it was revoked")
    return last - since


def part(token, number):
    text = token.split(".")[number]
    return json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def claims(token):
    return part(token, 1)


def published(port, token):
    """The key that signed is in the key set of whichever replica is asked."""
    kid = part(token, 0)["kid"]
    keys = ask(port, "GET", "/jwks").must_be(200, "the key set").json()["keys"]
    if kid not in [key["kid"] for key in keys]:
        raise Unexpected("a token is signed by a key that is not in the key set")
