"""A browser without a screen, for clients that only need a person at the other end.

Follows an authorization request over HTTP as a browser with scripts off would: keeps cookies, follows redirects and
meta refreshes, fills the sign-in form, answers the consent page, and stops at the client's redirect URI, which it never
fetches. It also refuses what a real browser drops silently: a form POST that ends at another origin.

    browser.py --url AUTHORIZATION_URL --until REDIRECT_URI --username NAME --password WORD
               [--decision allow|deny] [--cookies FILE] [--expect-no-page]

Prints the redirect URI with the response on it; exits 1 with the last page's text when it cannot get there.
"""

import argparse
import html.parser
import http.client
import json
import pathlib
import re
import sys
import urllib.parse

MAX_STEPS = 20


class Refused(Exception):
    """The flow did not reach the redirect URI."""


class Page(html.parser.HTMLParser):
    """The parts of a page that a person acts on: forms with their controls, the meta refresh, the text."""

    def __init__(self, markup):
        super().__init__()
        self.forms, self.refresh, self.text, self._form = [], None, [], None
        self.feed(markup)

    def handle_starttag(self, tag, attributes):
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._form = {"action": given.get("action", ""), "method": given.get("method", "get").lower(), "inputs": {}, "buttons": []}
            self.forms.append(self._form)
        elif tag == "input" and self._form is not None and given.get("name"):
            self._form["inputs"][given["name"]] = given.get("value", "")
        elif tag == "button" and self._form is not None and given.get("name"):
            self._form["buttons"].append((given["name"], given.get("value", "")))
        elif tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            match = re.fullmatch(r"\s*\d+\s*[;,]\s*url\s*=\s*['\"]?(.*?)['\"]?\s*", given.get("content", ""), re.I)
            self.refresh = match and match.group(1)

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None

    def handle_data(self, data):
        if data.strip():
            self.text.append(data.strip())


class Browser:
    """Cookies and one window. `cookies` survives from flow to flow: a second flow is single sign-on."""

    def __init__(self, cookies=None):
        self.cookies = cookies if cookies is not None else {}
        self.pages = []

    def authorize(self, url, until, username, password, decision="allow"):
        """Goes from `url` to `until` and returns the full URL that the client would have received."""
        method, body, no_referrer = "GET", None, False
        for _ in range(MAX_STEPS):
            if url.split("?")[0].split("#")[0] == until:
                return url
            status, headers, text = self._fetch(method, url, body, no_referrer)
            target = headers.get("location")
            if status in (301, 302, 303) and target:
                previous, url = url, urllib.parse.urljoin(url, target)
                if method == "POST" and origin(previous) != origin(url):
                    raise Refused(f"POST {previous} redirects to {origin(url)}: form-action 'self' makes browsers drop it")
                if method == "POST" and status != 303:
                    raise Refused(f"POST {previous} answered {status}: only 303 always turns a POST into a GET")
                method, body = "GET", None
                continue
            page = self._page(url, status, headers, text)
            no_referrer = headers.get("referrer-policy") == "no-referrer"
            if page.refresh:
                method, body, url = "GET", None, urllib.parse.urljoin(url, page.refresh)
                continue
            action, body = self._fill(page, url, username, password, decision)
            method, url = "POST", urllib.parse.urljoin(url, action)
        raise Refused(f"no end after {MAX_STEPS} steps; the last page was {url}")

    def _page(self, url, status, headers, text):
        """Every page on the way must be safe to show: HTML, never stored, under a policy that keeps forms at home."""
        page = Page(text)
        if status != 200:
            raise Refused(f"{url} answered {status}: {' '.join(page.text)[:600]}")
        policy = headers.get("content-security-policy", "")
        for header, holds in (
            ("Content-Type: text/html", headers.get("content-type", "").startswith("text/html")),
            ("Cache-Control: no-store", "no-store" in headers.get("cache-control", "")),
            ("form-action 'self'", "form-action 'self'" in policy),
            ("frame-ancestors 'none'", "frame-ancestors 'none'" in policy),
        ):
            if not holds:
                raise Refused(f"{url} is a page without {header}")
        self.pages.append(url)
        return page

    def _fill(self, page, url, username, password, decision):
        for form in page.forms:
            values = dict(form["inputs"])
            if "username" in values and "password" in values:
                values.update(username=username, password=password)
            elif ("decision", decision) in form["buttons"]:
                values["decision"] = decision
            else:
                continue
            if self.pages[-3:] == [url] * 3:
                break
            if form["method"] != "post" or "csrf" not in values:
                raise Refused(f"the form on {url} must be a POST that carries a csrf value")
            return form["action"], urllib.parse.urlencode(values)
        raise Refused(f"stuck on {url}: {' '.join(page.text)[:600]}")

    def _fetch(self, method, url, body, no_referrer):
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=30)
        headers = {"Accept": "text/html,application/xhtml+xml", "Accept-Language": "en", "User-Agent": "Mozilla/5.0 (interop)"}
        headers |= {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        cookies = self.cookies.get(parts.hostname, {})
        if cookies:
            headers["Cookie"] = "; ".join(f"{name}={c['value']}" for name, c in cookies.items() if parts.path.startswith(c["path"]))
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            # Chromium sends a null origin with a form POST from a page under no-referrer, even to its own origin.
            headers["Origin"] = "null" if no_referrer else origin(url)
            headers["Sec-Fetch-Site"] = "same-origin"
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        for line in response.headers.get_all("Set-Cookie") or []:
            self._keep(parts.hostname, line)
        text = response.read().decode()
        connection.close()
        return response.status, {k.lower(): v for k, v in response.headers.items()}, text

    def _keep(self, host, line):
        pair, *attributes = [part.strip() for part in line.split(";")]
        name, value = pair.split("=", 1)
        given = dict((a.split("=", 1) + [""])[:2] for a in attributes)
        given = {key.lower(): text for key, text in given.items()}
        if "httponly" not in given or "samesite" not in given:
            raise Refused(f"cookie {name} lacks HttpOnly or SameSite")
        if given.get("max-age") == "0" or value == "":
            self.cookies.get(host, {}).pop(name, None)
        else:
            self.cookies.setdefault(host, {})[name] = {"value": value, "path": given.get("path") or "/"}


def origin(url):
    """Scheme, host and port as a browser would send them."""
    parts = urllib.parse.urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def main():
    parser = argparse.ArgumentParser(description="Follows one authorization request to its redirect URI.")
    for name in ("url", "until", "username", "password"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--decision", choices=("allow", "deny"), default="allow")
    parser.add_argument("--cookies", type=pathlib.Path, help="a file that keeps the cookies from flow to flow")
    parser.add_argument("--expect-no-page", action="store_true", help="fail when any page was shown on the way")
    given = parser.parse_args()
    kept = given.cookies and given.cookies.exists()
    browser = Browser(json.loads(given.cookies.read_text()) if kept else None)
    try:
        callback = browser.authorize(given.url, given.until, given.username, given.password, given.decision)
        if given.expect_no_page and browser.pages:
            raise Refused(f"expected no page, but saw {browser.pages}")
    except Refused as refused:
        sys.exit(f"browser: {refused}")
    if given.cookies:
        given.cookies.write_text(json.dumps(browser.cookies))
    print(callback)


if __name__ == "__main__":
    main()
