"""How the figures are shown: report.md, and pictures that can be read on a phone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

Row = dict[str, Any]
DANGER, OTHER = "danger", "other talk"
INK, ACCENT, SOFT = "#1f2933", "#c2410c", "#0f766e"


def targets(result: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
    """(what, measured, target, met) of the issue's targets."""
    themes, safety, run = result["themes"], result["safety"], result["run"]
    times, hard = result["latency"]["all"], result["false_alarms"]["hard_negatives"]["both"]["strong"]
    elsewhere = result["out_of_scope"]["acted_on_as_theme"]
    rows: list[tuple[str, float, str, float, bool, int]] = [  # what, value, unit, target, at least, digits
        ("Theme accuracy, first choice (themes.yml)", themes["first_choice"]["accuracy"], "%", 0.88, True, 1),
        ("Theme accuracy, acted on: unsure is wrong (themes.yml)", themes["acted_on"]["accuracy"], "%", 0.88, True, 1),
        ("Theme accuracy, acted on (all files)", themes["acted_on_all_files"]["accuracy"], "%", 0.88, True, 1),
        ("Crisis recall, strong", safety["crisis"]["both"]["strong"], "%", 0.99, True, 1),
        ("Abuse recall, strong", safety["abuse"]["both"]["strong"], "%", 0.96, True, 1),
        ("False alarms on hard negatives", hard, "%", 0.02, False, 1),
        ("Out of scope answered with a theme", elsewhere, "%", 0.04, False, 1),
        ("Expected calibration error", result["calibration"]["ece"], "", 0.05, False, 3),
        ("Parse p50", times["p50"], "ms", 20, False, 1),
        ("Parse p99", times["p99"], "ms", 45, False, 1),
        ("Memory of the NLU server (most it had)", run["memory_mb_after"]["peak"], "MB", 1100, False, 0),
        ("Ready within", run["ready_seconds"], "s", 25, False, 1),
    ]
    if result["robustness"]:
        worst = max(result["robustness"], key=lambda k: result["robustness"][k]["acted_on"]["lost"])
        lost = result["robustness"][worst]["acted_on"]["lost"]
        rows.append((f"Lost under perturbation, worst kind ({worst})", lost, "points", 3, False, 1))
    if run["training_seconds"]:
        rows.append(("Training", run["training_seconds"], "s", 300, False, 0))
    shown = []
    for what, value, unit, target, at_least, digits in rows:
        factor = 100 if unit == "%" else 1
        met = value >= target if at_least else value <= target
        measured = f"{value * factor:.{digits}f} {unit}".strip()
        shown.append((what, measured, f"{'>=' if at_least else '<='} {target * factor:g} {unit}".strip(), met))
    return shown


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _between(bounds: list[float]) -> str:
    return f"{100 * bounds[0]:.1f} to {100 * bounds[1]:.1f} %"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def markdown(rows: list[Row], result: dict[str, Any]) -> str:
    """The whole report."""
    run = result["run"]
    parts = [
        f"# The model on held-out messages\n\n{run['time']}, model {run['model']}, {result['messages']} messages, "
        f"{run['cores']} cores, load {run['load_before']:.1f} when the clock started (2 cores are idle near 0). "
        "How to read this: docs/nlu.md.\n",
        "## Targets\n\n"
        + _table(
            ["", "measured", "target", ""],
            [[what, value, target, "met" if met else "**not met**"] for what, value, target, met in targets(result)],
        ),
    ]
    if not run["training_seconds"]:
        parts.append("Training was not timed: the model was there already (`hearts evaluate --retrain` trains anew).\n")
    parts += [_pipelines(result), _themes(result), _safety(result), _labels(rows, result), _rest(result)]
    return "\n".join(parts)


def _pipelines(result: dict[str, Any]) -> str:
    names = {
        "ours": "fine-tuned encoder",
        "default": "Rasa's default (DIET)",
        "logistic_regression": "logistic regression",
    }
    keys = (
        "theme_accuracy",
        "theme_macro_f1",
        "crisis_recall",
        "abuse_recall",
        "false_alarms_hard",
        "false_alarms_all",
    )
    keys += ("out_of_scope_as_theme",)
    lines = []
    for name, found in result["pipelines"].items():
        seconds = found.get("training_seconds")
        values = [_percent(found[key]) for key in keys]
        lines.append([names[name], *values, f"{found['ece']:.3f}", f"{seconds:.0f} s" if seconds else "not timed"])
    head = ["pipeline", "themes", "macro-F1", "crisis", "abuse", "false alarms, hard", "false alarms, all"]
    head += ["out of scope as theme", "ECE", "training"]
    text = "## Side by side\n\nThe same data; first choice alone, without thresholds and safety net.\n\n"
    return text + _table(head, lines)


def _themes(result: dict[str, Any]) -> str:
    names = {
        "first_choice": "first choice, themes.yml",
        "acted_on": "acted on, themes.yml",
        "first_choice_all_files": "first choice, all files",
        "acted_on_all_files": "acted on, all files",
    }
    lines = []
    for key, name in names.items():
        found = result["themes"][key]
        lines.append([name, str(found["messages"]), _percent(found["accuracy"]), _between(found["accuracy_interval"])])
        lines[-1] += [_percent(found["macro_f1"]), _between(found["macro_f1_interval"])]
    text = "## Themes\n\n" + _table(["", "messages", "accuracy", "95 %", "macro-F1", "95 %"], lines)
    return text + f"\nUnsure on theme messages: {_percent(result['themes']['unsure'])}.\n"


def _safety(result: dict[str, Any]) -> str:
    lines = []
    for kind, found in result["safety"].items():
        for source in ("patterns", "model", "both"):
            one = found[source]
            name = f"{kind} ({found['messages']}), {source}{' alone' if source != 'both' else ''}"
            lines.append([name, *(_percent(one[key]) for key in ("strong", "strong_any_kind", "with_gentle"))])
            lines[-1].append(_between(found["interval"]) if source == "both" else "")
    text = "## Danger\n\n" + _table(
        ["heard", "strong", "strong, either kind", "or asked gently", "95 % (strong)"], lines
    )
    lines = []
    for name, found in result["false_alarms"].items():
        for source in ("patterns", "model", "both"):
            one = found[source]
            title = f"{name.replace('_', ' ')} ({found['messages']}), {source}"
            lines.append([title, _percent(one["strong"]), _percent(one["gentle"])])
    return text + "\n" + _table(["harmless messages", "false alarm", "asked gently"], lines)


def _labels(rows: list[Row], result: dict[str, Any]) -> str:
    lines = [
        [label, *(_percent(one[key]) for key in ("precision", "recall", "f1")), str(one["support"])]
        for label, one in result["labels"].items()
    ]
    text = "## Labels\n\nOf what is acted on, all files.\n\n"
    text += _table(["label", "precision", "recall", "F1", "messages"], lines)
    pairs = Counter((row["label"], row["acted_on"]) for row in rows if row["label"] != row["acted_on"])
    top = [[truth, said, str(count)] for (truth, said), count in pairs.most_common(15)]
    return text + "\nMost frequent mistakes:\n\n" + _table(["is", "acted on as", "times"], top)


def _rest(result: dict[str, Any]) -> str:
    run, risk, elsewhere = result["run"], result["risk"], result["out_of_scope"]
    text = "## Confusion, calibration, risk\n\n![Confusion](confusion.png)\n\n![Reliability](reliability.png)\n\n"
    text += "![Risk and coverage](risk.png)\n\n"
    text += f"With the thresholds of today, {_percent(risk['now']['coverage'])} of messages without a strong sign of danger "
    text += f"are acted on, {_percent(risk['now']['risk'])} of them wrongly. Calibration error: "
    text += f"{result['calibration']['ece']:.3f} of all messages, {result['calibration_without_danger']['ece']:.3f} without "
    text += f"crisis and abuse; mean confidence {_percent(result['calibration']['mean_confidence'])}, right "
    text += f"{_percent(result['calibration']['accuracy'])}.\n\n"
    text += (
        f"Out of scope ({elsewhere['messages']}): answered with a theme {_percent(elsewhere['acted_on_as_theme'])}, "
    )
    text += (
        f"first choice a theme {_percent(elsewhere['first_choice_theme'])}, unsure {_percent(elsewhere['unsure'])}.\n\n"
    )
    lines = []
    for kind, one in result["robustness"].items():
        acted, first = one["acted_on"], one["first_choice"]
        lines.append([kind.replace("_", " "), str(one["messages"])])
        lines[-1] += [
            _percent(acted["before"]),
            _percent(acted["after"]),
            f"{acted['lost']:.1f}",
            f"{first['lost']:.1f}",
        ]
    head = ["mistakes", "messages", "right before", "right after", "points lost", "points lost, first choice"]
    text += "## Mistakes in writing\n\nTheme and safety messages, right as acted on.\n\n" + _table(head, lines)
    lines = []
    for name, one in result["latency"].items():
        if name != "unanswered" and one["messages"]:
            lines.append([name, str(one["messages"]), *(f"{one[key]:.1f} ms" for key in ("p50", "p95", "p99", "max"))])
    text += f"\n## Time and memory\n\nOver HTTP, one after the other, after {run['warm_up_calls']} calls to warm up; "
    text += f"{result['latency']['unanswered']} unanswered. Long: 32 words or more.\n\n"
    text += _table(["messages", "", "p50", "p95", "p99", "max"], lines)
    text += f"\nMemory (MB of 10^6 bytes): {run['memory_mb_after']['rss']:.0f} now, "
    return text + f"{run['memory_mb_after']['peak']:.0f} at most. Ready after {run['ready_seconds']:.1f} s.\n"


def pictures(rows: list[Row], result: dict[str, Any], out: Path) -> None:
    """confusion.png, reliability.png and risk.png: about 1,300 pixels wide, big letters."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plt.rcParams.update({"font.size": 13, "axes.edgecolor": INK, "text.color": INK, "savefig.dpi": 200})
    for draw, name in ((_confusion, "confusion"), (_reliability, "reliability"), (_risk, "risk")):
        figure = draw(plt, rows, result)
        figure.savefig(out / f"{name}.png", bbox_inches="tight")
        plt.close(figure)


def _confusion(plt: Any, rows: list[Row], result: dict[str, Any]) -> Any:
    run = result["run"]
    themes = run["themes"]
    columns = [*themes, DANGER, OTHER, run["unsure"]]

    def column(label: str) -> str:
        return label if label in columns else DANGER if label in run["safety"] else OTHER

    pairs = Counter((column(row["label"]), column(row["acted_on"])) for row in rows)
    names = columns[:-1]
    counts = np.array([[pairs[truth, said] for said in columns] for truth in names])
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure, axes = plt.subplots(figsize=(7.5, 7.5))
    axes.imshow(np.sqrt(shares), cmap="Blues", vmin=0, vmax=1.1)
    for i, j in zip(*np.nonzero(counts)):
        color = "white" if shares[i, j] > 0.4 else INK
        axes.text(j, i, counts[i, j], ha="center", va="center", fontsize=11, color=color)
    axes.set_xticks(range(len(columns)), [name.replace("_", " ") for name in columns], rotation=90)
    axes.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    axes.set_title("Rows: what it is. Columns: acted on as.", fontsize=14)
    return figure


def _reliability(plt: Any, rows: list[Row], result: dict[str, Any]) -> Any:
    found = result["calibration"]
    sure, right, sizes = (np.array(values) for values in zip(*found["bins"]))
    figure, axes = plt.subplots(figsize=(6.5, 6.5))
    axes.plot([0, 1], [0, 1], "--", color="grey", label="perfect")
    axes.plot(sure, right, "-", color=SOFT, alpha=0.6)
    axes.scatter(sure, right, s=30 + 1200 * sizes / sizes.sum(), color=SOFT, alpha=0.8, label="15 bins; size: messages")
    axes.set(xlim=(0, 1.02), ylim=(0, 1.05), xlabel="confidence of the first choice", ylabel="share right")
    axes.set_title(f"Calibration error {found['ece']:.3f}")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    return figure


def _risk(plt: Any, rows: list[Row], result: dict[str, Any]) -> Any:
    found, thresholds = result["risk"], result["run"]["thresholds"]
    _, coverage, risk = (100 * np.array(values) for values in zip(*found["curve"]))
    x, y = 100 * found["now"]["coverage"], 100 * found["now"]["risk"]
    figure, axes = plt.subplots(figsize=(6.5, 6))
    axes.plot(coverage, risk, color=SOFT, linewidth=3)
    axes.axhline(12, color="grey", linestyle=":", label="most allowed: 12 %")
    marked = f"sure {thresholds['sure']:g}, margin {thresholds['margin']:g}:\n{x:.0f} % acted on, {y:.1f} % wrong"
    axes.scatter([x], [y], s=140, color=ACCENT, zorder=3, label=marked)
    axes.set(xlim=(0, 102), ylim=(0, max(14.0, float(risk.max()) + 2)), xlabel="acted on, %", ylabel="wrong of it, %")
    axes.set_title("Risk against coverage")
    axes.grid(alpha=0.3)
    axes.legend(loc="center left")
    return figure
