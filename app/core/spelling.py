"""Amounts in words, as receipts here must say them ("terbilang")."""

from __future__ import annotations

from app.core.money import Rupiah

MOST_SPELLED = 10**15 - 1

_UNITS = ("", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan")
_SCALES = ("", "ribu", "juta", "miliar", "triliun")
_ONES = (
    "", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ENGLISH_SCALES = ("", "thousand", "million", "billion", "trillion")


def terbilang(amount: Rupiah, language: str) -> str:
    """A whole number of rupiah in words, 'id' or 'en': "seratus lima puluh ribu rupiah".

    Raises ValueError below 0 and from a quadrillion on.
    """
    if not 0 <= amount <= MOST_SPELLED:
        raise ValueError("amounts from Rp0 to Rp999.999.999.999.999 can be spelled")
    if amount == 0:
        return "nol rupiah" if language == "id" else "zero rupiah"
    groups = [amount // 1000**place % 1000 for place in range(len(_SCALES))]
    spell = _spell_indonesian if language == "id" else _spell_english
    words = [spell(group, place) for place, group in reversed(list(enumerate(groups))) if group]
    return " ".join([*words, "rupiah"])


def _spell_indonesian(group: int, place: int) -> str:
    # A thousand is "seribu"; one million is "satu juta" all the same.
    if group == 1 and place == 1:
        return "seribu"
    return " ".join([*_hundreds(group), *([_SCALES[place]] if place else [])])


def _hundreds(group: int) -> list[str]:
    hundreds, rest = divmod(group, 100)
    words = []
    if hundreds:
        words += ["seratus"] if hundreds == 1 else [_UNITS[hundreds], "ratus"]
    return words + _below_hundred(rest)


def _below_hundred(number: int) -> list[str]:
    tens, ones = divmod(number, 10)
    if number in {10, 11}:
        return ["sepuluh" if number == 10 else "sebelas"]
    if tens == 1:
        return [_UNITS[ones], "belas"]
    words = [_UNITS[tens], "puluh"] if tens else []
    return words + ([_UNITS[ones]] if ones else [])


def _spell_english(group: int, place: int) -> str:
    hundreds, rest = divmod(group, 100)
    words = [_ONES[hundreds], "hundred"] if hundreds else []
    if rest:
        tens, ones = divmod(rest, 10)
        words.append(_ONES[rest] if rest < 20 else "-".join([_TENS[tens], *([_ONES[ones]] if ones else [])]))
    return " ".join([*words, *([_ENGLISH_SCALES[place]] if place else [])])
