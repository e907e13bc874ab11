"""Every situation that the first page names can be had; disputes by card, by the door, and as in test mode."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import stripe
from flask import Flask

from simulators.stripe.cards import CARDS
from simulators.stripe.control import bp
from simulators.stripe.situations import SITUATIONS
from tests.simulators import needs
from tests.simulators.conftest import Site
from tests.simulators.provider import Provider

Paid = Callable[..., str]


@needs.own_page
@pytest.mark.parametrize("language", ["id", "en"])
def test_the_first_page_names_what_there_is(stripe_simulator: Provider, language: str) -> None:
    page = stripe_simulator.http.get(f"{stripe_simulator.base}/?lang={language}").text
    for call, _text_id, _text_en in SITUATIONS:
        assert call.split(" {")[0].replace("<", "&lt;").replace(">", "&gt;") in page


@needs.simulator
def test_what_the_first_page_names_is_taken(stripe_simulator: Provider) -> None:
    """Each name in braces is one that its door knows: another would be refused with the list of those it knows."""
    named = re.findall(r"(/_control/[^ ,{]+)[^{/]*\{([^}]+)\}", " ".join(call for call, _i, _e in SITUATIONS))
    assert len(named) > 6
    for door, fields in named:
        address = re.sub(r"<[^>]*>", "x", door.removeprefix("/_control/"))
        with pytest.raises(AssertionError, match="can be set here") as refused:
            stripe_simulator.control("POST", address, nothing_of_the_kind=1)
        for field in re.sub(r": [^,]*", "", fields).split(", "):
            assert field in str(refused.value), (door, field)


def test_what_the_first_page_names_exists() -> None:
    numbers = {call.replace(" ", "") for call, _i, _e in SITUATIONS if re.fullmatch(r"[\d ]+", call)}
    assert numbers <= set(CARDS)
    house = Flask("doors")
    house.register_blueprint(bp)
    doors = {re.sub(r"<[^>]*>", "<>", rule.rule) for rule in house.url_map.iter_rules()}
    named = {door for call, _i, _e in SITUATIONS for door in re.findall(r"/_control/[^ ,|{]+", call)}
    assert len(named) > 5
    for door in named:
        shape = re.sub(r"<[^>]*>", "<>", door)
        assert shape in doors or f"{shape.rpartition('/')[0]}/<>" in doors, door


@needs.passing_time
@pytest.mark.parametrize(
    ("card", "status"),
    [("4000000000000259", "needs_response"), ("4000000000001976", "warning_needs_response")],
)
def test_a_card_disputes_a_little_later(
    stripe_simulator: Provider, api: stripe.V1Services, paid: Paid, card: str, status: str
) -> None:
    intent = paid(card=card)
    assert api.disputes.list({"payment_intent": intent}).data == []
    stripe_simulator.advance(timedelta(seconds=10))
    (dispute,) = api.disputes.list({"payment_intent": intent}).data
    assert dispute.status == status
    assert bool(dispute.balance_transactions) == (status == "needs_response")


@needs.disputes
@pytest.mark.parametrize(
    ("word", "status"),
    [("winning_evidence", "won"), ("losing_evidence", "lost"), ("a photo", "under_review")],
)
def test_evidence_decides_as_in_test_mode(
    stripe_simulator: Provider, api: stripe.V1Services, paid: Paid, word: str, status: str
) -> None:
    number = stripe_simulator.dispute(paid())
    api.disputes.update(number, {"evidence": {"uncategorized_text": word}})
    assert api.disputes.retrieve(number).status == status
    moved = api.disputes.retrieve(number).balance_transactions
    wanted = ["dispute", "dispute_reversal"]
    assert [movement.reporting_category for movement in moved] == wanted[: 1 + (status == "won")]


@needs.disputes
def test_who_gives_in_has_lost(stripe_simulator: Provider, api: stripe.V1Services, paid: Paid) -> None:
    number = stripe_simulator.dispute(paid(), amount=1_000)
    assert api.disputes.close(number).status == "lost"
    assert api.disputes.retrieve(number).amount == 100_000


@needs.disputes
def test_a_won_charge_can_be_refunded_again(
    stripe_simulator: Provider, api: stripe.V1Services, paid: Paid
) -> None:
    intent = paid()
    stripe_simulator.close_dispute(stripe_simulator.dispute(intent), won=True)
    assert api.refunds.create({"payment_intent": intent}).status == "succeeded"


# Events in any order, and what contradicts itself


def told(site: Site) -> list[str]:
    """The types a site was told, in the order they came."""
    return [json.loads(body)["type"] for body, _signature in site.came]


@needs.delivery
def test_given_back_before_it_is_paid(
    stripe_simulator: Provider, api: stripe.V1Services, paid: Paid, site: Site
) -> None:
    stripe_simulator.deliver_to(site.url)
    stripe_simulator.hold()
    api.refunds.create({"payment_intent": paid()})
    wanted = ["charge.refunded", "refund.created", "payment_intent.succeeded", "checkout.session.completed"]
    chosen = [event for kind in wanted for event in stripe_simulator.events(kind)]
    stripe_simulator.deliver_now(chosen, times=2)
    assert told(site) == [kind for kind in wanted for _time in range(2)]


@needs.simulator
def test_closed_after_it_was_paid(
    stripe_simulator: Provider, api: stripe.V1Services, wanted: dict[str, Any], site: Site
) -> None:
    session = api.checkout.sessions.create(wanted)
    stripe_simulator.pay(session.url)
    stripe_simulator.control("POST", f"sessions/{session.id}/deny")
    stripe_simulator.deliver_to(site.url)
    stripe_simulator.wait_until_taken()
    ends = [event for event in stripe_simulator.events() if event["data"]["object"]["id"] == session.id]
    assert [(event["type"], event["data"]["object"]["status"]) for event in ends] == [
        ("checkout.session.completed", "complete"),
        ("checkout.session.expired", "expired"),
    ]
    assert told(site)[-2:] == [event["type"] for event in ends]
    assert api.checkout.sessions.retrieve(session.id).payment_status == "paid"


@needs.delivery
def test_the_old_attempt_is_told_after_the_new_one(
    stripe_simulator: Provider, api: stripe.V1Services, wanted: dict[str, Any], site: Site
) -> None:
    old, new = (api.checkout.sessions.create(wanted) for _ in range(2))
    stripe_simulator.deliver_to(site.url)
    stripe_simulator.hold()
    for session in (old, new):
        stripe_simulator.pay(session.url)
    done = stripe_simulator.events("checkout.session.completed")
    stripe_simulator.deliver_now(done, newest_first=True)
    assert [json.loads(body)["data"]["object"]["id"] for body, _s in site.came] == [new.id, old.id]


@needs.simulator
@pytest.mark.parametrize(
    ("currency", "rate", "amount", "told_rate"),
    [("idr", 1, 15_000_000, None), ("usd", 0.00006, 900, 0.00006), ("sgd", 0.0001, 1_500, 0.0001)],
)
def test_an_account_in_any_money(
    stripe_simulator: Provider,
    api: stripe.V1Services,
    paid: Paid,
    currency: str,
    rate: float,
    amount: int,
    told_rate: float | None,
) -> None:
    stripe_simulator.control("POST", "account", settlement_currency=currency, exchange_rate=rate)
    intent = paid()
    stripe_simulator.settle(intent)
    booked = api.payment_intents.retrieve(intent, {"expand": ["latest_charge.balance_transaction"]})
    movement = booked.latest_charge.balance_transaction
    assert (movement.currency, movement.amount, movement.exchange_rate) == (currency, amount, told_rate)
    stripe_simulator.settle(intent)
    payout = api.payouts.retrieve(stripe_simulator.pay_out())
    assert (payout.currency, payout.amount) == (currency, movement.net)
