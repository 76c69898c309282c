"""A server that answers as Rasa does, or as a Rasa in trouble does: for tests of what surrounds the model, not of the model."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from aiohttp import web

Mode = Literal["good", "slow", "garbage", "error", "cut"]
WORDS = {"jealous": "jealousy", "hello": "greet", "thank": "thanks", "fight": "conflict", "tired": "self_care"}
"""What the stub understands: the first word found decides, anything else is out of scope."""


class NluStub:
    """Start it and point NLU_URL to `url`; `mode` says how it answers from now on."""

    def __init__(self, ask: Callable[[str], Awaitable[dict[str, Any]]] | None = None) -> None:
        """`ask` answers in its place while `mode` is good: a real server behind it."""
        self._ask = ask
        self.mode: Mode = "good"
        self.asked = 0
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/model/parse", self._parse)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        assert site._server
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[attr-defined]

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def _parse(self, request: web.Request) -> web.Response:
        self.asked += 1
        text = str((await request.json())["text"])
        if self.mode == "slow":
            await asyncio.sleep(4)
        if self.mode == "garbage":
            return web.Response(text="<html>no</html>")
        if self.mode == "error":
            return web.Response(status=500)
        if self.mode == "cut":
            assert request.transport
            request.transport.close()
        try:
            return web.json_response(await self._ask(text) if self._ask else answer(text))
        except Exception:
            return web.Response(status=502)


def answer(text: str) -> dict[str, Any]:
    label = next((label for word, label in WORDS.items() if word in text.casefold()), "out_of_scope")
    return {
        "text": text,
        "intent_ranking": [{"name": label, "confidence": 0.95}, {"name": "affirm", "confidence": 0.01}],
    }
