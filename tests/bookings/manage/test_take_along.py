"""The doors of the list without network: what it holds and for whom, what it tells afterwards, and who sees that."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.bookings.models import CheckIn, OfflineScan
from app.bookings.services import cancel_booking
from app.core.db import db, transaction
from app.users.models import Office
from app.users.rules import Role
from app.users.services import end_office
from tests.bookings.desk import NOW
from tests.bookings.manage.test_check_in import MORNING, As, Trip, ticket, trip
from tests.machinery.clients import Visitor

__all__ = ["trip"]

LIST = "/manage/check-in/list"


@pytest.fixture
def morning(trip: Trip, set_clock: Callable[..., None]) -> Trip:
    """The trip, on the morning of its departure."""
    set_clock(MORNING)
    return trip


def taken(page: Visitor) -> dict[str, Any]:
    answer = page.client.get(f"{LIST}/parties")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return dict(answer.get_json())


def send(page: Visitor, *shown: str, **changes: Any) -> TestResponse:
    """What a phone sends whose clock is right: everything was scanned ten minutes ago."""
    now = int(MORNING.timestamp() * 1000)
    scans = [{"id": f"phone-scan-{n}", "at": now - 600_000, "shown": one} for n, one in enumerate(shown)]
    csrf = changes.pop("csrf", None) or taken(page)["csrf"]
    sheet = {"device_now": now, "scans": scans} | changes
    return page.client.post(f"{LIST}/scans", json=sheet, headers={"X-CSRFToken": csrf})


def is_about(milliseconds: int, instant: datetime) -> bool:
    """The clock goes on while a test runs."""
    return abs(milliseconds / 1000 - instant.timestamp()) < 30


def outcomes(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return [one["outcome"] for one in answer.get_json()["scans"]]


def count(app: Flask, table: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_the_list_has_who_comes_and_what_waits(app: Flask, as_: As, morning: Trip) -> None:
    desk = taken(as_(Role.DESK))
    joined, fetched = desk["parties"]
    assert (joined["name"], joined["people"], joined["code"]) == ("Guest 501", "3 people", morning.code)
    assert joined["obstacle"] is joined["since"] is None
    assert joined["from"] < joined["starts"] < joined["until"]
    assert joined["digest"] == hashlib.sha256(ticket(app, morning.code).encode()).hexdigest()
    assert (fetched["kind"], fetched["people"], fetched["position"]) == ("product", "2 pieces", 1)
    assert joined["kind"] == "package"
    assert is_about(desk["made"], MORNING)
    assert "BEGIN PUBLIC KEY" in desk["key"]
    assert "+62" not in str(desk), "no telephone number goes along"
    guide = taken(as_(Role.GUIDE))
    assert [one["kind"] for one in guide["parties"]] == ["package"], "a guide hands nothing over"
    assert guide["owner"] != desk["owner"]


def test_another_villages_list_is_empty(as_: As, morning: Trip) -> None:
    assert taken(as_(Role.GUIDE, there=True))["parties"] == []
    assert taken(as_(Role.DESK, there=True))["parties"] == []


def test_the_list_is_of_today_and_tomorrow(as_: As, trip: Trip, set_clock: Callable[..., None]) -> None:
    guide = as_(Role.GUIDE)
    for days, many in ((-2, 0), (-1, 1), (0, 1), (1, 0)):
        set_clock(MORNING + timedelta(days=days))
        assert len(taken(guide)["parties"]) == many, days


def test_the_list_says_who_is_in_and_what_was_cancelled(
    app: Flask, as_: As, morning: Trip, set_clock: Callable[..., None]
) -> None:
    page = as_(Role.GUIDE)
    assert outcomes(send(page, morning.code)) == ["let_in"]
    assert is_about(taken(page)["parties"][0]["since"], MORNING - timedelta(minutes=10))
    set_clock(NOW)
    with app.app_context(), transaction():
        cancel_booking(code=morning.code, reason="sample")
    set_clock(MORNING)
    assert taken(page)["parties"][0]["obstacle"] == "cancelled"


def test_each_scan_stands_alone(app: Flask, as_: As, morning: Trip) -> None:
    page, true = as_(Role.GUIDE), ticket(app, morning.code)
    goods = ticket(app, morning.code, 1)
    answer = send(page, true[:-9], goods, true, true, morning.code)
    assert outcomes(answer) == ["refused", "refused", "let_in", "double", "double"]
    words = [one["words"] for one in answer.get_json()["scans"]]
    assert "not made here" in words[0]
    assert "A true ticket, but not for here" in words[1]
    assert words[3] == "Let in before: Mon, 3 May, 08:20. Shown again: Mon, 3 May, 08:20."
    assert (count(app, CheckIn), count(app, OfflineScan)) == (1, 5)


def test_the_same_file_twice_changes_nothing(app: Flask, as_: As, morning: Trip) -> None:
    page, true = as_(Role.GUIDE), ticket(app, morning.code)
    first = send(page, true, "ACDEFGH")
    assert send(page, true, "ACDEFGH").get_json() == first.get_json()
    assert (count(app, CheckIn), count(app, OfflineScan)) == (1, 2)


def test_another_persons_phone_may_use_the_same_numbers(app: Flask, as_: As, morning: Trip) -> None:
    assert outcomes(send(as_(Role.GUIDE), ticket(app, morning.code))) == ["let_in"]
    assert outcomes(send(as_(Role.DESK), ticket(app, morning.code))) == ["double"]


def test_another_villages_guide_lets_nobody_in(app: Flask, as_: As, morning: Trip) -> None:
    page = as_(Role.GUIDE, there=True)
    answer = send(page, ticket(app, morning.code), morning.code)
    assert outcomes(answer) == ["refused", "refused"]
    assert "Sarihayu" not in str(answer.get_json())
    assert count(app, CheckIn) == 0
    assert "A true ticket, but not for here" in page.open("/manage/check-in/scans").text
    assert "True" not in as_(Role.DESK).open("/manage/check-in/scans").text


def test_without_session_or_office_nothing_is_taken_and_nothing_is_shown(
    app: Flask, as_: As, desk: Any, morning: Trip
) -> None:
    stranger = Visitor(app.test_client())
    assert stranger.client.get(f"{LIST}/parties").status_code == 302
    page = as_(Role.GUIDE)
    csrf = taken(page)["csrf"]
    assert send(page, morning.code, csrf="another").status_code == 400
    assert send(stranger, morning.code, csrf=csrf).status_code == 400
    with app.app_context(), transaction():
        office = db.session.scalars(select(Office).where(Office.user_id == desk.people[Role.GUIDE])).one()
        end_office(office_id=office.id, reason="sample")
    assert send(page, morning.code, csrf=csrf).status_code == 403
    assert page.client.get(f"{LIST}/parties").status_code == 403
    assert as_(Role.HOST).client.get(f"{LIST}/parties").status_code == 403
    assert count(app, OfflineScan) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"scans": []},
        {"scans": [{"id": f"phone-scan-{n}", "at": 1_800_000_000_000, "shown": "A"} for n in range(101)]},
        {"scans": [{"id": "phone-scan-0", "at": 1_800_000_000_000, "shown": "A" * 201}]},
        {"scans": [{"id": "phone-scan-0", "at": 1_800_000_000_000, "shown": ""}]},
        {"scans": [{"id": "phone-scan-0", "at": 1_800_000_000_000, "shown": "A\0"}]},
        {"scans": [{"id": "short", "at": 1_800_000_000_000, "shown": "A"}]},
        {"scans": [{"id": "phone-scan-0", "at": 1.5, "shown": "A"}]},
        {"scans": [{"id": "phone-scan-0", "at": 10**30, "shown": "A"}]},
        {"scans": [{"id": "phone-scan-0", "at": 1_800_000_000_000, "shown": "A", "position": -1}]},
        {"scans": ["x"]},
        {"scans": {}},
        {"device_now": None},
        {"device_now": True},
    ],
)
def test_what_is_no_sheet_is_refused_whole(
    app: Flask, as_: As, morning: Trip, changes: dict[str, Any]
) -> None:
    assert send(as_(Role.GUIDE), morning.code, **changes).status_code == 422
    assert count(app, OfflineScan) == 0


def test_desk_and_manager_see_what_was_let_in_although_cancelled(
    app: Flask, as_: As, morning: Trip, set_clock: Callable[..., None]
) -> None:
    true = ticket(app, morning.code)
    set_clock(NOW)
    with app.app_context(), transaction():
        cancel_booking(code=morning.code, reason="sample")
    set_clock(MORNING)
    assert outcomes(send(as_(Role.GUIDE), true, device_now=int(MORNING.timestamp() * 1000) + 600_000)) == [
        "let_in"
    ]
    for role in (Role.DESK, Role.MANAGER, Role.GUIDE):
        page = as_(role).open("/manage/check-in")
        assert "1 party was let in without a valid ticket" in page.text
        page.open("/manage/check-in/scans")
        assert "Guest 501" in page.text
        assert "This was cancelled." in page.text
        assert "The phone's clock was off by 10 minutes." in page.text
    page = as_(Role.DESK, there=True)
    assert "let in without a valid ticket" not in page.open("/manage/check-in").text
    assert "Guest 501" not in page.open("/manage/check-in/scans").text


def test_doubles_are_shown_with_both_times(app: Flask, as_: As, morning: Trip) -> None:
    page = as_(Role.DESK)
    send(page, morning.code, ticket(app, morning.code))
    assert "First: Mon, 3 May, 08:20. Again: Mon, 3 May, 08:20." in page.open("/manage/check-in/scans").text
    assert "0 parties" not in page.open("/manage/check-in").text


def test_the_worker_answers_for_one_page_only(as_: As, trip: Trip) -> None:
    answer = as_(Role.GUIDE).client.get(f"{LIST}/worker.js")
    assert answer.headers["Service-Worker-Allowed"] == LIST
    assert answer.mimetype == "text/javascript"
    assert f'PAGE = "{LIST}"' in answer.get_data(as_text=True)


def test_signing_out_empties_the_device(as_: As, trip: Trip) -> None:
    page = as_(Role.GUIDE)
    answer = page.client.post("/logout", data={"csrf_token": taken(page)["csrf"]})
    assert answer.status_code == 302
    assert answer.headers["Clear-Site-Data"] == '"storage"'


def test_the_page_may_use_the_camera_and_no_other_may(as_: As, trip: Trip) -> None:
    page = as_(Role.GUIDE).client
    answer = page.get(LIST)
    assert "camera=(self)" in answer.headers["Permissions-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Guest 501" not in answer.get_data(as_text=True)
    assert "camera=()" in page.get("/manage/check-in").headers["Permissions-Policy"]
