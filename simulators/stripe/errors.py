"""Answers that are a no, in Stripe's words and shape."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """One error answer. `executed` says that work had begun, so that an idempotency key remembers it."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",  # noqa: A002 - Stripe's name
        code: str | None = None,
        param: str | None = None,
        executed: bool = False,
    ) -> None:
        super().__init__(message)
        self.status, self.executed = status, executed
        told = {"type": type, "message": message, "code": code, "param": param}
        self.body: dict[str, Any] = {"error": {k: v for k, v in told.items() if v is not None}}


def missing(kind: str, identity: str, param: str = "id") -> ApiError:
    """There is no such thing."""
    return ApiError(f"No such {kind}: '{identity}'", status=404, code="resource_missing", param=param)
