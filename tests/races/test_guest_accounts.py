"""Several browsers open links to one address at the same moment: one account has it, and the others are told."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import func, select

from app.core.db import db, transaction
from app.users import services
from app.users.models import ProvenAddress, User
from tests.races import guest_steps
from tests.races.conftest import Race
from tests.races.crew import Step
from tests.users.world import make_guest_account

RUNNERS = 4
ROUNDS = 4


def links_to(app: Flask, address: str, asking: list[int | None]) -> list[str]:
    """A link for each of those who ask."""
    with app.app_context(), transaction():
        made = [
            services.create_address_link(address=address, user_id=one, name="Guest", language="en")
            for one in asking
        ]
    return [token for token in made if token is not None]


def owners(app: Flask) -> dict[str, int]:
    with app.app_context():
        return dict(db.session.execute(select(ProvenAddress.address, ProvenAddress.user_id)).all())


def accounts(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(User.id))) or 0


def test_one_account_however_many_open_links_to_its_address(race_app: Flask, race: Race) -> None:
    addresses = [f"guest{number}@sample.example" for number in range(ROUNDS)]
    links = [links_to(race_app, address, [None] * RUNNERS) for address in addresses]
    rounds = race([[Step(guest_steps.open_link, (token, None)) for token in tokens] for tokens in links])
    for address, answers in zip(addresses, rounds, strict=True):
        assert sorted(answer.error or "" for answer in answers) == ["", *["WrongState"] * (RUNNERS - 1)]
        winner = next(answer.value for answer in answers if answer.error is None)
        assert owners(race_app)[address] == winner
    assert accounts(race_app) == ROUNDS


def test_looking_first_makes_several(race_app: Flask, rough_race: Race) -> None:
    """The control, of many rounds in one of which at least two look before either has written."""
    links = [
        links_to(race_app, f"guest{number}@sample.example", [None] * RUNNERS) for number in range(ROUNDS * 2)
    ]
    rough_race([[Step(guest_steps.open_carelessly, (token,)) for token in tokens] for tokens in links])
    assert accounts(race_app) > ROUNDS * 2


def test_two_accounts_prove_one_address(race_app: Flask, race: Race) -> None:
    """Each asked while signed in: one has it, whether it was nobody's or a third one's before."""
    people = [make_guest_account(race_app, f"owner{number}@sample.example") for number in range(RUNNERS)]
    addresses = [f"+62812345678{number}" for number in range(ROUNDS)]
    for address in addresses[::2]:
        former = make_guest_account(race_app, address)
        people.append(former)
    links = [links_to(race_app, address, list(people[:RUNNERS])) for address in addresses]
    rounds = race(
        [
            [Step(guest_steps.open_link, (token, who)) for token, who in zip(tokens, people, strict=False)]
            for tokens in links
        ]
    )
    for address, answers in zip(addresses, rounds, strict=True):
        assert sorted(answer.error or "" for answer in answers) == ["", *["WrongState"] * (RUNNERS - 1)]
        winner = next(answer.value for answer in answers if answer.error is None)
        assert owners(race_app)[address] == winner
    assert accounts(race_app) == RUNNERS, "who has lost the last address is gone"


def test_deleted_while_a_link_is_opened(race_app: Flask, race: Race) -> None:
    """Whichever comes first: nothing points to an account that is gone, and nobody waits for ever."""
    addresses = [f"guest{number}@sample.example" for number in range(ROUNDS)]
    people = [make_guest_account(race_app, address) for address in addresses]
    links = [links_to(race_app, address, [None])[0] for address in addresses]
    adding = [
        links_to(race_app, f"+62812345678{number}", [person])[0] for number, person in enumerate(people)
    ]
    rounds = race(
        [
            [
                Step(guest_steps.delete_account, (person,)),
                Step(guest_steps.open_link, (link, None)),
                Step(guest_steps.delete_account, (person,)),
                Step(guest_steps.open_link, (add, person)),
            ]
            for person, link, add in zip(people, links, adding, strict=True)
        ]
    )
    for answers in rounds:
        assert {answer.error for answer in answers} <= {None, "NotFound", "WrongState"}, answers
        assert None in {answers[0].error, answers[2].error}
    left = set(owners(race_app).values())
    with race_app.app_context():
        assert left == set(db.session.scalars(select(User.id)))
    assert not left & set(people)
