"""Roles, permissions and the reach of an office. Nothing here asks a database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


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
    BOOKINGS_SEE = "bookings:see"
    BOOKINGS_VOUCH = "bookings:vouch"
    MONEY_SEE = "money:see"
    MONEY_RECEIVE = "money:receive"
    MONEY_REFUND = "money:refund"
    EARNINGS_SEE = "earnings:see"
    MESSAGES_SEND = "messages:send"
    USERS_INVITE = "users:invite"
    FIGURES_SEE = "figures:see"
    VILLAGE_CHANGE = "village:change"


_P = Permission
_PAYEE = {
    _P.DASHBOARD_SEE,
    _P.CALENDAR_SEE,
    _P.CALENDAR_CHANGE,
    _P.RATES_CHANGE,
    _P.GUESTS_SEE,
    _P.EARNINGS_SEE,
}
_VILLAGE_READ = {_P.DASHBOARD_SEE, _P.CALENDAR_SEE, _P.BOOKINGS_SEE, _P.MONEY_SEE, _P.FIGURES_SEE}
_DESK = {
    _P.DASHBOARD_SEE,
    _P.CALENDAR_SEE,
    _P.CALENDAR_CHANGE,
    _P.GUESTS_SEE,
    _P.BOOKINGS_SEE,
    _P.BOOKINGS_VOUCH,
    _P.MONEY_RECEIVE,
    _P.MESSAGES_SEND,
}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.HOST: frozenset(_PAYEE),
    Role.GUIDE: frozenset({_P.DASHBOARD_SEE, _P.EARNINGS_SEE}),
    Role.MAKER: frozenset({_P.DASHBOARD_SEE, _P.EARNINGS_SEE}),
    Role.DESK: frozenset(_DESK),
    Role.BUMDES_TREASURER: frozenset(
        _VILLAGE_READ | {_P.GUESTS_SEE, _P.MONEY_RECEIVE, _P.MONEY_REFUND, _P.MESSAGES_SEND}
    ),
    Role.BUMDES_MANAGER: frozenset(
        _VILLAGE_READ | _DESK | {_P.RATES_CHANGE, _P.HOMESTAY_CHANGE, _P.USERS_INVITE, _P.VILLAGE_CHANGE}
    ),
    Role.SUPERVISOR: frozenset(_VILLAGE_READ),
    Role.VILLAGE_HEAD: frozenset(_VILLAGE_READ),
    Role.MANAGER: frozenset(
        _VILLAGE_READ
        | _DESK
        | {_P.RATES_CHANGE, _P.HOMESTAY_CHANGE, _P.USERS_INVITE, _P.VILLAGE_CHANGE, _P.MONEY_REFUND}
    ),
    Role.AUDITOR: frozenset(_VILLAGE_READ),
    Role.OBSERVER: frozenset({_P.DASHBOARD_SEE, _P.FIGURES_SEE}),
}


def permissions_of(role: Role) -> frozenset[Permission]:
    """What an office of this role may do within its scope."""
    return PERMISSIONS[role]


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


def scope_for(permission: str, held: Iterable[tuple[Role, int | None, int | None]]) -> Scope:
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
