"""What a database really has, in a form that two can be compared by: also what Alembic does not look at.

Alembic's own comparison passes over CHECKs, conditions of indexes and triggers, and its batch mode drops triggers on
SQLite without a word.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Engine, inspect, text

BOOKKEEPING = {"alembic_version"}

SQLITE_OBJECTS = """
    SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL
"""
POSTGRESQL_TRIGGERS = """
    SELECT c.relname, t.tgname, pg_get_triggerdef(t.oid), p.prosrc
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE NOT t.tgisinternal
"""
POSTGRESQL_INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"


def describe(engine: Engine) -> dict[str, str]:
    """Every column, key, constraint, index and trigger: {what it is: how it is defined}."""
    return _tables(engine) | (
        _of_sqlite(engine) if engine.dialect.name == "sqlite" else _of_postgresql(engine)
    )


def _tables(engine: Engine) -> dict[str, str]:
    found: dict[str, str] = {}
    look = inspect(engine)
    for table in look.get_table_names():
        if table in BOOKKEEPING:
            continue
        for column in look.get_columns(table):
            found[f"column {table}.{column['name']}"] = _column(column)
        primary = look.get_pk_constraint(table)
        found[f"primary key {table}"] = f"{primary['name']} {primary['constrained_columns']}"
        for key in look.get_foreign_keys(table):
            found[f"foreign key {table} {key['constrained_columns']}"] = (
                f"{key['name']} {key['referred_table']} {key['referred_columns']} {sorted(key['options'].items())}"
            )
        for unique in look.get_unique_constraints(table):
            found[f"unique {table} {sorted(unique['column_names'])}"] = str(unique["name"])
        for check in look.get_check_constraints(table):
            found[f"check {table} {check['name']}"] = _folded(check["sqltext"])
    return found


def _column(column: Any) -> str:
    return f"{column['type']!r} null={column['nullable']} default={_folded(str(column['default']))}"


def _of_sqlite(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        rows = connection.execute(text(SQLITE_OBJECTS)).all()
    return {
        f"{kind} {table} {name}": _folded(sql) for kind, name, table, sql in rows if table not in BOOKKEEPING
    }


def _of_postgresql(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        triggers = connection.execute(text(POSTGRESQL_TRIGGERS)).all()
        indexes = connection.execute(text(POSTGRESQL_INDEXES)).all()
    found = {f"trigger {table} {name}": f"{sql} {_folded(body)}" for table, name, sql, body in triggers}
    return found | {f"index {table} {name}": sql for table, name, sql in indexes if table not in BOOKKEEPING}


def _folded(sql: str) -> str:
    return re.sub(r"\s+", " ", sql.replace('"', "")).strip()


def differences(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """What is in only one of them, or differs."""
    return [
        f"{name}: {one.get(name, 'missing')} ≠ {other.get(name, 'missing')}"
        for name in sorted(one.keys() | other.keys())
        if one.get(name) != other.get(name)
    ]
