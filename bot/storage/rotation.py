"""Sealing everything again with the newest key, in batches, beside a running bot."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import InstrumentedAttribute

from bot.storage.cipher import Cipher
from bot.storage.tables import Checkin, Inbox, Outbox, User

BATCH = 200
SEALED: tuple[tuple[InstrumentedAttribute[int], InstrumentedAttribute[Any]], ...] = (
    (User.chat_id, User.sealed_state),
    (Checkin.id, Checkin.sealed),
    (Inbox.id, Inbox.sealed),
    (Outbox.id, Outbox.sealed),
)
"""Every encrypted column of the database with the key of its table (a test compares it with the tables)."""


@dataclass(frozen=True)
class Progress:
    """How far the rotation of one table is."""

    table: str
    seen: int
    of: int
    renewed: int


async def rotate(engine: AsyncEngine, cipher: Cipher, batch: int = BATCH) -> AsyncIterator[Progress]:
    """Seal every row with the cipher's first key; yields after each batch.

    May be interrupted and run again: rows that are sealed with the first key already are left alone. A row that
    somebody else changes meanwhile is theirs; a bot that runs beside this has to have the new key first already.
    Raises UnusableKeyError where a row opens with none of the keys.
    """
    for key, column in SEALED:
        table = str(key.class_.__tablename__)
        filled: ColumnElement[bool] = column.is_not(None)
        async with engine.connect() as connection:
            total = await connection.scalar(select(func.count()).select_from(key.class_).where(filled)) or 0
        seen = renewed = 0
        after: int | None = None
        while True:
            query = select(key, column).where(filled).order_by(key).limit(batch)
            if after is not None:
                query = query.where(key > after)
            async with engine.begin() as connection:
                rows: Sequence[Any] = (await connection.execute(query)).all()
                for number, sealed in rows:
                    fresh = cipher.renew(sealed)
                    if fresh is not None:
                        changed = await connection.execute(
                            update(key.class_).where(key == number, column == sealed).values({column.key: fresh})
                        )
                        renewed += changed.rowcount
            if not rows:
                break
            after, seen = rows[-1][0], seen + len(rows)
            yield Progress(table, seen, max(total, seen), renewed)
