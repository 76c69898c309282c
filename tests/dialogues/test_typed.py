"""Everything a button does can be typed."""

from __future__ import annotations

import pytest

from dialogues.state import Choice
from dialogues.typed import is_no, is_yes, number_in, pick

OPTIONS = [
    Choice(label=label, action=label)
    for label in ("Write it down first", "Ten minutes without my phone", "Call someone")
]


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("1", 0), ("2.", 1), ("the second one", 1), ("second", 1), ("the last one", 2), ("three", 2), ("option 2 please", 1),
        ("call someone", 2), ("CALL SOMEONE!", 2), ("i think write it down first", 0), ("without my phone", 1), ("phone", 1),
        ("4", None), ("0", None), ("nothing of this", None), ("i called someone yesterday about all of that you know", None),
        ("", None), ("it", None),
    ],
)  # fmt: skip
def test_pick(text: str, index: int | None) -> None:
    found = pick(text, OPTIONS)
    assert found == (OPTIONS[index] if index is not None else None)


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
