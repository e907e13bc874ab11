"""flask payments: money that arrived or left, recorded from the command line with the rights of a person in office."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

import click
from flask.cli import AppGroup

from app.bookings import queries
from app.bookings.models import Booking
from app.bookings.services import confirm_refund, note_transfer, receive_payment
from app.core import clock
from app.core.db import transaction
from app.core.errors import DomainError
from app.core.filters import rupiah
from app.core.forms import parse_money
from app.core.words import force_locale
from app.payments.models import Receipt
from app.payments.rules import PaymentMethod
from app.users.models import User
from app.users.queries import find_user_by_identity
from app.users.rules import Permission, Scope
from app.villages.queries import get_bank_account

group = AppGroup("payments", help="Money that arrived, and money that goes back.")


class Money(click.ParamType[int]):
    """Whole rupiah as people write them."""

    name = "rupiah"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the amount, or say how it is written."""
        try:
            return value if isinstance(value, int) else parse_money(str(value))
        except ValueError:
            self.fail(f"{value!r} is not an amount. Example: 150000 or 150.000", param, ctx)


@group.command("receive")
@click.argument("code")
@click.option("--method", type=click.Choice(["transfer", "cash"]), required=True)
@click.option("--amount", type=Money(), required=True, help="Whole rupiah, the unique code included.")
@click.option(
    "--by", "email", required=True, help="Who saw the money: e-mail or phone of a treasurer, desk or manager."
)
@click.option("--account", help="Code of the bank account it arrived on, where it is not the expected one.")
@click.option("--received-on", type=click.DateTime(["%Y-%m-%d"]), help="Village date; today unless given.")
@click.option("--note", help="Anything worth keeping.")
def receive(
    code: str,
    method: str,
    amount: int,
    email: str,
    account: str | None,
    received_on: datetime | None,
    note: str | None,
) -> None:
    """Record money that arrived for the booking CODE."""
    day = received_on.date() if received_on else None
    with _in_plain_words():
        with transaction():
            user, scope = _person(email, Permission.MONEY_RECEIVE)
            booking = queries.get_booking(code, scope)
            _check(day, account, method)
            receipt = receive_payment(
                code=booking.code,
                method=PaymentMethod(method),
                amount=amount,
                by_user_id=user.id,
                received_on=day,
                account=account or _box(booking, scope, method),
                note=note,
            )
        click.echo(_told(receipt, queries.get_booking(code, scope)))


@group.command("refund-transferred")
@click.argument("refund_id", type=int)
@click.option("--account", required=True, help="The account it was paid from, by its code.")
@click.option("--reference", required=True, help="The reference that the bank gave.")
@click.option("--by", "email", required=True, help="Who sent it: e-mail or phone.")
def refund_transferred(refund_id: int, account: str, reference: str, email: str) -> None:
    """Record that the approved refund REFUND_ID was transferred today; nothing is booked before its proof."""
    with _in_plain_words(), transaction():
        user, scope = _person(email, Permission.MONEY_REFUND)
        note_transfer(
            refund_id=refund_id,
            account=account,
            sent_on=clock.today(),
            bank_reference=reference,
            by_user_id=user.id,
            scope=scope,
        )
        click.echo(f"refund {refund_id}: on its way, {reference}")


@group.command("refund-sent")
@click.argument("refund_id", type=int)
@click.option("--proof", required=True, help="What proves it: the line of the bank statement.")
@click.option("--by", "email", required=True, help="Who saw it: e-mail or phone.")
def refund_sent(refund_id: int, proof: str, email: str) -> None:
    """Record the proof that the refund REFUND_ID, which was transferred before, has left."""
    with _in_plain_words(), transaction():
        user, scope = _person(email, Permission.MONEY_REFUND)
        refund = confirm_refund(refund_id=refund_id, proof=proof, by_user_id=user.id, scope=scope)
        click.echo(
            f"refund {refund.id} of {refund.reference.partition(':')[2]}: {rupiah(refund.amount)} sent"
        )


@contextmanager
def _in_plain_words() -> Iterator[None]:
    """English on the command line, and one line instead of a trace for what people can mend."""
    try:
        with force_locale("en"):
            yield
    except DomainError as error:
        raise click.ClickException(str(error)) from error


def _person(identity: str, permission: Permission) -> tuple[User, Scope]:
    """Who acts, and how far their office reaches today."""
    user = find_user_by_identity(identity)
    if user is None or not user.active:
        raise click.ClickException(f"nobody signs in as {identity}")
    scope = user.scope(permission)
    if scope.is_empty:
        raise click.ClickException(f"{identity} holds no office that may do this today")
    return user, scope


def _check(received_on: date | None, account: str | None, method: str) -> None:
    if received_on is not None and received_on > clock.today():
        raise click.ClickException(f"{received_on} lies ahead")
    if account is not None and method == "cash":
        raise click.ClickException("cash arrives on no account: leave --account out")
    if account is not None:
        get_bank_account(account)


def _box(booking: Booking, scope: Scope, method: str) -> str | None:
    """Cash lies in the box of the village whose person took it: the first of the trip within the office's reach."""
    if method != PaymentMethod.CASH:
        return None
    return next(line.village.slug for line in booking.lines if scope.has_village(line.village_id))


def _told(receipt: Receipt, booking: Booking) -> str:
    parts = [
        f"receipt {receipt.id} for {booking.code}: {rupiah(receipt.amount)} with {receipt.keeper}",
        f"booking {booking.state_now.value}",
        f"still due {rupiah(booking.amount_due)}",
    ]
    if receipt.excess:
        parts.append(f"{rupiah(receipt.excess)} too much, under review")
    if booking.refunded:
        parts.append(f"{rupiah(booking.refunded)} goes back")
    return ", ".join(parts)
