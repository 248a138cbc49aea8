"""Many applications at once, as rows: copies of one that `apply` made, each with a secret of its own that is known here.

A client secret is stored as an HMAC under a data key, and the data key sealed under the master key, so the rows need both
opened: the same steps as `MasterKey` and `MacKey` of crates/jose. It is checked on a row that grantor wrote itself.
"""

import base64
import contextlib
import hashlib
import hmac
import pathlib
import random
import sqlite3
import subprocess

from cells import SECRET

MODEL = "bench-es256"
REALM = ("default", "main")


def names(count):
    return [f"made-{number:06}" for number in range(count)]


def insert(folder, count):
    """Adds `names(count)` to the database of a server that does not run."""
    folder = pathlib.Path(folder)
    with contextlib.closing(sqlite3.connect(folder / "grantor.sqlite")) as database, database:
        key = lookup_key((folder / "master.key").read_text(), database)
        model = row(database, "client", "id")
        secret = row(database, "client_secret", "client")
        if secret["mac"] != secret_mac(key, MODEL):
            raise SystemExit("the way client secrets are stored has changed; mend tests/bench/applications.py")
        for name in names(count):
            put(database, "client", {**model, "id": name, "client_id": name})
            put(database, "client_secret", {**secret, "id": name, "client": name, "mac": secret_mac(key, name)})
        total = database.execute("SELECT count(*) FROM client").fetchone()[0]
        database.execute("ANALYZE")
    return total


def row(database, table, column):
    cursor = database.execute(f"SELECT * FROM {table} WHERE tenant = ? AND realm = ? AND {column} = ?", (*REALM, MODEL))
    return dict(zip([c[0] for c in cursor.description], cursor.fetchone(), strict=True))


def put(database, table, values):
    columns, holes = ", ".join(values), ", ".join("?" * len(values))
    database.execute(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({holes})", list(values.values()))


def lookup_key(master_text, database):
    master = base64.urlsafe_b64decode(master_text.strip() + "=")
    sealed = database.execute("SELECT sealed FROM data_key WHERE purpose = 'lookup'").fetchone()[0]
    sealing = hmac.digest(master, b"\x01grantor master key sealing", "sha256")
    nonce, ciphertext = sealed[7:19], sealed[19:-16]
    # GCM without its tag is counter mode that starts at 2 (NIST SP 800-38D section 7.2).
    command = ["openssl", "enc", "-d", "-aes-256-ctr", "-K", sealing.hex(), "-iv", (nonce + b"\0\0\0\2").hex()]
    return subprocess.run(command, input=ciphertext, stdout=subprocess.PIPE, check=True).stdout


def secret_mac(key, client):
    return realm_mac(key, "client-secret", client.encode(), SECRET.encode())


def realm_mac(key, purpose, *parts):
    """`Keys::mac` of crates/flows: the purpose, the realm, the parts, each with its length before it."""
    parts = [purpose.encode(), *(part.encode() for part in REALM), *parts]
    message = b"\0" + b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return hmac.new(key, message, hashlib.sha256).digest()


def drawn(count, of, seed=1):
    """`count` of the names, drawn with a fixed seed."""
    return random.Random(seed).sample(names(of), count)
