"""What can be sold: one entry per kind of line, all with the same verbs. A new sellable is a line here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from app.bookings.models import BookingLine
from app.bookings.rules import LineKind
from app.core.dates import CHECK_IN, Nights, village_instant
from app.core.money import Rupiah
from app.homestays import inventory as nights
from app.homestays.models import Homestay
from app.homestays.rules import HouseKind
from app.revenue.rules import PayeeKind, RevenueKind
from app.villages.models import Village
from app.villages.rules import Terms


@dataclass(frozen=True)
class Draft:
    """A choice as it would become a line: what it is, whose it is, and the price of each unit in filling order."""

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
    homestay: Homestay
    room_type_id: int

    @property
    def price(self) -> Rupiah:
        """What the line costs, in rupiah."""
        return sum(price for _on, price in self.unit_prices)


class Sellable(Protocol):
    """The verbs that every sellable has."""

    def draft(self, choice: Any) -> Draft:
        """Price a choice. Raises NotFound, Invalid."""

    def hold(self, lines: Sequence[BookingLine], until: datetime) -> Mapping[int, tuple[int, ...]]:
        """Hold what the lines need; gives unit ids by line id. Raises SoldOut."""

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
            homestay=homestay,
            room_type_id=quote.room_type.id,
        )

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
    unit_ids = dict.fromkeys(unit.unit_id for unit in line.units if unit.unit_id is not None)
    return nights.Held(line.id, tuple(unit_ids), Nights(line.arrival, line.departure))


SELLABLES: dict[LineKind, Sellable] = {LineKind.STAY: Stays()}
"""In the order in which a trip takes its claims, so that two trips cannot deadlock."""


def kind_of(choice: object) -> LineKind:
    """Which sellable a choice belongs to."""
    assert isinstance(choice, nights.StayChoice), f"nothing sells {type(choice).__name__}"
    return LineKind.STAY
