"""What happens to a package: it is set up and moves through its life; its departures are added, filled and closed."""

from app.tours.services.departures import Series, add_departure, add_series
from app.tours.services.packages import (
    PackageLimits,
    PackagePrice,
    PackageTexts,
    change_publication,
    create_package,
)
from app.tours.services.seats import cancel_departure, close_departure, open_departure, set_seats

__all__ = [
    "PackageLimits",
    "PackagePrice",
    "PackageTexts",
    "Series",
    "add_departure",
    "add_series",
    "cancel_departure",
    "change_publication",
    "close_departure",
    "create_package",
    "open_departure",
    "set_seats",
]
