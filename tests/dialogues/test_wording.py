"""The person's own words fit into ours, whichever way they were typed."""

from __future__ import annotations

import pytest

from dialogues.wording import MAX_ECHO, fill, join_words, person_in, slots_of, strip_lead_in


@pytest.mark.parametrize(
    ("text", "slots", "expected"),
    [
        (
            "When {e|it happens}, I feel {f}.",
            {"e": "They come home late.", "f": "Sad"},
            "When they come home late, I feel sad.",
        ),
        ("I feel {f}.", {"f": "I'm not sure"}, "I feel I'm not sure."),
        ("I feel {f}.", {"f": "Marco"}, "I feel Marco."),
        ("{f} is heavy.", {"f": "Humiliated"}, "Humiliated is heavy."),
        ("I felt {f}.", {"f": "Humiliated"}, "I felt humiliated."),
        ("When {e|it happens} I wait.", {}, "When it happens I wait."),
        ("Thanks. [[You wrote: “{m}”. ]]Now rest.", {"m": "Late again."}, "Thanks. You wrote: “Late again.” Now rest."),
        ("Thanks. [[You wrote: “{m}”. ]]Now rest.", {}, "Thanks. Now rest."),
        ("a [[{x} and {y}]] b", {"x": "1"}, "a b"),
    ],
)
def test_fill(text: str, slots: dict[str, str], expected: str) -> None:
    assert fill(text, slots) == expected


def test_a_slot_without_fallback_is_an_error() -> None:
    with pytest.raises(KeyError):
        fill("{x}", {})
    assert slots_of("{x} {y|z} [[{w}]]") == {"x"}


def test_braces_and_markup_in_somebodys_words_stay_words() -> None:
    assert fill("“{m}”", {"m": "{name} [[x]] <b>"}) == "“{name} [[x]] <b>”"


def test_a_long_answer_is_shortened_when_said_back() -> None:
    assert len(fill("{m}", {"m": "word " * 500})) <= MAX_ECHO


@pytest.mark.parametrize(
    ("answer", "lead_ins", "expected"),
    [
        ("I feel sad", ["i feel"], "sad"),
        ("when I feel sad", ["when", "i feel"], "sad"),
        ("Feeling", ["feel"], "Feeling"),
        ("when", ["when"], "when"),
        ("When, well, they shout", ["when"], "well, they shout"),
    ],
)
def test_strip_lead_in(answer: str, lead_ins: list[str], expected: str) -> None:
    assert strip_lead_in(answer, lead_ins) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my gf left", "your girlfriend"),
        ("My HUSBAND is late", "your husband"),
        ("my ex's dog", None),
        ("nobody", None),
    ],
)
def test_person_in(text: str, expected: str | None) -> None:
    assert person_in(text) == expected


def test_join_words() -> None:
    assert [join_words(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a or b", "a, b or c"]
