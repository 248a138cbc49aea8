"""Grants with refresh tokens as rows, and the texts of their tokens: nothing of a token is stored, so it can be made from the key."""

import base64
import contextlib
import os
import pathlib
import sqlite3
import time

from applications import REALM, lookup_key, realm_mac

USER = "bench-user"
YEAR = 365 * 86_400_000


def make(folder, application, count):
    """The refresh tokens of `count` new grants of `application`; the server may run."""
    folder, now = pathlib.Path(folder), int(time.time() * 1000)
    # Closed at once: a copy of the files by this process would drop the locks of a connection that is left open.
    with contextlib.closing(sqlite3.connect(folder / "grantor.sqlite", timeout=20)) as database, database:
        key = lookup_key((folder / "master.key").read_text(), database)
        grants = [os.urandom(16) for _ in range(count)]
        for grant in grants:
            put(database, application, text(grant), now)
    return [refresh_token(key, grant) for grant in grants]


def put(database, application, grant, now):
    values = {
        "tenant": REALM[0], "realm": REALM[1], "id": grant, "client": application, "user": USER, "subject": USER,
        "scope": "api", "sid": "bench", "auth_time": now, "created_at": now, "issuer": "root", "amr": "pwd",
        "tokens_end_at": now, "refresh_ends_at": now + YEAR, "expires_at": now + YEAR, "rotated_at": now, "last_used_at": now,
    }  # fmt: skip
    columns, holes = ", ".join(values), ", ".join("?" * len(values))
    database.execute(f"INSERT INTO authorization_grant ({columns}) VALUES ({holes})", list(values.values()))


def refresh_token(key, grant, generation=0):
    told = generation.to_bytes(8, "big")
    mac = realm_mac(key, "refresh-token", grant, told)
    return "grt_" + text(grant + told + mac[:30])


def text(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
