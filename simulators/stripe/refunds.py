"""Refunds: money that leaves again, and may come back."""

from __future__ import annotations

from typing import Any

from simulators.stripe import payments
from simulators.stripe.cards import CARDS
from simulators.stripe.errors import ApiError, missing
from simulators.stripe.parameters import require
from simulators.stripe.store import Thing
from simulators.stripe.world import World


def create(world: World, given: dict[str, Any]) -> Thing:
    """Send money of a charge back, all that is left when no amount is named. Raises ApiError."""
    charge = _charge_to_refund(world, given)
    left = charge["amount"] - charge["amount_refunded"]
    amount = given.get("amount", left)
    if given.get("amount", 1) < 1:
        raise ApiError("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    if _is_charged_back(world, charge):
        raise ApiError(f"Charge {charge['id']} has been charged back.", code="charge_disputed", executed=True)
    if not left:
        raise ApiError(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded", executed=True
        )
    if amount > left:
        raise ApiError(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            param="amount",
            executed=True,
        )
    refund = _new(world, charge, amount, given)
    _count(world, charge)
    world.tell("refund.created", refund)
    world.tell("charge.refunded", charge)
    return refund


def _is_charged_back(world: World, charge: Thing) -> bool:
    """A dispute that is won gives the charge back to be refunded; an inquiry leaves it so."""
    open_or_lost = {"needs_response", "under_review", "lost"}
    disputes = world.store.list("dispute")
    return any(one["charge"] == charge["id"] and one["status"] in open_or_lost for one in disputes)


def _charge_to_refund(world: World, given: dict[str, Any]) -> Thing:
    if not given.get("charge") and not given.get("payment_intent"):
        require(name="payment_intent")
    identity = given.get("charge")
    if given.get("payment_intent"):
        intent = world.store.find(given["payment_intent"], "payment_intent")
        if intent is None:
            raise missing("payment_intent", given["payment_intent"], "payment_intent")
        identity = intent["latest_charge"]
    charge = world.store.find(identity or "", "charge")
    if charge is None:
        raise missing("charge", identity or "", "charge")
    if charge["status"] != "succeeded":
        raise ApiError(f"This charge ({charge['id']}) was not successful.", param="charge", executed=True)
    return charge


def _new(world: World, charge: Thing, amount: int, given: dict[str, Any]) -> Thing:
    number = world.store.fact(f"number:{charge['id']}", "")
    outcome = "failed" if world.store.use_up("refunds_fail") else CARDS[number].refunds
    identity = world.new_id("re_")
    refund = {
        "id": identity,
        "object": "refund",
        "amount": amount,
        "balance_transaction": payments.book(world, -amount, identity, "refund")["id"],
        "charge": charge["id"],
        "created": int(world.now()),
        "currency": charge["currency"],
        "failure_reason": None,
        "metadata": given.get("metadata") or {},
        "payment_intent": charge["payment_intent"],
        "reason": given.get("reason"),
        "status": "pending" if outcome == "pending" else "succeeded",
    }
    if outcome != "succeeded":
        world.promise("fail" if outcome == "failed" else "succeed", identity, world.options.refund_delay)
    return world.store.put("refund", refund)


def _count(world: World, charge: Thing) -> None:
    sums = [
        refund["amount"]
        for refund in world.store.list("refund")
        if refund["charge"] == charge["id"] and refund["status"] not in {"failed", "canceled"}
    ]
    charge |= {"amount_refunded": sum(sums), "refunded": sum(sums) == charge["amount"]}
    world.store.put("charge", charge)


def get(world: World, identity: str) -> Thing:
    """A refund. Raises ApiError."""
    refund = world.store.find(identity, "refund")
    if refund is None:
        raise missing("refund", identity, "refund")
    return refund


def fail(world: World, identity: str) -> Thing:
    """The guest's bank sends it back; a refund that had succeeded may fail days later."""
    refund = get(world, identity)
    if refund["status"] == "failed":
        return refund
    before = {"status": refund["status"]}
    refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
    refund["failure_balance_transaction"] = payments.book(
        world, refund["amount"], identity, "refund_failure"
    )["id"]
    world.store.put("refund", refund)
    charge = world.store.find(refund["charge"], "charge")
    assert charge
    _count(world, charge)
    world.tell("refund.updated", refund, before=before)
    world.tell("refund.failed", refund)
    return refund


def succeed(world: World, identity: str) -> Thing:
    """A pending refund has arrived."""
    refund = get(world, identity)
    if refund["status"] == "pending":
        refund["status"] = "succeeded"
        world.store.put("refund", refund)
        world.tell("refund.updated", refund, before={"status": "pending"})
    return refund
