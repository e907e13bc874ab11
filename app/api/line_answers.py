"""What a quote or a booking says about each line of a trip."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from marshmallow import fields

from app.api import queries
from app.api.fields import Answer, Moment, OneKind
from app.api.stays import NightAnswer
from app.api.terms import TermsAnswer, shown_terms
from app.bookings.models import Booking, BookingLine
from app.bookings.queries import names_by_line
from app.bookings.rules import LineKind
from app.bookings.services import LineQuote
from app.revenue.rules import PartyShare
from app.tours.models import Departure
from app.tours.queries import departures_by_ids
from app.villages.rules import steps_from_data


class LineBase(Answer):
    """What every line has, whatever it is. Money in rupiah."""

    name = fields.String()
    title = fields.String(metadata={"description": "What it is called on the booking."})
    village = fields.String()
    price = fields.Integer(metadata={"description": "The whole line, tax inside, in rupiah."})
    tax = fields.Integer(metadata={"description": "The tax inside the price, in rupiah."})
    terms = fields.Nested(TermsAnswer)
    cancelled_at = Moment(
        allow_none=True, metadata={"description": "When it was cancelled while the rest of the trip stayed."}
    )


class StayLineAnswer(LineBase):
    """A stay with its price for all rooms and nights as sold. `nightly` is the price of one room, of the nights that
    have not ended before their time.
    """

    kind = fields.String(metadata={"enum": [LineKind.STAY.value]})
    room_type = fields.String(allow_none=True)
    homestay = fields.String(allow_none=True)
    homestay_name = fields.String()
    arrival = fields.Date()
    departure = fields.Date()
    rooms = fields.Integer()
    adults = fields.Integer()
    children = fields.Integer()
    extra_beds = fields.Integer()
    nightly = fields.List(fields.Nested(NightAnswer))


class PartyAnswer(Answer):
    """Who comes along, in numbers."""

    adults = fields.Integer()
    children = fields.Integer()


class PackageLineAnswer(LineBase):
    """Places on a departure of a package, for the whole party."""

    kind = fields.String(metadata={"enum": [LineKind.PACKAGE.value]})
    departure = fields.String()
    package = fields.String(metadata={"description": "The slug."})
    guide = fields.String(metadata={"description": "Who does it."})
    starts_at = Moment()
    ends_at = Moment()
    party = fields.Nested(PartyAnswer)
    participants = fields.Integer(metadata={"description": "How many names were given."})
    quantity = fields.Integer(
        metadata={"description": "Persons, or vehicles, boats or groups, that are paid for."}
    )


class ProductLineAnswer(LineBase):
    """Pieces of a product, to be picked up in a village."""

    kind = fields.String(metadata={"enum": [LineKind.PRODUCT.value]})
    product = fields.String()
    slug = fields.String()
    quantity = fields.Integer()
    pickup = fields.String(metadata={"description": "The village where it waits."})
    pickup_on = fields.Date()
    ready = fields.Boolean()
    handed_over = fields.Boolean()


LINE_ANSWERS: dict[str, type[Answer]] = {
    LineKind.STAY.value: StayLineAnswer,
    LineKind.PACKAGE.value: PackageLineAnswer,
    LineKind.PRODUCT.value: ProductLineAnswer,
}


def lines_field() -> fields.List[Any]:
    """A list of lines of any kind, for an answer."""
    return fields.List(OneKind(LINE_ANSWERS))


class ShareAnswer(Answer):
    """One party's part, in rupiah. The tax is a party too."""

    payee = fields.String()
    kind = fields.String()
    amount = fields.Integer()


def shown_shares(shares: Collection[PartyShare]) -> list[dict[str, Any]]:
    """Who gets what."""
    return [{"payee": share.name, "kind": share.kind, "amount": share.amount} for share in shares]


@dataclass(frozen=True)
class Names:
    """What the contract calls the things in some lines, by their numbers in the database."""

    rooms: Mapping[int, queries.SoldRoom]
    departures: Mapping[int, Departure]
    stocks: Mapping[int, queries.SoldProduct]


def _names_of(items: Sequence[Mapping[str, int | None]]) -> Names:
    rooms, departures, stocks = (
        {key for item in items if (key := item.get(column)) is not None}
        for column in ("room_type_id", "departure_id", "stock_id")
    )
    return Names(
        rooms=queries.rooms_by_id(rooms) if rooms else {},
        departures=departures_by_ids(departures) if departures else {},
        stocks=queries.products_by_stock(stocks) if stocks else {},
    )


def quoted_lines(lines: Sequence[LineQuote]) -> list[dict[str, Any]]:
    """The lines of a quote."""
    names = _names_of([line.draft.item for line in lines])
    return [_QUOTED[line.draft.kind](line, names) | _priced(line) for line in lines]


def _priced(line: LineQuote) -> dict[str, Any]:
    draft = line.draft
    return {
        "kind": draft.kind.value,
        "title": draft.title,
        "village": draft.village.slug,
        "price": line.price,
        "tax": line.tax,
        "terms": shown_terms(draft.terms.value, line.terms),
        "cancelled_at": None,
    }


def _quoted_stay(line: LineQuote, _names: Names) -> dict[str, Any]:
    draft = line.draft
    return {
        "room_type": draft.choice.room_type,
        "name": draft.detail,
        "homestay": draft.slug,
        "homestay_name": draft.title,
        "arrival": draft.arrival,
        "departure": draft.departure,
        "rooms": draft.quantity,
        "adults": draft.adults,
        "children": draft.children,
        "extra_beds": 0,
        "nightly": [{"night": on, "price": price} for on, price, _rooms in line.nightly],
    }


def _quoted_package(line: LineQuote, names: Names) -> dict[str, Any]:
    draft = line.draft
    party = {"adults": draft.adults, "children": draft.children}
    shown = _shown_departure(names.departures[draft.item["departure_id"]])
    return shown | {
        "name": draft.title,
        "guide": draft.detail,
        "party": party,
        "participants": len(draft.participants),
        "quantity": draft.quantity,
    }


def _quoted_product(line: LineQuote, names: Names) -> dict[str, Any]:
    draft = line.draft
    return _shown_stock(names.stocks[draft.item["stock_id"]]) | {
        "name": draft.title,
        "quantity": draft.quantity,
        "pickup_on": draft.arrival,
        "ready": False,
        "handed_over": False,
    }


_QUOTED = {
    LineKind.STAY: _quoted_stay,
    LineKind.PACKAGE: _quoted_package,
    LineKind.PRODUCT: _quoted_product,
}


def booked_lines(booking: Booking) -> list[dict[str, Any]]:
    """The lines of a booking, with price, tax and terms as they were copied in at the hold."""
    names = _names_of([_item_of(line) for line in booking.lines])
    coming = {line: len(people) for line, people in names_by_line(booking).items()}
    return [_booked_line(line, names, coming.get(line.id, 0)) for line in booking.lines]


def booked_terms(line: BookingLine) -> dict[str, Any]:
    """The terms of a line as they were copied in at the hold."""
    return shown_terms(str(line.terms["code"]), steps_from_data(line.terms, line.terms_from))


def _item_of(line: BookingLine) -> dict[str, int | None]:
    return {
        "room_type_id": line.room_type_id,
        "departure_id": line.departure_id,
        "stock_id": line.stock_id,
    }


def _booked_line(line: BookingLine, names: Names, participants: int) -> dict[str, Any]:
    common = {
        "kind": line.kind.value,
        "title": line.title,
        "village": line.village.slug,
        "price": line.price,
        "tax": line.tax,
        "terms": booked_terms(line),
        "cancelled_at": line.cancelled_at,
    }
    if line.kind == LineKind.PACKAGE:
        return common | _booked_package(line, names, participants)
    if line.kind == LineKind.PRODUCT:
        return common | _booked_product(line, names)
    return common | _booked_stay(line, names)


def _booked_stay(line: BookingLine, names: Names) -> dict[str, Any]:
    room = names.rooms.get(line.room_type_id or 0)
    left = (unit for unit in line.units if unit.ended_at is None)
    nights = {on: next(same).price for on, same in groupby(left, key=lambda unit: unit.on)}
    return {
        "room_type": room.room_type if room else None,
        "name": line.detail,
        "homestay": room.homestay if room else None,
        "homestay_name": line.title,
        "arrival": line.arrival,
        "departure": line.departure,
        "rooms": line.quantity,
        "adults": line.adults,
        "children": line.children,
        "extra_beds": 0,
        "nightly": [{"night": on, "price": price} for on, price in nights.items()],
    }


def _booked_package(line: BookingLine, names: Names, participants: int) -> dict[str, Any]:
    return _shown_departure(names.departures[line.departure_id or 0]) | {
        "name": line.title,
        "guide": line.detail,
        "party": {"adults": line.adults, "children": line.children},
        "participants": participants,
        "quantity": line.quantity,
    }


def _booked_product(line: BookingLine, names: Names) -> dict[str, Any]:
    return _shown_stock(names.stocks[line.stock_id or 0]) | {
        "name": line.title,
        "quantity": line.quantity,
        "pickup_on": line.arrival,
        "ready": line.ready_at is not None,
        "handed_over": line.handed_over_at is not None,
    }


def _shown_departure(departure: Departure) -> dict[str, Any]:
    return {
        "departure": departure.public_id,
        "package": departure.package.slug,
        "starts_at": departure.starts_at,
        "ends_at": departure.ends_at,
    }


def _shown_stock(stock: queries.SoldProduct) -> dict[str, Any]:
    return {"product": stock.product, "slug": stock.slug, "pickup": stock.pickup}
