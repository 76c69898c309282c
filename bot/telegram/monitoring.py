"""`/healthz`, `/readyz` and `/metrics`, on a port of their own that only this machine reaches by default."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot import metrics
from bot.conversation import Conversation

log = logging.getLogger(__name__)
PATIENCE = 2.0
"""Seconds the database may take to answer before the process counts as not ready."""


@asynccontextmanager
async def monitoring(
    host: str, port: int, conversation: Conversation, listening: Callable[[], bool]
) -> AsyncIterator[None]:
    """Serve them while the body runs; port 0 serves nothing. A port that is taken is no reason not to run."""
    if not port:
        yield
        return

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(_: web.Request) -> web.Response:
        parts = {
            "database": await _counted(conversation),
            "listening": listening(),
            "nlu": conversation.nlu_available,
        }
        # Without the model the bot goes on, so that alone takes no process out of service.
        return web.json_response(parts, status=200 if parts["database"] and parts["listening"] else 503)

    async def show(_: web.Request) -> web.Response:
        await _counted(conversation)
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", show)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        log.warning("no /metrics and /readyz: port %d can't be used (%s)", port, type(error).__name__)
    try:
        yield
    finally:
        await runner.cleanup()


async def _counted(conversation: Conversation) -> bool:
    """Read the depths of the queues; False where the database does not answer."""
    try:
        async with asyncio.timeout(PATIENCE):
            inbox, outbox, prompts = await conversation.store.depths(conversation.clock())
    except Exception as error:
        log.warning("the database does not answer (%s)", type(error).__name__)
        return False
    metrics.INBOX_DEPTH.set(inbox)
    metrics.OUTBOX_DEPTH.set(outbox)
    metrics.PROMPTS_DUE.set(prompts)
    return True
