"""Speed, end to end: real bot processes, the real NLU server, a Bot API server on this machine; Rasa's own stack beside them.

Run: `make bench`, or `python -m benchmarks.bench --help`. For each way to run the bot: the time from an update to its reply at a
steady rate, the turns a second when everybody writes as soon as they are answered, where the time goes, processor time a
turn, and memory. All times in milliseconds, memory in MB.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from cryptography.fernet import Fernet

from benchmarks import rasa_stack
from bot.nlu_server import DATA, NluServer, model_path
from bot.settings import load_settings
from bot.storage.cipher import Cipher
from bot.storage.store import Store
from dialogues.state import Finished, State
from tests.chaos import new_database
from tests.processes import BotProcess, free_port
from tests.telegram_server import TelegramServer

USERS = 200
"""Enough that nobody gets more than one message a second: the bot would hold that back."""
SAYINGS = (
    "i get so jealous when she talks about her ex",
    "he never listens to a word i say, he is always on his phone",
    "we keep fighting about money and then nobody talks for days",
    "i don't feel good enough for anybody",
    "we live far apart and i miss our evenings",
    "what can you do",
)
STAGES = ("inbox", "nlu", "dialogue", "store", "send")
Say = Callable[[int, str], Awaitable[None]]
"""Person number so writes a text; returns when the answer is there."""


@dataclass(frozen=True)
class Work:
    """How much is measured."""

    messages: int
    rate: float
    seconds: float
    stored_users: int


@dataclass
class Figures:
    """What was measured of one way to run."""

    name: str
    times: list[float]
    turns_a_second: float
    cpu: dict[str, float]
    memory: dict[str, float]
    stages: dict[str, float]

    def lines(self, work: Work) -> list[str]:
        shares = "  ".join(f"p{share * 100:g} {percentile(self.times, share):.0f}" for share in (0.5, 0.95, 0.99))
        lines = [
            self.name,
            f"  update to reply at {work.rate:g} a second:  {shares}",
            f"  turns a second:  {self.turns_a_second:.0f}",
            "  processor time a turn:  " + ", ".join(f"{name} {value:.1f}" for name, value in self.cpu.items()),
            "  memory:  " + ", ".join(f"{name} {value:.0f}" for name, value in self.memory.items()),
        ]
        if self.stages:
            lines.append("  a turn's stages:  " + ", ".join(f"{name} {ms:.1f}" for name, ms in self.stages.items()))
            rest = sum(ms for name, ms in self.stages.items() if name != "nlu")
            lines.append(f"  everything but NLU:  {rest:.1f}")
        return lines


def memory(pid: int) -> float:
    """Resident memory in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def cpu(pid: int) -> float:
    """Processor time used so far, user and system, in ms."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


async def at_a_rate(say: Say, work: Work) -> list[float]:
    """Send at a steady rate, whether or not the last is answered; the times to the answers in ms."""

    async def one(number: int) -> float:
        begin = time.monotonic()
        await say(number % USERS, SAYINGS[number % len(SAYINGS)])
        return (time.monotonic() - begin) * 1000

    waiting = []
    begin = time.monotonic()
    for number in range(work.messages):
        await asyncio.sleep(max(0.0, begin + number / work.rate - time.monotonic()))
        waiting.append(asyncio.create_task(one(number)))
    return list(await asyncio.gather(*waiting))


async def as_fast_as_answered(say: Say, seconds: float) -> tuple[int, float]:
    """Everybody writes again as soon as they are answered: how many turns there were, and how many a second."""
    begin = time.monotonic()

    async def person(number: int) -> int:
        turns = 0
        while time.monotonic() - begin < seconds:
            await say(number, SAYINGS[(number + turns) % len(SAYINGS)])
            turns += 1
        return turns

    turns = sum(await asyncio.gather(*(person(number) for number in range(USERS))))
    return turns, turns / (time.monotonic() - begin)


async def measure(name: str, say: Say, pids: dict[str, list[int]], work: Work, monitors: Sequence[str]) -> Figures:
    """Warm up, then measure."""
    await asyncio.gather(*(say(number, SAYINGS[number % len(SAYINGS)]) for number in range(USERS)))
    before = {kind: sum(map(cpu, of_kind)) for kind, of_kind in pids.items()}
    stages_before = await stage_seconds(monitors)
    times = await at_a_rate(say, work)
    turns = len(times)
    stages_after = await stage_seconds(monitors)
    used = {kind: (sum(map(cpu, of_kind)) - before[kind]) / turns for kind, of_kind in pids.items()}
    _, rate = await as_fast_as_answered(say, work.seconds)
    stages = {stage: (stages_after[stage] - stages_before[stage]) * 1000 / turns for stage in stages_after}
    held = {kind: max(map(memory, of_kind)) for kind, of_kind in pids.items()}
    return Figures(name, times, rate, used, held, stages)


async def stage_seconds(monitors: Sequence[str]) -> dict[str, float]:
    """The seconds spent in each stage so far, over all processes."""
    sums: dict[str, float] = {}
    async with aiohttp.ClientSession() as session:
        for address in monitors:
            async with session.get(address + "/metrics") as response:
                text = await response.text()
            for stage in STAGES:
                found = re.search(rf'hearts_stage_seconds_sum{{stage="{stage}"}} (\S+)', text)
                sums[stage] = sums.get(stage, 0.0) + float(found.group(1) if found else 0)
    return sums


@asynccontextmanager
async def bots(
    database: str, replicas: int, nlu: NluServer, work: Work
) -> AsyncIterator[tuple[Say, list[int], list[str]]]:
    """Bot processes on an empty database with `stored_users` people in it; how to write to them, their ids and monitors."""
    with tempfile.TemporaryDirectory() as folder_name:
        folder = Path(folder_name)
        key = Fernet.generate_key().decode()
        async with new_database(database, folder) as url:
            await fill(url, key, work.stored_users)
            telegram = TelegramServer()
            await telegram.start()
            started = []
            ports = [free_port() for _ in range(replicas * 2)]
            for number in range(replicas):
                environment = {
                    "HEARTS_HOME": folder_name,
                    "DATABASE_URL": url,
                    "NLU_URL": nlu.url,
                    "NLU_TOKEN": nlu.token,
                    "ENCRYPTION_KEY": key,
                    "LOG_LEVEL": "WARNING",
                    "SEND_RATE": "1000",  # the limit is Telegram's, not the machine's
                    "MONITOR_PORT": str(ports[number]),
                }
                if replicas > 1:
                    port = ports[replicas + number]
                    telegram.replicas.append(f"http://127.0.0.1:{port}/telegram")
                    environment |= {
                        "WEBHOOK_URL": "http://127.0.0.1:1",
                        "WEBHOOK_SECRET": "a-secret-of-the-test",
                        "PORT": str(port),
                    }
                started.append(await BotProcess.start(telegram.url, folder, environment))
            users = [telegram.user(1_000_000 + number) for number in range(USERS)]
            for user in users:
                await user.write("/start")
            await asyncio.gather(*(user.sees("What's on your mind", within=60) for user in users))

            async def say(number: int, text: str) -> None:
                answered = asyncio.get_running_loop().create_future()
                waiting.setdefault(users[number].chat_id, []).append(answered)
                await users[number].write(text)
                await answered

            def on_shown(chat_id: int) -> None:
                if waiting.get(chat_id):
                    waiting[chat_id].pop(0).set_result(None)

            waiting: dict[int, list[asyncio.Future[None]]] = {}
            telegram.on_shown = on_shown

            try:
                yield say, [bot.process.pid for bot in started], [f"http://127.0.0.1:{p}" for p in ports[:replicas]]
            finally:
                for bot in started:
                    await bot.stop()
                await telegram.stop()


async def fill(url: str, key: str, users: int) -> None:
    """Put people into the database who have been here before."""
    store = await Store.open(url, Cipher([key]))
    now = datetime.now(UTC)
    walked = tuple(Finished(guide=guide, day=now.date()) for guide in ("self_care", "conflict", "boundaries"))
    state = State(met=True, consent=True, name="Somebody", country="GB", finished=walked, themes={"jealousy": 3})
    for number in range(users):
        await store.commit_turn(number + 1, 0, state, (), (), now)
    await store.close()


@asynccontextmanager
async def rasa(data: Path) -> AsyncIterator[tuple[Say, int]]:
    """Rasa's own stack with its REST channel."""
    settings = load_settings()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rasa_stack.write(folder, model_path(settings))
        print("Training Rasa's stack around our model ...", flush=True)
        model = await rasa_stack.train(settings, folder, data)
        async with rasa_stack.serve(settings, folder, model) as (url, pid), aiohttp.ClientSession() as session:

            async def say(number: int, text: str) -> None:
                async with session.post(url, json={"sender": f"person-{number}", "message": text}) as response:
                    if response.status != 200 or not await response.json():
                        raise RuntimeError("Rasa's stack did not answer")

            yield say, pid


async def main(arguments: argparse.Namespace) -> None:
    work = Work(arguments.messages, arguments.rate, arguments.seconds, arguments.stored_users)
    settings = load_settings()
    ways = (
        [("sqlite", 1), ("postgresql", 1), ("postgresql", 2)]
        if os.environ.get("TEST_POSTGRES_URL")
        else [("sqlite", 1)]
    )
    found = []
    nlu = NluServer(settings, model_path(settings))
    begin = time.monotonic()
    await nlu.start()
    print(f"NLU server ready after {time.monotonic() - begin:.1f} s", flush=True)
    for database, replicas in ways:
        async with bots(database, replicas, nlu, work) as (say, pids, monitors):
            processes = {"bot": pids, "NLU server": [nlu.pid or 0]}
            name = f"Healing Hearts, {database}, {replicas} process{'es' if replicas > 1 else ''}"
            found.append(await measure(name, say, processes, work, monitors))
        print("\n".join(found[-1].lines(work)), flush=True)
    await nlu.stop()
    if not arguments.without_rasa:
        async with rasa(arguments.rasa_data) as (say, pid):
            found.append(await measure("Rasa's own stack, SQLite", say, {"Rasa": [pid]}, work, ()))
        print("\n".join(found[-1].lines(work)), flush=True)
        ours, theirs = found[0], found[-1]
        times = percentile(theirs.times, 0.5) / percentile(ours.times, 0.5)
        print(
            f"Beside it, {ours.name}: p50 {times:.1f} times as fast, {ours.turns_a_second / theirs.turns_a_second:.1f} times the turns"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=600, help="at the steady rate")
    parser.add_argument("--rate", type=float, default=20.0, help="messages a second")
    parser.add_argument("--seconds", type=float, default=20.0, help="of as many turns as there can be")
    parser.add_argument("--stored-users", type=int, default=10_000)
    parser.add_argument("--without-rasa", action="store_true", help="leave Rasa's own stack out")
    parser.add_argument(
        "--rasa-data", type=Path, default=DATA, help="other training data for Rasa's stack, to try it quickly"
    )
    asyncio.run(main(parser.parse_args()))
