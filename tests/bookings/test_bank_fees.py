"""What a bank keeps is a line of its own, borne by whose account it is, booked once, and in the books as written."""

from __future__ import annotations

from datetime import date

import pytest

from app.bookings import services
from app.bookings.models import BankFee
from app.bookings.queries.bank_fees import list_bank_fees
from app.bookings.rules import read_statement
from app.core import clock
from app.core.audit import AuditEntry
from app.core.db import db, transaction
from app.core.errors import Invalid, NotFound, WrongState
from app.ledger.queries import balance
from app.payments.rules import PaymentMethod
from app.revenue.queries import find_payee
from app.revenue.rules import PayeeKind
from app.users.rules import Role, Scope
from tests.bookings import acts
from tests.bookings.acts import DAY
from tests.bookings.test_checks import after
from tests.factories import House, make_sheet

ALL = Scope(everything=True)


@pytest.fixture
def treasurer(house: House) -> int:
    return acts.user(Role.BUMDES_TREASURER, at=house)


def keep(by: int, amount: int = 12_500, keeper: str = "bank:sarihayu", **details: object) -> int:
    asked = {"booked_on": clock.today(), "reason": "BIAYA ADM", "scope": ALL} | details
    with transaction():
        return services.book_bank_fee(keeper=keeper, amount=amount, by_user_id=by, **asked).id  # type: ignore[arg-type]


def payable(kind: PayeeKind, village_id: int | None) -> int:
    payee = find_payee(kind=kind, village_id=village_id)
    assert payee is not None
    return balance(f"payee:{payee.id}:payable")


def test_whose_account_it_is_bears_it(house: House, treasurer: int) -> None:
    acts.pay(acts.hold(house))
    before = balance("held:bank:sarihayu")
    keep(treasurer)
    assert balance("held:bank:sarihayu") == before + 12_500
    assert payable(PayeeKind.BUMDES, house.village_id) == -12_500
    ((fee, payee),) = list_bank_fees(["sarihayu"])
    assert (fee.amount, fee.reason, payee.kind) == (12_500, "BIAYA ADM", PayeeKind.BUMDES)
    row = db.session.query(AuditEntry).filter_by(action="money:bank_fee").one()
    assert (row.user_id, row.reason, row.details["amount"]) == (treasurer, "BIAYA ADM", 12_500)
    acts.nothing_is_wrong()


def test_of_the_collecting_account_the_company_bears_it(house: House, treasurer: int) -> None:
    keep(treasurer, keeper="bank:bersama")
    assert payable(PayeeKind.MANAGER, None) == -12_500
    acts.nothing_is_wrong()


def test_what_qris_kept_more_than_was_known(house: House, treasurer: int) -> None:
    with transaction():
        make_sheet(by_user_id=treasurer)
    acts.pay(acts.hold(house, method=PaymentMethod.QRIS), 400_000, method=PaymentMethod.QRIS)
    with pytest.raises(Invalid):
        keep(treasurer, 397_201, "qris:sarihayu")
    keep(treasurer, 200, "qris:sarihayu")
    assert balance("held:qris:sarihayu") == -397_000
    acts.nothing_is_wrong()


def test_a_line_is_booked_once(house: House, treasurer: int) -> None:
    keep(treasurer, fingerprint="a" * 64)
    with pytest.raises(WrongState):
        keep(treasurer, fingerprint="a" * 64)
    keep(treasurer)
    assert db.session.query(BankFee).count() == 2


def test_refused(house: House, treasurer: int) -> None:
    for wrong in ({"amount": 0}, {"reason": " "}, {"booked_on": clock.today() + DAY}):
        with pytest.raises(Invalid):
            keep(treasurer, **wrong)  # type: ignore[arg-type]
    for keeper in ("cash:sarihayu", "card", "bank:nowhere"):
        with pytest.raises(NotFound):
            keep(treasurer, keeper=keeper)
    with pytest.raises(NotFound):
        keep(treasurer, scope=Scope(villages=frozenset({house.village_id + 99})))


def test_a_statement_names_what_reads_like_a_fee() -> None:
    fee, other, came = (
        "01/12/2026;BIAYA ADM;12.500;DB",
        "02/12/2026;BELI;50.000;DB",
        "03/12/2026;BIAYA;12.500;CR",
    )
    text = f"Tanggal;Keterangan;Jumlah;DB/CR\n{fee}\n{other}\n{came}\n{fee}\n"
    said = read_statement(text, date(2026, 12, 31))
    assert [(line.row, line.amount, line.number) for line in said.fees] == [(2, 12_500, 1), (5, 12_500, 2)]
    assert (said.outgoing, len(said.lines)) == (3, 1)


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("UPDATE bank_fees SET amount = 1", "every bank fee is booked once"),
        ("UPDATE bank_fees SET keeper = 'bank:bersama'", "every bank fee is booked once"),
        ("UPDATE bank_fees SET payee_id = (SELECT max(id) FROM payees)", "every bank fee is booked once"),
        ("DELETE FROM bank_fees", "keepers hold receipts less fees and refunds sent"),
    ],
)
def test_tampering_is_named(house: House, treasurer: int, statement: str, check: str) -> None:
    keep(treasurer)
    assert check in after(statement)
