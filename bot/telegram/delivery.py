"""Delivering the outbox: in order for each chat, tried again until Telegram has it, given up only where it must be."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from telegram import Bot, InputFile, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot import metrics
from bot.outgoing import document_content
from bot.storage.database import is_away
from bot.storage.store import CLAIM, Store, ToSend
from bot.telegram.pace import Pace
from bot.telegram.rendering import render

log = logging.getLogger(__name__)
Recorded = TypeVar("Recorded")

FIRST_LOOK = 0.1
"""Seconds until the first look whether another process has delivered what it claimed; doubled each time."""
RECORD_AGAIN = 0.5
HELD = timedelta(seconds=1)
"""Wait for a prompt while Telegram wants patience; the chat stays free for a reply meanwhile."""
FIRST_RETRY = 1.0
LONGEST_RETRY = 60.0
MAX_ATTEMPTS = 120
"""Tries of one delivery; with the waits between them, about two hours."""


class Delivery:
    """Sends what the store holds for a chat. `deliver` may be called at any time, by any process."""

    def __init__(self, bot: Bot, store: Store, clock: Callable[[], datetime], pace: Pace | None = None) -> None:
        self._bot = bot
        self._store = store
        self._clock = clock
        self.pace = pace or Pace()
        self._looks: dict[int, int] = {}
        self._side_tasks: set[asyncio.Task[None]] = set()

    async def deliver(self, chat_id: int, claimed: Sequence[ToSend] = ()) -> datetime | None:
        """Send what is claimed, or else all that is due to the chat; returns when to come back, where something waits.

        Whoever puts out more in the meantime delivers it: nothing is looked for after what was claimed.
        """
        for item in claimed:
            await self._in_pace(item)
            now = self._clock()
            if item.not_before - now < CLAIM / 2 and not await self._store.claim_to_send(item, now + CLAIM):
                break  # the first ones took so long that another process has taken over
            if again := await self._try(item):
                return again
        else:
            if claimed:
                return None
        while waiting := await self._store.next_to_send(chat_id):
            now = self._clock()
            if waiting.not_before > now:
                return min(waiting.not_before, now + self._next_look(chat_id))
            if waiting.expires_at is not None and now > waiting.expires_at:
                await self._give_up(waiting, "too_late")
                continue
            if waiting.expires_at is not None and self.pace.prompts_held():
                return now + HELD
            await self._in_pace(waiting)
            now = self._clock()
            if not await self._store.claim_to_send(waiting, now + CLAIM):
                return now + self._next_look(chat_id)
            if again := await self._try(waiting):
                return again
        self._looks.pop(chat_id, None)
        return None

    async def _in_pace(self, item: ToSend) -> None:
        """Wait until Telegram's limits allow it."""
        if item.payload["do"] != "delete_messages":
            await self.pace.turn(item.chat_id, prompt=item.expires_at is not None)

    async def settle(self) -> None:
        """Wait for what goes on beside the deliveries."""
        if self._side_tasks:
            await asyncio.wait(self._side_tasks, timeout=5)

    def _next_look(self, chat_id: int) -> timedelta:
        looks = self._looks[chat_id] = self._looks.get(chat_id, 0) + 1
        return timedelta(seconds=FIRST_LOOK * 2 ** min(looks - 1, 10))

    async def _try(self, item: ToSend) -> datetime | None:
        """Try once. None where it is settled, else when to try again."""
        self._looks.pop(item.chat_id, None)
        with metrics.stage("send"):
            waits = await self._attempt(item)
        metrics.DELIVERIES.labels("settled" if waits is None else "again").inc()
        if waits is None:
            return None
        again = self._clock() + timedelta(seconds=waits)
        await self._record(lambda: self._store.retry_at(item, again))
        return again

    async def _record(self, write: Callable[[], Awaitable[Recorded]]) -> Recorded:
        """Write down what became of a delivery, however long the database is away: forgetting it would repeat it."""
        while True:
            try:
                return await write()
            except Exception as error:
                if not is_away(error):
                    raise
                log.error("a delivery can't be written down now (%s); trying again", type(error).__name__)
                await asyncio.sleep(RECORD_AGAIN)

    async def _attempt(self, item: ToSend) -> float | None:
        """Try once. None where it is settled, else the seconds to wait."""
        try:
            await self._send(item)
        except RetryAfter as error:
            wait = error.retry_after
            seconds = (wait.total_seconds() if isinstance(wait, timedelta) else float(wait)) + 0.1
            self.pace.hold_prompts(seconds)
            return seconds
        except Forbidden:
            await self._give_up(item, "forbidden")
            await self._record(lambda: self._store.set_blocked(item.chat_id, True, self._clock()))
        except InvalidToken:
            raise
        except BadRequest as error:
            log.warning("Telegram refused a message (%s)", _kind_of(error))
            await self._give_up(item, "bad_request")
        except (TimedOut, NetworkError) as error:
            if item.attempts >= MAX_ATTEMPTS:
                await self._give_up(item, "network")
                return None
            log.warning("delivery will be tried again (%s, try %d)", type(error).__name__, item.attempts + 1)
            return float(min(FIRST_RETRY * 2 ** min(item.attempts, 10), LONGEST_RETRY))
        except TelegramError as error:
            log.warning("Telegram refused a message (%s)", type(error).__name__)
            await self._give_up(item, "refused")
        return None

    async def _give_up(self, item: ToSend, reason: str) -> None:
        metrics.DELIVERIES.labels(f"given_up_{reason}").inc()
        await self._record(lambda: self._store.give_up(item, reason, self._clock().date()))

    async def _send(self, item: ToSend) -> None:
        payload = item.payload
        if payload["do"] == "document":
            file = InputFile(document_content(payload), filename=payload["name"])
            message = await self._bot.send_document(item.chat_id, file)
            await self._record(lambda: self._store.sent(item, self._clock(), message.message_id))
        elif payload["do"] == "delete_messages":
            await self._delete_messages(item.chat_id, payload["ids"])
            await self._record(lambda: self._store.sent(item, self._clock()))
        else:
            text, keyboard = render(payload)
            if payload["do"] == "photo":
                file = InputFile(document_content(payload), filename=payload["name"])
                message = await self._bot.send_photo(
                    item.chat_id, file, caption=text, parse_mode=ParseMode.HTML, reply_markup=keyboard
                )
            else:
                message = await self._bot.send_message(
                    item.chat_id,
                    text,
                    parse_mode=ParseMode.HTML,
                    reply_markup=keyboard,
                    link_preview_options=LinkPreviewOptions(is_disabled=True),
                )
            old = await self._record(
                lambda: self._store.sent(item, self._clock(), message.message_id, keyboard is not None)
            )
            if old is not None and old != message.message_id:
                # Beside the conversation: nobody should wait for it.
                task = asyncio.create_task(self._remove_buttons(item.chat_id, old))
                self._side_tasks.add(task)
                task.add_done_callback(self._side_tasks.discard)

    async def _remove_buttons(self, chat_id: int, message_id: int) -> None:
        """Old buttons go, so that only the current ones are there; it does not matter where that fails."""
        try:
            await self._bot.edit_message_reply_markup(chat_id, message_id, reply_markup=None)
        except TelegramError as error:
            log.debug("old buttons stay (%s)", type(error).__name__)

    async def _delete_messages(self, chat_id: int, ids: list[int]) -> None:
        """Quick exit: all at once where the server can, one by one where it refuses the lot."""
        for start in range(0, len(ids), 100):
            lot = ids[start : start + 100]
            try:
                await self._bot.delete_messages(chat_id, lot)
            except BadRequest:
                for message_id in lot:
                    try:
                        await self._bot.delete_message(chat_id, message_id)
                    except BadRequest as error:
                        log.debug("a message can't be deleted (%s)", _kind_of(error))


def _kind_of(error: TelegramError) -> str:
    """Telegram's reason without what it quotes of the message."""
    return error.message.split(":")[0][:80]
