"""The two release binaries: built alike, and served on loopback."""

import os
import pathlib
import shutil
import subprocess

from processes import Process, free_port

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
READY = "/.well-known/openid-configuration"


def binaries(build):
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    if build:
        cargo = ["cargo", "build", "--release", "--locked"]
        release_binary()
        environment = {**os.environ, "CARGO_TARGET_DIR": str(target)}
        subprocess.run(cargo, cwd=HERE / "bound", check=True, env=environment)
    named = {"GRANTOR_BIN": "grantor", "BOUND_BIN": "grantor-bound"}
    return [pathlib.Path(os.environ.get(k, target / "release" / name)).resolve() for k, name in named.items()]


def release_binary():
    """Builds the server."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    cargo = ["cargo", "build", "--release", "--locked", "--package", "grantor-server"]
    subprocess.run(cargo, cwd=ROOT, check=True)
    return target / "release" / "grantor"


def server_binary(build):
    """The server alone."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    built = release_binary() if build else target / "release" / "grantor"
    return pathlib.Path(os.environ.get("GRANTOR_BIN", built)).resolve()


class Grantor:
    """The binary on one data folder, run many times; its log stays beside the data."""

    def __init__(self, binary, folder, name="data"):
        self.binary, self.folder, self.data = binary, folder, folder / name
        self.base = {"GRANTOR__DATA__FOLDER": str(self.data), "GRANTOR__LOG__LEVEL": "warn"}
        # Several run beside each other.
        self.base["GRANTOR__MANAGEMENT__LISTEN"] = "off"

    def command(self, *arguments, quiet=False):
        environment = {**os.environ, **self.base}
        out = subprocess.DEVNULL if quiet else None
        subprocess.run([self.binary, *arguments], cwd=self.folder, env=environment, check=True, stdout=out)

    def output(self, *arguments):
        """What a command prints."""
        environment = {**os.environ, **self.base}
        done = subprocess.run([self.binary, *arguments], cwd=self.folder, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout.strip()

    def copy(self, name):
        """Another one, on a copy of the data as it stands."""
        shutil.copytree(self.data, self.folder / name)
        return Grantor(self.binary, self.folder, name)

    def serve(self, workers=1, cpu=0, under=()):
        """Serves; one worker on one core for comparisons, every default with `workers=0` and no core."""
        port = free_port()
        environment = {**self.base, "GRANTOR__SERVER__LISTEN": f"127.0.0.1:{port}"}
        environment |= {"GRANTOR__SERVER__WORKERS": str(workers)}
        return Process([*under, self.binary, "serve"], port, READY, cpu, environment, self.folder / "log")


def serve_bound(binary, cpu=0, under=(), data=None):
    """With the data folder of a server it writes there; the server does not run meanwhile."""
    port = free_port()
    return Process([*under, binary, f"127.0.0.1:{port}", *([data] if data else [])], port, "/hello", cpu)
