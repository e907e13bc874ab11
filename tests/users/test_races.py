"""Signing in and one-time links while others write: with threads, on databases that really commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Conflict, WrongState
from app.users import services
from app.users.models import User
from app.users.rules import Role, pause_after
from tests.machinery.clients import Visitor
from tests.users.world import SECRET, make_person

SIGN_INS = 12
THREADS = 8


@contextmanager
def two_writers(app: Flask, user_id: int) -> Iterator[None]:
    """Two threads that write as fast as they can."""
    stop = Event()

    def write() -> None:
        with app.app_context():
            while not stop.is_set():
                with transaction() as session:
                    session.execute(update(User).where(User.id == user_id).values(language="en"))

    threads = [Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def sign_ins(app: Flask) -> list[bool]:
    """Sign in again and again, each time as a new visitor: which of them succeeded."""
    done = []
    for _ in range(SIGN_INS):
        visitor = Visitor(app.test_client())
        visitor.open("/login").submit("/login", identity="sari@sample.example", password=SECRET)
        done.append(visitor.client.get("/account").status_code == 200)
    return done


def test_signing_in_while_two_others_write(race_app: Flask) -> None:
    make_person(race_app, "sari", password=SECRET)
    other = make_person(race_app, "other")
    with two_writers(race_app, other):
        assert sign_ins(race_app) == [True] * SIGN_INS
    with race_app.app_context():
        user = db.session.scalars(select(User).where(User.email == "sari@sample.example")).one()
        assert user.login_count == SIGN_INS


@pytest.mark.database("sqlite")
def test_without_joining_the_queue_it_fails(race_app: Flask) -> None:
    """The control: somebody commits between the sign-in's read and its write, which without the guard is the end."""
    user_id = make_person(race_app, "sari", password=SECRET)
    other = make_person(race_app, "other")
    with race_app.app_context():
        engine = db.engine
    with Session(engine) as unwatched:
        user = unwatched.get(User, user_id)
        assert user is not None
        with race_app.app_context(), transaction() as session:
            session.execute(update(User).where(User.id == other).values(language="en"))
        user.login_count += 1
        with pytest.raises(OperationalError, match="locked"):
            unwatched.commit()


def at_once(app: Flask, act: Callable[[int], object]) -> list[object]:
    """What each of some threads got, all begun together."""

    def run(number: int) -> object:
        with app.app_context():
            try:
                return act(number)
            except WrongState:
                return None

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def test_a_link_is_used_once_also_at_once(race_app: Flask) -> None:
    user_id = make_person(race_app, "sari")
    with race_app.app_context(), transaction():
        token = services.create_sign_in_link(user_id=user_id, made_by_id=None)

    def use(number: int) -> object:
        with transaction():
            services.use_sign_in_link(token=token, password=f"pin-of-thread-{number}")
        return number

    winners = [number for number in at_once(race_app, use) if number is not None]
    assert len(winners) == 1
    with race_app.test_request_context():
        user = db.session.get(User, user_id)
        assert user is not None
        assert user.verify_and_update_password(f"pin-of-thread-{winners[0]}")


def test_of_links_made_at_once_one_works(race_app: Flask) -> None:
    user_id = make_person(race_app, "sari")

    def make(_number: int) -> object:
        with transaction():
            return services.create_sign_in_link(user_id=user_id, made_by_id=None)

    tokens = at_once(race_app, make)
    with race_app.app_context():
        working = [token for token in tokens if services.find_link_owner(token=str(token))]
    assert len(working) == 1


def test_no_wrong_try_is_lost(race_app: Flask) -> None:
    user_id = make_person(race_app, "sari", password=SECRET)

    def fail(_number: int) -> object:
        with transaction():
            services.count_failed_sign_in(user_id=user_id)
        return None

    at_once(race_app, fail)
    with race_app.app_context():
        user = db.session.get(User, user_id)
        assert user is not None
        assert user.failed_attempts == THREADS
        assert user.locked_until is not None
        assert user.locked_until > clock.now() + pause_after(THREADS) - timedelta(minutes=1)


def test_one_office_however_many_give_it(race_app: Flask) -> None:
    user_id = make_person(race_app, "sari")

    def give(_number: int) -> object:
        with transaction():
            return services.give_office(user_id=user_id, role=Role.OBSERVER).id

    assert len(set(at_once(race_app, give))) == 1


def test_one_account_however_many_make_it(race_app: Flask) -> None:
    def make(number: int) -> object:
        try:
            with transaction():
                return services.create_user(name=f"Sari {number}", phone="081234567890").id
        except Conflict:
            return "told"

    made = set(at_once(race_app, make)) - {"told"}
    assert len(made) == 1
