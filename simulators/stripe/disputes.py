"""Disputes: a guest has their bank take a payment back, we answer or not, the bank decides."""

from __future__ import annotations

from typing import Any

from simulators.stripe import payments
from simulators.stripe.errors import ApiError, missing
from simulators.stripe.store import Thing
from simulators.stripe.world import World

DAY = 86400
FEE = 1500
"""In the hundredths of the account's own money."""

DECIDING = {"winning_evidence": "won", "losing_evidence": "lost"}
"""The words by which the provider's test mode lets a dispute end, as `evidence[uncategorized_text]`."""

OPEN = frozenset({"needs_response", "under_review", "warning_needs_response", "warning_under_review"})


def open_one(world: World, charge_id: str, *, amount: int | None = None, inquiry: bool = False) -> Thing:
    """The guest asks the bank to take a payment back, all or an amount in hundredths; an inquiry only asks, and takes
    nothing. Raises ApiError.
    """
    intent = world.store.find(charge_id, "payment_intent")
    charge = world.store.find(intent["latest_charge"] if intent else charge_id, "charge")
    if charge is None:
        raise missing("charge", charge_id)
    wanted = charge["amount"] if amount is None else amount
    if not 0 < wanted <= charge["amount"]:
        raise ApiError("A dispute is of a part of the charge, or of all of it.", param="amount")
    thing = _new(world, charge, wanted, inquiry=inquiry)
    if not inquiry:
        _take(world, thing)
        charge["disputed"] = True
        world.store.put("charge", charge)
    world.store.put("dispute", thing)
    world.tell("charge.dispute.created", thing)
    if not inquiry:
        world.tell("charge.dispute.funds_withdrawn", thing)
    return thing


def _new(world: World, charge: Thing, amount: int, *, inquiry: bool) -> Thing:
    return {
        "id": world.new_id("du_"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": int(world.now()),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {},
        "evidence_details": {
            "due_by": int(world.now()) + 9 * DAY,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": inquiry,
        "livemode": charge["livemode"],
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": "fraudulent",
        "status": "warning_needs_response" if inquiry else "needs_response",
    }


def _take(world: World, thing: Thing) -> None:
    movement = payments.book(world, -thing["amount"], thing["id"], "adjustment", fee=FEE)
    _list(world, thing, movement | {"reporting_category": "dispute"})


def _list(world: World, thing: Thing, movement: Thing) -> None:
    thing["balance_transactions"].append(world.store.put("balance_transaction", movement))


def answer(world: World, identity: str, given: dict[str, Any]) -> Thing:
    """Evidence is given; where it says so in the words of the test mode, the bank decides at once. Raises ApiError."""
    thing = get(world, identity)
    if thing["status"] not in OPEN:
        raise ApiError("This dispute is already closed.", executed=True)
    evidence = given.get("evidence") or {}
    thing["evidence"] |= evidence
    thing["evidence_details"] |= {"has_evidence": True}
    if given.get("submit", True):
        was = "warning_under_review" if thing["status"].startswith("warning") else "under_review"
        thing["status"] = was
        thing["evidence_details"]["submission_count"] += 1
    world.store.put("dispute", thing)
    world.tell("charge.dispute.updated", thing)
    decides = DECIDING.get(evidence.get("uncategorized_text", ""))
    return close(world, identity, decides) if decides else thing


def get(world: World, identity: str) -> Thing:
    """A dispute. Raises ApiError."""
    thing = world.store.find(identity, "dispute")
    if thing is None:
        raise missing("dispute", identity, "dispute")
    return thing


def close(world: World, identity: str, outcome: str) -> Thing:
    """The bank has decided: 'won' gives the money back to the account, 'lost' does not. An inquiry closes with nothing
    moved. Closed once, it stays so. Raises ApiError.
    """
    thing = get(world, identity)
    if outcome not in {"won", "lost"}:
        raise ApiError("A dispute is won or lost.", param="status")
    if thing["status"] not in OPEN:
        return thing
    is_inquiry = thing["status"].startswith("warning")
    thing["status"] = "warning_closed" if is_inquiry else outcome
    if outcome == "won" and not is_inquiry:
        movement = payments.book(world, thing["amount"], identity, "adjustment")
        _list(world, thing, movement | {"reporting_category": "dispute_reversal"})
    world.store.put("dispute", thing)
    world.tell("charge.dispute.closed", thing)
    if outcome == "won" and not is_inquiry:
        world.tell("charge.dispute.funds_reinstated", thing)
    return thing
