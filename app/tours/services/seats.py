"""How many a departure takes, and whether it is sold."""

from __future__ import annotations

from app.core import audit, clock, counters
from app.core.errors import Invalid, WrongState
from app.core.words import gettext as _
from app.tours import queries
from app.tours.models import Departure
from app.tours.rules import MOST_SEATS, DepartureState


def set_seats(*, departure_id: int, seats: int, by_user_id: int | None = None) -> int:
    """How many units the departure has from now on; gives how many of them are taken.

    Below that it is set all the same: nobody loses a seat, and 0 are left. Raises NotFound, Invalid, WrongState.
    """
    if not 0 <= seats <= MOST_SEATS:
        message = _("Give a number from 0 to %(most)d.", most=MOST_SEATS)
        raise Invalid(message, errors=[("seats", message)])
    departure = _changeable(departure_id)
    before = departure.counter.capacity
    taken = counters.set_capacity(counter_id=departure.counter_id, capacity=seats)
    if before != seats:
        _record("departure.seats_set", departure, by_user_id, before=before, after=seats, taken=taken)
    return taken


def close_departure(*, departure_id: int, by_user_id: int | None = None) -> Departure:
    """Stop selling it; who has a seat keeps it. Closing twice is closing. Raises NotFound, WrongState."""
    return _move(departure_id, DepartureState.CLOSED, "departure.closed", by_user_id)


def open_departure(*, departure_id: int, by_user_id: int | None = None) -> Departure:
    """Sell it again. Raises NotFound; WrongState for one that was cancelled or is over."""
    return _move(departure_id, DepartureState.OPEN, "departure.opened", by_user_id)


def cancel_departure(
    *, departure_id: int, by_user_id: int | None = None, reason: str | None = None
) -> Departure:
    """It does not take place: for good, and only while nobody holds or has bought a seat. Raises NotFound, WrongState.

    Its seats are set to 0 under the counter's lock, so that nobody who is just about to book can slip in.
    """
    departure = _changeable(departure_id)
    taken = counters.set_capacity(counter_id=departure.counter_id, capacity=0)
    if taken:
        raise WrongState(
            _("Somebody has a place on this departure, so it stays. Close it and talk to the guests.")
        )
    departure.state = DepartureState.CANCELLED
    _record("departure.cancelled", departure, by_user_id, reason=reason)
    return departure


def _move(departure_id: int, wanted: DepartureState, action: str, by_user_id: int | None) -> Departure:
    departure = _changeable(departure_id)
    if departure.state != wanted:
        departure.state = wanted
        _record(action, departure, by_user_id)
    return departure


def _changeable(departure_id: int) -> Departure:
    departure = queries.lock_departure(departure_id)
    if departure.state == DepartureState.CANCELLED:
        raise WrongState(_("This departure was cancelled. Add a new one instead."))
    if departure.starts_at <= clock.now():
        raise WrongState(_("This departure has begun. Nothing can be changed any more."))
    return departure


def _record(
    action: str, departure: Departure, by_user_id: int | None, reason: str | None = None, **details: int
) -> None:
    subject = f"departure:{departure.public_id}"
    audit.record(action=action, subject=subject, user_id=by_user_id, reason=reason, **details)
