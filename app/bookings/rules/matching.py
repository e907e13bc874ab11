"""Whose money a line of a bank statement is, and what is to be done with it: decided by rule, or by a person."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.bookings.rules.states import LIVE, REVIVABLE, BookingState
from app.core.money import Rupiah

_WORDS = re.compile(r"[A-Z0-9]+")


class MatchedBy(StrEnum):
    """By which rule a line belongs to a booking."""

    TEXT = "text"
    AMOUNT = "amount"
    HAND = "hand"


class Verdict(StrEnum):
    """What a line is: as asked, too little, too much, late, a second time, for something that ended, recorded by hand
    before; or it may be for several, or for nobody known.
    """

    EXACT = "exact"
    SHORT = "short"
    OVER = "over"
    LATE = "late"
    LATE_SHORT = "late_short"
    DOUBLE = "double"
    ENDED = "ended"
    RECORDED = "recorded"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"


FOR_A_PERSON = frozenset({Verdict.AMBIGUOUS, Verdict.UNKNOWN})
"""No rule says whose it is: the money stands apart until somebody decides."""


class Decision(StrEnum):
    """What a person decides on money under review."""

    ASSIGNED = "assigned"
    OWED_BACK = "owed_back"
    NOT_OURS = "not_ours"


@dataclass(frozen=True)
class Wanted:
    """What a booking asks of an account, or asked of it: the amount with its unique code, in rupiah, and since when."""

    booking: str
    amount_with_code: Rupiah
    since: date


@dataclass(frozen=True)
class Standing:
    """How a booking stands when money comes for it; `asked` with and without the unique code, in rupiah, where
    something is asked for.
    """

    state: BookingState
    state_now: BookingState
    arrival_passed: bool
    due: Rupiah
    asked: tuple[Rupiah, ...]


def words_of(text: str) -> set[str]:
    """The words of a statement's text that may be booking codes."""
    return set(_WORDS.findall(text.upper()))


def match(
    text: str, amount: Rupiah, booked_on: date, codes: Collection[str], wanted: Sequence[Wanted]
) -> tuple[MatchedBy | None, list[str]]:
    """By which rule a line belongs to which booking; several codes where it may be for each of them, none where none is
    known. `codes` are bookings' codes that the text may name: the text goes before the amount.
    """
    named = sorted(words_of(text) & set(codes))
    if named:
        return MatchedBy.TEXT, named
    fitting = {one.booking for one in wanted if one.amount_with_code == amount and one.since <= booked_on}
    return (MatchedBy.AMOUNT, sorted(fitting)) if fitting else (None, [])


def judge(amount: Rupiah, standing: Standing) -> Verdict:
    """What an amount, in rupiah, is for a booking."""
    is_late = standing.state_now == BookingState.EXPIRED
    if standing.state in LIVE and standing.due <= 0:
        return Verdict.DOUBLE
    if standing.state not in LIVE and (standing.state not in REVIVABLE or standing.arrival_passed):
        return Verdict.ENDED
    least = min(standing.asked, default=standing.due)
    if amount < least:
        return Verdict.LATE_SHORT if is_late else Verdict.SHORT
    if is_late:
        return Verdict.LATE
    return Verdict.EXACT if amount in standing.asked or amount == standing.due else Verdict.OVER
