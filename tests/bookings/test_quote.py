"""What a trip costs, who gets what, and how it can be paid; all of it as of each night's own date."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.bookings.rules import Plan
from app.bookings.services import Quote, quote_trip
from app.core.db import transaction
from app.core.errors import Invalid, NotFound
from app.homestays import services as homestays
from app.homestays.rules import HouseKind
from app.payments.rules import PaymentMethod
from app.villages.rules import PublicationState, Terms
from tests.bookings import acts
from tests.factories import (
    ARRIVAL,
    House,
    make_agreement,
    make_choice,
    make_house,
    make_payee,
    make_tax,
    make_village,
)


def quote(house: House, **stay: object) -> Quote:
    return quote_trip(choices=[make_choice(house.room, **stay)])


def shares(quote: Quote) -> dict[str, int]:
    return {share.kind: share.amount for share in quote.shares}


def test_every_share_of_a_stay(season: Session) -> None:
    """Two weekday nights of 200.000: the tax inside is 36.363, the rest is divided 70, 15, 10, 5."""
    made = quote(acts.house())
    assert (made.total, made.tax) == (400_000, 36_363)
    assert shares(made) == {
        "host": 254_545,
        "bumdes": 54_545,
        "manager": 36_363,
        "village_cash": 18_184,
        "tax": 36_363,
    }
    assert made.lines[0].split_of_unit == (0, 0)


def test_nights_cost_what_their_date_says(season: Session) -> None:
    made = quote(acts.house(rooms=2), arrival=date(2027, 5, 7), nights=3, rooms=2)
    assert made.lines[0].nightly == [
        (date(2027, 5, 7), 200_000, 2),
        (date(2027, 5, 8), 250_000, 2),
        (date(2027, 5, 9), 200_000, 2),
    ]
    assert made.total == 1_300_000


def test_a_stay_across_a_new_agreement_has_two_splits(season: Session) -> None:
    with transaction():
        house = make_house()
        village = make_village()
        make_agreement(village, in_force_from=date(2027, 5, 4), shares=(8000, 1000, 700, 300))
    made = quote(house, arrival=date(2027, 5, 2), nights=4)
    (line,) = made.lines
    assert [split.version for split in line.splits] == [1, 2]
    assert line.split_of_unit == (0, 0, 1, 1)
    assert sum(shares(made).values()) == 800_000
    assert shares(made)["host"] == 254_545 + 290_909


def test_a_stay_across_a_new_rate_of_tax_has_two_splits(season: Session) -> None:
    with transaction():
        house = make_house()
        make_tax(1100, from_on=ARRIVAL + timedelta(days=1))
    made = quote(house)
    assert [split.tax_rate for split in made.lines[0].splits] == [1000, 1100]
    assert made.tax == 18_181 + 19_819


def test_a_fee_comes_off_the_top(season: Session) -> None:
    with transaction():
        house = make_house()
        make_agreement(make_village(), in_force_from=date(2027, 1, 1), host_fee=20_000)
    made = quote(house)
    assert shares(made) == {
        "host": 40_000 + 226_545,
        "bumdes": 48_545,
        "manager": 32_363,
        "village_cash": 16_184,
        "tax": 36_363,
    }


def test_without_an_agreement_on_a_date_it_is_not_sold(season: Session) -> None:
    with transaction():
        village = make_village("baru", agreed=False)
        house = make_house(village)
        make_agreement(village, in_force_from=ARRIVAL)
    assert quote(house).total == 400_000
    with pytest.raises(NotFound):
        quote(house, arrival=ARRIVAL - timedelta(days=1))


def test_a_balkondes_has_an_agreement_of_its_own(season: Session) -> None:
    with transaction():
        village = make_village("balkon", agreed=False)
        family, lodging = make_house(village), make_house(village, kind=HouseKind.BALKONDES)
        make_agreement(village)
    assert quote(family).total == 400_000
    with pytest.raises(NotFound):
        quote(lodging)


def test_what_is_wrong_is_named_by_its_place_in_the_trip(season: Session) -> None:
    house = acts.house()
    good, late = make_choice(house.room), make_choice(house.room, arrival=date(2027, 4, 1))
    with pytest.raises(Invalid) as wrong:
        quote_trip(choices=[good, late])
    assert [field for field, _message in wrong.value.errors] == ["lines.1.arrival"]
    with pytest.raises(NotFound) as gone:
        quote_trip(choices=[good, make_choice("nobody")])
    assert gone.value.extra == {"line": 1}


@pytest.mark.parametrize("many", [0, 51])
def test_a_trip_has_parts_but_not_without_end(season: Session, many: int) -> None:
    with pytest.raises(Invalid):
        quote_trip(choices=[make_choice(acts.house().room)] * many)


def test_a_trip_is_not_larger_than_all_the_villages(season: Session) -> None:
    """Fifty parts of thirty rooms and thirty nights took eight seconds, with everybody who writes waiting behind."""
    choice = make_choice(acts.house().room, nights=30, rooms=30, adults=30)
    assert quote_trip(choices=[choice] * 2).total > 0
    with pytest.raises(Invalid) as refused:
        quote_trip(choices=[choice] * 3)
    assert [field for field, _message in refused.value.errors] == ["lines"]


def test_a_longer_stay_asks_the_database_no_more(season: Session) -> None:
    room, asked = acts.house().room, []
    event.listen(season.connection(), "before_cursor_execute", lambda *call: asked.append(call[2]))

    def count(nights: int) -> int:
        asked.clear()
        quote_trip(choices=[make_choice(room, nights=nights)])
        return len(asked)

    assert count(2) == count(28)


def test_what_is_not_on_sale_has_no_price(season: Session) -> None:
    hidden, paused, shut = acts.house(published=False), acts.house(), acts.house()
    with transaction():
        homestays.move_publication(
            homestay_id=paused.homestay_id, wanted=PublicationState.PAUSED, by_user_id=None
        )
        homestays.set_open(room_type_id=shut.room_type_id, is_open=False, by_user_id=None)
    for house in (hidden, paused, shut):
        with pytest.raises(NotFound):
            quote(house)


def test_the_party_must_fit(season: Session) -> None:
    house = acts.house(rooms=2, sleeps=2, min_nights=2)
    for stay in ({"adults": 3}, {"rooms": 2, "adults": 1}, {"nights": 1}, {"adults": 0}, {"nights": 61}):
        with pytest.raises(Invalid):
            quote(house, **stay)
    assert quote(house, rooms=2, adults=4).total == 800_000


def test_the_terms_are_dated(season: Session) -> None:
    made = quote(acts.house(terms=Terms.FIRM))
    deadlines = [step.until.isoformat() if step.until else None for step in made.lines[0].terms]
    assert deadlines == ["2027-04-03T07:00:00+00:00", "2027-04-19T07:00:00+00:00", None]


def test_ways_of_paying(season: Session) -> None:
    plain, door = acts.house(), acts.house(pay_on_arrival=True, deposit=3000)
    assert [option.method for option in quote(plain).options] == [PaymentMethod.TRANSFER]
    by_method = {option.method: option for option in quote(door).options}
    assert set(by_method) == {PaymentMethod.TRANSFER, PaymentMethod.CASH}
    transfer, cash = by_method[PaymentMethod.TRANSFER], by_method[PaymentMethod.CASH]
    assert (transfer.plan.plan, transfer.plan.due_now, transfer.plan.balance_on) == (
        Plan.DEPOSIT,
        120_000,
        date(2027, 4, 26),
    )
    assert (cash.plan.plan, cash.plan.due_now) == (Plan.ON_ARRIVAL, 400_000)
    assert transfer.hold_until.isoformat().startswith("2027-04-21T03:00")
    assert cash.hold_until.isoformat() == "2027-05-03T13:00:00+00:00"


def test_a_trip_pays_at_the_door_only_where_every_house_does(season: Session) -> None:
    plain, door = acts.house(deposit=5000), acts.house(pay_on_arrival=True, deposit=3000)
    trip = quote_trip(choices=[make_choice(plain.room), make_choice(door.room)])
    assert [option.method for option in trip.options] == [PaymentMethod.TRANSFER]
    assert trip.options[0].plan.due_now == 400_000, "the highest deposit that one of its houses asks"


def test_a_way_that_is_not_open_is_refused(season: Session) -> None:
    with pytest.raises(Invalid):
        quote(acts.house()).option(PaymentMethod.CASH)


def test_the_host_of_the_very_house_is_paid(season: Session) -> None:
    with transaction():
        village = make_village()
        one, two = (make_payee(village_id=village.id).id for _ in range(2))
        houses = [make_house(village, host=payee) for payee in (one, two)]
    trip = quote_trip(choices=[make_choice(house.room) for house in houses])
    hosts = {share.account: share.amount for share in trip.shares if share.kind == "host"}
    assert hosts == {f"payee:{one}": 254_545, f"payee:{two}": 254_545}
