"""What a phone let in without network, told afterwards: taken as it happened, in the order in which it reaches us.

The first scan of a line is its check-in, a later one a double; what ought not to have been let in was let in all the
same, and is shown to desk and manager. Told twice, nothing changes: each scan has a number of the phone's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update

from app.bookings import queries
from app.bookings.models import Booking, BookingLine, OfflineScan
from app.bookings.queries import Doors
from app.bookings.queries.offline_scans import find_scan, first_handed_out
from app.bookings.rules import (
    SHOWN_FOR,
    LineKind,
    Obstacle,
    ScanOutcome,
    Ticket,
    let_in_between,
    real_time,
)
from app.bookings.services.check_in import line_of_ticket, obstacle_of, write_check_in
from app.bookings.services.pickup import check_certain, hand_over
from app.bookings.services.ticket import open_ticket, way_of
from app.core import clock
from app.core.db import db, insert_into
from app.core.errors import Invalid, WrongState
from app.tours.models import Departure


@dataclass(frozen=True)
class ToldScan:
    """What a phone tells: its own number for the scan, when by its clock, and the ticket or code; of a code perhaps
    which line of the booking was meant.
    """

    key: str
    device_at: datetime
    shown: str
    position: int | None = None


@dataclass(frozen=True)
class _Meant:
    """The line that a scan stands for at these doors, its booking locked; and the ticket, where one was scanned."""

    booking: Booking
    line: BookingLine
    run: Departure | None
    ticket: Ticket | None


def take_scan(*, told: ToldScan, device_now: datetime, doors: Doors, by_user_id: int) -> OfflineScan:
    """One scan of a phone whose clock shows `device_now`: what became of it, now or when it was told before.

    Raises nothing for what it tells: a false ticket or another's departure is kept as refused.
    """
    known = find_scan(by_user_id, told.key)
    if known is not None:
        return known
    meant = _find_meant(told, doors)
    now = clock.now()
    skew = timedelta(seconds=round((now - device_now).total_seconds()))
    run = None if isinstance(meant, Obstacle) else meant.run
    earliest = let_in_between(run.starts_at)[0] if run else None
    row = {
        "by_user_id": by_user_id,
        "key": told.key,
        "way": way_of(text=told.shown),
        "shown": told.shown,
        "at": real_time(told.device_at, skew=skew, earliest=earliest, now=now),
        "device_at": told.device_at,
        "received_at": now,
        "skew_seconds": int(skew.total_seconds()),
    }
    if isinstance(meant, Obstacle):
        return _write(row | {"outcome": ScanOutcome.REFUSED, "obstacle": meant})
    return _admit(meant, row, doors)


def forget_shown_texts() -> int:
    """Drop the tickets and codes of scans that reached us more than thirty days ago; how many."""
    old = OfflineScan.shown.is_not(None), OfflineScan.received_at < clock.now() - SHOWN_FOR
    gone = update(OfflineScan).where(*old).values(shown=None).returning(OfflineScan.id)
    return len(db.session.execute(gone).all())


def _find_meant(told: ToldScan, doors: Doors) -> _Meant | Obstacle:
    """What a scan stands for, its booking locked; or why it is nothing of these doors."""
    try:
        ticket = open_ticket(text=told.shown)
    except Invalid:
        return Obstacle.FALSE
    found = queries.find_booking(ticket.code if ticket else told.shown)
    if found is None:
        return Obstacle.UNKNOWN
    booking = queries.lock_booking(found.code)
    position = told.position
    if ticket is not None:
        line = line_of_ticket(ticket=ticket, booking=booking)
        position = line.position if line else ticket.position
    lines = list(queries.lines_at(booking, doors))
    if position is not None:
        lines = [line for line in lines if line.position == position]
    if not lines:
        is_true = ticket is not None and any(line.position == position for line in booking.lines)
        return Obstacle.OTHER_DOOR if is_true else Obstacle.UNKNOWN
    # A line that was moved or cancelled only where there is no other: the guest came for what they have.
    nearest = min(lines, key=lambda one: (one.cancelled_at is not None, abs(one.starts_at - told.device_at)))
    run = queries.departures_of(booking).get(nearest.departure_id or 0)
    return _Meant(booking, nearest, run, ticket)


def _admit(meant: _Meant, row: dict[str, object], doors: Doors) -> OfflineScan:
    """The guests of a line were let in, or handed what they bought: the first time, or once more."""
    line, at = meant.line, row["at"]
    assert isinstance(at, datetime)
    obstacle = obstacle_of(booking=meant.booking, line=line, run=meant.run, ticket=meant.ticket, at=at)
    if line.kind == LineKind.PRODUCT:
        obstacle = _obstacle_of_product(meant, obstacle)
    row |= {"line_id": line.id, "obstacle": obstacle}
    if (first_at := _first_time(line)) is not None:
        return _write(row | {"outcome": ScanOutcome.DOUBLE, "first_at": first_at})
    scan = _write(row | {"outcome": ScanOutcome.LET_IN})
    if scan.line_id != line.id:
        return scan  # the phone used this number for another scan, told at the same moment
    if line.kind == LineKind.PACKAGE:
        write_check_in(
            booking=meant.booking,
            line=line,
            at=at,
            way=scan.way,
            by_user_id=scan.by_user_id,
            offline=True,
            **({"although": obstacle.value} if obstacle else {}),
        )
    elif obstacle in {None, Obstacle.OLD_TICKET}:
        hand_over(
            code=meant.booking.code,
            position=line.position,
            by_user_id=scan.by_user_id,
            scope=doors.pickups,
        )
    return scan


def _obstacle_of_product(meant: _Meant, obstacle: Obstacle | None) -> Obstacle | None:
    """Handing over moves a maker's share: only where the counter might do it is it done here too."""
    if meant.line.handed_over_at is not None or obstacle not in {None, Obstacle.OLD_TICKET}:
        return obstacle
    try:
        check_certain(booking=meant.booking, line=meant.line)
    except WrongState:
        return Obstacle.NOT_PAID
    return obstacle


def _first_time(line: BookingLine) -> datetime | None:
    """When a line's guests were let in before, or what it holds was handed out before."""
    if line.kind == LineKind.PACKAGE:
        known = queries.find_check_in(line.id)
        return known.at if known else None
    return line.handed_over_at or first_handed_out(line.id)


def _write(row: dict[str, object]) -> OfflineScan:
    """The scan as it is kept. Told twice at once, the second waits here or at the booking, and gets the first."""
    made = insert_into(OfflineScan).values(row).on_conflict_do_nothing(index_elements=["by_user_id", "key"])
    db.session.execute(made)
    scan = find_scan(int(str(row["by_user_id"])), str(row["key"]))
    assert scan is not None
    return scan
