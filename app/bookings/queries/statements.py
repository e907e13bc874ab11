"""Bank statements that were sent in, their lines, and whose money each line may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from sqlalchemy import ColumnElement, literal, not_, select
from sqlalchemy.orm import InstrumentedAttribute

from app.bookings.models import BankFile, BankLine, Booking, ReviewDecision
from app.bookings.queries.bookings import reached_by, whole_bookings
from app.bookings.rules import (
    BookingState,
    MatchedBy,
    Standing,
    StatementLine,
    Verdict,
    Wanted,
    judge,
    match,
    words_of,
)
from app.core import clock
from app.core.codes import ALPHABET, CODE_LENGTH
from app.core.dates import village_date
from app.core.db import db
from app.core.errors import NotFound
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.payments.models import Payment, Receipt
from app.payments.queries import find_last_payment, find_open_payment
from app.payments.rules import PaymentMethod, PaymentState
from app.users.rules import Scope
from app.villages.queries import list_bank_accounts

ASKED_FOR = timedelta(days=60)
"""An amount with its unique code says whose money it is for so long after it was asked for."""

BY_HAND = (timedelta(days=-1), timedelta(days=7))
"""A receipt that somebody typed is the money of a line of the same amount whose day lies so near."""


@dataclass(frozen=True)
class Match:
    """What a line is: by which rule, for which booking, one of which bookings, or which receipt typed before."""

    verdict: Verdict
    by: MatchedBy | None = None
    booking: Booking | None = None
    others: tuple[str, ...] = ()
    receipt: Receipt | None = None


@dataclass
class Lookup:
    """What is known about an account that lines may be matched with. `foreseen` is what earlier lines of the same file
    would bring, in rupiah by booking code.
    """

    wanted: list[Wanted]
    bookings: dict[str, Booking]
    by_hand: list[Receipt]
    foreseen: dict[str, Rupiah] = field(default_factory=dict)


def list_bank_files(scope: Scope, *, limit: int = 20) -> list[BankFile]:
    """Statements of accounts in the scope, newest first."""
    query = select(BankFile).where(_in_reach(BankFile.account, scope)).order_by(BankFile.id.desc())
    return list(db.session.scalars(query.limit(limit)))


def get_bank_file(file_id: int, scope: Scope) -> BankFile:
    """A statement of an account in the scope. Raises NotFound."""
    query = select(BankFile).where(BankFile.id == file_id, _in_reach(BankFile.account, scope))
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(_("There is no such statement."))
    return found


def list_lines_of(file_id: int) -> list[tuple[BankLine, Receipt]]:
    """Lines that a file posted, with their receipts, in the order of posting."""
    query = select(BankLine, Receipt).join(Receipt, Receipt.id == BankLine.receipt_id)
    rows = db.session.execute(query.where(BankLine.file_id == file_id).order_by(BankLine.id))
    return [(line, receipt) for line, receipt in rows]


def lines_by_fingerprint(fingerprints: Sequence[str]) -> dict[str, BankLine]:
    """Which of these were posted before."""
    rows = db.session.scalars(select(BankLine).where(BankLine.fingerprint.in_(fingerprints)))
    return {line.fingerprint: line for line in rows}


def count_posted_elsewhere(account: str, lines: Sequence[StatementLine]) -> int:
    """How many of these very lines stand posted for another account: perhaps the wrong one was chosen."""
    if not lines:
        return 0
    days = [line.booked_on for line in lines]
    query = select(BankLine).where(
        BankLine.account != account,
        BankLine.amount.in_({line.amount for line in lines}),
        BankLine.booked_on.between(min(days), max(days)),
    )
    seen = {(one.booked_on, one.amount, one.text, one.number) for one in db.session.scalars(query)}
    return sum((line.booked_on, line.amount, line.text, line.number) in seen for line in lines)


def find_line_of(receipt_id: int) -> BankLine | None:
    """The bank's line behind a receipt."""
    return db.session.scalars(select(BankLine).where(BankLine.receipt_id == receipt_id)).one_or_none()


def look_up(account: str, lines: Sequence[StatementLine], scope: Scope) -> Lookup:
    """All that matching these lines of an account needs, asked at once; only bookings within the scope count."""
    amounts = {line.amount for line in lines}
    wanted = _wanted(account, amounts, scope)
    words = {word for line in lines for word in words_of(line.text) if _may_be_code(word)}
    codes = words | {one.booking for one in wanted}
    bookings = db.session.scalars(whole_bookings().where(Booking.code.in_(codes), reached_by(scope)))
    return Lookup(wanted, {booking.code: booking for booking in bookings}, _typed(account, amounts, lines))


def match_line(line: StatementLine, known: Lookup) -> Match:
    """Whose money a line is and what it would do, by rule; what it would bring is remembered for the lines after it."""
    by, codes = match(line.text, line.amount, line.booked_on, known.bookings, known.wanted)
    typed = [one for one in known.by_hand if one.amount == line.amount and _is_near(one, line.booked_on)]
    mine = [one for one in typed if not codes or one.reference.partition(":")[2] in codes]
    if mine:
        known.by_hand.remove(mine[0])
        return Match(Verdict.RECORDED, MatchedBy.HAND, receipt=mine[0])
    if typed or len(codes) > 1:
        return Match(Verdict.AMBIGUOUS, by, others=tuple(codes))
    if not codes:
        return Match(Verdict.UNKNOWN)
    booking = known.bookings[codes[0]]
    verdict = judge(line.amount, _standing(booking, known.foreseen.get(booking.code, 0)))
    known.foreseen[booking.code] = known.foreseen.get(booking.code, 0) + line.amount
    return Match(verdict, by, booking)


def _standing(booking: Booking, foreseen: Rupiah) -> Standing:
    payment = find_open_payment(booking.reference) or find_last_payment(
        booking.reference, PaymentMethod.TRANSFER
    )
    is_asked = payment is not None and payment.state != PaymentState.SUCCEEDED
    standing = Standing(
        state=booking.state,
        state_now=booking.state_now,
        arrival_passed=booking.arrival_passed,
        due=booking.total - booking.covered,
        asked=(payment.amount_with_code, payment.amount) if payment and is_asked else (),
    )
    if not foreseen:
        return standing
    is_enough = booking.covered + foreseen >= booking.due_now
    state = BookingState.CONFIRMED if is_enough else booking.state
    return replace(standing, state=state, due=max(0, standing.due - foreseen), asked=())


def _wanted(account: str, amounts: set[Rupiah], scope: Scope) -> list[Wanted]:
    asked = Payment.amount + Payment.unique_code
    query = (
        select(Booking.code, asked, Payment.created_at)
        .join(Booking, Payment.reference == literal("booking:") + Booking.code)
        .where(
            Payment.account == account,
            Payment.unique_code > 0,
            Payment.created_at > clock.now() - ASKED_FOR,
            asked.in_(amounts),
            reached_by(scope),
        )
    )
    rows = db.session.execute(query)
    return [Wanted(code, int(amount), village_date(since)) for code, amount, since in rows]


def _typed(account: str, amounts: set[Rupiah], lines: Sequence[StatementLine]) -> list[Receipt]:
    """Receipts of the account that somebody typed and no line stands behind yet, oldest first."""
    days = [line.booked_on for line in lines]
    if not days:
        return []
    has_line = select(BankLine.id).where(BankLine.receipt_id == Receipt.id).exists()
    query = select(Receipt).where(
        Receipt.keeper == f"bank:{account}",
        Receipt.method == PaymentMethod.TRANSFER,
        Receipt.amount.in_(amounts),
        Receipt.received_on.between(min(days) + BY_HAND[0], max(days) + BY_HAND[1]),
        Receipt.reference.startswith("booking:"),
        not_(has_line),
        not_(_is_of_review(Receipt.id)),
    )
    return list(db.session.scalars(query.order_by(Receipt.id)))


def _is_of_review(receipt_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether a receipt's money was under review before, so that no line of its own is to be waited for."""
    return select(ReviewDecision.id).where(ReviewDecision.new_receipt_id == receipt_id).exists()


def _is_near(receipt: Receipt, day: date) -> bool:
    return day + BY_HAND[0] <= receipt.received_on <= day + BY_HAND[1]


def _may_be_code(word: str) -> bool:
    return len(word) == CODE_LENGTH and set(word) <= set(ALPHABET)


def _in_reach(account: InstrumentedAttribute[str], scope: Scope) -> ColumnElement[bool]:
    return account.in_([one.code for one in list_bank_accounts(scope)])
