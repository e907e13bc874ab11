"""Every migration goes up, down and up again, and ends exactly where the models are, CHECKs and triggers included."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from app.core.db import Base, db
from tests.architecture.reading import ROOT, called, functions, require_none, sources
from tests.machinery.databases import Database, close
from tests.migrations.schema import describe, differences


@pytest.fixture
def empty_app(database: Database) -> Iterator[Flask]:
    """An app on a database with nothing in it."""
    url = database.empty()
    app = database.app_on(url)
    with app.app_context():
        yield app
    close(app)
    database.drop(url)


@pytest.fixture
def model_engine(database: Database) -> Iterator[Engine]:
    """A database made from the models, without migrations."""
    url = database.empty()
    app = database.app_on(url)
    with app.app_context():
        engine = db.engine
    Base.metadata.create_all(engine)
    yield engine
    close(app)
    database.drop(url)


def test_up_down_up(empty_app: Flask) -> None:
    alembic = empty_app.extensions["alembic"]
    alembic.upgrade()
    first = describe(db.engine)
    assert len(first) > 50
    alembic.downgrade("base")
    assert describe(db.engine) == {}
    alembic.upgrade()
    require_none(differences(first, describe(db.engine)))


def test_each_step_down_undoes_its_step_up(empty_app: Flask) -> None:
    alembic = empty_app.extensions["alembic"]
    revisions = list(reversed([script.revision for script in alembic.script_directory.walk_revisions()]))
    assert revisions
    for revision in revisions:
        before = describe(db.engine)
        alembic.upgrade(revision)
        after = describe(db.engine)
        alembic.downgrade("-1")
        require_none(differences(before, describe(db.engine)))
        alembic.upgrade(revision)
        require_none(differences(after, describe(db.engine)))


def test_the_migrated_schema_is_the_models(empty_app: Flask, model_engine: Engine) -> None:
    empty_app.extensions["alembic"].upgrade()
    require_none(differences(describe(db.engine), describe(model_engine)))


def test_alembic_sees_nothing_to_do(empty_app: Flask) -> None:
    alembic = empty_app.extensions["alembic"]
    alembic.upgrade()
    assert alembic.compare_metadata() == []


def test_a_difference_is_seen(empty_app: Flask) -> None:
    empty_app.extensions["alembic"].upgrade()
    before = describe(db.engine)
    trigger = next(name for name in before if name.startswith("trigger "))
    _kind, table, name = trigger.split()
    where = f" ON {table}" if db.engine.dialect.name == "postgresql" else ""
    with db.engine.begin() as connection:
        connection.execute(text(f"DROP TRIGGER {name}{where}"))
        connection.execute(text("CREATE TABLE extra (id INTEGER PRIMARY KEY, n INTEGER, CHECK (n > 0))"))
    seen = differences(before, describe(db.engine))
    assert {line.split(":")[0].split()[0] for line in seen} >= {"trigger", "column", "check"}


def test_there_is_one_head(empty_app: Flask) -> None:
    assert len(empty_app.extensions["alembic"].script_directory.get_heads()) == 1


def test_migrations_stand_alone_and_can_be_undone() -> None:
    found = []
    for path, tree in sources(ROOT, "migrations"):
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [f"{path}: imports {name}" for name in names if re.match(r"(app|config)(\.|$)", name)]
        undone = [f for f in functions(tree) if f.name == "downgrade"]
        if not any(isinstance(node, ast.Call) and called(node) for f in undone for node in ast.walk(f)):
            found.append(f"{path}: has no working downgrade")
    require_none(found)
