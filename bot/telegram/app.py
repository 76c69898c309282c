"""The running bot: Telegram's updates into the inbox, the worker, the schedule, and a clean end."""

from __future__ import annotations

import asyncio
import logging
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from telegram import Bot, BotCommand, Update
from telegram.error import InvalidToken, TelegramError
from telegram.ext import ExtBot, Updater

from bot import metrics, schedule
from bot.conversation import Conversation
from bot.settings import Settings
from bot.storage.store import Store
from bot.telegram import webhook
from bot.telegram.delivery import Delivery
from bot.telegram.http import AiohttpRequest
from bot.telegram.incoming import Blocked, Group, Private, read
from bot.telegram.monitoring import monitoring
from bot.telegram.pace import Pace
from bot.telegram.straight import Straight
from bot.telegram.worker import Worker
from dialogues.places import gazetteer
from dialogues.when import read_when

log = logging.getLogger(__name__)

COMMANDS = (
    ("start", "Begin, or come back"),
    ("menu", "What I can offer"),
    ("journey", "What you've walked and what's left"),
    ("checkin", "A short look at today"),
    ("progress", "Your check-ins as a picture"),
    ("reminders", "A weekly idea, a check-in by appointment"),
    ("brief", "One page for a therapist"),
    ("settings", "Name, situation, country, what I keep"),
    ("privacy", "What is stored, and your say in it"),
    ("mydata", "All I keep of you, to erase piece by piece"),
    ("export", "Take your data along"),
    ("withdraw", "Stop keeping my words"),
    ("delete", "Erase everything"),
    ("help", "How this works"),
    ("crisis", "Helplines, at any time"),
    ("stop", "Nothing by itself any more"),
)
DESCRIPTION = (
    "A small program for people who find it hard to trust, or to be trusted. It listens for what troubles you and walks "
    "you through short exercises. It's not a person and not a therapist, and not for emergencies: /crisis has helplines."
)
SHORT_DESCRIPTION = "Short exercises for people who find it hard to trust. A program, not a therapist."
GROUP_LINE = "I only work in private chats. You can write to me there."
ALLOWED = ["message", "edited_message", "callback_query", "my_chat_member"]
STORE_AGAIN_SECONDS = 0.5


class StartError(RuntimeError):
    """The bot can't start; the message says what to do."""


class DurableQueue(asyncio.Queue[object]):
    """What python-telegram-bot puts updates into: returns only when the update is stored.

    Telegram is told so afterwards (the next getUpdates, or the webhook's 200), so nothing is lost between.
    """

    def __init__(
        self,
        store: Store,
        bot: Bot,
        worker: Worker,
        clock: Callable[[], datetime],
        straight: Straight,
        polling: bool = True,
    ) -> None:
        super().__init__()
        self._straight = straight
        self._polling = polling
        self._store = store
        self._bot = bot
        self._worker = worker
        self._clock = clock
        self._background: set[asyncio.Task[None]] = set()

    async def put(self, item: object) -> None:
        if not isinstance(item, Update):
            return
        meaning = read(item, self._bot.username)
        if item.callback_query:
            self._soon(self._answer_press(item.callback_query.id))
        if isinstance(meaning, Private):
            self._soon(self._straight.watch(item.update_id, meaning))
            await asyncio.sleep(0)  # so that it watches before the update is stored
            await self._keep(item.update_id, meaning)
        elif isinstance(meaning, Blocked):
            self._soon(self._store.set_blocked(meaning.chat_id, meaning.blocked, self._clock()))
        elif isinstance(meaning, Group):
            self._soon(self._leave(meaning.chat_id))

    async def _keep(self, update_id: int, meaning: Private) -> None:
        while True:
            try:
                with metrics.stage("inbox"):
                    new = await self._store.receive(
                        meaning.chat_id, update_id, meaning.incoming.payload(), self._clock()
                    )
            except Exception as error:
                log.error("an update can't be stored now (%s); trying again", type(error).__name__)
                self._straight.settled(meaning.chat_id, answered=False)
                await self._look_behind(update_id)
                await asyncio.sleep(STORE_AGAIN_SECONDS)
            else:
                self._straight.stored(meaning.chat_id, update_id)
                metrics.UPDATES.labels(meaning.incoming.kind if new else "repeated").inc()
                # Where this process alone stores updates, in their order, a chat's only one is the next one.
                comes_next = self._polling and new and not new.more
                self._worker.wake(meaning.chat_id, new if comes_next else None)
                return

    async def _look_behind(self, update_id: int) -> None:
        """Updates are put one after the other: see whether someone behind this one needs help (webhooks come side by side)."""
        if not self._polling:
            return
        try:
            await self._straight.peek(update_id, self._bot.username, ALLOWED)
        except TelegramError as error:
            log.warning("could not look behind it (%s)", type(error).__name__)

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        async def quietly() -> None:
            try:
                await work
            except Exception as error:
                log.warning("a side task failed (%s)", type(error).__name__)

        task = asyncio.create_task(quietly())
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _answer_press(self, query_id: str) -> None:
        await self._bot.answer_callback_query(query_id)

    async def _leave(self, chat_id: int) -> None:
        try:
            await self._bot.send_message(chat_id, GROUP_LINE)
        finally:
            await self._bot.leave_chat(chat_id)


def make_bot(settings: Settings) -> ExtBot[None]:
    """The Bot API client. Raises StartError where there is no token."""
    if not settings.telegram_bot_token:
        raise StartError(
            "There is no Telegram token yet. In Telegram, write /newbot to @BotFather and answer its two questions.\n"
            "Put the token it gives you into a file .env beside the README: TELEGRAM_BOT_TOKEN=123456:ABC...\n"
            "Then run 'make bot' again. Until then, 'make chat' opens the same conversation here in the terminal."
        )
    base = settings.telegram_base_url.rstrip("/")
    return ExtBot(
        settings.telegram_bot_token.get_secret_value(),
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=AiohttpRequest(connections=64, read_timeout=10),
        get_updates_request=AiohttpRequest(connections=4, read_timeout=20),
    )


async def introduce(bot: Bot, operator: str = "") -> None:
    """Set the command menu and the descriptions; a failure only means that the old ones stay."""
    if not operator:
        log.warning("OPERATOR is not set: /privacy says that the profile names who runs this bot, and it does not")
    if bot.can_join_groups:
        log.warning("anybody can add this bot to groups, where it only leaves: /setjoingroups at @BotFather ends that")
    try:
        await bot.set_my_commands([BotCommand(name, text) for name, text in COMMANDS])
        await bot.set_my_description(f"{DESCRIPTION}\n\nRun by {operator}" if operator else DESCRIPTION)
        await bot.set_my_short_description(SHORT_DESCRIPTION)
    except TelegramError as error:
        log.warning("commands and description could not be set (%s)", type(error).__name__)


async def run(settings: Settings, bot: ExtBot[None], conversation: Conversation, ready: Callable[[str], None]) -> None:
    """Run until SIGINT or SIGTERM. Raises StartError where the token is refused."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    await _connect(bot, stop)
    if stop.is_set():
        return
    store = conversation.store
    straight = Straight(bot, conversation.content, conversation.net)
    worker = Worker(
        conversation,
        Delivery(bot, store, conversation.clock, Pace(a_second=settings.send_rate)),
        lambda chat: bot.send_chat_action(chat, "typing"),
        straight.settled,
    )
    queue = DurableQueue(store, bot, worker, conversation.clock, straight, polling=not settings.webhook_url)
    await introduce(bot, settings.operator)
    await store.release_claims(conversation.clock())
    worker.start()
    warming = asyncio.create_task(asyncio.to_thread(_warm_up, conversation.clock()), name="warming up")
    scheduled = asyncio.create_task(
        schedule.run(store, conversation.clock, worker.wake, worker.room_for_prompts), name="schedule"
    )
    listening = False
    try:
        listen = _webhook(settings, bot, queue, stop) if settings.webhook_url else _polling(bot, queue)
        async with monitoring(settings.monitor_host, settings.monitor_port, conversation, lambda: listening), listen:
            listening = True
            ready(f"@{bot.username} is listening. Ctrl-C ends it.")
            await stop.wait()
            listening = False
            ready("Ending: turns in the making are finished first.")
    finally:
        scheduled.cancel()
        await warming
        await worker.stop()
        await bot.shutdown()


def _warm_up(now: datetime) -> None:
    """Read what takes a second the first time, before somebody waits for it: places, the calendar's words.

    Not the borders for shared locations: they take 30 MB and, when the first one is shared, 0.1 s.
    """
    gazetteer()
    read_when("in a week at noon", now)


async def _connect(bot: Bot, stop: asyncio.Event) -> None:
    try:
        await _until_done(bot.initialize, stop)
    except InvalidToken:
        raise StartError("Telegram does not know this TELEGRAM_BOT_TOKEN. @BotFather shows it with /token.") from None


async def _until_done(call: Callable[[], Awaitable[object]], stop: asyncio.Event) -> None:
    """Call Telegram until it answers, or until it is time to stop. Raises InvalidToken."""
    wait = 1.0
    while not stop.is_set():
        try:
            await call()
        except InvalidToken:
            raise
        except TelegramError as error:
            log.warning("Telegram can't be reached (%s); trying again in %.0f s", type(error).__name__, wait)
            await asyncio.wait([asyncio.create_task(stop.wait())], timeout=wait)
            wait = min(wait * 2, 60)
        else:
            return


@asynccontextmanager
async def _polling(bot: ExtBot[None], queue: DurableQueue) -> AsyncIterator[None]:
    updater = Updater(bot, queue)
    await updater.initialize()
    try:
        await updater.start_polling(
            allowed_updates=ALLOWED,
            bootstrap_retries=-1,
            error_callback=lambda error: log.warning("polling: %s", type(error).__name__),
        )
        yield
    finally:
        if updater.running:
            await updater.stop()


@asynccontextmanager
async def _webhook(settings: Settings, bot: Bot, queue: DurableQueue, stop: asyncio.Event) -> AsyncIterator[None]:
    secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else ""
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", secret):
        raise StartError(
            "WEBHOOK_URL is set, and WEBHOOK_SECRET has to go with it: 16 to 256 letters, digits, _ or -. This makes one: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
    try:
        server = webhook.serve(bot, queue.put, secret, settings.port, "0.0.0.0")  # noqa: S104  (its proxy must reach it)
    except OSError as error:
        raise StartError(f"Port {settings.port} can't be listened on ({error.strerror}). PORT names another.") from None
    try:
        assert settings.webhook_url
        url = settings.webhook_url.rstrip("/") + webhook.PATH
        await _until_done(lambda: bot.set_webhook(url, secret_token=secret, allowed_updates=ALLOWED), stop)
        yield
    finally:
        server.stop()
        await server.close_all_connections()
