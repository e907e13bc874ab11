"""Tables that are only ever added to: the database itself refuses UPDATE, DELETE and, on PostgreSQL, TRUNCATE."""

from __future__ import annotations

from typing import Any

from sqlalchemy import DDL, event


def refuse_changes(table: Any) -> None:
    """The same triggers as in the migrations, for whoever makes the tables from the models."""
    name = table.name
    for verb in ("UPDATE", "DELETE"):
        ddl = DDL(
            f"CREATE TRIGGER {name}_no_{verb.lower()} BEFORE {verb} ON {name} "
            f"BEGIN SELECT RAISE(ABORT, 'the ledger is never changed: {name}'); END"
        )
        event.listen(table, "after_create", ddl.execute_if(dialect="sqlite"))
    function = DDL(
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the ledger is never changed: %%', TG_TABLE_NAME; END $$"
    )
    trigger = DDL(
        f"CREATE TRIGGER {name}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for ddl in (function, trigger):
        event.listen(table, "after_create", ddl.execute_if(dialect="postgresql"))
