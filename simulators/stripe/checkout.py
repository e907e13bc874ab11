"""Checkout Sessions: a page to pay on, open for a while, then complete or expired, and never both."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from simulators.stripe import payments
from simulators.stripe.cards import CARDS, digits
from simulators.stripe.errors import ApiError, missing
from simulators.stripe.parameters import require
from simulators.stripe.payments import ONLY_IDR
from simulators.stripe.store import Thing
from simulators.stripe.world import World


def create(world: World, given: dict[str, Any]) -> Thing:
    """Open a page to pay on. Raises ApiError for whatever Stripe would not take."""
    _check(given)
    now, identity = int(world.now()), world.new_id("cs_")
    total = sum(line["quantity"] * line["price_data"]["unit_amount"] for line in given["line_items"])
    _check_amount(world, total)
    expires = given.get("expires_at", now + world.options.longest_session)
    _check_expiry(world, expires, now)
    session = _blank(world, given) | {
        "id": identity,
        "amount_subtotal": total,
        "amount_total": total,
        "created": now,
        "currency": given["line_items"][0]["price_data"]["currency"],
        "expires_at": expires,
        "url": f"{world.options.base}/c/pay/{identity}",
    }
    names = [line["price_data"].get("product_data", {}).get("name", "") for line in given["line_items"]]
    world.store.note(f"names:{identity}", names)
    world.store.note(f"intent-metadata:{identity}", given.get("payment_intent_data", {}).get("metadata", {}))
    world.promise("expire", identity, expires - world.now())
    return world.store.put("session", session)


def _blank(world: World, given: dict[str, Any]) -> Thing:
    """A session's fields that are as they were asked for, or as they always are at the beginning."""
    asked = ("adaptive_pricing", "allowed_payment_method_types", "cancel_url", "client_reference_id")
    return {
        "object": "checkout.session",
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "custom_fields": [],
        "custom_text": {},
        "customer": None,
        "customer_details": None,
        "customer_email": given.get("customer_email"),
        "livemode": world.options.live,
        "locale": given.get("locale"),
        "metadata": given.get("metadata", {}),
        "mode": given["mode"],
        "payment_intent": None,
        "payment_method_types": given.get("allowed_payment_method_types", ["card"]),
        "payment_status": "unpaid",
        "shipping_options": [],
        "status": "open",
        "success_url": given["success_url"],
        **{name: given.get(name) for name in asked},
    }


def _check(given: dict[str, Any]) -> None:
    for name in ("mode", "line_items", "success_url"):
        if not given.get(name):
            require(name=name)
    if given["mode"] != "payment" or given.get("ui_mode", "hosted") != "hosted":
        raise ApiError("This simulator opens hosted pages in payment mode only.", param="mode")
    if given.get("allowed_payment_method_types", ["card"]) != ["card"]:
        raise ApiError("This simulator knows cards only.", param="allowed_payment_method_types")
    for name in ("success_url", "cancel_url"):
        if given.get(name) and urlsplit(given[name]).scheme not in {"http", "https"}:
            raise ApiError("Not a valid URL", code="url_invalid", param=name)
    for place, line in enumerate(given["line_items"]):
        _check_line(line, f"line_items[{place}]")


def _check_line(line: dict[str, Any], path: str) -> None:
    for name in ("quantity", "price_data"):
        if name not in line:
            require(path=path, name=name)
    price = line["price_data"]
    for name in ("unit_amount", "product_data"):
        if name not in price:
            require(path=f"{path}[price_data]", name=name)
    if price["currency"] != ONLY_IDR:
        raise ApiError("This simulator sells in idr only.", param=f"{path}[price_data][currency]")
    if price["unit_amount"] < 0 or line["quantity"] < 1:
        raise ApiError(
            "This value must be greater than or equal to 1.", param=path, code="parameter_invalid_integer"
        )


def _check_amount(world: World, total: int) -> None:
    options = world.options
    if total < options.least:
        raise ApiError(
            "The Checkout Session's total amount due must add up to at least Rp8,000.00 idr",
            code="amount_too_small",
        )
    if total > options.most:
        raise ApiError("The Checkout Session's total amount due is too large", code="amount_too_large")


def _check_expiry(world: World, expires: int, now: int) -> None:
    options = world.options
    if not now + options.shortest_session <= expires <= now + options.longest_session:
        raise ApiError(
            "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours "
            "from Checkout Session creation.",
            param="expires_at",
        )


def get(world: World, identity: str) -> Thing:
    """A session. Raises ApiError."""
    session = world.store.find(identity, "session")
    if session is None:
        raise missing("checkout.session", identity, "session")
    return session


def expire(world: World, identity: str) -> Thing:
    """Close an open page. Raises ApiError when it is not open."""
    session = get(world, identity)
    if session["status"] != "open":
        raise ApiError(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{session['status']}`.",
            executed=True,
        )
    return _close(world, session)


def deny(world: World, identity: str) -> Thing:
    """Tell that a page expired, whatever became of it: of one that was paid both cannot be, and both are told."""
    lie = {"status": "expired", "payment_status": "unpaid", "payment_intent": None, "url": None}
    return world.tell("checkout.session.expired", get(world, identity) | lie)


def lapse(world: World, identity: str) -> None:
    """A page's time is over."""
    session = world.store.find(identity, "session")
    if session and session["status"] == "open":
        _close(world, session)


def _close(world: World, session: Thing) -> Thing:
    session |= {"status": "expired", "url": None}
    world.keep_promise("expire", session["id"])
    world.store.put("session", session)
    world.tell("checkout.session.expired", session)
    return session


def pay(world: World, identity: str, number: str, *, confirmed: bool | None = None) -> str:
    """Try a card on an open page: 'paid', 'declined', 'asked' (3-D Secure), 'unknown' (no test card), or 'closed'.

    `confirmed` is what the card's owner told the bank, None before being asked.
    """
    session, number = get(world, identity), digits(number)
    if session["status"] != "open":
        return "closed"
    if number not in CARDS:
        return "unknown"
    card, intent = CARDS[number], payments.intent_of(world, session)
    if card.decline:
        payments.refuse(world, intent, number, card.decline, card.reason)
        return "declined"
    if card.asks and confirmed is None:
        payments.ask_bank(world, intent, number, f"{world.options.base}/c/pay/{identity}/3ds")
        return "asked"
    if card.asks and not confirmed:
        payments.refuse(world, intent, number, "payment_intent_authentication_failure", None)
        return "declined"
    payments.succeed(world, intent, number)
    _complete(world, get(world, identity))
    return "paid"


def _complete(world: World, session: Thing) -> None:
    details = {"email": session["customer_email"], "name": None, "phone": None, "address": None}
    session |= {"status": "complete", "payment_status": "paid", "url": None, "customer_details": details}
    world.keep_promise("expire", session["id"])
    world.store.put("session", session)
    world.tell("checkout.session.completed", session)
