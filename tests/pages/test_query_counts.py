"""How often a page asks the database: a loop that asks for each house or line would show here first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from app.core import codes
from app.core.db import db, transaction
from app.homestays.models import Homestay
from app.villages.services import set_road
from tests.factories import NOW, make_house, make_package, make_product, make_village
from tests.factories.bookings import ARRIVAL, make_choice, make_hold
from tests.machinery.clients import Visitor

NIGHTS = f"arrival={ARRIVAL}&departure={ARRIVAL + timedelta(days=2)}"


NOT_THE_PAGES = ("SAVEPOINT", "RELEASE", "ROLLBACK", "SELECT clock_timestamp()")
"""The isolation of a test; and the time, for which one page in half a minute asks."""


@pytest.fixture
def places(app: Flask, set_clock: Callable[[datetime], None]) -> dict[str, str]:
    """Two villages with several of each kind, a third with one house, and a trip of two houses: where each page is."""
    set_clock(NOW)
    with app.app_context(), transaction():
        village, other, small = make_village(), make_village("tirta"), make_village("kecil")
        houses = [make_house(where, rooms=2, whole=True) for where in (village, village, village, other)]
        full = make_house(small, rooms=1)
        for where in (village, other):
            make_package(where)
            make_package(where, on=NOW.date() + timedelta(days=2))
            make_product(where)
        for here, there in ((small, village), (small, other), (other, village)):
            set_road(village_id=here.id, other_id=there.id, metres=900, minutes=3, is_estimate=False)
        slugs = [db.session.get_one(Homestay, house.homestay_id).slug for house in (houses[0], full)]
        booking = make_hold(None, *(make_choice(house.room) for house in houses[2:]))
        make_hold(None, make_choice(full.room))
        code, token = booking.code, codes.access_token(booking.code, 1)
    return {
        "home": "/?lang=en",
        "search": f"/homestays?{NIGHTS}&adults=2",
        "search without nights": "/homestays",
        "village": f"/homestays?village=sarihayu&{NIGHTS}&adults=2",
        "village with few houses": f"/homestays?village=tirta&{NIGHTS}&adults=2",
        "full village": f"/homestays?village=kecil&{NIGHTS}&adults=1",
        "large party": f"/homestays?village=sarihayu&{NIGHTS}&adults=4",
        "homestay": f"/homestays/{slugs[0]}?{NIGHTS}&adults=2",
        "full homestay": f"/homestays/{slugs[1]}?{NIGHTS}&adults=1",
        "booking": f"/bookings/{code}?token={token}",
    }


@pytest.mark.parametrize(
    ("page", "words", "most"),
    [
        ("home", "Sample crisps", 6),
        ("search", "Omah Contoh", 6),
        ("search without nights", "Omah Contoh", 6),
        ("village", "Omah Contoh", 6),
        ("village with few houses", "lewat jalan lebih dulu", 6),
        ("large party", "Omah Contoh", 6),
        ("homestay", "Omah Contoh", 8),
        ("booking", "Omah Contoh", 8),
        # Nothing is free here: what is shown besides, other days and other houses, is asked for besides.
        ("full village", "Hari lain", 9),
        ("full homestay", "Rumah yang punya kamar pada malam Anda", 13),
    ],
)
def test_a_page_asks_seldom(
    app: Flask, visitor: Visitor, places: dict[str, str], page: str, words: str, most: int
) -> None:
    if page == "booking":
        visitor.open(places[page])  # the token moves into the browser's session first
        places[page] = places[page].partition("?")[0]
    asked: list[str] = []

    def note(*call: object) -> None:
        if not str(call[2]).startswith(NOT_THE_PAGES):
            asked.append(str(call[2]))

    with app.app_context():
        connection = db.session.connection()
    event.listen(connection, "before_cursor_execute", note)
    visitor.open(places[page])
    event.remove(connection, "before_cursor_execute", note)
    assert visitor.status == 200
    assert words in visitor.text
    assert 0 < len(asked) <= most, "\n\n".join(asked)
