"""A guest's browser without JavaScript: cookies, links, forms with what they hide, redirects followed.

Pages are read with patterns, not parsed: thirty-two readers of HTML would take the server's cores. Pictures, styles
and scripts are not fetched: a guest's browser has them after the first page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlencode, urljoin, urlsplit

from bench.load import Client

_COOKIE = re.compile(r"([^=;]+)=([^;]*)")
_FORM = re.compile(r'<form[^>]* id="([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)
_HIDDEN = re.compile(r'<input[^>]* type="hidden"[^>]*>')
_ATTRIBUTE = re.compile(r'(name|value|action)="([^"]*)"')
MOST_REDIRECTS = 10


@dataclass(frozen=True)
class Page:
    """A page as it arrived."""

    status: int
    path: str
    html: str
    is_html: bool

    @property
    def is_proper(self) -> bool:
        """Whether it is a whole page and no error of the server's."""
        return self.status < 500 and self.is_html and self.html.rstrip().endswith("</html>")

    def links(self, beginning: str) -> list[str]:
        """Addresses of the links that begin so, each once, in the page's order."""
        found = re.findall(rf'href="({re.escape(beginning)}[^"#]*)', self.html)
        return list(dict.fromkeys(unescape(address) for address in found))

    def form(self, name: str) -> tuple[str, dict[str, str]] | None:
        """Where a form leads and what it sends unseen; None where the page has no such form."""
        for found in _FORM.finditer(self.html):
            if found[1] == name:
                action = dict(_ATTRIBUTE.findall(found[0].partition(">")[0])).get("action", self.path)
                hidden = [dict(_ATTRIBUTE.findall(tag)) for tag in _HIDDEN.findall(found[2])]
                return unescape(action), {one["name"]: unescape(one.get("value", "")) for one in hidden}
        return None


class Browser:
    """One guest with a browser of their own, and an own address."""

    def __init__(self, url: str) -> None:
        self._client = Client(url)
        self._cookies: dict[str, str] = {}

    def open(self, path: str) -> Page:
        """The page at an address of the site."""
        return self._arrive("GET", path, None)

    def send(self, path: str, fields: Mapping[str, str]) -> Page:
        """The page that a form leads to."""
        return self._arrive("POST", path, urlencode(fields))

    def close(self) -> None:
        """Close the browser."""
        self._client.close()

    def _arrive(self, method: str, path: str, sent: str | None) -> Page:
        for _redirect in range(MOST_REDIRECTS):
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
            headers |= {"Accept": "text/html", "Accept-Language": "en"}
            if sent is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            answer, read = self._client.send(method, path, sent, headers)
            for cookie in answer.headers.get_all("Set-Cookie") or []:
                if found := _COOKIE.match(cookie):
                    self._cookies[found[1]] = found[2]
            place = answer.headers.get("Location")
            if place is None or answer.status not in {301, 302, 303, 307, 308}:
                return Page(
                    answer.status, path, read.decode(), answer.headers.get_content_type() == "text/html"
                )
            target = urlsplit(urljoin(path, place))
            method, path, sent = "GET", target._replace(scheme="", netloc="", fragment="").geturl(), None
        raise RuntimeError(f"redirected without end at {path}")
