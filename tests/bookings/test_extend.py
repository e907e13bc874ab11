"""A hold for a card is kept longer once, to its most; nothing else is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bookings import services
from app.core.db import db, transaction
from app.core.errors import WrongState
from app.homestays.models import RoomNight
from app.payments.queries import find_open_payment
from app.payments.rules import PaymentMethod
from tests.bookings import acts
from tests.bookings.acts import later
from tests.bookings.coupons import gift, hold_with, left_of
from tests.simulators.provider import Provider


def extend(code: str) -> None:
    with transaction():
        services.extend_hold(code=code)


def test_once_to_the_most(season: Session, stripe_simulator: Provider) -> None:
    house = acts.house()
    code = hold_with(gift(100_000), house, method=PaymentMethod.CARD).code
    with later(timedelta(minutes=30)):
        extend(code)
        booking = acts.booking(code)
        payment = find_open_payment(booking.reference)
        assert payment is not None
        most = booking.created_at + timedelta(seconds=4500)
        assert booking.hold_expires_at == payment.due_at == most
        ends = set(db.session.scalars(select(RoomNight.expires_at)))
        assert ends == {most + timedelta(seconds=600)}
        with pytest.raises(WrongState):
            extend(code)
        acts.nothing_is_wrong()
    with later(timedelta(seconds=4400)):
        assert acts.reads(code).value == "held"


def test_the_credit_is_kept_as_long(season: Session, stripe_simulator: Provider) -> None:
    house, code = acts.house(), gift(100_000)
    held = hold_with(code, house, method=PaymentMethod.CARD).code
    extend(held)
    with later(timedelta(seconds=4000)):
        assert left_of(code) == 0


def test_what_cannot_be_kept_longer(season: Session, stripe_simulator: Provider) -> None:
    transfer = acts.hold(acts.house())
    with pytest.raises(WrongState):
        extend(transfer)
    lapsed = acts.hold(acts.house(), method=PaymentMethod.CARD)
    with later(timedelta(seconds=2200)), pytest.raises(WrongState):
        extend(lapsed)
    paid = acts.hold(acts.house())
    acts.pay(paid)
    with pytest.raises(WrongState):
        extend(paid)
