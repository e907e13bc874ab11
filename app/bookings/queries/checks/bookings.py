"""A booking's own figures against each other and against the books."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import aliased

from app.bookings.models import Booking, BookingLine, LineUnit
from app.bookings.queries.checks.base import differing, is_given_up, verdict
from app.bookings.queries.checks.disputes import has_lost_a_dispute
from app.bookings.rules import LIVE, BookingState, LineKind, UnitState
from app.core.db import db
from app.core.filters import rupiah
from app.core.money import Rupiah
from app.ledger.models import Account, JournalEntry, Posting
from app.ledger.queries import Check, keeper_balances

DAY = timedelta(days=1)


def booking_checks() -> list[Check]:
    """Accounts of bookings are empty, and what each booking says is what the books say."""
    return [
        _accounts_are_empty(),
        _entries_keep_to_their_booking(),
        _prices_add_up(),
        *_figures_match(),
        _certain_ones_are_paid(),
        _ended_ones_hold_nothing(),
        _completed_ones_are_over(),
        _cancelled_lines_are_over(),
        _lines_have_their_units(),
    ]


def _accounts_are_empty() -> Check:
    """Whatever comes to a booking is divided or goes back in the same transaction, with the same keeper."""
    left = keeper_balances("booking")
    count = db.session.scalar(select(func.count(Account.id)).where(Account.family == "booking")) or 0
    breaches = [f"{row.code} with {row.keeper}: {rupiah(row.amount)}" for row in left]
    return verdict("booking accounts are 0, with every keeper", f"{count} accounts", breaches)


def _entries_keep_to_their_booking() -> Check:
    """An entry about a booking moves no other booking's money."""
    rows = db.session.execute(
        select(JournalEntry.reference, Account.code)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .join(Account, Account.id.in_([Posting.from_account_id, Posting.to_account_id]))
        .where(Account.family == "booking", Account.code != JournalEntry.subject)
        .distinct()
    )
    breaches = [f"{reference} moves money of {code}" for reference, code in rows]
    count = db.session.scalar(select(func.count(JournalEntry.id))) or 0
    return verdict("an entry keeps to its own booking", f"{count} entries", breaches)


def _prices_add_up() -> Check:
    """Units add up to their line, lines to their booking; of a line that was cancelled out of a trip, and of a unit
    that ended alone, counts what is kept.
    """
    worth = case((LineUnit.ended_at.is_(None), LineUnit.price), else_=func.coalesce(LineUnit.kept, 0))
    units = (
        select(
            LineUnit.line_id,
            func.sum(LineUnit.price).label("price"),
            func.sum(func.coalesce(LineUnit.kept, 0)).label("kept"),
            func.sum(worth).label("worth"),
        )
        .group_by(LineUnit.line_id)
        .subquery()
    )
    lines = db.session.execute(
        select(
            Booking.code,
            Booking.total,
            BookingLine.position,
            BookingLine.price,
            units.c.price,
            units.c.kept,
            units.c.worth,
            BookingLine.cancelled_at,
        )
        .join(BookingLine, BookingLine.booking_id == Booking.id)
        .outerjoin(units, units.c.line_id == BookingLine.id)
        .order_by(Booking.id, BookingLine.position)
    ).all()
    totals: dict[str, Rupiah] = {}
    sums: dict[str, Rupiah] = {}
    breaches = []
    for code, total, position, price, of_units, kept, worth_now, cancelled_at in lines:
        totals[code] = total
        sums[code] = sums.get(code, 0) + int(worth_now if cancelled_at is None else kept)
        if price != (of_units or 0):
            breaches.append(
                f"{code} line {position}: line {rupiah(price)}, its units {rupiah(of_units or 0)}"
            )
    breaches += differing(totals, sums, "total|its lines")
    return verdict("units add up to lines, lines to bookings", f"{len(lines)} lines", breaches)


def _figures_match() -> list[Check]:
    """Paid, returned and divided: each booking's figures against the postings on its account."""
    rows = db.session.execute(select(Booking.code, Booking.paid, Booking.refunded)).all()
    paid = {code: paid for code, paid, _refunded in rows}
    refunded = {code: refunded for code, _paid, refunded in rows}
    kept = {code: paid - refunded for code, paid, refunded in rows}
    moved = _moved_by_other_side()
    seen = f"{len(rows)} bookings"
    return [
        verdict(
            "received in the books is what bookings say",
            f"{seen}, {rupiah(sum(paid.values()))}",
            differing(paid, moved["held"], "booking|books"),
        ),
        verdict(
            "returned in the books is what bookings say",
            f"{seen}, {rupiah(sum(refunded.values()))}",
            differing(refunded, moved["refund"], "booking|books"),
        ),
        verdict(
            "divided in the books is what bookings keep",
            f"{seen}, {rupiah(sum(kept.values()))}",
            differing(kept, moved["shares"], "booking|books"),
        ),
    ]


_KINDS = {"payee": "shares", "tax": "shares", "credit": "held"}
"""What a family of accounts is to a booking, where it has another name: a credit pays like a hand that holds money."""


def _moved_by_other_side() -> dict[str, dict[str, Rupiah]]:
    """By booking code: what came from `held`, and what went to `refund` and, less what came back, to `shares`."""
    moved: dict[str, dict[str, Rupiah]] = {"held": {}, "refund": {}, "shares": {}}
    mine, other = aliased(Account), aliased(Account)
    sides = (
        (Posting.from_account_id, Posting.to_account_id, 1),
        (Posting.to_account_id, Posting.from_account_id, -1),
    )
    for own_side, far_side, sign in sides:
        rows = db.session.execute(
            select(mine.owner, other.family, func.sum(Posting.amount))
            .join(mine, mine.id == own_side)
            .join(other, other.id == far_side)
            .where(mine.family == "booking")
            .group_by(mine.owner, other.family)
        )
        for code, family, amount in rows:
            kind = _KINDS.get(family, family)
            sums = moved.setdefault(kind, {})
            direction = -sign if kind == "held" else sign
            sums[code] = sums.get(code, 0) + direction * int(amount)
    return moved


def _certain_ones_are_paid() -> Check:
    """Certain means that what is due now is paid, or that somebody vouched for it, unless a bank took it back."""
    states = Booking.state.in_(LIVE)
    is_short = Booking.paid - Booking.refunded < Booking.due_now
    rows = db.session.scalars(
        select(Booking.code).where(states, Booking.vouched_reason.is_(None), is_short, ~has_lost_a_dispute)
    ).all()
    count = db.session.scalar(select(func.count(Booking.id)).where(states)) or 0
    return verdict("certain bookings are paid or vouched for", f"{count} bookings", list(rows))


def _ended_ones_hold_nothing() -> Check:
    """What was paid for a booking that ran out or was declined is owed back in full."""
    ended = Booking.state.in_([BookingState.EXPIRED, BookingState.DECLINED])
    rows = db.session.scalars(select(Booking.code).where(ended, Booking.paid != Booking.refunded)).all()
    count = db.session.scalar(select(func.count(Booking.id)).where(ended)) or 0
    return verdict("bookings that ran out keep no money", f"{count} bookings", list(rows))


def _completed_ones_are_over() -> Check:
    """A completed booking has no unit that is still to come."""
    done = Booking.state == BookingState.COMPLETED
    rows = db.session.scalars(
        select(Booking.code)
        .join(BookingLine, BookingLine.booking_id == Booking.id)
        .join(LineUnit, LineUnit.line_id == BookingLine.id)
        .where(done, LineUnit.state == UnitState.BOOKED)
        .distinct()
    ).all()
    count = db.session.scalar(select(func.count(Booking.id)).where(done)) or 0
    return verdict("completed bookings have nothing to come", f"{count} bookings", list(rows))


def _cancelled_lines_are_over() -> Check:
    """Whatever unit was cancelled says what is kept of it, and of a cancelled line none is booked; a booking that is
    not cancelled keeps something only of such lines and of units that ended alone, and has a line left. Of a stay that
    lives, whatever lies after the day of departure has ended.
    """
    gone = BookingLine.cancelled_at.is_not(None)
    lives = Booking.state != BookingState.CANCELLED
    odd = or_(
        and_(gone, or_(LineUnit.kept.is_(None), LineUnit.state == UnitState.BOOKED)),
        and_(lives, ~gone, LineUnit.kept.is_not(None), LineUnit.ended_at.is_(None)),
        and_(LineUnit.kept.is_(None), LineUnit.ended_at.is_not(None)),
        and_(
            BookingLine.kind == LineKind.STAY,
            LineUnit.on >= BookingLine.departure,
            LineUnit.kept.is_(None),
        ),
        and_(LineUnit.kept.is_(None), LineUnit.state.in_([UnitState.KEPT, UnitState.CANCELLED])),
    )
    lines = select(Booking.code).join(BookingLine, BookingLine.booking_id == Booking.id)
    units = lines.join(LineUnit, LineUnit.line_id == BookingLine.id)
    breaches = list(db.session.scalars(units.where(odd).distinct()))
    left = func.sum(case((gone, 0), else_=1))
    breaches += db.session.scalars(lines.group_by(Booking.code).having(left == 0))
    count = db.session.scalar(select(func.count(BookingLine.id)).where(gone)) or 0
    return verdict("lines cancelled alone are over, the rest stays", f"{count} lines", breaches)


def _lines_have_their_units() -> Check:
    """What was not given up of a line is what it says: so many seats or pieces, so many rooms in each of its nights."""
    line = BookingLine
    rows = db.session.execute(
        select(Booking.code, line.position, line.kind, line.quantity, line.arrival, line.departure)
        .add_columns(func.count(LineUnit.id), func.min(LineUnit.on), func.max(LineUnit.on))
        .join(line, line.booking_id == Booking.id)
        .join(LineUnit, LineUnit.line_id == line.id)
        .where(line.cancelled_at.is_(None), ~is_given_up())
        .group_by(Booking.code, line.id)
        .order_by(line.id)
    ).all()
    breaches = []
    for code, position, kind, quantity, arrival, departure, count, first_on, last_on in rows:
        is_stay = kind == LineKind.STAY
        dates = (departure - arrival).days if is_stay else 1
        if count != quantity * dates or (is_stay and (first_on, last_on) != (arrival, departure - DAY)):
            breaches.append(f"{code} line {position}: {count} units from {first_on} to {last_on}")
    return verdict("lines have the units that they say", f"{len(rows)} lines", breaches)
