"""What guests give up in a race, each in a transaction of its own as at a door."""

from __future__ import annotations

from datetime import date
from threading import local

from sqlalchemy import text

from app.bookings import services
from app.bookings.rules import Rest
from app.core.db import db, transaction


def leave_on(code: str, position: int, day: date) -> str:
    """The guest gives up the last nights of a stay."""
    return _keep(code, position, Rest(departure=day))


def arrive_on(code: str, position: int, day: date) -> str:
    """The guest gives up the first nights of a stay."""
    return _keep(code, position, Rest(arrival=day))


def come_with(code: str, position: int, adults: int) -> str:
    """The guest comes with fewer people."""
    return _keep(code, position, Rest(adults=adults))


def _keep(code: str, position: int, rest: Rest) -> str:
    with transaction():
        return services.cancel_part(code=code, position=position, rest=rest, reason=None).state.value


_seen = local()


def naive_look(line_id: int) -> None:
    """The control's first half: look how many nights are left, in no transaction of one's own."""
    query = text("SELECT count(*) FROM naive_nights WHERE line_id = :line")
    _seen.value = int(db.session.scalar(query, {"line": line_id}) or 0)


def naive_give_up(line_id: int, price: int) -> None:
    """The control's second half: give back the price of the night that was seen to be there."""
    if not _seen.value:
        raise LookupError("gone")
    with transaction():
        db.session.execute(text("DELETE FROM naive_nights WHERE line_id = :line"), {"line": line_id})
        give = text("INSERT INTO naive_returns (line_id, amount) VALUES (:line, :amount)")
        db.session.execute(give, {"line": line_id, "amount": price})
