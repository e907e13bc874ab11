"""Money that goes back after the stay: with a reason, above a sum by two, and never more than was paid."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.bookings import services
from app.bookings.models import IssuedReceipt
from app.bookings.rules import BookingState, PaperKind, UnitState
from app.core.db import db, transaction
from app.core.errors import Forbidden, Invalid, NotFound, WrongState
from app.ledger.queries import balances
from app.users.rules import Role, Scope
from app.villages.rules import Terms
from tests.bookings import acts
from tests.bookings.acts import DAY, later
from tests.bookings.test_desk_verbs import EVERYTHING, NIGHT, back, stay


def ask(code: str, amount: int, by: int, *, scope: Scope = EVERYTHING) -> int:
    with transaction():
        made = services.refund_after_stay(
            code=code, position=0, amount=amount, reason="cold water", by_user_id=by, scope=scope
        )
        return made.id


def test_after_the_stay_money_goes_back_and_the_shares_fall(season: Session) -> None:
    code, _house = stay(Terms.NON_REFUNDABLE)
    who = acts.user(Role.MANAGER)
    with pytest.raises(Invalid):
        ask(code, NIGHT, who)
    with later(25 * DAY):
        acts.earn()
        before = acts.stage("payable")
        ask(code, 333_333, who)
        db.session.expire_all()
        booking = acts.booking(code)
        assert back(code) == [333_333]
        assert (booking.state, booking.received, booking.amount_due) == (
            BookingState.COMPLETED,
            4 * NIGHT - 333_333,
            0,
        )
        assert acts.stage("payable") < before
        assert {unit.state for unit in booking.lines[0].units} == {UnitState.EARNED}
        papers = select(func.sum(IssuedReceipt.amount)).where(IssuedReceipt.kind == PaperKind.CREDIT_NOTE)
        assert db.session.scalar(papers) == 333_333
        acts.nothing_is_wrong()
        assert any(key.startswith("given:") for key in acts.messages(code))


def test_never_more_than_was_paid_and_above_a_sum_two_agree(season: Session) -> None:
    code, house = stay(Terms.NON_REFUNDABLE)
    first, second = acts.user(Role.MANAGER), acts.user(Role.BUMDES_MANAGER, at=house)
    own = Scope(villages=frozenset({house.village_id}))
    with later(25 * DAY):
        acts.earn()
        with pytest.raises(Invalid):
            ask(code, 4 * NIGHT + 1, first)
        ask(code, 300_000, first)
        waiting = ask(code, 300_000, first)
        assert back(code) == [300_000], "in all it would be more than one person gives"
        with pytest.raises(Forbidden), transaction():
            services.agree_to_refund(concession_id=waiting, by_user_id=first, scope=EVERYTHING)
        with pytest.raises(NotFound), transaction():
            services.agree_to_refund(
                concession_id=waiting, by_user_id=second, scope=Scope(villages=frozenset({987_654}))
            )
        for _twice in range(2):
            with transaction():
                services.agree_to_refund(concession_id=waiting, by_user_id=second, scope=own)
        assert sum(back(code)) == 600_000
        with pytest.raises(Invalid):
            ask(code, 200_001, second)
        dropped = ask(code, 200_000, second)
        with transaction():
            services.drop_refund(concession_id=dropped, by_user_id=first, scope=EVERYTHING)
        with pytest.raises(WrongState), transaction():
            services.agree_to_refund(concession_id=dropped, by_user_id=first, scope=EVERYTHING)
        last = ask(code, 200_000, second)
        with transaction():
            services.agree_to_refund(concession_id=last, by_user_id=first, scope=EVERYTHING)
        booking = acts.booking(code)
        assert booking.received == 0
        assert sum(row.amount for row in balances(family="payee")) == 0
        acts.nothing_is_wrong()
        with pytest.raises(Invalid):
            ask(code, 1, first)


def test_what_is_unpaid_does_not_come_back(season: Session) -> None:
    code, _house = stay(Terms.NON_REFUNDABLE, deposit=5000)
    who = acts.user(Role.MANAGER)
    with later(25 * DAY):
        acts.earn()
        with pytest.raises(WrongState):
            ask(code, 100_000, who)
