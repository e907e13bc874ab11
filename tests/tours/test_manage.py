"""The guide's door: own packages, departures and places."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import counters
from app.core.audit import AuditEntry
from app.core.counters import Counter, Want
from app.core.db import db, transaction
from app.tours.models import Departure
from app.users.rules import Role
from tests.machinery.clients import Visitor
from tests.tours.conftest import World, as_


@pytest.fixture
def guide(app: Flask, visitor: Visitor, world: World) -> Visitor:
    """Signed in as who does the cooking."""
    return as_(app, visitor, Role.GUIDE, world.cooking)


def page(world: World) -> str:
    return f"/manage/packages/{world.cooking.slug}"


def departures(app: Flask) -> list[tuple[str, str, int]]:
    """Day, state and places of every departure of the cooking."""
    with app.app_context():
        rows = db.session.execute(
            select(Departure.on, Departure.state, Counter.capacity)
            .join(Counter, Counter.id == Departure.counter_id)
            .where(Departure.price == 100_000)
            .order_by(Departure.on)
        )
        return [(f"{on:%m-%d}", state.value, capacity) for on, state, capacity in rows]


def actions(app: Flask) -> list[tuple[str, bool]]:
    """What was done to departures by a person, in order."""
    with app.app_context():
        rows = db.session.scalars(
            select(AuditEntry).where(AuditEntry.subject.startswith("departure:")).order_by(AuditEntry.id)
        )
        return [(row.action, row.user_id is not None) for row in rows if row.user_id]


def sell(app: Flask, world: World, many: int) -> None:
    with app.app_context(), transaction():
        counters.take([Want("line:1", world.cooking.counter_id or 0, many)], None)


def press(guide: Visitor, step: str) -> None:
    """Press the button of a step; each stands in a form of its own."""
    form = next(form for form in guide.forms if ("wanted", step) in form.buttons)
    guide.open(
        guide.client.post(form.action, data=dict([*form.values, ("wanted", step)])).headers["Location"]
    )


def test_own_packages_only(guide: Visitor, world: World) -> None:
    guide.open("/manage/packages")
    assert "Cook together" in guide.text
    assert "Old cars" not in guide.text
    assert "Mon, 3 May" in guide.text


def test_whoever_has_none_is_told_so(app: Flask, visitor: Visitor, world: World) -> None:
    other = as_(app, visitor, Role.GUIDE, world.cars)
    assert other.open(page(world)).status == 404
    desk = as_(app, visitor, Role.DESK, world.cooking)
    assert desk.open("/manage/packages").text.count("Cook together") == 1
    manager = as_(app, visitor, Role.MANAGER)
    assert "Old cars" in manager.open("/manage/packages").text


def test_anothers_package_is_not_there(guide: Visitor, world: World) -> None:
    assert guide.open(f"/manage/packages/{world.cars.slug}").status == 404
    guide.open(page(world))
    token = dict(guide.forms[-1].values)["csrf_token"]
    fields = {"csrf_token": token, "on": "2027-05-05", "at": "9", "seats": "4", "wanted": "closed"}
    for path in (
        f"/manage/packages/{world.cars.slug}/departures",
        f"/manage/packages/departures/{world.cars.departure}/seats",
        f"/manage/packages/departures/{world.cars.departure}/state",
    ):
        assert guide.client.post(path, data=fields).status_code == 404
    answer = guide.client.post(f"{page(world)}/state", data=fields | {"wanted": "paused"})
    assert answer.status_code == 403, "the village puts a package on sale, not its guide"


def test_a_stranger_is_sent_to_sign_in(visitor: Visitor, world: World) -> None:
    answer = visitor.client.get(page(world))
    assert answer.status_code == 302
    assert "Cook together" not in answer.get_data(as_text=True)


def test_coming_departures_with_taken_and_left(app: Flask, guide: Visitor, world: World) -> None:
    sell(app, world, 4)
    guide.open(page(world))
    assert "Mon, 3 May, 09:00 On sale 4 places taken, 6 left of 10." in guide.text
    assert "Cancel this departure" not in guide.text


def test_a_departure_once(app: Flask, guide: Visitor, world: World) -> None:
    guide.open(page(world)).submit("/departures", on="5/5/2027", at="8.30", seats=6)
    assert "1 departure is on sale: Wed, 5 May, 08:30." in guide.text
    assert departures(app) == [("05-03", "open", 10), ("05-05", "open", 6)]
    assert actions(app) == [("departure.added", True)]
    assert "Wed, 5 May, 08:30" in guide.open(f"/packages/{world.cooking.slug}").text


def test_sent_twice_it_is_there_once(app: Flask, guide: Visitor, world: World) -> None:
    fields = {"on": "2027-05-05", "at": "08:30", "seats": 6}
    guide.open(page(world)).submit("/departures", **fields)
    guide.open(page(world)).submit("/departures", **fields)
    assert guide.status == 409
    assert "All of these departures are there already. Nothing was added." in guide.text
    kept = next(dict(form.values) for form in guide.forms if form.action.endswith("/departures"))
    assert (kept["on"], kept["at"], kept["seats"]) == ("2027-05-05", "08:30", "6")
    assert len(departures(app)) == 2


def test_the_same_hour_of_some_weeks(app: Flask, guide: Visitor, world: World) -> None:
    guide.open(page(world)).submit("/departures", on="2027-04-26", at="09:00", seats=8, weeks=3, price="")
    assert "2 departures are on sale, the first on Mon, 26 Apr, 09:00." in guide.text
    assert "These were there already and stay as they are: Mon, 3 May." in guide.text
    assert departures(app) == [("04-26", "open", 8), ("05-03", "open", 10), ("05-10", "open", 8)]


def test_the_form_is_filled_in_as_the_last_one(guide: Visitor, world: World) -> None:
    guide.open(page(world))
    shown = next(dict(form.values) for form in guide.forms if form.action.endswith("/departures"))
    assert (shown["on"], shown["at"], shown["seats"], shown["weeks"]) == ("2027-05-10", "09:00", "10", "1")


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"on": "2027-04-19"}, "on", "This day is over."),
        ({"on": ""}, "on", "Choose a day."),
        ({"on": "soon"}, "on", "This date could not be read."),
        ({"at": "half past nine"}, "at", "This time could not be read."),
        ({"at": "25:00"}, "at", "This time could not be read."),
        ({"at": ""}, "at", "Write the hour."),
        ({"on": "2027-04-20", "at": "20:00"}, "at", "nobody could book this one"),
        ({"seats": "0"}, "seats", "Give a number from 1 to 200."),
        ({"seats": "many"}, "seats", "Please give a whole number."),
        ({"weeks": "27"}, "weeks", "At most 26 weeks at once."),
        ({"price": "free"}, "price", "This amount could not be read."),
        ({"price": "0"}, "price", "A package costs something"),
    ],
)
def test_what_cannot_be_added_is_said_beside_the_field(
    app: Flask, guide: Visitor, world: World, fields: dict[str, str], field: str, words: str
) -> None:
    sent = {"on": "2027-05-05", "at": "08:30", "seats": "6", "weeks": "2", "price": "90rb"} | fields
    guide.open(page(world)).submit("/departures", **sent)
    assert guide.status == 422
    assert guide.text.count(words) >= 2
    assert f'href="#{field}"' in guide.html
    kept = next(dict(form.values) for form in guide.forms if form.action.endswith("/departures"))
    assert {name: kept[name] for name in sent} == sent
    assert len(departures(app)) == 1


def test_other_places(app: Flask, guide: Visitor, world: World) -> None:
    sell(app, world, 4)
    name = f"{world.cooking.departure}-seats"
    guide.open(page(world)).submit("/seats", **{name: 6})
    assert "6 places from now on, 2 of them free." in guide.text
    guide.submit("/seats", **{name: 3})
    assert "3 places from now on. 4 are taken: nobody loses a place, and none is sold any more." in guide.text
    assert "Full 4 places taken, 0 left of 3." in guide.text
    assert "More are taken than there are places." in guide.text
    assert departures(app) == [("05-03", "open", 3)]
    assert actions(app) == [("departure.seats_set", True)] * 2


@pytest.mark.parametrize(
    ("typed", "words"), [("-1", "Give a number from 0 to 200."), ("x", "a whole number"), ("", "How many")]
)
def test_places_that_cannot_be(app: Flask, guide: Visitor, world: World, typed: str, words: str) -> None:
    name = f"{world.cooking.departure}-seats"
    guide.open(page(world)).submit("/seats", **{name: typed})
    assert guide.status == 422
    assert words in guide.text
    assert departures(app) == [("05-03", "open", 10)]


def test_closing_and_selling_again(app: Flask, guide: Visitor, world: World) -> None:
    guide.open(page(world)).submit("/state", button="closed")
    assert "This departure takes no more guests." in guide.text
    assert "/bookings/new" not in guide.open(f"/packages/{world.cooking.slug}").html
    guide.open(page(world)).submit("/state", button="open")
    assert "This departure is on sale." in guide.text
    assert actions(app) == [("departure.closed", True), ("departure.opened", True)]


def test_an_empty_departure_is_cancelled(app: Flask, guide: Visitor, world: World) -> None:
    press(guide.open(page(world)), "cancelled")
    assert "This departure does not take place." in guide.text
    assert "No departure in these weeks." in guide.text
    assert departures(app) == [("05-03", "cancelled", 0)]


def test_one_with_a_guest_is_not(app: Flask, guide: Visitor, world: World) -> None:
    guide.open(page(world))
    sell(app, world, 1)
    press(guide, "cancelled")
    assert "Somebody has a place on this departure, so it stays." in guide.text
    assert departures(app) == [("05-03", "open", 10)]


def test_an_unknown_step_does_nothing(app: Flask, guide: Visitor, world: World) -> None:
    guide.open(page(world))
    token = dict(guide.forms[-1].values)["csrf_token"]
    path = f"/manage/packages/departures/{world.cooking.departure}/state"
    assert guide.client.post(path, data={"csrf_token": token, "wanted": "gone"}).status_code == 303
    assert departures(app) == [("05-03", "open", 10)]


def test_the_village_pauses_a_package_and_puts_it_back(app: Flask, visitor: Visitor, world: World) -> None:
    boss = as_(app, visitor, Role.BUMDES_MANAGER, world.cooking)
    boss.open(page(world)).submit(f"{world.cooking.slug}/state", button="paused")
    assert "Paused" in boss.text
    boss.submit(f"{world.cooking.slug}/state", button="published")
    assert "On sale" in boss.text


@pytest.mark.parametrize("start", ["x", "0001-01-01", "9999-12-31", "2027-02-30", "2027-05-10"])
def test_any_start_leads_to_some_weeks(guide: Visitor, world: World, start: str) -> None:
    assert guide.open(f"{page(world)}?start={start}").status == 200


def test_in_indonesian_as_well(guide: Visitor, world: World) -> None:
    guide.open(f"{page(world)}?lang=id")
    assert "Cook together (id)" in guide.text
    assert "Sen, 3 Mei, 09.00" in guide.text
