"""The bot's side of the NLU server: ask Rasa over HTTP what a message is about."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

TIMEOUT = 2.0
"""Seconds one parse may take; after that the bot goes on without the model."""
ATTEMPTS = 2
BREAK_AFTER = 3
"""Failures in a row after which the server is left alone for BREAK_SECONDS."""
BREAK_SECONDS = 5.0
MAX_CHARACTERS = 4096
CONNECTIONS = 8
FAILURES = (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError, TypeError)
"""How asking fails: no answer, an error, or an answer that is none."""


class NluUnavailableError(RuntimeError):
    """The NLU server could not be asked or answered garbage."""


@dataclass(frozen=True)
class Intent:
    """One label and the model's confidence, 0 to 1."""

    name: str
    confidence: float


class NluClient:
    """Asks a Rasa server (or a load balancer before several) at `url`.

    `parse` raises NluUnavailableError on any failure, at once while the circuit is open. Nothing is logged here.
    """

    def __init__(self, url: str, token: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url.rstrip("/") + "/model/parse"
        self._params = {"token": token} if token else {}
        self._session: aiohttp.ClientSession | None = None
        self._clock = clock
        self._failures = 0
        self._closed_until = 0.0

    @property
    def available(self) -> bool:
        """False while the server is left alone because it failed several times."""
        return self._clock() >= self._closed_until

    async def parse(self, text: str) -> tuple[Intent, ...]:
        """The labels of `text`, likeliest first."""
        if not self.available:
            raise NluUnavailableError("the NLU server failed several times; it is left alone for a moment")
        for attempt in range(ATTEMPTS):
            try:
                ranking = await self._ask(text[:MAX_CHARACTERS])
            except FAILURES as error:
                timed_out = isinstance(error, TimeoutError)
                if attempt + 1 == ATTEMPTS or timed_out:
                    self._failures += 1
                    if self._failures >= BREAK_AFTER:
                        self._closed_until = self._clock() + BREAK_SECONDS
                    raise NluUnavailableError(f"the NLU server did not answer ({type(error).__name__})") from None
            else:
                self._failures = 0
                return ranking
        raise AssertionError("unreachable")

    async def _ask(self, text: str) -> tuple[Intent, ...]:
        if self._session is None:  # it belongs to the running event loop
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS))
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        async with self._session.post(self._url, json={"text": text}, params=self._params, timeout=timeout) as response:
            response.raise_for_status()
            return _ranking(await response.json(content_type=None))

    async def ready(self) -> bool:
        """Whether a real parse is answered now (`/status` answers before the model is loaded)."""
        try:
            return bool(await self._ask("hello"))
        except FAILURES:
            return False

    def reset(self) -> None:
        """Forget failures, because the server was started anew."""
        self._failures, self._closed_until = 0, 0.0

    async def close(self) -> None:
        if self._session:
            await self._session.close()


def _ranking(answer: Any) -> tuple[Intent, ...]:
    """Rasa's answer as intents. Raises ValueError, KeyError or TypeError where it is not one."""
    intents = tuple(Intent(str(item["name"]), float(item["confidence"])) for item in answer["intent_ranking"])
    if not intents or not all(math.isfinite(i.confidence) and 0 <= i.confidence <= 1.001 for i in intents):
        raise ValueError("no usable intent ranking")
    return tuple(sorted(intents, key=lambda intent: -intent.confidence))
