"""The guest's button: without JavaScript, pressed twice, after a lost signal, with a photo that is one or is none."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.bookings.models import Booking
from app.bookings.queries import find_open_claim, find_photo
from app.core import codes
from app.core.uploads import MOST_PHOTO
from tests.bookings.desk import NOW, Desk, book, make_desk, receive, see
from tests.core.test_uploads import BARE_PNG, PLACE, PNG
from tests.machinery.clients import Visitor

Clock = Callable[[object], None]


@pytest.fixture
def desk(app: Flask, set_clock: Clock) -> Desk:
    set_clock(NOW)
    return make_desk(app)


def enter(app: Flask, visitor: Visitor, code: str) -> Visitor:
    with app.app_context():
        token = codes.access_token(code, 1)
    return visitor.open(f"/bookings/{code}?token={token}&lang=en")


def send(page: Visitor, code: str, **files: object) -> TestResponse:
    form = next(form for form in page.forms if form.action.endswith("/sent"))
    return multipart(page, f"/bookings/{code}/sent", dict(form.values) | files)


def multipart(page: Visitor, path: str, fields: dict[str, object]) -> TestResponse:
    """Send fields and files; the client's own copy of a large file is closed."""
    answer = page.client.post(path, data=fields, content_type="multipart/form-data")
    answer.request.environ["wsgi.input"].close()
    return answer


def photo_of(app: Flask, booking: Booking) -> bytes | None:
    with app.app_context():
        claim = find_open_claim(booking.id)
        assert claim is not None
        photo = find_photo(claim.id)
        return photo.content if photo else None


def test_the_countdown_becomes_a_promise(app: Flask, desk: Desk, visitor: Visitor, set_clock: Clock) -> None:
    code = book(app, desk.here)
    page = enter(app, visitor, code)
    assert "Pay before" in page.text
    told = page.submit("/sent")
    assert "You told us that you have transferred" in told.text
    assert "at the latest until" in told.text
    assert not [form for form in told.forms if form.action.endswith(("/sent", "/pay"))]
    set_clock(NOW + timedelta(hours=1))
    receive(app, code, desk.people[next(iter(desk.people))])
    assert "Your booking is certain" in page.open(f"/bookings/{code}").text


def test_pressed_again_after_a_lost_signal(app: Flask, desk: Desk, visitor: Visitor) -> None:
    code = book(app, desk.here)
    page = enter(app, visitor, code)
    for _time in range(2):
        assert send(page, code).status_code == 303
    assert "You told us" in page.open(f"/bookings/{code}").text


def test_a_photo_loses_its_place(app: Flask, desk: Desk, visitor: Visitor) -> None:
    code = book(app, desk.here)
    send(enter(app, visitor, code), code, photo=(io.BytesIO(PNG), "bukti.png"))
    assert photo_of(app, see(app, code)) == BARE_PNG
    assert PLACE not in (photo_of(app, see(app, code)) or b"")


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"no photo", "no photo that we can read"), (b"\xff" * (MOST_PHOTO + 1), "too large")],
)
def test_a_photo_that_is_none_stops_the_clock_all_the_same(
    app: Flask, desk: Desk, visitor: Visitor, content: bytes, said: str
) -> None:
    code = book(app, desk.here)
    page = enter(app, visitor, code)
    send(page, code, photo=(io.BytesIO(content), "x.jpg"))
    assert photo_of(app, see(app, code)) is None
    text = page.open(f"/bookings/{code}").text
    assert said in text
    assert "You told us" in text


def test_other_pages_take_no_more_than_before(app: Flask, desk: Desk, visitor: Visitor) -> None:
    code = book(app, desk.here)
    page = enter(app, visitor, code)
    answer = multipart(page, f"/bookings/{code}/pay", {"photo": (io.BytesIO(b"x" * 2_000_000), "x.jpg")})
    assert answer.status_code in {400, 413}


def test_too_late_is_said(app: Flask, desk: Desk, visitor: Visitor, set_clock: Clock) -> None:
    code = book(app, desk.here)
    page = enter(app, visitor, code)
    set_clock(NOW + timedelta(hours=25))
    assert send(page, code).status_code == 303
    assert "The time is up and your places were let go" in page.open(f"/bookings/{code}").text


def test_without_the_secret_nobody_claims(app: Flask, desk: Desk, visitor: Visitor) -> None:
    code = book(app, desk.here)
    token = dict(enter(app, visitor, code).forms[-1].values).get("csrf_token", "")
    stranger = Visitor(app.test_client())
    answer = stranger.client.post(f"/bookings/{code}/sent", data={"csrf_token": token})
    assert answer.status_code in {400, 404}
    with app.app_context():
        assert find_open_claim(see(app, code).id) is None
