"""What a host earned, holds and expects, by month and by booking, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.core.dates import Nights
from app.users.rules import Role
from tests.bookings.desk import CASH, NOW, TODAY, Desk, book, earn, receive
from tests.machinery.clients import Visitor

As = Callable[..., Visitor]
DAY = timedelta(days=1)

NIGHT = 200_000 - 200_000 * 1000 // 11000
HOST = NIGHT * 6667 // 10_000
"""What the host has of a single night at 200.000: the tax first, then 66,67 %, rounded down."""


def test_earned_held_and_expected(
    app: Flask, desk: Desk, as_: As, set_clock: Callable[[object], None]
) -> None:
    host = as_(Role.HOST)
    slept = book(app, desk.here, nights=Nights(TODAY + 2 * DAY, TODAY + 3 * DAY), name="Slept")
    receive(app, slept, desk.people[Role.DESK])
    set_clock(NOW + 3 * DAY + timedelta(hours=3))
    earn(app)
    coming = book(app, desk.here, nights=Nights(TODAY + 8 * DAY, TODAY + 9 * DAY), name="Coming")
    receive(app, coming, desk.people[Role.DESK])
    book(app, desk.here, nights=Nights(TODAY + 9 * DAY, TODAY + 10 * DAY), name="Door", method=CASH)
    figure = f"Rp{HOST:,}".replace(",", ".")
    text = host.open("/manage/earnings").text
    assert f"Earned{figure}guests have been here" in text
    assert f"Paid, still to come{figure}" in text
    assert f"Booked, not yet paid{figure}" in text
    assert f"The month in all{3 * HOST:,}".replace(",", ".").replace("all", "allRp") in text
    rows = text.split("Booking by booking")[1].split("Month by month")[0]
    assert "Slept" in rows
    assert "Coming" in rows
    assert "Door" not in rows
    assert f"Earned{figure}" in host.open("/manage").text


def test_only_ones_own(app: Flask, desk: Desk, as_: As) -> None:
    receive(app, book(app, desk.there), desk.people[Role.MANAGER])
    assert "Nothing is paid for this month yet" in as_(Role.HOST).open("/manage/earnings").text
    assert "Nothing is paid" not in as_(Role.HOST, there=True).open("/manage/earnings?month=2027-04").text


def test_months_lead_on(app: Flask, desk: Desk, as_: As) -> None:
    page = as_(Role.HOST).open("/manage/earnings?month=2027-04")
    assert {"/manage/earnings?month=2027-03", "/manage/earnings?month=2027-05"} <= {
        href for _, href in page.links
    }
    assert page.open("/manage/earnings?month=never").status == 404


def test_a_guide_sees_earnings_without_guests(app: Flask, desk: Desk, as_: As) -> None:
    page = as_(Role.GUIDE).open("/manage/earnings")
    assert page.status == 200
    assert "Pemandu sarihayu" in page.text
    assert as_(Role.GUIDE).open("/manage/guests").status == 403


@pytest.mark.parametrize("role", [Role.DESK, Role.BUMDES_TREASURER, Role.MANAGER, Role.OBSERVER])
def test_others_have_none(desk: Desk, as_: As, role: Role) -> None:
    assert as_(role).open("/manage/earnings").status == 403
