"""The card provider has sent to our bank what it held: the money lies there now, the debts stay where they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from app.bookings.queries.payout_lines import payout_lines
from app.bookings.services.card import Heard, Hearing
from app.core import audit, clock
from app.core.settings import settings
from app.ledger.services import Move, moved, post
from app.payments import queries
from app.payments.gateway.values import PayoutPart
from app.payments.models import ProviderPayout
from app.payments.rules import CARD_KEEPER, Doubt, EventOutcome, PayoutState
from app.payments.services import add_payout, book_payout, doubt_payout

PATIENCE = timedelta(days=1)
"""How long a charge or refund in a payout may be unknown here: what the provider tells comes in any order."""


def hear_payout(*, payout: str, event_id: str) -> Hearing:
    """The provider says that it has paid out: what was in it is asked for at the next run (`payments.calls`)."""
    is_new = add_payout(provider_id=payout, event_id=event_id, keeper=f"bank:{settings().collecting_account}")
    return Hearing(Heard.DONE if is_new else Heard.NOTHING)


def hear_failed_payout(*, payout: str) -> Hearing:
    """A payout did not arrive, or came back days after it had: where its money lies a person must find out."""
    return Hearing(Heard.REVIEW, None, Doubt.PAYOUT_FAILED, {"payout": payout})


def hear_payout_parts(*, payout_id: int, parts: Sequence[PayoutPart]) -> Hearing:
    """Book a payout once: what it moved of our charges, refunds and disputes lies with the bank from now on.

    While the fee of a charge is not known, or one of them not heard of or not in the books, it waits. What is none of
    ours, or was in another payout, books nothing and is for a person. Raises NotFound.
    """
    payout = queries.lock_payout(payout_id)
    if payout.state != PayoutState.TOLD:
        return Hearing(Heard.NOTHING)
    found = payout_lines(parts)
    strangers = [part for part, line in zip(parts, found, strict=True) if line is None]
    named = [part for part in strangers if part.charge or part.refund or part.movement]
    if named and len(named) == len(strangers) and clock.now() < payout.told_at + PATIENCE:
        return Hearing(Heard.NOTHING)
    known = [one for one in found if one is not None]
    is_twice = len({(one.mark, id(one.row)) for one in known}) < len(known)
    if strangers or is_twice or not parts or any(one.payout_id is not None for one in known):
        return _doubt(payout, strangers)
    if any(one.net is None for one in known):
        return Hearing(Heard.NOTHING)
    amount = sum(one.net or 0 for one in known)
    book_payout(payout=payout, amount=amount, parts=known)
    _post(payout, amount)
    return Hearing(Heard.DONE)


def _post(payout: ProviderPayout, amount: int) -> None:
    """The bank has it and owes it to those whose money the provider held: `held:bank → held:card`, between the two."""
    moves: list[Move | None] = [
        moved(
            source=f"held:{payout.keeper}",
            target=f"between:{CARD_KEEPER}",
            amount=amount,
            keeper=payout.keeper,
        ),
        moved(
            source=f"between:{payout.keeper}", target=f"held:{CARD_KEEPER}", amount=amount, keeper=CARD_KEEPER
        ),
    ]
    subject = f"payout:{payout.provider_id}"
    if amount:
        post(
            reference=f"payout:{payout.id}",
            kind="payout",
            subject=subject,
            moves=[move for move in moves if move],
        )
    audit.record(action="money:payout", subject=subject, user_id=None, reason="paid out", amount=amount)


def _doubt(payout: ProviderPayout, strangers: Sequence[PayoutPart]) -> Hearing:
    """The event that told of it stands among what a person must look at."""
    doubt_payout(payout=payout)
    facts = {"payout": payout.provider_id, "kinds": ", ".join(sorted({part.kind for part in strangers}))}
    event = queries.find_event(payout.event_id)
    if event is not None:
        event.outcome, event.note, event.facts = EventOutcome.REVIEW, Doubt.PAYOUT_PARTS.value, facts
    audit.record(
        action="money:review",
        subject=f"payout:{payout.provider_id}",
        user_id=None,
        reason=Doubt.PAYOUT_PARTS.value,
        kinds=facts["kinds"],
    )
    return Hearing(Heard.REVIEW, None, Doubt.PAYOUT_PARTS, facts)
