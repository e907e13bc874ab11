"""Public pages that are the same for whoever comes without a cookie: rendered once, then shown for some seconds.

Most of those who come look at the same few pages, on the evening when a bus of people has heard of us. What such a page
says of free rooms is at most `PAGE_SECONDS` old; whoever has signed in, has a trip or a booking sees everything as
it is now, and a hold asks the database in any case.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any

from cachetools import TTLCache
from flask import Flask, current_app, request, session

from app.core.web import LANGUAGE_COOKIE
from app.core.words import current_language

MOST_PAGES = 500
"""Pages kept by one process: some forty megabytes at the most. Those that are asked for least give way."""

Key = tuple[str, str, str]


class _Shelf:
    """The pages kept by this process; several threads ask at once."""

    def __init__(self, seconds: int) -> None:
        self._pages: TTLCache[Key, str] = TTLCache(MOST_PAGES, seconds)
        self._lock = Lock()

    def find(self, key: Key) -> str | None:
        with self._lock:
            return self._pages.get(key)

    def keep(self, key: Key, page: str) -> None:
        with self._lock:
            self._pages[key] = page


def init_app(app: Flask) -> None:
    """Pages are kept where the settings give them some seconds."""
    seconds = app.config["SETTINGS"].page_seconds
    if seconds:
        app.extensions["kept_pages"] = _Shelf(seconds)


def same_for_all(view: Callable[..., Any]) -> Callable[..., Any]:
    """A page without anything of the visitor's own but the language. Stands under `@public`.

    Kept is only what was answered with 200 and left nothing in the visitor's session (a form's token, a message).
    """

    @wraps(view)
    def shown(*args: Any, **kwargs: Any) -> Any:
        shelf: _Shelf | None = current_app.extensions.get("kept_pages")
        if shelf is None or not _is_nobodys():
            return view(*args, **kwargs)
        key = (request.root_url, request.full_path, current_language())
        page = shelf.find(key)
        if page is not None:
            return page
        answer = view(*args, **kwargs)
        body, status = answer if isinstance(answer, tuple) else (answer, 200)
        if status == 200 and isinstance(body, str) and not session:
            shelf.keep(key, body)
        return answer

    return shown


def _is_nobodys() -> bool:
    """Whether whoever asks has shown nothing that could make the page another one."""
    return set(request.cookies) <= {LANGUAGE_COOKIE} and "Authorization" not in request.headers
