"""A grantor on a data folder that did not exist, and its Configuration API."""

import base64
import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
START_SECONDS = 30
STOP_SECONDS = 40
MANAGEMENT = "management-api"
ADMIN = "/v1/tenants/default/realms/admin"
MAIN = "/v1/tenants/default/realms/main"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def binary():
    """$GRANTOR_BIN, else what `cargo build --release` has built."""
    built = pathlib.Path(os.environ.get("GRANTOR_BIN", HERE / "../../target/release/grantor")).resolve()
    if not built.exists():
        sys.exit(f"{built} does not exist: build it (cargo build --release) or set GRANTOR_BIN")
    return built


class Server:
    """One on a free port of the loopback with all it writes in `folder`; runs while it is entered."""

    def __init__(self, folder, issuer=None):
        self.folder, self.issuer = folder, issuer or f"http://127.0.0.1:{free_port()}"
        self.log = folder / "server.log"
        self.environment = os.environ | {
            "GRANTOR__SERVER__LISTEN": self.issuer.removeprefix("http://"),
            "GRANTOR__SERVER__PUBLIC_URL": self.issuer,
            "GRANTOR__MANAGEMENT__LISTEN": "off",
            "GRANTOR__DATA__FOLDER": str(folder / "data"),
            "GRANTOR__LOG__FORMAT": "json",
        }

    def command(self, *arguments):
        """What a command of the binary prints."""
        done = subprocess.run(
            [binary(), *arguments], cwd=self.folder, env=self.environment, capture_output=True, text=True
        )
        if done.returncode:
            sys.exit(f"grantor {' '.join(map(str, arguments))} failed:\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def __enter__(self):
        with self.log.open("w") as sink:
            self.process = subprocess.Popen(
                [binary(), "serve"], cwd=self.folder, env=self.environment, stdout=sink, stderr=subprocess.STDOUT
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self.process.kill()
            raise
        return self

    def __exit__(self, failed, *_):
        """Stops it, and looks at its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            sys.exit(f"the server did not stop on SIGTERM:\n{self._tail()}")
        if self.process.returncode and not failed:
            sys.exit(f"the server ended with {self.process.returncode}:\n{self._tail()}")

    def _wait_until_ready(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError):
                address = f"{self.issuer}/.well-known/openid-configuration"
                with urllib.request.urlopen(address, timeout=5) as answer:
                    if json.load(answer)["issuer"] == self.issuer:
                        return
            time.sleep(0.05)
        sys.exit(f"the server did not answer as {self.issuer}:\n{self._tail()}")

    def _tail(self):
        return self.log.read_text()[-4000:]

    def management_secret(self):
        """A new secret of the management application."""
        return self.command("client", "rotate-secret", MANAGEMENT, "--realm", "admin", "--print-secret")


class Api:
    """The Configuration API with a token of all scopes."""

    def __init__(self, issuer, secret):
        self.issuer = issuer
        self.token = token(issuer + ADMIN, MANAGEMENT, secret)["access_token"]

    def __call__(self, method, path, body=None):
        """The answer of a request that must succeed; `path` below the realm `main` unless it begins with /v1."""
        path = path if path.startswith("/v1/") else MAIN + path
        headers = {"Authorization": f"Bearer {self.token}"}
        if body is None:
            return send(method, self.issuer + path, headers)
        return send(method, self.issuer + path, headers | {"Content-Type": "application/json"}, json.dumps(body).encode())


def token(prefix, client_id, secret):
    """A token of client_credentials."""
    return form(f"{prefix}/token", client_id, secret, grant_type="client_credentials")


def form(url, client_id, secret, **fields):
    """A form POST with a client's credentials in the header."""
    credentials = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/x-www-form-urlencoded"}
    return send("POST", url, headers, urllib.parse.urlencode(fields).encode())


def send(method, url, headers, body=None):
    request = urllib.request.Request(url, body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
    except urllib.error.HTTPError as refused:
        sys.exit(f"{method} {url}: {refused.code} {refused.read().decode()[:1000]}")
    return json.loads(text) if text else None
