"""The worked example of docs/money.md is what the code does."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

from app.bookings.rules import LineKind, Sold, fall_of_terms
from app.core.filters import figures
from app.payments.gateway.reading import in_rupiah
from app.revenue.rules import (
    PayeeKind,
    Share,
    SoldUnit,
    SplitTerms,
    allocate,
    amounts,
    divide_fee,
    divide_kept,
    spread,
)
from app.villages.rules import Keeps

PAGE = Path(__file__).parents[2] / "docs" / "money.md"
TERMS = SplitTerms(
    agreement_id=1,
    version=1,
    tax_account="tax:tanjungsari:pbjt",
    tax_rate=1000,
    fees=(),
    shares=(
        Share(1, PayeeKind.HOST, "host", 6750),
        Share(2, PayeeKind.BUMDES, "bumdes", 1750),
        Share(3, PayeeKind.MANAGER, "manager", 1000),
        Share(4, PayeeKind.VILLAGE_CASH, "cash", 500),
    ),
    taker=3,
)
SATURDAY = SoldUnit(1, 0, date(2026, 12, 12), 280_000, TERMS)
SUNDAY = SoldUnit(2, 0, date(2026, 12, 13), 245_000, TERMS)
NAMES = {
    "tax": "local tax",
    "host": "host",
    "bumdes": "BUMDes",
    "manager": "pendamping",
    "village_cash": "village cash",
}


def test_the_table_of_shares() -> None:
    page = PAGE.read_text()
    for name, amount in zip(NAMES.values(), amounts(TERMS, 525_000, 525_000, 2), strict=True):
        assert f"| {name} | {figures(amount)} |" in page


def test_the_table_by_night() -> None:
    page = PAGE.read_text()
    by_night: dict[str, list[int]] = defaultdict(list)
    for part in allocate([SATURDAY, SUNDAY], 0, 525_000):
        by_night[part.kind].append(part.amount)
    for kind, nights in by_night.items():
        saturday, sunday = map(figures, nights)
        assert f"| {NAMES[kind]} | {saturday} | {sunday} | {figures(sum(nights))} |" in page


def test_the_deposit() -> None:
    page = PAGE.read_text().replace("\n", " ")
    for part in allocate([SATURDAY, SUNDAY], 0, 157_500):
        assert part.unit == SATURDAY.key
        assert f"{NAMES[part.kind].removeprefix('local ')} {figures(part.amount)}" in page


def test_what_is_earned_each_day() -> None:
    page = PAGE.read_text()
    for unit in (1, 2):
        earned = [
            p.amount for p in allocate([SATURDAY, SUNDAY], 0, 525_000) if p.unit == unit and p.kind != "tax"
        ]
        assert f"| {figures(sum(earned))} |" in page


def test_the_cancellation() -> None:
    page = PAGE.read_text()
    nights = spread(280_000, [SATURDAY.price, SUNDAY.price])
    assert f"{figures(nights[0])} stay on Saturday and {figures(nights[1])} on Sunday" in page
    kept: dict[str, int] = defaultdict(int)
    for part in divide_kept([SATURDAY, SUNDAY], dict(zip((1, 2), nights, strict=True))):
        kept[part.kind] += part.amount
    for kind, before in zip(NAMES, amounts(TERMS, 525_000, 525_000, 2), strict=True):
        row = (
            f"| {NAMES[kind]} | {figures(before)} | {figures(kept[kind])} | {figures(before - kept[kind])} |"
        )
        assert row in page


def test_the_fee_of_a_card() -> None:
    """A charge of the stay, booked by the provider in Singapore cents."""
    page = PAGE.read_text()
    rate = Decimal("0.000082")
    settled = round(525_000 * 100 * rate)
    fee = settled * 390 // 10_000 + 50
    kept, net = in_rupiah(fee, rate), in_rupiah(settled - fee, rate)
    assert divide_fee(kept, [(525_000, TERMS)]) == [(3, kept)]
    assert page.count(f"| {figures(kept)} |") == 2
    assert f"are {figures(kept)} rupiah" in page
    assert f"is {figures(net)})" in page
    assert f"the other way when it won) | {figures(525_000 - kept - net)} |" in page


def test_other_dates() -> None:
    """Saturday is given up late, Sunday is held on to, Monday costs as much as Sunday."""
    units = [Sold(1, SATURDAY.on, SATURDAY.price), Sold(2, SUNDAY.on, SUNDAY.price)]
    late = fall_of_terms(LineKind.STAY, Keeps.FIRST_NIGHT, units)
    early = fall_of_terms(LineKind.STAY, Keeps.NOTHING, units)
    assert (late[1], early[1]) == (280_000, 0)
    new = 2 * SUNDAY.price
    page = PAGE.read_text()
    total = late[1] + new
    assert f"{figures(late[1])} + {figures(new)} = {figures(total)} then" in page
    assert f"and {figures(total - 525_000)} are due" in page
    assert f"it costs {figures(new)}, and {figures(525_000 - new)} go back" in page
