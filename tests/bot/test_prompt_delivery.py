"""From the schedule to the phone, with a Bot API server: once, through crashes, blocks, limits and two processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from telegram.ext import ExtBot

from bot import schedule
from bot.conversation import Conversation
from bot.settings import Settings
from bot.storage.cipher import Cipher
from bot.storage.store import Store
from bot.telegram.app import make_bot
from bot.telegram.delivery import Delivery
from bot.telegram.pace import A_SECOND
from bot.telegram.worker import Worker
from dialogues.content import load_content
from dialogues.events import SetReminder
from dialogues.safety_net import load_safety_net
from dialogues.state import Reminder, State
from tests.conftest import KEY
from tests.telegram_server import TOKEN, TelegramServer

NOW = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
DUE = datetime(2026, 11, 29, 19, 0, tzinfo=UTC)
REMINDER = Reminder(weekday=6, hour=19)
NOTE = "note"


class Process:
    """What `hearts run` is made of, without the updater: a store, a worker, a delivery, and a clock of the test."""

    def __init__(self, store: Store, bot: ExtBot[None], clock: Callable[[], datetime]) -> None:
        self.store, self.clock, self.bot = store, clock, bot
        self.conversation = Conversation(load_content(), load_safety_net(), store, None, clock)
        self.worker = Worker(self.conversation, Delivery(bot, store, clock), self._typing)

    @classmethod
    async def start(cls, url: str, telegram: TelegramServer, clock: Callable[[], datetime]) -> Process:
        bot = make_bot(Settings(telegram_bot_token=SecretStr(TOKEN), telegram_base_url=telegram.url))
        await bot.initialize()
        return cls(await Store.open(url, Cipher([KEY])), bot, clock)

    async def _typing(self, chat_id: int) -> None:
        return None

    async def tick(self) -> None:
        """Everything that is due now, until it is on its way."""
        while await schedule.tick(self.store, self.clock(), self.worker.wake, self.worker.room_for_prompts()):
            await asyncio.sleep(0.01)
        await self.idle()

    async def idle(self) -> None:
        while self.worker._tasks:
            await asyncio.sleep(0.01)

    async def deliver(self, chat_id: int) -> None:
        self.worker.wake(chat_id)
        await self.idle()

    async def end(self) -> None:
        await self.worker.stop()
        await self.store.close()
        await self.bot.shutdown()


class Clock:
    def __init__(self) -> None:
        self.now = DUE + timedelta(seconds=3)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


Start = Callable[[str], Awaitable[Process]]


@pytest.fixture
async def start(telegram: TelegramServer, clock: Clock) -> AsyncIterator[Start]:
    """Starts processes that are ended with the test."""
    started: list[Process] = []

    async def one(url: str) -> Process:
        started.append(await Process.start(url, telegram, clock))
        return started[-1]

    yield one
    for process in started:
        await process.end()


async def opted_in(store: Store, *chats: int) -> None:
    for chat_id in chats:
        state = State(met=True, zone="UTC", reminder=REMINDER)
        await store.commit_turn(chat_id, 0, state, (SetReminder("appreciation", REMINDER.rhythm, "UTC"),), (), NOW)


def notes(telegram: TelegramServer, chat_id: int) -> list[str]:
    return [shown.text for shown in telegram.chats[chat_id] if NOTE in shown.text]


async def test_a_prompt_comes_once_with_its_buttons(
    database_url: str, telegram: TelegramServer, clock: Clock, start: Start
) -> None:
    process = await start(database_url)
    await opted_in(process.store, 1)
    await process.tick()
    await process.tick()
    (shown,) = telegram.chats[1]
    assert shown.buttons == ["Tell me how", "I did it", "Later today", "Less often", "Stop these"]


async def test_two_processes_send_each_prompt_once(
    database_url: str, telegram: TelegramServer, clock: Clock, start: Start
) -> None:
    processes = [await start(database_url) for _ in range(2)]
    await opted_in(processes[0].store, *range(1, 31))
    await asyncio.gather(*(process.tick() for process in processes))
    assert [len(notes(telegram, chat_id)) for chat_id in range(1, 31)] == [1] * 30


@pytest.mark.parametrize("minutes", [119, 130])
async def test_a_crash_between_claim_and_send_loses_none_and_sends_none_late(
    tmp_path: Path, telegram: TelegramServer, clock: Clock, start: Start, minutes: int
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'hearts.sqlite3'}"
    first = await start(url)
    await opted_in(first.store, 1)
    await schedule.tick(first.store, clock(), lambda _: None)
    clock.now = DUE + timedelta(minutes=minutes)
    second = await start(url)
    second.worker.start()
    for _ in range(100):
        if await second.store.next_received(1) is None:
            break
        await asyncio.sleep(0.02)
    await second.idle()
    assert len(notes(telegram, 1)) == (1 if minutes <= 120 else 0)
    assert await second.store.next_received(1) is None


async def test_who_blocked_the_bot_is_paused_and_comes_back_with_start(
    database_url: str, telegram: TelegramServer, clock: Clock, start: Start
) -> None:
    process = await start(database_url)
    await opted_in(process.store, 1)
    telegram.blocked.add(1)
    await process.tick()
    assert (await process.store.schedule_of(1))[0]["due_at"] is None
    telegram.blocked.clear()
    clock.now += timedelta(days=21)
    await process.tick()
    assert notes(telegram, 1) == []
    await process.store.receive(1, 1, {"kind": "command", "text": "start"}, clock())
    await process.deliver(1)
    clock.now += timedelta(days=7)
    clock.now = clock.now.replace(hour=19, minute=1)
    await process.tick()
    assert len(notes(telegram, 1)) == 1


async def test_retry_after_is_honoured_and_prompts_wait_while_replies_go(
    database_url: str, telegram: TelegramServer, clock: Clock, start: Start
) -> None:
    process = await start(database_url)
    await opted_in(process.store, 1, 2)
    telegram.faults.too_many, telegram.faults.retry_after = 1, 1
    await schedule.tick(process.store, clock(), process.worker.wake, room=1)
    await process.idle()
    held = [chat_id for chat_id in (1, 2) if not notes(telegram, chat_id)]
    assert held == [1, 2]
    assert process.worker.room_for_prompts() == 0
    await process.store.receive(1, 1, {"kind": "command", "text": "help"}, clock())
    clock.now += timedelta(seconds=2)
    await process.deliver(1)
    assert [NOTE in shown.text for shown in telegram.chats[1]] == [False]  # the reply alone
    await asyncio.sleep(1.2)
    await process.tick()
    await process.deliver(1)
    assert [len(notes(telegram, chat_id)) for chat_id in (1, 2)] == [1, 1]


async def test_a_prompt_that_can_not_be_delivered_for_hours_is_dropped(
    database_url: str, telegram: TelegramServer, clock: Clock, start: Start
) -> None:
    process = await start(database_url)
    await opted_in(process.store, 1)
    telegram.faults.server_errors = 1
    await process.tick()
    clock.now = DUE + timedelta(hours=2, minutes=1)
    await process.deliver(1)
    assert telegram.chats[1] == []
    assert await process.store.next_to_send(1) is None
    assert (await process.store.counters())["delivery.given_up.too_late"] == 1


async def test_the_running_schedule_leaves_room_for_replies(
    database_url: str, telegram: TelegramServer, clock: Clock, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "BUSY_SECONDS", 0.01)
    process = await start(database_url)
    chats = range(1, 41)
    await opted_in(process.store, *chats)
    busiest = 0

    def wake(chat_id: int) -> None:
        nonlocal busiest
        process.worker.wake(chat_id)
        busiest = max(busiest, len(process.worker._tasks))

    running = asyncio.create_task(schedule.run(process.store, clock, wake, process.worker.room_for_prompts))
    for _ in range(400):
        if all(notes(telegram, chat_id) for chat_id in chats):
            break
        await asyncio.sleep(0.05)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await process.idle()
    assert [len(notes(telegram, chat_id)) for chat_id in chats] == [1] * 40
    assert busiest <= 16
    sent = sorted(shown.at for chat_id in chats for shown in telegram.chats[chat_id])
    # They leave at 25 a second (test_pace); on a busy machine they may arrive closer, never above what Telegram allows.
    assert max(sum(1 for other in sent if 0 <= other - at < 0.95) for at in sent) <= A_SECOND


def test_payloads_hold_what_a_prompt_needs() -> None:
    from bot.conversation import Incoming

    payload: Mapping[str, Any] = {"kind": "prompt", "text": "once", "until": "2026-11-29T21:00:00+00:00"}
    assert Incoming.of(payload).payload() == payload
