"""A balance by its date: reminded twice, shown to the desk, cancelled by nobody but a person, by the terms."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.bookings import services
from app.bookings.models import Booking
from app.bookings.queries.balances import list_balances_due
from app.bookings.rules import BookingState
from app.core import clock
from app.core.audit import AuditEntry
from app.core.db import db, transaction
from app.core.errors import Forbidden, Invalid, NotFound, PriceChanged, WrongState
from app.payments.rules import PaymentMethod
from app.users.rules import Role, Scope
from app.villages.rules import Terms
from tests.bookings import acts
from tests.bookings.acts import DAY, later
from tests.factories import ARRIVAL, House, make_choice, make_village

ALL = Scope(everything=True)
DUE = ARRIVAL - 7 * DAY
"""26 April 2027, six days after `NOW`."""


@pytest.fixture
def lodge(season: object) -> House:
    """A house that asks 30 % and keeps all of it from seven days before."""
    return acts.house(deposit=3000, terms=Terms.STRICT)


def owing(lodge: House, **details: object) -> str:
    code = acts.hold(lodge, **details)
    acts.pay(code)
    return code


def remind() -> int:
    with transaction():
        return services.remind_balances()


def let_go(
    code: str, by: int, *, reason: str = "no answer", seen: int | None = None, scope: Scope = ALL
) -> Booking:
    with transaction():
        return services.cancel_unpaid(
            code=code, reason=reason, expected_refund=seen, by_user_id=by, scope=scope
        )


def told(code: str) -> set[str]:
    return {event for event in acts.messages(code) if event.startswith("balance")}


def test_reminded_before_and_on_the_day_each_once(lodge: House) -> None:
    code = owing(lodge)
    before, both = {"balance"}, {"balance", "balance-today"}
    expected: dict[int, set[str]] = {2: set(), 3: before, 4: before, 6: both, 7: both}
    for day, events in expected.items():
        with later(day * DAY):
            remind()
            assert remind() == 0
            assert told(code) == events, day
    letter = acts.messages(code)["balance-today"].text
    assert "Rp280.000" in letter
    assert "nothing is cancelled by itself" in letter
    assert acts.reads(code) == BookingState.CONFIRMED
    acts.nothing_is_wrong()


def test_who_paid_meanwhile_is_left_alone_and_who_got_it_back_owes_it(lodge: House) -> None:
    code = owing(lodge)
    with later(3 * DAY):
        remind()
    acts.pay(code, 280_000, method=PaymentMethod.CASH)
    with later(6 * DAY):
        assert remind() == 0
        assert list_balances_due(ALL, until=DUE) == []
    assert told(code) == {"balance"}


def test_first_told_on_the_day_is_told_once(lodge: House) -> None:
    code = owing(lodge)
    with later(6 * DAY):
        assert remind() == 1
        assert remind() == 0
    assert told(code) == {"balance"}


def test_the_desk_sees_what_is_due(lodge: House) -> None:
    code = owing(lodge)
    far = owing(lodge, arrival=ARRIVAL + 20 * DAY)
    acts.hold(lodge, arrival=ARRIVAL + 5 * DAY)  # not certain
    assert [one.code for one in list_balances_due(ALL, until=DUE)] == [code]
    assert [one.code for one in list_balances_due(ALL, until=DUE + 20 * DAY)] == [code, far]
    assert list_balances_due(Scope(villages=frozenset({99})), until=DUE) == []


def test_nothing_is_cancelled_before_it_is_overdue_nor_by_itself(lodge: House) -> None:
    user, code = acts.user(Role.DESK, at=lodge), owing(lodge)
    with later(6 * DAY), pytest.raises(WrongState):
        let_go(code, user)
    with later(8 * DAY):
        acts.expire()
        acts.earn()
        assert acts.reads(code) == BookingState.CONFIRMED


def test_the_deposit_is_kept_by_the_terms_and_no_more_is_asked(lodge: House) -> None:
    user, code = acts.user(Role.DESK, at=lodge), owing(lodge)
    with later(8 * DAY):
        for reason, seen, error in (("  ", 0, Invalid), ("no answer", 1, PriceChanged)):
            with pytest.raises(error):
                let_go(code, user, reason=reason, seen=seen)
        booking = let_go(code, user, seen=0)
        assert (booking.state, booking.received, booking.amount_due) == (BookingState.CANCELLED, 120_000, 0)
        hosts = [one.text for event, one in acts.messages(code).items() if event.startswith("ended:")]
        assert all("The guest cancelled" not in text for text in hosts)
        row = db.session.query(AuditEntry).filter_by(action="booking:cancelled").one()
        assert (row.user_id, row.reason, row.details["kept"]) == (user, "no answer", 120_000)
        assert list_balances_due(ALL, until=clock.today()) == []
        acts.nothing_is_wrong()


def test_with_kinder_terms_the_deposit_comes_back(season: object) -> None:
    lodge = acts.house(deposit=3000, terms=Terms.FLEXIBLE)
    user, code = acts.user(Role.DESK, at=lodge), owing(lodge)
    with later(8 * DAY):
        assert let_go(code, user, seen=120_000).received == 0
        acts.nothing_is_wrong()


def test_only_who_reaches_all_of_the_trip(lodge: House) -> None:
    with transaction():
        there = make_village("tirtomulyo")
    other = acts.house(village=there)
    code = acts.hold(None, make_choice(lodge.room), make_choice(other.room))
    acts.pay(code)
    with later(8 * DAY):
        with pytest.raises(Forbidden):
            let_go(code, 1, scope=Scope(villages=frozenset({lodge.village_id})))
        with pytest.raises(NotFound):
            let_go(code, 1, scope=Scope(villages=frozenset({99})))
        with later(timedelta(days=14)), pytest.raises(WrongState):
            let_go(code, acts.user(Role.MANAGER))
