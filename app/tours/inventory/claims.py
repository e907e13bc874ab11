"""Taking and giving back seats. The departure's counter decides (core.counters); a holder is `line:<id>`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from app.core import clock, counters
from app.core.counters import Full, Want
from app.core.db import db
from app.core.errors import SoldOut
from app.core.words import gettext as _
from app.tours.models import Departure
from app.tours.rules import DepartureState


@dataclass(frozen=True)
class Claim:
    """So many units of a departure for a line."""

    line_id: int
    departure_id: int
    quantity: int


def hold(claims: Sequence[Claim], until: datetime) -> None:
    """Hold the units of every claim of a trip until a time, all or nothing.

    Raises SoldOut naming the lines that lost and how many units are left for each.
    """
    _take(claims, until)


def extend(claims: Sequence[Claim], until: datetime) -> None:
    """Hold the same until another time, all or nothing. Raises SoldOut where a lapsed one is somebody else's."""
    _take(claims, until)


def confirm(claims: Sequence[Claim]) -> None:
    """Make the units sold, taking those anew whose hold has lapsed meanwhile; all or nothing.

    Raises SoldOut; also where nothing is held any more of a departure that takes no more guests: it was closed, or the
    time to book it is over.
    """
    if closed := _closed_to(claims):
        message = _("This departure takes no more guests. Choose another one.")
        raise SoldOut(message, lines={claim.line_id: 0 for claim in closed})
    _take(claims, None)


def move(claim: Claim, instead_of: int, along: Sequence[Claim], until: datetime | None) -> None:
    """Take a line's units in the place of all that another line has, until a time or for good (None), or nothing; what
    comes `along` is held until the same time. All counters are locked in order at once. Raises SoldOut.
    """
    _take([claim, *along], until, [_holder(instead_of)])


def release(line_ids: Sequence[int]) -> None:
    """Give back whatever these lines still hold."""
    counters.release([_holder(line_id) for line_id in line_ids])


def close(line_id: int, departure_id: int, quantity: int) -> None:
    """Give back what a line holds and sell it to nobody else: the departure has so many units less from now on."""
    departure = db.session.get_one(Departure, departure_id)
    counters.release([_holder(line_id)])
    counters.lower_capacity(counter_id=departure.counter_id, less=quantity)


def _take(claims: Sequence[Claim], until: datetime | None, giving: Sequence[str] = ()) -> None:
    counter_of = _counters_of({claim.departure_id for claim in claims})
    wants = [Want(_holder(claim.line_id), counter_of[claim.departure_id], claim.quantity) for claim in claims]
    try:
        counters.take(wants, until, giving)
    except Full as full:
        lost = {claim.line_id: full.left[_holder(claim.line_id)] for claim in claims if _lost(claim, full)}
        message = _("Somebody else has just taken these places. You have not been charged.")
        raise SoldOut(message, lines=lost) from full


def _closed_to(claims: Sequence[Claim]) -> list[Claim]:
    """Claims that have lapsed on departures that are not sold any more: taking those anew would be selling them."""
    over = or_(Departure.state != DepartureState.OPEN, Departure.bookable_until <= clock.now())
    query = select(Departure.id).where(Departure.id.in_({claim.departure_id for claim in claims}), over)
    shut = set(db.session.scalars(query))
    if not shut:
        return []
    held = counters.still_held([_holder(claim.line_id) for claim in claims])
    return [claim for claim in claims if claim.departure_id in shut and _holder(claim.line_id) not in held]


def _lost(claim: Claim, full: Full) -> bool:
    return _holder(claim.line_id) in full.left


def _holder(line_id: int) -> str:
    return f"line:{line_id}"


def _counters_of(departure_ids: set[int]) -> dict[int, int]:
    query = select(Departure.id, Departure.counter_id).where(Departure.id.in_(departure_ids))
    return dict(db.session.execute(query).all())
