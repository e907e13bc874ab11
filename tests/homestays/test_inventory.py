"""What is free, at which price; and what taking, giving back, closing and opening nights does to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from app.bookings.models import BookingLine
from app.bookings.queries import find_booking
from app.core import clock
from app.core.dates import Nights
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid, NotFound, SoldOut
from app.homestays import inventory
from app.homestays import services as homestays
from app.homestays.inventory import CalendarDay, Claim, Held, StayOffer, StaySearch
from app.homestays.models import RoomNight
from app.homestays.rules import NightState
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

DAY = timedelta(days=1)
STAY = Nights(ARRIVAL, ARRIVAL + 2 * DAY)
OVER = timedelta(hours=24, minutes=1)


@pytest.fixture
def house(session: Session, set_clock: Callable[..., None]) -> House:
    """Two rooms, sold singly and as the whole house, at ten in the morning of 20 April 2027."""
    set_clock(NOW)
    with transaction():
        return make_house(rooms=2, whole=True)


def find(house: House, nights: Nights = STAY, **search: object) -> dict[str, StayOffer]:
    offers = inventory.find_free(StaySearch(nights, **search))
    return {offer.room_type.public_id: offer for offer in offers}


def left(house: House, nights: Nights = STAY) -> tuple[int, int]:
    """How many rooms, and how many whole houses, are left."""
    offers = find(house, nights, adults=1)
    one, whole = offers.get(house.room), offers.get(house.whole)
    return one.rooms_left if one else 0, whole.rooms_left if whole else 0


def hold(house: House, **details: object) -> str:
    with transaction():
        return make_hold(house, **details).code


def block(house: House, *rooms: int, nights: Nights = STAY, note: str | None = None) -> None:
    with transaction():
        inventory.block([house.room_ids[room] for room in rooms], nights, note)


def month(house: House) -> dict[str, list[CalendarDay]]:
    days = inventory.calendar(house.homestay_id, ARRIVAL - DAY, ARRIVAL + 3 * DAY)
    return dict(zip(("room", "whole"), days.values(), strict=True))


# Finding


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


# Taking and giving back


def lines_of() -> list[int]:
    lines = db.session.query(BookingLine).order_by(BookingLine.id)
    return [line.id for line in lines]


def claims(house: House) -> set[tuple[int, date, NightState, int | None]]:
    rows = db.session.query(RoomNight)
    return {(row.room_id, row.night, row.state, row.booking_line_id) for row in rows}


def test_confirming_takes_what_is_mine_or_lapsed_and_nothing_else(house: House) -> None:
    code = hold(house, rooms=2)
    (line,) = find_booking(code).lines
    units = tuple({unit.unit_id for unit in line.units})
    with transaction():
        inventory.confirm([Held(line.id, units, STAY)])
    assert {state for _room, _night, state, _line in claims(house)} == {NightState.SOLD}
    with pytest.raises(SoldOut), clock.shifted(NOW + OVER), transaction():
        make_hold(house)


def test_confirming_twice_is_confirming(house: House) -> None:
    code = hold(house)
    (line,) = find_booking(code).lines
    held = Held(line.id, (line.units[0].unit_id,), STAY)
    for _ in range(2):
        with transaction():
            inventory.confirm([held])
    assert len(claims(house)) == 2


def test_confirming_a_part_that_is_gone_changes_nothing(house: House) -> None:
    with transaction():
        house = make_house()
    late = hold(house)
    with clock.shifted(NOW + OVER):
        hold(house, arrival=ARRIVAL + DAY, nights=1)
        before = claims(house)
        (line,) = find_booking(late).lines
        held = Held(line.id, (line.units[0].unit_id,), STAY)
        with pytest.raises(SoldOut), transaction():
            inventory.confirm([held])
        assert claims(house) == before


def test_giving_back_leaves_what_others_have(house: House) -> None:
    mine, other = hold(house), hold(house)
    block(house, 0, nights=Nights(ARRIVAL + 5 * DAY, ARRIVAL + 6 * DAY))
    (line,) = find_booking(mine).lines
    (kept,) = find_booking(other).lines
    with transaction():
        inventory.release([line.id])
    assert {line_id for _room, _night, _state, line_id in claims(house)} == {kept.id, None}


def test_lines_that_overlap_get_different_rooms_or_none(house: House) -> None:
    hold(house, arrival=ARRIVAL + 20 * DAY)
    hold(house, arrival=ARRIVAL + 30 * DAY)
    first, second = lines_of()
    room = house.room_type_id
    with transaction():
        taken = inventory.hold([Claim(first, room, STAY, 1), Claim(second, room, STAY, 1)], NOW + DAY)
    assert len({unit for units in taken.values() for unit in units}) == 2
    with transaction():
        inventory.release([first, second])
    with pytest.raises(SoldOut) as full, transaction():
        inventory.hold([Claim(first, room, STAY, 2), Claim(second, room, STAY, 1)], NOW + DAY)
    assert full.value.extra["lines"] == {second: 0}


def test_other_units_are_sold_where_one_is_lost(house: House) -> None:
    """Line 1 had room 1 and lost its second night; it gets room 2, and what was left of room 1 is free."""
    with transaction():
        make_hold(house, arrival=ARRIVAL + 20 * DAY)
        make_hold(house, arrival=ARRIVAL + 30 * DAY)
    first, second = lines_of()
    with transaction():
        lost = inventory.hold([Claim(first, house.room_type_id, STAY, 1)], NOW + DAY)[first]
    with clock.shifted(NOW + OVER), transaction():
        night = Nights(ARRIVAL + DAY, ARRIVAL + 2 * DAY)
        inventory.confirm([Held(second, lost, night)])
    with clock.shifted(NOW + OVER), transaction():
        now = inventory.confirm_elsewhere([Claim(first, house.room_type_id, STAY, 1)])[first]
    assert now != lost
    mine = [claim for claim in claims(house) if claim[3] == first and claim[1] < ARRIVAL + 9 * DAY]
    assert len(mine) == 2
    assert {state for _room, _night, state, _line in mine} == {NightState.SOLD}
    assert len({room for room, _night, _state, _line in mine}) == 1


def test_nothing_elsewhere_changes_nothing(house: House) -> None:
    code = hold(house, rooms=2)
    (line,) = find_booking(code).lines
    before = claims(house)
    with pytest.raises(SoldOut), transaction():
        inventory.confirm_elsewhere([Claim(line.id, house.room_type_id, STAY, 3)])
    assert claims(house) == before


# Closing and opening


def test_closing_is_refused_where_a_guest_is_and_then_closes_nothing(house: House) -> None:
    hold(house, nights=1, rooms=2)
    with pytest.raises(Conflict) as guests:
        block(house, 0, 1)
    assert guests.value.extra["nights"] == [ARRIVAL.isoformat()]
    assert left(house, Nights(ARRIVAL + DAY, ARRIVAL + 2 * DAY)) == (2, 1)


def test_closing_takes_over_a_lapsed_hold(house: House) -> None:
    hold(house, rooms=2)
    with clock.shifted(NOW + OVER):
        block(house, 0, 1)
        assert {(state, line) for _room, _night, state, line in claims(house)} == {(NightState.BLOCKED, None)}


def test_closing_again_keeps_it_closed_with_the_new_note(house: House) -> None:
    block(house, 0, note="roof")
    block(house, 0, 1, note="wedding")
    assert {row.note for row in db.session.query(RoomNight)} == {"wedding"}
    assert len(claims(house)) == 4


def test_opening_frees_closed_nights_only(house: House) -> None:
    hold(house, nights=1)
    free = Nights(ARRIVAL + DAY, ARRIVAL + 4 * DAY)
    block(house, 0, 1, nights=free)
    with transaction():
        freed = inventory.unblock(house.room_ids, Nights(ARRIVAL, ARRIVAL + 3 * DAY))
    assert freed == 4
    assert left(house, Nights(ARRIVAL, ARRIVAL + DAY)) == (1, 0)
    assert left(house, Nights(ARRIVAL + 3 * DAY, ARRIVAL + 4 * DAY)) == (0, 0)


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
