"""The list that somebody takes along to check in without network: who comes today and tomorrow, and what waits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.bookings import queries
from app.bookings.models import Booking, BookingLine
from app.bookings.queries import Doors
from app.bookings.queries.take_along import Fetched, Joined, list_fetched, list_joined
from app.bookings.rules import LineKind, Obstacle, let_in_between
from app.bookings.services.check_in import obstacle_of
from app.bookings.services.ticket import ticket_of
from app.core import clock
from app.tours.models import Departure

AHEAD = timedelta(days=1)
"""Today, and tomorrow."""


@dataclass(frozen=True)
class Party:
    """One line of the list. `digest` is the SHA-256 of its ticket, `between` when its guests are let in (None of what
    is fetched), `since` when they were, or when it was handed over.
    """

    code: str
    position: int
    version: int
    digest: str
    kind: LineKind
    name: str
    many: int
    what: str
    starts_at: datetime
    between: tuple[datetime, datetime] | None
    obstacle: Obstacle | None
    since: datetime | None


def list_parties(*, doors: Doors) -> list[Party]:
    """Who comes to these doors today and tomorrow, by start and name; what waits at these counters until then."""
    today = clock.today()
    joined = list_joined(doors.departures, today, today + AHEAD)
    fetched = list_fetched(doors.pickups, today, today + AHEAD)
    let_in = queries.let_in_by_line([line.id for _booking, line, _run in joined])
    since = {line: known.check_in.at for line, known in let_in.items()}
    return [_comer(row, since) for row in joined] + [_fetcher(row) for row in fetched]


def _comer(row: Joined, since: dict[int, datetime]) -> Party:
    booking, line, run = row
    return Party(
        **_common(booking, line, run),
        many=line.adults + line.children,
        what=run.package.name,
        starts_at=run.starts_at,
        between=let_in_between(run.starts_at),
        since=since.get(line.id),
    )


def _fetcher(row: Fetched) -> Party:
    booking, line, stock = row
    return Party(
        **_common(booking, line, None),
        many=line.quantity,
        what=stock.product.name,
        starts_at=line.starts_at,
        between=None,
        since=line.handed_over_at,
    )


def _common(booking: Booking, line: BookingLine, run: Departure | None) -> dict[str, Any]:
    """What both kinds say alike. On its day the list is used: another day is the phone's to see."""
    ticket = ticket_of(booking=booking, line=line)
    return {
        "code": booking.code,
        "position": line.position,
        "version": booking.token_version,
        "digest": hashlib.sha256(ticket.encode()).hexdigest(),
        "kind": line.kind,
        "name": booking.guest_name,
        "obstacle": obstacle_of(
            booking=booking, line=line, run=run, ticket=None, at=run.starts_at if run else clock.now()
        ),
    }
