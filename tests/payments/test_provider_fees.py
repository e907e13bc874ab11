"""What the provider kept and paid out, in whatever money it counts, read as rupiah."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session as DatabaseSession

from app.payments.gateway import ChargeFee, PayoutPart, Refused, StripeGateway
from app.payments.gateway.reading import in_rupiah, read_charge_fee
from tests.payments.test_gateway import asking
from tests.simulators import needs
from tests.simulators.provider import Provider

pytestmark = pytest.mark.database("sqlite")


@pytest.fixture
def ours(session: DatabaseSession, stripe_simulator: Provider) -> StripeGateway:
    """Our gateway, with the simulator behind it."""
    return stripe_simulator.gateway()


def charged(**booked: Any) -> dict[str, Any]:
    """A payment intent of Rp150.000 with its charge in full, as booked by the provider."""
    movement = {"currency": "idr", "exchange_rate": None, "fee": 600_000, "net": 14_400_000} | booked
    charge = {"amount": 15_000_000, "currency": "idr", "balance_transaction": movement}
    return {"id": "pi_1", "latest_charge": charge}


@pytest.mark.parametrize(
    ("booked", "fee", "net", "exchange"),
    [
        ({}, 6_000, 144_000, 0),
        ({"fee": 600_050, "net": 14_399_950}, 6_000, 144_000, 0),
        ({"currency": "sgd", "exchange_rate": 0.000082, "fee": 98, "net": 1132}, 11_951, 138_049, 0),
        ({"currency": "usd", "exchange_rate": 0.00006, "fee": 60, "net": 839}, 10_000, 139_833, 167),
    ],
)
def test_a_fee_in_whatever_money_is_read_as_rupiah(
    booked: dict[str, Any], fee: int, net: int, exchange: int
) -> None:
    told = read_charge_fee(charged(**booked))
    assert told == ChargeFee(charge="pi_1", amount=150_000, fee=fee, net=net)
    assert told.exchange == exchange


def test_a_fee_that_is_not_known_is_none() -> None:
    assert read_charge_fee({"id": "pi_1", "latest_charge": None}) is None
    told = charged()
    told["latest_charge"]["balance_transaction"] = None
    assert read_charge_fee(told) is None


@pytest.mark.parametrize("rate", [None, 0, -1])
def test_without_a_rate_nothing_is_believed(rate: float | None) -> None:
    with pytest.raises(ValueError, match="rate"):
        read_charge_fee(charged(currency="sgd", exchange_rate=rate))


@given(st.integers(-(10**10), 10**10), st.decimals("0.00001", "100", places=5))
def test_converting_is_off_by_half_a_rupiah_at_most(counted: int, rate: Decimal) -> None:
    exact = Decimal(counted) / rate / 100
    assert abs(in_rupiah(counted, rate) - exact) <= Decimal("0.5")


@needs.payouts
def test_what_a_charge_cost_and_what_a_payout_sent(ours: StripeGateway, stripe_simulator: Provider) -> None:
    page = ours.open_session(asking())
    stripe_simulator.pay(str(page.url))
    charge = str(ours.retrieve_session(page.id).charge)
    stripe_simulator.settle(charge)
    cost = ours.charge_fee(charge)
    assert cost is not None
    assert (cost.charge, cost.amount) == (charge, 150_000)
    assert 0 < cost.fee < cost.net < cost.amount
    assert abs(cost.exchange) < 100, "rounding to a cent of a dollar, no more"
    refund = ours.refund(charge=charge, amount=50_000, refund_id=3, idempotency_key="a")
    number = stripe_simulator.pay_out()
    assert ours.payout_parts(number) == [
        PayoutPart("refund", None, refund.id),
        PayoutPart("charge", charge, None),
    ]
    with pytest.raises(Refused):
        ours.payout_parts("po_none")
    with pytest.raises(Refused):
        ours.charge_fee("pi_none")
