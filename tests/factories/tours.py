"""Packages on sale and their departures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Any

from app.core.money import Rupiah
from app.revenue import queries as revenue_queries
from app.revenue.rules import PayeeKind, RevenueKind
from app.tours import services as tours
from app.tours.models import Departure
from app.tours.rules import PackageKind, PriceUnit
from app.tours.services import PackageLimits, PackagePrice, PackageTexts
from app.villages.models import Village
from app.villages.rules import PublicationState
from tests.factories.bookings import ARRIVAL
from tests.factories.numbers import numbers
from tests.factories.villages import BEGAN, make_agreement, make_payee, make_village

NINE = time(9, 0)


@dataclass(frozen=True)
class Tour:
    """A package as it can be booked: `departure` is the public id of its first departure, None without one."""

    package_id: int
    slug: str
    village_id: int
    guide_payee_id: int
    departure: str | None
    departure_id: int | None
    counter_id: int | None


def make_package(
    village: Village | None = None,
    *,
    guide: int | None = None,
    kind: PackageKind = PackageKind.COOKING,
    name: str | None = None,
    price: Rupiah = 100_000,
    unit: PriceUnit = PriceUnit.PERSON,
    unit_size: int = 1,
    sample_price: bool = False,
    published: bool = True,
    agreed: bool = True,
    seats: int = 10,
    on: date | None = ARRIVAL,
    at: time = NINE,
    **limits: Any,
) -> Tour:
    """A package on sale with one departure (`on=None` for none), of three hours for up to twelve people.

    `guide` is a payee's id; `limits` are fields of PackageLimits: duration_minutes, min_party, max_party,
    takes_children, cutoff_hours, terms …
    """
    village = village or make_village()
    if agreed:
        make_package_agreement(village)
    guide = guide or make_payee(PayeeKind.GUIDE, village_id=village.id).id
    number = next(numbers)
    package = tours.create_package(
        slug=f"acara-{number}",
        village_id=village.id,
        payee_id=guide,
        kind=kind,
        texts=make_texts(name or f"Acara {number}"),
        price=PackagePrice(price, unit, unit_size, is_sample=sample_price),
        limits=PackageLimits(**({"duration_minutes": 180, "max_party": 12} | limits)),
        is_sample=True,
    )
    if published:
        _publish(package.id)
    first = make_departure(package.id, on=on, at=at, seats=seats) if on else None
    codes = (first.public_id, first.id, first.counter_id) if first else (None, None, None)
    return Tour(package.id, package.slug, village.id, guide, *codes)


def _publish(package_id: int) -> None:
    for step in (PublicationState.PROPOSED, PublicationState.PUBLISHED):
        tours.change_publication(package_id=package_id, wanted=step, by_user_id=None)


def make_departure(
    package_id: int,
    *,
    on: date = ARRIVAL,
    at: time = NINE,
    seats: int = 10,
    price: Rupiah | None = None,
) -> Departure:
    """One run of a package, with so many units."""
    return tours.add_departure(package_id=package_id, on=on, at=at, seats=seats, price=price)


def make_texts(name: str) -> PackageTexts:
    """A package with invented words; its Indonesian name ends in "(id)"."""
    return PackageTexts(
        name_id=f"{name} (id)",
        name_en=name,
        guide_name="Bu Contoh",
        story_id="Acara contoh: semua yang tertulis di sini rekaan.",
        story_en="A sample package: everything here is invented.",
        meeting_id="Dapur bersama",
        meeting_en="The shared kitchen",
        bring_id="Celemek",
        bring_en="An apron",
        languages=("id", "en"),
    )


def make_package_agreement(village: Village, *, in_force_from: date = BEGAN) -> None:
    """How packages are divided in a village; one that is in force already stays."""
    kind = RevenueKind.PACKAGE
    known = revenue_queries.find_agreement(village_id=village.id, kind=kind, on=in_force_from)
    if known is None:
        make_agreement(village, kind=kind, in_force_from=in_force_from)
