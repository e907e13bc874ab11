"""Texts that are kept locked: AES-GCM under the first of REFUND_ACCOUNT_KEY's keys, opened with any of them.

What a text belongs to is bound into it, so that one that is copied to another row does not open. To change the key put
the new one first and leave the old one behind it until all that it locked has been locked anew (`is_newest`).
"""

from __future__ import annotations

import base64
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.core.settings import settings

_NONCE = 12


class Locked(Exception):
    """No key that we have opens this, or it was tampered with, or it belongs to something else."""


def lock(text: str, *, belongs_to: str) -> str:
    """A text locked for one thing, such as `refund:7:number`."""
    name, key = _keys()[0]
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), belongs_to.encode())
    return f"{name}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def unlock(locked: str, *, belongs_to: str) -> str:
    """The text again. Raises Locked."""
    name, _dot, body = locked.partition(".")
    try:
        raw = base64.urlsafe_b64decode(body)
        key = dict(_keys())[name]
        return AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], belongs_to.encode()).decode()
    except (KeyError, ValueError, InvalidTag) as error:
        # Nothing of the text or the key may stand in a trace.
        raise Locked("cannot be opened") from type(error)()


def is_newest(locked: str) -> bool:
    """Whether it was locked with the key in use today."""
    return locked.partition(".")[0] == newest()


def newest() -> str:
    """The name of the key in use today; what it locks begins with it."""
    return _keys()[0][0]


def _keys() -> list[tuple[str, bytes]]:
    """Keys by name, the newest first. The name says nothing about the key."""
    found = []
    for secret in settings().refund_account_keys:
        key = hashlib.sha256(b"refund account:" + secret.encode()).digest()
        found.append((hashlib.sha256(b"name:" + key).hexdigest()[:8], key))
    return found
