"""One thing of a trip is moved to other dates: through the same gate, the old place kept where it is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.bookings import queries, services
from app.bookings.rules import BookingState, UnitState
from app.core import clock
from app.core.db import transaction
from app.core.errors import Invalid, NotFound, PriceChanged, SoldOut, WrongState
from app.homestays import inventory
from app.tours.inventory import PackageChoice, units_left
from tests.bookings import acts
from tests.bookings.changing import DAY, WEDNESDAY, back, change, dates, nights, preview, stay, taken, tour
from tests.factories import (
    make_choice,
    make_package,
    make_product,
    make_product_choice,
)


def test_a_stay_moves_and_the_old_nights_are_free(season: Session) -> None:
    code, house = stay()
    booking = change(code, nights(14))
    old, new = booking.lines
    assert dates(booking) == [(0, 2, False), (14, 2, True)]
    assert (old.position, new.position, new.replaces_id) == (0, 1, old.id)
    assert taken(house) == {new.id: [14, 15]}
    assert (booking.state, booking.total, booking.received, booking.amount_due) == (
        BookingState.CONFIRMED,
        400_000,
        400_000,
        0,
    )
    assert {unit.state for unit in old.units} == {UnitState.CANCELLED}
    assert (booking.arrival, booking.departure) == (new.arrival, new.departure)
    assert back(code) == []
    acts.nothing_is_wrong()


def test_nights_of_ones_own_are_not_full(season: Session) -> None:
    """There is one room: moved by one night, it overlaps itself."""
    code, house = stay()
    booking = change(code, nights(1))
    assert taken(house) == {booking.lines[1].id: [1, 2]}
    acts.nothing_is_wrong()


def test_longer_and_shorter(season: Session) -> None:
    code, house = stay()
    booking = change(code, nights(0, 3))
    assert (booking.total, booking.amount_due) == (600_000, 200_000)
    acts.nothing_is_wrong()
    booking = change(code, nights(1, 1), position=1)
    assert (booking.total, booking.amount_due, back(code)) == (200_000, 0, [200_000])
    assert taken(house) == {booking.lines[2].id: [1]}
    acts.nothing_is_wrong()


def test_the_guest_keeps_the_room_where_it_can_be_had(season: Session) -> None:
    house = acts.house(rooms=3)
    codes = [acts.hold(None, make_choice(house.room, arrival=WEDNESDAY)) for _room in range(3)]
    for code in codes:
        acts.pay(code)
    before = {code: acts.booking(code).lines[0].units[0].unit_id for code in codes}
    for code in codes:
        change(code, nights(1))
    after = {code: acts.booking(code).lines[1].units[0].unit_id for code in codes}
    assert after == before
    acts.nothing_is_wrong()


def test_the_own_room_comes_first(season: Session) -> None:
    """All rooms are free on the new night."""
    house = acts.house(rooms=3)
    for _guest in range(3):
        code = acts.hold(None, make_choice(house.room, arrival=WEDNESDAY))
        acts.pay(code)
        before = acts.booking(code).lines[0].units[0].unit_id
        assert change(code, nights(1)).lines[1].units[0].unit_id == before
        with transaction():
            services.cancel_booking(code=code, reason=None)


def test_another_room_where_the_own_is_taken(season: Session) -> None:
    """The next night of the own room is somebody else's; the other room is free on both nights."""
    house = acts.house(rooms=2)
    code = acts.hold(None, make_choice(house.room, arrival=WEDNESDAY, nights=1))
    acts.pay(code)
    mine = acts.booking(code).lines[0].units[0].unit_id
    others = [acts.hold(None, make_choice(house.room, arrival=WEDNESDAY + DAY, nights=1)) for _one in "12"]
    for other in others:
        if acts.booking(other).lines[0].units[0].unit_id != mine:
            acts.release(other)
    booking = change(code, nights(0, 2))
    assert {unit.unit_id for unit in booking.lines[1].units} != {mine}
    acts.nothing_is_wrong()


def test_several_rooms_move_together(season: Session) -> None:
    house = acts.house(rooms=3)
    code = acts.hold(None, make_choice(house.room, arrival=WEDNESDAY, rooms=2, adults=3))
    acts.pay(code)
    booking = change(code, nights(1))
    line = booking.lines[1]
    assert (line.quantity, line.adults, len(line.units)) == (2, 3, 4)
    assert sorted(taken(house)[line.id]) == [1, 1, 2, 2]
    acts.nothing_is_wrong()


def test_full_dates_are_refused_and_the_old_ones_kept(season: Session) -> None:
    code, house = stay()
    acts.hold(None, make_choice(house.room, arrival=WEDNESDAY + 3 * DAY, nights=1))
    before = taken(house)
    with pytest.raises(SoldOut) as refused:
        change(code, nights(2), expected=400_000)
    assert refused.value.extra["lines"][0]["line"] == 0
    assert taken(house) == before
    assert dates(acts.booking(code)) == [(0, 2, True)]
    acts.nothing_is_wrong()


def test_closed_nights_are_refused(season: Session) -> None:
    code, house = stay()
    with transaction():
        inventory.block(house.room_ids, nights(14, 1))
    with pytest.raises(SoldOut):
        preview(code, nights(14))
    assert dates(acts.booking(code)) == [(0, 2, True)]


def test_a_departure_moves_with_its_names(season: Session) -> None:
    code, made, other = tour()
    booking = change(code, other)
    old, new = booking.lines
    assert dates(booking) == [(0, 0, False), (7, 0, True)]
    assert queries.names_by_line(booking)[new.id] == ["Sri", "Budi"]
    assert units_left(PackageChoice(str(made.departure), 1)) == 4
    assert units_left(PackageChoice(other, 1)) == 2
    assert old.departure_id != new.departure_id
    acts.nothing_is_wrong()


def test_a_full_departure_is_refused(season: Session) -> None:
    code, made, other = tour(seats=1)
    with pytest.raises(SoldOut):
        change(code, other, expected=300_000)
    assert units_left(PackageChoice(str(made.departure), 1)) == 2
    assert units_left(PackageChoice(other, 1)) == 1
    acts.nothing_is_wrong()


def test_only_the_same_package(season: Session) -> None:
    code, _made, _other = tour()
    with transaction():
        elsewhere = make_package(on=WEDNESDAY + 7 * DAY)
    with pytest.raises(Invalid):
        preview(code, str(elsewhere.departure))
    with pytest.raises(NotFound):
        preview(code, "no-such-departure")
    with pytest.raises(Invalid):
        preview(code, nights(14))


def test_the_dates_it_has_are_no_change(season: Session) -> None:
    code, _house = stay()
    with pytest.raises(Invalid) as refused:
        preview(code, nights(0))
    assert refused.value.errors[0][0] == "arrival"
    code, made, _other = tour()
    with pytest.raises(Invalid):
        preview(code, str(made.departure))


def test_changed_twice_it_is_changed_once(season: Session) -> None:
    code, _house = stay()
    for _click in range(2):
        booking = change(code, nights(14), expected=400_000)
    assert dates(booking) == [(0, 2, False), (14, 2, True)]
    assert [event for event in acts.messages(code) if event.startswith("changed")] == ["changed:1"]
    with pytest.raises(WrongState):
        change(code, nights(21), expected=400_000)


def test_there_and_back_again(season: Session) -> None:
    code, house = stay()
    change(code, nights(14))
    booking = change(code, nights(0), position=1)
    assert dates(booking) == [(0, 2, False), (14, 2, False), (0, 2, True)]
    assert (booking.total, booking.amount_due, back(code)) == (400_000, 0, [])
    assert taken(house) == {booking.lines[2].id: [0, 1]}
    acts.nothing_is_wrong()


def test_another_price_than_the_guest_saw_changes_nothing(season: Session) -> None:
    code, _house = stay()
    with pytest.raises(PriceChanged) as refused:
        change(code, nights(14), expected=399_999)
    assert refused.value.extra["total"] == 400_000
    assert dates(acts.booking(code)) == [(0, 2, True)]


def test_what_cannot_be_changed(season: Session) -> None:
    house = acts.house()
    with transaction():
        goods = make_product()
    code = acts.hold(None, make_choice(house.room, arrival=WEDNESDAY), make_product_choice(goods))
    acts.pay(code)
    with pytest.raises(WrongState):
        preview(code, nights(14), position=1)
    with pytest.raises(NotFound):
        preview(code, nights(14), position=2)
    with (
        clock.shifted(acts.booking(code).lines[0].starts_at + timedelta(seconds=20)),
        pytest.raises(WrongState),
    ):
        preview(code, nights(14))
    with transaction():
        services.cancel_booking(code=code, reason=None)
    with pytest.raises(WrongState):
        preview(code, nights(14))
    with pytest.raises(Invalid):
        preview(stay()[0], nights(-30))
