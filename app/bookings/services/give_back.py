"""A part of what was received goes back: shares fall to what is kept, and what fell is owed to the guest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import product

from app.bookings import queries
from app.bookings.models import Booking
from app.bookings.rules import account_at
from app.bookings.services.coupons import return_to_credit
from app.bookings.services.issue import issue_credit_notes
from app.core import clock
from app.core.money import Rupiah
from app.ledger.queries import UnitBalance, unit_balances
from app.ledger.services import Move, post
from app.payments.models import Refund
from app.payments.queries import list_receipts, refunded_of
from app.payments.services import create_refund
from app.revenue.rules import divide_kept

Purses = dict[str, Rupiah]
"""Rupiah by keeper."""

Share = tuple[str, str]
"""A unit and a party's account without its stage."""


def give_back(
    *,
    booking: Booking,
    kept: Mapping[int, Rupiah],
    reason: str,
    part: int | str | None = None,
    codes: bool = False,
    ending: Collection[int] | None = None,
) -> list[Refund]:
    """Owe the guest all that was received but what units keep (by unit id, in rupiah), from the newest receipt first;
    of a unit that lives on, what it is filled with. `part` names the step, where only a part ends (the position of the
    line); `codes`: unique codes of transfers go back as well, for the house cancels. `ending` are the units that end
    with this step, all unless given: what has ended is divided by itself, and what lives by itself.

    A(received) − A(kept) falls from the shares. Where it lies with another keeper than the money that goes back, the
    same entry moves the difference between the two keepers, to be settled by them.
    """
    owed = _owe(booking, booking.received - sum(kept.values()), reason, codes=codes)
    refunds = [one for one, _applied in owed]
    leaving: Purses = defaultdict(int)
    for refund, applied in owed:
        leaving[refund.keeper] += applied
        booking.refunded += applied
    moves = take_shares(booking=booking, kept=kept, leaving=leaving, ending=ending)
    entries = [_moves_of(booking, refund, applied) for refund, applied in owed]
    # What falls stands in the first one's entry; each of the others has its own, as everywhere.
    entries = [moves + entries[0], *entries[1:]] if entries else [moves]
    name = f"keep:{booking.code}" if part is None else f"keep:{booking.code}:{part}"
    names = [f"refund:{one.id}" for one in refunds] or [name]
    for name, entry in zip(names, entries, strict=True):
        if entry:
            post(reference=name, kind="refund", subject=booking.reference, moves=entry, note=reason)
    return_to_credit(booking=booking, refunds=refunds)
    issue_credit_notes(booking=booking, refunds=refunds)
    return refunds


def take_shares(
    *,
    booking: Booking,
    kept: Mapping[int, Rupiah],
    leaving: Mapping[str, Rupiah],
    ending: Collection[int] | None = None,
) -> list[Move]:
    """What takes the shares to what units keep (by unit id), the rest to the booking, from where so much is `leaving`
    with each keeper. All in rupiah. `ending` as in `give_back`.
    """
    moves, purses = _fall(booking, kept, ending)
    for keeper, amount in leaving.items():
        purses[keeper] -= amount
    return moves + _between(booking.reference, purses)


def _owe(booking: Booking, amount: Rupiah, reason: str, *, codes: bool) -> list[tuple[Refund, Rupiah]]:
    """Refunds over an amount, each by the way its money came, and how much of each was applied to the booking. A unique
    code stays, for it was the way to know the money, unless `codes` says otherwise.
    """
    refunds = []
    for receipt in reversed(list_receipts(booking.reference)):
        left = queries.applied_left(receipt)
        returned = refunded_of(receipt.id) - queries.excess_returned(receipt.id)
        part = min(amount, left)
        # A receipt gives back what was applied first, so whatever went beyond that was its code.
        code = max(0, receipt.applied + receipt.code_amount - returned - left) if codes else 0
        if part + code > 0:
            refunds.append((create_refund(receipt=receipt, amount=part + code, reason=reason), part))
            amount -= part
    assert amount == 0, "nothing goes back that did not come"
    return refunds


def _moves_of(booking: Booking, refund: Refund, applied: Rupiah) -> list[Move]:
    """What a refund is taken from: the booking, and the account of unique codes for what lies beyond."""
    account = refund.keeper.partition(":")[2]
    parts = ((booking.reference, applied), (f"codes:{account}", refund.amount - applied))
    return [Move(source, f"refund:{refund.id}", amount, refund.keeper) for source, amount in parts if amount]


def _fall(
    booking: Booking, kept: Mapping[int, Rupiah], ending: Collection[int] | None
) -> tuple[list[Move], Purses]:
    """What takes the shares from where they stand to where they must: moves, and what each keeper has over then.

    What falls is never less than what rises: the difference goes back to the guest.
    """
    wanted = _wanted(booking, kept, ending)
    standing: dict[Share, list[UnitBalance]] = defaultdict(list)
    for row in _standing(booking):
        standing[row.unit, _party(row.code)].append(row)
    changes = {
        share: wanted.get(share, 0) - sum(row.amount for row in standing[share])
        for share in sorted({*wanted, *standing})
    }
    moves: list[Move] = []
    purses: Purses = defaultdict(int)
    for share, change in changes.items():
        if change < 0:
            moves += _take(booking.reference, standing[share], -change, purses)
    units = {f"unit:{unit.id}": (unit, line.kind) for line in booking.lines for unit in line.units}
    now = clock.now()
    for (name, party), change in changes.items():
        if change > 0:
            unit, kind = units[name]
            account = account_at(party, state=unit.state, kind=kind, on=unit.on, now=now)
            moves += _rise(Move(booking.reference, account, change, "", name, unit.on), purses)
    return moves, purses


def _rise(wanted: Move, purses: Purses) -> list[Move]:
    """Let a share rise from where something fell; only if nothing is left anywhere, with whoever gives back."""
    moves, left = [], wanted.amount
    for keeper, over in sorted(purses.items()):
        if (part := min(left, max(0, over))) > 0:
            moves.append(replace(wanted, amount=part, keeper=keeper))
            purses[keeper] -= part
            left -= part
    assert left == 0, "no share rises by more than fell"
    return moves


def _wanted(
    booking: Booking, kept: Mapping[int, Rupiah], ending: Collection[int] | None
) -> dict[Share, Rupiah]:
    units, rows = queries.sold_units(booking, ended=True)
    over = {key for key in rows if ending is None or key in ending or rows[key].kept is not None}
    wanted: dict[Share, Rupiah] = defaultdict(int)
    for some in ([u for u in units if u.key in over], [u for u in units if u.key not in over]):
        for part in divide_kept(some, kept):
            wanted[f"unit:{part.unit}", part.account] += part.amount
    return wanted


def _standing(booking: Booking) -> list[UnitBalance]:
    units = [f"unit:{unit.id}" for line in booking.lines for unit in line.units]
    return [*unit_balances(units=units, family="payee"), *unit_balances(units=units, family="tax")]


def _party(code: str) -> str:
    """A party's account at whatever stage: what has been earned falls as well as what waits."""
    return code.rsplit(":", 1)[0] if code.startswith("payee:") else code


def _take(target: str, rows: Sequence[UnitBalance], amount: Rupiah, purses: Purses) -> list[Move]:
    """Take an amount from where it stands: what is disputed before what waits, and that before what is payable."""
    moves = []
    order = ("disputed", "pending", "payable")
    stages = {row: row.code.rpartition(":")[2] for row in rows}
    for row in sorted(
        rows, key=lambda row: (order.index(stages[row]) if stages[row] in order else 0, row.keeper)
    ):
        part = min(amount, max(0, row.amount))
        if part:
            moves.append(Move(row.code, target, part, row.keeper, row.unit, row.service_on))
            purses[row.keeper] += part
            amount -= part
    assert amount == 0, "a share falls by no more than there is"
    return moves


def _between(booking: str, purses: Purses) -> list[Move]:
    """Whoever has something over owes it to whoever gives back more than fell with him."""
    moves = []
    over = {keeper: amount for keeper, amount in sorted(purses.items()) if amount > 0}
    short = {keeper: -amount for keeper, amount in sorted(purses.items()) if amount < 0}
    for giver, taker in product(over, short):
        part = min(over[giver], short[taker])
        if part:
            moves.append(Move(booking, f"between:{taker}", part, giver))
            moves.append(Move(f"between:{giver}", booking, part, taker))
            over[giver] -= part
            short[taker] -= part
    return moves
