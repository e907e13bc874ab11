"""The desk gives up a part of a booking for a guest: with a reason, by the terms, within its reach."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from app.users.rules import Role
from tests.bookings.desk import TODAY, Desk, see
from tests.bookings.manage.test_acts import DAY, all_fits, back, paid
from tests.machinery.clients import Visitor

As = Callable[..., Visitor]
LEAVES = f"{TODAY + 9 * DAY}"


def test_the_desk_takes_a_night_off(app: Flask, desk: Desk, as_: As) -> None:
    code = paid(app, desk)
    page = as_(Role.DESK).open(f"/manage/bookings/{code}/acts")
    page = page.follow("For the guest: fewer nights, people or pieces: Omah Sarihayu")
    page = page.submit("/part/0", departure=LEAVES)
    assert "Comes backRp200.000" in page.text
    assert page.submit("/part/0").status == 422
    assert "Say why, in a few words" in page.text
    page = page.submit("/part/0", reason="The guest telephoned")
    assert "Done: Rp200.000 comes back" in page.text
    assert (see(app, code).lines[0].departure, back(app, code)) == (TODAY + 9 * DAY, 200_000)
    all_fits(app)


def test_another_village_cannot(app: Flask, desk: Desk, as_: As) -> None:
    code = paid(app, desk)
    assert as_(Role.DESK, there=True).open(f"/manage/bookings/{code}/part/0").status == 404
    assert as_(Role.HOST).open(f"/manage/bookings/{code}/part/0").status == 403
