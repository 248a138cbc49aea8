"""What was acknowledged, and what went wrong when; asked again at the end."""

import threading
import time
from dataclasses import dataclass, field


@dataclass
class Outage:
    """A kill: from the signal until a second after the replica was ready again. `errors` are requests that broke meanwhile."""

    begin: float
    end: float = float("inf")
    errors: int = 0


@dataclass
class Ledger:
    """Answers by kind, broken requests by outage, and everything that must not be."""

    acknowledged: dict = field(default_factory=dict)
    outages: list = field(default_factory=list)
    violations: list = field(default_factory=list)
    broken: list = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, kind):
        with self.lock:
            self.acknowledged[kind] = self.acknowledged.get(kind, 0) + 1

    def violated(self, what):
        with self.lock:
            self.violations.append(what)

    def broke(self, kind, begun, why):
        """A request got no answer of a replica. It may when it was under way while a replica was down."""
        with self.lock:
            self.broken.append((kind, begun, time.monotonic(), why))

    def settle(self):
        """Puts each broken request down to its outage; those of none are violations."""
        for kind, begun, ended, why in self.broken:
            outage = next((o for o in self.outages if begun <= o.end and ended >= o.begin), None)
            if outage:
                outage.errors += 1
            else:
                self.violations.append(f"{kind}: {why} while no replica was down")
