from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.audit import AuditEntry
from app.core.codes import hash_token
from app.core.db import db, transaction
from app.core.errors import Conflict, Forbidden, Invalid, NotFound, WrongState
from app.users import queries, services
from app.users.models import Office, SignInLink, User
from app.users.rules import FREE_TRIES, LINK_LIFE, Permission, Role, Scope
from tests.users.world import SECRET, World, give, make_world


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


def new(name: str, /, **values: str) -> User:
    return services.create_user(**({"name": name, "email": f"{name}@sample.example"} | values))


def held(session: Session, user_id: int) -> User:
    session.expire_all()
    user = session.get(User, user_id)
    assert user is not None
    return user


# Accounts


@pytest.mark.parametrize(
    "typed", ["081234567890", "0812 3456 7890", "62812-3456-7890", "+62 812 3456 7890", "+6281234567890"]
)
def test_a_phone_number_is_found_however_it_is_written(session: Session, typed: str) -> None:
    with transaction():
        user = services.create_user(name="Sari", phone="0812-3456-7890")
        assert user.phone == "+6281234567890"
        assert queries.find_user_by_identity(typed) is user


def test_an_email_is_found_in_any_case(session: Session) -> None:
    with transaction():
        user = new("sari", email=" Sari@Sample.Example ")
        assert user.email == "sari@sample.example"
        assert queries.find_user_by_identity("SARI@sample.example") is user


@pytest.mark.parametrize(
    "typed", ["", "sari", "@", "0812", "sari@sample.example\x00", "+" * 400, "0812 ٣٤٥٦"]
)
def test_nobody_is_found_by_nonsense(session: Session, typed: str) -> None:
    with transaction():
        services.create_user(name="Sari", email="s@sample.example", phone="081234567890")
    assert queries.find_user_by_identity(typed) is None


def test_creating_somebody_known_changes_nothing_about_them(session: Session) -> None:
    """A new address on an old account would be a way into it."""
    with transaction():
        first = services.create_user(name="Sari", phone="081234567890", password=SECRET)
        before = first.password
        again = services.create_user(
            name="Budi", phone="+6281234567890", email="budi@sample.example", password="lain-sekali"
        )
    assert again is first
    assert (again.name, again.email, again.password) == ("Sari", None, before)
    assert session.scalar(select(func.count()).select_from(User)) == 1


def test_email_of_one_and_phone_of_another_is_refused(session: Session) -> None:
    with transaction():
        new("sari")
        services.create_user(name="Budi", phone="081234567890")
    with pytest.raises(Conflict), transaction():
        services.create_user(name="X", email="sari@sample.example", phone="081234567890")


@pytest.mark.parametrize(
    "values", [{"name": "Sari"}, {"name": " ", "phone": "081234567890"}, {"name": "Sari", "phone": "12"}]
)
def test_an_account_needs_a_name_and_a_way_in(session: Session, values: dict[str, str]) -> None:
    with pytest.raises(Invalid), transaction():
        services.create_user(**values)


def test_a_new_password_ends_other_sign_ins_and_the_waiting(session: Session) -> None:
    with transaction():
        user = new("sari", password=SECRET)
        user.failed_attempts, user.locked_until = 9, clock.now() + timedelta(hours=1)
        before = user.fs_uniquifier
    with transaction():
        user = services.set_password(user_id=user.id, password="481516", by_user_id=user.id)
    assert user.fs_uniquifier != before
    assert (user.failed_attempts, user.locked_until) == (0, None)
    assert user.verify_and_update_password("481516")


@pytest.mark.parametrize("secret", ["", "12345", "123456", "sari@sample.example", "08123456789"])
def test_a_weak_secret_is_refused_and_nothing_changes(session: Session, secret: str) -> None:
    with transaction():
        user = services.create_user(
            name="Sari", email="sari@sample.example", phone="08123456789", password=SECRET
        )
        before = user.password
    with pytest.raises(Invalid), transaction():
        services.set_password(user_id=user.id, password=secret)
    assert held(session, user.id).password == before


def test_wrong_tries_are_counted_and_then_rest(session: Session) -> None:
    with transaction():
        user = new("sari", password=SECRET)
    for _ in range(FREE_TRIES - 1):
        with transaction():
            services.count_failed_sign_in(user_id=user.id)
    assert held(session, user.id).may_try(clock.now())
    with transaction():
        services.count_failed_sign_in(user_id=user.id)
    user = held(session, user.id)
    assert not user.may_try(clock.now())
    assert user.may_try(clock.now() + timedelta(seconds=61))


def test_a_wrong_try_for_nobody_is_nothing(session: Session) -> None:
    with transaction():
        services.count_failed_sign_in(user_id=0)


def test_who_is_not_active_or_has_no_password_may_not_try(session: Session) -> None:
    with transaction():
        user = new("sari")
        assert not user.may_try(clock.now())
        user.password, user.active = "x", False
        assert not user.may_try(clock.now())


# Offices


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


# Links


def link_for(user: User) -> str:
    with transaction():
        return services.create_sign_in_link(user_id=user.id, made_by_id=None)


@pytest.fixture
def sari(session: Session) -> User:
    with transaction():
        return new("sari")


def test_a_link_sets_a_secret_once(session: Session, sari: User) -> None:
    token = link_for(sari)
    assert services.find_link_owner(token=token) is not None
    with transaction():
        user = services.use_sign_in_link(token=token, password="481516")
    assert user.verify_and_update_password("481516")
    assert services.find_link_owner(token=token) is None
    with pytest.raises(WrongState), transaction():
        services.use_sign_in_link(token=token, password="902817")
    assert held(session, sari.id).verify_and_update_password("481516")


def test_a_refused_secret_does_not_spend_the_link(session: Session, sari: User) -> None:
    token = link_for(sari)
    with pytest.raises(Invalid), transaction():
        services.use_sign_in_link(token=token, password="123456")
    assert services.find_link_owner(token=token) is not None


def test_only_the_hash_of_a_link_is_kept(session: Session, sari: User) -> None:
    token = link_for(sari)
    link = session.scalars(select(SignInLink)).one()
    assert link.token_hash == hash_token(token)
    assert token not in str(vars(link))


def test_a_link_ends_after_seven_days(
    session: Session, sari: User, set_clock: Callable[[timedelta], None]
) -> None:
    token = link_for(sari)
    set_clock(LINK_LIFE - timedelta(minutes=1))
    assert services.find_link_owner(token=token) is not None
    set_clock(LINK_LIFE + timedelta(minutes=1))
    assert services.find_link_owner(token=token) is None
    with pytest.raises(WrongState), transaction():
        services.use_sign_in_link(token=token, password="481516")


def test_a_newer_link_replaces_an_older_one(session: Session, sari: User) -> None:
    first, second = link_for(sari), link_for(sari)
    assert services.find_link_owner(token=first) is None
    assert services.find_link_owner(token=second) is not None


@pytest.mark.parametrize("token", ["", "x", "\x00", "'; --", "🏠" * 50])
def test_a_forged_link_opens_nothing(session: Session, sari: User, token: str) -> None:
    link_for(sari)
    assert services.find_link_owner(token=token) is None
    with pytest.raises(WrongState), transaction():
        services.use_sign_in_link(token=token, password="481516")


def test_a_link_of_somebody_put_to_rest_opens_nothing(session: Session, sari: User) -> None:
    token = link_for(sari)
    with transaction():
        queries.get_user_for_update(sari.id).active = False
    assert services.find_link_owner(token=token) is None
    with pytest.raises(WrongState), transaction():
        services.use_sign_in_link(token=token, password="481516")


def test_nobody_makes_a_way_into_an_office_above_their_own(session: Session, world: World) -> None:
    """Inviting the manager as a host must not hand out the manager's account."""
    with transaction():
        manager, bumdes, desk = new("mira"), new("budi"), new("dewi")
        give(manager, Role.MANAGER, None)
        give(bumdes, Role.BUMDES_MANAGER, world.a)
        give(desk, Role.DESK, world.a)
    with transaction():
        services.give_office(
            user_id=manager.id,
            role=Role.HOST,
            payee_id=world.a.payees[Role.HOST],
            by_user_id=bumdes.id,
        )
    for target in (manager, bumdes):
        with pytest.raises(Forbidden), transaction():
            services.create_sign_in_link(user_id=target.id, made_by_id=bumdes.id)
    with transaction():
        assert services.create_sign_in_link(user_id=desk.id, made_by_id=bumdes.id)


# Lists


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
