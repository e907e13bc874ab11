"""What follows from other dates: a hold is asked anew, a trip has other days, tickets, calendar, letters, terms."""

from __future__ import annotations

from datetime import timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bookings import services
from app.bookings.queries import Doors
from app.bookings.rules import BookingState
from app.core import clock
from app.core.audit import AuditEntry
from app.core.db import db, transaction
from app.core.errors import Invalid, NotFound
from app.payments.queries import find_open_payment
from app.payments.rules import PaymentMethod
from app.tours.inventory import PackageChoice
from app.users.rules import Role, Scope
from app.users.services import give_office
from app.villages.rules import Terms
from tests.bookings import acts
from tests.bookings.changing import (
    DAY,
    EVERYTHING,
    WEDNESDAY,
    back,
    change,
    dates,
    nights,
    preview,
    stay,
    taken,
    tour,
)
from tests.factories import (
    make_choice,
    make_package,
    make_user,
)


def test_a_hold_is_asked_anew(season: Session) -> None:
    code, house = stay(paid=False)
    first = find_open_payment(f"booking:{code}")
    until = acts.booking(code).hold_expires_at
    booking = change(code, nights(2))
    second = find_open_payment(f"booking:{code}")
    assert first is not None
    assert second is not None
    assert (booking.total, booking.due_now, second.amount) == (450_000, 450_000, 450_000)
    assert (second.id != first.id, second.due_at, booking.hold_expires_at) == (True, until, until)
    assert f"Rp{second.amount_with_code:,}".replace(",", ".") in acts.messages(code)["changed:1"].text
    acts.nothing_is_wrong()
    acts.pay(code)
    assert acts.reads(code) == BookingState.CONFIRMED
    assert taken(house) == {booking.lines[1].id: [2, 3]}
    acts.nothing_is_wrong()


def test_a_hold_runs_out_with_its_new_nights(season: Session) -> None:
    code, house = stay(paid=False)
    change(code, nights(2))
    with acts.later(acts.OVER):
        acts.expire()
        assert acts.reads(code) == BookingState.EXPIRED
        assert taken(house) == {}
        acts.nothing_is_wrong()


def test_a_hold_with_enough_paid_for_less_is_certain(season: Session) -> None:
    code, _house = stay(count=3, paid=False)
    acts.pay(code, 400_000, method=PaymentMethod.CASH)
    booking = change(code, nights(0, 2))
    assert (booking.state, booking.total, booking.received) == (BookingState.CONFIRMED, 400_000, 400_000)
    assert back(code) == []
    acts.nothing_is_wrong()


def test_whoever_pays_at_the_door_is_kept_until_the_new_evening(season: Session) -> None:
    house = acts.house(pay_on_arrival=True, rooms=2)
    soon = clock.today() + 5 * DAY
    choices = [make_choice(house.room, arrival=soon + at * DAY, nights=1) for at in (0, 4)]
    code = acts.hold(None, *choices, method=PaymentMethod.CASH)
    booking = change(code, nights(2, 1, since=soon))
    line = booking.lines[2]
    assert booking.hold_expires_at is not None
    assert line.arrival == soon + 2 * DAY
    assert booking.hold_expires_at > line.starts_at
    acts.nothing_is_wrong()
    alone = acts.hold(None, choices[0], method=PaymentMethod.CASH)
    with pytest.raises(Invalid) as refused:
        preview(alone, nights(60, 1, since=soon))
    assert refused.value.errors[0][0] == "payment", "so far ahead nothing is kept for the door"


def test_no_transfer_for_tomorrow(season: Session) -> None:
    code, _house = stay(paid=False)
    with pytest.raises(Invalid) as refused:
        preview(code, nights(0, 1, since=clock.today()))
    assert refused.value.errors[0][0] == "payment"


def test_a_trip_of_several_things(season: Session) -> None:
    """One moves, the rest stays; the trip's days follow."""
    house = acts.house()
    with transaction():
        made = make_package(on=WEDNESDAY + DAY, seats=4)
    code = acts.hold(None, make_choice(house.room, arrival=WEDNESDAY), PackageChoice(str(made.departure), 1))
    acts.pay(code)
    booking = change(code, nights(14))
    assert (booking.arrival, booking.departure) == (WEDNESDAY + DAY, WEDNESDAY + 16 * DAY)
    acts.nothing_is_wrong()
    with transaction():
        services.cancel_line(code=code, position=2, reason=None)
    booking = acts.booking(code)
    assert (booking.arrival, booking.departure) == (WEDNESDAY + DAY, WEDNESDAY + DAY)
    acts.nothing_is_wrong()


def test_either_ticket_opens_the_new_departure_and_none_the_old(season: Session) -> None:
    """Who printed the ticket before moving is let in all the same, on the day of the new departure alone."""
    code, made, other = tour()
    before = acts.booking(code)
    old_ticket = services.ticket_of(booking=before, line=before.lines[0])
    was = before.lines[0].starts_at
    booking = change(code, other)
    tickets = old_ticket, services.ticket_of(booking=booking, line=booking.lines[1])
    doors = Doors(EVERYTHING, EVERYTHING)
    with clock.shifted(booking.lines[1].starts_at):
        found = [services.find_entrances(shown=ticket, doors=doors)[0] for ticket in tickets]
        assert [(one.line.position, one.obstacle) for one in found] == [(1, None), (1, None)]
    with clock.shifted(was):
        assert all(services.find_entrances(shown=ticket, doors=doors)[0].obstacle for ticket in tickets)
    assert made.departure_id == booking.lines[0].departure_id


def test_the_calendar_moves_the_event_it_has(season: Session) -> None:
    code, _house = stay()
    before = Calendar.from_ical(services.calendar_of(booking=acts.booking(code))).walk("VEVENT")
    booking = change(code, nights(14))
    after = Calendar.from_ical(services.calendar_of(booking=booking)).walk("VEVENT")
    assert len(before) == len(after) == 1
    assert before[0]["uid"] == after[0]["uid"]
    assert int(after[0]["sequence"]) > int(before[0]["sequence"])
    assert after[0].decoded("dtstart").date() == WEDNESDAY + 14 * DAY
    assert str(after[0]["status"]) == "CONFIRMED"


def test_guest_and_host_are_told_once_and_it_is_written_down(season: Session) -> None:
    code, house = stay()
    with transaction():
        user_id = make_user(name="host", language="en")
        give_office(user_id=user_id, role=Role.HOST, payee_id=house.host_payee_id)
    change(code, nights(2))
    told = acts.messages(code)
    assert "Still to pay: Rp50.000" in told["changed:1"].text
    assert [m.template for event, m in told.items() if event.startswith("moved")] == ["host_dates_changed"]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "booking:dates_changed")).one()
    assert entry.details["from_days"] == [str(WEDNESDAY), str(WEDNESDAY + 2 * DAY)]
    assert entry.details["to_days"] == [str(WEDNESDAY + 2 * DAY), str(WEDNESDAY + 4 * DAY)]
    assert (entry.details["difference"], entry.details["kept"]) == (50_000, 0)


def test_staff_move_only_what_is_theirs(season: Session) -> None:
    code, house = stay()
    other = acts.house()
    user_id = acts.user(Role.DESK, at=house)

    def move(payee_id: int) -> None:
        scope = Scope(payees=frozenset({payee_id}))
        with transaction():
            services.change_dates(
                code=code, position=0, to=nights(14), reason="asked", by_user_id=user_id, scope=scope
            )

    with pytest.raises(NotFound):
        move(other.host_payee_id)
    move(house.host_payee_id)
    assert dates(acts.booking(code)) == [(0, 2, False), (14, 2, True)]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "booking:dates_changed")).one()
    assert (entry.user_id, entry.reason) == (user_id, "asked")


def test_terms_are_those_of_today_and_count_from_the_new_day(season: Session) -> None:
    code, _house = stay(terms=Terms.MODERATE)
    booking = change(code, nights(14))
    with clock.shifted(booking.lines[1].starts_at - 5 * DAY - timedelta(seconds=20)):
        assert services.cancellation_of(booking=acts.booking(code)).kept == 0
    with clock.shifted(booking.lines[1].starts_at - 5 * DAY + timedelta(seconds=20)):
        assert services.cancellation_of(booking=acts.booking(code)).kept == 200_000
