"""Staff make vouchers and give credits, and stop them. Each with a reason, and each in the audit trail."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from app.bookings import queries
from app.bookings.models import Credit, Voucher
from app.bookings.rules import LEFT, MOST_CREDIT, MOST_USES, CreditKind, LineKind
from app.bookings.services.hand_account import drop_account, lock_hand
from app.bookings.services.hand_refund import check_undisputed
from app.core import audit, clock
from app.core.counters import create_counter
from app.core.db import db
from app.core.errors import Conflict, Invalid, WrongState
from app.core.money import BASIS, Rupiah
from app.core.words import gettext as _
from app.ledger.services import Move, post
from app.payments.services import mark_refund_sent
from app.users.rules import Scope

SHORTEST_CODE = 5


@dataclass(frozen=True)
class VoucherTerms:
    """What a voucher is worth (rupiah, or basis points with at most so many rupiah), who bears it, and where and when
    it may be used: village dates, how often, in which village, for which kind of thing (None: any).
    """

    payee_id: int
    amount: Rupiah | None
    basis_points: int | None
    most: Rupiah | None
    valid_from: date
    valid_until: date
    uses: int
    village_id: int | None = None
    kind: LineKind | None = None


def make_voucher(
    *, terms: VoucherTerms, code: str | None, reason: str, by_user_id: int, scope: Scope
) -> Voucher:
    """A voucher; without a code of its own it gets one that cannot be guessed. Raises Invalid for terms that do not fit
    together or a bearer outside of the scope, Conflict where the code is taken.
    """
    _check_terms(terms, scope)
    voucher = Voucher(
        code=_own_code(code) if code else queries.new_voucher_code(),
        payee_id=terms.payee_id,
        amount=terms.amount,
        basis_points=terms.basis_points,
        most=terms.most,
        valid_from=terms.valid_from,
        valid_until=terms.valid_until,
        village_id=terms.village_id,
        kind=terms.kind,
        counter_id=create_counter(capacity=terms.uses).id,
        reason=_reason(reason),
        created_at=clock.now(),
        created_by_id=by_user_id,
    )
    db.session.add(voucher)
    db.session.flush()
    details = {name: str(value) for name, value in asdict(terms).items() if value is not None}
    audit.record(
        action="voucher:made",
        subject=f"voucher:{voucher.id}",
        user_id=by_user_id,
        reason=voucher.reason,
        **details,
    )
    return voucher


def stop_voucher(*, voucher_id: int, reason: str, by_user_id: int, scope: Scope) -> Voucher:
    """Nobody uses it from now on; who holds a trip with it keeps the price. Stopped twice, it stays stopped.

    Raises NotFound, Invalid without a reason.
    """
    voucher = queries.lock_voucher(voucher_id, scope)
    if voucher.stopped_at is None:
        voucher.stopped_at = clock.now()
        said = _reason(reason)
        audit.record(
            action="voucher:stopped", subject=f"voucher:{voucher.id}", user_id=by_user_id, reason=said
        )
    return voucher


def sell_gift(
    *,
    amount: Rupiah,
    keeper: str,
    holder: str,
    valid_until: date | None,
    village_id: int | None,
    reason: str,
    by_user_id: int,
) -> Credit:
    """Somebody paid, in rupiah, for a gift that `holder` may spend; `keeper` has the money (`cash:<village>`, or
    `bank:<account>`). Raises Invalid.
    """
    if not 0 < amount <= MOST_CREDIT:
        raise _no("amount", _("A gift is worth Rp1 at least, and a thousand million at most."))
    credit = _add_credit(
        kind=CreditKind.GIFT,
        amount=amount,
        keeper=keeper,
        holder=holder,
        valid_until=valid_until,
        village_id=village_id,
        reason=reason,
        by_user_id=by_user_id,
    )
    post(
        reference=f"credit:{credit.id}",
        kind="credit",
        subject=credit.account,
        moves=[Move(f"held:{keeper}", credit.account, amount, keeper)],
        by_user_id=by_user_id,
    )
    return credit


def credit_instead_of_refund(
    *, refund_id: int, valid_until: date | None, reason: str, by_user_id: int, scope: Scope
) -> Credit:
    """A guest keeps what is owed back for another trip. The refund is settled by it, whole.

    Raises NotFound, WrongState when it has left or the card service has it, Invalid without a reason.
    """
    refund, hand, booking = lock_hand(refund_id=refund_id, scope=scope)
    check_undisputed(refund=refund)
    if hand.state in LEFT:
        raise WrongState(_("This refund was sent before."))
    drop_account(refund_id=refund.id)
    credit = _add_credit(
        kind=CreditKind.REFUND,
        amount=refund.amount,
        keeper=refund.keeper,
        holder=booking.guest_name,
        valid_until=valid_until,
        village_id=booking.lines[0].village_id,
        reason=reason,
        by_user_id=by_user_id,
    )
    mark_refund_sent(refund=refund, proof=credit.account, by_user_id=by_user_id)
    refund.credit_id = credit.id
    post(
        reference=f"refund-sent:{refund.id}",
        kind="refund_sent",
        subject=booking.reference,
        moves=[Move(f"refund:{refund.id}", credit.account, refund.amount, refund.keeper)],
        by_user_id=by_user_id,
    )
    return credit


def stop_credit(*, credit_id: int, reason: str, by_user_id: int, scope: Scope) -> Credit:
    """Nobody spends it from now on; its money stays where it lies. Stopped twice, it stays stopped. Raises NotFound,
    Invalid without a reason.
    """
    credit = queries.lock_credit(credit_id, scope)
    if credit.stopped_at is None:
        credit.stopped_at = clock.now()
        audit.record(
            action="credit:stopped", subject=credit.account, user_id=by_user_id, reason=_reason(reason)
        )
    return credit


def _add_credit(
    *,
    kind: CreditKind,
    amount: Rupiah,
    keeper: str,
    holder: str,
    valid_until: date | None,
    village_id: int | None,
    reason: str,
    by_user_id: int,
) -> Credit:
    if valid_until is not None and valid_until < clock.today():
        raise _no("valid_until", _("The last day lies in the past."))
    credit = Credit(
        code=queries.new_voucher_code(),
        kind=kind,
        amount=amount,
        keeper=keeper,
        holder=holder.strip()[:120],
        village_id=village_id,
        valid_until=valid_until,
        counter_id=create_counter(capacity=amount).id,
        reason=_reason(reason),
        created_at=clock.now(),
        created_by_id=by_user_id,
    )
    db.session.add(credit)
    db.session.flush()
    audit.record(
        action="credit:given",
        subject=credit.account,
        user_id=by_user_id,
        reason=credit.reason,
        amount=amount,
        keeper=keeper,
        kind=kind.value,
    )
    return credit


def _check_terms(terms: VoucherTerms, scope: Scope) -> None:
    if (terms.amount is None) == (terms.basis_points is None):
        raise _no("amount", _("Give an amount, or a percentage: one of the two."))
    if terms.amount is not None and not 0 < terms.amount <= MOST_CREDIT:
        raise _no("amount", _("The amount must be more than Rp0."))
    if terms.basis_points is not None and not 0 < terms.basis_points <= BASIS:
        raise _no("percent", _("A percentage lies between 0.01 and 100."))
    if terms.most is not None and (terms.basis_points is None or terms.most <= 0):
        raise _no("most", _("At most so much: only with a percentage."))
    if not 0 < terms.uses <= MOST_USES:
        raise _no("uses", _("A voucher may be used once at least."))
    if terms.valid_from > terms.valid_until:
        raise _no("valid_until", _("The last day comes before the first."))
    if terms.payee_id not in {key for key, _name in queries.list_bearers(scope)}:
        raise _no("payee", _("Choose who bears it."))
    if terms.village_id is not None and not scope.has_village(terms.village_id):
        raise _no("village", _("There is no village of that name here."))


def _own_code(text: str) -> str:
    """A code that staff chose, as it is kept."""
    code = queries.normal_code(text)
    if len(code) < SHORTEST_CODE:
        raise _no("code", _("A code has %(least)d letters and digits at least.", least=SHORTEST_CODE))
    if queries.find_voucher(code) or queries.find_credit(code):
        raise Conflict(_("There is a voucher with this code already."))
    return code


def _reason(text: str) -> str:
    if not text.strip():
        raise _no("reason", _("Say why."))
    return text.strip()[:500]


def _no(field: str, message: str) -> Invalid:
    return Invalid(message, errors=[(field, message)])
