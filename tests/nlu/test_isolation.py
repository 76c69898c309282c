"""The NLU server gets no secret of the bot's, listens on loopback only, and its token is in no list of processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.nlu_server import NLU, NluServer, NluServerError
from bot.settings import Settings

SECRETS = {
    "TELEGRAM_BOT_TOKEN": "1:secret-token",
    "ENCRYPTION_KEY": "secret-key",
    "ENCRYPTION_KEY_FILE": "/secret/file",
    "DATABASE_URL": "postgresql+asyncpg://u:secret-password@db/x",
    "WEBHOOK_SECRET": "secret-of-the-webhook",
    "NLU_TOKEN": "secret-nlu-token",
    "SOMETHING_ELSE": "secret too",
}


async def test_the_server_is_started_without_the_bots_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    seen = tmp_path / "seen.json"
    python = tmp_path / "python"
    python.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        f"json.dump([dict(os.environ), sys.argv, sys.stdin.readline()], open({str(seen)!r}, 'w'))\n"
    )
    python.chmod(0o700)
    settings = Settings(_env_file=None, hearts_home=tmp_path, nlu_python=python)  # type: ignore[call-arg]
    server = NluServer(settings, tmp_path / "model.tar.gz")
    with pytest.raises(NluServerError, match="ended while starting"):
        await server.start()
    await server.stop()
    environment, arguments, first_line = json.loads(seen.read_text())
    assert not SECRETS.keys() & environment.keys()
    assert "secret" not in json.dumps(environment).replace(str(tmp_path), "")
    assert first_line.strip() == server.token  # by the pipe, not among the arguments
    assert server.token not in json.dumps(arguments)
    assert len(server.token) >= 32
    assert server.url.startswith("http://127.0.0.1:")


def test_it_listens_on_loopback_with_a_token(tmp_path: Path) -> None:
    (tmp_path / "rasa").mkdir()
    (tmp_path / "rasa" / "__init__.py").write_text("")
    (tmp_path / "rasa" / "__main__.py").write_text("import sys\ndef main():\n    print('\\n'.join(sys.argv))\n")
    with subprocess.Popen(
        [sys.executable, str(NLU / "serve.py"), "model", "5005"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(tmp_path), "PATH": os.environ["PATH"]},
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write("the-token\n")
        process.stdin.flush()  # and kept open: with its end the server ends
        given = process.stdout.read().split("\n")
    assert given[given.index("-i") + 1] == "127.0.0.1"
    assert given[given.index("--auth-token") + 1] == "the-token"
