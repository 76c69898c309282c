"""Working through the inbox: one turn after the other within a chat, chats side by side."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta

from bot import metrics
from bot.conversation import Conversation
from bot.logs import where
from bot.storage.database import is_away
from bot.storage.store import Received, StaleStateError, Store, ToSend
from bot.telegram.delivery import Delivery

log = logging.getLogger(__name__)

SWEEP_SECONDS = 2.0
LEFT_BEHIND = timedelta(seconds=5)
"""An update of that age that nobody is working on was left by a process that ended."""
TRY_AGAIN = timedelta(seconds=1)
TYPING_AFTER = 1.0
CHATS_AT_ONCE = 32
PROMPTS_AT_ONCE = 16
"""Chats being worked on up to which prompts are taken up: the other half is always there for replies."""
GIVE_UP_AFTER = 3
"""Failures of one turn after which the person gets an apology."""


class Worker:
    """Answers what is in the inbox. `wake(chat_id)` starts on a chat; a sweep finds what was left behind."""

    def __init__(
        self,
        conversation: Conversation,
        delivery: Delivery,
        typing: Callable[[int], Awaitable[object]],
        settled: Callable[[int, bool], None] = lambda chat, answered: None,
    ) -> None:
        self._settled = settled
        self._conversation = conversation
        self._store: Store = conversation.store
        self._delivery = delivery
        self._typing = typing
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._again: set[int] = set()
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._failures: dict[int, int] = {}
        self._slots = asyncio.Semaphore(CHATS_AT_ONCE)
        self._sweeper: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> None:
        """Begin sweeping; what is waiting from before is answered first."""
        self._sweeper = asyncio.create_task(self._sweep(), name="sweeper")

    def wake(self, chat_id: int, received: Received | None = None) -> None:
        """There is something for this chat: this update, where it is known that it comes next."""
        if self._stopping:
            return
        if chat_id in self._tasks:
            self._again.add(chat_id)
            return
        self._tasks[chat_id] = asyncio.create_task(self._work(chat_id, received), name=f"chat-{len(self._tasks)}")

    def room_for_prompts(self) -> int:
        """How many prompts may be begun now."""
        if self._stopping or self._delivery.pace.prompts_held():
            return 0
        return max(0, PROMPTS_AT_ONCE - len(self._tasks))

    async def stop(self) -> None:
        """Let turns in the making finish; the rest stays in the inbox for the next start."""
        self._stopping = True
        if self._sweeper:
            self._sweeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._sweeper
        for timer in self._timers.values():
            timer.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=10)
        await self._delivery.settle()

    async def _work(self, chat_id: int, received: Received | None) -> None:
        try:
            async with self._slots:
                while not self._stopping:
                    self._again.discard(chat_id)
                    if received is None:
                        with metrics.stage("store"):
                            received = await self._store.next_received(chat_id)
                    claimed = await self._answer(received) if received else ()
                    again = await self._delivery.deliver(chat_id, claimed)
                    if again:
                        self._wake_at(chat_id, again)
                    elif received:
                        waited = self._conversation.clock() - received.received_at
                        metrics.REPLY_SECONDS.observe(waited.total_seconds())
                    if not (received and received.more) and chat_id not in self._again:
                        if again is None:
                            self._settled(chat_id, True)
                        break
                    received = None
        except asyncio.CancelledError:
            raise
        except Exception as error:
            # The update stays in the inbox. Only the kind is logged, never the content.
            metrics.FAILED_TURNS.labels("again").inc()
            log.error("a turn failed and will be tried again (%s)", where(error))
            self._settled(chat_id, False)
            self._wake_at(chat_id, self._conversation.clock() + TRY_AGAIN)
        finally:
            del self._tasks[chat_id]
            if chat_id in self._again:
                self._again.discard(chat_id)
                self.wake(chat_id)

    def _wake_at(self, chat_id: int, moment: datetime) -> None:
        """Come back to the chat at that time."""
        seconds = max(0.0, (moment - self._conversation.clock()).total_seconds())
        if timer := self._timers.pop(chat_id, None):
            timer.cancel()
        self._timers[chat_id] = asyncio.get_running_loop().call_later(seconds, self._wake_by_timer, chat_id)

    def _wake_by_timer(self, chat_id: int) -> None:
        self._timers.pop(chat_id, None)
        self.wake(chat_id)

    async def _answer(self, received: Received) -> tuple[ToSend, ...]:
        typing = asyncio.create_task(self._show_typing(received.chat_id))
        try:
            claimed = await self._conversation.answer(received)
            self._failures.pop(received.id, None)
            return claimed
        except StaleStateError:
            log.info("another process answered first")
            self._again.add(received.chat_id)
        except Exception as error:
            await self._after_failure(received, error)
        finally:
            typing.cancel()
            with suppress(asyncio.CancelledError):
                await typing
        return ()

    async def _after_failure(self, received: Received, error: Exception) -> None:
        """Try a failed turn again; when it keeps failing the person gets an apology instead of silence.

        A database that is away is no failure of the turn: it is tried again for as long as that takes.
        """
        if is_away(error):
            raise error
        self._failures[received.id] = self._failures.get(received.id, 0) + 1
        if self._failures[received.id] < GIVE_UP_AFTER:
            raise error
        metrics.FAILED_TURNS.labels("apology").inc()
        log.error("a turn failed %d times (%s); apologising", GIVE_UP_AFTER, where(error))
        await self._conversation.apologise(received.chat_id, received.id)
        del self._failures[received.id]

    async def _show_typing(self, chat_id: int) -> None:
        while True:
            await asyncio.sleep(TYPING_AFTER)
            with suppress(Exception):
                await self._typing(chat_id)
            await asyncio.sleep(4)

    async def _sweep(self) -> None:
        first = True
        while True:
            try:
                now: datetime = self._conversation.clock()
                for chat_id in await self._store.chats_waiting(now if first else now - LEFT_BEHIND, now):
                    self.wake(chat_id)
                first = False
            except asyncio.CancelledError:
                raise
            except Exception as error:
                log.error("the inbox can't be read now (%s)", type(error).__name__)
            await asyncio.sleep(SWEEP_SECONDS)
