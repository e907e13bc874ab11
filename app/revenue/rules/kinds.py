"""The kinds of parties, and the kinds of revenue that are agreed on."""

from __future__ import annotations

from enum import StrEnum


class PayeeKind(StrEnum):
    """What a party is to a village; the order is the order in which shares are shown."""

    HOST = "host"
    MAKER = "maker"
    GUIDE = "guide"
    BUMDES = "bumdes"
    MANAGER = "manager"
    VILLAGE_CASH = "village_cash"
    FUND = "fund"


TAX = "tax"


class RevenueKind(StrEnum):
    """What an agreement is about."""

    STAY_HOME = "stay_home"
    STAY_BALKONDES = "stay_balkondes"
    PACKAGE = "package"
    PRODUCT = "product"
