"""A process dies between two steps of a conversation with the provider: the job finishes it, once.

Each conversation has three steps: write down what will be asked, ask, write down the answer. The process dies for good
(SIGKILL in a child) after the first, after the second, or in the transaction of the third.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from app import jobs
from app.bookings import services
from app.bookings.rules import BookingState
from app.core import clock
from app.core.db import db
from app.ledger.queries import list_entries
from app.payments import calls
from app.payments.gateway.values import SessionState
from app.payments.queries import find_payout, list_payments, list_receipts, list_refunds
from app.payments.rules import PaymentState, RefundState
from app.villages.rules import Terms
from tests.bookings import acts, cards
from tests.factories import NOW
from tests.simulators import needs
from tests.simulators.provider import Provider

MINUTE = timedelta(minutes=1)
LATER = NOW + 6 * MINUTE
"""When the job looks: what was asked less long ago is left to whoever asked."""

OVER = NOW + 36 * MINUTE
STEPS = ("asking", "asked", "answering")


@pytest.fixture
def world(race_app: Flask, stripe_simulator: Provider) -> Iterator[Flask]:
    """It is `NOW`; afterwards everything must hold."""
    with clock.shifted(NOW):
        cards.at_our_time(stripe_simulator)
        with race_app.app_context():
            yield race_app
            acts.nothing_is_wrong()


def die(app: Flask, provider: Provider, step: str, call: Callable[[], object]) -> None:
    """Do it in a child process, over connections of its own, that is killed after a step."""
    db.session.close()
    db.engine.dispose()
    child = os.fork()
    if child == 0:
        try:
            app.extensions["gateway"] = Doomed(provider.gateway(), step)
            with app.app_context():
                call()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it came to its end"
    assert os.WTERMSIG(status) == signal.SIGKILL


class Doomed:
    """The provider, in a process that dies as soon as it is asked, has answered, or wants to write the answer down."""

    def __init__(self, ours: Any, step: str) -> None:
        self.ours, self.step = ours, step

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.ours, name)
        return self._deadly(found) if callable(found) and name != "read_event" else found

    def _deadly(self, found: Callable[..., object]) -> Callable[..., object]:
        def ask(*given: Any, **named: Any) -> object:
            if self.step == "asking":
                os.kill(os.getpid(), signal.SIGKILL)
            answer = found(*given, **named)
            if self.step == "asked":
                os.kill(os.getpid(), signal.SIGKILL)
            _commit_no_more()
            return answer

        return ask


def _commit_no_more() -> None:
    """From now on a COMMIT is the end."""
    event.listen(db.engine, "commit", lambda *_: os.kill(os.getpid(), signal.SIGKILL))


def told(provider: Provider, *types: str) -> int:
    """How often the provider did it."""
    return len(provider.events(*types))


@pytest.mark.parametrize("step", STEPS)
def test_a_page_is_opened_once(world: Flask, stripe_simulator: Provider, step: str) -> None:
    code = cards.hold(cards.open_shop())
    number = cards.attempt(code).id
    die(world, stripe_simulator, step, lambda: calls.open_session(number))
    assert cards.attempt(code).session_id is None
    with clock.shifted(LATER):
        jobs.reconcile_payments()
        db.session.expire_all()
        (attempt,) = list_payments(f"booking:{code}")
        assert (attempt.state, attempt.session_state) == (PaymentState.PENDING, SessionState.OPEN)
        assert [page.id for page in stripe_simulator.library().checkout.sessions.list().data] == [
            attempt.session_id
        ]
        cards.pay_now(stripe_simulator, code)
    assert acts.reads(code) == BookingState.CONFIRMED
    assert told(stripe_simulator, "charge.succeeded") == 1


@pytest.mark.parametrize(("step", "is_paid"), [*((step, True) for step in STEPS), ("asked", False)])
def test_a_page_is_closed_or_believed(
    world: Flask, stripe_simulator: Provider, step: str, is_paid: bool
) -> None:
    code = cards.hold(cards.open_shop())
    number, page = cards.attempt(code).id, cards.page(code)
    if is_paid:
        stripe_simulator.pay(page)
    with clock.shifted(OVER):
        die(world, stripe_simulator, step, lambda: calls.close_session(number, hear=services.hear_session))
        jobs.expire_holds()
        jobs.reconcile_payments()
        cards.hear_all(stripe_simulator)
    assert acts.booking(code).state == (BookingState.CONFIRMED if is_paid else BookingState.EXPIRED)
    assert len(list_receipts(f"booking:{code}")) == is_paid
    assert list(acts.messages(code)).count("confirmed") == is_paid


@pytest.mark.parametrize("step", STEPS)
def test_money_goes_back_once(world: Flask, stripe_simulator: Provider, step: str) -> None:
    # Half is kept, so that the provider would send it twice if it were asked twice.
    code = cards.hold(cards.open_shop(terms=Terms.STRICT), "stay")
    cards.pay_now(stripe_simulator, code)
    cards.cancel(code)
    (refund,) = list_refunds(f"booking:{code}")
    number = refund.id
    die(world, stripe_simulator, step, lambda: calls.send_refund(number, hear=services.hear_refund))
    with clock.shifted(LATER):
        jobs.reconcile_payments()
        cards.hear_all(stripe_simulator)
    with clock.shifted(LATER + 6 * MINUTE):
        jobs.reconcile_payments()
    db.session.expire_all()
    (refund,) = list_refunds(f"booking:{code}")
    assert (refund.state, refund.amount) == (RefundState.SENT, 200_000)
    assert told(stripe_simulator, "refund.created") == 1
    assert [event for event in acts.messages(code) if event.startswith("refund-sent")] == [
        f"refund-sent:{number}"
    ]


@needs.payouts
@pytest.mark.parametrize("step", STEPS)
def test_a_fee_and_a_payout_are_booked_once(world: Flask, stripe_simulator: Provider, step: str) -> None:
    code = cards.hold(cards.open_shop())
    cards.pay_now(stripe_simulator, code)
    (receipt,) = list_receipts(f"booking:{code}")
    number = receipt.id
    stripe_simulator.settle(str(receipt.charge))
    die(world, stripe_simulator, step, lambda: calls.ask_fee(number, hear=services.hear_fee))
    with clock.shifted(LATER):
        jobs.reconcile_payments()
    payout = stripe_simulator.pay_out()
    cards.hear_all(stripe_simulator)
    found = find_payout(payout)
    assert found is not None
    key = found.id
    die(world, stripe_simulator, step, lambda: calls.ask_payout(key, hear=services.hear_payout_parts))
    with clock.shifted(LATER + 6 * MINUTE):
        jobs.reconcile_payments()
    db.session.expire_all()
    (receipt,) = list_receipts(f"booking:{code}")
    posted = [entry.reference for entry in list_entries(receipt.reference) if entry.kind == "fee"]
    assert posted == [f"fee:{number}"]
    assert [entry.reference for entry in list_entries(f"payout:{payout}")] == [f"payout:{key}"]
    assert acts.family("held") == {"held:bank:bersama": -(receipt.net or 0)}


def test_lost_answers_are_asked_for_again(world: Flask, stripe_simulator: Provider) -> None:
    code = cards.hold(cards.open_shop())
    stripe_simulator.lose_answers(2)
    jobs.reconcile_payments()
    with clock.shifted(NOW + 2 * MINUTE):
        assert jobs.reconcile_payments() == ["opened: the provider does not answer"]
    with clock.shifted(LATER):
        jobs.reconcile_payments()
        db.session.expire_all()
        cards.pay_now(stripe_simulator, code)
        cards.cancel(code)
        stripe_simulator.lose_answers(2)
        jobs.reconcile_payments()
    with clock.shifted(LATER + 6 * MINUTE):
        jobs.reconcile_payments()
        cards.hear_all(stripe_simulator)
    assert len(stripe_simulator.library().checkout.sessions.list().data) == 1
    assert (told(stripe_simulator, "charge.succeeded"), told(stripe_simulator, "refund.created")) == (1, 1)
    # What the provider kept for itself may be known by now; all that the guest paid has gone back.
    (receipt,) = list_receipts(f"booking:{code}")
    kept = 0 if receipt.net is None else receipt.amount - receipt.net
    assert acts.family("held") == ({"held:card": kept} if kept else {})


@needs.missed_events
def test_what_was_told_while_nobody_listened_is_heard(world: Flask, stripe_simulator: Provider) -> None:
    """Payment, dispute and payout were told and not taken; the job takes each once, in their order."""
    code = cards.hold(cards.open_shop())
    charge = stripe_simulator.pay(cards.page(code)) and str(
        stripe_simulator.events("checkout.session.completed")[-1]["data"]["object"]["payment_intent"]
    )
    stripe_simulator.settle(charge)
    payout = stripe_simulator.pay_out()
    stripe_simulator.dispute(charge)
    done = jobs.hear_missed_events()
    assert [line.split()[0] for line in done if line.endswith(": done")] == [
        "checkout.session.completed",
        "charge.updated",
        "payout.paid",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
    ]
    assert jobs.hear_missed_events() == []
    db.session.expire_all()
    assert acts.reads(code) == BookingState.CONFIRMED
    assert find_payout(payout) is not None
    with clock.shifted(LATER):
        jobs.reconcile_payments()
    cards.hear_all(stripe_simulator)
    assert len(list_receipts(f"booking:{code}")) == 1


def test_while_the_provider_is_away_nothing_is_heard(world: Flask, stripe_simulator: Provider) -> None:
    stripe_simulator.be_away(1)
    assert jobs.hear_missed_events() == ["events: the provider does not answer"]


def test_a_payment_nobody_told_of_is_asked_for(world: Flask, stripe_simulator: Provider) -> None:
    code = cards.hold(cards.open_shop())
    stripe_simulator.pay(cards.page(code))
    with clock.shifted(LATER):
        jobs.reconcile_payments()
        db.session.expire_all()
        assert acts.reads(code) == BookingState.CONFIRMED
        cards.hear_all(stripe_simulator)
    assert len(list_receipts(f"booking:{code}")) == 1
