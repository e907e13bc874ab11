"""What guest and hosts are told: once per event, in their language, and only what has happened."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.bookings import services
from app.core.db import transaction
from app.notifications.models import Channel
from app.payments.queries import list_refunds
from app.payments.rules import PaymentMethod
from app.users.models import User
from app.users.rules import Role, Scope
from app.users.services import end_office
from tests.bookings import acts
from tests.bookings.acts import DAY, OVER, later
from tests.factories import House, make_choice, make_guest, make_hold, make_house, make_village


def hosts_of(house: House) -> int:
    return acts.user(Role.HOST, at=house)


def told(code: str) -> list[str]:
    return [message.template for message in acts.messages(code).values()]


def test_a_journey_in_time(season: Session) -> None:
    house = acts.house()
    hosts_of(house)
    code = acts.hold(house)
    assert told(code) == ["booking_held"]
    acts.pay(code, 100_000)
    acts.pay(code)
    assert told(code) == [
        "booking_held",
        "payment_received_partly",
        "booking_confirmed",
        "host_new_booking",
    ]


def test_every_event_is_told_once(season: Session) -> None:
    house = acts.house(pay_on_arrival=True)
    hosts_of(house)
    code = acts.hold(house, method=PaymentMethod.CASH)
    assert told(code) == ["booking_held", "host_new_booking"]
    acts.change_method(code, PaymentMethod.TRANSFER)
    acts.change_method(code, PaymentMethod.CASH)
    acts.pay(code, 400_000, method=PaymentMethod.CASH)
    acts.pay(code, 5_000, method=PaymentMethod.CASH)
    assert told(code) == ["booking_held", "host_new_booking", "booking_confirmed"]


def test_nothing_is_told_of_what_did_not_happen(season: Session) -> None:
    house = acts.house()
    code = acts.hold(house)
    with pytest.raises(ZeroDivisionError), transaction():
        services.release_hold(code=code)
        raise ZeroDivisionError
    assert told(code) == ["booking_held"]


@pytest.mark.parametrize(("language", "greeting"), [("en", "Hello"), ("id", "Halo")])
def test_in_the_guests_language(season: Session, language: str, greeting: str) -> None:
    code = acts.hold(acts.house(), guest=make_guest(language=language))
    acts.pay(code)
    assert [message.language for message in acts.messages(code).values()] == [language] * 2
    assert all(greeting in message.text for message in acts.messages(code).values())


def test_each_host_hears_of_the_own_house_in_the_own_language(season: Session) -> None:
    with transaction():
        there = make_village("tirtomulyo")
        one, two = make_house(), make_house(there)
    first = acts.user(Role.HOST, at=one)
    second = acts.user(Role.HOST, at=two)
    code = acts.hold(None, make_choice(one.room), make_choice(two.room))
    acts.pay(code)
    keys = [key for key in acts.messages(code) if key.startswith("new:")]
    assert keys == [f"new:{one.host_payee_id}:{first}", f"new:{two.host_payee_id}:{second}"]
    assert {message.language for key, message in acts.messages(code).items() if key in keys} == {"id"}


def test_a_host_whose_term_is_over_hears_nothing(season: Session) -> None:
    house = acts.house()
    user_id = hosts_of(house)
    with transaction():
        office = season.get_one(User, user_id).roles[0]
        end_office(office_id=office.id, reason="moved")
    with later(DAY):
        code = acts.hold(house)
        acts.pay(code)
        assert told(code) == ["booking_held", "booking_confirmed"]


def test_a_guest_without_mail_is_written_to_by_hand(season: Session) -> None:
    guest = make_guest(email=None, phone="+6281234567890")
    (message,) = acts.messages(acts.hold(acts.house(), guest=guest)).values()
    assert (message.channel, message.recipient) == (Channel.WHATSAPP, "+6281234567890")


def test_the_amount_to_transfer_stands_in_the_first_message(season: Session) -> None:
    code = acts.hold(acts.house())
    (message,) = acts.messages(code).values()
    asked = f"{acts.asked(code):,}".replace(",", ".")
    assert asked in message.text
    assert f"/bookings/{code}?token=" in message.text


def test_running_out_and_letting_go(season: Session) -> None:
    house = acts.house(rooms=2)
    over, let_go = acts.hold(house), acts.hold(house)
    with transaction():
        services.release_hold(code=let_go)
    with later(OVER):
        acts.expire()
        acts.expire()
    assert told(over) == ["booking_held", "hold_expired"]
    assert told(let_go) == ["booking_held", "booking_released"]


def test_a_host_who_waits_at_the_door_hears_when_the_guest_lets_go(season: Session) -> None:
    house = acts.house(pay_on_arrival=True)
    hosts_of(house)
    code = acts.hold(house, method=PaymentMethod.CASH)
    with transaction():
        services.release_hold(code=code)
    assert told(code) == ["booking_held", "host_new_booking", "booking_released", "host_booking_ended"]


def test_late_money_that_goes_back_is_told_each_time(season: Session) -> None:
    house = acts.house()
    code = acts.hold(house)
    with later(OVER):
        acts.hold(house)
        acts.pay(code, 400_000)
        acts.pay(code, 400_000)
    assert told(code) == ["booking_held", "late_refund", "late_refund"]


def test_a_refund_that_was_sent_is_told(season: Session) -> None:
    house = acts.house()
    user_id = acts.user(Role.BUMDES_TREASURER, at=house)
    with transaction():
        code = make_hold(house).code
        services.release_hold(code=code)
    acts.pay(code, 400_000)
    with transaction():
        services.send_refund(
            refund_id=list_refunds(f"booking:{code}")[0].id,
            proof="slip",
            by_user_id=user_id,
            scope=Scope(everything=True),
        )
    assert told(code)[-1] == "refund_sent"


def test_the_link_again_only_for_whom_it_is(season: Session) -> None:
    code = acts.hold(acts.house(), guest=make_guest(77))
    with transaction():
        services.send_link_again(code=code, contact="somebody@else.example")
        services.send_link_again(code="AAAAAAA", contact="guest77@sample.example")
    assert told(code) == ["booking_held"]
    for _ in range(2):
        with transaction():
            services.send_link_again(code=code.lower(), contact=" Guest77@Sample.example")
    assert told(code) == ["booking_held", "booking_link"], "at most one a minute"
    with later(timedelta(minutes=2)), transaction():
        services.send_link_again(code=code, contact="guest77@sample.example")
    assert told(code) == ["booking_held", "booking_link", "booking_link"]
