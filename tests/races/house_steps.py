"""What the house, the village and the desk do in a race, each in a transaction of its own as at a door."""

from __future__ import annotations

from datetime import date, timedelta
from threading import local

from sqlalchemy import text

from app import jobs
from app.bookings import services
from app.bookings.rules import HouseReason
from app.bookings.services import Place
from app.core import clock
from app.core.dates import Nights
from app.core.db import db, transaction
from app.users.rules import Scope

EVERYTHING = Scope(everything=True)


def house_cancel(code: str, position: int, user_id: int) -> str:
    """The desk cancels one line for the house."""
    with transaction():
        return services.cancel_by_house(
            code=code,
            position=position,
            reason=HouseReason.HOUSE,
            words="The roof leaks.",
            by_user_id=user_id,
            scope=EVERYTHING,
        ).state.value


def draft(village_id: int, first: date, nights: int, user_id: int) -> int:
    """A closing of a village that nobody has decided yet."""
    with transaction():
        return services.draft_closure(
            places=[Place(village_id)],
            nights=Nights(first, first + timedelta(days=nights)),
            stays=True,
            packages=True,
            reason=HouseReason.ASH,
            words="Ash.",
            by_user_id=user_id,
            scope=EVERYTHING,
        ).id


def start(closure_id: int, user_id: int) -> str:
    """A manager decides it."""
    with transaction():
        return services.start_closure(closure_id=closure_id, by_user_id=user_id, scope=EVERYTHING).state.value


def run(closure_id: int) -> int:
    """The job: so many lines of what it did."""
    assert closure_id
    return len(jobs.run_closures())


def decide_and_run(closure_id: int, user_id: int) -> int:
    """A manager decides, and a worker begins at once."""
    start(closure_id, user_id)
    return run(closure_id)


def one_step(closure_id: int) -> str | None:
    """One booking of a closing."""
    with transaction():
        return services.run_closure_step(closure_id=closure_id)


def agree(concession_id: int, user_id: int) -> bool:
    """A second person agrees to money after the stay."""
    with transaction():
        made = services.agree_to_refund(concession_id=concession_id, by_user_id=user_id, scope=EVERYTHING)
        return made.done_at is not None


def ask_back(code: str, amount: int, user_id: int, ahead: timedelta) -> int:
    """Somebody wants to give money back after the stay, on a later day; the number."""
    with clock.shifted(ahead), transaction():
        return services.refund_after_stay(
            code=code, position=0, amount=amount, reason="cold", by_user_id=user_id, scope=EVERYTHING
        ).id


def undo_no_show(code: str, user_id: int, ahead: timedelta) -> str:
    """The guest came after all, on a later day."""
    with clock.shifted(ahead), transaction():
        return services.undo_no_show(
            code=code, reason="here", by_user_id=user_id, scope=EVERYTHING
        ).state.value


_owed = local()


def naive_look(line_id: int) -> None:
    """The control's first half: look what is owed of a line, in no transaction of one's own."""
    query = text("SELECT coalesce(sum(amount), 0) FROM naive_refunds WHERE line_id = :line")
    _owed.value = int(db.session.scalar(query, {"line": line_id}) or 0)


def naive_give(line_id: int, amount: int) -> None:
    """The control's second half: give back what was seen not to be given yet."""
    if _owed.value >= amount:
        raise LookupError("given back")
    write = text("INSERT INTO naive_refunds (line_id, amount) VALUES (:line, :amount)")
    with transaction():
        db.session.execute(write, {"line": line_id, "amount": amount})
