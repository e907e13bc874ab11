"""Shares of money that a guest's bank has taken back stand apart until it is decided whose it is."""

from __future__ import annotations

from collections import defaultdict

from app.bookings import queries
from app.bookings.models import Booking
from app.bookings.rules import account_at
from app.core import clock
from app.core.money import Rupiah
from app.ledger.queries import UnitBalance, unit_balances
from app.ledger.services import Move, post
from app.payments.queries import list_open_disputes
from app.payments.rules import CARD_KEEPER

ASIDE = "disputed"
FIRST = ("pending", "payable")


def set_aside(*, booking: Booking, reference: str, always: bool = False) -> None:
    """Let exactly what is disputed now stand on `payee:<id>:disputed`, unit by unit; the rest where its unit's state
    puts it. Called after whatever changes a booking's shares; without a dispute nothing is looked up, unless `always`.
    `reference` is that of the entry which changed them.
    """
    if not always and not list_open_disputes(booking.reference):
        return
    wanted = queries.shares_aside(booking)
    standing: dict[tuple[str, str], list[UnitBalance]] = defaultdict(list)
    for row in unit_balances(units=_units(booking), family="payee"):
        standing[row.unit, row.code.rpartition(":")[0]].append(row)
    moves: list[Move] = []
    for share in sorted({*wanted, *standing}):
        rows = standing[share]
        aside = sum(row.amount for row in rows if row.code.endswith(ASIDE))
        change = wanted.get(share, 0) - aside
        if change > 0:
            moves += _put(booking, share, rows, change)
        elif change < 0:
            moves += _back(booking, share, rows, -change)
    if moves:
        post(reference=f"disputed:{reference}", kind="disputed", subject=booking.reference, moves=moves)


def _units(booking: Booking) -> list[str]:
    return [f"unit:{unit.id}" for line in booking.lines for unit in line.units]


def _put(booking: Booking, share: tuple[str, str], rows: list[UnitBalance], amount: Rupiah) -> list[Move]:
    """From what waits, then from what is payable; what was paid out leaves its party in debt, for all to see. What a
    unit that is not earned lacks by rounding waits there below 0.
    """
    (unit, party), moves = share, []
    there = [row for row in rows if row.amount > 0 and row.code.endswith(FIRST)]
    for row in sorted(there, key=lambda row: (not row.code.endswith(FIRST[0]), row.keeper)):
        part = min(amount, row.amount)
        if part:
            moves.append(Move(row.code, f"{party}:{ASIDE}", part, row.keeper, unit, row.service_on))
            amount -= part
    if amount:
        on = next((row.service_on for row in rows if row.service_on), booking.arrival)
        moves.append(Move(_account_now(booking, share), f"{party}:{ASIDE}", amount, CARD_KEEPER, unit, on))
    return moves


def _back(booking: Booking, share: tuple[str, str], rows: list[UnitBalance], amount: Rupiah) -> list[Move]:
    """To where its unit's state puts it by now."""
    account, moves = _account_now(booking, share), []
    for row in sorted(rows, key=lambda row: row.keeper):
        part = min(amount, row.amount) if row.code.endswith(ASIDE) else 0
        if part > 0:
            moves.append(Move(row.code, account, part, row.keeper, row.unit, row.service_on))
            amount -= part
    return moves


def _account_now(booking: Booking, share: tuple[str, str]) -> str:
    """A party's account at the stage of a unit by now."""
    name, party = share
    unit, kind = next(
        (unit, line.kind) for line in booking.lines for unit in line.units if f"unit:{unit.id}" == name
    )
    return account_at(party, state=unit.state, kind=kind, on=unit.on, now=clock.now())
