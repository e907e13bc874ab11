"""The sample packages: where villages do such things, whole in both languages, and always there to be booked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask

from app.core.dates import village_date
from app.core.db import transaction
from app.seed.departures import in_series, seed_departures, starts_of
from app.seed.facts import read_villages
from app.seed.packages import PackagePlan, plan_packages
from app.seed.world import seed_world
from app.tours import queries, services
from app.tours.inventory.search import DepartureSearch, find_free
from app.tours.rules import DepartureState, PackageKind, PriceUnit

NOW = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
TODAY = date(2026, 11, 24)
PLANS = plan_packages()
FRIDAY = date(2026, 11, 27)
each = pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.slug)


def test_at_least_sixteen_over_many_villages_and_of_every_kind() -> None:
    assert len(PLANS) == len({plan.slug for plan in PLANS}) >= 16
    known = {facts.slug for facts in read_villages()}
    villages = {plan.village for plan in PLANS}
    assert villages <= known
    assert len(villages) >= 14
    assert {plan.kind for plan in PLANS} == set(PackageKind)


@each
def test_texts_are_whole_in_both_languages(plan: PackagePlan) -> None:
    texts, limits = plan.texts, plan.limits
    for indonesian, english in (
        (texts.name_id, texts.name_en),
        (texts.story_id, texts.story_en),
        (texts.meeting_id, texts.meeting_en),
    ):
        assert indonesian
        assert english
        assert indonesian != english or "Tegalarum" in indonesian or "Balkondes" in indonesian
    assert bool(texts.bring_id) == bool(texts.bring_en)
    assert bool(limits.limits_id) == bool(limits.limits_en)
    assert "!" not in "".join(str(text) for text in vars(texts).values())
    assert "id" in texts.languages


@each
def test_who_does_it_is_a_sample_group_and_a_price_has_a_source_or_is_a_sample(plan: PackagePlan) -> None:
    assert plan.texts.guide_name.endswith("(contoh)")
    assert not any(word in plan.texts.guide_name for word in ("Bu ", "Pak ", "Mas ", "Mbak ", "Mbah "))
    assert plan.price.is_sample == (plan.price.source is None)
    assert 2 <= plan.seats_for_people <= 12
    assert plan.limits.min_party <= plan.seats_for_people


def test_prices_that_sources_name_are_those_prices() -> None:
    prices = {plan.slug: (plan.price.price, plan.price.unit, plan.price.unit_size) for plan in PLANS}
    assert prices["gerabah-klipoh"] == (25_000, PriceUnit.PERSON, 1)
    assert prices["vw-safari-setengah-pagi"] == (350_000, PriceUnit.VEHICLE, 4)
    assert prices["vw-safari-lima-desa"] == (450_000, PriceUnit.VEHICLE, 4)
    assert prices["vw-safari-sehari-randu-alas"] == (650_000, PriceUnit.VEHICLE, 4)
    assert prices["arung-jeram-elo"] == (650_000, PriceUnit.BOAT, 6)


def test_paragliding_says_its_limits_in_both_languages() -> None:
    (plan,) = [plan for plan in PLANS if plan.kind == PackageKind.PARAGLIDING]
    assert not plan.limits.takes_children
    for text in (plan.limits.limits_id, plan.limits.limits_en):
        assert text is not None
        assert all(number in text for number in ("18", "40–100 kg", "15"))


@each
def test_nobody_is_on_the_way_at_friday_prayer(plan: PackagePlan) -> None:
    for start in starts_of(plan, FRIDAY, FRIDAY):
        local = start.astimezone(UTC) + timedelta(hours=7)
        ends = local + timedelta(minutes=plan.limits.duration_minutes)
        assert ends.time() <= time(11, 30) or local.time() >= time(13, 0)


def test_sunrise_is_at_half_past_four() -> None:
    (plan,) = [plan for plan in PLANS if plan.slug == "fajar-punthuk-setumbu"]
    (start,) = starts_of(plan, TODAY, TODAY)
    assert start == datetime(2026, 11, 23, 21, 30, tzinfo=UTC)


def test_gaps_end_a_series() -> None:
    first = datetime(2026, 11, 24, 2, tzinfo=UTC)
    weeks = [first + timedelta(weeks=week) for week in (0, 1, 3)]
    assert list(in_series(weeks)) == [(weeks[0], 2), (weeks[2], 1)]


@pytest.fixture
def world(app: Flask, set_clock: Callable[[datetime | timedelta], None]) -> Flask:
    set_clock(NOW)
    with app.app_context():
        seed_world(today=TODAY, days_past=2, collecting="bersama")
    return app


def test_in_twenty_to_fifty_days_one_grown_person_can_join_something_every_day(world: Flask) -> None:
    with world.app_context():
        offers = find_free(DepartureSearch(TODAY + timedelta(days=20), TODAY + timedelta(days=50), party=1))
        good = [
            offer
            for offer in offers
            if offer.package.price_unit == PriceUnit.PERSON
            and offer.package.min_party == 1
            and 2 <= offer.seats_left <= 12
        ]
        days = Counter(offer.departure.on for offer in good)
        assert len(days) == 30
        assert min(days.values()) >= 3


def test_seeded_again_departures_are_extended_never_doubled_and_stay_as_guides_left_them(
    world: Flask, set_clock: Callable[[datetime | timedelta], None]
) -> None:
    with world.app_context():
        package = queries.get_package("gerabah-klipoh")
        there = queries.list_departures(package.id, TODAY - timedelta(days=2), TODAY + timedelta(days=61))
        assert there[0].on == TODAY - timedelta(days=2)
        assert there[-1].on == TODAY + timedelta(days=60)
        with transaction():
            services.cancel_departure(departure_id=there[-1].id)
        assert seed_departures(days_past=2) == 0
        set_clock(NOW + timedelta(days=1))
        assert seed_departures(days_past=2) > 0
        again = queries.list_departures(package.id, TODAY - timedelta(days=2), TODAY + timedelta(days=62))
        starts = [departure.starts_at for departure in again]
        assert len(set(starts)) == len(starts) > len(there)
        assert village_date(starts[-1]) == TODAY + timedelta(days=61)
        states = {departure.id: departure.state for departure in again}
        assert states[there[-1].id] == DepartureState.CANCELLED
