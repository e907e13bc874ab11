"""Is it alive, and may it be given work? For whoever watches the processes; no cookie, no rate limit, nothing said."""

from __future__ import annotations

from functools import cache

from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app
from flask.typing import ResponseReturnValue
from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from app.core.access import public
from app.core.db import db
from app.core.limits import limiter

bp = Blueprint("health", __name__)
limiter.exempt(bp)


@bp.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    """The process answers. Says nothing about the database: restarting the process would not mend that."""
    return _say("ok")


@bp.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """The database answers and stands at the newest migration; 503 otherwise."""
    newest = _newest_revisions(current_app.config["ALEMBIC"]["script_location"])
    try:
        current = _current_revisions()
    except SQLAlchemyError:
        return _say("the database does not answer", 503)
    return _say("ok") if current == newest else _say("the database is not at the newest migration", 503)


def _current_revisions() -> set[str]:
    connection = db.session.connection()
    if not inspect(connection).has_table("alembic_version"):
        return set()
    return set(connection.scalars(text("SELECT version_num FROM alembic_version")))


@cache
def _newest_revisions(folder: str) -> set[str]:
    # Read once: a running process has its code, and with it its migrations, for life. Flask-Alembic itself would share
    # one connection among the threads.
    return set(ScriptDirectory(folder, version_locations=[folder]).get_heads())


def _say(word: str, status: int = 200) -> Response:
    return Response(word + "\n", status, mimetype="text/plain", headers={"Cache-Control": "no-store"})
