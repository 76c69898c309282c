"""Rules B1 to B15 of docs/safety.md: abuse and coercive control."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from bot.conversation import Conversation, Incoming
from bot.storage.cipher import Cipher
from bot.storage.store import Store
from dialogues.events import Command, Press, Prompt, PromptKind, QuickExit, SetReminder, StopReminders
from dialogues.helplines import Country, describe
from dialogues.manager import step
from dialogues.state import Daily, Once, Reminder, State
from tests.conftest import KEY
from tests.safety.people import (
    ABUSE,
    CONTENT,
    COUNTRIES,
    COUPLE_WORK,
    CRISIS,
    DOER,
    OTHER_ABUSE,
    has_numbers,
    mentions,
    name_of,
    person,
    said,
)
from tests.stories_runner import BEGIN, NET, Person

each_country = pytest.mark.parametrize("country", COUNTRIES, ids=name_of)
REMINDER = Reminder(weekday=6, hour=19)


def labels(writer: Person) -> list[str]:
    return [button.label for button in writer.buttons]


@pytest.mark.rule("B1")
@each_country
def test_b1_the_first_reply_believes_and_has_the_abuse_line_and_emergency_number(country: Country | None) -> None:
    for met in (True, False):
        writer = Person(state=State(met=met, country=country.code if country else None))
        writer.says(ABUSE)
        first = writer.replies[0].text
        warm, numbers = first.split("\n\n", 1)
        assert "I believe you" in warm
        assert "not your fault" in warm
        assert numbers.startswith("In danger right now: call")
        if country is None:
            assert "findahelpline.com" in first
            continue
        assert all(number in numbers for number in country.emergency)
        assert all(describe(line) in first for line in country.services_for("abuse")[:3])
        assert country.services_for("abuse")


@pytest.mark.rule("B2")
@pytest.mark.parametrize("guide", COUPLE_WORK, ids=lambda guide: guide.id)
def test_b2_couple_work_is_locked_after_a_disclosure(guide: object) -> None:
    name, title = guide.id, guide.title  # type: ignore[attr-defined]
    writer = person(consent=True, safe_to_talk=True)
    writer.says(title)
    assert writer.state.walk
    writer.says(ABUSE)
    writer.presses("Stay here a moment")
    writer.presses("I'd like to go on")
    assert "Go on where we were" not in labels(writer)
    for words in (title, "resume", f"open {title}"):
        writer.says(words)
        assert "I've closed it" in writer.seen, words
    writer.says("guides")
    assert title not in labels(writer)
    for theme in CONTENT.themes:
        writer.happens(Command("menu"), "/menu")
        writer.says("it is about us", theme)
        writer.says("it happened on sunday at home with the children", None)
        assert f"guide:{name}" not in [button.action for button in writer.buttons], theme
        assert "the article" not in writer.seen, theme


@pytest.mark.rule("B2", "B11")
@pytest.mark.parametrize("guide", COUPLE_WORK, ids=lambda guide: guide.id)
@pytest.mark.parametrize("told", [ABUSE, DOER])
@pytest.mark.parametrize("way_on", ["go on", "quick exit", "button"])
def test_b2_a_guide_that_was_open_is_put_away_and_no_word_or_old_button_goes_on_in_it(
    guide: object, told: str, way_on: str
) -> None:
    title, name = guide.title, guide.id  # type: ignore[attr-defined]
    writer = person(consent=True, safe_to_talk=True)
    writer.says(title)
    assert writer.state.walk
    old = next(button.action for button in writer.buttons if button.action.startswith(f"g:{name}:"))
    writer.says(told)
    if way_on == "go on":
        writer.presses("Stay here a moment")
        writer.presses("I'd like to go on")
    elif way_on == "quick exit":
        writer.says("quick exit")
    for words, label in (("next", None), ("ok", "affirm"), ("hi", "greet"), ("menu", None), ("1", None)):
        writer.says(words, label)
        assert f"{title} · " not in writer.seen, words
        assert writer.state.walk is None
        if way_on == "quick exit":  # whoever has the phone now reads nothing of what was closed, or why
            assert "closed" not in writer.seen, words
            assert title not in writer.seen, words
    writer.happens(Press(old), "(an old button)")
    assert f"{title} · " not in writer.seen
    assert writer.state.walk is None
    writer.happens(Command("start"), "/start")
    assert "Go on where we were" not in labels(writer)


@pytest.mark.rule("A15", "B2")
def test_a_false_alarm_gives_the_guide_back_that_was_open() -> None:
    writer = person(consent=True, safe_to_talk=True)
    writer.says(COUPLE_WORK[0].title)
    place = writer.state.walk and writer.state.walk.step
    writer.says(ABUSE)
    writer.presses("Not what I meant")
    writer.presses("Go on where we were")
    assert writer.state.walk
    assert writer.state.walk.step == place
    assert f"{COUPLE_WORK[0].title} · " in writer.seen


EXCUSES = """
he says he didnt mean it | he cried and said he didn't mean to | its not like that every day | he is not like that when he is sober
she said she didnt mean it like that | i didnt mean to make him angry | no he never meant it | no one believes me | not now
"""


@pytest.mark.rule("B1", "B2", "A15")
@pytest.mark.parametrize("text", [text.strip() for line in EXCUSES.strip().splitlines() for text in line.split("|")])
@pytest.mark.parametrize("label", [None, "deny"])
def test_b1_an_excuse_for_the_other_takes_nothing_back(text: str, label: str | None) -> None:
    writer = said(ABUSE, consent=True)
    writer.says(text, label)
    assert "Thank you for telling me" not in writer.seen
    assert (writer.state.danger, writer.state.locked) == ("abuse", True)


@pytest.mark.rule("B11")
@pytest.mark.parametrize(
    "text", ["i didnt mean it", "i didnt mean to hurt her", "i dont mean it like that", "she made me"]
)
def test_b11_not_having_meant_it_takes_nothing_back_for_one_who_hurts(text: str) -> None:
    writer = said(DOER)
    writer.says(text, "deny")
    assert (writer.state.danger, writer.state.hurts, writer.state.locked) == ("abuse", True, True)
    writer.presses("Not what I meant")
    assert not writer.state.hurts


@pytest.mark.rule("B2")
def test_b2_an_old_button_about_somebody_else_opens_nothing_by_a_detour() -> None:
    for button in ("other_at_risk", "used_as_threat", "hurt_me", "danger:crisis"):
        writer = said(CRISIS, zone="UTC")
        writer.presses("Stay here a moment")
        writer.presses("I'd like to go on")
        writer.says(ABUSE)
        writer.presses("Stay here a moment")
        writer.presses("I'd like to go on")
        writer.happens(Press(button), "(an old button)")
        writer.presses("Not what I meant")
        assert writer.state.locked, button


@pytest.mark.rule("B2")
def test_b2_no_couples_counselling_after_a_disclosure() -> None:
    writer = said(ABUSE, consent=True)
    writer.presses("Stay here a moment")
    writer.presses("I'd like to go on")
    writer.says("finding therapy")
    for _ in range(12):
        assert not re.search(r"together|couples|as two|both", writer.seen, re.IGNORECASE), writer.seen
        assert "Together" not in labels(writer)
        walk = writer.state.walk
        if walk is None:
            break
        writer.says("1" if CONTENT.guides["therapy"].step(walk.step).options else "to sleep again")


@pytest.mark.rule("B2")
def test_b2_only_the_person_opens_it_again_and_is_asked_whether_talking_is_safe() -> None:
    writer = said(ABUSE, consent=True)
    writer.presses("Stay here a moment")
    writer.presses("I'd like to go on")
    writer.says("open communication")
    writer.presses("Open it anyway")
    assert "Would it feel safe" in writer.seen
    writer.says("no")
    assert writer.state.locked


@pytest.mark.rule("B3")
def test_b3_nobody_is_told_to_leave_stay_confront_or_report() -> None:
    orders = (
        r"\b(?<!don't )(?:leave|divorce|dump|confront|report) (?:him|her|them|your partner|the police|\{partner\})\b|\bstay with (?:him|her|them|\{partner\})\b|"
        r"\b(?:get out|walk out|move out|break up)\b|\bgo (?:to|and see) the police\b|\bcall the police\b|\bgive (?:him|her|them) another chance\b"
    )
    assert mentions(orders) == []
    writer = said(ABUSE)
    assert "trained" in writer.seen
    assert "plan for safety with you" in writer.seen
    assert "nobody will push you" in writer.seen
    assert "you decide" in writer.seen


ROUTES = """
he won't let me see my friends | he doesn't let me work | she tells me what to wear | he demands my passwords
he goes through my phone every day | he tracks where i am | he controls all the money | she keeps me away from my family
he says he'll kill himself if i leave | she pressures me into sex | i'm walking on eggshells around him
i'm scared of my wife | she keeps my bank card | he needs my location or he gets mad | he threatened to hurt me
"""


@pytest.mark.rule("B4")
@pytest.mark.parametrize("text", [text.strip() for line in ROUTES.strip().splitlines() for text in line.split("|")])
def test_b4_control_is_heard_as_abuse_and_not_as_jealousy(text: str) -> None:
    writer = person()
    writer.says(text, "jealousy")
    assert has_numbers(writer.replies[0].text)
    assert writer.state.danger == "abuse"
    assert writer.state.locked


@pytest.mark.rule("B5")
@pytest.mark.parametrize("guide", COUPLE_WORK, ids=lambda guide: guide.id)
def test_b5_one_safety_question_before_the_first_guide_with_the_partner(guide: object) -> None:
    title = guide.title  # type: ignore[attr-defined]
    for answer in ("No, or I'm not sure", "not sure", "no"):
        writer = person(consent=True, zone="UTC", reminder=REMINDER)
        writer.says(title)
        assert "Would it feel safe to bring something up with them?" in writer.seen
        if answer in labels(writer):
            writer.presses(answer)
        else:
            writer.says(answer)
        assert has_numbers(writer.replies[0].text)
        assert "it's not your fault" in writer.seen
        assert writer.state.locked
        assert writer.state.reminder is None
    writer = person(consent=True)
    writer.says(title)
    writer.presses("Yes, it feels safe")
    assert writer.state.walk
    other = next(each for each in COUPLE_WORK if each.title != title)
    writer.says(f"open {other.title}")
    assert "feel safe" not in writer.seen.split("Would")[0]
    assert writer.state.walk.guide == other.id


@pytest.mark.rule("B5")
def test_b5_it_comes_wherever_there_is_somebody_to_talk_to_also_one_who_is_gone() -> None:
    for situation, whom in (
        ("partner", None),
        ("dating", None),
        ("complicated", None),
        (None, None),
        ("single", "your ex"),
    ):
        writer = person(consent=True, situation=situation, person=whom)
        writer.says(COUPLE_WORK[0].title)
        assert "Would it feel safe" in writer.seen, situation
        assert writer.state.walk is None
    writer = person(consent=True)
    writer.happens(Press("ask_situation"), "My situation")
    writer.says("we are separated")
    writer.says(COUPLE_WORK[0].title)
    assert "Would it feel safe" in writer.seen


@pytest.mark.rule("B6")
def test_b6_a_safer_device_and_never_the_advice_to_wipe_everything() -> None:
    assert said(ABUSE).seen.count("use a device they can't reach") == 1
    wiping = r"\b(?:clear|wipe|erase|delete) (?:your|the|all) (?:browser|browsing|search|phone|history|apps?)|\bfactory reset|\buninstall"
    assert mentions(wiping) == []


@pytest.fixture
async def conversation(tmp_path: Path):  # type: ignore[no-untyped-def]
    store = await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'hearts.sqlite3'}", Cipher([KEY]))
    yield Conversation(CONTENT, NET, store, None, clock=lambda: BEGIN)
    await store.close()


@pytest.mark.rule("B7")
async def test_b7_quick_exit_deletes_both_sides_of_48_hours_and_leaves_a_neutral_line(
    conversation: Conversation,
) -> None:
    store = conversation.store
    for number, when in ((10, datetime(2026, 11, 20, tzinfo=UTC)), (11, BEGIN), (12, BEGIN)):
        await store.receive(1, number, {"kind": "text", "text": ABUSE, "message_id": number}, when)
    waiting = await store.next_received(1)
    assert waiting
    await conversation.handle(1, Incoming("text", ABUSE, 10), waiting.id)
    while item := await store.next_to_send(1):
        await store.sent(item, BEGIN, 100 + item.id)
    waiting = await store.next_received(1)
    assert waiting
    (line,) = await conversation.handle(1, Incoming("press", "quick_exit", 101), waiting.id)
    assert not re.search(r"abuse|safe|danger|help|exit|remov|delet|partner|crisis", line.text, re.IGNORECASE)
    assert line.buttons == ()
    first = await store.next_to_send(1)
    assert first
    assert first.payload["do"] == "delete_messages"
    assert {11, 12, 101, 102} <= set(first.payload["ids"])
    assert 10 not in first.payload["ids"]


@pytest.mark.rule("B7")
def test_b7_quick_exit_by_button_word_or_command_and_nothing_tells_afterwards() -> None:
    for way in ("button", "quick exit", "/exit"):
        writer = said(ABUSE)
        if way == "button":
            writer.presses("Quick exit")
        elif way == "/exit":
            writer.happens(Command("exit"), way)
        else:
            writer.says(way)
        assert QuickExit() in writer.effects
        for words, label in (("hi", "greet"), ("who is this", "bot_challenge"), ("ok", None)):
            writer.says(words, label)
            assert not re.search(r"believe|danger|numbers|fault|line", writer.seen, re.IGNORECASE), writer.seen
        assert writer.state.locked


@pytest.mark.rule("B8")
def test_b8_it_says_what_quick_exit_cannot_do_before_it_is_pressed() -> None:
    writer = said(ABUSE)
    assert "not everything" in writer.seen
    writer.presses("What quick exit can't do")
    for words in (
        "48 hours",
        "older messages",
        "notifications already shown",
        "other devices",
        "chat's name in your list",
    ):
        assert words in writer.seen
    assert "press and hold" in writer.seen
    assert "Quick exit" in labels(writer)


@pytest.mark.rule("B9")
async def test_b9_a_disclosure_cancels_every_scheduled_job(conversation: Conversation) -> None:
    store = conversation.store
    both = [SetReminder(kind, REMINDER.rhythm, "UTC") for kind in ("appreciation", "checkin")]  # type: ignore[arg-type]
    await store.commit_turn(1, 0, State(met=True, zone="UTC", reminder=REMINDER), both, (), BEGIN)
    assert len(await store.schedule_of(1)) == 2
    await conversation.handle(1, Incoming("text", ABUSE))
    assert await store.schedule_of(1) == []
    state, _ = await store.load(1)
    assert state.reminder is None
    for kind in ("appreciation", "checkin"):  # one that was already on its way says nothing
        assert step(CONTENT, state, Prompt(kind), BEGIN).replies == ()  # type: ignore[arg-type]


@pytest.mark.rule("B9")
def test_b9_it_never_starts_again_unasked() -> None:
    writer = said(ABUSE, zone="UTC", reminder=REMINDER)
    writer.presses("Stay here a moment")
    writer.presses("I'd like to go on")
    writer.says("every sunday at 7pm", "reminder")
    writer.happens(Command("reminders"), "/reminders")
    assert "Reminders are off for now" in writer.seen
    assert not [effect for effect in writer.effects if isinstance(effect, SetReminder)]
    assert StopReminders() in writer.effects


TELLING = (
    r"partner|trust|love|abuse|relationship|appreciat|couple|husband|wife|boyfriend|girlfriend|jealous|thank|feel|them\b|"
    r"guide|exercise|therap|crisis|help"
)


@pytest.mark.rule("B10")
@pytest.mark.parametrize("situation", ["partner", "dating", "single", "complicated", None])
def test_b10_what_is_scheduled_shows_nothing_in_its_first_60_characters(situation: str | None) -> None:
    writer = person(zone="UTC", reminder=REMINDER, situation=situation, name="Sam")
    ideas = len(CONTENT.phrases["ideas.single"]) + len(CONTENT.phrases["ideas.partnered"])
    for number in range(ideas):
        writer.now += timedelta(days=7)
        writer.happens(Prompt("appreciation"), "<due>")
        (reply,) = writer.replies
        if number % 4 == 3:  # the fourth in a row that nobody took up asks whether to go on
            writer.presses("Go on")
        preview = f"{reply.title}{reply.text}"[:60]
        assert len(preview) == 60
        assert not re.search(TELLING, preview, re.IGNORECASE), preview
        assert "\n" not in preview


@pytest.mark.rule("B10")
@pytest.mark.parametrize("kind", get_args(PromptKind))
@pytest.mark.parametrize("consent", [True, False, None])
def test_b10_no_kind_of_prompt_shows_anything_in_its_first_60_characters(
    kind: PromptKind, consent: bool | None
) -> None:
    for said_before in range(4):  # every variant
        keys = ("checkin.prompt", "checkin.prompt_once", "reminders.prompt", "reminders.still_wanted")
        writer = person(
            zone="UTC", consent=consent, name="Sam", person="your wife", reminder=REMINDER,
            daily=None if kind == "appreciation" else Daily(hour=19), once=Once(day=BEGIN.date(), hour=20),
            said=dict.fromkeys(keys, said_before),
        )  # fmt: skip
        writer.now += timedelta(days=0 if kind != "appreciation" else 5)
        writer.happens(Prompt(kind), "<due>")
        assert writer.replies, kind
        preview = f"{writer.replies[0].title}{writer.replies[0].text}"[:60]
        assert len(preview) == 60
        assert not re.search(TELLING + "|mood|safe|check-?in|Sam", preview, re.IGNORECASE), preview


@pytest.mark.rule("B11")
@each_country
def test_b11_one_who_hurts_hears_that_it_is_harm_and_a_choice(country: Country | None) -> None:
    writer = said(DOER, country=country.code if country else None)
    first = writer.replies[0].text
    for words in ("harms", "never justified", "a choice", "In danger right now: call"):
        assert words in first
    assert "If somebody is in danger now" in writer.seen
    assert not re.search(r"not your fault|I believe you|communicat|listen to|your partner|provok", writer.seen)
    own = country.services_for("perpetrator") if country else ()
    assert all(describe(line) in first for line in own)
    assert own or "no confirmed line here for people who want to stop" in first
    abuse = country.services_for("abuse") if country else ()
    assert not [line for line in abuse if describe(line) in first]
    assert writer.state.locked


@pytest.mark.rule("B11")
def test_b11_it_stays_so_when_the_country_comes_later_and_when_they_write_on() -> None:
    writer = said(DOER)
    writer.presses("Where I live")
    writer.says("uk")
    assert "0808 802 4040" in writer.seen
    assert "0808 2000 247" not in writer.seen
    writer.says("she made me do it")
    assert not re.search(r"I believe you|not your fault", writer.seen)
    writer.presses("Numbers again")
    assert "0808 802 4040" in writer.seen
    writer.presses("I'm the one being hurt")
    assert "I believe you" in writer.seen
    assert "0808 2000 247" in writer.seen


@pytest.mark.rule("B11")
def test_b11_exercises_for_two_stay_closed_for_one_who_hurts() -> None:
    writer = said(DOER, consent=True, safe_to_talk=True)
    writer.presses("Stay here a moment")
    writer.presses("I'd like to go on")
    for guide in COUPLE_WORK:
        writer.says(guide.title)
        assert "keep it closed" in writer.seen
        assert "Open it anyway" not in labels(writer)
        writer.happens(Press("unlock"), "(an old button)")
        assert writer.state.locked
        assert writer.state.walk is None


SPYING = """
how can i read his whatsapp messages | how do i get into her phone without her knowing | what app can i use to track my wife
can you help me hack his instagram | how to spy on my boyfriend | best app to see my husbands texts | how do i record her calls
how do i test if she is loyal | what app shows his deleted messages | how do i see who she is texting | how can i check her location secretly | is there a way to clone his phone | teach me how to catch my girlfriend cheating
"""


@pytest.mark.rule("B12")
@pytest.mark.parametrize("text", [text.strip() for line in SPYING.strip().splitlines() for text in line.split("|")])
def test_b12_no_help_with_spying_but_the_guide_about_doubt(text: str) -> None:
    writer = person()
    writer.says(text, "suspicion")
    assert "something I don't help with" in writer.seen
    assert CONTENT.guides["suspicion"].title in labels(writer) or "What may help" in labels(writer)


@pytest.mark.rule("B12")
def test_b12_a_wish_to_check_is_no_request_and_no_text_explains_how() -> None:
    for text in ("i keep wanting to check his phone", "i checked her messages and feel awful", "he reads my texts"):
        writer = person()
        writer.says(text, "suspicion")
        assert "something I don't help with" not in writer.seen
    assert (
        mentions(
            r"\b(?:install|open|use) (?:a|an|the|their) (?:tracker|app|phone|camera)|\bkeylog|\bspyware|\btest (?:him|her|them)\b"
        )
        == []
    )


@pytest.mark.rule("B13")
def test_b13_no_text_diagnoses_somebody_who_is_not_here() -> None:
    labels_for_people = (
        r"\b(?:narciss\w*|toxic\w*|gaslight\w*|psychopath\w*|sociopath\w*|borderline|bipolar|codependen\w*|"
        r"abuser|monster|manipulat\w*|paranoid|control freak|love[- ]bomb\w*|avoidant|anxious attachment)\b"
    )
    assert mentions(labels_for_people) == []
    writer = said(ABUSE)
    writer.presses("Is this abuse?")
    assert "I can't judge it from here" in writer.seen
    assert "Being hit, threatened, watched" in writer.seen


CHILDREN = "he hits my kids | my dad beats my little brother | my mum hits me | my stepdad touches me | im 14 and my dad hits me | my student told me her father touches her"


@pytest.mark.rule("B14")
@pytest.mark.parametrize("text", CHILDREN.split(" | "))
@pytest.mark.parametrize("country", ["GB", None])
def test_b14_a_child_at_risk_or_writing_gets_the_emergency_number_and_child_lines_first(
    text: str, country: str | None
) -> None:
    writer = said(text, country=country)
    paragraphs = writer.replies[0].text.split("\n\n")
    assert paragraphs[1].startswith("In danger right now: call")
    assert "childhelplineinternational.org" in paragraphs[2]


@pytest.mark.rule("B15")
def test_b15_no_gender_and_no_orientation_is_presumed() -> None:
    presumed = r"\b(?:he|she|his|hers|him|your (?:husband|wife|boyfriend|girlfriend))\b"
    assert mentions(presumed) == []
    for text in ("my wife hits me", "my boyfriend hits me", "my partner hits me"):
        assert said(text, country="GB").replies[0].text == said(ABUSE, country="GB").replies[0].text
    assert "men" in said("my wife hits me", country="GB").seen  # the men's line, where the country has one


@pytest.mark.rule("B1", "B2")
@pytest.mark.parametrize(
    "text", [OTHER_ABUSE, "my friend is being beaten by his dad", "my student told me her father touches her"]
)
def test_a_friend_who_writes_for_another_is_not_told_that_it_happened_to_them(text: str) -> None:
    writer = said(text, country="IE")
    assert "it's not their fault" in writer.seen
    assert "1800 341 900" in writer.seen
    assert "I believe you. What" not in writer.seen
    writer.says("what do i do")
    assert "It's a lot to carry for somebody else" in writer.seen or "Being near them helps" in writer.seen
