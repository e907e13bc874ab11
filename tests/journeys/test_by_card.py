"""A guest without JavaScript pays by card: well, after a refusal, with the provider away, and from another browser."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.bookings.models import Booking
from app.bookings.queries.checks import check_books, check_inventory
from app.core.db import transaction
from app.payments.models import Receipt
from app.tours import services as tours
from app.users.rules import Role
from tests.factories import make_house, make_user
from tests.journeys.cards import come_back, pay_by_card, to_card_page
from tests.journeys.test_without_javascript import sign_in, visitor_of
from tests.journeys.town import Wares, address_of, build_town, build_wares, with_secret
from tests.machinery.clients import Visitor
from tests.simulators import needs
from tests.simulators.provider import Provider

CERTAIN = {"en": "Your booking is certain", "id": "pasti"}


@pytest.fixture
def wares(app: Flask) -> Wares:
    """What is for sale."""
    return build_wares(app)


def count_receipts(app: Flask) -> int:
    with app.app_context(), transaction() as session:
        return session.scalar(select(func.count()).select_from(Receipt)) or 0


def booked(app: Flask) -> str:
    """The code of the booking that was made last."""
    with app.app_context(), transaction() as session:
        return session.scalars(select(Booking.code).order_by(Booking.id.desc())).first() or ""


@pytest.mark.parametrize("language", ["en", "id"])
def test_pay_by_card(visitor: Visitor, wares: Wares, stripe_simulator: Provider, language: str) -> None:
    page = to_card_page(visitor, address_of(wares.stay, language=language))
    (session,) = stripe_simulator.library().checkout.sessions.list().data
    assert session.locale == language
    come_back(visitor, stripe_simulator.pay(page))
    assert CERTAIN[language] in visitor.text
    assert f'<html lang="{language}"' in visitor.html


def test_told_before_and_after_the_way_back_it_is_paid_once(
    app: Flask, visitor: Visitor, wares: Wares, stripe_simulator: Provider
) -> None:
    back = stripe_simulator.pay(to_card_page(visitor, address_of(wares.stay)))
    told = stripe_simulator.pending()
    assert set(stripe_simulator.deliver(visitor.client)) == {200}
    code = come_back(visitor, back)
    stripe_simulator.deliver(visitor.client, told, times=2, newest_first=True)
    assert CERTAIN["en"] in visitor.open(f"/bookings/{code}").text
    assert count_receipts(app) == 1


def test_a_refused_card_and_then_a_good_one_on_the_same_page(
    app: Flask, visitor: Visitor, wares: Wares, stripe_simulator: Provider
) -> None:
    page = to_card_page(visitor, address_of(wares.stay))
    stripe_simulator.decline(page)
    stripe_simulator.deliver(visitor.client)
    come_back(visitor, stripe_simulator.pay(page))
    assert CERTAIN["en"] in visitor.text
    assert count_receipts(app) == 1


def test_the_provider_is_away_and_the_second_try_goes(
    visitor: Visitor, wares: Wares, stripe_simulator: Provider
) -> None:
    stripe_simulator.be_away(9)
    visitor.open(address_of(wares.stay))
    visitor.submit("/bookings/new", name="Ana Contoh", email="ana@example.com", country="DE", payment="card")
    assert visitor.away is None
    assert "The card page did not open" in visitor.text
    assert "Kept for you" in visitor.text
    stripe_simulator.be_away(0)

    visitor.submit("/pay", method="card")
    assert visitor.away is not None, visitor.text
    come_back(visitor, stripe_simulator.pay(visitor.away))
    assert CERTAIN["en"] in visitor.text


def test_who_leaves_the_card_page_can_pay_by_transfer(
    app: Flask, visitor: Visitor, wares: Wares, stripe_simulator: Provider
) -> None:
    to_card_page(visitor, address_of(wares.stay))
    code = booked(app)
    visitor.open(f"/bookings/{code}/return?left=1")
    assert visitor.path == f"/bookings/{code}"
    assert "Nothing was charged. You can go on paying until" in visitor.text
    assert "Go on to the card page" in visitor.text
    assert "Pay by bank transfer instead" in visitor.text
    visitor.submit("/pay", method="transfer")
    assert "Transfer exactly this amount" in visitor.text
    assert "Go on to the card page" not in visitor.text


def refresh_of(visitor: Visitor) -> tuple[int, str]:
    """After how many seconds the page opens which address by itself."""
    told = re.search(r'http-equiv="refresh" content="(\d+);url=([^"]+)"', visitor.html)
    assert told is not None, visitor.html
    return int(told[1]), told[2]


def test_who_has_not_paid_is_led_back_to_the_card_page(
    app: Flask, visitor: Visitor, wares: Wares, stripe_simulator: Provider
) -> None:
    """Somebody opens the address to come back to without having paid."""
    page = to_card_page(visitor, address_of(wares.stay))
    code = booked(app)
    visitor.open(f"/bookings/{code}/return")
    assert "We are checking your payment" in visitor.text
    assert page in [href for _words, href in visitor.links]


@needs.passing_time
def test_a_page_that_was_closed_is_said_in_words(
    app: Flask, visitor: Visitor, wares: Wares, stripe_simulator: Provider
) -> None:
    to_card_page(visitor, address_of(wares.stay))
    code = booked(app)
    stripe_simulator.advance(timedelta(minutes=36))
    visitor.open(f"/bookings/{code}/return")
    assert visitor.path == f"/bookings/{code}"
    assert "was closed before it was paid. Nothing was charged." in visitor.text
    assert "You pay when you arrive" not in visitor.text
    stripe_simulator.move_clock(timedelta(0))
    visitor.submit("/pay", method="card")
    assert visitor.away is not None, visitor.text


def test_back_while_the_provider_is_away_is_never_called_failed(
    visitor: Visitor, wares: Wares, stripe_simulator: Provider
) -> None:
    back = stripe_simulator.pay(to_card_page(visitor, address_of(wares.stay)))
    stripe_simulator.be_away(9)
    code = come_back(visitor, back)
    assert visitor.status == 200
    assert "We are checking your payment" in visitor.text
    assert "failed" not in visitor.text.casefold()
    first, then = refresh_of(visitor), refresh_of(visitor.open(f"/bookings/{code}/return?again=4"))
    assert first[0] < then[0], "it looks again soon at first, slower later"
    assert first[1] == f"/bookings/{code}/return?again=1"
    assert visitor.open(f"/bookings/{code}/return?again=-7").status == 200
    assert visitor.open(f"/bookings/{code}/return?left=1").path == f"/bookings/{code}"
    assert "Nothing was charged" not in visitor.text, "nobody has told us so"
    visitor.open(f"/bookings/{code}/return")
    stripe_simulator.be_away(0)
    visitor.follow("Look again")
    assert visitor.path == f"/bookings/{code}"
    assert CERTAIN["en"] in visitor.text


def test_back_in_another_browser_shows_the_same_for_every_code(
    app: Flask, visitor: Visitor, wares: Wares, stripe_simulator: Provider
) -> None:
    back = stripe_simulator.pay(to_card_page(visitor, address_of(wares.stay)))
    other = visitor_of(app)
    code = come_back(other.open("/?lang=en"), back)
    assert "You are back from the card page" in other.text
    assert code not in other.text
    true = other.text
    assert other.open("/bookings/ABCDEFG/return").text == true
    assert CERTAIN["en"] not in true


def hand_over(app: Flask, code: str) -> None:
    """The desk of the village finds the product among the pickups and hands it over."""
    with app.app_context(), transaction():
        email = with_secret(make_user(Role.DESK, house=make_house(), name="Meja Contoh"))
    desk = sign_in(app, email).open("/manage/pickups")
    assert code in desk.text
    desk.submit(f"/manage/pickups/{code}/2/ready").submit(f"/manage/pickups/{code}/2/handed-over")
    assert "Handed over: " in desk.text


def nothing_is_wrong(app: Flask) -> None:
    """Books and stock hold."""
    with app.app_context():
        assert [check.name for check in (*check_books(), *check_inventory()) if not check.holds] == []


def test_a_trip_of_three_kinds_is_one_card_payment(
    app: Flask, visitor: Visitor, wares: Wares, stripe_simulator: Provider
) -> None:
    visitor.open("/?lang=en")
    for line in wares.lines:
        visitor.open(f"/trip?add={line}")
        assert visitor.path == "/trip"
    for title in ("Omah Contoh", "Dapur Contoh", "Sample crisps"):
        assert title in visitor.text
    book = next(href for _words, href in visitor.links if href.startswith("/bookings/new"))

    code = pay_by_card(visitor, stripe_simulator, book, **{"names-0": "Ana Contoh", "names-1": "Budi Rekaan"})
    assert CERTAIN["en"] in visitor.text
    assert "Ana Contoh, Budi Rekaan" in visitor.text
    assert "3 pieces" in visitor.text
    assert count_receipts(app) == 1
    stripe_simulator.deliver(visitor.client)
    assert count_receipts(app) == 1, "the event tells nothing new"
    hand_over(app, code)
    nothing_is_wrong(app)
    assert "Handed over" in visitor.open(f"/bookings/{code}").text
    assert "Nothing is in your trip yet" in visitor.open("/trip").text, "what is booked waits no longer"


def test_cancelled_it_goes_back_to_the_card(
    app: Flask, visitor: Visitor, wares: Wares, stripe_simulator: Provider
) -> None:
    code = pay_by_card(visitor, stripe_simulator, address_of(*wares.lines))
    visitor.open(f"/bookings/{code}/cancel")
    assert "Nothing is cancelled yet" in visitor.text
    assert "It goes back to your card by itself" in visitor.text
    visitor.submit("/cancel", reason="The plane does not fly")
    assert visitor.path == f"/bookings/{code}"
    assert "back to you" in visitor.text
    assert "your card" in visitor.text
    stripe_simulator.deliver(visitor.client)
    assert "Sent to your card on" in visitor.open(f"/bookings/{code}").text
    nothing_is_wrong(app)


def test_a_part_that_is_full_is_named(
    app: Flask, visitor: Visitor, wares: Wares, stripe_simulator: Provider
) -> None:
    visitor.open(address_of(*wares.lines))
    with app.app_context(), transaction():
        tours.set_seats(departure_id=wares.departure_id, seats=1)
    visitor.submit("/bookings/new", name="Ana Contoh", email="ana@example.com", country="DE", payment="card")
    assert visitor.status == 409
    assert visitor.away is None
    assert "Taken: Dapur Contoh (1 left)." in visitor.text
    assert "Omah Contoh" in visitor.text
    assert 'value="Ana Contoh"' in visitor.html
    visitor.follow("Go on without it")
    assert visitor.status == 200
    assert "Dapur Contoh" not in visitor.text
    assert "Sample crisps" in visitor.text


def test_a_package_speaks_of_no_nights(visitor: Visitor, wares: Wares, stripe_simulator: Provider) -> None:
    visitor.open(address_of(wares.package))
    assert "nothing comes back" in visitor.text
    assert "first night" not in visitor.text
    assert "after that" in visitor.text


def test_a_stay_can_be_put_into_the_trip_from_the_page_of_its_house(app: Flask, visitor: Visitor) -> None:
    town = build_town(app)
    visitor.open(f"/homestays?{town.search}&lang=en")
    visitor.open(next(href for _words, href in visitor.links if re.match(r"/homestays/omah-", href)))
    with visitor.client.session_transaction() as session:
        assert not session, "looking leaves nothing in the session"
    visitor.follow("Add to the trip")
    assert visitor.path == "/trip"
    assert "Omah Contoh" in visitor.text
    assert "Book this trip" in visitor.text
    visitor.submit("/trip/remove")
    assert "Nothing is in your trip yet" in visitor.text


def test_the_trip_says_what_is_gone_and_what_is_left(app: Flask, visitor: Visitor, wares: Wares) -> None:
    visitor.open("/?lang=en")
    for line in wares.lines:
        visitor.open(f"/trip?add={line}")
    assert "Your trip: 3 things" in visitor.text
    with app.app_context(), transaction():
        tours.set_seats(departure_id=wares.departure_id, seats=1)
    text = visitor.open("/trip").text
    assert "Only 1 is left" in text
    with app.app_context(), transaction():
        tours.close_departure(departure_id=wares.departure_id)
    visitor.open("/trip")
    assert "This can no longer be booked" in visitor.text
    assert "Omah Contoh" in visitor.text
    book = next(href for _words, href in visitor.links if href.startswith("/bookings/new"))
    assert wares.package not in book
    assert wares.product in book


def test_what_is_no_thing_is_refused(visitor: Visitor) -> None:
    assert visitor.open("/trip?add=nothing").status == 422
    assert "Nothing is in your trip yet" in visitor.open("/bookings/new?lang=en").text
