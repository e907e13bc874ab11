"""The lines of a trip: what is asked for, and what a quote or a booking says about each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby
from typing import Any

from marshmallow import ValidationError, fields, pre_load, validates_schema

from app.api import queries
from app.api.fields import Answer, Code, Day, Part, Parts, Request, Size, Text, Whole
from app.api.stays import NightAnswer
from app.api.terms import RATE_PLANS, TermsAnswer, rate_plan, shown_terms
from app.bookings.models import Booking, BookingLine
from app.bookings.rules import LineKind
from app.bookings.services import LineQuote
from app.bookings.services.quote import MOST_LINES
from app.core.dates import Nights
from app.core.errors import Invalid
from app.core.words import gettext as _
from app.homestays.inventory import StayChoice
from app.homestays.inventory.search import MOST_ROOMS
from app.homestays.rules import MOST_PARTY
from app.revenue.rules import PartyShare
from app.villages.rules import steps_from_data

OLDEST_CHILD = 17


class LineRequest(Request):
    """A stay. `adults` and `children` are the whole party over `rooms`."""

    kind = Code(required=True, among=[LineKind.STAY.value])
    room_type = Code(required=True)
    arrival = Day(required=True)
    departure = Day(required=True)
    rooms = Whole(1, MOST_ROOMS, load_default=1)
    adults = Whole(1, MOST_PARTY, required=True)
    children = Whole(0, MOST_PARTY, load_default=0)
    extra_beds = Whole(0, MOST_PARTY, load_default=0)
    rate_plan = Code(load_default=None, allow_none=True, among=RATE_PLANS)
    child_ages = Parts(
        Whole(0, OLDEST_CHILD),
        load_default=None,
        allow_none=True,
        metadata={"description": "One for each child. No price depends on it yet."},
    )

    @pre_load
    def sold_here(self, sent: Any, **_kwargs: Any) -> Any:
        """Say plainly what is not sold yet, instead of naming every field that a stay does not have."""
        kind = sent.get("kind") if isinstance(sent, dict) else None
        if kind == LineKind.PACKAGE:
            raise ValidationError(_("Tour packages are not sold here yet."), "kind")
        if kind == LineKind.PRODUCT:
            raise ValidationError(_("Products are not sold here yet."), "kind")
        return sent

    @validates_schema
    def fits_together(self, sent: dict[str, Any], **_kwargs: Any) -> None:
        """What one field alone cannot say."""
        if sent["departure"] <= sent["arrival"]:
            raise ValidationError(_("The day you leave comes after the day you arrive."), "departure")
        if sent["extra_beds"]:
            raise ValidationError(_("Extra beds cannot be booked here yet."), "extra_beds")
        if sent["child_ages"] is not None and len(sent["child_ages"]) != sent["children"]:
            raise ValidationError(_("Give one age for each child."), "child_ages")


class TripRequest(Request):
    """What a trip consists of."""

    lines = Parts(Part(LineRequest), required=True, validate=Size(1, MOST_LINES))
    voucher = Text(most=40, load_default=None, allow_none=True)

    @validates_schema
    def no_vouchers(self, sent: dict[str, Any], **_kwargs: Any) -> None:
        """Better refused than silently not counted."""
        if sent["voucher"] is not None:
            raise ValidationError(_("This voucher is not known here."), "voucher")


class LineAnswer(Answer):
    """A stay with its price. `nightly` is the price of one room."""

    kind = fields.String(metadata={"enum": [kind.value for kind in LineKind]})
    room_type = fields.String(allow_none=True)
    name = fields.String()
    homestay = fields.String(allow_none=True)
    homestay_name = fields.String()
    village = fields.String()
    arrival = fields.Date()
    departure = fields.Date()
    rooms = fields.Integer()
    adults = fields.Integer()
    children = fields.Integer()
    extra_beds = fields.Integer()
    nightly = fields.List(fields.Nested(NightAnswer))
    price = fields.Integer(metadata={"description": "All rooms and nights, tax inside, in rupiah."})
    tax = fields.Integer(metadata={"description": "The tax inside the price, in rupiah."})
    terms = fields.Nested(TermsAnswer)


class ShareAnswer(Answer):
    """One party's part, in rupiah. The tax is a party too."""

    payee = fields.String()
    kind = fields.String()
    amount = fields.Integer()


def choices_of(lines: Sequence[dict[str, Any]]) -> list[StayChoice]:
    """The lines as the sellables take them. Raises Invalid for a rate plan that a house does not sell."""
    plans = queries.rooms_by_code({line["room_type"] for line in lines})
    for at, line in enumerate(lines):
        room = plans.get(line["room_type"])
        if room and line["rate_plan"] not in {None, rate_plan(room.breakfast)}:
            message = _("This house is not sold that way.")
            raise Invalid(message, errors=[(f"lines.{at}.rate_plan", message)])
    return [
        StayChoice(
            room_type=line["room_type"],
            nights=Nights(line["arrival"], line["departure"]),
            rooms=line["rooms"],
            adults=line["adults"],
            children=line["children"],
        )
        for line in lines
    ]


def quoted_line(line: LineQuote) -> dict[str, Any]:
    """A line of a quote."""
    draft = line.draft
    return {
        "kind": draft.kind.value,
        "room_type": draft.choice.room_type,
        "name": draft.detail,
        "homestay": draft.slug,
        "homestay_name": draft.title,
        "village": draft.village.slug,
        "arrival": draft.arrival,
        "departure": draft.departure,
        "rooms": draft.quantity,
        "adults": draft.adults,
        "children": draft.children,
        "extra_beds": 0,
        "nightly": [{"night": on, "price": price} for on, price, _rooms in line.nightly],
        "price": line.price,
        "tax": line.tax,
        "terms": shown_terms(draft.terms.value, line.terms),
    }


def booked_lines(booking: Booking) -> list[dict[str, Any]]:
    """The lines of a booking, with price, tax and terms as they were copied in at the hold."""
    rooms = queries.rooms_by_id([line.room_type_id for line in booking.lines])
    return [_booked_line(line, rooms.get(line.room_type_id or 0)) for line in booking.lines]


def _booked_line(line: BookingLine, room: queries.SoldRoom | None) -> dict[str, Any]:
    nights = {on: next(same).price for on, same in groupby(line.units, key=lambda unit: unit.on)}
    return {
        "kind": line.kind.value,
        "room_type": room.room_type if room else None,
        "name": line.detail,
        "homestay": room.homestay if room else None,
        "homestay_name": line.title,
        "village": line.village.slug,
        "arrival": line.arrival,
        "departure": line.departure,
        "rooms": line.quantity,
        "adults": line.adults,
        "children": line.children,
        "extra_beds": 0,
        "nightly": [{"night": on, "price": price} for on, price in nights.items()],
        "price": line.price,
        "tax": line.tax,
        "terms": shown_terms(str(line.terms["code"]), steps_from_data(line.terms, line.starts_at)),
    }


def shown_shares(shares: Collection[PartyShare]) -> list[dict[str, Any]]:
    """Who gets what."""
    return [{"payee": share.name, "kind": share.kind, "amount": share.amount} for share in shares]
