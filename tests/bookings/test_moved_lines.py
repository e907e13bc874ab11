"""What still points to a line after its guest moved it: pages left open, tickets, reminders, ways of paying."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from sqlalchemy.orm import Session

from app.bookings import services
from app.bookings.queries import Doors
from app.bookings.rules import BookingState, HouseReason, Rest, ScanOutcome
from app.bookings.services import ToldScan
from app.core import clock
from app.core.db import transaction
from app.core.errors import WrongState
from app.payments.queries import find_open_payment
from app.payments.rules import PaymentMethod
from app.tours.inventory import PackageChoice
from app.users.rules import Role, Scope
from app.villages.services import end_qris_sheet
from tests.bookings import acts
from tests.bookings.acts import DAY, later
from tests.bookings.changing import WEDNESDAY, change, nights, preview, stay, tour
from tests.factories import ARRIVAL, make_choice, make_departure, make_package, make_sheet

ALL = Scope(everything=True)
EVERYWHERE = Doors(ALL, ALL)
QRIS, TRANSFER = PaymentMethod.QRIS, PaymentMethod.TRANSFER


def test_a_page_left_open_does_nothing_to_what_was_moved(season: Session) -> None:
    """House, guest and desk hear that it was moved, and the stay lives on."""
    code, _house = stay()
    change(code, nights(7))
    by = acts.user(Role.MANAGER)
    with transaction(), pytest.raises(WrongState):
        services.cancel_by_house(
            code=code, position=0, reason=HouseReason.HOUSE, words="x", by_user_id=by, scope=ALL
        )
    with transaction(), pytest.raises(WrongState):
        services.cancel_part(code=code, position=0, rest=Rest(adults=1), reason=None)
    with transaction(), pytest.raises(WrongState):
        services.cancel_line(code=code, position=0, reason=None)
    assert acts.reads(code) == BookingState.CONFIRMED
    with transaction():
        services.cancel_booking(code=code, reason=None)
        services.cancel_line(code=code, position=0, reason=None)


def moved_package() -> tuple[str, str]:
    """A package moved by four hours on its day; its code, and the ticket that was printed before."""
    with transaction():
        made = make_package(price=150_000, on=WEDNESDAY, seats=4)
        other = make_departure(made.package_id, on=WEDNESDAY, at=time(13), seats=4).public_id
    code = acts.hold(None, PackageChoice(str(made.departure), 2))
    acts.pay(code)
    booking = acts.booking(code)
    old = services.ticket_of(booking=booking, line=booking.lines[0])
    change(code, other)
    return code, old


def test_the_ticket_of_before_lets_in_to_what_came_in_its_place(season: Session) -> None:
    code, old = moved_package()
    by = acts.user(Role.MANAGER)
    with later(acts.booking(code).lines[1].starts_at - timedelta(minutes=10)):
        (entrance,) = services.find_entrances(shown=old, doors=EVERYWHERE)
        assert (entrance.line.position, entrance.obstacle) == (1, None)
        with transaction():
            made, is_new = services.let_in(code=code, position=1, shown=old, doors=EVERYWHERE, by_user_id=by)
        assert is_new
        assert made.line_id == entrance.line.id


@pytest.mark.parametrize("by_ticket", [True, False])
def test_without_network_who_came_is_at_what_they_have(season: Session, by_ticket: bool) -> None:
    """Told by the old ticket, or by the code nearer to the hour of before."""
    code, old = moved_package()
    by, line = acts.user(Role.MANAGER), acts.booking(code).lines[1]
    with later(line.starts_at - timedelta(hours=3)):
        scan = ToldScan("scan-number-1", clock.now(), old if by_ticket else code)
        with transaction():
            kept = services.take_scan(told=scan, device_now=clock.now(), doors=EVERYWHERE, by_user_id=by)
    assert (kept.line_id, kept.outcome, kept.obstacle) == (line.id, ScanOutcome.LET_IN, None)


def test_who_pays_at_the_door_owes_the_difference_there(season: Session) -> None:
    house = acts.house(pay_on_arrival=True)
    code = acts.hold(house, method=PaymentMethod.CASH)
    acts.vouch(code, house)
    to = nights(1, 4, since=ARRIVAL + 20 * DAY)
    assert preview(code, to).due_on == to.arrival


def test_another_way_is_asked_where_the_old_one_is_closed(season: Session) -> None:
    house, treasurer = acts.house(), acts.user(Role.MANAGER)
    with transaction():
        make_sheet(by_user_id=treasurer)
    code = acts.hold(None, make_choice(house.room, arrival=nights(0).arrival, nights=2), method=QRIS)
    with transaction():
        end_qris_sheet(code="sarihayu", reason="lost", by_user_id=treasurer)
    change(code, nights(0, 3))
    asked = find_open_payment(f"booking:{code}")
    assert asked is not None
    assert (asked.method, asked.amount, acts.booking(code).method) == (TRANSFER, 600_000, TRANSFER)


def test_of_new_dates_one_is_reminded_anew(season: Session) -> None:
    """The balance before and on its day, and the letter before they come: once for the old dates, once for the new."""
    code, _house = stay(count=2, deposit=3000)
    due = acts.booking(code).balance_on
    assert due is not None
    with later(due - clock.today()):
        remind()
        assert told(code) == {"balance"}
        change(code, nights(14, 3))
        remind()
        assert told(code) == {"balance"}
    new = acts.booking(code).balance_on
    assert new is not None
    assert new > due
    with later(new - 2 * DAY - clock.today()):
        remind()
        assert told(code) == {"balance", "balance:1"}
    with later(new - clock.today()):
        remind()
        remind()
        assert told(code) == {"balance", "balance:1", "balance-today:1"}


def test_before_new_dates_the_letter_comes_anew(season: Session) -> None:
    code, _house = stay()
    for days, events in ((7, {"before-arrival"}), (14, {"before-arrival", "before-arrival:1"})):
        with later(acts.booking(code).arrival - 2 * DAY - clock.today()):
            for _twice in range(2):
                with transaction():
                    services.remind_guests(limit=50)
            assert {event for event in acts.messages(code) if event.startswith("before")} == events
            if days < 14:
                change(code, nights(days))


def remind() -> None:
    with transaction():
        services.remind_balances()


def told(code: str) -> set[str]:
    return {event for event in acts.messages(code) if event.startswith("balance")}


def test_let_in_is_not_cancelled(season: Session) -> None:
    code, _tour, _other = tour()
    starts = acts.booking(code).lines[0].starts_at
    by = acts.user(Role.MANAGER)
    with later(starts - timedelta(hours=1)):
        with transaction():
            services.let_in(code=code, position=0, shown=None, doors=EVERYWHERE, by_user_id=by)
        for verb in (services.cancel_booking, services.cancel_lines):
            more = {"positions": [0]} if verb is services.cancel_lines else {}
            with transaction(), pytest.raises(WrongState):
                verb(code=code, reason=None, **more)
        with pytest.raises(WrongState):
            services.line_cancellation_of(booking=acts.booking(code), position=0)
        assert acts.reads(code) == BookingState.CONFIRMED
