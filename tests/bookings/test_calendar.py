"""The calendar file: read back with the library, opened by its own secret only, and changed with the booking."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from icalendar import Calendar

from app.bookings.queries import find_booking
from app.bookings.services import calendar_link, cancel_booking
from app.core import codes
from app.core.dates import VILLAGE_ZONE
from app.core.db import transaction
from app.tours.inventory import PackageChoice
from tests.factories import (
    NOW,
    make_choice,
    make_guest,
    make_hold,
    make_house,
    make_package,
    make_paid,
    make_product,
    make_product_choice,
)
from tests.machinery.clients import OutsideClient, Visitor

MOMENT = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def season(set_clock: Callable[..., None]) -> None:
    set_clock(NOW)


@pytest.fixture
def whole_trip(app: Flask) -> str:
    """A stay, a package and a product, paid, of a guest who reads Indonesian."""
    with app.app_context(), transaction():
        house, tour, goods = make_house(), make_package(), make_product()
        choices = (
            make_choice(house.room),
            PackageChoice(tour.departure or "", 2),
            make_product_choice(goods, quantity=2),
        )
        return make_paid(None, *choices, guest=make_guest(77, phone="+6281200000077", language="id")).code


def address_of(app: Flask, code: str) -> str:
    with app.app_context():
        booking = find_booking(code)
        assert booking is not None
        parts = urlsplit(calendar_link(booking=booking))
        return f"{parts.path}?{parts.query}"


def file_of(client: OutsideClient, address: str) -> Calendar:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "text/calendar"
    return Calendar.from_ical(answer.data)


def test_all_three_kinds_stand_in_it_in_village_time(
    app: Flask, client: OutsideClient, whole_trip: str
) -> None:
    file = file_of(client, address_of(app, whole_trip))
    events = file.events
    assert [str(one["status"]) for one in events] == ["CONFIRMED"] * 3
    assert len({str(one["uid"]) for one in events}) == 3
    for one in events:
        for name in ("dtstart", "dtend"):
            assert one[name].params["TZID"] == "Asia/Jakarta"
            assert one[name].dt.utcoffset() == timedelta(hours=7)
        assert one["dtend"].dt > one["dtstart"].dt
        assert NOW <= one["last-modified"].dt < NOW + MOMENT
    assert [str(zone["tzid"]) for zone in file.timezones] == ["Asia/Jakarta"]
    stay, package, _product = sorted(events, key=lambda one: str(one["uid"]))
    assert stay["dtstart"].dt.astimezone(VILLAGE_ZONE).hour == 14
    assert "(id)" in package["summary"]


def test_it_holds_nothing_about_the_guest(app: Flask, client: OutsideClient, whole_trip: str) -> None:
    text = client.get(address_of(app, whole_trip)).get_data(as_text=True)
    for private in ("Guest 77", "guest77", "81200000077", "token"):
        assert private not in text


def test_a_change_has_the_same_names_and_a_higher_number(
    app: Flask, client: OutsideClient, whole_trip: str, set_clock: Callable[..., None]
) -> None:
    address = address_of(app, whole_trip)
    before = {str(one["uid"]): one for one in file_of(client, address).events}
    later = NOW + timedelta(hours=2)
    set_clock(later)
    with app.app_context(), transaction():
        cancel_booking(code=whole_trip, reason="sample")
    after = file_of(client, address).events
    assert {str(one["uid"]) for one in after} == set(before)
    for one in after:
        assert str(one["status"]) == "CANCELLED"
        assert one["sequence"] > before[str(one["uid"])]["sequence"]
        assert later <= one["last-modified"].dt < later + MOMENT


def test_only_its_own_secret_opens_it_and_dies_with_the_links(
    app: Flask, client: OutsideClient, whole_trip: str
) -> None:
    address = address_of(app, whole_trip)
    with app.app_context():
        others = codes.access_token(whole_trip, 1)
    path = urlsplit(address).path
    for wrong in (path, f"{path}?key={others}", f"{path}?key=%C3%A9", address.replace(whole_trip, "ACDEFGH")):
        assert client.get(wrong).status_code == 404
    secret = urlsplit(address).query.removeprefix("key=")
    assert client.get(f"/bookings/{whole_trip}?token={secret}").status_code == 404
    with app.app_context(), transaction():
        booking = find_booking(whole_trip)
        assert booking is not None
        booking.token_version += 1
    assert client.get(address).status_code == 404
    assert client.get(address_of(app, whole_trip)).status_code == 200


def test_the_page_of_a_certain_booking_offers_it(app: Flask, visitor: Visitor, whole_trip: str) -> None:
    with app.app_context(), transaction():
        held = make_hold().code
    for code, is_offered in ((whole_trip, True), (held, False)):
        with app.app_context():
            token = codes.access_token(code, 1)
        visitor.open(f"/bookings/{code}?token={token}&lang=en")
        assert ("Put into my calendar" in visitor.text) == is_offered
    visitor.open(f"/bookings/{whole_trip}")
    link = next(href for words, href in visitor.links if words == "Put into my calendar")
    assert urlsplit(link).query == urlsplit(address_of(app, whole_trip)).query
    assert any(href.startswith("webcal://") for _words, href in visitor.links)
