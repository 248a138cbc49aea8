"""Applications that never stop: each worker does one kind of thing through the proxy and keeps what it was answered."""

import threading
import time

from person import REDIRECT_URI, Person
from wire import BROKEN, COURIER, MACHINE, SHOP, Unexpected

# Answers of the proxy: it could not get one from a replica.
FROM_PROXY = (502, 504)
PAUSE_SECONDS = 0.02
RETRY_SECONDS = 0.1
GRANTS = 4


class Load:
    """Workers of every kind until `stop`; `chains`, `revoked` and `codes` are what the end asks for again."""

    def __init__(self, site, ledger):
        self.site, self.ledger, self.ending = site, ledger, threading.Event()
        self.chains, self.revoked, self.codes = {}, [], {}
        self.workers = [threading.Thread(target=self._until_the_end, args=work) for work in self._works()]

    def _works(self):
        """A function a worker, which does one round."""
        works = [("client_credentials", self.machine, party) for party in (MACHINE, COURIER, MACHINE)]
        works += [("introspection", self.introspection, party) for party in (MACHINE, COURIER)]
        works += [("revocation", self.revocation, party) for party in (MACHINE, COURIER)]
        works += [("refresh", self.refreshing, number) for number in range(GRANTS)]
        works += [("code", self.code_flow, Person("walker", self.site.base)) for _ in range(2)]
        return works

    def __enter__(self):
        for number in range(GRANTS):
            code, verifier = Person("walker", self.site.base).code(SHOP, "openid orders:read")
            answer = SHOP.redeem(self.site.port, code, verifier, REDIRECT_URI).must_be(200, "redeeming")
            self.chains[number] = answer.json()["refresh_token"]
        for worker in self.workers:
            worker.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        for worker in self.workers:
            worker.join()

    def _until_the_end(self, kind, once, subject):
        while not self.ending.is_set():
            try:
                once(subject)
            except Unexpected as wrong:
                self.ledger.violated(f"{kind}: {wrong}")
            except Exception as wrong:  # noqa: BLE001
                # A worker that ends without a word would look like success.
                self.ledger.violated(f"{kind}: {wrong!r}")
                time.sleep(1)
            time.sleep(PAUSE_SECONDS)

    def call(self, kind, request):
        """The answer of a replica, or None when there was none; what is no success and no refusal is a violation."""
        begun = time.monotonic()
        try:
            answer = request()
        except BROKEN as why:
            self.ledger.broke(kind, begun, repr(why))
            return None
        if answer.status in FROM_PROXY:
            self.ledger.broke(kind, begun, f"{answer.status} of the proxy")
            return None
        if answer.status not in (200, 400):
            raise Unexpected(f"{answer.status} {answer.text[:200]}")
        if answer.status == 200:
            self.ledger.count(kind)
        return answer

    def token_of(self, party, kind):
        answer = self.call(kind, lambda: party.machine_token(self.site.port))
        return answer and answer.must_be(200, "a token").json()["access_token"]

    def machine(self, party):
        self.token_of(party, "client_credentials")

    def introspection(self, party):
        if token := self.token_of(party, "client_credentials"):
            for _ in range(5):
                answer = self.call("introspection", lambda: party.introspect(self.site.port, token))
                if answer and not answer.must_be(200, "introspection").json()["active"]:
                    raise Unexpected("a token that nobody revoked is not active")

    def revocation(self, party):
        if token := self.token_of(party, "client_credentials"):
            answer = self.call("revocation", lambda: party.revoke(self.site.port, token))
            if answer and answer.must_be(200, "revoking"):
                self.revoked.append((party, token))
                time.sleep(0.1)

    def refreshing(self, number):
        """One link of a chain. Without an answer the same token is sent again, as a client would."""
        answer = self.call("refresh", lambda: SHOP.refresh(self.site.port, self.chains[number]))
        if answer is None:
            time.sleep(RETRY_SECONDS)
            return
        self.chains[number] = answer.must_be(200, "refreshing what was acknowledged").json()["refresh_token"]

    def code_flow(self, person):
        """A code that two requests redeem at the same time: one of them at most may get tokens."""
        begun = time.monotonic()
        try:
            code, verifier = person.code(SHOP, "openid orders:read")
        except (Unexpected, *BROKEN) as why:
            # A page of the proxy is one of the ways in which a browser sees a broken request.
            if isinstance(why, Unexpected) and not any(f"answered {status}" in str(why) for status in FROM_PROXY):
                raise
            self.ledger.broke("authorization", begun, str(why))
            return
        self.ledger.count("authorization")
        self.codes[code] = 0
        pair = [threading.Thread(target=self.redeem, args=(code, verifier)) for _ in range(2)]
        for thread in pair:
            thread.start()
        for thread in pair:
            thread.join()
        if self.codes[code] > 1:
            raise Unexpected("a code was redeemed twice")

    def redeem(self, code, verifier):
        try:
            answer = self.call("redeeming", lambda: SHOP.redeem(self.site.port, code, verifier, REDIRECT_URI))
        except Unexpected as wrong:
            self.ledger.violated(f"redeeming: {wrong}")
            return
        if answer and answer.status == 200:
            with self.ledger.lock:
                self.codes[code] += 1
