"""The one door to the catalogue: English in the code, Indonesian in `app/translations`. Usable without a request."""

from collections.abc import Callable
from typing import Any

import flask_babel
from flask_babel import force_locale, get_locale

gettext: Callable[..., str] = flask_babel.gettext
ngettext: Callable[..., str] = flask_babel.ngettext
lazy_gettext: Callable[..., Any] = flask_babel.lazy_gettext

LANGUAGES = ("id", "en")
DEFAULT_LANGUAGE = "id"


def current_language() -> str:
    """'id' or 'en': what this request, or this message, is written in."""
    locale = get_locale()
    return str(locale.language) if locale is not None else DEFAULT_LANGUAGE


def pick(indonesian: str | None, english: str | None) -> str:
    """Text that villages keep in two languages: the reader's, else the one there is."""
    if current_language() == "id":
        return indonesian or english or ""
    return english or indonesian or ""


__all__ = [
    "DEFAULT_LANGUAGE",
    "LANGUAGES",
    "current_language",
    "force_locale",
    "gettext",
    "lazy_gettext",
    "ngettext",
    "pick",
]
