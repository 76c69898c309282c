"""The safety net in languages other than English: every example in the pattern file, and no alarm at English small talk.

Only `other_languages.yaml` is loaded, so that no other pattern file can hide a gap in it or add an alarm to it.
"""

from __future__ import annotations

import pytest

from dialogues.safety_net import DEFAULT_PATH, Entry, SafetyNet, load_safety_net

NET = load_safety_net(DEFAULT_PATH / "other_languages.yaml")
LANGUAGES = ["es", "pt", "fr", "de", "it", "nl", "pl", "tr", "ru", "uk", "ar", "hi", "id", "tl", "zh", "ja", "ko"]
ENGLISH = [
    "Hi, how are you today?",
    "My husband and I had a lovely dinner last night",
    "He never texts me first and it drives me crazy",
    "I miss my ex so much",
    "We broke up two weeks ago and I can't sleep",
    "I am dying to see him again",
    "That movie made me die laughing",
    "My mom is going to kill me when she finds out",
    "She hit it off with my friends",
    "My boyfriend beat me at chess again",
    "I want to move in with my partner",
    "He said he needs some space",
    "Do you think she still likes me?",
    "I'm so bored of dating apps",
    "My phone died during our date",
    "He has a killer smile",
    "I don't want to live with my parents anymore",
    "Our anniversary is on Friday, any ideas?",
    "How do I tell her I love her?",
    "My wife works late almost every day",
    "I'm scared of commitment",
    "He left me on read for three days",
    "I feel a bit lonely tonight",
    "We argued about money and the dishes",
    "My partner snores and I'm dead tired",
    "Can you send me another exercise?",
    "It hurts that he forgot my birthday",
    "I met a man at the gym, he is kind",
    "We are going to Mali and Marne on our honeymoon",
    "Thanks, that was helpful. Good night!",
]


def _examples(part: str) -> list[object]:
    return [
        pytest.param(entry, text, id=f"{entry.id}-{number}")
        for entry in NET.entries
        for number, text in enumerate(getattr(entry, part), start=1)
    ]


@pytest.fixture(scope="module")
def alone() -> dict[str, SafetyNet]:
    """One net for each language: related languages must not cover for each other."""
    return {
        language: SafetyNet(rule for rule in NET._rules if rule.entry.language == language) for language in LANGUAGES
    }


@pytest.mark.parametrize(("entry", "text"), _examples("hits"))
def test_hit_fires_its_kind(entry: Entry, text: str) -> None:
    signal = NET.scan(text)
    assert signal is not None
    assert (signal.kind, signal.strength, signal.about) == (entry.kind, "strong", "self")


@pytest.mark.parametrize(("entry", "text"), _examples("hits"))
def test_hit_is_heard_by_its_own_entry(entry: Entry, text: str, alone: dict[str, SafetyNet]) -> None:
    signal = alone[entry.language].scan(text)
    assert signal is not None
    assert signal.pattern_id == entry.id


@pytest.mark.parametrize(("entry", "text"), _examples("misses"))
def test_miss_stays_silent(entry: Entry, text: str) -> None:
    assert NET.scan(text) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_language_has_both_kinds_with_enough_examples(language: str) -> None:
    entries = [entry for entry in NET.entries if entry.language == language]
    assert sorted(entry.id for entry in entries) == [f"abuse_{language}", f"crisis_{language}"]
    assert sorted(entry.kind for entry in entries) == ["abuse", "crisis"]
    assert all(len(entry.hits) >= 5 and len(entry.misses) >= 4 for entry in entries)


@pytest.mark.parametrize("text", ENGLISH)
def test_everyday_english_stays_silent(text: str) -> None:
    assert NET.scan(text) is None


@pytest.mark.parametrize(("text", "language"), [("me voy a suicidar", "es"), ("je vais me suicider", "fr")])
def test_a_word_like_the_english_one_is_answered_in_its_own_language(text: str, language: str) -> None:
    signal = load_safety_net().scan(text)
    assert signal
    assert (signal.kind, signal.strength, signal.language) == ("crisis", "strong", language)
