"""Roles, permissions and the reach of an office. Nothing here asks a database."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise


class Role(StrEnum):
    """What an office is called. Host, guide and maker act for a payee; desk to village head for a village."""

    HOST = "host"
    GUIDE = "guide"
    MAKER = "maker"
    DESK = "desk"
    BUMDES_TREASURER = "bumdes_treasurer"
    BUMDES_MANAGER = "bumdes_manager"
    SUPERVISOR = "supervisor"
    VILLAGE_HEAD = "village_head"
    MANAGER = "manager"
    AUDITOR = "auditor"
    OBSERVER = "observer"


PAYEE_ROLES = frozenset({Role.HOST, Role.GUIDE, Role.MAKER})
VILLAGE_ROLES = frozenset(
    {Role.DESK, Role.BUMDES_TREASURER, Role.BUMDES_MANAGER, Role.SUPERVISOR, Role.VILLAGE_HEAD, Role.AUDITOR}
)
ALL_VILLAGES_ROLES = frozenset({Role.MANAGER, Role.OBSERVER})


class Permission(StrEnum):
    """resource:action."""

    DASHBOARD_SEE = "dashboard:see"
    CALENDAR_SEE = "calendar:see"
    CALENDAR_CHANGE = "calendar:change"
    RATES_CHANGE = "rates:change"
    HOMESTAY_CHANGE = "homestay:change"
    GUESTS_SEE = "guests:see"
    GUESTS_CHECK_IN = "guests:check_in"
    BOOKINGS_SEE = "bookings:see"
    BOOKINGS_VOUCH = "bookings:vouch"
    BOOKINGS_CANCEL = "bookings:cancel"
    PERIODS_CLOSE = "periods:close"
    MONEY_SEE = "money:see"
    MONEY_RECEIVE = "money:receive"
    MONEY_REFUND = "money:refund"
    REFUNDS_APPROVE = "refunds:approve"
    REFUNDS_HAND_OVER = "refunds:hand_over"
    MONEY_GIVE_BACK = "money:give_back"
    EARNINGS_SEE = "earnings:see"
    MESSAGES_SEND = "messages:send"
    USERS_INVITE = "users:invite"
    FIGURES_SEE = "figures:see"
    VILLAGE_CHANGE = "village:change"
    PACKAGES_CHANGE = "packages:change"
    MANIFEST_SEE = "manifest:see"
    VOUCHERS_GIVE = "vouchers:give"
    PRODUCTS_CHANGE = "products:change"
    PICKUPS_HAND_OVER = "pickups:hand_over"
    QRIS_CHANGE = "qris:change"
    CASH_SEE = "cash:see"
    CASH_HAND_OVER = "cash:hand_over"
    CASH_DIFFER = "cash:differ"


_P = Permission
_PAYEE = {
    _P.DASHBOARD_SEE,
    _P.CALENDAR_SEE,
    _P.CALENDAR_CHANGE,
    _P.RATES_CHANGE,
    _P.GUESTS_SEE,
    _P.EARNINGS_SEE,
}
_VILLAGE_READ = {
    _P.DASHBOARD_SEE,
    _P.CALENDAR_SEE,
    _P.BOOKINGS_SEE,
    _P.MONEY_SEE,
    _P.FIGURES_SEE,
    _P.CASH_SEE,
}
_DESK = {
    _P.DASHBOARD_SEE,
    _P.CALENDAR_SEE,
    _P.CALENDAR_CHANGE,
    _P.GUESTS_SEE,
    _P.GUESTS_CHECK_IN,
    _P.BOOKINGS_SEE,
    _P.BOOKINGS_VOUCH,
    _P.BOOKINGS_CANCEL,
    _P.MONEY_RECEIVE,
    _P.MESSAGES_SEND,
    _P.PACKAGES_CHANGE,
    _P.MANIFEST_SEE,
    _P.PRODUCTS_CHANGE,
    _P.PICKUPS_HAND_OVER,
    _P.REFUNDS_HAND_OVER,
    _P.CASH_SEE,
    _P.CASH_HAND_OVER,
}

# Where guests pay is said by who does not hold the money; so is what becomes of cash that is missing.
_DECIDES = {_P.PERIODS_CLOSE, _P.MONEY_GIVE_BACK, _P.QRIS_CHANGE, _P.CASH_DIFFER}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.HOST: frozenset(_PAYEE),
    Role.GUIDE: frozenset(
        {_P.DASHBOARD_SEE, _P.EARNINGS_SEE, _P.MANIFEST_SEE, _P.GUESTS_CHECK_IN, _P.PACKAGES_CHANGE}
    ),
    Role.MAKER: frozenset({_P.DASHBOARD_SEE, _P.EARNINGS_SEE, _P.PRODUCTS_CHANGE}),
    Role.DESK: frozenset(_DESK),
    Role.BUMDES_TREASURER: frozenset(
        _VILLAGE_READ
        | {_P.GUESTS_SEE, _P.MONEY_RECEIVE, _P.MONEY_REFUND, _P.MESSAGES_SEND}
        | {_P.REFUNDS_APPROVE, _P.REFUNDS_HAND_OVER, _P.CASH_HAND_OVER}
    ),
    Role.BUMDES_MANAGER: frozenset(
        _VILLAGE_READ
        | _DESK
        | {_P.RATES_CHANGE, _P.HOMESTAY_CHANGE, _P.USERS_INVITE, _P.VILLAGE_CHANGE, _P.REFUNDS_APPROVE}
        | _DECIDES
        | {_P.VOUCHERS_GIVE}
    ),
    # The second person, where only one of those whose work it is is in office.
    Role.SUPERVISOR: frozenset(_VILLAGE_READ | {_P.REFUNDS_APPROVE}),
    Role.VILLAGE_HEAD: frozenset(_VILLAGE_READ),
    Role.MANAGER: frozenset(
        _VILLAGE_READ
        | _DESK
        | _DECIDES
        | {_P.RATES_CHANGE, _P.HOMESTAY_CHANGE, _P.USERS_INVITE, _P.VILLAGE_CHANGE, _P.MONEY_REFUND}
        | {_P.REFUNDS_APPROVE, _P.VOUCHERS_GIVE}
    ),
    Role.AUDITOR: frozenset(_VILLAGE_READ),
    Role.OBSERVER: frozenset({_P.DASHBOARD_SEE, _P.FIGURES_SEE}),
}


@dataclass(frozen=True)
class Scope:
    """What a permission reaches: everything, or these villages and these payees."""

    everything: bool = False
    villages: frozenset[int] = field(default_factory=frozenset)
    payees: frozenset[int] = field(default_factory=frozenset)

    @property
    def is_empty(self) -> bool:
        """Whether it reaches nothing at all."""
        return not (self.everything or self.villages or self.payees)

    def has_village(self, village_id: int) -> bool:
        """Whether the whole village is reached."""
        return self.everything or village_id in self.villages

    def has_payee(self, payee_id: int | None, village_id: int) -> bool:
        """Whether this payee's things are reached, through the payee or through its village."""
        return self.has_village(village_id) or (payee_id is not None and payee_id in self.payees)


Held = tuple[Role, int | None, int | None]
"""An office as the rules see it: role, village, payee."""


def scope_for(permission: str, held: Iterable[Held]) -> Scope:
    """The reach of a permission over the offices held: (role, village, payee) of each office in force."""
    villages: set[int] = set()
    payees: set[int] = set()
    everything = False
    for role, village_id, payee_id in held:
        if permission not in PERMISSIONS[role]:
            continue
        if role in ALL_VILLAGES_ROLES:
            everything = True
        elif role in PAYEE_ROLES and payee_id is not None:
            payees.add(payee_id)
        elif role in VILLAGE_ROLES and village_id is not None:
            villages.add(village_id)
    return Scope(everything, frozenset(villages), frozenset(payees))


# Who may give what

_UNDER_BUMDES = frozenset({Role.HOST, Role.GUIDE, Role.MAKER, Role.DESK})

MAY_GIVE: dict[Role, frozenset[Role]] = {
    # Not the treasurer, who holds the money apart from her, nor those who watch over her.
    Role.BUMDES_MANAGER: _UNDER_BUMDES,
    # Not its own kind: a manager's office is given by whoever runs the installation, on the command line.
    Role.MANAGER: frozenset(Role) - {Role.MANAGER},
}
"""Which offices the holder of a role gives and ends: never its own, never one above it. Others give none."""


def givable_roles(held: Iterable[Held], village_id: int | None) -> frozenset[Role]:
    """The roles that the holder of these offices may give in a village; for None, those that belong to no village."""
    mine = [
        role for role, village, _payee in held if role in ALL_VILLAGES_ROLES or _same(village, village_id)
    ]
    roles = frozenset().union(*(MAY_GIVE.get(role, frozenset()) for role in mine))
    return frozenset(role for role in roles if (role in ALL_VILLAGES_ROLES) == (village_id is None))


def _same(village: int | None, other: int | None) -> bool:
    return village is not None and village == other


def may_open_account(held: Iterable[Held], target: Iterable[tuple[Role, int | None]]) -> bool:
    """Whether somebody may make a link that sets another's password: only if every office that the other holds, as
    (role, village), is one that he may give. Else a link would be a way to an office above one's own.
    """
    offices = list(held)
    return all(role in givable_roles(offices, village) for role, village in target)


# Passwords and PINs

LINK_LIFE = timedelta(days=7)
"""How long a one-time link works."""

ADDRESS_LINK_LIFE = timedelta(minutes=15)
DESK_LINK_LIFE = timedelta(hours=24)
"""How long a link that proves an address works: sent by mail; and to a phone, where a person of the desk sends it."""

MOST_ADDRESS_LINKS = 5
"""Sent to one address within an hour, whoever asks: nobody's mailbox is flooded."""

SHORTEST_PIN = 6
SHORTEST_PASSWORD = 8
LONGEST_SECRET = 200
FREE_TRIES = 5
LONGEST_PAUSE = timedelta(minutes=60)


class SecretFault(StrEnum):
    """What is wrong with a password or a PIN that somebody chose."""

    SHORT_PIN = "short_pin"
    SHORT_PASSWORD = "short_password"  # noqa: S105 - the name of a fault
    LONG = "long"
    EASY = "easy"


def normalise_secret(text: str) -> str:
    """A password or PIN in the one Unicode form in which it is kept and compared."""
    return unicodedata.normalize("NFKD", text)


def fault_of_secret(secret: str, *own: str | None) -> SecretFault | None:
    """Why a password (8 characters or more) or a PIN (6 digits or more) cannot be used; None when it can.

    `own` is what others know about the person: e-mail, phone, name.
    """
    is_pin = secret.isdigit()
    if len(secret) < (SHORTEST_PIN if is_pin else SHORTEST_PASSWORD):
        return SecretFault.SHORT_PIN if is_pin else SecretFault.SHORT_PASSWORD
    if len(secret) > LONGEST_SECRET:
        return SecretFault.LONG
    known = [text.casefold() for text in own if text]
    if _is_easy(secret.casefold()) or any(secret.casefold() in text for text in known):
        return SecretFault.EASY
    return None


def _is_easy(secret: str) -> bool:
    """Few different characters, a run such as 123456 or 987654 or abcdefgh, or one of the first that anybody tries."""
    steps = {ord(after) - ord(before) for before, after in pairwise(secret)}
    return len(set(secret)) < 3 or steps in ({1}, {-1}) or secret in _FIRST_TRIED


_FIRST_TRIED = frozenset(
    """
    password password1 passw0rd qwertyui qwerty123 iloveyou indonesia indonesia1 borobudur borobudur1 balkondes
    balkondes1 homestay homestay1 magelang magelang1 rahasia123 bismillah sayangku 1234567890 0123456789
    123123 123321 654321 112233 121212 101010 696969 123654 159753 147258 147852 258369 11223344 12341234
    """.split()  # noqa: SIM905 - a list of words reads better as words
)


def pause_after(failures: int) -> timedelta:
    """How long signing in rests after so many wrong tries in a row: not before the fifth, then 1, 2, 4, … minutes."""
    if failures < FREE_TRIES:
        return timedelta(0)
    return min(timedelta(minutes=2 ** min(failures - FREE_TRIES, 6)), LONGEST_PAUSE)


def place_fault(role: Role, village_id: int | None, payee_id: int | None) -> bool:
    """Whether a role is given without the place it belongs to, or with one it cannot have."""
    if role in PAYEE_ROLES:
        return payee_id is None
    if role in VILLAGE_ROLES:
        return village_id is None or payee_id is not None
    return village_id is not None or payee_id is not None
