"""Every address, asked by everybody: its mark (`@public`, `@signed_in`, `@requires`) decides what each of them gets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import IntegerConverter, Rule
from werkzeug.test import TestResponse

from app.core.access import ACCESS_MARK, PUBLIC, SIGNED_IN
from app.users.rules import ALL_VILLAGES_ROLES, PERMISSIONS, Permission, Role
from tests.access.world import ASKED, OTHERWISE, THINGS, World, about, make_world
from tests.architecture.reading import require_none
from tests.users.world import sign_in

LIBRARY_ENDPOINTS = {"static"}
"""Served to everybody by the framework, without a view of ours."""

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
IN_VILLAGES = [role for role in Role if role not in ALL_VILLAGES_ROLES]


@pytest.fixture
def world(app: Flask, monkeypatch: pytest.MonkeyPatch) -> World:
    """The two villages; forms are sent without a token, for a refusal must not come from its lack."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    return make_world(app)


def addresses(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every rule of ours with every method it takes."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in LIBRARY_ENDPOINTS:
            for method in METHODS:
                if method in (rule.methods or ()):
                    yield rule, method


def mark_of(app: Flask, rule: Rule, method: str) -> str | None:
    """What the view says of who may; a class of methods says it for each."""
    view = app.view_functions[rule.endpoint]
    kind = getattr(view, "view_class", None)
    if hasattr(view, ACCESS_MARK) or kind is None:
        return getattr(view, ACCESS_MARK, None)
    return getattr(getattr(kind, method.lower()), ACCESS_MARK, None)


def path_of(app: Flask, rule: Rule, values: dict[str, str | int]) -> str:
    return app.url_map.bind("localhost").build(rule.endpoint, values, method=None)


def nowhere(rule: Rule) -> dict[str, str | int]:
    """Arguments that lead to nothing there is."""
    return {
        name: 999_999_999 if isinstance(converter, IntegerConverter) else "nothing-here"
        for name, converter in rule._converters.items()
    }


def ask(app: Flask, who: int | None, method: str, path: str) -> TestResponse:
    client = app.test_client()
    if who is not None:
        sign_in(app, client, who)
    return client.open(path, method=method)


def is_sent_to_sign_in(answer: TestResponse) -> bool:
    return answer.status_code == 302 and answer.headers["Location"].startswith("/login")


def outcome(answer: TestResponse) -> str:
    if is_sent_to_sign_in(answer):
        return "sign in"
    if answer.status_code in {401, 403}:
        return "refused"
    return "open" if answer.status_code < 500 else f"broken ({answer.status_code})"


def expected(mark: str | None, *, signed_in: bool, role: Role | None) -> str:
    if mark is None:
        return "a mark"
    if mark == PUBLIC or (mark == SIGNED_IN and signed_in):
        return "open"
    if not signed_in:
        return "sign in"
    return "open" if role is not None and mark in PERMISSIONS[role] else "refused"


def surprises(app: Flask, who: int | None, role: Role | None) -> list[str]:
    """Addresses that answer somebody otherwise than their mark says."""
    found = []
    for rule, method in addresses(app):
        wanted = expected(mark_of(app, rule, method), signed_in=who is not None, role=role)
        got = outcome(ask(app, who, method, path_of(app, rule, nowhere(rule))))
        if got != wanted:
            found.append(f"{method} {rule} ({rule.endpoint}): {wanted} expected, {got}")
    return found


@pytest.mark.database("sqlite")
def test_a_stranger(app: Flask, world: World) -> None:
    require_none(surprises(app, None, None))


@pytest.mark.database("sqlite")
def test_somebody_without_an_office(app: Flask, world: World) -> None:
    require_none(surprises(app, world.nobody, None))


@pytest.mark.database("sqlite")
def test_a_guest_with_an_account(app: Flask, world: World) -> None:
    require_none(surprises(app, world.guest, None))


@pytest.mark.database("sqlite")
@pytest.mark.parametrize("role", list(Role))
def test_the_holder_of_an_office(app: Flask, world: World, role: Role) -> None:
    require_none(surprises(app, world.holder(role), role))


@pytest.mark.database("sqlite")
def test_a_view_without_a_mark_is_found(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.view_functions, "pages.home", lambda: "open by omission")
    assert any("pages.home" in line for line in surprises(app, None, None))


def guarded(app: Flask) -> Iterator[tuple[Rule, str, Permission]]:
    """Addresses behind a permission that are about some thing."""
    for rule, method in addresses(app):
        mark = mark_of(app, rule, method)
        if mark not in {None, PUBLIC, SIGNED_IN} and (rule.arguments or rule.endpoint in ASKED):
            yield rule, method, Permission(mark)


@pytest.mark.database("sqlite")
def test_every_argument_is_known(app: Flask) -> None:
    """An address about something new needs a line in tests/access/world.py, or nobody asks for another's."""
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    unknown = [
        f"{rule}: what is <{name}>?"
        for rule, _method, _permission in guarded(app)
        for name in rule.arguments
        if name not in THINGS and (rule.endpoint, name) not in OTHERWISE
    ]
    require_none(unknown)
    assert {endpoint for endpoint, _name in OTHERWISE} | set(ASKED) <= endpoints


@pytest.mark.parametrize("role", IN_VILLAGES)
def test_anothers_thing_is_not_there(app: Flask, world: World, role: Role) -> None:
    found = []
    for rule, method, permission in guarded(app):
        if permission in PERMISSIONS[role]:
            path = path_of(app, rule, about(rule.endpoint, rule.arguments, world.b))
            answer = ask(app, world.a.people[role], method, path)
            if answer.status_code != 404:
                found.append(f"{method} {path} ({rule.endpoint}): 404 expected, {answer.status_code}")
    require_none(found)


def test_ones_own_thing_is_there(app: Flask, world: World) -> None:
    """The control: else the 404 above could come from an address that leads nowhere for anybody."""
    found = []
    for rule, method, permission in guarded(app):
        path = path_of(app, rule, about(rule.endpoint, rule.arguments, world.b))
        holders = [role for role in IN_VILLAGES if permission in PERMISSIONS[role]]
        answers = {role: ask(app, world.b.people[role], method, path).status_code for role in holders}
        if all(status in {401, 403, 404} or status >= 500 for status in answers.values()):
            found.append(f"{method} {path} ({rule.endpoint}): {answers}")
    require_none(found)
