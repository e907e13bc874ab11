"""What guests, their banks and jobs do to disputed card payments, and how it then stands."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app import jobs
from app.bookings import queries
from app.bookings.rules import BookingState
from app.bookings.services.cancel import end_units
from app.bookings.services.expire import free_claims
from app.bookings.services.give_back import give_back
from app.core import clock
from app.core.db import db
from app.ledger.queries import unit_balances
from app.ledger.services import Move, post
from app.notifications.models import Message
from app.payments.models import Dispute
from tests.bookings import acts, cards
from tests.factories import NOW
from tests.simulators.provider import Provider

MUCH_LATER = NOW + timedelta(days=40)
"""When everything of the shop is earned."""


def paid(provider: Provider, *kinds: str) -> str:
    """A trip that was paid by card."""
    code = cards.hold(cards.open_shop(), *kinds)
    cards.pay_now(provider, code)
    return code


def disputed(provider: Provider, code: str, amount: int | None = None) -> str:
    """The guest's bank takes it back, all or so many rupiah, and we hear of it; gives the provider's number."""
    number = provider.dispute(str(cards.receipt(code).charge), amount=amount)
    cards.hear_all(provider)
    return number


def closed(provider: Provider, number: str, *, won: bool) -> None:
    """The bank decides, and we hear of it."""
    provider.close_dispute(number, won=won)
    cards.hear_all(provider)


def dispute(number: str) -> Dispute:
    """A dispute, read anew."""
    db.session.expire_all()
    return db.session.scalars(select(Dispute).where(Dispute.provider_id == number)).one()


def stands(code: str) -> dict[tuple[str, str, str], int]:
    """What stands on accounts of payees and taxes, unit by unit, with which keeper."""
    units = [f"unit:{unit.id}" for line in acts.booking(code).lines for unit in line.units]
    rows = [*unit_balances(units=units, family="payee"), *unit_balances(units=units, family="tax")]
    return {(row.unit, row.code, row.keeper): row.amount for row in rows}


def by_stage(code: str) -> dict[str, int]:
    """What stands at each stage, and as tax."""
    sums: dict[str, int] = {}
    for (_unit, account, _keeper), amount in stands(code).items():
        stage = account.rpartition(":")[2] if account.startswith("payee") else "tax"
        sums[stage] = sums.get(stage, 0) + amount
    return sums


def told(template: str = "money_trouble") -> list[str]:
    """What the assisting company was told."""
    query = select(Message.event_key).where(Message.template == template).order_by(Message.id)
    return [key.split(":")[0] for key in db.session.scalars(query)]


def pay_out(payables: dict[str, int]) -> None:
    """Parties are paid what is theirs, as a statement does it: by account, not by unit."""
    moves = [Move(account, "held:card", amount, "card") for account, amount in payables.items()]
    post(reference="payout-sample:1", kind="payout_sample", subject="sample", moves=moves)


def cancel_keeping(code: str, kept: int) -> None:
    """The booking is cancelled, so much of its first unit is kept."""
    booking = queries.lock_booking(code)
    first = booking.lines[0].units[0]
    by_unit = {unit.id: 0 for line in booking.lines for unit in line.units} | {first.id: kept}
    booking.become(BookingState.CANCELLED, ended_at=clock.now())
    give_back(booking=booking, kept=by_unit, reason="cancelled")
    for line in booking.lines:
        end_units(line=line, kept=by_unit)
    free_claims(bookings=[booking])


def earn_all() -> None:
    """The job, when everything is over."""
    with clock.shifted(MUCH_LATER):
        jobs.complete_services()
