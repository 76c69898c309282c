"""The whole product: a real bot process, the real Rasa server, and a Bot API server over HTTP."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest

from dialogues.content import load_content
from dialogues.labels import THEMES
from tests.conftest import StartBot
from tests.telegram_server import TelegramServer, User

MESSAGES = {
    "jealousy": "I get so jealous when my girlfriend laughs with her ex, I compare myself to him all the time",
    "vulnerability": "i can't open up to him, whenever it gets personal my walls go up and i make a joke",
    "suspicion": "I keep wondering whether she is lying about where she was, I have no proof but I check her location",
    "intimacy_avoidance": "when he wants to cuddle or talk about moving in together i pull away and need distance",
    "betrayal": "My husband cheated on me last year, he confessed everything. How do I learn to forgive him?",
    "abandonment": "since my dad left us i panic that everybody will leave me, i cling to my boyfriend",
    "self_esteem": "I am not good enough for anybody, I feel ugly and unlovable",
    "communication": "how do i bring up a difficult topic with my wife, we just can't talk about it",
    "boundaries": "how do I say no to my mother in law, she walks into our house without asking",
    "conflict": "we fight every weekend about the dishes, it ends with shouting and blaming each other",
    "listening": "he never listens to me, he interrupts and looks at his phone while i'm talking",
    "appreciation": "I do everything in this house and never hear a thank you, I feel taken for granted",
    "quality_time": "we are drifting apart, no time together, we both work late and just watch our screens",
    "therapy": "does couples counselling help and how do we find a good therapist?",
    "self_care": "I'm exhausted and stressed, I never take a moment for myself, how do I look after myself",
}


async def walk_to_the_end(user: User) -> None:
    """Go through the open guide by buttons, answering open questions in words."""
    for _ in range(20):
        shown = user.shown[-1]
        seen = len(user.shown)
        if any("It helped" in message.buttons for message in user.shown[-2:]):
            return
        if "Next" in shown.buttons:
            await user.press("Next")
        elif "Done" in shown.buttons:
            await user.press("Done")
        elif "0" in shown.buttons or "1" in shown.buttons:
            await user.press("1")
        elif shown.buttons[0] == "Skip":
            await user.write("when it gets late and nobody says a word")
        else:
            await user.press(shown.buttons[0])
        await settled(user, seen)
    raise AssertionError(f"no end: {[message.text for message in user.shown[-4:]]}")


async def settled(user: User, seen: int) -> None:
    """Wait until the answer is there with its buttons."""
    for _ in range(400):
        if len(user.shown) > seen and user.shown[-1].buttons:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"no answer after {[message.text for message in user.shown[-2:]]}")


@pytest.mark.parametrize("theme", THEMES)
async def test_each_theme_reaches_the_end_of_a_guide(theme: str, telegram: TelegramServer, start_bot: StartBot) -> None:
    await start_bot()
    user = telegram.user(100 + THEMES.index(theme))
    await user.write(MESSAGES[theme])
    await user.sees("not a person and not a therapist")
    await settled(user, 1)
    seen = len(user.shown)
    await user.press("What may help")
    await settled(user, seen)
    guide = load_content().guides[next(iter(load_content().themes[theme].guides))]
    assert guide.title in user.shown[-1].buttons, user.shown[-1]
    for label in (guide.title, "Yes, it feels safe", "Yes, keep them"):
        if label in user.shown[-1].buttons:
            seen = len(user.shown)
            await user.press(label)
            await settled(user, seen)
    await walk_to_the_end(user)
    await user.press("It helped")
    await user.sees("could be next", since=3)


async def test_a_killed_bot_goes_on_in_the_middle_of_a_guide(telegram: TelegramServer, start_bot: StartBot) -> None:
    bot = await start_bot()
    user = telegram.user(7)
    await user.write("/start")
    await user.sees("What's on your mind?")
    await user.press_data("guide:self_care")
    await user.sees("May I keep")
    await user.press("Yes, keep them")
    await user.sees("1 of")
    await user.press("Next")
    step = await user.sees("2 of")
    await bot.kill()
    seen = len(user.shown)
    await user.write("where were we")
    await start_bot()
    again = await user.sees("2 of", since=seen)
    assert again.text.splitlines()[0] == step.text.splitlines()[0]


async def test_an_update_delivered_twice_is_answered_once(telegram: TelegramServer, start_bot: StartBot) -> None:
    await start_bot()
    user = telegram.user(8)
    await user.write("/start")
    await user.sees("What's on your mind?")
    seen = len(user.shown)
    await user.write("/help", twice=True)
    await user.sees("You write what troubles you", since=seen)
    await user.write("/menu")
    await user.sees("", since=seen + 1)
    assert len(user.shown) == seen + 2


async def test_danger_is_answered_with_numbers_first(telegram: TelegramServer, start_bot: StartBot) -> None:
    await start_bot()
    user = telegram.user(9)
    await user.write("i dont want to be alive anymore")
    shown = await user.sees("findahelpline.com")
    assert user.shown[0] is shown
    await settled(user, 1)
    await user.press("Where I live")
    await user.sees("Which country")
    await user.write("england")
    await user.sees("116 123")


@pytest.mark.rule("D5")
@pytest.mark.rule("E6")
async def test_everything_that_is_not_text_gets_a_fitting_answer(telegram: TelegramServer, start_bot: StartBot) -> None:
    bot = await start_bot()
    user = telegram.user(10)
    await user.write("/start")
    await user.sees("What's on your mind?")
    file = {"file_id": "f", "file_unique_id": "u"}
    contents: list[dict[str, object]] = [
        {"sticker": {**file, "width": 1, "height": 1, "is_animated": False, "is_video": False, "type": "regular"}},
        {"photo": [{**file, "width": 1, "height": 1}]},
        {"photo": [{**file, "width": 1, "height": 1}], "caption": "my boyfriend cheated on me and i can't forgive him"},
        {"voice": {**file, "duration": 1}},
        {"video_note": {**file, "duration": 1, "length": 1}},
        {"location": {"latitude": 1.0, "longitude": 2.0}},
        {"contact": {"phone_number": "1", "first_name": "A"}},
        {"document": file},
        {"dice": {"emoji": "x", "value": 1}},
        {"text": "🙂" * 2000},
        {"text": "a" * 4096},
        {"text": "<b>&\u202e\u200b</b>"},
        {"text": "/jorney"},
    ]
    for content in contents:
        seen = len(user.shown)
        await user.send(**content)
        await user.sees("", since=seen)
        await asyncio.sleep(0.1)
    await user.edit("never mind")
    await telegram.push(
        {"channel_post": {"message_id": 1, "date": 0, "chat": {"id": -5, "type": "channel", "title": "c"}, "text": "x"}}
    )
    group = {"id": -77, "type": "group", "title": "g"}
    me = {"id": 123456, "is_bot": True, "first_name": "H", "username": "healing_hearts_test_bot"}
    await telegram.push(
        {
            "my_chat_member": {
                "chat": group,
                "from": {"id": 1, "is_bot": False, "first_name": "S"},
                "date": 0,
                "old_chat_member": {"user": me, "status": "left"},
                "new_chat_member": {"user": me, "status": "member"},
            }
        }
    )
    await telegram.user(-77).sees("private chats")
    seen = len(user.shown)
    await user.write("/menu")
    await user.sees("", since=seen)
    assert -77 in telegram.left
    assert "Traceback" not in bot.output
    assert "cheated" not in bot.output


async def test_a_press_is_answered_at_once_and_old_buttons_go(telegram: TelegramServer, start_bot: StartBot) -> None:
    await start_bot()
    user = telegram.user(11)
    await user.write("/start")
    first = await user.sees("What's on your mind?")
    query = await user.press("Find my topic")
    await user.sees("comes closest")
    for _ in range(50):
        if query in telegram.answered_queries and not first.keyboard:
            break
        await asyncio.sleep(0.05)
    assert query in telegram.answered_queries
    assert first.keyboard == []
    assert [command["command"] for command in telegram.commands][:3] == ["start", "menu", "journey"]


async def test_two_people_never_mix_and_many_are_served_at_once(telegram: TelegramServer, start_bot: StartBot) -> None:
    await start_bot()
    users = [telegram.user(200 + number) for number in range(12)]
    await asyncio.gather(*(user.write("/start") for user in users))
    await asyncio.gather(*(user.sees("What's on your mind?") for user in users))
    await asyncio.gather(
        *(user.press_data(f"guide:{'self_care' if n % 2 else 'therapy'}") for n, user in enumerate(users))
    )
    await asyncio.gather(*(user.sees("May I keep") for user in users))
    await asyncio.gather(*(user.press("No, don't keep them") for user in users))
    shown = await asyncio.gather(*(user.sees("1 of") for user in users))
    for number, message in enumerate(shown):
        assert message.text.startswith("Self-care" if number % 2 else "Finding therapy")


@pytest.mark.rule("E5")
async def test_telegram_in_trouble_loses_nothing(telegram: TelegramServer, start_bot: StartBot) -> None:
    await start_bot()
    user = telegram.user(12)
    telegram.faults.server_errors = 1
    await user.write("/start")
    await user.sees("What's on your mind?")
    seen = len(user.shown)
    telegram.faults.too_many = 1
    await user.write("/menu")
    await user.sees("", since=seen)


async def test_who_blocked_the_bot_is_left_alone(telegram: TelegramServer, start_bot: StartBot) -> None:
    bot = await start_bot()
    user = telegram.user(13)
    telegram.blocked.add(13)
    await user.write("/start")
    other = telegram.user(14)
    await other.write("/start")
    await other.sees("What's on your mind?")
    tried = [data for method, data in telegram.calls if method == "sendMessage" and data.get("chat_id") == 13]
    telegram.blocked.discard(13)
    await user.write("/start")
    await user.sees("", within=10)
    assert len(tried) <= 2
    assert "Traceback" not in bot.output


async def test_the_bot_ends_cleanly(telegram: TelegramServer, start_bot: StartBot) -> None:
    bot = await start_bot()
    assert await bot.stop() == 0
    assert "Traceback" not in bot.output


async def test_the_webhook_is_for_telegram_only(telegram: TelegramServer, start_bot: StartBot) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    bot = await start_bot(WEBHOOK_URL=url, WEBHOOK_SECRET="a-secret-of-the-test", PORT=str(port))
    user = telegram.user(15)
    await user.write("/start", twice=True)
    await user.sees("What's on your mind?")
    seen = len(user.shown)
    forged = {"update_id": 1, "message": user._message(text="/menu")}
    async with httpx.AsyncClient(base_url=url) as client:
        for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "wrong"}):
            assert (await client.post("/telegram", json=forged, headers=headers)).status_code == 403
        assert (await client.get("/telegram")).status_code == 405
        assert (await client.post("/elsewhere", json=forged)).status_code == 404
    await user.write("/help")
    await user.sees("You write what troubles you", since=seen)
    assert len(user.shown) == seen + 1
    assert "a-secret-of-the-test" not in bot.output
