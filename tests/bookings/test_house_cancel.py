"""The house or village cancels: all comes back, nobody else gets the place, and the guest is shown others."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bookings import services
from app.bookings.rules import BookingState, HouseReason, UnitState
from app.core import audit
from app.core.dates import Nights
from app.core.db import db, transaction
from app.core.errors import Invalid, NotFound, SoldOut, WrongState
from app.homestays.services import reopen_nights, unblock_nights
from app.payments.queries import list_refunds
from app.payments.rules import PaymentMethod
from app.tours.inventory import PackageChoice, units_left
from app.users.rules import Role, Scope
from app.villages.rules import Terms
from app.villages.services import set_road
from tests.bookings import acts
from tests.bookings.lines import CLASS, CLASS_PRICE, DAY, FAR, GOODS, STAY, STAY_PRICE, TOTAL, Trip, trip
from tests.factories import ARRIVAL, make_choice, make_house, make_receipt, make_village

EVERYTHING = Scope(everything=True)
WORDS = "The roof leaks."


def house_cancels(
    code: str, position: int = 0, *, words: str = WORDS, scope: Scope = EVERYTHING, by: int | None = None
) -> None:
    """The desk cancels for the house."""
    user_id = by or acts.user(Role.MANAGER)
    with transaction():
        services.cancel_by_house(
            code=code,
            position=position,
            reason=HouseReason.HOUSE,
            words=words,
            by_user_id=user_id,
            scope=scope,
        )


def test_all_comes_back_whatever_the_terms(season: Session) -> None:
    """Non-refundable, a day before; the unique code as well, for the guest did nothing wrong."""
    house = acts.house(terms=Terms.NON_REFUNDABLE)
    code = acts.hold(house)
    receipt = acts.pay(code)
    assert receipt.code_amount > 0
    house_cancels(code)
    db.session.expire_all()
    booking = acts.booking(code)
    assert booking.state == BookingState.CANCELLED
    assert [refund.amount for refund in list_refunds(booking.reference)] == [receipt.amount]
    assert booking.received == 0
    assert sum(acts.family("codes").values()) == 0
    assert sum(acts.family("refund").values()) == receipt.amount
    assert {unit.state for unit in booking.lines[0].units} == {UnitState.CANCELLED}
    acts.nothing_is_wrong()


def test_the_nights_stay_closed_until_somebody_says_why(season: Session) -> None:
    house = acts.house()
    code = acts.hold(house)
    acts.pay(code)
    house_cancels(code)
    with pytest.raises(SoldOut):
        acts.hold(house)
    stay = Nights(ARRIVAL, ARRIVAL + 2 * DAY)
    with transaction():
        assert unblock_nights(homestay_id=house.homestay_id, nights=stay, by_user_id=None) == 0
    who = acts.user(Role.DESK, at=house)
    with pytest.raises(Invalid), transaction():
        reopen_nights(homestay_id=house.homestay_id, nights=stay, reason=" ", by_user_id=who)
    with transaction():
        freed = reopen_nights(homestay_id=house.homestay_id, nights=stay, reason="mended", by_user_id=who)
    assert freed == 2
    entry = db.session.scalars(
        select(audit.AuditEntry).where(audit.AuditEntry.action == "nights.reopened")
    ).one()
    assert (entry.user_id, entry.reason) == (who, "mended")
    acts.hold(house)
    acts.nothing_is_wrong()


def test_one_line_of_three_and_the_rest_stays(season: Session) -> None:
    made = trip()
    house_cancels(made.code, STAY)
    booking = made.booking
    assert (booking.state, booking.total, booking.received) == (
        BookingState.CONFIRMED,
        TOTAL - STAY_PRICE,
        TOTAL - STAY_PRICE,
    )
    assert made.back() == [STAY_PRICE]
    assert booking.lines[STAY].cancelled_at is not None
    acts.nothing_is_wrong()
    house_cancels(made.code, STAY)
    assert made.back() == [STAY_PRICE]
    said = acts.messages(made.code)["house:0:" + FAR.isoformat()]
    assert WORDS in said.text
    assert said.template == "house_cancelled"


def test_places_on_a_departure_are_not_sold_again(season: Session) -> None:
    made = trip()
    house_cancels(made.code, CLASS)
    assert units_left(PackageChoice(str(made.tour.departure), 1)) == 2
    assert made.back() == [CLASS_PRICE]
    house_cancels(made.code, GOODS)
    house_cancels(made.code, STAY)
    assert made.booking.state == BookingState.CANCELLED
    assert sum(made.back()) - acts_code(made) == TOTAL
    acts.nothing_is_wrong()


def acts_code(made: Trip) -> int:
    """The unique code with which the trip was paid."""
    return sum(receipt.code_amount for receipt in receipts_of(made.code))


def receipts_of(code: str) -> list[acts.Receipt]:
    return list(db.session.scalars(select(acts.Receipt).where(acts.Receipt.reference == f"booking:{code}")))


def test_what_the_guest_cancelled_before_keeps_what_it_kept(season: Session) -> None:
    made = trip(terms=Terms.NON_REFUNDABLE)
    with transaction():
        services.cancel_line(code=made.code, position=STAY, reason=None)
    house_cancels(made.code, CLASS)
    house_cancels(made.code, GOODS)
    booking = made.booking
    assert booking.state == BookingState.CANCELLED
    assert booking.received == STAY_PRICE
    acts.nothing_is_wrong()


def test_a_hold_is_let_go_and_part_of_it_comes_back(season: Session) -> None:
    house = acts.house()
    code = acts.hold(house)
    acts.pay(code, 100_000)
    house_cancels(code)
    booking = acts.booking(code)
    assert (booking.state, booking.received) == (BookingState.CANCELLED, 0)
    acts.nothing_is_wrong()


def test_money_that_comes_afterwards_goes_back(season: Session) -> None:
    house = acts.house()
    code = acts.hold(house)
    house_cancels(code)
    with transaction():
        make_receipt(code, 400_000, method=PaymentMethod.CASH)
    assert [refund.amount for refund in list_refunds(f"booking:{code}")] == [400_000]
    acts.nothing_is_wrong()


def test_of_a_stay_that_has_begun_the_nights_to_come(season: Session) -> None:
    """Four nights; on the third day the house sends the guest on: two nights come back, two stay."""
    house = acts.house(terms=Terms.STRICT)
    code = acts.hold(house, nights=4)
    acts.pay(code)
    with acts.later(acts.NOW + 15 * DAY):
        acts.earn()
        house_cancels(code)
        db.session.expire_all()
        booking = acts.booking(code)
        line = booking.lines[0]
        assert booking.state == BookingState.CONFIRMED
        assert (line.departure - line.arrival).days == 2
        assert line.cancelled_at is None
        assert [refund.amount for refund in list_refunds(booking.reference)] == [400_000]
        acts.nothing_is_wrong()
        with pytest.raises(WrongState):
            house_cancels(code)
    with acts.later(acts.NOW + 20 * DAY):
        acts.earn()
        assert acts.reads(code) == BookingState.COMPLETED
        acts.nothing_is_wrong()


def test_other_places_are_near_and_open_a_quote(season: Session) -> None:
    """The same village first, then by minutes on the road; a link begins the quote for the same party and nights."""
    with transaction():
        here, near, far = (make_village(slug) for slug in ("sini", "dekat", "jauh"))
        set_road(village_id=here.id, other_id=near.id, metres=4000, minutes=9, is_estimate=True)
        set_road(village_id=here.id, other_id=far.id, metres=9000, minutes=25, is_estimate=True)
        house = make_house(here)
        make_house(far)
        make_house(near)
        same = make_house(here)
    code = acts.hold(house)
    acts.pay(code)
    line = acts.booking(code).lines[0]
    places = services.list_other_places(line=line)
    assert [place.minutes for place in places] == [0, 9, 25]
    assert same.room in places[0].path
    house_cancels(code)
    text = acts.messages(code)[f"house:0:{ARRIVAL.isoformat()}"].text
    assert "9 minutes by road" in text
    assert places[1].path in text
    client = db.session.get_bind()
    assert client is not None


def test_who_may_not_and_what_cannot(season: Session) -> None:
    house, other = acts.house(), acts.house()
    code = acts.hold(house)
    acts.pay(code)
    with pytest.raises(Invalid):
        house_cancels(code, words="  ")
    with pytest.raises(NotFound):
        house_cancels(code, scope=Scope(villages=frozenset({999_999})))
    with pytest.raises(NotFound):
        house_cancels(code, 7)
    with transaction():
        make_house()
        services.cancel_booking(code=code, reason=None)
    house_cancels(code)
    assert list_refunds(f"booking:{code}")[0].reason == "cancelled"
    assert make_choice(other.room)
