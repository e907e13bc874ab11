from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.codes import hash_token
from app.core.db import transaction
from app.core.errors import Forbidden, Invalid, WrongState
from app.users import queries, services
from app.users.models import SignInLink, User
from app.users.rules import LINK_LIFE, Role
from tests.users.world import World, give, held, new


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
