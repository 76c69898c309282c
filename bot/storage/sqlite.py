"""SQLite on the event loop: one connection, whole transactions at once, and a lock that is waited for without blocking.

A statement on a local file takes some 50 microseconds; handing it to a thread and back takes several times that, and a
thread that waits for the interpreter takes milliseconds from everybody. So statements run where they are asked for.
What can take long is a lock that another process holds; it is waited for with the event loop free.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, CursorResult, Dialect, Engine, Executable, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool

Result = TypeVar("Result")
LOCKED_FOR = 15.0
"""Seconds another process may hold the lock before a transaction fails with OperationalError."""
LOOK_AGAIN = 0.02


class SqliteConnection:
    """The part of SQLAlchemy's AsyncConnection that the store uses."""

    def __init__(self, connection: Connection, in_transaction: bool) -> None:
        self._connection = connection
        self._in_transaction = in_transaction

    @property
    def dialect(self) -> Dialect:
        return self._connection.dialect

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run a statement; a read outside a transaction waits for a lock, the rest has it already."""
        if self._in_transaction:
            return self._connection.execute(statement, parameters)
        return await _patiently(lambda: self._connection.execute(statement, parameters))

    async def scalar(self, statement: Executable) -> Any:
        return (await self.execute(statement)).scalar()

    async def run_sync(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """Run `work` on the plain connection."""
        return work(self._connection, *arguments)


class SqliteEngine:
    """The part of SQLAlchemy's AsyncEngine that the store uses. One task at a time has the connection."""

    def __init__(self, url: URL) -> None:
        # One connection for good: a second one would only wait for the first.
        self._engine = create_engine(
            url.set(drivername="sqlite"),
            poolclass=StaticPool,
            hide_parameters=True,
            connect_args={"timeout": LOCKED_FOR, "isolation_level": None, "check_same_thread": False},
        )
        event.listen(self._engine, "connect", _settings)
        self._turn = asyncio.Lock()

    @property
    def dialect(self) -> Dialect:
        return self._engine.dialect

    @property
    def url(self) -> URL:
        return self._engine.url

    @property
    def sync_engine(self) -> Engine:
        """The plain engine, whose events can be listened to."""
        return self._engine

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqliteConnection]:
        """A transaction: committed at the end, rolled back where the body raises."""
        async with self._turn:
            with self._engine.connect() as connection:
                # Taking the write lock at once: a reading transaction that turns into a writing one fails when locked.
                await _patiently(lambda: connection.exec_driver_sql("BEGIN IMMEDIATE"))
                try:
                    yield SqliteConnection(connection, in_transaction=True)
                    connection.commit()
                except BaseException:
                    connection.rollback()
                    raise

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[SqliteConnection]:
        """For reading: each statement stands alone and takes no lock that a writer would wait for."""
        async with self._turn:
            with self._engine.connect() as connection:
                yield SqliteConnection(connection, in_transaction=False)

    async def dispose(self) -> None:
        self._engine.dispose()


def _settings(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "busy_timeout=0",  # from here on `_patiently` waits
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


async def _patiently(work: Callable[[], Result]) -> Result:
    """`work`, tried again while another process holds the lock."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + LOCKED_FOR
    while True:
        try:
            return work()
        except OperationalError as error:
            if "locked" not in str(error.orig) or loop.time() > deadline:
                raise
        await asyncio.sleep(LOOK_AGAIN)
