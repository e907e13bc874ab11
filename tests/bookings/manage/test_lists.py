"""Guests of today and to come, bookings found by code, name, state, month and village, page by page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from app.bookings.manage import bookings as bookings_page
from app.core.dates import Nights
from app.core.db import db
from app.core.paging import encode_cursor
from app.users.rules import Role
from tests.bookings.desk import CASH, NOW, TODAY, Desk, book, receive
from tests.machinery.clients import Visitor

As = Callable[..., Visitor]
DAY = timedelta(days=1)


def stay(days: int, nights: int) -> Nights:
    """Nights that begin so many days from today."""
    return Nights(TODAY + days * DAY, TODAY + (days + nights) * DAY)


def paid(app: Flask, desk: Desk, name: str, nights: Nights) -> str:
    """A certain booking of a guest by that name."""
    code = book(app, desk.here, name=name, nights=nights)
    receive(app, code, desk.people[Role.DESK])
    return code


def parts(text: str) -> dict[str, str]:
    """The lists of today, by their heads."""
    arriving, rest = text.split("Arriving:")[1].split("At home:")
    at_home, rest = rest.split("Leaving:")
    leaving = rest.split("Coming")[0].split("See who comes")[0]
    return {"arriving": arriving, "at_home": at_home, "leaving": leaving}


@pytest.mark.parametrize("address", ["/manage/guests", "/manage"])
def test_today_is_told_in_three_lists(
    app: Flask, desk: Desk, as_: As, set_clock: Callable[[object], None], address: str
) -> None:
    paid(app, desk, "Leaves", stay(2, 2))
    paid(app, desk, "Stays", stay(3, 2))
    paid(app, desk, "Gone", stay(1, 1))
    set_clock(NOW + 3 * DAY)
    door = book(app, desk.here, method=CASH, name="Door", nights=stay(4, 2))
    book(app, desk.here, name="Unpaid", nights=stay(8, 1))
    set_clock(NOW + 4 * DAY)
    shown = parts(as_(Role.HOST).open(address).text)
    assert "Door" in shown["arriving"]
    assert "Still to pay: Rp450.000" in shown["arriving"]
    assert "Pays at the door" in shown["arriving"]
    assert "Stays" in shown["at_home"]
    assert "Leaves" in shown["leaving"]
    assert "Gone" not in "".join(shown.values())
    assert "Unpaid" not in "".join(shown.values())
    assert door in shown["arriving"]


def test_those_to_come_stand_below(app: Flask, desk: Desk, as_: As) -> None:
    paid(app, desk, "Later", stay(9, 2))
    book(app, desk.here, name="Unpaid", nights=stay(5, 1))
    book(app, desk.there, name="Elsewhere")
    text = as_(Role.HOST).open("/manage/guests").text.split("Coming")[1]
    assert text.index("Unpaid") < text.index("Later")
    assert "Elsewhere" not in text


def test_a_village_is_chosen_by_who_has_several(app: Flask, desk: Desk, as_: As) -> None:
    here, there = book(app, desk.here, name="Here"), book(app, desk.there, name="There")
    manager = as_(Role.MANAGER)
    text = manager.open("/manage/bookings").text
    assert here in text
    assert there in text
    page = manager.submit("/manage/bookings", village=desk.there.slug)
    assert there in page.text
    assert here not in page.text
    assert "Here" not in manager.open("/manage/guests?village=tirtomulyo").text
    for nowhere in ("atlantis", "%00"):
        assert manager.open(f"/manage/bookings?village={nowhere}").status == 404
    assert as_(Role.DESK).open(f"/manage/bookings?village={desk.there.slug}").status == 404
    assert as_(Role.HOST).open(f"/manage/guests?village={desk.here.slug}").status == 404


def test_bookings_are_found(app: Flask, desk: Desk, as_: As, set_clock: Callable[[object], None]) -> None:
    may = paid(app, desk, "Rina May", stay(20, 2))
    held = book(app, desk.here, name="Budi Held")
    lapsing = book(app, desk.here, name="Sri Lapsed", nights=stay(30, 1))
    set_clock(NOW + 2 * DAY)
    fresh = book(app, desk.here, name="Fresh", nights=stay(40, 1))
    visitor = as_(Role.BUMDES_TREASURER)

    def found(query: str) -> set[str]:
        text = visitor.open(f"/manage/bookings?{query}").text
        return {code for code in (may, held, lapsing, fresh) if code in text}

    assert found("") == {may, held, lapsing, fresh}
    assert found("q=rina") == {may}
    assert found(f"q={held.lower()}") == {held}
    assert found("state=confirmed") == {may}
    assert found("state=held") == {fresh}
    assert found("state=expired") == {held, lapsing}
    assert found("month=2027-05") == {may, lapsing, fresh}
    assert found("month=2027-05&state=confirmed") == {may}
    assert found("state=nonsense") == {may, held, lapsing, fresh}
    assert found("q=nobody") == set()
    assert visitor.open("/manage/bookings?month=2027-99").status == 404
    for forged in ("nonsense", encode_cursor("2027-05-01", -(10**30)), encode_cursor("2027-05-01", True)):
        assert visitor.open(f"/manage/bookings?after={forged}").status == 422


def test_bookings_are_read_page_by_page(
    app: Flask, desk: Desk, as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bookings_page, "PAGE", 2)
    codes = [book(app, desk.here, name="Many", nights=stay(day, 1)) for day in (5, 5, 7, 8, 9)]
    page, seen = as_(Role.DESK).open("/manage/bookings?q=many"), []
    for _page in range(3):
        seen += [code for code in codes if code in page.text]
        if any(words == "More" for words, _href in page.links):
            page = page.follow("More")
    assert seen == codes


def test_an_empty_village_says_so(app: Flask, desk: Desk, as_: As) -> None:
    assert "No booking found" in as_(Role.DESK).open("/manage/bookings").text
    assert "Nobody has booked yet" in as_(Role.HOST).open("/manage/guests").text
    assert "Nobody comes and nobody leaves today" in as_(Role.HOST).open("/manage").text


def test_a_longer_list_asks_no_more(app: Flask, desk: Desk, as_: As) -> None:
    asked: list[str] = []
    with app.app_context():
        connection = db.session.connection()

    def count(address: str) -> int:
        asked.clear()
        assert as_(Role.BUMDES_TREASURER).open(address).status == 200
        return len(asked)

    event.listen(connection, "before_cursor_execute", lambda *call: asked.append(call[2]))
    addresses = ("/manage/bookings?q=many", "/manage/guests", "/manage/revenue/sarihayu?month=2027-05")
    paid(app, desk, "Many", stay(12, 2))
    before = [count(address) for address in addresses]
    for day in (15, 18, 21, 24, 27):
        paid(app, desk, "Many", stay(day, 2))
    assert [count(address) for address in addresses] == before
