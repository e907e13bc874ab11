"""What is free, at which price, and what the calendar shows of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.core import clock
from app.core.dates import Nights
from app.core.db import transaction
from app.core.errors import Invalid, NotFound
from app.homestays import inventory
from app.homestays import services as homestays
from app.homestays.inventory import StaySearch
from app.villages.rules import PublicationState
from tests.factories import (
    ARRIVAL,
    NOW,
    House,
    make_choice,
    make_hold,
    make_house,
    make_paid,
    make_village,
)
from tests.homestays.nights import DAY, OVER, STAY, block, find, hold, left, month


@pytest.fixture
def house(session: Session, set_clock: Callable[..., None]) -> House:
    """Two rooms, sold singly and as the whole house, at ten in the morning of 20 April 2027."""
    set_clock(NOW)
    with transaction():
        return make_house(rooms=2, whole=True)


def test_all_is_free(house: House) -> None:
    offers = find(house)
    assert left(house) == (2, 1)
    assert offers[house.room].total == offers[house.room].total_per_room == 400_000
    assert [night.on for night in offers[house.room].nightly] == list(STAY)
    assert (offers[house.room].units, offers[house.room].rooms_needed) == (2, 1)


def test_a_room_taken_takes_the_house_and_the_house_takes_the_rooms(house: House) -> None:
    with transaction():
        make_hold(house)
    assert left(house) == (1, 0)
    with transaction():
        make_paid(None, make_choice(house.whole, arrival=ARRIVAL + 9 * DAY))
    assert left(house, Nights(ARRIVAL + 9 * DAY, ARRIVAL + 10 * DAY)) == (0, 0)


def test_nights_touch_only_where_both_sleep(house: House) -> None:
    hold(house, rooms=2)
    assert left(house, Nights(ARRIVAL - 2 * DAY, ARRIVAL)) == (2, 1)
    assert left(house, Nights(ARRIVAL + 2 * DAY, ARRIVAL + 3 * DAY)) == (2, 1)
    assert left(house, Nights(ARRIVAL - DAY, ARRIVAL + DAY)) == (0, 0)
    assert left(house, Nights(ARRIVAL + DAY, ARRIVAL + 3 * DAY)) == (0, 0)


def test_free_one_night_each_is_not_free_for_both(house: House) -> None:
    """Room 1 is closed on the first night, room 2 on the second: nobody is asked to change rooms."""
    block(house, 0, nights=Nights(ARRIVAL, ARRIVAL + DAY))
    block(house, 1, nights=Nights(ARRIVAL + DAY, ARRIVAL + 2 * DAY))
    assert left(house) == (0, 0)
    assert left(house, Nights(ARRIVAL, ARRIVAL + DAY)) == (1, 0)


def test_a_lapsed_hold_counts_as_free(house: House) -> None:
    hold(house, rooms=2)
    assert left(house) == (0, 0)
    with clock.shifted(NOW + OVER):
        assert left(house) == (2, 1)
        assert inventory.units_left(make_choice(house.room)) == 2


def test_a_closed_night_is_not_free_however_late_it_is(house: House) -> None:
    block(house, 0)
    with clock.shifted(NOW + OVER):
        assert left(house) == (1, 0)


@pytest.mark.parametrize(
    ("search", "rooms"),
    [
        ({"adults": 1}, 1),
        ({"adults": 2}, 1),
        ({"adults": 3}, 2),
        ({"adults": 2, "children": 2}, 2),
        ({"adults": 2, "rooms": 2}, 2),
        ({"adults": 5}, None),
        ({"adults": 1, "rooms": 2}, None),
        ({"adults": 4, "rooms": 1}, None),
    ],
)
def test_how_many_rooms_a_party_gets(house: House, search: dict[str, int], rooms: int | None) -> None:
    offer = find(house, **search).get(house.room)
    assert (offer.rooms_needed if offer else None) == rooms
    if offer:
        assert offer.total == rooms * 400_000


def test_the_dearest_one_would_pay_for_a_room_and_night(house: House) -> None:
    assert house.room in find(house, max_price=200_000)
    assert house.room not in find(house, max_price=199_999)
    saturday = Nights(date(2027, 5, 7), date(2027, 5, 9))
    assert house.room in find(house, saturday, max_price=225_000)
    assert house.room not in find(house, saturday, max_price=224_999)


def test_the_least_stay(house: House) -> None:
    with transaction():
        slow = make_house(min_nights=3)
    assert slow.room not in find(slow)
    assert slow.room in find(slow, Nights(ARRIVAL, ARRIVAL + 3 * DAY))


def test_a_season_is_dearer_in_its_village(house: House) -> None:
    with transaction():
        there = make_house(make_village("tirtomulyo"))
        homestays.add_season(
            name_id="Libur",
            name_en="Holiday",
            nights=Nights(ARRIVAL, ARRIVAL + DAY),
            village_id=house.village_id,
        )
    offers = find(house)
    assert [night.price for night in offers[house.room].nightly] == [300_000, 200_000]
    assert [night.price for night in offers[there.room].nightly] == [200_000, 200_000]
    with transaction():
        homestays.add_season(name_id="Raya", name_en="Feast", nights=Nights(ARRIVAL + DAY, ARRIVAL + 2 * DAY))
    assert find(house)[there.room].total == 500_000


def test_village_house_and_amenities_narrow_the_search(house: House) -> None:
    with transaction():
        there = make_house(make_village("tirtomulyo"))
    assert set(find(house, village="tirtomulyo")) == {there.room}
    slug = find(house)[house.room].homestay.slug
    assert set(find(house, homestay=slug)) == {house.room, house.whole}
    assert find(house, amenities=("wifi",)) == {}


def test_only_what_is_on_sale(house: House) -> None:
    with transaction():
        homestays.set_open(room_type_id=house.room_type_id, is_open=False, by_user_id=None)
    assert set(find(house)) == {house.whole}
    with transaction():
        homestays.move_publication(
            homestay_id=house.homestay_id, wanted=PublicationState.PAUSED, by_user_id=None
        )
    assert find(house) == {}


def test_the_cheapest_first(house: House) -> None:
    with transaction():
        homestays.change_rates(
            room_type_id=house.room_type_id, weekday=1000, saturday=1000, holiday=1000, by_user_id=None
        )
        make_house()
    totals = [offer.total for offer in inventory.find_free(StaySearch(STAY, sort="price"))]
    assert totals == sorted(totals)


@pytest.mark.parametrize(
    ("nights", "party", "field"),
    [
        (Nights(date(2027, 4, 19), date(2027, 4, 21)), 2, "arrival"),
        (Nights(ARRIVAL, ARRIVAL + 61 * DAY), 2, "departure"),
        (Nights(NOW.date() + 540 * DAY, NOW.date() + 541 * DAY), 2, "departure"),
        (STAY, 0, "adults"),
        (STAY, 61, "adults"),
    ],
)
def test_what_cannot_be_searched(house: House, nights: Nights, party: int, field: str) -> None:
    with pytest.raises(Invalid) as wrong:
        find(house, nights, adults=party)
    assert [name for name, _message in wrong.value.errors] == [field]


def test_the_last_night_that_is_sold(house: House) -> None:
    assert find(house, Nights(NOW.date() + 538 * DAY, NOW.date() + 540 * DAY))


def test_a_quote_is_what_was_found(house: House) -> None:
    choice = make_choice(house.room, rooms=2)
    quote = inventory.quote(choice)
    assert quote.total == 800_000
    assert quote.nightly == find(house)[house.room].nightly
    with pytest.raises(NotFound):
        inventory.quote(make_choice("nobody"))


# The calendar


def test_the_calendar_counts_what_is_left(house: House) -> None:
    hold(house)
    days = month(house)
    assert [day.free for day in days["room"]] == [2, 1, 1, 2]
    assert [day.free for day in days["whole"]] == [1, 0, 0, 1]
    assert [day.shut for day in days["whole"]] == [False] * 4
    assert [day.arrival_allowed for day in days["whole"]] == [True, False, False, True]
    with clock.shifted(NOW + OVER):
        assert [day.free for day in month(house)["room"]] == [2, 2, 2, 2]


def test_shut_is_not_full(house: House) -> None:
    block(house, 0)
    days = month(house)
    assert [day.shut for day in days["room"]] == [False] * 4
    assert [day.shut for day in days["whole"]] == [False, True, True, False]
    block(house, 1)
    assert [day.shut for day in month(house)["room"]] == [False, True, True, False]


def test_a_kind_that_is_not_sold_is_shut(house: House) -> None:
    with transaction():
        homestays.set_open(room_type_id=house.room_type_id, is_open=False, by_user_id=None)
    days = month(house)
    assert all(day.shut and day.free == 0 and not day.arrival_allowed for day in days["room"])
    assert not any(day.shut for day in days["whole"])


def test_the_past_takes_no_arrivals(house: House) -> None:
    days = inventory.calendar(house.homestay_id, date(2027, 4, 18), date(2027, 4, 22))
    room, _whole = days.values()
    assert [day.arrival_allowed for day in room] == [False, False, True, True]
    assert [(day.price, day.min_nights, day.units) for day in room] == [(200_000, 1, 2)] * 4
