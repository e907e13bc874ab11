"""Whom to write to because of the time: before a hold ends, before they come, after they were there. Each once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, exists, not_, or_
from sqlalchemy.orm import aliased

from app.bookings.models import Booking, BookingLine
from app.bookings.queries.bookings import whole_bookings
from app.bookings.rules import BookingState, LineKind
from app.core.db import db
from app.notifications.models import Message
from app.payments.models import Payment
from app.payments.rules import OPEN_STATES, PaymentMethod


def list_holds_ending(*, now: datetime, within: timedelta, least: timedelta, limit: int) -> list[Booking]:
    """Holds that wait for a transfer or QRIS and end within a time, of guests who had longer than `least` since they
    were told how to pay.
    """
    waits = exists().where(
        Payment.reference == "booking:" + Booking.code,
        Payment.method.in_([PaymentMethod.TRANSFER, PaymentMethod.QRIS]),
        Payment.state.in_(OPEN_STATES),
        Payment.created_at <= now - least,
    )
    query = whole_bookings().where(
        Booking.state == BookingState.HELD,
        Booking.hold_expires_at > now,
        Booking.hold_expires_at <= now + within,
        waits,
        not_(_is_written("hold_ending")),
    )
    return _list(query.order_by(Booking.id).limit(limit))


def list_arriving(*, first: date, last: date, confirmed_before: datetime, limit: int) -> list[Booking]:
    """Certain bookings that begin on one of these days, of guests who have not been reminded of it."""
    query = whole_bookings().where(
        Booking.state == BookingState.CONFIRMED,
        Booking.arrival.between(first, last),
        Booking.confirmed_at <= confirmed_before,
        not_(_was_told("before_arrival")),
    )
    return _list(query.order_by(Booking.id).limit(limit))


def list_gone_home(*, first: date, last: date, limit: int) -> list[Booking]:
    """Bookings of stays and packages that ended on one of these days and were not cancelled, not written to yet."""
    was_there = exists().where(
        BookingLine.booking_id == Booking.id,
        BookingLine.kind != LineKind.PRODUCT,
        BookingLine.cancelled_at.is_(None),
    )
    query = whole_bookings().where(
        or_(Booking.state == BookingState.CONFIRMED, Booking.state == BookingState.COMPLETED),
        Booking.departure.between(first, last),
        was_there,
        not_(_was_told("after_stay")),
    )
    return _list(query.order_by(Booking.id).limit(limit))


def _was_told(template: str) -> ColumnElement[bool]:
    return _is_written(template, is_of_these_dates())


def _is_written(template: str, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    is_about = Message.reference == "booking:" + Booking.code
    return exists().where(is_about, Message.template == template, *more)


def is_of_these_dates() -> ColumnElement[bool]:
    """Whether a message about a booking was written after its dates were changed, if they were: what was said of other
    dates says nothing of these.
    """
    later = aliased(Message)
    is_later = later.reference == Message.reference, later.id > Message.id
    return ~exists().where(*is_later, later.template == "dates_changed").correlate(Message)


def _list(query: object) -> list[Booking]:
    rows: Sequence[Booking] = db.session.scalars(query).all()  # type: ignore[call-overload]
    return list(rows)
