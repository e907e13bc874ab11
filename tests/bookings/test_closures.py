"""One decision closes a period for a village or several: seen before, done once, gone on with, opened again."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bookings import queries, services
from app.bookings.models import Booking, ClosureLine
from app.bookings.rules import BookingState, ClosureOutcome, ClosureState
from app.bookings.services import Place
from app.core import audit
from app.core.dates import Nights
from app.core.db import db, transaction
from app.core.errors import Invalid, NotFound, SoldOut, WrongState
from app.homestays.services import block_nights, unblock_nights
from app.payments.queries import list_refunds
from app.tours.inventory import PackageChoice
from app.tours.rules import DepartureState
from app.users.rules import Role, Scope
from app.villages.rules import Terms
from tests.bookings import acts, closing
from tests.bookings.closing import EVERYTHING
from tests.factories import (
    ARRIVAL,
    House,
    Tour,
    make_choice,
    make_guest,
    make_house,
    make_package,
    make_village,
)

DAY = acts.DAY


def season_of(slug: str) -> tuple[House, Tour]:
    """A house of two rooms and a departure in a village, on the day after `ARRIVAL`."""
    with transaction():
        village = make_village(slug)
        house = make_house(village, rooms=2, terms=Terms.NON_REFUNDABLE)
        return house, make_package(village, on=ARRIVAL + DAY, seats=4)


def back(code: str) -> int:
    return sum(refund.amount for refund in list_refunds(f"booking:{code}"))


def paid(*where: object, **details: object) -> str:
    code = acts.hold(*where, **details)
    acts.pay(code)
    return code


def test_a_dry_run_says_whom_and_how_much_and_does_nothing(season: Session) -> None:
    house, tour = season_of("sini")
    code = paid(house)
    joined = paid(None, PackageChoice(str(tour.departure), 2))
    closure_id = closing.draft([Place(house.village_id)])
    closure = queries.get_closure(closure_id, EVERYTHING)
    seen = services.affected_by(closure=closure)
    assert {one.booking.code: one.refund for one in seen} == {code: 400_000, joined: booking_paid(joined)}
    assert back(code) == back(joined) == 0
    acts.hold(house)
    acts.nothing_is_wrong()


def booking_paid(code: str) -> int:
    return acts.booking(code).received


def test_everything_comes_back_once_and_nothing_is_sold(season: Session) -> None:
    house, tour = season_of("sini")
    beside, other_tour = season_of("sana")
    code, held = paid(house), acts.hold(house, arrival=ARRIVAL + 2 * DAY)
    before_it = paid(house, arrival=ARRIVAL - 2 * DAY)
    joined = paid(None, PackageChoice(str(tour.departure), 2))
    elsewhere = paid(beside)
    amounts = {one: booking_paid(one) for one in (code, joined)}
    closure_id = closing.start(closing.draft([Place(house.village_id)]))
    with pytest.raises(SoldOut):
        acts.hold(house, guest=make_guest())
    acts.nothing_is_wrong()
    assert closing.run(closure_id) == [code, held, joined]
    assert closing.run(closure_id) == []
    assert {one: back(one) - codes_of(one) for one in amounts} == amounts
    states = {one: acts.reads(one) for one in (code, held, joined, elsewhere, before_it)}
    assert states == {
        code: BookingState.CANCELLED,
        held: BookingState.CANCELLED,
        joined: BookingState.CANCELLED,
        elsewhere: BookingState.CONFIRMED,
        before_it: BookingState.CONFIRMED,
    }
    closure = queries.get_closure(closure_id, EVERYTHING)
    assert closure.state == ClosureState.DONE
    departures = queries.departures_of(acts.booking(joined))
    assert {one.state for one in departures.values()} == {DepartureState.CANCELLED}
    with pytest.raises(SoldOut):
        acts.hold(house)
    assert other_tour.departure
    acts.hold(None, PackageChoice(str(other_tour.departure), 1))
    messages = acts.messages(code)
    assert [one.template for one in messages.values()].count("house_cancelled") == 1
    acts.nothing_is_wrong()


def codes_of(code: str) -> int:
    """Unique codes come back as well."""
    rows = db.session.scalars(select(acts.Receipt).where(acts.Receipt.reference == f"booking:{code}"))
    return sum(row.code_amount for row in rows)


def test_one_number_is_on_every_act(season: Session) -> None:
    house, _tour = season_of("sini")
    paid(house)
    closure_id = closing.start(closing.draft([Place(house.village_id)]))
    closing.run(closure_id)
    rows = db.session.scalars(select(audit.AuditEntry).order_by(audit.AuditEntry.id)).all()
    acts_done = [row for row in rows if row.details.get("act") == f"closure:{closure_id}"]
    assert [row.action for row in acts_done] == ["booking:house_cancelled"]
    subjects = [row.action for row in rows if row.subject == f"closure:{closure_id}"]
    assert subjects == ["closure:started", "closure:done"]


def test_it_goes_on_where_it_stopped(season: Session) -> None:
    """An exception in the middle of the second booking leaves the first done and the second untouched."""
    house, _tour = season_of("sini")
    first, second = paid(house), paid(house)
    closure_id = closing.start(closing.draft([Place(house.village_id)]))
    assert closing.step(closure_id) == first
    with pytest.raises(RuntimeError), transaction():
        services.run_closure_step(closure_id=closure_id)
        raise RuntimeError("the power is gone")
    assert (back(first) > 0, back(second)) == (True, 0)
    acts.nothing_is_wrong()
    assert closing.run(closure_id) == [second]
    lines = db.session.scalars(select(ClosureLine)).all()
    assert [line.outcome for line in lines] == [ClosureOutcome.CANCELLED] * 2
    acts.nothing_is_wrong()


def test_whoever_has_cancelled_meanwhile_is_left_alone(season: Session) -> None:
    house, _tour = season_of("sini")
    code = paid(house)
    closure_id = closing.start(closing.draft([Place(house.village_id)]))
    with transaction():
        services.cancel_booking(code=code, reason=None)
    assert closing.run(closure_id) == []
    assert back(code) == 0, "by the terms that the guest booked with"
    with pytest.raises(SoldOut):
        acts.hold(house)
    acts.nothing_is_wrong()


def test_money_that_comes_while_it_runs_goes_back(season: Session) -> None:
    house, _tour = season_of("sini")
    held = acts.hold(house)
    closure_id = closing.start(closing.draft([Place(house.village_id)]))
    receipt = acts.pay(held)
    closing.run(closure_id)
    assert (acts.booking(held).received, back(held)) == (0, receipt.amount)
    acts.nothing_is_wrong()


def test_guests_who_are_there_leave_and_pay_for_what_they_slept(season: Session) -> None:
    house, _tour = season_of("sini")
    code = paid(house, arrival=ARRIVAL, nights=5)
    with acts.later(14 * DAY):
        acts.earn()
        closure_id = closing.start(closing.draft([Place(house.village_id)], first=ARRIVAL + 3 * DAY))
        closing.run(closure_id)
        line = acts.booking(code).lines[0]
        assert (line.departure, back(code)) == (ARRIVAL + 3 * DAY, 2 * 200_000)
        outcomes = db.session.scalars(select(ClosureLine.outcome)).all()
        assert list(outcomes) == [ClosureOutcome.SHORTENED]
        acts.nothing_is_wrong()


def test_nights_outside_of_the_period_are_free(season: Session) -> None:
    """A stay of five nights touches the period with its last one: all of it goes, and four nights are sold again."""
    house, _tour = season_of("sini")
    paid(house, nights=5)
    closure_id = closing.start(closing.draft([Place(house.village_id)], first=ARRIVAL + 4 * DAY))
    closing.run(closure_id)
    acts.hold(house, nights=4)
    acts.hold(house, nights=4)
    acts.nothing_is_wrong()


def test_only_a_house_or_only_a_departure(season: Session) -> None:
    house, tour = season_of("sini")
    with transaction():
        same = make_house(make_village("sini"))
    code, stays = paid(house), paid(same)
    joined = paid(None, PackageChoice(str(tour.departure), 1))
    one = closing.draft([Place(house.village_id, homestay_id=house.homestay_id)], packages=False)
    assert closing.run(closing.start(one)) == [code]
    two = closing.draft([Place(house.village_id, departure_id=tour.departure_id)], stays=False)
    assert closing.run(closing.start(two)) == [joined]
    assert acts.reads(stays) == BookingState.CONFIRMED
    acts.nothing_is_wrong()


def test_a_trip_over_two_villages_is_told_once(season: Session) -> None:
    here, _tour = season_of("sini")
    there, _other = season_of("sana")
    choices = [
        make_choice(here.room),
        make_choice(there.room, arrival=ARRIVAL + 2 * DAY),
    ]
    code = paid(None, *choices)
    closure_id = closing.start(closing.draft([Place(here.village_id), Place(there.village_id)], nights=5))
    assert closing.run(closure_id) == [code]
    told = [one for one in acts.messages(code).values() if one.template == "house_cancelled"]
    assert len(told) == 1
    assert acts.reads(code) == BookingState.CANCELLED
    acts.nothing_is_wrong()


def test_opening_again_sells_what_it_closed_and_no_more(season: Session) -> None:
    house, _tour = season_of("sini")
    paid(house)
    with transaction():
        stay = Nights(ARRIVAL + 2 * DAY, ARRIVAL + 3 * DAY)
        block_nights(homestay_id=house.homestay_id, nights=stay, by_user_id=None, note="family")
    closure_id = closing.start(closing.draft([Place(house.village_id)]))
    who = acts.user(Role.MANAGER)
    with pytest.raises(WrongState), transaction():
        services.reopen_closure(closure_id=closure_id, reason="rain", by_user_id=who, scope=EVERYTHING)
    closing.run(closure_id)
    with transaction():
        assert unblock_nights(homestay_id=house.homestay_id, nights=stay, by_user_id=None) == 0
    with pytest.raises(Invalid), transaction():
        services.reopen_closure(closure_id=closure_id, reason="", by_user_id=who, scope=EVERYTHING)
    with transaction():
        freed = services.reopen_closure(
            closure_id=closure_id, reason="rain", by_user_id=who, scope=EVERYTHING
        )
    assert freed == 2 * 3 - 2
    acts.hold(house)
    with pytest.raises(SoldOut):
        acts.hold(house, nights=3)
    acts.nothing_is_wrong()


def test_who_may_and_what_cannot_be_closed(season: Session) -> None:
    house, _tour = season_of("sini")
    other, _other = season_of("sana")
    own = Scope(villages=frozenset({house.village_id}))
    with pytest.raises(NotFound):
        closing.draft([Place(house.village_id), Place(other.village_id)], scope=own)
    with pytest.raises(Invalid):
        closing.draft([], scope=own)
    with pytest.raises(Invalid):
        closing.draft([Place(house.village_id)], nights=93)
    with pytest.raises(Invalid):
        closing.draft([Place(house.village_id)], stays=False, packages=False)
    closure_id = closing.draft([Place(house.village_id)], scope=own)
    with pytest.raises(NotFound):
        queries.get_closure(closure_id, Scope(villages=frozenset({other.village_id})))
    who = acts.user(Role.MANAGER)
    with transaction():
        services.drop_closure(closure_id=closure_id, by_user_id=who, scope=own)
    with pytest.raises(WrongState):
        closing.start(closure_id)
    assert db.session.scalars(select(Booking)).all() == []
