"""What the alerts keep: one message a recipient, and each attempt to deliver it.

No address or token is stored: a message names its recipient by a fingerprint of the Apprise URL, and the sender finds
the URL in the configuration.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, MetaData, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """A moment: UTC in the database, aware outside. The crawler has its own, as the rooms share no drawer."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"naive time {value!r}")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The tables of the alerts."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: Instant, dict[str, Any]: JSON}  # noqa: RUF012


class Message(Base):
    """One notice for one recipient. `key` is unique: told twice, kept once."""

    __tablename__ = "message"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)  # notice key | recipient fingerprint
    notice_key: Mapped[str] = mapped_column(String(100), index=True)
    thread: Mapped[str] = mapped_column(String(100), index=True)  # key of the first notice; its own for a first one
    subscription: Mapped[str] = mapped_column(Text)
    recipient: Mapped[str] = mapped_column(String(40), index=True)  # fingerprint of the Apprise URL
    label: Mapped[str] = mapped_column(Text, default="")  # the URL, masked, for people
    language: Mapped[str] = mapped_column(String(2), default="vi")
    notice: Mapped[dict[str, Any]] = mapped_column(JSON)
    message_id: Mapped[str] = mapped_column(String(200))  # of the email; the same at every attempt
    in_reply_to: Mapped[str] = mapped_column(String(200), default="")
    digest: Mapped[bool] = mapped_column(default=False)  # goes out with the recipient's other waiting messages
    digest_id: Mapped[str] = mapped_column(String(200), default="")  # of the email that carried them all
    created_at: Mapped[datetime] = mapped_column(index=True)
    due_at: Mapped[datetime] = mapped_column(index=True)
    claimed_by: Mapped[str] = mapped_column(String(60), default="")
    claimed_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]  # the first failure; three days later it is given up
    sent_at: Mapped[datetime | None] = mapped_column(index=True)  # the receiving side accepted it
    given_up_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text, default="")
    attempts: Mapped[list[Attempt]] = relationship(back_populates="message", order_by="Attempt.id")

    @property
    def state(self) -> str:
        """Where it stands, in one word: sent, failed (given up), retrying or waiting."""
        if self.sent_at is not None:
            return "sent"
        if self.given_up_at is not None:
            return "failed"
        return "retrying" if self.tries else "waiting"


class Attempt(Base):
    """One try at a message, and what the far side said, masked."""

    __tablename__ = "attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)
    at: Mapped[datetime]
    ms: Mapped[int] = mapped_column(default=0)
    ok: Mapped[bool] = mapped_column(default=False)
    detail: Mapped[str] = mapped_column(Text, default="")
    message: Mapped[Message] = relationship(back_populates="attempts")
