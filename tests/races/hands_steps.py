"""What runners do with money between hands, each in a transaction of its own."""

from __future__ import annotations

from app.bookings import services
from app.bookings.services import Taker
from app.core import clock
from app.core.db import transaction
from app.payments.rules import PaymentMethod
from app.users.rules import Scope

EVERYTHING = Scope(everything=True)


def receive(code: str, reference: str) -> str:
    """Somebody at the desk records a payment by QRIS for a booking."""
    with transaction():
        services.receive_payment(
            code=code,
            method=PaymentMethod.QRIS,
            amount=200_000,
            by_user_id=None,
            qris_reference=reference,
        )
    return code


def settle(amount: int, user_id: int, reference: str) -> int:
    """The treasurer records what QRIS sent on."""
    with transaction():
        services.settle_qris(
            account="sarihayu",
            amount=amount,
            arrived_on=clock.today(),
            reference=reference,
            by_user_id=user_id,
        )
    return amount


def give(amount: int, user_id: int) -> int:
    """Cash of the box is handed over."""
    with transaction():
        return services.hand_cash(
            village="sarihayu",
            receiver="bank:sarihayu",
            amount=amount,
            handed_on=clock.today(),
            reference="slip",
            by_user_id=user_id,
            scope=EVERYTHING,
        ).id


def take(handover_id: int, counted: int, user_id: int) -> int:
    """Somebody else has counted it."""
    with transaction():
        services.take_cash(
            handover_id=handover_id,
            counted=counted,
            reason="",
            taker=Taker(user_id, EVERYTHING, EVERYTHING, EVERYTHING),
        )
    return user_id


def keep(fingerprint: str, user_id: int) -> int:
    """A line of the statement is booked as a fee."""
    with transaction():
        services.book_bank_fee(
            keeper="bank:sarihayu",
            amount=750,
            booked_on=clock.today(),
            reason="BIAYA",
            by_user_id=user_id,
            scope=EVERYTHING,
            fingerprint=fingerprint,
        )
    return user_id
