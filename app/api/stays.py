"""What is free for a party on some nights."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from app.api import queries
from app.api.door import bp, refuses
from app.api.fields import Answer, Code, Day, Digits, Parts
from app.api.paging import PageQuery, Place, bad_cursor, cut, read_cursor
from app.api.terms import RATE_PLANS, TermsAnswer, rate_plan, shown_terms
from app.core import clock
from app.core.access import public
from app.core.dates import CHECK_IN, Nights, village_instant
from app.core.errors import Invalid
from app.core.words import gettext as _
from app.homestays.inventory.search import MOST_ROOMS, StayOffer, StaySearch, find_free, is_place, rank
from app.homestays.rules import MOST_PARTY, Amenity
from app.villages.queries import find_village
from app.villages.rules import dated_steps


class StayQuery(PageQuery):
    """Nights, party, place and wishes."""

    arrival = Day(required=True)
    departure = Day(required=True)
    adults = Digits(1, MOST_PARTY, load_default=2)
    children = Digits(0, MOST_PARTY, load_default=0)
    rooms = Digits(
        1,
        MOST_ROOMS,
        load_default=None,
        metadata={"description": "Exactly so many rooms; without it the fewest that fit the party."},
    )
    village = Code(load_default=None)
    homestay = Code(load_default=None)
    max_price = Digits(
        0, load_default=None, metadata={"description": "Rupiah for one room and night, on average."}
    )
    amenity = Parts(
        Code(among=[amenity.value for amenity in Amenity]),
        load_default=list,
        metadata={"description": "Repeatable: the house has all of them."},
    )
    sort = Code(load_default="recommended", among=["recommended", "price"])

    @validates_schema
    def leave_after_arriving(self, sent: dict[str, Any], **_kwargs: Any) -> None:
        """A stay has at least one night."""
        if sent["departure"] <= sent["arrival"]:
            raise ValidationError(_("The day you leave comes after the day you arrive."), "departure")


class NightAnswer(Answer):
    """A night and the price of one room, in rupiah, tax inside."""

    night = fields.Date()
    price = fields.Integer()


class StayAnswer(Answer):
    """A room type that is free on all nights. `total` is for `rooms_needed` rooms, `nightly` for one."""

    room_type = fields.String()
    name = fields.String()
    homestay = fields.String()
    homestay_name = fields.String()
    village = fields.String()
    beds = fields.String()
    sleeps = fields.Integer(metadata={"description": "How many one room sleeps."})
    rooms_needed = fields.Integer()
    rooms_left = fields.Integer()
    nightly = fields.List(fields.Nested(NightAnswer))
    total = fields.Integer()
    currency = fields.String()
    rate_plan = fields.String(metadata={"enum": list(RATE_PLANS)})
    terms = fields.Nested(TermsAnswer)


class StaysAnswer(Answer):
    """A page of stays."""

    items = fields.List(fields.Nested(StayAnswer))
    next = fields.String(allow_none=True)


@bp.get("/stays", tags=["Stays"])
@public
@bp.arguments(StayQuery, location="query")
@bp.response(200, StaysAnswer)
@refuses()
def stays(query: dict[str, Any]) -> dict[str, Any]:
    """Room types that are free on all nights and lodge the whole party."""
    search = _search(query)
    day, after = _read_cursor(query["cursor"], search)
    offers = find_free(search, limit=query["limit"] + 1, after=after, day=day)
    page = cut(offers, place=rank(search, day), limit=query["limit"], after=after, pinned=(day.isoformat(),))
    return page | {"items": [_shown(offer, search) for offer in page["items"]]}


def _search(query: dict[str, Any]) -> StaySearch:
    """The search as asked for. Raises Invalid for a village or house that is not there."""
    unknown = _("There is nothing of that name here.")
    if query["village"] is not None and find_village(query["village"]) is None:
        raise Invalid(unknown, errors=[("village", unknown)])
    if query["homestay"] is not None and not queries.homestay_is_known(query["homestay"]):
        raise Invalid(unknown, errors=[("homestay", unknown)])
    return StaySearch(
        nights=Nights(query["arrival"], query["departure"]),
        adults=query["adults"],
        children=query["children"],
        rooms=query["rooms"],
        village=query["village"],
        homestay=query["homestay"],
        max_price=query["max_price"],
        amenities=tuple(query["amenity"]),
        sort=query["sort"],
    )


def _read_cursor(cursor: str | None, search: StaySearch) -> tuple[date, Place | None]:
    """The day on whose order the list was begun, and the place in it. Raises Invalid."""
    place = read_cursor(cursor)
    if place is None:
        return clock.today(), None
    try:
        day, after = date.fromisoformat(place[0]), place[1:]
    except (IndexError, TypeError, ValueError):
        raise bad_cursor() from None
    if not is_place(search, after):
        raise bad_cursor()
    return day, after


def _shown(offer: StayOffer, search: StaySearch) -> dict[str, Any]:
    homestay, room_type = offer.homestay, offer.room_type
    starts_at = village_instant(search.nights.arrival, CHECK_IN)
    return {
        "room_type": room_type.public_id,
        "name": room_type.name,
        "homestay": homestay.slug,
        "homestay_name": homestay.name,
        "village": homestay.village.slug,
        "beds": room_type.beds,
        "sleeps": room_type.sleeps,
        "rooms_needed": offer.rooms_needed,
        "rooms_left": offer.rooms_left,
        "nightly": [{"night": night.on, "price": night.price} for night in offer.nightly],
        "total": offer.total,
        "currency": "IDR",
        "rate_plan": rate_plan(homestay.breakfast),
        "terms": shown_terms(homestay.terms.value, dated_steps(homestay.terms, starts_at)),
    }
