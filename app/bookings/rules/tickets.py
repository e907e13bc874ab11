"""What a ticket says, and when guests are let in."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, time, timedelta
from enum import StrEnum

from app.core.dates import village_date, village_instant


class CheckInWay(StrEnum):
    """How whoever let guests in knew them: by the sealed ticket, or by the booking code."""

    SCAN = "scan"
    CODE = "code"


@dataclass(frozen=True)
class Ticket:
    """What a ticket says: the line of a booking, and the version of the links it was made with."""

    code: str
    position: int
    version: int


TICKET = "SD1"
"""How a ticket's text begins; a later shape has another number."""


def write_ticket(ticket: Ticket) -> str:
    """A ticket as the text that is sealed."""
    return f"{TICKET}.{ticket.code}.{ticket.position}.{ticket.version}"


def is_ticket(text: str) -> bool:
    """Whether a text means to be a ticket, true or false; a booking code has neither dots nor a 1."""
    return text.startswith(TICKET) or "." in text


def read_ticket(text: str) -> Ticket:
    """The ticket that a text stands for. Raises ValueError."""
    begin, *parts = text.split(".")
    if begin != TICKET or len(parts) != len(fields(Ticket)):
        raise ValueError(f"no ticket: {text}")
    code, position, version = parts
    if any(
        not (number.isascii() and number.isdigit() and len(number) < 10) for number in (position, version)
    ):
        raise ValueError(f"no ticket: {text}")
    return Ticket(code, int(position), int(version))


EARLY, LATE = timedelta(hours=3), timedelta(hours=3)


def let_in_between(starts_at: datetime) -> tuple[datetime, datetime]:
    """From when until when guests of a departure are let in: its village date, and near a start about midnight."""
    day = village_instant(village_date(starts_at), time())
    return min(day, starts_at - EARLY), max(day + timedelta(days=1), starts_at + LATE)


def is_its_day(starts_at: datetime, now: datetime) -> bool:
    """Whether guests of a departure are let in now."""
    begins, ends = let_in_between(starts_at)
    return begins <= now < ends


class Obstacle(StrEnum):
    """Why what somebody shows opens nothing. The first three are of no line that these doors are for."""

    FALSE = "false"
    UNKNOWN = "unknown"
    OTHER_DOOR = "other_door"
    CANCELLED = "cancelled"
    DEPARTURE_CANCELLED = "departure_cancelled"
    RAN_OUT = "ran_out"
    NOT_PAID = "not_paid"
    OLD_TICKET = "old_ticket"
    OTHER_DAY = "other_day"


OF_NO_LINE = frozenset({Obstacle.FALSE, Obstacle.UNKNOWN, Obstacle.OTHER_DOOR})


# What was scanned without network


class ScanOutcome(StrEnum):
    """What became of a scan when it reached the server: guests let in by it, shown again, or nothing of these doors."""

    LET_IN = "let_in"
    DOUBLE = "double"
    REFUSED = "refused"


CLOCK_MAY_DIFFER = timedelta(minutes=2)
"""A phone whose clock is further off is named beside its scans."""

SHOWN_FOR = timedelta(days=30)
"""How long the text that was scanned or typed is kept; what became of it stays."""


def real_time(device_at: datetime, *, skew: timedelta, earliest: datetime | None, now: datetime) -> datetime:
    """When a phone saw something, by our clock: its own time moved by how far it was behind when it sent.

    Never in the future, nor before `earliest`: a phone's clock may have been set between scanning and sending.
    """
    at = device_at + skew
    return min(now, at if earliest is None else max(at, earliest))
