"""nginx.conf of this folder as a process on the loopback, in front of servers that run already."""

import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
START_SECONDS = 10


def program(name):
    """Debian keeps them out of the PATH of users."""
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")


def certificate(folder):
    """A certificate for the loopback that nobody vouches for, at the names the configuration asks for."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", folder / "tls_key", "-out", folder / "tls_certificate"],
        check=True, capture_output=True,
    )  # fmt: skip


def configuration(folder, upstreams, plain, tls):
    """The configuration with its addresses, ports and paths changed, and nothing else."""
    text = (HERE / "nginx.conf").read_text()
    servers = re.findall(r"server replica-\d:8080 (.*);", text)
    lines = "\n".join(f"        server {address} {servers[0]};" for address in upstreams)
    text = re.sub(r"(        server replica-\d:8080 .*;\n)+", lines + "\n", text)
    for before, after in (
        ("/run/nginx/", f"{folder}/"),
        ("/run/secrets/", f"{folder}/"),
        ("/dev/stderr", f"{folder}/error.log"),
        ("/dev/stdout", f"{folder}/access.log"),
        ("listen 8080;", f"listen 127.0.0.1:{plain};"),
        ("listen 8443 ssl http2;", f"listen 127.0.0.1:{tls} ssl http2;"),
        ("worker_processes auto;", "worker_processes 1;\ndaemon off;\nmaster_process off;"),
    ):
        if before not in text:
            raise SystemExit(f"nginx.conf has no {before!r}")
        text = text.replace(before, after)
    return text


def plain_too(text, tls):
    """Scripts that speak plain http on the loopback are served as those who speak TLS."""
    return text.replace(f"listen 127.0.0.1:{tls} ssl http2;", f"listen 127.0.0.1:{tls};")


@contextlib.contextmanager
def serving(folder, upstreams, plain, tls, change=lambda text: text):
    """nginx with files in `folder`; it is stopped on the way out."""
    certificate(folder)
    path = folder / "nginx.conf"
    path.write_text(change(configuration(folder, upstreams, plain, tls)))
    command = [program("nginx"), "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(path)]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True)
    if checked.returncode:
        raise SystemExit(f"nginx -t: {checked.stderr}")
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(tls)
            yield process
        finally:
            process.terminate()


def wait_for(port):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise SystemExit("nginx does not listen")
