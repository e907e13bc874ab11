"""How a booking's money is divided, as planned and as the books say, and every step it took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.bookings.models import Booking, BookingLine, LineUnit
from app.bookings.rules import LIVE, BookingState, fill
from app.core.money import Rupiah
from app.ledger.models import JournalEntry
from app.ledger.queries import list_entries, unit_balances
from app.revenue.rules import (
    Part,
    PartyShare,
    SoldUnit,
    SplitTerms,
    allocate,
    by_party,
    divide_fee,
    divide_kept,
    planned,
)

STAGES = frozenset({"pending", "payable", "disputed"})
COUNTED = {"refund": "refund", "fee": "fees", "dispute_returned": "dispute", "refund_sent_undone": "refund"}
"""Of an entry's kind: the family of accounts whose parts are what it is about."""

BETWEEN_KEEPERS = frozenset({"between", "refund"})
"""Of a refund that another keeper sends than the one who has the money: what the two settle between them."""

INNER = frozenset({"disputed", "dispute_lost", "refund_again"})
"""Kinds of entries that only say how something is kept apart: no money of the guest moves."""


def sold_units(
    booking: Booking, lines: Sequence[BookingLine] | None = None, *, ended: bool = False
) -> tuple[list[SoldUnit], dict[int, LineUnit]]:
    """A booking's units in filling order (line, then date), as the split sees them, and the rows by their key; of
    some of its lines, or all. What the guest cancelled comes along only where `ended` asks for it.
    """
    units: list[SoldUnit] = []
    rows: dict[int, LineUnit] = {}
    for line in booking.lines if lines is None else lines:
        terms = [SplitTerms.from_data(split) for split in line.splits]
        for unit in line.units:
            if unit.kept is not None and not ended:
                continue
            rows[unit.id] = unit
            units.append(_as_sold(line, unit, terms))
    return units, rows


def _as_sold(line: BookingLine, unit: LineUnit, terms: Sequence[SplitTerms]) -> SoldUnit:
    return SoldUnit(unit.id, line.position, unit.on, unit.price, terms[unit.split_index], unit.discount)


def fee_parts(booking: Booking, fee: Rupiah) -> list[tuple[int, Rupiah]]:
    """Who bears how much of what a payment for this booking cost, line by line, in rupiah, as the first day of each
    line was agreed, whether the line was cancelled or not. Lines that came by a change of dates bear nothing: those in
    whose place they are do, so that a fee never falls another way than it was booked.
    """
    sold = [line for line in booking.lines if line.replaces_id is None]
    return divide_fee(fee, [(line.price, SplitTerms.from_data(line.splits[0])) for line in sold])


def shares_of(booking: Booking, lines: Sequence[BookingLine] | None = None) -> list[PartyShare]:
    """Who gets what: the plan while the booking lives, with what is kept of parts that were cancelled; and what was
    really kept once it has ended early.
    """
    if booking.state_now not in LIVE | {BookingState.HELD}:
        return kept_shares(booking, lines)
    units, _rows = sold_units(booking, lines)
    plan = allocate(units, 0, sum(unit.price for unit in units))
    return by_party([*plan, *kept_parts(booking, lines)])


def kept_parts(booking: Booking, lines: Sequence[BookingLine] | None = None) -> list[Part]:
    """What each party has of what was cancelled, unit by unit, by what the units keep."""
    units, rows = sold_units(booking, lines, ended=True)
    ended = {unit.key: rows[unit.key].kept or 0 for unit in units if rows[unit.key].kept is not None}
    return divide_kept([unit for unit in units if unit.key in ended], ended)


def kept_shares(booking: Booking, lines: Sequence[BookingLine] | None = None) -> list[PartyShare]:
    """What the books say each party has of this booking, in rupiah; empty when everything went back."""
    names = _party_names(booking)
    ids = [_name_of(unit) for line in (booking.lines if lines is None else lines) for unit in line.units]
    rows = [*unit_balances(units=ids, family="payee"), *unit_balances(units=ids, family="tax")]
    parts = []
    for row in rows:
        account = row.code.rsplit(":", 1)[0] if row.code.startswith("payee:") else row.code
        kind, name = names[account]
        parts.append(Part(0, row.service_on or booking.arrival, account, kind, name, row.amount))
    return by_party(parts)


def filled_units(booking: Booking) -> dict[int, Rupiah]:
    """What was paid and has not gone back, spread over the booking's units in filling order, in rupiah by unit; what is
    kept of something cancelled lies on its units already.
    """
    _units, rows = sold_units(booking, ended=True)
    kept = {key: row.kept for key, row in rows.items() if row.kept is not None}
    prices = [(key, row.price) for key, row in rows.items() if key not in kept]
    return kept | fill(booking.received - booking.kept, prices)


@dataclass(frozen=True)
class TrailStep:
    """One step of the money of a booking, in rupiah, as anybody may read it.

    `kind` is receipt, allocate, earn, refund, refund_sent, refund_sent_undone, fee, dispute or dispute_returned;
    `parts` say what went to whom.
    """

    kind: str
    at: datetime
    amount: int
    keepers: tuple[str, ...]
    dates: tuple[date, ...]
    parts: tuple[PartyShare, ...]


def rupiah_trail(booking: Booking, lines: Sequence[BookingLine] | None = None) -> list[TrailStep]:
    """Every entry of the books about a booking, oldest first; of what was divided, only what some lines had."""
    names = _party_names(booking)
    units = None if lines is None else {_name_of(unit) for line in lines for unit in line.units}
    entries = [entry for entry in list_entries(booking.reference) if entry.kind not in INNER]
    steps = [_trail_step(entry, names, units) for entry in entries]
    return [step for step in steps if step.parts]


def _trail_step(entry: JournalEntry, names: dict[str, tuple[str, str]], units: set[str] | None) -> TrailStep:
    parts = []
    shown = [p for p in entry.postings if units is None or p.unit is None or p.unit in units]
    if entry.kind == "dispute":  # its fee is none of the guest's
        shown = [p for p in shown if p.from_account.family == "dispute"]
    for posting in shown:
        code = posting.to_account.code
        account = code.rsplit(":", 1)[0] if posting.to_account.stage in STAGES else code
        kind, name = names.get(account, (posting.to_account.family, posting.to_account.owner))
        parts.append(Part(0, posting.service_on or entry.booked_on, account, kind, name, posting.amount))
    # Taking shares back for a refund is a step inside of it: what the guest gets is what counts.
    # A fee passes through its account to where the money lies: what the provider kept is counted once.
    counted = [part for part in parts if part.kind == COUNTED.get(entry.kind, part.kind)]
    if entry.kind == "refund_sent":
        counted = [part for part in counted if part.kind not in BETWEEN_KEEPERS]
    return TrailStep(
        kind=entry.kind,
        at=entry.created_at,
        amount=sum(part.amount for part in counted),
        keepers=tuple(sorted({posting.keeper for posting in shown})),
        dates=tuple(sorted({posting.service_on for posting in shown if posting.service_on})),
        parts=tuple(_by_party(counted)),
    )


def _by_party(parts: Sequence[Part]) -> list[PartyShare]:
    """Parties in their usual order; the accounts of the house itself as they stand."""
    people = [part for part in parts if part.account.startswith(("payee:", "tax:"))]
    others = [PartyShare(p.account, p.kind, p.name, p.amount) for p in parts if p not in people]
    return [*by_party(people), *others]


def _party_names(booking: Booking) -> dict[str, tuple[str, str]]:
    units, _rows = sold_units(booking, ended=True)
    return {share.account: (share.kind, share.name) for share in planned(units)}


def _name_of(unit: LineUnit) -> str:
    return f"unit:{unit.id}"
