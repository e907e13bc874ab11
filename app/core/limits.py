"""Rate limits: how often one address may ask. Switched off with RATE_LIMITS=off; shared over processes by Redis."""

from collections.abc import Callable

from flask import g
from flask_limiter import Limiter, RouteLimit
from flask_limiter.util import get_remote_address

limiter = Limiter(
    key_func=get_remote_address, default_limits=[], headers_enabled=False, strategy="moving-window"
)

WRITES = "60 per minute"
SIGN_INS = "10 per minute; 60 per hour"
READS = "600 per minute"
GUESSES = "10 per hour"
"""Codes that open or are worth something: only wrong ones count."""

_WRONG = "wrong_code"


def note_wrong_code() -> None:
    """A code was tried that is worth nothing: it counts against whoever tries."""
    setattr(g, _WRONG, True)


def wrong_codes(*, scope: str, is_tried: Callable[[], bool]) -> RouteLimit:
    """For a view that takes a code (`is_tried`: whether this request has one): too many wrong ones in an hour, and no
    more are looked at, right or wrong. One `scope` counts over all its doors.
    """
    return limiter.shared_limit(
        GUESSES,
        scope=scope,
        exempt_when=lambda: not is_tried(),
        deduct_when=lambda _response: bool(g.get(_WRONG)),
    )
