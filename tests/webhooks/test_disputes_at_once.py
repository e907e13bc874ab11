"""Several of the provider's words about one dispute arrive at the same moment: each step is booked once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from sqlalchemy import select

from app import jobs
from app.core.db import db
from app.ledger.queries import list_entries
from app.payments.models import Dispute
from app.payments.queries import list_refunds
from tests.bookings import acts
from tests.simulators import needs
from tests.simulators.provider import Provider
from tests.webhooks.conftest import Visit

DISPUTE = ("charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.closed")
THREADS = 4


def disputed(visit: Visit, provider: Provider, *, won: bool) -> None:
    """The page is paid, its payment taken back, and the bank has decided; nobody has told us anything."""
    provider.pay(visit.page)
    page = provider.library().checkout.sessions.retrieve(visit.session_id)
    provider.close_dispute(provider.dispute(str(page.payment_intent)), won=won)


def deliver_at_once(visit: Visit, provider: Provider, *types: str) -> None:
    """Each of these events by a thread of its own, twice; whoever is told no is told again."""
    events = [event for event in provider.events(*types) for _twice in range(2)]

    def deliver(place: int) -> None:
        event = events[place]
        for _try in range(3):
            if provider.deliver(visit.client, [event]) == [200]:
                return
        raise AssertionError(f"{event['type']} was never taken")

    with ThreadPoolExecutor(THREADS) as pool:
        tasks = [pool.submit(copy_context().run, deliver, place) for place in range(len(events))]
        for task in tasks:
            task.result()


@needs.disputes
@pytest.mark.parametrize("won", [True, False])
@pytest.mark.parametrize("paid_first", [True, False])
def test_each_step_is_booked_once(
    visit: Visit, stripe_simulator: Provider, won: bool, paid_first: bool
) -> None:
    """Also where the dispute is told of at the same moment as the payment it is about."""
    disputed(visit, stripe_simulator, won=won)
    told = (*DISPUTE, *(["charge.dispute.funds_reinstated"] if won else []))
    paid = "checkout.session.completed"
    if paid_first:
        deliver_at_once(visit, stripe_simulator, paid)
        deliver_at_once(visit, stripe_simulator, *told)
    else:
        deliver_at_once(visit, stripe_simulator, paid, *told)
    with visit.app.app_context():
        jobs.reconcile_payments()
        (row,) = db.session.scalars(select(Dispute))
        assert (row.returned_at is not None, row.settled_at is not None) == (won, not won)
        kinds = [entry.kind for entry in list_entries(f"booking:{visit.code}")]
        assert (kinds.count("dispute"), kinds.count("dispute_returned" if won else "dispute_lost")) == (1, 1)
        booking = acts.booking(visit.code)
        assert booking.refunded == (0 if won else booking.paid)
        assert len(list_refunds(booking.reference)) == int(not won)
