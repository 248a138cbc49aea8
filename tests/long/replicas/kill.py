"""A replica is killed every ten seconds under load; afterwards everything that was acknowledged still holds."""

import random
import time

from ledger import Ledger, Outage
from load import Load
from wire import SHOP

EVERY_SECONDS = 10
DOWN_SECONDS = 2
# What was under way, and what another replica believes for as long, may break until then.
AFTER_SECONDS = 1.0


# covers: O-348
def run(site, given):
    """A table of the load and its kills, and everything that must not have been."""
    ledger, draw = Ledger(), random.Random(1)
    with Load(site, ledger) as load:
        end = time.monotonic() + given.seconds
        while (begin := time.monotonic()) + EVERY_SECONDS <= end + 1:
            outage(ledger, draw.choice(site.replicas))
            time.sleep(max(0, EVERY_SECONDS - (time.monotonic() - begin)))
    ledger.settle()
    workers = len(load.workers) + 2  # two codes are redeemed by two requests at a time
    for number, one in enumerate(ledger.outages):
        if one.errors > workers:
            ledger.violated(f"kill {number + 1} broke {one.errors} requests, and only {workers} can be under way")
    asked = asked_again(site, load, ledger)
    errors = [one.errors for one in ledger.outages]
    rows = [
        ("seconds of load, kills", f"{given.seconds}, {len(errors)}"),
        *((f"acknowledged: {kind}", f"{count:,}") for kind, count in sorted(ledger.acknowledged.items())),
        ("requests that broke, all kills; at one kill at most", f"{sum(errors)}; {max(errors, default=0)} of {workers} under way"),
        *asked,
        ("violations", f"{len(ledger.violations)}"),
    ]
    nothing = [f"no {kind} was acknowledged" for kind in ("refresh", "revocation", "redeeming") if not ledger.acknowledged.get(kind)]
    return [("a replica killed every 10 s under load", ""), *rows], ledger.violations + nothing


def outage(ledger, replica):
    """One kill and its end."""
    one = Outage(time.monotonic())
    ledger.outages.append(one)
    replica.kill()
    time.sleep(DOWN_SECONDS)
    replica.start()
    replica.wait_until_ready()
    one.end = time.monotonic() + AFTER_SECONDS


def asked_again(site, load, ledger):
    """Refresh tokens, revocations and codes, at every replica in turn."""
    working = 0
    for number, token in load.chains.items():
        answer = SHOP.refresh(site.port, token)
        working += answer.status == 200
        if answer.status != 200:
            ledger.violated(f"the acknowledged refresh token of grant {number} does not work: {answer.text[:200]}")
    time.sleep(1)
    undone = set()
    for replica in site.replicas:
        for party, token in load.revoked:
            if party.introspect(replica.port, token).must_be(200, "introspection").json()["active"]:
                undone.add(token)
                ledger.violated(f"a revoked token of {party.name} is active at {replica.name}")
    twice = sum(count > 1 for count in load.codes.values())
    return (
        ("acknowledged refresh tokens that work at the end", f"{working} of {len(load.chains)}"),
        ("acknowledged revocations that hold at every replica", f"{len(load.revoked) - len(undone):,} of {len(load.revoked):,}"),
        ("codes redeemed twice", f"{twice} of {len(load.codes):,}"),
    )
