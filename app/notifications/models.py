"""The outbox."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, EnumText, Instant, Key, Keyed
from app.notifications.rules import SECRET_TEMPLATES


class Channel(StrEnum):
    """How a message leaves: by the mail server, or by a person's thumb on the desk's WhatsApp list."""

    EMAIL = "email"
    WHATSAPP = "whatsapp"


class MessageState(StrEnum):
    """queued → sent; a mail that cannot be delivered after many tries is failed and stands on a list."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class Message(Keyed, Base):
    """One message to one person, written in the transaction of what it tells about, in that person's language."""

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint("attempts >= 0", name="attempts"),
        Index("ix_messages_state_next_attempt_at", "state", "next_attempt_at"),
        Index("ix_messages_village_id_channel_state", "village_id", "channel", "state"),
        Index("ix_messages_reference", "reference"),
    )

    event_key: Mapped[str] = mapped_column(String(160), unique=True)
    template: Mapped[str] = mapped_column(String(60))
    channel: Mapped[Channel] = mapped_column(EnumText(Channel))
    recipient: Mapped[str] = mapped_column(String(254))
    recipient_name: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(2))
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    reference: Mapped[str | None] = mapped_column(String(80))
    village_id: Mapped[int | None] = mapped_column(Key, ForeignKey("villages.id"))
    state: Mapped[MessageState] = mapped_column(EnumText(MessageState), default=MessageState.QUEUED)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(Instant)
    last_error: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    sent_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("users.id"))

    @property
    def is_secret(self) -> bool:
        """Whether its text opens an account, so that nobody but the recipient may read it."""
        return self.template in SECRET_TEMPLATES
