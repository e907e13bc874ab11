"""What a ticket says, and when guests are let in."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum

from app.core.dates import village_date


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


def is_its_day(starts_at: datetime, now: datetime) -> bool:
    """Whether guests of a departure are let in now: on its village date, or near a start that lies about midnight."""
    return village_date(starts_at) == village_date(now) or starts_at - EARLY <= now <= starts_at + LATE
