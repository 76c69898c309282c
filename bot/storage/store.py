"""The store: everything that is kept, as whole operations. One method, one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CursorResult, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from bot.outgoing import Outgoing
from bot.storage import statements
from bot.storage.cipher import Cipher
from bot.storage.database import DatabaseConnection, Engine, create_engine, for_reading, migrate
from bot.storage.tables import Checkin, Counter, Inbox, Outbox, Schedule, SentMessage, User
from dialogues.events import Count, DeleteEverything, Effect, ForgetWords, SaveCheckin, SetReminder, StopReminders
from dialogues.reminding import next_local
from dialogues.state import State

KEEP_DONE = timedelta(hours=24)
"""How long the number of an answered update is kept, so that a repeated one is known."""
CLAIM = timedelta(seconds=30)
"""How long one process has for a delivery before another may try it; longer than any call to Telegram may take."""
KEEP_MESSAGE_IDS = timedelta(hours=48)
KEEP_CHECKINS = timedelta(days=365)
KEEP_SILENT_USERS = timedelta(days=365)


@dataclass(frozen=True)
class Received:
    """An update that waits for its answer."""

    id: int
    chat_id: int
    payload: Mapping[str, Any]
    received_at: datetime
    more: bool = False
    """Whether another one of the chat waits behind it."""


@dataclass(frozen=True)
class ToSend:
    """The next thing to deliver to a chat."""

    id: int
    chat_id: int
    payload: Mapping[str, Any]
    attempts: int
    not_before: datetime


@dataclass(frozen=True)
class DuePrompt:
    """A prompt whose time has come."""

    id: int
    chat_id: int
    kind: str
    due_at: datetime


class StaleStateError(RuntimeError):
    """Somebody else changed this user's state, or answered this update, in the meantime: load again."""


class Store:
    """Durable state on one database. `open` it, and `close` it at the end."""

    def __init__(self, engine: Engine, cipher: Cipher) -> None:
        self._engine = engine
        self._reads = for_reading(engine)
        self._cipher = cipher

    @classmethod
    async def open(cls, url: str, cipher: Cipher) -> Store:
        """Open the database and bring it up to date. Raises DatabaseError."""
        engine = create_engine(url)
        try:
            await migrate(engine)
        except BaseException:
            await engine.dispose()
            raise
        return cls(engine, cipher)

    async def close(self) -> None:
        await self._engine.dispose()

    # --- inbox ---------------------------------------------------------------------------------------------------

    async def receive(self, chat_id: int, update_id: int | None, payload: Mapping[str, Any], now: datetime) -> bool:
        """Keep an update until it is answered; False where it was received before."""
        values = {
            "update_id": update_id,
            "chat_id": chat_id,
            "sealed": self._cipher.seal(payload),
            "received_at": now,
            "done": False,
        }
        try:
            async with self._engine.begin() as connection:
                await connection.execute(statements.RECEIVE, values)
                message_id = payload.get("message_id")
                if isinstance(message_id, int) and payload.get("kind") != "press":
                    await self._remember(connection, chat_id, message_id, now)
        except IntegrityError:
            return False
        return True

    async def next_received(self, chat_id: int) -> Received | None:
        """The oldest unanswered update of a chat, by Telegram's numbers: replicas may have stored them out of order."""
        async with self._reads.connect() as connection:
            rows = (await connection.execute(statements.NEXT_RECEIVED, {"b_chat": chat_id})).all()
        if not rows:
            return None
        first = rows[0]
        return Received(first.id, chat_id, self._cipher.open(first.sealed), first.received_at, len(rows) > 1)

    async def chats_waiting(self, received_before: datetime, now: datetime) -> list[int]:
        """Chats with an update received before that time and not answered, or a message due to be delivered now."""
        waiting = select(Inbox.chat_id).where(Inbox.done.is_(False), Inbox.received_at <= received_before).distinct()
        unsent = select(Outbox.chat_id).where(Outbox.not_before <= now).distinct()
        async with self._reads.connect() as connection:
            first = (await connection.execute(waiting)).scalars().all()
            second = (await connection.execute(unsent)).scalars().all()
        return list(dict.fromkeys([*first, *second]))

    async def depths(self, now: datetime) -> tuple[int, int, int]:
        """How many updates wait for their turn, messages for delivery, and due prompts for somebody to take them."""
        queries = (
            select(func.count()).where(Inbox.done.is_(False)),
            select(func.count()).select_from(Outbox),
            select(func.count())
            .select_from(Schedule)
            .join(User, User.chat_id == Schedule.chat_id)
            .where(Schedule.due_at <= now, User.blocked.is_(False)),
        )
        async with self._reads.connect() as connection:
            inbox, outbox, prompts = [int(await connection.scalar(query) or 0) for query in queries]
        return inbox, outbox, prompts

    # --- state and turns -----------------------------------------------------------------------------------------

    async def load(self, chat_id: int) -> tuple[State, int]:
        """A user's state and its version; a fresh state and version 0 for a stranger."""
        async with self._reads.connect() as connection:
            row = (await connection.execute(statements.LOAD, {"b_chat": chat_id})).first()
        if row is None:
            return State(), 0
        return State.model_validate(self._cipher.open(row.sealed_state)), row.version

    async def commit_turn(
        self,
        chat_id: int,
        version: int,
        state: State,
        effects: Sequence[Effect],
        outgoing: Sequence[Outgoing],
        now: datetime,
        received_id: int | None = None,
        claim_until: datetime | None = None,
    ) -> tuple[ToSend, ...]:
        """Store a turn's new state, effects and replies and mark its update answered, all or nothing.

        Returns the replies where they are claimed for the caller to deliver: with `claim_until`, and where nothing
        earlier waits to be delivered to the chat.

        Raises StaleStateError where the state or the update changed since they were loaded; nothing is stored then.
        """
        async with self._engine.begin() as connection:
            if received_id is not None:
                answered = await connection.execute(statements.ANSWERED, {"b_id": received_id})
                if answered.rowcount != 1:
                    raise StaleStateError
            erased = any(isinstance(effect, DeleteEverything) for effect in effects)
            if erased:
                await self._erase(connection, chat_id, received_id)
            else:
                await self._save_state(connection, chat_id, version, state, now)
            for effect in effects:
                await self._apply(connection, chat_id, effect, now)
            return await self._put_out(connection, chat_id, outgoing, now, claim_until) if outgoing else ()

    async def _put_out(
        self,
        connection: DatabaseConnection,
        chat_id: int,
        outgoing: Sequence[Outgoing],
        now: datetime,
        claim_until: datetime | None,
    ) -> tuple[ToSend, ...]:
        # The user's row is locked by now, so no other process puts anything out for this chat in between.
        earlier = await connection.execute(statements.WAITS_TO_GO, {"b_chat": chat_id})
        claimed = claim_until is not None and earlier.first() is None
        not_before = claim_until if claimed and claim_until else now
        rows = [
            {
                "chat_id": chat_id,
                "sealed": self._cipher.seal(item),
                "attempts": int(claimed),
                "not_before": not_before,
                "created_at": now,
            }
            for item in outgoing
        ]
        ids = (await connection.execute(statements.PUT_OUT, rows)).scalars().all()
        if not claimed:
            return ()
        return tuple(ToSend(key, chat_id, item, 1, not_before) for key, item in zip(ids, outgoing, strict=True))

    async def _save_state(
        self, connection: DatabaseConnection, chat_id: int, version: int, state: State, now: datetime
    ) -> None:
        sealed = self._cipher.seal(state.storable().model_dump(mode="json", exclude_defaults=True))
        if version:
            saved = await connection.execute(
                statements.SAVE, {"b_chat": chat_id, "b_version": version, "sealed": sealed, "seen": now}
            )
            if saved.rowcount != 1:
                raise StaleStateError
            return
        try:
            await connection.execute(
                insert(User).values(
                    chat_id=chat_id,
                    version=1,
                    sealed_state=sealed,
                    created_at=now,
                    seen_at=now,
                    blocked=False,
                )
            )
        except IntegrityError:
            raise StaleStateError from None

    async def _apply(self, connection: DatabaseConnection, chat_id: int, effect: Effect, now: datetime) -> None:
        if isinstance(effect, SaveCheckin):
            value = {
                "trust": effect.trust,
                "connection": effect.connection,
                "mood": effect.mood,
                "note": effect.note,
            }
            row = {"chat_id": chat_id, "day": effect.day, "sealed": self._cipher.seal(value)}
            await self._upsert(connection, Checkin, row, keys=("chat_id", "day"))
        elif isinstance(effect, SetReminder):
            local = now.astimezone(ZoneInfo(effect.zone))
            due = next_local(effect.weekday, effect.hour, effect.minute, local).astimezone(UTC)
            row = {
                "chat_id": chat_id,
                "kind": effect.kind,
                "weekday": effect.weekday,
                "hour": effect.hour,
                "minute": effect.minute,
                "zone": effect.zone,
                "due_at": due,
            }
            await self._upsert(connection, Schedule, row, keys=("chat_id", "kind"))
        elif isinstance(effect, StopReminders):
            statement = delete(Schedule).where(Schedule.chat_id == chat_id)
            if effect.kind:
                statement = statement.where(Schedule.kind == effect.kind)
            await connection.execute(statement)
        elif isinstance(effect, ForgetWords):
            await connection.execute(delete(Checkin).where(Checkin.chat_id == chat_id))
        elif isinstance(effect, Count):
            await self._count(connection, effect.name, now.date())

    async def _upsert(
        self, connection: DatabaseConnection, table: type[Any], row: dict[str, Any], keys: tuple[str, ...]
    ) -> None:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        changes = {name: value for name, value in row.items() if name not in keys}
        statement = dialect.insert(table).values(row).on_conflict_do_update(index_elements=list(keys), set_=changes)
        await connection.execute(statement)

    async def _count(self, connection: DatabaseConnection, name: str, day: date) -> None:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        statement = (
            dialect.insert(Counter)
            .values(name=name, day=day, count=1)
            .on_conflict_do_update(index_elements=["name", "day"], set_={"count": Counter.count + 1})
        )
        await connection.execute(statement)

    async def _erase(self, connection: DatabaseConnection, chat_id: int, received_id: int | None) -> None:
        for table in (Checkin, Schedule, Outbox, SentMessage):
            await connection.execute(delete(table).where(table.chat_id == chat_id))
        others = delete(Inbox).where(Inbox.chat_id == chat_id)
        if received_id is not None:
            others = others.where(Inbox.id != received_id)
        await connection.execute(others)
        await connection.execute(delete(User).where(User.chat_id == chat_id))

    async def counters(self) -> dict[str, int]:
        """The anonymous figures, summed over all days."""
        query = select(Counter.name, func.sum(Counter.count)).group_by(Counter.name)
        async with self._reads.connect() as connection:
            rows: Sequence[Any] = (await connection.execute(query)).all()
        return {name: int(count) for name, count in rows}

    async def checkins(self, chat_id: int) -> list[dict[str, Any]]:
        """A user's check-ins, oldest first: day, trust, connection, mood, note."""
        query = select(Checkin.day, Checkin.sealed).where(Checkin.chat_id == chat_id).order_by(Checkin.day)
        async with self._reads.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [{"day": row.day.isoformat(), **self._cipher.open(row.sealed)} for row in rows]

    # --- outbox --------------------------------------------------------------------------------------------------

    async def next_to_send(self, chat_id: int) -> ToSend | None:
        """The first undelivered thing of a chat, due or not."""
        query = select(Outbox).where(Outbox.chat_id == chat_id).order_by(Outbox.id).limit(1)
        async with self._reads.connect() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            return None
        return ToSend(row.id, chat_id, self._cipher.open(row.sealed), row.attempts, row.not_before)

    async def claim_to_send(self, item: ToSend, until: datetime) -> bool:
        """Reserve a delivery until that time, so that no other process does it as well; False where one has it."""
        async with self._engine.begin() as connection:
            claimed = await connection.execute(
                update(Outbox)
                .where(
                    Outbox.id == item.id,
                    Outbox.not_before == item.not_before,
                    Outbox.attempts == item.attempts,
                )
                .values(not_before=until, attempts=item.attempts + 1)
            )
        return claimed.rowcount == 1

    async def release_claims(self, now: datetime) -> None:
        """Make every delivery due now, at the start of a process that is alone on its database (SQLite).

        A process that was killed while sending left its claim behind; nobody should have to wait for it to run out.
        """
        if self._engine.dialect.name == "sqlite":
            async with self._engine.begin() as connection:
                await connection.execute(update(Outbox).where(Outbox.not_before > now).values(not_before=now))

    async def sent(
        self, item: ToSend, now: datetime, message_id: int | None = None, keyboard: bool = False
    ) -> int | None:
        """Mark as delivered. Returns the message whose buttons are no longer current, if there is one."""
        async with self._engine.begin() as connection:
            await connection.execute(statements.GONE, {"b_id": item.id})
            if message_id is None:
                return None
            await self._remember(connection, item.chat_id, message_id, now)
            old: int | None = (await connection.execute(statements.OLD_KEYBOARD, {"b_chat": item.chat_id})).scalar()
            if keyboard or old is not None:
                new = message_id if keyboard else None
                await connection.execute(statements.NEW_KEYBOARD, {"b_chat": item.chat_id, "keyboard": new})
        return old

    async def retry_at(self, item: ToSend, moment: datetime) -> None:
        """Deliver it, and all that comes after it in its chat, later: the order stays."""
        later = update(Outbox).where(Outbox.chat_id == item.chat_id, Outbox.id >= item.id).values(not_before=moment)
        async with self._engine.begin() as connection:
            await connection.execute(later)

    async def give_up(self, item: ToSend, reason: str, today: date) -> None:
        """Drop what can't be delivered and count the reason."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(Outbox).where(Outbox.id == item.id))
            await self._count(connection, f"delivery.given_up.{reason}", today)

    async def set_blocked(self, chat_id: int, blocked: bool) -> None:
        """The user blocked the bot, or came back: nothing is sent to a blocked one."""
        async with self._engine.begin() as connection:
            await connection.execute(update(User).where(User.chat_id == chat_id).values(blocked=blocked))
            if blocked:
                await connection.execute(delete(Outbox).where(Outbox.chat_id == chat_id))

    async def _remember(self, connection: DatabaseConnection, chat_id: int, message_id: int, now: datetime) -> None:
        values = {"chat_id": chat_id, "message_id": message_id, "at": now}
        await connection.execute(statements.REMEMBER[connection.dialect.name], values)

    async def recent_message_ids(self, chat_id: int, since: datetime) -> list[int]:
        """Ids of the messages of both sides since that time."""
        query = select(SentMessage.message_id).where(SentMessage.chat_id == chat_id, SentMessage.at >= since)
        async with self._reads.connect() as connection:
            return list((await connection.execute(query)).scalars().all())

    # --- schedule ------------------------------------------------------------------------------------------------

    async def due_prompts(self, now: datetime, limit: int = 100) -> list[DuePrompt]:
        """Prompts whose time has come, earliest first; not those of users who blocked the bot."""
        query = (
            select(Schedule.id, Schedule.chat_id, Schedule.kind, Schedule.due_at)
            .join(User, User.chat_id == Schedule.chat_id)
            .where(Schedule.due_at <= now, User.blocked.is_(False))
            .order_by(Schedule.due_at)
            .limit(limit)
        )
        async with self._reads.connect() as connection:
            return [DuePrompt(*row) for row in (await connection.execute(query)).all()]

    async def take_prompt(self, prompt: DuePrompt, now: datetime, payload: Mapping[str, Any] | None) -> bool:
        """Move a prompt to its next time and put it into the inbox, in one transaction; False where another process did.

        `payload` None skips this time, because it is too late for it.
        """
        async with self._engine.begin() as connection:
            row = (await connection.execute(select(Schedule).where(Schedule.id == prompt.id))).first()
            if row is None:
                return False
            local = now.astimezone(ZoneInfo(row.zone))
            following = next_local(row.weekday, row.hour, row.minute, local).astimezone(UTC)
            moved: CursorResult[Any] = await connection.execute(
                update(Schedule)
                .where(Schedule.id == prompt.id, Schedule.due_at == prompt.due_at)
                .values(due_at=following)
            )
            if moved.rowcount != 1:
                return False
            if payload is not None:
                await connection.execute(
                    insert(Inbox).values(
                        chat_id=prompt.chat_id, sealed=self._cipher.seal(payload), received_at=now, done=False
                    )
                )
        return True

    async def schedule_of(self, chat_id: int) -> list[dict[str, Any]]:
        """A user's prompts: kind, weekday, hour, minute, zone, due_at."""
        query = select(Schedule).where(Schedule.chat_id == chat_id)
        async with self._reads.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [
            {name: row[name] for name in ("kind", "weekday", "hour", "minute", "zone")}
            | {"due_at": row["due_at"].isoformat()}
            for row in rows
        ]

    # --- retention -----------------------------------------------------------------------------------------------

    async def purge(self, now: datetime) -> None:
        """Erase what is past its time; the periods are those that /privacy names."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(Inbox).where(Inbox.done.is_(True), Inbox.received_at < now - KEEP_DONE))
            await connection.execute(delete(SentMessage).where(SentMessage.at < now - KEEP_MESSAGE_IDS))
            await connection.execute(delete(Checkin).where(Checkin.day < (now - KEEP_CHECKINS).date()))
            silent = (
                await connection.execute(select(User.chat_id).where(User.seen_at < now - KEEP_SILENT_USERS))
            ).scalars()
            for chat_id in silent.all():
                await self._erase(connection, chat_id, None)
