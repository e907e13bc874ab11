"""What becomes of the money when a part of a line goes: vouchers, credits, cards; and what else ends after it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.bookings import services
from app.bookings.rules import BookingState, HouseReason, UnitState
from app.core import clock
from app.core.db import transaction
from app.payments.queries import list_refunds
from app.payments.rules import PaymentMethod
from app.users.rules import Role
from app.villages.rules import Terms
from tests.bookings import acts, cards
from tests.bookings.coupons import EVERYTHING, gift, hold_with, left_of, voucher
from tests.bookings.lines import DAY, HOUR
from tests.bookings.parts import FRIDAY, STAYED, back, fresh, give_up, weekend
from tests.factories import ARRIVAL, House
from tests.simulators.provider import Provider


def test_a_night_bought_with_a_voucher_brings_back_what_was_paid_for_it(house: House) -> None:
    code = voucher(house.village_id, amount=30_000)
    booked = hold_with(code, house, nights=3)
    acts.pay(booked.code)
    line = fresh(booked.code).lines[0]
    last = line.units[-1]
    assert last.price + last.discount == 200_000
    give_up(booked.code, departure=ARRIVAL + 2 * DAY, expected=last.price)
    booking = fresh(booked.code)
    assert booking.discount == 30_000 - last.discount, "what it takes off what is left"
    assert (booking.total, back(booked.code)) == (570_000 - last.price, [last.price])
    acts.nothing_is_wrong()
    with acts.later(20 * DAY):
        acts.earn()
        acts.nothing_is_wrong()


def test_what_a_gift_paid_lies_ready_again(house: House) -> None:
    code = gift(600_000)
    booked = hold_with(code, house, nights=3)
    assert (booked.state, left_of(code)) == (BookingState.CONFIRMED, 0)
    give_up(booked.code, departure=ARRIVAL + DAY, expected=400_000)
    assert left_of(code) == 400_000
    acts.nothing_is_wrong()
    hold_with(code, house, after=1, nights=2)
    assert left_of(code) == 0
    acts.nothing_is_wrong()


def test_a_hold_that_a_gift_covers_by_then_is_certain(house: House) -> None:
    code = gift(450_000)
    booked = hold_with(code, house, nights=3)
    assert booked.state == BookingState.HELD
    give_up(booked.code, departure=ARRIVAL + 2 * DAY, expected=0)
    booking = fresh(booked.code)
    assert (booking.state, booking.paid, left_of(code)) == (BookingState.CONFIRMED, 400_000, 50_000)
    acts.nothing_is_wrong()


def test_it_goes_back_to_the_card(season: Session, stripe_simulator: Provider) -> None:
    cards.at_our_time(stripe_simulator)
    code = cards.hold(cards.open_shop())
    cards.pay_now(stripe_simulator, code)
    line = acts.booking(code).lines[0]
    give_up(code, departure=line.departure - DAY, expected=line.units[-1].price)
    cards.send_refunds(code)
    cards.hear_all(stripe_simulator)
    assert [refund.state.value for refund in list_refunds(f"booking:{code}")] == ["sent"]
    assert acts.family("refund") == {}
    acts.nothing_is_wrong()


def test_the_newest_money_goes_back_first_by_its_own_way(season: Session) -> None:
    code = weekend(deposit=5000)
    acts.pay(code, 325_000, method=PaymentMethod.CASH)
    give_up(code, departure=FRIDAY + DAY, expected=450_000)
    kinds = [(one.keeper.partition(":")[0], one.amount) for one in list_refunds(f"booking:{code}")]
    assert kinds == [("cash", 325_000), ("bank", 125_000)]
    acts.nothing_is_wrong()


@pytest.mark.parametrize("hours", [-1, 1])
def test_the_house_cancels_what_is_left_and_what_was_kept_stays(season: Session, hours: int) -> None:
    """Before and after the night that was given up has been earned."""
    code = weekend(Terms.MODERATE)
    by = acts.user(Role.MANAGER)
    first_noon = acts.booking(code).lines[0].starts_at - 2 * HOUR + DAY
    with clock.shifted(first_noon - 3 * DAY):
        give_up(code, arrival=FRIDAY + DAY, expected=0)
    with clock.shifted(first_noon + hours * HOUR):
        acts.earn()
        with transaction():
            services.cancel_by_house(
                code=code,
                position=0,
                reason=HouseReason.HOUSE,
                words="The roof leaks.",
                by_user_id=by,
                scope=EVERYTHING,
            )
        booking = fresh(code)
        assert [unit.on for unit in booking.lines[0].taken_back(FRIDAY)] == [FRIDAY + DAY, FRIDAY + 2 * DAY]
        assert (booking.state, booking.received) == (BookingState.CANCELLED, 200_000)
        assert sum(back(code)) - (STAYED - 200_000) in range(1, 500), "with the unique code"
        acts.nothing_is_wrong()


def test_a_guest_leaves_early_after_giving_up_a_night(season: Session) -> None:
    code = weekend(Terms.STRICT)
    by = acts.user(Role.MANAGER)
    starts_at = acts.booking(code).lines[0].starts_at
    with clock.shifted(starts_at - 10 * DAY):
        give_up(code, departure=FRIDAY + 2 * DAY, expected=100_000)
    with clock.shifted(starts_at + DAY - HOUR):
        acts.earn()
        with transaction():
            services.leave_early(
                code=code,
                position=0,
                leaves_on=FRIDAY + DAY,
                reason="ill",
                by_user_id=by,
                scope=EVERYTHING,
                nights_back=1,
                may_give=True,
            )
        states = [unit.state for unit in fresh(code).lines[0].units]
        assert states[1:] == [UnitState.CANCELLED, UnitState.KEPT]
        assert fresh(code).total == 200_000 + 100_000
        acts.nothing_is_wrong()
    with clock.shifted(starts_at + timedelta(days=5)):
        acts.earn()
        assert acts.reads(code) == BookingState.COMPLETED
        acts.nothing_is_wrong()
