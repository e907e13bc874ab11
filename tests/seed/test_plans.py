"""Sample houses and guests are the same every time, within what was published, and nobody real."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from app.core.dates import Nights, village_date
from app.homestays.rules import HouseKind
from app.seed.facts import read_villages
from app.seed.holidays import list_holidays
from app.seed.house_plans import HOMES, HousePlan, plan_houses
from app.seed.season_plans import LONGEST_LEAD, blocks_of, list_plans, plans_of

TODAY = date(2026, 11, 24)
PLANS = {facts.slug: plan_houses(facts.slug, facts.name) for facts in read_villages()}
ALL = [plan for plans in PLANS.values() for plan in plans]
BALKONDES = [plan for plan in ALL if plan.profile.house_kind == HouseKind.BALKONDES]


def test_every_village_has_a_balkondes_and_half_have_homes() -> None:
    assert len(BALKONDES) == 20
    assert {slug: len(plans) - 1 for slug, plans in PLANS.items() if len(plans) > 1} == HOMES


def test_rooms_are_as_many_as_sources_say_and_about_250_in_all() -> None:
    known = {"karangrejo": 20, "majaksingi": 7, "ngadiharjo": 6, "ngargogondo": 17, "tegalarum": 7}
    counts = {slug: len(plans[0].rooms) for slug, plans in PLANS.items()}
    assert {slug: counts[slug] for slug in known} == known
    assert all(3 <= count <= 20 for count in counts.values())
    assert 235 <= sum(counts.values()) <= 265


def test_karangrejo_has_the_units_its_sources_name() -> None:
    units = {kind.name: len(kind.units) for kind in PLANS["karangrejo"][0].types}
    assert (units["Single"], units["Kopel"], units["Omah"] + units["Omah Ageng"]) == (4, 2, 4)


def test_prices_stay_within_what_was_published() -> None:
    for plan in ALL:
        for kind in plan.types:
            prices = (kind.prices.weekday, kind.prices.saturday, kind.prices.holiday)
            assert list(prices) == sorted(prices)
            assert all(200_000 <= price <= 750_000 and price % 5_000 == 0 for price in prices)
    assert PLANS["candirejo"][0].types[0].prices.weekday == 500_000
    assert PLANS["tegalarum"][0].types[0].prices.holiday <= 500_000


@pytest.mark.parametrize("plan", ALL, ids=lambda plan: plan.slug)
def test_units_are_made_of_the_rooms_of_the_house(plan: HousePlan) -> None:
    names = [room.name for room in plan.rooms]
    assert len(set(names)) == len(names)
    sold = {room for kind in plan.types for unit in kind.units for room in unit}
    assert sold == set(names)


def test_houses_are_each_their_own_and_say_that_they_are_invented() -> None:
    assert len({plan.slug for plan in ALL}) == len(ALL) == 48
    homes = [plan.profile.host_name for plan in ALL if plan not in BALKONDES]
    assert len(set(homes)) == len(homes)
    assert all(plan.profile.host_name.endswith("(contoh)") for plan in ALL)


def plans() -> list[object]:
    holidays = [holiday.nights for holiday in list_holidays(TODAY)]
    return list(list_plans(TODAY - timedelta(days=90), TODAY + timedelta(days=330), holidays))


def test_guests_are_the_same_every_time_and_each_is_known_again() -> None:
    once, again = plans(), plans()
    assert once == again
    assert len({plan.contact for plan in once}) == len(once)
    assert all(plan.name.endswith(" Contoh") for plan in once)
    assert all(plan.email is None or plan.email.endswith("@tamu.example") for plan in once)


def test_most_guests_come_soon_and_about_a_thousand_have_booked_by_now() -> None:
    now = datetime(2026, 11, 24, 4, tzinfo=UTC)
    made = [plan for plan in plans() if plan.made_at <= now]
    assert 1_000 <= len(made) <= 1_400
    ahead = Counter((plan.nights.arrival - TODAY).days // 60 for plan in made if plan.nights.arrival > TODAY)
    assert ahead[0] > ahead[1] > ahead[3] > 0
    assert len({plan.country for plan in made}) > 10


def test_nobody_books_after_arriving_or_too_long_before() -> None:
    for plan in plans():
        lead = plan.nights.arrival - village_date(plan.made_at)
        assert timedelta(0) <= lead <= LONGEST_LEAD
        assert village_date(plan.arrives_at) == plan.nights.arrival


def test_some_guests_want_more_than_a_room_and_some_no_room_at_all() -> None:
    wishes = [plan.wishes for plan in plans()]
    assert all(wish.stay or wish.package for wish in wishes)
    assert 0.1 < sum(wish.stay and wish.package for wish in wishes) / len(wishes) < 0.3
    assert 0.05 < sum(wish.stay and wish.pieces > 0 for wish in wishes) / len(wishes) < 0.3
    assert any(not wish.stay for wish in wishes)


def test_holidays_bring_more_guests_than_plain_days() -> None:
    day = date(2027, 3, 10)
    assert len(plans_of(day, [Nights(day, day + timedelta(days=1))])) > len(plans_of(day, []))


def test_blocks_are_made_before_they_begin() -> None:
    blocks = [block for offset in range(60) for block in blocks_of(TODAY + timedelta(days=offset))]
    assert blocks
    assert all(village_date(block.made_at) < block.nights.arrival for block in blocks)


def test_holidays_reach_eighteen_months_and_moving_feasts_are_estimates() -> None:
    names = {(holiday.name_en, holiday.is_estimate) for holiday in list_holidays(TODAY)}
    assert ("Vesak", True) in names
    assert ("Nyepi and Lebaran", True) in names
    assert ("Christmas and New Year", False) in names
    vesak = next(holiday for holiday in list_holidays(TODAY) if holiday.name_en == "Vesak")
    assert date(2027, 5, 20) in vesak.nights
