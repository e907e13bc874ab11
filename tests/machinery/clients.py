"""Two ways to knock at the door from a test: Flask's client, made strict, and a visitor who has no JavaScript."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import has_app_context
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

REDIRECTS, MOST_REDIRECTS = {301, 302, 303, 307, 308}, 10


class OutsideClient(FlaskClient):
    """A request comes from outside: a test that holds an app context would lend the view its session and its `g`."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        if has_app_context():
            raise RuntimeError(
                "leave `with app.app_context():` (or the `session` fixture) before using the client"
            )
        return super().open(*args, **kwargs)


@dataclass
class Form:
    """A form as it stands on a page: where it goes, what it would send untouched, and the names of its fields."""

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Page(HTMLParser):
    """Reads forms, links and the visible text of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.text: list[str] = []
        self._form: Form | None = None
        self._href: str | None = None
        self._words: list[str] = []
        self._select: tuple[str, bool] | None = None
        self._area: str | None = None
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in ("script", "style", "template"):
            self._hidden += 1
        elif tag == "form":
            self._form = Form(values.get("action", ""), values.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag == "a" and "href" in values:
            self._href, self._words = values["href"], []
        elif self._form is not None and "disabled" not in values:
            self._field(self._form, tag, values)

    def _field(self, form: Form, tag: str, values: dict[str, str]) -> None:
        name, value, kind = (
            values.get("name", ""),
            values.get("value", ""),
            values.get("type", "text").lower(),
        )
        if tag == "option" and self._select is not None:
            chosen, settled = self._select
            if "selected" in values or not settled:
                form.values = [pair for pair in form.values if pair[0] != chosen] + [(chosen, value)]
                self._select = (chosen, True)
            return
        if not name:
            return
        if tag == "button" or (tag == "input" and kind == "submit"):
            form.buttons.append((name, value))
            return
        if tag in ("input", "select", "textarea"):
            form.names.add(name)
        if tag == "select":
            self._select = (name, False)
        elif tag == "textarea":
            self._area = name
            form.values.append((name, ""))
        elif tag == "input" and (kind not in ("checkbox", "radio") or "checked" in values) and kind != "file":
            default = "on" if kind in ("checkbox", "radio") else ""
            form.values.append((name, values.get("value", default)))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "template"):
            self._hidden -= 1
        elif tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None
        elif tag == "a" and self._href is not None:
            self.links.append((" ".join("".join(self._words).split()), self._href))
            self._href = None

    def handle_data(self, text: str) -> None:
        if self._hidden:
            return
        self.text.append(text)
        if self._href is not None:
            self._words.append(text)
        if self._area is not None and self._form is not None:
            self._form.values = [
                (name, value + text if name == self._area else value) for name, value in self._form.values
            ]


class Visitor:
    """A guest with a browser and no JavaScript: opens pages, follows links, fills the forms that are really there.

    `status`, `path`, `html` and `text` describe the page last seen. Redirects are followed within the site; one that
    leads elsewhere is not, and its address stands in `away`. A form sends its hidden fields (the CSRF token too)
    untouched, and a field that is not on the form cannot be filled in.
    """

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.status = 0
        self.path = "/"
        self.html = ""
        self.away: str | None = None
        self._page = _Page()

    @property
    def text(self) -> str:
        """What stands on the page, without the markup, white space folded."""
        return " ".join("".join(self._page.text).split())

    @property
    def forms(self) -> list[Form]:
        """The page's forms, in order."""
        return self._page.forms

    @property
    def links(self) -> list[tuple[str, str]]:
        """The page's links: (words, address)."""
        return self._page.links

    def open(self, path: str, **kwargs: Any) -> Visitor:
        """Go to an address of the site."""
        return self._arrive(self.client.get(path, **kwargs))

    def follow(self, words: str) -> Visitor:
        """Follow the first link whose words contain the given ones."""
        found = next((href for text, href in self.links if words.casefold() in text.casefold()), None)
        assert found is not None, f"no link {words!r} on {self.path}: {[text for text, _ in self.links]}"
        return self.open(urljoin(self.path, found))

    def submit(self, action: str = "", *, button: str | None = None, **fields: Any) -> Visitor:
        """Fill and send the first form whose action contains `action` and which has all the fields named.

        A value may be a list (several boxes ticked) or None (box not ticked). `button` is the value of the button
        pressed, where a form has several.
        """
        form = next((f for f in self.forms if action in f.action and set(fields) <= f.names), None)
        assert form is not None, f"no form {action!r} with {sorted(fields)} on {self.path}: {self.forms}"
        values = [pair for pair in form.values if pair[0] not in fields]
        for name, value in fields.items():
            chosen = value if isinstance(value, list | tuple) else [value]
            values += [(name, str(one)) for one in chosen if one is not None]
        values += [pair for pair in form.buttons if pair[1] == button][:1]
        sent: dict[str, list[str]] = {}
        for name, value in values:
            sent.setdefault(name, []).append(value)
        target = urljoin(self.path, form.action) if form.action else self.path
        if form.method == "post":
            return self._arrive(self.client.post(target, data=sent))
        return self._arrive(self.client.get(urlsplit(target).path, query_string=sent))

    def _arrive(self, response: TestResponse) -> Visitor:
        """Follow redirects while they stay on the site, as many as a browser would."""
        self.away = None
        for _redirect in range(MOST_REDIRECTS):
            if response.status_code not in REDIRECTS:
                return self._show(response)
            target = urlsplit(urljoin(response.request.url, response.headers["Location"]))
            if target.netloc != urlsplit(response.request.url).netloc:
                self.away = target.geturl()
                return self._show(response)
            response = self.client.get(target.path, query_string=target.query)
        raise AssertionError(f"redirected without end at {response.request.path}")

    def _show(self, response: TestResponse) -> Visitor:
        self.status = response.status_code
        asked = response.request
        self.path = asked.full_path.removesuffix("?")
        self.html = response.get_data(as_text=True)
        self._page = _Page()
        self._page.feed(self.html)
        return self
