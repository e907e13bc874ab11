"""Months by party, from the postings: every figure against what the split says, in one statement each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from app.bookings import queries as bookings
from app.core.dates import Nights
from app.core.db import db
from app.revenue import queries
from app.revenue.rules import PayeeKind
from app.users.rules import Role, Scope
from tests.bookings.desk import NOW, TODAY, Desk, book, earn, make_desk, receive

DAY = timedelta(days=1)
APRIL, MAY, JUNE = date(2027, 4, 1), date(2027, 5, 1), date(2027, 6, 1)
HALF = Nights(TODAY + 10 * DAY, TODAY + 12 * DAY)
"""30 April at 200.000 and Saturday, 1 May, at 250.000; the deposit is half of both."""
ACROSS = Nights(TODAY + 9 * DAY, TODAY + 12 * DAY)


@pytest.fixture
def desk(app: Flask, set_clock: Callable[[object], None]) -> Desk:
    """A trip through both villages over the end of April; one here, paid; one there, half paid; one that went back."""
    set_clock(NOW)
    desk = make_desk(app)
    treasurer = desk.people[Role.MANAGER]
    receive(app, book(app, desk.there, nights=HALF, name="Half"), treasurer)
    receive(app, book(app, desk.here, desk.there, nights=ACROSS), treasurer)
    receive(app, book(app, desk.here), treasurer)
    late = book(app, desk.there)
    set_clock(NOW + 2 * DAY)
    receive(app, late, treasurer, 1_000)
    return desk


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    asked: list[str] = []
    connection = db.session.connection()

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    yield asked
    event.remove(connection, "before_cursor_execute", note)


def test_shares_of_a_month_are_what_was_received_for_it(app: Flask, desk: Desk) -> None:
    with app.app_context():
        for month in (APRIL, MAY):
            shares = queries.monthly_shares(None, month)
            income = queries.monthly_income(None, month)
            received = bookings.received_in_month(None, month)
            for village in (desk.here.id, desk.there.id):
                divided = sum(share.amount for share in shares if share.village_id == village)
                assert divided == sum(row.amount for row in income if row.village_id == village)
                assert divided == (received[village].received if village in received else 0)
        total = sum(share.amount for month in (APRIL, MAY) for share in queries.monthly_shares(None, month))
    assert total == 1_300_000 + 400_000 + 450_000 // 2


def test_parties_stand_in_their_order_with_names(app: Flask, desk: Desk) -> None:
    with app.app_context():
        shares = queries.monthly_shares([desk.here.id], APRIL)
    assert [share.kind for share in shares] == ["host", "bumdes", "manager", "village_cash", "tax"]
    assert [share.payee_id for share in shares[:2]] == [
        desk.here.payees[PayeeKind.HOST],
        desk.here.payees[PayeeKind.BUMDES],
    ]
    assert (shares[-1].payee_id, shares[-1].name) == (None, "pbjt")
    assert {share.village_id for share in shares} == {desk.here.id}


def test_the_company_is_told_apart_by_village(app: Flask, desk: Desk) -> None:
    with app.app_context():
        rows = [share for share in queries.monthly_shares(None, APRIL) if share.kind == "manager"]
        own = queries.payee_earnings([desk.here.payees[PayeeKind.MANAGER]], APRIL, MAY)
    assert len({row.payee_id for row in rows}) == 1
    assert sum(row.amount for row in rows) == sum(row.earned + row.held for row in own)


def test_what_is_earned_moves_from_held(app: Flask, desk: Desk, set_clock: Callable[[object], None]) -> None:
    with app.app_context():
        before = queries.monthly_shares([desk.here.id], APRIL)
    assert {share.earned for share in before} == {0}
    set_clock(NOW + 8 * DAY + timedelta(hours=3))
    earn(app)
    with app.app_context():
        after = queries.monthly_shares([desk.here.id], APRIL)
    assert [share.amount for share in after] == [share.amount for share in before]
    assert sum(share.earned for share in after) == 200_000
    assert all(share.earned > 0 for share in after)


def test_the_series_is_the_sum_of_the_months(app: Flask, desk: Desk) -> None:
    with app.app_context():
        series = queries.months_series([desk.here.id, desk.there.id], APRIL, JUNE)
        for total in series:
            shares = queries.monthly_shares([total.village_id], total.month)
            assert total.earned == sum(share.earned for share in shares)
            assert total.held == sum(share.held for share in shares)
        assert queries.months_series([desk.here.id], JUNE, date(2028, 1, 1)) == []
    assert (desk.here.id, APRIL) in {(total.village_id, total.month) for total in series}


def test_a_payee_by_month_and_by_night(app: Flask, desk: Desk) -> None:
    host = desk.here.payees[PayeeKind.HOST]
    with app.app_context():
        months = queries.payee_earnings([host], APRIL, JUNE)
        nights = queries.unit_earnings([host], APRIL, JUNE)
        shares = [
            s for month in (APRIL, MAY) for s in queries.monthly_shares(None, month) if s.payee_id == host
        ]
        by_booking = bookings.earnings_by_booking([host], APRIL, JUNE)
    assert sum(month.held for month in months) == sum(night.held for night in nights)
    assert sum(month.held for month in months) == sum(share.held for share in shares)
    assert sum(row.held for row in by_booking) == sum(night.held for night in nights)
    assert {night.on.month for night in nights} == {4, 5}


def test_expected_is_what_comes_when_all_is_paid(app: Flask, desk: Desk) -> None:
    host = desk.there.payees[PayeeKind.HOST]
    with app.app_context():
        missing = bookings.expected_earnings([host], APRIL, JUNE)
        before = sum(row.held for row in queries.payee_earnings([host], APRIL, JUNE))
        code = bookings.list_bookings(Scope(everything=True), text="Half")[0].code
    receive(app, code, desk.people[Role.MANAGER], 450_000 // 2)
    with app.app_context():
        after = sum(row.held for row in queries.payee_earnings([host], APRIL, JUNE))
        assert bookings.expected_earnings([host], APRIL, JUNE) == {}
    assert after - before == sum(missing.values()) > 0


def test_each_is_one_statement(app: Flask, desk: Desk) -> None:
    host, villages = [desk.here.payees[PayeeKind.HOST]], [desk.here.id, desk.there.id]
    asks = [
        lambda: queries.monthly_shares(villages, APRIL),
        lambda: queries.monthly_income(None, APRIL),
        lambda: queries.months_series(villages, APRIL, JUNE),
        lambda: queries.payee_earnings(host, APRIL, JUNE),
        lambda: queries.unit_earnings(host, APRIL, JUNE),
        lambda: bookings.received_in_month(villages, APRIL),
    ]
    with app.app_context():
        for ask in asks:
            with statements() as asked:
                assert ask()
            assert len(asked) == 1
