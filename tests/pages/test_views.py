"""The public pages: in both languages, with real counts, and with clear words for what cannot be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime

import pytest
from flask import Flask
from sqlalchemy import event

from app.core.dates import Nights
from app.core.db import db, transaction
from app.homestays import inventory
from app.homestays.rules import HouseKind
from app.villages import services as villages
from app.villages.rules import TERMS
from tests.factories import NOW, House, make_house, make_package, make_product, make_village
from tests.machinery.clients import Visitor

PAGES = ("/", "/villages", "/villages/sarihayu", "/how-money-is-divided", "/terms", "/privacy", "/complaints")


@pytest.fixture
def house(app: Flask, set_clock: Callable[[datetime], None]) -> House:
    set_clock(NOW)
    with app.app_context(), transaction():
        village, other = make_village(), make_village("tirta")
        villages.set_road(
            village_id=village.id, other_id=other.id, metres=5_000, minutes=12, is_estimate=True
        )
        return make_house(village, rooms=2)


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_in_both_languages(visitor: Visitor, house: House, path: str, language: str) -> None:
    visitor.open(f"{path}?lang={language}")
    assert visitor.status == 200
    assert f'<html lang="{language}"' in visitor.html


@pytest.mark.parametrize("path", PAGES)
def test_pages_stand_before_anything_is_entered(visitor: Visitor, path: str) -> None:
    assert visitor.open(path).status == (404 if "sarihayu" in path else 200)


def test_home_shows_what_is_free_tonight_and_who_gets_what(visitor: Visitor, house: House) -> None:
    visitor.open("/?lang=en")
    assert "Free tonight" in visitor.text
    assert "2 of 2 rooms free, Tue, 20 Apr – Wed, 21 Apr" in visitor.text
    assert "Rp200.000 for 1 night, 2 adults" in visitor.text
    assert "Local tax" in visitor.text
    visitor.follow("Tonight")
    assert visitor.path.startswith("/homestays?arrival=2027-04-20&departure=2027-04-21")


def test_home_looks_to_the_weekend_when_tonight_is_full(app: Flask, visitor: Visitor, house: House) -> None:
    block(app, house, date(2027, 4, 20), date(2027, 4, 21))
    visitor.open("/?lang=en")
    assert "Free soon" in visitor.text
    assert "Fri, 23 Apr – Sun, 25 Apr" in visitor.text


def test_home_says_where_to_go_when_all_is_full(app: Flask, visitor: Visitor, house: House) -> None:
    block(app, house, date(2027, 4, 20), date(2027, 6, 1))
    assert "No house is free these nights." in visitor.open("/?lang=en").text


def test_home_leads_to_all_three_kinds_with_what_their_makers_get(
    app: Flask, visitor: Visitor, house: House
) -> None:
    tour, goods = sell_more(app)
    visitor.open("/?lang=en")
    assert "See all there is to do" in visitor.text
    assert "Rp105.000 of it for Bu Contoh" in visitor.text
    assert "From the villages' hands" in visitor.text
    assert "Rp17.500 of it is for" in visitor.text
    assert "Wed, 21 Apr" in visitor.text
    for words, path in (
        ("See all there is to do", "/packages"),
        ("See all that is made here", "/showcase"),
        (tour, "/packages/"),
        (goods, "/showcase/"),
    ):
        visitor.open("/?lang=en")
        visitor.follow(words)
        assert (visitor.status, visitor.path.startswith(path)) == (200, True)


def test_home_asks_the_database_six_times(app: Flask, visitor: Visitor, house: House) -> None:
    sell_more(app)
    visitor.open("/")
    with counted(app) as asked:
        visitor.open("/")
    assert 0 < len(asked) <= 6, asked


def test_home_looks_a_month_ahead_for_something_to_do(app: Flask, visitor: Visitor, house: House) -> None:
    sell_more(app, on=date(2027, 5, 10))
    assert "Mon, 10 May" in visitor.open("/?lang=en").text


def test_home_shows_nothing_that_is_sold_out_or_not_for_sale(
    app: Flask, visitor: Visitor, house: House
) -> None:
    with app.app_context(), transaction():
        make_product(make_village("sarihayu"), pieces=0)
        make_package(make_village("sarihayu"), on=date(2027, 4, 21), published=False)
    visitor.open("/?lang=en")
    assert "See all there is to do" not in visitor.text
    assert "From the villages' hands" not in visitor.text


def sell_more(app: Flask, on: date = date(2027, 4, 21)) -> tuple[str, str]:
    """A package and a product in the village of the house; gives their names."""
    with app.app_context(), transaction():
        village = make_village("sarihayu")
        make_package(village, on=on, price=150_000, name="Cook with us")
        make_product(village, name_en="Palm sugar", price=25_000)
    return "Cook with us", "Palm sugar"


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The questions that the database is asked meanwhile; what time it is does not count."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("SELECT") and "clock_timestamp" not in statement:
            asked.append(statement)

    with app.app_context():
        connection = db.session.connection()
    event.listen(connection, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(connection, "before_cursor_execute", note)


def block(app: Flask, house: House, first: date, last: date) -> None:
    with app.app_context(), transaction():
        inventory.block(house.room_ids, Nights(first, last))


def test_a_village_shows_its_houses_and_its_neighbours_by_road(visitor: Visitor, house: House) -> None:
    visitor.open("/villages/sarihayu?lang=en&arrival=2027-05-03&departure=2027-05-05&adults=4")
    assert "For 4 guests, Mon, 3 May – Wed, 5 May." in visitor.text
    assert "2 of 2 rooms free" in visitor.text
    assert "about 12 minutes, 5.0 km (estimate)" in visitor.text
    visitor.follow("Tirta")
    assert visitor.path == "/villages/tirta?arrival=2027-05-03&departure=2027-05-05&adults=4"
    assert "No house is on sale here yet." in visitor.text


def test_a_village_shows_all_that_it_has(app: Flask, visitor: Visitor, house: House) -> None:
    sell_more(app, on=date(2027, 5, 4))
    visitor.open("/villages/sarihayu?lang=en&arrival=2027-05-03&departure=2027-05-05&adults=3")
    assert "1 house 1 package 1 product" in visitor.text
    assert "What to do in Sarihayu" in visitor.text
    assert "For 3 guests, in the week from Mon, 3 May." in visitor.text
    assert "Tue, 4 May" in visitor.text
    assert "From the hands of Sarihayu" in visitor.text
    assert "10 left, in Sarihayu" in visitor.text


def test_a_village_without_packages_points_to_those_of_its_neighbours(
    app: Flask, visitor: Visitor, house: House
) -> None:
    sell_more(app, on=date(2027, 5, 4))
    visitor.open("/villages/tirta?lang=en&arrival=2027-05-03&departure=2027-05-05")
    assert "Tirta has no package of its own yet." in visitor.text
    assert "12 min by road from Tirta" in visitor.text
    assert "From the hands of" not in visitor.text


def test_the_list_of_villages_says_what_each_has(app: Flask, visitor: Visitor, house: House) -> None:
    sell_more(app)
    assert "1 of 1 house free · 1 package, 1 product" in visitor.open("/villages?lang=en").text


def test_the_farthest_nights_have_a_village_page(visitor: Visitor, house: House) -> None:
    visitor.open("/villages/sarihayu?lang=en&arrival=2028-10-10&departure=2028-10-11")
    assert visitor.status == 200


def test_a_full_village_sends_on_to_its_neighbours(app: Flask, visitor: Visitor, house: House) -> None:
    with app.app_context(), transaction():
        make_house(make_village("tirta"), kind=HouseKind.BALKONDES)
    block(app, house, date(2027, 5, 3), date(2027, 5, 4))
    visitor.open("/villages/sarihayu?lang=en&arrival=2027-05-03&departure=2027-05-05")
    assert "Sarihayu is full then, but its neighbours are not." in visitor.text
    assert "1 of 1 house free" in visitor.text
    assert "Full on these nights" in visitor.text


def test_too_large_a_party_is_told_the_truth(visitor: Visitor, house: House) -> None:
    visitor.open("/villages/sarihayu?lang=en&arrival=2027-05-03&departure=2027-05-05&adults=40")
    assert "No house in any village has room for all of you then." in visitor.text


@pytest.mark.parametrize(
    "query",
    [
        "arrival=x&departure=2027-05-05",
        "arrival=2027-05-05&departure=2027-05-03",
        "arrival=2020-05-03&departure=2020-05-05",
        "arrival=2027-05-03&departure=2028-05-03",
        "arrival=2027-05-03&departure=2027-05-05&adults=0",
        "arrival=2027-05-03&departure=2027-05-05&adults=99999",
        "arrival=2027-05-03%00&departure=%F0%9F%8C%8B",
    ],
)
def test_bad_nights_are_said_and_tonight_is_shown(visitor: Visitor, house: House, query: str) -> None:
    visitor.open(f"/villages/sarihayu?lang=en&{query}")
    assert visitor.status == 422
    assert "Not yet: this needs another look" in visitor.text
    assert "For 2 guests, tonight." in visitor.text


def test_an_unknown_village_is_a_page_with_a_way_on(visitor: Visitor) -> None:
    visitor.open("/villages/nirwana?lang=en")
    assert visitor.status == 404
    assert "There is no village of that name here." in visitor.text


def test_what_is_unknown_is_left_out(visitor: Visitor, house: House) -> None:
    visitor.open("/villages/sarihayu?lang=en")
    assert "Known for" in visitor.text  # the head of the table of neighbours
    assert "What to do" not in visitor.text
    assert "None" not in visitor.text


def test_the_example_adds_up_to_the_last_rupiah(visitor: Visitor, house: House) -> None:
    visitor.open("/how-money-is-divided?lang=en")
    assert (
        "It adds up to the last rupiah: received Rp400.000, divided Rp400.000, difference Rp0."
        in visitor.text
    )


def test_terms_name_every_set_and_the_deadlines(visitor: Visitor) -> None:
    visitor.open("/terms?lang=en")
    for words in (
        "Flexible",
        "Moderate",
        "Firm",
        "Strict",
        "Non-refundable",
        "Up to 24 hours before it begins",
        "Until the desk has put it aside for you",
    ):
        assert words in visitor.text
    assert visitor.html.count('class="terms"') == len(TERMS)


@pytest.mark.settings(complaints_email="beres@sample.example", transfer_hold_hours=6)
def test_contacts_and_times_come_from_the_settings(visitor: Visitor) -> None:
    assert "beres@sample.example" in visitor.open("/complaints").text
    assert "Within 2 working days" in visitor.open("/complaints?lang=en").text
    assert "By bank transfer: 6 hours" in visitor.open("/terms?lang=en").text


def test_machines_are_told_where_not_to_look(visitor: Visitor) -> None:
    robots = visitor.client.get("/robots.txt")
    assert robots.mimetype == "text/plain"
    assert "Disallow: /bookings\n" in robots.text
    icon = visitor.client.get("/favicon.ico")
    assert (icon.status_code, icon.location) == (301, "/static/img/favicon.svg")
