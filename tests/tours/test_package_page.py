"""The page of a package: what it is, its departures, dates of cancelling, and who gets the price."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from app.core.db import transaction
from app.tours import services
from app.villages.rules import PublicationState
from tests.factories import ARRIVAL, make_departure, make_package, make_village
from tests.machinery.clients import Visitor
from tests.tours.conftest import World
from tests.tours.test_views import DAYS, fill


def test_everything_about_a_package(visitor: Visitor, world: World) -> None:
    visitor.open(f"/packages/{world.cooking.slug}?lang=en")
    assert visitor.status == 200
    for words in (
        "A sample package: everything here is invented.",
        "With Bu Contoh, Sarihayu",
        "Rp100.000 per person",
        "2 places × Rp100.000",
        "Book Mon, 3 May, 09:00",
        "Monday, 3 May 2027",
        "If plans change, for Mon, 3 May, 09:00",
        "until Sun, 2 May, 09:00 WIBall your money comes back",
        "after thatnothing comes back",
        "The shared kitchen",
        "Indonesian, English",
        "until 12 hours before the start",
        "Where your money goes: Rp100.000 per person",
        "BUMDes Sarihayu",
        "Rp15.000",
    ):
        assert words in visitor.text


def test_only_four_weeks_from_the_day_asked_for(app: Flask, visitor: Visitor, world: World) -> None:
    with app.app_context(), transaction():
        make_departure(world.cooking.package_id, on=ARRIVAL + timedelta(days=60))
    page = f"/packages/{world.cooking.slug}?lang=en"
    assert "2 July 2027" not in visitor.open(page).text
    visitor.open(page + "&from=2027-05-10")
    assert "The next one is on Friday, 2 July 2027." in visitor.text
    visitor.follow("Go to that day")
    assert "Book Fri, 2 Jul, 09:00" in visitor.text
    visitor.follow("Earlier")
    assert "from=2027-06-04" in visitor.path


def test_a_week_stands_open_and_the_later_days_are_folded(app: Flask, visitor: Visitor, world: World) -> None:
    page = f"/packages/{world.cooking.slug}?lang=en"
    assert "more day" not in visitor.open(page).text
    with app.app_context(), transaction():
        for day in range(1, 9):
            make_departure(world.cooking.package_id, on=ARRIVAL + timedelta(days=day))
    html = visitor.open(page).html
    soon, later = html.split("<summary>2 more days", 1)
    assert "Sunday, 9 May 2027" in soon
    assert "Monday, 10 May 2027" not in soon
    assert "Tuesday, 11 May 2027" in later.split("</details>", 1)[0]


def test_without_any_departure(app: Flask, visitor: Visitor, world: World) -> None:
    with app.app_context(), transaction():
        services.cancel_departure(departure_id=world.cooking.departure_id or 0)
    visitor.open(f"/packages/{world.cooking.slug}?lang=en")
    assert "No departure is planned at the moment." in visitor.text
    assert "/bookings/new" not in visitor.html


def test_a_full_departure_cannot_be_chosen(app: Flask, visitor: Visitor, world: World) -> None:
    fill(app, world.cooking, 10)
    visitor.open(f"/packages/{world.cooking.slug}?lang=en")
    assert "Full" in visitor.text
    assert "Nothing has room for you here at the moment." in visitor.text
    assert "/bookings/new" not in visitor.html
    assert "/trip?add" not in visitor.html


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("adults=0", "adults", "At least one adult must come along."),
        ("adults=13", "adults", "takes parties of up to 12 people"),
        ("adults=2&children=-1", "children", "is for adults only"),
        ("adults=x", "adults", "Please give a whole number."),
        ("from=2027-04-01", "from", "This day is in the past."),
        ("from=yesterday", "from", "This date could not be read."),
    ],
)
def test_a_party_or_a_day_that_cannot_be(
    visitor: Visitor, world: World, query: str, field: str, words: str
) -> None:
    visitor.open(f"/packages/{world.cooking.slug}?lang=en&{query}")
    assert visitor.status == 422
    assert visitor.text.count(words) >= 2
    assert f'href="#{field}"' in visitor.html
    assert "/bookings/new" not in visitor.html


def test_a_usual_party_is_one_that_it_takes(app: Flask, visitor: Visitor, world: World) -> None:
    with app.app_context(), transaction():
        many, one = make_package(min_party=6), make_package(max_party=1)
    assert dict(visitor.open(f"/packages/{many.slug}").forms[0].values)["adults"] == "6"
    assert dict(visitor.open(f"/packages/{one.slug}").forms[0].values)["adults"] == "1"


def test_without_an_agreement_the_page_stands(app: Flask, visitor: Visitor, world: World) -> None:
    with app.app_context(), transaction():
        tour = make_package(make_village("jauh"), agreed=False)
    visitor.open(f"/packages/{tour.slug}?lang=en")
    assert visitor.status == 200
    assert "How the price is divided is not agreed yet" in visitor.text
    assert visitor.open(f"/packages?lang=en&{DAYS}&village=jauh").status == 200


def test_a_paused_package_takes_nobody_and_a_draft_is_not_there(
    app: Flask, visitor: Visitor, world: World
) -> None:
    with app.app_context(), transaction():
        services.change_publication(
            package_id=world.cooking.package_id, wanted=PublicationState.PAUSED, by_user_id=None
        )
        draft = make_package(published=False)
    visitor.open(f"/packages/{world.cooking.slug}?lang=en")
    assert "This package takes no new guests at the moment." in visitor.text
    assert "/bookings/new" not in visitor.html
    assert visitor.open(f"/packages/{draft.slug}").status == 404
    assert visitor.open("/packages/nothing").status == 404
