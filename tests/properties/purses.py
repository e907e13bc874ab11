"""What a guest paid and got back, what papers and trail say of it, and how often each thing was done in a history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import func, select

from app.bookings import queries
from app.bookings.models import BankLine, Booking, HandRefund, TransferClaim
from app.bookings.rules import PaperKind
from app.core.audit import AuditEntry
from app.core.db import db
from app.ledger.models import Account, JournalEntry, Posting
from app.ledger.queries import balance
from app.payments.models import Dispute, Receipt, Refund
from app.payments.queries import list_disputes, list_receipts, list_refunds
from app.payments.rules import RefundState

Step = tuple[object, int, bool]
"""When, how many rupiah, and whether it was we who sent them of our own accord."""


def check_purses() -> None:
    """No guest was given twice, and papers and trail say what came and went, booking by booking."""
    for booking in db.session.scalars(queries.bookings.whole_bookings()):
        assert balance(booking.reference) == 0
        assert sum(share.amount for share in queries.kept_shares(booking)) == booking.received
        assert 0 <= booking.received <= booking.total
        receipts = list_receipts(booking.reference)
        for receipt in receipts:
            _check_purse(receipt)
        _check_papers(booking, receipts)
        _check_trail(booking, receipts)


def _check_purse(receipt: Receipt) -> None:
    """Of each payment so much goes back as came. Only a bank may take more, of what had left before: no person sends
    anything to a guest who has it by then.
    """
    had = 0
    for _at, amount, is_ours in sorted(_steps(receipt), key=lambda step: step[0]):  # type: ignore[arg-type, return-value]
        had += amount
        assert not is_ours or had <= receipt.amount, f"receipt {receipt.id}: paid back twice"
    for refund in _refunds(receipt):
        for dispute in list_disputes(receipt.id):
            assert not _left_meanwhile(refund, dispute), f"refund {refund.id}: sent while it is disputed"


def _refunds(receipt: Receipt) -> list[Refund]:
    query = select(Refund).where(Refund.receipt_id == receipt.id, Refund.state == RefundState.SENT)
    return list(db.session.scalars(query))


def _steps(receipt: Receipt) -> Iterator[Step]:
    disputes = list_disputes(receipt.id)
    banks = {dispute.provider_id for dispute in disputes}
    for dispute in disputes:
        if dispute.settled_at is not None:
            yield dispute.taken_at, dispute.amount, False
    for refund in _refunds(receipt):
        if refund.proof not in banks:
            yield _left_at(refund), refund.amount, refund.sent_by_id is not None


def _left_at(refund: Refund) -> object:
    hand = db.session.get(HandRefund, refund.id)
    return hand.sent_at if hand and hand.sent_at else refund.sent_at


def _left_meanwhile(refund: Refund, dispute: Dispute) -> bool:
    if refund.sent_by_id is None or dispute.taken_at is None:
        return False
    ends = dispute.returned_at or dispute.settled_at
    left = _left_at(refund)
    return left > dispute.taken_at and (ends is None or left < ends)  # type: ignore[operator, no-any-return]


def _check_papers(booking: Booking, receipts: list[Receipt]) -> None:
    """Receipts less credit notes: what was divided of the money and has not gone back. Money that was sent back
    undivided has no paper. Their tax follows with the next note only, where money moved from a stay to a package.
    """
    papers = queries.list_papers(booking.id)
    net = sum(one.amount if one.kind == PaperKind.RECEIPT else -one.amount for one in papers)
    assert net == booking.received + _codes_of(booking), f"{booking.code}: papers say {net}"


def _codes_of(booking: Booking) -> int:
    """Unique codes that stay, of money that was divided."""
    codes = select(Account.id).where(Account.family == "codes").scalar_subquery()
    entries = select(JournalEntry.id).where(JournalEntry.subject == booking.reference)
    sides = ((Posting.to_account_id, 1), (Posting.from_account_id, -1))
    return sum(
        sign
        * int(
            db.session.scalar(
                select(func.coalesce(func.sum(Posting.amount), 0)).where(
                    side.in_(codes), Posting.entry_id.in_(entries)
                )
            )
            or 0
        )
        for side, sign in sides
    )


def _check_trail(booking: Booking, receipts: list[Receipt]) -> None:
    """What anybody may read: all that came, all that goes back, all that has left."""
    said: Counter[str] = Counter()
    for step in queries.rupiah_trail(booking):
        said[step.kind] += step.amount
    refunds = list_refunds(booking.reference)
    sent = sum(one.amount for one in refunds if one.state == RefundState.SENT)
    assert said["receipt"] == sum(one.amount for one in receipts)
    assert said["refund"] == sum(one.amount for one in refunds)
    assert said["refund_sent"] - said["refund_sent_undone"] == sent


def count_acts() -> Counter[str]:
    """How often each thing was done in this history, as was written down."""
    acts: Counter[str] = Counter(_grouped(AuditEntry.action))
    for word, column in (
        ("line", BankLine.verdict),
        ("claim", TransferClaim.outcome),
        ("by hand", HandRefund.state),
        ("dispute", Dispute.state),
        ("refund", Refund.state),
        ("owed because", Refund.reason),
    ):
        acts.update({f"{word}: {name}": count for name, count in _grouped(column).items()})
    return acts


def _grouped(column: object) -> dict[str, int]:
    rows = db.session.execute(select(column, func.count()).group_by(column))  # type: ignore[call-overload]
    return {str(getattr(name, "value", name)): count for name, count in rows}
