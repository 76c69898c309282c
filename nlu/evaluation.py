"""The evaluation's second half, in the NLU environment: from predictions.jsonl to reports/nlu/.

python nlu/evaluation.py report [--no-baselines]     after `hearts evaluate`, which calls it (`make evaluate`)
python nlu/evaluation.py cross-validate                 about 19 minutes on two cores
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")

import evaluation_figures as figures
import reporting

PROJECT = Path(__file__).resolve().parent.parent
REPORTS = PROJECT / "reports" / "nlu"
PIPELINES = ("default", "logistic_regression")


def read(out: Path) -> tuple[list[figures.Row], list[figures.Row], dict[str, Any]]:
    """The held-out rows, the perturbed ones, and run.json."""
    lines = (out / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    return [row for row in rows if row["kind"] is None], [row for row in rows if row["kind"]], run


def compute(rows: list[figures.Row], changed: list[figures.Row], run: dict[str, Any]) -> dict[str, Any]:
    """All figures of our own pipeline."""
    themes, safety = run["themes"], run["safety"]
    plain = [row for row in rows if row["file"] == "themes.yml"]
    harmless = [row for row in rows if row["label"] not in safety]
    hard = [row for row in harmless if row["file"] == "hard_negatives.yml"]
    elsewhere = [row for row in rows if row["label"] == "out_of_scope"]
    quiet = [row for row in rows if row["label"] not in safety]

    def acted(row: figures.Row) -> str:
        return str(row["acted_on"])

    return {
        "run": run,
        "messages": len(rows),
        "themes": {
            "first_choice": figures.themes(plain, themes, figures.first_choice),
            "acted_on": figures.themes(plain, themes, acted),
            "first_choice_all_files": figures.themes(rows, themes, figures.first_choice),
            "acted_on_all_files": figures.themes(rows, themes, acted),
            "unsure": figures.share([r for r in plain if r["label"] in themes], lambda r: acted(r) == run["unsure"]),
        },
        "labels": figures.scores([r["label"] for r in rows], [acted(r) for r in rows], run["labels"]),
        "calibration": figures.calibration(rows),
        "calibration_without_danger": figures.calibration(quiet),
        "risk": figures.risk_and_coverage(rows, safety, run["thresholds"]),
        "safety": figures.safety(rows, safety),
        "false_alarms": {"hard_negatives": figures.alarms(hard), "all_harmless": figures.alarms(harmless)},
        "out_of_scope": {
            "messages": len(elsewhere),
            "acted_on_as_theme": figures.share(elsewhere, lambda r: acted(r) in themes),
            "first_choice_theme": figures.share(elsewhere, lambda r: figures.first_choice(r) in themes),
            "unsure": figures.share(elsewhere, lambda r: acted(r) == run["unsure"]),
        },
        "robustness": figures.robustness(rows, changed) if changed else {},
        "latency": figures.latency(rows),
        "pipelines": {"ours": figures.of_first_choice(rows, themes, safety)},
    }


def report(out: Path, baselines: bool) -> None:
    """Write report.md, report.json and the pictures into `out`."""
    rows, changed, run = read(out)
    print(f"Figures of {len(rows)} held-out and {len(changed)} perturbed messages ...", flush=True)
    result = compute(rows, changed, run)
    result["pipelines"]["ours"]["training_seconds"] = run["training_seconds"]
    if baselines:
        from evaluation_baselines import run as run_baseline

        for number, name in enumerate(PIPELINES, 1):
            print(f"Baseline {number}/{len(PIPELINES)}: {name} (minutes)", flush=True)
            of_baseline, seconds = run_baseline(name, rows)
            found = figures.of_first_choice(of_baseline, run["themes"], run["safety"])
            result["pipelines"][name] = {**found, "training_seconds": round(seconds, 1)}
    reporting.pictures(rows, result, out)
    (out / "report.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    text = reporting.markdown(rows, result)
    (out / "report.md").write_text(text, encoding="utf-8")
    print(text[: text.index("## ")] + text[text.index("## ") :].split("\n## ")[0])
    print(f"All of it: {out / 'report.md'}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    reported = commands.add_parser("report", help="from predictions.jsonl to report.md, report.json and pictures")
    reported.add_argument("--no-baselines", action="store_true", help="do not train Rasa's own pipelines beside it")
    crossed = commands.add_parser("cross-validate", help="leave groups of writers out; suggests thresholds")
    for one in (reported, crossed):
        one.add_argument("--out", type=Path, default=REPORTS, help="folder (default: reports/nlu)")
    options = parser.parse_args()
    started = time.perf_counter()
    if options.command == "report":
        if not (options.out / "predictions.jsonl").exists():
            print(f"{options.out / 'predictions.jsonl'} is missing. Run 'make evaluate' first.", file=sys.stderr)
            return 1
        report(options.out, not options.no_baselines)
    else:
        from evaluation_crossvalidation import cross_validate

        options.out.mkdir(parents=True, exist_ok=True)
        cross_validate(options.out)
    print(f"{time.perf_counter() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
