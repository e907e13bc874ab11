"""How sales are divided in several villages at once is what each sale is told by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from app.core.db import transaction
from app.revenue import services
from app.revenue.queries import SELLER, splits_in_force
from app.revenue.rules import PayeeKind, RevenueKind, amounts
from app.villages.models import Village
from tests.factories import BEGAN, NOW, make_agreement, make_payee, make_tax, make_village

LATER = date(2027, 6, 1)
OWN = {RevenueKind.PACKAGE: PayeeKind.GUIDE, RevenueKind.PRODUCT: PayeeKind.MAKER}


@pytest.fixture
def villages(session: Session, set_clock: Callable[..., None]) -> list[Village]:
    """Two villages where all is agreed, in the first with new agreements from LATER on, and a fee for the host."""
    set_clock(NOW)
    with transaction():
        here, there = make_village("alpha"), make_village("beta")
        make_tax()
        for kind in OWN:
            make_agreement(here, kind=kind)
            make_agreement(here, kind=kind, in_force_from=LATER, shares=(8000, 1000, 500, 500))
            make_agreement(there, kind=kind)
        make_agreement(here, in_force_from=LATER, shares=(6000, 2500, 1000, 500), host_fee=20_000)
        return [here, there]


@pytest.mark.parametrize("on", [BEGAN, LATER - timedelta(days=1), LATER, LATER + timedelta(days=400)])
def test_they_are_what_a_sale_is_told(villages: list[Village], on: date) -> None:
    splits = splits_in_force([village.id for village in villages], on)
    assert {kind for _village, kind in splits} == set(RevenueKind)
    with transaction():
        seller = make_payee(PayeeKind.HOST, village_id=villages[0].id, name="Seller").id
    for village in villages:
        for kind in RevenueKind:
            shown = splits[village.id, kind]
            own = OWN.get(kind, PayeeKind.HOST)
            told = services.terms_for(
                kind=kind, village_id=village.id, village_slug=village.slug, on=on, payees={own: seller}
            )
            assert (shown.version, shown.tax_rate, shown.taker) == (told.version, told.tax_rate, told.taker)
            assert amounts(shown, 333_333, 333_333, 2) == amounts(told, 333_333, 333_333, 2)
            for one, other in zip((*shown.fees, *shown.shares), (*told.fees, *told.shares), strict=True):
                assert one.payee_id == (SELLER if other.payee_id == seller else other.payee_id)
                assert one.name == ("" if other.payee_id == seller else other.name)


def test_before_anything_is_agreed_nothing_is_shown(villages: list[Village]) -> None:
    assert splits_in_force([village.id for village in villages], BEGAN - timedelta(days=1)) == {}
    assert splits_in_force([], LATER) == {}
