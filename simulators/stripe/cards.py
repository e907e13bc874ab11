"""Stripe's test cards, as far as a card on a Checkout page is concerned. No other number is ever taken."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """What a test card does. `decline` and `reason` are Stripe's two codes for a no, `disputes` is what comes later."""

    brand: str
    decline: str | None = None
    reason: str | None = None
    asks: bool = False
    refunds: str = "succeeded"
    disputes: str | None = None


CARDS = {
    "4242424242424242": Card("visa"),
    "5555555555554444": Card("mastercard"),
    "4000000000000002": Card("visa", "card_declined", "generic_decline"),
    "4000000000009995": Card("visa", "card_declined", "insufficient_funds"),
    "4000000000000069": Card("visa", "expired_card"),
    "4000000000000127": Card("visa", "incorrect_cvc"),
    "4000002500003155": Card("visa", asks=True),
    "4000002760003184": Card("visa", asks=True),
    "4000000000007726": Card("visa", refunds="pending"),
    "4000000000005126": Card("visa", refunds="failed"),
    "4000000000000259": Card("visa", disputes="dispute"),
    "4000000000001976": Card("visa", disputes="inquire"),
}
PAYS, DECLINES, ASKS = "4242424242424242", "4000000000000002", "4000002500003155"

MESSAGES = {
    "card_declined": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "payment_intent_authentication_failure": "We are unable to authenticate your payment method.",
}


def digits(number: str) -> str:
    """A typed card number without its blanks."""
    return "".join(letter for letter in number if letter.isdigit())
