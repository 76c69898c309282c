"""/crisis works with no consent, no NLU, no database and after deletion: a running bot whose store is broken (A13)."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from bot.conversation import Conversation
from bot.settings import Settings
from bot.storage.cipher import Cipher
from bot.storage.store import Store
from bot.telegram import straight
from bot.telegram.app import make_bot, run
from dialogues.content import load_content
from dialogues.safety_net import load_safety_net
from tests.conftest import KEY
from tests.telegram_server import TOKEN, TelegramServer


class Outage:
    """Switches a store's database off and on: every transaction fails while it is off, or hangs."""

    def __init__(self, store: Store) -> None:
        self.off = False
        event.listen(store._engine.sync_engine, "begin", self._begin)

    def _begin(self, connection: object) -> None:
        if self.off:
            raise OSError("the database is gone")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'hearts.sqlite3'}", Cipher([KEY]))
    yield opened
    await opened.close()


@asynccontextmanager
async def running(telegram: TelegramServer, store: Store, tmp_path: Path, operator: str = "") -> AsyncIterator[None]:
    """`hearts run` in this process, without an NLU server, ended by SIGTERM."""
    settings = Settings(
        _env_file=None,
        telegram_bot_token=TOKEN,
        telegram_base_url=telegram.url,
        hearts_home=tmp_path,
        operator=operator,
    )  # type: ignore[call-arg,arg-type]
    conversation = Conversation(load_content(), load_safety_net(), store, None)
    ready = asyncio.Event()
    task = asyncio.create_task(run(settings, make_bot(settings), conversation, lambda line: ready.set()))
    await asyncio.wait([task, asyncio.create_task(ready.wait())], return_when=asyncio.FIRST_COMPLETED)
    try:
        yield
    finally:
        signal.raise_signal(signal.SIGTERM)
        await task


@pytest.mark.rule("A13")
async def test_a13_crisis_is_answered_while_the_database_is_down_and_others_wait_before_it(
    telegram: TelegramServer, store: Store, tmp_path: Path
) -> None:
    outage = Outage(store)
    async with running(telegram, store, tmp_path):
        outage.off = True
        waiting, crisis, typing, words, pressing = (telegram.user(number) for number in range(1, 6))
        await waiting.write("my girlfriend is so jealous")
        await crisis.write("/crisis")
        await typing.write("i need help now")
        await words.write("i dont want to be alive anymore")
        await pressing.press_data("danger:crisis", await _some_message(telegram, 5))
        for user in (crisis, typing, words, pressing):
            shown = await user.sees("findahelpline.com")
            assert "emergency number" in shown.text
        assert waiting.shown == []
        seen = len(crisis.shown)
        await crisis.press("Where I live")
        await crisis.sees("Which country", since=seen)
        await crisis.press("United Kingdom")
        assert "116 123" in (await crisis.sees("999", since=seen)).text
        outage.off = False
        await waiting.sees("Healing Hearts")  # nothing of the others was lost


@pytest.mark.rule("B7")
async def test_b7_quick_exit_takes_the_messages_out_of_the_chat_in_telegram(
    telegram: TelegramServer, store: Store, tmp_path: Path
) -> None:
    async with running(telegram, store, tmp_path):
        user = telegram.user(6)
        await user.write("my husband hits me")
        await user.sees("Quick exit takes away")
        telegram.undeletable.add(user.shown[0].message_id)  # one is too old: the others go all the same
        await user.press("Quick exit")
        await user.sees("/menu shows what there is here")
        left = [shown.text for shown in user.shown if shown.message_id not in telegram.undeletable]
        assert [text for text in left if "Hello. /menu" not in text] == []
        asked = [data for method, data in telegram.calls if method == "deleteMessage"]
        assert len(asked) >= 3  # the person's own message is among them


@pytest.mark.rule("E6")
async def test_e6_a_bot_that_groups_may_add_says_so_when_it_starts(
    telegram: TelegramServer,
    store: Store,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tests import telegram_server

    for may, warned in ((True, True), (False, False)):
        monkeypatch.setitem(telegram_server.BOT, "can_join_groups", may)
        caplog.clear()
        async with running(telegram, store, tmp_path):
            pass
        assert ("/setjoingroups" in caplog.text) is warned


@pytest.mark.rule("D9", "E4")
async def test_d9_the_profile_says_what_it_is_and_who_runs_it(
    telegram: TelegramServer, store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(telegram, store, tmp_path, operator="Jo Doe, jo@example.org"):
        pass
    assert "not a therapist" in telegram.description
    assert "Jo Doe, jo@example.org" in telegram.description
    assert "OPERATOR" not in caplog.text
    async with running(telegram, store, tmp_path):
        pass
    assert "OPERATOR is not set" in caplog.text


async def _some_message(telegram: TelegramServer, chat_id: int) -> object:
    from tests.telegram_server import Shown

    return Shown(telegram._new_message(chat_id), "an old message")


@pytest.mark.rule("A13")
async def test_a13_crisis_is_answered_when_the_turn_fails_or_hangs_after_it_was_stored(
    telegram: TelegramServer, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(straight, "PATIENCE", 0.5)

    async def fails(*_: object, **__: object) -> None:
        raise OSError("gone")

    async def hangs(*_: object, **__: object) -> None:
        await asyncio.sleep(8)

    for number, trouble in enumerate((fails, hangs), 1):
        with monkeypatch.context() as patch:
            async with running(telegram, store, tmp_path):
                patch.setattr(store, "commit_turn", trouble)
                user = telegram.user(number)
                await user.write("/crisis")
                await user.sees("findahelpline.com", within=7)


@pytest.mark.rule("A13")
async def test_a13_with_all_well_crisis_is_answered_once_without_consent_and_after_deletion(
    telegram: TelegramServer, store: Store, tmp_path: Path
) -> None:
    async with running(telegram, store, tmp_path):
        user = telegram.user(9)
        await user.write("/crisis")
        await user.sees("findahelpline.com")
        await user.write("/delete")
        await user.sees("Shall I erase it?")
        await user.press("Yes, delete everything")
        await user.sees("To me you're new again")
        seen = len(user.shown)
        await user.write("/crisis")
        await user.sees("findahelpline.com", since=seen)
        await asyncio.sleep(straight.PATIENCE + 0.5)
        assert sum("findahelpline.com" in shown.text for shown in user.shown[seen:]) == 1
