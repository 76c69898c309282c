"""Content is checked when it is loaded; an author is told file, key and what was expected."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from bot import check, coverage
from dialogues.content import FOLDER, load_content
from dialogues.labels import THEMES
from dialogues.reading import ContentError
from dialogues.state import State, Walk
from tests.stories_runner import Person


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
    shutil.copy(FOLDER / "article.yaml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "before", "after", "message"),
    [
        (
            "guides/self_care",
            "title:",
            "tittle:",
            r":2: tittle: is no key here; did you mean 'title'\? Expected one of art",
        ),
        ("guides/self_care", "title:", "tittle:", r":1: title: is missing"),
        (
            "guides/self_care",
            "kind: plan",
            "kind: dance",
            r":\d{3}: steps\.\d+\.kind: expected 'tell', .*; found 'dance'",
        ),
        (
            "guides/self_care",
            "id: self_care\n",
            "id: other\n",
            r":1: id: is 'other'; expected the file's name 'self_care'",
        ),
        ("guides/self_care", "steps:", "steps: [", r":\d+: cannot be read: not valid YAML"),
        (
            "guides/self_care",
            "kind: tell",
            "goto: nowhere\n    kind: tell",
            r":\d+: steps\.0\.goto: leads to 'nowhere'.*lowest",
        ),
        ("guides/self_care", "partner: false", "partner: maybe", r":\d+: partner: .*valid boolean.*; found 'maybe'"),
        ("guides/self_care", "minutes:", "minutes: 5\nminutes:", r":\d+: 'minutes' stands twice"),
        ("guides/self_care", "2026-11-24", "2026-13-24", r":\d+: cannot be read: '2026-13-24'"),
        ("guides/self_care", "covers: [self_care]", "covers: [sleep]", r":\d+: steps\.0\.covers: 'sleep' is no point"),
        ("themes/therapy", "named:", "named: []\nmeant:", r":3: named: expected a valid string; found a list"),
        (
            "themes/therapy",
            "  therapy:",
            "  theraphy:",
            r":\d+: guides\.theraphy: there is no such guide; expected .*therapy",
        ),
        ("phrases/guide", "skipped:", "Skipped:", r":\d+: Skipped"),
        ("phrases/guide", "first_step: This", "first_step:\n  deep: This", r":\d+: first_step"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_what_was_expected(
    folder: Path, file: str, before: str, after: str, message: str
) -> None:
    path = folder / f"{file}.yaml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(ContentError, match=f"(?m)^{file}.yaml{message}"):
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


def test_the_line_of_a_mistake_is_where_it_stands(folder: Path) -> None:
    path = folder / "guides" / "self_care.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    number = next(number for number, line in enumerate(lines, 1) if "kind: rate" in line or "kind: plan" in line)
    lines[number - 1] = "    kind: dance"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ContentError, match=rf"^guides/self_care\.yaml:{number}: "):
        load_content(folder)


def test_every_problem_of_all_files_is_told_at_once(folder: Path) -> None:
    for file in ("guides/self_care", "guides/therapy", "themes/therapy"):
        path = folder / f"{file}.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("title:", "tittle:", 1), encoding="utf-8")
    with pytest.raises(ContentError) as raised:
        load_content(folder)
    assert [line.split(":")[0] for line in str(raised.value).splitlines()] == [
        f"{file}.yaml" for file in ("guides/self_care", "guides/therapy", "themes/therapy") for _ in "12"
    ]


def test_a_theme_without_a_file_is_named(folder: Path) -> None:
    (folder / "themes" / "therapy.yaml").unlink()
    with pytest.raises(ContentError, match="no file for therapy"):
        load_content(folder)


def test_every_sentence_of_the_articles_lists_is_covered_and_said_so() -> None:
    content = load_content()
    assert list(coverage.gaps(content)) == []
    assert len(coverage.sentences()) == 14
    assert "healing 1.2  hear_their_side     -> communication.after" in coverage.report(content)


def test_a_point_that_no_step_covers_fails_the_check(folder: Path) -> None:
    path = folder / "guides" / "self_care.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("    covers: [self_care]\n", ""), encoding="utf-8")
    gaps = list(coverage.gaps(load_content(folder)))
    assert len(gaps) == 1
    assert "article.yaml:" in gaps[0]
    assert "self_care: no guide step covers it" in gaps[0]


def test_a_sentence_of_the_article_without_a_point_fails_the_check(folder: Path) -> None:
    path = folder / "article.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("healing 1.2", "healing 5"), encoding="utf-8")
    gaps = "\n".join(coverage.gaps(load_content(folder)))
    assert "no point stands for healing 1.2" in gaps
    assert "the article has no healing 5" in gaps


def test_where_is_this_from_says_source_and_review_date_at_every_step() -> None:
    content = load_content()
    for guide in content.guides.values():
        for step in guide.steps:
            person = Person(state=State(met=True, consent=True, walk=Walk(guide=guide.id, step=step.id)))
            person.says("Where is this from?")
            assert content.source(guide, step) in person.replies[0].text, step.id
            assert f"{guide.reviewed:%-d %B %Y}" in person.replies[0].text, step.id
            assert person.state.walk
            assert person.state.walk.step == step.id


def test_a_step_that_covers_the_article_names_its_heading() -> None:
    content = load_content()
    guide = content.guides["listening"]
    said = content.source(guide, guide.step("feeling"))
    assert "“Practice active listening” and “Open communication”" in said
    assert "ggia.berkeley.edu" in said


def test_a_held_out_message_that_differs_in_spaces_and_marks_only_is_found() -> None:
    rows = [("ready for my checkin", "checkin", "nlu/a.yml"), ("Ready for my check-in.", "checkin", "evaluation/b.yml")]
    assert len(list(check.near_duplicates(rows))) == 1


def test_near_duplicates_are_found_across_labels_and_sets() -> None:
    rows = [
        ("he never says thank you for dinner", "appreciation", "nlu/a.yml"),
        ("He never says thank-you for dinner!", "conflict", "nlu/b.yml"),
        ("she stays out late", "suspicion", "evaluation/c.yml"),
    ]
    assert len(list(check.near_duplicates(rows))) == 1
