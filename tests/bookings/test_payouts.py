"""What the card provider sends to our bank is booked once, whatever is told how often and in whatever order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app import jobs
from app.bookings import services
from app.core import clock
from app.core.db import db, transaction
from app.ledger.queries import balance, list_entries
from app.payments.gateway import PayoutPart, gateway
from app.payments.models import ProviderPayout, Receipt
from app.payments.queries import find_payout, list_events_to_review, list_receipts, list_refunds
from app.payments.rules import Doubt, PayoutState
from tests.bookings import acts, cards
from tests.bookings.test_checks import after
from tests.factories import NOW
from tests.simulators import needs
from tests.simulators.provider import Provider

BANK = "held:bank:bersama"
LATER = NOW + timedelta(minutes=9)
MUCH_LATER = NOW + timedelta(minutes=18)


@pytest.fixture
def provider(season: Session, stripe_simulator: Provider) -> Provider:
    """The provider, at our time."""
    cards.at_our_time(stripe_simulator)
    return stripe_simulator


def paid(provider: Provider, *kinds: str) -> str:
    """A trip that was paid by card, its fee known to the provider."""
    code = cards.hold(cards.open_shop(), *kinds)
    cards.pay_now(provider, code)
    provider.settle(str(receipt(code).charge))
    return code


def receipt(code: str) -> Receipt:
    """The one receipt of a booking, read anew."""
    db.session.expire_all()
    (found,) = list_receipts(f"booking:{code}")
    return found


def payout(provider_id: str) -> ProviderPayout:
    """A payout, read anew."""
    db.session.expire_all()
    found = find_payout(provider_id)
    assert found is not None
    return found


def work(at: object = LATER) -> None:
    """The job, some minutes later."""
    with clock.shifted(at):
        jobs.reconcile_payments()


def entries(provider_id: str) -> list[str]:
    """The entries about a payout."""
    return [entry.reference for entry in list_entries(f"payout:{provider_id}")]


@needs.payouts
def test_what_was_paid_out_lies_with_the_bank(provider: Provider) -> None:
    kept = paid(provider)
    gone = paid(provider, "stay")
    cards.cancel(gone)
    cards.send_refunds(gone)
    cards.hear_all(provider)
    number = provider.pay_out()
    cards.hear_all(provider)
    assert payout(number).state == PayoutState.TOLD
    work()
    (refund,) = list_refunds(f"booking:{gone}")
    net = (receipt(kept).net or 0) + (receipt(gone).net or 0)
    worth = net - refund.amount
    assert (payout(number).state, payout(number).amount) == (PayoutState.BOOKED, worth)
    assert (balance(BANK), balance("held:card")) == (-worth, 0)
    assert (balance("between:card"), balance("between:bank:bersama")) == (worth, -worth)
    acts.nothing_is_wrong()


@needs.payouts
def test_told_and_asked_often_is_booked_once(provider: Provider) -> None:
    code = paid(provider)
    number = provider.pay_out()
    cards.hear_all(provider)
    work()
    told = gateway()
    assert told is not None
    parts = told.payout_parts(number)
    key = payout(number).id
    with transaction():
        heard = services.hear_payout_parts(payout_id=key, parts=parts)
        again = services.hear_payout(payout=number, event_id="evt_again")
    work(MUCH_LATER)
    assert {heard.heard, again.heard} == {services.Heard.NOTHING}
    assert entries(number) == [f"payout:{key}"]
    assert balance(BANK) == -(receipt(code).net or 0)
    acts.nothing_is_wrong()


@needs.payouts
def test_told_before_the_payment_it_waits(provider: Provider) -> None:
    """The payout's event overtakes all others: it waits until the charge in it is known with its fee."""
    code = paid(provider, "stay")
    number = provider.pay_out()
    with transaction():
        services.hear_payout(payout=number, event_id="evt_first")
        key = payout(number).id
        heard = services.hear_payout_parts(
            payout_id=key, parts=[PayoutPart("charge", str(receipt(code).charge), None)]
        )
    assert (heard.heard, payout(number).state) == (services.Heard.NOTHING, PayoutState.TOLD)
    work()
    work(MUCH_LATER)
    assert payout(number).state == PayoutState.BOOKED
    acts.nothing_is_wrong()


@needs.payouts
def test_a_charge_nobody_heard_of_is_waited_for_a_day(provider: Provider) -> None:
    paid(provider, "stay")
    number = provider.pay_out()
    cards.hear_all(provider)
    parts = [PayoutPart("charge", "pi_unknown", None), PayoutPart("refund", None, "re_unknown")]
    key = payout(number).id
    for at, state in (
        (NOW + timedelta(hours=23), PayoutState.TOLD),
        (NOW + timedelta(hours=25), PayoutState.REVIEW),
    ):
        with clock.shifted(at), transaction():
            services.hear_payout_parts(payout_id=key, parts=parts)
        assert payout(number).state == state
    acts.nothing_is_wrong()


@needs.payouts
def test_more_back_than_came_comes_from_the_bank(provider: Provider) -> None:
    """A payout may be below 0: the provider takes from the bank what it gave back to guests."""
    code = paid(provider, "stay")
    provider.pay_out()
    cards.hear_all(provider)
    work()
    cards.cancel(code)
    cards.send_refunds(code)
    (refund,) = list_refunds(f"booking:{code}")
    with transaction():
        services.hear_payout(payout="po_below", event_id="evt_below")
        key = payout("po_below").id
        services.hear_payout_parts(payout_id=key, parts=[PayoutPart("refund", None, str(refund.provider_id))])
    assert payout("po_below").amount == -refund.amount
    assert balance("held:card") == 0
    acts.nothing_is_wrong()


@needs.payouts
@pytest.mark.parametrize("kind", ["stranger", "empty", "twice", "doubled"])
def test_what_does_not_fit_is_for_a_person(provider: Provider, kind: str) -> None:
    code = paid(provider, "stay")
    number = provider.pay_out()
    cards.hear_all(provider)
    charge = PayoutPart("charge", str(receipt(code).charge), None)
    parts = {"stranger": [charge, PayoutPart("adjustment", None, None)], "empty": []}.get(kind, [charge])
    if kind == "doubled":
        parts = [charge, charge]
    if kind == "twice":
        work()
    with transaction():
        if kind == "twice":
            services.hear_payout(payout="po_twice", event_id="evt_none")
            number = "po_twice"
        services.hear_payout_parts(payout_id=payout(number).id, parts=parts)
    assert (payout(number).state, entries(number)) == (PayoutState.REVIEW, [])
    if kind != "twice":
        (event,) = list_events_to_review()
        assert (event.type, event.note) == ("payout.paid", Doubt.PAYOUT_PARTS)
    acts.nothing_is_wrong()


@needs.payouts
def test_a_payout_that_comes_back_is_for_a_person(provider: Provider) -> None:
    paid(provider, "stay")
    number = provider.pay_out()
    cards.hear_all(provider)
    provider.fail_payout(number)
    cards.hear_all(provider)
    (event,) = list_events_to_review()
    assert (event.note, event.facts) == (Doubt.PAYOUT_FAILED, {"payout": number})


@needs.payouts
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE provider_payouts SET amount = amount + 1",
        "UPDATE receipts SET payout_id = NULL WHERE payout_id IS NOT NULL",
    ],
)
def test_tampering_with_payouts_is_named(provider: Provider, statement: str) -> None:
    paid(provider, "stay")
    provider.pay_out()
    cards.hear_all(provider)
    work()
    work(MUCH_LATER)
    assert "every payout is booked once" in after(statement)
