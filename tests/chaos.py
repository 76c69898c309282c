"""Everything that can break, breaks, while people talk: real bot processes, a real NLU server, a Bot API server.

Run: `make chaos`, or `python -m tests.chaos --help`. Prints a table, and ends with 1 where something was lost, repeated without
reason, or remembered otherwise than without faults.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from cryptography.fernet import Fernet
from sqlalchemy import make_url

from bot.conversation import Incoming
from bot.nlu_server import NluServer, model_path
from bot.settings import load_settings
from bot.storage.cipher import Cipher
from bot.storage.store import Store
from dialogues.content import load_content
from dialogues.events import Ranked
from dialogues.safety_net import load_safety_net
from tests.chaos_walks import SAYINGS, Walk, Walker, comparable
from tests.nlu_stub import NluStub, answer
from tests.processes import BotProcess, free_port
from tests.telegram_server import Shown, TelegramServer, User

ANSWERED_WITHIN = 150.0
"""Seconds after which a message counts as lost; a killed replica's claim alone takes 30 to run out."""
BEFORE_A_KILL = 2.0
"""A reply shown that shortly before its process was killed may have been delivered without being written down."""
UP_FOR = 3.0
"""Seconds a process has to itself before it is killed again: on a slow machine nothing would ever be answered."""
FIRST_CHAT = 5000


@dataclass(frozen=True)
class Plan:
    """How much of it: people, what each does, and where."""

    database: str = "sqlite"
    replicas: int = 1
    people: int = 50
    steps: int = 12
    pause: float = 4.0
    """Longest time somebody waits before the next step, in seconds."""
    between: float = 3.0
    """Longest time between two faults."""
    seed: int = 1


@dataclass
class Outcome:
    """What came of it."""

    plan: Plan
    faults: Counter[str] = field(default_factory=Counter)
    answered: int = 0
    without_model: int = 0
    lost: list[str] = field(default_factory=list)
    repeated: int = 0
    unexplained: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    slowest: float = 0.0
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        return not (self.lost or self.unexplained or self.differing)

    def table(self) -> str:
        rows = [
            f"{self.plan.database}, {self.plan.replicas} process(es), {self.plan.people} people, seed {self.plan.seed}"
        ]
        rows += [f"  fault: {kind:<38}{count:>6}" for kind, count in sorted(self.faults.items())]
        figures = {
            "messages answered": self.answered,
            "of them first without the model": self.without_model,
            "replies lost": len(self.lost),
            "replies repeated, their receipt lost": self.repeated,
            "replies repeated or mixed up otherwise": len(self.unexplained),
            "states other than without faults": len(self.differing),
            "slowest answer (s)": round(self.slowest),
            "duration (s)": round(self.seconds),
        }
        rows += [f"  {name:<45}{value:>6}" for name, value in figures.items()]
        return "\n".join(rows + [f"  ! {line}" for line in (*self.lost, *self.unexplained, *self.differing)[:20]])


Ask = Callable[[str], Awaitable[dict[str, Any]]]


class Chaos:
    """One run of a plan. `ask` is the model; `kill_nlu`, where given, kills its server."""

    def __init__(
        self, plan: Plan, database: str, folder: Path, ask: Ask, kill_nlu: Callable[[], None] | None = None
    ) -> None:
        self._plan = plan
        self._database = database
        self._folder = folder
        self._key = Fernet.generate_key().decode()
        self._rng = random.Random(plan.seed)
        self._telegram = TelegramServer()
        self._ask = ask
        self._nlu = NluStub(ask)
        self._kill_nlu = kill_nlu
        self._ports = [free_port() for _ in range(plan.replicas)]
        self._bots: list[BotProcess | None] = [None] * plan.replicas
        self._one_at_a_time = asyncio.Lock()
        self._written_again: Counter[int] = Counter()
        self._up_since: dict[int, float] = {}
        self._kills: list[float] = []
        self._away: list[tuple[float, float]] = []
        self._outcome = Outcome(plan)
        self._store: Store

    async def run(self) -> Outcome:
        begin = time.monotonic()
        rankings = {}
        for text in SAYINGS:
            ranking = (await self._ask(text))["intent_ranking"]
            rankings[text] = tuple(Ranked(item["name"], item["confidence"]) for item in ranking)
        walker = Walker(load_content(), load_safety_net(), rankings, self._rng)
        walks = [walker.walk(self._plan.steps) for _ in range(self._plan.people)]
        self._store = await Store.open(self._database, Cipher([self._key]))
        await self._telegram.start()
        await self._nlu.start()
        try:
            await asyncio.gather(*(self._start(number) for number in range(self._plan.replicas)))
            breaking = asyncio.create_task(
                self._break_things(0.9 * sum(len(s.actions) for walk in walks for s in walk.steps))
            )
            people = [self._live(FIRST_CHAT + number, walk) for number, walk in enumerate(walks)]
            await asyncio.gather(*people)
            breaking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await breaking
            await self._repair()
            await self._judge(walks)
        finally:
            for bot in self._bots:
                if bot:
                    await bot.kill()
            await self._telegram.stop()
            await self._nlu.stop()
            await self._store.close()
        self._outcome.seconds = time.monotonic() - begin
        return self._outcome

    async def _start(self, number: int) -> None:
        environment = {
            "HEARTS_HOME": str(self._folder / "home"),
            "DATABASE_URL": self._database,
            "NLU_URL": self._nlu.url,
            "ENCRYPTION_KEY": self._key,
        }
        if self._plan.replicas > 1:
            self._telegram.replicas = [f"http://127.0.0.1:{port}/telegram" for port in self._ports]
            environment |= {
                "WEBHOOK_URL": "http://127.0.0.1:1",
                "WEBHOOK_SECRET": "a-secret-of-the-test",
                "PORT": str(self._ports[number]),
            }
        for attempt in range(20):
            try:
                self._bots[number] = await BotProcess.start(self._telegram.url, self._folder, environment)
            except AssertionError:  # the database may be away: an orchestrator starts it again as well
                if attempt == 19:
                    raise
                await asyncio.sleep(0.5)
            else:
                self._up_since[number] = time.monotonic()
                return

    # --- people ------------------------------------------------------------------------------------------------------

    async def _live(self, chat_id: int, walk: Walk) -> None:
        """Go through a walk: each step when the last one is answered."""
        rng = random.Random(f"{self._plan.seed} {chat_id}")
        user = self._telegram.user(chat_id)
        due = 0
        for step in walk.steps:
            await asyncio.sleep(rng.uniform(0, self._plan.pause))
            begin = time.monotonic()
            for action in step.actions:
                await self._do(user, action, twice=rng.random() < 0.05)
            due += len(step.expected)
            if not await self._answered(user, walk, due, step.actions[-1], begin):
                self._outcome.lost.append(
                    f"chat {chat_id}: {step.actions[-1].kind} {step.actions[-1].text!r}" + await self._left(user)
                )
                return
            self._outcome.answered += len(step.actions)
            self._outcome.slowest = max(self._outcome.slowest, time.monotonic() - begin)

    async def _do(self, user: User, action: Incoming, twice: bool) -> None:
        if twice:
            self._outcome.faults["update delivered twice"] += 1
        if action.kind == "press":
            await user.press_data(action.text, twice=twice)
        else:
            await user.write(("/" if action.kind == "command" else "") + action.text, twice=twice)

    async def _answered(self, user: User, walk: Walk, due: int, last: Incoming, begin: float) -> bool:
        """Wait until all that is due was shown; a person whose message could not be read writes it again."""
        expected = [text for step in walk.steps for text in step.expected]
        looked_at = 0
        while time.monotonic() - begin < ANSWERED_WITHIN:
            if len(_matched(user.shown, expected)) >= due:
                return True
            apology = last.kind == "text" and any(_is_apology(m) for m in user.shown[looked_at:] if m.at >= begin)
            if apology and await self._quiet(user.chat_id):
                looked_at = len(user.shown)
                self._written_again[user.chat_id] += 1
                await self._do(user, last, twice=False)
            await asyncio.sleep(0.1)
        return False

    async def _left(self, user: User) -> str:
        """Where a lost message hangs: what was shown last, and what the database holds."""
        held: Any = "unknown"
        for _ in range(5):
            with contextlib.suppress(Exception):  # a connection of before the database was away
                held = await self._store.next_received(user.chat_id), await self._store.next_to_send(user.chat_id)
        return f" shown {[m.text[:30] for m in user.shown[-3:]]}, waiting {held}"

    async def _quiet(self, chat_id: int) -> bool:
        """Whether nothing waits for this chat any more, so that an answer is the last one."""
        await asyncio.sleep(1.0)
        try:
            waiting = await self._store.next_received(chat_id), await self._store.next_to_send(chat_id)
        except Exception:
            return False
        return waiting == (None, None)

    # --- faults ------------------------------------------------------------------------------------------------------

    async def _break_things(self, enough: float) -> None:
        faults: dict[str, tuple[int, Callable[[], Awaitable[None]]]] = {
            "bot killed": (4, self._kill_bot),
            "database locked": (2, self._lock),
            "Bot API: 500": (2, self._server_errors),
            "Bot API: 429": (2, self._too_many),
            "Bot API: slow": (2, self._slow),
            "Bot API: did the work, answer lost": (2, self._drop),
            "NLU server slow": (1, lambda: self._bad_model("slow")),
            "NLU server talks nonsense": (1, lambda: self._bad_model("garbage")),
            "NLU server cuts connections": (1, lambda: self._bad_model("cut")),
        }
        if self._database.startswith("postgresql"):
            faults["database away"] = (2, self._shut_out)
        if self._kill_nlu:
            faults["NLU server killed"] = (1, self._kill_model)
        names, weights = list(faults), [weight for weight, _ in faults.values()]
        order = list(names)  # each once, then at random
        self._rng.shuffle(order)
        running: set[asyncio.Task[None]] = set()
        try:
            # Not to the very end: the last message would have all faults to itself.
            while self._outcome.answered < enough:
                await asyncio.sleep(self._rng.uniform(0.2, self._plan.between))
                name = order.pop() if order else self._rng.choices(names, weights)[0]
                self._outcome.faults[name] += 1
                task = asyncio.create_task(self._guard(faults[name][1]))
                running.add(task)
                task.add_done_callback(running.discard)
        finally:
            if running:
                await asyncio.wait(running)

    async def _guard(self, fault: Callable[[], Awaitable[None]]) -> None:
        try:
            await fault()
        except Exception as error:
            self._outcome.unexplained.append(f"the fault itself failed: {type(error).__name__}: {error}")

    async def _kill_bot(self) -> None:
        now = time.monotonic()
        alive = [number for number, bot in enumerate(self._bots) if bot and now - self._up_since[number] > UP_FOR]
        if not alive:
            self._outcome.faults["bot killed"] -= 1
            return
        number = self._rng.choice(alive)
        bot = self._bots[number]
        assert bot
        self._bots[number] = None
        self._kills.append(time.monotonic())
        await bot.kill()
        self._kills.append(time.monotonic())
        await asyncio.sleep(self._rng.uniform(0, 1))
        await self._start(number)

    @contextlib.asynccontextmanager
    async def _database_trouble(self) -> AsyncIterator[None]:
        async with self._one_at_a_time:
            begin = time.monotonic()
            try:
                yield
            finally:
                self._away.append((begin, time.monotonic()))

    async def _lock(self) -> None:
        seconds = self._rng.uniform(0.5, 4)
        async with self._database_trouble():
            if self._database.startswith("sqlite"):
                connection = sqlite3.connect(str(make_url(self._database).database), isolation_level=None, timeout=0)
                for _ in range(500):
                    with contextlib.suppress(sqlite3.OperationalError):
                        connection.execute("BEGIN EXCLUSIVE")
                        break
                    await asyncio.sleep(0.01)
                await asyncio.sleep(seconds)
                connection.close()
                return
            own = await _connect(self._database)
            try:
                async with own.transaction():
                    await own.execute(f"LOCK TABLE {self._rng.choice(('inbox', 'users', 'outbox'))}")
                    await asyncio.sleep(seconds)
            finally:
                await own.close(timeout=5)

    async def _shut_out(self) -> None:
        name = make_url(self._database).database
        async with self._database_trouble():
            server = await _connect(self._database, "postgres")
            await server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            await server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
            await asyncio.sleep(self._rng.uniform(1, 5))
            await server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            await server.close()

    async def _server_errors(self) -> None:
        self._telegram.faults.server_errors = self._rng.randint(1, 3)

    async def _too_many(self) -> None:
        self._telegram.faults.too_many = self._rng.randint(1, 3)

    async def _drop(self) -> None:
        self._telegram.faults.drop_answers = self._rng.randint(1, 3)

    async def _slow(self) -> None:
        self._telegram.faults.delay = self._rng.uniform(0.3, 2)
        await asyncio.sleep(self._rng.uniform(1, 3))
        self._telegram.faults.delay = 0.0

    async def _bad_model(self, mode: Any) -> None:
        self._nlu.mode = mode
        await asyncio.sleep(self._rng.uniform(1, 4))
        self._nlu.mode = "good"

    async def _kill_model(self) -> None:
        assert self._kill_nlu
        self._kill_nlu()

    async def _repair(self) -> None:
        faults = self._telegram.faults
        faults.server_errors = faults.too_many = faults.drop_answers = 0
        faults.delay = 0.0
        self._nlu.mode = "good"
        for _ in range(600):
            with contextlib.suppress(Exception):  # a connection of before the database was away
                _, outbox, _ = await self._store.depths(datetime.now(UTC))
                if not outbox:
                    return
            await asyncio.sleep(0.1)

    # --- what came of it -----------------------------------------------------------------------------------------------

    async def _judge(self, walks: Sequence[Walk]) -> None:
        self._outcome.without_model = sum(self._written_again.values())
        for number, walk in enumerate(walks):
            chat_id = FIRST_CHAT + number
            expected = [text for step in walk.steps for text in step.expected]
            shown = self._telegram.chats[chat_id]
            matched = set(_matched(shown, expected))
            for index, message in enumerate(shown):
                if index in matched or _is_apology(message):
                    continue
                before = shown[index - 1]
                if before.text == message.text and self._receipt_was_lost(before):
                    self._outcome.repeated += 1
                else:
                    self._outcome.unexplained.append(f"chat {chat_id}, message {index}: {message.text[:50]!r}")
            apologies = [message for message in shown if _is_apology(message)]
            again = len(apologies) - self._written_again[chat_id]
            self._outcome.repeated += max(0, again)
            if again > sum(self._receipt_was_lost(message) for message in apologies):
                self._outcome.unexplained.append(f"chat {chat_id}: {again} apologies too many")
            state, _ = await self._store.load(chat_id)
            if len(matched) == len(expected) and comparable(state) != comparable(walk.state):
                self._outcome.differing.append(f"chat {chat_id}")

    def _receipt_was_lost(self, message: Shown) -> bool:
        """Whether the bot was not told of the message, or was killed before it could write that down."""
        if message.answer_lost:
            return True
        # What was sent while the database was away is written down when it is back.
        until = max((end for begin, end in self._away if begin - 1 <= message.at <= end + 1), default=message.at)
        return any(message.at <= kill + 0.1 and kill <= until + BEFORE_A_KILL for kill in self._kills)


def _is_apology(message: Shown) -> bool:
    return "taking a break right now" in message.text


def _matched(shown: Sequence[Shown], expected: Sequence[str]) -> list[int]:
    """Which of the messages shown are the expected ones, in their order."""
    found: list[int] = []
    for index, message in enumerate(shown):
        if len(found) < len(expected) and message.text == expected[len(found)]:
            found.append(index)
    return found


async def _connect(url: str, database: str | None = None) -> Any:
    parsed = make_url(url)
    return await asyncpg.connect(
        host=parsed.host,
        port=parsed.port,
        user=parsed.username,
        password=parsed.password,
        database=database or parsed.database,
    )


@contextlib.asynccontextmanager
async def new_database(kind: str, folder: Path) -> AsyncIterator[str]:
    """An empty database of that kind; PostgreSQL's is made beside TEST_POSTGRES_URL's and dropped."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'chaos.sqlite3'}"
        return
    server = os.environ.get("TEST_POSTGRES_URL", "")
    if not server:
        raise SystemExit(
            "TEST_POSTGRES_URL is not set: postgresql+asyncpg://user@host/database, a user who may create databases"
        )
    name = f"hearts_chaos_{os.getpid()}_{time.monotonic_ns()}"
    connection = await _connect(server)
    await connection.execute(f"CREATE DATABASE {name}")
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.close()


def rasa(server: NluServer) -> tuple[Ask, Callable[[], None]]:
    """A real NLU server as the model, and how it is killed."""

    async def ask(text: str) -> dict[str, Any]:
        async with httpx.AsyncClient(base_url=server.url, params={"token": server.token}, timeout=10) as client:
            response = await client.post("/model/parse", json={"text": text})
            response.raise_for_status()
            return dict(response.json())

    def kill() -> None:
        if server.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(server.pid, signal.SIGKILL)

    return ask, kill


async def stub(text: str) -> dict[str, Any]:
    return answer(text)


async def main(arguments: argparse.Namespace) -> int:
    plans = [Plan("sqlite"), Plan("postgresql"), Plan("postgresql", replicas=2)]
    settings = load_settings()
    server = None if arguments.stub else NluServer(settings, model_path(settings))
    ask, kill = stub, None
    if server:
        await server.start()
        ask, kill = rasa(server)
    good = True
    try:
        for plan in plans:
            if arguments.only and arguments.only != f"{plan.database}{plan.replicas}":
                continue
            for number in range(arguments.rounds):
                chosen = Plan(
                    plan.database, plan.replicas, arguments.people, arguments.steps, seed=arguments.seed + number
                )
                with tempfile.TemporaryDirectory() as folder:
                    async with new_database(plan.database, Path(folder)) as database:
                        outcome = await Chaos(chosen, database, Path(folder), ask, kill).run()
                print(outcome.table(), flush=True)
                good = good and outcome.good
    finally:
        if server:
            await server.stop()
    return 0 if good else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--steps", type=int, default=30, help="of each person")
    parser.add_argument("--rounds", type=int, default=3, help="with another seed each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["sqlite1", "postgresql1", "postgresql2"])
    parser.add_argument("--stub", action="store_true", help="without Rasa: the model is played")
    sys.exit(asyncio.run(main(parser.parse_args())))
