"""Rasa's own pipelines on the same data: trained in a temporary folder, asked the same held-out messages."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NLU = Path(__file__).resolve().parent
DATA = NLU.parent / "data" / "nlu"
BASELINES = NLU / "baselines"
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONWARNINGS": "ignore",
}


class BaselineError(RuntimeError):
    """A baseline could not be trained; the message holds the last lines of its output."""


def run(name: str, rows: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], float]:
    """Train baselines/`name`.yml and ask it all `rows`: the rows with its rankings, and the training time in seconds."""
    with tempfile.TemporaryDirectory(prefix=f"hearts-{name}-") as folder:
        started = time.perf_counter()
        model = _train(name, Path(folder))
        seconds = time.perf_counter() - started
        rankings = asyncio.run(_predict(name, model, [row["text"] for row in rows]))
    return [{**row, "ranking": ranking} for row, ranking in zip(rows, rankings)], seconds


def _train(name: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "rasa", "train", "nlu", "--config", str(BASELINES / f"{name}.yml")]
    command += ["--nlu", str(DATA), "--out", str(folder), "--fixed-model-name", name]
    log = folder / "log.txt"
    started = time.perf_counter()
    with log.open("w") as out:
        # Its own folder, so that Rasa's cache and the project's components stay out of it.
        process = subprocess.Popen(command, cwd=folder, env={**os.environ, **QUIET}, stdout=out, stderr=out)  # noqa: S603
        try:
            while process.poll() is None:
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    print(f"  {name}: training, {time.perf_counter() - started:.0f} s", flush=True)
        finally:
            if process.poll() is None:
                process.kill()
    model = folder / f"{name}.tar.gz"
    if process.returncode or not model.exists():
        raise BaselineError(f"Training the baseline {name} failed:\n" + "\n".join(log.read_text().splitlines()[-15:]))
    return model


async def _predict(name: str, model: Path, texts: Sequence[str]) -> list[list[dict[str, Any]]]:
    from rasa.core.agent import load_agent
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.ERROR)  # or each message is printed
    agent = await load_agent(model_path=str(model))
    rankings = []
    for number, text in enumerate(texts, 1):
        answer = await agent.parse_message(text)
        rankings.append([{"name": i["name"], "confidence": float(i["confidence"])} for i in answer["intent_ranking"]])
        if number % 400 == 0 or number == len(texts):
            print(f"  {name}: asked {number}/{len(texts)}", flush=True)
    return rankings
