"""What a voucher takes off a trip that is being priced, and what of a credit may be spent on it. Nothing is stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.bookings import queries
from app.bookings.models import Credit, Voucher
from app.bookings.rules import LineKind, borne, fall_of, taken_off
from app.core import clock
from app.core.counters import left_by_counter
from app.core.db import db
from app.core.errors import Invalid
from app.core.filters import long_date, rupiah
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.revenue.rules import SoldUnit

FIELD = "voucher"


@dataclass(frozen=True)
class Priced:
    """A line as a voucher sees it: where it is, what it is, and its units at their own price."""

    village_id: int
    kind: LineKind
    units: Sequence[SoldUnit]


@dataclass(frozen=True)
class Discount:
    """What a voucher takes off, in rupiah, by line and then by the place of its unit; and who bears it."""

    voucher_id: int
    bearer: int
    by_line: Mapping[int, Mapping[int, Rupiah]]

    @property
    def amount(self) -> Rupiah:
        """All of it, in rupiah."""
        return sum(part for line in self.by_line.values() for part in line.values())


@dataclass(frozen=True)
class ReadyCredit:
    """A guest's credit that may be spent now, and how much of it is left, in rupiah."""

    credit_id: int
    left: Rupiah


@dataclass(frozen=True)
class Coupon:
    """What a code that a guest typed stands for: something off the price, or money that lies ready."""

    discount: Discount | None = None
    credit: ReadyCredit | None = None


def read_coupon(*, code: str | None, lines: Sequence[Priced]) -> Coupon:
    """What a typed code does for a trip; nothing where none was typed.

    Raises Invalid in words for a guest: unknown, not yet or no longer valid, used up, not for this, or too large.
    """
    if not (code or "").strip():
        return Coupon()
    if (voucher := queries.find_voucher(code or "")) is not None:
        return Coupon(discount=_discount(voucher, lines))
    if (credit := queries.find_credit(code or "")) is not None:
        return Coupon(credit=_ready(credit))
    raise _no(_("We do not know this code. Look at it once more, letter by letter."))


def _discount(voucher: Voucher, lines: Sequence[Priced]) -> Discount:
    _check_days(voucher)
    meant = {
        at: line
        for at, line in enumerate(lines)
        if voucher.village_id in {None, line.village_id} and voucher.kind in {None, line.kind}
    }
    price = sum(unit.price for line in meant.values() for unit in line.units)
    shares = [
        ((at, key), share)
        for at, line in meant.items()
        for key, share in borne(line.units, voucher.payee_id).items()
    ]
    most = sum(share for _place, share in shares)
    if not most:
        raise _no(_("This voucher is not for what you chose."))
    wanted = taken_off(
        amount=voucher.amount, basis_points=voucher.basis_points, most=voucher.most, price=price
    )
    if wanted > most:
        raise _no(
            _(
                "This voucher is worth %(amount)s, which is more than its giver has of this trip. Use it for a larger "
                "one.",
                amount=rupiah(wanted),
            )
        )
    numbers = dict(enumerate(place for place, _share in shares))
    parts = fall_of(wanted, [(number, share) for number, (_place, share) in enumerate(shares)])
    by_line: dict[int, dict[int, Rupiah]] = defaultdict(dict)
    for number, part in parts.items():
        at, key = numbers[number]
        by_line[at][key] = part
    return Discount(voucher.id, voucher.payee_id, by_line)


def carry_over(*, voucher_id: int, units: Sequence[SoldUnit], spare: Rupiah) -> Discount | None:
    """What a voucher that a booking has takes off units of a line (0) that come in the place of others: as much as it
    takes off of such a price, no more than it took off what went (`spare`, in rupiah), and than its bearer has of them.
    None where that is nothing. It stays used once, as of the day on which it was used.
    """
    voucher = db.session.get_one(Voucher, voucher_id)
    shares = list(borne(units, voucher.payee_id).items())
    price, most = sum(unit.price for unit in units), sum(share for _key, share in shares)
    worth = taken_off(
        amount=voucher.amount, basis_points=voucher.basis_points, most=voucher.most, price=price
    )
    wanted = min(spare, worth, most)
    return Discount(voucher.id, voucher.payee_id, {0: fall_of(wanted, shares)}) if wanted else None


def _check_days(voucher: Voucher) -> None:
    today = clock.today()
    if voucher.stopped_at is not None:
        raise _no(_("This voucher is not valid any more."))
    if today < voucher.valid_from:
        raise _no(_("This voucher is valid from %(date)s on.", date=long_date(voucher.valid_from)))
    if today > voucher.valid_until:
        raise _no(_("This voucher was valid until %(date)s.", date=long_date(voucher.valid_until)))
    if not left_by_counter([voucher.counter_id])[voucher.counter_id]:
        raise used_up()


def _ready(credit: Credit) -> ReadyCredit:
    if credit.stopped_at is not None:
        raise _no(_("This code is not valid any more. Ask the village that gave it to you."))
    if credit.valid_until is not None and clock.today() > credit.valid_until:
        raise _no(_("This code was valid until %(date)s.", date=long_date(credit.valid_until)))
    left = left_by_counter([credit.counter_id])[credit.counter_id]
    if not left:
        raise _no(_("Nothing is left on this code."))
    return ReadyCredit(credit.id, left)


def used_up() -> Invalid:
    """All uses of a voucher are taken, perhaps by somebody who has not paid yet."""
    return _no(_("This voucher has been used up."))


def _no(message: str) -> Invalid:
    return Invalid(message, errors=[(FIELD, message)])
