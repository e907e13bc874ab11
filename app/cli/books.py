"""flask books: whether the books hold."""

from __future__ import annotations

from collections.abc import Sequence

import click
from flask.cli import AppGroup

from app.bookings.queries.checks import check_books
from app.ledger.queries import Check

group = AppGroup("books", help="The books, to the last rupiah.")

MOST_SHOWN = 10


@group.command("check")
def check() -> None:
    """Every invariant of the money, one line each; exit 1 when one does not hold."""
    report(check_books())


def report(checks: Sequence[Check]) -> None:
    """Print the checks, and what breaks them; exit 1 when one does not hold."""
    for one in checks:
        click.echo(f"{'ok   ' if one.holds else 'WRONG'} {one.name}: {one.figure}")
        for breach in one.breaches[:MOST_SHOWN]:
            click.echo(f"      {breach}")
        if len(one.breaches) > MOST_SHOWN:
            click.echo(f"      and {len(one.breaches) - MOST_SHOWN} more")
    failed = sum(not one.holds for one in checks)
    click.echo(f"{len(checks)} checks, {failed} wrong" if failed else f"{len(checks)} checks, all hold")
    if failed:
        raise SystemExit(1)
