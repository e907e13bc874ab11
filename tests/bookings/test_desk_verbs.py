"""Guests who leave early or do not come, and money that goes back afterwards: what the desk writes down."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bookings import queries, services
from app.bookings.rules import BookingState
from app.core import audit
from app.core.db import db, transaction
from app.core.errors import Forbidden, Invalid, SoldOut, WrongState
from app.payments.queries import list_refunds
from app.payments.rules import PaymentMethod
from app.users.rules import Role, Scope
from app.villages.rules import Terms
from tests.bookings import acts
from tests.bookings.acts import DAY, later
from tests.factories import ARRIVAL, House, make_choice, make_house

EVERYTHING = Scope(everything=True)
NIGHT = 200_000
EVENING = timedelta(days=13, hours=11)
"""21:00 on the day of arrival."""


def stay(terms: Terms, *, nights: int = 4, deposit: int = 10_000) -> tuple[str, House]:
    """Four nights from Monday, paid as asked."""
    house = acts.house(terms=terms, deposit=deposit)
    code = acts.hold(house, nights=nights)
    acts.pay(code)
    return code, house


def back(code: str) -> list[int]:
    return [refund.amount for refund in list_refunds(f"booking:{code}")]


def leave(code: str, day: date, *, nights_back: int | None = None, may_give: bool = False) -> None:
    who = acts.user(Role.MANAGER)
    with transaction():
        services.leave_early(
            code=code,
            position=0,
            leaves_on=day,
            reason="ill",
            by_user_id=who,
            scope=EVERYTHING,
            nights_back=nights_back,
            may_give=may_give,
        )


@pytest.mark.parametrize(
    ("terms", "comes_back"),
    [
        (Terms.FLEXIBLE, 2 * NIGHT),
        (Terms.MODERATE, 2 * NIGHT),
        (Terms.STRICT, 0),
        (Terms.NON_REFUNDABLE, 0),
    ],
)
def test_leaving_early_keeps_what_the_terms_keep(season: Session, terms: Terms, comes_back: int) -> None:
    """The first night is kept by flexible terms, and two nights were slept: more is not kept."""
    code, house = stay(terms)
    with later(15 * DAY):
        acts.earn()
        leave(code, ARRIVAL + 2 * DAY)
        db.session.expire_all()
        assert sum(back(code)) == comes_back
        line = acts.booking(code).lines[0]
        assert line.departure == ARRIVAL + 2 * DAY
        acts.nothing_is_wrong()
        acts.hold(house, arrival=ARRIVAL + 3 * DAY, nights=1)
        assert "left:0:2027-05-05" in acts.messages(code)
    with later(25 * DAY):
        acts.earn()
        booking = acts.booking(code)
        assert (booking.state, booking.received) == (BookingState.COMPLETED, 4 * NIGHT - comes_back)
        assert acts.stage("pending") == 0
        acts.nothing_is_wrong()


def test_nights_are_given_back_by_who_may(season: Session) -> None:
    code, _house = stay(Terms.NON_REFUNDABLE)
    with later(14 * DAY):
        with pytest.raises(Forbidden):
            leave(code, ARRIVAL + DAY, nights_back=2)
        with pytest.raises(Invalid):
            leave(code, ARRIVAL + DAY, nights_back=4, may_give=True)
        leave(code, ARRIVAL + DAY, nights_back=2, may_give=True)
        assert back(code) == [2 * NIGHT]
        acts.nothing_is_wrong()


def test_what_was_not_paid_does_not_come_back(season: Session) -> None:
    """A deposit of half: the two nights that are slept are paid with it, and nothing is missing then."""
    code, _house = stay(Terms.FLEXIBLE, deposit=5000)
    with later(15 * DAY):
        leave(code, ARRIVAL + 2 * DAY)
        booking = acts.booking(code)
        assert back(code) == []
        assert (booking.total, booking.received, booking.amount_due) == (2 * NIGHT, 2 * NIGHT, 0)
        acts.nothing_is_wrong()


def test_days_on_which_nobody_leaves_early(season: Session) -> None:
    code, _house = stay(Terms.FLEXIBLE)
    with pytest.raises(WrongState):
        leave(code, ARRIVAL + DAY)
    with later(15 * DAY):
        for day in (ARRIVAL, ARRIVAL + DAY, ARRIVAL + 4 * DAY):
            with pytest.raises(Invalid):
                leave(code, day)


def miss(code: str, *, free: bool) -> None:
    who = acts.user(Role.MANAGER)
    with transaction():
        services.mark_no_show(code=code, reason="nobody answers", free=free, by_user_id=who, scope=EVERYTHING)


def undo(code: str) -> None:
    who = acts.user(Role.MANAGER)
    with transaction():
        services.undo_no_show(code=code, reason="flat tyre", by_user_id=who, scope=EVERYTHING)


def test_nobody_is_missed_before_the_evening(season: Session) -> None:
    code, _house = stay(Terms.FLEXIBLE)
    with later(EVENING - timedelta(hours=2)), pytest.raises(WrongState):
        miss(code, free=False)
    with later(EVENING):
        miss(code, free=False)
        miss(code, free=True)
        assert acts.reads(code) == BookingState.NO_SHOW
        assert back(code) == []
        acts.nothing_is_wrong()


def test_a_no_show_whose_place_is_kept_is_undone(season: Session) -> None:
    code, _house = stay(Terms.FLEXIBLE)
    with later(EVENING):
        miss(code, free=False)
    with later(EVENING + 3 * DAY):
        undo(code)
        booking = acts.booking(code)
        assert (booking.state, booking.total, booking.ended_at) == (BookingState.CONFIRMED, 4 * NIGHT, None)
        acts.nothing_is_wrong()
        with pytest.raises(WrongState):
            undo(code)
    actions = db.session.scalars(select(audit.AuditEntry.action).order_by(audit.AuditEntry.id)).all()
    assert [action for action in actions if "no_show" in action] == [
        "booking:no_show",
        "booking:no_show_undone",
    ]


@pytest.mark.parametrize(
    ("terms", "comes_back"), [(Terms.FLEXIBLE, 3 * NIGHT), (Terms.NON_REFUNDABLE, 0), (Terms.FIRM, 0)]
)
def test_freed_nights_by_the_terms_and_back_again(season: Session, terms: Terms, comes_back: int) -> None:
    code, _house = stay(terms)
    with later(EVENING):
        miss(code, free=True)
        assert sum(back(code)) == comes_back
        acts.nothing_is_wrong()
    with later(EVENING + timedelta(hours=14)):
        acts.earn()
        undo(code)
        booking = acts.booking(code)
        assert (booking.state, booking.amount_due) == (BookingState.CONFIRMED, comes_back)
        assert booking.lines[0].departure == ARRIVAL + 4 * DAY
        acts.nothing_is_wrong()
        if comes_back:
            acts.pay(code, comes_back, method=PaymentMethod.CASH)
    with later(EVENING + 9 * DAY):
        acts.earn()
        assert acts.reads(code) == BookingState.COMPLETED
        acts.nothing_is_wrong()


def test_money_is_filled_anew_where_terms_kept_half(season: Session) -> None:
    """A deposit of a bit more than a night, all kept: it lies in parts on the nights that were freed. Undone, it fills
    the first nights as everywhere."""
    house = acts.house(terms=Terms.STRICT, deposit=3333)
    code = acts.hold(house, nights=5)
    acts.pay(code)
    with later(EVENING):
        miss(code, free=True)
        acts.nothing_is_wrong()
        undo(code)
        acts.nothing_is_wrong()


def test_a_freed_night_that_is_sold_stays_with_its_guest(season: Session) -> None:
    code, house = stay(Terms.FLEXIBLE)
    with later(EVENING):
        miss(code, free=True)
        acts.hold(house, arrival=ARRIVAL + 2 * DAY)
        with pytest.raises(SoldOut):
            undo(code)
        assert acts.reads(code) == BookingState.NO_SHOW
        acts.nothing_is_wrong()


def test_nights_that_have_passed_are_not_taken_again(season: Session) -> None:
    code, _house = stay(Terms.FLEXIBLE)
    with later(EVENING):
        miss(code, free=True)
    with later(EVENING + 2 * DAY):
        with pytest.raises(WrongState):
            undo(code)
        acts.nothing_is_wrong()


def test_of_two_lines_one_ends_early_and_the_other_is_paid_with_it(season: Session) -> None:
    with transaction():
        one, two = make_house(deposit=5000, terms=Terms.FLEXIBLE), make_house(deposit=5000)
        choices = (
            make_choice(one.room, nights=4),
            make_choice(two.room, arrival=ARRIVAL + 4 * DAY, nights=2),
        )
    code = acts.hold(None, *choices)
    acts.pay(code)
    with later(15 * DAY):
        leave(code, ARRIVAL + 2 * DAY)
        booking = acts.booking(code)
        filled = queries.filled_units(booking)
        assert back(code) == []
        assert sum(filled[unit.id] for unit in booking.lines[1].units) == booking.received - 2 * NIGHT
        acts.nothing_is_wrong()
