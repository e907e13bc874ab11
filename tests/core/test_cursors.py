"""A place in a list, opaque and harmless."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.core.paging import decode_cursor, encode_cursor

VALUES = st.lists(st.one_of(st.integers(), st.text(), st.none()), max_size=5)


@given(VALUES)
def test_a_cursor_comes_back_as_it_was(values: list[Any]) -> None:
    cursor = encode_cursor(*values)
    assert decode_cursor(cursor) == values
    assert re.fullmatch(r"[\w-]*", cursor)


@pytest.mark.parametrize(
    "cursor", ["", "nonsense", "%%%", "ß", "eyJhIjoxfQ", "W" * 3001, encode_cursor()[:-1]]
)
def test_what_is_no_cursor_of_ours(app: Flask, cursor: str) -> None:
    with app.app_context(), pytest.raises(Invalid) as refusal:
        decode_cursor(cursor)
    assert refusal.value.errors[0][0] == "cursor"


def test_a_cursor_nested_without_end_is_refused(app: Flask) -> None:
    with app.app_context(), pytest.raises(Invalid):
        decode_cursor(base64.urlsafe_b64encode(b"[" * 50_000).decode())
