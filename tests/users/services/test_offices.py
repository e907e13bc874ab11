from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.audit import AuditEntry
from app.core.db import transaction
from app.core.errors import Forbidden, Invalid, NotFound
from app.users import services
from app.users.models import Office
from app.users.rules import Permission, Role
from tests.users.world import World, give, held, new


def test_the_same_office_twice_is_one(session: Session, world: World) -> None:
    with transaction():
        user = new("sari")
        first = give(user, Role.DESK, world.a)
        assert give(user, Role.DESK, world.a) is first
        assert give(user, Role.DESK, world.b) is not first


def test_an_office_that_is_over_can_be_given_again(session: Session, world: World) -> None:
    with transaction():
        first = give(new("sari"), Role.DESK, world.a)
        services.end_office(office_id=first.id, reason="moved")
        again = services.give_office(user_id=first.user_id, role=Role.DESK, village_id=world.a.village)
    assert again.id != first.id


def test_a_payees_office_stands_in_the_payees_village(session: Session, world: World) -> None:
    with transaction():
        office = give(new("sari"), Role.HOST, world.a)
    assert office.village_id == world.a.village


def test_places_that_cannot_be_are_refused(session: Session, world: World) -> None:
    wrong = [
        {"role": Role.HOST, "payee_id": world.a.payees[Role.GUIDE]},
        {"role": Role.HOST, "payee_id": world.a.payees[Role.HOST], "village_id": world.b.village},
        {"role": Role.HOST, "payee_id": 999999},
        {"role": Role.HOST, "village_id": world.a.village},
        {"role": Role.DESK},
        {"role": Role.MANAGER, "village_id": world.a.village},
    ]
    with transaction():
        user = new("sari")
    for place in wrong:
        with pytest.raises(Invalid), transaction():
            services.give_office(user_id=user.id, **place)


def test_a_term_ends_after_it_begins(session: Session, world: World) -> None:
    with transaction():
        user, day = new("sari"), clock.today()
        with pytest.raises(Invalid):
            services.give_office(
                user_id=user.id, role=Role.DESK, village_id=world.a.village, starts_on=day, ends_on=day
            )


def test_a_term_holds_from_its_first_day_to_its_last(
    session: Session, world: World, set_clock: Callable[[timedelta], None]
) -> None:
    with transaction():
        user, day = new("sari"), clock.today()
        services.give_office(
            user_id=user.id,
            role=Role.DESK,
            village_id=world.a.village,
            starts_on=day + timedelta(days=1),
            ends_on=day + timedelta(days=2),
        )
    answers = []
    for days in range(3):
        set_clock(timedelta(days=days))
        answers.append(user.can(Permission.GUESTS_SEE))
    assert answers == [False, True, False]


def test_ending_takes_the_rights_at_once_and_keeps_the_history(session: Session, world: World) -> None:
    with transaction():
        manager, user = new("budi"), new("sari")
        give(manager, Role.BUMDES_MANAGER, world.a)
        office = give(user, Role.DESK, world.a)
    assert user.can(Permission.GUESTS_SEE)
    with transaction():
        services.end_office(office_id=office.id, reason="moved away", by_user_id=manager.id)
    user = held(session, user.id)
    assert not user.can(Permission.GUESTS_SEE)
    assert user.scope(Permission.GUESTS_SEE).is_empty
    assert [one.id for one in user.roles] == [office.id]
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "office_ended")).one()
    assert (entry.subject, entry.user_id, entry.reason) == (f"user:{user.id}", manager.id, "moved away")


def test_ending_again_changes_nothing(session: Session, world: World) -> None:
    with transaction():
        office = give(new("sari"), Role.DESK, world.a)
        services.end_office(office_id=office.id, reason="moved away")
        services.end_office(office_id=office.id, reason="again", ends_on=clock.today() + timedelta(days=9))
    assert office.is_over(clock.today())
    entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "office_ended")).all()
    assert [entry.reason for entry in entries] == ["moved away"]


def test_an_office_to_come_is_withdrawn(session: Session, world: World) -> None:
    with transaction():
        user, later = new("sari"), clock.today() + timedelta(days=30)
        office = services.give_office(
            user_id=user.id, role=Role.DESK, village_id=world.a.village, starts_on=later
        )
        services.end_office(office_id=office.id, reason="thought again")
    assert not office.in_force(later)


def test_ending_needs_a_reason_and_a_day_to_come(session: Session, world: World) -> None:
    with transaction():
        office = give(new("sari"), Role.DESK, world.a)
    with pytest.raises(Invalid), transaction():
        services.end_office(office_id=office.id, reason="  ")
    with pytest.raises(Invalid), transaction():
        services.end_office(office_id=office.id, reason="x", ends_on=clock.today() - timedelta(days=1))
    with pytest.raises(NotFound), transaction():
        services.end_office(office_id=999999, reason="x")


def test_who_gives_and_ends_what(session: Session, world: World) -> None:
    with transaction():
        manager, bumdes, desk, user = (new(name) for name in ("mira", "budi", "dewi", "sari"))
        give(manager, Role.MANAGER, None)
        give(bumdes, Role.BUMDES_MANAGER, world.a)
        give(desk, Role.DESK, world.a)
        foreign = give(user, Role.DESK, world.b)
    refused = [
        (desk, Role.HOST, {"payee_id": world.a.payees[Role.HOST]}),
        (bumdes, Role.DESK, {"village_id": world.b.village}),
        (bumdes, Role.HOST, {"payee_id": world.b.payees[Role.HOST]}),
        (bumdes, Role.BUMDES_TREASURER, {"village_id": world.a.village}),
        (bumdes, Role.MANAGER, {}),
        (manager, Role.MANAGER, {}),
    ]
    for giver, role, place in refused:
        with pytest.raises(Forbidden), transaction():
            services.give_office(user_id=user.id, role=role, by_user_id=giver.id, **place)
    with pytest.raises(Forbidden), transaction():
        services.give_office(
            user_id=bumdes.id, role=Role.DESK, village_id=world.a.village, by_user_id=bumdes.id
        )
    with pytest.raises(Forbidden), transaction():
        services.end_office(office_id=foreign.id, reason="not mine", by_user_id=bumdes.id)
    with pytest.raises(Forbidden), transaction():
        services.end_office(office_id=manager.roles[0].id, reason="mine", by_user_id=manager.id)
    with transaction():
        given = services.give_office(
            user_id=user.id, role=Role.DESK, village_id=world.a.village, by_user_id=bumdes.id
        )
    assert given.user_id == user.id
    assert session.scalar(select(func.count()).select_from(Office).where(Office.user_id == user.id)) == 2


def test_an_office_that_ended_gives_nothing(session: Session, world: World) -> None:
    with transaction():
        bumdes, user = new("budi"), new("sari")
        office = give(bumdes, Role.BUMDES_MANAGER, world.a)
        services.end_office(office_id=office.id, reason="elected anew")
    with pytest.raises(Forbidden), transaction():
        services.give_office(
            user_id=user.id, role=Role.DESK, village_id=world.a.village, by_user_id=bumdes.id
        )
