"""Vouchers and credits: every use is a booking's, no rupiah is promised twice, and the books say what is left."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import ColumnElement, String, and_, cast, func, literal, or_, select

from app.bookings.models import Booking, BookingLine, Credit, LineUnit, Voucher
from app.bookings.queries.checks.base import differing, verdict
from app.bookings.rules import LIVE, BookingState, CreditKind
from app.core import clock
from app.core.counters import Counter, CounterClaim
from app.core.db import db
from app.core.filters import rupiah
from app.core.money import Rupiah
from app.ledger.models import JournalEntry
from app.ledger.queries import Check, keeper_balances
from app.payments.models import Receipt, Refund
from app.payments.rules import RefundState
from app.revenue.rules import SplitTerms


def coupon_checks() -> list[Check]:
    """Uses, promises, and what is left of credits."""
    return [
        _credits_are_booked(),
        _credits_hold_what_is_left(),
        _credits_are_claimed(),
        _vouchers_are_claimed(),
        _claims_are_of_bookings(),
        _discounts_have_a_bearer(),
    ]


def is_coupon() -> ColumnElement[bool]:
    """Whether a claim is a booking's on a voucher or a credit."""
    return or_(CounterClaim.reference.startswith("voucher:"), CounterClaim.reference.startswith("credit:"))


def gifts_by_keeper() -> list[tuple[str, Rupiah]]:
    """What keepers were given for gifts, in rupiah."""
    query = select(Credit.keeper, func.sum(Credit.amount)).where(Credit.kind == CreditKind.GIFT)
    return [(keeper, int(amount)) for keeper, amount in db.session.execute(query.group_by(Credit.keeper))]


def _flows() -> dict[int, Rupiah]:
    """What should lie on each credit by its receipts and refunds: given, less what was spent, with what came back."""
    left: dict[int, Rupiah] = defaultdict(int)
    for credit in db.session.scalars(select(Credit)):
        if credit.kind == CreditKind.GIFT:
            left[credit.id] += credit.amount
    sent = Refund.state == RefundState.SENT
    for key, amount in db.session.execute(
        select(Refund.credit_id, func.sum(Refund.amount)).where(sent).group_by(Refund.credit_id)
    ):
        if key is not None:
            left[key] += int(amount)
    for key, amount in db.session.execute(
        select(Receipt.credit_id, func.sum(Receipt.applied)).group_by(Receipt.credit_id)
    ):
        if key is not None:
            left[key] -= int(amount)
    return dict(left)


def _credits_are_booked() -> Check:
    """A gift is in the books when it is sold; what was taken instead of a refund is one, of exactly that amount."""
    rows = db.session.execute(
        select(Credit.id, Credit.kind, Credit.amount, JournalEntry.id, func.sum(Refund.amount))
        .outerjoin(JournalEntry, JournalEntry.reference == literal("credit:") + cast(Credit.id, String))
        .outerjoin(Refund, and_(Refund.credit_id == Credit.id, Refund.created_at <= Credit.created_at))
        .group_by(Credit.id, JournalEntry.id)
    ).all()
    breaches = [
        f"credit {key}: {kind.value} of {rupiah(amount)}, which the books do not say"
        for key, kind, amount, entry, refunded in rows
        if (kind == CreditKind.GIFT) != (entry is not None)
        or (kind == CreditKind.REFUND and refunded != amount)
    ]
    return verdict("credits are booked as given", f"{len(rows)} credits", breaches)


def _credits_hold_what_is_left() -> Check:
    """What stands on a credit's account is what was given, less what was spent, with what came back."""
    wanted = {f"credit:{key}": amount for key, amount in _flows().items() if amount}
    books: dict[str, Rupiah] = defaultdict(int)
    for row in keeper_balances("credit"):
        books[row.code] += row.amount
    below = [f"{code}: {rupiah(amount)}" for code, amount in books.items() if amount < 0]
    breaches = [*differing(wanted, dict(books), "receipts and refunds|books"), *below]
    return verdict("credits hold what is left of them", f"{rupiah(sum(books.values()))} left", breaches)


def _credits_are_claimed() -> Check:
    """The counter of a credit has all of it, and claims for good what was spent: the rest is what the books say."""
    for_good = func.coalesce(func.sum(CounterClaim.quantity), 0)
    claimed = and_(CounterClaim.counter_id == Credit.counter_id, CounterClaim.expires_at.is_(None))
    rows = db.session.execute(
        select(Credit.id, Credit.amount, Counter.capacity, for_good)
        .join(Counter, Counter.id == Credit.counter_id)
        .outerjoin(CounterClaim, claimed)
        .group_by(Credit.id, Counter.capacity)
    ).all()
    left = _flows()
    breaches = [
        f"credit {key}: {rupiah(amount)}, its counter {rupiah(capacity)}, spent {rupiah(spent)}, "
        f"left {rupiah(left.get(key, 0))}"
        for key, amount, capacity, spent in rows
        if capacity != amount or amount - spent != left.get(key, 0)
    ]
    return verdict("credits are claimed for what was spent", f"{len(rows)} credits", breaches)


def _holds_now(kind: str, number: ColumnElement[int]) -> ColumnElement[bool]:
    claim = select(CounterClaim.reference).where(
        CounterClaim.reference == literal(f"{kind}:") + Booking.code, CounterClaim.counter_id == number
    )
    lasting = or_(
        and_(Booking.state.in_(LIVE), CounterClaim.expires_at.is_(None)),
        and_(Booking.state == BookingState.HELD, CounterClaim.expires_at >= Booking.hold_expires_at),
    )
    return claim.where(lasting).correlate(Booking, Voucher, Credit).exists()


def _vouchers_are_claimed() -> Check:
    """Each use of a voucher by a certain booking, or by a hold that runs, is claimed; so is what is promised."""
    runs = and_(Booking.state == BookingState.HELD, Booking.hold_expires_at > clock.now())
    needs = or_(Booking.state.in_(LIVE), runs)
    vouchers = select(Booking.code).join(Voucher, Voucher.id == Booking.voucher_id).where(needs)
    promises = select(Booking.code).join(Credit, Credit.id == Booking.credit_id)
    promises = promises.where(runs, Booking.credit_amount > 0)
    missing = [
        *(f"{code}: no use of its voucher" for code in _codes(vouchers, "voucher", Voucher.counter_id)),
        *(f"{code}: its credit is not kept" for code in _codes(promises, "credit", Credit.counter_id)),
    ]
    count = db.session.scalar(select(func.count(Booking.id)).where(Booking.voucher_id.is_not(None))) or 0
    return verdict("vouchers and promised credits are claimed", f"{count} with a voucher", missing)


def _codes(query: object, kind: str, number: object) -> list[str]:
    return list(db.session.scalars(query.where(~_holds_now(kind, number))))  # type: ignore[attr-defined, arg-type]


def _claims_are_of_bookings() -> Check:
    """Each claim on a voucher or credit is of a booking that has it, and of one that is not over without a trace."""
    claims = db.session.execute(
        select(CounterClaim.reference, CounterClaim.quantity).where(is_coupon())
    ).all()
    holders = {holder.partition(":")[2] for holder, _quantity in claims}
    received = Booking.paid - Booking.refunded
    rows = db.session.execute(
        select(Booking.code, Booking.state, received).where(Booking.code.in_(holders))
    ).all()
    over = {BookingState.EXPIRED, BookingState.DECLINED}
    right = {
        code for code, state, kept in rows if state not in over and (kept or state != BookingState.CANCELLED)
    }
    breaches = [
        f"{holder}: {quantity} of a booking that has ended or is not there"
        for holder, quantity in claims
        if holder.partition(":")[2] not in right
    ]
    return verdict("claims on vouchers and credits are of bookings", f"{len(claims)} claims", breaches)


def _discounts_have_a_bearer() -> Check:
    """What was taken off is borne by the voucher's own party, in a booking that has one."""
    rows = db.session.execute(
        select(
            Booking.code,
            BookingLine.position,
            BookingLine.splits,
            LineUnit.split_index,
            LineUnit.discount,
            Voucher.payee_id,
        )
        .join(BookingLine, BookingLine.id == LineUnit.line_id)
        .join(Booking, Booking.id == BookingLine.booking_id)
        .outerjoin(Voucher, Voucher.id == Booking.voucher_id)
        .where(LineUnit.discount > 0)
    ).all()
    breaches = [
        f"{code} line {position}: {rupiah(discount)} off, borne by nobody"
        for code, position, splits, index, discount, payee_id in rows
        if payee_id is None or SplitTerms.from_data(splits[index]).bearer != payee_id
    ]
    total = sum(row.discount for row in rows)
    return verdict("what vouchers take off is borne by their party", f"{rupiah(total)} off", breaches)
