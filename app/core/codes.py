"""Booking codes, tokens, references: what is read aloud and what must not be guessed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from flask import current_app

ALPHABET = "ACDEFGHJKLMNPQRTUVWXY3479"
"""Letters and digits that survive a phone call: no 0/O, 1/I, 2/Z, 5/S, 6/G and 8/B pairs."""

CODE_LENGTH = 7


def new_code() -> str:
    """A booking code: short, unambiguous when read aloud, not guessable (25⁷ ≈ 6 billion)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def normalise_code(text: str) -> str:
    """A code as somebody typed it: lower case, spaces and dashes forgiven."""
    return "".join(char for char in text.upper() if char in ALPHABET)


def access_token(code: str, version: int) -> str:
    """The secret that opens one booking: an HMAC of code and version, so that a replayed answer gives it again."""
    return sign(f"booking:{code}:{version}")


def sign(text: str) -> str:
    """HMAC-SHA256 of a text under SECRET_KEY, as 43 URL-safe characters."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    digest = hmac.new(key, text.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def new_token() -> str:
    """A random secret for a link, 256 bits."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """How a secret is kept: its SHA-256. Secrets here are long and random, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def same_secret(left: str, right: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


def guest_key(address: str) -> str:
    """Who a guest is, without being readable: the hash of the e-mail address or phone number they are reached at."""
    return hashlib.sha256(address.lower().encode()).hexdigest()


def trail_token(booking_id: int) -> str:
    """What opens the public trail of a booking's money. It cannot be guessed, and opens nothing else."""
    return f"{booking_id}-{sign(f'trail:{booking_id}')}"


def read_trail_token(token: str) -> int | None:
    """The booking that a trail's token was made for; None where we did not sign it."""
    number, _dash, signature = token.partition("-")
    if not (number.isascii() and number.isdecimal() and len(number) <= 18):
        return None
    return int(number) if same_secret(signature, sign(f"trail:{int(number)}")) else None
