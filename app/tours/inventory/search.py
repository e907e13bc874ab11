"""Which departures a party can join, in the order in which they start. Reads only; nothing here promises anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager

from app.core import clock
from app.core.counters import Counter, left_now
from app.core.db import db
from app.core.errors import Invalid
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.tours.models import Departure, Package
from app.tours.rules import DAYS_AHEAD, MOST_DAYS, MOST_PARTY, DepartureState, PackageKind, units_needed
from app.villages.models import Village
from app.villages.rules import PublicationState


@dataclass(frozen=True)
class DepartureSearch:
    """What a guest asks for: departures on start ≤ day < end. `village` and `package` are slugs."""

    start: date
    end: date
    party: int = 1
    village: str | None = None
    package: str | None = None
    kind: PackageKind | None = None


@dataclass(frozen=True)
class DepartureOffer:
    """A departure with what is left of it, for a party that takes `units`."""

    departure: Departure
    package: Package
    units_left: int
    units: int

    @property
    def seats_left(self) -> int:
        """How many persons still find a place."""
        return self.units_left * self.package.unit_size

    @property
    def total(self) -> Rupiah:
        """What the party pays, in rupiah."""
        return self.units * self.departure.price

    @property
    def has_room(self) -> bool:
        """Whether the party finds a place."""
        return self.units_left >= self.units

    @property
    def is_full(self) -> bool:
        """Whether nobody finds a place any more."""
        return self.units_left < 1


def find_free(search: DepartureSearch) -> list[DepartureOffer]:
    """Every departure on sale that the party can join, soonest first. Raises Invalid for what cannot be searched."""
    return [offer for offer in find_running(search) if offer.has_room and fits(offer.package, search.party)]


def find_running(search: DepartureSearch, *, limit: int | None = None) -> list[DepartureOffer]:
    """Every departure that is on sale and can still be booked, also the full ones and those for other parties.

    Soonest first, `limit` of them at most. Raises Invalid for what cannot be searched.
    """
    check_days(search.start, search.end)
    check_party(search.party)
    query = _on_sale(search).where(Departure.on >= search.start, Departure.on < search.end)
    return _offers(query.order_by(Departure.starts_at, Departure.id).limit(limit), search)


def list_offers(departures: Sequence[Departure], party: int) -> list[DepartureOffer]:
    """These departures, in their order and whatever their state, with what is left of them."""
    query = select(Departure.id, left_now(clock.now())).join(Counter, Counter.id == Departure.counter_id)
    query = query.where(Departure.id.in_([departure.id for departure in departures]))
    left = dict(db.session.execute(query).all())
    return [_offer(departure, left[departure.id], party) for departure in departures]


def fits(package: Package, party: int) -> bool:
    """Whether the package takes a party of that size."""
    return package.min_party <= party <= package.max_party


def check_days(start: date, end: date) -> None:
    """Refuse days on which nothing can be found: past, too many, too far ahead. Raises Invalid."""
    today = clock.today()
    if end <= start:
        message = _("The last day comes after the first one, or is the same.")
        raise Invalid(message, errors=[("to", message)])
    if start < today:
        message = _("This day is in the past. Choose today or a later day.")
        raise Invalid(message, errors=[("from", message)])
    if (end - start).days > MOST_DAYS:
        message = _("We search at most %(days)d days at once.", days=MOST_DAYS)
        raise Invalid(message, errors=[("to", message)])
    if end > today + timedelta(days=DAYS_AHEAD + 1):
        message = _("The villages do not plan that far ahead yet.")
        raise Invalid(message, errors=[("to", message)])


def check_party(party: int) -> None:
    """Refuse parties that no search takes. Raises Invalid."""
    if not 1 <= party <= MOST_PARTY:
        message = _("We search for parties of 1 to %(most)d. For more, ask the village.", most=MOST_PARTY)
        raise Invalid(message, errors=[("party", message)])


def _on_sale(search: DepartureSearch) -> Select[Departure, int]:
    now = clock.now()
    query = (
        select(Departure, left_now(now))
        .join(Counter, Counter.id == Departure.counter_id)
        .join(Departure.package)
        .join(Package.village)
        .options(contains_eager(Departure.package).contains_eager(Package.village))
        .where(Package.state == PublicationState.PUBLISHED, Departure.state == DepartureState.OPEN)
        .where(Departure.bookable_until > now)
    )
    if search.village is not None:
        query = query.where(Village.slug == search.village)
    if search.package is not None:
        query = query.where(Package.slug == search.package)
    return query if search.kind is None else query.where(Package.kind == search.kind)


def _offers(query: Select[Departure, int], search: DepartureSearch) -> list[DepartureOffer]:
    return [_offer(departure, left, search.party) for departure, left in db.session.execute(query)]


def _offer(departure: Departure, left: int, party: int) -> DepartureOffer:
    package = departure.package
    return DepartureOffer(departure, package, int(left), units_needed(party, package.unit_size))
