"""The desk's pages: cancel for the house, left early, did not come, money back afterwards, close a period."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Flask

from app.bookings.queries import find_booking, list_running_closures
from app.bookings.queries.checks import check_books, check_inventory
from app.bookings.rules import BookingState
from app.core.dates import Nights
from app.jobs import run_closures
from app.payments.queries import list_refunds
from app.users.rules import Role
from tests.bookings.desk import NOW, TODAY, Desk, book, earn, receive
from tests.machinery.clients import Visitor

As = Callable[..., Visitor]
Clock = Callable[[object], None]
DAY = timedelta(days=1)


def paid(app: Flask, desk: Desk, *, nights: int = 3) -> str:
    """A stay of some nights from the twenty-seventh on, paid."""
    code = book(app, desk.here, nights=Nights(TODAY + 7 * DAY, TODAY + (7 + nights) * DAY))
    receive(app, code, desk.people[Role.MANAGER])
    return code


def state_of(app: Flask, code: str) -> BookingState:
    with app.app_context():
        booking = find_booking(code)
        assert booking is not None
        return booking.state


def back(app: Flask, code: str) -> int:
    with app.app_context():
        return sum(refund.amount for refund in list_refunds(f"booking:{code}"))


def all_fits(app: Flask) -> None:
    with app.app_context():
        assert [check for check in (*check_books(), *check_inventory()) if not check.holds] == []


def test_the_desk_cancels_for_the_house(app: Flask, desk: Desk, as_: As) -> None:
    code = paid(app, desk)
    page = as_(Role.DESK).open(f"/manage/bookings/{code}").follow("Cancel for the house")
    assert "comes back, whatever the terms say" in page.text
    action = f"/manage/bookings/{code}/house-cancel/0"
    assert page.submit(action, words=" ").status == 422
    page = page.submit(action, code="house", words="The roof leaks.")
    assert "Cancelled. The guest has been told" in page.text
    assert state_of(app, code) == BookingState.CANCELLED
    page = as_(Role.DESK).open("/manage/homestays/omah-sarihayu/closed")
    assert f"cancelled:{code}" in page.text
    page = page.submit(
        "/manage/homestays/omah-sarihayu/closed", first="2027-04-27", last="2027-04-28", reason="mended"
    )
    assert "2 nights of rooms are on sale again" in page.text
    all_fits(app)


def test_a_host_cannot_open_what_was_closed(app: Flask, desk: Desk, as_: As) -> None:
    paid(app, desk)
    assert as_(Role.HOST).open("/manage/homestays/omah-sarihayu/closed").status == 403
    assert as_(Role.BUMDES_MANAGER, there=True).open("/manage/homestays/omah-sarihayu/closed").status == 404


def test_a_guest_leaves_early(app: Flask, desk: Desk, as_: As, set_clock: Clock) -> None:
    code = paid(app, desk)
    set_clock(NOW + 8 * DAY)
    page = as_(Role.DESK).open(f"/manage/bookings/{code}/acts")
    assert "Nights given back" not in page.text
    action = f"/manage/bookings/{code}/left/0"
    page = page.submit(action, leaves_on="2027-05-09", reason="ill")
    assert page.status == 422
    page = page.submit(action, leaves_on="2027-04-28", reason="ill")
    assert "Noted. The nights are free again" in page.text
    assert back(app, code) == 400_000
    all_fits(app)


def test_only_who_may_gives_nights_back(app: Flask, desk: Desk, as_: As, set_clock: Clock) -> None:
    code = paid(app, desk)
    set_clock(NOW + 8 * DAY)
    sent = {"leaves_on": "2027-04-29", "reason": "ill", "nights_back": "1"}
    page = as_(Role.DESK).open(f"/manage/bookings/{code}/acts")
    assert all("nights_back" not in form.names for form in page.forms)
    page = as_(Role.BUMDES_MANAGER).open(f"/manage/bookings/{code}/acts")
    assert "Nights given back" in page.text
    page = page.submit(f"/manage/bookings/{code}/left/0", **sent)
    assert back(app, code) == 200_000


def test_nobody_came_and_came_after_all(app: Flask, desk: Desk, as_: As, set_clock: Clock) -> None:
    code = paid(app, desk)
    assert "Write down: did not come" not in as_(Role.DESK).open(f"/manage/bookings/{code}/acts").text
    set_clock(NOW + timedelta(days=7, hours=11))
    page = as_(Role.DESK).open(f"/manage/bookings/{code}/acts")
    page = page.submit(f"/manage/bookings/{code}/no-show", reason="no answer", free="y")
    assert "Noted: the guest did not come" in page.text
    assert state_of(app, code) == BookingState.NO_SHOW
    page = page.submit(f"/manage/bookings/{code}/no-show/undo", reason="flat tyre")
    assert "The booking is certain again" in page.text
    assert state_of(app, code) == BookingState.CONFIRMED
    all_fits(app)


def test_money_back_afterwards_by_two(app: Flask, desk: Desk, as_: As, set_clock: Clock) -> None:
    code = paid(app, desk)
    set_clock(NOW + 20 * DAY)
    earn(app)
    assert "Give money back" not in as_(Role.DESK).open(f"/manage/bookings/{code}/acts").text
    page = as_(Role.BUMDES_MANAGER).open(f"/manage/bookings/{code}/acts")
    action = f"/manage/bookings/{code}/give-back/0"
    assert page.submit(action, amount="700.000", reason="cold water").status == 422
    page = page.submit(action, amount="550.000", reason="cold water")
    assert "A second person has to agree before" in page.text
    assert "I agree" not in page.text
    assert back(app, code) == 0
    page = as_(Role.MANAGER).open(f"/manage/bookings/{code}/acts")
    page = page.submit("/agree")
    assert "Agreed. The guest has been told." in page.text
    assert back(app, code) == 550_000
    all_fits(app)


def test_a_period_is_looked_at_decided_done_and_opened(app: Flask, desk: Desk, as_: As) -> None:
    code = paid(app, desk)
    page = as_(Role.BUMDES_MANAGER).open("/manage/closures")
    assert "Tirtomulyo" not in page.text
    sent = {"first": "2027-04-27", "last": "2027-04-29", "code": "ash", "words": "Ash."}
    assert page.submit("/manage/closures", **sent).status == 422
    page = page.submit("/manage/closures", villages="sarihayu", stays="y", packages="y", **sent)
    assert "1 booking would be cancelled, and Rp600.000 would come back" in page.text
    address = page.path
    assert as_(Role.BUMDES_MANAGER, there=True).open(address).status == 404
    page = page.submit(f"{address}/start")
    assert "Nothing of it is sold any more" in page.text
    with app.app_context():
        run_closures()
        assert list_running_closures() == []
    page = page.open(address)
    assert state_of(app, code) == BookingState.CANCELLED
    assert "Done so far: 1" in page.text
    assert page.submit(f"{address}/reopen", reason="").status == 422
    page = page.submit(f"{address}/reopen", reason="rain has washed it off")
    assert "6 nights of rooms are on sale again" in page.text
    all_fits(app)
