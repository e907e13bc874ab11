"""Commands: `flask …`. One line per thing done, non-zero exit where something is wrong."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Add the command groups."""
