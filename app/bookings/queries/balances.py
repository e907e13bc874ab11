"""Certain bookings of which a part is still to be paid by a date: whom to remind, and what is due or overdue."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, not_

from app.bookings.models import Booking
from app.bookings.queries.bookings import reached_by, whole_bookings
from app.bookings.queries.reminders import is_of_these_dates
from app.bookings.rules import BookingState
from app.core import clock
from app.core.db import db
from app.notifications.models import Message
from app.users.rules import Scope

_owes = Booking.state == BookingState.CONFIRMED, Booking.paid - Booking.refunded < Booking.total


def list_balances_to_remind(*, until: date, confirmed_before: datetime, limit: int) -> list[Booking]:
    """Confirmed bookings with something left to pay by a date up to `until`, whose guests were not reminded yet."""
    query = whole_bookings().where(
        *_owes,
        Booking.balance_on.between(clock.today(), until),
        Booking.confirmed_at <= confirmed_before,
        not_(_told("balance_due")),
    )
    return list(db.session.scalars(query.order_by(Booking.id).limit(limit)))


def list_balances_on_their_day(*, told_before: datetime, limit: int) -> list[Booking]:
    """Confirmed bookings with something left to pay by today, whose guests were reminded before a time, not since."""
    query = whole_bookings().where(
        *_owes,
        Booking.balance_on == clock.today(),
        _told("balance_due", Message.created_at < told_before),
        not_(_told("balance_today")),
    )
    return list(db.session.scalars(query.order_by(Booking.id).limit(limit)))


def list_balances_due(scope: Scope, *, until: date, limit: int = 200) -> list[Booking]:
    """Certain bookings within the scope of which a part is to be paid by a date up to `until`, the longest overdue
    first.
    """
    query = whole_bookings().where(*_owes, Booking.balance_on <= until, reached_by(scope))
    return list(db.session.scalars(query.order_by(Booking.balance_on, Booking.id).limit(limit)))


def _told(template: str, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    is_about = Message.reference == "booking:" + Booking.code
    return exists().where(is_about, Message.template == template, is_of_these_dates(), *more)
