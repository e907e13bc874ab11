"""Money that came by QRIS: what names it, and how its provider sends it on to the bank."""

from __future__ import annotations

import re
from datetime import date

from app.bookings.models import QrisSettlement
from app.bookings.queries.qris import find_settlement
from app.core import audit, clock
from app.core.db import db
from app.core.errors import Invalid
from app.core.filters import rupiah
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.ledger.queries import balance
from app.ledger.services import Move, post
from app.payments.queries import find_receipt_by_qris
from app.payments.rules import PaymentMethod
from app.villages.queries import lock_bank_account

SHORTEST_REFERENCE = 4


def new_reference(*, keeper: str, method: PaymentMethod, text: str | None) -> str | None:
    """The reference of a payment by QRIS as it is kept, None for other ways. Whoever received by it before waits for
    nobody: the keeper's account is locked until the transaction ends. Raises Invalid without one, or for one that this
    keeper received before.
    """
    if method != PaymentMethod.QRIS:
        return None
    reference = normal_reference(text=text)
    if len(reference) < SHORTEST_REFERENCE:
        message = _("Write down the reference that the QRIS notice shows.")
        raise Invalid(message, errors=[("qris_reference", message)])
    lock_bank_account(keeper.partition(":")[2])
    known = find_receipt_by_qris(keeper=keeper, reference=reference)
    if known is not None:
        message = _(
            "This reference was recorded before, for booking %(code)s. The same money is not received twice.",
            code=known.reference.partition(":")[2],
        )
        raise Invalid(message, errors=[("qris_reference", message)])
    return reference


def normal_reference(*, text: str | None) -> str:
    """A reference as it is compared: letters and digits alone, in capitals."""
    return re.sub(r"[^0-9A-Z]", "", (text or "").upper())[:80]


def settle_qris(
    *, account: str, amount: Rupiah, arrived_on: date, reference: str, by_user_id: int
) -> QrisSettlement:
    """The QRIS provider has sent money on to the account of this code, in rupiah: it lies with the bank now, the debts
    stay where they are. What is missing of it is what the provider kept more than was known, a fee of its own.

    Raises NotFound, Invalid for more than QRIS holds, a day that lies ahead, or a reference that is missing or known.
    """
    reference, now = reference.strip()[:80], clock.now()
    lock_bank_account(account)
    held = -balance(f"held:qris:{account}")
    if not 0 < amount <= held:
        message = _(
            "QRIS holds %(held)s for this account. More than that cannot have come from there.",
            held=rupiah(held),
        )
        raise Invalid(message, errors=[("amount", message)])
    if arrived_on > clock.today():
        message = _("This day lies ahead. Choose the day on which the money arrived.")
        raise Invalid(message, errors=[("arrived_on", message)])
    if not reference or find_settlement(account=account, reference=reference) is not None:
        message = _("Write down the bank's reference; each is recorded once.")
        raise Invalid(message, errors=[("reference", message)])
    made = QrisSettlement(
        account=account,
        amount=amount,
        arrived_on=arrived_on,
        reference=reference,
        by_user_id=by_user_id,
        at=now,
    )
    db.session.add(made)
    db.session.flush()
    _post(made)
    audit.record(
        action="qris:settled",
        subject=f"account:{account}",
        user_id=by_user_id,
        reason=reference,
        settlement=made.id,
        amount=amount,
    )
    return made


def _post(made: QrisSettlement) -> None:
    """The bank has it and owes it to those whose money QRIS held, between the two."""
    bank, qris = f"bank:{made.account}", f"qris:{made.account}"
    post(
        reference=f"qris-settled:{made.id}",
        kind="settlement",
        subject=f"account:{made.account}",
        moves=[
            Move(f"held:{bank}", f"between:{qris}", made.amount, bank),
            Move(f"between:{bank}", f"held:{qris}", made.amount, qris),
        ],
        by_user_id=made.by_user_id,
    )
