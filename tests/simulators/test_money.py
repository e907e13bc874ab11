"""Charges with their fee, refunds and disputes of the simulator, through the real library."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import stripe

from tests.simulators import needs
from tests.simulators.provider import ASKS, Provider

Paid = Callable[..., str]
FEE = ["latest_charge.balance_transaction"]


def test_a_payment_knows_what_it_is_for(api: stripe.V1Services, paid: Paid) -> None:
    intent = api.payment_intents.retrieve(paid(), {"expand": ["latest_charge"]})
    assert (intent.status, intent.amount_received) == ("succeeded", 15_000_000)
    assert intent.metadata["payment_id"] == "7"
    charge = intent.latest_charge
    assert (charge.paid, charge.amount, charge.metadata["reference"]) == (True, 15_000_000, "booking:HX3K9")
    assert api.charges.retrieve(charge.id).payment_method_details.card.last4 == "4242"


@needs.passing_time
def test_the_fee_is_known_a_little_later(
    stripe_simulator: Provider, api: stripe.V1Services, paid: Paid
) -> None:
    intent = paid()
    assert api.payment_intents.retrieve(intent, {"expand": FEE}).latest_charge.balance_transaction is None
    stripe_simulator.advance(timedelta(seconds=10))
    movement = api.payment_intents.retrieve(intent, {"expand": FEE}).latest_charge.balance_transaction
    assert (movement.currency, movement.amount) == ("sgd", round(15_000_000 * movement.exchange_rate))
    assert (
        movement.fee
        == movement.amount * 390 // 10_000 + 50
        == sum(one.amount for one in movement.fee_details)
    )
    assert movement.net == movement.amount - movement.fee
    (event,) = stripe_simulator.events("charge.updated")
    assert event["data"]["object"]["balance_transaction"] == movement.id
    assert event["data"]["previous_attributes"] == {"balance_transaction": None}


@needs.passing_time
def test_a_fee_can_be_asked_for_at_once(
    stripe_simulator: Provider, api: stripe.V1Services, paid: Paid
) -> None:
    intent = paid()
    stripe_simulator.settle(intent)
    stripe_simulator.advance(timedelta(minutes=1))
    assert len(stripe_simulator.events("charge.updated")) == 1
    assert api.payment_intents.retrieve(intent, {"expand": FEE}).latest_charge.balance_transaction.fee > 0


def test_money_goes_back_in_parts_and_never_more_than_came(api: stripe.V1Services, paid: Paid) -> None:
    intent = paid()
    for amount in (5_000_000, 4_000_000):
        refund = api.refunds.create({"payment_intent": intent, "amount": amount})
        assert (refund.status, refund.amount, refund.payment_intent) == ("succeeded", amount, intent)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        api.refunds.create({"payment_intent": intent, "amount": 6_000_001})
    rest = api.refunds.create({"payment_intent": intent})
    assert rest.amount == 6_000_000
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.refunds.create({"payment_intent": intent})
    assert refused.value.code == "charge_already_refunded"
    charge = api.payment_intents.retrieve(intent, {"expand": ["latest_charge"]}).latest_charge
    assert (charge.amount_refunded, charge.refunded) == (15_000_000, True)


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_cannot_be_refunded(api: stripe.V1Services, paid: Paid, amount: int) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        api.refunds.create({"payment_intent": paid(), "amount": amount})


def test_a_refund_needs_a_payment_that_happened(
    stripe_simulator: Provider, api: stripe.V1Services, wanted: dict[str, Any]
) -> None:
    session = api.checkout.sessions.create(wanted)
    stripe_simulator.decline(session.url)
    intent = api.checkout.sessions.retrieve(session.id).payment_intent
    with pytest.raises(stripe.InvalidRequestError, match="not successful"):
        api.refunds.create({"payment_intent": intent})
    with pytest.raises(stripe.InvalidRequestError):
        api.refunds.create({"payment_intent": "pi_nothing"})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.refunds.create({"amount": 1})
    assert refused.value.param == "payment_intent"


def test_the_same_key_refunds_once(api: stripe.V1Services, paid: Paid) -> None:
    intent = paid()
    asked = {"payment_intent": intent, "amount": 5_000_000}
    first = api.refunds.create(asked, {"idempotency_key": "r"})
    assert api.refunds.create(asked, {"idempotency_key": "r"}).id == first.id
    assert len(list(api.refunds.list({"payment_intent": intent}))) == 1


def test_refunds_are_listed_newest_first_page_by_page(api: stripe.V1Services, paid: Paid) -> None:
    intent, other = paid(), paid()
    made = [api.refunds.create({"payment_intent": intent, "amount": 100}).id for _time in range(5)]
    api.refunds.create({"payment_intent": other})
    page = api.refunds.list({"payment_intent": intent, "limit": 2})
    assert ([one.id for one in page.data], page.has_more) == (made[:2:-1], True)
    assert [one.id for one in page.auto_paging_iter()] == made[::-1]
    before = api.refunds.list({"payment_intent": intent, "limit": 2, "ending_before": made[0]})
    assert [one.id for one in before.data] == [made[2], made[1]]
    with pytest.raises(stripe.InvalidRequestError):
        api.refunds.list({"limit": 101})


@needs.failing_refunds
@pytest.mark.parametrize("how", ["asked", "card"])
def test_a_refund_that_succeeded_can_fail_days_later(
    stripe_simulator: Provider, api: stripe.V1Services, paid: Paid, how: str
) -> None:
    intent = paid(card="4000 0000 0000 5126") if how == "card" else paid()
    if how == "asked":
        stripe_simulator.make_refunds_fail(1)
    refund = api.refunds.create({"payment_intent": intent, "metadata": {"refund_id": "3"}})
    assert refund.status == "succeeded"
    stripe_simulator.advance(timedelta(days=3))
    failed = api.refunds.retrieve(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    (event,) = stripe_simulator.events("refund.failed")
    assert event["data"]["object"]["metadata"] == {"refund_id": "3"}
    assert api.refunds.create({"payment_intent": intent}).amount == 15_000_000, (
        "what failed can be sent again"
    )


@needs.failing_refunds
def test_a_refund_can_be_failed_by_hand(
    stripe_simulator: Provider, api: stripe.V1Services, paid: Paid
) -> None:
    refund = api.refunds.create({"payment_intent": paid()})
    stripe_simulator.fail_refund(refund.id)
    stripe_simulator.fail_refund(refund.id)
    assert api.refunds.retrieve(refund.id).status == "failed"
    assert len(stripe_simulator.events("refund.failed")) == 1


@needs.failing_refunds
def test_a_refund_may_be_pending_first(
    stripe_simulator: Provider, api: stripe.V1Services, paid: Paid
) -> None:
    refund = api.refunds.create({"payment_intent": paid(card="4000 0000 0000 7726")})
    assert refund.status == "pending"
    stripe_simulator.succeed_refund(refund.id)
    assert api.refunds.retrieve(refund.id).status == "succeeded"
    assert [one["data"]["object"]["status"] for one in stripe_simulator.events("refund.updated")] == [
        "succeeded"
    ]


@needs.disputes
@pytest.mark.parametrize(("won", "status"), [(True, "won"), (False, "lost")])
def test_a_payment_can_be_disputed(
    stripe_simulator: Provider, api: stripe.V1Services, paid: Paid, won: bool, status: str
) -> None:
    intent = paid(card=ASKS)
    dispute = stripe_simulator.dispute(intent)
    assert api.disputes.retrieve(dispute).status == "needs_response"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.refunds.create({"payment_intent": intent})
    assert refused.value.code == "charge_disputed"
    stripe_simulator.close_dispute(dispute, won=won)
    assert api.disputes.retrieve(dispute).status == status
    told = [event["type"] for event in stripe_simulator.events() if ".dispute." in event["type"]]
    reinstated = ["charge.dispute.funds_reinstated"] if won else []
    withdrawn = ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    assert told == [*withdrawn, "charge.dispute.closed", *reinstated]


@needs.payouts
def test_all_that_gathered_is_paid_out_once(
    stripe_simulator: Provider, api: stripe.V1Services, paid: Paid
) -> None:
    first, second = paid(), paid()
    for intent in (first, second):
        stripe_simulator.settle(intent)
    api.refunds.create({"payment_intent": first, "amount": 1_000_000})
    payout = api.payouts.retrieve(stripe_simulator.pay_out())
    parts = api.balance_transactions.list({"payout": payout.id, "expand": ["data.source"]}).data
    assert [part.type for part in parts] == ["payout", "refund", "charge", "charge"]
    assert [part.source.payment_intent for part in parts[1:]] == [first, second, first]
    assert sum(part.net for part in parts) == 0
    assert (payout.status, payout.currency, payout.amount) == ("paid", "sgd", -parts[0].net)
    with pytest.raises(AssertionError, match="insufficient"):
        stripe_simulator.pay_out()
    assert [one.id for one in api.payouts.list({"status": "paid"}).data] == [payout.id]
    assert [len(stripe_simulator.events(f"payout.{name}")) for name in ("created", "paid")] == [1, 1]


@needs.payouts
def test_a_payout_can_come_back(stripe_simulator: Provider, api: stripe.V1Services, paid: Paid) -> None:
    stripe_simulator.settle(paid())
    number = stripe_simulator.pay_out()
    stripe_simulator.fail_payout(number)
    payout = api.payouts.retrieve(number, {"expand": ["failure_balance_transaction"]})
    back = payout.failure_balance_transaction
    assert (payout.status, back.type, back.net) == ("failed", "payout_failure", payout.amount)


def test_a_payout_that_nobody_knows(api: stripe.V1Services, stripe_simulator: Provider) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such payout"):
        api.balance_transactions.list({"payout": "po_none"})
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter"):
        api.balance_transactions.list({"payed": "po_none"})  # type: ignore[typeddict-unknown-key]


def test_only_references_can_be_shown_in_full(api: stripe.V1Services, paid: Paid) -> None:
    intent = paid()
    for path in ("colour", "status", "latest_charge.colour"):
        with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
            api.payment_intents.retrieve(intent, {"expand": [path]})


KINDS = {
    "session": stripe.checkout.Session,
    "intent": stripe.PaymentIntent,
    "charge": stripe.Charge,
    "movement": stripe.BalanceTransaction,
    "refund": stripe.Refund,
    "dispute": stripe.Dispute,
    "payout": stripe.Payout,
    "event": stripe.Event,
}


@needs.payouts
def test_everything_has_the_shape_the_library_declares(
    stripe_simulator: Provider, api: stripe.V1Services, paid: Paid
) -> None:
    intent = api.payment_intents.retrieve(paid())
    stripe_simulator.settle(intent.id)
    charge = api.charges.retrieve(intent.latest_charge)
    payout = api.payouts.retrieve(stripe_simulator.pay_out())
    things = {
        "session": api.checkout.sessions.list({"payment_intent": intent.id}).data[0],
        "intent": api.payment_intents.retrieve(intent.id),
        "charge": charge,
        "movement": api.balance_transactions.retrieve(charge.balance_transaction),
        "refund": api.refunds.create({"payment_intent": intent.id, "amount": 100}),
        "dispute": api.disputes.retrieve(stripe_simulator.dispute(intent.id)),
        "payout": payout,
        "event": api.events.list().data[0],
    }
    for name, kind in KINDS.items():
        declared = kind.__annotations__
        spared = ("Optional", "NoneType", "ClassVar")
        needed = {key for key, hint in declared.items() if not any(word in str(hint) for word in spared)}
        told = things[name].to_dict()
        assert set(told) <= set(declared), name
        assert needed - {"deleted"} <= {key for key, value in told.items() if value is not None}, name
