"""Money that goes back: listed with its reason and keeper, sent once with proof, by who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.bookings.queries.checks import check_books
from app.core.db import transaction
from app.payments.queries import list_refunds
from app.payments.rules import PaymentMethod, RefundState
from app.users.rules import Role
from tests.bookings import cards
from tests.bookings.desk import NOW, Corner, Desk, book, receive
from tests.factories import make_choice, make_hold
from tests.machinery.clients import Visitor
from tests.simulators.provider import Provider

As = Callable[..., Visitor]
DAY = timedelta(days=1)


@pytest.fixture
def late(app: Flask, desk: Desk, set_clock: Callable[[object], None]) -> Callable[[Corner], int]:
    """A refund of Rp1.000 that came too late, for a booking in a corner; its number."""
    books: list[str] = []

    def make(corner: Corner) -> int:
        books.append(book(app, corner))
        set_clock(NOW + 2 * DAY)
        receive(app, books[-1], desk.people[Role.MANAGER], 1_000)
        with app.app_context():
            return list_refunds(f"booking:{books[-1]}")[0].id

    return make


def state_of(app: Flask, code: str) -> list[RefundState]:
    """States of a booking's refunds."""
    with app.app_context():
        return [refund.state for refund in list_refunds(f"booking:{code}")]


def test_a_refund_is_sent_with_its_proof(
    app: Flask, desk: Desk, as_: As, late: Callable[[Corner], int]
) -> None:
    number = late(desk.here)
    page = as_(Role.BUMDES_TREASURER).open("/manage")
    assert "1 refund is to be sent" in page.text
    page = page.follow("Send refunds")
    assert "Rp1.000 in all" in page.text
    assert "Too little, and too late" in page.text
    page = page.follow("Send it")
    assert page.path == f"/manage/refunds/{number}"
    assert "Bank Contoh 001, BUMDes Sarihayu" in page.text
    page = page.submit("/manage/refunds", proof="  ")
    assert page.status == 422
    page = page.submit("/manage/refunds", proof="TRF 778899")
    assert "Noted: Rp1.000 went back" in page.text
    assert "TRF 778899" in page.text
    assert "No money waits to go back" in page.text
    with app.app_context():
        assert [check for check in check_books() if not check.holds] == []


def test_a_refund_is_sent_once(app: Flask, desk: Desk, as_: As, late: Callable[[Corner], int]) -> None:
    number = late(desk.here)
    one, two = (as_(role).open(f"/manage/refunds/{number}") for role in (Role.BUMDES_TREASURER, Role.MANAGER))
    one.submit("/manage/refunds", proof="first")
    told = two.submit("/manage/refunds", proof="second").text
    assert "This refund was sent before" in told
    assert "first" in told
    assert "second" not in told


def test_another_villages_refund_is_not_there(
    app: Flask, desk: Desk, as_: As, late: Callable[[Corner], int]
) -> None:
    number = late(desk.there)
    own = as_(Role.BUMDES_TREASURER)
    assert own.open(f"/manage/refunds/{number}").status == 404
    assert "No money waits to go back" in own.open("/manage/refunds").text
    assert as_(Role.BUMDES_TREASURER, there=True).open(f"/manage/refunds/{number}").status == 200
    assert own.open("/manage/refunds/99999999999999999999").status == 404


@pytest.mark.parametrize("role", [Role.DESK, Role.HOST, Role.AUDITOR, Role.OBSERVER, Role.BUMDES_MANAGER])
def test_others_send_no_money(desk: Desk, as_: As, late: Callable[[Corner], int], role: Role) -> None:
    number = late(desk.here)
    assert as_(role).open("/manage/refunds").status == 403
    assert as_(role).open(f"/manage/refunds/{number}").status == 403


@pytest.fixture
def by_card(app: Flask, desk: Desk, stripe_simulator: Provider) -> str:
    """The code of a booking that was paid by card and cancelled; nobody has asked the card service for the money yet.

    Refunds to this card stay pending until somebody says what becomes of them.
    """
    with app.app_context():
        cards.at_our_time(stripe_simulator)
        with transaction():
            code = make_hold(None, make_choice(desk.here.room_type), method=PaymentMethod.CARD).code
        stripe_simulator.pay(cards.page(code), card="4000 0000 0000 7726")
        cards.hear_all(stripe_simulator)
        cards.cancel(code)
    return code


def ask_and_hear(app: Flask, provider: Provider, code: str, *, arrives: bool) -> None:
    """The provider is asked for a booking's refund, has it for a while, and says what became of it."""
    with app.app_context():
        cards.send_refunds(code)
        (refund,) = list_refunds(f"booking:{code}")
        assert refund.state == RefundState.PENDING
        assert refund.provider_id is not None
        end = provider.succeed_refund if arrives else provider.fail_refund
        end(refund.provider_id)
        cards.hear_all(provider)


def number_of(app: Flask, code: str) -> int:
    """The number of a booking's only refund."""
    with app.app_context():
        (refund,) = list_refunds(f"booking:{code}")
        return refund.id


def test_nobody_sends_by_hand_what_the_card_service_sends(
    app: Flask, as_: As, by_card: str, stripe_simulator: Provider
) -> None:
    page = as_(Role.BUMDES_TREASURER).open("/manage")
    assert "refund is to be sent" not in page.text
    page.open("/manage/refunds")
    assert "On the way to cards" in page.text
    assert "No money waits to go back" in page.text
    number = number_of(app, by_card)
    page.open(f"/manage/refunds/{number}")
    assert "The card service sends this by itself" in page.text
    assert not [form for form in page.forms if "refunds" in form.action]
    token = dict(page.forms[0].values)["csrf_token"]
    sent = {"csrf_token": token, "proof": "by hand"}
    page.client.post(f"/manage/refunds/{number}", data=sent)
    assert state_of(app, by_card) == [RefundState.CREATED]
    assert "The card service sends this by itself" in page.open("/manage/refunds").text

    ask_and_hear(app, stripe_simulator, by_card, arrives=True)
    assert state_of(app, by_card) == [RefundState.SENT]
    text = page.open("/manage/refunds").text
    assert "On the way to cards" not in text
    assert "Card service" in text.split("Sent lately")[1]


def test_what_a_card_cannot_take_is_sent_by_hand(
    app: Flask, as_: As, by_card: str, stripe_simulator: Provider
) -> None:
    ask_and_hear(app, stripe_simulator, by_card, arrives=False)
    assert state_of(app, by_card) == [RefundState.FAILED]
    page = as_(Role.BUMDES_TREASURER).open("/manage/refunds").follow("Send it")
    assert "The card could not take it back" in page.text
    page.submit("/manage/refunds", proof="TRF 1")
    assert "went back" in page.text
    assert state_of(app, by_card) == [RefundState.SENT]
    with app.app_context():
        assert [check for check in check_books() if not check.holds] == []
