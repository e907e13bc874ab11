"""A guest has their bank take a card payment back: shares stand apart, then fall for good or return exactly."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import jobs
from app.bookings import queries, services
from app.bookings.rules import BookingState, PaperKind
from app.bookings.services.cancel import end_units
from app.bookings.services.expire import free_claims
from app.bookings.services.give_back import give_back
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import WrongState
from app.ledger.queries import balance, balances, list_entries, unit_balances
from app.ledger.services import Move, post
from app.notifications.models import Message
from app.payments.gateway.values import ProviderDisputeState
from app.payments.models import Dispute, Refund
from app.payments.queries import list_events_to_review, list_refunds
from app.payments.rules import Doubt, RefundState
from app.users.rules import Role, Scope
from tests.bookings import acts, cards
from tests.bookings.test_checks import after
from tests.factories import NOW, make_user
from tests.simulators.provider import Provider

MUCH_LATER = NOW + timedelta(days=40)
"""When everything of the shop is earned."""


@pytest.fixture
def provider(season: Session, stripe_simulator: Provider) -> Provider:
    """The provider, at our time."""
    cards.at_our_time(stripe_simulator)
    return stripe_simulator


def paid(provider: Provider, *kinds: str) -> str:
    """A trip that was paid by card."""
    code = cards.hold(cards.open_shop(), *kinds)
    cards.pay_now(provider, code)
    return code


def disputed(provider: Provider, code: str, amount: int | None = None) -> str:
    """The guest's bank takes it back, all or so many rupiah, and we hear of it; gives the provider's number."""
    number = provider.dispute(str(cards.receipt(code).charge), amount=amount)
    cards.hear_all(provider)
    return number


def closed(provider: Provider, number: str, *, won: bool) -> None:
    """The bank decides, and we hear of it."""
    provider.close_dispute(number, won=won)
    cards.hear_all(provider)


def dispute(number: str) -> Dispute:
    """A dispute, read anew."""
    db.session.expire_all()
    return db.session.scalars(select(Dispute).where(Dispute.provider_id == number)).one()


def stands(code: str) -> dict[tuple[str, str, str], int]:
    """What stands on accounts of payees and taxes, unit by unit, with which keeper."""
    units = [f"unit:{unit.id}" for line in acts.booking(code).lines for unit in line.units]
    rows = [*unit_balances(units=units, family="payee"), *unit_balances(units=units, family="tax")]
    return {(row.unit, row.code, row.keeper): row.amount for row in rows}


def by_stage(code: str) -> dict[str, int]:
    """What stands at each stage, and as tax."""
    sums: dict[str, int] = {}
    for (_unit, account, _keeper), amount in stands(code).items():
        stage = account.rpartition(":")[2] if account.startswith("payee") else "tax"
        sums[stage] = sums.get(stage, 0) + amount
    return sums


def told(template: str = "money_trouble") -> list[str]:
    """What the assisting company was told."""
    query = select(Message.event_key).where(Message.template == template).order_by(Message.id)
    return [key.split(":")[0] for key in db.session.scalars(query)]


def pay_out(payables: dict[str, int]) -> None:
    """Parties are paid what is theirs, as a statement does it: by account, not by unit."""
    moves = [Move(account, "held:card", amount, "card") for account, amount in payables.items()]
    post(reference="payout-sample:1", kind="payout_sample", subject="sample", moves=moves)


def cancel_keeping(code: str, kept: int) -> None:
    """The booking is cancelled, so much of its first unit is kept."""
    booking = queries.lock_booking(code)
    first = booking.lines[0].units[0]
    by_unit = {unit.id: 0 for line in booking.lines for unit in line.units} | {first.id: kept}
    booking.become(BookingState.CANCELLED, ended_at=clock.now())
    give_back(booking=booking, kept=by_unit, reason="cancelled")
    for line in booking.lines:
        end_units(line=line, kept=by_unit)
    free_claims(bookings=[booking])


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


def earn_all() -> None:
    """The job, when everything is over."""
    with clock.shifted(MUCH_LATER):
        jobs.complete_services()


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


@pytest.mark.parametrize("won", [True, False])
def test_cancelled_meanwhile_the_refund_waits_for_the_bank(provider: Provider, won: bool) -> None:
    """Nobody gives back twice: lost, the bank has done it; won, the card gets it then."""
    code = paid(provider, "stay")
    total = acts.booking(code).total
    number = disputed(provider, code)
    cards.cancel(code)
    (refund,) = list_refunds(f"booking:{code}")
    assert by_stage(code).get("disputed", 0) == acts.booking(code).received
    cards.send_refunds(code)
    jobs.reconcile_payments()
    assert [one.state for one in list_refunds(f"booking:{code}")] == [RefundState.CREATED]
    with pytest.raises(WrongState), transaction():
        scope, who = Scope(everything=True), make_user(Role.MANAGER)
        services.send_refund(refund_id=refund.id, proof="transfer 1", by_user_id=who, scope=scope)
    acts.nothing_is_wrong()
    closed(provider, number, won=won)
    cards.send_refunds(code)
    cards.hear_all(provider)
    booking = acts.booking(code)
    states = {one.state for one in list_refunds(booking.reference)}
    back = sum(one.amount for one in list_refunds(booking.reference))
    assert states == {RefundState.SENT}
    assert back == booking.refunded == (refund.amount if won else total)
    assert sum(stands(code).values()) == booking.received
    acts.nothing_is_wrong()


def test_refunded_before_and_disputed_in_full(provider: Provider) -> None:
    """What had gone back already the bank takes once more: whoever bears fees bears that, and all else falls."""
    code = paid(provider, "stay")
    total = acts.booking(code).total
    with transaction():
        cancel_keeping(code, total // 4)
    cards.send_refunds(code)
    cards.hear_all(provider)
    number = disputed(provider, code)
    closed(provider, number, won=False)
    row = dispute(number)
    assert row.borne == total - total // 4
    assert acts.booking(code).received == 0
    assert stands(code) == {}
    acts.nothing_is_wrong()


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


def test_refused_because_of_a_dispute_nobody_told_us_of(provider: Provider) -> None:
    """The provider says no, and why: the refund is not for a person to send again by hand, it waits."""
    code = paid(provider, "stay")
    provider.dispute(str(cards.receipt(code).charge))
    cards.cancel(code)
    assert any("charge_disputed" in line for line in jobs.reconcile_payments())
    db.session.expire_all()
    (refund,) = db.session.scalars(select(Refund))
    assert (refund.state, refund.asked_at) == (RefundState.CREATED, None)
    cards.hear_all(provider)
    acts.nothing_is_wrong()


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


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_with_disputes_is_named(provider: Provider, name: str) -> None:
    disputed(provider, paid(provider, "stay"), 100_001)
    assert name in after(TAMPERED[name])
