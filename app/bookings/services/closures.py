"""One decision closes a period: first the sale stops, then each booking in it is cancelled once, in a transaction of
its own, so that the work may be killed at any point and goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.bookings import queries
from app.bookings.models import Booking, BookingLine, Closure, ClosureLine, ClosurePlace
from app.bookings.rules import MOST_CLOSED, ClosureOutcome, ClosureState, HouseReason
from app.bookings.services.house_cancel import Ending, HouseWord, cancel_endings, ending_of
from app.core import audit, clock
from app.core.dates import Nights
from app.core.db import db
from app.core.errors import Invalid, NotFound, WrongState
from app.core.words import gettext as _
from app.homestays import inventory
from app.homestays.models import ClosedPeriod
from app.tours import services as tours
from app.users.rules import Scope


@dataclass(frozen=True)
class Place:
    """A whole village, or one of its houses, or one departure of its packages."""

    village_id: int
    homestay_id: int | None = None
    departure_id: int | None = None


@dataclass(frozen=True)
class Affected:
    """What a closure would do to one booking, in rupiah; nothing is done yet."""

    booking: Booking
    endings: tuple[Ending, ...]

    @property
    def refund(self) -> int:
        """What was paid for these lines, in rupiah: it comes back, or pays what is missing for the rest."""
        return sum(ending.refund for ending in self.endings)


def draft_closure(
    *,
    places: Sequence[Place],
    nights: Nights,
    stays: bool,
    packages: bool,
    reason: HouseReason,
    words: str,
    by_user_id: int,
    scope: Scope,
) -> Closure:
    """Write down what is to be closed; nothing happens yet. Raises NotFound outside of the scope, Invalid."""
    _check(places, nights, words, is_any=stays or packages)
    if not all(scope.has_village(place.village_id) for place in places):
        raise NotFound(_("There is no village of that name here."))
    closure = Closure(
        state=ClosureState.DRAFTED,
        starts_on=nights.arrival,
        ends_on=nights.departure,
        stays=stays,
        packages=packages,
        reason=reason,
        words=words.strip(),
        drafted_by_id=by_user_id,
        drafted_at=clock.now(),
        places=[
            ClosurePlace(
                village_id=place.village_id,
                homestay_id=place.homestay_id,
                departure_id=place.departure_id,
            )
            for place in places
        ],
    )
    db.session.add(closure)
    db.session.flush()
    return closure


def _check(places: Sequence[Place], nights: Nights, words: str, *, is_any: bool) -> None:
    errors = []
    if not places:
        errors.append(("villages", _("Choose at least one village.")))
    if not is_any:
        errors.append(("stays", _("Choose stays, packages, or both.")))
    if nights.arrival < clock.today():
        errors.append(("first", _("This night is over. Choose tonight or a later one.")))
    if len(nights) > MOST_CLOSED:
        errors.append(("last", _("Close at most %(most)d nights at once.", most=MOST_CLOSED)))
    if not words.strip():
        errors.append(("words", _("Tell the guests why, in a sentence.")))
    if errors:
        raise Invalid(_("This cannot be closed so."), errors=errors)


def affected_by(*, closure: Closure) -> list[Affected]:
    """Which bookings a closure would still cancel, and how much goes back. Changes nothing."""
    return [
        Affected(booking, tuple(_endings(closure, booking, lines)))
        for booking, lines in queries.list_lines_to_close(closure)
    ]


def start_closure(*, closure_id: int, by_user_id: int, scope: Scope) -> Closure:
    """Decide it: from this transaction's end on the gate sells nothing of it. The job does the rest. Started twice, it
    is started once. Raises NotFound, WrongState when it was dropped.
    """
    queries.get_closure(closure_id, scope)
    closure = queries.lock_closure(closure_id)
    if closure.state in {ClosureState.RUNNING, ClosureState.DONE}:
        return closure
    if closure.state == ClosureState.DROPPED:
        raise WrongState(_("This closing was dropped. Begin a new one."))
    closure.state, closure.decided_by_id, closure.decided_at = ClosureState.RUNNING, by_user_id, clock.now()
    for house in queries.list_houses_in(closure):
        db.session.add(
            ClosedPeriod(
                homestay_id=house.id,
                starts_on=closure.starts_on,
                ends_on=closure.ends_on,
                closed_for=closure.reference,
            )
        )
    for departure in queries.list_departures_in(closure):
        tours.close_departure(departure_id=departure.id, by_user_id=by_user_id)
        tours.set_seats(departure_id=departure.id, seats=0, by_user_id=by_user_id)
    _record("closure:started", closure, by_user_id, closure.words)
    db.session.flush()
    return closure


def drop_closure(*, closure_id: int, by_user_id: int, scope: Scope) -> Closure:
    """Do not close after all. Raises NotFound, WrongState when it was started."""
    queries.get_closure(closure_id, scope)
    closure = queries.lock_closure(closure_id)
    if closure.state not in {ClosureState.DRAFTED, ClosureState.DROPPED}:
        raise WrongState(_("This was started already. When it is done, open the nights again."))
    closure.state = ClosureState.DROPPED
    _record("closure:dropped", closure, by_user_id, closure.words)
    return closure


def close_free_nights(*, closure_id: int) -> int:
    """Put what is free of the period off sale, for everybody to see; gives how many room nights were free."""
    closure = queries.lock_closure(closure_id)
    if closure.state != ClosureState.RUNNING:
        return 0
    return _close_free(closure)


def _close_free(closure: Closure) -> int:
    nights = queries.nights_of(closure)
    if nights is None:
        return 0
    return sum(
        inventory.close_free([room.id for room in house.rooms], nights, closure.reference)
        for house in queries.list_houses_in(closure)
    )


def run_closure_step(*, closure_id: int) -> str | None:
    """Cancel the next booking of a closure, each once, and say which; None when all is done. Raises nothing that a
    second run does not mend: what is not written down is done again, what is written down is not.
    """
    closure = queries.lock_closure(closure_id)
    if closure.state != ClosureState.RUNNING:
        return None
    following = queries.next_to_close(closure)
    if following is None:
        _finish(closure)
        return None
    code, line_ids = following
    booking = queries.lock_booking(code)
    lines = [line for line in booking.lines if line.id in line_ids]
    endings = _endings(closure, booking, lines)
    if endings:
        period = Nights(closure.starts_on, closure.ends_on)
        act, who = closure.reference, closure.decided_by_id
        cancel_endings(
            booking=booking, endings=endings, word=HouseWord(closure.reason, closure.words, who, act, period)
        )
    _write_down(closure, lines, endings)
    return code


def _endings(closure: Closure, booking: Booking, lines: Sequence[BookingLine]) -> list[Ending]:
    """What of these lines can still end: somebody may have cancelled meanwhile, or the hold may have run out."""
    endings = []
    for line in lines:
        first = queries.first_to_end(closure, line).arrival
        try:
            endings.append(ending_of(booking=booking, line=line, first=first))
        except WrongState:
            continue
    return endings


def _write_down(closure: Closure, lines: Sequence[BookingLine], endings: Sequence[Ending]) -> None:
    ended = {ending.line.id: ending for ending in endings}
    for line in lines:
        ending = ended.get(line.id)
        outcome = ClosureOutcome.LEFT
        if ending is not None:
            outcome = ClosureOutcome.CANCELLED if ending.is_whole else ClosureOutcome.SHORTENED
        row = ClosureLine(
            closure_id=closure.id,
            line_id=line.id,
            outcome=outcome,
            refund=ending.refund if ending else 0,
            at=clock.now(),
        )
        db.session.add(row)
    db.session.flush()


def _finish(closure: Closure) -> None:
    """Nobody is left in it: what became free meanwhile is closed, and departures that nobody joins are cancelled."""
    _close_free(closure)
    for departure in queries.list_departures_in(closure):
        try:
            tours.cancel_departure(
                departure_id=departure.id, by_user_id=closure.decided_by_id, reason=closure.words
            )
        except WrongState:  # a no-show's place stays his
            continue
    closure.state, closure.done_at = ClosureState.DONE, clock.now()
    _record("closure:done", closure, closure.decided_by_id, closure.words)


def reopen_closure(*, closure_id: int, reason: str, by_user_id: int, scope: Scope) -> int:
    """Sell the nights of a closure that have not passed again; gives how many room nights. What was cancelled stays
    cancelled, departures too. Raises NotFound, Invalid without a reason, WrongState while it is not done.
    """
    if not reason.strip():
        message = _("Say why these nights are sold again.")
        raise Invalid(message, errors=[("reason", message)])
    queries.get_closure(closure_id, scope)
    closure = queries.lock_closure(closure_id)
    if closure.state != ClosureState.DONE:
        raise WrongState(_("This closing is not done yet."))
    nights = Nights(closure.starts_on, closure.ends_on)
    freed = sum(
        inventory.reopen(house.id, [room.id for room in house.rooms], nights, closure.reference)
        for house in queries.list_houses_in(closure)
    )
    closure.reopened_at = closure.reopened_at or clock.now()
    _record("closure:reopened", closure, by_user_id, reason.strip())
    return freed


def _record(action: str, closure: Closure, by_user_id: int | None, reason: str) -> None:
    audit.record(
        action=action,
        subject=closure.reference,
        user_id=by_user_id,
        reason=reason,
        starts_on=closure.starts_on.isoformat(),
        ends_on=closure.ends_on.isoformat(),
        villages=sorted({place.village_id for place in closure.places}),
    )
