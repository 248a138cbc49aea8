"""Every endpoint at every replica, asked again and again; what came is kept with its time."""

import threading
import time
import urllib.parse
from dataclasses import dataclass

from person import REDIRECT_URI, Person, parameters
from wire import BROKEN, MACHINE, SHOP, ask

DISCOVERY = "/.well-known/openid-configuration"
DURING_SECONDS = 1.0
AUTHORIZE = "/authorize?" + urllib.parse.urlencode(parameters(SHOP, "openid orders:read", "v" * 43, "state"))


@dataclass
class Seen:
    """One answer. `status` is 0 when there was none; `retry_after` is its header."""

    kind: str
    replica: str
    begun: float
    seconds: float
    status: int
    retry_after: str | None
    why: str


class Stock:
    """Things that can be used once, made before a fault: codes with their verifiers, and tokens to revoke."""

    def __init__(self, site, count):
        person = Person("walker", site.base)
        self.codes = [person.code(SHOP, "openid orders:read") for _ in range(count)]
        self.cookies = person.cookies()
        self.tokens = [MACHINE.machine_token(site.port).must_be(200, "a token").json()["access_token"] for _ in range(count)]
        self.lasting = MACHINE.machine_token(site.port).must_be(200, "a token").json()["access_token"]
        self.lock = threading.Lock()

    def take(self, kind):
        with self.lock:
            return getattr(self, kind).pop()


class Prober:
    """All probes of one replica, each in a thread, from `start` to `stop`."""

    def __init__(self, site, replica, stock):
        self.site, self.port, self.name, self.stock = site, replica.port, replica.name, stock
        self.seen, self.ending, self.pause = [], threading.Event(), DURING_SECONDS
        code, verifier = stock.take("codes")
        answer = SHOP.redeem(self.port, code, verifier, REDIRECT_URI).must_be(200, "redeeming")
        self.refresh_token = answer.json()["refresh_token"]
        self.redeemed = stock.take("codes")
        self.threads = [threading.Thread(target=self._again_and_again, args=probe) for probe in self.probes().items()]

    def probes(self):
        """What is asked, and by which statuses it is seen to work."""
        return {
            "client_credentials": (lambda: MACHINE.machine_token(self.port), 200),
            "code": (self.redeem, 200),
            "refresh": (self.refresh, 200),
            "introspect": (lambda: MACHINE.introspect(self.port, self.stock.lasting), 200),
            "revoke": (self.revoke, 200),
            "authorize": (self.authorize, 302),
            "sign-in": (self.begin_to_sign_in, 303),
            "jwks": (lambda: ask(self.port, "GET", "/jwks"), 200),
            "discovery": (lambda: ask(self.port, "GET", DISCOVERY), 200),
        }

    def ask_once(self):
        """So that keys are made and records are in memory before anything is measured."""
        for once, status in self.probes().values():
            once().must_be(status, f"asking {self.name} before the fault")

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.ending.set()
        for thread in self.threads:
            thread.join()

    def _again_and_again(self, kind, probe):
        once, _ = probe
        while not self.ending.is_set():
            begun = time.monotonic()
            try:
                answer = once()
                if kind == "introspect" and answer.status == 200 and not answer.json()["active"]:
                    seen = (begun, answer.seconds, 0, None, "a live token is said to be inactive")
                else:
                    seen = (begun, answer.seconds, answer.status, answer.headers.get("Retry-After"), answer.text[:200])
            except BROKEN as why:
                seen = (begun, time.monotonic() - begun, 0, None, repr(why))
            self.seen.append(Seen(kind, self.name, *seen))
            # `pause` may become shorter meanwhile.
            while not self.ending.is_set() and time.monotonic() < begun + self.pause:
                time.sleep(0.02)

    def redeem(self):
        """The same code again after a 503, which says that nothing happened to it."""
        code, verifier = self.redeemed
        answer = SHOP.redeem(self.port, code, verifier, REDIRECT_URI)
        if answer.status != 503:
            self.redeemed = self.stock.take("codes")
        return answer

    def refresh(self):
        answer = SHOP.refresh(self.port, self.refresh_token)
        if answer.status == 200:
            self.refresh_token = answer.json()["refresh_token"]
        return answer

    def revoke(self):
        return MACHINE.revoke(self.port, self.stock.take("tokens"))

    def authorize(self):
        """With a live session and consent: the answer is the redirect to the client."""
        return ask(self.port, "GET", AUTHORIZE, cookies=self.stock.cookies)

    def begin_to_sign_in(self):
        """Of a stranger: the request is stored until they have signed in."""
        return ask(self.port, "GET", AUTHORIZE)
