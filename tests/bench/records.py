"""Records by the million, as rows: copies of what `apply` made, with ids, names and times of their own."""

import base64
import contextlib
import pathlib
import random
import sqlite3
import time
from dataclasses import dataclass

import applications
from applications import REALM

SPAN = 200 * 86_400_000  # the records were made in that many milliseconds before now
FIRST = ("Ada", "Bo", "Carla", "Dmitri", "Eun", "Farid", "Grace", "Hana", "Ivo", "Juno")
LAST = ("Abara", "Berg", "Chen", "Duarte", "Eriksen", "Fofana", "Gruber", "Haddad", "Ito", "Jansen")


@dataclass
class Known:
    """What a search can ask for, and how many there are; `few` of them are disabled."""

    application: dict
    user: dict
    event: dict
    few: int


def insert(folder, few, applications_count, users, events):
    """Adds them to the database of a server that does not run, every index made anew in the end."""
    draw, now = random.Random(1), int(time.time() * 1000)
    with contextlib.closing(sqlite3.connect(pathlib.Path(folder) / "grantor.sqlite")) as database:
        database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -300000")
        # A log begins with its realm: the realm is as old as the first event.
        database.execute("UPDATE realm SET created_at = ?", (now - SPAN,))
        database.commit()
        with database, without_indexes(database):
            made = [
                put(database, "client", clients(database, draw, now, (applications_count, few))),
                put(database, "user", people(database, draw, now, (users, few))),
                put(database, "event", told(draw, now, events)),
            ]
        database.execute("PRAGMA journal_mode = WAL")
    return Known(*made, few)


def put(database, table, rows):
    """Inserts dictionaries with the same members; one from the middle is what searches look for."""
    first = next(rows)
    columns, holes = ", ".join(f'"{name}"' for name in first), ", ".join("?" * len(first))
    kept = [first]

    def values():
        yield tuple(first.values())
        for number, row in enumerate(rows):
            if number % 5000 == 4321:
                kept.append(row)
            yield tuple(row.values())

    database.executemany(f'INSERT INTO "{table}" ({columns}) VALUES ({holes})', values())
    return kept[len(kept) // 2]


@contextlib.contextmanager
def without_indexes(database):
    """To make an index of a full table is many times faster than to grow it row by row in no order."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOTNULL AND tbl_name IN ('client', 'user', 'event')"
    indexes = database.execute(query).fetchall()
    for name, _ in indexes:
        database.execute(f'DROP INDEX "{name}"')
    yield
    for _, sql in indexes:
        database.execute(sql)


def new_id(draw):
    return base64.urlsafe_b64encode(draw.randbytes(16)).decode().rstrip("=")


def time_in(draw, now):
    return now - draw.randrange(SPAN)


def disabled(draw, count, few):
    return set(draw.sample(range(count), few))


def clients(database, draw, now, counts):
    model = applications.row(database, "client", "id")
    off = disabled(draw, *counts)
    for number in range(counts[0]):
        at = time_in(draw, now)
        yield {
            **model, "id": new_id(draw), "client_id": new_id(draw), "display_name": f"{draw.choice(LAST)} {number}",
            "enabled": number not in off, "created_at": at, "updated_at": at,
        }  # fmt: skip


def people(database, draw, now, counts):
    cursor = database.execute('SELECT * FROM "user" WHERE tenant = ? AND realm = ? LIMIT 1', REALM)
    model = dict(zip([c[0] for c in cursor.description], cursor.fetchone(), strict=True))
    off = disabled(draw, *counts)
    for number in range(counts[0]):
        at, name = time_in(draw, now), f"{draw.choice(FIRST)}.{draw.choice(LAST)}.{number}"
        email = f"{name}@example.test"
        yield {
            **model, "id": new_id(draw), "username": name, "username_key": name.lower(), "email": email,
            "email_key": email.lower(), "enabled": number not in off, "created_at": at, "updated_at": at,
        }  # fmt: skip


def told(draw, now, count):
    """Tokens mostly, in the order of time as a log has them; each by one of many people."""
    actors = [new_id(draw) for _ in range(max(1, count // 50))]
    clients_of = [new_id(draw) for _ in range(200)]
    for number in range(count):
        actor, kind = draw.choice(actors), draw.choices(("token.issued", "token.refused", "user.updated"), (90, 9, 1))[0]
        yield {
            "tenant": REALM[0], "realm": REALM[1], "kind": kind, "client": draw.choice(clients_of), "user": actor,
            "address": f"192.0.2.{draw.randrange(255)}", "detail": "", "at": now - SPAN + SPAN * number // count,
            "actor_kind": "identity", "actor": actor, "actor_name": actor[:8], "target_kind": "identity", "target": draw.choice(actors),
            "target_name": "somebody", "request_id": new_id(draw),
        }  # fmt: skip
