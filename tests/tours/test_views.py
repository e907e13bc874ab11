"""The guest's door: search and the page of a package, without JavaScript, in both languages."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from flask import Flask
from sqlalchemy import event

from app.core import counters
from app.core.counters import Want
from app.core.db import db, transaction
from app.tours.rules import PackageKind, PriceUnit
from tests.factories import ARRIVAL, Tour, make_departure, make_package, make_village
from tests.machinery.clients import Visitor
from tests.tours.conftest import World

DAYS = "from=2027-05-01&to=2027-05-10"


def fill(app: Flask, tour: Tour, many: int) -> None:
    with app.app_context(), transaction():
        counters.take([Want(f"line:{many}", tour.counter_id or 0, many)], None)


def test_what_one_can_join_with_places_price_and_who_gets_it(visitor: Visitor, world: World) -> None:
    visitor.open(f"/packages?{DAYS}&lang=en")
    assert visitor.status == 200
    assert "2 packages have room for you" in visitor.text
    assert "Saturday, 1 May 2027 to Monday, 10 May 2027, 2 people." in visitor.text
    for words in (
        "Sarihayu · sample Cook together 3 hours · Cooking and eating together with Bu Contoh",
        "Mon, 3 May, 09:00 · 10 places left",
        "Rp100.000 per person Rp70.000 of it for Bu Contoh Sample price",
        "2 cars left, each for up to 4 people",
        "Rp350.000 per car, up to 4 people",
    ):
        assert words in visitor.text
    assert visitor.text.count("Sample price") == 1


def test_in_indonesian_as_well(visitor: Visitor, world: World) -> None:
    visitor.open(f"/packages?{DAYS}&lang=id")
    assert visitor.status == 200
    assert '<html lang="id"' in visitor.html
    assert "Cook together (id)" in visitor.text
    assert "Sen, 3 Mei, 09.00" in visitor.text
    visitor.follow("Cook together (id)")
    assert "Acara contoh" in visitor.text
    assert "pukul 09.00 WIB" in visitor.text


def test_without_a_word_the_coming_two_weeks_for_two(visitor: Visitor, world: World) -> None:
    visitor.open("/packages?lang=en")
    assert "Tuesday, 20 April 2027 to Monday, 3 May 2027, 2 people." in visitor.text
    shown = dict(visitor.forms[0].values)
    assert (shown["from"], shown["to"], shown["party"]) == ("2027-04-20", "2027-05-03", "2")


def test_the_last_day_asked_for_is_one_of_them(visitor: Visitor, world: World) -> None:
    assert "packages have room" in visitor.open("/packages?lang=en&from=2027-05-03&to=2027-05-03").text
    assert "packages have room" not in visitor.open("/packages?lang=en&from=2027-05-01&to=2027-05-02").text


def test_a_search_goes_on_to_the_package_and_its_booking(visitor: Visitor, world: World) -> None:
    visitor.open("/packages?lang=en").submit(
        "/packages", village="sarihayu", party=3, kind="cooking", **{"from": "2027-05-01", "to": "2027-05-10"}
    )
    visitor.follow("Cook together")
    assert visitor.path == f"/packages/{world.cooking.slug}?from=2027-05-01&party=3"
    assert "3 places × Rp100.000" in visitor.text
    visitor.submit("/packages/", adults=2, children=1)
    links = [href for _words, href in visitor.links if href.startswith("/bookings/new")]
    assert set(links) == {f"/bookings/new?line=p.{world.cooking.departure}.2.1"}
    assert "2 adults, 1 child" in visitor.text
    assert f"/trip?add=p.{world.cooking.departure}.2.1" in [href for _words, href in visitor.links]


BAD = [
    ("from=2027-05-10&to=2027-05-01", "to", "The last day comes after the first one"),
    ("from=2027-04-19", "from", "This day is in the past."),
    ("from=banana", "from", "This date could not be read."),
    ("from=2027-05-01&to=2027-09-01", "to", "We search at most 92 days at once."),
    ("from=2031-05-01", "to", "do not plan that far ahead"),
    ("from=9999-12-31", "from", "This date could not be read."),
    ("from=2027-05-01&to=9999-12-31", "to", "This date could not be read."),
    (f"{DAYS}&party=0", "party", "parties of 1 to 60"),
    (f"{DAYS}&party=61", "party", "parties of 1 to 60"),
    (f"{DAYS}&party=two", "party", "Please give a whole number."),
    (f"{DAYS}&village=atlantis", "village", "There is no such village here."),
    (f"{DAYS}&kind=skydiving", "kind", "Nobody offers this yet."),
]


@pytest.mark.parametrize(("query", "field", "words"), BAD)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(
    visitor: Visitor, world: World, query: str, field: str, words: str
) -> None:
    visitor.open(f"/packages?lang=en&{query}")
    assert visitor.status == 422
    assert visitor.text.count(words) >= 2, "in the summary and beside the field"
    assert f'href="#{field}"' in visitor.html
    assert f'id="{field}"' in visitor.html
    kept = dict(visitor.forms[0].values)
    for name, values in parse_qs(query).items():
        if name in {"from", "to", "party"}:
            assert kept[name] == values[0]


def test_both_faults_are_named_at_once(visitor: Visitor, world: World) -> None:
    visitor.open("/packages?lang=en&from=2027-04-01&party=99")
    assert "This day is in the past." in visitor.text
    assert "parties of 1 to 60" in visitor.text


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "page=-7", "page=9999", "what=ever", "to=", "kind=", "party="]
)
def test_odd_extras_do_no_harm(visitor: Visitor, world: World, query: str) -> None:
    assert visitor.open(f"/packages?from=2027-05-01&{query}").status == 200


def test_full_is_said_plainly_and_the_neighbours_are_shown(
    app: Flask, visitor: Visitor, world: World
) -> None:
    fill(app, world.cooking, 10)
    visitor.open(f"/packages?lang=en&{DAYS}&village=sarihayu")
    assert "Mon, 3 May, 09:00 · full" in visitor.text
    assert "Sarihayu has no room for you on these days, but its neighbours do." in visitor.text
    assert "Tirtomulyo · 9 min by road from Sarihayu" in visitor.text


def test_too_few_places_is_not_full(app: Flask, visitor: Visitor, world: World) -> None:
    fill(app, world.cooking, 9)
    visitor.open(f"/packages?lang=en&{DAYS}&village=sarihayu")
    assert "1 place left, too few for your party" in visitor.text


def test_other_days_where_nothing_has_room(app: Flask, visitor: Visitor, world: World) -> None:
    with app.app_context(), transaction():
        make_departure(world.cooking.package_id, on=date(2027, 6, 20))
    visitor.open("/packages?lang=en&from=2027-05-20&to=2027-05-30")
    assert "On Sunday, 20 June 2027 there is something again." in visitor.text
    assert "The next one is on Sun, 20 Jun." in visitor.text
    visitor.follow("Look from that day on")
    assert "1 package has room for you" in visitor.text


def test_nothing_of_a_kind_leads_to_everything(visitor: Visitor, world: World) -> None:
    visitor.open(f"/packages?lang=en&{DAYS}&kind=water")
    assert "Nothing of this kind is planned here at the moment." in visitor.text
    visitor.follow("See all villages")
    assert "2 packages have room for you" in visitor.text


def test_a_party_of_another_size_is_told_for_whom(app: Flask, visitor: Visitor, world: World) -> None:
    visitor.open(f"/packages?lang=en&{DAYS}&party=20")
    assert "Nothing here has room for 20 people on these days." in visitor.text
    assert "For up to 12 people." in visitor.text
    visitor.follow("Cook together")
    assert visitor.status == 200
    assert "party" not in visitor.path


def test_a_ride_is_drawn_as_what_one_rides_in(app: Flask, visitor: Visitor, world: World) -> None:
    with app.app_context(), transaction():
        make_package(make_village("candi"), kind=PackageKind.RIDE, name="Old bicycles")
        make_package(make_village("kali"), kind=PackageKind.RIDE, name="By carriage", unit=PriceUnit.GROUP)
    visitor.open(f"/packages?lang=en&{DAYS}")
    drawings = Path(app.static_folder or "", "img/packages.svg").read_text()
    for drawn in ("k-ride", "k-ride-person", "k-ride-group"):
        assert f'packages.svg#{drawn}"' in visitor.html
        assert f'<symbol id="{drawn}"' in drawings


def test_a_page_at_a_time(app: Flask, visitor: Visitor, world: World) -> None:
    with app.app_context(), transaction():
        village = make_village("sarihayu")
        for number in range(13):
            make_package(village, name=f"Walk {number:02}", kind=PackageKind.NATURE)
    visitor.open(f"/packages?lang=en&{DAYS}&kind=nature")
    assert "13 packages have room for you" in visitor.text
    visitor.follow("More")
    assert "page=2" in visitor.path
    assert "Walk 12" in visitor.text
    assert "Walk 11" not in visitor.text


def test_a_page_asks_few_questions_however_much_there_is(app: Flask, visitor: Visitor, world: World) -> None:
    asked: list[str] = []
    with app.app_context():
        connection = db.session.connection()
        with transaction():
            for number in range(5):
                more = make_package(make_village("sarihayu"), on=ARRIVAL + timedelta(days=number))
                make_departure(more.package_id, on=ARRIVAL + timedelta(days=9 + number))
    event.listen(connection, "before_cursor_execute", lambda *call: asked.append(call[2]))
    for address, most in (
        (f"/packages?{DAYS}", 6),
        (f"/packages?{DAYS}&village=tirtomulyo", 6),
        (f"/packages/{world.cooking.slug}", 8),
        (f"/packages/{world.cooking.slug}?from=2027-07-01", 8),
    ):
        asked.clear()
        visitor.open(address)
        questions = [one for one in asked if one.startswith("SELECT")]
        assert 1 < len(questions) <= most, "\n".join(questions)
