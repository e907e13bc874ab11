from __future__ import annotations

import html as markup
import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.audit import AuditEntry
from app.core.db import db, transaction
from app.notifications.models import Message
from app.users import services
from app.users.models import Office, User
from app.users.rules import Role
from tests.machinery.clients import Visitor
from tests.users.world import World, make_person, make_world, office_ids, sign_in

Door = Callable[[int], Visitor]


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def door(app: Flask) -> Door:
    """A browser in which somebody is signed in, and reads English."""

    def enter(user_id: int) -> Visitor:
        client = sign_in(app, app.test_client(), user_id)
        client.set_cookie("lang", "en")
        return Visitor(client)

    return enter


@pytest.fixture
def budi(app: Flask, world: World) -> int:
    """The BUMDes manager of village A."""
    return make_person(app, "budi", (Role.BUMDES_MANAGER, world.a))


@pytest.fixture
def mira(app: Flask) -> int:
    """The assisting company."""
    return make_person(app, "mira", (Role.MANAGER, None))


def find(app: Flask, **where: object) -> User:
    with app.app_context():
        return db.session.scalars(select(User).filter_by(**where)).one()


def shown_link(visitor: Visitor) -> str:
    found = re.search(r"/account/link/[\w-]+", visitor.text)
    assert found is not None, visitor.text
    return found[0]


# Inviting


def test_a_host_is_invited_by_phone_and_comes_in(app: Flask, world: World, door: Door, budi: int) -> None:
    page = door(budi).open("/manage/people/new")
    page.submit(
        "new", name="Ibu Contoh", contact="0812 3456 7890", role="host", payee=world.a.payees[Role.HOST]
    )
    assert page.status == 200
    assert re.search(r'<path d="M\d+ \d+h1v1h-1z', page.html)
    address = next(href for text, href in page.links if "WhatsApp" in text)
    assert address.startswith("https://wa.me/6281234567890?text=")
    guest = Visitor(app.test_client()).open(shown_link(page)).submit(password="481516")
    assert guest.status in {200, 404}  # the first page of hosts is not this package's
    user = find(app, phone="+6281234567890")
    with app.app_context():
        (office,) = db.session.scalars(select(Office).where(Office.user_id == user.id))
    assert (office.role, office.payee_id, office.village_id) == (
        Role.HOST,
        world.a.payees[Role.HOST],
        world.a.village,
    )


def test_an_invitation_by_mail_is_also_sent(app: Flask, world: World, door: Door, budi: int) -> None:
    page = (
        door(budi)
        .open("/manage/people/new")
        .submit("new", name="Dewi", contact="Dewi@Sample.example", role="desk")
    )
    with app.app_context():
        mail = db.session.scalars(select(Message)).one()
    assert (mail.template, mail.recipient) == ("account_link", "dewi@sample.example")
    assert shown_link(page) in mail.text
    assert "Alpha" in mail.text


def test_only_the_roles_one_may_give_are_offered(world: World, door: Door, budi: int, mira: int) -> None:
    def offered(page: Visitor) -> set[str]:
        return set(re.findall(r'name="role"[^>]*value="(\w+)"', page.html))

    assert offered(door(budi).open("/manage/people/new")) == {"host", "guide", "maker", "desk"}
    manager = door(mira)
    everywhere = offered(manager.open("/manage/people/new?village=all"))
    assert everywhere == {"observer"}
    assert offered(manager.open("/manage/people/new?village=alpha")) == {
        role.value for role in Role if role not in {Role.MANAGER, Role.OBSERVER}
    }


def test_only_payees_of_the_village_are_offered(world: World, door: Door, mira: int) -> None:
    page = door(mira).open("/manage/people/new")
    page.submit("new", village="beta")
    values = set(map(int, re.findall(r'<option[^>]*value="(\d+)"', page.html))) - {0}
    assert values == set(world.b.payees.values())


@pytest.mark.parametrize(
    "forged",
    [
        {"role": "bumdes_treasurer"},
        {"role": "manager"},
        {"role": "king"},
        {"role": "host", "payee": "b"},
        {"role": "host"},
    ],
)
def test_a_forged_choice_gives_nothing(
    app: Flask, world: World, door: Door, budi: int, forged: dict[str, str]
) -> None:
    if forged.get("payee") == "b":
        forged = {**forged, "payee": str(world.b.payees[Role.HOST])}
    page = door(budi).open("/manage/people/new").submit("new", name="X", contact="081234567890", **forged)
    assert page.status == 422
    with app.app_context():
        assert db.session.scalar(select(User).where(User.phone == "+6281234567890")) is None


@pytest.mark.parametrize(
    "typed",
    [
        {"name": "", "contact": "081234567890"},
        {"name": "X", "contact": "08"},
        {"name": "X", "contact": "x@"},
        {"name": "X", "contact": "\x00"},
        {"name": "x" * 121, "contact": "081234567890"},
        {"name": "X", "contact": "081234567890", "starts_on": "yesterday"},
        {"name": "X", "contact": "081234567890", "starts_on": "2027-05-02", "last_day": "2027-05-01"},
    ],
)
def test_what_cannot_be_read_is_told(
    app: Flask, world: World, door: Door, budi: int, typed: dict[str, str]
) -> None:
    page = door(budi).open("/manage/people/new").submit("new", role="desk", **typed)
    assert page.status == 422
    assert "m-err" in page.html
    with app.app_context():
        assert len(db.session.scalars(select(User)).all()) == 1


def test_names_from_everywhere_stay_as_they_are(app: Flask, world: World, door: Door, budi: int) -> None:
    name = "Ibu 🏠 سيتي <b>"
    page = door(budi).open("/manage/people/new").submit("new", name=name, contact="081234567890", role="desk")
    assert find(app, phone="+6281234567890").name == name
    assert markup.escape(name) in page.html


def test_a_term_is_from_its_first_day_to_its_last(app: Flask, world: World, door: Door, budi: int) -> None:
    door(budi).open("/manage/people/new").submit(
        "new", name="X", contact="081234567890", role="desk", starts_on="2027-05-01", last_day="2027-05-31"
    )
    user = find(app, phone="+6281234567890")
    with app.app_context():
        (office,) = db.session.scalars(select(Office).where(Office.user_id == user.id))
    assert (office.starts_on, office.ends_on) == (date(2027, 5, 1), date(2027, 6, 1))


def test_inviting_twice_gives_one_office(app: Flask, world: World, door: Door, budi: int) -> None:
    visitor = door(budi)
    for _ in range(2):
        visitor.open("/manage/people/new").submit("new", name="X", contact="081234567890", role="desk")
    assert len(office_ids(app, find(app, phone="+6281234567890").id)) == 1


def test_inviting_somebody_with_a_higher_office_opens_no_way_into_it(
    app: Flask, world: World, door: Door, budi: int, mira: int
) -> None:
    page = door(budi).open("/manage/people/new")
    page.submit("new", name="X", contact="mira@sample.example", role="host", payee=world.a.payees[Role.HOST])
    assert page.status == 200
    assert "/account/link/" not in page.html
    assert find(app, id=mira).name == "Mira"
    assert len(office_ids(app, mira)) == 2


def test_nobody_invites_themselves(app: Flask, world: World, door: Door, budi: int) -> None:
    page = (
        door(budi)
        .open("/manage/people/new")
        .submit("new", name="B", contact="budi@sample.example", role="desk")
    )
    assert page.status == 403
    assert len(office_ids(app, budi)) == 1


# The list and one person


def test_the_list_shows_ones_own_village(app: Flask, world: World, door: Door, budi: int, mira: int) -> None:
    make_person(app, "ani", (Role.DESK, world.a))
    make_person(app, "cici", (Role.DESK, world.b))
    own = door(budi).open("/manage/people").text
    assert "Ani" in own
    assert "Cici" not in own
    everybody = door(mira).open("/manage/people").text
    assert "Cici" in everybody
    assert "Ani" not in door(mira).open("/manage/people?q=cic").text


@pytest.mark.parametrize(
    "after", ["x", "W10", "WyJhIiwgMV0x", "WyJhXHUwMDAwIiwgMV0", "WyJhIiwgMTAwMDAwMDAwMDAwMDAwMDAwMDAwXQ"]
)
def test_a_forged_place_in_the_list(world: World, door: Door, budi: int, after: str) -> None:
    assert door(budi).open(f"/manage/people?after={after}").status == 422


def test_a_long_list_has_a_next_page(app: Flask, world: World, door: Door, mira: int) -> None:
    for number in range(55):
        make_person(app, f"p{number:02}", (Role.DESK, world.a))
    visitor = door(mira).open("/manage/people")
    assert "P54" not in visitor.text
    assert "P54" in visitor.follow("More").text


def test_an_office_elsewhere_is_not_shown(app: Flask, world: World, door: Door, budi: int) -> None:
    both = make_person(app, "both", (Role.DESK, world.a), (Role.BUMDES_TREASURER, world.b))
    page = door(budi).open(f"/manage/people/{both}")
    assert "Alpha" in page.text
    assert "Beta" not in page.text
    assert "new link" not in page.text


def test_a_new_link_replaces_the_old(app: Flask, world: World, door: Door, budi: int) -> None:
    ani = make_person(app, "ani", (Role.DESK, world.a))
    visitor = door(budi)
    first = shown_link(visitor.open(f"/manage/people/{ani}").submit("/link"))
    second = shown_link(visitor.open(f"/manage/people/{ani}").submit("/link"))
    stranger = app.test_client()
    assert (stranger.get(first).status_code, stranger.get(second).status_code) == (410, 200)
    with app.app_context():
        made = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "sign_in_link_made")).all()
    assert [(entry.user_id, entry.subject) for entry in made] == [(budi, f"user:{ani}")] * 2


def test_a_link_above_ones_office_is_refused(
    app: Flask, world: World, door: Door, budi: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    treasurer = make_person(app, "tari", (Role.BUMDES_TREASURER, world.a))
    visitor = door(budi)
    assert "/link" not in visitor.open(f"/manage/people/{treasurer}").html
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    assert visitor.client.post(f"/manage/people/{treasurer}/link").status_code == 403
    assert visitor.client.post(f"/manage/people/{budi}/link").status_code == 403


# Ending


def test_an_office_is_ended_with_a_reason(app: Flask, world: World, door: Door, budi: int) -> None:
    ani = make_person(app, "ani", (Role.DESK, world.a))
    visitor = door(budi).open(f"/manage/people/{ani}").follow("End this office")
    assert visitor.submit("", reason="", last_day="").status == 422
    assert visitor.submit("", reason="x", last_day="2001-01-01").status == 422
    visitor.submit("", reason="moved away", last_day="")
    assert visitor.path == f"/manage/people/{ani}"
    assert "ended on" in visitor.text
    assert "End this office" not in visitor.text


def test_an_office_ends_on_a_later_day(app: Flask, world: World, door: Door, budi: int) -> None:
    ani = make_person(app, "ani", (Role.DESK, world.a))
    (office_id,) = office_ids(app, ani)
    day = date.today() + timedelta(days=40)  # noqa: DTZ011 - any day far enough
    door(budi).open(f"/manage/people/offices/{office_id}/end").submit("", reason="term", last_day=str(day))
    with app.app_context():
        office = db.session.get(Office, office_id)
    assert office is not None
    assert office.ends_on == day + timedelta(days=1)


def test_what_is_above_or_ones_own_cannot_be_ended(
    app: Flask, world: World, door: Door, budi: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    treasurer = make_person(app, "tari", (Role.BUMDES_TREASURER, world.a))
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    visitor = door(budi)
    for user_id in (treasurer, budi):
        (office_id,) = office_ids(app, user_id)
        answer = visitor.client.post(f"/manage/people/offices/{office_id}/end", data={"reason": "x"})
        assert answer.status_code == 403
        assert "End this office" not in visitor.open(f"/manage/people/{user_id}").text


def test_an_ended_inviter_invites_no_more(app: Flask, world: World, client: FlaskClient, budi: int) -> None:
    sign_in(app, client, budi)
    assert client.get("/manage/people/new").status_code == 200
    with app.app_context(), transaction():
        services.end_office(office_id=office_ids(app, budi)[0], reason="elected anew")
    assert client.get("/manage/people/new").status_code == 403
