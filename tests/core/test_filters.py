"""How money, dates and nights read, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask, render_template_string
from hypothesis import given
from hypothesis import strategies as st

from app.core import filters
from app.core.words import current_language, force_locale, pick

DAY = date(2027, 5, 1)
INSTANT = datetime(2027, 5, 1, 7, 42, tzinfo=UTC)
LATE = datetime(2027, 4, 30, 17, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("function", "value", "indonesian", "english"),
    [
        (filters.rupiah, 1_160_000, "Rp1.160.000", "Rp1.160.000"),
        (filters.rupiah, 0, "Rp0", "Rp0"),
        (filters.rupiah, -450_000, "−Rp450.000", "−Rp450.000"),
        (filters.figures, -1_500, "−1.500", "−1.500"),
        (filters.short_rupiah, 450_000, "450rb", "450k"),
        (filters.short_rupiah, 1_500_000, "1,5jt", "1.5m"),
        (filters.short_rupiah, 10_000_000, "10jt", "10m"),
        (filters.short_rupiah, 1_250_000, "1,25jt", "1.25m"),
        (filters.short_rupiah, 24_917_000, "24,9jt", "24.9m"),
        (filters.short_rupiah, 240_332_500, "240jt", "240m"),
        (filters.long_date, DAY, "Sabtu, 1 Mei 2027", "Saturday, 1 May 2027"),
        (filters.long_date, LATE, "Sabtu, 1 Mei 2027", "Saturday, 1 May 2027"),
        (filters.plain_date, DAY, "1 Mei 2027", "1 May 2027"),
        (filters.short_date, DAY, "Sab, 1 Mei", "Sat, 1 May"),
        (filters.month, DAY, "Mei 2027", "May 2027"),
        (filters.weekday, DAY, "Sab", "Sat"),
        (filters.clock_time, INSTANT, "pukul 14.42 WIB", "14:42 WIB"),
        (filters.date_time, INSTANT, "Sabtu, 1 Mei 2027, pukul 14.42 WIB", "Saturday, 1 May 2027, 14:42 WIB"),
        (filters.date_time, LATE, "Sabtu, 1 Mei 2027, pukul 00.05 WIB", "Saturday, 1 May 2027, 00:05 WIB"),
        (filters.short_date_time, INSTANT, "Sab, 1 Mei, 14.42", "Sat, 1 May, 14:42"),
        (filters.percent, 0.5432, "54,3%", "54.3%"),
        (filters.phone, "+6281234567890", "+62 812-3456-7890", "+62 812-3456-7890"),
        (filters.phone, "ask at the desk", "ask at the desk", "ask at the desk"),
    ],
)
def test_how_it_reads(
    app: Flask, function: Callable[[Any], str], value: Any, indonesian: str, english: str
) -> None:
    with app.app_context():
        with force_locale("id"):
            assert function(value) == indonesian
        with force_locale("en"):
            assert function(value) == english


def test_one_night_and_more_in_english(app: Flask) -> None:
    with app.app_context(), force_locale("en"):
        assert [filters.nights(count) for count in (1, 2)] == ["1 night", "2 nights"]


@given(st.integers(-(10**13), 10**13))
def test_no_digit_of_an_amount_is_lost(amount: int) -> None:
    text = filters.rupiah(amount)
    assert int(text.replace("Rp", "").replace(".", "").replace("−", "-")) == amount
    assert all(len(group) == 3 for group in text.split(".")[1:])


def test_templates_know_them_all(app: Flask) -> None:
    assert set(filters.FILTERS) <= set(app.jinja_env.filters)
    with app.app_context(), force_locale("en"):
        assert (
            render_template_string("{{ 1500|rupiah }} {{ day|date }}", day=DAY)
            == "Rp1.500 Saturday, 1 May 2027"
        )


def test_a_language_can_be_forced_and_ends(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        with force_locale("id"):
            assert current_language() == "id"
        assert current_language() == "en"
    with app.app_context():
        assert current_language() == "id"


@pytest.mark.parametrize(
    ("texts", "indonesian", "english"),
    [(("a", "b"), "a", "b"), (("a", None), "a", "a"), ((None, "b"), "b", "b"), ((None, ""), "", "")],
)
def test_texts_of_villages_fall_back(
    app: Flask, texts: tuple[str | None, str | None], indonesian: str, english: str
) -> None:
    with app.app_context():
        with force_locale("id"):
            assert pick(*texts) == indonesian
        with force_locale("en"):
            assert pick(*texts) == english
