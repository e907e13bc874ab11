"""flask seed: the demo world and its season."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from app.core import clock
from app.core.words import force_locale
from app.seed.facts import seed_villages
from app.seed.people import DEMO_PASSWORD, PEOPLE, seed_desk_phones, seed_people
from app.seed.season import seed_season
from app.seed.world import seed_world
from app.villages.queries import list_villages

group = AppGroup("seed", help="Fill an installation with the twenty villages and a demo season.")


@group.command("villages")
def villages() -> None:
    """The twenty villages and the roads between them: facts only, for every installation."""
    click.echo(f"{len(seed_villages())} villages.")


@group.command("demo")
@click.option("--days-past", default=90, type=click.IntRange(0, 400), help="How far back guests have come.")
@click.option(
    "--days-ahead", default=365, type=click.IntRange(0, 500), help="How far ahead guests have booked."
)
def demo(days_past: int, days_ahead: int) -> None:
    """Sample houses, agreements, people and a season of guests. Run again, it extends and never doubles."""
    settings = current_app.config["SETTINGS"]
    if settings.is_production:
        raise click.ClickException(
            "A demo has no place in production: flask seed villages enters the facts alone."
        )
    with force_locale("id"):
        world = seed_world(today=clock.today(), days_past=days_past, collecting=settings.collecting_account)
        click.echo("The season of guests: about a minute the first time, seconds after that.")
        people = seed_people(list_villages(), today=clock.today())
        seed_desk_phones(list_villages())
        done = seed_season(days_past=days_past, days_ahead=days_ahead, people=people)
    click.echo(f"{world.villages} villages, {world.houses} houses with {world.rooms} rooms,")
    click.echo(
        f"{world.packages} packages with {world.departures} departures, "
        f"{world.products} products of {world.makers} makers."
    )
    click.echo(
        "Season: " + (", ".join(f"{count} {what}" for what, count in done.items()) or "nothing new") + "."
    )
    click.echo(f"Demo sign-ins, all with the password {DEMO_PASSWORD}:")
    for person in PEOPLE:
        click.echo(
            f"  {person.contact:34} {person.role.value}{' of ' + person.village if person.village else ''}"
        )
