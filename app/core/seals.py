"""Seals: short texts signed so that anybody can check them without a network and without a secret of ours.

Ed25519: the private key follows from SECRET_KEY, as the secrets of links do, and dies with it; the public key is
published. An HMAC would not do, for whoever could check one could also make one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import current_app

_PURPOSE = b"seal:1"


def seal(text: str) -> str:
    """The signature of a text in capital letters and digits, which a QR code packs densely: 103 of them."""
    return base64.b32encode(_key().sign(text.encode())).rstrip(b"=").decode()


def is_sealed(text: str, by: str) -> bool:
    """Whether a seal is ours and of this very text."""
    try:
        given = base64.b32decode(by + "=" * (-len(by) % 8))
        _key().public_key().verify(given, text.encode())
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True


def public_key() -> str:
    """What checks our seals, as PEM (SubjectPublicKeyInfo)."""
    return _key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _key() -> Ed25519PrivateKey:
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return Ed25519PrivateKey.from_private_bytes(hmac.new(secret, _PURPOSE, hashlib.sha256).digest())
