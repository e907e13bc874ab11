"""flask jobs: what the worker does by the clock, by hand."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.jobs import JOBS

group = AppGroup("jobs", help="The timed jobs, run by hand.")


@group.command("list")
def list_jobs() -> None:
    """Every job, when the worker runs it, and what it does."""
    width = max(len(name) for name in JOBS)
    for job in JOBS.values():
        click.echo(f"{job.name:<{width}}  {job.about} ({job.when})")


@group.command("run")
@click.argument("name", type=click.Choice(sorted(JOBS)))
def run(name: str) -> None:
    """Run one job now: a line per thing done."""
    for line in JOBS[name].run() or ["nothing to do"]:
        click.echo(line)
