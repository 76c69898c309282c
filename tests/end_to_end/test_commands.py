"""The commands as a newcomer runs them: real processes, real NLU server."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest

from bot.nlu_server import NluServer, model_path
from bot.settings import load_settings
from dialogues.content import load_content
from dialogues.labels import THEMES
from tests.conftest import KEY
from tests.end_to_end.test_telegram import MESSAGES
from tests.processes import ENVIRONMENT, HEARTS, BotProcess
from tests.telegram_server import TelegramServer


async def hearts(*arguments: str, typed: str = "", folder: Path, **environment: str) -> tuple[int, str, str]:
    """Run a command; returns exit code, standard output and standard error."""
    process = await asyncio.create_subprocess_exec(
        *HEARTS,
        *arguments,
        cwd=folder,
        env=ENVIRONMENT | {"HOME": str(folder), "HEARTS_HOME": str(folder), "ENCRYPTION_KEY": KEY} | environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate(typed.encode())
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def nlu(server: NluServer) -> dict[str, str]:
    return {"NLU_URL": server.url, "NLU_TOKEN": server.token}


@pytest.mark.parametrize("theme", THEMES)
async def test_each_theme_reaches_the_end_of_a_guide_in_a_pipe(
    theme: str, tmp_path: Path, nlu_server: NluServer
) -> None:
    content = load_content()
    guide = content.guides[next(iter(content.themes[theme].guides))]
    first = [MESSAGES[theme], "what may help", guide.title]
    questions = ["yes it feels safe"] if guide.partner else []
    walk = []
    step = guide.steps[0]
    while step is not None:
        answers = {"ask": "when it is late and nobody says a word", "rate": "3", "choose": "1", "plan": "1"}
        walk.append(answers.get(step.kind, "next"))
        step = guide.after(step, step.options[0] if step.options else None)  # type: ignore[assignment]
    lines = [*first, *questions, "Yes, keep them", *walk, "it helped"]
    code, out, err = await hearts("chat", "--fresh", typed="\n".join(lines) + "\n", folder=tmp_path, **nlu(nlu_server))
    assert code == 0, err
    assert f"{guide.title} · done" in out
    assert "Was this helpful?" in out


async def test_parse_prints_one_object_a_line(tmp_path: Path, nlu_server: NluServer) -> None:
    typed = "i want to die\n\nhello\n"
    code, out, err = await hearts("parse", typed=typed, folder=tmp_path, **nlu(nlu_server))
    assert code == 0, err
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["label"] for row in rows] == ["crisis", "greet"]
    assert set(rows[0]) == {"text", "label", "confidence", "ranking"}
    assert rows[1]["ranking"][0]["name"] == "greet"
    code, out, _ = await hearts("parse", "thanks a lot", folder=tmp_path, **nlu(nlu_server))
    assert json.loads(out)["label"] == "thanks"


async def test_without_a_token_three_lines_say_how_to_get_one(tmp_path: Path) -> None:
    code, _, err = await hearts("run", folder=tmp_path)
    assert code == 1
    assert len(err.strip().splitlines()) == 3
    assert "@BotFather" in err


@pytest.mark.parametrize(
    ("variable", "value"), [("PORT", "many"), ("DATABASE_URL", "mysql://a:hidden@b/c"), ("ENCRYPTION_KEY", "hidden")]
)
async def test_a_wrong_setting_is_named_and_never_shown(
    variable: str, value: str, tmp_path: Path, nlu_server: NluServer
) -> None:
    code, out, err = await hearts("chat", typed="hi\n", folder=tmp_path, **nlu(nlu_server) | {variable: value})
    assert code == 1
    assert variable in err
    assert "hidden" not in out + err
    assert "Traceback" not in err


async def test_a_database_of_another_key_ends_with_a_message(tmp_path: Path, nlu_server: NluServer) -> None:
    await hearts("chat", typed="hello\n", folder=tmp_path, **nlu(nlu_server))
    other = KEY[:-2] + ("A=" if KEY[-2] != "A" else "E=")
    code, _, err = await hearts("chat", typed="hello\n", folder=tmp_path, **nlu(nlu_server) | {"ENCRYPTION_KEY": other})
    assert code == 1
    assert "another key" in err
    assert "Traceback" not in err


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")
async def test_the_nlu_server_lives_and_dies_with_the_bot(tmp_path: Path, telegram: TelegramServer) -> None:
    model = model_path(load_settings())
    home = tmp_path / "home"
    (home / "models").mkdir(parents=True)
    (home / "models" / model.name).symlink_to(model)
    bot = await BotProcess.start(telegram.url, tmp_path, {"HEARTS_HOME": str(home), "ENCRYPTION_KEY": KEY})
    user = telegram.user(21)
    await user.write("i get so jealous of my boyfriend's ex")
    await user.sees("Jealous", within=30)

    (first,) = children(bot.process.pid)
    os.kill(first, signal.SIGKILL)
    seen = len(user.shown)
    await user.write("i want to die")  # heard without the model
    await user.sees("findahelpline.com", since=seen)
    for _ in range(600):
        if children(bot.process.pid) and children(bot.process.pid) != [first]:
            break
        await asyncio.sleep(0.05)
    (second,) = children(bot.process.pid)
    assert second != first

    await bot.kill()
    for _ in range(200):
        if not Path(f"/proc/{second}").exists():
            break
        await asyncio.sleep(0.05)
    assert not Path(f"/proc/{second}").exists()


async def test_the_nlu_server_sees_none_of_the_secrets(nlu_server: NluServer) -> None:
    environment = Path(f"/proc/{nlu_server.pid}/environ").read_bytes().decode()
    command = Path(f"/proc/{nlu_server.pid}/cmdline").read_bytes().decode()
    for name in ("TELEGRAM_BOT_TOKEN", "ENCRYPTION_KEY", "DATABASE_URL", "WEBHOOK_SECRET"):
        assert name not in environment
    assert nlu_server.token not in environment + command
