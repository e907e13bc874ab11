"""Villages are entered, roads corrected, accounts named; and who lies how far from whom is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.audit import AuditEntry
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid, NotFound
from app.users.rules import Role, Scope
from app.villages import queries, services
from app.villages.models import Road, Village
from app.villages.services import VillageFacts
from tests.factories import make_user

FACTS = VillageFacts(
    slug="sari",
    name="Sari",
    bps_code="3399000001",
    latitude=-7.60,
    longitude=110.20,
    bumdes="BUMDes Sari",
    bumdes_is_sample=True,
)


def enter(slug: str, number: int, longitude: float) -> Village:
    facts = replace(FACTS, slug=slug, name=slug.title(), bps_code=f"339900{number:04d}", longitude=longitude)
    return services.save_village(facts=facts)


def test_a_new_village_gets_an_estimated_way_to_the_temple(app: Flask) -> None:
    with app.app_context(), transaction():
        village = services.save_village(facts=FACTS)
        assert village.temple_is_estimate
        assert 1_000 < village.temple_metres < 3_000
        assert village.temple_minutes > 1


def test_new_facts_leave_what_the_village_keeps_itself(app: Flask) -> None:
    with app.app_context(), transaction():
        first = services.save_village(facts=FACTS)
        services.set_temple_road(village_id=first.id, metres=4_000, minutes=9, is_estimate=False)
        services.set_desk_phone(village_id=first.id, phone="+628120000100")
        again = services.save_village(facts=replace(FACTS, products_en="Honey"))
        assert (again.id, again.products_en) == (first.id, "Honey")
        assert (again.temple_metres, again.temple_minutes, again.temple_is_estimate) == (4_000, 9, False)
        assert again.desk_phone == "+628120000100"


def test_a_road_is_one_whichever_end_is_named_first(app: Flask) -> None:
    with app.app_context(), transaction():
        a, b = enter("adi", 1, 110.20), enter("budi", 2, 110.21)
        services.set_road(village_id=b.id, other_id=a.id, metres=3_000, minutes=8, is_estimate=True)
        services.set_road(village_id=a.id, other_id=b.id, metres=2_500, minutes=6, is_estimate=False)
        assert db.session.scalar(select(func.count(Road.id))) == 1
        road = queries.find_road(b.id, a.id)
        assert road is not None
        assert (road.metres, road.minutes, road.is_estimate) == (2_500, 6, False)


def test_a_person_who_corrects_a_road_is_written_down_with_before_and_after(app: Flask) -> None:
    with app.app_context(), transaction():
        a, b = enter("adi", 1, 110.20), enter("budi", 2, 110.21)
        user_id = make_user(Role.MANAGER)
        way = {"village_id": a.id, "other_id": b.id, "is_estimate": True}
        services.set_road(**way, metres=3_000, minutes=8)
        services.set_road(**way, metres=2_500, minutes=6, by_user_id=user_id)
        (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "road.set"))
        assert (entry.user_id, entry.details) == (user_id, {"before": [3_000, 8], "after": [2_500, 6]})


def test_neighbours_are_in_the_order_of_the_road_not_of_the_map(app: Flask) -> None:
    with app.app_context(), transaction():
        here, near_by_air, near_by_road = (
            enter("adi", 1, 110.20),
            enter("budi", 2, 110.21),
            enter("citra", 3, 110.3),
        )
        services.set_road(
            village_id=here.id, other_id=near_by_air.id, metres=14_000, minutes=34, is_estimate=False
        )
        services.set_road(
            village_id=near_by_road.id, other_id=here.id, metres=6_000, minutes=12, is_estimate=True
        )
        found = queries.list_neighbours(here.id)
        assert [(n.village.slug, n.minutes, n.is_estimate) for n in found] == [
            ("citra", 12, True),
            ("budi", 34, False),
        ]
        assert [n.village.slug for n in queries.list_neighbours(here.id, limit=1)] == ["citra"]
        assert queries.road_minutes(here.id) == {here.id: 0, near_by_road.id: 12, near_by_air.id: 34}
        minutes = {village.id: minutes for village, minutes in queries.list_villages_from(here.slug)}
        assert minutes == {here.id: 0, near_by_road.id: 12, near_by_air.id: 34}
        for slug in (None, "", "nowhere", "no\0where"):
            assert [minutes for _village, minutes in queries.list_villages_from(slug)] == [None] * 3


@pytest.mark.parametrize(("metres", "minutes"), [(0, 5), (5, 0), (-1, 5), (200_001, 5), (5_000, 601)])
def test_a_way_without_length_is_refused(app: Flask, metres: int, minutes: int) -> None:
    with app.app_context(), pytest.raises(Invalid), transaction():
        a, b = enter("adi", 1, 110.20), enter("budi", 2, 110.21)
        services.set_road(village_id=a.id, other_id=b.id, metres=metres, minutes=minutes, is_estimate=True)


def test_no_road_leads_from_a_village_to_itself(app: Flask) -> None:
    with app.app_context(), pytest.raises(Invalid), transaction():
        a = enter("adi", 1, 110.20)
        services.set_road(village_id=a.id, other_id=a.id, metres=100, minutes=1, is_estimate=True)


def account(code: str, village_id: int, *, is_shared: bool = False) -> None:
    services.create_bank_account(
        code=code, village_id=village_id, bank="Bank", number="1", owner_name="Contoh", is_shared=is_shared
    )


def test_one_village_takes_its_own_money_several_take_it_together(app: Flask) -> None:
    with app.app_context(), transaction():
        a, b = enter("adi", 1, 110.20), enter("budi", 2, 110.21)
        account("bersama", a.id, is_shared=True)
        account("adi", a.id)
        assert queries.get_receiving_account({a.id}, "bersama").code == "adi"
        assert queries.get_receiving_account({b.id}, "bersama").code == "bersama"
        assert queries.get_receiving_account({a.id, b.id}, "bersama").code == "bersama"
        only_a = Scope(villages=frozenset({a.id}))
        assert [found.code for found in queries.list_bank_accounts(only_a)] == ["adi", "bersama"]
        with pytest.raises(NotFound):
            queries.get_bank_account("nirwana")
        with pytest.raises(Conflict):
            account("adi", b.id)


def test_a_foreign_village_is_not_there(app: Flask) -> None:
    with app.app_context(), transaction():
        a, b = enter("adi", 1, 110.20), enter("budi", 2, 110.21)
        scope = Scope(villages=frozenset({a.id}))
        assert queries.get_own_village("adi", scope).id == a.id
        assert [village.slug for village in queries.list_own_villages(scope)] == ["adi"]
        with pytest.raises(NotFound):
            queries.get_own_village(b.slug, scope)
        with pytest.raises(NotFound):
            queries.get_village("nirwana")
        with pytest.raises(NotFound):
            queries.get_village_by_id(a.id + b.id + 1)
