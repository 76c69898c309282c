"""Who is writing is heard in passing, on both sides: what counts and what only sounds like it."""

from __future__ import annotations

import pytest

from dialogues import who
from dialogues.state import State

FILE = who.load()
HITS = [(entry.who, text) for entry in FILE.heard for text in entry.hits]
MISSES = [(entry.who, text) for entry in FILE.heard for text in entry.misses]


@pytest.mark.parametrize(("side", "text"), HITS)
def test_a_side_is_heard(side: who.Side, text: str) -> None:
    assert side in who.sides(text)


@pytest.mark.parametrize(("side", "text"), MISSES)
def test_what_only_sounds_like_it_is_not(side: who.Side, text: str) -> None:
    assert side not in who.sides(text)


@pytest.mark.parametrize(("situation", "text"), [(e.is_, text) for e in FILE.situation for text in e.hits])
def test_how_somebody_lives_is_heard(situation: str, text: str) -> None:
    assert who.situation_in(text) == situation


@pytest.mark.parametrize(("situation", "text"), [(e.is_, text) for e in FILE.situation for text in e.misses])
def test_how_others_live_is_not(situation: str, text: str) -> None:
    assert who.situation_in(text) != situation


@pytest.mark.parametrize(
    ("before", "text", "after"),
    [
        (None, "I cheated on my wife", "unfaithful"),
        (None, "my girlfriend doesn't trust me after what I did", "unfaithful"),
        (None, "he always accuses me though I never did anything", "mistrusted"),
        (None, "my daughter doesn't trust anyone", "for_other"),
        (None, "he cheated on me and I cheated on him", None),
        (None, "he cheated on me and still accuses me", None),
        ("unfaithful", "no, it was him", None),
        ("unfaithful", "and now she asks the same thing every night", "unfaithful"),
        ("unfaithful", "my boss never thanks anyone", None),
        ("mistrusted", "i keep checking his phone", None),
        ("mistrusted", "he says i'm hiding something", "mistrusted"),
        ("for_other", "no, it's about me", None),
        ("for_other", "I'm so jealous of his colleague", None),
        ("for_other", "she won't talk to me about it, I don't know how to help", "for_other"),
        ("for_other", "my husband never listens to me", None),
        (None, "my daughter is five and my husband never helps", None),
    ],
)
def test_what_is_heard_stays_until_it_does_not_fit_any_more(before: str | None, text: str, after: str | None) -> None:
    assert who.who_after(State(who=before), text) == after  # type: ignore[arg-type]


def test_another_person_brings_the_plain_words_back() -> None:
    state = State(who="unfaithful", person="your wife")
    assert who.who_after(state, "my mum never listens") is None
    assert who.who_after(state, "my wife never listens") == "unfaithful"


@pytest.mark.parametrize(
    "text", ["no, it was him", "it wasn't me", "no it's about me", "other way round", "no, it was me"]
)
def test_a_correction_is_known(text: str) -> None:
    assert who.is_correction(text)


@pytest.mark.parametrize("text", ["he cheated on me", "no", "no, we never talk", "not now"])
def test_a_story_or_a_plain_no_is_no_correction(text: str) -> None:
    assert not who.is_correction(text)


def test_a_very_long_message_is_read_quickly() -> None:
    assert who.sides("i " * 5000 + "and my friend " * 3000) == frozenset()
