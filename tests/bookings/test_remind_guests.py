"""Guests are written to before their time to pay ends, before they come, and after they went home: once each."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from app.bookings import services
from app.core.db import transaction
from app.payments.rules import PaymentMethod
from tests.bookings import acts
from tests.bookings.acts import later


def remind() -> int:
    with transaction():
        return services.remind_guests()


def told(code: str, event: str) -> bool:
    return event in acts.messages(code)


def test_before_a_transfers_time_ends(season: Session) -> None:
    code = acts.hold(acts.house())
    with later(timedelta(hours=19, minutes=59)):
        assert remind() == 0
    with later(timedelta(hours=20, minutes=1)):
        assert (remind(), remind()) == (1, 0)
        message = acts.messages(code)["hold-ending"]
        assert str(acts.asked(code) % 1000) in message.text
    paid = acts.hold(acts.house())
    acts.pay(paid)
    at_the_door = acts.hold(acts.house(pay_on_arrival=True), method=PaymentMethod.CASH)
    with later(timedelta(hours=21)):
        assert remind() == 0
    assert not told(paid, "hold-ending")
    assert not told(at_the_door, "hold-ending")


def test_two_days_before_they_come_and_the_day_after(season: Session) -> None:
    """They arrive thirteen days from now and leave two days later."""
    code = acts.hold(acts.house())
    acts.pay(code)
    with later(timedelta(days=10)):
        assert remind() == 0
    with later(timedelta(days=11)):
        assert (remind(), remind()) == (1, 0)
        assert told(code, "before-arrival")
    with later(timedelta(days=15)):
        assert remind() == 0
    with later(timedelta(days=16)):
        assert (remind(), remind()) == (1, 0)
        assert "Did you meet your host" in acts.messages(code)["after-stay"].text


def test_who_cancelled_is_left_in_peace(season: Session) -> None:
    code = acts.hold(acts.house())
    acts.pay(code)
    with transaction():
        services.cancel_booking(code=code, reason=None)
    for days in (11, 16):
        with later(timedelta(days=days)):
            assert remind() == 0


def test_a_job_that_stood_still_does_not_write_of_long_ago(season: Session) -> None:
    code = acts.hold(acts.house())
    acts.pay(code)
    with later(timedelta(days=30)):
        assert remind() == 0
