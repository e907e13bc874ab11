"""The second click: the same request gives the first answer, another one is refused, a failure is forgotten."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry, record
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid
from app.core.idempotency import IdempotencyKey, claim, digest_of, remember

BODY = {"lines": [{"room_type": "a", "rooms": 1}], "guest": {"name": "Siti"}}


def book(reference: str, *, key: str = "k1", route: str = "bookings", body: object = BODY) -> str:
    """A door that does something once: the reference it answers with."""
    with transaction():
        known = claim(route=route, key=key, digest=digest_of(body))
        if known is not None:
            return known
        record(action="booked", subject=reference, user_id=None)
        remember(route=route, key=key, reference=reference)
        return reference


def acts() -> int:
    return db.session.scalar(select(func.count(AuditEntry.id)).where(AuditEntry.action == "booked")) or 0


def test_the_same_request_gives_the_first_answer(session: Session) -> None:
    assert [book(reference) for reference in ("A", "B", "C")] == ["A", "A", "A"]
    assert acts() == 1


def test_another_body_is_a_conflict(session: Session) -> None:
    book("A")
    with pytest.raises(Conflict) as refusal:
        book("B", body=BODY | {"guest": {"name": "Ani"}})
    assert (refusal.value.status, refusal.value.code) == (409, "idempotency_conflict")
    assert acts() == 1
    assert book("C") == "A"


def test_other_keys_and_other_doors_are_other_requests(session: Session) -> None:
    assert [book("A"), book("B", key="k2"), book("C", route="payments")] == ["A", "B", "C"]


def test_a_failure_leaves_no_trace(session: Session) -> None:
    with pytest.raises(LookupError), transaction():
        assert claim(route="bookings", key="k1", digest=digest_of(BODY)) is None
        raise LookupError
    assert session.scalars(select(IdempotencyKey)).all() == []
    assert book("B", body={"another": "body"}) == "B"


def test_the_order_of_fields_does_not_make_another_request() -> None:
    assert digest_of({"a": 1, "b": [1, 2]}) == digest_of({"b": [1, 2], "a": 1})
    assert (
        len({digest_of({"a": [1, 2]}), digest_of({"a": [2, 1]}), digest_of({"a": "1"}), digest_of(None)}) == 4
    )


@pytest.mark.parametrize("key", ["", "x" * 201, "a\nb", "a\0b"])
def test_a_key_that_cannot_be_used(session: Session, key: str) -> None:
    with pytest.raises(Invalid):
        book("A", key=key)


def test_keys_of_all_printable_kinds(session: Session) -> None:
    for key in ("x" * 200, "kunci-旅人", "'; DROP TABLE bookings; --"):
        assert book(key[:3], key=key) == book("other", key=key) == key[:3]


def test_two_at_once_do_it_once_and_get_the_same_answer(race_app: Flask) -> None:
    together, answers = Barrier(6), []

    def click(number: int) -> None:
        together.wait()
        with race_app.app_context():
            answers.append(book(f"R{number}"))

    threads = [Thread(target=click, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 6
    assert len(set(answers)) == 1
    with race_app.app_context():
        assert acts() == 1
