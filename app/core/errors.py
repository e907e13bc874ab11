"""Errors that people see. A service raises, the raise rolls back, `core.web` turns it into a page or problem JSON."""

from __future__ import annotations

from typing import Any


class DomainError(Exception):
    """Something that a person can be told: a message in their language, a code for machines (RFC 9457)."""

    status = 400
    code = "invalid"

    def __init__(self, message: str, *, code: str | None = None, **extra: Any) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
        self.extra = extra


class NotFound(DomainError):
    """It is not there, or not yours: both look the same."""

    status, code = 404, "not_found"


class Forbidden(DomainError):
    """You are known, and this is not yours to do."""

    status, code = 403, "forbidden"


class Conflict(DomainError):
    """The world moved: what was true when you looked is not true now."""

    status, code = 409, "wrong_state"


class SoldOut(Conflict):
    """Somebody else has it. `lines` names the lines that lost: {line: number left}."""

    code = "sold_out"


class PriceChanged(Conflict):
    """The figure is not the expected one; the new one is in `total` or `refund`."""

    code = "price_changed"


class WrongState(Conflict):
    """The thing is not in a state from which this step leads."""


class Invalid(DomainError):
    """The input cannot be used. `errors` is a list of (field, message)."""

    status, code = 422, "invalid"

    def __init__(self, message: str, *, errors: list[tuple[str, str]] | None = None, **extra: Any) -> None:
        super().__init__(message, **extra)
        self.errors = errors or []


class Unavailable(DomainError):
    """Not now: a lock was not had in time, or somebody outside does not answer. Try again in `retry_after` seconds."""

    status, code = 503, "unavailable"
    retry_after = 5


class TooMany(Unavailable):
    """Not now, because too much is open already, or too much was asked in a short time."""

    status, code = 429, "rate_limited"
    retry_after = 60
