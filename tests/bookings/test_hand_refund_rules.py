"""The way of a refund by hand, names as people write them, ages and who may be the second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bookings.rules import (
    HAND_STEPS,
    AgeBand,
    ApprovalFault,
    HandState,
    NameMatch,
    age_band,
    approval_fault,
    become,
    compare_names,
    may_ask,
)

S, DAY = HandState, timedelta(days=1)
NOW = datetime(2027, 4, 20, 3, 0, tzinfo=UTC)

WAYS = {
    (S.ASKED, S.GIVEN), (S.GIVEN, S.GIVEN), (S.GIVEN, S.APPROVED), (S.GIVEN, S.ASKED), (S.APPROVED, S.SENT),
    (S.APPROVED, S.ASKED), (S.SENT, S.CONFIRMED), (S.SENT, S.ASKED), (S.ASKED, S.DROPPED), (S.GIVEN, S.DROPPED),
    (S.APPROVED, S.DROPPED),
}  # fmt: skip


@pytest.mark.parametrize(("current", "wanted"), list(product(HandState, HandState)))
def test_each_step_is_one_of_the_table_or_refused(current: HandState, wanted: HandState) -> None:
    if (current, wanted) in WAYS:
        assert become(current, wanted) == wanted
    else:
        with pytest.raises(ValueError, match=current.value):
            become(current, wanted)


@given(st.lists(st.sampled_from(list(HandState)), max_size=40))
def test_whatever_is_tried_nothing_is_confirmed_unapproved_or_twice(wishes: list[HandState]) -> None:
    state, since_asked = S.ASKED, [S.ASKED]
    for wish in wishes:
        try:
            state = become(state, wish)
        except ValueError:
            continue
        since_asked = [state] if state == S.ASKED else [*since_asked, state]
    if state == S.CONFIRMED:
        assert (
            since_asked.count(S.CONFIRMED) == since_asked.count(S.APPROVED) == since_asked.count(S.SENT) == 1
        )
        assert S.GIVEN in since_asked


def test_ends_are_ends_and_every_state_is_in_the_table() -> None:
    assert set(HAND_STEPS) == set(HandState)
    assert {state for state in HandState if not HAND_STEPS[state]} == {S.CONFIRMED, S.DROPPED, S.EARLIER}


@pytest.mark.parametrize(
    ("holder", "guest", "match"),
    [
        ("BUDI SANTOSO", "Budi Santoso", NameMatch.SAME),
        ("Santoso, Budi", "Bapak Budi Santoso", NameMatch.SAME),
        ("Hj. Siti Aminah, S.Pd.", "siti aminah", NameMatch.SAME),
        ("José García", "Jose Garcia", NameMatch.SAME),
        ("MOH. YUSUF", "Muhammad Yusuf", NameMatch.SAME),
        ("Bu", "Bu", NameMatch.SAME),
        ("李雷", "李雷", NameMatch.SAME),
        ("SITI NURHALIZ", "Siti Nurhaliza", NameMatch.SIMILAR),
        ("Siti", "Siti Nurhaliza", NameMatch.SIMILAR),
        ("BUDI S", "Budi Santoso", NameMatch.SIMILAR),
        ("Budi Santosa", "Budi Santoso", NameMatch.SIMILAR),
        ("Budi Santoso Widodo", "Budi Santoso", NameMatch.SIMILAR),
        ("Agus Wijaya", "Budi Santoso", NameMatch.DIFFERENT),
        ("Budi Wijaya", "Budi Santoso", NameMatch.DIFFERENT),
        ("B S", "Budi Santoso", NameMatch.DIFFERENT),
        ("", "Budi", NameMatch.DIFFERENT),
        ("...", "Budi", NameMatch.DIFFERENT),
    ],
)
def test_names_are_compared_as_people_write_them(holder: str, guest: str, match: NameMatch) -> None:
    assert compare_names(holder, guest) == match
    assert compare_names(guest, holder) == match


@given(st.text(max_size=30), st.text(max_size=30))
def test_comparing_takes_anything_and_has_no_sides(one: str, other: str) -> None:
    assert compare_names(one, other) == compare_names(other, one)


@pytest.mark.parametrize(
    ("days", "band"),
    [
        (0, AgeBand.FRESH), (6, AgeBand.FRESH), (7, AgeBand.WEEKS), (30, AgeBand.WEEKS), (31, AgeBand.MONTH),
        (90, AgeBand.MONTH), (91, AgeBand.QUARTER),
    ],
)  # fmt: skip
def test_age(days: int, band: AgeBand) -> None:
    assert age_band(NOW - days * DAY, NOW) == band


def test_asked_at_once_then_weekly_and_three_times() -> None:
    assert may_ask(0, None, NOW)
    assert not may_ask(1, NOW - 7 * DAY + timedelta(seconds=1), NOW)
    assert [may_ask(times, NOW - 7 * DAY, NOW) for times in (1, 2, 3, 4)] == [True, True, True, False]


def second(approver: int, **other: object) -> ApprovalFault | None:
    asked: dict[str, object] = {
        "entered_by": None, "ordinary": frozenset({1, 2}), "name_match": NameMatch.SAME, "note": "",
    }  # fmt: skip
    return approval_fault(approver=approver, **(asked | other))  # type: ignore[arg-type]


def test_who_may_be_the_second() -> None:
    assert second(1) is None
    assert second(1, entered_by=1) == ApprovalFault.OWN_ENTRY
    assert second(9) == ApprovalFault.OTHERS_ARE_THERE, "who watches over them, where two are in office"
    assert second(9, ordinary=frozenset({1})) is None
    assert second(9, ordinary=frozenset()) is None
    assert second(1, name_match=NameMatch.DIFFERENT, note=" ") == ApprovalFault.NO_REASON
    assert second(1, name_match=NameMatch.DIFFERENT, note="her husband, she called") is None
