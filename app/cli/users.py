"""People who sign in, from the command line: the only way to a first account, and to an assisting company's office."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import click
from flask import current_app
from flask.cli import AppGroup

from app.core.db import transaction
from app.core.errors import DomainError
from app.users import queries, services
from app.users.forms import read_contact
from app.users.models import User
from app.users.rules import PAYEE_ROLES, Role

group = AppGroup("users", help="People who sign in and the offices they hold.")
DAY = click.DateTime(["%Y-%m-%d"])


@group.command("create")
@click.argument("contact", metavar="EMAIL|PHONE")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--village", help="The village's name in addresses, for an office of a village.")
@click.option("--payee", type=int, help="The payee's number, for host, guide or maker.")
@click.option("--phone", help="A phone number beside the e-mail address.")
@click.option("--name", help="The person's name; the part before @ if not given.")
@click.option("--password", help="A password or PIN. Without it, a one-time link is printed.")
@click.option("--language", default="id", type=click.Choice(["id", "en"]))
@click.option("--from", "starts_on", type=DAY, help="First day; today if not given.")
@click.option("--last-day", type=DAY, help="Last day of the term.")
def create(
    contact: str, role: str, village: str | None, payee: int | None, phone: str | None, name: str | None,
    password: str | None, language: str, starts_on: datetime | None, last_day: datetime | None,
) -> None:  # fmt: skip
    """Make an account and give it an office. Again: the same account, the same office."""
    email, number = _contact(contact)
    with _told(), transaction():
        user = services.create_user(
            name=name or contact.partition("@")[0], email=email, phone=number or phone, language=language
        )
        if password and not user.password:
            services.set_password(user_id=user.id, password=password)
        services.give_office(
            user_id=user.id,
            role=Role(role),
            village_id=_village(village),
            payee_id=payee if Role(role) in PAYEE_ROLES else None,
            starts_on=_date(starts_on),
            ends_on=_date(last_day, days=1),
        )
        token = None if user.password else services.create_sign_in_link(user_id=user.id, made_by_id=None)
    click.echo(f"{contact}: {role}{' of ' + village if village else ''}")
    _print_link(token)


@group.command("link")
@click.argument("contact", metavar="EMAIL|PHONE")
def link(contact: str) -> None:
    """Print a new one-time link with which this person sets a password or a PIN. Earlier ones stop working."""
    with _told(), transaction():
        token = services.create_sign_in_link(user_id=_get_user(contact).id, made_by_id=None)
    _print_link(token)


@group.command("end-office")
@click.argument("contact", metavar="EMAIL|PHONE")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--village", help="Only the office in this village.")
@click.option("--reason", required=True, help="Why; it is kept with the office.")
@click.option("--last-day", type=DAY, help="Last day of the term; at once if not given.")
def end_office(contact: str, role: str, village: str | None, reason: str, last_day: datetime | None) -> None:
    """End an office: access ends with it, what was done stays."""
    with _told(), transaction():
        village_id = _village(village)
        user = _get_user(contact)
        found = [
            office for office in user.roles if office.role == role and village_id in {None, office.village_id}
        ]
        if not found:
            raise click.ClickException(f"{contact} has no such office")
        for office in found:
            services.end_office(office_id=office.id, reason=reason, ends_on=_date(last_day, days=1))
    click.echo(f"{contact}: {role} ended")


@contextmanager
def _told() -> Iterator[None]:
    """What a service refuses becomes one line and a non-zero exit."""
    try:
        yield
    except DomainError as error:
        raise click.ClickException(str(error.message)) from None


def _contact(text: str) -> tuple[str | None, str | None]:
    try:
        return read_contact(text)
    except ValueError as error:
        raise click.ClickException(str(error)) from None


def _get_user(contact: str) -> User:
    user = queries.find_user_by_identity(contact)
    if user is None:
        raise click.ClickException(f"nobody signs in with {contact}")
    return user


def _village(slug: str | None) -> int | None:
    if slug is None:
        return None
    village = queries.find_village(slug)
    if village is None:
        raise click.ClickException(f"there is no village {slug}")
    return village.id


def _date(value: datetime | None, *, days: int = 0) -> date | None:
    return value.date() + timedelta(days=days) if value else None


def _print_link(token: str | None) -> None:
    if token is None:
        return
    path = current_app.url_map.bind("").build("users.open_link", {"token": token})
    click.echo(f"One-time link, for seven days: {current_app.config['SETTINGS'].base_url}{path}")
