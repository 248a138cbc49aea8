"""The two servers as processes: started on loopback, their CPU time and memory read from /proc, ended by their own id."""

import contextlib
import http.client
import os
import pathlib
import socket
import subprocess
import time
import urllib.parse

TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 120


class Process:
    """A running server. `cpu` bounds it to that core; its children are none, so its own figures are all there is."""

    def __init__(self, command, port, ready, cpu=None, environment=None, log=None):
        self.port = port
        pinned = ["taskset", "-c", str(cpu)] if cpu is not None else []
        out = open(log, "ab") if log else subprocess.DEVNULL
        begin = time.perf_counter()
        self.child = subprocess.Popen(
            [*pinned, *map(str, command)], env={**os.environ, **(environment or {})}, stdout=out, stderr=out
        )
        while not answers(port, ready):
            if self.child.poll() is not None or time.perf_counter() - begin > START_SECONDS:
                self.stop()
                raise SystemExit(f"{command[0]} did not start" + (f": see {log}" if log else ""))
            time.sleep(0.001)
        self.ready_ms = (time.perf_counter() - begin) * 1e3

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            self.child.terminate()
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def cpu_seconds(self):
        """User and system time of all its threads."""
        fields = pathlib.Path(f"/proc/{self.child.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def cpu_nanoseconds(self):
        """The same of the threads that live, for spans of less than many ticks."""
        threads = pathlib.Path(f"/proc/{self.child.pid}/task").iterdir()
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads)

    def resident_mb(self):
        status = pathlib.Path(f"/proc/{self.child.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024

    def post(self, path, body):
        """One form, checked: the text of a 200."""
        status, text = request(self.port, "POST", path, body)
        if status != 200:
            raise SystemExit(f"{path}: {status} {text[:300]}")
        return text


def answers(port, path):
    try:
        return request(port, "GET", path)[0] == 200
    except OSError:
        return False


def request(port, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def form(**fields):
    return urllib.parse.urlencode(fields)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def machine_busy_seconds():
    """Busy and total CPU time of the whole machine."""
    fields = [int(x) for x in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS, sum(fields) / TICKS
