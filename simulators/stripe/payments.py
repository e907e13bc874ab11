"""Payment intents, charges and their fees: what an attempt to pay on the hosted page leaves behind."""

from __future__ import annotations

from typing import Any

from simulators.stripe.cards import CARDS, MESSAGES, Card
from simulators.stripe.store import Thing
from simulators.stripe.world import World

ONLY_IDR = "idr"
"""What is sold here; an account may settle in it, or in another money at a rate."""


def intent_of(world: World, session: Thing) -> Thing:
    """The session's payment intent; made at the first attempt, as Stripe does."""
    if session["payment_intent"]:
        found = world.store.find(session["payment_intent"], "payment_intent")
        assert found
        return found
    secret = world.new_id("pi_")
    intent = {
        "id": secret,
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_received": 0,
        "capture_method": "automatic_async",
        "client_secret": f"{secret}_secret_{world.new_id('')}",
        "confirmation_method": "automatic",
        "created": int(world.now()),
        "currency": session["currency"],
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": session["livemode"],
        "metadata": world.store.fact(f"intent-metadata:{session['id']}", {}),
        "next_action": None,
        "payment_method": None,
        "payment_method_types": session["payment_method_types"],
        "status": "requires_payment_method",
    }
    session["payment_intent"] = intent["id"]
    world.store.put("session", session)
    world.store.put("payment_intent", intent)
    world.tell("payment_intent.created", intent)
    return intent


def succeed(world: World, intent: Thing, number: str) -> Thing:
    """The card pays: a charge, whose fee is known a little later."""
    charge = _charge(world, intent, number, status="succeeded")
    intent |= {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": charge["id"],
        "last_payment_error": None,
        "next_action": None,
        "payment_method": charge["payment_method"],
    }
    world.store.put("payment_intent", intent)
    world.tell("charge.succeeded", charge)
    world.tell("payment_intent.succeeded", intent)
    world.promise("settle", charge["id"], world.options.fee_delay)
    if later := CARDS[number].disputes:
        world.promise(later, charge["id"], world.options.dispute_delay)
    return charge


def refuse(world: World, intent: Thing, number: str, code: str, reason: str | None) -> None:
    """The card does not pay: the intent waits for another one, and says why."""
    message = MESSAGES.get(reason or code) or MESSAGES[code]
    charge = _charge(world, intent, number, status="failed")
    charge |= {"failure_code": code, "failure_message": message}
    world.store.put("charge", charge)
    error = {"type": "card_error", "code": code, "message": message, "charge": charge["id"]}
    if reason:
        error["decline_code"] = reason
    intent |= {
        "status": "requires_payment_method",
        "last_payment_error": error,
        "latest_charge": charge["id"],
        "next_action": None,
    }
    world.store.put("payment_intent", intent)
    world.tell("charge.failed", charge)
    world.tell("payment_intent.payment_failed", intent)


def ask_bank(world: World, intent: Thing, number: str, page: str) -> None:
    """The card's bank wants to ask its owner (3-D Secure) first."""
    intent |= {
        "status": "requires_action",
        "next_action": {"type": "redirect_to_url", "redirect_to_url": {"url": page, "return_url": None}},
    }
    world.store.put("payment_intent", intent)
    world.store.note(f"asking:{intent['id']}", number)
    world.tell("payment_intent.requires_action", intent)


def settle(world: World, charge_id: str) -> Thing:
    """The fee of a charge is known: its balance transaction appears, in the account's own currency."""
    charge = world.store.find(charge_id, "charge")
    assert charge
    if charge["balance_transaction"] or charge["status"] != "succeeded":
        return charge
    fee = fee_of(world, charge["amount"])
    charge["balance_transaction"] = book(world, charge["amount"], charge["id"], "charge", fee)["id"]
    world.store.put("charge", charge)
    world.tell("charge.updated", charge, before={"balance_transaction": None})
    return charge


def fee_of(world: World, amount: int) -> int:
    """The fee of a charge in the settlement currency: a share of it and something fixed."""
    return _exchanged(world, amount) * world.options.fee_basis_points // 10_000 + world.options.fee_fixed


def book(world: World, amount: int, source: str, kind: str, fee: int = 0) -> Thing:
    """A movement on the account's balance; `amount` in hundredths of a rupiah, below zero for money that leaves."""
    settled, currency = _exchanged(world, amount), world.settles_in
    details: list[dict[str, Any]] = []
    if fee:
        words = {"application": None, "description": "Stripe processing fees", "type": "stripe_fee"}
        details = [{"amount": fee, "currency": currency, **words}]
    now = int(world.now())
    movement = {
        "id": world.new_id("txn_"),
        "object": "balance_transaction",
        "amount": settled,
        "available_on": now + 7 * 86400,
        "balance_type": "payments",
        "created": now,
        "currency": currency,
        "description": None,
        "exchange_rate": None if currency == ONLY_IDR else world.exchange_rate,
        "fee": fee,
        "fee_details": details,
        "net": settled - fee,
        "reporting_category": kind,
        "source": source,
        "status": "pending",
        "type": kind,
    }
    return world.store.put("balance_transaction", movement)


def _exchanged(world: World, amount: int) -> int:
    return amount if world.settles_in == ONLY_IDR else round(amount * world.exchange_rate)


def _charge(world: World, intent: Thing, number: str, *, status: str) -> Thing:
    card: Card = CARDS[number]
    paid = status == "succeeded"
    details = {"brand": card.brand, "last4": number[-4:], "country": "ID", "exp_month": 12, "exp_year": 2034}
    charge = {
        "id": world.new_id("ch_"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if paid else 0,
        "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        "captured": paid,
        "created": int(world.now()),
        "currency": intent["currency"],
        "disputed": False,
        "failure_code": None,
        "failure_message": None,
        "livemode": intent["livemode"],
        "metadata": intent["metadata"],
        "paid": paid,
        "payment_intent": intent["id"],
        "payment_method": world.new_id("pm_"),
        "payment_method_details": {"type": "card", "card": details},
        "refunded": False,
        "status": status,
    }
    world.store.note(f"number:{charge['id']}", number)
    return world.store.put("charge", charge)
