from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.audit import AuditEntry
from app.core.db import db, transaction
from app.users import services
from app.users.models import Office
from app.users.rules import Role
from tests.users.world import Door, World, make_person, office_ids, shown_link, sign_in


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
    assert "Make a new link" not in page.text


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
