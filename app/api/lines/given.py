"""What a quote or a booking says about each line, and who gets what."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import groupby
from typing import Any

from marshmallow import fields

from app.api import queries
from app.api.fields import Answer, Moment
from app.api.stays import NightAnswer
from app.api.terms import TermsAnswer, shown_terms
from app.api.variants import OneOf
from app.bookings.models import Booking, BookingLine
from app.bookings.rules import LineKind
from app.bookings.services import LineQuote
from app.revenue.rules import PartyShare
from app.villages.rules import steps_from_data


class LineBase(Answer):
    """What every kind of line has. Money in rupiah."""

    name = fields.String()
    village = fields.String()
    price = fields.Integer(metadata={"description": "All of it, tax inside, in rupiah."})
    tax = fields.Integer(metadata={"description": "The tax inside the price, in rupiah."})
    terms = fields.Nested(TermsAnswer)


class StayLineAnswer(LineBase):
    """A stay with its price. `nightly` is the price of one room."""

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
    """Everybody who comes along."""

    adults = fields.Integer()
    children = fields.Integer()


class PackageLineAnswer(LineBase):
    """Places on a departure."""

    kind = fields.String(metadata={"enum": [LineKind.PACKAGE.value]})
    departure = fields.String()
    package = fields.String(metadata={"description": "The slug of the package."})
    guide = fields.String()
    starts_at = Moment()
    ends_at = Moment()
    party = fields.Nested(PartyAnswer)
    participants = fields.Integer(metadata={"description": "How many of the party are known by name."})
    units = fields.Integer(metadata={"description": "How many persons, vehicles, boats or groups are paid for."})


class ProductLineAnswer(LineBase):
    """Pieces of a product, and where they wait."""

    kind = fields.String(metadata={"enum": [LineKind.PRODUCT.value]})
    product = fields.String()
    slug = fields.String()
    maker = fields.String(metadata={"description": "The slug of who made it."})
    quantity = fields.Integer()
    pickup = fields.String(metadata={"description": "The slug of the village where it is picked up."})
    pickup_on = fields.Date(metadata={"description": "The day on which the guest is expected."})
    ready_at = Moment(allow_none=True, metadata={"description": "Since when it is put aside."})
    handed_over_at = Moment(allow_none=True)


LINES = {
    LineKind.STAY.value: StayLineAnswer,
    LineKind.PACKAGE.value: PackageLineAnswer,
    LineKind.PRODUCT.value: ProductLineAnswer,
}


class ShareAnswer(Answer):
    """One party's part, in rupiah. The tax is a party too."""

    payee = fields.String()
    kind = fields.String()
    amount = fields.Integer()


def line_answers() -> fields.List[Any]:
    """The field for the lines of a quote or a booking: each of one of three shapes."""
    return fields.List(OneOf(LINES))


def shown_shares(shares: Collection[PartyShare]) -> list[dict[str, Any]]:
    """Who gets what."""
    return [{"payee": share.name, "kind": share.kind, "amount": share.amount} for share in shares]


# Quotes


def quoted_lines(lines: Sequence[LineQuote]) -> list[dict[str, Any]]:
    """The lines of a quote."""
    sold = queries.sold_items(
        departure_ids={line.draft.item.get("departure_id") for line in lines},
        stock_ids={line.draft.item.get("stock_id") for line in lines},
    )
    return [_QUOTED[line.draft.kind](line, sold) | _priced(line) for line in lines]


def _priced(line: LineQuote) -> dict[str, Any]:
    draft = line.draft
    return {
        "kind": draft.kind.value,
        "village": draft.village.slug,
        "price": line.price,
        "tax": line.tax,
        "terms": shown_terms(draft.terms.value, line.terms),
    }


def _quoted_stay(line: LineQuote, _sold: queries.SoldItems) -> dict[str, Any]:
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


def _quoted_places(line: LineQuote, sold: queries.SoldItems) -> dict[str, Any]:
    draft = line.draft
    return _departure(sold.departures[draft.item["departure_id"]]) | {
        "name": draft.title,
        "guide": draft.detail,
        "party": {"adults": draft.adults, "children": draft.children},
        "participants": len(draft.participants),
        "units": draft.quantity,
    }


def _quoted_pieces(line: LineQuote, sold: queries.SoldItems) -> dict[str, Any]:
    draft = line.draft
    return _goods(sold.goods[draft.item["stock_id"]]) | {
        "name": draft.title,
        "quantity": draft.quantity,
        "pickup_on": draft.arrival,
        "ready_at": None,
        "handed_over_at": None,
    }


_QUOTED: Mapping[LineKind, Callable[[LineQuote, queries.SoldItems], dict[str, Any]]] = {
    LineKind.STAY: _quoted_stay,
    LineKind.PACKAGE: _quoted_places,
    LineKind.PRODUCT: _quoted_pieces,
}


# Bookings


def booked_lines(booking: Booking) -> list[dict[str, Any]]:
    """The lines of a booking, with price, tax and terms as they were copied in at the hold."""
    lines = booking.lines
    sold = queries.sold_items(
        room_type_ids={line.room_type_id for line in lines},
        departure_ids={line.departure_id for line in lines},
        stock_ids={line.stock_id for line in lines},
        participants_of={line.id for line in lines if line.kind == LineKind.PACKAGE},
    )
    return [_BOOKED[line.kind](line, sold) | _agreed(line) for line in lines]


def _agreed(line: BookingLine) -> dict[str, Any]:
    return {
        "kind": line.kind.value,
        "village": line.village.slug,
        "price": line.price,
        "tax": line.tax,
        "terms": line_terms(line),
    }


def line_terms(line: BookingLine) -> dict[str, Any]:
    """The terms of a line as they were copied in."""
    return shown_terms(str(line.terms["code"]), steps_from_data(line.terms, line.starts_at))


def _booked_stay(line: BookingLine, sold: queries.SoldItems) -> dict[str, Any]:
    room = sold.rooms.get(line.room_type_id or 0)
    nights = {on: next(same).price for on, same in groupby(line.units, key=lambda unit: unit.on)}
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


def _booked_places(line: BookingLine, sold: queries.SoldItems) -> dict[str, Any]:
    return _departure(sold.departures[line.departure_id or 0]) | {
        "name": line.title,
        "guide": line.detail,
        "party": {"adults": line.adults, "children": line.children},
        "participants": sold.participants.get(line.id, 0),
        "units": line.quantity,
    }


def _booked_pieces(line: BookingLine, sold: queries.SoldItems) -> dict[str, Any]:
    return _goods(sold.goods[line.stock_id or 0]) | {
        "name": line.title,
        "quantity": line.quantity,
        "pickup_on": line.arrival,
        "ready_at": line.ready_at,
        "handed_over_at": line.handed_over_at,
    }


_BOOKED: Mapping[LineKind, Callable[[BookingLine, queries.SoldItems], dict[str, Any]]] = {
    LineKind.STAY: _booked_stay,
    LineKind.PACKAGE: _booked_places,
    LineKind.PRODUCT: _booked_pieces,
}


def _departure(sold: queries.SoldDeparture) -> dict[str, Any]:
    return {
        "departure": sold.departure,
        "package": sold.package,
        "starts_at": sold.starts_at,
        "ends_at": sold.ends_at,
    }


def _goods(sold: queries.SoldGoods) -> dict[str, Any]:
    return {"product": sold.product, "slug": sold.slug, "maker": sold.maker, "pickup": sold.pickup}
