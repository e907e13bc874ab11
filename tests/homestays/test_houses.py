"""What each house offers a party."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.core.dates import Nights
from app.core.db import transaction
from app.core.errors import Invalid
from app.homestays import inventory, queries, services
from app.homestays.inventory.houses import HouseOffer, Lodging, find_houses, room_count, separate_types
from app.homestays.inventory.search import StayOffer, StaySearch
from app.homestays.models import Homestay, RoomType
from app.homestays.rules import Prices, RoomKind
from app.homestays.services import NewRoom
from tests.homestays.conftest import World

NIGHTS = Nights(date(2027, 5, 4), date(2027, 5, 6))


def by_slug(search: StaySearch) -> dict[str, HouseOffer]:
    return {offer.homestay.slug: offer for offer in find_houses(search)}


def test_two_people_get_a_room_or_the_house(app: Flask, world: World) -> None:
    with app.app_context():
        offer = by_slug(StaySearch(NIGHTS))["omah-contoh"]
        assert [(way.parts[0].room_type.name, way.total) for way in offer.lodgings] == [
            ("Kamar", 400_000),
            ("Seluruh rumah", 760_000),
        ]
        assert (offer.rooms_free, offer.rooms) == (2, 2)


def test_one_room_closed_the_whole_house_is_not_offered(app: Flask, world: World) -> None:
    with app.app_context():
        with transaction():
            inventory.block([world.rooms[0]], Nights(date(2027, 5, 5), date(2027, 5, 6)))
        offer = by_slug(StaySearch(NIGHTS))["omah-contoh"]
        assert [way.parts[0].room_type.name for way in offer.lodgings] == ["Kamar"]
        assert (offer.rooms_free, offer.rooms) == (1, 2)
        assert "omah-contoh" not in by_slug(StaySearch(NIGHTS, adults=4))


def test_a_whole_house_is_never_combined_with_its_own_rooms(app: Flask, world: World) -> None:
    with app.app_context():
        assert set(by_slug(StaySearch(NIGHTS, adults=6))) == {"balkondes-contoh"}


def test_kinds_are_combined_where_none_is_enough(app: Flask, world: World) -> None:
    with app.app_context():
        with transaction():
            services.add_rooms(homestay_id=world.lodging_id, rooms=[NewRoom("Besar", "3 beds", 3)])
            services.add_room_type(
                homestay_id=world.lodging_id,
                name="Kamar besar",
                kind=RoomKind.FAMILY,
                beds="3 single beds",
                prices=Prices(500_000, 550_000, 600_000),
                units=[["Besar"]],
            )
        search = StaySearch(NIGHTS, adults=8, children=3)
        (way,) = by_slug(search)["balkondes-contoh"].lodgings
        assert {part.room_type.name: part.rooms_needed for part in way.parts} == {
            "Pondok": 4,
            "Kamar besar": 1,
        }
        assert way.total == 2 * (4 * 400_000 + 500_000)
        for choice in way.choices(search):
            assert inventory.quote(choice).total > 0
        assert "balkondes-contoh" not in by_slug(replace(search, children=4))


def test_filters_and_order(app: Flask, world: World) -> None:
    with app.app_context():
        assert set(by_slug(StaySearch(NIGHTS, amenities=("hot_water",)))) == {"omah-contoh"}
        assert set(by_slug(StaySearch(NIGHTS, max_price=399_999))) == {"omah-contoh"}
        assert set(by_slug(StaySearch(NIGHTS, village="tirtomulyo"))) == {"balkondes-contoh"}
        cheapest = [offer.homestay.slug for offer in find_houses(StaySearch(NIGHTS, sort="price"))]
        assert cheapest == ["omah-contoh", "balkondes-contoh"]


def test_a_drawing_has_a_house_for_each_room(app: Flask, world: World) -> None:
    with app.app_context():
        family = queries.get_homestay("omah-contoh")
        assert room_count(family) == 2
        assert [room_type.name for room_type in separate_types(family)] == ["Kamar"]


@st.composite
def lodged(draw: st.DrawFn) -> tuple[list[tuple[int, int]], int, int]:
    """Rooms and beds of each part, with adults and children whom they can lodge."""
    parts = draw(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=3))
    party = draw(st.integers(sum(n for n, _sleeps in parts), sum(n * sleeps for n, sleeps in parts)))
    adults = draw(st.integers(len(parts), party))
    return parts, adults, party - adults


@given(lodged())
def test_the_party_is_divided_so_that_every_line_can_be_booked(
    party: tuple[list[tuple[int, int]], int, int],
) -> None:
    parts, adults, children = party
    house = Homestay()
    offers = [StayOffer(RoomType(public_id="x", sleeps=sleeps), house, n, n, n, ()) for n, sleeps in parts]
    search = StaySearch(NIGHTS, adults, children)
    choices = Lodging(tuple(offers)).choices(search)
    assert (sum(c.adults for c in choices), sum(c.children for c in choices)) == (adults, children)
    for choice, (count, sleeps) in zip(choices, parts, strict=True):
        assert choice.adults >= 1
        assert choice.children >= 0
        assert count <= choice.party <= count * sleeps


@pytest.mark.parametrize("adults", [0, -1, 61])
def test_a_party_that_cannot_be_searched(app: Flask, world: World, adults: int) -> None:
    with app.app_context(), pytest.raises(Invalid):
        find_houses(StaySearch(NIGHTS, adults=adults))
