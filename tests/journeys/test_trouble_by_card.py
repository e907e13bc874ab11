"""Cards in trouble, over HTTP against the simulator: disputes lost and won, a refund that comes back, 3-D Secure."""

from __future__ import annotations

import pytest
from flask import Flask

from app import jobs
from app.bookings.queries.checks import check_books, check_inventory
from app.core.db import transaction
from app.payments.queries import list_refunds
from app.payments.rules import RefundState
from app.users.rules import Role
from tests.factories import make_user
from tests.journeys.cards import come_back, pay_by_card, to_card_page
from tests.journeys.test_by_card import CERTAIN, booked, count_receipts
from tests.journeys.test_without_javascript import sign_in, visitor_of
from tests.journeys.town import Wares, address_of, build_wares, with_secret
from tests.machinery.clients import Visitor
from tests.simulators import needs
from tests.simulators.provider import ASKS, Provider


@pytest.fixture
def wares(app: Flask) -> Wares:
    """What is for sale."""
    return build_wares(app)


@pytest.fixture
def company(app: Flask, wares: Wares) -> Visitor:
    """Somebody of the assisting company, signed in."""
    with app.app_context(), transaction():
        email = with_secret(make_user(Role.MANAGER, name="Pendamping Contoh"))
    return sign_in(app, email)


def charge_of(provider: Provider) -> str:
    """The provider's number of the last payment."""
    return str(provider.events("checkout.session.completed")[-1]["data"]["object"]["payment_intent"])


def tell(provider: Provider, visitor: Visitor) -> None:
    """The provider tells all that it has not told."""
    assert set(provider.deliver(visitor.client)) <= {200}


def nothing_is_wrong(app: Flask) -> None:
    with app.app_context(), transaction():
        wrong = [check for check in (*check_books(), *check_inventory()) if not check.holds]
    assert not wrong, wrong


@needs.disputes
@pytest.mark.parametrize("won", [True, False])
def test_a_dispute_from_its_opening_to_its_end(
    app: Flask, visitor: Visitor, company: Visitor, wares: Wares, stripe_simulator: Provider, won: bool
) -> None:
    code = pay_by_card(visitor, stripe_simulator, address_of(*wares.lines))
    tell(stripe_simulator, visitor)
    assert "No payment is disputed" in company.open("/manage/disputes?lang=en").text

    number = stripe_simulator.dispute(charge_of(stripe_simulator))
    tell(stripe_simulator, visitor)
    company.open("/manage")
    assert "1 dispute is to be answered" in company.text
    company.open("/manage/disputes")
    assert "Answer before" in company.text
    assert number in company.text
    assert code in company.text
    nothing_is_wrong(app)

    stripe_simulator.close_dispute(number, won=won)
    tell(stripe_simulator, visitor)
    company.open("/manage/disputes")
    assert ("Won: it is back" if won else "Lost: the guest has it back") in company.text
    company.open(f"/manage/bookings/{code}")
    assert company.status == 200
    visitor.open(f"/bookings/{code}?lang=en")
    assert ("was taken back by your bank" in visitor.text, CERTAIN["en"] in visitor.text) == (True, True)
    assert ("came back from your bank" in visitor.text) == won
    nothing_is_wrong(app)


@needs.failing_refunds
def test_a_refund_that_comes_back(
    app: Flask, visitor: Visitor, company: Visitor, wares: Wares, stripe_simulator: Provider
) -> None:
    code = pay_by_card(visitor, stripe_simulator, address_of(wares.stay))
    visitor.open(f"/bookings/{code}/cancel")
    visitor.submit("/cancel")
    assert "You cancelled this booking" in visitor.text, visitor.text
    with app.app_context():
        jobs.reconcile_payments()
    tell(stripe_simulator, visitor)
    assert "Sent to your card" in visitor.open(f"/bookings/{code}").text

    (refund,) = stripe_simulator.library().refunds.list().data
    stripe_simulator.fail_refund(refund.id)
    tell(stripe_simulator, visitor)
    assert "Your card could not take it" in visitor.open(f"/bookings/{code}").text
    company.open("/manage/refunds?lang=en")
    assert code in company.text
    assert "Sent to your card" not in visitor.open(f"/bookings/{code}").text
    visitor.open(f"/bookings/{code}/refund")
    visitor.submit(
        "/refund", route="transfer", bank="Bank Contoh", number="1234567890", holder="Walter Contoh"
    )
    with app.app_context(), transaction():
        (owed,) = list_refunds(f"booking:{code}")
        assert owed.state == RefundState.FAILED
    nothing_is_wrong(app)


def test_the_bank_asks_and_the_guest_agrees(
    app: Flask, visitor: Visitor, wares: Wares, stripe_simulator: Provider
) -> None:
    page = to_card_page(visitor, address_of(wares.stay))
    come_back(visitor, stripe_simulator.pay(page, ASKS))
    assert CERTAIN["en"] in visitor.text
    assert count_receipts(app) == 1
    nothing_is_wrong(app)


def test_the_bank_asks_and_the_guest_refuses(
    app: Flask, visitor: Visitor, wares: Wares, stripe_simulator: Provider
) -> None:
    """Nothing is charged, the page stays open, another card pays."""
    page = to_card_page(visitor, address_of(wares.stay))
    stripe_simulator.decline(page, ASKS)
    tell(stripe_simulator, visitor)
    visitor.open(f"/bookings/{booked(app)}")
    assert "Go on to the card page" in visitor.text
    assert count_receipts(app) == 0
    come_back(visitor, stripe_simulator.pay(page))
    assert CERTAIN["en"] in visitor.text
    assert count_receipts(app) == 1


@needs.own_page
def test_the_bank_asks_and_the_guest_goes_away(
    app: Flask, visitor: Visitor, wares: Wares, stripe_simulator: Provider
) -> None:
    """The question stays unanswered: nothing is charged, and the place is let go when its time is over."""
    page = to_card_page(visitor, address_of(wares.stay))
    asked = stripe_simulator.http.post(page, data={"number": ASKS}, allow_redirects=False)
    assert asked.headers["Location"].split("?")[0].endswith("/3ds")
    tell(stripe_simulator, visitor)
    code = booked(app)
    assert "Kept for you" in visitor.open(f"/bookings/{code}").text
    assert count_receipts(app) == 0
    visitor.open(f"/bookings/{code}").submit("/release")
    late = stripe_simulator.http.post(
        f"{stripe_simulator.base}{asked.headers['Location']}",
        data={"answer": "confirm"},
        allow_redirects=False,
    )
    assert late.status_code in {303, 410}
    tell(stripe_simulator, visitor)
    assert count_receipts(app) == 0
    assert visitor_of(app).open("/homestays").status == 200
    nothing_is_wrong(app)
