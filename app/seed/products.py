"""The sample products: what each village is known for, and where sources are silent a sample that says so.

Makers are groups, never persons. All prices are samples, because no source names one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from app.core.db import transaction
from app.core.money import Rupiah
from app.revenue.rules import PayeeKind
from app.seed.agreements import ensure_payee
from app.seed.facts import read_rows
from app.showcase import queries, services
from app.showcase.rules import ProductKind
from app.showcase.services import ProductProfile
from app.villages.models import Village
from app.villages.rules import PublicationState


@dataclass(frozen=True)
class MakerPlan:
    """Who makes things in a village: a sample group."""

    slug: str
    village: str
    name: str
    story_id: str
    story_en: str


@dataclass(frozen=True)
class ProductPlan:
    """Everything that is needed to put one sample product on the shelf; `pieces` wait by village slug."""

    slug: str
    maker: str
    profile: ProductProfile
    price: Rupiah
    pieces: Mapping[str, int]


@cache
def plan_makers() -> tuple[MakerPlan, ...]:
    """All sample makers, in the order of the file: one group in each village."""
    return tuple(
        MakerPlan(row["slug"], row["village"].lower(), row["name"], row["story_id"], row["story_en"])
        for row in read_rows("makers.csv")
    )


@cache
def plan_products() -> tuple[ProductPlan, ...]:
    """All sample products, in the order of the file."""
    village_of = {maker.slug: maker.village for maker in plan_makers()}
    return tuple(_plan(row, village_of[row["maker"]]) for row in read_rows("products.csv"))


def _plan(row: dict[str, str], village: str) -> ProductPlan:
    pieces = {village: int(row["stock"])}
    if row["second_village"]:
        pieces[row["second_village"].lower()] = int(row["second_stock"])
    profile = ProductProfile(
        kind=ProductKind(row["kind"]),
        name_id=row["name_id"],
        name_en=row["name_en"],
        story_id=row["story_id"],
        story_en=row["story_en"],
        pack_id=row["pack_id"],
        pack_en=row["pack_en"],
        shelf_life_days=int(row["shelf_life_days"]) if row["shelf_life_days"] else None,
    )
    return ProductPlan(row["slug"], row["maker"], profile, int(row["price"]), pieces)


def seed_products(villages: Sequence[Village]) -> int:
    """Set up the makers and products that are not there yet; gives how many products were new."""
    ids = {village.slug: village.id for village in villages}
    missing = [plan for plan in plan_products() if not queries.slug_is_taken(plan.slug)]
    with transaction():
        for maker in plan_makers():
            if not queries.maker_slug_is_taken(maker.slug):
                _set_up_maker(maker, ids[maker.village])
        for plan in missing:
            _set_up(plan, ids)
    return len(missing)


def _set_up_maker(plan: MakerPlan, village_id: int) -> None:
    services.create_maker(
        slug=plan.slug,
        village_id=village_id,
        payee_id=ensure_payee(PayeeKind.MAKER, plan.name, village_id).id,
        name=plan.name,
        story_id=plan.story_id,
        story_en=plan.story_en,
        is_sample=True,
    )


def _set_up(plan: ProductPlan, village_ids: Mapping[str, int]) -> None:
    product = services.create_product(
        slug=plan.slug,
        maker_id=queries.get_maker(plan.maker).id,
        profile=plan.profile,
        price=plan.price,
        price_is_sample=True,
        is_sample=True,
    )
    for village, pieces in plan.pieces.items():
        services.add_pickup(product_id=product.id, village_id=village_ids[village], pieces=pieces)
    for step in (PublicationState.PROPOSED, PublicationState.PUBLISHED):
        services.move_publication(product_id=product.id, wanted=step, by_user_id=None)
