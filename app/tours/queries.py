"""Which packages and departures there are. How many seats are left is asked of `inventory`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, or_, select, true
from sqlalchemy.orm import contains_eager, joinedload

from app.core import clock
from app.core.counters import Counter, left_now
from app.core.db import db
from app.core.errors import NotFound
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.revenue.queries import splits_in_force
from app.revenue.rules import Fee, PayeeKind, RevenueKind, Share, SplitTerms, amounts
from app.tours.models import Departure, Package
from app.tours.rules import DepartureState, PackageKind
from app.users.rules import Scope
from app.villages.models import Village
from app.villages.rules import PublicationState

T = TypeVar("T")

VISIBLE = (PublicationState.PUBLISHED, PublicationState.PAUSED)
"""A paused package takes nobody new, but whoever has booked still finds its page."""


def find_package(slug: str) -> Package | None:
    """The package as guests may see it, with its village; None when it is not shown."""
    wanted = Package.slug == slug, Package.state.in_(VISIBLE)
    return db.session.scalars(select(Package).where(*wanted)).one_or_none()


def get_package(slug: str) -> Package:
    """The package as guests may see it, with its village. Raises NotFound."""
    return _found(find_package(slug))


def get_package_by_id(package_id: int) -> Package:
    """The package in whatever state. Raises NotFound."""
    return _found(db.session.scalars(select(Package).where(Package.id == package_id)).one_or_none())


def get_package_in(scope: Scope, slug: str) -> Package:
    """The package for whoever works with it, in whatever state. Raises NotFound for another's package."""
    wanted = Package.slug == slug, _reached_by(scope)
    return _found(db.session.scalars(select(Package).where(*wanted)).one_or_none())


def list_packages(*, village: str | None = None, kind: PackageKind | None = None) -> list[Package]:
    """Packages on sale, by village and name; only those of a village (its slug) or a kind where given."""
    query = select(Package).join(Package.village).where(Package.state == PublicationState.PUBLISHED)
    if village is not None:
        query = query.where(Village.slug == village)
    if kind is not None:
        query = query.where(Package.kind == kind)
    return list(db.session.scalars(query.order_by(Village.name, Package.name_en, Package.id)))


def list_packages_in(scope: Scope) -> list[Package]:
    """The packages within reach in whatever state, by village and name."""
    query = select(Package).join(Package.village).where(_reached_by(scope))
    return list(db.session.scalars(query.order_by(Village.name, Package.name_en, Package.id)))


def slug_is_taken(slug: str) -> bool:
    """Whether another package has this address."""
    return db.session.scalar(select(Package.id).where(Package.slug == slug)) is not None


# Departures


def list_departures(package_id: int, start: date, end: date) -> list[Departure]:
    """The departures of a package on start ≤ day < end in whatever state, in order, with package and counter."""
    query = _departures().where(Departure.package_id == package_id, Departure.on >= start, Departure.on < end)
    return list(db.session.scalars(query.order_by(Departure.starts_at, Departure.id)))


def departures_by_ids(ids: Collection[int]) -> dict[int, Departure]:
    """These departures by their numbers, with package and counter."""
    query = _departures().where(Departure.id.in_(ids))
    return {departure.id: departure for departure in db.session.scalars(query)}


def lock_departure(departure_id: int) -> Departure:
    """A departure in whatever state, with package and counter, locked until the transaction ends: two people move it in
    turn, and whoever books it does not wait for them. Raises NotFound.
    """
    query = _departures().where(Departure.id == departure_id).with_for_update(of=Departure, key_share=True)
    return _there(db.session.scalars(query.execution_options(populate_existing=True)).one_or_none())


def get_departure_in(scope: Scope, public_id: str) -> Departure:
    """A departure with its package for whoever works with it. Raises NotFound for another's."""
    query = _departures().where(Departure.public_id == public_id, _reached_by(scope))
    return _there(db.session.scalars(query).one_or_none())


def starts_of(package_id: int) -> set[datetime]:
    """When the package starts, cancelled departures left out. Locks the package first: two writers ask in turn."""
    db.session.execute(select(Package.id).where(Package.id == package_id).with_for_update())
    query = select(Departure.starts_at).where(
        Departure.package_id == package_id, Departure.state != DepartureState.CANCELLED
    )
    return set(db.session.scalars(query))


def list_on_sale(after: datetime, *, kind: PackageKind | None = None) -> list[tuple[Package, date | None]]:
    """Packages on sale by village and name, each with the first day after an instant on which it can be booked."""
    query = (
        select(Package, _next_on(after))
        .join(Package.village)
        .options(contains_eager(Package.village))
        .where(Package.state == PublicationState.PUBLISHED)
        .order_by(Village.name, Package.name_en, Package.id)
    )
    if kind is not None:
        query = query.where(Package.kind == kind)
    return [(package, next_on) for package, next_on in db.session.execute(query)]


def find_next_day(package_id: int, after: datetime) -> date | None:
    """The first day after an instant on which the package can be booked."""
    return db.session.scalar(select(_next_on(after)).where(Package.id == package_id))


def _next_on(after: datetime) -> ScalarSelect[date]:
    now = clock.now()
    return (
        select(func.min(Departure.on))
        .join(Counter, Counter.id == Departure.counter_id)
        .where(Departure.package_id == Package.id, Departure.state == DepartureState.OPEN)
        .where(Departure.starts_at >= after, Departure.bookable_until > now, left_now(now) > 0)
        .correlate(Package)
        .scalar_subquery()
    )


@dataclass(frozen=True)
class Coming:
    """What a package has before it: its next day, how many departures, and how many units of them are taken."""

    next_on: date
    departures: int
    taken: int
    capacity: int


def coming_of(package_ids: Collection[int], until: date) -> dict[int, Coming]:
    """The departures from now up to a day, cancelled ones left out, added up by package."""
    left = left_now(clock.now())
    query = (
        select(
            Departure.package_id,
            func.min(Departure.on),
            func.count(),
            func.sum(Counter.capacity - left),
            func.sum(Counter.capacity),
        )
        .join(Counter, Counter.id == Departure.counter_id)
        .where(Departure.package_id.in_(package_ids), Departure.state != DepartureState.CANCELLED)
        .where(Departure.starts_at > clock.now(), Departure.on < until)
        .group_by(Departure.package_id)
    )
    return {
        package_id: Coming(next_on, departures, int(taken), int(capacity))
        for package_id, next_on, departures, taken, capacity in db.session.execute(query)
    }


# What the maker gets


def guide_amounts(packages: Collection[Package], on: date) -> dict[int, Rupiah]:
    """What whoever does it gets of the price of one unit, in rupiah, by package; unknown ones are left out."""
    splits = splits_in_force({package.village_id for package in packages}, on)
    return {
        package.id: _guide_part(splits[package.village_id, RevenueKind.PACKAGE], package.price)
        for package in packages
        if (package.village_id, RevenueKind.PACKAGE) in splits
    }


def _guide_part(terms: SplitTerms, price: Rupiah) -> Rupiah:
    _tax, *gets = amounts(terms, price, price, 1)
    parts: list[Fee | Share] = [*terms.fees, *terms.shares]
    return sum(amount for part, amount in zip(parts, gets, strict=True) if part.kind == PayeeKind.GUIDE)


def _departures() -> Select[Departure]:
    return (
        select(Departure)
        .join(Departure.package)
        .options(contains_eager(Departure.package), joinedload(Departure.counter))
    )


def _reached_by(scope: Scope) -> ColumnElement[bool]:
    if scope.everything:
        return true()
    return or_(Package.village_id.in_(scope.villages), Package.payee_id.in_(scope.payees))


def _found(thing: T | None) -> T:
    if thing is None:
        raise NotFound(_("This package is not on our list."))
    return thing


def _there(thing: T | None) -> T:
    if thing is None:
        raise NotFound(_("There is no such departure."))
    return thing
