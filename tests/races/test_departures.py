"""Two people at one departure: what one has ended for good, the other does not open again. PostgreSQL alone has writers
beside each other.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from app.core.db import transaction
from app.tours import services
from app.tours.queries import departures_by_ids
from app.tours.rules import DepartureState
from tests.factories import make_package
from tests.races.test_deadlocks import PATIENCE, _run, _until_waiting
from tests.races.test_rooms import day

pytestmark = pytest.mark.database("postgresql")


def test_opened_and_cancelled_at_once(race_app: Flask) -> None:
    """The guide opens it again while the desk cancels it: the desk waits, and then it is cancelled."""
    with race_app.app_context(), transaction():
        departure_id = int(make_package(on=day(race_app, 30)).departure_id or 0)
        services.close_departure(departure_id=departure_id)

    def cancel() -> None:
        with transaction():
            services.cancel_departure(departure_id=departure_id)

    with ThreadPoolExecutor(1) as pool, race_app.app_context():
        with transaction():
            services.open_departure(departure_id=departure_id)
            desk = pool.submit(_run, race_app, cancel)
            _until_waiting(1)
        desk.result(PATIENCE)
        departure = departures_by_ids([departure_id])[departure_id]
        assert (departure.state, departure.counter.capacity) == (DepartureState.CANCELLED, 0)
