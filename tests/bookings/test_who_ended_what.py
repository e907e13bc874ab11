"""Who ended what is read from what was written down then, and what has ended counts as ended everywhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.api.line_answers import booked_lines
from app.bookings import queries, services
from app.bookings.queries import Doors, HouseEnds
from app.bookings.rules import BookingState, ClaimOutcome, HandState
from app.bookings.services.closures import Place
from app.bookings.services.letter_words import line_said
from app.core import audit
from app.core.db import db, transaction
from app.core.errors import WrongState
from app.payments.rules import PaymentMethod
from app.users.rules import Role, Scope
from app.villages.rules import Terms
from tests.bookings import acts, closing, hands
from tests.bookings.acts import DAY, later
from tests.bookings.coupons import EVERYTHING, gift, hold_with, left_of
from tests.bookings.hands import give, hand_of, owed
from tests.bookings.lines import CLASS, STAY, TOTAL, Trip, cancel, trip
from tests.bookings.test_between_verbs import TO_ARRIVAL, shortened_trip
from tests.bookings.test_claims import claim
from tests.bookings.test_contact import correct
from tests.bookings.test_desk_verbs import NIGHT, leave, stay
from tests.bookings.test_house_cancel import house_cancels
from tests.factories import ARRIVAL

THERE = timedelta(days=15)
"""The second day of the stay, at noon."""


def ends(code: str) -> HouseEnds:
    return queries.house_ends_of(acts.booking(code))


def test_nothing_has_ended(season: Session) -> None:
    assert ends(trip().code) == HouseEnds()


def test_the_house_took_one_and_the_guest_another(season: Session) -> None:
    known = trip()
    house_cancels(known.code, CLASS)
    cancel(known.code, STAY)
    assert ends(known.code) == HouseEnds(frozenset({CLASS}))
    with transaction():
        services.cancel_booking(code=known.code, reason=None)
    assert ends(known.code) == HouseEnds(frozenset({CLASS})), "the rest was ended by the guest"


def test_the_house_ended_what_the_guest_had_left(season: Session) -> None:
    known = trip()
    cancel(known.code, STAY)
    for position in (CLASS, 2):
        house_cancels(known.code, position)
    assert known.booking.state == BookingState.CANCELLED
    assert ends(known.code) == HouseEnds(frozenset({CLASS, 2}), ended_booking=True)


def test_what_the_guest_left_of_a_closing_is_the_guests(season: Session) -> None:
    """On the day of arrival a closing takes the nights after the first, and the guest cancels what is left."""
    house = acts.house(terms=Terms.FLEXIBLE)
    code = shortened_trip(house, acts.house(terms=Terms.FLEXIBLE))
    with later(TO_ARRIVAL):
        places = [Place(house.village_id, homestay_id=house.homestay_id)]
        closing.run(closing.start(closing.draft(places, first=ARRIVAL + DAY)))
        assert ends(code) == HouseEnds(frozenset({STAY}))
        cancel(code, STAY)
        assert ends(code) == HouseEnds()


def sums(known: Trip) -> int:
    return sum(line.price_now for line in known.booking.lines)


def test_prices_now_make_the_total(season: Session) -> None:
    known = trip(terms=Terms.STRICT)
    assert sums(known) == known.booking.total == TOTAL
    house_cancels(known.code, CLASS)
    assert sums(known) == known.booking.total < TOTAL
    cancel(known.code, STAY)
    assert sums(known) == known.booking.total


def test_who_left_early_reads_what_the_stay_costs_now(season: Session) -> None:
    code, _house = stay(Terms.FLEXIBLE)
    with later(THERE):
        leave(code, acts.booking(code).arrival + 2 * DAY, nights_back=2, may_give=True)
        booking = acts.booking(code)
        (line,) = booking.lines
        assert line_said(line=line)["price"] == booking.total == 2 * NIGHT
        (answer,) = booked_lines(booking)
        assert [night["price"] for night in answer["nightly"]] == [NIGHT, NIGHT]
        assert answer["cancelled_at"] is None


def test_a_line_that_was_cancelled_says_when_and_what_it_was_worth(season: Session) -> None:
    known = trip()
    cancel(known.code, STAY)
    line = known.line(STAY)
    assert booked_lines(known.booking)[STAY]["cancelled_at"] == line.cancelled_at is not None
    assert line_said(line=line)["price"] == line.price


def miss(code: str, scope: Scope) -> None:
    who = acts.user(Role.MANAGER)
    with transaction():
        services.mark_no_show(code=code, reason="nobody", free=False, by_user_id=who, scope=scope)


def test_only_who_sees_the_whole_trip_says_that_nobody_came(season: Session) -> None:
    known = trip()
    days = known.booking.arrival - acts.booking(known.code).created_at.date()
    host = Scope(payees=frozenset({known.house.host_payee_id}))
    with later(days + timedelta(hours=15)):
        with pytest.raises(WrongState, match=r"melihat|all of it"):
            miss(known.code, host)
        miss(known.code, EVERYTHING)
        assert known.booking.state == BookingState.NO_SHOW


def test_who_was_let_in_was_there(season: Session) -> None:
    known = trip()
    cancel(known.code, STAY)
    days = known.line(CLASS).arrival - acts.booking(known.code).created_at.date()
    with later(days):
        everywhere = Doors(EVERYTHING, EVERYTHING)
        who = acts.user(Role.MANAGER)
        with transaction():
            services.let_in(code=known.code, position=CLASS, shown=None, doors=everywhere, by_user_id=who)
    with later(days + timedelta(hours=15)), pytest.raises(WrongState, match=r"masuk|let in"):
        miss(known.code, EVERYTHING)


@pytest.mark.parametrize("deposit", [10_000, 5_000])
def test_a_claim_is_over_when_the_money_came_another_way(season: Session, deposit: int) -> None:
    code = acts.hold(acts.house(deposit=deposit))
    said = claim(code)
    acts.pay(code, acts.booking(code).due_now, method=PaymentMethod.CASH)
    db.session.refresh(said)
    assert said.outcome == ClaimOutcome.SETTLED
    assert acts.reads(code) == BookingState.CONFIRMED
    acts.nothing_is_wrong()


def test_a_credit_that_was_over_can_be_spent_when_its_money_comes_back(season: Session) -> None:
    until = acts.booking(acts.hold(acts.house())).created_at.date() + 2 * DAY
    code = gift(400_000, valid_until=until)
    booked = hold_with(code, acts.house())
    with later(5 * DAY):
        with transaction():
            services.cancel_booking(code=booked.code, reason=None)
        credit = queries.find_credit(code)
        assert credit is not None
        assert left_of(code) == 400_000
        assert credit.valid_until == until + timedelta(days=93)
        assert hold_with(code, acts.house()).covered == 400_000
        acts.nothing_is_wrong()


@pytest.mark.parametrize("is_approved", [False, True])
def test_an_account_given_by_an_old_link_gets_nothing(season: Session, is_approved: bool) -> None:
    refund = owed(acts.house())
    give(refund)
    if is_approved:
        hands.approve(refund, acts.user(Role.MANAGER))
    correct(hands.code_of(refund), "right@sample.example")
    hand = hand_of(refund)
    assert (hand.state, hand.number_locked, hand.approved_by_id) == (HandState.ASKED, None, None)
    assert "refund:account_dropped" in db.session.scalars(select(audit.AuditEntry.action)).all()
    with transaction():
        assert services.ask_for_accounts() == 1


def test_an_account_that_a_person_wrote_down_stays(season: Session) -> None:
    refund = owed(acts.house())
    give(refund, by_user_id=acts.user(Role.MANAGER))
    correct(hands.code_of(refund), "right@sample.example")
    assert hand_of(refund).state == HandState.GIVEN
