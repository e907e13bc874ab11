"""What a bank or the QRIS provider kept for itself: a line of its own, from whoever bears it to the hands it left."""

from __future__ import annotations

from datetime import date

from app.bookings.models import BankFee
from app.bookings.queries.bank_fees import find_bank_fee
from app.core import audit, clock
from app.core.db import db
from app.core.errors import Invalid, NotFound, WrongState
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.ledger.queries import balance
from app.ledger.services import Move, post
from app.revenue.queries import find_payee
from app.revenue.rules import PayeeKind
from app.users.rules import Scope
from app.villages.models import BankAccount
from app.villages.queries import lock_bank_account

KEEPERS = frozenset({"bank", "qris"})


def book_bank_fee(
    *,
    keeper: str,
    amount: Rupiah,
    booked_on: date,
    reason: str,
    by_user_id: int,
    scope: Scope,
    fingerprint: str | None = None,
) -> BankFee:
    """A fee of `bank:<account>` or `qris:<account>`, in rupiah, on a village date: borne by the BUMDes whose account it
    is, of the collecting account by the assisting company. Their `payable` may go below 0. `fingerprint` is the line of
    a bank statement that says it.

    Raises NotFound, Invalid without a reason, for no amount, a day ahead, or more than QRIS holds; WrongState for a
    line that was booked before.
    """
    account, now = _account_of(keeper, scope), clock.now()
    if not reason.strip():
        message = _("Say what the fee is for.")
        raise Invalid(message, errors=[("reason", message)])
    if amount <= 0 or (keeper.startswith("qris:") and amount > -balance(f"held:{keeper}")):
        message = _("A fee is more than Rp0, and of QRIS no more than lies there.")
        raise Invalid(message, errors=[("amount", message)])
    if booked_on > clock.today():
        message = _("This day lies ahead. Choose the day on the bank statement.")
        raise Invalid(message, errors=[("booked_on", message)])
    if fingerprint is not None and find_bank_fee(fingerprint) is not None:
        raise WrongState(_("This line was booked before, and only once."))
    made = BankFee(
        keeper=keeper,
        amount=amount,
        payee_id=_bearer(account),
        booked_on=booked_on,
        reason=reason.strip(),
        fingerprint=fingerprint,
        by_user_id=by_user_id,
        at=now,
    )
    db.session.add(made)
    db.session.flush()
    _post(made, account)
    return made


def _account_of(keeper: str, scope: Scope) -> BankAccount:
    """The account, locked: two who book the same line wait for each other. Raises NotFound."""
    kind, _colon, code = keeper.partition(":")
    if kind in KEEPERS:
        account = lock_bank_account(code)
        if scope.has_village(account.village_id):
            return account
    raise NotFound(_("There is no bank account of that name here."))


def _bearer(account: BankAccount) -> int:
    """Whose account it is bears it. Raises Invalid where nobody is written down."""
    if account.is_shared:
        payee = find_payee(kind=PayeeKind.MANAGER, village_id=None)
    else:
        payee = find_payee(kind=PayeeKind.BUMDES, village_id=account.village_id)
    if payee is None:
        raise Invalid(_("Nobody is written down who bears the fees of this account."))
    return payee.id


def _post(made: BankFee, account: BankAccount) -> None:
    post(
        reference=f"bank-fee:{made.id}",
        kind="bank_fee",
        subject=f"account:{account.code}",
        moves=[Move(f"payee:{made.payee_id}:payable", f"held:{made.keeper}", made.amount, made.keeper)],
        note=made.reason,
        by_user_id=made.by_user_id,
    )
    audit.record(
        action="money:bank_fee",
        subject=f"account:{account.code}",
        user_id=made.by_user_id,
        reason=made.reason,
        fee=made.id,
        keeper=made.keeper,
        amount=made.amount,
        payee=made.payee_id,
    )
