"""The guest's door: search and the page of a house."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from app.core.dates import Nights
from app.core.db import transaction
from app.homestays import inventory, services
from app.villages.rules import PublicationState
from tests.homestays.conftest import World
from tests.machinery.clients import Visitor

STAY = "arrival=2027-05-04&departure=2027-05-06"


def close(app: Flask, rooms: tuple[int, ...], first: date, last: date) -> None:
    with app.app_context(), transaction():
        inventory.block(rooms, Nights(first, last))


def test_what_is_free_with_the_total_for_party_and_nights(visitor: Visitor, world: World) -> None:
    visitor.open(f"/homestays?{STAY}&lang=en")
    assert visitor.status == 200
    assert "2 houses have room for you" in visitor.text
    assert "Rp400.000 for 2 nights, 2 adults" in visitor.text
    assert "Rp200.000 per night · 70% for the host" in visitor.text
    assert "2 of 2 rooms free" in visitor.text
    assert "With the family" in visitor.text
    assert "Balkondes lodging" in visitor.text


def test_in_indonesian_as_well(visitor: Visitor, world: World) -> None:
    visitor.open(f"/homestays?{STAY}&lang=id")
    assert visitor.status == 200
    assert '<html lang="id"' in visitor.html
    assert "Sel, 4 Mei" in visitor.text
    assert "70%" in visitor.text


def test_without_nights_the_houses_and_a_question(visitor: Visitor, world: World) -> None:
    visitor.open("/homestays?village=sarihayu&lang=en")
    assert "Choose the day you arrive and the day you leave." in visitor.text
    assert "Omah Contoh" in visitor.text
    assert "Balkondes Contoh" not in visitor.text
    assert "Rp200.000 per night, the lowest price" in visitor.text


def test_a_search_goes_on_to_the_house_with_all_that_was_chosen(visitor: Visitor, world: World) -> None:
    visitor.open("/homestays?lang=en").submit(
        "/homestays", village="sarihayu", arrival="2027-05-04", departure="2027-05-06", adults=3, children=1
    )
    visitor.follow("Omah Contoh")
    assert visitor.path.startswith("/homestays/omah-contoh?")
    assert "2 nights, 3 adults, 1 child." in visitor.text
    assert "Go on with this, Rp760.000" in visitor.text


BAD = [
    (
        "arrival=2027-05-06&departure=2027-05-04",
        "departure",
        "The day you leave comes after the day you arrive.",
    ),
    (
        "arrival=2027-05-06&departure=2027-05-06",
        "departure",
        "The day you leave comes after the day you arrive.",
    ),
    ("arrival=2027-05-06", "departure", "Choose the day you leave, too."),
    ("departure=2027-05-06", "arrival", "Choose the day you arrive, too."),
    ("arrival=2027-04-19&departure=2027-04-22", "arrival", "The arrival is in the past."),
    ("arrival=2027-04-21&departure=2028-05-25", "departure", "A stay is at most 60 nights."),
    ("arrival=2031-04-21&departure=2031-04-25", "departure", "do not plan that far ahead"),
    ("arrival=banana&departure=2027-05-06", "arrival", "This date could not be read."),
    ("arrival=2027-02-30&departure=2027-05-06", "arrival", "This date could not be read."),
    (f"{STAY}&adults=0", "adults", "At least one adult must come along."),
    (f"{STAY}&adults=99", "adults", "up to 60"),
    (f"{STAY}&adults=two", "adults", "Please give a whole number."),
    (f"{STAY}&children=-1", "children", "up to 60"),
    (f"{STAY}&village=atlantis", "village", "There is no such village here."),
    (f"{STAY}&max_price=cheap", "max_price", "This amount could not be read."),
]


@pytest.mark.parametrize(("query", "field", "words"), BAD)
def test_what_is_wrong_is_said_beside_the_field(
    visitor: Visitor, world: World, query: str, field: str, words: str
) -> None:
    visitor.open(f"/homestays?lang=en&{query}")
    assert visitor.status == 422
    assert visitor.text.count(words.split("%", maxsplit=1)[0]) >= 2, "in the summary and beside the field"
    link = f"search-{field}" if field != "max_price" else field
    assert f'href="#{link}"' in visitor.html
    assert f'id="{link}"' in visitor.html
    sent = {name: values[0] for name, values in parse_qs(query).items()}
    kept = dict(visitor.forms[0].values)
    for name in {"arrival", "departure"} & sent.keys() - {field}:
        assert kept[name] == sent[name]


@pytest.mark.parametrize(
    "query",
    ["amenity=gold", "sort=magic", "page=0", "page=x", "page=-7", "page=9999", "rooms=", "homestay=none"],
)
def test_odd_extras_do_no_harm(visitor: Visitor, world: World, query: str) -> None:
    assert visitor.open(f"/homestays?{STAY}&{query}").status == 200


def test_dates_as_people_write_them(visitor: Visitor, world: World) -> None:
    visitor.open("/homestays?lang=en&arrival=4/5/2027&departure=6.5.2027")
    assert "Rp400.000 for 2 nights" in visitor.text


def test_filters_leave_out_and_are_kept(visitor: Visitor, world: World) -> None:
    visitor.open(f"/homestays?lang=en&{STAY}").submit(max_price="250rb", amenity=["hot_water"], sort="price")
    assert "Omah Contoh" in visitor.text
    assert "Balkondes Contoh" not in visitor.text
    again = dict(visitor.forms[0].values)
    assert (again["max_price"], again["amenity"], again["sort"]) == ("250000", "hot_water", "price")


def test_a_full_village_shows_its_dark_houses_and_the_neighbours(
    app: Flask, visitor: Visitor, world: World
) -> None:
    close(app, world.rooms, date(2027, 5, 4), date(2027, 5, 5))
    visitor.open(f"/homestays?lang=en&village=sarihayu&{STAY}")
    assert "Sarihayu has no room for you on these nights, but its neighbours do." in visitor.text
    assert "Full on these nights" in visitor.text
    assert "9 min by road from Sarihayu" in visitor.text
    visitor.follow("Balkondes Contoh")
    assert visitor.path.startswith("/homestays/balkondes-contoh?arrival=2027-05-04")


def test_too_few_rooms_is_not_full(app: Flask, visitor: Visitor, world: World) -> None:
    visitor.open(f"/homestays?lang=en&village=sarihayu&{STAY}&adults=6")
    assert "2 rooms free, too few for your party" in visitor.text


def test_nothing_free_anywhere_offers_other_days(app: Flask, visitor: Visitor, world: World) -> None:
    close(app, (*world.rooms, *world.lodging_rooms), date(2027, 5, 3), date(2027, 5, 7))
    visitor.open(f"/homestays?lang=en&{STAY}")
    assert "No house has room for you on these nights." in visitor.text
    visitor.follow("Take these days")
    assert "houses have room for you" in visitor.text


def test_a_house_is_full_for_a_party_of_sixty_everywhere(visitor: Visitor, world: World) -> None:
    visitor.open(f"/homestays?lang=en&{STAY}&adults=60")
    assert visitor.status == 200
    assert "nor a week around them" in visitor.text
    visitor.follow("See all houses")
    assert "Omah Contoh" in visitor.text


def test_choosing_by_links_first_arrival_then_departure(visitor: Visitor, world: World) -> None:
    visitor.open("/homestays/omah-contoh?lang=en&month=2027-05")
    assert "May 2027" in visitor.text
    arrive = [href for words, href in visitor.links if "arrival=2027-05-08" in href]
    visitor.open(arrive[0])
    assert "You arrive on Saturday, 8 May 2027." in visitor.text
    leave = [href for _words, href in visitor.links if "departure=2027-05-10" in href]
    visitor.open(leave[0])
    assert "Together, tax inside" in visitor.text
    assert "Go on with this, Rp450.000" in visitor.text, "Saturday 250.000 and Sunday 200.000"
    assert "until Mon, 3 May, 14:00" in visitor.text
    assert "the first night is kept, the rest comes back" in visitor.text


def test_a_departure_may_be_the_morning_of_a_full_night_but_not_after(
    app: Flask, visitor: Visitor, world: World
) -> None:
    close(app, world.rooms, date(2027, 5, 10), date(2027, 5, 11))
    visitor.open("/homestays/omah-contoh?lang=en&arrival=2027-05-08")
    assert "leave only" in visitor.text
    departures = {
        parse_qs(urlsplit(href).query)["departure"][0] for _w, href in visitor.links if "departure=" in href
    }
    assert departures == {"2027-05-09", "2027-05-10"}


def test_the_way_to_book_names_every_line(app: Flask, visitor: Visitor, world: World) -> None:
    visitor.open(f"/homestays/omah-contoh?lang=en&{STAY}&adults=2&children=1")
    links = [href for _words, href in visitor.links if href.startswith("/bookings/new")]
    assert links == [
        f"/bookings/new?line={world.whole}.2027-05-04.2027-05-06.1.2.1",
        f"/bookings/new?line={world.single}.2027-05-04.2027-05-06.2.2.1",
    ]


def test_nights_that_are_full_are_named_and_others_offered(
    app: Flask, visitor: Visitor, world: World
) -> None:
    close(app, world.rooms, date(2027, 5, 5), date(2027, 5, 6))
    visitor.open(f"/homestays/omah-contoh?lang=en&{STAY}")
    assert "There is no room for your party on this night: Wed, 5 May." in visitor.text
    assert "Balkondes Contoh" in visitor.text
    assert not [href for _words, href in visitor.links if href.startswith("/bookings/new")]


def test_no_room_for_the_whole_run_is_told_apart_from_full(
    app: Flask, visitor: Visitor, world: World
) -> None:
    close(app, world.rooms[:1], date(2027, 5, 4), date(2027, 5, 5))
    close(app, world.rooms[1:], date(2027, 5, 5), date(2027, 5, 6))
    visitor.open(f"/homestays/omah-contoh?lang=en&{STAY}")
    assert "Each of these nights has room, but no room is free on all of them." in visitor.text


def test_a_paused_house_says_so_and_a_draft_is_not_there(app: Flask, visitor: Visitor, world: World) -> None:
    with app.app_context(), transaction():
        services.move_publication(
            homestay_id=world.family_id, wanted=PublicationState.PAUSED, by_user_id=None
        )
    visitor.open(f"/homestays/omah-contoh?lang=en&{STAY}")
    assert "This house takes no new guests at the moment." in visitor.text
    assert not [href for _words, href in visitor.links if href.startswith("/bookings/new")]
    assert visitor.open("/homestays/nowhere").status == 404


@pytest.mark.parametrize("month", ["2027-13", "1999-01", "9999-12", "x", ""])
def test_any_month_leads_to_one_that_has_days(visitor: Visitor, world: World, month: str) -> None:
    visitor.open(f"/homestays/omah-contoh?month={month}")
    assert visitor.status == 200


@pytest.mark.parametrize(
    ("query", "field", "words"), [case for case in BAD if case[1] in {"arrival", "adults"}][1:]
)
def test_what_is_wrong_is_said_on_the_page_of_the_house_too(
    visitor: Visitor, world: World, query: str, field: str, words: str
) -> None:
    visitor.open(f"/homestays/omah-contoh?lang=en&{query}")
    assert visitor.status == 422
    assert visitor.text.count(words) >= 2
