"""A hold fixes the price and takes the nights, all or nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from app.bookings.rules import BookingState
from app.core import codes
from app.core.db import db, transaction
from app.core.errors import Invalid, PriceChanged, SoldOut, TooMany
from app.homestays import services as homestays
from app.homestays.models import RoomNight
from app.payments.queries import find_open_payment
from app.payments.rules import PaymentMethod
from app.villages.rules import Terms
from tests.bookings import acts
from tests.bookings.acts import DAY, OVER, later
from tests.factories import (
    ARRIVAL,
    make_agreement,
    make_choice,
    make_guest,
    make_hold,
    make_tax,
    make_village,
)


def test_a_hold_takes_the_nights_for_a_day(season: Session) -> None:
    house = acts.house(rooms=2)
    booking = acts.booking(acts.hold(house, rooms=2))
    claims = db.session.query(RoomNight).all()
    assert {(claim.room_id, claim.night) for claim in claims} == {
        (room, ARRIVAL + timedelta(days=day)) for room in house.room_ids for day in (0, 1)
    }
    assert {claim.expires_at for claim in claims} == {booking.hold_expires_at}
    assert [unit.price for unit in booking.lines[0].units] == [200_000] * 4
    acts.nothing_is_wrong()


def test_the_price_is_fixed_and_everything_copied(season: Session) -> None:
    house = acts.house(terms=Terms.FLEXIBLE)
    code = acts.hold(house)
    before = acts.booking(code).lines[0]
    sold = (before.price, before.tax, before.terms, before.splits, before.detail)
    with transaction():
        homestays.change_rates(
            room_type_id=house.room_type_id, weekday=1, saturday=1, holiday=1, by_user_id=None
        )
        make_agreement(make_village(), in_force_from=date(2027, 5, 1), shares=(1000, 1000, 1000, 7000))
        make_tax(0, from_on=date(2027, 5, 1))
        house_row = db.session.get_one(homestays.setup.Homestay, house.homestay_id)
        house_row.terms = Terms.NON_REFUNDABLE
    after = acts.booking(code).lines[0]
    assert (after.price, after.tax, after.terms, after.splits, after.detail) == sold
    assert after.terms["code"] == "flexible"
    acts.pay(code)
    assert acts.family("tax") == {"tax:sarihayu:pbjt": 36_363}
    assert acts.stage("pending") == 400_000 - 36_363


def test_a_price_that_is_not_the_expected_one_holds_nothing(season: Session) -> None:
    house = acts.house()
    with pytest.raises(PriceChanged) as changed, transaction():
        make_hold(house, expected_total=399_999)
    assert changed.value.extra == {"total": 400_000}
    assert db.session.query(RoomNight).count() == 0
    assert acts.hold(house, expected_total=400_000)


def test_a_trip_is_all_or_nothing_and_names_what_was_full(season: Session) -> None:
    free, full = acts.house(), acts.house(rooms=2)
    acts.hold(full)
    trip = (make_choice(free.room), make_choice(full.room, rooms=2))
    with pytest.raises(SoldOut) as sold, transaction():
        make_hold(None, *trip)
    assert sold.value.extra["lines"] == [
        {"line": 1, "title": "Omah Contoh", "detail": "Kamar", "left": 1},
    ]
    assert db.session.query(RoomNight).count() == 2


def test_two_lines_of_one_kind_never_get_one_room(season: Session) -> None:
    house = acts.house(rooms=2)
    same = make_choice(house.room)
    booking = acts.booking(acts.hold(None, same, same))
    first, second = ({unit.unit_id for unit in line.units} for line in booking.lines)
    assert not first & second
    with pytest.raises(SoldOut), transaction():
        make_hold(None, same)


def test_a_room_and_the_house_it_is_in(season: Session) -> None:
    house = acts.house(rooms=2, whole=True)
    with pytest.raises(SoldOut), transaction():
        make_hold(None, make_choice(house.room), make_choice(house.whole))
    acts.hold(None, make_choice(house.whole))
    with pytest.raises(SoldOut), transaction():
        make_hold(house)


def test_a_lapsed_hold_is_taken_over(season: Session) -> None:
    house = acts.house()
    first = acts.hold(house)
    with later(DAY - timedelta(minutes=1)), pytest.raises(SoldOut), transaction():
        make_hold(house)
    with later(OVER):
        second = acts.hold(house)
        assert acts.reads(first) == BookingState.EXPIRED
        assert acts.reads(second) == BookingState.HELD
        acts.nothing_is_wrong()
        lines = {claim.booking_line_id for claim in db.session.query(RoomNight)}
        assert lines == {acts.booking(second).lines[0].id}


@pytest.mark.settings(holds_per_guest=2)
def test_a_guest_holds_so_many_and_no_more(season: Session) -> None:
    house, guest = acts.house(rooms=9), make_guest()
    one = acts.hold(house, guest=guest)
    acts.hold(house, guest=guest)
    with pytest.raises(TooMany), transaction():
        make_hold(house, guest=guest)
    assert acts.hold(house), "somebody else may"
    acts.pay(one)
    assert acts.hold(house, guest=guest), "a paid one does not count"
    with later(OVER):
        assert acts.hold(house, guest=guest), "neither do lapsed ones"


@pytest.mark.settings(holds_per_address=2)
def test_so_many_from_one_address_and_no_more(season: Session) -> None:
    house = acts.house(rooms=9)
    for _ in range(2):
        acts.hold(house, address="192.0.2.1")
    with pytest.raises(TooMany), transaction():
        make_hold(house, address="192.0.2.1")
    assert acts.hold(house, address="192.0.2.2")
    assert acts.hold(house)


def test_a_guest_must_be_reachable(season: Session) -> None:
    house = acts.house()
    with pytest.raises(Invalid), transaction():
        make_hold(house, guest=make_guest(email=None))
    assert acts.hold(house, guest=make_guest(email=None, phone="+6281234567890"))


def test_only_a_way_that_is_open(season: Session) -> None:
    house = acts.house()
    with pytest.raises(Invalid), transaction():
        make_hold(house, method=PaymentMethod.CASH)


def test_the_code_can_be_read_aloud_and_its_secret_is_not_kept(season: Session) -> None:
    booking = acts.booking(acts.hold(acts.house()))
    assert len(booking.code) == 7
    assert set(booking.code) <= set(codes.ALPHABET)
    token = codes.access_token(booking.code, 1)
    assert codes.same_secret(codes.hash_token(token), booking.token_hash)
    assert token not in booking.token_hash


def test_who_owes_the_same_is_told_apart_by_the_code(season: Session) -> None:
    house = acts.house(rooms=9)
    sums = {acts.asked(acts.hold(house)) for _ in range(9)}
    assert len(sums) == 9
    assert all(400_001 <= asked <= 400_499 for asked in sums)


def test_a_deposit_is_asked_for_now_and_the_rest_by_a_date(season: Session) -> None:
    code = acts.hold(acts.house(deposit=3333))
    booking = acts.booking(code)
    assert (booking.due_now, booking.balance_on) == (133_320, date(2027, 4, 26))
    payment = find_open_payment(booking.reference)
    assert payment is not None
    assert (payment.amount, payment.due_at) == (133_320, booking.hold_expires_at)


def test_paying_at_the_door_asks_for_nothing_now(season: Session) -> None:
    code = acts.hold(acts.house(pay_on_arrival=True), method=PaymentMethod.CASH)
    booking = acts.booking(code)
    assert find_open_payment(booking.reference) is None
    assert booking.hold_expires_at is not None
    assert booking.hold_expires_at.isoformat() == "2027-05-03T13:00:00+00:00"


def test_a_trip_to_several_villages_pays_to_the_shared_account(season: Session) -> None:
    with transaction():
        there = make_village("tirtomulyo")
    one, two = acts.house(), acts.house(village=there)
    both = acts.booking(acts.hold(None, make_choice(one.room), make_choice(two.room)))
    alone = acts.booking(acts.hold(two, arrival=ARRIVAL + 9 * DAY))
    accounts = [find_open_payment(booking.reference).account for booking in (both, alone)]
    assert accounts == ["bersama", "tirtomulyo"]
