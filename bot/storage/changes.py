"""What a transaction changes, piece by piece; `store.py` says which pieces belong together in one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from bot.storage import statements
from bot.storage.tables import Checkin, Counter, Inbox, Outbox, Schedule, SentMessage, User
from dialogues.events import SetReminder
from dialogues.rhythm import Rhythm, following


def rhythm_of(row: Row[Any]) -> Rhythm:
    """The rhythm of a row of `schedule`."""
    return Rhythm(row.hour, row.minute, tuple(int(day) for day in row.days), row.every, row.day)


def set_reminder(connection: Connection, chat_id: int, effect: SetReminder, now: datetime) -> None:
    """Put a reminder into the schedule, or take it out where it would never come again."""
    rhythm = effect.rhythm
    same = (Schedule.chat_id == chat_id, Schedule.kind == effect.kind)
    last = connection.scalar(select(Schedule.last_due).where(*same)) if rhythm.every > 1 else None
    due = following(rhythm, effect.zone, now, last)
    if due is None:
        connection.execute(delete(Schedule).where(*same))
        return
    row = {
        "chat_id": chat_id,
        "kind": effect.kind,
        "days": "".join(str(day) for day in rhythm.days),
        "every": rhythm.every,
        "day": rhythm.day,
        "hour": rhythm.hour,
        "minute": rhythm.minute,
        "zone": effect.zone,
        "due_at": due,
    }
    upsert(connection, Schedule, row, keys=("chat_id", "kind"))


def _insert(connection: Connection, table: type[Any]) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def upsert(connection: Connection, table: type[Any], row: dict[str, Any], keys: tuple[str, ...]) -> None:
    """Put a row in, or in the place of the one with the same keys."""
    values = {name: value for name, value in row.items() if name not in keys}
    statement = _insert(connection, table).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=values))


def count(connection: Connection, name: str, day: date) -> None:
    """One more of an anonymous figure."""
    statement = _insert(connection, Counter).values(name=name, day=day, count=1)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["name", "day"], set_={"count": Counter.count + 1})
    )


def erase(connection: Connection, chat_id: int, received_id: int | None) -> None:
    """Erase all of a chat, but the update that asked for it."""
    for table in (Checkin, Schedule, Outbox, SentMessage):
        connection.execute(delete(table).where(table.chat_id == chat_id))
    others = delete(Inbox).where(Inbox.chat_id == chat_id)
    if received_id is not None:
        others = others.where(Inbox.id != received_id)
    connection.execute(others)
    connection.execute(delete(User).where(User.chat_id == chat_id))


def save_state(
    connection: Connection, chat_id: int, version: int, sealed: bytes, now: datetime, heard: bool
) -> bool | None:
    """Save it where its version is still the stored one, else None. Returns whether a reply waits for its delivery."""
    mine = {"b_chat": chat_id, "b_version": version, "sealed": sealed}
    if not version:
        new = {"chat_id": chat_id, "version": 1, "sealed_state": sealed, "blocked": False}
        try:
            saved = connection.execute(
                statements.SAVE_OF_WHO_IS_NEW, {**new, "created_at": now, "seen_at": now, "b_chat": chat_id}
            ).first()
        except IntegrityError:
            return None
    elif not heard:
        saved = connection.execute(statements.SAVE, mine).first()
    else:
        saved = connection.execute(statements.SAVE_OF_WHO_IS_HERE, mine | {"seen": now}).first()
        if saved is None:  # perhaps they are back
            saved = connection.execute(statements.SAVE_OF_WHO_IS_BACK, mine | {"seen": now}).first()
            go_on_prompting(connection, chat_id, now)
    return None if saved is None else bool(saved[0])


def put_out(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> Sequence[int]:
    """Put messages into the outbox; their numbers, in the same order."""
    if len(rows) == 1:
        return list(connection.execute(statements.PUT_ONE_OUT, rows[0]).inserted_primary_key or ())
    return connection.execute(statements.PUT_OUT, rows).scalars().all() if rows else []


def go_on_prompting(connection: Connection, chat_id: int, now: datetime) -> None:
    """Set the next times of paused prompts; one that comes once and is over goes."""
    paused = select(Schedule).where(Schedule.chat_id == chat_id, Schedule.due_at.is_(None))
    for row in connection.execute(paused).all():
        due = following(rhythm_of(row), row.zone, now, row.last_due)
        this = Schedule.id == row.id
        if due is None:
            connection.execute(delete(Schedule).where(this))
        else:
            connection.execute(update(Schedule).where(this).values(due_at=due))


def remember(connection: Connection, chat_id: int, message_id: int, now: datetime) -> None:
    """Keep a message's number, so that quick exit finds it."""
    values = {"chat_id": chat_id, "message_id": message_id, "at": now}
    connection.execute(statements.REMEMBER[connection.dialect.name], values)
