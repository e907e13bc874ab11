"""Every situation that the first page names can be had; disputes by card, by the door, and as in test mode."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import stripe
from flask import Flask

from simulators.stripe.cards import CARDS
from simulators.stripe.control import bp
from simulators.stripe.situations import SITUATIONS
from tests.simulators import needs
from tests.simulators.provider import Provider

Paid = Callable[..., str]


@needs.own_page
@pytest.mark.parametrize("language", ["id", "en"])
def test_the_first_page_names_what_there_is(stripe_simulator: Provider, language: str) -> None:
    page = stripe_simulator.http.get(f"{stripe_simulator.base}/?lang={language}").text
    for call, _text_id, _text_en in SITUATIONS:
        assert call.split(" {")[0].replace("<", "&lt;").replace(">", "&gt;") in page


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
