"""The store: everything that is kept, as whole operations. One method, one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.outgoing import Outgoing
from bot.storage import changes, statements
from bot.storage.cipher import Cipher
from bot.storage.database import create_engine, for_reading, migrate
from bot.storage.tables import Checkin, Counter, Inbox, Outbox, Schedule, SentMessage, User
from dialogues import retention
from dialogues.events import (
    Count,
    DeleteEverything,
    Effect,
    ForgetMessageNumbers,
    ForgetWords,
    Kept,
    SaveCheckin,
    SetReminder,
    StopReminders,
)
from dialogues.rhythm import Rhythm, due_now, following, sendable_until
from dialogues.state import State

CLAIM = timedelta(seconds=30)
"""How long one process has for a delivery before another may try it; longer than any call to Telegram may take."""
EXPIRE_BATCH = 200
Result = TypeVar("Result")
NOBODY = 0


@dataclass(frozen=True)
class Person:
    """A person's state as it lies in the database; `Store.opened` reads it."""

    version: int
    sealed_state: bytes | None


@dataclass(frozen=True)
class Received:
    """An update that waits for its answer."""

    id: int
    chat_id: int
    payload: Mapping[str, Any]
    received_at: datetime
    more: bool = False
    """Whether another one of the chat waits too."""
    person: Person | None = field(default=None, compare=False)
    """Who wrote it, as they were stored when it was read."""


@dataclass(frozen=True)
class ToSend:
    """The next thing to deliver to a chat."""

    id: int
    chat_id: int
    payload: Mapping[str, Any]
    attempts: int
    not_before: datetime
    expires_at: datetime | None = None
    """Set for a prompt: when it is too late for it."""


@dataclass(frozen=True)
class Claimed:
    """Due prompts that this process took: the chats whose inbox has one now, and how many rows were looked at."""

    chats: tuple[int, ...]
    rows: int
    handed_on: int = 0
    """How many of them were put into an inbox; the others came too late."""


class StaleStateError(RuntimeError):
    """Somebody else changed this user's state, or answered this update, in the meantime: load again."""


class Store:
    """Durable state on one database. `open` it, and `close` it at the end."""

    def __init__(self, engine: AsyncEngine, cipher: Cipher) -> None:
        self._engine = engine
        self._reads = for_reading(engine)
        self._cipher = cipher
        self._expired_on: date | None = None

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

    async def _write(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in a transaction. All of it in one piece: SQLAlchemy takes longer to switch to its own stack and
        back than for a statement.
        """

        def transaction(connection: Connection) -> Result:
            with connection.begin():
                return work(connection)

        async with self._engine.connect() as connection:
            return await connection.run_sync(transaction)

    # --- inbox ---------------------------------------------------------------------------------------------------

    async def receive(
        self, chat_id: int, update_id: int | None, payload: Mapping[str, Any], now: datetime
    ) -> Received | None:
        """Keep an update until it is answered; None where it was received before."""
        values = {
            "update_id": update_id,
            "chat_id": chat_id,
            "sealed": self._cipher.seal(payload),
            "received_at": now,
            "done": False,
            "b_chat": chat_id,
            "b_update": update_id,
        }
        message_id = payload.get("message_id")

        def keep(connection: Connection) -> Row[Any] | None:
            row = connection.execute(statements.RECEIVE[connection.dialect.name], values).first()
            if row and isinstance(message_id, int) and payload.get("kind") != "press":
                changes.remember(connection, chat_id, message_id, now)
            return row

        row = await self._write(keep)
        if row is None:
            return None
        person = Person(row.version or 0, row.sealed_state)
        return Received(row.id, chat_id, payload, now, row.others or update_id is None, person)

    async def next_received(self, chat_id: int) -> Received | None:
        """The oldest unanswered update of a chat, by Telegram's numbers: replicas may have stored them out of order."""
        async with self._reads.connect() as connection:
            rows = (await connection.execute(statements.NEXT_RECEIVED, {"b_chat": chat_id})).all()
        if not rows:
            return None
        first = rows[0]
        person = Person(first.version or 0, first.sealed_state)
        payload = self._cipher.open(first.sealed)
        return Received(first.id, chat_id, payload, first.received_at, len(rows) > 1, person)

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
        return self.opened(Person(row.version, row.sealed_state) if row else Person(0, None))

    def opened(self, person: Person) -> tuple[State, int]:
        """The state and its version of somebody who was read already, with their update."""
        if person.sealed_state is None:
            return State(), 0
        return State.model_validate(self._cipher.open(person.sealed_state)), person.version

    async def commit_turn(
        self,
        chat_id: int,
        version: int,
        state: State,
        effects: Sequence[Effect],
        outgoing: Sequence[Outgoing],
        now: datetime,
        received_id: int | None = None,
        prompt_until: datetime | None = None,
        claim_until: datetime | None = None,
    ) -> tuple[ToSend, ...]:
        """Store a turn's new state, effects and replies and mark its update answered, all or nothing.

        `prompt_until` is for the turn of a prompt: the person did nothing, so they count as silent as before, and
        what is said is dropped when it can't be delivered by then.

        Returns the replies where they are claimed for the caller to deliver: with `claim_until`, and where no earlier
        reply waits to be delivered to the chat. What a prompt says is never claimed here: it waits behind replies.

        Raises StaleStateError where the state or the update changed since they were loaded; nothing is stored then.
        """
        erased = any(isinstance(effect, DeleteEverything) for effect in effects)
        sealed = self._seal_state(state)
        mine_until = claim_until if prompt_until is None else None
        rows = [
            {
                "chat_id": chat_id,
                "sealed": self._cipher.seal(item),
                "attempts": 0,
                "not_before": now,
                "created_at": now,
                "expires_at": prompt_until,
            }
            for item in outgoing
        ]

        def turn(connection: Connection) -> tuple[ToSend, ...]:
            if received_id is not None:
                answered = connection.execute(statements.ANSWERED, {"b_id": received_id})
                if answered.rowcount != 1:
                    raise StaleStateError
            waits = False
            if erased:
                changes.erase(connection, chat_id, received_id)
            else:
                saved = changes.save_state(connection, chat_id, version, sealed, now, heard=prompt_until is None)
                if saved is None:
                    raise StaleStateError
                waits = saved
            for effect in effects:
                self._apply(connection, chat_id, effect, now)
            if erased and received_id is not None:
                # Of the update that asked for it only Telegram's number stays, so that a repeat of it is known.
                connection.execute(update(Inbox).where(Inbox.id == received_id).values(chat_id=NOBODY))
            if mine_until is None or waits:
                changes.put_out(connection, rows)
                return ()
            # The user's row is locked by now, so no other process puts anything out for this chat in between.
            ids = changes.put_out(connection, [row | {"attempts": 1, "not_before": mine_until} for row in rows])
            return tuple(ToSend(key, chat_id, item, 1, mine_until) for key, item in zip(ids, outgoing, strict=True))

        claimed = await self._write(turn)
        if erased:
            await self._empty_journal()
        return claimed

    def _seal_state(self, state: State) -> bytes:
        return self._cipher.seal(state.storable().model_dump(mode="json", exclude_defaults=True))

    def _apply(self, connection: Connection, chat_id: int, effect: Effect, now: datetime) -> None:
        if isinstance(effect, SaveCheckin):
            value = {
                "trust": effect.trust,
                "connection": effect.connection,
                "mood": effect.mood,
                "note": effect.note,
            }
            row = {"chat_id": chat_id, "day": effect.day, "sealed": self._cipher.seal(value)}
            changes.upsert(connection, Checkin, row, keys=("chat_id", "day"))
        elif isinstance(effect, SetReminder):
            changes.set_reminder(connection, chat_id, effect, now)
        elif isinstance(effect, StopReminders):
            statement = delete(Schedule).where(Schedule.chat_id == chat_id)
            if effect.kind:
                statement = statement.where(Schedule.kind == effect.kind)
            connection.execute(statement)
        elif isinstance(effect, ForgetWords):
            connection.execute(delete(Checkin).where(Checkin.chat_id == chat_id))
        elif isinstance(effect, ForgetMessageNumbers):
            connection.execute(delete(SentMessage).where(SentMessage.chat_id == chat_id))
        elif isinstance(effect, Count):
            changes.count(connection, effect.name, now.date())

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

    async def seen(self, chat_id: int) -> tuple[datetime, datetime] | tuple[None, None]:
        """When the person was first and last heard of; None for a stranger."""
        query = select(User.created_at, User.seen_at).where(User.chat_id == chat_id)
        async with self._reads.connect() as connection:
            row = (await connection.execute(query)).first()
        return (row.created_at, row.seen_at) if row else (None, None)

    async def kept(self, chat_id: int) -> Kept:
        """How much is stored of a person outside their state."""
        entries = select(func.count(), func.min(Checkin.day)).where(Checkin.chat_id == chat_id)
        numbers = select(func.count()).select_from(SentMessage).where(SentMessage.chat_id == chat_id)
        async with self._reads.connect() as connection:
            row: Any = (await connection.execute(entries)).one()
            count, first = row
            return Kept(count, first, await connection.scalar(numbers) or 0)

    # --- outbox --------------------------------------------------------------------------------------------------

    async def next_to_send(self, chat_id: int) -> ToSend | None:
        """The first undelivered thing of a chat, due or not: replies in their order, then prompts."""
        in_turn = (Outbox.expires_at.is_not(None), Outbox.id)
        query = select(Outbox).where(Outbox.chat_id == chat_id).order_by(*in_turn).limit(1)
        async with self._reads.connect() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            return None
        return ToSend(row.id, chat_id, self._cipher.open(row.sealed), row.attempts, row.not_before, row.expires_at)

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
        whose = {"b_chat": item.chat_id}

        def done(connection: Connection) -> int | None:
            row = connection.execute(statements.GONE, {"b_id": item.id, **whose}).first()
            if message_id is None:
                return None
            if row is None:  # it was erased while it was on its way
                row = connection.execute(statements.OLD_KEYBOARD, whose).first()
            if row is None or row[0] is None:
                return None  # a stranger, after a deletion: nothing is remembered of them
            changes.remember(connection, item.chat_id, message_id, now)
            old: int | None = row[0] or None
            if keyboard or old is not None:
                new = message_id if keyboard else None
                connection.execute(statements.NEW_KEYBOARD, {**whose, "keyboard": new})
            return old

        return await self._write(done)

    async def retry_at(self, item: ToSend, moment: datetime) -> None:
        """Deliver it, and all that comes after it in its chat, later: the order stays. Replies wait for no prompt."""
        alike = Outbox.expires_at.is_(None) if item.expires_at is None else Outbox.expires_at.is_not(None)
        after = (Outbox.chat_id == item.chat_id, Outbox.id >= item.id, alike)
        later = update(Outbox).where(*after).values(not_before=moment)
        async with self._engine.begin() as connection:
            await connection.execute(later)

    async def give_up(self, item: ToSend, reason: str, today: date) -> None:
        """Drop what can't be delivered and count the reason."""

        def drop(connection: Connection) -> None:
            connection.execute(delete(Outbox).where(Outbox.id == item.id))
            changes.count(connection, f"delivery.given_up.{reason}", today)

        await self._write(drop)

    async def set_blocked(self, chat_id: int, blocked: bool, now: datetime) -> None:
        """The user blocked the bot, or came back: nothing is sent to a blocked one, and prompts pause meanwhile."""

        def change(connection: Connection) -> None:
            connection.execute(update(User).where(User.chat_id == chat_id).values(blocked=blocked))
            if blocked:
                connection.execute(delete(Outbox).where(Outbox.chat_id == chat_id))
                connection.execute(update(Schedule).where(Schedule.chat_id == chat_id).values(due_at=None))
            else:
                changes.go_on_prompting(connection, chat_id, now)

        await self._write(change)

    async def recent_message_ids(self, chat_id: int, since: datetime) -> list[int]:
        """Ids of the messages of both sides since that time."""
        query = select(SentMessage.message_id).where(SentMessage.chat_id == chat_id, SentMessage.at >= since)
        async with self._reads.connect() as connection:
            return list((await connection.execute(query)).scalars().all())

    # --- schedule ------------------------------------------------------------------------------------------------

    async def claim_due(self, now: datetime, limit: int) -> Claimed:
        """Take at most `limit` prompts whose time has come: move each to its next time and put it into the inbox.

        All in one transaction, so a crash loses none and no two processes take the same one. What came too late is
        only moved. Earliest first; reads nothing of what is not due.
        """
        async with self._engine.begin() as connection:
            rows = (await connection.execute(claim_statement(now, limit))).all()
            moved: dict[datetime | None, list[int]] = defaultdict(list)
            prompts = []
            for (rhythm, zone, due, kind), alike in _alike(rows).items():  # the same time for many: reckoned once
                moved[following(rhythm, zone, now, due)] += [row.id for row in alike]
                this = due_now(rhythm, zone, due, now)
                if this is not None:
                    until = sendable_until(this, zone).isoformat()
                    sealed = self._cipher.seal({"kind": "prompt", "text": kind, "until": until})
                    prompts += [
                        {"chat_id": row.chat_id, "sealed": sealed, "received_at": now, "done": False} for row in alike
                    ]
            for after, ids in moved.items():
                those = Schedule.id.in_(ids)
                await connection.execute(
                    delete(Schedule).where(those)
                    if after is None
                    else update(Schedule).where(those).values(due_at=after)
                )
            if prompts:
                await connection.execute(insert(Inbox), prompts)
        return Claimed(tuple(dict.fromkeys(prompt["chat_id"] for prompt in prompts)), len(rows), len(prompts))

    async def schedule_of(self, chat_id: int) -> list[dict[str, Any]]:
        """A user's prompts: kind, weekdays (0 = Monday), every so many weeks, day, hour, minute, zone, due_at."""
        query = select(Schedule).where(Schedule.chat_id == chat_id).order_by(Schedule.kind)
        async with self._reads.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [
            {name: row[name] for name in ("kind", "every", "hour", "minute", "zone")}
            | {
                "days": [int(day) for day in row["days"]],
                "day": row["day"].isoformat() if row["day"] else None,
                "due_at": row["due_at"].isoformat() if row["due_at"] else None,
            }
            for row in rows
        ]

    # --- retention -----------------------------------------------------------------------------------------------

    async def purge(self, now: datetime) -> None:
        """Erase what is past its time, by the periods of `dialogues.retention`."""
        async with self._engine.begin() as connection:
            await connection.execute(
                delete(Inbox).where(Inbox.done.is_(True), Inbox.received_at < now - retention.ANSWERED)
            )
            await connection.execute(delete(Inbox).where(Inbox.received_at < now - retention.UNANSWERED))
            await connection.execute(delete(Outbox).where(Outbox.created_at < now - retention.UNANSWERED))
            await connection.execute(delete(SentMessage).where(SentMessage.at < now - retention.MESSAGE_NUMBERS))
            await connection.execute(delete(Checkin).where(Checkin.day <= (now - retention.WORDS).date()))
            silent = (
                await connection.execute(select(User.chat_id).where(User.seen_at < now - retention.SILENCE))
            ).scalars()
            for chat_id in silent.all():
                await connection.run_sync(changes.erase, chat_id, None)
        await self._expire_words(now)
        await self._empty_journal()

    async def _expire_words(self, now: datetime) -> None:
        """Old answers and ratings within the states: once a day, of those who have been here long enough to have some."""
        if self._expired_on == now.date():
            return
        after: int | None = None
        while True:
            query = (
                select(User.chat_id, User.version, User.sealed_state)
                .where(User.created_at <= now - retention.WORDS + timedelta(days=1))
                .order_by(User.chat_id)
                .limit(EXPIRE_BATCH)
            )
            if after is not None:
                query = query.where(User.chat_id > after)
            async with self._engine.begin() as connection:
                rows = (await connection.execute(query)).all()
                for row in rows:
                    state = State.model_validate(self._cipher.open(row.sealed_state))
                    kept = retention.expired(state, now.date())
                    if kept is not state:
                        await connection.execute(
                            update(User)
                            .where(User.chat_id == row.chat_id, User.version == row.version)
                            .values(version=row.version + 1, sealed_state=self._seal_state(kept))
                        )
            if len(rows) < EXPIRE_BATCH:
                break
            after = rows[-1].chat_id
        self._expired_on = now.date()

    async def _empty_journal(self) -> None:
        """SQLite: what was erased is overwritten in the file (secure_delete), but old pages lie in the journal until
        it is written back.
        """
        if self._engine.dialect.name == "sqlite":
            async with self._reads.connect() as connection:
                await connection.run_sync(
                    lambda plain: plain.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()
                )


def claim_statement(now: datetime, limit: int) -> Executable:
    """One UPDATE ... RETURNING for the earliest due prompts; rows that another process is taking are passed over."""
    due = (
        select(Schedule.id)
        .where(Schedule.due_at <= now)
        .order_by(Schedule.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)  # PostgreSQL; left out on SQLite, which has one writer at a time
    )
    return update(Schedule).where(Schedule.id.in_(due)).values(last_due=Schedule.due_at).returning(Schedule)


def _alike(rows: Sequence[Row[Any]]) -> dict[tuple[Rhythm, str, datetime, str], list[Row[Any]]]:
    """Claimed rows by rhythm, zone, time and kind."""
    found: dict[tuple[Rhythm, str, datetime, str], list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[changes.rhythm_of(row), row.zone, row.last_due, row.kind].append(row)
    return found
