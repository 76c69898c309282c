"""How fast messages may go out, so that Telegram refuses none: the limits of core.telegram.org/bots/faq.

"Avoid sending more than one message per second" in a chat, with short bursts, and about 30 messages a second over all
chats. Prompts leave some of that to replies, which therefore never wait for a prompt.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

A_SECOND = 30
PROMPTS_A_SECOND = 25
"""With that many messages in the last second, prompts wait; replies have what is left."""
CHAT_BURST = 10
"""Messages in a chat within as many seconds: one a second on average, and a reply in two parts comes at once."""
FORGET_ABOVE = 2000
"""Chats remembered before the silent ones are forgotten."""


class Pace:
    """Gives out the right to send. One for each process; `turn` returns when the message may go."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        a_second: int = A_SECOND,
    ) -> None:
        """`a_second`: messages over all chats, where Telegram allows this bot another number."""
        self._most = a_second
        self._most_prompts = a_second * PROMPTS_A_SECOND // A_SECOND
        self._clock = clock
        self._sleep = sleep
        self._all: deque[float] = deque(maxlen=a_second)
        self._chats: dict[int, deque[float]] = {}
        self._prompts_from = 0.0

    async def turn(self, chat_id: int, prompt: bool = False) -> None:
        """Wait until a message may go to the chat, and count it."""
        while (wait := self._wait(chat_id, prompt)) > 0:
            await self._sleep(wait)
        now = self._clock()
        self._all.append(now)
        self._chats.setdefault(chat_id, deque(maxlen=CHAT_BURST)).append(now)
        if len(self._chats) > FORGET_ABOVE:
            self._chats = {chat: times for chat, times in self._chats.items() if now - times[-1] < CHAT_BURST}

    def hold_prompts(self, seconds: float) -> None:
        """Telegram asked for patience: no prompt to anybody for that long (a reply waits in its own chat only)."""
        self._prompts_from = max(self._prompts_from, self._clock() + seconds)

    def prompts_held(self) -> bool:
        return self._prompts_from > self._clock()

    def _wait(self, chat_id: int, prompt: bool) -> float:
        now = self._clock()
        most = self._most_prompts if prompt else self._most
        waits = [self._all[-most] + 1 - now] if len(self._all) >= most else []
        times = self._chats.get(chat_id)
        if prompt:
            waits += [self._prompts_from - now, times[-1] + 1 - now if times else 0.0]
        elif times and len(times) == CHAT_BURST:
            waits.append(times[0] + CHAT_BURST - now)
        return max(waits, default=0.0)
