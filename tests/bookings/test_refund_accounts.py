"""A guest's account is asked for, kept locked, seen only by who pays, and deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.bookings import services
from app.bookings.models import HandRefund
from app.bookings.rules import HandState
from app.core.audit import AuditEntry
from app.core.db import db, transaction
from app.core.errors import WrongState
from app.notifications.models import Message
from app.users.rules import Role
from tests.bookings import acts
from tests.bookings.acts import DAY, later
from tests.bookings.hands import EVERYTHING, NUMBER, approve, confirm, give, hand_of, owed, transfer
from tests.factories import ACCOUNT, House, make_user

# What is kept of an account


def test_an_account_stands_nowhere_in_the_clear_and_each_look_is_known(
    house: House, two: tuple[int, int]
) -> None:
    treasurer, second = two
    refund_id = owed(house)
    give(refund_id)
    with transaction():
        assert (
            services.show_holder(refund_id=refund_id, by_user_id=second, scope=EVERYTHING) == ACCOUNT.holder
        )
    approve(refund_id, second)
    with transaction():
        seen = services.show_account(refund_id=refund_id, by_user_id=treasurer, scope=EVERYTHING)
    assert (seen.number, seen.holder) == (NUMBER, ACCOUNT.holder)
    assert NUMBER not in repr(seen)
    transfer(refund_id, treasurer)
    confirm(refund_id, treasurer)
    looks = db.session.execute(
        select(AuditEntry.action, AuditEntry.user_id)
        .where(AuditEntry.action.like("%seen"))
        .order_by(AuditEntry.id)
    ).all()
    assert [tuple(row) for row in looks] == [
        ("refund:holder_seen", second),
        ("refund:account_seen", treasurer),
    ]
    assert everything_stored(NUMBER) == []
    assert everything_stored(ACCOUNT.holder) == []
    assert everything_stored("7890") == ["hand_refunds.number_end"]


def everything_stored(words: str) -> list[str]:
    """Columns of any table in which some words stand, whatever their kind."""
    found = []
    for table in HandRefund.metadata.tables.values():
        for row in db.session.execute(table.select()).mappings():
            found += [f"{table.name}.{name}" for name, value in row.items() if words in str(value)]
    return sorted(set(found))


def test_an_account_is_deleted_ninety_days_after_its_proof(house: House, two: tuple[int, int]) -> None:
    refund_id = owed(house)
    give(refund_id)
    approve(refund_id, two[1])
    transfer(refund_id, two[0])
    confirm(refund_id, two[0])
    with later(90 * DAY - timedelta(minutes=1)), transaction():
        assert services.forget_accounts() == 0
    with later(90 * DAY + timedelta(minutes=1)), transaction():
        assert services.forget_accounts() == 1
        assert services.forget_accounts() == 0
    hand = hand_of(refund_id)
    kept = (hand.number_locked, hand.holder_locked, hand.number_end, hand.bank, hand.name_match)
    assert kept == (None, None, None, None, None)
    assert (hand.state, hand.bank_reference) == (HandState.CONFIRMED, "TRF sample")
    acts.nothing_is_wrong()


def test_another_key_locks_accounts_anew(app: Flask, house: House, two: tuple[int, int]) -> None:
    refund_id = owed(house)
    before = give(refund_id).number_locked
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(settings, refund_account_keys=("n" * 40, *settings.refund_account_keys))
    try:
        with transaction():
            assert services.relock_accounts() == 1
            assert services.relock_accounts() == 0
        app.config["SETTINGS"] = replace(settings, refund_account_keys=("n" * 40,))
        assert hand_of(refund_id).number_locked != before
        with transaction():
            assert (
                services.show_holder(refund_id=refund_id, by_user_id=two[1], scope=EVERYTHING)
                == ACCOUNT.holder
            )
    finally:
        app.config["SETTINGS"] = settings


# Asking


def asked() -> int:
    return len(db.session.scalars(select(Message.id).where(Message.template == "refund_account")).all())


def ask() -> int:
    with transaction():
        return services.ask_for_accounts()


def test_a_guest_is_asked_at_once_then_weekly_three_times(house: House) -> None:
    refund_id = owed(house)
    counts = []
    for day in range(60):
        with later(day * DAY + timedelta(minutes=60 + day)):
            ask()
            ask()
        counts.append(asked())
    assert [counts.index(times) for times in (1, 2, 3, 4)] == [0, 7, 14, 21]
    assert counts[-1] == 4
    with later(60 * DAY), pytest.raises(WrongState), transaction():
        services.remind_of_refund(refund_id=refund_id, by_user_id=make_user(Role.MANAGER), scope=EVERYTHING)


def test_who_has_answered_is_not_asked(house: House) -> None:
    give(owed(house))
    assert ask() == 0
    with later(30 * DAY):
        assert ask() == 0
    assert asked() == 0


def test_two_refunds_of_a_guest_are_one_question(house: House) -> None:
    code = acts.hold(house)
    acts.release(code)
    for amount in (400_000, 100_000):
        acts.pay(code, amount)
    assert ask() == 2
    assert asked() == 1
    assert "Rp500.000" in str(
        db.session.scalar(select(Message.text).where(Message.template == "refund_account"))
    )
    with transaction():
        assert len(services.give_account(code=code, account=ACCOUNT)) == 2


def test_a_reminder_by_hand_counts_as_one(house: House, two: tuple[int, int]) -> None:
    refund_id = owed(house)

    def remind() -> None:
        with transaction():
            services.remind_of_refund(refund_id=refund_id, by_user_id=two[0], scope=EVERYTHING)

    remind()
    with pytest.raises(WrongState):
        remind()
    assert (asked(), ask()) == (1, 0)
