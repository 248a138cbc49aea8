"""Verifiers that keep a key set for its max-age and verify offline, and the load that gives them tokens.

The cryptography is Python's `cryptography` (OpenSSL), reading of tokens and key sets is done here: nothing of the server's.
"""

import base64
import http.client
import json
import queue
import re
import threading
import time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

CLIENTS = 4
LATE_ONE_IN = 20
LATE_SECONDS = 3


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(text):
    return int.from_bytes(decoded(text), "big")


def key_of(jwk):
    """RFC 7518 sections 6.2 and 6.3; None for a kind this verifier has no use for."""
    if jwk["alg"] == "RS256":
        return rsa.RSAPublicNumbers(number(jwk["e"]), number(jwk["n"])).public_key()
    if jwk["alg"] == "ES256":
        return ec.EllipticCurvePublicNumbers(number(jwk["x"]), number(jwk["y"]), ec.SECP256R1()).public_key()
    return None


class Verifier:
    """Fetches the key set when what it has is older than its max-age, and never for a kid it does not know."""

    def __init__(self, port, age):
        self.port, self.keys, self.failures = port, {}, []
        self.fetched = self.verified = self.late = 0
        self.waiting, self.later = queue.Queue(), []
        self.fetch()
        # As if it had been fetched `age` seconds ago, so that no two fetch in the same second.
        self.expires -= age
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def fetch(self):
        begin = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("GET", "/jwks")
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise ValueError(f"/jwks: {answer.status}")
        self.expires = begin + int(re.search(r"max-age=(\d+)", answer.getheader("Cache-Control"))[1])
        self.keys = {jwk["kid"]: (jwk["alg"], key_of(jwk)) for jwk in json.loads(body)["keys"]}
        self.fetched += 1
        connection.close()

    def published(self):
        return self.keys

    def take(self, token, again):
        self.waiting.put((token, again))

    def work(self):
        while (item := self.next_item()) is not None:
            token, again = item
            try:
                claims = self.verify(token)
            except Exception as error:  # every reason is one to be counted
                self.failures.append(f"{type(error).__name__}: {error}")
                continue
            if again is None:
                self.late += 1
                continue
            self.verified += 1
            if again:
                self.later.append((claims["exp"] - LATE_SECONDS, token))

    def next_item(self):
        """A token whose end is near, else a fresh one; None when all is done."""
        while True:
            if self.later and self.later[0][0] <= time.time():
                return self.later.pop(0)[1], None
            try:
                return self.waiting.get(timeout=0.5)
            except queue.Empty:
                continue

    def verify(self, token):
        if time.monotonic() >= self.expires:
            self.fetch()
        signed, signature = token.rsplit(".", 1)
        head, payload = (json.loads(decoded(part)) for part in signed.split("."))
        if payload["exp"] <= time.time():
            raise ValueError("the token has expired before it was looked at")
        alg, key = self.keys[head["kid"]]
        if alg != head["alg"]:
            raise ValueError(f"{head['kid']} is for {alg}")
        signature, signed = decoded(signature), signed.encode()
        try:
            if alg == "RS256":
                key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
            else:
                r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
                key.verify(utils.encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            raise ValueError(f"the signature does not verify under {head['kid']}") from None
        return payload

    def stop(self):
        """Ends once every token was looked at; what waits for its own end is left out."""
        self.waiting.put(None)
        self.thread.join(60)
        return self.failures + (["a verifier did not come to its end"] if self.thread.is_alive() else [])


class Load:
    """A few clients that fetch tokens at a steady rate over connections they keep."""

    def __init__(self, port, forms, rate, verifiers):
        self.port, self.forms, self.pause, self.verifiers = port, forms, CLIENTS / rate, verifiers
        self.issued, self.kids, self.failures = 0, set(), []
        self.lock, self.ending = threading.Lock(), threading.Event()
        self.threads = [threading.Thread(target=self.work, args=(n,), daemon=True) for n in range(CLIENTS)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def work(self, client):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        due, count = time.monotonic(), client
        while not self.ending.is_set():
            count += 1
            try:
                connection.request("POST", "/token", self.forms[count % len(self.forms)], headers)
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 200:
                    raise ValueError(f"/token: {answer.status} {body[:200]}")
                self.deliver(json.loads(body)["access_token"], count)
            except Exception as error:  # every reason is one to be counted
                self.failures.append(f"{type(error).__name__}: {error}")
                connection.close()
            due += self.pause
            self.ending.wait(max(0, due - time.monotonic()))

    def deliver(self, token, count):
        kid = json.loads(decoded(token.split(".", 1)[0]))["kid"]
        with self.lock:
            self.issued += 1
            self.kids.add(kid)
        for verifier in self.verifiers:
            verifier.take(token, count % LATE_ONE_IN == 0)

    def stop(self):
        self.ending.set()
        for thread in self.threads:
            thread.join(30)
        return self.failures
