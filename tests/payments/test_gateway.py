"""Rupiah and the provider's hundredths; and our gateway spoken to a provider: the simulator, or Stripe's test mode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session as DatabaseSession

from app.core.errors import Unavailable
from app.payments.gateway import (
    ProviderRefundState,
    Refused,
    SessionRequest,
    SessionState,
    StripeGateway,
    from_provider,
    to_provider,
)
from tests.machinery.servers import free_port
from tests.simulators import needs
from tests.simulators.provider import Provider

pytestmark = pytest.mark.database("sqlite")


def test_a_known_price() -> None:
    assert to_provider(150_000) == 15_000_000


@given(st.integers(min_value=1, max_value=10**12))
def test_there_and_back(amount: int) -> None:
    assert from_provider(to_provider(amount)) == amount


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_cannot_be_charged(amount: int) -> None:
    with pytest.raises(ValueError, match="above Rp0"):
        to_provider(amount)


@pytest.mark.parametrize("hundredths", [1, 15_000_050, -100])
def test_parts_of_a_rupiah_are_refused(hundredths: int) -> None:
    with pytest.raises(ValueError, match="no whole rupiah"):
        from_provider(hundredths)


# Spoken to a provider


def asking(**changes: object) -> SessionRequest:
    """A page for Rp150.000 under a key of its own."""
    request = SessionRequest(
        reference="booking:HX3K9",
        payment_id=7,
        amount=150_000,
        description="Two nights in Karanganyar",
        language="id",
        return_url="http://site.example/back",
        cancel_url="http://site.example/pay",
        expires_at=datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=31),
        idempotency_key=token_hex(8),
        email="guest@example.com",
    )
    return replace(request, **changes)  # type: ignore[arg-type]


@dataclass
class Sandbox:
    """A provider behind our gateway. `receive` has an amount of rupiah come in by card, and gives the charge."""

    gateway: StripeGateway
    receive: Callable[[int], str]


@pytest.fixture
def sandbox(session: DatabaseSession, stripe_simulator: Provider) -> Sandbox:
    """The provider of this run."""
    return _sandbox(stripe_simulator)


def _sandbox(provider: Provider) -> Sandbox:
    gateway = provider.gateway()

    def receive(amount: int) -> str:
        page = gateway.open_session(asking(amount=amount))
        provider.pay(str(page.url))
        return str(gateway.retrieve_session(page.id).charge)

    return Sandbox(gateway, receive)


def test_a_page_is_opened_as_asked(sandbox: Sandbox) -> None:
    request = asking()
    page = sandbox.gateway.open_session(request)
    assert page.state == SessionState.OPEN
    assert page.url
    assert (page.reference, page.payment_id) == ("booking:HX3K9", 7)
    assert (page.asked, page.paid, page.currency, page.charge) == (150_000, None, "idr", None)
    assert page.expires_at == request.expires_at
    assert abs(page.created_at - datetime.now(UTC)) < timedelta(minutes=5)
    assert page.live is sandbox.gateway.live is False
    assert sandbox.gateway.retrieve_session(page.id) == page


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_page_needs_no_mail_address(sandbox: Sandbox, language: str) -> None:
    page = sandbox.gateway.open_session(asking(email=None, language=language))
    assert page.state == SessionState.OPEN


def test_asked_twice_it_is_the_same_page(sandbox: Sandbox) -> None:
    request = asking()
    assert sandbox.gateway.open_session(request).id == sandbox.gateway.open_session(request).id


def test_a_key_is_not_for_something_else(sandbox: Sandbox) -> None:
    request = asking()
    sandbox.gateway.open_session(request)
    with pytest.raises(Refused) as refused:
        sandbox.gateway.open_session(replace(request, amount=160_000))
    assert refused.value.code == "idempotency_error"


def test_what_cannot_be_opened_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(Refused):
        sandbox.gateway.open_session(asking(expires_at=datetime.now(UTC) + timedelta(minutes=5)))
    with pytest.raises(Refused) as refused:
        sandbox.gateway.open_session(asking(amount=1))
    assert refused.value.code == "amount_too_small"


def test_an_open_page_is_closed(sandbox: Sandbox) -> None:
    page = sandbox.gateway.open_session(asking())
    closed = sandbox.gateway.expire_session(page.id)
    assert (closed.state, closed.url, closed.paid) == (SessionState.EXPIRED, None, None)
    assert sandbox.gateway.expire_session(page.id) == closed, "closing what is closed is no error"


def test_a_page_that_is_not_there_is_refused(sandbox: Sandbox) -> None:
    for ask in (sandbox.gateway.retrieve_session, sandbox.gateway.expire_session):
        with pytest.raises(Refused) as refused:
            ask("cs_test_nothing")
        assert refused.value.code == "resource_missing"


def test_money_goes_back_in_parts(sandbox: Sandbox) -> None:
    charge = sandbox.receive(150_000)
    refund = sandbox.gateway.refund(charge=charge, amount=50_000, refund_id=3, idempotency_key=token_hex(8))
    assert (refund.charge, refund.amount, refund.currency, refund.refund_id) == (charge, 50_000, "idr", 3)
    assert refund.state == ProviderRefundState.SUCCEEDED
    with pytest.raises(Refused):
        sandbox.gateway.refund(charge=charge, amount=100_001, refund_id=4, idempotency_key=token_hex(8))


def test_the_same_refund_is_sent_once(sandbox: Sandbox) -> None:
    charge, key = sandbox.receive(150_000), token_hex(8)
    first, again = (
        sandbox.gateway.refund(charge=charge, amount=50_000, refund_id=3, idempotency_key=key)
        for _ in range(2)
    )
    assert first == again


def test_a_refund_is_found_by_our_number(sandbox: Sandbox) -> None:
    charge = sandbox.receive(150_000)
    made = {
        number: sandbox.gateway.refund(
            charge=charge, amount=20_000, refund_id=number, idempotency_key=token_hex(8)
        )
        for number in (3, 4)
    }
    for number, refund in made.items():
        assert sandbox.gateway.find_refund(charge=charge, refund_id=number) == refund
    assert sandbox.gateway.find_refund(charge=charge, refund_id=5) is None


def test_a_wrong_key_is_our_trouble_and_not_an_answer(sandbox: Sandbox, stripe_simulator: Provider) -> None:
    wrong = StripeGateway(secret_key="sk_test_wrong", webhook_secret=None, api_base=stripe_simulator.base)
    with pytest.raises(Unavailable):
        wrong.open_session(asking())


# And in trouble


@pytest.fixture
def ours(session: DatabaseSession, stripe_simulator: Provider) -> StripeGateway:
    """Our gateway, with the simulator behind it."""
    return stripe_simulator.gateway()


def test_a_paid_page_says_what_was_paid_and_cannot_be_closed(
    ours: StripeGateway, stripe_simulator: Provider
) -> None:
    page = ours.open_session(asking())
    stripe_simulator.pay(str(page.url))
    paid = ours.expire_session(page.id)
    assert (paid.state, paid.asked, paid.paid) == (SessionState.COMPLETE, 150_000, 150_000)
    assert str(paid.charge).startswith("pi_")
    intent = stripe_simulator.library().payment_intents.retrieve(str(paid.charge))
    assert intent.metadata.to_dict() == {"reference": "booking:HX3K9", "payment_id": "7"}


def test_a_decline_leaves_the_page_open(ours: StripeGateway, stripe_simulator: Provider) -> None:
    page = ours.open_session(asking())
    stripe_simulator.decline(str(page.url))
    after = ours.retrieve_session(page.id)
    assert (after.state, after.paid) == (SessionState.OPEN, None)


@needs.lies
@pytest.mark.parametrize(
    ("lie", "currency"), [({"currency": "usd"}, "usd"), ({"amount_total": 15_000_050}, "idr")]
)
def test_money_that_is_no_rupiah_is_told_and_not_guessed(
    ours: StripeGateway, stripe_simulator: Provider, lie: dict[str, object], currency: str
) -> None:
    page = ours.open_session(asking())
    stripe_simulator.spoil(page.id, **lie)
    stripe_simulator.pay(str(page.url))
    told = ours.retrieve_session(page.id)
    assert (told.state, told.asked, told.paid, told.currency) == (SessionState.COMPLETE, None, None, currency)


@needs.failing_refunds
def test_a_refund_fails_later_and_may_be_tried_again(ours: StripeGateway, stripe_simulator: Provider) -> None:
    charge = _sandbox(stripe_simulator).receive(150_000)
    first = ours.refund(charge=charge, amount=50_000, refund_id=3, idempotency_key="a")
    stripe_simulator.fail_refund(first.id)
    found = ours.find_refund(charge=charge, refund_id=3)
    assert found == replace(first, state=ProviderRefundState.FAILED)
    second = ours.refund(charge=charge, amount=50_000, refund_id=3, idempotency_key="b")
    assert ours.find_refund(charge=charge, refund_id=3) == second, "the one that has not failed"
    third = ours.refund(charge=charge, amount=50_000, refund_id=3, idempotency_key="c")
    stripe_simulator.fail_refund(third.id)
    assert ours.find_refund(charge=charge, refund_id=3) == second, "also when a newer one has"


def test_a_provider_that_is_away_is_unavailable(ours: StripeGateway, stripe_simulator: Provider) -> None:
    page = ours.open_session(asking())
    calls: list[Callable[[], object]] = [
        lambda: ours.open_session(asking()),
        lambda: ours.retrieve_session(page.id),
        lambda: ours.expire_session(page.id),
        lambda: ours.refund(charge="pi_x", amount=1, refund_id=1, idempotency_key="r"),
        lambda: ours.find_refund(charge="pi_x", refund_id=1),
        lambda: ours.charge_fee("pi_x"),
        lambda: ours.payout_parts("po_x"),
    ]
    stripe_simulator.be_away(len(calls))
    for call in calls:
        with pytest.raises(Unavailable):
            call()
    assert ours.retrieve_session(page.id).state == SessionState.OPEN


def test_nobody_there_is_unavailable(session: DatabaseSession) -> None:
    nobody = StripeGateway(
        secret_key="sk_test_x", webhook_secret=None, api_base=f"http://127.0.0.1:{free_port()}"
    )
    with pytest.raises(Unavailable):
        nobody.retrieve_session("cs_test_x")


def test_one_lost_answer_is_asked_for_again_and_two_are_unavailable(
    ours: StripeGateway, stripe_simulator: Provider
) -> None:
    stripe_simulator.lose_answers(1)
    page = ours.open_session(asking())
    stripe_simulator.lose_answers(2)
    request = asking()
    with pytest.raises(Unavailable):
        ours.open_session(request)
    found = ours.open_session(request)
    there = stripe_simulator.library().checkout.sessions.list()
    assert [one.id for one in there] == [found.id, page.id], "neither was opened twice"
