"""A page of offers, ordered and cut by the database, is what the whole list would show there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from random import Random

import pytest
from sqlalchemy.orm import Session

from app.core import clock
from app.core.dates import Nights
from app.core.db import db, transaction
from app.homestays import services as homestays
from app.homestays.inventory import StayOffer, StaySearch, find_free
from app.homestays.inventory import search as searching
from app.homestays.inventory.search import is_place, rank
from app.homestays.models import Homestay
from app.homestays.rules import Prices
from tests.factories import ARRIVAL, NOW, House, make_house, make_village
from tests.homestays.nights import DAY, STAY, block

WEEKEND = Nights(ARRIVAL + 4 * DAY, ARRIVAL + 6 * DAY)
AMENITIES = (["wifi"], ["wifi", "fan"], [])
SEARCHES = [
    StaySearch(nights, adults, village=village, rooms=rooms, max_price=most, amenities=wishes)
    for (nights, adults), village, (rooms, most), wishes in product(
        [(STAY, 2), (WEEKEND, 2), (WEEKEND, 3), (STAY, 6)],
        [None, "desa-0", "desa-2"],
        [(None, None), (2, None), (None, 260_000)],
        [(), ("wifi",), ("wi_i",)],
    )
]


@pytest.fixture
def town(session: Session, set_clock: Callable[..., None]) -> list[House]:
    """Twenty-four houses of three villages with prices by chance, many of them alike; one village has a holiday."""
    set_clock(NOW)
    chance = Random(3)
    with transaction():
        villages = [make_village(f"desa-{number}") for number in range(3)]
        houses = [
            make_house(
                chance.choice(villages),
                rooms=chance.randint(1, 4),
                whole=number % 3 == 0,
                min_nights=chance.choice((1, 1, 1, 3)),
                prices=Prices(*(chance.randint(4, 7) * 50_000 for _ in range(3))),
            )
            for number in range(24)
        ]
        for number, house in enumerate(houses):
            homestay = db.session.get(Homestay, house.homestay_id)
            assert homestay is not None
            homestay.amenities = AMENITIES[number % 3]
        homestays.add_season(name_id="Libur", name_en="Holiday", nights=WEEKEND, village_id=villages[2].id)
        homestays.add_season(name_id="Raya", name_en="Feast", nights=Nights(ARRIVAL, ARRIVAL + DAY))
    for house in houses:
        for room in range(len(house.room_ids)):
            if chance.random() < 0.4:
                block(house, room, nights=chance.choice((STAY, WEEKEND)))
    return houses


@pytest.mark.parametrize("sort", ["price", "recommended"])
def test_pages_are_the_list_cut(town: list[House], sort: str) -> None:
    found = 0
    for search in (replace(one, sort=sort) for one in SEARCHES):
        whole = find_free(search)
        found += bool(whole)
        for limit in (3, 100):
            assert pages(search, limit) == whole, (search, limit)
    assert found > 50


def pages(search: StaySearch, limit: int) -> list[StayOffer]:
    """All pages of a search, one after the other."""
    place, found = rank(search, clock.today()), list[StayOffer]()
    while page := find_free(search, limit=limit, after=place(found[-1]) if found else None):
        found += page
    return found


def test_a_page_is_filled_from_beyond_the_first_window(
    town: list[House], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "WINDOW", 1)
    search = StaySearch(STAY)
    assert pages(search, 3) == find_free(search)


def test_another_day_is_another_order(town: list[House]) -> None:
    search = StaySearch(STAY)
    days = [clock.today() + number * DAY for number in range(20)]
    orders = [sorted(find_free(search), key=rank(search, day)) for day in days]
    assert orders[1:] != orders[:-1]
    assert [find_free(search, limit=4, day=day) for day in days] == [order[:4] for order in orders]


def test_what_is_no_place_in_the_order() -> None:
    by_price = StaySearch(STAY, sort="price")
    assert is_place(by_price, (400_000, "omah", "abc"))
    assert is_place(StaySearch(STAY), (1, 0, 3, 400_000, "omah", "abc"))
    for place in (
        (),
        ("omah", "abc"),
        (1, 0, 3, 400_000, "omah", "abc"),
        (2**63, "omah", "abc"),
        (True, "omah", "abc"),
        (1.5, "omah", "abc"),
        (400_000, "omah", 7),
        (400_000, "o\0mah", "abc"),
    ):
        assert not is_place(by_price, place)
