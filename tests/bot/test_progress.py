"""/progress: what the picture shows, the same in words, and how both reach the person."""

from __future__ import annotations

import asyncio
import io
import sys
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from telegram import Bot

from bot import chart
from bot.conversation import Conversation, Incoming
from bot.outgoing import CAPTION_LIMIT
from bot.storage.cipher import Cipher
from bot.storage.store import Store
from bot.telegram.delivery import Delivery
from bot.terminal import as_plain_text, converse, save_document
from dialogues.content import load_content
from dialogues.events import SaveCheckin
from dialogues.progress import Progress, in_words, look_back
from dialogues.safety_net import load_safety_net
from dialogues.state import Finished, State
from tests.conftest import KEY
from tests.telegram_server import TOKEN, TelegramServer

NOW = datetime(2026, 11, 24, 21, 30, tzinfo=UTC)
TODAY = NOW.date()
TITLES = {guide.id: guide.title for guide in load_content().guides.values()}


def entry(back: int, trust: int | None, connection: int | None, mood: int | None) -> dict[str, Any]:
    day = TODAY - timedelta(days=back)
    return {"day": day.isoformat(), "trust": trust, "connection": connection, "mood": mood, "note": "a secret"}


def done(guide: str, back: int) -> Finished:
    return Finished(guide=guide, day=TODAY - timedelta(days=back), own_words="a secret")


def seen(entries: Sequence[dict[str, Any]], finished: Sequence[Finished] = (), days: int = 30) -> Progress:
    found = look_back(entries, finished, TITLES, TODAY, days)
    assert found
    return found


def picture(progress: Progress) -> Image.Image:
    return Image.open(io.BytesIO(chart.render(progress))).convert("RGB")


def ink(image: Image.Image, colour: str, first: date, last: date, progress: Progress) -> int:
    """How many pixels of about that colour lie strictly between two days."""
    wanted = tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
    left = round((chart._x(progress, first) + 8) * chart.SCALE)
    right = round((chart._x(progress, last) - 8) * chart.SCALE)
    part = image.crop((left, round(chart.TOP * chart.SCALE), right, image.height))
    counted: list[tuple[int, tuple[int, ...]]] = part.getcolors(256) or []
    return sum(n for n, pixel in counted if all(abs(a - b) < 40 for a, b in zip(pixel, wanted, strict=True)))


# ------------------------------------------------------------------------------------------------- in words
def test_the_words_say_what_the_picture_shows() -> None:
    words = in_words(seen([entry(9, 2, 3, 3), entry(4, 1, 3, None), entry(0, 4, 3, None)], [done("jealousy", 4)]))
    assert "last 30 days (3 check-ins)" in words
    assert "Trust: 2 at first, 4 last, between 1 and 4." in words
    assert "Connection: 3 each time." in words
    assert "Mood: 3, once, on 15 Nov." in words
    assert "Easing jealousy (20 Nov)" in words
    assert "Gaps are days without a check-in" in words
    assert "secret" not in words


def test_only_the_days_asked_for_count() -> None:
    entries = [entry(89, 1, 1, 1), entry(60, 2, 2, 2), entry(30, 3, 3, 3), entry(29, 4, 4, 4)]
    assert look_back(entries, (), TITLES, TODAY, 30) is None
    assert seen(entries, [done("jealousy", 30)], 90).checkins == 4
    assert "Easing jealousy" in in_words(seen(entries, [done("jealousy", 30)], 90))


@pytest.mark.parametrize("entries", [[], [entry(0, 1, 1, 1)], [entry(0, 1, 1, 1), entry(3, None, None, None)]])
def test_fewer_than_two_answers_are_nothing_to_look_at(entries: list[dict[str, Any]]) -> None:
    assert look_back(entries, (), TITLES, TODAY, 30) is None


def test_the_words_fit_below_a_picture_and_judge_nothing() -> None:
    every_day = [entry(back, back % 5 + 1, (back + 1) % 5 + 1, (back + 2) % 5 + 1) for back in range(90)]
    words = in_words(seen(every_day, [done(guide, 20) for guide in TITLES], 90))
    assert len(words) <= CAPTION_LIMIT
    assert "and 10 before" in words
    assert "Gaps" not in words
    for verdict in ("better", "worse", "improv", "good", "bad", "low", "normal", "average", "should", "!"):
        assert verdict not in words.lower().replace("boundaries", "")


# ------------------------------------------------------------------------------------------------- picture
def test_a_day_without_a_check_in_is_a_gap() -> None:
    two = seen([entry(back, 3, 3, 3) for back in range(30) if not 10 < back < 20])
    image = picture(two)
    blue = chart.COLOURS["trust"]
    assert ink(image, blue, TODAY - timedelta(days=20), TODAY - timedelta(days=10), two) == 0
    assert ink(image, blue, TODAY - timedelta(days=10), TODAY, two) > 500


@pytest.mark.parametrize(
    ("entries", "days"),
    [
        ([entry(back, 3, 3, 3) for back in range(30)], 30),  # all equal
        ([entry(29, 1, 5, None), entry(0, 5, 1, None)], 30),  # two single points, a question never answered
        ([entry(back, 1 + back % 5, 5, 1) for back in range(90)], 90),
        ([entry(back, 2, None, 4) for back in (88, 41, 40, 3)], 90),
    ],
)
def test_every_shape_of_data_is_drawn(entries: list[dict[str, Any]], days: int) -> None:
    progress = seen(entries, [done("jealousy", 0), done("self_care", 29)], days)
    image = picture(progress)
    assert image.width == 1080
    assert 1000 < image.height < 2000
    assert len(chart.render(progress)) < 200_000
    middle, end = TODAY - timedelta(days=days // 2), TODAY + timedelta(days=2)
    for line in progress.lines:
        assert (ink(image, chart.COLOURS[line.name], middle, end, progress) > 20) == bool(line.values)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast of two colours."""

    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colour", [*chart.COLOURS.values(), chart.INK, chart.QUIET])
def test_what_is_written_can_be_read_on_its_own_background(colour: str) -> None:
    assert contrast(colour, chart.BACKGROUND) >= 4.5


def test_a_month_is_drawn_in_a_moment() -> None:
    progress = seen([entry(back, 3, 2, 4) for back in range(90)], [done("jealousy", 4)], 90)
    chart.render(progress)
    begin = time.process_time()
    chart.render(progress)
    assert time.process_time() - begin < 2


# ------------------------------------------------------------------------------------------------ channels
PERSON = State(met=True, consent=True, finished=(done("jealousy", 4),))


async def someone_with(store: Store, chat_id: int, backs: Sequence[int]) -> Conversation:
    effects = [SaveCheckin(TODAY - timedelta(days=back), 3, 2, None, "a secret") for back in backs]
    await store.commit_turn(chat_id, 0, PERSON, effects, (), NOW)
    return Conversation(load_content(), load_safety_net(), store, nlu=None, clock=lambda: NOW)


async def test_telegram_gets_one_picture_with_the_words_and_the_buttons(store: Store, telegram: TelegramServer) -> None:
    conversation = await someone_with(store, 7, (0, 5, 40))
    telegram.user(7)
    async with Bot(TOKEN, base_url=f"{telegram.url}/bot", base_file_url=f"{telegram.url}/file/bot") as bot:
        for number, pressed in enumerate((Incoming("command", "progress"), Incoming("press", "progress:90")), 1):
            await store.receive(7, number, pressed.payload(), NOW)
            received = await store.next_received(7)
            assert received
            await conversation.handle(7, Incoming.of(received.payload), received.id)
            delivery = Delivery(bot, store, lambda: NOW)
            await delivery.deliver(7)
            await delivery.settle()
    month, quarter = telegram.chats[7]
    assert month.document
    assert Image.open(io.BytesIO(month.document)).format == "PNG"
    assert "30 days (2 check-ins)" in month.text
    assert "90 days (3 check-ins)" in quarter.text
    assert [button["text"] for row in quarter.keyboard for button in row] == ["Last 30 days", "Check in", "Menu"]
    assert month.keyboard == []  # only the current buttons are there


async def test_with_too_few_check_ins_a_kind_line_comes_instead(store: Store, telegram: TelegramServer) -> None:
    conversation = await someone_with(store, 7, (3,))
    (reply,) = await conversation.handle(7, Incoming("text", "my progress"))
    assert "No hurry" in reply.text
    assert [button.label for button in reply.buttons] == ["Last 90 days", "Check in", "Menu"]


async def test_in_the_terminal_the_words_are_said_and_the_picture_is_saved(tmp_path: Path) -> None:
    said: list[str] = []
    shown: list[str] = []
    store = await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'hearts.sqlite3'}", Cipher([KEY]))
    conversation = await someone_with(store, 0, (0, 1, 2))
    conversation._save_document = lambda name, content: save_document(tmp_path, said.append, name, content)
    await converse(conversation, io.StringIO("/progress\n"), lambda reply: shown.append(as_plain_text(reply)))
    await store.close()
    assert "Trust: 3 each time." in shown[0]
    assert said == [f"Saved as {tmp_path / 'my-days.png'}"]
    assert (tmp_path / "my-days.png").read_bytes().startswith(b"\x89PNG")


async def test_drawing_leaves_the_bot_as_small_as_it_was_and_going_on() -> None:
    """What draws stays out of the bot's process, which would keep its memory for good."""
    code = """
import asyncio, sys
from datetime import date
from bot import conversation, drawing
from dialogues.events import Page
from dialogues.progress import look_back
days = [{"day": f"2026-11-{day}", "trust": 3, "connection": 4, "mood": 2, "note": ""} for day in (20, 21, 22)]
beats = 0
async def draw():
    global beats
    drawing_it = asyncio.create_task(drawing.make(look_back(days, (), {}, date(2026, 11, 24), 30)))
    while not drawing_it.done():
        beats += 1
        await asyncio.sleep(0)
    return drawing_it.result()
picture = asyncio.run(draw())
assert beats > 100, "the loop stood still"
page = asyncio.run(drawing.make(Page("For a therapist", "Made by a program.", (("Words", ("hello",)),))))
assert picture.startswith(bytes([0x89]) + b"PNG") and page.startswith(b"%PDF-"), (picture[:9], page[:9])
print([name for name in ("PIL", "reportlab") if name in sys.modules])
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    assert await process.communicate() == (b"[]\n", None)


async def test_nothing_is_drawn_of_what_is_not_kept(store: Store) -> None:
    conversation = Conversation(load_content(), load_safety_net(), store, nlu=None, clock=lambda: NOW)
    await store.commit_turn(7, 0, State(met=True, consent=False), (), (), NOW)
    (reply,) = await conversation.handle(7, Incoming("command", "progress"))
    assert "not keeping" in reply.text
    assert "Keep my words" in [button.label for button in reply.buttons]
