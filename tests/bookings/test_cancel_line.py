"""One line of a trip is cancelled by its own terms and the rest stays: places, what is still asked, who is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bookings import queries, services
from app.bookings.rules import BookingState, UnitState
from app.core import clock
from app.core.audit import AuditEntry
from app.core.db import db, transaction
from app.core.errors import NotFound, PriceChanged, WrongState
from app.ledger.queries import balance
from app.payments.queries import find_open_payment
from app.payments.rules import PaymentMethod
from app.users.rules import Role
from app.users.services import give_office
from app.villages.rules import Terms
from tests.bookings import acts, cards
from tests.bookings.lines import (
    CLASS,
    CLASS_PRICE,
    DAY,
    EVERYTHING,
    FAR,
    GOODS,
    GOODS_PRICE,
    HOUR,
    STAY,
    STAY_PRICE,
    TOTAL,
    cancel,
    figures,
    trip,
    two_houses,
)
from tests.factories import (
    ARRIVAL,
    make_choice,
    make_house,
    make_user,
)


def test_one_line_of_three_goes_and_the_rest_stays(season: Session) -> None:
    made = trip()
    cancel(made.code, CLASS, CLASS_PRICE)
    booking = made.booking
    rest = TOTAL - CLASS_PRICE
    assert booking.state == BookingState.CONFIRMED
    assert figures(booking) == (rest, rest, rest, 0)
    assert [line.position for line in booking.living_lines] == [STAY, GOODS]
    assert {unit.state for unit in booking.lines[CLASS].units} == {UnitState.CANCELLED}
    assert made.back() == [CLASS_PRICE]
    assert made.left() == (4, 7), "only the places are free again"
    assert sum(share.amount for share in queries.shares_of(booking)) == rest
    assert balance(booking.reference) == 0
    acts.nothing_is_wrong()


EDGES = [
    (Terms.FLEXIBLE, STAY, 24 * HOUR, 0, 200_000),
    (Terms.FLEXIBLE, CLASS, 24 * HOUR, 0, CLASS_PRICE),
    (Terms.MODERATE, STAY, 5 * DAY, 0, 200_000),
    (Terms.FIRM, CLASS, 30 * DAY, 0, CLASS_PRICE // 2),
    (Terms.FIRM, STAY, 14 * DAY, 200_000, STAY_PRICE),
    (Terms.STRICT, STAY, 7 * DAY, 200_000, STAY_PRICE),
]


@pytest.mark.parametrize(("terms", "position", "before", "kept_until", "kept_after"), EDGES)
def test_each_side_of_a_deadline(
    season: Session, terms: Terms, position: int, before: timedelta, kept_until: int, kept_after: int
) -> None:
    made = trip(terms=terms)
    price, starts_at = made.line(position).price, made.line(position).starts_at
    with clock.shifted(starts_at - before - timedelta(seconds=20)):
        answer = services.line_cancellation_of(booking=made.booking, position=position)
        assert (answer.kept, answer.refund) == (kept_until, price - kept_until)
    with clock.shifted(starts_at - before + timedelta(seconds=20)):
        cancel(made.code, position, price - kept_after)
        booking = made.booking
        assert figures(booking) == (TOTAL - price + kept_after,) * 3 + (0,)
        assert sum(unit.kept or 0 for unit in booking.lines[position].units) == kept_after
        assert sum(share.amount for share in queries.kept_shares(booking)) == booking.received
        assert queries.kept_shares(booking) == queries.shares_of(booking)
        acts.nothing_is_wrong()
    with clock.shifted(starts_at + 4 * DAY):
        acts.earn()
        acts.nothing_is_wrong()


def test_another_figure_than_the_guest_saw_cancels_nothing(season: Session) -> None:
    made = trip()
    with pytest.raises(PriceChanged) as refused:
        cancel(made.code, CLASS, CLASS_PRICE - 1)
    assert refused.value.extra["refund"] == CLASS_PRICE
    assert figures(made.booking) == (TOTAL, TOTAL, TOTAL, 0)
    assert made.back() == []


def test_cancelled_twice_is_cancelled_once(season: Session) -> None:
    made = trip()
    for _click in range(2):
        cancel(made.code, CLASS, CLASS_PRICE)
    assert made.back() == [CLASS_PRICE]
    assert [event for event in acts.messages(made.code) if event.startswith("cancelled")] == ["cancelled:1"]


def test_line_after_line_and_the_last_is_the_whole(season: Session) -> None:
    made = trip()
    for position in (GOODS, STAY, CLASS):
        cancel(made.code, position)
        acts.nothing_is_wrong()
    booking = made.booking
    assert (booking.state, booking.received) == (BookingState.CANCELLED, 0)
    assert made.back() == [GOODS_PRICE, STAY_PRICE, CLASS_PRICE]
    assert made.left() == (4, 10)
    cancel(made.code, STAY)
    assert len(made.back()) == 3
    acts.nothing_is_wrong()


def test_the_rest_is_cancelled_afterwards_and_what_was_kept_stays_kept(season: Session) -> None:
    made = trip(terms=Terms.MODERATE)
    with clock.shifted(made.line(STAY).starts_at - 5 * DAY + HOUR):
        cancel(made.code, STAY, 200_000)
        # The package is a day later: its deadline is not over.
        answer = services.cancellation_of(booking=made.booking)
        assert (answer.refund, answer.kept) == (CLASS_PRICE + GOODS_PRICE, 0)
        cards.cancel(made.code, answer.refund)
        booking = made.booking
        assert (booking.state, booking.received, booking.kept) == (BookingState.CANCELLED, 200_000, 200_000)
        acts.nothing_is_wrong()


def test_a_hold_is_asked_for_less(season: Session) -> None:
    made = trip(paid=False)
    before = find_open_payment(f"booking:{made.code}")
    cancel(made.code, CLASS, 0)
    rest = TOTAL - CLASS_PRICE
    after = find_open_payment(f"booking:{made.code}")
    assert before is not None
    assert after is not None
    assert (after.amount, after.id != before.id, after.due_at) == (rest, True, before.due_at)
    assert figures(made.booking) == (rest, rest, 0, rest)
    letter = acts.messages(made.code)["cancelled:1"].text
    assert f"Rp{after.amount_with_code:,}".replace(",", ".") in letter
    assert made.left() == (4, 7)
    acts.nothing_is_wrong()
    acts.pay(made.code)
    assert figures(made.booking) == (rest, rest, rest, 0)
    assert acts.reads(made.code) == BookingState.CONFIRMED
    assert made.left() == (4, 7), "what is gone is not claimed by the money"
    acts.nothing_is_wrong()


def test_a_hold_whose_part_payment_is_enough_for_the_rest_is_certain(season: Session) -> None:
    made = trip(paid=False)
    acts.pay(made.code, STAY_PRICE + CLASS_PRICE, method=PaymentMethod.CASH)
    assert acts.reads(made.code) == BookingState.HELD
    cancel(made.code, CLASS, CLASS_PRICE - GOODS_PRICE)
    rest = STAY_PRICE + GOODS_PRICE
    assert acts.reads(made.code) == BookingState.CONFIRMED
    assert figures(made.booking) == (rest, rest, rest, 0)
    assert find_open_payment(f"booking:{made.code}") is None
    acts.nothing_is_wrong()


def test_late_money_confirms_only_what_is_left(season: Session) -> None:
    made = trip(paid=False)
    cancel(made.code, CLASS)
    with acts.later(acts.OVER):
        acts.expire()
        acts.pay(made.code, TOTAL - CLASS_PRICE)
        assert acts.reads(made.code) == BookingState.CONFIRMED
        assert made.left() == (4, 7)
        acts.nothing_is_wrong()


def test_what_is_paid_at_the_door_is_kept_until_the_first_evening_that_is_left(season: Session) -> None:
    with transaction():
        house = make_house(pay_on_arrival=True)
        choices = [make_choice(house.room, nights=1), make_choice(house.room, arrival=ARRIVAL + DAY)]
    code = acts.hold(None, *choices, method=PaymentMethod.CASH)
    until = acts.booking(code).hold_expires_at
    assert until is not None
    cancel(code, 0, 0)
    assert acts.booking(code).hold_expires_at == until + DAY
    acts.nothing_is_wrong()


def test_what_is_put_aside_is_fetched_and_not_cancelled(season: Session) -> None:
    made = trip()
    user_id = acts.user(Role.MANAGER)
    with transaction():
        services.mark_ready(code=made.code, position=GOODS, by_user_id=user_id, scope=EVERYTHING)
    with pytest.raises(WrongState, match="disisihkan"):
        cancel(made.code, GOODS)
    cancel(made.code, STAY)
    cancel(made.code, CLASS)
    assert acts.reads(made.code) == BookingState.CONFIRMED
    with transaction():
        services.hand_over(code=made.code, position=GOODS, by_user_id=user_id, scope=EVERYTHING)
    assert made.booking.state == BookingState.COMPLETED
    assert made.left() == (4, 7)
    acts.nothing_is_wrong()


def test_a_cancelled_product_is_not_handed_over(season: Session) -> None:
    made = trip()
    cancel(made.code, GOODS)
    user_id = acts.user(Role.MANAGER)
    with pytest.raises(WrongState), transaction():
        services.hand_over(code=made.code, position=GOODS, by_user_id=user_id, scope=EVERYTHING)
    assert queries.list_pickups(EVERYTHING) == []
    assert made.left() == (2, 10)


def test_what_has_not_begun_is_cancelled_although_something_else_has(season: Session) -> None:
    code = two_houses(Terms.FLEXIBLE, Terms.FLEXIBLE)
    acts.pay(code, 400_000)
    first = acts.booking(code).lines[0]
    with clock.shifted(first.starts_at + timedelta(seconds=20)):
        with pytest.raises(WrongState):
            services.cancellation_of(booking=acts.booking(code))
        with pytest.raises(WrongState, match="dimulai"):
            cancel(code, 0)
        cancel(code, 1, 400_000)
        acts.nothing_is_wrong()
    with clock.shifted(first.starts_at + 4 * DAY):
        acts.earn()
        assert acts.reads(code) == BookingState.COMPLETED
        acts.nothing_is_wrong()


def test_the_last_thing_to_come_goes_and_the_trip_is_over(season: Session) -> None:
    """What is kept of it is still earned on its date."""
    with transaction():
        first, second = make_house(), make_house(terms=Terms.NON_REFUNDABLE)
        later = make_choice(second.room, arrival=FAR + 20 * DAY)
        choices = [make_choice(first.room, arrival=FAR), later]
    code = acts.hold(None, *choices)
    acts.pay(code)
    with clock.shifted(acts.booking(code).lines[0].starts_at + 5 * DAY):
        acts.earn()
        cancel(code, 1, 0)
        assert acts.reads(code) == BookingState.COMPLETED
        acts.nothing_is_wrong()
    with clock.shifted(acts.booking(code).lines[1].starts_at + 5 * DAY):
        acts.earn()
        assert acts.stage("pending") == 0
        acts.nothing_is_wrong()


def test_nothing_else_can_be_cancelled(season: Session) -> None:
    made = trip()
    with pytest.raises(NotFound):
        cancel(made.code, 3)
    gone = trip(paid=False)
    with acts.later(acts.OVER), pytest.raises(WrongState):
        cancel(gone.code, CLASS)


def test_guest_and_the_one_who_waited_are_told_once(season: Session) -> None:
    made = trip()
    with transaction():
        for role, payee in (
            (Role.HOST, made.house.host_payee_id),
            (Role.GUIDE, made.tour.guide_payee_id),
            (Role.MAKER, made.goods.maker_payee_id),
        ):
            give_office(user_id=make_user(name=role.value, language="en"), role=role, payee_id=payee)
    cancel(made.code, CLASS)
    told = acts.messages(made.code)
    assert "Rp300.000 comes back to you" in told["cancelled:1"].text
    assert [m.recipient_name for event, m in told.items() if event.startswith("ended")] == ["guide"]
    cards.cancel(made.code)
    told = acts.messages(made.code)
    ended = [m.recipient_name for event, m in told.items() if event.startswith("ended")]
    assert sorted(ended) == ["guide", "host", "maker"]
    assert "Rp460.000 comes back to you" in told["cancelled"].text


def test_it_is_written_down_who_cancelled_what(season: Session) -> None:
    made = trip()
    cancel(made.code, CLASS)
    asked = select(AuditEntry).where(AuditEntry.action == "booking:line_cancelled")
    entry = db.session.scalars(asked).one()
    assert entry.subject == f"booking:{made.code}"
    assert (entry.details["line"], entry.details["refund"], entry.details["kept"]) == (CLASS, CLASS_PRICE, 0)
