"""The proxies that replicas stand behind: every request goes to a random replica, whoever sends it."""

import contextlib
import os
import shutil
import socket
import subprocess

import proxy

HAPROXY = """
defaults
    mode http
    timeout connect 1s
    timeout client 40s
    timeout server 40s
    # A request that reached nobody goes to another replica; what was sent is sent once.
    retries 3
    retry-on conn-failure
    option redispatch 1
    option forwardfor
frontend all
    bind 127.0.0.1:{port}
    http-request del-header X-Forwarded-For
    default_backend replicas
backend replicas
    balance random
    http-reuse safe
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def nginx(folder, upstreams, port):
    """docker/nginx.conf, over plain http on the loopback, and without turns."""

    def changed(text):
        text = proxy.plain_too(text, port).replace("worker_connections 4096;", "worker_connections 900;")
        return text.replace("zone grantor 128k;", "zone grantor 128k;\n        random;")

    place = folder / "nginx"
    place.mkdir()
    return proxy.serving(place, upstreams, free_port(), port, changed)


@contextlib.contextmanager
def haproxy(folder, upstreams, port):
    """The same promises from another proxy."""
    path = folder / "haproxy.cfg"
    servers = "".join(f"    server s{n} {address} check inter 500ms fall 2 rise 1\n" for n, address in enumerate(upstreams))
    path.write_text(HAPROXY.format(port=port) + servers)
    program = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
    with subprocess.Popen([program, "-db", "-f", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            proxy.wait_for(port)
            yield process
        finally:
            process.terminate()


PROXIES = {"nginx": nginx, "haproxy": haproxy}
