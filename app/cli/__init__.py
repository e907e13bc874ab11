"""Commands: `flask …`, one file per group. One line per thing done, non-zero exit where something is wrong."""

from __future__ import annotations

from flask import Flask

from app.cli import books, inventory, jobs, payments, seed, users


def init_app(app: Flask) -> None:
    """Add the command groups."""
    app.cli.add_command(books.group)
    app.cli.add_command(inventory.group)
    app.cli.add_command(jobs.group)
    app.cli.add_command(payments.group)
    app.cli.add_command(seed.group)
    app.cli.add_command(users.group)
