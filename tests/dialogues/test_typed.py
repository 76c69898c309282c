"""Everything a button does can be typed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dialogues.content import load_content
from dialogues.events import Text
from dialogues.labels import THEMES
from dialogues.manager import step
from dialogues.safety_net import load_safety_net
from dialogues.state import Choice, State
from dialogues.typed import is_empty, is_no, is_yes, number_in, pick, pick_loosely, plain, without_answer
from dialogues.understanding import Thresholds, understand

NET = load_safety_net()
OPTIONS = [
    Choice(label=label, action=label)
    for label in ("Write it down first", "Ten minutes without my phone", "Call someone")
]


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("1", 0), ("2.", 1), ("the second one", 1), ("second", 1), ("the last one", 2), ("three", 2), ("option 2 please", 1),
        ("call someone", 2), ("CALL SOMEONE!", 2), ("4", None), ("0", None), ("phone", None), ("", None),
    ],
)  # fmt: skip
def test_what_an_answer_names_for_certain(text: str, index: int | None) -> None:
    assert pick(text, OPTIONS) == (OPTIONS[index] if index is not None else None)


@pytest.mark.parametrize(
    ("text", "own_words", "index"),
    [
        ("i think write it down first", False, 0), ("i think write it down first", True, None), ("without my phone", True, 1),
        ("phone", False, 1), ("phon", False, 1), ("nothing of this", False, None), ("it", False, None),
        ("i will not call someone", False, None), ("i called someone yesterday about all of that you know", False, None),
    ],
)  # fmt: skip
def test_what_an_answer_probably_means(text: str, own_words: bool, index: int | None) -> None:
    assert pick_loosely(text, OPTIONS, own_words) == (OPTIONS[index] if index is not None else None)


def test_a_plain_yes_or_no_picks_the_option_that_begins_with_it() -> None:
    options = [Choice(label="Yes, it feels safe", action="y"), Choice(label="No, or I'm not sure", action="n")]
    assert pick("yeah", options) == options[0]
    assert pick("not really", options) == options[1]


@pytest.mark.parametrize("text", ["idk", "I don't know what to say", "cant remember", "no idea", "I'm not sure"])
def test_no_answer_is_no_answer(text: str) -> None:
    assert without_answer(text)
    assert not without_answer("i don't know why he never came to the hospital that night")


def test_dots_and_signs_are_no_words() -> None:
    assert is_empty("...?")
    assert is_empty("🙂")
    assert not is_empty("ok")
    assert is_yes("👍🏽")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        ("a 7 i think", 7),
        ("seven", 7),
        ("7/10", 7),
        ("8 out of 10", 8),
        ("10", 10),
        ("11", None),
        ("5 or 6", None),
        ("lots", None),
        ("", None),
    ],
)
def test_number_in(text: str, number: int | None) -> None:
    assert number_in(text, 0, 10) == number


@pytest.mark.parametrize("text", ["yes", "Yeah!", "ok sure", "go ahead", "YESSS", "I do", "yes please"])
def test_yes(text: str) -> None:
    assert is_yes(text)
    assert not is_no(text)


@pytest.mark.parametrize(
    "text",
    ["no", "Nope.", "nah not now".replace("nah ", ""), "no thanks", "maybe later", "I'd rather not", "not really"],
)
def test_no(text: str) -> None:
    assert is_no(text)
    assert not is_yes(text)


def test_the_model_helps_with_short_answers_only() -> None:
    assert is_yes("oh go on then", "affirm")
    assert not is_yes("well i said yes to him and then he left me anyway", "affirm")
    assert not is_yes("no", "affirm")


@pytest.mark.parametrize("theme", THEMES)
def test_without_the_model_a_topic_is_found_by_its_name(theme: str) -> None:
    content, net = load_content(), NET
    for name in (content.themes[theme].title, theme.replace("_", " ")):
        understood = understand(name, None, net, Thresholds())
        turn = step(content, State(met=True), Text(name, understood), datetime(2026, 11, 24, tzinfo=UTC))
        guide = content.guide_named(plain(name))
        assert turn.state.theme == theme or guide, name
        assert not any("taking a break" in reply.text for reply in turn.replies)
