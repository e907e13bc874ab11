"""Refunds by hand, all the way."""

from __future__ import annotations

from app.bookings import services
from app.bookings.queries import find_hand
from app.bookings.services import RefundAccount
from app.core import clock
from app.payments.models import Refund
from app.payments.queries import lock_refund
from app.users.rules import Role, Scope
from app.villages.queries import list_bank_accounts
from tests.factories.houses import make_user

EVERYTHING = Scope(everything=True)
ACCOUNT = RefundAccount("Bank Contoh", "1234567890", "Guest Contoh")


def make_approved(
    refund_id: int, *, account: RefundAccount | None = ACCOUNT, approver: int | None = None
) -> None:
    """The guest has said where to, and a second person agreed."""
    code = lock_refund(refund_id).reference.partition(":")[2]
    services.give_account(code=code, account=account)
    hand = find_hand(refund_id)
    assert hand is not None
    services.approve_refund(
        refund_id=refund_id,
        version=hand.version,
        note="a sample",
        by_user_id=approver or make_user(Role.MANAGER),
        scope=EVERYTHING,
    )


def make_transferred(refund_id: int, *, by_user_id: int, scope: Scope = EVERYTHING) -> None:
    """An approved refund is on its way, from the account that received it or any other of ours."""
    keeper, _colon, code = lock_refund(refund_id).keeper.partition(":")
    services.note_transfer(
        refund_id=refund_id,
        account=code if keeper == "bank" else list_bank_accounts(EVERYTHING)[0].code,
        sent_on=clock.today(),
        bank_reference="TRF sample",
        by_user_id=by_user_id,
        scope=scope,
    )


def make_sent_refund(
    refund_id: int,
    *,
    by_user_id: int,
    proof: str = "slip",
    scope: Scope = EVERYTHING,
    approver: int | None = None,
) -> Refund:
    """A refund that a person sends: given, approved, transferred and proved."""
    make_approved(refund_id, approver=approver)
    make_transferred(refund_id, by_user_id=by_user_id, scope=scope)
    return services.confirm_refund(refund_id=refund_id, proof=proof, by_user_id=by_user_id, scope=scope)
