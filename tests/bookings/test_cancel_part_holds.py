"""Parts of holds and of what is not paid in full; what is refused, done once, told and written down."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bookings import queries
from app.bookings.rules import BookingState
from app.core import clock
from app.core.audit import AuditEntry
from app.core.dates import Nights
from app.core.db import db, transaction
from app.core.errors import Invalid, NotFound, PriceChanged, WrongState
from app.homestays.inventory import block
from app.homestays.models import UnitRoom
from app.payments.queries import find_open_payment
from app.payments.rules import PaymentMethod
from app.users.rules import Role
from app.users.services import give_office
from app.villages.rules import Terms
from tests.bookings import acts
from tests.bookings.lines import (
    CLASS,
    DAY,
    GOODS,
    HOUR,
    figures,
    trip,
)
from tests.bookings.parts import (
    FRIDAY,
    PRICES,
    STAYED,
    back,
    fresh,
    give_up,
    sold_nights,
    weekend,
)
from tests.factories import make_choice, make_house, make_user


def test_a_hold_keeps_nothing_and_is_asked_for_less(season: Session) -> None:
    code = weekend(Terms.NON_REFUNDABLE, paid=False)
    before = find_open_payment(f"booking:{code}")
    give_up(code, departure=FRIDAY + 2 * DAY, expected=0)
    after = find_open_payment(f"booking:{code}")
    assert before is not None
    assert after is not None
    assert (before.amount, after.amount, after.due_at) == (STAYED, 450_000, before.due_at)
    assert figures(fresh(code)) == (450_000, 450_000, 0, 450_000)
    acts.nothing_is_wrong()
    acts.pay(code)
    assert acts.reads(code) == BookingState.CONFIRMED
    assert sold_nights(code) == [FRIDAY, FRIDAY + DAY]
    acts.nothing_is_wrong()


@pytest.mark.settings(stripe_secret_key="sk_test_sample", stripe_webhook_secret="whsec_sample")
def test_seats_and_pieces_of_a_hold_stay_kept_as_long(season: Session) -> None:
    made = trip(paid=False, method=PaymentMethod.CARD)
    give_up(made.code, CLASS, adults=1)
    give_up(made.code, GOODS, quantity=2)
    assert made.left() == (3, 8)
    acts.nothing_is_wrong()


def test_money_for_a_hold_takes_back_no_room_that_was_given_up(season: Session) -> None:
    code = weekend(paid=False, rooms=2)
    give_up(code, quantity=1, adults=1)
    acts.pay(code)
    assert sold_nights(code) == sorted(PRICES)
    acts.nothing_is_wrong()


def test_late_money_for_a_hold_that_became_less(season: Session) -> None:
    """In another room, where its own is gone: the nights that are left, and no more."""
    with transaction():
        house = make_house(rooms=3)
    code = acts.hold(None, make_choice(house.room, arrival=FRIDAY, nights=3, rooms=2))
    give_up(code, quantity=1, adults=1)
    give_up(code, arrival=FRIDAY + DAY)
    with acts.later(acts.OVER):
        acts.expire()
        [unit_id] = {unit.unit_id for unit in fresh(code).lines[0].units if not unit.is_given_up}
        rooms = db.session.scalars(select(UnitRoom.room_id).where(UnitRoom.unit_id == unit_id)).all()
        with transaction():
            block(rooms, Nights(FRIDAY, FRIDAY + 3 * DAY))
        acts.pay(code, 450_000)
        assert acts.reads(code) == BookingState.CONFIRMED
        assert sold_nights(code) == [FRIDAY + DAY, FRIDAY + 2 * DAY]
        moved = {unit.unit_id for unit in fresh(code).lines[0].units if not unit.is_given_up}
        assert moved != {unit_id}
        acts.nothing_is_wrong()


def test_a_hold_paid_at_the_door_lasts_until_the_new_first_evening(season: Session) -> None:
    with transaction():
        house = make_house(pay_on_arrival=True)
    choice = make_choice(house.room, nights=3)
    code = acts.hold(None, choice, method=PaymentMethod.CASH)
    until = acts.booking(code).hold_expires_at
    assert until is not None
    give_up(code, arrival=choice.nights.arrival + DAY)
    assert fresh(code).hold_expires_at == until + DAY
    acts.nothing_is_wrong()
    with clock.shifted(until + HOUR):
        assert acts.reads(code) == BookingState.HELD
        acts.nothing_is_wrong()


def test_part_paid_first_pays_what_is_missing(season: Session) -> None:
    """Two of three nights are paid for by then; nobody owes for one that is given up."""
    code = weekend(deposit=5000)
    assert fresh(code).amount_due == 325_000
    give_up(code, departure=FRIDAY + 2 * DAY, expected=0)
    assert (fresh(code).total, fresh(code).amount_due, back(code)) == (450_000, 125_000, [])
    give_up(code, departure=FRIDAY + DAY, expected=125_000)
    assert (fresh(code).total, fresh(code).amount_due, back(code)) == (200_000, 0, [125_000])
    acts.nothing_is_wrong()


def test_asked_twice_it_is_done_once(season: Session) -> None:
    code = weekend()
    for _click in range(2):
        give_up(code, departure=FRIDAY + 2 * DAY, expected=200_000)
    assert back(code) == [200_000]
    assert [event for event in acts.messages(code) if event.startswith("part")] == [
        f"part:0:{FRIDAY:%Y%m%d}-{FRIDAY + 2 * DAY:%Y%m%d}:1:1:0"
    ]


def test_another_figure_than_the_guest_saw_changes_nothing(season: Session) -> None:
    code = weekend()
    with pytest.raises(PriceChanged) as refused:
        give_up(code, departure=FRIDAY + 2 * DAY, expected=1)
    assert refused.value.extra["refund"] == 200_000
    assert (figures(fresh(code)), back(code)) == ((STAYED, STAYED, STAYED, 0), [])


NOT_SO: list[dict[str, Any]] = [
    {},
    {"arrival": FRIDAY - DAY},
    {"departure": FRIDAY + 4 * DAY},
    {"departure": FRIDAY},
    {"arrival": FRIDAY + 3 * DAY},
    {"quantity": 2},
    {"quantity": 0},
    {"quantity": -1},
    {"adults": 0},
    {"adults": 2},
    {"children": -1},
]


@pytest.mark.parametrize("left", NOT_SO)
def test_what_cannot_stay(season: Session, left: dict[str, Any]) -> None:
    code = weekend()
    with pytest.raises(Invalid):
        give_up(code, **left)
    assert (figures(fresh(code)), back(code)) == ((STAYED, STAYED, STAYED, 0), [])


def test_what_has_begun_or_is_over_is_for_the_desk(season: Session) -> None:
    code = weekend()
    with pytest.raises(NotFound):
        give_up(code, 1, departure=FRIDAY + DAY)
    with (
        clock.shifted(acts.booking(code).lines[0].starts_at + HOUR),
        pytest.raises(WrongState, match="dimulai"),
    ):
        give_up(code, departure=FRIDAY + DAY)
    gone = weekend(paid=False)
    with acts.later(acts.OVER), pytest.raises(WrongState):
        give_up(gone, departure=FRIDAY + DAY)


def test_guest_and_host_are_told_and_it_is_written_down(season: Session) -> None:
    with transaction():
        house = make_house()
        host = make_user(name="host", language="en")
        give_office(user_id=host, role=Role.HOST, payee_id=house.host_payee_id)
    code = acts.hold(None, make_choice(house.room, arrival=FRIDAY, nights=3))
    acts.pay(code)
    before = queries.history_of(fresh(code)).acts
    give_up(code, departure=FRIDAY + 2 * DAY)
    told = acts.messages(code)
    [letter] = [message for event, message in told.items() if event.startswith("part:")]
    assert "Rp200.000 comes back to you" in letter.text
    assert "3 nights" in letter.text
    assert "2 nights" in letter.text
    [news] = [message for event, message in told.items() if event.startswith("less:")]
    assert news.recipient_name == "host"
    asked = select(AuditEntry).where(AuditEntry.action == "booking:part_cancelled")
    entry = db.session.scalars(asked).one()
    assert (entry.subject, entry.details["refund"], entry.details["kept"]) == (f"booking:{code}", 200_000, 0)
    assert queries.history_of(fresh(code)).acts == before + 1, "a calendar sees the change"
