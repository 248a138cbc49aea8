"""Requests that end in a durable write, beside bare handlers that write one row through the same writer."""

import contextlib
import http.client
import json
import sqlite3
import time

import applications
import cells
import grants
from binaries import serve_bound
from load import Load, Side
from processes import form

WITHIN = 2.0
REVOKED = 1_000_000
# More of each than one run can use.
REFRESH_TOKENS = 64
ACCESS_TOKENS = 40_000


def refresh(report, load, rounds, server, bound):
    """Refresh without an ID token: read, judged, one guarded write, one token made."""
    bare_data = server.copy("bare").data
    for name, application in (("refresh, referential token", "bench-refresh-referential"), ("refresh, EdDSA token", "bench-refresh")):
        with server.serve() as ours, serve_bound(bound, data=bare_data) as bare:
            asked = form(grant_type="refresh_token", client_id=application, client_secret=cells.SECRET)
            renew = lambda application=application: grants.make(server.data, application, REFRESH_TOKENS)  # noqa: E731
            ours.post("/token", f"{asked}&refresh_token={renew()[0]}")
            a = Side(ours, "/token", [], renew, "refresh.lua", asked)
            b = Side(bare, "/write", [cells.token_form("bench")])
            compare(report, name, *load.alternate(a, b, rounds))


def revoke(report, load, rounds, server, bound):
    """Revocation of a referential token, each for the first time; a second's load, for tokens have to be made first."""
    load = Load(seconds=1)
    bare_data = server.copy("bare-revoke").data
    with server.serve() as ours, serve_bound(bound, data=bare_data) as bare:
        application = "bench-referential"
        renew = lambda: revocations(ours, application)  # noqa: E731
        ours.post("/revoke", renew()[0])
        a = Side(ours, "/revoke", [], renew)
        b = Side(bare, "/revoke", [cells.token_form("bench")])
        compare(report, "revoke, referential token", *load.alternate(a, b, rounds))


def compare(report, name, ours, bare):
    times = ours.cpu_us / bare.cpu_us
    foreign = f"{max(ours.foreign, bare.foreign):.0%}"
    report.row(name, f"{ours.cpu_us:.1f}", f"{bare.cpu_us:.1f}", f"{times:.2f}", f"{WITHIN:.1f}", foreign, reached=times <= WITHIN)


def revocations(process, application):
    """Forms that revoke a token each, over one connection."""
    body = cells.token_form(application)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    made = []
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", process.port, timeout=20)) as connection:
        for _ in range(ACCESS_TOKENS):
            connection.request("POST", "/token", body, headers)
            token = json.loads(connection.getresponse().read())["access_token"]
            made.append(form(token=token, client_id=application, client_secret=cells.SECRET))
    return made


def introspect_among_many(report, load, rounds, server):
    """The same introspection with no revocation and with a million live ones."""
    many = server.copy("revoked")
    insert_revocations(many.data)
    report.table("introspection among revocations", "none, us", f"{REVOKED:,}, us", "times", "at most", "reached")
    with server.serve() as few, many.serve() as full:
        time.sleep(15)  # loaded in the background; until then SQL is asked
        for name, application in (("referential token", "bench-referential"), ("ES256 token", "bench-es256")):
            sides = [cells.introspect(process, application, "/token", "/introspect") for process in (few, full)]
            a, b = load.alternate(*sides, rounds)
            times = b.cpu_us / a.cpu_us
            report.row(name, f"{a.cpu_us:.1f}", f"{b.cpu_us:.1f}", f"{times:.2f}", "1.10", reached=times <= 1.10)
        resident = full.resident_mb() - few.resident_mb()
        report.row("memory they take, MB", "-", f"{resident:.0f}", "-", "-")


def insert_revocations(folder):
    now = int(time.time() * 1000)
    rows = ((*applications.REALM, "jti", f"made-{number:033}", now, now + grants.YEAR) for number in range(REVOKED))
    with contextlib.closing(sqlite3.connect(folder / "grantor.sqlite")) as database, database:
        database.executemany("INSERT INTO revocation (tenant, realm, kind, subject, revoked_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)", rows)
