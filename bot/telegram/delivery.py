"""Delivering the outbox: in order for each chat, tried again until Telegram has it, given up only where it must be."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

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

from bot.outgoing import document_content
from bot.storage.store import Store, ToSend
from bot.telegram.pace import Pace
from bot.telegram.rendering import render

log = logging.getLogger(__name__)

CLAIM = timedelta(seconds=30)
"""How long one process has for a delivery before another may try it."""
HELD = timedelta(seconds=1)
"""Wait for a prompt while Telegram wants patience; the chat stays free for a reply meanwhile."""
FIRST_RETRY = 1.0
LONGEST_RETRY = 300.0
MAX_ATTEMPTS = 40
"""Tries of one delivery; with the waits between them, about two hours."""


class Delivery:
    """Sends what the store holds for a chat. `deliver` may be called at any time, by any process."""

    def __init__(self, bot: Bot, store: Store, clock: Callable[[], datetime], pace: Pace | None = None) -> None:
        self._bot = bot
        self._store = store
        self._clock = clock
        self.pace = pace or Pace()

    async def deliver(self, chat_id: int) -> datetime | None:
        """Send all that is due to the chat; returns when to come back, where something has to wait."""
        while item := await self._store.next_to_send(chat_id):
            now = self._clock()
            if item.not_before > now:
                return item.not_before
            if item.expires_at is not None and now > item.expires_at:
                await self._store.give_up(item, "too_late", now.date())
                continue
            prompt = item.expires_at is not None
            if prompt and self.pace.prompts_held():
                return now + HELD
            if item.payload["do"] != "delete_messages":
                await self.pace.turn(chat_id, prompt)
            now = self._clock()
            if not await self._store.claim_to_send(item, now + CLAIM):
                return now + CLAIM
            waits = await self._attempt(item)
            if waits is not None:
                again = self._clock() + timedelta(seconds=waits)
                await self._store.retry_at(item, again)
                return again
        return None

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
            await self._store.give_up(item, "forbidden", self._clock().date())
            await self._store.set_blocked(item.chat_id, True, self._clock())
        except InvalidToken:
            raise
        except BadRequest as error:
            log.warning("Telegram refused a message (%s)", _kind_of(error))
            await self._store.give_up(item, "bad_request", self._clock().date())
        except (TimedOut, NetworkError) as error:
            if item.attempts >= MAX_ATTEMPTS:
                await self._store.give_up(item, "network", self._clock().date())
                return None
            log.warning("delivery will be tried again (%s, try %d)", type(error).__name__, item.attempts + 1)
            return float(min(FIRST_RETRY * 2 ** min(item.attempts, 10), LONGEST_RETRY))
        except TelegramError as error:
            log.warning("Telegram refused a message (%s)", type(error).__name__)
            await self._store.give_up(item, "refused", self._clock().date())
        return None

    async def _send(self, item: ToSend) -> None:
        payload = item.payload
        if payload["do"] == "document":
            file = InputFile(document_content(payload), filename=payload["name"])
            message = await self._bot.send_document(item.chat_id, file)
            await self._store.sent(item, self._clock(), message.message_id)
        elif payload["do"] == "delete_messages":
            await self._delete_messages(item.chat_id, payload["ids"])
            await self._store.sent(item, self._clock())
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
            old = await self._store.sent(item, self._clock(), message.message_id, keyboard is not None)
            if old is not None and old != message.message_id:
                await self._remove_buttons(item.chat_id, old)

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
