"""Payments that guests had their bank take back: what is away, what stands apart for it, and how each ended."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import literal, select

from app.bookings.models import Booking
from app.bookings.queries.bookings import whole_bookings
from app.bookings.queries.checks.base import Moved, differing, moved_under, verdict
from app.bookings.queries.disputes import shares_aside
from app.bookings.queries.shares import fee_parts
from app.core.db import db
from app.core.filters import rupiah
from app.core.money import Rupiah
from app.ledger.models import Account, Posting
from app.ledger.queries import Check, balances, unit_balances
from app.payments.models import Dispute, Receipt
from app.payments.rules import CARD_KEEPER

FEES, FX, HELD = "fees:provider", "fx", f"held:{CARD_KEEPER}"

has_lost_a_dispute = (
    select(Dispute.id)
    .join(Receipt, Receipt.id == Dispute.receipt_id)
    .where(Dispute.settled_at.is_not(None), Receipt.reference == literal("booking:") + Booking.code)
    .correlate(Booking)
    .exists()
)


def dispute_checks() -> list[Check]:
    """Disputes against the books."""
    disputes = db.session.scalars(select(Dispute).order_by(Dispute.id)).all()
    return [_are_booked(disputes), _are_away(disputes), _stand_apart(disputes)]


def disputed_away() -> Rupiah:
    """What disputes took from the card provider's hands, in rupiah, fees and exchange included; what is lost counts as
    a refund that was sent, but for what had gone back before.
    """
    away = 0
    for one in db.session.scalars(select(Dispute)):
        away += one.taken_net if one.taken_at else 0
        away -= one.returned_net if one.returned_at else 0
        away -= one.amount - one.borne if one.settled_at else 0
    return away


def lost_on_disputes() -> Rupiah:
    """What changing money lost (or, below 0, won) when disputes took it and gave it back, in rupiah."""
    lost = 0
    for one in db.session.scalars(select(Dispute)):
        lost += one.taken_net - one.amount - one.taken_fee if one.taken_at else 0
        lost += one.amount - one.returned_fee - one.returned_net if one.returned_at else 0
    return lost


def _are_booked(disputes: Sequence[Dispute]) -> Check:
    """Each step of a dispute once, with its amount, its fee on whom it falls, and the exchange difference."""
    taken, returned, lost = (
        moved_under(word, Dispute.id) for word in ("dispute", "dispute-returned", "dispute-lost")
    )
    bookings = _bookings(disputes)
    breaches = []
    for one in disputes:
        booking = bookings.get(one.id)
        away = {(f"dispute:{one.id}", HELD): one.amount, (HELD, f"dispute:{one.id}"): -one.amount}
        steps: list[tuple[bool, Moved, dict[tuple[str, str], Rupiah]]] = [
            (
                one.taken_at is not None,
                taken.get(one.id, {}),
                away | _extra(booking, one.taken_fee, one.taken_net - one.amount - one.taken_fee),
            ),
            (
                one.returned_at is not None,
                returned.get(one.id, {}),
                {way: -amount for way, amount in away.items()}
                | _extra(booking, one.returned_fee, one.amount - one.returned_fee - one.returned_net),
            ),
            (
                one.settled_at is not None,
                lost.get(one.id, {}),
                {way: -amount for way, amount in away.items()} | _borne(booking, one.borne),
            ),
        ]
        for is_done, found, wanted in steps:
            expected = {
                (*way, CARD_KEEPER): amount for way, amount in wanted.items() if amount > 0 and is_done
            }
            if found != expected:
                breaches.append(f"dispute {one.provider_id}: not booked as written")
    total = sum(one.amount for one in disputes)
    return verdict(
        "every dispute is booked as written", f"{len(disputes)} disputes, {rupiah(total)}", breaches
    )


def _bookings(disputes: Sequence[Dispute]) -> dict[int, Booking]:
    """The booking of each dispute whose charge is known, by the dispute's number."""
    rows = db.session.execute(
        whole_bookings()
        .add_columns(Dispute.id)
        .join(Receipt, Receipt.reference == literal("booking:") + Booking.code)
        .join(Dispute, Dispute.receipt_id == Receipt.id)
        .where(Dispute.id.in_([one.id for one in disputes]))
    )
    return {number: booking for booking, number in rows}


def _extra(booking: Booking | None, fee: Rupiah, exchange: Rupiah) -> dict[tuple[str, str], Rupiah]:
    """What a fee and an exchange difference move; below 0 the other way round."""
    wanted = {(FEES, HELD): fee, (HELD, FEES): -fee, (FX, HELD): exchange, (HELD, FX): -exchange}
    for bearer, part in fee_parts(booking, abs(fee)) if booking else []:
        way = (f"payee:{bearer}:payable", FEES) if fee > 0 else (FEES, f"payee:{bearer}:payable")
        wanted[way] = wanted.get(way, 0) + part
    return wanted


def _borne(booking: Booking | None, amount: Rupiah) -> dict[tuple[str, str], Rupiah]:
    wanted: dict[tuple[str, str], Rupiah] = {}
    for bearer, part in fee_parts(booking, amount) if booking else []:
        way = (f"payee:{bearer}:payable", HELD)
        wanted[way] = wanted.get(way, 0) + part
    return wanted


def _are_away(disputes: Sequence[Dispute]) -> Check:
    """What is away without being decided, and nothing else, stands on the disputes' own accounts."""
    open_ = [one for one in disputes if one.taken_at and not one.returned_at and not one.settled_at]
    wanted = {f"dispute:{one.id}": -one.amount for one in open_}
    found = {row.code: row.amount for row in balances(family="dispute") if row.amount}
    return verdict(
        "money away for disputes is what is undecided",
        f"{len(open_)} undecided, {rupiah(sum(one.amount for one in open_))}",
        differing(wanted, found, "disputes|books"),
    )


def _stand_apart(disputes: Sequence[Dispute]) -> Check:
    """Disputed shares are exactly those of what is undecided, unit by unit."""
    wanted: dict[str, Rupiah] = {}
    for booking in {booking.id: booking for booking in _bookings(disputes).values()}.values():
        for (unit, account), amount in shares_aside(booking).items():
            wanted[f"{unit} {account}:disputed"] = amount
    found: dict[str, Rupiah] = {}
    for row in unit_balances(units=_units_aside(), family="payee", stage="disputed"):
        name = f"{row.unit} {row.code}"
        found[name] = found.get(name, 0) + row.amount
    return verdict(
        "disputed shares stand apart",
        f"{rupiah(sum(wanted.values()))} apart",
        differing(wanted, found, "disputes|books"),
    )


def _units_aside() -> list[str]:
    """Units of which anything was ever disputed."""
    query = select(Posting.unit).join(Account, Account.id == Posting.to_account_id)
    units = db.session.scalars(query.where(Account.stage == "disputed").distinct())
    return [unit for unit in units if unit is not None]
