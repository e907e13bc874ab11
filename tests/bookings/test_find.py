""" "Send me my link" tells nobody whether there is such a booking, and is not asked for ever."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.limits import limiter
from tests.bookings import acts
from tests.factories import NOW


@pytest.fixture
def booked(app: Flask, set_clock: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """A booking's code, and the address that it was made with."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    set_clock(NOW)
    with app.app_context():
        code = acts.hold(acts.house())
        return code, acts.booking(code).guest_email or ""


def links(app: Flask, code: str) -> int:
    with app.app_context():
        return sum(event.startswith("link:") for event in acts.messages(code))


def test_the_answer_is_the_same_whether_it_is_known_or_not(
    app: Flask, client: FlaskClient, booked: tuple[str, str]
) -> None:
    code, email = booked
    tries = [(code, email), (code, "nobody@sample.example"), ("AAAAAAA", email), ("AAAAAAA", "x")]
    answers = [client.post("/bookings/", data={"code": one, "contact": contact}) for one, contact in tries]
    assert len({(answer.status_code, answer.headers["Location"], answer.text) for answer in answers}) == 1
    assert links(app, code) == 1, "to whom it belongs, and to nobody else"


@pytest.mark.settings(rate_limits=True)
def test_it_is_not_asked_for_ever(app: Flask, client: FlaskClient, booked: tuple[str, str]) -> None:
    code, email = booked
    try:
        answers = [client.post("/bookings/", data={"code": code, "contact": email}) for _try in range(12)]
        assert [answer.status_code for answer in answers] == [303] * 10 + [429] * 2
    finally:
        limiter.reset()
        limiter.enabled = False
