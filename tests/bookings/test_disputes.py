"""A guest has their bank take a card payment back: shares stand apart, then fall for good or return exactly."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import jobs
from app.bookings import queries, services
from app.bookings.rules import BookingState, PaperKind
from app.core import clock
from app.core.db import db, transaction
from app.ledger.queries import balance, balances, list_entries
from app.payments.gateway.values import ProviderDisputeState
from app.payments.models import Dispute
from app.payments.queries import list_events_to_review, list_refunds
from app.payments.rules import Doubt, RefundState
from app.users.rules import Role
from tests.bookings import acts, cards
from tests.bookings.disputing import (
    MUCH_LATER,
    by_stage,
    closed,
    dispute,
    disputed,
    earn_all,
    paid,
    pay_out,
    stands,
    told,
)
from tests.bookings.test_checks import after
from tests.factories import NOW
from tests.simulators import needs
from tests.simulators.provider import Provider


@pytest.fixture
def provider(season: Session, stripe_simulator: Provider) -> Provider:
    """The provider, at our time."""
    cards.at_our_time(stripe_simulator)
    return stripe_simulator


@needs.disputes
def test_all_shares_stand_apart_and_the_money_is_away(provider: Provider) -> None:
    acts.user(Role.MANAGER)
    code = paid(provider)
    before = by_stage(code)
    number = disputed(provider, code)
    row, total = dispute(number), acts.booking(code).total
    assert (row.amount, row.taken_fee > 0, row.state) == (total, True, ProviderDisputeState.NEEDS_ANSWER)
    assert row.due_at is not None
    assert by_stage(code) == {"disputed": before["pending"], "tax": before["tax"]}
    assert (balance(f"dispute:{row.id}"), balance("fees:provider")) == (-total, 0)
    assert balance("held:card") == row.taken_net - total
    assert (acts.booking(code).paid, acts.booking(code).refunded) == (total, 0)
    assert told() == ["dispute_opened"]
    acts.nothing_is_wrong()


@needs.disputes
def test_lost_before_the_stay_everything_has_gone_back(provider: Provider) -> None:
    acts.user(Role.MANAGER)
    code = paid(provider)
    number = disputed(provider, code)
    closed(provider, number, won=False)
    booking, row = acts.booking(code), dispute(number)
    (refund,) = list_refunds(booking.reference)
    assert (refund.amount, refund.state, refund.proof) == (booking.total, RefundState.SENT, number)
    assert (booking.received, booking.amount_due) == (0, booking.total)
    assert stands(code) == {}
    assert (balance(f"dispute:{row.id}"), row.borne) == (0, 0)
    assert [paper.kind for paper in queries.list_papers(booking.id)] == [
        PaperKind.RECEIPT,
        PaperKind.CREDIT_NOTE,
    ]
    assert told() == ["dispute_opened", "dispute_lost"]
    acts.nothing_is_wrong()
    provider.close_dispute(number, won=False)
    cards.hear_all(provider)
    assert len(list_refunds(booking.reference)) == 1


@needs.disputes
@pytest.mark.parametrize("when", ["never", "before", "meanwhile"])
@pytest.mark.parametrize("part", [None, 1, 123_457])
def test_won_everything_is_restored_exactly(provider: Provider, when: str, part: int | None) -> None:
    """Unit by unit and to the rupiah, where it would stand had there been no dispute; only the fee is gone."""
    code = paid(provider, "stay", "package")
    other = stands(code)
    if when == "before":
        earn_all()
        other = stands(code)
    number = disputed(provider, code, part)
    if when == "meanwhile":
        earn_all()
    with clock.shifted(MUCH_LATER if when == "meanwhile" else NOW):
        cards.at_our_time(provider)
        closed(provider, number, won=True)
    if when == "meanwhile":
        other = {
            (unit, account.replace(":pending", ":payable"), keeper): amount
            for (unit, account, keeper), amount in other.items()
        }
    assert stands(code) == other
    row = dispute(number)
    assert row.returned_at is not None
    assert balance(f"dispute:{row.id}") == 0
    with clock.shifted(MUCH_LATER if when != "never" else NOW):
        acts.nothing_is_wrong()


@needs.passing_time
def test_lost_after_it_was_earned_is_a_debt_of_those_who_had_it(provider: Provider) -> None:
    """Half of it disputed, all of it earned: exactly A(all) − A(half) falls, from what is payable."""
    code = paid(provider, "stay")
    earn_all()
    total = acts.booking(code).total
    with clock.shifted(MUCH_LATER):
        cards.at_our_time(provider)
        number = disputed(provider, code, total // 2)
        assert set(by_stage(code)) == {"payable", "disputed", "tax"}
        closed(provider, number, won=False)
        booking = acts.booking(code)
        assert (booking.received, booking.state) == (total - total // 2, BookingState.COMPLETED)
        assert sum(by_stage(code).values()) == booking.received
        assert "disputed" not in by_stage(code)
        acts.nothing_is_wrong()


@needs.passing_time
def test_what_was_paid_out_is_a_visible_debt(provider: Provider) -> None:
    """The party has been paid: its payable account goes below 0 when the shares are set apart, and returns when won."""
    code = paid(provider, "stay")
    earn_all()
    with clock.shifted(MUCH_LATER):
        cards.at_our_time(provider)
        payables = {row.code: row.amount for row in balances(family="payee") if row.amount > 0}
        with transaction():
            pay_out(payables)
        number = disputed(provider, code)
        for account, amount in payables.items():
            assert balance(account) <= -amount
        closed(provider, number, won=True)
        assert all(balance(account) <= 0 for account in payables)
        assert "disputed" not in by_stage(code)


@needs.disputes
def test_a_partial_dispute_takes_from_the_last(provider: Provider) -> None:
    code = paid(provider)
    before = stands(code)
    number = disputed(provider, code, 10_000)
    touched = {unit for (unit, account, _keeper) in stands(code) if account.endswith("disputed")}
    last = acts.booking(code).lines[-1].units[-1]
    assert touched == {f"unit:{last.id}"}
    closed(provider, number, won=False)
    assert sum(before.values()) - sum(stands(code).values()) == 10_000
    acts.nothing_is_wrong()


@needs.disputes
def test_one_that_was_only_asked_about_moves_nothing(provider: Provider) -> None:
    code = paid(provider, "stay")
    before = stands(code)
    provider.dispute(str(cards.receipt(code).charge), inquiry=True)
    cards.hear_all(provider)
    assert stands(code) == before
    (row,) = db.session.scalars(select(Dispute))
    closed(provider, row.provider_id, won=True)
    assert dispute(row.provider_id).state == ProviderDisputeState.CLOSED
    assert stands(code) == before
    acts.nothing_is_wrong()


@needs.disputes
def test_a_stranger_is_for_a_person(provider: Provider) -> None:
    """A dispute over a charge that nobody here knows: another site's, on the same account."""
    code = paid(provider, "stay")
    number = provider.dispute(str(cards.receipt(code).charge))
    with transaction():
        cards.receipt(code).charge = "pi_another"
    cards.hear_all(provider)
    assert dispute(number).receipt_id is None
    assert {event.note for event in list_events_to_review()} == {Doubt.DISPUTED.value}
    with transaction():
        cards.receipt(code).charge = dispute(number).charge
    jobs.reconcile_payments()
    assert dispute(number).taken_at is not None
    acts.nothing_is_wrong()


@needs.disputes
def test_two_hear_of_it_and_it_is_booked_once(provider: Provider) -> None:
    code = paid(provider, "stay")
    disputed(provider, code)
    entries = [entry.reference for entry in list_entries(f"booking:{code}")]
    for event in provider.events("charge.dispute.created", "charge.dispute.funds_withdrawn"):
        with transaction():
            read = cards.read(provider, event)
            assert read.dispute is not None
            services.hear_dispute(told=read.dispute)
    assert [entry.reference for entry in list_entries(f"booking:{code}")] == entries


TAMPERED = {
    "every dispute is booked as written": "UPDATE disputes SET taken_fee = taken_fee + 1",
    "money away for disputes is what is undecided": (
        "UPDATE postings SET amount = amount + 1 WHERE from_account_id IN "
        "(SELECT id FROM accounts WHERE family = 'dispute')"
    ),
    "disputed shares stand apart": (
        "UPDATE postings SET amount = amount - 1 WHERE to_account_id IN "
        "(SELECT id FROM accounts WHERE stage = 'disputed')"
    ),
    "keepers hold receipts less fees and refunds sent": "UPDATE disputes SET taken_net = taken_net + 1",
    "exchange differences are what charges say": "UPDATE disputes SET taken_net = taken_net + 1",
}


@needs.disputes
@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_with_disputes_is_named(provider: Provider, name: str) -> None:
    disputed(provider, paid(provider, "stay"), 100_001)
    assert name in after(TAMPERED[name])


@needs.disputes
def test_what_a_night_lacks_by_rounding_waits_with_it(provider: Provider) -> None:
    """Of the last night 24 rupiah are left: one party has less than nothing of it, and that is not payable yet."""
    code = paid(provider, "stay")
    disputed(provider, code, 199_976)
    assert "payable" not in by_stage(code)
    acts.nothing_is_wrong()
    earn_all()
    acts.nothing_is_wrong()
