"""Cash: who holds it since when, the oldest leaves first; one hands it over, another counts it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.bookings import services
from app.bookings.models import CashHandover
from app.bookings.queries.cash import CashBox, list_boxes
from app.bookings.rules import AgeBand
from app.bookings.services import Taker
from app.core import clock
from app.core.audit import AuditEntry
from app.core.db import db, transaction
from app.core.errors import Forbidden, Invalid, NotFound, WrongState
from app.ledger.queries import balance, keeper_balances
from app.payments.rules import PaymentMethod
from app.users.rules import Role, Scope
from tests.bookings import acts
from tests.bookings.acts import DAY, later
from tests.bookings.test_checks import after
from tests.factories import ARRIVAL, House, make_choice, make_village

CASH = PaymentMethod.CASH
ALL, NONE = Scope(everything=True), Scope()


@pytest.fixture
def hands(house: House) -> tuple[int, int]:
    """Somebody at the desk, and the treasurer."""
    return acts.user(Role.DESK, at=house), acts.user(Role.BUMDES_TREASURER, at=house)


def box(slug: str = "sarihayu") -> CashBox | None:
    return next((one for one in list_boxes(ALL) if one.village.slug == slug), None)


def sell(house: House, amount: int = 400_000, **details: object) -> str:
    code = acts.hold(house, **details)
    acts.pay(code, amount, method=CASH)
    return code


def give(by: int, amount: int, receiver: str = "bank:sarihayu", **details: object) -> int:
    asked = {"village": "sarihayu", "handed_on": clock.today(), "reference": "slip 1", "scope": ALL} | details
    with transaction():
        return services.hand_cash(receiver=receiver, amount=amount, by_user_id=by, **asked).id  # type: ignore[arg-type]


def take(
    number: int,
    by: int,
    counted: int,
    reason: str = "",
    *,
    boxes: Scope = ALL,
    banks: Scope = ALL,
    differ: Scope = NONE,
) -> None:
    with transaction():
        services.take_cash(
            handover_id=number, counted=counted, reason=reason, taker=Taker(by, boxes, banks, differ)
        )


def test_what_came_first_leaves_first(house: House, hands: tuple[int, int]) -> None:
    sell(house)
    with later(8 * DAY):
        sell(house, arrival=ARRIVAL + 20 * DAY)
        held = box()
        assert held is not None
        bands = held.by_band(clock.now())
        assert (held.amount, [layer.amount for layer in held.layers]) == (800_000, [400_000, 400_000])
        assert (bands[AgeBand.WEEKS], bands[AgeBand.FRESH]) == (400_000, 400_000)
        number = give(hands[0], 500_000)
        assert box() is not None
        assert (box().amount, box().given) == (800_000, 500_000)  # type: ignore[union-attr]
        take(number, hands[1], 500_000)
        held = box()
        assert held is not None
        assert [layer.amount for layer in held.layers] == [300_000]
        assert held.by_band(clock.now())[AgeBand.WEEKS] == 0
        assert (balance("held:cash:sarihayu"), balance("held:bank:sarihayu")) == (-300_000, -500_000)
        assert balance("between:cash:sarihayu") == 500_000
        acts.nothing_is_wrong()


def test_the_first_village_takes_it_and_owes_the_others(house: House) -> None:
    with transaction():
        there = make_village("tirtomulyo")
    other = acts.house(village=there)
    code = acts.hold(None, make_choice(house.room), make_choice(other.room))
    acts.pay(code, 800_000, method=CASH)
    held = box()
    assert held is not None
    assert box("tirtomulyo") is None
    assert (held.amount, held.others) == (800_000, {there.id: 400_000})
    assert {row.keeper for row in keeper_balances("payee")} == {"cash:sarihayu"}
    acts.nothing_is_wrong()
    with transaction():
        services.cancel_booking(code=code, reason="ill")  # all of it comes back: nobody is owed
    held = box()
    assert held is not None
    assert held.others == {}


def test_from_box_to_box(house: House, hands: tuple[int, int]) -> None:
    with transaction():
        make_village("tirtomulyo")
    sell(house)
    take(give(hands[0], 400_000, "cash:tirtomulyo"), hands[1], 400_000)
    assert box() is None
    assert box("tirtomulyo").amount == 400_000  # type: ignore[union-attr]
    acts.nothing_is_wrong()


def test_only_what_is_there_and_not_on_its_way(house: House, hands: tuple[int, int]) -> None:
    sell(house)
    give(hands[0], 300_000)
    for amount in (100_001, 0):
        with pytest.raises(Invalid):
            give(hands[0], amount)
    for wrong in (
        {"receiver": "cash:sarihayu"},
        {"receiver": "bank:nowhere"},
        {"receiver": "card"},
        {"reference": " "},
        {"handed_on": clock.today() + DAY},
    ):
        with pytest.raises(Invalid):
            give(hands[0], 1, **wrong)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        give(hands[0], 1, scope=Scope(villages=frozenset({house.village_id + 99})))


def test_two_persons(house: House, hands: tuple[int, int]) -> None:
    sell(house)
    number = give(hands[0], 400_000)
    with pytest.raises(Forbidden):
        take(number, hands[0], 400_000)
    with pytest.raises(NotFound):
        take(number, hands[1], 400_000, banks=NONE)
    take(number, hands[1], 400_000)
    with pytest.raises(WrongState):
        take(number, hands[1], 400_000)
    assert balance("held:bank:sarihayu") == -400_000


def test_a_difference_stands_apart_with_reason_and_right(house: House, hands: tuple[int, int]) -> None:
    sell(house)
    number = give(hands[0], 400_000)
    with pytest.raises(Invalid):
        take(number, hands[1], 390_000, differ=ALL)
    with pytest.raises(Forbidden):
        take(number, hands[1], 390_000, "a note was false")
    take(number, hands[1], 390_000, "a note was false", differ=ALL)
    assert balance("difference:cash:sarihayu") == -10_000
    assert (balance("held:cash:sarihayu"), balance("held:bank:sarihayu")) == (0, -390_000)
    acts.nothing_is_wrong()
    row = db.session.query(AuditEntry).filter_by(action="cash:taken").one()
    assert (row.reason, row.details["counted"]) == ("a note was false", 390_000)


def test_too_much_stands_apart_too(house: House, hands: tuple[int, int]) -> None:
    sell(house)
    take(give(hands[0], 300_000), hands[1], 305_000, "counted twice", differ=ALL)
    assert balance("difference:cash:sarihayu") == 5_000
    assert (balance("held:cash:sarihayu"), balance("held:bank:sarihayu")) == (-100_000, -305_000)
    acts.nothing_is_wrong()


def test_dropped_it_is_where_it_was(house: House, hands: tuple[int, int]) -> None:
    sell(house)
    number = give(hands[0], 400_000)
    with pytest.raises(Invalid), transaction():
        services.drop_handover(handover_id=number, reason=" ", by_user_id=hands[0], scope=ALL)
    with transaction():
        services.drop_handover(handover_id=number, reason="rain", by_user_id=hands[0], scope=ALL)
    with pytest.raises(WrongState):
        take(number, hands[1], 400_000)
    give(hands[0], 400_000)
    acts.nothing_is_wrong()


def test_what_the_box_no_longer_holds_is_not_taken(house: House, hands: tuple[int, int]) -> None:
    sell(house)
    number = give(hands[0], 400_000)
    with transaction():
        db.session.get_one(CashHandover, number).amount = 400_001  # as if a refund had left the box since
    with pytest.raises(WrongState):
        take(number, hands[1], 400_001)


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        (
            "UPDATE cash_handovers SET amount = amount - 1, counted = counted - 1",
            "every handing over of cash is booked once",
        ),
        ("UPDATE cash_handovers SET counted = 400000", "every handing over of cash is booked once"),
        (
            "UPDATE cash_handovers SET giver = 'cash:tirtomulyo'",
            "keepers hold receipts less fees and refunds sent",
        ),
        ("DELETE FROM cash_handovers", "keepers hold receipts less fees and refunds sent"),
    ],
)
def test_tampering_is_named(house: House, hands: tuple[int, int], statement: str, check: str) -> None:
    sell(house)
    take(give(hands[0], 400_000), hands[1], 399_000, "short", differ=ALL)
    assert check in after(statement)


def test_over_ninety_days(house: House) -> None:
    sell(house)
    with later(timedelta(days=92)):
        held = box()
        assert held is not None
        assert held.by_band(clock.now())[AgeBand.QUARTER] == 400_000
