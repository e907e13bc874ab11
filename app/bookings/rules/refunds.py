"""Refunds that no card service sends: their way from being asked about to proof, whose account it is, and how old."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from enum import StrEnum

KEPT_FOR = timedelta(days=90)
"""How long an account is kept after the proof that its money arrived."""

ASK_EVERY = timedelta(days=7)
MOST_REMINDERS = 3
"""After the first asking a guest is reminded so often, and no more."""

CLOSE_ENOUGH = 0.85
"""How alike two names are that differ by a slip of the pen."""


class HandState(StrEnum):
    """How far a refund by hand is. `earlier` were sent before two persons had to agree; `dropped` went to the card
    after all.
    """

    ASKED = "asked"
    GIVEN = "given"
    APPROVED = "approved"
    SENT = "sent"
    CONFIRMED = "confirmed"
    DROPPED = "dropped"
    EARLIER = "earlier"


class HandRoute(StrEnum):
    """Where the money goes: to an account that the guest gave, or into their hand."""

    TRANSFER = "transfer"
    CASH = "cash"


_S = HandState

HAND_STEPS: dict[HandState, frozenset[HandState]] = {
    _S.ASKED: frozenset({_S.GIVEN, _S.DROPPED}),
    # Given anew while nobody has approved; asked again where the account cannot be right.
    _S.GIVEN: frozenset({_S.GIVEN, _S.APPROVED, _S.ASKED, _S.DROPPED}),
    _S.APPROVED: frozenset({_S.SENT, _S.ASKED, _S.DROPPED}),
    # The bank gave it back: nothing was booked, and the guest is asked anew.
    _S.SENT: frozenset({_S.CONFIRMED, _S.ASKED}),
    _S.CONFIRMED: frozenset(),
    _S.DROPPED: frozenset(),
    _S.EARLIER: frozenset(),
}

LEFT = frozenset({_S.SENT, _S.CONFIRMED, _S.EARLIER})
"""The money is out of our hands, or on its way."""

OPEN_TO_GUEST = frozenset({_S.ASKED, _S.GIVEN})
"""The guest may still say, or say otherwise, where it is to go."""


def become(current: HandState, wanted: HandState) -> HandState:
    """The state that is wanted, where the table leads to it. Raises ValueError where it does not."""
    if wanted not in HAND_STEPS[current]:
        raise ValueError(f"{current.value} does not become {wanted.value}")
    return wanted


class AgeBand(StrEnum):
    """How long the money has been the guest's again: under 7 days, 7 to 30, over 30, over 90."""

    FRESH = "fresh"
    WEEKS = "weeks"
    MONTH = "month"
    QUARTER = "quarter"


def age_band(owed_at: datetime, now: datetime) -> AgeBand:
    """Into which column of the ageing list a refund belongs."""
    days = (now - owed_at).days
    if days < 7:
        return AgeBand.FRESH
    if days <= 30:
        return AgeBand.WEEKS
    return AgeBand.MONTH if days <= 90 else AgeBand.QUARTER


def may_ask(times: int, last_at: datetime | None, now: datetime) -> bool:
    """Whether a guest may be asked (again) where the money is to go: at once, then weekly, three times."""
    if last_at is None:
        return True
    return times <= MOST_REMINDERS and now - last_at >= ASK_EVERY


class NameMatch(StrEnum):
    """How the holder of an account is called against who booked."""

    SAME = "same"
    SIMILAR = "similar"
    DIFFERENT = "different"


_HONORIFICS = frozenset(
    """
    bapak bpk pak ibu bu sdr sdri saudara saudari tuan tn nyonya ny nona nn mas mbak kak h hj haji hajah hajjah kh
    ust ustadz ustadzah drs dra dr drg ir prof mr mrs ms miss sir se sh spd mpd skom mkom msi ssi mba phd skep amd
    sag ssos kg rm rr raden
    """.split()  # noqa: SIM905 - a list of words reads better as words
)
_SPELT = dict.fromkeys(("moh", "mohd", "muh", "mohamad", "mohammad", "muhamad", "mochamad"), "muhammad")


def compare_names(holder: str, guest: str) -> NameMatch:
    """Compare two names as people write them: whatever order, capitals, accents, honorifics and degrees.

    Similar: one leaves names out, cuts or abbreviates them as banks do, or a letter differs. A person decides.
    """
    ours, theirs = _names(holder), _names(guest)
    if not ours or not theirs:
        return NameMatch.DIFFERENT
    if sorted(ours) == sorted(theirs):
        return NameMatch.SAME
    shorter, longer = sorted((ours, theirs), key=len)
    if _fits(shorter, longer) or _nearly(ours, theirs):
        return NameMatch.SIMILAR
    return NameMatch.DIFFERENT


def _names(text: str) -> list[str]:
    """The names in a text, without marks; honorifics go where anything else is left."""
    plain = "".join(
        char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char)
    )
    words = [re.sub(r"[^\w]|_", "", word) for word in re.split(r"[\s,/]+", plain)]
    words = [_SPELT.get(word, word) for word in words if word]
    return [word for word in words if word not in _HONORIFICS] or words


def _fits(shorter: list[str], longer: list[str]) -> bool:
    """Whether each of the fewer names is one of the others, whole, cut or as an initial; one of them more than that."""
    left, is_sure = list(longer), False
    for name in sorted(shorter, key=len, reverse=True):
        found = next((one for one in left if _same_name(name, one)), None)
        if found is None:
            return False
        left.remove(found)
        is_sure = is_sure or min(len(name), len(found)) >= 3
    return is_sure


def _same_name(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return short == long or (long.startswith(short) and (len(short) == 1 or len(short) >= 3))


def _nearly(ours: list[str], theirs: list[str]) -> bool:
    return SequenceMatcher(None, " ".join(sorted(ours)), " ".join(sorted(theirs))).ratio() >= CLOSE_ENOUGH


class ApprovalFault(StrEnum):
    """Why somebody may not be the second person for a refund."""

    OWN_ENTRY = "own_entry"
    OTHERS_ARE_THERE = "others_are_there"
    NO_REASON = "no_reason"


def approval_fault(
    *,
    approver: int,
    entered_by: int | None,
    ordinary: frozenset[int],
    name_match: NameMatch | None,
    note: str,
) -> ApprovalFault | None:
    """Why this person may not approve; None where they may.

    `ordinary` are those in office whose work it is. Who watches over them is the second only where one or none of them
    is there. Another's name on the account needs a reason.
    """
    if approver == entered_by:
        return ApprovalFault.OWN_ENTRY
    if approver not in ordinary and len(ordinary) > 1:
        return ApprovalFault.OTHERS_ARE_THERE
    if name_match == NameMatch.DIFFERENT and not note.strip():
        return ApprovalFault.NO_REASON
    return None
