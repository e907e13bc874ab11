"""Conversations happen in the season of the bookings they are about."""

from tests.bookings.conftest import season

__all__ = ["season"]
