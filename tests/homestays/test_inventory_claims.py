"""Taking nights, giving them back, closing and opening them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.bookings.queries import find_booking
from app.core import clock
from app.core.dates import Nights
from app.core.db import db, transaction
from app.core.errors import Conflict, SoldOut
from app.homestays import inventory
from app.homestays.inventory import Claim, Held
from app.homestays.models import RoomNight
from app.homestays.rules import NightState
from tests.factories import (
    ARRIVAL,
    NOW,
    House,
    make_hold,
    make_house,
)
from tests.homestays.nights import DAY, OVER, STAY, block, claims, hold, left, lines_of


@pytest.fixture
def house(session: Session, set_clock: Callable[..., None]) -> House:
    """Two rooms, sold singly and as the whole house, at ten in the morning of 20 April 2027."""
    set_clock(NOW)
    with transaction():
        return make_house(rooms=2, whole=True)


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


def test_what_one_holds_oneself_is_free_for_oneself(house: House) -> None:
    code = hold(house, rooms=2)
    (line,) = find_booking(code).lines
    units = {unit.unit_id for unit in line.units}
    with transaction():
        now = inventory.confirm_elsewhere([Claim(line.id, house.room_type_id, STAY, 2)])
    assert set(now[line.id]) == units


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
