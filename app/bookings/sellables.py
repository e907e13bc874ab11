"""What can be sold: one entry per kind of line, all with the same verbs. A new sellable is a line here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from app.bookings.models import BookingLine
from app.bookings.rules import LineKind
from app.core import clock
from app.core.dates import CHECK_IN, Nights, village_instant
from app.core.money import BASIS, Rupiah
from app.core.words import gettext as _
from app.homestays import inventory as nights
from app.homestays.rules import HouseKind
from app.revenue.rules import PayeeKind, RevenueKind
from app.showcase import inventory as pieces
from app.tours import inventory as seats
from app.villages.models import Village
from app.villages.rules import Terms

PICKUP_WITHIN = timedelta(days=7)
"""When a product is picked up if neither the guest nor the rest of the trip says a day."""

DETAIL = 160


@dataclass(frozen=True)
class Draft:
    """A choice as it would become a line: what it is, whose it is, and the price of each unit in filling order.

    `slug` names the page of what is sold, `item` the columns of the line that say which one it is; `sets_dates` is
    False for what waits until the guest comes, and comes along on whatever days the rest of the trip has.
    """

    kind: LineKind
    choice: Any
    village: Village
    payee_id: int
    payees: Mapping[PayeeKind, int]
    revenue_kind: RevenueKind
    title: str
    detail: str
    arrival: date
    departure: date
    quantity: int
    adults: int
    children: int
    unit_prices: tuple[tuple[date, Rupiah], ...]
    terms: Terms
    starts_at: datetime
    deposit_basis_points: int
    pay_on_arrival: bool
    slug: str
    item: Mapping[str, int]
    participants: tuple[str, ...] = ()
    sets_dates: bool = True

    @property
    def price(self) -> Rupiah:
        """What the line costs, in rupiah."""
        return sum(price for _on, price in self.unit_prices)


class Sellable(Protocol):
    """The verbs that every sellable has."""

    def draft(self, choice: Any) -> Draft:
        """Price a choice. Raises NotFound, Invalid."""

    def left(self, choice: Any) -> int:
        """How many of what is chosen are left now."""

    def hold(self, lines: Sequence[BookingLine], until: datetime) -> Mapping[int, tuple[int, ...]]:
        """Hold what the lines need; gives unit ids by line id, where single units are told apart. Raises SoldOut."""

    def extend(self, lines: Sequence[BookingLine], until: datetime) -> None:
        """Hold the same until another time. Raises SoldOut."""

    def confirm(self, lines: Sequence[BookingLine]) -> None:
        """Make what the lines hold, or held, sold. Raises SoldOut."""

    def confirm_elsewhere(self, lines: Sequence[BookingLine]) -> Mapping[int, tuple[int, ...]]:
        """Where what they held is gone: make the like sold; gives unit ids by line id. Raises SoldOut."""

    def release(self, line_ids: Sequence[int]) -> None:
        """Give back what the lines still hold."""


class Stays:
    """Nights in homestays."""

    def draft(self, choice: nights.StayChoice) -> Draft:
        """Price a stay. Raises NotFound when it is not sold, Invalid when party or nights do not fit."""
        quote = nights.quote(choice)
        homestay = quote.homestay
        balkondes = homestay.house_kind == HouseKind.BALKONDES
        return Draft(
            kind=LineKind.STAY,
            choice=choice,
            village=homestay.village,
            payee_id=homestay.host_payee_id,
            payees={PayeeKind.HOST: homestay.host_payee_id},
            revenue_kind=RevenueKind.STAY_BALKONDES if balkondes else RevenueKind.STAY_HOME,
            title=homestay.name,
            detail=quote.room_type.name,
            arrival=choice.nights.arrival,
            departure=choice.nights.departure,
            quantity=choice.rooms,
            adults=choice.adults,
            children=choice.children,
            unit_prices=tuple(
                (night.on, night.price) for night in quote.nightly for _room in range(choice.rooms)
            ),
            terms=homestay.terms,
            starts_at=village_instant(choice.nights.arrival, CHECK_IN),
            deposit_basis_points=homestay.deposit_basis_points,
            pay_on_arrival=homestay.pay_on_arrival,
            slug=homestay.slug,
            item={"homestay_id": homestay.id, "room_type_id": quote.room_type.id},
        )

    def left(self, choice: nights.StayChoice) -> int:
        """How many units of the room type are free on all its nights."""
        return nights.units_left(choice)

    def hold(self, lines: Sequence[BookingLine], until: datetime) -> Mapping[int, tuple[int, ...]]:
        """Hold free units of the lines' room types. Raises SoldOut."""
        return nights.hold([_claim(line) for line in lines], until)

    def extend(self, lines: Sequence[BookingLine], until: datetime) -> None:
        """Hold the same nights until another time. Raises SoldOut."""
        nights.extend([_held(line) for line in lines], until)

    def confirm(self, lines: Sequence[BookingLine]) -> None:
        """Make the lines' nights sold. Raises SoldOut."""
        nights.confirm([_held(line) for line in lines])

    def confirm_elsewhere(self, lines: Sequence[BookingLine]) -> Mapping[int, tuple[int, ...]]:
        """Make other free units of the lines' room types sold. Raises SoldOut."""
        return nights.confirm_elsewhere([_claim(line) for line in lines])

    def release(self, line_ids: Sequence[int]) -> None:
        """Give back the lines' nights."""
        nights.release(line_ids)


def _claim(line: BookingLine) -> nights.Claim:
    assert line.room_type_id is not None, "a stay is of a room type"
    return nights.Claim(line.id, line.room_type_id, Nights(line.arrival, line.departure), line.quantity)


def _held(line: BookingLine) -> nights.Held:
    there = (unit for unit in line.units if not unit.is_given_up)
    unit_ids = dict.fromkeys(unit.unit_id for unit in there if unit.unit_id is not None)
    return nights.Held(line.id, tuple(unit_ids), Nights(line.arrival, line.departure))


class Counted(ABC):
    """What is counted, one like another: a line holds so many and needs not say which."""

    gate: Any

    def hold(self, lines: Sequence[BookingLine], until: datetime) -> Mapping[int, tuple[int, ...]]:
        """Hold as many as the lines say. Raises SoldOut."""
        self.gate.hold(self._claims(lines), until)
        return {}

    def extend(self, lines: Sequence[BookingLine], until: datetime) -> None:
        """Hold the same until another time. Raises SoldOut."""
        self.gate.extend(self._claims(lines), until)

    def confirm(self, lines: Sequence[BookingLine]) -> None:
        """Make sold what the lines hold, or held. Raises SoldOut."""
        self.gate.confirm(self._claims(lines))

    def confirm_elsewhere(self, lines: Sequence[BookingLine]) -> Mapping[int, tuple[int, ...]]:
        """All are alike, so `confirm` has asked for those already. Raises SoldOut."""
        self.confirm(lines)
        return {}

    def release(self, line_ids: Sequence[int]) -> None:
        """Give back what the lines have."""
        self.gate.release(line_ids)

    @abstractmethod
    def _claims(self, lines: Sequence[BookingLine]) -> list[Any]:
        """What the gate is asked for: each line's own counter, and how many of it."""


class Packages(Counted):
    """Seats on departures of tour packages."""

    gate = seats

    def draft(self, choice: seats.PackageChoice) -> Draft:
        """Price a party's places. Raises NotFound when it is not sold, Invalid when party or departure do not fit."""
        quote = seats.quote(choice)
        package, departure = quote.package, quote.departure
        return Draft(
            kind=LineKind.PACKAGE,
            choice=choice,
            village=package.village,
            payee_id=package.payee_id,
            payees={PayeeKind.GUIDE: package.payee_id},
            revenue_kind=RevenueKind.PACKAGE,
            title=package.name,
            detail=package.guide_name,
            arrival=departure.on,
            departure=departure.on,
            quantity=quote.quantity,
            adults=choice.adults,
            children=choice.children,
            unit_prices=((departure.on, quote.unit_price),) * quote.quantity,
            terms=package.terms,
            starts_at=departure.starts_at,
            deposit_basis_points=BASIS,
            pay_on_arrival=False,
            slug=package.slug,
            item={"departure_id": departure.id},
            participants=choice.participants,
        )

    def left(self, choice: seats.PackageChoice) -> int:
        """How many units of the departure are free."""
        return seats.units_left(choice)

    def _claims(self, lines: Sequence[BookingLine]) -> list[seats.Claim]:
        return [seats.Claim(line.id, line.departure_id or 0, line.quantity) for line in lines]


class Products(Counted):
    """Pieces of village products, picked up at a Balkondes."""

    gate = pieces

    def draft(self, choice: pieces.ProductChoice) -> Draft:
        """Price pieces. Raises NotFound when they are not sold there, Invalid when number or day do not fit."""
        quote = pieces.quote(choice)
        product, maker, today = quote.product, quote.maker, clock.today()
        pickup_on = choice.pickup_on or today + PICKUP_WITHIN
        place = _("%(maker)s, to pick up in %(village)s", maker=maker.name, village=quote.village.name)
        return Draft(
            kind=LineKind.PRODUCT,
            choice=choice,
            village=maker.village,
            payee_id=maker.payee_id,
            payees={PayeeKind.MAKER: maker.payee_id},
            revenue_kind=RevenueKind.PRODUCT,
            title=product.name,
            detail=place[:DETAIL],
            arrival=pickup_on,
            departure=pickup_on,
            quantity=choice.quantity,
            adults=0,
            children=0,
            # A product's service date is its day of sale: the agreement of that day divides it (design, section 6).
            unit_prices=((today, quote.unit_price),) * choice.quantity,
            terms=Terms.UNTIL_READY,
            starts_at=village_instant(pickup_on, CHECK_IN),
            deposit_basis_points=BASIS,
            pay_on_arrival=False,
            slug=product.slug,
            item={"stock_id": quote.stock.id},
            sets_dates=choice.pickup_on is not None,
        )

    def left(self, choice: pieces.ProductChoice) -> int:
        """How many pieces wait at the chosen place."""
        return pieces.pieces_left(choice)

    def _claims(self, lines: Sequence[BookingLine]) -> list[pieces.Claim]:
        return [pieces.Claim(line.id, line.stock_id or 0, line.quantity) for line in lines]


SELLABLES: dict[LineKind, Sellable] = {
    LineKind.STAY: Stays(),
    LineKind.PACKAGE: Packages(),
    LineKind.PRODUCT: Products(),
}
"""In the order in which a trip takes its claims, so that two trips cannot deadlock."""

_CHOICES: dict[type, LineKind] = {
    nights.StayChoice: LineKind.STAY,
    seats.PackageChoice: LineKind.PACKAGE,
    pieces.ProductChoice: LineKind.PRODUCT,
}


def kind_of(choice: object) -> LineKind:
    """Which sellable a choice belongs to."""
    return _CHOICES[type(choice)]
