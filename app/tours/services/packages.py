"""A package is set up, and moves through its life on sale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.core import audit
from app.core.db import db
from app.core.errors import Conflict, Invalid, WrongState
from app.core.money import Rupiah
from app.core.words import gettext as _
from app.tours import queries
from app.tours.models import Package
from app.tours.rules import DEAREST, PackageKind, PriceUnit
from app.villages.rules import PublicationState, Terms, may_move


@dataclass(frozen=True)
class PackageTexts:
    """What guests read: its name, who does it, what happens, where one meets, what to bring. `languages` are codes."""

    name_id: str
    name_en: str
    guide_name: str
    story_id: str
    story_en: str
    meeting_id: str
    meeting_en: str
    bring_id: str | None = None
    bring_en: str | None = None
    languages: Sequence[str] = ("id",)


@dataclass(frozen=True)
class PackagePrice:
    """The price in rupiah of one unit: a person, or a vehicle, boat or group of up to `unit_size` persons.

    `source` says where the price was read; one without a source is a sample.
    """

    price: Rupiah
    unit: PriceUnit = PriceUnit.PERSON
    unit_size: int = 1
    is_sample: bool = False
    source: str | None = None


@dataclass(frozen=True)
class PackageLimits:
    """How long it takes, who can come along, until how many hours before the start one books, and its terms."""

    duration_minutes: int
    min_party: int = 1
    max_party: int = 10
    takes_children: bool = True
    limits_id: str | None = None
    limits_en: str | None = None
    cutoff_hours: int = 12
    terms: Terms = Terms.FLEXIBLE


def create_package(
    *,
    slug: str,
    village_id: int,
    payee_id: int,
    kind: PackageKind,
    texts: PackageTexts,
    price: PackagePrice,
    limits: PackageLimits,
    is_sample: bool = False,
    by_user_id: int | None = None,
) -> Package:
    """A new package, drafted and without departures. `payee_id` is who does it and is paid for it.

    Raises Conflict (`slug_taken`) when the address is another package's, Invalid for a price that cannot be.
    """
    if queries.slug_is_taken(slug):
        raise Conflict(_("This address belongs to another package."), code="slug_taken")
    if not 0 < price.price <= DEAREST:
        message = _("A package costs something, and less than 50 million.")
        raise Invalid(message, errors=[("price", message)])
    package = Package(
        slug=slug,
        village_id=village_id,
        payee_id=payee_id,
        kind=kind,
        state=PublicationState.DRAFTED,
        price=price.price,
        price_unit=price.unit,
        unit_size=price.unit_size,
        price_is_sample=price.is_sample,
        price_source=price.source,
        is_sample=is_sample,
        **(vars(texts) | {"languages": list(texts.languages)}),
        **vars(limits),
    )
    db.session.add(package)
    db.session.flush()
    audit.record(action="package.created", subject=f"package:{slug}", user_id=by_user_id)
    return package


def change_publication(
    *, package_id: int, wanted: PublicationState, by_user_id: int | None, reason: str | None = None
) -> Package:
    """One step in the life of a package. Raises NotFound; WrongState for a step that does not lead from here."""
    package = queries.get_package_by_id(package_id)
    if not may_move(package.state, wanted):
        raise WrongState(_("The package has moved on in the meantime. Look at it again."))
    before, package.state = package.state, wanted
    audit.record(
        action="package.moved",
        subject=f"package:{package.slug}",
        user_id=by_user_id,
        reason=reason,
        before=before.value,
        after=wanted.value,
    )
    return package
