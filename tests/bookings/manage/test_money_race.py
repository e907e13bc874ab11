"""Two treasurers at the same moment, each with a form of their own; and one form sent twice at once."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

from flask import Flask

from app.bookings.queries.checks import check_books, check_inventory
from app.bookings.rules import BookingState
from app.core import clock
from app.core.dates import Nights
from app.users.rules import Role
from tests.bookings.desk import Desk, asked, book, make_desk, receipts, see, sign_in
from tests.machinery.clients import Form, Visitor

Opened = tuple[Visitor, Form]


def held(app: Flask, desk: Desk) -> str:
    """A booking to be paid. The clock is the world's: it cannot be moved for other threads."""
    with app.app_context():
        today = clock.today()
    return book(app, desk.here, nights=Nights(today + timedelta(days=20), today + timedelta(days=22)))


def opened(app: Flask, desk: Desk, role: Role, code: str) -> Opened:
    """The page that confirms a receipt, ready to be sent."""
    page = sign_in(app, Visitor(app.test_client()), desk.people[role])
    page.open(f"/manage/money/{code}?amount={asked(app, code)}")
    return page, next(form for form in page.forms if form.action == f"/manage/money/{code}")


def at_once(senders: list[Opened]) -> list[int]:
    """Send all at the same moment; the answers' states."""
    barrier, answers = Barrier(len(senders)), []

    def send(page: Visitor, form: Form) -> None:
        barrier.wait(timeout=30)
        answers.append(page.client.post(form.action, data=dict(form.values)).status_code)

    threads = [Thread(target=send, args=sender) for sender in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


def all_holds(app: Flask) -> bool:
    """Whether books and nights hold."""
    with app.app_context():
        return all(check.holds for check in (*check_books(), *check_inventory()))


def test_two_treasurers_post_once_each(race_app: Flask) -> None:
    desk = make_desk(race_app)
    code = held(race_app, desk)
    amount = asked(race_app, code)
    senders = [opened(race_app, desk, role, code) for role in (Role.BUMDES_TREASURER, Role.MANAGER)]
    assert at_once(senders) == [303, 303]
    first, second = receipts(race_app, code)
    assert first.excess == 0
    assert (second.applied, second.excess) == (0, amount)
    booking = see(race_app, code)
    assert (booking.state, booking.paid) == (BookingState.CONFIRMED, first.applied)
    assert all_holds(race_app)


def test_one_form_sent_four_times_posts_once(race_app: Flask) -> None:
    desk = make_desk(race_app)
    code = held(race_app, desk)
    _page, form = opened(race_app, desk, Role.DESK, code)
    others = [sign_in(race_app, Visitor(race_app.test_client()), desk.people[Role.DESK]) for _ in range(4)]
    tokens = []
    for other in others:
        other.open(f"/manage/money/{code}?amount=400000")
        own = next(one for one in other.forms if one.action == form.action)
        values = [pair for pair in form.values if pair[0] != "csrf_token"]
        token = next(pair for pair in own.values if pair[0] == "csrf_token")
        tokens.append((other, Form(form.action, form.method, [*values, token])))
    assert at_once(tokens) == [303] * 4
    assert len(receipts(race_app, code)) == 1
    assert all_holds(race_app)
