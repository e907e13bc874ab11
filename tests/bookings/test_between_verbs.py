"""Where one verb meets what another has left behind: credits, claims, hand transfers, disputes, ended nights."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.bookings import queries, services
from app.bookings.rules import BookingState, HandState, HouseReason
from app.bookings.services import Place
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Invalid
from app.ledger.queries import balance
from app.payments.gateway.values import SessionState
from app.payments.queries import find_open_payment, list_payments, list_refunds
from app.payments.rules import PaymentMethod
from app.payments.services import fail_refund
from app.users.rules import Role
from app.villages.rules import Terms
from tests.bookings import acts, cards, closing
from tests.bookings.acts import DAY, OVER, later
from tests.bookings.coupons import gift, hold_with, left_of, voucher
from tests.bookings.disputing import closed, disputed, paid
from tests.bookings.lines import EVERYTHING, cancel
from tests.bookings.test_claims import claim
from tests.factories import (
    ARRIVAL,
    NOW,
    House,
    make_approved,
    make_choice,
    make_guest,
    make_transferred,
    make_user,
)
from tests.simulators import needs
from tests.simulators.provider import Provider

TO_ARRIVAL = ARRIVAL - NOW.date()


@pytest.fixture
def provider(season: Session, stripe_simulator: Provider) -> Provider:
    """The provider, at our time."""
    cards.at_our_time(stripe_simulator)
    return stripe_simulator


def hold(*choices: object, method: PaymentMethod = PaymentMethod.TRANSFER, code: str | None = None) -> str:
    """A trip's code."""
    with transaction():
        return services.hold_trip(
            choices=choices,
            guest=make_guest(),
            method=method,
            expected_total=None,
            source="web",
            address=None,
            voucher=code,
        ).code


def house_cancels(code: str) -> None:
    """The house cancels the first thing of a trip."""
    by = acts.user(Role.MANAGER)
    with transaction():
        services.cancel_by_house(
            code=code,
            position=0,
            reason=HouseReason.HOUSE,
            words="sample",
            by_user_id=by,
            scope=EVERYTHING,
        )


def leave_early(code: str, by: int, **given: object) -> None:
    """The guest leaves after the first night."""
    leaves_on = acts.booking(code).arrival + DAY
    with transaction():
        services.leave_early(
            code=code,
            position=0,
            leaves_on=leaves_on,
            reason="sample",
            by_user_id=by,
            scope=EVERYTHING,
            **given,
        )


def give_after(code: str, by: int) -> None:
    """Some money of the stay goes back."""
    with transaction():
        services.refund_after_stay(
            code=code, position=0, amount=50_000, reason="sample", by_user_id=by, scope=EVERYTHING
        )


def books_of(code: str) -> int:
    """What the books have of a credit, in rupiah."""
    credit = queries.find_credit(code)
    assert credit is not None
    return balance(credit.account)


def test_a_credit_that_comes_back_can_be_spent(season: Session) -> None:
    code = gift(1_000_000)
    trip = hold(make_choice(acts.house().room), make_choice(acts.house().room), code=code)
    house_cancels(trip)
    assert books_of(code) == left_of(code)
    acts.nothing_is_wrong()


def test_a_credit_comes_back_to_who_leaves_early(season: Session) -> None:
    code = gift(2_000_000)
    trip, by = hold_with(code, acts.house(terms=Terms.FLEXIBLE), nights=4).code, acts.user(Role.MANAGER)
    with later(TO_ARRIVAL + DAY):
        leave_early(trip, by, nights_back=2, may_give=True)
        assert books_of(code) == left_of(code)
        acts.nothing_is_wrong()


def test_a_claimed_transfer_keeps_its_voucher(season: Session) -> None:
    house = acts.house(rooms=4)
    once = voucher(house.village_id)
    trip = hold_with(once, house, after=5).code
    with later(timedelta(hours=23)):
        claim(trip)
    with later(OVER + timedelta(hours=1)):
        with pytest.raises(Invalid):
            hold_with(once, house)
        acts.pay(trip)
        assert acts.reads(trip) == BookingState.CONFIRMED
        acts.nothing_is_wrong()


def shortened_trip(house: House, other: House) -> str:
    """Three nights of which the house ends the last two on the day of arrival, and another stay later."""
    trip = hold(make_choice(house.room, nights=3), make_choice(other.room, arrival=ARRIVAL + 5 * DAY))
    acts.pay(trip)
    return trip


def test_what_a_closing_has_ended_is_not_given_back_again(season: Session) -> None:
    house, other = acts.house(terms=Terms.FLEXIBLE), acts.house(terms=Terms.FLEXIBLE)
    trip = shortened_trip(house, other)
    with later(TO_ARRIVAL):
        places = [Place(house.village_id, homestay_id=house.homestay_id)]
        closing.run(closing.start(closing.draft(places, first=ARRIVAL + DAY)))
        acts.nothing_is_wrong()
        before = acts.booking(trip)
        answer = services.line_cancellation_of(booking=before, position=0)
        night = before.lines[0].units[0].price
        assert (answer.refund + answer.kept, answer.total) == (night, before.total - night + answer.kept)
        cancel(trip, 0)
        acts.nothing_is_wrong()


def test_who_says_that_it_is_sent_is_not_asked_again(season: Session) -> None:
    trip = hold(make_choice(acts.house().room), make_choice(acts.house().room))
    claim(trip)
    first = find_open_payment(f"booking:{trip}")
    house_cancels(trip)
    still = find_open_payment(f"booking:{trip}")
    assert first is not None
    assert still is not None
    assert still.id == first.id


def test_a_hold_that_has_paid_enough_waits_for_no_transfer(season: Session) -> None:
    """Half is paid, the rest is said to be on its way, and then only the half is wanted: that is certain."""
    trip = hold(make_choice(acts.house().room), make_choice(acts.house().room))
    acts.pay(trip, 400_000)
    claim(trip)
    cancel(trip, 1)
    assert acts.reads(trip) == BookingState.CONFIRMED
    assert find_open_payment(f"booking:{trip}") is None
    acts.nothing_is_wrong()


def test_who_was_charged_is_not_asked_again(provider: Provider) -> None:
    rooms = [make_choice(acts.house().room), make_choice(acts.house().room)]
    trip = hold(*rooms, method=PaymentMethod.CARD)
    with transaction():
        attempt = find_open_payment(f"booking:{trip}")
        assert attempt is not None
        attempt.session_state, attempt.session_id = SessionState.COMPLETE, "cs_sample"
    house_cancels(trip)
    assert len(list_payments(f"booking:{trip}")) == 1


@needs.disputes
def test_a_transfer_on_its_way_is_not_settled_by_the_bank(provider: Provider) -> None:
    """Sent by hand, then disputed and lost: what left can be proved, and the books say what the bank took."""
    trip = paid(provider, "stay")
    cards.cancel(trip)
    with transaction():
        (refund,) = list_refunds(f"booking:{trip}")
        fail_refund(refund=refund)
    with transaction():
        make_approved(refund.id)
    with transaction():
        who = make_user(Role.MANAGER)
        make_transferred(refund.id, by_user_id=who)
    closed(provider, disputed(provider, trip), won=False)
    with transaction():
        services.confirm_refund(refund_id=refund.id, proof="line 7", by_user_id=who, scope=EVERYTHING)
    hand = queries.find_hand(refund.id)
    assert hand is not None
    assert hand.state == HandState.CONFIRMED
    acts.nothing_is_wrong()


@needs.disputes
@pytest.mark.parametrize("amount", [None, 100_000, 300_000])
def test_left_early_and_then_disputed(provider: Provider, amount: int | None) -> None:
    trip = cards.hold(cards.open_shop(terms=Terms.NON_REFUNDABLE), "stay")
    cards.pay_now(provider, trip)
    by = acts.user(Role.MANAGER)
    with clock.shifted(NOW + (acts.booking(trip).arrival - NOW.date()) + DAY):
        leave_early(trip, by)
        acts.nothing_is_wrong()
        number = disputed(provider, trip, amount)
        acts.nothing_is_wrong()
        closed(provider, number, won=False)
        acts.nothing_is_wrong()


def test_money_back_afterwards_does_not_cancel_the_stay(season: Session) -> None:
    trip, by = hold(make_choice(acts.house().room)), acts.user(Role.MANAGER)
    acts.pay(trip)
    with later(25 * DAY):
        acts.earn()
        give_after(trip, by)
        assert "STATUS:CANCELLED" not in services.calendar_of(booking=acts.booking(trip)).decode()


def test_a_night_that_was_slept_stays_when_the_house_ends_the_rest(season: Session) -> None:
    trip, by = hold(make_choice(acts.house().room, nights=3)), acts.user(Role.MANAGER)
    acts.pay(trip)
    with later(TO_ARRIVAL + DAY + timedelta(hours=4)):
        acts.earn()
        give_after(trip, by)
        house_cancels(trip)
        db.session.expire_all()
        assert acts.booking(trip).state != BookingState.CANCELLED
        acts.nothing_is_wrong()
