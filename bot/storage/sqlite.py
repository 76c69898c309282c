"""SQLite over aiosqlite with one call to its thread for each statement."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import aiosqlite


class Connection(aiosqlite.Connection):
    """What SQLAlchemy asks for a cursor. aiosqlite hands each call to a thread and back, which takes longer than most
    statements, and SQLAlchemy makes four calls for one: cursor, execute, fetch, close. Here they are one."""

    def cursor(self) -> Cursor:  # type: ignore[override]  # made in the thread, with its first statement
        return Cursor(self)

    async def run(self, statement: str, parameters: Any, many: bool) -> tuple[sqlite3.Cursor, list[Any]]:
        """The cursor, closed, and all the rows that the statement gave."""

        def fetched() -> tuple[sqlite3.Cursor, list[Any]]:
            cursor = self._conn.cursor()
            try:
                (cursor.executemany if many else cursor.execute)(statement, parameters)
                return cursor, cursor.fetchall() if cursor.description else []
            finally:
                cursor.close()

        return await self._execute(fetched)  # type: ignore[no-any-return, no-untyped-call]


class Cursor:
    """A cursor as SQLAlchemy's adapter for aiosqlite uses it: what there is to fetch is here already."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._done: sqlite3.Cursor | None = None
        self._rows: list[Any] = []
        self.arraysize = 1

    async def __aenter__(self) -> Cursor:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Cursor:
        self._done, self._rows = await self._connection.run(statement, parameters, many=False)
        return self

    async def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> Cursor:
        self._done, self._rows = await self._connection.run(statement, parameters, many=True)
        return self

    async def fetchall(self) -> list[Any]:
        return self._rows

    async def close(self) -> None:
        """Closed already, in the thread."""

    @property
    def description(self) -> Any:
        return self._done.description if self._done else None

    @property
    def rowcount(self) -> int:
        return self._done.rowcount if self._done else -1

    @property
    def lastrowid(self) -> int | None:
        return self._done.lastrowid if self._done else None


def connect(database: str, **settings: Any) -> Connection:
    """A connection to open, as `aiosqlite.connect` gives one."""
    connection = Connection(lambda: sqlite3.connect(database, **settings), iter_chunk_size=64)
    connection._thread.daemon = True  # as SQLAlchemy has it: the process may end while one is open
    return connection
