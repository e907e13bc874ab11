"""What the card provider keeps: asked for, booked once on who bears it, whatever became of the booking."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app import jobs
from app.bookings import services
from app.bookings.queries import rupiah_trail
from app.bookings.services.card import Heard
from app.core import clock
from app.core.db import db, transaction
from app.ledger.queries import balance, list_entries
from app.payments import calls
from app.payments.gateway import ChargeFee, gateway
from app.payments.models import Receipt
from app.payments.queries import list_receipts
from app.revenue.queries import find_payee
from app.revenue.rules import PayeeKind
from tests.bookings import acts, cards
from tests.bookings.test_checks import after
from tests.factories import NOW
from tests.simulators import needs
from tests.simulators.provider import Provider

SOON = NOW + timedelta(minutes=2)
LATER = NOW + timedelta(minutes=9)


@pytest.fixture
def provider(season: Session, stripe_simulator: Provider) -> Provider:
    """The provider, at our time."""
    cards.at_our_time(stripe_simulator)
    return stripe_simulator


def receipt(code: str) -> Receipt:
    """The one receipt of a booking, read anew."""
    db.session.expire_all()
    (found,) = list_receipts(f"booking:{code}")
    return found


def paid(provider: Provider, *kinds: str, settled: bool = True) -> str:
    """A trip that was paid by card, its fee known to the provider."""
    code = cards.hold(cards.open_shop(), *kinds)
    cards.pay_now(provider, code)
    if settled:
        provider.settle(str(receipt(code).charge))
    return code


def fees_of(code: str) -> list[str]:
    """The entries about fees of a booking."""
    return [entry.reference for entry in list_entries(f"booking:{code}") if entry.kind == "fee"]


def company() -> str:
    """The account of the assisting company that fees come from."""
    found = find_payee(kind=PayeeKind.MANAGER, village_id=None)
    assert found is not None
    return f"payee:{found.id}:payable"


def ask(code: str) -> object:
    """One conversation about the fee."""
    return calls.ask_fee(receipt(code).id, hear=services.hear_fee)


def test_the_fee_is_booked_from_the_bearer(provider: Provider) -> None:
    code = paid(provider)
    assert receipt(code).fee is None
    ask(code)
    came = receipt(code)
    assert came.fee is not None
    assert came.net is not None
    assert 0 < came.fee < came.net < came.amount
    assert (balance(company()), balance("fees:provider")) == (-came.fee, 0)
    assert balance("held:card") == -came.net
    assert -balance("fx") == came.amount - came.fee - came.net
    assert fees_of(code) == [f"fee:{came.id}"]
    acts.nothing_is_wrong()


def test_not_known_yet_is_asked_for_again(provider: Provider) -> None:
    code = paid(provider, "stay", settled=False)
    told = gateway()
    assert told is not None
    if told.charge_fee(str(receipt(code).charge)) is None:
        assert ask(code) is None
        assert receipt(code).fee is None
        assert receipt(code).fee_asked_at is not None
    provider.settle(str(receipt(code).charge))
    with clock.shifted(LATER):
        jobs.reconcile_payments()
    assert fees_of(code) == [f"fee:{receipt(code).id}"]


@needs.passing_time
def test_the_event_brings_the_next_asking_forward(provider: Provider) -> None:
    """Asked a moment ago and not known: without the event it would wait, with it the next run asks."""
    code = paid(provider, "stay")
    with transaction():
        receipt(code).fee_asked_at = SOON - timedelta(minutes=1)
    with clock.shifted(SOON):
        jobs.reconcile_payments()
        assert fees_of(code) == []
        cards.at_our_time(provider)
        cards.hear_all(provider)
        jobs.reconcile_payments()
        assert fees_of(code) == [f"fee:{receipt(code).id}"]


def test_told_and_asked_often_is_booked_once(provider: Provider) -> None:
    code = paid(provider)
    number = receipt(code).id
    told = gateway()
    assert told is not None
    fee = told.charge_fee(str(receipt(code).charge))
    assert fee is not None
    heard = []
    for _ in range(3):
        with transaction():
            heard.append(services.hear_fee(receipt_id=number, told=fee).heard)
        cards.hear_all(provider)
        ask(code)
    assert heard == [Heard.DONE, Heard.NOTHING, Heard.NOTHING]
    assert fees_of(code) == [f"fee:{number}"]
    acts.nothing_is_wrong()


def test_the_charge_is_new_before_its_money_is_known(provider: Provider) -> None:
    """Events in any order: nothing is lost when the charge is told of before the page that was paid."""
    code = cards.hold(cards.open_shop(), "stay")
    provider.pay(cards.page(code))
    (page,) = provider.library().checkout.sessions.list().data
    with transaction():
        assert services.hear_charge(charge=str(page.payment_intent)).heard == Heard.NOTHING
    provider.settle(str(page.payment_intent))
    cards.hear_all(provider)
    with clock.shifted(LATER):
        jobs.reconcile_payments()
    assert fees_of(code) == [f"fee:{receipt(code).id}"]


@pytest.mark.parametrize("fee_first", [True, False])
def test_a_cancelled_booking_costs_its_bearer_the_fee_too(provider: Provider, fee_first: bool) -> None:
    code = paid(provider)
    if fee_first:
        ask(code)
    cards.cancel(code)
    cards.send_refunds(code)
    if not fee_first:
        ask(code)
    came = receipt(code)
    assert came.fee is not None
    assert balance(company()) == -came.fee
    acts.nothing_is_wrong()


def test_a_fee_of_another_charge_is_for_a_person(provider: Provider) -> None:
    code = paid(provider, "stay")
    came = receipt(code)
    other = ChargeFee(charge=str(came.charge), amount=came.amount + 1, fee=5_000, net=came.amount - 4_999)
    with transaction():
        assert services.hear_fee(receipt_id=came.id, told=other).heard == Heard.REVIEW
    assert receipt(code).fee is None
    assert fees_of(code) == []


@pytest.mark.parametrize(("fee", "fx"), [(0, 0), (5_000, 7), (5_000, -7)])
def test_rates_win_and_lose(provider: Provider, fee: int, fx: int) -> None:
    code = paid(provider, "stay")
    came = receipt(code)
    net = came.amount - fee - fx
    told = ChargeFee(charge=str(came.charge), amount=came.amount, fee=fee, net=net)
    with transaction():
        services.hear_fee(receipt_id=came.id, told=told)
    assert (balance("fx"), balance("held:card"), balance("fees:provider")) == (-fx, -net, 0)
    assert bool(fees_of(code)) == bool(fee or fx)
    acts.nothing_is_wrong()


TAMPERED = {
    "every fee is booked once": "UPDATE receipts SET fee = fee + 1, net = net - 1 WHERE fee IS NOT NULL",
    "fees only pass through": (
        "UPDATE postings SET amount = amount + 1 WHERE from_account_id = "
        "(SELECT id FROM accounts WHERE code = 'fees:provider')"
    ),
    "exchange differences are what charges say": "UPDATE receipts SET net = net + 1 WHERE fee IS NOT NULL",
    "keepers hold receipts less fees and refunds sent": "UPDATE receipts SET net = net + 1 WHERE fee IS NOT NULL",
}


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_with_fees_is_named(provider: Provider, name: str) -> None:
    ask(paid(provider, "stay"))
    assert name in after(TAMPERED[name])


def test_a_fee_booked_for_nobody_is_named(provider: Provider) -> None:
    ask(paid(provider, "stay"))
    assert "every fee is booked once" in after(
        "UPDATE receipts SET fee = NULL, net = NULL WHERE fee IS NOT NULL"
    )


def test_guest_and_desk_read_of_it(app: Flask, provider: Provider) -> None:
    """The trail names the fee once, with what was kept."""
    code = paid(provider, "stay")
    ask(code)
    (step,) = [step for step in rupiah_trail(acts.booking(code)) if step.kind == "fee"]
    assert step.amount == receipt(code).fee
    assert [part.kind for part in step.parts] == ["fees"]
