"""Why the house cancels, how a closed period moves on, and what the desk may give back alone. Plain values."""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum

from app.core.dates import village_instant
from app.core.money import Rupiah

MOST_CLOSED = 92
"""Nights closed by one decision; what lasts longer is decided again."""

GIVEN_ALONE: Rupiah = 500_000
"""What one person gives back of a line after the stay; above it, in all, a second person agrees."""

NO_SHOW_FROM = time(20, 0)
"""Nobody is missed before this hour of the day of arrival."""


class HouseReason(StrEnum):
    """Why a house or a village cancels."""

    HOUSE = "house"
    FAMILY = "family"
    ILLNESS = "illness"
    ASH = "ash"
    ROAD = "road"
    WEATHER = "weather"
    OTHER = "other"


class ClosureState(StrEnum):
    """A period to close: looked at, being closed, closed; or dropped before anything was done."""

    DRAFTED = "drafted"
    DROPPED = "dropped"
    RUNNING = "running"
    DONE = "done"


class ClosureOutcome(StrEnum):
    """What a closure did to a line: all of it cancelled, the rest of a stay that had begun, or nothing any more."""

    CANCELLED = "cancelled"
    SHORTENED = "shortened"
    LEFT = "left"


def missed_from(arrival: date) -> datetime:
    """From when a guest who is not there is missed."""
    return village_instant(arrival, NO_SHOW_FROM)


def needs_second(given_before: Rupiah, amount: Rupiah) -> bool:
    """Whether a second person has to agree, by what was given back of the line before and would be now, in rupiah."""
    return given_before + amount > GIVEN_ALONE


def kept_of_rest(by_terms: Rupiah, stayed: Rupiah, rest: Rupiah) -> Rupiah:
    """What terms keep of nights that nobody sleeps, in rupiah: what they keep of the line, less what nights that were
    stayed bring already; never more than was paid for the rest.
    """
    return min(max(0, by_terms - stayed), rest)
