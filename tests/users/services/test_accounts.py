from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import transaction
from app.core.errors import Conflict, Invalid
from app.users import queries, services
from app.users.models import User
from app.users.rules import FREE_TRIES
from tests.users.world import SECRET, held, new


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
