"""Content is checked when it is loaded; an author is told file, key and what was expected."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from bot import check
from dialogues.content import FOLDER, ContentError, load_content
from dialogues.labels import THEMES


def test_all_content_is_sound() -> None:
    assert check.problems(date(2026, 11, 24)) == []


def test_helplines_that_were_not_looked_at_for_half_a_year_fail_the_check() -> None:
    assert any("verified_on" in problem for problem in check.problems(date(2027, 8, 1)))


def test_every_theme_has_an_answer_and_guides_and_every_piece_of_advice_a_guide() -> None:
    content = load_content()
    assert set(content.themes) == set(THEMES)
    advice = {
        "communication",
        "therapy",
        "boundaries",
        "self_esteem",
        "listening",
        "appreciation",
        "conflict",
        "quality_time",
        "self_care",
    }
    assert advice <= set(content.guides)
    for theme in content.themes.values():
        assert any(not content.guides[guide].partner for guide in theme.guides), theme.id


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("guides", "themes", "phrases"):
        shutil.copytree(FOLDER / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("title:", "tittle:", r"self_care.yaml: tittle: Extra inputs"),
        ("kind: plan", "kind: dance", r"self_care.yaml: steps.\d+.kind"),
        ("id: self_care\n", "id: other\n", r"self_care.yaml: id: is 'other'"),
        ("steps:", "steps: [", r"self_care.yaml: line \d+ is not valid YAML"),
        ("kind: tell", "goto: nowhere\n    kind: tell", r"leads to 'nowhere'"),
    ],
)
def test_a_mistake_in_a_guide_is_named(folder: Path, before: str, after: str, message: str) -> None:
    path = folder / "guides" / "self_care.yaml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(ContentError, match=message):
        load_content(folder)


SAID_OFTEN = (
    "guide.welcome_back", "guide.paused", "guide.try_later", "guide.skipped", "guide.noted", "guide.take_your_time",
    "guide.a_few_words", "guide.not_an_option", "guide.number_please", "guide.clarify", "guide.source", "guide.switch",
    "guide.card_in_plain_words", "closing.finished", "closing.own_words", "closing.was_it_helpful", "closing.helped",
    "closing.not_helped", "closing.next", "topics.thanks_for_telling", "topics.heard", "topics.heard_both", "topics.offer",
    "topics.mirror", "topics.later", "menu.menu", "menu.topics", "menu.guides", "menu.clarify", "menu.lost", "checkin.begin",
    "checkin.trust", "checkin.connection", "checkin.mood", "checkin.note", "checkin.done", "checkin.plan", "smalltalk.greet",
    "smalltalk.thanks", "smalltalk.goodbye", "smalltalk.mood_low", "smalltalk.mood_good",
)  # fmt: skip


def test_what_is_said_often_is_said_in_three_ways_at_least() -> None:
    content = load_content()
    assert {key for key in SAID_OFTEN if len(content.phrases[key]) < 3} == set()
    for theme in content.themes.values():
        for group in (
            theme.empathy,
            theme.question,
            theme.article,
            *theme.adapt.values(),
            *theme.question_for.values(),
        ):
            assert len(group) >= 3, (theme.id, group)


def test_a_theme_without_a_file_is_named(folder: Path) -> None:
    (folder / "themes" / "therapy.yaml").unlink()
    with pytest.raises(ContentError, match="no file for therapy"):
        load_content(folder)


def test_near_duplicates_are_found_across_labels_and_sets() -> None:
    rows = [
        ("he never says thank you for dinner", "appreciation", "nlu/a.yml"),
        ("He never says thank-you for dinner!", "conflict", "nlu/b.yml"),
        ("she stays out late", "suspicion", "evaluation/c.yml"),
    ]
    assert len(list(check.near_duplicates(rows))) == 1
