"""Work out what a trip costs, who gets what, and how it can be paid. Nothing is stored and nothing is promised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from app.bookings.services.discount import Coupon, Priced, read_coupon
from app.bookings.services.payment_options import QUOTE_LASTS, Payable, PaymentOption, list_options
from app.bookings.services.quote_line import LineQuote, less_by, quote_line, units_of
from app.core import clock
from app.core.dates import CHECK_IN, village_instant
from app.core.errors import Invalid, NotFound
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.payments.rules import PaymentMethod
from app.revenue.rules import PartyShare, planned

MOST_LINES = 50
MOST_UNITS = 2500
"""Nights of rooms in one trip: all rooms of the twenty villages for a week."""


@dataclass(frozen=True)
class Quote:
    """A trip's price, split and ways of paying, worked out now."""

    lines: tuple[LineQuote, ...]
    shares: tuple[PartyShare, ...]
    options: tuple[PaymentOption, ...]
    valid_until: datetime
    coupon: Coupon = field(default_factory=Coupon)

    @property
    def voucher_id(self) -> int | None:
        """The voucher that takes something off, if any."""
        return self.coupon.discount.voucher_id if self.coupon.discount else None

    @property
    def discount(self) -> Rupiah:
        """What it takes off, in rupiah."""
        return sum(line.discount for line in self.lines)

    @property
    def credit_id(self) -> int | None:
        """The guest's credit that pays, if any."""
        return self.coupon.credit.credit_id if self.coupon.credit else None

    @property
    def credit(self) -> Rupiah:
        """What of the total a credit pays, in rupiah."""
        return min(self.coupon.credit.left, self.total) if self.coupon.credit else 0

    @property
    def to_pay(self) -> Rupiah:
        """What of the total is left for the guest to pay, in rupiah."""
        return self.total - self.credit

    @property
    def total(self) -> Rupiah:
        """What the guest pays, in rupiah."""
        return sum(line.price for line in self.lines)

    @property
    def tax(self) -> Rupiah:
        """The taxes inside, in rupiah."""
        return sum(line.tax for line in self.lines)

    @property
    def arrival(self) -> date:
        """The first day of the trip."""
        return first_day(lines=self.lines)

    @property
    def departure(self) -> date:
        """The last day of the trip."""
        return max(line.draft.departure for line in _dated(self.lines))

    def option(self, method: PaymentMethod) -> PaymentOption:
        """The terms of one way of paying. Raises Invalid when it is not open."""
        for option in self.options:
            if option.method == method:
                return option
        message = _("This way of paying is not open for these dates.")
        raise Invalid(message, errors=[("payment", message)])


def quote_trip(*, choices: Sequence[object], voucher: str | None = None) -> Quote:
    """Price a trip; `voucher` is the code of a voucher or a credit. Raises Invalid (no or too many lines, a line that
    does not fit, a code that does not) and NotFound.
    """
    if not 1 <= len(choices) <= MOST_LINES:
        message = _("A trip has 1 to %(most)d parts.", most=MOST_LINES)
        raise Invalid(message, errors=[("lines", message)])
    lines = _quote_all(choices)
    coupon = read_coupon(code=voucher, lines=[_as_priced(at, line) for at, line in enumerate(lines)])
    if coupon.discount is not None:
        lines = tuple(less_by(at=at, line=line, discount=coupon.discount) for at, line in enumerate(lines))
    now = clock.now()
    units = [unit for at, line in enumerate(lines) for unit in units_of(at=at, line=line)]
    credit = coupon.credit.left if coupon.credit else 0
    options = tuple(list_options(trip=_payable(lines, credit), now=now))
    return Quote(lines, tuple(planned(units)), options, now + QUOTE_LASTS, coupon)


def _payable(lines: Sequence[LineQuote], credit: Rupiah) -> Payable:
    return Payable(
        arrival=first_day(lines=lines),
        total=sum(line.price for line in lines),
        credit=credit,
        deposit_basis_points=deposit_of(lines=lines),
        pay_on_arrival=may_pay_on_arrival(lines=lines),
        villages=frozenset(line.draft.village.id for line in lines),
    )


def _as_priced(at: int, line: LineQuote) -> Priced:
    return Priced(line.draft.village.id, line.draft.kind, units_of(at=at, line=line))


def _quote_all(choices: Sequence[object]) -> tuple[LineQuote, ...]:
    """Every line in turn, stopping where the trip grows larger than any: its price is worked out unit by unit."""
    lines: list[LineQuote] = []
    for at, choice in enumerate(choices):
        lines.append(_quote_at(at, choice))
        if sum(len(line.draft.unit_prices) for line in lines) > MOST_UNITS:
            message = _("This trip is too large to book at once. Book it in several parts.")
            raise Invalid(message, errors=[("lines", message)])
    return tuple(_with_days_of_trip(line, lines) for line in lines)


def _with_days_of_trip(line: LineQuote, lines: Sequence[LineQuote]) -> LineQuote:
    """What waits to be picked up, without a day of its own, is picked up when the trip begins."""
    if line.draft.sets_dates:
        return line
    day = first_day(lines=lines)
    starts_at = village_instant(day, CHECK_IN)
    return replace(line, draft=replace(line.draft, arrival=day, departure=day, starts_at=starts_at))


def _quote_at(at: int, choice: object) -> LineQuote:
    """A line of the trip; what is wrong with it is named by its place there: lines.0.arrival."""
    try:
        return quote_line(choice=choice)
    except Invalid as error:
        named = [(f"lines.{at}.{field}", message) for field, message in error.errors]
        raise Invalid(error.message, errors=named) from error
    except NotFound as error:
        raise NotFound(error.message, line=at) from error


def first_day(*, lines: Sequence[LineQuote]) -> date:
    """The day of arrival: what is only picked up sets it where nothing else does."""
    return min(line.draft.arrival for line in _dated(lines))


def _dated(lines: Sequence[LineQuote]) -> Sequence[LineQuote]:
    return [line for line in lines if line.draft.sets_dates] or lines


def deposit_of(*, lines: Sequence[LineQuote]) -> int:
    """The deposit of a trip, in basis points: the highest that one of its houses asks."""
    return max(line.draft.deposit_basis_points for line in lines)


def may_pay_on_arrival(*, lines: Sequence[LineQuote]) -> bool:
    """Whether every house of the trip takes its money at the door."""
    return all(line.draft.pay_on_arrival for line in lines)
