"""What guest and hosts are told: once per event, in their language, and only what has happened."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.bookings import services
from app.core.db import transaction
from app.notifications.models import Channel, Message
from app.payments.queries import list_refunds
from app.payments.rules import PaymentMethod
from app.tours.inventory import PackageChoice
from app.users.models import User
from app.users.rules import Role, Scope
from app.users.services import end_office, give_office
from tests.bookings import acts
from tests.bookings.acts import DAY, OVER, later
from tests.factories import (
    House,
    make_choice,
    make_guest,
    make_hold,
    make_house,
    make_package,
    make_product,
    make_product_choice,
    make_sent_refund,
    make_user,
    make_village,
)


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
        make_sent_refund(list_refunds(f"booking:{code}")[0].id, by_user_id=user_id)
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


def told_hosts(code: str) -> list[Message]:
    """What those who receive the guest were told, in its order."""
    return [message for message in acts.messages(code).values() if message.template.startswith("host_")]


def trip_of_three() -> tuple[str, dict[Role, int]]:
    """A trip of a stay, a class for two and three products, and somebody who receives the guest for each of them."""
    house = acts.house()
    with transaction():
        tour, goods = make_package(seats=4), make_product()
        payees = {
            Role.HOST: house.host_payee_id,
            Role.GUIDE: tour.guide_payee_id,
            Role.MAKER: goods.maker_payee_id,
        }
        people = {role: make_user(name=role.value, language="en") for role in payees}
        for role, payee in payees.items():
            give_office(user_id=people[role], role=role, payee_id=payee)
        trip = (
            make_choice(house.room),
            PackageChoice(str(tour.departure), 2),
            make_product_choice(goods, quantity=3),
        )
        return make_hold(None, *trip, guest=make_guest(language="en")).code, people


def test_each_thing_is_told_in_the_words_of_its_kind(season: Session) -> None:
    code, _people = trip_of_three()
    acts.pay(code)
    text = acts.messages(code)["confirmed"].text
    assert "(2 nights)" in text
    assert "09:00 WIB, 2 people" in text
    assert "3 pieces, to pick up from" in text
    assert "The room is ready from 14:00" in text
    assert "begins: The shared kitchen" in text
    assert "Bring along: An apron" in text


def test_a_trip_without_a_stay_speaks_of_no_room(season: Session) -> None:
    with transaction():
        code = make_hold(None, make_product_choice(make_product()), guest=make_guest(language="en")).code
    acts.pay(code)
    assert "room" not in acts.messages(code)["confirmed"].text


def test_host_guide_and_maker_are_led_to_what_their_office_opens(season: Session) -> None:
    code, _people = trip_of_three()
    acts.pay(code)
    told = {message.recipient_name: message.text for message in told_hosts(code)}
    assert set(told) == {"host", "guide", "maker"}
    assert "is coming to you" in told["host"]
    assert f"/manage/bookings/{code}" in told["host"]
    assert "joins you" in told["guide"]
    assert "/manage/departures/" in told["guide"]
    assert "has bought from you" in told["maker"]
    assert "yours when it is handed over" in told["maker"]
    assert "/manage/products" in told["maker"]
    assert f"/manage/bookings/{code}" not in told["guide"] + told["maker"], "their offices do not open it"


def test_a_cancelled_trip_is_told_to_all_who_waited(season: Session) -> None:
    code, _people = trip_of_three()
    acts.pay(code)
    with transaction():
        services.cancel_booking(code=code, reason="ill")
    guest = acts.messages(code)["cancelled"]
    total = f"{acts.booking(code).paid:,}".replace(",", ".")
    assert f"Rp{total} comes back to you" in guest.text
    assert "stays with" not in guest.text
    ended = [message.text for message in told_hosts(code) if message.template == "host_booking_ended"]
    assert len(ended) == 3
    assert any("These nights are free again" in text for text in ended)
    assert any("These places are free again" in text for text in ended)
    assert any("yours to sell again" in text for text in ended)


def test_what_the_guest_already_has_is_no_news_to_its_maker(season: Session) -> None:
    code, people = trip_of_three()
    acts.pay(code)
    everywhere = Scope(everything=True)
    with transaction():
        services.hand_over(code=code, position=2, by_user_id=people[Role.HOST], scope=everywhere)
        services.cancel_booking(code=code, reason=None)
    ended = [m.recipient_name for m in told_hosts(code) if m.template == "host_booking_ended"]
    assert ended == ["host", "guide"]


@pytest.mark.settings(stripe_secret_key="sk_test_sample", stripe_webhook_secret="whsec_sample")
def test_who_pays_by_card_is_told_until_when(season: Session) -> None:
    code = acts.hold(acts.house(), method=PaymentMethod.CARD, guest=make_guest(language="en"))
    (message,) = acts.messages(code).values()
    assert message.subject.startswith("Pay before")
    assert "by card, before that time" in message.text
    assert "Transfer" not in message.text
