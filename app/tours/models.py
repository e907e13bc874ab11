"""Tour packages and their departures."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.counters import Counter
from app.core.db import Base, EnumText, Instant, Key, Keyed
from app.core.words import pick
from app.tours.rules import DepartureState, PackageKind, PriceUnit
from app.villages.models import Village
from app.villages.rules import PublicationState, Terms


class Package(Keyed, Base):
    """What a village does with guests. `price` is per unit: a person, or a vehicle, boat or group of `unit_size`."""

    __tablename__ = "packages"
    __table_args__ = (
        CheckConstraint("price > 0", name="price"),
        CheckConstraint("duration_minutes > 0", name="duration"),
        CheckConstraint("unit_size >= 1 AND (price_unit <> 'person' OR unit_size = 1)", name="unit_size"),
        CheckConstraint("min_party >= 1 AND max_party >= min_party", name="party"),
        CheckConstraint("cutoff_hours >= 0", name="cutoff"),
        Index("ix_packages_village_id_state", "village_id", "state"),
    )

    slug: Mapped[str] = mapped_column(String(80), unique=True)
    village_id: Mapped[int] = mapped_column(Key, ForeignKey("villages.id"))
    payee_id: Mapped[int] = mapped_column(Key, ForeignKey("payees.id"))
    kind: Mapped[PackageKind] = mapped_column(EnumText(PackageKind))
    state: Mapped[PublicationState] = mapped_column(
        EnumText(PublicationState), default=PublicationState.DRAFTED
    )
    name_id: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    guide_name: Mapped[str] = mapped_column(String(120))
    story_id: Mapped[str] = mapped_column(Text)
    story_en: Mapped[str] = mapped_column(Text)
    meeting_id: Mapped[str] = mapped_column(String(200))
    meeting_en: Mapped[str] = mapped_column(String(200))
    bring_id: Mapped[str | None] = mapped_column(String(300))
    bring_en: Mapped[str | None] = mapped_column(String(300))
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    duration_minutes: Mapped[int] = mapped_column(Integer)
    price: Mapped[int]
    price_unit: Mapped[PriceUnit] = mapped_column(EnumText(PriceUnit), default=PriceUnit.PERSON)
    unit_size: Mapped[int] = mapped_column(Integer, default=1)
    min_party: Mapped[int] = mapped_column(Integer, default=1)
    max_party: Mapped[int] = mapped_column(Integer)
    limits_id: Mapped[str | None] = mapped_column(String(300))
    limits_en: Mapped[str | None] = mapped_column(String(300))
    takes_children: Mapped[bool] = mapped_column(Boolean, default=True)
    cutoff_hours: Mapped[int] = mapped_column(Integer, default=12)
    terms: Mapped[Terms] = mapped_column(EnumText(Terms), default=Terms.FLEXIBLE)
    price_is_sample: Mapped[bool] = mapped_column(Boolean, default=False)
    price_source: Mapped[str | None] = mapped_column(Text)
    is_sample: Mapped[bool] = mapped_column(Boolean, default=False)

    village: Mapped[Village] = relationship(Village, lazy="joined", innerjoin=True)

    @property
    def name(self) -> str:
        """What it is called, in the reader's language."""
        return pick(self.name_id, self.name_en)

    @property
    def story(self) -> str:
        """What happens, in the reader's language."""
        return pick(self.story_id, self.story_en)

    @property
    def meeting(self) -> str:
        """Where one meets, in the reader's language."""
        return pick(self.meeting_id, self.meeting_en)

    @property
    def bring(self) -> str:
        """What to bring, in the reader's language; empty where nothing is needed."""
        return pick(self.bring_id, self.bring_en)

    @property
    def limits(self) -> str:
        """Who can come along, in the operator's words; empty where everybody can."""
        return pick(self.limits_id, self.limits_en)


class Departure(Keyed, Base):
    """One dated run of a package. Its counter counts units: persons, or vehicles, boats or groups."""

    __tablename__ = "departures"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="times"),
        CheckConstraint("price > 0", name="price"),
        Index("ix_departures_package_id_on", "package_id", "on"),
        Index("ix_departures_on_state", "on", "state"),
    )

    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    package_id: Mapped[int] = mapped_column(Key, ForeignKey("packages.id"))
    on: Mapped[date]
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    bookable_until: Mapped[datetime] = mapped_column(Instant)
    price: Mapped[int]
    counter_id: Mapped[int] = mapped_column(Key, ForeignKey("counters.id"), unique=True)
    state: Mapped[DepartureState] = mapped_column(EnumText(DepartureState), default=DepartureState.OPEN)

    package: Mapped[Package] = relationship(Package, lazy="raise")
    counter: Mapped[Counter] = relationship(Counter, lazy="raise")
