"""Disputes over charges of which something goes back too: nobody gives back twice."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import jobs
from app.bookings import queries
from app.core.db import db, transaction
from app.core.errors import WrongState
from app.payments.models import Refund
from app.payments.queries import list_refunds
from app.payments.rules import RefundState
from app.payments.services import fail_refund
from app.users.rules import Role, Scope
from app.villages.rules import Terms
from app.webhooks.services import take_event
from tests.bookings import acts, cards
from tests.bookings.disputing import by_stage, cancel_keeping, closed, dispute, disputed, paid, stands
from tests.factories import make_approved, make_sent_refund, make_transferred, make_user
from tests.simulators import needs
from tests.simulators.provider import Provider


@pytest.fixture
def provider(season: Session, stripe_simulator: Provider) -> Provider:
    """The provider, at our time."""
    cards.at_our_time(stripe_simulator)
    return stripe_simulator


@needs.disputes
@pytest.mark.parametrize("won", [True, False])
def test_cancelled_meanwhile_the_refund_waits_for_the_bank(provider: Provider, won: bool) -> None:
    """Nobody gives back twice: lost, the bank has done it; won, the card gets it then."""
    code = paid(provider, "stay")
    total = acts.booking(code).total
    number = disputed(provider, code)
    cards.cancel(code)
    (refund,) = list_refunds(f"booking:{code}")
    assert by_stage(code).get("disputed", 0) == acts.booking(code).received
    cards.send_refunds(code)
    jobs.reconcile_payments()
    assert [one.state for one in list_refunds(f"booking:{code}")] == [RefundState.CREATED]
    with pytest.raises(WrongState), transaction():
        make_sent_refund(refund.id, by_user_id=make_user(Role.MANAGER))
    acts.nothing_is_wrong()
    closed(provider, number, won=won)
    cards.send_refunds(code)
    cards.hear_all(provider)
    booking = acts.booking(code)
    states = {one.state for one in list_refunds(booking.reference)}
    back = sum(one.amount for one in list_refunds(booking.reference))
    assert states == {RefundState.SENT}
    assert back == booking.refunded == (refund.amount if won else total)
    assert sum(stands(code).values()) == booking.received
    acts.nothing_is_wrong()


@needs.disputes
def test_refunded_before_and_disputed_in_full(provider: Provider) -> None:
    """What had gone back already the bank takes once more: whoever bears fees bears that, and all else falls."""
    code = paid(provider, "stay")
    total = acts.booking(code).total
    with transaction():
        cancel_keeping(code, total // 4)
    cards.send_refunds(code)
    cards.hear_all(provider)
    number = disputed(provider, code)
    closed(provider, number, won=False)
    row = dispute(number)
    assert row.borne == total - total // 4
    assert acts.booking(code).received == 0
    assert stands(code) == {}
    acts.nothing_is_wrong()


@needs.disputes
def test_refused_because_of_a_dispute_nobody_told_us_of(provider: Provider) -> None:
    """The provider says no, and why: the refund is not for a person to send again by hand, it waits."""
    code = paid(provider, "stay")
    provider.dispute(str(cards.receipt(code).charge))
    cards.cancel(code)
    assert any("charge_disputed" in line for line in jobs.reconcile_payments())
    db.session.expire_all()
    (refund,) = db.session.scalars(select(Refund))
    assert (refund.state, refund.asked_at) == (RefundState.CREATED, None)
    cards.hear_all(provider)
    acts.nothing_is_wrong()


@needs.disputes
def test_what_a_person_would_send_waits_too_and_is_settled_by_the_bank(provider: Provider) -> None:
    """The card could not take the refund; before a person sends it, the guest's bank takes the payment."""
    code = paid(provider, "stay")
    cards.cancel(code)
    with transaction():
        (refund,) = list_refunds(f"booking:{code}")
        fail_refund(refund=refund)
    number = disputed(provider, code)
    everything = Scope(everything=True)
    assert queries.list_refunds_to_send(everything) == []
    with transaction():
        make_approved(refund.id)
    with pytest.raises(WrongState), transaction():
        make_transferred(refund.id, by_user_id=make_user(Role.MANAGER))
    closed(provider, number, won=False)
    settled = list_refunds(f"booking:{code}")
    first = settled[0]
    assert (first.id, first.state, first.proof) == (refund.id, RefundState.SENT, number)
    assert sum(one.amount for one in settled) == cards.receipt(code).amount
    acts.nothing_is_wrong()


@needs.disputes
def test_told_before_its_payment_it_is_booked_with_it(provider: Provider) -> None:
    """No job is needed: the payment that becomes known takes up what was told of it before."""
    code = cards.hold(cards.open_shop(), "stay")
    provider.pay(cards.page(code))
    page = provider.library().checkout.sessions.retrieve(str(cards.attempt(code).session_id))
    number = provider.dispute(str(page.payment_intent))
    events = sorted(provider.pending(), key=lambda event: "dispute" not in event["type"])
    for event in events:
        with transaction():
            take_event(event=cards.read(provider, event))
    assert dispute(number).taken_at is not None
    assert "pending" not in by_stage(code)
    acts.nothing_is_wrong()


@needs.disputes
def test_cancelled_while_a_small_part_is_disputed(provider: Provider) -> None:
    """The stay is kept, the package goes back: what stands apart is worked out anew."""
    code = cards.hold(cards.open_shop(terms=Terms.NON_REFUNDABLE), "stay", "package")
    cards.pay_now(provider, code)
    disputed(provider, code, 10_000)
    cards.cancel(code)
    assert acts.booking(code).received > 0
    acts.nothing_is_wrong()


@needs.disputes
@pytest.mark.parametrize("has_failed", [False, True])
def test_a_part_of_an_unsent_refund_is_taken_by_the_bank_and_only_the_rest_is_sent(
    provider: Provider, has_failed: bool
) -> None:
    """The guest is owed all and has a third of it through the bank: two thirds are left to send, and no share falls."""
    code = paid(provider, "stay")
    total = acts.booking(code).total
    cards.cancel(code)
    (owed,) = list_refunds(f"booking:{code}")
    if has_failed:
        with transaction():
            fail_refund(refund=queries.get_refund(owed.id, Scope(everything=True))[0])
            make_approved(owed.id)
    number = disputed(provider, code, total // 3)
    closed(provider, number, won=False)
    by_bank, rest = list_refunds(f"booking:{code}")
    assert (by_bank.amount, by_bank.state, by_bank.proof) == (total // 3, RefundState.SENT, number)
    assert (rest.amount, rest.state) == (total - total // 3, RefundState.FAILED)
    assert dispute(number).borne == 0
    acts.nothing_is_wrong()
    with pytest.raises(WrongState), transaction():
        make_transferred(owed.id, by_user_id=make_user(Role.MANAGER))
    with transaction():
        make_sent_refund(rest.id, by_user_id=make_user(Role.MANAGER))
    assert sum(one.amount for one in list_refunds(f"booking:{code}")) == acts.booking(code).refunded == total
    acts.nothing_is_wrong()


@needs.disputes
def test_a_part_that_is_won_leaves_the_refund_as_it_was(provider: Provider) -> None:
    code = paid(provider, "stay")
    cards.cancel(code)
    number = disputed(provider, code, 10_000)
    closed(provider, number, won=True)
    (refund,) = list_refunds(f"booking:{code}")
    assert (refund.amount, refund.state) == (acts.booking(code).refunded, RefundState.CREATED)
    acts.nothing_is_wrong()
