"""The tables. Personal content is in `sealed` columns, encrypted before it gets here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Key = BigInteger().with_variant(Integer, "sqlite")


class Moment(TypeDecorator[datetime]):
    """An aware time, stored in UTC; SQLite keeps no zone, so it is put back when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class Base(DeclarativeBase):
    type_annotation_map: ClassVar = {datetime: Moment, date: Date}


class User(Base):
    """One chat: its state, and what delivery has to remember."""

    __tablename__ = "users"

    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(Integer)
    sealed_state: Mapped[bytes] = mapped_column(LargeBinary)
    keyboard_message_id: Mapped[int | None] = mapped_column(BigInteger)
    blocked: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)


class Inbox(Base):
    """Updates received and not answered yet; answered ones keep only their id, so that a repeat is known."""

    __tablename__ = "inbox"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    update_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(index=True)
    done: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (Index("ix_inbox_pending", "done", "chat_id", "id"),)


class Outbox(Base):
    """What has to be delivered, in order for each chat; rows go when they are sent."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    """Set for a prompt: later than that it is dropped, and until then it waits behind the replies of its chat."""

    __table_args__ = (Index("ix_outbox_chat", "chat_id", "id"), Index("ix_outbox_due", "not_before"))


class Checkin(Base):
    """One check-in a day; the numbers and the note are sealed together."""

    __tablename__ = "checkins"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("users.chat_id", ondelete="CASCADE"))
    day: Mapped[date]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (UniqueConstraint("chat_id", "day"),)


class Schedule(Base):
    """A prompt the person asked for, and when it is due next (UTC; NULL while the person has the bot blocked)."""

    __tablename__ = "schedule"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("users.chat_id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    days: Mapped[str] = mapped_column(String(7))
    """Weekdays as digits, 0 = Monday."""
    every: Mapped[int]
    """Weeks from one time to the next."""
    day: Mapped[date | None]
    """The one day of a prompt that comes once."""
    hour: Mapped[int]
    minute: Mapped[int]
    zone: Mapped[str] = mapped_column(String(64))
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    last_due: Mapped[datetime | None]
    """When the one before was due."""

    __table_args__ = (UniqueConstraint("chat_id", "kind"),)


class SentMessage(Base):
    """Ids of the last 48 hours' messages, both ways, for quick exit."""

    __tablename__ = "sent_messages"

    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)


class Counter(Base):
    """Anonymous figures: how often something happened on a day."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    count: Mapped[int]
