"""Bookings as guests and staff see them. What a person may see is part of the question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, not_, or_, select
from sqlalchemy.orm import selectinload

from app.bookings.models import Booking, BookingLine, LineUnit, Participant
from app.bookings.rules import BookingState, LineKind, UnitState
from app.core import clock, codes
from app.core.db import db
from app.core.errors import NotFound
from app.core.words import gettext as _
from app.payments.gateway.values import SessionState
from app.payments.models import Payment
from app.payments.rules import PaymentMethod
from app.users.rules import Scope


def get_booking_by_token(code: str, token: str | None) -> Booking:
    """A guest's own booking. A wrong token and an unknown code answer alike. Raises NotFound."""
    booking = db.session.scalars(
        whole_bookings().where(Booking.code == codes.normalise_code(code))
    ).one_or_none()
    # Compare something also where there is no such code: the time taken tells nothing.
    expected = booking.token_hash if booking else codes.hash_token("")
    if not codes.same_secret(codes.hash_token(token or "-"), expected) or booking is None:
        raise not_found()
    return booking


def find_booking(code: str) -> Booking | None:
    """A booking by code, for who may see everything: jobs, commands, services."""
    return db.session.scalars(
        whole_bookings().where(Booking.code == codes.normalise_code(code))
    ).one_or_none()


def names_by_line(booking: Booking) -> dict[int, list[str]]:
    """Who comes along, by line; asks nothing where nobody does."""
    lines = [line.id for line in booking.lines if line.kind == LineKind.PACKAGE]
    names: dict[int, list[str]] = {line: [] for line in lines}
    if lines:
        query = select(Participant.line_id, Participant.name).where(Participant.line_id.in_(lines))
        for line, name in db.session.execute(query.order_by(Participant.line_id, Participant.position)):
            names[line].append(name)
    return names


def participants_of(line: BookingLine) -> list[Participant]:
    """Who comes along on a line by name, in their order; asks nothing where nobody does."""
    if line.kind != LineKind.PACKAGE:
        return []
    query = select(Participant).where(Participant.line_id == line.id)
    return list(db.session.scalars(query.order_by(Participant.position)))


def get_booking(code: str, scope: Scope) -> Booking:
    """A booking with a line in one of the scope's villages or of one of its payees. Raises NotFound."""
    query = whole_bookings().where(Booking.code == codes.normalise_code(code), reached_by(scope))
    booking = db.session.scalars(query).one_or_none()
    if booking is None:
        raise not_found()
    return booking


def lock_booking(code: str) -> Booking:
    """A booking with lines and units, locked until the transaction ends. Raises NotFound."""
    key = db.session.scalar(
        select(Booking.id).where(Booking.code == codes.normalise_code(code)).with_for_update()
    )
    # Whoever looked before the lock saw it as it was then: everything is read anew.
    query = whole_bookings().where(Booking.id == key).execution_options(populate_existing=True)
    booking = db.session.scalars(query).one_or_none()
    if booking is None:
        raise not_found()
    return booking


def lock_lapsed_holds(*, now: datetime, grace: timedelta, limit: int) -> list[Booking]:
    """Holds past their time, oldest first, locked; those that somebody else is working on are left to them.

    While the provider may still say that a card was charged, a hold is left alone until its time of grace is over.
    """
    page_may_be_open = exists().where(
        Payment.reference == "booking:" + Booking.code,
        Payment.method == PaymentMethod.CARD,
        or_(
            Payment.session_state == SessionState.OPEN,
            and_(Payment.session_state.is_(None), Payment.asked_at.is_not(None)),
        ),
    )
    ids = db.session.scalars(
        select(Booking.id)
        .where(
            Booking.state == BookingState.HELD,
            Booking.hold_expires_at <= now,
            or_(Booking.hold_expires_at <= now - grace, not_(page_may_be_open)),
        )
        .order_by(Booking.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    return list(db.session.scalars(whole_bookings().where(Booking.id.in_(ids)).order_by(Booking.id)))


def lock_units_to_earn(*, last_on: date, limit: int) -> list[tuple[Booking, LineUnit]]:
    """Units to earn up to a service date, by booking and date, their bookings locked: booked ones of confirmed bookings
    but for products, which are earned when they are handed over; and what cancelled bookings keep.
    """
    is_booked = and_(
        LineUnit.state == UnitState.BOOKED,
        BookingLine.kind != LineKind.PRODUCT,
        Booking.state.in_([BookingState.CONFIRMED, BookingState.NO_SHOW]),
    )
    query = (
        select(Booking, LineUnit)
        .join(BookingLine, BookingLine.id == LineUnit.line_id)
        .join(Booking, Booking.id == BookingLine.booking_id)
        .where(LineUnit.on <= last_on, or_(is_booked, LineUnit.state == UnitState.KEPT))
        .order_by(Booking.id, LineUnit.on, LineUnit.id)
        .limit(limit)
        .with_for_update(of=Booking, skip_locked=True)
    )
    return [(booking, unit) for booking, unit in db.session.execute(query)]


def has_units_to_come(booking_id: int) -> bool:
    """Whether a unit of the booking is neither earned nor cancelled."""
    query = (
        select(LineUnit.id)
        .join(BookingLine, BookingLine.id == LineUnit.line_id)
        .where(BookingLine.booking_id == booking_id, LineUnit.state == UnitState.BOOKED)
    )
    return db.session.scalar(select(query.exists())) or False


def count_open_holds(*, guest_key: str, address_key: str | None) -> tuple[int, int]:
    """Unpaid holds that are still running: of a guest, and from an address."""
    of_guest, of_address = Booking.guest_key == guest_key, Booking.address_key == address_key
    query = select(func.count(case((of_guest, 1))), func.count(case((of_address, 1)))).where(
        Booking.state == BookingState.HELD, Booking.hold_expires_at > clock.now(), Booking.paid == 0
    )
    guests, addresses = db.session.execute(
        query.where(or_(of_guest, of_address) if address_key else of_guest)
    ).one()
    return guests, addresses


def code_is_used(code: str) -> bool:
    """Whether a booking has this code."""
    return db.session.scalar(select(exists().where(Booking.code == code))) or False


def list_bookings(
    scope: Scope,
    *,
    states: Sequence[BookingState] | None = None,
    arriving: tuple[date, date] | None = None,
    staying: tuple[date, date] | None = None,
    text: str | None = None,
    names_in: Scope | None = None,
    after: tuple[date, int] | None = None,
    limit: int = 50,
) -> list[Booking]:
    """Bookings that the scope reaches, by arrival and number; date ranges are half-open.

    `states`: as they read now; `arriving`: arrival within; `staying`: a night, a departure or a pickup within; `text`:
    code or name; names count within `names_in`, the whole scope unless given; `after`: the last one seen.
    """
    query = whole_bookings().where(reached_by(scope)).order_by(Booking.arrival, Booking.id).limit(limit)
    if states is not None:
        query = query.where(reads_as(states))
    if arriving is not None:
        query = query.where(Booking.arrival >= arriving[0], Booking.arrival < arriving[1])
    if staying is not None:
        last_day = exists().where(
            BookingLine.booking_id == Booking.id,
            BookingLine.arrival == staying[0],
            BookingLine.cancelled_at.is_(None),
        )
        query = query.where(Booking.arrival < staying[1], or_(Booking.departure > staying[0], last_day))
    if text:
        query = query.where(_found_by(text, scope if names_in is None else names_in))
    if after is not None:
        later = and_(Booking.arrival == after[0], Booking.id > after[1])
        query = query.where(or_(Booking.arrival > after[0], later))
    return list(db.session.scalars(query))


def _found_by(text: str, names_in: Scope) -> ColumnElement[bool]:
    """Whether a text is the beginning of a booking's code, or part of a name that may be seen."""
    named = and_(reached_by(names_in), Booking.guest_name.icontains(text, autoescape=True))
    code = codes.normalise_code(text)
    is_code = code == "".join(char for char in text.upper() if char.isalnum())
    return or_(named, Booking.code.startswith(code)) if code and is_code else named


def whole_bookings() -> Select[Booking]:
    """Bookings with their lines and units loaded."""
    return select(Booking).options(selectinload(Booking.lines).selectinload(BookingLine.units))


def reached_by(scope: Scope) -> ColumnElement[bool]:
    """Whether a booking has a line in the scope."""
    if scope.everything:
        return Booking.id.is_not(None)
    mine = or_(BookingLine.village_id.in_(scope.villages), BookingLine.payee_id.in_(scope.payees))
    return exists().where(BookingLine.booking_id == Booking.id, mine)


def reads_as(states: Sequence[BookingState]) -> ColumnElement[bool]:
    """Whether a booking's state reads as one of these now: a hold past its time is expired."""
    lapsed = and_(Booking.state == BookingState.HELD, Booking.hold_expires_at <= clock.now())
    stored = and_(Booking.state.in_(states), not_(lapsed))
    return or_(stored, lapsed) if BookingState.EXPIRED in states else stored


def not_found() -> NotFound:
    """The one answer for a booking that is not there, or not theirs."""
    return NotFound(_("There is no booking with this code here."))
