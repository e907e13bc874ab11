"""What is locked opens only with our keys, only for what it belongs to, and not once it was touched."""

from __future__ import annotations

import base64
import traceback
from dataclasses import replace

import pytest
from flask import Flask

from app.core import vault
from app.core.vault import Locked, lock, unlock

MINE = "refund:7:number"
pytestmark = pytest.mark.database("sqlite")


def keys(app: Flask, *secrets: str) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], refund_account_keys=secrets)


@pytest.fixture(autouse=True)
def _inside(app: Flask) -> object:
    before = app.config["SETTINGS"]
    with app.app_context():
        yield
    app.config["SETTINGS"] = before


def test_it_opens_again_and_shows_nothing_meanwhile() -> None:
    locked = lock("1234567890", belongs_to=MINE)
    assert unlock(locked, belongs_to=MINE) == "1234567890"
    assert "1234567890" not in locked
    assert b"1234567890" not in base64.urlsafe_b64decode(locked.partition(".")[2])
    assert lock("1234567890", belongs_to=MINE) != locked, "the same text looks different each time"


def test_it_does_not_open_for_another_refund() -> None:
    with pytest.raises(Locked):
        unlock(lock("1234567890", belongs_to=MINE), belongs_to="refund:8:number")


@pytest.mark.parametrize("at", [0, 12, 30])
def test_it_does_not_open_once_it_was_touched(at: int) -> None:
    name, _dot, body = lock("1234567890", belongs_to=MINE).partition(".")
    raw = bytearray(base64.urlsafe_b64decode(body))
    raw[at] ^= 1
    with pytest.raises(Locked) as caught:
        unlock(f"{name}.{base64.urlsafe_b64encode(bytes(raw)).decode()}", belongs_to=MINE)
    assert "1234567890" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("nonsense", ["", ".", "abc", "abc.def", "........"])
def test_nonsense_does_not_open(nonsense: str) -> None:
    with pytest.raises(Locked):
        unlock(nonsense, belongs_to=MINE)


def test_a_new_key_locks_and_the_old_one_still_opens(app: Flask) -> None:
    keys(app, "o" * 40)
    old = lock("1234567890", belongs_to=MINE)
    assert vault.is_newest(old)
    keys(app, "n" * 40, "o" * 40)
    assert unlock(old, belongs_to=MINE) == "1234567890"
    assert not vault.is_newest(old)
    new = lock("1234567890", belongs_to=MINE)
    keys(app, "n" * 40)
    assert unlock(new, belongs_to=MINE) == "1234567890"
    with pytest.raises(Locked):
        unlock(old, belongs_to=MINE)
