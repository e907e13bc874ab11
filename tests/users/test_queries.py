from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.core.db import db, transaction
from app.core.errors import NotFound
from app.users import queries
from app.users.rules import Role, Scope
from tests.users.world import World, give, new


def test_people_are_listed_as_far_as_the_scope_reaches(session: Session, world: World) -> None:
    with transaction():
        ani, budi, cici = new("Ani"), new("Budi"), new("Cici")
        give(ani, Role.HOST, world.a)
        give(budi, Role.DESK, world.b)
        give(cici, Role.OBSERVER, None)
        give(ani, Role.DESK, world.b)
    a, b = Scope(villages=frozenset({world.a.village})), Scope(villages=frozenset({world.b.village}))
    assert [user.name for user in queries.list_people(a)] == ["Ani"]
    assert [user.name for user in queries.list_people(b)] == ["Ani", "Budi"]
    assert [user.name for user in queries.list_people(Scope(everything=True))] == ["Ani", "Budi", "Cici"]
    assert queries.list_people(Scope()) == []
    assert [office.role for office in queries.list_offices(ani, a)] == [Role.HOST]
    with pytest.raises(NotFound):
        queries.get_person(budi.id, a)
    with pytest.raises(NotFound):
        queries.get_office(budi.roles[0].id, a)


def test_a_long_list_goes_on_where_it_stopped(session: Session, world: World) -> None:
    with transaction():
        for number in range(5):
            give(new(f"p{number}", name="Same" if number < 3 else f"Z{number}"), Role.DESK, world.a)
    scope, seen, after = Scope(everything=True), [], None
    while page := queries.list_people(scope, after=after, limit=2):
        seen += [user.id for user in page]
        after = (page[-1].name, page[-1].id)
    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize(
    ("words", "found"), [("ANI", 1), ("sample.example", 2), ("%", 0), ("_", 0), ("+6281", 1)]
)
def test_people_are_searched(session: Session, world: World, words: str, found: int) -> None:
    with transaction():
        give(new("ani"), Role.DESK, world.a)
        give(new("budi", phone="081234567890"), Role.DESK, world.a)
    assert len(queries.list_people(Scope(everything=True), words=words)) == found


def test_an_office_is_named_by_its_payee_and_village(session: Session, world: World) -> None:
    with transaction():
        user = new("ani")
        host, desk = give(user, Role.HOST, world.a), give(user, Role.DESK, world.b)
        observer = give(user, Role.OBSERVER, None)
    names = queries.names_of_places([host, desk, observer])
    assert names == {host.id: "Sample host alpha, Alpha", desk.id: "Beta"}
    assert db.session.is_active
