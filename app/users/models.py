"""Accounts that sign in, the offices they hold, and one-time links."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import ClassVar

from flask_security import UserMixin
from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.core.db import Base, EnumText, Instant, Key, Keyed
from app.users.rules import Held, Role, Scope, scope_for


class Office(Keyed, Base):
    """A role with a scope and a term. When it ends, access ends; what was done stays with the office."""

    __tablename__ = "offices"
    __table_args__ = (
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="term"),
        Index("ix_offices_user_id", "user_id"),
        Index("ix_offices_village_id_role", "village_id", "role"),
    )

    user_id: Mapped[int] = mapped_column(Key, ForeignKey("users.id"))
    role: Mapped[Role] = mapped_column(EnumText(Role))
    village_id: Mapped[int | None] = mapped_column(Key, ForeignKey("villages.id"))
    payee_id: Mapped[int | None] = mapped_column(Key, ForeignKey("payees.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    note: Mapped[str | None] = mapped_column(Text)

    @property
    def name(self) -> str:
        """What the sign-in library calls the role."""
        return self.role.value

    def get_permissions(self) -> set[str]:
        """What the sign-in library would let the role do: nothing. Terms and places count, so `User.scope` decides."""
        return set()

    @property
    def last_day(self) -> date | None:
        """The last day of the term; `ends_on` is the day after. None while no end is set."""
        return None if self.ends_on is None else self.ends_on - timedelta(days=1)

    def in_force(self, day: date) -> bool:
        """Whether the term covers the day."""
        return self.starts_on <= day and not self.is_over(day)

    def is_over(self, day: date) -> bool:
        """Whether the term ended before the day: never again in force. One to come is not over."""
        return self.ends_on is not None and day >= self.ends_on


class User(Keyed, UserMixin, Base):
    """Somebody who signs in: by e-mail or phone; a guest by an address that was proven."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("is_guest OR email IS NOT NULL OR phone IS NOT NULL", name="reachable"),
    )

    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(254), unique=True)  # type: ignore[assignment]
    phone: Mapped[str | None] = mapped_column(String(20), unique=True)
    password: Mapped[str | None] = mapped_column(String(255))
    language: Mapped[str] = mapped_column(String(2), default="id")
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    # Made by proving an address, not by an invitation: has no e-mail and phone of its own, and never an office.
    is_guest: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    last_login_at: Mapped[datetime | None] = mapped_column(Instant)  # type: ignore[assignment]
    current_login_at: Mapped[datetime | None] = mapped_column(Instant)  # type: ignore[assignment]
    login_count: Mapped[int] = mapped_column(Integer, default=0)
    failed_attempts: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    locked_until: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)

    # The library would note addresses beside the times; they are not kept.
    last_login_ip: ClassVar[str | None] = None  # type: ignore[misc]
    current_login_ip: ClassVar[str | None] = None  # type: ignore[misc]

    # The sign-in library reads `roles` on every request; ours are offices. selectin, because lazy="raise" would fail.
    roles: Mapped[list[Office]] = relationship(  # type: ignore[assignment]
        Office, lazy="selectin", order_by=Office.id
    )

    def offices_in_force(self) -> list[Office]:
        """The offices whose term covers today in the village."""
        day = clock.today()
        return [office for office in self.roles if office.in_force(day)]

    def may_try(self, now: datetime) -> bool:
        """Whether a password may be tried now: there is one, and signing in does not rest after wrong tries."""
        is_resting = self.locked_until is not None and self.locked_until > now
        return self.active and bool(self.password) and not is_resting

    def held(self) -> list[Held]:
        """The offices in force as the rules see them."""
        return [(office.role, office.village_id, office.payee_id) for office in self.offices_in_force()]

    def can(self, permission: str) -> bool:
        """Whether an office in force carries the permission, for whatever scope."""
        return not self.scope(permission).is_empty

    def scope(self, permission: str) -> Scope:
        """Which villages and payees the permission reaches today. Queries that fetch take this."""
        return scope_for(permission, self.held())

    def has_permission(self, permission: str) -> bool:
        """The library's word for `can`."""
        return self.can(permission)

    def has_role(self, role: object) -> bool:
        """The library's question, answered for offices in force only."""
        return any(office.name == str(role) for office in self.offices_in_force())


class SignInLink(Keyed, Base):
    """A one-time link or QR with which a password or PIN is set. Only its hash is kept."""

    __tablename__ = "sign_in_links"
    __table_args__ = (Index("ix_sign_in_links_user_id", "user_id"),)

    user_id: Mapped[int] = mapped_column(Key, ForeignKey("users.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("users.id"))
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class ProvenAddress(Keyed, Base):
    """An e-mail address or phone number that an account has shown to be its own, and the bookings made with it."""

    __tablename__ = "proven_addresses"
    __table_args__ = (Index("ix_proven_addresses_user_id", "user_id"),)

    user_id: Mapped[int] = mapped_column(Key, ForeignKey("users.id"))
    address: Mapped[str] = mapped_column(String(254), unique=True)
    proven_at: Mapped[datetime] = mapped_column(Instant)

    @property
    def is_email(self) -> bool:
        """Whether it is an e-mail address, else a phone number."""
        return "@" in self.address


class AddressLink(Keyed, Base):
    """A one-time link that was sent to an address: whoever opens it has proven the address. Only its hash is kept.

    `user_id` is who asked while signed in, `name` what a new account would be called.
    """

    __tablename__ = "address_links"
    __table_args__ = (
        Index("ix_address_links_address", "address"),
        Index("ix_address_links_user_id", "user_id"),
    )

    address: Mapped[str] = mapped_column(String(254))
    user_id: Mapped[int | None] = mapped_column(Key, ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(2))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
