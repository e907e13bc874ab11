"""Guests who pay by card, at the simulated provider: trips of all kinds, pages, and what the provider tells."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.bookings import services
from app.core import clock
from app.core.db import db, transaction
from app.payments import calls
from app.payments.gateway import ProviderEvent, gateway
from app.payments.models import Payment, Receipt
from app.payments.queries import find_last_payment, list_receipts, list_refunds
from app.payments.rules import EventOutcome, PaymentMethod
from app.tours.inventory import PackageChoice
from app.webhooks.services import take_event
from tests.bookings import acts
from tests.factories import (
    Goods,
    House,
    Tour,
    make_choice,
    make_house,
    make_package,
    make_product,
    make_product_choice,
)
from tests.simulators.provider import Provider

KINDS = ("stay", "package", "product")


@dataclass(frozen=True)
class Shop:
    """One of each kind, and of each exactly one left to sell."""

    house: House
    tour: Tour
    goods: Goods

    def choices(self, *kinds: str) -> list[object]:
        """What a guest puts into a trip: these kinds, or all."""
        every = {
            "stay": make_choice(self.house.room),
            "package": PackageChoice(str(self.tour.departure), 2),
            "product": make_product_choice(self.goods, quantity=3),
        }
        return [every[kind] for kind in kinds or KINDS]


def open_shop(**house: object) -> Shop:
    """A room, two seats, three pieces: a trip of all takes all."""
    with transaction():
        return Shop(make_house(rooms=1, **house), make_package(seats=2), make_product(pieces=3))


def at_our_time(provider: Provider) -> None:
    """The provider's clock stands where ours does."""
    provider.move_clock(clock.shift())


def hold(shop: Shop, *kinds: str, method: PaymentMethod = PaymentMethod.CARD) -> str:
    """A trip is held."""
    return acts.hold(None, *shop.choices(*kinds), method=method)


def attempt(code: str) -> Payment:
    """The newest attempt by card."""
    found = find_last_payment(f"booking:{code}", PaymentMethod.CARD)
    assert found is not None
    return found


def page(code: str) -> str:
    """The address of the page of the newest attempt, opened if it is not yet."""
    url = calls.open_session(attempt(code).id)
    assert url is not None
    return url


def read(provider: Provider, event: dict[str, Any]) -> ProviderEvent:
    """An event as our gateway reads it."""
    body = json.dumps(event).encode()
    ours = gateway()
    assert ours is not None
    return ours.read_event(body, provider.sign(body))


def receipt(code: str) -> Receipt:
    """The one receipt of a booking, read anew."""
    db.session.expire_all()
    (found,) = list_receipts(f"booking:{code}")
    return found


def hear_all(provider: Provider) -> list[EventOutcome | None]:
    """All that the provider has told and nobody has taken, in its order."""
    outcomes = []
    for event in provider.pending():
        told = read(provider, event)
        with transaction():
            outcomes.append(take_event(event=told))
        provider.note_taken(event)
    db.session.expire_all()
    return outcomes


def pay_now(provider: Provider, code: str) -> None:
    """The guest pays on the page, and the provider tells."""
    provider.pay(page(code))
    hear_all(provider)


def cancel(code: str, expected: int | None = None) -> None:
    """The guest cancels."""
    with transaction():
        services.cancel_booking(code=code, reason=None, expected_refund=expected)


def send_refunds(code: str) -> None:
    """The job asks the provider for every refund of a booking."""
    for refund in list_refunds(f"booking:{code}"):
        calls.send_refund(refund.id, hear=services.hear_refund)


A_MOMENT = timedelta(seconds=1)
