"""The sample packages: what villages really do with guests, as far as sources say it; the rest is marked as sample.

Prices that a source names are those prices, with where they were read. Set up through the same services as a real
package, one by one, each only once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from functools import cache

from app.core.db import transaction
from app.revenue.rules import PayeeKind
from app.seed.agreements import ensure_payee
from app.seed.facts import read_rows
from app.tours import queries, services
from app.tours.rules import PackageKind, PriceUnit
from app.tours.services import PackageLimits, PackagePrice, PackageTexts
from app.villages.models import Village
from app.villages.rules import PublicationState, Terms


@dataclass(frozen=True)
class Run:
    """When a package starts: on these days of the week (1 is Monday), at this village time."""

    weekdays: frozenset[int]
    at: time


@dataclass(frozen=True)
class PackagePlan:
    """Everything that is needed to set up one sample package. `seats` are units of one departure."""

    slug: str
    village: str
    kind: PackageKind
    texts: PackageTexts
    price: PackagePrice
    limits: PackageLimits
    seats: int
    runs: tuple[Run, ...]

    @property
    def seats_for_people(self) -> int:
        """How many persons find a place on one departure."""
        return self.seats * self.price.unit_size


@cache
def plan_packages() -> tuple[PackagePlan, ...]:
    """All sample packages, in the order of the file."""
    texts = {row["slug"]: row for row in read_rows("package_texts.csv")}
    return tuple(_plan(row, texts[row["slug"]]) for row in read_rows("packages.csv"))


def _plan(row: dict[str, str], texts: dict[str, str]) -> PackagePlan:
    return PackagePlan(
        slug=row["slug"],
        village=row["village"].lower(),
        kind=PackageKind(row["kind"]),
        texts=PackageTexts(
            name_id=texts["name_id"],
            name_en=texts["name_en"],
            guide_name=row["guide"],
            story_id=texts["story_id"],
            story_en=texts["story_en"],
            meeting_id=texts["meeting_id"],
            meeting_en=texts["meeting_en"],
            bring_id=texts["bring_id"] or None,
            bring_en=texts["bring_en"] or None,
            languages=tuple(row["languages"].split()),
        ),
        price=_price(row),
        limits=_limits(row, texts),
        seats=int(row["seats"]),
        runs=tuple(_run(text.strip()) for text in row["runs"].split(";")),
    )


def _price(row: dict[str, str]) -> PackagePrice:
    return PackagePrice(
        price=int(row["price"]),
        unit=PriceUnit(row["price_unit"]),
        unit_size=int(row["unit_size"]),
        is_sample=not row["price_source"],
        source=row["price_source"] or None,
    )


def _limits(row: dict[str, str], texts: dict[str, str]) -> PackageLimits:
    return PackageLimits(
        duration_minutes=int(row["minutes"]),
        min_party=int(row["min_party"]),
        max_party=int(row["max_party"]),
        takes_children=row["takes_children"] == "yes",
        limits_id=texts["limits_id"] or None,
        limits_en=texts["limits_en"] or None,
        cutoff_hours=int(row["cutoff_hours"]),
        terms=Terms(row["terms"]),
    )


def _run(text: str) -> Run:
    """`2467 09:00` is nine o'clock on Tuesday, Thursday, Saturday and Sunday."""
    weekdays, at = text.split()
    return Run(frozenset(int(day) for day in weekdays), time.fromisoformat(at))


def seed_packages(villages: Sequence[Village]) -> int:
    """Set up the packages that are not there yet; gives how many were new."""
    ids = {village.slug: village.id for village in villages}
    missing = [plan for plan in plan_packages() if not queries.slug_is_taken(plan.slug)]
    with transaction():
        for plan in missing:
            _set_up(plan, ids[plan.village])
    return len(missing)


def _set_up(plan: PackagePlan, village_id: int) -> None:
    package = services.create_package(
        slug=plan.slug,
        village_id=village_id,
        payee_id=ensure_payee(PayeeKind.GUIDE, plan.texts.guide_name, village_id).id,
        kind=plan.kind,
        texts=plan.texts,
        price=plan.price,
        limits=plan.limits,
        is_sample=True,
    )
    for step in (PublicationState.PROPOSED, PublicationState.PUBLISHED):
        services.change_publication(package_id=package.id, wanted=step, by_user_id=None)
