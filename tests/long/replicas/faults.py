"""The stores go away, come back, forget and hang; what every replica answers meanwhile, and how soon it is well again."""

import time
from dataclasses import dataclass

from probes import Prober, Stock

# Nothing may take longer, with a store or without.
# A refusal; what is done all the same may wait as long for reading and as long again for writing.
ANSWER_SECONDS = 1.0
DONE_SECONDS = 2.0
AFTER_SECONDS = 9
# What was sent before a store went is judged by what follows.
GRACE_SECONDS = 0.2
# These need SQL and must say 503; tokens of machines and introspection may be served from memory.
NEED_SQL = ("code", "refresh", "revoke", "authorize")
ALWAYS = ("jwks", "discovery")


@dataclass
class Fault:
    """`begin` and `end` are actions of tests/services; `lasts` seconds lie between them, `well` seconds may follow."""

    name: str
    begin: tuple
    lasts: float
    end: tuple
    well: float
    sql: bool


FAULTS = (
    Fault("PostgreSQL stopped for 30 s", ("stop-postgres",), 30, ("start-postgres",), 5, True),
    Fault("PostgreSQL restarted", ("stop-postgres",), 0, ("start-postgres",), 5, True),
    Fault("PostgreSQL crashed and started again", ("stop-postgres", "immediate"), 0, ("start-postgres",), 5, True),
    Fault("Redis stopped for 10 s", ("stop-redis",), 10, ("start-redis",), 2, False),
    Fault("Redis flushed", ("flush-redis",), 0, (), 2, False),
    Fault("Redis answers nothing for 5 s", ("pause-redis",), 5, ("resume-redis",), 2, False),
)
# On one data folder: nothing happens, and everything has to work.
NO_FAULT = (Fault("none", (), 5, (), 1, False),)


def run(site, _given):
    """A table of faults, and every answer that was not as it must be."""
    rows, failures = [], []
    possible = NO_FAULT if site.stores.database == "sqlite" else [f for f in FAULTS if f.sql or site.stores.redis]
    for fault in possible:
        seen, times, works = play(site, fault)
        wrong = judge(fault, seen, times, works)
        well = recovered(seen, times[1], works)
        rows.append((fault.name, summary(seen, times), f"{well * 1000:.0f} ms"))
        if well > fault.well:
            wrong.append(f"well only {well:.1f} s after the return, instead of {fault.well} s")
        failures += [f"{fault.name}: {what}" for what in wrong]
    return [("fault", "what clients saw meanwhile (slowest answer)", "recovered after"), *rows], failures


def play(site, fault):
    """All that was seen, when the fault began and ended, and which status of which probe says that it works."""
    stock = Stock(site, int(len(site.replicas) * (fault.lasts + AFTER_SECONDS * 5 + 8)))
    probers = [Prober(site, replica, stock) for replica in site.replicas]
    for prober in probers:
        prober.ask_once()
    for prober in probers:
        prober.start()
    time.sleep(2)
    begin = time.monotonic()
    act(site, fault.begin)
    time.sleep(fault.lasts)
    act(site, fault.end)
    end = time.monotonic()
    for prober in probers:
        # More often now: the time until all is well is measured.
        prober.pause = 0.2
    time.sleep(AFTER_SECONDS)
    for prober in probers:
        prober.stop()
    works = {kind: status for kind, (_, status) in probers[0].probes().items()}
    return [seen for prober in probers for seen in prober.seen], (begin, end), works


def act(site, action):
    if action:
        site.stores.do(*action)


def judge(fault, seen, times, works):
    """Every answer that must not be, said once a probe and replica."""
    begin, end = times
    wrong = {}
    for one in seen:
        down = begin + GRACE_SECONDS <= one.begun and one.begun + one.seconds <= end
        healthy = one.begun + one.seconds < begin or one.begun > end + fault.well
        allowed = {works[one.kind]}
        if not healthy and one.kind not in ALWAYS:
            allowed.add(503)
        # A full second of outage: what was kept open is known to be dead, and what needs SQL must say so.
        if fault.sql and down and one.begun > begin + 1 and one.kind in NEED_SQL:
            allowed = {503}
        reason = None
        if one.status not in allowed:
            reason = f"{one.status} ({one.why})"
        elif one.seconds > (ANSWER_SECONDS if one.status == 503 else DONE_SECONDS):
            reason = f"{one.status} after {one.seconds:.1f} s"
        elif one.status == 503 and not one.retry_after:
            reason = "503 without Retry-After"
        if reason:
            wrong.setdefault((one.kind, one.replica), []).append(f"{reason} at {one.begun - begin:+.1f} s")
    return [f"{kind} at {replica}: {reasons[0]}, {len(reasons)} times" for (kind, replica), reasons in wrong.items()]


def recovered(seen, end, works):
    """Seconds from the return until the last answer that was not as it is without a fault."""
    bad = [one.begun + one.seconds for one in seen if one.begun + one.seconds > end and one.status != works[one.kind]]
    return max((moment - end for moment in bad), default=0.0)


def summary(seen, times):
    """Statuses of each probe from the beginning of the fault to a second after its end, and its slowest answer."""
    begin, end = times
    lines = []
    for kind in dict.fromkeys(one.kind for one in seen):
        meanwhile = [one for one in seen if one.kind == kind and begin <= one.begun <= end + 1]
        statuses = sorted({one.status for one in meanwhile})
        slowest = max((one.seconds for one in meanwhile), default=0)
        lines.append(f"{kind} {' and '.join(str(status or 'nothing') for status in statuses)} ({slowest * 1000:.0f} ms)")
    return ", ".join(lines)
