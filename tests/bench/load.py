"""Load on one path by wrk, and what it cost the server: microseconds of CPU a request, which hardly moves with noise."""

import contextlib
import json
import os
import pathlib
import resource
import statistics
import subprocess
import tempfile
from dataclasses import dataclass

from processes import machine_busy_seconds

WRK = pathlib.Path(__file__).resolve().parent / "wrk"
LONGEST_SECONDS = 60


@dataclass
class Side:
    """Where one side of a comparison sends which bodies; none is a GET. `renew`, where there is one, makes the bodies of every run."""

    process: object
    path: str
    bodies: list
    renew: object = None
    script: str = "request.lua"
    form: str = ""


@dataclass
class Sample:
    """One run: CPU microseconds a request, requests a second of wall time, latencies, and how busy others were."""

    cpu_us: float
    rps: float
    p50_us: float
    p99_us: float
    foreign: float


@dataclass
class Load:
    """How hard and how long; `cpu` is the core wrk is bound to."""

    seconds: int = 3
    connections: int = 16
    cpu: int | None = 1

    def run(self, side, seconds=None):
        """One bounded run. Any answer that is an error ends the benchmark: a refused request is a cheap one."""
        seconds = min(seconds or self.seconds, LONGEST_SECONDS)
        pinned = ["taskset", "-c", str(self.cpu)] if self.cpu is not None else []
        command = ["wrk", "-t1", f"-c{self.connections}", f"-d{seconds}s", "--timeout", "20s", "-s", str(WRK / side.script)]
        bodies = side.renew() if side.renew else side.bodies
        with bodies_file(bodies) as environment:
            environment |= {"WRK_PATH": side.path, "WRK_FORM": side.form}
            busy, own, served = machine_busy_seconds(), children_seconds(), side.process.cpu_seconds()
            done = subprocess.run(
                [*pinned, *command, f"http://127.0.0.1:{side.process.port}"],
                env={**os.environ, **environment}, capture_output=True, text=True, timeout=seconds + 60, check=True,
            )  # fmt: skip
            served = side.process.cpu_seconds() - served
            own, after = children_seconds() - own, machine_busy_seconds()
        answer = json.loads(done.stdout.splitlines()[-1])
        if answer["errors"] or not answer["requests"]:
            raise SystemExit(f"{side.path}: {answer}")
        if side.renew and side.script == "request.lua" and answer["requests"] > len(bodies):
            raise SystemExit(f"{side.path}: {answer['requests']} requests used {len(bodies)} bodies up; make more or run shorter")
        return Sample(
            cpu_us=served / answer["requests"] * 1e6,
            rps=answer["requests"] / answer["us"] * 1e6,
            p50_us=answer["p50_us"],
            p99_us=answer["p99_us"],
            foreign=max(0.0, after[0] - busy[0] - own - served) / (after[1] - busy[1]),
        )

    def alternate(self, a, b, rounds):
        """Warms both, then A B A B …: both meet the same minutes. The medians by CPU time."""
        for side in (a, b):
            self.run(side, seconds=1)
        samples = [(self.run(a), self.run(b)) for _ in range(rounds)]
        return median([s[0] for s in samples]), median([s[1] for s in samples])


def median(samples):
    return Sample(*(statistics.median(getattr(s, name) for s in samples) for name in Sample.__dataclass_fields__))


def children_seconds():
    """CPU time of children that have ended; the servers have not."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@contextlib.contextmanager
def bodies_file(bodies):
    if not bodies:
        yield {}
        return
    with tempfile.NamedTemporaryFile("w", suffix=".forms") as file:
        file.write("\n".join(bodies) + "\n")
        file.flush()
        yield {"WRK_BODIES": file.name}
