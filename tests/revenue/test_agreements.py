"""Agreements come into force one after the other, and a sale is told the one of its date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.db import db, transaction
from app.core.errors import Conflict, NotFound
from app.revenue import queries, services
from app.revenue.models import Agreement, AgreementPart
from app.revenue.rules import BadAgreement, PayeeKind, RevenueKind, SplitTerms
from app.revenue.services import PartSpec
from app.villages.models import Village
from tests.factories import BEGAN, NOW, make_agreement, make_payee, make_tax, make_village

HOME = RevenueKind.STAY_HOME
DAY = date(2027, 5, 3)


@pytest.fixture
def village(session: Session, set_clock: Callable[..., None]) -> Village:
    """A village whose stays are shared 70, 15, 10, 5 since 2025."""
    set_clock(NOW)
    with transaction():
        return make_village()


def terms(village: Village, on: date = DAY, kind: RevenueKind = HOME, host: int | None = 99) -> SplitTerms:
    payees = {PayeeKind.HOST: host} if host else {}
    return services.terms_for(
        kind=kind, village_id=village.id, village_slug=village.slug, on=on, payees=payees
    )


def host(village: Village) -> int:
    with transaction():
        return make_payee(village_id=village.id).id


def agree(village: Village, *parts: PartSpec, begins: date = DAY) -> Agreement:
    with transaction():
        return services.create_agreement(village_id=village.id, kind=HOME, in_force_from=begins, parts=parts)


def test_the_one_of_the_date(village: Village) -> None:
    host_id = host(village)
    with transaction():
        make_agreement(village, in_force_from=DAY, shares=(8000, 1000, 700, 300))
    before, after = terms(village, date(2027, 5, 2), host=host_id), terms(village, DAY, host=host_id)
    assert (before.version, after.version) == (1, 2)
    assert [share.basis_points for share in before.shares] == [7000, 1500, 1000, 500]
    assert [share.basis_points for share in after.shares] == [8000, 1000, 700, 300]
    assert after.shares[after.taker].kind == PayeeKind.VILLAGE_CASH


def test_the_host_is_the_one_of_the_sale(village: Village) -> None:
    one, two = host(village), host(village)
    assert terms(village, host=one).shares[0].payee_id == one
    assert terms(village, host=two).shares[0].payee_id == two
    with pytest.raises(NotFound):
        terms(village, host=None)


def test_before_the_first_there_is_none(village: Village) -> None:
    with pytest.raises(NotFound):
        terms(village, date(2024, 12, 31))
    with pytest.raises(NotFound):
        terms(village, kind=RevenueKind.PACKAGE)
    assert queries.find_agreement(village_id=village.id, kind=HOME, on=BEGAN) is not None


def test_a_fee_stands_before_the_shares(village: Village) -> None:
    host_id = host(village)
    with transaction():
        make_agreement(village, in_force_from=DAY, host_fee=20_000)
    agreed = terms(village, host=host_id)
    assert [(fee.payee_id, fee.amount) for fee in agreed.fees] == [(host_id, 20_000)]
    assert len(agreed.shares) == 4


def test_the_rate_of_the_date(village: Village) -> None:
    host_id = host(village)
    with transaction():
        make_tax(1100, from_on=DAY)
    rates = [terms(village, on, host=host_id).tax_rate for on in (date(2027, 5, 2), DAY)]
    assert rates == [1000, 1100]
    assert terms(village, host=host_id).tax_account == "tax:sarihayu:pbjt"
    assert queries.tax_on(kind=RevenueKind.PACKAGE, on=DAY) == ("none", 0)


@pytest.mark.parametrize("begins", [BEGAN, date(2024, 1, 1)])
def test_agreements_follow_each_other(village: Village, begins: date) -> None:
    with pytest.raises(Conflict), transaction():
        make_agreement(village, in_force_from=begins)
    last = queries.find_last_agreement(village_id=village.id, kind=HOME)
    assert last is not None
    assert last.version == 1


@pytest.mark.parametrize(
    ("points", "takers"),
    [
        ([7000, 2999], [0]),
        ([7000, 3001], [0]),
        ([7000, 3000], []),
        ([7000, 3000], [0, 1]),
        ([], []),
        ([10_000, 0], [0]),
        ([11_000, -1000], [0]),
    ],
)
def test_shares_make_a_whole_and_one_takes_the_rest(
    village: Village, points: list[int], takers: list[int]
) -> None:
    parts = [
        PartSpec(PayeeKind.HOST, basis_points=share, is_taker=place in takers)
        for place, share in enumerate(points)
    ]
    with pytest.raises(BadAgreement):
        agree(village, *parts)
    assert [one.version for one in queries.list_agreements(village.id) if one.kind == HOME] == [1]


def test_a_fee_alone_divides_nothing(village: Village) -> None:
    with pytest.raises(BadAgreement):
        agree(village, PartSpec(PayeeKind.HOST, fee=10_000))


def test_one_party_may_take_all(village: Village) -> None:
    agree(village, PartSpec(PayeeKind.HOST, basis_points=10_000, is_taker=True))
    assert [share.basis_points for share in terms(village, host=host(village)).shares] == [10_000]


@pytest.mark.parametrize(
    "part",
    [
        {"basis_points": None, "fee": None},
        {"basis_points": 100, "fee": 100},
        {"basis_points": 0},
        {"basis_points": 10_001},
        {"fee": 0},
        {"fee": 100, "is_taker": True},
    ],
)
def test_the_database_refuses_half_a_part(village: Village, part: dict[str, object]) -> None:
    agreement = queries.find_last_agreement(village_id=village.id, kind=HOME)
    assert agreement is not None
    with pytest.raises(IntegrityError), transaction():
        db.session.add(AgreementPart(agreement_id=agreement.id, position=9, kind=PayeeKind.HOST, **part))


def test_in_force_in_several_villages_at_once(village: Village) -> None:
    with transaction():
        there = make_village("tirtomulyo")
        second = make_agreement(there, in_force_from=DAY)
    found = queries.agreements_in_force([village.id, there.id], DAY)
    assert {key: one.version for key, one in found.items()} == {
        (village.id, HOME): 1,
        (village.id, RevenueKind.STAY_BALKONDES): 1,
        (there.id, HOME): second.version,
        (there.id, RevenueKind.STAY_BALKONDES): 1,
    }
