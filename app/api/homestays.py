"""One house, and its calendar."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from app.api.door import bp, refuses
from app.api.fields import Answer, Day, Request
from app.api.terms import RATE_PLANS, rate_plan
from app.core.access import public
from app.core.words import gettext as _
from app.core.words import pick
from app.homestays.inventory import CalendarDay, calendar
from app.homestays.models import Homestay, RoomType
from app.homestays.queries import get_homestay
from app.homestays.rules import Amenity, HouseKind, RoomKind
from app.villages.rules import PublicationState, Terms

TAGS = ["Stays"]
MOST_NIGHTS = 370


class HostAnswer(Answer):
    """Who receives guests."""

    name = fields.String()
    welcome = fields.String()


class PricesAnswer(Answer):
    """The price of one room and night, in rupiah, tax inside."""

    weekday = fields.Integer()
    saturday = fields.Integer()
    holiday = fields.Integer()


class RoomTypeAnswer(Answer):
    """Units sold under one name and rate."""

    room_type = fields.String()
    name = fields.String()
    kind = fields.String(metadata={"enum": [kind.value for kind in RoomKind]})
    beds = fields.String()
    sleeps = fields.Integer()
    units = fields.Integer()
    is_open = fields.Boolean()
    prices = fields.Nested(PricesAnswer)


class RulesAnswer(Answer):
    """What a guest should know before arriving; times are village time, as HH:MM."""

    check_in_from = fields.String(allow_none=True)
    check_in_until = fields.String(allow_none=True)
    check_out_until = fields.String(allow_none=True)
    quiet_from = fields.String(allow_none=True)
    smoking_inside = fields.Boolean()
    pets = fields.Boolean()
    other = fields.String(allow_none=True)


class PhotoAnswer(Answer):
    """A picture of the house."""

    url = fields.String()
    alt = fields.String()


class ReviewsAnswer(Answer):
    """What those who were there think, in short."""

    count = fields.Integer()
    average = fields.Float(allow_none=True)


class HomestayAnswer(Answer):
    """A house with its host, rooms and rules; texts are in the language of `Accept-Language`."""

    homestay = fields.String(metadata={"description": "The slug, as other answers name the house."})
    slug = fields.String()
    name = fields.String()
    village = fields.String()
    kind = fields.String(metadata={"enum": [kind.value for kind in HouseKind]})
    story = fields.String()
    host = fields.Nested(HostAnswer)
    amenities = fields.List(fields.String(metadata={"enum": [amenity.value for amenity in Amenity]}))
    rate_plan = fields.String(metadata={"enum": list(RATE_PLANS)})
    terms = fields.String(metadata={"enum": [terms.value for terms in Terms]})
    min_nights = fields.Integer()
    pay_on_arrival = fields.Boolean()
    on_sale = fields.Boolean(metadata={"description": "False while the house rests and takes nobody new."})
    room_types = fields.List(fields.Nested(RoomTypeAnswer))
    photos = fields.List(fields.Nested(PhotoAnswer))
    rules = fields.Nested(RulesAnswer)
    reviews = fields.Nested(ReviewsAnswer)
    currency = fields.String()
    is_sample = fields.Boolean()


class CalendarQuery(Request):
    """From a night up to, not including, another: at most 370."""

    first = Day(required=True, data_key="from")
    end = Day(required=True, data_key="to")

    @validates_schema
    def not_too_long(self, sent: dict[str, Any], **_kwargs: Any) -> None:
        """At least one night, at most a year and a little."""
        if not 1 <= (sent["end"] - sent["first"]).days <= MOST_NIGHTS:
            raise ValidationError(_("Ask for 1 to %(most)d nights at once.", most=MOST_NIGHTS), "to")


class CalendarNightAnswer(Answer):
    """A night of a room type; `price` is for one room, in rupiah."""

    night = fields.Date()
    free = fields.Integer()
    price = fields.Integer()
    min_nights = fields.Integer()
    arrival_allowed = fields.Boolean()


class CalendarRoomTypeAnswer(Answer):
    """A room type with its nights."""

    room_type = fields.String()
    name = fields.String()
    nights = fields.List(fields.Nested(CalendarNightAnswer))


class CalendarAnswer(Answer):
    """The nights of each room type of a house."""

    homestay = fields.String()
    currency = fields.String()
    room_types = fields.List(fields.Nested(CalendarRoomTypeAnswer))


@bp.get("/homestays/<slug>", tags=TAGS)
@public
@bp.response(200, HomestayAnswer)
@refuses(404)
def homestay(slug: str) -> dict[str, Any]:
    """A house with its host, rooms and rules."""
    house = get_homestay(slug)
    return {
        "homestay": house.slug,
        "slug": house.slug,
        "name": house.name,
        "village": house.village.slug,
        "kind": house.house_kind.value,
        "story": house.story,
        "host": {"name": house.host_name, "welcome": house.welcome},
        "amenities": house.amenities,
        "rate_plan": rate_plan(house.breakfast),
        "terms": house.terms.value,
        "min_nights": house.min_nights,
        "pay_on_arrival": house.pay_on_arrival,
        "on_sale": _on_sale(house),
        "room_types": [_shown_type(room_type) for room_type in house.room_types],
        "photos": [],  # houses are drawn so far; nobody has uploaded a picture
        "rules": _shown_rules(house.house_rules),
        "reviews": {"count": 0, "average": None},  # nobody has been asked for one yet
        "currency": "IDR",
        "is_sample": house.is_sample,
    }


@bp.get("/homestays/<slug>/calendar", tags=TAGS)
@public
@bp.arguments(CalendarQuery, location="query")
@bp.response(200, CalendarAnswer)
@refuses(404)
def homestay_calendar(query: dict[str, Any], slug: str) -> dict[str, Any]:
    """Which nights are free, at which price, and on which a stay may begin."""
    house = get_homestay(slug)
    days = calendar(house.id, query["first"], query["end"])
    return {
        "homestay": house.slug,
        "currency": "IDR",
        "room_types": [
            {
                "room_type": room_type.public_id,
                "name": room_type.name,
                "nights": [_shown_night(day, _on_sale(house)) for day in days[room_type.id]],
            }
            for room_type in house.room_types
        ],
    }


def _on_sale(house: Homestay) -> bool:
    return house.state == PublicationState.PUBLISHED


def _shown_type(room_type: RoomType) -> dict[str, Any]:
    return {
        "room_type": room_type.public_id,
        "name": room_type.name,
        "kind": room_type.kind.value,
        "beds": room_type.beds,
        "sleeps": room_type.sleeps,
        "units": len(room_type.units),
        "is_open": room_type.is_open,
        "prices": room_type.prices,
    }


def _shown_rules(rules: dict[str, Any]) -> dict[str, Any]:
    times = ("check_in_from", "check_in_until", "check_out_until", "quiet_from")
    return {name: rules.get(name) or None for name in times} | {
        "smoking_inside": bool(rules.get("smoking_inside")),
        "pets": bool(rules.get("pets")),
        "other": pick(rules.get("other_id"), rules.get("other_en")) or None,
    }


def _shown_night(day: CalendarDay, on_sale: bool) -> dict[str, Any]:
    return {
        "night": day.night,
        "free": day.free if on_sale else 0,
        "price": day.price,
        "min_nights": day.min_nights,
        "arrival_allowed": day.arrival_allowed and on_sale,
    }
