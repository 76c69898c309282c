"""Real bot processes for tests."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bot.settings import PROJECT
from tests.telegram_server import TOKEN

HEARTS = (sys.executable, "-m", "bot")
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), "MONITOR_PORT": "0"}
"""What every process gets. With this path the code beside these tests runs, wherever the environment points."""
READY_WITHIN = 60.0


@dataclass
class BotProcess:
    """`hearts run` in a process of its own; what it prints goes to `log`."""

    process: asyncio.subprocess.Process
    log: Path

    @classmethod
    async def start(cls, telegram_url: str, folder: Path, environment: dict[str, str]) -> BotProcess:
        log = folder / f"bot-{time.monotonic_ns()}.log"
        env = {
            "HOME": str(folder),
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_BASE_URL": telegram_url,
        }
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *HEARTS,
                "run",
                env=ENVIRONMENT | env | environment,
                cwd=folder,
                stdout=output,
                stderr=output,
                stdin=asyncio.subprocess.DEVNULL,
            )
        bot = cls(process, log)
        deadline = time.monotonic() + READY_WITHIN
        while "is listening" not in bot.output:
            if process.returncode is not None or time.monotonic() > deadline:
                raise AssertionError(f"the bot did not start:\n{bot.output}")
            await asyncio.sleep(0.05)
        return bot

    @property
    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    async def kill(self) -> None:
        """kill -9."""
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return await self.process.wait()


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
