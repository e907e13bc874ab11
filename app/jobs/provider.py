"""What is asked of the card provider by the clock: what was begun is finished, and what nobody told us is found out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog

from app.bookings import services as bookings
from app.core import clock
from app.core.db import transaction
from app.core.errors import DomainError, Unavailable
from app.jobs.batches import in_batches
from app.payments import calls
from app.payments import queries as payments
from app.payments.gateway import Refused, gateway
from app.webhooks.services import take_event

log = structlog.get_logger()

CALLS = 50
"""How many conversations with the provider one run has, each kind for itself."""

SETTLE_SECONDS, QUIET_SECONDS = 60, 300
"""What was asked less long ago is left to whoever asked; what nobody told us of is asked for after this."""


def reconcile_payments() -> list[str]:
    """Finish what was begun with the card provider: pages, payments nobody told us of, refunds, fees, payouts."""
    if gateway() is None:
        return []
    before = clock.now() - timedelta(seconds=SETTLE_SECONDS)
    quiet = clock.now() - timedelta(seconds=QUIET_SECONDS)
    return [
        *_with_provider(
            "opened", payments.list_unanswered_payments(asked_before=before, limit=CALLS), _finish
        ),
        *close_pages(),
        *_with_provider("asked", payments.list_pages_to_ask(asked_before=quiet, limit=CALLS), _ask),
        *_with_provider(
            "refund", payments.list_card_refunds_to_send(asked_before=quiet, limit=CALLS), _refund
        ),
        *_with_provider(
            "fee asked",
            payments.list_fees_to_ask(came_before=before, asked_before=quiet, limit=CALLS),
            _ask_fee,
        ),
        *_with_provider(
            "payout", payments.list_payouts_to_book(asked_before=quiet, limit=CALLS), _ask_payout
        ),
        *in_batches("disputes", CALLS, bookings.take_up_disputes),
    ]


def hear_missed_events() -> list[str]:
    """Take what the provider told while nobody could listen, as if it told it now: a payout, a dispute, a refund that
    failed are not to be lost because the site was away for longer than the provider tries.
    """
    if gateway() is None:
        return []
    try:
        events = calls.list_missed_events()
    except Unavailable:
        return ["events: the provider does not answer"]
    done = []
    for event in events:
        try:
            with transaction():
                outcome = take_event(event=event)
        except DomainError as error:
            # It stays missed and is tried again; the others do not wait for it.
            log.warning("event not taken", event_id=event.id, code=error.code)
            continue
        if outcome is not None:
            done.append(f"{event.type} {event.id}: {outcome}")
    return done


def close_pages() -> list[str]:
    """Close the provider's pages of attempts whose time is over; one that was paid meanwhile is believed."""
    if gateway() is None:
        return []
    return _with_provider("page closed", payments.list_pages_to_close(now=clock.now(), limit=CALLS), _close)


def _finish(payment_id: int) -> None:
    calls.finish_session(payment_id, hear=bookings.hear_session)


def _ask(payment_id: int) -> object:
    return calls.ask_session(payment_id, hear=bookings.hear_session)


def _close(payment_id: int) -> object:
    return calls.close_session(payment_id, hear=bookings.hear_session)


def _refund(refund_id: int) -> object:
    return calls.send_refund(refund_id, hear=bookings.hear_refund)


def _ask_fee(receipt_id: int) -> object:
    return calls.ask_fee(receipt_id, hear=bookings.hear_fee)


def _ask_payout(payout_id: int) -> object:
    return calls.ask_payout(payout_id, hear=bookings.hear_payout_parts)


def _with_provider(what: str, ids: Sequence[int], call: Callable[[int], object]) -> list[str]:
    """One conversation for each; where the provider does not answer the rest waits for the next run."""
    done: list[str] = []
    for number in ids:
        try:
            call(number)
        except Unavailable:
            return [*done, f"{what}: the provider does not answer"]
        except Refused as error:
            log.warning("provider refused", what=what, number=number, code=error.code)
            done.append(f"{what} #{number}: refused ({error.code})")
        else:
            done.append(f"{what} #{number}")
    return done
