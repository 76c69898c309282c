"""Rules A1 to A16 of docs/safety.md: suicide and self-harm."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect

from bot.conversation import Conversation, Incoming
from bot.storage.cipher import Cipher
from bot.storage.store import Store
from bot.storage.tables import Base, Counter
from dialogues.events import Command, Count, Kept, Press, SetReminder, StopReminders, Text
from dialogues.helplines import Country, describe
from dialogues.manager import step
from dialogues.safety_net import Entry, Signal
from dialogues.state import Reminder, State
from dialogues.understanding import Thresholds, understand
from tests.conftest import KEY
from tests.people import Model
from tests.safety.people import (
    CONTENT,
    COUNTRIES,
    COUPLE_WORK,
    CRISIS,
    OTHER_CRISIS,
    STRONG,
    WEAK,
    every_state,
    first_hit,
    has_numbers,
    mentions,
    name_of,
    person,
    said,
    seen,
)
from tests.stories_runner import BEGIN, NET, Person

each_country = pytest.mark.parametrize("country", COUNTRIES, ids=name_of)
FINDER = "findahelpline.com"


@pytest.mark.rule("A1")
@each_country
def test_a1_the_first_reply_has_emergency_number_and_crisis_line_before_anything_else(country: Country | None) -> None:
    for met in (True, False):
        writer = Person(state=State(met=met, country=country.code if country else None))
        writer.says(CRISIS)
        first = writer.replies[0].text
        warm, rest = first.split("\n\n", 1)
        assert re.match(r"(I'm really glad you told me|Thank you for saying it)", warm)
        assert rest.startswith("In danger right now: call")
        assert FINDER in first or country
        assert "?" not in first
        if country is None:
            assert "911 in North America" in first
            continue
        assert all(number in rest.split("\n\n")[0] for number in country.emergency)
        lines = country.services_for("crisis")
        assert describe(lines[0]) in first
        written = [line for line in lines if line.text or line.chat or line.whatsapp]
        assert all(describe(line) in first for line in written)
        assert written or "by text or chat" in first


@pytest.mark.rule("A2")
def test_a2_nothing_about_the_couple_until_they_choose_to_go_on() -> None:
    offers = {guide.title for guide in CONTENT.guides.values()} | {"Check in", "What may help", "Menu", "All guides"}
    writer = said(CRISIS)
    for text, label in (
        ("he left me", "abandonment"),
        ("my day was ok", "mood_good"),
        ("what should i do about him", "communication"),
    ):
        assert not offers & {button.label for button in writer.buttons}
        assert not re.search(r"guide|exercise|check-in|theme", writer.seen, re.IGNORECASE)
        writer.says(text, label)
    writer.presses("I'd like to go on")
    assert "Menu" in [button.label for button in writer.buttons]


@pytest.mark.rule("A3")
def test_a3_an_unknown_country_gets_the_finder_at_once_and_is_asked_with_buttons() -> None:
    writer = said(CRISIS)
    assert FINDER in writer.replies[0].text
    assert "988" not in writer.seen
    writer.presses("Where I live")
    labels = [button.label for button in writer.buttons]
    assert {"United States", "United Kingdom", "More countries", "Not in this list"} <= set(labels)
    writer.presses("More countries")
    assert {item.name for item in CONTENT.helplines.countries} <= {button.label for button in writer.buttons}
    writer.presses("Not in this list")
    assert FINDER in writer.seen
    assert writer.state.country is None


@pytest.mark.rule("A4")
@pytest.mark.parametrize("entry", [entry for entry in WEAK if entry.kind == "crisis"], ids=lambda entry: entry.id)
def test_a4_it_asks_plainly_at_most_once_and_numbers_come_without_an_answer(entry: Entry) -> None:
    writer = said(first_hit(entry))
    assert "thinking of ending your life" in writer.seen
    assert FINDER in writer.seen
    assert "I need help now" in [button.label for button in writer.buttons]
    writer.says("no")
    for text in entry.hits:
        writer.says(text)
        assert "thinking of ending your life" not in writer.seen
    at_home = said(first_hit(entry), country="US")
    assert "988" in at_home.seen


UNCLEAR = [
    "sometimes",
    "maybe",
    "idk",
    "a bit",
    "i dont know",
    "not right now",
    "kind of",
    "why do you ask",
    "...",
    "hm",
    "no idea",
    "no one would care",
    "not sure",
    "later",
    "nothing",
    "never mind",
    "enough",
]
NO_AND_YET = [
    "no but sometimes i think about it",
    "no, not yet",
    "not today",
    "no i cant answer that",
    "never been this low",
]


@pytest.mark.rule("A4", "A9")
@pytest.mark.parametrize("answer", [*UNCLEAR, "yes", "sort of yeah"])
def test_a4_an_unclear_answer_to_the_plain_question_brings_the_numbers(answer: str) -> None:
    for entry in WEAK:
        if entry.language == "en":
            writer = said(first_hit(entry))
            writer.says(answer)
            if entry.kind == "abuse" and answer in ("yes", "sort of yeah"):  # "do you feel safe with this person?"
                assert writer.state.danger is None
                continue
            assert has_numbers(writer.replies[0].text), (entry.id, answer)


@pytest.mark.rule("A4", "A9")
@pytest.mark.parametrize("answer", NO_AND_YET)
def test_a4_a_no_that_leaves_a_door_open_brings_the_numbers(answer: str) -> None:
    for label in (None, "deny"):
        writer = said("i cannot go on like this")
        writer.says(answer, label)
        assert has_numbers(writer.replies[0].text), (answer, label)
        assert writer.state.danger == "crisis"


@pytest.mark.rule("A4", "A10")
@pytest.mark.parametrize(
    ("answer", "label"), [("goodbye", "goodbye"), ("thanks for everything", "thanks"), ("enough", None)]
)
def test_a4_a_goodbye_in_answer_to_the_plain_question_brings_the_numbers(answer: str, label: str | None) -> None:
    writer = said("i cannot go on like this")
    writer.says(answer, label)
    assert has_numbers(writer.replies[0].text)


DENIALS = """
no i dont want to die | i'm not suicidal | i would never kill myself | no im not going to hurt myself | omg no i didn't mean it like that
sorry, not like that | haha no i meant this exam, not like that | no not like that im just exhausted | i didnt mean that literally | thats not what i meant | you misunderstood me | false alarm
"""


@pytest.mark.rule("A15")
@pytest.mark.parametrize("text", [text.strip() for line in DENIALS.strip().splitlines() for text in line.split("|")])
def test_a15_own_words_that_take_it_back_are_believed(text: str) -> None:
    writer = said(CRISIS)
    writer.says(text, {"crisis": 0.8})
    assert "Thank you for telling me" in writer.seen
    assert writer.state.danger is None


@pytest.mark.rule("A4")
@pytest.mark.parametrize(
    "answer", ["no", "no im just tired", "nah not like that", "never", "no way, i just meant work"]
)
def test_a4_a_no_is_taken_and_a_later_sign_gets_a_quiet_word_not_the_question_again(answer: str) -> None:
    writer = said("i cannot go on like this")
    writer.says(answer)
    assert writer.state.danger is None
    assert "/crisis has numbers" in writer.seen
    writer.says("i really cannot go on", "self_care")
    assert "Whenever it gets too much" in writer.seen
    assert "thinking of ending your life" not in writer.seen
    assert len(writer.replies) > 1


@pytest.mark.rule("A5")
def test_a5_no_text_says_what_shames() -> None:
    shaming = (
        r"commit\w* suicide|(?:failed|successful|unsuccessful) (?:attempt|suicide)|stupid|selfish|attention[- ]seek|"
        r"cry for (?:help|attention)|coward|(?:the|an) easy way out|\bsin\b"
    )
    assert mentions(shaming) == []


@pytest.mark.rule("A6")
def test_a6_no_text_names_a_method_or_a_place_or_makes_death_a_way_out() -> None:
    methods = (
        r"overdos\w*|\bpills?\b|\bhang(?:ed|ing)? (?:your|them)sel|\bnoose|\bbridge|\bcliff|\brailway|\btrain tracks|\bgun\b|\bknife|"
        r"\brazor|\bpoison|\bjump(?:ing)? (?:off|from|in front)|\bcut(?:ting)? your|\bwrists?\b|\brope\b|\bdrown"
    )
    assert mentions(methods) == []
    assert mentions(r"\b(?:quick|painless|peaceful) (?:death|end|way)|\bat peace now|better place|no more pain") == []
    asks = [text for text in mentions(r"[^.]*\b(?:how|where|when|what) would you (?:do|die|end)[^.]*") if text]
    assert asks == []


@pytest.mark.rule("A7")
def test_a7_it_says_that_it_is_a_program_that_cannot_call_and_does_not_watch() -> None:
    for text in (CRISIS, OTHER_CRISIS):
        writer = person()
        for _ in range(4):  # every variant
            writer.says(text)
            first = writer.replies[0].text
            assert "I'm a program" in first
            assert "can't call anyone" in first
            assert "not watching between messages" in first
            writer.presses("Not what I meant")
    asked = person()
    asked.happens(Command("crisis"), "/crisis")
    assert "not watching between messages" in asked.seen
    assert mentions(r"\bI(?:'ll| will) (?:keep you safe|protect you|make sure you|always be (?:here|there))") == []


@pytest.mark.rule("A8")
def test_a8_it_stays_with_one_small_next_thing() -> None:
    writer = said(CRISIS)
    assert re.search(r"somebody|one person|keep writing|write too", writer.replies[-1].text)
    for words in ("i dont know", "its all dark", "why", "hm"):
        writer.says(words)
        assert writer.replies
        assert "Numbers again" in [button.label for button in writer.buttons]
        assert writer.state.danger == "crisis"
    writer.says("bye", "goodbye")
    assert "come back any time" in writer.seen


@pytest.mark.rule("A9")
@pytest.mark.parametrize(
    "entry",
    [entry for entry in STRONG if entry.kind == "crisis" and entry.about == "self" and entry.language == "en"],
    ids=lambda entry: entry.id,
)
def test_a9_every_signal_gets_the_same_answer_passive_ones_too(entry: Entry) -> None:
    for text in entry.hits:
        writer = said(text, country="GB")
        same = said(CRISIS, country="GB")
        assert [reply.text for reply in writer.replies] == [reply.text for reply in same.replies], text


@pytest.mark.rule("A9")
def test_a9_no_score_of_risk_is_computed_shown_or_stored() -> None:
    kept = {*State.model_fields, *(field.name for field in fields(Signal))}
    kept |= {column.name for table in Base.metadata.tables.values() for column in table.columns}
    assert not [name for name in kept if re.search(r"risk|score|severity|level", name)]
    assert mentions(r"\b(?:your|the) (?:risk|score)\b|\bout of (?:5|10)\b") == []


@pytest.mark.rule("A10")
def test_a10_every_signal_is_answered_in_every_state() -> None:
    events = [
        (entry, text, Text(text, understand(text, None, NET, Thresholds())))
        for entry in STRONG
        for text in entry.hits[:1]
    ]
    states = every_state()
    names = {place.split(" ")[0] for place in states}
    assert {"stranger", "step", "consent", "safe_to_talk", "checkin_note", "delete", "name", "zone", "country"} <= names
    assert {f"{guide.id}.{one.id}" for guide in CONTENT.guides.values() for one in guide.steps} <= {
        place.split(" ")[1] for place in states if " " in place
    }
    for place, state in states.items():
        for entry, text, event in events:
            turn = step(CONTENT, state, event, BEGIN, Kept())
            assert has_numbers(turn.replies[0].text), (place, text)
            assert turn.state.danger in ("crisis", "abuse"), (place, entry.id)


@pytest.fixture
async def conversation(tmp_path: Path):  # type: ignore[no-untyped-def]
    store = await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'hearts.sqlite3'}", Cipher([KEY]))
    yield Conversation(CONTENT, NET, store, None, clock=lambda: BEGIN)
    await store.close()


@pytest.mark.rule("A10")
@pytest.mark.parametrize("kind", ["text", "edited", "command"])
async def test_a10_in_captions_edits_and_behind_commands(conversation: Conversation, kind: str) -> None:
    text = f"start {CRISIS}" if kind == "command" else CRISIS
    (first, *_) = await conversation.handle(1, Incoming(kind, text))  # type: ignore[arg-type]
    assert has_numbers(first.text)


@pytest.mark.rule("A10")
async def test_a10_what_only_the_model_hears_is_heard_behind_a_command_and_in_an_edit(tmp_path: Path) -> None:
    model = Model()
    model.label = "crisis"
    store = await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'hearts.sqlite3'}", Cipher([KEY]))
    conversation = Conversation(CONTENT, NET, store, model, clock=lambda: BEGIN)  # type: ignore[arg-type]
    for chat, kind in enumerate(("text", "edited", "command"), 1):
        text = f"{'help ' if kind == 'command' else ''}ready to join mum in heaven"
        (first, *_) = await conversation.handle(chat, Incoming(kind, text))  # type: ignore[arg-type]
        assert has_numbers(first.text), kind
    model.label = "reminder"
    (first, *_) = await conversation.handle(9, Incoming("command", "help me with the thing"))
    assert not has_numbers(first.text)
    await store.close()


@pytest.mark.rule("A10")
async def test_a10_an_edit_is_answered_for_danger_only(conversation: Conversation) -> None:
    assert await conversation.handle(1, Incoming("edited", "i cannot go on")) != ()
    assert await conversation.handle(1, Incoming("edited", "i cannot go on like this")) == ()
    assert await conversation.handle(1, Incoming("edited", "hello")) == ()


@pytest.mark.rule("A11")
@each_country
def test_a11_there_are_always_two_routes_and_what_to_do_when_nobody_answers(country: Country | None) -> None:
    writer = said(CRISIS, country=country.code if country else None)
    first = writer.replies[0].text
    assert FINDER in first
    if country:
        assert "If nobody answers, try another line or the emergency number" in first


@pytest.mark.rule("A12")
def test_a12_somebody_else_at_risk() -> None:
    for writer in (said(OTHER_CRISIS, country="US"), said(CRISIS, country="US")):
        if "Someone else is at risk" in [button.label for button in writer.buttons]:
            writer.presses("Someone else is at risk")
        assert all(words in writer.seen for words in ("911", "988", "ask them straight out", "don't leave them alone"))
        writer.says("he is in the other room")
        assert "It's a lot to carry for somebody else" in writer.seen or "Being near them helps" in writer.seen
    writer = said(OTHER_CRISIS, country="US")
    writer.presses("They say it to stop me leaving")
    assert "it's not your fault" in writer.seen
    assert writer.state.locked


@pytest.mark.rule("A13")
@pytest.mark.parametrize("consent", [None, True, False])
def test_a13_crisis_needs_no_consent_no_model_and_no_acquaintance(consent: bool | None) -> None:
    for state in (State(), State(met=True, consent=consent), State(met=True, minor=True, consent=False)):
        turn = step(CONTENT, state, Command("crisis"), BEGIN)
        assert has_numbers(turn.replies[0].text)
        for words in ("i need help now", "crisis", "helpline", "emergency"):
            event = Text(words, understand(words, None, NET, Thresholds()))
            assert "In danger right now" in seen(step(CONTENT, state, event, BEGIN)), words
        assert has_numbers(step(CONTENT, state, Press("danger:crisis"), BEGIN).replies[0].text)


REMINDER = Reminder(weekday=6, hour=19)


@pytest.mark.rule("A14")
@pytest.mark.parametrize("begin", [CRISIS, "/crisis"])
def test_a14_reminders_pause_until_the_person_turns_them_on(begin: str) -> None:
    writer = person(zone="UTC", reminder=REMINDER)
    if begin == "/crisis":
        writer.happens(Command("crisis"), begin)
    else:
        writer.says(begin)
    assert StopReminders() in writer.effects
    assert writer.state.reminder is None
    writer.presses("Stay here a moment")
    writer.presses("I'd like to go on")
    assert "/reminders turns it on again" in writer.seen
    assert writer.state.reminder is None
    assert not [effect for effect in writer.effects if isinstance(effect, SetReminder)]


@pytest.mark.rule("A14")
def test_a14_the_next_visit_opens_softly_with_help_one_tap_away() -> None:
    gone_on = said(CRISIS)
    gone_on.presses("Stay here a moment")
    gone_on.presses("I'd like to go on")
    still_open = said(CRISIS)
    for writer, words in ((gone_on, "There's nothing to explain"), (still_open, "you don't have to go over it")):
        writer.now += timedelta(days=1)
        writer.says("hi", "greet")
        assert words in writer.seen
        assert {"I need help now", "Numbers again"} & {button.label for button in writer.buttons}
        writer.says("hi", "greet")
        assert words not in writer.seen


@pytest.mark.rule("A15")
@pytest.mark.parametrize("denial", ["Not what I meant", "no i didnt mean it like that", "no"])
def test_a15_a_false_alarm_is_taken_back_without_argument(denial: str) -> None:
    writer = person(zone="UTC", consent=True, reminder=REMINDER)
    writer.says("he never listens", "listening")
    question = writer.state.focus.question if writer.state.focus else ""
    writer.says(CRISIS)
    if denial == "Not what I meant":
        writer.presses(denial)
    else:
        writer.says(denial)
    assert "Thank you for telling me" in writer.seen
    assert "/crisis has the numbers" in writer.seen
    assert not re.search(r"\bbut\b|are you sure", writer.replies[0].text)
    assert question
    assert question in writer.seen
    assert writer.state.reminder == REMINDER
    assert [effect for effect in writer.effects if isinstance(effect, SetReminder)]
    assert writer.state.danger is None
    assert not writer.state.locked
    assert COUPLE_WORK


NO_DENIALS = """
no there is nobody | i have nobody | nothing | i dont | later | not now | no one | im not afraid to die | why not die |
i cant promise i wont hurt myself | i wont say i wont kill myself | she says i didnt mean it | i meant it, not like that | not like that im just done | he said i meant the rent, not like that | its not like that usually
"""


@pytest.mark.rule("A15", "A2")
@pytest.mark.parametrize(
    "text", [text.strip() for line in NO_DENIALS.strip().splitlines() for text in line.split("|") if text.strip()]
)
@pytest.mark.parametrize("label", [None, "deny"])
def test_a15_what_takes_nothing_back_leaves_the_numbers_and_the_danger_open(text: str, label: str | None) -> None:
    for before in ((), ("Stay here a moment",)):
        writer = said(CRISIS)
        for button in before:
            writer.presses(button)
        writer.says(text, label)
        assert "Thank you for telling me" not in writer.seen
        assert writer.state.danger == "crisis"
        assert {"Numbers again", "Stay here a moment"} & {button.label for button in writer.buttons}


@pytest.mark.rule("A15")
def test_a15_where_a_bare_no_takes_the_alarm_back_nothing_was_asked_that_it_could_answer() -> None:
    for text in (CRISIS, OTHER_CRISIS):
        writer = person()
        for _ in range(4):  # every variant
            writer.says(text)
            assert "?" not in writer.seen, writer.seen
            writer.presses("Not what I meant")


@pytest.mark.rule("A2")
@pytest.mark.parametrize("text", ["ok", "okay", "yes", "thanks", "👍"])
def test_a2_a_short_yes_to_the_one_small_thing_is_no_wish_to_go_on(text: str) -> None:
    for first in (CRISIS, OTHER_CRISIS):
        writer = said(first)
        writer.presses("Stay here a moment")
        writer.says(text, "thanks" if text == "thanks" else "affirm")
        writer.says("ok", "affirm")
        assert writer.state.danger == "crisis"
        assert "Numbers again" in [button.label for button in writer.buttons]
    writer.says("yes, let's go on")
    assert writer.state.danger is None


@pytest.mark.rule("A16")
async def test_a16_referrals_are_counted_without_any_identifier(conversation: Conversation) -> None:
    await conversation.handle(4711, Incoming("text", CRISIS))
    await conversation.handle(4712, Incoming("command", "crisis"))
    counted = await conversation.store.counters()
    assert counted == {"safety.crisis.self": 1, "safety.numbers": 1}
    assert [column.name for column in inspect(Counter).columns] == ["name", "day", "count"]
    assert not [name for name in counted if re.search(r"\d", name)]


@pytest.mark.rule("A16")
def test_a16_the_protocol_is_published() -> None:
    published = (Path(__file__).parents[2] / "docs" / "safety.md").read_text("utf-8")
    assert "## Protocol" in published
    assert all(
        f"| {rule}{number} |" in published for rule, most in (("A", 16), ("B", 15)) for number in range(1, most + 1)
    )


def test_what_counts_as_an_effect() -> None:
    assert [effect.name for effect in said(CRISIS).effects if isinstance(effect, Count)] == ["safety.crisis.self"]
