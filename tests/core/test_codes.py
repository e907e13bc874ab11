"""Codes that survive a phone call, and secrets that are not guessed."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core.codes import (
    ALPHABET,
    CODE_LENGTH,
    access_token,
    hash_token,
    new_code,
    new_token,
    normalise_code,
    same_secret,
    sign,
)


def test_codes_are_short_and_without_look_alikes() -> None:
    codes = {new_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert all(len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) for code in codes)
    for alike in ("0O", "1I", "2Z", "5S", "6G", "8B"):
        assert len(set(alike) & set(ALPHABET)) <= 1


@pytest.mark.parametrize("typed", ["hx3k9pt", " HX3 K9PT ", "HX3-K9-PT", "hx3.k9pt\n"])
def test_a_code_is_forgiven_its_spelling(typed: str) -> None:
    assert normalise_code(typed) == "HX3K9PT"


def test_an_access_token_comes_again_and_only_for_its_booking(app: Flask) -> None:
    with app.app_context():
        token = access_token("HX3K9PT", 1)
        assert token == access_token("HX3K9PT", 1)
        assert len(token) == 43
        assert len({token, access_token("HX3K9PT", 2), access_token("HX3K9PA", 1), sign("HX3K9PT:1")}) == 4


@pytest.mark.settings(secret_key="another")
def test_another_installation_has_other_tokens(app: Flask) -> None:
    with app.app_context():
        own = access_token("HX3K9PT", 1)
        app.config["SECRET_KEY"] = "a-secret-of-the-tests-and-of-nothing-else"
        assert access_token("HX3K9PT", 1) != own


def test_secrets_are_kept_as_hashes_and_compared_whole() -> None:
    token = new_token()
    assert token != new_token()
    assert hash_token(token) == hash_token(token) != token
    assert len(hash_token(token)) == 64
    assert same_secret(token, token)
    assert not same_secret(token, token[:-1])
    assert not same_secret("å", "a")
