"""flask seed: the demo world and its season."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from app.core import clock
from app.core.words import force_locale
from app.seed.world import seed_world

group = AppGroup("seed", help="Fill an installation with the twenty villages and a demo season.")


@group.command("demo")
def demo() -> None:
    """Villages, sample houses, agreements and people. Run again, it extends and never doubles."""
    settings = current_app.config["SETTINGS"]
    with force_locale("id"):
        world = seed_world(today=clock.today(), collecting=settings.collecting_account)
    click.echo(
        f"{world.villages} villages, {world.houses} houses with {world.rooms} rooms "
        f"({world.new_houses} houses and {world.new_holidays} holidays are new)."
    )
