"""A seal is checked by whoever has the public key and nothing else, and by the same text only."""

from __future__ import annotations

import base64

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from flask import Flask

from app.core import qr, seals


def test_another_device_checks_it_with_the_public_key_alone(app: Flask) -> None:
    with app.app_context():
        pem, seal = seals.public_key(), seals.seal("SD1.ACDEFGH.0.1")
    key = load_pem_public_key(pem.encode())
    assert isinstance(key, Ed25519PublicKey)
    signature = base64.b32decode(seal + "=" * (-len(seal) % 8))
    key.verify(signature, b"SD1.ACDEFGH.0.1")
    with pytest.raises(InvalidSignature):
        key.verify(signature, b"SD1.ACDEFGH.1.1")


def test_ours_only_and_of_this_text_only(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        seal = seals.seal("text")
        assert seals.is_sealed("text", seal)
        assert seal.isalnum()
        assert seal.isupper()
        for text, by in (
            ("texts", seal),
            ("text", seal[:-8]),
            ("text", ""),
            ("text", "ß!"),
            ("text", "A" * 103),
        ):
            assert not seals.is_sealed(text, by)
        monkeypatch.setitem(app.config, "SECRET_KEY", "another")
        assert not seals.is_sealed("text", seal)


def test_a_drawn_code_is_square_with_a_quiet_edge() -> None:
    drawn = qr.draw("SD1.ACDEFGH.0.1." + "A" * 103)
    begins = [part.split("h")[0].split(" ") for part in drawn.path.split("M")[1:]]
    assert drawn.size - 2 * qr.QUIET_EDGE in range(21, 60)
    assert min(int(x) for x, _y in begins) == min(int(y) for _x, y in begins) == qr.QUIET_EDGE
