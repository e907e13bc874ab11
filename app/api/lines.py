"""The lines of a trip as they are asked for: a stay, places on a departure, pieces of a product."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flask import request
from marshmallow import ValidationError, validates_schema

from app.api import queries
from app.api.fields import Code, Day, NotYet, OneKind, Part, Parts, Request, Size, Text, Whole
from app.api.terms import RATE_PLANS, rate_plan
from app.bookings.rules import LineKind
from app.bookings.services.discount import FIELD
from app.bookings.services.quote import MOST_LINES
from app.core.dates import Nights
from app.core.errors import Invalid
from app.core.limits import note_wrong_code
from app.core.words import gettext as _
from app.core.words import lazy_gettext as _l
from app.homestays.inventory import StayChoice
from app.homestays.inventory.search import MOST_ROOMS
from app.homestays.rules import MOST_PARTY
from app.showcase.inventory import ProductChoice
from app.showcase.rules import MOST as MOST_PIECES
from app.tours.inventory import PackageChoice
from app.tours.rules import MOST_PARTY as MOST_TOUR_PARTY

OLDEST_CHILD = 17
HEAVIEST_KG, TALLEST_CM = 400, 280


class StayRequest(Request):
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

    @validates_schema
    def fits_together(self, sent: dict[str, Any], **_kwargs: Any) -> None:
        """What one field alone cannot say."""
        if sent["departure"] <= sent["arrival"]:
            raise ValidationError(_("The day you leave comes after the day you arrive."), "departure")
        if sent["extra_beds"]:
            raise ValidationError(_("Extra beds cannot be booked here yet."), "extra_beds")
        if sent["child_ages"] is not None and len(sent["child_ages"]) != sent["children"]:
            raise ValidationError(_("Give one age for each child."), "child_ages")


class PartyRequest(Request):
    """Everybody who comes along."""

    adults = Whole(1, MOST_TOUR_PARTY, required=True)
    children = Whole(0, MOST_TOUR_PARTY, load_default=0)


class ParticipantRequest(Request):
    """Somebody who comes along. Only what the package asks is kept: so far the name alone."""

    name = Text(required=True)
    birth_date = Day(load_default=None, allow_none=True)
    weight_kg = Whole(1, HEAVIEST_KG, load_default=None, allow_none=True)
    height_cm = Whole(1, TALLEST_CM, load_default=None, allow_none=True)


class PackageRequest(Request):
    """Places on one departure of a package, for the whole party."""

    kind = Code(required=True, among=[LineKind.PACKAGE.value])
    departure = Code(required=True)
    party = Part(PartyRequest, required=True)
    participants = Parts(
        Part(ParticipantRequest),
        load_default=list,
        validate=Size(0, MOST_TOUR_PARTY),
        metadata={"description": "Not more than the party; names that are not known yet may be left out."},
    )
    addons = NotYet(wrong=_l("Extras cannot be booked here yet."))


class ProductRequest(Request):
    """Pieces of a product, picked up in a village where it waits."""

    kind = Code(required=True, among=[LineKind.PRODUCT.value])
    product = Code(required=True)
    quantity = Whole(1, MOST_PIECES, required=True)
    pickup = Code(
        required=True, metadata={"description": "The slug of one of the product's pickup villages."}
    )
    pickup_on = Day(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "Without a day: when the trip begins, or within a week where nothing else is in it."
        },
    )
    delivery = NotYet(wrong=_l("Nothing is delivered yet. Choose a village to pick it up in."))


LINES: dict[str, type[Request]] = {
    LineKind.STAY.value: StayRequest,
    LineKind.PACKAGE.value: PackageRequest,
    LineKind.PRODUCT.value: ProductRequest,
}


class TripRequest(Request):
    """What a trip consists of."""

    lines = Parts(OneKind(LINES), required=True, validate=Size(1, MOST_LINES))
    voucher = Text(
        most=40,
        load_default=None,
        allow_none=True,
        metadata={"description": "The code of a voucher, or of a gift or credit that pays."},
    )


Choice = StayChoice | PackageChoice | ProductChoice


def choices_of(lines: Sequence[dict[str, Any]]) -> list[Choice]:
    """The lines as the sellables take them. Raises Invalid for a rate plan that a house does not sell."""
    _check_rate_plans(lines)
    return [_CHOICES[line["kind"]](line) for line in lines]


def _check_rate_plans(lines: Sequence[dict[str, Any]]) -> None:
    wished = {at: line for at, line in enumerate(lines) if line.get("rate_plan") is not None}
    rooms = queries.rooms_by_code({line["room_type"] for line in wished.values()}) if wished else {}
    for at, line in wished.items():
        room = rooms.get(line["room_type"])
        if room and line["rate_plan"] != rate_plan(room.breakfast):
            message = _("This house is not sold that way.")
            raise Invalid(message, errors=[(f"lines.{at}.rate_plan", message)])


def _stay(line: dict[str, Any]) -> StayChoice:
    nights = Nights(line["arrival"], line["departure"])
    return StayChoice(line["room_type"], nights, line["rooms"], line["adults"], line["children"])


def _places(line: dict[str, Any]) -> PackageChoice:
    names = tuple(participant["name"] for participant in line["participants"])
    return PackageChoice(line["departure"], line["party"]["adults"], line["party"]["children"], names)


def _pieces(line: dict[str, Any]) -> ProductChoice:
    return ProductChoice(line["product"], line["quantity"], line["pickup"], line["pickup_on"])


_CHOICES: dict[str, Callable[[dict[str, Any]], Choice]] = {
    LineKind.STAY.value: _stay,
    LineKind.PACKAGE.value: _places,
    LineKind.PRODUCT.value: _pieces,
}


def names_voucher() -> bool:
    """Whether the request has a code that may be a guess."""
    sent = request.get_json(silent=True)
    return isinstance(sent, dict) and bool(sent.get("voucher"))


@contextmanager
def naming_fields_as_sent(lines: Sequence[dict[str, Any]]) -> Iterator[None]:
    """What a sellable refuses is named as it was sent: a package's `lines.0.adults` is `lines.0.party.adults` here."""
    try:
        yield
    except Invalid as error:
        if FIELD in dict(error.errors):
            note_wrong_code()
        error.errors = [(_as_sent(field, lines), message) for field, message in error.errors]
        raise


def _as_sent(field: str, lines: Sequence[dict[str, Any]]) -> str:
    head, _dot, rest = field.partition(".")
    place, _dot, name = rest.partition(".")
    in_party = head == "lines" and name in {"adults", "children"}
    if in_party and lines[int(place)]["kind"] == LineKind.PACKAGE:
        return f"lines.{place}.party.{name}"
    return field
