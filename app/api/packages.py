"""What the villages do with guests, and when."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from app.api.door import bp, refuses
from app.api.fields import Answer, Code, Day, Digits, Moment
from app.api.paging import PageQuery, bad_cursor, cut, read_cursor
from app.core import clock
from app.core.access import public
from app.core.errors import Invalid
from app.core.words import gettext as _
from app.tours.inventory import DepartureOffer, DepartureSearch, find_free
from app.tours.inventory.search import find_running, fits, list_offers
from app.tours.models import Package
from app.tours.queries import get_package, list_departures, list_packages
from app.tours.rules import DAYS_AHEAD, MOST_DAYS, MOST_PARTY, DepartureState, PackageKind, PriceUnit
from app.villages.queries import find_village
from app.villages.rules import PublicationState, Terms

TAGS = ["Packages"]
MOST_CALENDAR_DAYS = 370
FULL = "full"
STATES = [*(state.value for state in DepartureState), FULL]
UNITS = [unit.value for unit in PriceUnit]
KINDS = [kind.value for kind in PackageKind]


class PackagesQuery(PageQuery):
    """Place, kind, party, and days on which a departure still has room for it; `to` is the day after the last."""

    village = Code(load_default=None)
    kind = Code(load_default=None, among=KINDS)
    first = Day(data_key="from", load_default=None)
    end = Day(data_key="to", load_default=None)
    party = Digits(1, MOST_PARTY, load_default=None)


class PriceRulesAnswer(Answer):
    """The price of one unit, in rupiah, tax inside: a person, or a vehicle, boat or group of up to `unit_size`."""

    price = fields.Integer()
    price_unit = fields.String(metadata={"enum": UNITS})
    unit_size = fields.Integer()
    is_sample = fields.Boolean(metadata={"description": "The price is a sample, not a fact."})


class LimitsAnswer(Answer):
    """Who can come along; `text` is in the words of whoever does it."""

    min_party = fields.Integer()
    max_party = fields.Integer()
    takes_children = fields.Boolean()
    cutoff_hours = fields.Integer(metadata={"description": "It can be booked until so many hours before."})
    text = fields.String(allow_none=True)


class PackageAnswer(Answer):
    """Something a village does with guests; texts are in the language of `Accept-Language`."""

    slug = fields.String()
    name = fields.String()
    village = fields.String()
    kind = fields.String(metadata={"enum": KINDS})
    duration = fields.Integer(metadata={"description": "In minutes."})
    price_rules = fields.Nested(PriceRulesAnswer)
    limits = fields.Nested(LimitsAnswer)
    languages = fields.List(fields.String())
    meeting_point = fields.String()
    currency = fields.String()


class PackagesAnswer(Answer):
    """A page of packages by village and name."""

    items = fields.List(fields.Nested(PackageAnswer))
    next = fields.String(allow_none=True)


class WholePackageAnswer(PackageAnswer):
    """A package with all that is told of it."""

    guide = fields.String(metadata={"description": "Who does it."})
    story = fields.String()
    bring = fields.String(allow_none=True)
    terms = fields.String(metadata={"enum": [terms.value for terms in Terms]})
    on_sale = fields.Boolean(metadata={"description": "False while it rests and takes nobody new."})
    is_sample = fields.Boolean()


class DeparturesQuery(PageQuery):
    """Departures from a day up to, not including, another, at most 370 days; for how many persons."""

    first = Day(required=True, data_key="from")
    end = Day(required=True, data_key="to")
    party = Digits(1, MOST_PARTY, load_default=1)

    @validates_schema
    def not_too_long(self, sent: dict[str, Any], **_kwargs: Any) -> None:
        """At least one day, at most a year and a little."""
        if not 1 <= (sent["end"] - sent["first"]).days <= MOST_CALENDAR_DAYS:
            raise ValidationError(_("Ask for 1 to %(most)d days at once.", most=MOST_CALENDAR_DAYS), "to")


class DepartureAnswer(Answer):
    """One dated run of a package. `price` is for one `price_unit`, `total` for the party that was asked for."""

    departure = fields.String()
    package = fields.String()
    starts_at = Moment()
    ends_at = Moment()
    seats_left = fields.Integer(
        metadata={"description": "For how many persons; 0 where it cannot be booked."}
    )
    price = fields.Integer()
    price_unit = fields.String(metadata={"enum": UNITS})
    min_party = fields.Integer()
    max_party = fields.Integer()
    bookable_until = Moment()
    state = fields.String(
        metadata={
            "enum": STATES,
            "description": "`full`: there is no room for the party; `closed`: no longer sold.",
        }
    )
    total = fields.Integer()
    currency = fields.String()


class DeparturesAnswer(Answer):
    """A page of departures, soonest first."""

    items = fields.List(fields.Nested(DepartureAnswer))
    next = fields.String(allow_none=True)


@bp.get("/packages", tags=TAGS)
@public
@bp.arguments(PackagesQuery, location="query")
@bp.response(200, PackagesAnswer)
@refuses()
def packages(query: dict[str, Any]) -> dict[str, Any]:
    """Packages on sale; with days, only those that the party can still join then."""
    after = read_cursor(query["cursor"])
    if after is not None and len(after) != 3:
        raise bad_cursor()
    page = cut(sorted(_found(query), key=_place), place=_place, limit=query["limit"], after=after)
    return page | {"items": [_shown(package) for package in page["items"]]}


@bp.get("/packages/<slug>", tags=TAGS)
@public
@bp.response(200, WholePackageAnswer)
@refuses(404)
def package(slug: str) -> dict[str, Any]:
    """A package with its story, price and limits."""
    found = get_package(slug)
    return _shown(found) | {
        "guide": found.guide_name,
        "story": found.story,
        "bring": found.bring or None,
        "terms": found.terms.value,
        "on_sale": found.state == PublicationState.PUBLISHED,
        "is_sample": found.is_sample,
    }


@bp.get("/packages/<slug>/departures", tags=TAGS)
@public
@bp.arguments(DeparturesQuery, location="query")
@bp.response(200, DeparturesAnswer)
@refuses(404)
def departures(query: dict[str, Any], slug: str) -> dict[str, Any]:
    """When a package takes place, whatever the state of its departures, and how many seats are left."""
    found = get_package(slug)
    after = read_cursor(query["cursor"])
    if after is not None and len(after) != 2:
        raise bad_cursor()
    offers = list_offers(list_departures(found.id, query["first"], query["end"]), query["party"])
    page = cut(sorted(offers, key=_start), place=_start, limit=query["limit"], after=after)
    now = clock.now()
    return page | {"items": [_shown_offer(offer, now) for offer in page["items"]]}


def _found(query: dict[str, Any]) -> list[Package]:
    """The packages asked for. Raises Invalid for a village that is not there and for days that cannot be searched."""
    village, party = query["village"], query["party"]
    if village is not None and find_village(village) is None:
        unknown = _("There is nothing of that name here.")
        raise Invalid(unknown, errors=[("village", unknown)])
    kind = PackageKind(query["kind"]) if query["kind"] else None
    if query["first"] is None and query["end"] is None:
        on_sale = list_packages(village=village, kind=kind)
        return [one for one in on_sale if party is None or fits(one, party)]
    first, end = _days(query["first"], query["end"])
    offers = _joinable(DepartureSearch(first, end, party or 1, village, kind=kind), whoever=party is None)
    return list({offer.package.id: offer.package for offer in offers}.values())


def _joinable(search: DepartureSearch, *, whoever: bool) -> list[DepartureOffer]:
    """Departures that the party can join, or anybody at all."""
    return [offer for offer in find_running(search) if not offer.is_full] if whoever else find_free(search)


def _days(first: date | None, end: date | None) -> tuple[date, date]:
    """From today where no first day is given; as far as one search goes where no last one is."""
    first = first or clock.today()
    if end is not None:
        return first, end
    farthest = clock.today() + timedelta(days=DAYS_AHEAD + 1)
    first = min(first, farthest)  # from there on it is refused in the search's own words
    return first, min(first + timedelta(days=MOST_DAYS), max(farthest, first + timedelta(days=1)))


def _place(package: Package) -> tuple[str, str, str]:
    return package.village.name, package.name_en, package.slug


def _start(offer: DepartureOffer) -> tuple[str, str]:
    return offer.departure.starts_at.isoformat(), offer.departure.public_id


def _shown(package: Package) -> dict[str, Any]:
    return {
        "slug": package.slug,
        "name": package.name,
        "village": package.village.slug,
        "kind": package.kind.value,
        "duration": package.duration_minutes,
        "price_rules": {
            "price": package.price,
            "price_unit": package.price_unit.value,
            "unit_size": package.unit_size,
            "is_sample": package.price_is_sample,
        },
        "limits": {
            "min_party": package.min_party,
            "max_party": package.max_party,
            "takes_children": package.takes_children,
            "cutoff_hours": package.cutoff_hours,
            "text": package.limits or None,
        },
        "languages": package.languages,
        "meeting_point": package.meeting,
        "currency": "IDR",
    }


def _shown_offer(offer: DepartureOffer, now: datetime) -> dict[str, Any]:
    departure, package = offer.departure, offer.package
    state = _state(offer, now)
    bookable = state in {DepartureState.OPEN.value, FULL}
    return {
        "departure": departure.public_id,
        "package": package.slug,
        "starts_at": departure.starts_at,
        "ends_at": departure.ends_at,
        "seats_left": offer.seats_left if bookable else 0,
        "price": departure.price,
        "price_unit": package.price_unit.value,
        "min_party": package.min_party,
        "max_party": package.max_party,
        "bookable_until": departure.bookable_until,
        "state": state,
        "total": offer.total,
        "currency": "IDR",
    }


def _state(offer: DepartureOffer, now: datetime) -> str:
    departure = offer.departure
    if departure.state != DepartureState.OPEN:
        return departure.state.value
    if departure.bookable_until <= now or offer.package.state != PublicationState.PUBLISHED:
        return DepartureState.CLOSED.value
    return DepartureState.OPEN.value if offer.has_room else FULL
