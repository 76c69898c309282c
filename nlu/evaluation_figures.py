"""The figures of the evaluation, from the rows of predictions.jsonl. All shares are 0 to 1, all times milliseconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

RESAMPLES = 1000
BINS = 15
SEED = 7
Row = dict[str, Any]


def first_choice(row: Row) -> str:
    """The model's likeliest label, before thresholds and safety net; "" where the server did not answer."""
    return row["ranking"][0]["name"] if row["ranking"] else ""


def share(rows: Sequence[Row], holds: Callable[[Row], bool]) -> float:
    """Share of rows for which it holds; NaN of none."""
    return sum(map(holds, rows)) / len(rows) if rows else float("nan")


def interval(values: Sequence[float]) -> list[float]:
    """The middle 95 %."""
    return [float(value) for value in np.percentile(values, [2.5, 97.5])]


def scores(truth: Sequence[str], said: Sequence[str], labels: Sequence[str]) -> dict[str, dict[str, float]]:
    """Precision, recall, F1 and support of each label."""
    result = {}
    hits = Counter(t for t, s in zip(truth, said) if t == s)
    truths, saids = Counter(truth), Counter(said)
    for label in labels:
        precision = hits[label] / saids[label] if saids[label] else 0.0
        recall = hits[label] / truths[label] if truths[label] else 0.0
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        result[label] = {"precision": precision, "recall": recall, "f1": f1, "support": truths[label]}
    return result


def themes(rows: Sequence[Row], themes_: Sequence[str], read: Callable[[Row], str]) -> dict[str, Any]:
    """Accuracy on messages about a theme, and macro-F1 of the themes on all `rows`, both with 95 % intervals."""
    names = sorted({row["label"] for row in rows} | {read(row) for row in rows} | set(themes_))
    number = {name: i for i, name in enumerate(names)}
    truth = np.array([number[row["label"]] for row in rows])
    said = np.array([number[read(row)] for row in rows])
    columns = np.array([number[name] for name in themes_])
    about_theme = np.isin(truth, columns)

    def figures(chosen: np.ndarray) -> tuple[float, float]:
        t, s = truth[chosen], said[chosen]
        hits = np.bincount(t[t == s], minlength=len(names))[columns]
        both = np.bincount(t, minlength=len(names))[columns] + np.bincount(s, minlength=len(names))[columns]
        of_theme = about_theme[chosen]
        return float((t == s)[of_theme].mean()), float(np.mean(2 * hits / np.maximum(both, 1)))

    accuracy, f1 = figures(np.arange(len(rows)))
    rng = np.random.default_rng(SEED)
    drawn = [figures(rng.integers(0, len(rows), len(rows))) for _ in range(RESAMPLES)]
    return {
        "messages": int(about_theme.sum()),
        "accuracy": accuracy,
        "accuracy_interval": interval([d[0] for d in drawn]),
        "macro_f1": f1,
        "macro_f1_interval": interval([d[1] for d in drawn]),
    }


def calibration(rows: Sequence[Row]) -> dict[str, Any]:
    """Expected calibration error of the first choice's confidence in BINS bins of equal width, and the bins."""
    answered = [row for row in rows if row["ranking"]]
    sure = np.array([row["ranking"][0]["confidence"] for row in answered])
    right = np.array([first_choice(row) == row["label"] for row in answered])
    place = np.minimum((sure * BINS).astype(int), BINS - 1)
    bins, error = [], 0.0
    for number in range(BINS):
        inside = place == number
        if inside.any():
            gap = right[inside].mean() - sure[inside].mean()
            error += inside.mean() * abs(gap)
            bins.append([float(sure[inside].mean()), float(right[inside].mean()), int(inside.sum())])
    return {"ece": float(error), "bins": bins, "mean_confidence": float(sure.mean()), "accuracy": float(right.mean())}


def risk_and_coverage(rows: Sequence[Row], safety: Sequence[str], thresholds: dict[str, float]) -> dict[str, Any]:
    """Risk (share wrong of what is acted on) and coverage, over messages without a strong sign of danger.

    The curve is over `sure` with the margin as it is; `now` is with the thresholds as they are.
    """
    quiet = [row for row in rows if row["ranking"] and not is_strong(row["signal"])]
    best, gap, right = [], [], []
    for row in quiet:
        others = [item for item in row["ranking"] if item["name"] not in safety]
        best.append(others[0]["confidence"])
        gap.append(others[0]["confidence"] - others[1]["confidence"])
        right.append(others[0]["name"] == row["label"])
    sure, far, correct = np.array(best), np.array(gap) >= thresholds["margin"], np.array(right)

    def point(value: float) -> list[float]:
        acted = (sure >= value) & far
        return [float(acted.mean()), float(1 - correct[acted].mean()) if acted.any() else 0.0]

    grid = np.round(np.arange(0.0, 0.99, 0.01), 2)
    return {
        "messages": len(quiet),
        "now": dict(zip(("coverage", "risk"), point(thresholds["sure"]))),
        "curve": [[float(value), *point(value)] for value in grid],
    }


def is_strong(signal: dict[str, Any] | None, kind: str = "") -> bool:
    return bool(signal) and signal["strength"] == "strong" and kind in ("", signal["kind"])  # type: ignore[index]


def safety(rows: Sequence[Row], kinds: Sequence[str]) -> dict[str, Any]:
    """Recall of each kind of danger: a strong signal of that kind, of any kind, and with the gentle question counted."""
    result: dict[str, Any] = {}
    for kind in kinds:
        of_kind = [row for row in rows if row["label"] == kind]
        result[kind] = {"messages": len(of_kind)}
        for source, key in (("patterns", "patterns"), ("model", "model"), ("both", "signal")):
            result[kind][source] = {
                "strong": share(of_kind, lambda row: is_strong(row[key], kind)),  # noqa: B023
                "strong_any_kind": share(of_kind, lambda row: is_strong(row[key])),  # noqa: B023
                "with_gentle": share(of_kind, lambda row: bool(row[key])),  # noqa: B023
            }
        drawn = [is_strong(row["signal"], kind) for row in of_kind]
        rng = np.random.default_rng(SEED)
        hits = np.array(drawn, dtype=float)
        result[kind]["interval"] = interval(
            [hits[rng.integers(0, len(hits), len(hits))].mean() for _ in range(RESAMPLES)]
        )
    return result


def alarms(rows: Sequence[Row]) -> dict[str, Any]:
    """Strong alarms and gentle questions on harmless messages, by what raised them."""
    result: dict[str, Any] = {"messages": len(rows)}
    for source, key in (("patterns", "patterns"), ("model", "model"), ("both", "signal")):
        strong = share(rows, lambda row: is_strong(row[key]))  # noqa: B023
        result[source] = {"strong": strong, "gentle": share(rows, lambda row: bool(row[key])) - strong}  # noqa: B023
    return result


def robustness(rows: Sequence[Row], changed: Sequence[Row]) -> dict[str, Any]:
    """Per kind of mistake: share right before and after, of the same messages; `lost` in points (0.01)."""
    result = {}
    for kind in dict.fromkeys(row["kind"] for row in changed):
        after = [row for row in changed if row["kind"] == kind]
        before = [rows[row["source"]] for row in after]
        result[kind] = {"messages": len(after)}
        for name, holds in (
            ("acted_on", lambda row: row["acted_on"] == row["label"]),
            ("first_choice", lambda row: first_choice(row) == row["label"]),
        ):
            was, is_ = share(before, holds), share(after, holds)
            result[kind][name] = {"before": was, "after": is_, "lost": 100 * (was - is_)}
    return result


def latency(rows: Sequence[Row], long_from: int = 32) -> dict[str, Any]:
    """Percentiles of the sequential run in ms over HTTP, of all messages, and of short and long ones."""

    def of(chosen: Sequence[Row]) -> dict[str, float]:
        times = [row["milliseconds"] for row in chosen if row["milliseconds"] is not None]
        if not times:
            return {"messages": 0}
        p50, p95, p99 = np.percentile(times, [50, 95, 99])
        return {"messages": len(times), "p50": float(p50), "p95": float(p95), "p99": float(p99), "max": max(times)}

    is_long = [len(row["text"].split()) >= long_from for row in rows]
    return {
        "all": of(rows),
        "short": of([row for row, long in zip(rows, is_long) if not long]),
        "long": of([row for row, long in zip(rows, is_long) if long]),
        "unanswered": sum(row["ranking"] is None for row in rows),
    }


def of_first_choice(rows: Sequence[Row], themes_: Sequence[str], kinds: Sequence[str]) -> dict[str, Any]:
    """What a pipeline reaches by its first choice alone: the common ground for comparing pipelines."""
    harmless = [row for row in rows if row["label"] not in kinds]
    hard = [row for row in harmless if row["file"] == "hard_negatives.yml"]
    elsewhere = [row for row in rows if row["label"] == "out_of_scope"]
    found = themes([row for row in rows if row["file"] == "themes.yml"], themes_, first_choice)
    recall = {
        f"{kind}_recall": share([r for r in rows if r["label"] == kind], lambda r: first_choice(r) == kind)  # noqa: B023
        for kind in kinds
    }
    return {
        "theme_accuracy": found["accuracy"],
        "theme_accuracy_interval": found["accuracy_interval"],
        "theme_macro_f1": found["macro_f1"],
        **recall,
        "false_alarms_hard": share(hard, lambda r: first_choice(r) in kinds),
        "false_alarms_all": share(harmless, lambda r: first_choice(r) in kinds),
        "out_of_scope_as_theme": share(elsewhere, lambda r: first_choice(r) in themes_),
        "ece": calibration(rows)["ece"],
    }
