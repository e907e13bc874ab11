"""A refund that the guest's bank returns after it had been sent is owed anew; in whatever order that is told."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import jobs
from app.bookings import queries, services
from app.bookings.queries import rupiah_trail
from app.core.db import db, transaction
from app.ledger.queries import balance, get_entry
from app.notifications.models import Message
from app.payments.gateway import PayoutPart
from app.payments.models import Refund
from app.payments.queries import find_payout, list_events_to_review, list_refunds
from app.payments.rules import PayoutState, RefundState
from app.users.rules import Role, Scope
from tests.bookings import acts, cards
from tests.bookings.test_checks import after
from tests.factories import make_sent_refund, make_user
from tests.simulators import needs
from tests.simulators.provider import Provider

EVERYTHING = Scope(everything=True)


@pytest.fixture
def provider(season: Session, stripe_simulator: Provider) -> Provider:
    """The provider, at our time."""
    cards.at_our_time(stripe_simulator)
    return stripe_simulator


def sent(provider: Provider) -> tuple[str, Refund]:
    """A booking that was paid by card and cancelled, whose refund has left."""
    code = cards.hold(cards.open_shop())
    cards.pay_now(provider, code)
    cards.cancel(code)
    cards.send_refunds(code)
    cards.hear_all(provider)
    (refund,) = list_refunds(f"booking:{code}")
    assert refund.state == RefundState.SENT
    return code, refund


def come_back(provider: Provider) -> tuple[str, Refund, Refund]:
    """It comes back; gives the code, the old refund and the new one."""
    code, refund = sent(provider)
    provider.fail_refund(str(refund.provider_id))
    cards.hear_all(provider)
    old, new = list_refunds(f"booking:{code}", with_returned=True)
    return code, old, new


@needs.failing_refunds
def test_it_is_owed_anew_and_everybody_knows(provider: Provider) -> None:
    acts.user(Role.MANAGER)
    code, old, new = come_back(provider)
    assert (old.state, new.state, new.amount) == (RefundState.RETURNED, RefundState.FAILED, old.amount)
    assert (balance(f"refund:{old.id}"), balance(f"refund:{new.id}")) == (0, old.amount)
    undone = get_entry(f"refund-returned:{old.id}")
    assert undone.reverses_id == get_entry(f"refund-sent:{old.id}").id
    assert [refund.id for refund, _booking in queries.list_refunds_to_send(EVERYTHING)] == [new.id]
    assert list(acts.messages(code)).count(f"refund-returned:{old.id}") == 1
    keys = db.session.scalars(select(Message.event_key).where(Message.template == "money_trouble")).all()
    assert [key.split(":")[0] for key in keys] == ["refund_returned"]
    assert list_events_to_review() == []
    assert rupiah_trail(acts.booking(code))[-1].kind == "refund_sent_undone"
    acts.nothing_is_wrong()


@needs.failing_refunds
def test_it_is_sent_another_way_once(provider: Provider) -> None:
    code, old, new = come_back(provider)
    jobs.reconcile_payments()
    assert [one.id for one in provider.library().refunds.list().data] == [old.provider_id]
    with transaction():
        make_sent_refund(new.id, by_user_id=make_user(Role.MANAGER))
    cards.hear_all(provider)
    booking = acts.booking(code)
    assert booking.refunded == booking.paid == new.amount
    assert [one.state for one in list_refunds(booking.reference)] == [RefundState.SENT]
    acts.nothing_is_wrong()


@needs.failing_refunds
@pytest.mark.parametrize("times", [2, 3])
def test_told_again_and_again_it_comes_back_once(provider: Provider, times: int) -> None:
    code, _old, _new = come_back(provider)
    for event in provider.events("refund.created", "refund.updated", "refund.failed") * times:
        with transaction():
            services.hear_refund(answer=cards.read(provider, event).refund)
    assert len(list_refunds(f"booking:{code}", with_returned=True)) == 2
    acts.nothing_is_wrong()


@needs.failing_refunds
@pytest.mark.parametrize("late_first", [True, False])
def test_failed_is_the_end_of_it_in_whatever_order(provider: Provider, late_first: bool) -> None:
    """The provider says that it arrived, then that it did not; heard the other way round, the same is owed."""
    code = cards.hold(cards.open_shop(), "stay")
    cards.pay_now(provider, code)
    cards.cancel(code)
    (refund,) = list_refunds(f"booking:{code}")
    made = provider.library().refunds.create(
        {
            "payment_intent": str(cards.receipt(code).charge),
            "amount": refund.amount * 100,
            "metadata": {"refund_id": str(refund.id)},
        }
    )
    provider.fail_refund(made.id)
    told = provider.events("refund.created", "refund.updated", "refund.failed")
    for event in told[::-1] if late_first else told:
        with transaction():
            services.hear_refund(answer=cards.read(provider, event).refund)
    (owed,) = list_refunds(f"booking:{code}")
    assert (owed.state, owed.amount) == (RefundState.FAILED, refund.amount)
    assert sum(acts.family("refund").values()) == refund.amount
    assert balance("held:card") == -cards.receipt(code).amount
    acts.nothing_is_wrong()


@needs.failing_refunds
def test_payouts_know_that_it_left_and_came_back(provider: Provider) -> None:
    code, old, _new = come_back(provider)
    with transaction():
        for name, kind in (("po_out", "refund"), ("po_in", "refund_failure")):
            services.hear_payout(payout=name, event_id=f"evt_{name}")
            row = find_payout(name)
            assert row is not None
            part = PayoutPart(kind, None, str(old.provider_id))
            services.hear_payout_parts(payout_id=row.id, parts=[part])
    db.session.expire_all()
    amounts = []
    for name in ("po_out", "po_in"):
        row = find_payout(name)
        assert row is not None
        assert row.state == PayoutState.BOOKED
        amounts.append(row.amount)
    assert amounts == [-old.amount, old.amount]
    assert cards.receipt(code).amount == -balance("held:card")
    acts.nothing_is_wrong()


TAMPERED = {
    "every refund is booked as written": "UPDATE refunds SET state = 'sent' WHERE state = 'returned'",
    "refund accounts hold what is to be sent": "UPDATE refunds SET state = 'sent' WHERE state = 'failed'",
}


@needs.failing_refunds
@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_with_what_came_back_is_named(provider: Provider, name: str) -> None:
    come_back(provider)
    assert name in after(TAMPERED[name])
