"""The same conversation in Rasa's own full stack: our pipeline, Rasa Core with rules, its REST channel.

`write` makes the project's domain and rules of our own content: for each label the first answer the bot would give, with buttons.
`train` puts it together around the model that is there: its pipeline is ours, trained already (`benchmarks/trained.py`).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from bot.nlu_server import DATA, NLU, nlu_environment
from bot.settings import PROJECT, Settings
from dialogues.content import load_content
from dialogues.labels import LABELS
from tests.processes import free_port

READY_WITHIN = 180.0


def write(folder: Path, model: Path) -> None:
    """Put the project's files into `folder`; `model` is the trained one that its pipeline takes over."""
    content = load_content()
    responses: dict[str, Any] = {}
    for label in LABELS:
        theme = content.themes.get(label)
        text = f"{theme.empathy[0]}\n\n{theme.question[0]}" if theme else content.phrases["menu.lost"][0]
        buttons = [{"title": "What may help", "payload": "/help"}, {"title": "Something else", "payload": "/deny"}]
        responses[f"utter_{label}"] = [{"text": text, "buttons": buttons}]
    domain = {
        "version": "3.1",
        "intents": list(LABELS),
        "responses": responses,
        "session_config": {"session_expiration_time": 60, "carry_over_slots_to_new_session": True},
    }
    rules = [{"rule": label, "steps": [{"intent": label}, {"action": f"utter_{label}"}]} for label in LABELS]
    config = yaml.safe_load((NLU / "config.yml").read_text(encoding="utf-8"))
    (ours,) = config["pipeline"]
    ours |= {"name": "benchmarks.trained.TrainedThemeClassifier", "model": str(model)}
    config["policies"] = [{"name": "RulePolicy"}]
    # Conversations on disk, as in the bot: otherwise the comparison would be with one that forgets.
    tracker_store = {"type": "SQL", "dialect": "sqlite", "db": str(folder / "rasa.sqlite3")}
    files = {
        "domain": domain,
        "rules": {"version": "3.1", "rules": rules},
        "config": config,
        "endpoints": {"tracker_store": tracker_store},
        "credentials": {"rest": None},
    }
    for name, value in files.items():
        (folder / f"{name}.yml").write_text(yaml.safe_dump(value, allow_unicode=True), encoding="utf-8")


async def train(settings: Settings, folder: Path, data: Path = DATA) -> Path:
    """Train the project; returns the model. Raises RuntimeError with the last line of Rasa's output."""
    command = ["train", "--config", folder / "config.yml", "--domain", folder / "domain.yml"]
    command += ["--data", data, folder / "rules.yml", "--out", folder, "--fixed-model-name", "stack"]
    process = await _rasa(settings, command, asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    model = folder / "stack.tar.gz"
    if process.returncode or not model.exists():
        raise RuntimeError("training Rasa's stack failed: " + output.decode(errors="replace").strip()[-2000:])
    return model


@asynccontextmanager
async def serve(settings: Settings, folder: Path, model: Path) -> AsyncIterator[tuple[str, int]]:
    """Serve the project; yields the address of its REST channel and the process id."""
    port = free_port()
    command = ["run", "-i", "127.0.0.1", "-p", str(port), "-m", model, "--credentials", folder / "credentials.yml"]
    command += ["--endpoints", folder / "endpoints.yml"]
    process = await _rasa(settings, command, asyncio.subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/webhooks/rest/webhook"
    try:
        async with aiohttp.ClientSession() as session:
            for _ in range(int(READY_WITHIN / 0.5)):
                if process.returncode is not None:
                    raise RuntimeError("Rasa's stack ended while starting")
                try:
                    async with session.post(url, json={"sender": "ready", "message": "hello"}) as response:
                        if response.status == 200 and await response.json():
                            break
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.5)
        yield url, process.pid
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def _rasa(settings: Settings, arguments: list[Any], output: int) -> asyncio.subprocess.Process:
    # In the NLU's folder: its components are found there, and its cache.
    return await asyncio.create_subprocess_exec(
        str(settings.nlu_python),
        "-m",
        "rasa",
        *map(str, arguments),
        cwd=NLU,
        env=nlu_environment() | {"SQLALCHEMY_WARN_20": "", "PYTHONPATH": f"{NLU}{os.pathsep}{PROJECT}"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=asyncio.subprocess.STDOUT if output == asyncio.subprocess.PIPE else output,
    )
