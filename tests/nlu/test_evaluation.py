"""The evaluation's own arithmetic: small rows whose figures are known, through the real programs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bot.check import EVALUATION, TRAINING, examples
from bot.evaluate import KINDS, _about, _read, _write, held_out, perturbed
from dialogues.labels import LABELS
from dialogues.safety_net import SafetyNet
from dialogues.understanding import Thresholds

PROJECT = Path(__file__).resolve().parents[2]
PYTHON = PROJECT / "nlu" / ".venv" / "bin" / "python"


def row(text: str, label: str, said: str, sure: float = 0.9, file: str = "themes.yml", **more: Any) -> dict[str, Any]:
    rest = (1 - sure) / (len(LABELS) - 1)
    ranking = [{"name": said, "confidence": sure}]
    ranking += [{"name": name, "confidence": rest} for name in LABELS if name != said]
    return {"text": text, "label": label, "file": file, "kind": None, "ranking": ranking, "milliseconds": 12.0} | more


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("report")
    rows = [
        row("one", "jealousy", "jealousy"),
        row("two", "jealousy", "suspicion"),
        row("three", "therapy", "therapy"),
        row("four", "listening", "listening", sure=0.2),  # right, but not sure enough to act on
        row("five", "crisis", "crisis", file="safety.yml"),
        row("six", "abuse", "conflict", file="safety.yml"),
        row("seven", "out_of_scope", "abuse", file="hard_negatives.yml"),
        row("eight", "out_of_scope", "out_of_scope"),
        row("nine", "out_of_scope", "boundaries"),
    ]
    changed = [row("oen", "jealousy", "suspicion", kind="typos", source=0)]
    for each in rows:
        each["source"] = None
    _read([*rows, *changed], SafetyNet([]), Thresholds())
    run = _about() | {"training_seconds": 250.0, "ready_seconds": 9.0, "load_before": 0.1, "load_after": 0.1}
    run |= {"memory_mb": {"rss": 800.0, "peak": 820.0}, "memory_mb_after": {"rss": 800.0, "peak": 820.0}}
    _write(out, [*rows, *changed], run)
    command = [PYTHON, PROJECT / "nlu" / "evaluation.py", "report", "--out", out, "--no-baselines"]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT / "nlu")
    assert answer.returncode == 0, answer.stderr
    result: dict[str, Any] = json.loads((out / "report.json").read_text(encoding="utf-8"))
    result["markdown"] = (out / "report.md").read_text(encoding="utf-8")
    result["pictures"] = {file.name for file in out.glob("*.png") if file.stat().st_size > 5_000}
    return result


def test_accuracy_counts_themes_only_and_unsure_as_wrong(report: dict[str, Any]) -> None:
    assert report["themes"]["first_choice"]["accuracy"] == pytest.approx(3 / 4)
    assert report["themes"]["acted_on"]["accuracy"] == pytest.approx(2 / 4)


def test_danger_missed_and_false_alarms(report: dict[str, Any]) -> None:
    assert report["safety"]["crisis"]["both"]["strong"] == 1
    assert report["safety"]["abuse"]["both"]["strong"] == 0
    assert report["false_alarms"]["hard_negatives"]["both"]["strong"] == 1
    assert report["out_of_scope"]["acted_on_as_theme"] == pytest.approx(1 / 3)


def test_what_slips_cost(report: dict[str, Any]) -> None:
    assert report["robustness"]["typos"]["acted_on"]["lost"] == pytest.approx(100)


def test_the_report_can_be_read(report: dict[str, Any]) -> None:
    assert "Theme accuracy" in report["markdown"]
    assert "Crisis recall" in report["markdown"]
    assert len(report["pictures"]) >= 3


def test_slips_change_the_text_and_not_the_label() -> None:
    rows = held_out()
    changed = perturbed(rows)
    assert {each["kind"] for each in changed} == set(KINDS)
    for each in changed:
        source = rows[each["source"]]
        assert each["label"] == source["label"]
        assert each["text"] != source["text"]
    assert [each["text"] for each in changed] == [each["text"] for each in perturbed(rows)], "the same in every run"


def test_nothing_held_out_is_trained_on() -> None:
    def plain(text: str) -> str:
        return "".join(char for char in text.lower() if char.isalnum()) or text

    trained = {plain(text) for text, _, _ in examples(TRAINING)}
    both = [text for text, _, _ in examples(EVALUATION) if plain(text) in trained]
    assert not both
