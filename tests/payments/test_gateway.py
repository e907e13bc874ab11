"""Rupiah and the provider's hundredths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.payments.gateway import from_provider, to_provider


def test_a_known_price() -> None:
    assert to_provider(150_000) == 15_000_000


@given(st.integers(min_value=1, max_value=10**12))
def test_there_and_back(amount: int) -> None:
    assert from_provider(to_provider(amount)) == amount


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_cannot_be_charged(amount: int) -> None:
    with pytest.raises(ValueError, match="above Rp0"):
        to_provider(amount)


@pytest.mark.parametrize("hundredths", [1, 15_000_050, -100])
def test_parts_of_a_rupiah_are_refused(hundredths: int) -> None:
    with pytest.raises(ValueError, match="no whole rupiah"):
        from_provider(hundredths)
