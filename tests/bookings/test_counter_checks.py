"""Seats, pieces, charges and what keepers owe each other: honest worlds hold, each tampering is named."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.bookings import services
from app.bookings.queries.checks import check_books, check_inventory
from app.core.db import db, transaction
from app.ledger.services import Move, post
from app.payments.rules import PaymentMethod
from app.users.rules import Role, Scope
from tests.bookings import acts, cards
from tests.factories import make_hold, make_package, make_product, make_product_choice
from tests.simulators.provider import Provider

EVERYTHING = Scope(everything=True)


@pytest.fixture
def world(app: Flask, season: Session, stripe_simulator: Provider) -> Session:
    """Paid by card and picked up; held; cancelled with one product in hand and one not."""
    cards.at_our_time(stripe_simulator)
    shop = cards.open_shop()
    sold = cards.hold(shop)
    cards.pay_now(stripe_simulator, sold)
    user_id = acts.user(Role.DESK, at=shop.house)
    with transaction():
        services.hand_over(code=sold, position=2, by_user_id=user_id, scope=EVERYTHING)
        tour, goods = make_package(seats=5), make_product(pieces=9)
    more = cards.Shop(shop.house, tour, goods)
    cards.hold(more, "package", "product", method=PaymentMethod.TRANSFER)
    with transaction():
        two = [make_product_choice(goods, quantity=2), make_product_choice(make_product(), quantity=1)]
        cancelled = make_hold(None, *two).code
    acts.pay(cancelled)
    with transaction():
        services.hand_over(code=cancelled, position=0, by_user_id=user_id, scope=EVERYTHING)
    cards.cancel(cancelled)
    return season


def broken() -> set[str]:
    """Names of the checks that do not hold."""
    return {check.name for check in (*check_books(), *check_inventory()) if not check.holds}


def lines(where: str) -> str:
    """Holders: lines of bookings of which something is true."""
    return (
        "(SELECT 'line:' || l.id FROM booking_lines l JOIN bookings b ON b.id = l.booking_id "
        f"WHERE {where} ORDER BY l.id LIMIT 1)"
    )


SOLD = lines("b.state = 'confirmed' AND l.kind = 'package'")
HELD = lines("b.state = 'held' AND l.kind = 'product'")
ENDED = lines("b.state = 'cancelled' AND l.handed_over_at IS NULL")
FULL = "counters hold what is claimed"
CERTAIN = "every certain seat and piece is sold"
RUNNING = "every seat and piece of a running hold is kept"
STRAY = "every claim belongs to a line that needs it"
OVER = "ended bookings claim no seat and no piece"

TAMPERED = {
    "a seat too many is taken": ("UPDATE counters SET taken = taken - 1 WHERE taken > 0", FULL),
    "a claim is gone": (f"DELETE FROM claims WHERE reference = {SOLD}", CERTAIN),
    "a claim is gone, the counter knows": (f"DELETE FROM claims WHERE reference = {SOLD}", FULL),
    "a sold seat may lapse": (
        f"UPDATE claims SET expires_at = '2027-06-01 00:00:00.000000' WHERE reference = {SOLD}",
        CERTAIN,
    ),
    "one seat fewer is sold": (
        f"UPDATE claims SET quantity = quantity - 1 WHERE reference = {SOLD}",
        CERTAIN,
    ),
    "a hold lapses before its time": (
        f"UPDATE claims SET expires_at = '2027-04-20 03:00:01.000000' WHERE reference = {HELD}",
        RUNNING,
    ),
    "a held piece is kept for good": (f"UPDATE claims SET expires_at = NULL WHERE reference = {HELD}", STRAY),
    "a claim is nobody's": (f"UPDATE claims SET reference = 'line:999999' WHERE reference = {HELD}", STRAY),
    "a claim is in another's counter": (
        (
            "UPDATE claims SET counter_id = (SELECT max(c.id) FROM counters c WHERE c.id NOT IN "
            f"(SELECT counter_id FROM claims)) WHERE reference = {HELD}"
        ),
        STRAY,
    ),
    "a cancelled booking keeps a piece": (
        f"UPDATE claims SET reference = {ENDED} WHERE reference = {SOLD}",
        OVER,
    ),
    "what was put aside comes back": (
        (
            "UPDATE booking_lines SET handed_over_at = NULL, ready_at = NULL "
            "WHERE booking_id IN (SELECT id FROM bookings WHERE state = 'cancelled')"
        ),
        OVER,
    ),
    "a charge is forgotten": (
        "UPDATE receipts SET charge = NULL WHERE keeper = 'card'",
        "card money came by a charge",
    ),
    "cash has a charge": (
        "UPDATE receipts SET charge = 'pi_x' WHERE keeper <> 'card'",
        "card money came by a charge",
    ),
}


def test_an_honest_world_holds(world: Session) -> None:
    assert broken() == set()


def test_every_tampering_is_named(world: Session) -> None:
    for name, (statement, check) in TAMPERED.items():
        with db.session.connection().begin_nested() as undone:
            assert db.session.connection().execute(text(statement)).rowcount > 0, name
            db.session.expire_all()
            found = broken()
            undone.rollback()
        assert check in found, f"{name}: {found}"
    db.session.expire_all()
    assert broken() == set()


def test_what_one_keeper_owes_another_must_get(world: Session) -> None:
    with transaction():
        move = Move("held:cash:sarihayu", "between:bank:bersama", 5, "cash:sarihayu")
        post(reference="try", kind="settle", subject="try", moves=[move])
    assert "what keepers owe each other sums to 0" in broken()
