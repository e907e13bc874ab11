"""What stands: agreements, rates and payees, and what the books say each party has of a month."""

from app.revenue.queries.agreements import (
    agreements_in_force,
    find_agreement,
    find_last_agreement,
    find_payee,
    list_agreements,
    parts_in_force,
    payee_names,
    tax_on,
    tax_rates,
)
from app.revenue.queries.months import (
    MonthIncome,
    MonthShare,
    MonthTotal,
    PayeeMonth,
    UnitEarning,
    monthly_income,
    monthly_shares,
    months_series,
    payee_earnings,
    unit_earnings,
)
from app.revenue.queries.splits import SELLER, splits_in_force

__all__ = [
    "SELLER",
    "MonthIncome",
    "MonthShare",
    "MonthTotal",
    "PayeeMonth",
    "UnitEarning",
    "agreements_in_force",
    "find_agreement",
    "find_last_agreement",
    "find_payee",
    "list_agreements",
    "monthly_income",
    "monthly_shares",
    "months_series",
    "parts_in_force",
    "payee_earnings",
    "payee_names",
    "splits_in_force",
    "tax_on",
    "tax_rates",
    "unit_earnings",
]
