"""A guest stays a night longer, pays the difference by card, thinks again, and cancels: every rupiah finds its way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from app.bookings import queries
from app.core.db import transaction
from app.payments.queries import list_refunds
from app.tours.queries import departures_by_ids
from app.tours.services import close_departure
from tests.factories import in_days, make_departure
from tests.journeys.cards import come_back, pay_by_card
from tests.journeys.test_by_card import CERTAIN, nothing_is_wrong
from tests.journeys.town import Wares, address_of, build_wares
from tests.machinery.clients import Visitor
from tests.simulators.provider import Provider


@pytest.fixture
def wares(app: Flask) -> Wares:
    """What is for sale."""
    return build_wares(app)


def confirm(visitor: Visitor) -> None:
    """Press the button below what it would cost."""
    form = next(form for form in visitor.forms if "expected_total" in form.names)
    visitor.submit("/dates/", expected_total=dict(form.values)["expected_total"])


def returned(app: Flask, code: str) -> int:
    with app.app_context():
        return sum(refund.amount for refund in list_refunds(f"booking:{code}"))


def figures(app: Flask, code: str) -> tuple[int, int]:
    """What the trip costs, and what lies with it."""
    with app.app_context():
        booking = queries.find_booking(code)
        assert booking is not None
        return booking.total, booking.received


def test_longer_paid_by_card_shorter_and_cancelled(
    app: Flask, visitor: Visitor, wares: Wares, stripe_simulator: Provider
) -> None:
    code = pay_by_card(visitor, stripe_simulator, address_of(wares.stay))
    first = figures(app, code)[0]
    with app.app_context():
        arrival = in_days(20)
    visitor.follow("Change dates")
    visitor.submit("/dates/0", arrival=str(arrival), departure=str(arrival + timedelta(days=3)))
    assert "Then still to pay" in visitor.text
    confirm(visitor)
    assert visitor.away is not None, "the difference is paid on the card's page, at once"
    longer = figures(app, code)[0]
    assert longer > first

    come_back(visitor, stripe_simulator.pay(visitor.away))
    assert CERTAIN["en"] in visitor.text
    assert figures(app, code) == (longer, longer)
    stripe_simulator.deliver(visitor.client)
    nothing_is_wrong(app)

    visitor.open(f"/bookings/{code}").follow("Change dates")
    visitor.submit("/dates/1", arrival=str(arrival), departure=str(arrival + timedelta(days=2)))
    assert "Comes back to you" in visitor.text
    confirm(visitor)
    assert returned(app, code) == longer - first
    stripe_simulator.deliver(visitor.client)
    nothing_is_wrong(app)

    visitor.open(f"/bookings/{code}/cancel").submit("/cancel", reason="The plane does not fly")
    stripe_simulator.deliver(visitor.client)
    assert figures(app, code)[1] == 0
    assert returned(app, code) == longer
    nothing_is_wrong(app)


def test_a_class_on_another_day(
    app: Flask, visitor: Visitor, wares: Wares, stripe_simulator: Provider
) -> None:
    code = pay_by_card(visitor, stripe_simulator, address_of(wares.package))
    with app.app_context(), transaction():
        package_id = departures_by_ids([wares.departure_id])[wares.departure_id].package_id
        other = make_departure(package_id, on=in_days(24), seats=4).public_id
        shut = make_departure(package_id, on=in_days(25), seats=4)
        close_departure(departure_id=shut.id)
    visitor.open(f"/bookings/{code}").follow("Change dates")
    assert shut.public_id not in visitor.html
    visitor.follow("See what it costs")
    assert f"run={other}" in visitor.path
    confirm(visitor)
    assert "Your dates are changed." in visitor.text
    assert figures(app, code) == (200_000, 200_000)
    nothing_is_wrong(app)
