"""A refund by hand: given, agreed to by a second person, sent, proved; only the proof is booked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, text

from app.bookings import queries, services
from app.bookings.rules import HandState, NameMatch
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Conflict, Forbidden, Invalid, NotFound, WrongState
from app.ledger.queries import balance
from app.notifications.models import Message
from app.payments.queries import list_refunds
from app.payments.rules import PaymentMethod, RefundState
from app.users.rules import Role, Scope
from tests.bookings import acts
from tests.bookings.acts import DAY
from tests.bookings.hands import EVERYTHING, approve, code_of, confirm, give, hand_of, owed, transfer
from tests.factories import ACCOUNT, House, make_approved


def test_all_the_way_and_only_the_proof_is_booked(house: House, two: tuple[int, int]) -> None:
    treasurer, second = two
    refund_id = owed(house)
    hand = give(refund_id)
    assert (hand.state, hand.number_end, hand.bank, hand.entered_by_id) == (
        "given",
        "7890",
        "Bank Contoh",
        None,
    )
    approve(refund_id, second)
    transfer(refund_id, treasurer)
    assert balance(f"refund:{refund_id}") == 400_000, "on its way is not yet booked"
    acts.nothing_is_wrong()
    confirm(refund_id, treasurer)
    assert balance(f"refund:{refund_id}") == balance("held:bank:sarihayu") == 0
    (refund,) = list_refunds(f"booking:{code_of(refund_id)}")
    assert (refund.state, refund.sent_by_id, refund.proof) == (RefundState.SENT, treasurer, "line 7")
    acts.nothing_is_wrong()
    for again in (lambda: confirm(refund_id, treasurer), lambda: transfer(refund_id, treasurer)):
        with pytest.raises(WrongState):
            again()


def test_no_step_is_left_out(house: House, two: tuple[int, int]) -> None:
    treasurer, second = two
    refund_id = owed(house)
    for early in (
        lambda: approve(refund_id, second, version=0),
        lambda: transfer(refund_id, treasurer),
        lambda: confirm(refund_id, treasurer),
    ):
        with pytest.raises(Conflict):
            early()
    give(refund_id)
    for early in (lambda: transfer(refund_id, treasurer), lambda: confirm(refund_id, treasurer)):
        with pytest.raises(Conflict):
            early()
    approve(refund_id, second)
    with pytest.raises(WrongState):
        confirm(refund_id, treasurer)


def test_one_person_is_never_both(house: House, two: tuple[int, int]) -> None:
    treasurer, second = two
    refund_id = owed(house)
    give(refund_id, by_user_id=second)
    with pytest.raises(Forbidden):
        approve(refund_id, second)
    approve(refund_id, treasurer)
    with pytest.raises(Forbidden):
        transfer(refund_id, treasurer)
    with pytest.raises(Forbidden), transaction():
        services.show_account(refund_id=refund_id, by_user_id=treasurer, scope=EVERYTHING)
    transfer(refund_id, second)


def test_the_supervisor_is_the_second_where_one_is_alone(house: House) -> None:
    treasurer, watch = acts.user(Role.BUMDES_TREASURER, at=house), acts.user(Role.SUPERVISOR, at=house)
    first, other = owed(house), owed(house)
    give(first)
    approve(first, watch)
    transfer(first, treasurer)
    acts.user(Role.BUMDES_MANAGER, at=house)
    give(other)
    with pytest.raises(Forbidden):
        approve(other, watch)


def test_another_name_needs_a_reason(house: House, two: tuple[int, int]) -> None:
    refund_id = owed(house)
    hand = give(refund_id, account=replace(ACCOUNT, holder="Quite Different"))
    assert hand.name_match == NameMatch.DIFFERENT
    with pytest.raises(Invalid):
        approve(refund_id, two[1], note=" ")
    approve(refund_id, two[1], note="her husband's, she said so on the telephone")
    assert hand_of(refund_id).approval_note == "her husband's, she said so on the telephone"


def test_nobody_approves_what_was_corrected_meanwhile(house: House, two: tuple[int, int]) -> None:
    refund_id = owed(house)
    give(refund_id)
    assert give(refund_id, account=replace(ACCOUNT, number="555000111")).number_end == "0111"
    with pytest.raises(Conflict, match="memperbaikinya"):
        approve(refund_id, two[1], version=1)
    approve(refund_id, two[1], version=2)
    with pytest.raises(WrongState):
        give(refund_id)


def test_an_account_that_cannot_be_is_asked_anew(house: House, two: tuple[int, int]) -> None:
    treasurer, second = two
    refund_id = owed(house)
    give(refund_id)
    approve(refund_id, second)
    transfer(refund_id, treasurer)
    with transaction():
        services.ask_anew(
            refund_id=refund_id, reason="closed account", by_user_id=treasurer, scope=EVERYTHING
        )
    hand = hand_of(refund_id)
    assert (hand.state, hand.number_locked, hand.approved_by_id, hand.refused_because) == (
        HandState.ASKED, None, None, "closed account",
    )  # fmt: skip
    assert balance(f"refund:{refund_id}") == 400_000
    told = db.session.scalars(select(Message.text).where(Message.template == "refund_account")).all()
    assert len(told) == 1
    assert "closed account" in told[0]
    assert "/refund?token=" in told[0]
    acts.nothing_is_wrong()
    give(refund_id)
    approve(refund_id, second, version=3)


def test_cash_is_handed_over_against_a_name(house: House, two: tuple[int, int]) -> None:
    """The money lies at the bank; the box pays, and the bank owes it to the box from then on."""
    treasurer, second = two
    refund_id = owed(house)
    assert give(refund_id, account=None).number_locked is None
    approve(refund_id, second)

    def hand_over(receiver: str, village: str = "sarihayu", by: int = treasurer) -> None:
        with transaction():
            services.hand_over_cash(
                refund_id=refund_id, village=village, receiver=receiver, by_user_id=by, scope=EVERYTHING
            )

    for fault, wrong in (
        (Invalid, lambda: hand_over(" ")),
        (NotFound, lambda: hand_over("Bu Contoh", "elsewhere")),
        (Forbidden, lambda: hand_over("Bu Contoh", by=second)),
        (Conflict, lambda: transfer(refund_id, treasurer)),
    ):
        with pytest.raises(fault):
            wrong()
    hand_over("Bu Contoh")
    assert hand_of(refund_id).receiver == "Bu Contoh"
    held = {code: -amount for code, amount in acts.family("held").items()}
    assert held == {"held:bank:sarihayu": 400_000, "held:cash:sarihayu": -400_000}
    assert acts.family("between") == {"between:cash:sarihayu": 400_000, "between:bank:sarihayu": -400_000}
    acts.nothing_is_wrong()
    with pytest.raises(WrongState):
        hand_over("Bu Contoh")


def test_cash_that_goes_to_an_account_is_owed_by_the_box(house: House, two: tuple[int, int]) -> None:
    refund_id = owed(house, PaymentMethod.CASH)
    give(refund_id)
    approve(refund_id, two[1])
    transfer(refund_id, two[0])
    confirm(refund_id, two[0])
    assert acts.family("between") == {"between:bank:bersama": 400_000, "between:cash:sarihayu": -400_000}
    acts.nothing_is_wrong()
    trail = queries.rupiah_trail(acts.booking(code_of(refund_id)))
    assert [step.amount for step in trail if step.kind == "refund_sent"] == [400_000], "it left once"


def test_the_day_of_a_transfer_is_one_that_can_be(house: House, two: tuple[int, int]) -> None:
    refund_id = owed(house)
    give(refund_id)
    approve(refund_id, two[1])
    for away in (-1, 1):
        with pytest.raises(Invalid), transaction():
            services.note_transfer(
                refund_id=refund_id, account="sarihayu", sent_on=clock.today() + away * DAY,
                bank_reference="TRF", by_user_id=two[0], scope=EVERYTHING,
            )  # fmt: skip
    with pytest.raises(Invalid), transaction():
        services.note_transfer(
            refund_id=refund_id, account="sarihayu", sent_on=clock.today(), bank_reference=" ",
            by_user_id=two[0], scope=EVERYTHING,
        )  # fmt: skip


def test_who_reaches_only_elsewhere_reaches_nothing(house: House, two: tuple[int, int]) -> None:
    refund_id = owed(house)
    give(refund_id)
    with pytest.raises(NotFound):
        approve(refund_id, two[1], scope=Scope(villages=frozenset({999})))
    with pytest.raises(NotFound), transaction():
        services.give_account(code=code_of(refund_id), account=None, scope=Scope(villages=frozenset({999})))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE hand_refunds SET state = 'approved'",
        "UPDATE hand_refunds SET state = 'sent', approved_by_id = 1",
        "UPDATE hand_refunds SET number_locked = NULL",
        "UPDATE hand_refunds SET state = 'confirmed'",
    ],
)
def test_the_table_refuses_what_cannot_be(house: House, statement: str) -> None:
    give(owed(house))
    with pytest.raises(Exception, match=r"(?i)check"), transaction():
        db.session.execute(text(statement))


def test_one_person_cannot_be_both_in_the_table_either(house: House, two: tuple[int, int]) -> None:
    refund_id = owed(house)
    with transaction():
        make_approved(refund_id, approver=two[1])
    with pytest.raises(Exception, match=r"(?i)check"), transaction():
        db.session.execute(text("UPDATE hand_refunds SET entered_by_id = approved_by_id"))
