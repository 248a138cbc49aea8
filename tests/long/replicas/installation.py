"""Replicas of one installation as processes, their stores and the proxy in front of them; all of it on the loopback."""

import contextlib
import os
import pathlib
import signal
import subprocess
import tempfile
import time

import proxies
from wire import BROKEN, Unexpected, ask

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
SERVICES = ROOT / "tests" / "services"
DISCOVERY = "/.well-known/openid-configuration"
START_SECONDS = 60
STOP_SECONDS = 40


def binary():
    """$GRANTOR_BIN, else what `cargo build --release` has built."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    built = pathlib.Path(os.environ.get("GRANTOR_BIN", target / "release" / "grantor")).resolve()
    if not built.exists():
        raise SystemExit(f"{built} does not exist: build it (cargo build --release) or set GRANTOR_BIN")
    return built


class Stores:
    """PostgreSQL and Redis of the run, or one data folder that the replicas share."""

    def __init__(self, folder, database, redis):
        self.folder, self.database, self.redis = folder / "services", database, redis
        self.settings = {}

    def __enter__(self):
        if self.database == "postgres" or self.redis:
            subprocess.run([SERVICES, "--durable", "start", self.folder], check=True)
            lines = (self.folder / "environment").read_text().splitlines()
            given = dict(line.removeprefix("export ").split("=", 1) for line in lines)
            if self.database == "postgres":
                self.settings["GRANTOR__DATABASE__URL"] = given["GRANTOR_TEST_POSTGRES"].strip("'")
            if self.redis:
                self.settings["GRANTOR__REDIS__URL"] = given["GRANTOR_TEST_REDIS"].strip("'")
        return self

    def __exit__(self, *_):
        if self.folder.exists():
            subprocess.run([SERVICES, "stop", self.folder], check=True)

    def do(self, action, *more):
        """An action of tests/services on one of the stores, such as stop-redis."""
        subprocess.run([SERVICES, action, self.folder, *more], check=True)


class Replica:
    """One process, started as often as it is killed."""

    def __init__(self, name, folder, settings, managed):
        self.name, self.port, self.log, self.process = name, proxies.free_port(), folder / f"{name}.log", None
        self.environment = os.environ | settings | {"GRANTOR__SERVER__LISTEN": f"127.0.0.1:{self.port}"}
        self.managed = proxies.free_port() if managed else None
        if managed:
            self.environment["GRANTOR__MANAGEMENT__LISTEN"] = f"127.0.0.1:{self.managed}"
        if "GRANTOR__DATA__FOLDER" not in settings:
            self.environment["GRANTOR__DATA__FOLDER"] = str(folder / f"{name}.data")

    def command(self, *arguments):
        """What a command of the binary prints."""
        done = subprocess.run([binary(), *arguments], env=self.environment, capture_output=True, text=True, cwd=self.log.parent)
        if done.returncode:
            raise SystemExit(f"grantor {' '.join(map(str, arguments))} failed:\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def start(self):
        with self.log.open("a") as sink:
            self.process = subprocess.Popen(
                [binary(), "serve"], env=self.environment, stdout=sink, stderr=subprocess.STDOUT, cwd=self.log.parent
            )

    def wait_until_ready(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(*BROKEN):
                port, path = (self.managed, "/readyz") if self.managed else (self.port, DISCOVERY)
                if ask(port, "GET", path, timeout=2).status == 200:
                    return
            time.sleep(0.02)
        raise SystemExit(f"{self.name} does not get ready:\n{self.log.read_text()[-3000:]}")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Ends it in order; whether it ended well."""
        if self.process is None or self.process.poll() is not None:
            return True
        self.process.terminate()
        try:
            return self.process.wait(STOP_SECONDS) == 0
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return False


class Installation:
    """`port` and `base` are the proxy's; `replicas` can be asked directly at their own ports."""

    def __init__(self, folder, stores, count, proxy):
        self.folder, self.stores, self.port = folder, stores, proxies.free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        settings = stores.settings | self._settings()
        if stores.database == "sqlite":
            settings["GRANTOR__DATA__FOLDER"] = str(folder / "data")
        # A listener for operators each, where the binary has one.
        managed = "[management]" in subprocess.run([binary(), "config", "dump"], capture_output=True, text=True, check=True, cwd=folder).stdout
        self.replicas = [Replica(f"replica-{n + 1}", folder, settings, managed) for n in range(count)]
        self.proxy = proxies.PROXIES[proxy](folder, [f"127.0.0.1:{replica.port}" for replica in self.replicas], self.port)

    def _settings(self):
        key = self.folder / "master_key"
        made = subprocess.run(["openssl", "rand", "-base64", "32"], capture_output=True, text=True, check=True).stdout
        with open(os.open(key, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(made)
        # Everybody here comes from one address, and codes are kept in stock.
        return {
            "GRANTOR__SECRETS__MASTER_KEY_FILE": str(key), "GRANTOR__SERVER__PUBLIC_URL": self.base,
            "GRANTOR__SERVER__TRUSTED_PROXIES": "127.0.0.1", "GRANTOR__LOG__FORMAT": "json",
            "GRANTOR__LIMITS__STORED_REQUESTS_PER_MINUTE": "1000000", "GRANTOR__TOKENS__CODE_SECONDS": "600",
            "GRANTOR__LIMITS__INACTIVE_INTROSPECTIONS_PER_MINUTE": "1000000",
        }  # fmt: skip

    def __enter__(self):
        first = self.replicas[0]
        first.command("migrate")
        first.command("apply", "-f", HERE / "realm.toml")
        self.management_secret = first.command("client", "rotate-secret", "management-api", "--realm", "admin", "--print-secret")
        try:
            for replica in self.replicas:
                replica.start()
            for replica in self.replicas:
                replica.wait_until_ready()
            self.proxy.__enter__()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, failed, *_):
        self.proxy.__exit__(None, None, None)
        ended = self._stop()
        panics = [line for replica in self.replicas for line in replica.log.read_text().splitlines() if "panicked at" in line]
        if not failed and not all(ended):
            raise Unexpected("a replica did not end in order")
        if not failed and panics:
            raise Unexpected(f"a replica panicked: {panics[0]}")

    def _stop(self):
        return [replica.stop() for replica in self.replicas]


@contextlib.contextmanager
def running(given):
    """An installation as the command line asks for it."""
    with tempfile.TemporaryDirectory(prefix="grantor-replicas-") as name:
        folder = pathlib.Path(name)
        # Passed through by the user of PostgreSQL and Redis.
        folder.chmod(0o711)
        with Stores(folder, given.database, given.redis) as stores, Installation(folder, stores, given.replicas, given.proxy) as site:
            yield site
