"""Periods that are closed: how they are decided and carried out, as a page and the job do it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from app.bookings import services
from app.bookings.rules import HouseReason
from app.bookings.services import Place
from app.core.dates import Nights
from app.core.db import transaction
from app.users.rules import Role, Scope
from tests.bookings import acts
from tests.factories import ARRIVAL

EVERYTHING = Scope(everything=True)
WORDS = "Ash from the volcano."


def draft(
    places: Sequence[Place],
    *,
    first: date = ARRIVAL,
    nights: int = 3,
    stays: bool = True,
    packages: bool = True,
    scope: Scope = EVERYTHING,
    by: int | None = None,
) -> int:
    """A decision that is not taken yet."""
    who = by or acts.user(Role.MANAGER)
    with transaction():
        return services.draft_closure(
            places=places,
            nights=Nights(first, first + timedelta(days=nights)),
            stays=stays,
            packages=packages,
            reason=HouseReason.ASH,
            words=WORDS,
            by_user_id=who,
            scope=scope,
        ).id


def start(closure_id: int) -> int:
    """Decide it."""
    who = acts.user(Role.MANAGER)
    with transaction():
        services.start_closure(closure_id=closure_id, by_user_id=who, scope=EVERYTHING)
    return closure_id


def step(closure_id: int) -> str | None:
    """One transaction of the job."""
    with transaction():
        return services.run_closure_step(closure_id=closure_id)


def run(closure_id: int) -> list[str]:
    """What the job does with one closure: the bookings that it dealt with."""
    with transaction():
        services.close_free_nights(closure_id=closure_id)
    done = []
    while (code := step(closure_id)) is not None:
        done.append(code)
    return done
