"""Refunds that the card service sends, and those it could not: they go from a bank account by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.bookings.queries import find_hand
from app.bookings.queries.checks import check_books
from app.bookings.rules import HandState
from app.bookings.services import Heard, hear_refund
from app.core.db import transaction
from app.ledger.queries import balance, balances
from app.payments.gateway.values import ProviderRefund, ProviderRefundState
from app.payments.models import Refund
from app.payments.queries import list_refunds
from app.payments.rules import PaymentMethod, RefundState
from app.users.rules import Role
from tests.bookings import cards
from tests.bookings.desk import Desk
from tests.factories import make_approved, make_choice, make_hold, make_transferred
from tests.machinery.clients import Visitor
from tests.simulators import needs
from tests.simulators.provider import Provider

As = Callable[..., Visitor]


def state_of(app: Flask, code: str) -> list[RefundState]:
    """States of a booking's refunds."""
    with app.app_context():
        return [refund.state for refund in list_refunds(f"booking:{code}")]


def on_its_way(app: Flask, desk: Desk, number: int) -> None:
    """Given, approved by the BUMDes manager, transferred by the treasurer."""
    with app.app_context(), transaction():
        make_approved(number, approver=desk.people[Role.BUMDES_MANAGER])
        make_transferred(number, by_user_id=desk.people[Role.BUMDES_TREASURER])


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


@needs.failing_refunds
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
    assert page.client.get(f"/manage/refunds/{number}/pay").status_code == 303
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


@needs.failing_refunds
def test_what_a_card_cannot_take_is_sent_by_hand(
    app: Flask, desk: Desk, as_: As, by_card: str, stripe_simulator: Provider
) -> None:
    ask_and_hear(app, stripe_simulator, by_card, arrives=False)
    assert state_of(app, by_card) == [RefundState.FAILED]
    number = number_of(app, by_card)
    page = as_(Role.BUMDES_TREASURER).open("/manage/refunds").follow("Look")
    assert "The card could not take it back" in page.text
    on_its_way(app, desk, number)
    page.open(f"/manage/refunds/{number}").submit(f"/manage/refunds/{number}", proof="TRF 1")
    assert "went back" in page.text
    assert state_of(app, by_card) == [RefundState.SENT]
    with app.app_context():
        assert [check for check in check_books() if not check.holds] == []
        between = {row.code: row.amount for row in balances(family="between") if row.amount}
        (refund,) = list_refunds(f"booking:{by_card}")
        assert between == {"between:bank:bersama": refund.amount, "between:card": -refund.amount}
        assert balance("held:bank:bersama") == refund.amount, "it left the bank, not the card service"


@needs.failing_refunds
def test_what_the_card_took_after_all_is_not_sent_by_hand(
    app: Flask, desk: Desk, as_: As, by_card: str, stripe_simulator: Provider
) -> None:
    """The provider says it failed, and later that it succeeded: what the guest gave is dropped."""
    ask_and_hear(app, stripe_simulator, by_card, arrives=False)
    number = number_of(app, by_card)
    with app.app_context(), transaction():
        make_approved(number, approver=desk.people[Role.BUMDES_MANAGER])
    with app.app_context(), transaction():
        (refund,) = list_refunds(f"booking:{by_card}")
        heard = hear_refund(answer=succeeded(refund))
        assert heard.heard == Heard.DONE
        hand = find_hand(number)
        assert hand is not None
        assert (hand.state, hand.number_locked) == (HandState.DROPPED, None)
        assert [check for check in check_books() if not check.holds] == []


@needs.failing_refunds
def test_what_is_on_its_way_by_hand_and_by_card_is_looked_at(
    app: Flask, desk: Desk, by_card: str, stripe_simulator: Provider
) -> None:
    ask_and_hear(app, stripe_simulator, by_card, arrives=False)
    on_its_way(app, desk, number_of(app, by_card))
    with app.app_context(), transaction():
        (refund,) = list_refunds(f"booking:{by_card}")
        assert hear_refund(answer=succeeded(refund)).heard == Heard.REVIEW
        assert refund.state == RefundState.FAILED


def succeeded(refund: Refund) -> ProviderRefund:
    """What the provider would say."""
    return ProviderRefund(
        id="re_late",
        charge="pi_sample",
        amount=refund.amount,
        currency="idr",
        state=ProviderRefundState.SUCCEEDED,
        refund_id=refund.id,
    )
