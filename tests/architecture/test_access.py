"""Every view says who may: `@public` or `@requires(permission)`. None is open by omission."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.views import MethodView

from app.core.access import ACCESS_MARK, public, requires
from tests.architecture.reading import require_none

LIBRARY_VIEWS = {"static"}
"""Views of libraries, each named here on purpose."""


def undeclared(app: Flask) -> list[str]:
    """Endpoints whose view, or one of whose methods, does not say who may."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint in LIBRARY_VIEWS:
            continue
        found += [
            f"{rule.rule} ({name})"
            for name, view in _parts(rule.endpoint, app.view_functions[rule.endpoint])
            if not hasattr(view, ACCESS_MARK)
        ]
    return sorted(set(found))


def _parts(endpoint: str, view: Callable[..., Any]) -> Iterator[tuple[str, Callable[..., Any]]]:
    kind = getattr(view, "view_class", None)
    if kind is None or hasattr(view, ACCESS_MARK):
        yield endpoint, view
        return
    for method in sorted(kind.methods or ()):
        yield f"{endpoint}.{method.lower()}", getattr(kind, method.lower())


@pytest.mark.database("sqlite")
def test_every_view_says_who_may(app: Flask) -> None:
    require_none(undeclared(app))


@pytest.mark.database("sqlite")
def test_the_named_library_views_exist(app: Flask) -> None:
    assert set(app.view_functions) >= LIBRARY_VIEWS


def test_a_silent_view_is_found() -> None:
    app = Flask("small", static_folder=None)

    class Open(MethodView):
        @public
        def get(self) -> str:
            return ""

        def post(self) -> str:
            return ""

    app.add_url_rule("/open", view_func=public(lambda: ""), endpoint="open")
    app.add_url_rule("/mine", view_func=requires("x:y")(lambda: ""), endpoint="mine")
    app.add_url_rule("/silent", view_func=lambda: "", endpoint="silent")
    app.add_url_rule("/half", view_func=Open.as_view("half"))
    assert undeclared(app) == ["/half (half.post)", "/silent (silent)"]
