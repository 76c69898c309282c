"""docs/safety.md cannot go stale: a missing rule, test, reason or place in the code is a problem that is named."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot import safety_table
from bot.safety_table import COUNTS, in_words, load_rules, marked_tests, missing_place, problems


def test_every_rule_stands_in_the_table_with_a_test_or_a_reason() -> None:
    assert problems() == []
    page = in_words(load_rules(), marked_tests(safety_table.TESTS))
    for letter, most in COUNTS.items():
        for number in range(1, most + 1):
            assert f"| {letter}{number} |" in page


@pytest.mark.parametrize(
    ("key", "change", "complaint"),
    [
        ("A1", None, "A1 is missing"),
        ("Z9", {"rule": "a rule of nobody", "does": "nothing at all", "code": ["README.md"]}, "Z9 is no rule"),
        ("D14", {"limit": ""}, "D14 has neither a test nor a limit that says why"),
        ("A1", {"code": ["dialogues/danger.py: gone"]}, "A1: there is no 'dialogues/danger.py: gone' in the code"),
        ("A1", {"code": ["dialogues/gone.py"]}, "A1: there is no 'dialogues/gone.py' in the code"),
        ("A1", {"does": "something else than the page says"}, "docs/safety.md is stale"),
        ("A1", {"doees": "x"}, "rules.A1.doees: Extra inputs"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, change: dict[str, object] | None, complaint: str
) -> None:
    raw = yaml.safe_load(safety_table.RULES.read_text("utf-8"))
    if change is None:
        del raw["rules"][key]
    else:
        raw["rules"][key] = {**raw["rules"].get(key, {}), **change}
    path = tmp_path / "safety_rules.yaml"
    path.write_text(yaml.safe_dump(raw), "utf-8")
    monkeypatch.setattr(safety_table.load_rules, "__defaults__", (path,))
    assert any(complaint in problem for problem in problems()), problems()


def test_a_test_or_story_that_names_a_rule_is_found(tmp_path: Path) -> None:
    tests = tmp_path / "tests"
    (tests / "stories").mkdir(parents=True)
    (tests / "test_x.py").write_text('@pytest.mark.rule("A1", "B2")\nasync def test_it(): ...\n', "utf-8")
    (tests / "stories" / "s.yaml").write_text("- story: a night\n  rules: [A1]\n", "utf-8")
    assert marked_tests(tests) == {
        "A1": ["tests/test_x.py: test_it", "tests/stories/s.yaml: a night"],
        "B2": ["tests/test_x.py: test_it"],
    }


def test_places_are_files_and_names_in_them() -> None:
    assert not missing_place("dialogues/danger.py: alarm")
    assert not missing_place("dialogues/phrases/safety.yaml: crisis")
    assert not missing_place("dialogues/safety_patterns/english_abuse.yaml: may_i")
    assert missing_place("dialogues/phrases/safety.yaml: nothing")
