"""What goes wrong around a conversation is not the person's problem. Real bot processes; the model is played by a stub."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from tests.conftest import KEY
from tests.nlu_stub import Mode, NluStub
from tests.processes import BotProcess, free_port
from tests.telegram_server import TOKEN, TelegramServer, User

StartBot = Callable[..., Awaitable[BotProcess]]
JEALOUS = "i get so jealous of her ex"
NO_MODEL = "taking a break right now"


@pytest.fixture
async def stub() -> AsyncIterator[NluStub]:
    server = NluStub()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def start(telegram: TelegramServer, stub: NluStub, tmp_path: Path) -> AsyncIterator[StartBot]:
    started: list[BotProcess] = []

    async def start_one(**environment: str) -> BotProcess:
        base = {"HEARTS_HOME": str(tmp_path / "home"), "NLU_URL": stub.url, "ENCRYPTION_KEY": KEY}
        started.append(await BotProcess.start(telegram.url, tmp_path, base | environment))
        return started[-1]

    yield start_one
    for process in started:
        await process.kill()


async def met(user: User) -> int:
    """Get to know the bot; returns how many messages were shown."""
    await user.write("/start")
    await user.sees("What's on your mind?")
    return len(user.shown)


@pytest.mark.parametrize("mode", ["slow", "garbage", "error", "cut"])
async def test_the_bot_goes_on_without_the_model_and_recovers(
    mode: Mode, telegram: TelegramServer, stub: NluStub, start: StartBot
) -> None:
    bot = await start()
    user = telegram.user(1)
    seen = await met(user)
    stub.mode = mode
    begin = time.monotonic()
    await user.write(JEALOUS)
    shown = await user.sees(NO_MODEL, since=seen, within=6)
    assert time.monotonic() - begin < 4
    assert "Show me the topics" in shown.buttons
    seen = len(user.shown)
    await user.press("Show me the topics")
    await user.sees("comes closest", since=seen)
    seen = len(user.shown)
    await user.write("jealousy")  # its name
    await user.sees("Jealous", since=seen)
    seen = len(user.shown)
    await user.write("i want to kill myself")
    await user.sees("findahelpline.com", since=seen)
    stub.mode = "good"
    other = telegram.user(2)
    await met(other)
    for _ in range(20):
        seen = len(other.shown)
        await other.write(JEALOUS)
        answer = await other.sees("", since=seen)
        if NO_MODEL not in answer.text:
            break
        await asyncio.sleep(0.5)
    assert "jealous" in answer.text.casefold()
    assert "Traceback" not in bot.output


async def test_a_flood_of_one_person_does_not_slow_another(telegram: TelegramServer, start: StartBot) -> None:
    await start()
    flooder, other = telegram.user(1), telegram.user(2)
    before = await met(flooder)
    seen = await met(other)
    for number in range(100):
        await flooder.write(f"hello {number}")
    begin = time.monotonic()
    await other.write("/help")
    await other.sees("You write what troubles you", since=seen)
    waited = time.monotonic() - begin
    assert len(flooder.shown) - before < 60, "the flood was over before the other was answered"
    assert waited < 2
    # The rest of the flood's answers comes at the pace that Telegram allows in one chat.
    seen = len(flooder.shown)
    await flooder.sees("", since=seen + 3)


async def test_a_graceful_stop_finishes_turns_and_keeps_the_rest(
    telegram: TelegramServer, stub: NluStub, start: StartBot
) -> None:
    bot = await start()
    user = telegram.user(1)
    seen = await met(user)
    telegram.faults.delay = 0.5  # a turn takes that long now
    for number in range(5):
        await user.write(f"hello {number}")
    await asyncio.sleep(0.3)
    assert await bot.stop() == 0
    finished = len(user.shown) - seen
    assert 1 <= finished < 5
    assert "Traceback" not in bot.output
    telegram.faults.delay = 0
    await start()
    for _ in range(200):
        if len(user.shown) - seen == 5:
            break
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)
    assert len(user.shown) - seen == 5


async def test_what_a_monitor_sees(telegram: TelegramServer, stub: NluStub, start: StartBot) -> None:
    port = free_port()
    await start(MONITOR_PORT=str(port))
    user = telegram.user(1)
    seen = await met(user)
    await user.write(JEALOUS)
    await user.sees("jealous", since=seen)
    seen = len(user.shown)
    await user.write("i want to kill myself")
    await user.sees("findahelpline.com", since=seen)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        assert (await client.get("/healthz")).status_code == 200
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()) == (200, {"database": True, "listening": True, "nlu": True})
        await asyncio.sleep(0.3)
        shown = (await client.get("/metrics")).text
    figures = dict(re.findall(r"^(hearts_\S+) (\S+)$", shown, re.MULTILINE))
    assert figures['hearts_updates_total{kind="text"}'] == "2.0"
    assert figures['hearts_intents_total{label="jealousy"}'] == "1.0"
    assert figures['hearts_safety_triggers_total{by="patterns",kind="crisis",strength="strong"}'] == "1.0"
    for stage in ("inbox", "nlu", "dialogue", "store", "send"):
        assert float(figures[f'hearts_stage_seconds_count{{stage="{stage}"}}']) >= 2
    assert figures["hearts_reply_seconds_count"] == "3.0"
    assert (figures["hearts_inbox_depth"], figures["hearts_outbox_depth"]) == ("0.0", "0.0")


async def test_a_log_holds_no_text_no_name_and_no_token(
    telegram: TelegramServer, stub: NluStub, start: StartBot, tmp_path: Path
) -> None:
    bot = await start(LOG_LEVEL="DEBUG", NLU_TOKEN="nlu-secret-token")
    user = telegram.user(7_313_131)
    seen = await met(user)
    secret = "Mathilda of Quillwater Lane"
    stub.mode = "garbage"
    telegram.faults.server_errors = 1
    telegram.faults.methods = ("sendMessage", "editMessageReplyMarkup")
    for text in (f"my name is {secret}", secret, f"/nosuch {secret}"):
        seen = len(user.shown)
        await user.write(text)
        await user.sees("", since=seen)
    telegram.faults.server_errors = 5
    telegram.faults.drop_answers = 1
    seen = len(user.shown)
    await user.write(f"i want to die, says {secret}")
    await user.sees("findahelpline.com", since=seen)
    telegram.faults.bad_requests = 2
    await user.write(secret)
    seen = len(user.shown)
    await user.write("/help")
    await user.sees("", since=seen)
    assert await bot.stop() == 0
    output = bot.output
    for private in (
        "Mathilda",
        "Quillwater",
        "nlu-secret-token",
        TOKEN,
        TOKEN.split(":")[1],
        KEY,
        "7313131",
        "Someone",
    ):
        assert private not in output
    lines = [line for line in output.splitlines() if line.startswith("{")]
    assert len(lines) > 10
    assert all({"time", "level", "logger", "message"} <= set(json.loads(line)) for line in lines)
    assert len(output.splitlines()) - len(lines) <= 5, "only what a person reads at the start and the end is no JSON"
