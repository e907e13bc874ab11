"""A guest with two windows, one of them at the provider: nobody pays twice, and nobody is told what we do not know."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.journeys.cards import to_card_page
from tests.journeys.test_by_card import CERTAIN, booked, count_receipts
from tests.journeys.town import Wares, address_of, build_wares
from tests.machinery.clients import Visitor
from tests.simulators.provider import Provider


@pytest.fixture
def wares(app: Flask) -> Wares:
    """What is for sale."""
    return build_wares(app)


def test_who_has_paid_in_one_window_is_not_asked_in_the_other(
    app: Flask, visitor: Visitor, wares: Wares, stripe_simulator: Provider
) -> None:
    page = to_card_page(visitor, address_of(wares.stay))
    visitor.open(f"/bookings/{booked(app)}")
    stripe_simulator.pay(page)
    visitor.submit("/pay", method="transfer")
    assert CERTAIN["en"] in visitor.text
    assert "Transfer exactly this amount" not in visitor.text
    assert count_receipts(app) == 1


def test_while_the_first_page_cannot_be_asked_no_other_is_opened(
    app: Flask, visitor: Visitor, wares: Wares, stripe_simulator: Provider
) -> None:
    """It was paid there, and we cannot know: nobody says that nothing was charged."""
    page = to_card_page(visitor, address_of(wares.stay))
    visitor.open(f"/bookings/{booked(app)}")
    stripe_simulator.pay(page)
    stripe_simulator.be_away(9)
    visitor.submit("/pay", method="transfer").submit("/pay", method="card")
    assert visitor.away is None
    assert "The card service does not answer" in visitor.text
    assert "Nothing was charged" not in visitor.text
    stripe_simulator.be_away(0)
    visitor.submit("/pay", method="card")
    assert CERTAIN["en"] in visitor.text
    assert count_receipts(app) == 1


def test_what_was_let_go_is_not_paid_any_more(
    app: Flask, visitor: Visitor, wares: Wares, stripe_simulator: Provider
) -> None:
    """The card page is still open in the other window: it is closed at once."""
    to_card_page(visitor, address_of(wares.stay))
    visitor.open(f"/bookings/{booked(app)}").submit("/release")
    (page,) = stripe_simulator.library().checkout.sessions.list().data
    assert page.status == "expired"
