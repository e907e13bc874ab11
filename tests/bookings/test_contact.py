"""Where a guest is reached is corrected: what was sent elsewhere dies, and only the new address gets a link."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.bookings import queries, services
from app.core import codes
from app.core.db import transaction
from app.core.errors import Invalid, NotFound
from app.users.rules import Role, Scope
from tests.bookings import acts
from tests.bookings.coupons import EVERYTHING


def correct(
    code: str,
    email: str | None,
    phone: str | None = None,
    *,
    reason: str = "typed wrongly",
    scope: Scope = EVERYTHING,
) -> None:
    by = acts.user(Role.MANAGER)
    with transaction():
        services.correct_contact(
            code=code, email=email, phone=phone, reason=reason, by_user_id=by, scope=scope
        )


def test_old_links_die_and_the_new_address_gets_one(season: Session) -> None:
    code = acts.hold(acts.house())
    before = acts.booking(code)
    old, was = codes.access_token(code, 1), before.guest_email
    assert queries.get_booking_by_token(code, old)
    correct(code, "right@sample.example")
    with pytest.raises(NotFound):
        queries.get_booking_by_token(code, old)
    new = codes.access_token(code, 2)
    assert queries.get_booking_by_token(code, new).guest_email == "right@sample.example"
    told = acts.messages(code)
    assert told["link:v2"].recipient == "right@sample.example"
    assert new in told["link:v2"].text
    assert told["contact:v2"].recipient == was
    assert "token=" not in told["contact:v2"].text + (told["contact:v2"].html or "")


def test_from_mail_to_phone_and_once_more(season: Session) -> None:
    code = acts.hold(acts.house())
    correct(code, None, "+6281200000077")
    correct(code, "again@sample.example")
    told = acts.messages(code)
    assert told["link:v2"].recipient == told["contact:v3"].recipient == "+6281200000077"
    assert told["link:v3"].recipient == "again@sample.example"


def test_what_cannot_be_corrected(season: Session) -> None:
    house = acts.house()
    code = acts.hold(house)
    known = acts.booking(code).guest_email
    for email, reason in ((None, "why"), (known, "why"), ("new@sample.example", " ")):
        with pytest.raises(Invalid):
            correct(code, email, reason=reason)
    with pytest.raises(NotFound):
        correct(code, "new@sample.example", scope=Scope(villages=frozenset({house.village_id + 999})))
    assert acts.booking(code).token_version == 1
