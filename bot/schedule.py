"""Reminders and the purge: what is due is put into the inbox once, and what is past its time is erased."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bot import metrics
from bot.storage.store import Store

log = logging.getLogger(__name__)

TICK_SECONDS = 15.0
TOO_LATE = timedelta(hours=2)
"""A prompt later than this is skipped to its next time: nobody gets a burst after downtime."""
PURGE_EVERY = timedelta(hours=1)


async def tick(store: Store, now: datetime, wake: Callable[[int], None]) -> int:
    """Hand every due prompt to the conversation, or skip it where it is too late. Returns how many were handed on."""
    sent = 0
    while due := await store.due_prompts(now):
        for prompt in due:
            on_time = now - prompt.due_at <= TOO_LATE
            payload = {"kind": "prompt", "text": prompt.kind} if on_time else None
            taken = await store.take_prompt(prompt, now, payload)
            if taken:
                metrics.PROMPTS.labels("sent" if on_time else "skipped").inc()
            if taken and on_time:
                sent += 1
                wake(prompt.chat_id)
    return sent


async def run(store: Store, clock: Callable[[], datetime], wake: Callable[[int], None]) -> None:
    """Tick for ever; a failure is logged and tried again at the next tick."""
    purged: datetime | None = None
    while True:
        now = clock()
        try:
            await tick(store, now, wake)
            if purged is None or now - purged >= PURGE_EVERY:
                await store.purge(now)
                purged = now
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.error("the schedule can't be worked through now (%s)", type(error).__name__)
        await asyncio.sleep(TICK_SECONDS)
