"""The pages of papers: a guest's own, the same for staff who see the money, and the public trail without names."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.bookings import queries, services
from app.bookings.models import Booking
from app.core import codes
from app.core.db import transaction
from app.core.spelling import terbilang
from tests.factories import NOW, make_paid
from tests.machinery.clients import Visitor


@pytest.fixture(autouse=True)
def season(set_clock: Callable[..., None]) -> None:
    set_clock(NOW)


def paid(app: Flask) -> tuple[Booking, str, str]:
    """A paid booking, its secret, and the number of its receipt."""
    with app.app_context():
        with transaction():
            booking = make_paid()
        (paper,) = queries.list_papers(booking.id)
        return booking, codes.access_token(booking.code, booking.token_version), paper.number


def trail_path(app: Flask, booking: Booking) -> str:
    with app.app_context():
        return f"/trail/{codes.trail_token(booking.id)}"


def test_the_guest_opens_the_receipt_from_the_booking(app: Flask, visitor: Visitor) -> None:
    booking, token, number = paid(app)
    page = visitor.client.get(f"/bookings/{booking.code}?token={token}&lang=en", follow_redirects=True).text
    assert f"/bookings/{booking.code}/receipts/{number}" in page
    assert trail_path(app, booking) in page
    with app.app_context():
        (paper,) = queries.list_papers(booking.id)
    for language in ("en", "id"):
        answer = visitor.client.get(f"/bookings/{booking.code}/receipts/{number}?lang={language}")
        assert answer.status_code == 200
        assert terbilang(paper.amount, language) in answer.text
        assert booking.guest_name in answer.text
        assert str(booking.guest_email) not in answer.text
        assert trail_path(app, booking) in answer.text
        assert 'src="data:image/svg+xml' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_without_the_secret_there_is_no_receipt(app: Flask, visitor: Visitor) -> None:
    booking, token, number = paid(app)
    other, other_token, _number = paid(app)
    assert visitor.client.get(f"/bookings/{booking.code}/receipts/{number}").status_code == 404
    visitor.client.get(f"/bookings/{other.code}?token={other_token}")
    assert visitor.client.get(f"/bookings/{other.code}/receipts/{number}").status_code == 404
    visitor.client.get(f"/bookings/{booking.code}?token={token}")
    assert visitor.client.get(f"/bookings/{booking.code}/receipts/{number}").status_code == 200


def test_a_receipt_is_saved_as_pdf(app: Flask, visitor: Visitor) -> None:
    booking, token, number = paid(app)
    path = f"/bookings/{booking.code}/receipts/{number}/pdf"
    assert visitor.client.get(path).status_code == 404
    visitor.client.get(f"/bookings/{booking.code}?token={token}")
    answers = [visitor.client.get(f"{path}?lang={language}") for language in ("en", "id")]
    for answer in answers:
        assert answer.status_code == 200
        assert answer.mimetype == "application/pdf"
        assert answer.data.startswith(b"%PDF-")
        assert answer.data.rstrip().endswith(b"%%EOF")
        assert answer.headers["Content-Disposition"] == f'inline; filename="{number}.pdf"'
    assert answers[0].data != answers[1].data
    assert path in visitor.client.get(f"/bookings/{booking.code}/receipts/{number}").text


def test_a_credit_note_names_its_receipt(app: Flask, visitor: Visitor) -> None:
    booking, token, number = paid(app)
    with app.app_context():
        with transaction():
            services.cancel_booking(code=booking.code, reason=None)
        note = queries.list_papers(booking.id)[1].number
    visitor.client.get(f"/bookings/{booking.code}?token={token}&lang=en")
    page = visitor.client.get(f"/bookings/{booking.code}/receipts/{note}").text
    assert number in page
    assert f"Credit note {note}" in page
    assert f"Credit note {note}" in visitor.client.get(f"/bookings/{booking.code}/receipts/{number}").text


def test_the_trail_names_nobody(app: Flask, visitor: Visitor) -> None:
    booking, _token, number = paid(app)
    answer = visitor.client.get(trail_path(app, booking) + "?lang=en")
    assert answer.status_code == 200
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    with app.app_context():
        found = queries.find_booking(booking.code)
        assert found is not None
        shares = queries.shares_of(found)
    names = {share.name for share in shares if share.kind in {"host", "guide", "maker"}}
    titles = {line.title for line in found.lines}
    for secret in (found.guest_name, str(found.guest_email), found.code, *names, *titles):
        assert secret not in answer.text
    for share in shares:
        assert f"{share.amount:,}".replace(",", ".") in answer.text
    assert number in answer.text


def test_the_trail_tells_of_refunds(app: Flask, visitor: Visitor) -> None:
    booking, _token, _number = paid(app)
    with app.app_context(), transaction():
        services.cancel_booking(code=booking.code, reason="nobody is to read this")
    page = visitor.client.get(trail_path(app, booking) + "?lang=en").text
    assert "goes back to the guest" in page
    assert "not sent yet" in page
    assert "nobody is to read this" not in page


def test_a_trail_cannot_be_guessed(app: Flask, visitor: Visitor) -> None:
    booking, _token, _number = paid(app)
    path = trail_path(app, booking)
    with app.app_context():
        nobody = f"/trail/{codes.trail_token(booking.id + 1000)}"
    signature = path.partition("-")[2]
    wrong = [
        path[:-1] + ("A" if path[-1] != "A" else "E"),
        f"/trail/{booking.id}",
        f"/trail/{booking.id + 1}-{signature}",
        f"/trail/0{booking.id}-x",
        "/trail/²-x",
        "/trail/-",
        nobody,
    ]
    assert [visitor.client.get(one).status_code for one in wrong] == [404] * len(wrong)


def test_a_trail_opens_no_booking(app: Flask, visitor: Visitor) -> None:
    booking, _token, _number = paid(app)
    token = trail_path(app, booking).rpartition("/")[2]
    assert visitor.client.get(f"/bookings/{booking.code}?token={token}").status_code == 404
