from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.audit import AuditEntry
from app.core.db import db
from app.users.models import Office, User
from app.users.rules import Role
from tests.machinery.clients import Visitor
from tests.users.world import SECRET, World, make_world

Run = Callable[..., Result]


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def run(app: Flask) -> Run:
    """`flask users …`"""

    def invoke(*words: str) -> Result:
        with app.app_context():  # commands are at home in one
            return app.test_cli_runner().invoke(args=["users", *words])

    return invoke


def everybody(app: Flask) -> list[User]:
    with app.app_context():
        return list(db.session.scalars(select(User).order_by(User.id)))


def test_create_prints_a_way_in(app: Flask, world: World, run: Run) -> None:
    done = run("create", "Mira@sample.example", "--role", "manager", "--name", "Mira")
    assert done.exit_code == 0, done.output
    found = re.search(r"http://127\.0\.0\.1:5000(/account/link/\S+)", done.output)
    assert found is not None
    visitor = Visitor(app.test_client()).open(found[1])
    assert "Mira" in visitor.text
    (user,) = everybody(app)
    assert (user.email, [office.role for office in user.roles]) == ("mira@sample.example", [Role.MANAGER])


def test_create_again_is_the_same(app: Flask, world: World, run: Run) -> None:
    words = ("create", "d@sample.example", "--role", "desk", "--village", "alpha", "--password", SECRET)
    for _ in range(2):
        done = run(*words)
        assert done.exit_code == 0, done.output
        assert "link" not in done.output
    (user,) = everybody(app)
    assert len(user.roles) == 1


def test_create_again_leaves_the_password(app: Flask, world: World, run: Run) -> None:
    run("create", "d@sample.example", "--role", "observer", "--password", SECRET)
    before = everybody(app)[0].password
    assert run("create", "d@sample.example", "--role", "observer", "--password", "lain-sekali").exit_code == 0
    assert everybody(app)[0].password == before


def test_create_a_host_by_phone(app: Flask, world: World, run: Run) -> None:
    payee = str(world.a.payees[Role.HOST])
    done = run("create", "0812 3456 7890", "--role", "host", "--payee", payee, "--last-day", "2099-12-31")
    assert done.exit_code == 0, done.output
    (user,) = everybody(app)
    (office,) = user.roles
    assert (user.phone, office.village_id, str(office.last_day)) == (
        "+6281234567890",
        world.a.village,
        "2099-12-31",
    )


@pytest.mark.parametrize(
    "words",
    [
        ("create", "nonsense", "--role", "manager"),
        ("create", "x@", "--role", "manager"),
        ("create", "x@sample.example", "--role", "king"),
        ("create", "x@sample.example", "--role", "desk"),
        ("create", "x@sample.example", "--role", "desk", "--village", "atlantis"),
        ("create", "x@sample.example", "--role", "host", "--village", "alpha"),
        ("create", "x@sample.example", "--role", "observer", "--password", "123456"),
        ("link", "nobody@sample.example"),
        ("end-office", "nobody@sample.example", "--role", "desk", "--reason", "x"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(
    app: Flask, world: World, run: Run, words: tuple[str, ...]
) -> None:
    done = run(*words)
    assert done.exit_code != 0
    assert "Error" in done.output
    assert "Traceback" not in done.output
    assert everybody(app) == []


def test_link_gives_a_new_way_in(app: Flask, world: World, run: Run) -> None:
    first = run("create", "d@sample.example", "--role", "observer")
    second = run("link", "D@sample.example")
    assert second.exit_code == 0, second.output
    old, new = (re.search(r"/account/link/\S+", done.output)[0] for done in (first, second))  # type: ignore[index]
    client = app.test_client()
    assert (client.get(old).status_code, client.get(new).status_code) == (410, 200)


def test_end_office_ends_the_one_in_that_village(app: Flask, world: World, run: Run) -> None:
    for village in ("alpha", "beta"):
        run("create", "d@sample.example", "--role", "desk", "--village", village)
    done = run(
        "end-office", "d@sample.example", "--role", "desk", "--village", "alpha", "--reason", "moved away"
    )
    assert done.exit_code == 0, done.output
    with app.app_context():
        offices = {office.village_id: office for office in db.session.scalars(select(Office))}
        assert offices[world.a.village].is_over(clock.today())
        assert not offices[world.b.village].is_over(clock.today() + timedelta(days=999))
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "office_ended")).one()
        assert (entry.reason, entry.user_id) == ("moved away", None)
