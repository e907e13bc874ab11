"""flask payments, books check, inventory check: one line per thing done, non-zero where something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import update

from app.bookings.models import Booking
from app.bookings.rules import BookingState
from app.core.db import db, transaction
from app.homestays.models import RoomNight
from app.payments.queries import list_refunds
from app.users.rules import Role
from tests.bookings.desk import NOW, Desk, asked, book, make_desk, receipts, receive, see
from tests.factories import make_approved

Run = Callable[..., Result]


@pytest.fixture
def desk(app: Flask, set_clock: Callable[[object], None]) -> Desk:
    set_clock(NOW)
    return make_desk(app)


@pytest.fixture
def run(app: Flask) -> Run:
    def invoke(*words: object) -> Result:
        with app.app_context():  # commands are at home in one
            return app.test_cli_runner().invoke(args=[str(word) for word in words])

    return invoke


def mail(role: Role, where: str = "here") -> str:
    """The address of whoever holds an office."""
    return f"{role.value}.{where}@sample.example"


@pytest.mark.parametrize("role", [Role.BUMDES_TREASURER, Role.DESK, Role.MANAGER])
def test_a_transfer_is_received(app: Flask, desk: Desk, run: Run, role: Role) -> None:
    code = book(app, desk.here)
    amount = asked(app, code)
    done = run(
        "payments", "receive", code.lower(), "--method", "transfer", "--amount", amount, "--by", mail(role)
    )
    assert done.exit_code == 0, done.output
    assert f"for {code}" in done.output
    assert "booking confirmed, still due Rp0" in done.output
    assert len(done.output.splitlines()) == 1
    (receipt,) = receipts(app, code)
    assert (receipt.amount, receipt.received_by_id) == (amount, desk.people[role])


def test_cash_lies_in_the_box_of_who_took_it(app: Flask, desk: Desk, run: Run) -> None:
    code = book(app, desk.here, desk.there)
    by = mail(Role.DESK, "there")
    done = run("payments", "receive", code, "--method", "cash", "--amount", "800.000", "--by", by)
    assert done.exit_code == 0, done.output
    assert receipts(app, code)[0].keeper == "cash:tirtomulyo"


def test_day_account_and_note_are_kept(app: Flask, desk: Desk, run: Run) -> None:
    code = book(app, desk.here)
    words = ("--account", "bersama", "--received-on", "2027-04-19", "--note", "seen on the statement")
    done = run(
        "payments",
        "receive",
        code,
        "--method",
        "transfer",
        "--amount",
        400_000,
        "--by",
        mail(Role.MANAGER),
        *words,
    )
    assert done.exit_code == 0, done.output
    (receipt,) = receipts(app, code)
    kept = (receipt.keeper, str(receipt.received_on), receipt.note)
    assert kept == ("bank:bersama", "2027-04-19", "seen on the statement")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"--by": "nobody@sample.example"}, "nobody signs in"),
        ({"--by": mail(Role.OBSERVER)}, "no office that may do this"),
        ({"--by": mail(Role.HOST)}, "no office that may do this"),
        ({"--by": mail(Role.BUMDES_TREASURER, "there")}, "no booking with this code"),
        ({"--amount": "0"}, "more than Rp0"),
        ({"--amount": "much"}, "is not an amount"),
        ({"--method": "card"}, "card"),
        ({"--account": "elsewhere"}, "no bank account of that name"),
        ({"--received-on": "2027-04-21"}, "lies ahead"),
        ({"--received-on": "soon"}, "soon"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_written(
    app: Flask, desk: Desk, run: Run, changed: dict[str, str], says: str
) -> None:
    code = book(app, desk.here)
    options = {"--method": "transfer", "--amount": "400000", "--by": mail(Role.BUMDES_TREASURER)} | changed
    done = run("payments", "receive", code, *(word for pair in options.items() for word in pair))
    assert done.exit_code != 0
    assert says in done.output
    assert "Traceback" not in done.output
    assert receipts(app, code) == []


def test_an_unknown_code_is_said(desk: Desk, run: Run) -> None:
    done = run("payments", "receive", "ZZZ", "--method", "cash", "--amount", 1, "--by", mail(Role.MANAGER))
    assert done.exit_code == 1
    assert "There is no booking with this code here." in done.output


def test_a_refund_is_sent(app: Flask, desk: Desk, run: Run, set_clock: Callable[[object], None]) -> None:
    code = book(app, desk.here)
    set_clock(NOW + timedelta(days=2))
    receive(app, code, desk.people[Role.DESK], 1_000)
    with app.app_context():
        number = list_refunds(f"booking:{code}")[0].id
    with app.app_context(), transaction():
        make_approved(number)
    sent = ("payments", "refund-transferred", number, "--account", "sarihayu", "--reference", "TRF 1", "--by")
    words = ("payments", "refund-sent", number, "--proof", "TRF 1", "--by")
    assert run(*words, mail(Role.BUMDES_TREASURER)).exit_code == 1, "nothing was transferred"
    assert run(*sent, mail(Role.DESK)).exit_code == 1
    assert run(*sent, mail(Role.BUMDES_TREASURER)).exit_code == 0
    assert run(*words, mail(Role.DESK)).exit_code == 1
    assert run(*words, mail(Role.BUMDES_TREASURER, "there")).exit_code == 1
    done = run(*words, mail(Role.BUMDES_TREASURER))
    assert done.exit_code == 0, done.output
    assert f"refund {number} of {code}: Rp1.000 sent" in done.output
    again = run(*words, mail(Role.BUMDES_TREASURER))
    assert again.exit_code == 1
    assert "sent before" in again.output


def test_checks_print_figures_and_hold(app: Flask, desk: Desk, run: Run) -> None:
    receive(app, book(app, desk.here), desk.people[Role.DESK])
    book(app, desk.there)
    for group in ("books", "inventory"):
        done = run(group, "check")
        assert done.exit_code == 0, done.output
        *lines, last = done.output.splitlines()
        assert all(line.startswith("ok ") for line in lines)
        assert last == f"{len(lines)} checks, all hold"
    assert "every certain night is sold in its rooms: 2 room nights, 0 wrong" in done.output


def test_checks_fail_loudly(app: Flask, desk: Desk, run: Run) -> None:
    code = book(app, desk.here)
    receive(app, code, desk.people[Role.DESK])
    with app.app_context(), transaction():
        db.session.execute(update(Booking).where(Booking.code == code).values(paid=Booking.paid + 5))
        db.session.execute(update(RoomNight).values(room_id=RoomNight.room_id + 1))
    books, nights = run("books", "check"), run("inventory", "check")
    assert (books.exit_code, nights.exit_code) == (1, 1)
    assert "WRONG receipts add up to what bookings say" in books.output
    assert f"{code}: booking Rp400.005, receipts Rp400.000" in books.output
    assert "WRONG every certain night is sold in its rooms" in nights.output
    assert see(app, code).state == BookingState.CONFIRMED
