"""What runners do who stand at the gate."""

from __future__ import annotations

from datetime import timedelta
from threading import local

from sqlalchemy import text

from app.bookings import queries, services
from app.bookings.queries import Doors
from app.core import clock
from app.core.db import db, transaction
from app.users.rules import Scope

EVERYWHERE = Scope(everything=True)


def let_in(code: str, by_user_id: int) -> tuple[str, bool]:
    """Let the guests of a booking's first line in: when they were, and whether that was now."""
    with transaction():
        known, is_new = services.let_in(
            code=code, position=0, shown=None, doors=Doors(EVERYWHERE, EVERYWHERE), by_user_id=by_user_id
        )
        return known.at.isoformat(), is_new


def tell(shown: str, key: str, by_user_id: int) -> tuple[int, str, bool]:
    """Tell a scan made without network: its row, what became of it, and whether its first time is the check-in's."""
    with transaction():
        now = clock.now()
        scan = services.take_scan(
            told=services.ToldScan(key, now - timedelta(minutes=9), shown),
            device_now=now,
            doors=Doors(EVERYWHERE, EVERYWHERE),
            by_user_id=by_user_id,
        )
        known = scan.line_id and queries.find_check_in(scan.line_id)
        return scan.id, scan.outcome.value, bool(known) and known.at == (scan.first_at or scan.at)


_seen_inside = local()


def naive_look(line_id: int) -> None:
    """The control's first half: see whether the guests are in, in no transaction of one's own."""
    _seen_inside.value = queries.find_check_in(line_id) is not None


def naive_let_in(line_id: int) -> bool:
    """The control's second half: let them in if they were not, in a table without a key."""
    if _seen_inside.value:
        return False
    with transaction():
        db.session.execute(text("INSERT INTO naive_check_ins VALUES (:line)"), {"line": line_id})
    return True
