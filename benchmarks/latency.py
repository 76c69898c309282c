"""Time from an update to its reply: the real bot, the real NLU server, a Bot API server on this machine.

Run: `make bench`, or `python -m benchmarks.latency [messages] [messages a second]`. Prints percentiles in milliseconds and the
memory of both processes in MB.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from cryptography.fernet import Fernet

from bot.nlu_server import NluServer, model_path
from bot.settings import load_settings
from tests.processes import BotProcess
from tests.telegram_server import TelegramServer

USERS = 40
SAYINGS = (
    "i get so jealous when she talks about her ex",
    "he never listens to a word i say, he is always on his phone",
    "we keep fighting about money and then nobody talks for days",
    "i don't feel good enough for anybody",
    "we live far apart and i miss our evenings",
    "what can you do",
)


def memory(pid: int) -> float:
    """Resident memory in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def cpu(pid: int) -> float:
    """Processor time used so far, user and system, in ms."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


async def measure(messages: int, rate: float) -> None:
    settings = load_settings()
    begin = time.monotonic()
    nlu = NluServer(settings, model_path(settings))
    await nlu.start()
    print(f"NLU server ready after {time.monotonic() - begin:.1f} s")
    telegram = TelegramServer()
    await telegram.start()
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "HEARTS_HOME": folder,
            "NLU_URL": nlu.url,
            "NLU_TOKEN": nlu.token,
            "ENCRYPTION_KEY": Fernet.generate_key().decode(),
        }
        bot = await BotProcess.start(telegram.url, Path(folder), environment)
        users = [telegram.user(1000 + number) for number in range(USERS)]
        for user in users:
            await user.write("/start")
        await asyncio.gather(*(user.sees("What's on your mind") for user in users))

        async def one(number: int) -> float:
            user = users[number % USERS]
            seen = len(user.shown)
            sent = time.monotonic()
            await user.write(SAYINGS[number % len(SAYINGS)])
            while len(user.shown) <= seen:
                async with telegram._new:
                    await telegram._new.wait()
            return (user.shown[seen].at - sent) * 1000

        waiting = []
        before = cpu(bot.process.pid), cpu(nlu.pid or 0)
        begin = time.monotonic()
        for number in range(messages):
            await asyncio.sleep(max(0.0, begin + number / rate - time.monotonic()))
            waiting.append(asyncio.create_task(one(number)))
        times = list(await asyncio.gather(*waiting))
        print(f"{messages} messages at {rate:g} a second, update to reply:")
        print("  " + "  ".join(f"p{share * 100:g} {percentile(times, share):.0f} ms" for share in (0.5, 0.95, 0.99)))
        used = cpu(bot.process.pid) - before[0], cpu(nlu.pid or 0) - before[1]
        print(f"processor time a turn: bot {used[0] / messages:.1f} ms, NLU server {used[1] / messages:.1f} ms")
        print(f"memory: bot {memory(bot.process.pid):.0f} MB, NLU server {memory(nlu.pid or 0):.0f} MB")
        await bot.stop()
    await telegram.stop()
    await nlu.stop()


if __name__ == "__main__":
    arguments = [float(argument) for argument in sys.argv[1:]]
    asyncio.run(measure(int(arguments[0]) if arguments else 400, arguments[1] if len(arguments) > 1 else 20.0))
