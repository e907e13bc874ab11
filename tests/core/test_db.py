"""One transaction, opened at the door: its guards, its queue, and the column types."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from app.core import clock
from app.core.audit import AuditEntry, record
from app.core.db import EnumText, Instant, db, in_transaction, insert_into, savepoint, transaction
from app.core.errors import Unavailable
from app.users.rules import Role


@pytest.fixture(params=["isolated", "real"])
def inside(request: pytest.FixtureRequest) -> Iterator[Session]:
    """A session of the isolated app, and one that really commits: the guards are the same."""
    app: Flask = request.getfixturevalue("app" if request.param == "isolated" else "race_app")
    with app.app_context():
        yield db.session


@pytest.fixture
def database(request: pytest.FixtureRequest, _databases: object) -> object:
    """Named here, so that tests with `inside` run on both databases."""
    return _databases(request.param)  # type: ignore[operator]


def note(subject: str) -> None:
    record(action="noted", subject=subject, user_id=None)


def notes() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.subject).order_by(AuditEntry.id)))


@pytest.mark.usefixtures("database")
class TestGuards:
    """What transaction() refuses, and what it leaves behind: nothing."""

    def test_it_commits_at_the_end(self, inside: Session) -> None:
        with transaction():
            assert in_transaction()
            note("a")
        assert not in_transaction()
        inside.rollback()
        assert notes() == ["a"]

    @pytest.mark.parametrize("error", [LookupError, KeyboardInterrupt, SystemExit])
    def test_any_exception_rolls_back(self, inside: Session, error: type[BaseException]) -> None:
        with pytest.raises(error), transaction():
            note("a")
            inside.flush()
            raise error
        assert not in_transaction()
        assert notes() == []
        with transaction():
            note("b")
        assert notes() == ["b"]

    def test_a_constraint_rolls_back(self, inside: Session) -> None:
        with pytest.raises(IntegrityError), transaction():
            note("a")
            record(action="noted", subject="b", user_id=10**9)
            inside.flush()
        assert notes() == []

    def test_it_does_not_nest(self, inside: Session) -> None:
        with pytest.raises(RuntimeError, match="does not nest"), transaction():
            note("a")
            with transaction():
                note("b")
        assert notes() == []
        assert not in_transaction()

    def test_not_in_a_second_context_of_the_same_thread_either(
        self, inside: Session, request: pytest.FixtureRequest
    ) -> None:
        app: Flask = request.getfixturevalue("race_app" if "race_app" in request.fixturenames else "app")
        with (
            transaction(),
            app.app_context(),
            pytest.raises(RuntimeError, match="does not nest"),
            transaction(),
        ):
            pass

    def test_what_was_changed_before_is_refused(self, inside: Session) -> None:
        note("early")
        with pytest.raises(RuntimeError, match="before transaction"), transaction():
            pass
        inside.expunge_all()
        with transaction():
            note("a")
        loaded = inside.scalars(select(AuditEntry)).one()
        loaded.subject = "changed outside"
        with pytest.raises(RuntimeError, match="before transaction"), transaction():
            pass
        inside.rollback()
        assert notes() == ["a"]

    def test_nobody_commits_inside(self, inside: Session) -> None:
        with pytest.raises(RuntimeError, match="commit inside"), transaction():
            note("a")
            inside.commit()
        assert notes() == []
        with pytest.raises(RuntimeError, match="commit inside"), transaction(), savepoint():
            note("b")
            inside.commit()
        assert notes() == []

    def test_a_write_outside_is_a_bug(self, inside: Session) -> None:
        record(action="noted", subject="a", user_id=None)
        with pytest.raises(RuntimeError, match="outside transaction"):
            inside.commit()
        inside.rollback()
        assert notes() == []

    def test_what_was_read_before_is_read_again(self, inside: Session) -> None:
        with transaction():
            note("a")
        entry = inside.scalars(select(AuditEntry)).one()
        with transaction() as session:
            session.execute(text("UPDATE audit_entries SET subject = 'b'"))
            assert entry.subject == "b"

    def test_objects_can_be_read_after_the_end(self, inside: Session) -> None:
        with transaction():
            note("a")
            inside.flush()
            entry = inside.scalars(select(AuditEntry)).one()
        inside.rollback = pytest.fail  # type: ignore[method-assign]
        assert entry.subject == "a"
        del inside.rollback

    def test_a_savepoint_is_undone_alone(self, inside: Session) -> None:
        with transaction():
            note("a")
            with pytest.raises(LookupError), savepoint():
                note("b")
                inside.flush()
                raise LookupError
            with savepoint():
                note("c")
        assert notes() == ["a", "c"]

    def test_insert_on_conflict_is_known_on_both(self, inside: Session) -> None:
        table = AuditEntry.__table__
        row = {"id": 7, "at": clock.now(), "action": "noted", "subject": "a", "details": {}}
        with transaction():
            for _time in range(2):
                inside.execute(insert_into(table).values(row).on_conflict_do_nothing(index_elements=["id"]))
        assert notes() == ["a"]


def test_the_sign_in_library_may_write_in_its_own_views(race_app: Flask) -> None:
    with race_app.test_request_context("/login"):
        note("signed in")
        db.session.commit()
    with race_app.test_request_context("/villages"):
        note("elsewhere")
        with pytest.raises(RuntimeError, match="outside transaction"):
            db.session.commit()
    with race_app.app_context():
        assert notes() == ["signed in"]


def test_late_writers_and_doors_do_not_lock_each_other_out(race_app: Flask) -> None:
    """Reads, then writes after others committed: without the queue SQLite says "database is locked" at once."""
    together = Barrier(6)

    def late() -> None:
        with race_app.test_request_context("/login"):
            notes()
            together.wait()
            note("late")
            db.session.commit()

    def door() -> None:
        with race_app.app_context():
            together.wait()
            for _time in range(10):
                with transaction():
                    note("door")

    threads = [Thread(target=work) for work in (late, late, late, door, door, door)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with race_app.app_context():
        assert sorted(notes()) == ["door"] * 30 + ["late"] * 3


@pytest.mark.database("sqlite")
def test_the_queue_is_left_whatever_happens(race_app: Flask) -> None:
    with race_app.app_context():
        folder = Path("/proc/self/fd")

        def held() -> int:
            return sum(str(link.resolve()).endswith(".lock") for link in folder.iterdir() if link.exists())

        before = held()
        with transaction():
            assert held() == before + 1
        with pytest.raises(LookupError), transaction():
            raise LookupError
        with race_app.test_request_context("/login"):
            note("late")
            db.session.commit()
        assert held() == before


@contextmanager
def _busy_row(app: Flask) -> Iterator[None]:
    """Another connection that holds a row and does not let go."""
    with app.app_context(), transaction():
        note("held")
    with app.app_context():
        other = db.engine.connect()
    other.execute(text("SELECT id FROM audit_entries FOR UPDATE"))
    try:
        yield
    finally:
        other.close()


@pytest.mark.database("postgresql")
def test_a_lock_not_had_in_time_is_unavailable(race_app: Flask) -> None:
    with _busy_row(race_app), race_app.app_context():
        with pytest.raises(Unavailable) as refusal, transaction() as session:
            note("never")
            session.execute(text("SET LOCAL lock_timeout = '20ms'"))
            session.execute(select(AuditEntry.id).with_for_update())
        assert (refusal.value.status, refusal.value.retry_after) == (503, 5)
        assert notes() == ["held"]


@pytest.mark.database("postgresql")
def test_postgresql_waits_for_no_lock_for_ever(session: Session) -> None:
    limits = [
        session.scalar(text(f"SHOW {name}"))
        for name in ("lock_timeout", "idle_in_transaction_session_timeout")
    ]
    assert limits == ["5s", "1min"]


@pytest.mark.database("sqlite")
def test_sqlite_is_set_up(session: Session) -> None:
    wanted = {"foreign_keys": 1, "journal_mode": "wal", "busy_timeout": 5000, "synchronous": 1}
    assert {name: session.scalar(text(f"PRAGMA {name}")) for name in wanted} == wanted


def test_an_instant_comes_back_aware_and_in_utc(session: Session) -> None:
    at = datetime(2027, 5, 1, 14, 0, tzinfo=timezone(timedelta(hours=7)))
    with transaction():
        record(action="noted", subject="a", user_id=None)
        session.flush()
        session.scalars(select(AuditEntry)).one().at = at
    session.expire_all()
    read = session.scalars(select(AuditEntry.at)).one()
    assert read == at
    assert read.utcoffset() == timedelta(0)
    assert session.scalar(select(func.count()).where(AuditEntry.at <= at)) == 1


def test_a_naive_instant_is_refused(session: Session) -> None:
    with pytest.raises(StatementError, match="time zone"):
        session.scalars(select(AuditEntry).where(AuditEntry.at <= datetime(2027, 5, 1))).all()  # noqa: DTZ001
    assert Instant().process_bind_param(None, None) is None
    assert Instant().process_result_value(datetime(2027, 5, 1), None) == datetime(2027, 5, 1, tzinfo=UTC)  # noqa: DTZ001


def test_an_enum_is_kept_by_its_value() -> None:
    kind = EnumText(Role)
    assert kind.process_bind_param(Role.DESK, None) == kind.process_bind_param("desk", None) == "desk"
    assert kind.process_result_value("desk", None) is Role.DESK
    assert kind.process_bind_param(None, None) is kind.process_result_value(None, None) is None
    with pytest.raises(ValueError, match="nobody"):
        kind.process_bind_param("nobody", None)
