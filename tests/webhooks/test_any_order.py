"""Whatever the provider tells of a payment, it may tell in any order and twice: the end in the books is the same."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app import jobs
from app.bookings import queries, services
from app.core.db import db, transaction
from app.core.errors import Unavailable
from app.ledger.queries import list_entries
from app.payments import calls
from app.payments.gateway import Refused
from app.payments.queries import list_disputes, list_receipts, list_refunds
from app.payments.rules import PaymentMethod, RefundState
from app.webhooks.services import take_event
from tests.bookings import acts, cards
from tests.bookings.conftest import season
from tests.simulators import needs
from tests.simulators.provider import Provider

__all__ = ["season"]

ORDERS = 3
"""How many orders are tried besides the provider's own and its reverse."""

Event = dict[str, Any]
Scenario = Callable[[Provider, str], None]


@pytest.fixture
def provider(season: Session, stripe_simulator: Provider) -> Provider:
    """The provider, at our time."""
    cards.at_our_time(stripe_simulator)
    return stripe_simulator


def intent(provider: Provider, code: str) -> str:
    """The provider's number of what was paid for a booking."""
    page = provider.library().checkout.sessions.retrieve(str(cards.attempt(code).session_id))
    return str(page.payment_intent)


def pay(provider: Provider, code: str) -> None:
    """The guest pays on the page; nobody has told us."""
    provider.pay(cards.page(code))


def lose(provider: Provider, code: str, *, won: bool = False, amount: int | None = None) -> None:
    """It is disputed, and the bank decides."""
    provider.close_dispute(provider.dispute(intent(provider, code), amount=amount), won=won)


def paid(provider: Provider, code: str) -> None:
    pay(provider, code)
    provider.settle(intent(provider, code))


def lost(provider: Provider, code: str) -> None:
    pay(provider, code)
    lose(provider, code)


def won(provider: Provider, code: str) -> None:
    pay(provider, code)
    lose(provider, code, won=True)


def lost_in_part(provider: Provider, code: str) -> None:
    pay(provider, code)
    lose(provider, code, amount=123_457)


def won_and_lost(provider: Provider, code: str) -> None:
    """Two disputes over one charge: the first is won, the second lost."""
    pay(provider, code)
    lose(provider, code, won=True, amount=100_000)
    lose(provider, code, amount=50_000)


def older_page_paid_too(provider: Provider, code: str) -> None:
    """The guest opened a second page, and pays on both."""
    older = cards.page(code)
    acts.change_method(code, PaymentMethod.CARD)
    provider.pay(cards.page(code))
    provider.pay(older)


def older_page_closed(provider: Provider, code: str) -> None:
    """The first page is closed by the provider, the second is paid."""
    cards.page(code)
    provider.library().checkout.sessions.expire(str(cards.attempt(code).session_id))
    acts.change_method(code, PaymentMethod.CARD)
    provider.pay(cards.page(code))


def refunded_unheard(provider: Provider, code: str) -> None:
    """It is cancelled, the provider sends the refund, and its answer is lost."""
    pay(provider, code)
    cards.hear_all(provider)
    cards.cancel(code)
    provider.lose_answers(2)  # the library tries once more by itself
    (refund,) = list_refunds(f"booking:{code}")
    with pytest.raises(Unavailable):
        calls.send_refund(refund.id, hear=services.hear_refund)
    provider.lose_answers(0)


def refund_comes_back(provider: Provider, code: str) -> None:
    """As before, and days later the guest's bank returns it."""
    refunded_unheard(provider, code)
    provider.fail_refund(provider.library().refunds.list().data[0].id)


def cancelled_and_lost(provider: Provider, code: str) -> None:
    """It is cancelled while the guest's bank takes it: nobody gives back twice."""
    pay(provider, code)
    cards.hear_all(provider)
    cards.cancel(code)
    lose(provider, code)


SCENARIOS: list[Scenario] = [paid, older_page_paid_too, older_page_closed, refunded_unheard]
DISPUTED: list[Scenario] = [lost, won, lost_in_part, won_and_lost, cancelled_and_lost]
MARKED = [
    *SCENARIOS,
    *(pytest.param(scenario, marks=needs.disputes) for scenario in DISPUTED),
    pytest.param(refund_comes_back, marks=needs.failing_refunds),
]


def deliver(provider: Provider, events: list[Event]) -> None:
    """Tell these in this order; the jobs run once in the middle and once in the end, as they may."""
    for place, event in enumerate(events):
        with transaction():
            take_event(event=cards.read(provider, event))
        if place == len(events) // 2:
            work()
    for event in provider.pending():
        provider.note_taken(event)
    work()
    cards.hear_all(provider)
    db.session.expire_all()


def work() -> None:
    """The job, with whatever the provider refuses."""
    try:
        jobs.reconcile_payments()
    except Refused:
        raise AssertionError("a job says what is refused, and goes on") from None


def end_of(code: str) -> dict[str, Any]:
    """How all stands: the booking's figures, what each stage has of each unit, and every kind of account."""
    booking = acts.booking(code)
    names = {
        f"unit:{unit.id}": place
        for place, unit in enumerate(queries.sold_units(booking, ended=True)[1].values())
    }
    sums: dict[tuple[object, ...], int] = defaultdict(int)
    for entry in list_entries(booking.reference):
        for posting in entry.postings:
            for account, sign in ((posting.to_account, 1), (posting.from_account, -1)):
                key = names.get(posting.unit or "", -1), account.family, account.stage, posting.keeper
                sums[key] += sign * posting.amount
    refunds: dict[bool, int] = defaultdict(int)
    for refund in list_refunds(booking.reference):
        refunds[refund.state == RefundState.SENT] += refund.amount
    figures = booking.state, booking.paid, booking.refunded, booking.amount_due
    kept = [unit.kept for line in booking.lines for unit in line.units]
    receipts = [receipt.id for receipt in list_receipts(booking.reference)]
    disputes = [one.state.value for number in receipts for one in list_disputes(number)]
    return {
        "figures": figures,
        "kept": kept,
        "disputes": sorted(disputes),
        "refunds": dict(refunds),
        "books": {key: amount for key, amount in sums.items() if amount},
    }


@pytest.mark.parametrize("scenario", MARKED, ids=lambda scenario: scenario.__name__)
def test_the_end_is_the_same_in_any_order(provider: Provider, scenario: Scenario) -> None:
    ends = []
    for order in range(ORDERS + 2):
        chance = random.Random(f"{scenario.__name__} {order}")
        code = cards.hold(cards.open_shop(), "stay", "package")
        scenario(provider, code)
        told = provider.pending()
        if order == 1:
            told.reverse()
        elif order > 1:
            told += chance.sample(told, len(told) // 2)  # some are told twice
            chance.shuffle(told)
        deliver(provider, told)
        ends.append(end_of(code))
    acts.nothing_is_wrong()
    assert ends[0]["figures"][1] > 0
    for order, end in enumerate(ends):
        assert end == ends[0], order
