#!/usr/bin/env -S python3 -B
"""Fills the disk under a server on SQLite, looks at what it answers, frees the space, and looks again.

    tests/long/disk_full.py [--write]

The data folder is on a tmpfs of 24 MB in a mount namespace of its own, which takes root; without, it says so and ends with 0.
While the disk is full a write has to answer 503 with Retry-After (or 200, and then it counts), key set, discovery and introspection go on;
afterwards writes work without a restart, every acknowledged revocation counts, before and after a restart, and SQLite finds nothing wrong
with its files. The binary is $GRANTOR_BIN, else target/debug/grantor. --write puts the table into docs/reliability.md.
"""
# covers: O-349

import http.client
import json
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("GRANTOR_BIN", str(ROOT / "target/debug/grantor"))
SECRET = "a-supplied-secret-a-supplied-secret-1"
REALM = f"""
tenant = 'default'
realm = 'main'
[[applications]]
id = 'm'
client_id = 'm'
display_name = 'M'
client_secrets = ['{SECRET}']
[applications.protocol_config]
type = 'oauth2'
confidentiality = 'confidential'
token_endpoint_auth_method = 'client_secret_post'
grant_types = ['client_credentials']
[[applications]]
id = 'p'
client_id = 'p'
display_name = 'P'
[applications.protocol_config]
type = 'oidc'
confidentiality = 'public'
token_endpoint_auth_method = 'none'
grant_types = ['authorization_code']
redirect_uris = ['https://p.test/cb']
"""
AUTHORIZE = "/authorize?" + urllib.parse.urlencode(
    {
        "response_type": "code",
        "client_id": "p",
        "redirect_uri": "https://p.test/cb",
        "scope": "openid",
        "state": "s",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
)
READS = ("/jwks", "/.well-known/openid-configuration")
# Writes that must be refused before it is believed that the disk is full for SQLite too, whose log has room left at first.
REFUSED = 200
# Writes that are tried at most.
TRIED = 20_000
# Seconds the server may take to write again.
HEALED = 5


class Wrong(Exception):
    """Not as it must be."""


class Server:
    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        settings = {"DATA__FOLDER": f"{folder}/data", "SERVER__LISTEN": f"127.0.0.1:{self.port}", "MANAGEMENT__LISTEN": "off"}
        self.environment = dict(os.environ) | {f"GRANTOR__{name}": value for name, value in settings.items()}
        # So many at once come from one address.
        limits = {"STORED_REQUESTS_PER_MINUTE": "100000", "INACTIVE_INTROSPECTIONS_PER_MINUTE": "100000"}
        self.environment |= {f"GRANTOR__LIMITS__{name}": value for name, value in limits.items()}
        self.environment |= {"GRANTOR__LOG__LEVEL": "error"}
        self.process = None

    def command(self, *arguments):
        return subprocess.run([BINARY, *arguments], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False)

    def start(self):
        self.process = subprocess.Popen([BINARY, "serve"], cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(600):
            try:
                return self.ask("GET", "/jwks")
            except OSError:
                time.sleep(0.05)
        raise Wrong("the server does not start")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(30) != 0:
            raise Wrong(f"the server ended with {self.process.returncode}")

    def ask(self, method, path, form=None):
        """Status, Retry-After and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        body = form and urllib.parse.urlencode({"client_id": "m", "client_secret": SECRET} | form)
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers.get("Retry-After"), text

    def token(self):
        status, _, text = self.ask("POST", "/token", {"grant_type": "client_credentials"})
        if status != 200:
            raise Wrong(f"no token: {status} {text}")
        return json.loads(text)["access_token"]

    def revoke(self, token):
        """Whether it was written."""
        return written("revoke", self.ask("POST", "/revoke", {"token": token}))

    def is_active(self, token):
        status, _, text = self.ask("POST", "/introspect", {"token": token})
        if status != 200:
            raise Wrong(f"introspection answers {status} {text}")
        return json.loads(text)["active"]


def written(name, answer):
    status, retry, text = answer
    if status == 503 and retry:
        return False
    if status in (200, 302, 303):
        return True
    raise Wrong(f"{name} answers {status}, Retry-After {retry}: {text}")


def fill(folder):
    """Takes every byte there is."""
    taken = 0
    with open(folder / "filler", "ab", buffering=0) as filler:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    taken += filler.write(b"\0" * size)
            except OSError:
                pass
    return taken


def check_reads(server, live, over):
    for path in READS:
        if (status := server.ask("GET", path)[0]) != 200:
            raise Wrong(f"{path} answers {status}")
    if not server.is_active(live):
        raise Wrong("a live token is not active")
    if over and server.is_active(over[-1]):
        raise Wrong("a revoked token is active")


def check_over(server, over):
    for token in over:
        if server.is_active(token):
            raise Wrong("an acknowledged revocation does not count")


def while_full(server, live, over):
    """What is answered until enough writes were refused; how many were written, and refused at either file."""
    done, refused, asked = 0, 0, 0
    for number in range(TRIED):
        token = server.token()
        if server.revoke(token):
            done += 1
            over.append(token)
        else:
            refused += 1
        if number % 10 == 0:
            check_reads(server, live, over)
        if not written("authorize", server.ask("GET", AUTHORIZE)):
            asked += 1
        if refused >= REFUSED and asked > 0:
            return done, refused, asked
    raise Wrong(f"of {TRIED} writes {refused} revocations and {asked} requests were refused")


def heal(server, over):
    began = time.monotonic()
    while time.monotonic() - began < HEALED:
        token = server.token()
        if server.revoke(token) and written("authorize", server.ask("GET", AUTHORIZE)):
            over.append(token)
            return time.monotonic() - began
    raise Wrong("it does not write again")


def integrity(folder):
    for file in sorted((folder / "data").glob("*.sqlite")):
        connection = sqlite3.connect(file)
        said = connection.execute("PRAGMA integrity_check").fetchall()
        connection.close()
        if said != [("ok",)]:
            raise Wrong(f"{file.name}: {said}")


def play(folder):
    server = Server(folder)
    (folder / "realm.toml").write_text(REALM)
    applied = server.command("apply", "-f", "realm.toml")
    if applied.returncode != 0:
        raise Wrong(applied.stderr)
    server.start()
    rows = []
    try:
        live, over = server.token(), []
        for _ in range(3):
            token = server.token()
            if not server.revoke(token) or not written("authorize", server.ask("GET", AUTHORIZE)):
                raise Wrong("it does not write while there is space")
            over.append(token)
            check_reads(server, live, over)
            taken = fill(folder)
            done, refused, asked = while_full(server, live, over)
            (folder / "filler").unlink()
            healed = heal(server, over)
            check_over(server, over)
            rows.append((f"{taken / 1e6:.1f} MB", done, refused, asked, f"{healed * 1000:.0f} ms"))
        server.stop()
        integrity(folder)
        server.start()
        check_reads(server, live, over)
        check_over(server, over)
        server.stop()
    finally:
        server.process.kill()
    return rows, len(over)


def table(rows, over):
    lines = ["| filled with | revocations written all the same | refused with 503 | sign-ins refused | writes again after |", "| --- | --- | --- | --- | --- |"]
    lines += ["| " + " | ".join(str(value) for value in row) + " |" for row in rows]
    lines += ["", f"All {over} acknowledged revocations counted, also after a restart; `PRAGMA integrity_check` said ok of both files."]
    return "\n".join(lines)


def keep(text):
    page = ROOT / "docs/reliability.md"
    before, rest = page.read_text().split("<!-- disk-full -->")
    after = rest.split("<!-- /disk-full -->")[1]
    page.write_text(f"{before}<!-- disk-full -->\n\n{text}\n\n<!-- /disk-full -->{after}")


def main():
    if "--mounted" not in sys.argv:
        allowed = subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False)
        if allowed.returncode != 0:
            print(f"left out: no mount of its own: {allowed.stderr.decode().strip()}")
            return 0
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, "-B", __file__, "--mounted", *sys.argv[1:]])
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", name], check=True)
        try:
            text = table(*play(folder))
        except Wrong as wrong:
            print(f"wrong: {wrong}")
            return 1
        finally:
            subprocess.run(["umount", "-l", name], check=False)
    print(text)
    if "--write" in sys.argv:
        keep(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
