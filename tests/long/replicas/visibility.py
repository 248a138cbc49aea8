"""How long after a change was answered at one replica it counts at the others."""

import statistics
import threading
import time

from person import REDIRECT_URI, Person
from walk import part
from wire import BOARD, COURIER, MACHINE, REPORTS, SHOP, Management, Unexpected, ask

POLL_SECONDS = 0.01
LIMIT_MS = 1000
GIVE_UP_SECONDS = 10


def run(site, given):
    """A table of milliseconds, and what took too long."""
    changes = Changes(site)
    rows, failures = [], []
    for name, once in changes.kinds():
        taken = []
        for _ in range(given.rounds):
            taken += once()
        worst = max(taken) * 1000
        rows.append((name, f"{statistics.median(taken) * 1000:.0f}", f"{worst:.0f}", f"{LIMIT_MS}"))
        print(f"{name}: worst {worst:.0f} ms", flush=True)
        if worst > LIMIT_MS:
            failures.append(f"{name}: {worst:.0f} ms until it counted")
    head = (f"change at one replica, {given.rounds} times; ms until it counts at the {len(site.replicas) - 1} others", "median", "worst", "at most")
    return [head, *rows], failures


class Changes:
    """Each method of a kind makes one change at the first replica and returns the seconds until each other one followed."""

    def __init__(self, site):
        self.site, self.first = site, site.replicas[0].port
        self.others = [replica.port for replica in site.replicas[1:]]
        self.manage = Management(self.first, site.management_secret)

    def kinds(self):
        return (
            ("self-contained token revoked: introspection", lambda: self.revocation(MACHINE)),
            ("referential token revoked: introspection", lambda: self.revocation(COURIER)),
            ("user disabled: userinfo", self.disabled_user),
            ("application loses a scope: token endpoint", self.changed_application),
            ("user loses a role: introspection by the API", self.removed_role),
            ("new signing key: key set", self.new_key),
            ("new signing key at work: tokens signed by it", self.key_at_work),
        )

    def until(self, counts, begin):
        """Asks every other replica again and again until `counts` says so of its port."""
        taken, failed = {}, []

        def poll(port):
            try:
                while not counts(port):
                    if time.monotonic() - begin > GIVE_UP_SECONDS:
                        raise Unexpected("a change did not count in ten seconds")
                    time.sleep(POLL_SECONDS)
                taken[port] = time.monotonic() - begin
            except Exception as wrong:  # noqa: BLE001
                # Raised below, in the thread that waits.
                failed.append(wrong)

        threads = [threading.Thread(target=poll, args=(port,)) for port in self.others]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            raise failed[0]
        return list(taken.values())

    def revocation(self, party):
        token = party.machine_token(self.first).must_be(200, "a token").json()["access_token"]
        self.warm(lambda port: party.introspect(port, token).json()["active"])
        party.revoke(self.first, token).must_be(200, "revoking")
        return self.until(lambda port: not party.introspect(port, token).must_be(200, "introspecting").json()["active"], time.monotonic())

    def disabled_user(self):
        token = self.token_of("vera", SHOP, "openid orders:read")
        self.warm(lambda port: ask(port, "GET", "/userinfo", bearer=token).status == 200)
        self.manage("PATCH", "/identities/vera", {"identity": {"enabled": False}})
        taken = self.until(lambda port: ask(port, "GET", "/userinfo", bearer=token).status == 401, time.monotonic())
        self.manage("PATCH", "/identities/vera", {"identity": {"enabled": True}})
        self.settle()
        return taken

    def changed_application(self):
        def taken_at(port):
            return MACHINE.machine_token(port, scope="orders:write").status == 200

        self.warm(taken_at)
        self.allow("orders:read")
        taken = self.until(lambda port: not taken_at(port), time.monotonic())
        self.allow("orders:read", "orders:write")
        self.until(taken_at, time.monotonic())
        return taken

    def allow(self, *scopes):
        self.manage("PATCH", "/applications/machine", {"application": {"protocol_config": {"type": "oauth2", "allowed_scopes": scopes}}})

    def removed_role(self):
        token = self.token_of("rolf", BOARD, "openid reports:read")

        def held(port):
            told = REPORTS.introspect(port, token).must_be(200, "introspecting").json()
            return told["active"] and "reports:read" in told.get("scope", "").split()

        self.warm(held)
        role = "/resource-servers/reports/roles/reader"
        self.manage("POST", f"{role}:deleteMembers", {"identity_ids": ["rolf"]})
        taken = self.until(lambda port: not held(port), time.monotonic())
        self.manage("POST", f"{role}:addMembers", {"identity_ids": ["rolf"]})
        self.settle()
        return taken

    def new_key(self):
        before = kids(self.first)
        self.manage("POST", "/signing-keys", {"algorithm": "RS256"})
        return self.until(lambda port: kids(port) - before, time.monotonic())

    def key_at_work(self):
        before = signer(self.first)
        self.manage("POST", "/signing-keys", {"algorithm": "ES256", "at_once": True})
        return self.until(lambda port: signer(port) != before, time.monotonic())

    def token_of(self, name, application, scope):
        code, verifier = Person(name, self.site.base).code(application, scope)
        answer = application.redeem(self.site.port, code, verifier, REDIRECT_URI)
        return answer.must_be(200, "redeeming").json()["access_token"]

    def warm(self, holds):
        """The other replicas know what is about to change."""
        for port in self.others:
            if not holds(port):
                raise Unexpected("what is to be changed does not hold before")

    def settle(self):
        """What was put back counts everywhere before the next round."""
        time.sleep(LIMIT_MS / 1000)


def kids(port):
    return {key["kid"] for key in ask(port, "GET", "/jwks").must_be(200, "the key set").json()["keys"]}


def signer(port):
    return part(MACHINE.machine_token(port).must_be(200, "a token").json()["access_token"], 0)["kid"]
