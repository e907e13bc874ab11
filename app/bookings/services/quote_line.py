"""Work out what one thing of a trip costs and who gets what of it. Nothing is stored and nothing is promised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby

from app.bookings.sellables import SELLABLES, Draft, kind_of
from app.bookings.services.discount import Discount
from app.core.money import Rupiah
from app.revenue.rules import TAX, PartyShare, SoldUnit, SplitTerms, planned
from app.revenue.services import terms_by_date
from app.villages.rules import DatedStep, dated_steps


@dataclass(frozen=True)
class LineQuote:
    """One line with its split: the agreement and tax in force on each unit's date."""

    draft: Draft
    splits: tuple[SplitTerms, ...]
    split_of_unit: tuple[int, ...]
    shares: tuple[PartyShare, ...]
    discounts: Mapping[int, Rupiah] = field(default_factory=dict)

    def off(self, position: int) -> Rupiah:
        """What a voucher takes off the unit at this place, in rupiah."""
        return self.discounts.get(position, 0)

    @property
    def discount(self) -> Rupiah:
        """What a voucher takes off the line, in rupiah."""
        return sum(self.discounts.values())

    @property
    def price(self) -> Rupiah:
        """What the guest pays, tax inside, in rupiah."""
        return self.draft.price - self.discount

    @property
    def tax(self) -> Rupiah:
        """The tax inside the price, in rupiah."""
        return sum(share.amount for share in self.shares if share.kind == TAX)

    @property
    def nightly(self) -> list[tuple[date, Rupiah, int]]:
        """Per date: the price of one, and how many."""
        return [(on, price, len(list(same))) for (on, price), same in groupby(self.draft.unit_prices)]

    @property
    def terms(self) -> list[DatedStep]:
        """The cancellation terms with their deadlines."""
        return dated_steps(self.draft.terms, self.draft.starts_at)


def quote_line(*, choice: object) -> LineQuote:
    """A choice with its price and split, without any voucher. Raises NotFound, Invalid where it does not fit."""
    draft = SELLABLES[kind_of(choice)].draft(choice)
    by_date = terms_by_date(
        kind=draft.revenue_kind,
        village_id=draft.village.id,
        village_slug=draft.village.slug,
        dates=list(dict.fromkeys(on for on, _price in draft.unit_prices)),
        payees=draft.payees,
    )
    splits = tuple(dict.fromkeys(by_date.values()))
    split_of_unit = tuple(splits.index(by_date[on]) for on, _price in draft.unit_prices)
    line = LineQuote(draft, splits, split_of_unit, ())
    return LineQuote(draft, splits, split_of_unit, tuple(planned(units_of(at=0, line=line))))


def units_of(*, at: int, line: LineQuote) -> list[SoldUnit]:
    """The units of a line as the split sees them."""
    return [
        SoldUnit(
            position,
            at,
            on,
            price - line.off(position),
            line.splits[line.split_of_unit[position]],
            line.off(position),
        )
        for position, (on, price) in enumerate(line.draft.unit_prices)
    ]


def less_by(*, at: int, line: LineQuote, discount: Discount) -> LineQuote:
    """The line with what a voucher takes off it; whoever bears that is copied in with the agreement."""
    if not (off := discount.by_line.get(at)):
        return line
    splits = tuple(
        replace(terms, bearer=bearer_of(terms=terms, bearer=discount.bearer)) for terms in line.splits
    )
    less = replace(line, splits=splits, discounts=off)
    return replace(less, shares=tuple(planned(units_of(at=0, line=less))))


def bearer_of(*, terms: SplitTerms, bearer: int) -> int | None:
    """Who bears a voucher under an agreement; None where that party has no share, and so nothing is taken off."""
    return bearer if bearer in {share.payee_id for share in terms.shares} else None
