"""Prompts and the purge: what is due is put into the inbox once, and what is past its time is erased."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bot import metrics
from bot.storage.store import Store

log = logging.getLogger(__name__)

TICK_SECONDS = 5.0
BUSY_SECONDS = 0.2
"""The wait where more is due than there was room for."""
BATCH = 1000
"""Prompts claimed in one transaction, at most."""
PURGE_EVERY = timedelta(hours=1)


async def tick(store: Store, now: datetime, wake: Callable[[int], None], room: int = BATCH) -> bool:
    """Hand at most `room` due prompts to the conversation. True where more may be due."""
    if room <= 0:
        return True
    claimed = await store.claim_due(now, min(room, BATCH))
    metrics.PROMPTS.labels("sent").inc(claimed.handed_on)
    metrics.PROMPTS.labels("skipped").inc(claimed.rows - claimed.handed_on)
    for chat_id in claimed.chats:
        wake(chat_id)
    return claimed.rows == min(room, BATCH)


async def run(
    store: Store, clock: Callable[[], datetime], wake: Callable[[int], None], room: Callable[[], int]
) -> None:
    """Tick for ever; a failure is logged and tried again at the next tick.

    `room` says how many prompts can be worked on now: what is not claimed yet waits in the database, where another
    process may take it, instead of before somebody's reply.
    """
    purged: datetime | None = None
    while True:
        now, more = clock(), False
        try:
            more = await tick(store, now, wake, room())
            if purged is None or now - purged >= PURGE_EVERY:
                await store.purge(now)
                purged = now
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.error("the schedule can't be worked through now (%s)", type(error).__name__)
        await asyncio.sleep(BUSY_SECONDS if more else TICK_SECONDS)
