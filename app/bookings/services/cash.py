"""Cash goes from a box to the bank or to another box: one gives, another counts and confirms, then it is booked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.bookings.models import CashHandover
from app.bookings.queries.cash import cash_given, cash_held, lock_handover
from app.core import audit, clock
from app.core.db import db
from app.core.errors import Forbidden, Invalid, NotFound, WrongState
from app.core.filters import rupiah
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.ledger.services import lock_account, moved, post
from app.users.rules import Scope
from app.villages.models import Village
from app.villages.queries import find_bank_account_by_code, find_village, get_own_village


@dataclass(frozen=True)
class Taker:
    """Somebody who takes cash: for which boxes and which bank accounts, and where they may let a difference stand."""

    user_id: int
    boxes: Scope
    banks: Scope
    differences: Scope


def hand_cash(
    *,
    village: str,
    receiver: str,
    amount: Rupiah,
    handed_on: date,
    reference: str,
    by_user_id: int,
    scope: Scope,
) -> CashHandover:
    """Cash of a village's box (its slug) was handed, in rupiah, to `bank:<account>` or `cash:<village>`. Nothing is
    booked before the other one has counted it.

    Raises NotFound, Invalid for more than lies there and is not on its way, a day ahead, or no reference.
    """
    giver, now = get_own_village(village, scope), clock.now()
    if _village_of(receiver) is None or receiver == f"cash:{village}":
        message = _("Choose who takes the cash.")
        raise Invalid(message, errors=[("receiver", message)])
    lock_account(code=f"held:cash:{village}")
    free = cash_held(village) - cash_given(village)
    if not 0 < amount <= free:
        message = _("This box holds %(free)s that is not on its way yet.", free=rupiah(max(0, free)))
        raise Invalid(message, errors=[("amount", message)])
    if handed_on > clock.today():
        message = _("This day lies ahead. Choose the day on which it was handed over.")
        raise Invalid(message, errors=[("handed_on", message)])
    made = CashHandover(
        giver=f"cash:{giver.slug}",
        receiver=receiver,
        amount=amount,
        handed_on=handed_on,
        reference=_needed(
            reference, "reference", _("Write down a reference: the slip's number, or who carried it.")
        ),
        given_by_id=by_user_id,
        given_at=now,
    )
    db.session.add(made)
    db.session.flush()
    _audit(made, "cash:given", by_user_id, made.reference)
    return made


def take_cash(*, handover_id: int, counted: Rupiah, reason: str, taker: Taker) -> CashHandover:
    """Somebody else has counted what was handed over, in rupiah: it lies with them now. What is missing, or too much,
    stands apart on an account of its own, with a reason, by somebody who may let it stand.

    Raises NotFound, WrongState, Forbidden for who gave it or may not let a difference stand, Invalid without a reason.
    """
    made, now = _open(handover_id), clock.now()
    village = _village_of(made.receiver)
    if village is None or not _may_take(made, village, taker):
        raise NotFound(_("There is no such handing over."))
    if made.given_by_id == taker.user_id:
        raise Forbidden(_("You gave this cash yourself. Whoever takes it counts and confirms it."))
    giver = made.giver.partition(":")[2]
    lock_account(code=f"held:{made.giver}")
    if cash_held(giver) < made.amount:
        raise WrongState(_("The box no longer holds that much. Drop this, and hand over what is there."))
    if counted != made.amount:
        reason = _needed(reason, "reason", _("Say why the count differs from what was given."))
        if not taker.differences.has_village(_of_box(made.giver).id):
            raise Forbidden(_("A difference is let stand by the manager of the village that gave the cash."))
    made.counted, made.confirmed_by_id, made.confirmed_at = counted, taker.user_id, now
    made.difference_reason = reason.strip() or None if counted != made.amount else None
    db.session.flush()
    _post(made)
    _audit(made, "cash:taken", taker.user_id, made.difference_reason or made.reference)
    return made


def drop_handover(*, handover_id: int, reason: str, by_user_id: int, scope: Scope) -> CashHandover:
    """It did not happen, or was written down wrongly; the cash is where it was.

    Raises NotFound, WrongState, Invalid without a reason.
    """
    made, now = _open(handover_id), clock.now()
    own = [
        village for village in (_village_of(made.giver), _village_of(made.receiver)) if village is not None
    ]
    if not any(scope.has_village(village.id) for village in own):
        raise NotFound(_("There is no such handing over."))
    reason = _needed(reason, "reason", _("Say why."))
    made.dropped_at, made.drop_reason = now, reason
    db.session.flush()
    _audit(made, "cash:dropped", by_user_id, reason)
    return made


def _open(handover_id: int) -> CashHandover:
    made = lock_handover(handover_id)
    if made.confirmed_at is not None or made.dropped_at is not None:
        raise WrongState(_("This was confirmed or dropped meanwhile. Nothing was changed."))
    return made


def _may_take(made: CashHandover, village: Village, taker: Taker) -> bool:
    """A bank account is looked at by who sees its statement, a box by who hands cash over there."""
    if made.receiver.startswith("cash:"):
        return taker.boxes.has_village(village.id)
    return taker.banks.has_village(village.id) or taker.differences.has_village(village.id)


def _village_of(keeper: str) -> Village | None:
    """Whose a box or a bank account is."""
    kind, _colon, code = keeper.partition(":")
    if kind == "cash":
        return find_village(code)
    account = find_bank_account_by_code(code) if kind == "bank" else None
    return db.session.get(Village, account.village_id) if account else None


def _of_box(keeper: str) -> Village:
    village = _village_of(keeper)
    assert village is not None, "it gave cash"
    return village


def _post(made: CashHandover) -> None:
    """The money moves, the debts stay: who took it owes it to those whose money the giver held."""
    giver, receiver, counted = made.giver, made.receiver, made.counted or 0
    moves = [
        moved(source=f"held:{receiver}", target=f"between:{giver}", amount=counted, keeper=receiver),
        moved(source=f"between:{receiver}", target=f"held:{giver}", amount=counted, keeper=giver),
        moved(
            source=f"difference:{giver}", target=f"held:{giver}", amount=made.amount - counted, keeper=giver
        ),
    ]
    post(
        reference=f"handover:{made.id}",
        kind="handover",
        subject=f"handover:{made.id}",
        moves=[move for move in moves if move],
        note=made.difference_reason or made.reference,
        by_user_id=made.confirmed_by_id,
    )


def _needed(text: str, field: str, message: str) -> str:
    if not text.strip():
        raise Invalid(message, errors=[(field, message)])
    return text.strip()


def _audit(made: CashHandover, action: str, by_user_id: int, reason: str) -> None:
    audit.record(
        action=action,
        subject=f"handover:{made.id}",
        user_id=by_user_id,
        reason=reason,
        giver=made.giver,
        receiver=made.receiver,
        amount=made.amount,
        counted=made.counted,
    )
