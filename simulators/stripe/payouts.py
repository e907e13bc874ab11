"""Payouts: what has gathered on the account goes to its bank, in one sum."""

from __future__ import annotations

from simulators.stripe import payments
from simulators.stripe.errors import ApiError, missing
from simulators.stripe.store import Thing
from simulators.stripe.world import World

DAY = 86400


def pay_out(world: World) -> Thing:
    """Send all that no payout has sent yet to the bank, where it arrives at once. Raises ApiError for nothing."""
    parts = [one for one in world.store.list("balance_transaction") if not world.store.fact(_mark(one), None)]
    total = sum(one["net"] for one in parts)
    if total <= 0:
        raise ApiError(
            "You have insufficient funds in your account for this payout.", code="balance_insufficient"
        )
    identity, now = world.new_id("po_"), int(world.now())
    movement = _leave(world, total, identity)
    for one in [*parts, movement]:
        world.store.note(_mark(one), identity)
        world.store.put("balance_transaction", one | {"status": "available", "available_on": now})
    payout = _new(world, movement)
    world.store.put("payout", payout)
    world.tell("payout.created", payout)
    payout |= {"status": "paid"}
    world.store.put("payout", payout)
    world.tell("payout.paid", payout)
    return payout


def _new(world: World, movement: Thing) -> Thing:
    """A payout on its way, by its own movement."""
    now = int(world.now())
    return {
        "id": movement["source"],
        "object": "payout",
        "amount": -movement["net"],
        "arrival_date": now - now % DAY,
        "automatic": True,
        "balance_transaction": movement["id"],
        "created": now,
        "currency": world.settles_in,
        "description": "STRIPE PAYOUT",
        "destination": None,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": world.options.live,
        "metadata": {},
        "method": "standard",
        "reconciliation_status": "completed",
        "source_type": "card",
        "statement_descriptor": None,
        "status": "in_transit",
        "type": "bank_account",
    }


def fail(world: World, identity: str) -> Thing:
    """The bank sends it back, days after it was told as arrived. Raises ApiError."""
    payout = world.store.find(identity, "payout")
    if payout is None:
        raise missing("payout", identity, "payout")
    back = _leave(world, -payout["amount"], identity) | {"type": "payout_failure"}
    world.store.put("balance_transaction", back)
    payout |= {
        "status": "failed",
        "failure_code": "account_closed",
        "failure_balance_transaction": back["id"],
    }
    world.store.put("payout", payout)
    world.tell("payout.failed", payout)
    return payout


def parts_of(world: World, identity: str) -> list[Thing]:
    """The movements that a payout sent, its own among them. Raises ApiError."""
    if world.store.find(identity, "payout") is None:
        raise missing("payout", identity, "payout")
    return [
        one
        for one in world.store.list("balance_transaction")
        if world.store.fact(_mark(one), None) == identity
    ]


def _leave(world: World, amount: int, identity: str) -> Thing:
    """A movement in the account's own money: it is not changed again."""
    movement = payments.book(world, 0, identity, "payout")
    return world.store.put(
        "balance_transaction", movement | {"amount": -amount, "net": -amount, "exchange_rate": None}
    )


def _mark(movement: Thing) -> str:
    return f"payout-of:{movement['id']}"
