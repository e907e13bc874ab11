"""Who may: every view carries `@public`, `@signed_in` or `@requires(permission)`; a test walks all of them by role."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, TypeVar

from flask import current_app
from flask_login import current_user

from app.core.errors import Forbidden
from app.core.words import gettext as _

ACCESS_MARK = "__access__"
PUBLIC = "public"
SIGNED_IN = "signed-in"


class Bearer(Protocol):
    """What `requires` asks of whoever is signed in."""

    is_authenticated: bool

    def can(self, permission: str) -> bool:
        """Whether an office in force today carries the permission."""


F = TypeVar("F", bound=Callable[..., Any])


def public(view: F) -> F:
    """Anybody may. Said on purpose, never by omission."""
    setattr(view, ACCESS_MARK, PUBLIC)
    return view


def signed_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """Whoever is signed in, whatever their office: one's own account. Others are sent to sign in."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not current_user.is_authenticated:
            return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
        return view(*args, **kwargs)

    setattr(guarded, ACCESS_MARK, SIGNED_IN)
    return guarded


def requires(permission: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Whoever holds the permission through an office in force today; others are sent to sign in, or get a 403.

    Which objects the permission reaches is decided by the query that fetches them: another's object is a 404.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
            if not current_user.can(permission):
                raise Forbidden(_("This page belongs to another office."))
            return view(*args, **kwargs)

        setattr(guarded, ACCESS_MARK, permission)
        return guarded

    return decorate
