"""Amounts in words: known ones, and every amount read back by a reader of our own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.spelling import MOST_SPELLED, terbilang

KNOWN = [
    (0, "nol rupiah", "zero rupiah"),
    (1, "satu rupiah", "one rupiah"),
    (10, "sepuluh rupiah", "ten rupiah"),
    (11, "sebelas rupiah", "eleven rupiah"),
    (12, "dua belas rupiah", "twelve rupiah"),
    (21, "dua puluh satu rupiah", "twenty-one rupiah"),
    (100, "seratus rupiah", "one hundred rupiah"),
    (111, "seratus sebelas rupiah", "one hundred eleven rupiah"),
    (1_000, "seribu rupiah", "one thousand rupiah"),
    (1_100, "seribu seratus rupiah", "one thousand one hundred rupiah"),
    (11_000, "sebelas ribu rupiah", "eleven thousand rupiah"),
    (101_000, "seratus satu ribu rupiah", "one hundred one thousand rupiah"),
    (150_000, "seratus lima puluh ribu rupiah", "one hundred fifty thousand rupiah"),
    (1_000_000, "satu juta rupiah", "one million rupiah"),
    (1_001_000, "satu juta seribu rupiah", "one million one thousand rupiah"),
    (2_000_000_019, "dua miliar sembilan belas rupiah", "two billion nineteen rupiah"),
    (10**12, "satu triliun rupiah", "one trillion rupiah"),
]

INDONESIAN = ["nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"]
ENGLISH = [
    *(
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
    ),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
SMALL = {word: number for words in (INDONESIAN, ENGLISH) for number, word in enumerate(words)} | {
    word: 10 * number for number, word in enumerate(TENS, 2)
}
BIG = {"ribu": 10**3, "juta": 10**6, "miliar": 10**9, "triliun": 10**12} | {
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
WHOLE = {"sepuluh": 10, "sebelas": 11, "seratus": 100}


def read(text: str) -> int:
    """What an amount in words says, in either language; knows nothing of how it was written."""
    words = text.removesuffix(" rupiah").replace("-", " ").split()
    total, group, digit = 0, 0, 0
    for word in words:
        if word == "seribu":
            total, group, digit = total + 1000, 0, 0
        elif word in BIG:
            total, group, digit = total + (group + digit) * BIG[word], 0, 0
        elif word == "belas":
            group, digit = group + 10 + digit, 0
        elif word in {"puluh", "ratus", "hundred"}:
            group, digit = group + digit * (10 if word == "puluh" else 100), 0
        elif word in WHOLE:
            group += WHOLE[word]
        else:
            digit += SMALL[word]
    return total + group + digit


@pytest.mark.parametrize(("amount", "indonesian", "english"), KNOWN)
def test_known_amounts(amount: int, indonesian: str, english: str) -> None:
    assert (terbilang(amount, "id"), terbilang(amount, "en")) == (indonesian, english)


@given(st.integers(0, MOST_SPELLED) | st.integers(0, 5_000_000), st.sampled_from(["id", "en"]))
def test_every_amount_can_be_read_back(amount: int, language: str) -> None:
    text = terbilang(amount, language)
    assert read(text) == amount
    assert text == " ".join(text.split())


def test_all_below_ten_thousand_differ() -> None:
    assert len({terbilang(amount, "id") for amount in range(10_000)}) == 10_000


@pytest.mark.parametrize("amount", [-1, MOST_SPELLED + 1])
def test_what_cannot_be_spelled_is_refused(amount: int) -> None:
    with pytest.raises(ValueError, match="spelled"):
        terbilang(amount, "id")
