"""What the schedule costs with a million scheduled users: a tick with nothing due, and claiming 10,000 due prompts.

Run: `make bench-prompts`, or `python -m benchmarks.prompts [users] [due] [PostgreSQL URL]`. SQLite in a temporary file, and PostgreSQL
in a database of its own where a URL is given (or TEST_POSTGRES_URL is set). Prints times, the memory that claiming takes, and
the plan of the claim. Ends with 1 where a limit of issue 7 is missed.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.fernet import Fernet
from sqlalchemy import Connection, insert, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.latency import memory, percentile
from bot.schedule import BATCH, tick
from bot.storage.cipher import Cipher
from bot.storage.database import create_engine
from bot.storage.store import Store, claim_statement
from bot.storage.tables import Schedule, User

NOW = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)
ZONES = ("America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca")
TICKS = 100
MAX_TICK_MS, MAX_CLAIM_S, MAX_MEMORY_MB = 5.0, 2.0, 20.0


async def fill(engine: AsyncEngine, users: int, due: int) -> None:
    """`users` people with a daily prompt, of which `due` are due within the minute before NOW, the others later."""
    sealed = b"-" * 200
    for start in range(0, users, 20_000):
        numbers = range(start, min(start + 20_000, users))
        people = [
            {
                "chat_id": n + 1,
                "version": 1,
                "sealed_state": sealed,
                "blocked": False,
                "created_at": NOW,
                "seen_at": NOW,
            }
            for n in numbers
        ]
        prompts = [
            {
                "chat_id": n + 1,
                "kind": "checkin",
                "days": "0123456",
                "every": 1,
                "hour": 20,
                "minute": 0,
                "zone": ZONES[n % len(ZONES)],
                # mixed over the table, as people come; Fibonacci hashing spreads them
                "due_at": NOW - timedelta(seconds=30)
                if n * 2654435761 % 2**32 * users < due * 2**32
                else NOW + timedelta(seconds=1 + n * 40503 % 86_000),
            }
            for n in numbers
        ]
        async with engine.begin() as connection:
            await connection.execute(insert(User), people)
            await connection.execute(insert(Schedule), prompts)
    if engine.dialect.name == "postgresql":
        async with engine.connect() as connection:
            raw = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await raw.execute(text("VACUUM ANALYZE"))


def plan(connection: Connection) -> list[str]:
    """The database's plan of the claim."""
    compiled = claim_statement(NOW, BATCH).compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    return [str(row[-1]) for row in connection.execute(text(f"{explain} {str(compiled).replace(':', chr(92) + ':')}"))]


async def measure(url: str, users: int, due: int) -> bool:
    store = await Store.open(url, Cipher([Fernet.generate_key().decode()]))
    engine = create_engine(url)
    begin = time.perf_counter()
    await fill(engine, users, due)
    print(f"\n{engine.dialect.name}: {users:,} scheduled users, filled in {time.perf_counter() - begin:.0f} s")
    early = NOW - timedelta(minutes=1)
    ticks = []
    for _ in range(TICKS):
        begin = time.perf_counter()
        await tick(store, early, lambda _: None)
        ticks.append((time.perf_counter() - begin) * 1000)
    print(
        f"  nothing due: a tick takes {percentile(ticks, 0.5):.2f} ms (median), {percentile(ticks, 0.99):.2f} ms (p99)"
    )
    before, begin, woken = memory(os.getpid()), time.perf_counter(), 0

    def wake(_: int) -> None:
        nonlocal woken
        woken += 1

    while await tick(store, NOW, wake):
        pass
    took, grown = time.perf_counter() - begin, memory(os.getpid()) - before
    print(f"  claiming {woken:,} due prompts: {took:.2f} s; memory {before:.0f} MB, {grown:+.1f} MB for it")
    async with engine.connect() as connection:
        lines = await connection.run_sync(plan)
    print("  plan:\n" + "\n".join(f"    {line}" for line in lines))
    await engine.dispose()
    await store.close()
    uses_index = any("ix_schedule_due_at" in line for line in lines) and not any(
        "Seq Scan" in line or line.strip().startswith("SCAN") for line in lines
    )
    return (
        percentile(ticks, 0.5) <= MAX_TICK_MS and took <= MAX_CLAIM_S and grown <= MAX_MEMORY_MB and uses_index
        and woken > 0.9 * due
    )  # fmt: skip


async def run(users: int, due: int, postgres: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        good = await measure(f"sqlite+aiosqlite:///{Path(folder) / 'bench.sqlite3'}", users, due)
    if not postgres:
        print("\nPostgreSQL: left out (TEST_POSTGRES_URL is not set)")
        return good
    name = f"hearts_bench_{secrets.token_hex(4)}"
    server = create_engine(postgres).execution_options(isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        url = make_url(postgres).set(database=name).render_as_string(hide_password=False)
        return await measure(url, users, due) and good
    finally:
        async with server.connect() as connection:
            await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        await server.dispose()


if __name__ == "__main__":
    arguments = sys.argv[1:]
    numbers = [int(argument.replace("_", "")) for argument in arguments[:2]]
    address = arguments[2] if len(arguments) > 2 else os.environ.get("TEST_POSTGRES_URL", "")
    within = asyncio.run(run(*(numbers + [1_000_000, 10_000][len(numbers) :]), address))  # type: ignore[call-arg]
    print("\nwithin the limits" if within else "\na limit is missed")
    sys.exit(0 if within else 1)
