"""A house, its village's account, and statements that come in for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.bookings import queries
from app.bookings.models import BankLine
from app.bookings.rules import Verdict
from app.core.db import db, transaction
from app.users.rules import Role, Scope
from app.villages.queries import find_bank_account
from tests.bookings import acts
from tests.factories import NOW, House
from tests.factories.statements import EVERYWHERE, Entry, add_file, post_file

TODAY = NOW.date()


@dataclass
class Bank:
    """A house, its village's account, its treasurer, and what the statements so far said."""

    house: House
    account: str
    treasurer: int

    def post(self, *entries: Entry, day: date = TODAY, scope: Scope = EVERYWHERE) -> list[Verdict]:
        """Send in a statement and post it: what the lines were that were posted now."""
        with transaction():
            ids = post_file(add_file(self.account, self.treasurer, *entries, day=day), self.treasurer, scope)
        return [db.session.get_one(BankLine, key).verdict for key in ids]


def make_bank() -> Bank:
    """A house with three rooms and its treasurer."""
    house = acts.house(rooms=3)
    account = find_bank_account(house.village_id)
    assert account is not None
    return Bank(house, account.code, acts.user(Role.BUMDES_TREASURER, at=house))


def reviews() -> list[queries.Review]:
    return queries.list_reviews(EVERYWHERE)
