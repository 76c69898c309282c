"""The person's own words fit into ours, whichever way they were typed."""

from __future__ import annotations

import pytest

from dialogues.lead_ins import strip_lead_in
from dialogues.wording import MAX_ECHO, fill, join_words, person_in, slots_of


@pytest.mark.parametrize(
    ("text", "slots", "expected"),
    [
        (
            "When {e|it happens}, I feel {f}.",
            {"e": "They come home late.", "f": "Sad"},
            "When they come home late, I feel sad.",
        ),
        ("I feel {f}.", {"f": "I'm not sure"}, "I feel I'm not sure."),
        ("I feel {f}.", {"f": "Tense, even before I get home."}, "I feel tense, even before I get home."),
        ("I feel {f}.", {"f": "Marco"}, "I feel Marco."),
        ("{f} is heavy.", {"f": "Humiliated"}, "Humiliated is heavy."),
        ("I felt {f}.", {"f": "Humiliated"}, "I felt humiliated."),
        ("When {e|it happens} I wait.", {}, "When it happens I wait."),
        ("Thanks. [[You wrote: “{m}”. ]]Now rest.", {"m": "Late again."}, "Thanks. You wrote: “Late again.” Now rest."),
        ("Thanks. [[You wrote: “{m}”. ]]Now rest.", {}, "Thanks. Now rest."),
        ("a [[{x} and {y}]] b", {"x": "1"}, "a b"),
        ("When {partner} doubts you, it hurts.", {"partner": "your mum"}, "When your mum doubts you, it hurts."),
        ("I need {b}.", {"b": "an hour. I'm back by ten."}, "I need an hour. I'm back by ten."),
        ("I need {b|an hour}.", {"b": "I'll be back at eight"}, "I'll be back at eight."),
        ("I need {b|an hour}.", {}, "I need an hour."),
        ("Know that {m}.", {"m": "that I feel alone"}, "Know that I feel alone."),
        ("Know that {m}.", {"m": "that hurt me"}, "Know that that hurt me."),
        ("It is about {m}, mostly.", {"m": "Money. It is gone"}, "It is about Money, it is gone, mostly."),
    ],
)
def test_fill(text: str, slots: dict[str, str], expected: str) -> None:
    assert fill(text, slots) == expected


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("they shout", "When they shout, I felt sad."),
        ("Every time you shout", "Every time you shout, I felt sad."),
        ("whenever you're late", "Whenever you're late, I felt sad."),
        ("You came late. I was up.", "You came late. I was up. I felt sad."),
        ("Why did you lie?", "Why did you lie? I felt sad."),
        ("the lies", "About the lies, I felt sad."),
        ("lying to me", "About lying to me, I felt sad."),
        ("he said “stop.”", "When he said “stop”, I felt sad."),
        ("you came at 3 a.m. without a word", "When you came at 3 a.m. without a word, I felt sad."),
        ("you came at 3 a.m. I was up", "You came at 3 a.m. I was up. I felt sad."),
        ("Mr. Smith rang", "When Mr. Smith rang, I felt sad."),
        ("you just... left", "When you just... left, I felt sad."),
        ("{feeling} came", "When {feeling} came, I felt sad."),
    ],
)
def test_what_happened_fits_after_when(event: str, expected: str) -> None:
    assert fill("When {event|that happened}, I felt {feeling}.", {"event": event, "feeling": "sad"}) == expected


@pytest.mark.parametrize(
    ("feeling", "felt", "feel"),
    [
        ("small", "I felt small", "I feel small"),
        ("it hurts", "it hurt", "it hurts"),
        ("It makes me want to cry", "it makes me want to cry", "it makes me want to cry"),
        ("my heart sank", "my heart sank", "my heart sank"),
        ("my heart racing", "I felt my heart racing", "I feel my heart racing"),
        ("I cried", "I cried", "I cried"),
        ("I didn't matter", "I felt I didn't matter", "I feel I didn't matter"),
        ("that I'm alone", "I felt that I'm alone", "I feel that I'm alone"),
        ("you don't care", "I felt you don't care", "I feel you don't care"),
    ],
)
def test_a_feeling_that_is_a_clause_needs_no_words_of_ours(feeling: str, felt: str, feel: str) -> None:
    slots = {"event": "you lied", "feeling": feeling}
    assert fill("When {event}, I felt {feeling}.", slots) == f"When you lied, {felt}."
    assert fill("When {event}, I feel {feeling}.", slots) == f"When you lied, {feel}."


def test_a_very_long_event_is_never_cut_into_our_sentence() -> None:
    filled = fill("When {event}, I felt {feeling}.", {"event": "word " * 500, "feeling": "sad"})
    assert filled.endswith("word… I felt sad.")


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
        ("I’m sad", ["i'm"], "sad"),
        ("ill again", ["i'll"], "ill again"),
        ("I want her to call", ["i want him/her/them to"], "call"),
        ("He made me feel small", ["he/she/they made/makes me feel"], "small"),
        ("it makes me so angry", ["it makes me"], "so angry"),
        ("it makes me want to cry", ["it makes me"], "it makes me want to cry"),
        ("that I dream of it", ["that"], "I dream of it"),
        ("that song", ["that"], "that song"),
        ("“When you laughed at me.”", ["when"], "you laughed at me."),
        ("When he said “stop”", ["when"], "he said “stop”"),
        ("I felt 'less than'", ["i felt"], "'less than'"),
        ("When you … said nothing", ["when"], "you said nothing"),
        ("I felt … invisible", ["i felt"], "invisible"),
        ("read my messages", ["when", "when you …"], "you read my messages"),
        ("When you read it", ["when", "when you …"], "you read it"),
        ("he read it", ["when", "when you …"], "he read it"),
        ("didn't call", ["when you …"], "you didn't call"),
        ("dinner was cold", ["when you …"], "dinner was cold"),
        ("you to ask me first", ["I'd like …"], "I'd like you to ask me first"),
        ("To be asked", ["I'd like …"], "I'd like to be asked"),
        ("I'd like you to ask", ["I'd like …"], "I'd like you to ask"),
        ("Please ask", ["I'd like …"], "Please ask"),
        ("to lend money", ["I don't want …"], "I don't want to lend money"),
        ("That doesn't work for me", ["I don't want …"], "That doesn't work for me"),
        ("being shouted at", ["I don't want …"], "I don't want to be shouted at"),
        ("my diary", ["I'd like to keep …"], "I'd like to keep my diary"),
        ("My diary is mine", ["I'd like to keep …"], "My diary is mine"),
        ("I'd listen first", ["i'd", "next time I'd …"], "next time I'd listen first"),
        ("I laughed", ["i'd", "next time I'd …"], "I laughed"),
        ("He made me tea", ["thank you …"], "you made me tea"),
        ("My husband cooked", ["thank you …"], "you cooked"),
        ("the way he waited", ["thank you …"], "the way you waited"),
        ("She was patient", ["thank you …"], "you were patient"),
        ("she always cooks", ["thank you …"], "you always cook"),
        ("his patience", ["thank you …"], "your patience"),
        ("waiting up for me", ["thank you …"], "waiting up for me"),
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
