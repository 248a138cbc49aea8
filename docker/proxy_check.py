"""What nginx.conf promises, against two upstreams that note what reaches them and misbehave when they are told to."""

import contextlib
import http.client
import http.server
import pathlib
import socket
import ssl
import tempfile
import threading

import proxy

SENT = {
    "X-Forwarded-For": "192.0.2.1, 127.0.0.1", "X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "evil.example",
    "X-Real-IP": "192.0.2.1", "Forwarded": "for=192.0.2.1;proto=gopher",
}  # fmt: skip


class Upstream(http.server.ThreadingHTTPServer):
    """Answers 200 with its port. On /break it hangs up after reading the request, on /busy it says 503."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.port, self.seen, self.lock = self.server_address[1], [], threading.Lock()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def end(self):
        self.shutdown()
        self.server_close()


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.server.lock:
            self.server.seen.append((self.command, self.path, dict(self.headers.items()), body, self.connection.getpeername()[1]))
        if self.path == "/break":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        text = str(self.server.port).encode()
        self.send_response(503 if self.path == "/busy" else 200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = handle_any

    def log_message(self, *_):
        """Says nothing."""


def ask(port, method, path, headers=None, body=None):
    context = ssl._create_unverified_context()
    with contextlib.closing(http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=context)) as connection:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers


def holds(what, fact):
    if not fact:
        raise SystemExit(f"nginx.conf: {what}")


def check(plain, tls, upstreams):
    def seen(path):
        return [request for upstream in upstreams for request in upstream.seen if request[1] == path]

    ask(tls, "GET", "/headers", SENT)
    [(_, _, headers, _, _)] = seen("/headers")
    holds("X-Forwarded-For is what a client says", headers.get("X-Forwarded-For") == "127.0.0.1")
    holds("X-Forwarded-Proto is what a client says", headers.get("X-Forwarded-Proto") == "https")
    holds("a header of a client gets through", not {"X-Forwarded-Host", "X-Real-IP", "Forwarded"} & set(headers))
    holds("Host gets lost", headers.get("Host") == "127.0.0.1")

    holds("the replicas are not used in turn", len({ask(tls, "GET", "/turn")[1] for _ in range(8)}) == 2)
    sources = {request[4] for request in seen("/turn")}
    holds("connections to the replicas are not kept", len(sources) <= 4)

    holds("a broken POST is no 502", ask(tls, "POST", "/break", body=b"once")[0] == 502)
    holds("a POST was sent twice", len(seen("/break")) == 1)
    for upstream in upstreams:
        upstream.seen.clear()
    ask(tls, "GET", "/break")
    holds("a GET whose connection broke is not tried elsewhere", all(upstream.seen for upstream in upstreams))
    holds("a 503 is not passed on", ask(tls, "POST", "/busy", body=b"x")[0] == 503 and len(seen("/busy")) == 1)

    # covers: O-206
    status, _, headers = redirected(plain)
    holds("plain http is served", status == 308 and headers["Location"].startswith("https://") and "Set-Cookie" not in headers)
    upstreams[0].end()
    answers = [ask(tls, "POST", "/down", body=b"x")[:2] for _ in range(10)]
    holds("a POST fails while one replica cannot be reached", set(answers) == {(200, str(upstreams[1].port))})


def redirected(port):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("GET", "/authorize?x=1")
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main():
    upstreams = [Upstream(), Upstream()]
    plain, tls = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="grantor-proxy-") as folder:
        addresses = [f"127.0.0.1:{upstream.port}" for upstream in upstreams]
        with proxy.serving(pathlib.Path(folder), addresses, plain, tls):
            check(plain, tls, upstreams)


if __name__ == "__main__":
    main()
