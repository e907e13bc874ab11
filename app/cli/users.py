"""People who sign in."""

from __future__ import annotations

from flask.cli import AppGroup

group = AppGroup("users", help="People who sign in and the offices they hold.")
