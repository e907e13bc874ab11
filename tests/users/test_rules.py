from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from app.users.models import Office
from app.users.rules import (
    ALL_VILLAGES_ROLES,
    FREE_TRIES,
    LONGEST_PAUSE,
    MAY_GIVE,
    PAYEE_ROLES,
    PERMISSIONS,
    VILLAGE_ROLES,
    Permission,
    Role,
    Scope,
    SecretFault,
    fault_of_secret,
    givable_roles,
    may_open_account,
    normalise_secret,
    pause_after,
    place_fault,
    scope_for,
)

DAY = date(2027, 5, 1)


def test_every_role_belongs_to_exactly_one_kind_of_place_and_has_permissions() -> None:
    kinds = [PAYEE_ROLES, VILLAGE_ROLES, ALL_VILLAGES_ROLES]
    for role in Role:
        assert sum(role in kind for kind in kinds) == 1, role
        assert PERMISSIONS[role], role


def test_every_permission_is_somebodys() -> None:
    assert set().union(*PERMISSIONS.values()) == set(Permission)


@pytest.mark.parametrize("role", [Role.OBSERVER, Role.GUIDE, Role.MAKER])
def test_who_sees_no_guests(role: Role) -> None:
    assert not {Permission.GUESTS_SEE, Permission.BOOKINGS_SEE} & PERMISSIONS[role]


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.VILLAGE_HEAD, Role.AUDITOR])
def test_who_watches_changes_nothing(role: Role) -> None:
    """But the supervisor, who is the second person where only one of those whose work it is is in office."""
    second = {Permission.REFUNDS_APPROVE} if role == Role.SUPERVISOR else set()
    assert {one for one in PERMISSIONS[role] if not one.endswith(":see")} == second


def test_a_scope_reaches_what_its_offices_are_about() -> None:
    held = [(Role.HOST, 1, 7), (Role.DESK, 2, None), (Role.GUIDE, 3, 8)]
    assert scope_for(Permission.CALENDAR_CHANGE, held) == Scope(
        villages=frozenset({2}), payees=frozenset({7})
    )
    assert scope_for(Permission.EARNINGS_SEE, held) == Scope(payees=frozenset({7, 8}))
    assert scope_for(Permission.USERS_INVITE, held).is_empty
    assert scope_for(Permission.CALENDAR_SEE, []).is_empty


def test_a_manager_reaches_everything() -> None:
    scope = scope_for(Permission.BOOKINGS_SEE, [(Role.MANAGER, None, None)])
    assert scope.everything
    assert scope.has_village(99)
    assert scope.has_payee(5, 99)


def test_a_payee_is_reached_through_itself_or_its_village() -> None:
    scope = Scope(villages=frozenset({2}), payees=frozenset({7}))
    assert scope.has_payee(7, 1)
    assert scope.has_payee(8, 2)
    assert scope.has_payee(None, 2)
    assert not scope.has_payee(8, 1)
    assert not scope.has_payee(None, 1)
    assert not scope.has_village(1)


@pytest.mark.parametrize(
    ("starts", "ends", "day", "holds"),
    [
        (DAY, None, DAY, True),
        (DAY, None, DAY - timedelta(days=1), False),
        (DAY, DAY + timedelta(days=1), DAY, True),
        (DAY, DAY + timedelta(days=1), DAY + timedelta(days=1), False),
        (DAY, DAY, DAY, False),
    ],
)
def test_a_term_is_half_open(starts: date, ends: date | None, day: date, holds: bool) -> None:
    office = Office(role=Role.DESK, starts_on=starts, ends_on=ends)
    assert office.in_force(day) is holds


def test_an_office_to_come_is_not_over() -> None:
    office = Office(role=Role.DESK, starts_on=DAY, ends_on=DAY + timedelta(days=3))
    assert not office.is_over(DAY - timedelta(days=9))
    assert office.is_over(DAY + timedelta(days=3))
    assert office.last_day == DAY + timedelta(days=2)


# Who may give what


def test_nobody_gives_their_own_role_or_one_that_may_invite_too() -> None:
    for giver, roles in MAY_GIVE.items():
        assert giver not in roles
        assert Permission.USERS_INVITE in PERMISSIONS[giver]
    inviting = {role for role in Role if Permission.USERS_INVITE in PERMISSIONS[role]}
    assert not MAY_GIVE[Role.BUMDES_MANAGER] & inviting


@pytest.mark.parametrize("giver", list(MAY_GIVE))
def test_nobody_gives_more_than_they_have(giver: Role) -> None:
    """Apart from a payee's own earnings, which belong to the payee alone."""
    for role in MAY_GIVE[giver]:
        assert PERMISSIONS[role] - {Permission.EARNINGS_SEE} <= PERMISSIONS[giver], role


def test_every_role_that_may_invite_gives_something() -> None:
    assert {role for role in Role if Permission.USERS_INVITE in PERMISSIONS[role]} == set(MAY_GIVE)


def test_a_bumdes_manager_gives_in_her_own_village_only() -> None:
    held = [(Role.BUMDES_MANAGER, 1, None)]
    assert givable_roles(held, 1) == {Role.HOST, Role.GUIDE, Role.MAKER, Role.DESK}
    assert givable_roles(held, 2) == frozenset()
    assert givable_roles(held, None) == frozenset()


def test_an_office_elsewhere_does_not_help() -> None:
    held = [(Role.BUMDES_MANAGER, 1, None), (Role.DESK, 2, None), (Role.HOST, 2, 7)]
    assert givable_roles(held, 2) == frozenset()


def test_a_manager_gives_village_offices_and_observers_but_no_managers() -> None:
    held = [(Role.MANAGER, None, None)]
    assert givable_roles(held, 5) == VILLAGE_ROLES | PAYEE_ROLES
    assert givable_roles(held, None) == {Role.OBSERVER}


def test_a_link_opens_no_office_that_its_maker_could_not_give() -> None:
    bumdes = [(Role.BUMDES_MANAGER, 1, None)]
    assert may_open_account(bumdes, [(Role.HOST, 1), (Role.DESK, 1)])
    assert may_open_account(bumdes, [])
    assert not may_open_account(bumdes, [(Role.HOST, 1), (Role.HOST, 2)])
    assert not may_open_account(bumdes, [(Role.HOST, 1), (Role.MANAGER, None)])
    assert not may_open_account(bumdes, [(Role.BUMDES_TREASURER, 1)])
    assert not may_open_account([(Role.MANAGER, None, None)], [(Role.MANAGER, None)])


@pytest.mark.parametrize(
    ("role", "village", "payee", "wrong"),
    [
        (Role.HOST, None, 7, False),
        (Role.HOST, 1, 7, False),
        (Role.HOST, 1, None, True),
        (Role.DESK, 1, None, False),
        (Role.DESK, None, None, True),
        (Role.DESK, 1, 7, True),
        (Role.MANAGER, None, None, False),
        (Role.MANAGER, 1, None, True),
        (Role.OBSERVER, None, 7, True),
    ],
)
def test_a_role_needs_its_kind_of_place(
    role: Role, village: int | None, payee: int | None, wrong: bool
) -> None:
    assert place_fault(role, village, payee) is wrong


# Passwords and PINs


@pytest.mark.parametrize("secret", ["481516", "902817365", "kopi-susu-pagi", "tiga ekor ayam", "Ѕecret-字"])
def test_good_ones(secret: str) -> None:
    assert fault_of_secret(secret, "wati@sample.example", "+6281200000001", "081200000001", "Wati") is None


@pytest.mark.parametrize(
    ("secret", "fault"),
    [
        ("", SecretFault.SHORT_PASSWORD),
        ("48151", SecretFault.SHORT_PIN),
        ("kopi-su", SecretFault.SHORT_PASSWORD),
        ("x" * 201, SecretFault.LONG),
        ("111111", SecretFault.EASY),
        ("121212", SecretFault.EASY),
        ("123456", SecretFault.EASY),
        ("87654321", SecretFault.EASY),
        ("abcdefgh", SecretFault.EASY),
        ("Borobudur", SecretFault.EASY),
        ("081200000001", SecretFault.EASY),
        ("200000", SecretFault.EASY),
        ("wati@sample.example", SecretFault.EASY),
    ],
)
def test_bad_ones(secret: str, fault: SecretFault) -> None:
    known = ("wati@sample.example", "+6281200000001", "081200000001", "Wati")
    assert fault_of_secret(secret, *known) == fault


def test_one_unicode_form() -> None:
    assert normalise_secret("caf\u00e9-enak") == normalise_secret("cafe\u0301-enak")


def test_pauses_begin_at_the_fifth_try_and_grow_to_an_hour() -> None:
    pauses = [pause_after(failures) for failures in range(200)]
    assert all(not pause for pause in pauses[:FREE_TRIES])
    assert pauses[FREE_TRIES] == timedelta(minutes=1)
    assert all(before <= after for before, after in pairwise(pauses))
    assert pauses[-1] == LONGEST_PAUSE
