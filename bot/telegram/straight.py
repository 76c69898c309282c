"""Numbers straight through the Bot API where the store or a turn fails: /crisis always works (CARE A13).

An ordinary answer goes through inbox, turn and outbox, and every one of them needs the database. For what cannot wait
there is this second way: it knows nothing of the person, so it shows the international numbers and asks for the country.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from telegram import Bot, LinkPreviewOptions, Update
from telegram.constants import ParseMode
from telegram.error import NetworkError, RetryAfter, TelegramError

from bot.conversation import Incoming
from bot.outgoing import messages
from bot.telegram.incoming import Private, read
from bot.telegram.rendering import render
from dialogues import danger
from dialogues.content import Content
from dialogues.events import Command, Press, Reply, Text, Understanding
from dialogues.manager import step
from dialogues.safety_net import SafetyNet
from dialogues.state import State

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds after which a cry for help that is not answered yet is answered straight."""
TRIES = 3
PEEK = 100
"""Updates looked at behind one that cannot be stored: as many as Telegram hands out at once."""
REMEMBERED = 10_000


def replies_without_store(content: Content, net: SafetyNet, incoming: Incoming) -> Sequence[Reply]:
    """What can be said about `incoming` without knowing the person; nothing where it is no cry for help."""
    event: Command | Press | Text
    text = incoming.text
    signal = net.scan(text) if incoming.kind in ("text", "edited", "command") else None
    if incoming.kind == "command" and text.split(" ")[0].lower() == "crisis":
        event = Command("crisis")
    elif signal and signal.strength == "strong":
        event = Text(text, Understanding(signal.kind, 1.0, (), signal, available=False))
    elif incoming.kind in ("text", "edited") and danger.asks_for_numbers(text):
        event = Press("danger:crisis")
    elif incoming.kind == "press" and text.partition(":")[0] in ("danger", "country", "countries"):
        event = Press(text)
    else:
        return ()
    state = State(met=True)
    if isinstance(event, Press) and not event.action.startswith("danger"):
        state = State(met=True, danger="crisis", danger_at=datetime.now(UTC))
    return step(content, state, event, datetime.now(UTC)).replies


@dataclass(eq=False)
class _Cry:
    """A cry for help that waits for its ordinary answer."""

    update_id: int
    answered: asyncio.Future[bool]
    stored: bool = False


class Straight:
    """Watches over cries for help, and answers those that nothing else answers in time."""

    def __init__(self, bot: Bot, content: Content, net: SafetyNet, patience: float | None = None) -> None:
        self._bot = bot
        self._content = content
        self._net = net
        self._patience = PATIENCE if patience is None else patience
        self._waiting: dict[int, list[_Cry]] = {}
        self._answered: dict[int, None] = {}

    async def watch(self, update_id: int, meaning: Private) -> None:
        """Wait for the ordinary answer to a cry for help; where it fails or takes too long, answer straight, once."""
        replies = replies_without_store(self._content, self._net, meaning.incoming)
        if not replies or update_id in self._answered:
            return
        self._remember(update_id)
        cry = _Cry(update_id, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(meaning.chat_id, []).append(cry)
        try:
            if not await asyncio.wait_for(cry.answered, self._patience):
                await self._send(meaning.chat_id, replies)
        except TimeoutError:
            await self._send(meaning.chat_id, replies)
        finally:
            left = [other for other in self._waiting.pop(meaning.chat_id, []) if other is not cry]
            if left:
                self._waiting[meaning.chat_id] = left

    def stored(self, chat_id: int, update_id: int) -> None:
        """The update is in the inbox: from now on an empty inbox means that it was answered."""
        for cry in self._waiting.get(chat_id, []):
            cry.stored = cry.stored or cry.update_id == update_id

    def settled(self, chat_id: int, answered: bool) -> None:
        """The ordinary way has answered and delivered all that was stored of this chat, or has failed."""
        for cry in self._waiting.get(chat_id, []):
            if not cry.answered.done() and (cry.stored or not answered):
                cry.answered.set_result(answered)

    async def peek(self, blocked: int, bot_name: str, allowed: Sequence[str]) -> None:
        """Look behind the update that cannot be stored, without confirming any, and answer cries for help there.

        Telegram hands out updates in order and keeps what is not confirmed, so nothing is lost by looking.
        """
        updates = await self._bot.get_updates(offset=blocked, limit=PEEK, timeout=0, allowed_updates=list(allowed))
        for update in updates:
            await self._look_at(update, bot_name)

    async def _look_at(self, update: Update, bot_name: str) -> None:
        meaning = read(update, bot_name)
        if not isinstance(meaning, Private) or update.update_id in self._answered:
            return
        replies = replies_without_store(self._content, self._net, meaning.incoming)
        if replies:
            self._remember(update.update_id)
            await self._send(meaning.chat_id, replies)

    def _remember(self, update_id: int) -> None:
        self._answered[update_id] = None
        if len(self._answered) > REMEMBERED:
            del self._answered[next(iter(self._answered))]

    async def _send(self, chat_id: int, replies: Sequence[Reply]) -> None:
        log.warning("a cry for help is answered straight, without the database")
        for payload in (message for reply in replies for message in messages(reply)):
            text, keyboard = render(payload)
            for attempt in range(TRIES):
                try:
                    await self._bot.send_message(
                        chat_id,
                        text,
                        parse_mode=ParseMode.HTML,
                        reply_markup=keyboard,
                        link_preview_options=LinkPreviewOptions(is_disabled=True),
                    )
                    break
                except RetryAfter as error:
                    wait = error.retry_after
                    await asyncio.sleep(wait if isinstance(wait, int) else wait.total_seconds())
                except NetworkError:
                    await asyncio.sleep(2**attempt)
                except TelegramError as error:
                    log.warning("it could not be sent (%s)", type(error).__name__)
                    return
