"""Rules D and E of docs/safety.md that are a matter of the conversation or of the channel."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from telegram import Update

from bot.conversation import Conversation, Incoming
from bot.schedule import tick
from bot.settings import PROJECT
from bot.storage.cipher import Cipher
from bot.storage.store import Store
from bot.telegram import app
from bot.telegram.incoming import Group, Private, read
from dialogues.events import Command, DeleteEverything, ForgetWords, SaveCheckin, SendExport, SetReminder, StopReminders
from dialogues.rhythm import Rhythm
from dialogues.state import Finished, Reminder, State
from tests.bot.test_encryption import everything
from tests.conftest import KEY
from tests.safety.people import CONTENT, mentions, person, said
from tests.stories_runner import BEGIN, NET


@pytest.mark.rule("D1")
@pytest.mark.parametrize("asked_by", ["guide", "checkin"])
def test_d1_consent_is_asked_by_itself_before_words_or_ratings_and_no_leaves_everything_open(asked_by: str) -> None:
    writer = person()
    if asked_by == "guide":
        writer.says("self-care")
    else:
        writer.happens(Command("checkin"), "/checkin")
    assert "may I keep what you write" in writer.seen
    assert [button.label for button in writer.buttons] == ["Yes, keep them", "No, don't keep them"]
    assert writer.state.consent is None
    writer.presses("No, don't keep them")
    assert writer.state.walk or "from 1 to 5" in writer.seen
    if asked_by == "checkin":
        for number in ("1", "2", "3"):
            writer.says(number)
        writer.says("a secret sentence")
        assert not [effect for effect in writer.effects if isinstance(effect, SaveCheckin)]
    assert "secret" not in writer.state.storable().model_dump_json()


@pytest.mark.rule("D2")
def test_d2_consent_is_taken_back_with_one_tap_in_settings() -> None:
    writer = person(consent=True, name="Sam")
    writer.happens(Command("settings"), "/settings")
    writer.presses("Stop keeping my words")
    assert writer.state.consent is False
    assert writer.state.name is None
    assert ForgetWords() in writer.effects


@pytest.mark.rule("D2", "D1")
@pytest.mark.parametrize("way", ["/withdraw", "withdraw my consent"])
def test_d2_consent_taken_back_in_danger_leaves_no_question_with_own_words(way: str) -> None:
    done = Finished(guide="self_care", day=BEGIN.date() - timedelta(days=3), plan="walk to the blue door")
    writer = person(consent=True, finished=(done,))
    writer.happens(Command("checkin"), "/checkin")
    for number in ("3", "3", "3", "skip"):
        writer.says(number)
    assert "blue door" in writer.seen
    writer.says("i dont want to be alive anymore")
    assert "blue door" in writer.state.model_dump_json()
    writer.happens(Command("withdraw"), way) if way.startswith("/") else writer.says(way)
    assert writer.state.consent is False
    assert "blue door" not in writer.state.model_dump_json()


@pytest.mark.rule("D6")
async def test_d6_export_comes_at_once_with_a_warning(store: Store) -> None:
    conversation = Conversation(CONTENT, NET, store, None, clock=lambda: BEGIN)
    await store.commit_turn(1, 0, State(met=True, consent=True, name="Sam"), (), (), BEGIN)
    await store.receive(1, 1, {"kind": "command", "text": "export"}, BEGIN)
    waiting = await store.next_received(1)
    assert waiting
    replies = await conversation.handle(1, Incoming("command", "export"), waiting.id)
    assert "think for a moment about who else can open it" in replies[0].text.casefold()
    writer = person(consent=True)
    writer.happens(Command("export"), "/export")
    writer.presses("Yes, send it")
    assert SendExport() in writer.effects
    exported = await conversation.export(1, (await store.load(1))[0])
    assert exported["state"]["name"] == "Sam"


@pytest.mark.rule("D7")
def test_d7_deletion_is_asked_once_and_names_backups() -> None:
    writer = person(consent=True, name="Sam")
    writer.happens(Command("delete"), "/delete")
    assert "Shall I erase it?" in writer.seen
    assert DeleteEverything() not in writer.effects
    writer.says("yes")
    assert DeleteEverything() in writer.effects
    assert "within 30 days" in writer.seen
    writer.says("hello", "greet")
    assert "a program, not a person" in writer.replies[0].text


@pytest.mark.rule("D9")
def test_d9_privacy_names_categories_periods_receivers_and_rights() -> None:
    writer = person()
    writer.happens(Command("privacy"), "/privacy")
    for words in (
        "What is kept", "Only with your yes", "Not kept", "They reach Telegram", "not end-to-end secret", "No human reads them", "/mydata", "/withdraw",
        "12 months", "/export", "/delete", "data protection authority",
    ):  # fmt: skip
        assert words in writer.seen
    assert {"Export my data", "Delete everything"} <= {button.label for button in writer.buttons}


@pytest.mark.rule("D11")
def test_d11_nothing_writes_what_people_said_into_training_data() -> None:
    sources = [path for folder in ("bot", "dialogues") for path in (PROJECT / folder).rglob("*.py")]
    writing = [
        path.name
        for path in sources
        if re.search(r"(?:TRAINING|data/nlu|\"nlu\")[^\n]*(?:write|open\()", path.read_text())
    ]
    assert writing == []
    writer = person()
    writer.happens(Command("privacy"), "/privacy")
    assert "Nobody trains anything on it" in writer.seen


@pytest.mark.rule("D11", "D3")
async def test_d11_a_whole_acquaintance_opens_no_file_to_write_to(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    original = io.open

    def watched(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if set(mode) & set("wax+"):
            opened.append(str(file))
        return original(file, mode, *args, **kwargs)

    for where in ("builtins.open", "io.open"):
        monkeypatch.setattr(where, watched)
    await everything(store)
    assert opened == []


@pytest.mark.rule("D13")
def test_d13_it_asks_to_leave_out_names_of_others_and_takes_none_from_a_message() -> None:
    writer = person()
    writer.happens(Command("checkin"), "/checkin")
    assert "leave out other people's names" in writer.seen
    writer = person()
    writer.says("my husband Roderick keeps texting Philippa", "jealousy")
    assert "Roderick" not in writer.state.model_dump_json()
    assert writer.state.person == "your husband"


@pytest.mark.rule("D12")
def test_d12_everything_optional_is_off_at_first() -> None:
    stranger = State()
    assert (stranger.reminder, stranger.consent, stranger.checkin, stranger.name) == (None, None, None, None)
    writer = said("hello")
    assert not [effect for effect in writer.effects if isinstance(effect, SetReminder | SaveCheckin)]


@pytest.mark.rule("E1")
def test_e1_privacy_answers_with_its_own_policy_and_is_listed() -> None:
    assert "privacy" in [name for name, _ in app.COMMANDS]
    writer = person()
    writer.happens(Command("privacy"), "/privacy")
    assert "What is kept" in writer.seen
    assert "data protection authority" in writer.seen


@pytest.fixture
async def store(tmp_path: Any) -> Any:
    opened = await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'hearts.sqlite3'}", Cipher([KEY]))
    yield opened
    await opened.close()


async def _due(store: Store) -> int:
    woken: list[int] = []
    await tick(store, BEGIN + timedelta(days=7), woken.append)
    return len(woken)


@pytest.mark.rule("E2")
async def test_e2_nothing_comes_unasked_and_it_ends_with_stop_or_a_block(store: Store) -> None:
    weekly = SetReminder("appreciation", Rhythm(BEGIN.hour, BEGIN.minute, (BEGIN.weekday(),)), "UTC")
    on = State(met=True, zone="UTC", reminder=Reminder(weekday=BEGIN.weekday(), hour=BEGIN.hour))
    await store.commit_turn(1, 0, State(met=True), (), (), BEGIN)
    assert await _due(store) == 0
    for chat, ended in ((2, StopReminders()), (3, None)):
        await store.commit_turn(chat, 0, on, (weekly,), (), BEGIN)
        if ended:
            await store.commit_turn(chat, 1, State(met=True), (ended,), (), BEGIN)
        else:
            await store.set_blocked(chat, True, BEGIN)
    assert await _due(store) == 0
    writer = person(zone="UTC", reminder=on.reminder)
    writer.happens(Command("stop"), "/stop")
    assert writer.state.reminder is None
    assert StopReminders() in writer.effects


@pytest.mark.rule("E2")
async def test_e2_who_opted_in_gets_one_and_no_burst(store: Store) -> None:
    weekly = SetReminder("appreciation", Rhythm(BEGIN.hour, BEGIN.minute, (BEGIN.weekday(),)), "UTC")
    await store.commit_turn(1, 0, State(met=True, zone="UTC"), (weekly,), (), BEGIN)
    assert await _due(store) == 1
    assert await _due(store) == 0


@pytest.mark.rule("E4")
def test_e4_it_poses_as_no_helpline_clinician_or_telegram() -> None:
    public = f"{app.DESCRIPTION} {app.SHORT_DESCRIPTION}"
    assert "not a person and not a therapist" in public
    assert "not for emergencies" in public
    assert (
        mentions(
            r"\b(?:we are|i'm|i am|this is) (?:a helpline|your (?:therapist|counsellor|doctor)|telegram|an official)\b"
        )
        == []
    )


@pytest.mark.rule("E5")
def test_e5_the_same_message_in_the_same_place_is_answered_alike() -> None:
    for text, label in (("he never listens", "listening"), ("hello", "greet"), ("menu", None)):
        first, second = person(), person()
        first.says(text, label)
        second.says(text, label)
        assert first.seen == second.seen


@pytest.mark.rule("E6")
def test_e6_a_group_gets_one_line_and_no_state_is_shown_there() -> None:
    group = {"id": -1, "type": "group", "title": "g"}
    who = {"id": 5, "is_bot": False, "first_name": "Someone"}
    message = {"message_id": 3, "date": 0, "chat": group, "from": who, "text": "/journey"}
    assert read(Update.de_json({"update_id": 1, "message": message}, None)) == Group(-1)
    press = {"id": "q", "from": who, "chat_instance": "c", "data": "menu", "message": message}
    assert not isinstance(read(Update.de_json({"update_id": 2, "callback_query": press}, None)), Private)
    assert app.GROUP_LINE == "I only work in private chats. You can write to me there."
    assert CONTENT.guides
