"""Where a refund by hand is to go: asked of the guest, given by them or for them, kept locked, and forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.bookings import queries
from app.bookings.models import Booking, HandRefund
from app.bookings.rules import (
    ASK_EVERY,
    KEPT_FOR,
    OPEN_TO_GUEST,
    HandRoute,
    HandState,
    become,
    compare_names,
    may_ask,
)
from app.bookings.services import messages
from app.core import audit, clock, vault
from app.core.db import db, insert_into
from app.core.errors import Forbidden, WrongState
from app.core.words import gettext as _
from app.payments.models import Refund
from app.payments.queries import list_refunds, lock_refund
from app.payments.rules import MOVED_ON, RefundState
from app.users.rules import Scope

EVERYTHING = Scope(everything=True)


@dataclass(frozen=True)
class RefundAccount:
    """A guest's account in the clear: never stored, logged or sent like this."""

    bank: str
    number: str
    holder: str

    def __repr__(self) -> str:
        """Nothing of it, so that no trace shows one."""
        return "RefundAccount(…)"


def lock_hand(*, refund_id: int, scope: Scope) -> tuple[Refund, HandRefund, Booking]:
    """A refund by hand with its way and booking, locked. Raises NotFound, WrongState where no person sends it."""
    refund = lock_refund(refund_id)
    booking = queries.get_booking(refund.reference.partition(":")[2], scope)
    if refund.state in {RefundState.SENT, *MOVED_ON}:
        raise WrongState(_("This refund was sent before."))
    if not queries.is_by_hand(refund):
        raise WrongState(
            _("The card service sends this by itself. Only what it cannot send is sent by hand.")
        )
    table = HandRefund.__table__
    row = {"refund_id": refund.id, "state": HandState.ASKED, "version": 0, "asked_count": 0}
    db.session.execute(insert_into(table).values(row).on_conflict_do_nothing(index_elements=["refund_id"]))
    hand = queries.find_hand(refund.id)
    assert hand is not None, "it was put there a moment ago"
    return refund, hand, booking


def step(*, hand: HandRefund, wanted: HandState) -> None:
    """Move a refund by hand. Raises WrongState where somebody was there before."""
    try:
        hand.state = become(hand.state, wanted)
    except ValueError:
        raise _moved_on() from None


def _moved_on() -> WrongState:
    return WrongState(_("This refund has moved on meanwhile. Open it again to see how it stands."))


def give_account(
    *, code: str, account: RefundAccount | None, by_user_id: int | None = None, scope: Scope = EVERYTHING
) -> list[HandRefund]:
    """Say where all of a booking's refunds by hand go: to this account, or (None) as cash at the desk.

    By the guest behind the secret link, or by a person for them. Anew as often as one likes until somebody has
    approved. Raises NotFound, WrongState where nothing is open any more.
    """
    booking = queries.get_booking(code, scope)
    given = []
    for number in [one.id for one in list_refunds(booking.reference) if queries.is_by_hand(one)]:
        refund, hand, booking = lock_hand(refund_id=number, scope=scope)
        if hand.state in OPEN_TO_GUEST:
            _put(hand, booking, account, by_user_id)
            given.append(hand)
            audit.record(
                action="refund:account_given",
                subject=booking.reference,
                user_id=by_user_id,
                refund=refund.id,
                route=hand.route.value if hand.route else None,
                names=hand.name_match.value if hand.name_match else None,
            )
    if not given:
        raise WrongState(_("Where this money goes can no longer be changed here. Call the desk."))
    db.session.flush()
    return given


def _put(hand: HandRefund, booking: Booking, account: RefundAccount | None, by_user_id: int | None) -> None:
    now = clock.now()  # asked first: nothing is written while half of it is said
    clear_account(hand=hand)
    step(hand=hand, wanted=HandState.GIVEN)
    hand.route = HandRoute.TRANSFER if account else HandRoute.CASH
    hand.version += 1
    hand.given_at, hand.entered_by_id, hand.refused_because = now, by_user_id, None
    if account is not None:
        hand.bank, hand.number_end = account.bank, account.number[-4:]
        hand.name_match = compare_names(account.holder, booking.guest_name)
        _lock_up(hand, account.number, account.holder)


def _lock_up(hand: HandRefund, number: str, holder: str) -> None:
    hand.number_locked = vault.lock(number, belongs_to=f"refund:{hand.refund_id}:number")
    hand.holder_locked = vault.lock(holder, belongs_to=f"refund:{hand.refund_id}:holder")


def clear_account(*, hand: HandRefund) -> None:
    """Take an account out of our hands, its last digits and its holder's likeness too."""
    hand.bank = hand.number_end = hand.number_locked = hand.holder_locked = hand.name_match = None


def show_account(*, refund_id: int, by_user_id: int, scope: Scope) -> RefundAccount:
    """The account in the clear, for who transfers to it now; each look is written down.

    Raises NotFound, Forbidden for who approved it, WrongState where nothing is to be transferred.
    """
    refund, hand, booking = lock_hand(refund_id=refund_id, scope=scope)
    if hand.state != HandState.APPROVED or hand.route != HandRoute.TRANSFER:
        raise _moved_on()
    if hand.approved_by_id == by_user_id:
        raise Forbidden(_("You approved this refund. Somebody else sends it."))
    _note_look(booking, refund, by_user_id, "refund:account_seen")
    return _open_up(hand)


def show_holder(*, refund_id: int, by_user_id: int, scope: Scope) -> str | None:
    """The holder's name alone, for who compares it with the guest's; None for cash. Each look is written down.

    Raises NotFound, WrongState where nothing waits for approval.
    """
    refund, hand, booking = lock_hand(refund_id=refund_id, scope=scope)
    if hand.state != HandState.GIVEN:
        raise _moved_on()
    if hand.route != HandRoute.TRANSFER:
        return None
    _note_look(booking, refund, by_user_id, "refund:holder_seen")
    return _open_up(hand).holder


def _note_look(booking: Booking, refund: Refund, by_user_id: int, action: str) -> None:
    audit.record(action=action, subject=booking.reference, user_id=by_user_id, refund=refund.id)


def _open_up(hand: HandRefund) -> RefundAccount:
    assert hand.bank is not None, "the table refuses a part"
    assert hand.number_locked is not None, "the table refuses a part"
    assert hand.holder_locked is not None, "the table refuses a part"
    owner = f"refund:{hand.refund_id}"
    return RefundAccount(
        hand.bank,
        vault.unlock(hand.number_locked, belongs_to=f"{owner}:number"),
        vault.unlock(hand.holder_locked, belongs_to=f"{owner}:holder"),
    )


def ask_for_accounts(*, limit: int = 100) -> int:
    """Ask guests whose refunds nobody can send yet where they are to go: at once, then weekly, three times.

    Gives how many refunds were looked at; call again while that equals `limit`.
    """
    due = queries.list_to_ask(asked_before=clock.now() - ASK_EVERY, limit=limit)
    by_code: dict[str, list[int]] = {}
    for refund, booking in due:
        by_code.setdefault(booking.code, []).append(refund.id)
    for code in sorted(by_code, key=lambda code: min(by_code[code])):
        _ask(by_code[code])
    return len(due)


def _ask(refund_ids: Sequence[int]) -> int:
    """Ask one guest about some refunds, those that may be asked for now; gives how many they were."""
    asked = []
    for refund_id in sorted(refund_ids):
        try:
            refund, hand, booking = lock_hand(refund_id=refund_id, scope=EVERYTHING)
        except WrongState:  # it went to the card meanwhile
            continue
        is_open = hand.state == HandState.ASKED and may_ask(hand.asked_count, hand.asked_at, clock.now())
        if is_open:
            hand.asked_count += 1
            hand.asked_at = clock.now()
            asked.append((refund, hand))
    if asked:
        refund, hand = asked[0]
        messages.tell_refund_asked(
            booking=booking,
            amount=sum(one.amount for one, _hand in asked),
            event=f"refund-ask:{refund.id}:{hand.version}:{hand.asked_count}",
        )
    return len(asked)


def remind_of_refund(*, refund_id: int, by_user_id: int, scope: Scope) -> None:
    """Remind the guest of one refund by hand. Raises NotFound, WrongState where they were within a week, or thrice."""
    _refund, _hand, booking = lock_hand(refund_id=refund_id, scope=scope)
    if not _ask([refund_id]):
        raise WrongState(
            _("This guest was asked within the last seven days, or four times. Call them instead.")
        )
    audit.record(action="refund:reminded", subject=booking.reference, user_id=by_user_id, refund=refund_id)


def drop_account(*, refund_id: int) -> None:
    """The money reached the card after all: what the guest gave is not needed. Nothing where it has left by hand."""
    hand = queries.find_hand(refund_id)
    if hand is None or hand.state not in {HandState.ASKED, HandState.GIVEN, HandState.APPROVED}:
        return
    clear_account(hand=hand)
    step(hand=hand, wanted=HandState.DROPPED)


def forget_accounts(*, limit: int = 200) -> int:
    """Delete accounts ninety days after the proof. Gives how many; call again while that equals `limit`."""
    old = queries.lock_accounts_to_forget(confirmed_before=clock.now() - KEPT_FOR, limit=limit)
    for hand in old:
        clear_account(hand=hand)
        hand.forgotten_at = clock.now()
    return len(old)


def relock_accounts(*, limit: int = 200) -> int:
    """Lock accounts anew that an earlier key locked. Gives how many; call again while that equals `limit`."""
    old = queries.lock_accounts_to_relock(newest=vault.newest(), limit=limit)
    for hand in old:
        account = _open_up(hand)
        _lock_up(hand, account.number, account.holder)
    return len(old)
