"""The checks see what was changed behind the services: units that ended, closings, and money after the stay."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.bookings import services
from app.bookings.queries.checks import check_books, check_inventory
from app.bookings.services import Place
from app.core.db import db, transaction
from app.users.rules import Role
from app.villages.rules import Terms
from tests.bookings import acts, closing
from tests.bookings.closing import EVERYTHING
from tests.factories import ARRIVAL

DAY = acts.DAY


def broken() -> set[str]:
    db.session.expire_all()
    return {check.name for check in (*check_books(), *check_inventory()) if not check.holds}


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (
            "UPDATE line_units SET ended_at = NULL WHERE kept = 0",
            "lines cancelled alone are over, the rest stays",
        ),
        ("UPDATE bookings SET total = total + 1", "units add up to lines, lines to bookings"),
        ("UPDATE closure_lines SET outcome = 'cancelled'", "what a closing ended is over"),
        ("UPDATE booking_lines SET departure = '2027-05-08'", "lines have the units that they say"),
        (
            "UPDATE room_nights SET state = 'blocked', booking_line_id = NULL WHERE night = '2027-05-04'",
            "every certain night is sold in its rooms",
        ),
    ],
)
def test_a_closing_that_was_tampered_with(season: Session, change: str, seen: str) -> None:
    house = acts.house(terms=Terms.STRICT)
    code = acts.hold(house, nights=5)
    acts.pay(code)
    with acts.later(14 * DAY):
        made = closing.draft([Place(house.village_id)], first=ARRIVAL + 3 * DAY)
        closing.run(closing.start(made))
        assert broken() == set()
        with transaction():
            db.session.execute(text(change))
        assert seen in broken()


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ("UPDATE concessions SET amount = amount - 1", "money after the stay was asked for"),
        ("UPDATE concessions SET agreed_by_id = NULL", "large sums after the stay were agreed by two"),
    ],
)
def test_money_after_the_stay_that_was_tampered_with(season: Session, change: str, seen: str) -> None:
    house = acts.house(terms=Terms.STRICT)
    code = acts.hold(house, nights=5)
    acts.pay(code)
    first, second = acts.user(Role.MANAGER), acts.user(Role.MANAGER)
    with acts.later(25 * DAY):
        acts.earn()
        with transaction():
            made = services.refund_after_stay(
                code=code, position=0, amount=600_000, reason="cold", by_user_id=first, scope=EVERYTHING
            ).id
        with transaction():
            services.agree_to_refund(concession_id=made, by_user_id=second, scope=EVERYTHING)
        assert broken() == set()
        with transaction():
            db.session.execute(text(change))
        assert seen in broken()
