"""The bot's voice as far as it is counted, and the reading age behind it."""

from __future__ import annotations

import pytest

from bot import words
from bot.readability import grade, reading_age, syllables
from bot.words import Said
from dialogues.content import load_content


def faults(text: str, file: str = "guides/self_care.yaml", key: str = "welcome.say") -> str:
    return "; ".join(words.faults(Said(file, key, ("steps", 0, "say", 0), text)))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("That sounds like a narcissist.", "'narcissist' is a diagnosis"),
        ("You should tell them tonight.", "'You should' is an order"),
        ("You’d better wait.", "'You'd better' is an order"),
        ("It's a lot. Calm down first.", "'Calm down' is an order"),
        ("Maybe you provoked it.", "'you provoked' is blame"),
        ("You always do that.", "'You always' is blame"),
        ("It was your fault.", "'was your fault' is blame"),
        ("When he comes home, breathe.", "'he' is an assumption of gender"),
        ("Talk to your husband.", "'husband' is an assumption of gender"),
        ("Your marriage can heal.", "'Your marriage' is an assumption of marriage"),
        ("This will work, I promise.", "is a promise"),
        ("One? Two?", "2 questions, at most one at a time"),
        ("a " * 61, "61 words, at most 60"),
        ("a\n\nb\n\nc\n\nd", "4 paragraphs, at most 3"),
        (
            "Consideration of individual psychological vulnerabilities necessitates comprehensive communication, which "
            "subsequently facilitates the establishment of relational stability and mutual understanding between participants.",
            "reading age",
        ),
    ],
)
def test_what_the_bot_never_says_is_found(text: str, fault: str) -> None:
    assert fault in faults(text)


@pytest.mark.parametrize(
    "text",
    [
        "You don't have to decide anything tonight.",
        "It's not your fault, whatever was said before.",
        "Nobody is to blame. Then they can rest, and so can you.",
        "You might tell them what you'd like. The other person may hear it.",
    ],
)
def test_what_is_kind_passes(text: str) -> None:
    assert faults(text) == ""


def test_a_card_may_have_a_paragraph_for_each_part() -> None:
    assert faults("a\n\nb\n\nc\n\nd", key="note.card") == ""


def test_syllables_of_everyday_words() -> None:
    counted = {
        "therapy": 3, "the": 1, "make": 1, "feeling": 2, "jealousy": 3, "idea": 3, "being": 2, "walked": 1, "wanted": 2,
        "people": 2, "article": 3, "something": 2, "settled": 2, "isn't": 2, "don't": 1, "we’ll": 1, "breathe": 1,
        "boundaries": 3, "everything": 3, "evening": 2, "a": 1, "quiet": 2, "language": 2,
    }  # fmt: skip
    assert {word: syllables(word) for word in counted} == counted


def test_the_grade_is_the_published_formula() -> None:
    # 2 sentences, 12 words, 14 syllables: 0.39 * 6 + 11.8 * 14 / 12 - 15.59
    text = "It can help to say what hurts today. Then rest a little."
    assert grade(text) == pytest.approx(0.39 * 6 + 11.8 * 14 / 12 - 15.59)
    assert grade("") == 0
    assert reading_age(text) == pytest.approx(grade(text) + 5.5)


def test_all_content_is_read_at_about_twelve() -> None:
    assert max(words.ages(load_content()).values()) <= words.MAX_AGE


def test_a_text_that_fails_is_named_with_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from bot import check

    content = load_content()
    line = next(
        number
        for number, text in enumerate((check.DIALOGUES / "phrases/menu.yaml").read_text("utf-8").splitlines(), 1)
        if text.startswith("menu:")
    )
    wrong = {**content.phrases, "menu.menu": ("You must choose.",)}
    found = list(check.of_texts(content.model_copy(update={"phrases": wrong})))
    assert len(found) == 1
    file, at, rest = found[0].split(":", 2)
    assert file == "phrases/menu.yaml"
    assert int(at) in (line, line + 1)
    assert rest == " menu: 'You must' is an order"
