"""What other dates for one thing of a trip would cost now: what is given up, held on to, and new. Nothing is stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from app.bookings import queries
from app.bookings.models import Booking, BookingLine, LineUnit
from app.bookings.rules import LineKind
from app.bookings.services.discount import Discount, carry_over
from app.bookings.services.quote_line import LineQuote, bearer_of, quote_line, units_of
from app.core.dates import Nights
from app.core.errors import Invalid
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.homestays.inventory import StayChoice
from app.homestays.queries import get_room_type_by_id
from app.revenue.rules import SplitTerms, planned
from app.tours.inventory import PackageChoice
from app.tours.queries import departures_by_ids
from app.villages.rules import DatedStep, dated_steps

Dates = Nights | str
"""Other dates: the nights of a stay, or the public id of another departure of the same package."""


@dataclass(frozen=True)
class ChangedLine:
    """A line as it would be on other dates. `staying` are units of the old one that are held on to, by their place in
    the new one; `going` those that are given up.
    """

    quote: LineQuote
    staying: Mapping[int, LineUnit]
    going: tuple[LineUnit, ...]

    @property
    def terms(self) -> list[DatedStep]:
        """The terms that hold for the new dates, with their deadlines."""
        return dated_steps(self.quote.draft.terms, self.quote.draft.starts_at)


def quote_changed(*, booking: Booking, line: BookingLine, to: Dates) -> ChangedLine:
    """A line on other dates, as it would be sold today; nights that it has already keep their price and agreement.

    Without the voucher on what is new: that depends on what is kept of the old (`with_voucher`). Raises NotFound where
    it is not sold any more, Invalid for dates or a departure that do not fit.
    """
    if is_at(line=line, to=to):
        raise _no(line, _("These are the dates you have. Choose others."))
    today = quote_line(choice=_choice_of(booking, line, to))
    living = [unit for unit in line.units if unit.kept is None]
    have: dict[object, list[LineUnit]] = defaultdict(list)
    for unit in living:
        have[unit.on].append(unit)
    staying = {
        place: have[on].pop(0)
        for place, (on, _price) in enumerate(today.draft.unit_prices)
        if line.kind == LineKind.STAY and have[on]
    }
    held = {unit.id for unit in staying.values()}
    going = tuple(unit for unit in living if unit.id not in held)
    return ChangedLine(_put_together(line, today, staying), staying, going)


def with_voucher(*, changed: ChangedLine, voucher_id: int | None, spare: Rupiah) -> ChangedLine:
    """The line with what the booking's voucher takes off its new units, at most what it took off those that go."""
    quote = changed.quote
    new = [unit for unit in units_of(at=0, line=quote) if unit.key not in changed.staying]
    if voucher_id is None or not spare or not new:
        return changed
    off = carry_over(voucher_id=voucher_id, units=new, spare=spare)
    return changed if off is None else replace(changed, quote=_discounted(quote, off, changed.staying))


def is_at(*, line: BookingLine, to: Dates) -> bool:
    """Whether a line is on these dates."""
    if isinstance(to, Nights):
        return line.kind == LineKind.STAY and (line.arrival, line.departure) == (to.arrival, to.departure)
    run = departures_by_ids({line.departure_id}).get(line.departure_id) if line.departure_id else None
    return run is not None and run.public_id == to


def _choice_of(booking: Booking, line: BookingLine, to: Dates) -> object:
    if isinstance(to, Nights) and line.room_type_id is not None:
        room = get_room_type_by_id(line.room_type_id)
        return StayChoice(room.public_id, to, line.quantity, line.adults, line.children)
    if isinstance(to, Nights) or line.departure_id is None:
        raise _no(line, _("Choose dates of the same kind."))
    names = tuple(queries.names_by_line(booking).get(line.id, ()))
    return PackageChoice(to, line.adults, line.children, names)


def _put_together(line: BookingLine, today: LineQuote, staying: Mapping[int, LineUnit]) -> LineQuote:
    """Today's quote, with what is held on to as it was sold."""
    _check_same(line, today)
    sold = [SplitTerms.from_data(terms) for terms in line.splits]
    prices, terms = [], []
    for place, (on, price) in enumerate(today.draft.unit_prices):
        unit = staying.get(place)
        prices.append((on, price if unit is None else unit.price + unit.discount))
        split = today.splits[today.split_of_unit[place]] if unit is None else sold[unit.split_index]
        terms.append(split)
    discounts = {place: unit.discount for place, unit in staying.items() if unit.discount}
    return _quoted(replace(today, draft=replace(today.draft, unit_prices=tuple(prices))), terms, discounts)


def _discounted(quote: LineQuote, off: Discount, staying: Collection[int]) -> LineQuote:
    terms = [quote.splits[at] for at in quote.split_of_unit]
    terms = [
        one if place in staying else replace(one, bearer=bearer_of(terms=one, bearer=off.bearer))
        for place, one in enumerate(terms)
    ]
    return _quoted(quote, terms, {**quote.discounts, **off.by_line[0]})


def _quoted(quote: LineQuote, terms: list[SplitTerms], discounts: Mapping[int, Rupiah]) -> LineQuote:
    splits = tuple(dict.fromkeys(terms))
    line = replace(
        quote, splits=splits, split_of_unit=tuple(splits.index(one) for one in terms), discounts=discounts
    )
    return replace(line, shares=tuple(planned(units_of(at=0, line=line))))


def _check_same(line: BookingLine, today: LineQuote) -> None:
    """Another departure is one of the same package."""
    if line.departure_id is None:
        return
    runs = departures_by_ids({line.departure_id, today.draft.item["departure_id"]})
    if len({run.package_id for run in runs.values()}) > 1:
        raise _no(line, _("Choose a departure of the same package."))


def _no(line: BookingLine, message: str) -> Invalid:
    field = "arrival" if line.kind == LineKind.STAY else "departure"
    return Invalid(message, errors=[(field, message)])
