"""The sample products: of every village, whole in both languages, honest about what no source says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from app.seed.facts import read_villages
from app.seed.products import ProductPlan, plan_makers, plan_products
from app.seed.world import seed_world
from app.showcase.inventory import ProductSearch, find_free
from app.showcase.models import Product
from app.showcase.rules import ProductKind

NOW = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
MAKERS = {maker.slug: maker for maker in plan_makers()}
PRODUCTS = plan_products()
each = pytest.mark.parametrize("plan", PRODUCTS, ids=lambda plan: plan.slug)


def village_of(plan: ProductPlan) -> str:
    return MAKERS[plan.maker].village


def test_forty_or_more_over_all_twenty_villages_and_of_every_kind() -> None:
    assert len(PRODUCTS) == len({plan.slug for plan in PRODUCTS}) >= 40
    counts = Counter(village_of(plan) for plan in PRODUCTS)
    assert set(counts) == {facts.slug for facts in read_villages()}
    assert min(counts.values()) >= 2
    assert {plan.profile.kind for plan in PRODUCTS} == set(ProductKind)


@each
def test_texts_are_whole_in_both_languages(plan: ProductPlan) -> None:
    profile = plan.profile
    for indonesian, english in (
        (profile.name_id, profile.name_en),
        (profile.story_id, profile.story_en),
        (profile.pack_id, profile.pack_en),
    ):
        assert indonesian
        assert english
    assert profile.story_id != profile.story_en
    assert "!" not in profile.story_id + profile.story_en


def test_makers_are_sample_groups_one_in_each_village() -> None:
    assert len({maker.village for maker in MAKERS.values()}) == len(MAKERS) == 20
    assert all(maker.name.endswith("(contoh)") for maker in MAKERS.values())
    assert all(maker.story_id and maker.story_en for maker in MAKERS.values())


def test_where_no_source_names_a_product_the_text_says_so() -> None:
    silent = {facts.slug for facts in read_villages() if facts.products_id is None} - {"kebonsari"}
    assert silent
    for plan in PRODUCTS:
        is_marked = "contoh" in plan.profile.story_id and "sample" in plan.profile.story_en
        assert is_marked == (village_of(plan) in silent), plan.slug


def test_stuffed_tofu_keeps_for_two_days() -> None:
    (tofu,) = [plan for plan in PRODUCTS if plan.slug == "tahu-mercon-tanjungsari"]
    assert tofu.profile.shelf_life_days == 2


def test_everything_waits_in_its_village_and_some_in_a_second_one(
    app: Flask, set_clock: Callable[[datetime | timedelta], None]
) -> None:
    set_clock(NOW)
    with app.app_context():
        seed_world(today=date(2026, 11, 24), days_past=0, collecting="bersama")
        offers = find_free(ProductSearch())
        assert len(offers) == len(PRODUCTS)
        assert all(offer.product.is_sample and offer.product.price_is_sample for offer in offers)
        for offer in offers:
            assert offer.maker.village_id in {village.id for village, left in offer.pickups if left}
        assert sum(len(offer.pickups) > 1 for offer in offers) >= 10
        _check_seeded_again()


def _check_seeded_again() -> None:
    before = {offer.product.id for offer in find_free(ProductSearch())}
    seed_world(today=date(2026, 11, 24), days_past=0, collecting="bersama")
    after = find_free(ProductSearch())
    assert {offer.product.id for offer in after} == before
    assert isinstance(after[0].product, Product)
