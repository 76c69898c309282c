"""Cross-validation by groups of writers: what the model says about people it never read, and the thresholds that follow.

The files of data/nlu are dealt into FOLDS; each fold is predicted by a model trained on the others: about 5 minutes a
fold on two cores. Folds are kept in reports/nlu/folds and used again while data, configuration and components stay.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

NLU = Path(__file__).resolve().parent
PROJECT = NLU.parent
DATA = PROJECT / "data" / "nlu"
SAFETY = ("crisis", "abuse")
FOLDS = 3
MOST_RISK = 0.155
"""Share of what is acted on that may be wrong, of people unlike all that were trained on; of others it is far less."""
MOST_FALSE_ALARMS, MOST_ASKED_IN_VAIN = 0.06, 0.05
"""Shares of harmless messages that may be answered as danger, or with the gentle question. More than a third of the groups
of writers were asked for harmless messages that sound dangerous; of ordinary ones less than half as many are."""


@dataclass
class Fold:
    """What a model said of groups that it was not trained on."""

    name: str
    texts: list[str]
    truth: list[str]
    labels: list[str]
    rows: list[np.ndarray]
    """Logits per message, shape (1 + pieces, labels)."""
    seconds: float

    def at(self, temperature: float) -> np.ndarray:
        """Probabilities (messages, labels) as the component gives them at that temperature."""
        from components.classifier import combine, softmax

        return np.array([combine(self.labels, softmax(rows, temperature)) for rows in self.rows])


def examples(file: Path) -> list[tuple[str, str]]:
    """(text, label) of a Rasa training file."""
    blocks = yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]
    return [
        (line[2:].strip(), block["intent"])
        for block in blocks
        for line in block["examples"].splitlines()
        if line.startswith("- ")
    ]


def _digest() -> str:
    files = [*sorted(DATA.glob("*.yml")), NLU / "config.yml", *sorted((NLU / "components").glob("*.py"))]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:16]


def deal(files: Sequence[Path], folds: int = FOLDS) -> list[list[Path]]:
    """The files in `folds` hands of about the same number of examples, the same on every machine."""
    hands: list[list[Path]] = [[] for _ in range(folds)]
    sizes = {file: len(examples(file)) for file in files}
    for file in sorted(files, key=lambda file: (-sizes[file], file.name)):
        min(hands, key=lambda hand: sum(sizes[each] for each in hand)).append(file)
    return hands


def _train_and_predict(name: str, left_out: Sequence[Path]) -> Fold:
    from components.classifier import ThemeClassifier

    configured = yaml.safe_load((NLU / "config.yml").read_text(encoding="utf-8"))["pipeline"][0]
    config: dict[str, Any] = {**ThemeClassifier.get_default_config(), **configured}
    known = [pair for file in sorted(DATA.glob("*.yml")) if file not in left_out for pair in examples(file)]
    unknown = [pair for file in left_out for pair in examples(file)]
    component = ThemeClassifier(config, None, None)  # type: ignore[arg-type]  # stores nothing
    started = time.perf_counter()
    component.fit(
        [text for text, _ in known],
        [label for _, label in known],
        lambda line: print(f"  {name}: {line}", flush=True),
    )
    seconds = time.perf_counter() - started
    rows = []
    for number, (text, _) in enumerate(unknown, 1):
        rows.append(component.logits(text))
        if number % 500 == 0:
            print(f"  {name}: predicted {number}/{len(unknown)}", flush=True)
    return Fold(name, [t for t, _ in unknown], [label for _, label in unknown], component.labels, rows, seconds)


def fold(name: str, left_out: Sequence[Path], folder: Path) -> Fold:
    """The fold that leaves these files out, from `folder` where it is there and still true."""
    file, digest = folder / f"{name}.npz", _digest()
    if file.exists():
        with np.load(file) as stored:
            if str(stored["digest"]) == digest:
                about = json.loads(str(stored["about"]))
                rows = np.split(stored["rows"], np.cumsum(about.pop("counts"))[:-1])
                print(f"  {name}: taken from {file.name}", flush=True)
                return Fold(name=name, rows=rows, **about)
    made = _train_and_predict(name, left_out)
    about = {"texts": made.texts, "truth": made.truth, "labels": made.labels, "seconds": made.seconds}
    folder.mkdir(parents=True, exist_ok=True)
    counts = [len(row) for row in made.rows]
    np.savez(file, digest=digest, rows=np.concatenate(made.rows), about=json.dumps({**about, "counts": counts}))
    return made


def pattern_strengths(texts: Sequence[str]) -> np.ndarray:
    """What the bot's patterns hear in each text: 0 nothing, 1 weak, 2 strong. Asks the bot's environment."""
    command = [str(PROJECT / ".venv" / "bin" / "python"), "-m", "bot.evaluate", "scan"]
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    answer = subprocess.run(  # noqa: S603  (our own command)
        command, input=lines, stdout=subprocess.PIPE, text=True, cwd=PROJECT, check=True
    )
    return np.array([{"": 0, "weak": 1, "strong": 2}[line] for line in answer.stdout.splitlines()])


def suggest(folds: Sequence[Fold], heard: np.ndarray) -> dict[str, Any]:
    """Temperature, danger, hint, sure and margin for what these folds show. `heard` as `pattern_strengths` says."""
    labels = folds[0].labels
    truth = np.array([labels.index(label) for one in folds for label in one.truth])
    losses = {}
    for temperature in np.round(np.arange(0.5, 2.51, 0.05), 2):
        shares = np.concatenate([one.at(temperature) for one in folds])
        losses[float(temperature)] = float(-np.log(np.maximum(shares[np.arange(len(truth)), truth], 1e-12)).mean())
    temperature = min(losses, key=lambda value: losses[value])
    shares = np.concatenate([one.at(temperature) for one in folds])
    danger = _danger(shares, truth, labels, heard)
    strong = danger.pop("strong")
    sure = _sure(shares[~strong], truth[~strong], labels)
    first = shares.argmax(axis=1)
    themes_only = {one.name: _accuracy_of(one, temperature) for one in folds}
    return {
        "temperature": temperature,
        "log_loss": {"at 1.0": losses[1.0], "best": losses[temperature]},
        **danger,
        **sure,
        "messages": len(truth),
        "accuracy_all_labels": float((first == truth).mean()),
        "accuracy_by_fold": themes_only,
        "training_seconds": {one.name: round(one.seconds) for one in folds},
        "put_them": "temperature: nlu/config.yml; sure, margin, danger, hint: Thresholds in dialogues/understanding.py",
    }


def _accuracy_of(one: Fold, temperature: float) -> float:
    first = one.at(temperature).argmax(axis=1)
    return float(np.mean([one.labels[i] == label for i, label in zip(first, one.truth)]))


def _danger(shares: np.ndarray, truth: np.ndarray, labels: list[str], heard: np.ndarray) -> dict[str, Any]:
    """`danger` and `hint` that miss least within the limits of false alarms and of questions asked in vain."""
    columns = [labels.index(name) for name in SAFETY]
    joined = shares[:, columns].sum(axis=1)
    dangerous = np.isin(truth, columns)
    best: tuple[tuple[float, ...], dict[str, Any]] | None = None
    for danger in np.round(np.arange(0.15, 0.81, 0.01), 2):
        for hint in np.round(np.arange(0.05, danger + 0.001, 0.01), 2):
            strong = (heard == 2) | (joined >= danger) | ((heard == 1) & (joined >= hint))
            any_sign = strong | (heard > 0) | (joined >= hint)
            false, gentle = float(strong[~dangerous].mean()), float((any_sign & ~strong)[~dangerous].mean())
            recall, with_gentle = float(strong[dangerous].mean()), float(any_sign[dangerous].mean())
            allowed = false <= MOST_FALSE_ALARMS and gentle <= MOST_ASKED_IN_VAIN
            score = (1.0, recall + with_gentle) if allowed else (0.0, -false - gentle)
            if best is None or score > best[0]:
                figures = {"danger": float(danger), "hint": float(hint), "alarm_limits_met": allowed}
                figures |= {"danger_recall": recall, "danger_recall_with_gentle": with_gentle}
                figures |= {"false_strong_alarms": false, "false_gentle_questions": gentle, "strong": strong}
                best = (score, figures)
    assert best is not None
    return best[1]


def _sure(shares: np.ndarray, truth: np.ndarray, labels: list[str]) -> dict[str, Any]:
    """`sure` and `margin` of the largest coverage under MOST_RISK, on messages without a strong sign of danger."""
    others = [i for i, label in enumerate(labels) if label not in SAFETY]
    order = np.sort(shares[:, others], axis=1)
    best, second = order[:, -1], order[:, -2]
    right = np.array(others)[shares[:, others].argmax(axis=1)] == truth
    found: tuple[tuple[float, ...], dict[str, Any]] | None = None
    for sure in np.round(np.arange(0.1, 0.91, 0.02), 2):
        for margin in np.round(np.arange(0.0, 0.41, 0.02), 2):
            acted = (best >= sure) & (best - second >= margin)
            if not acted.any():
                continue
            risk, coverage = float(1 - right[acted].mean()), float(acted.mean())
            allowed = risk <= MOST_RISK
            score = (1.0, coverage, -margin) if allowed else (0.0, -risk, coverage)
            if found is None or score > found[0]:
                figures = {"sure": float(sure), "margin": float(margin), "risk_limit_met": allowed}
                found = (score, {**figures, "risk": risk, "coverage": coverage})
    assert found is not None
    return found[1]


def cross_validate(out: Path) -> dict[str, Any]:
    """Run (or take up) the folds, write thresholds.json into `out`, and say on the screen what it holds."""
    folds = []
    for number, left_out in enumerate(deal(sorted(DATA.glob("*.yml"))), 1):
        names = ", ".join(file.stem for file in left_out)
        print(f"fold {number}/{FOLDS}: trained without {names} (about 5 minutes on two cores)", flush=True)
        folds.append(fold(f"fold_{number}", left_out, out / "folds"))
    heard = pattern_strengths([text for one in folds for text in one.texts])
    suggestion = suggest(folds, heard)
    (out / "thresholds.json").write_text(json.dumps(suggestion, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(suggestion, indent=2))
    print(
        f"Written to {out / 'thresholds.json'}. Put temperature into nlu/config.yml (it belongs to the model, which is"
    )
    print("trained anew), and sure, margin, danger and hint into Thresholds in dialogues/understanding.py.")
    return suggestion
