from __future__ import annotations

import html as markup
import re
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.db import db
from app.notifications.models import Message
from app.users.models import Office, User
from app.users.rules import Role
from tests.machinery.clients import Visitor
from tests.users.world import Door, World, find, is_in, office_ids, shown_link


def test_a_host_is_invited_by_phone_and_comes_in(app: Flask, world: World, door: Door, budi: int) -> None:
    page = door(budi).open("/manage/people/new")
    page.submit(
        "new", name="Ibu Contoh", contact="0812 3456 7890", role="host", payee=world.a.payees[Role.HOST]
    )
    assert page.status == 200
    assert re.search(r'<path d="M\d+ \d+h\d+v1h-\d+z', page.html)
    address = next(href for text, href in page.links if "WhatsApp" in text)
    assert address.startswith("https://wa.me/6281234567890?text=")
    guest = Visitor(app.test_client()).open(shown_link(page)).submit(password="481516")
    assert is_in(guest)
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
