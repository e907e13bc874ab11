"""A site on a database of its own, and a guest whose page at the provider is open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core import clock
from tests.bookings import acts, cards
from tests.factories import NOW
from tests.simulators.provider import Provider


@dataclass(frozen=True)
class Visit:
    """A guest's booking of all three kinds, held for a card, with its page."""

    app: Flask
    shop: cards.Shop
    code: str
    page: str
    session_id: str

    @property
    def client(self) -> FlaskClient:
        """Somebody outside."""
        return self.app.test_client()


@pytest.fixture
def visit(race_app: Flask, stripe_simulator: Provider) -> Iterator[Visit]:
    """It is `NOW`, and the page is open; afterwards books, nights and counters must hold."""
    with clock.shifted(NOW):
        cards.at_our_time(stripe_simulator)
        with race_app.app_context():
            shop = cards.open_shop()
            code = cards.hold(shop)
            page = cards.page(code)
            opened = Visit(race_app, shop, code, page, str(cards.attempt(code).session_id))
        yield opened
        with race_app.app_context():
            acts.nothing_is_wrong()
