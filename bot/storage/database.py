"""Opening the database: engine and migrations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as SATimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry, PoolResetState

from bot.storage import sqlite

MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 7_203_311
"""Any number of ours: replicas on one PostgreSQL migrate one after the other."""


class DatabaseError(RuntimeError):
    """The database can't be opened; the message says what to check and holds no password."""


LOCKED_FOR = 15.0
"""Seconds another process may hold SQLite's lock before a transaction fails with OperationalError."""


def create_engine(url: str) -> AsyncEngine:
    """An engine for SQLite (aiosqlite) or PostgreSQL (asyncpg). Raises DatabaseError for anything else."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseError(
            "DATABASE_URL is no database address. Example: sqlite+aiosqlite:///hearts.sqlite3"
        ) from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _sqlite(parsed)
    if backend == "postgresql":
        # No ping before each use, which costs as much as a statement: a lost connection shows at its next use, the pool
        # then forgets all of that age, and whoever used it tries again.
        return create_async_engine(
            parsed.set(drivername="postgresql+asyncpg"), pool_size=10, max_overflow=10, hide_parameters=True
        )
    raise DatabaseError(f"DATABASE_URL names {backend}; sqlite and postgresql are supported.")


def _sqlite(url: URL) -> AsyncEngine:
    # One connection for good: a second one would only wait for the first. Each call goes to a thread and back, which takes
    # longer than most of the statements, so none is made that does nothing: the driver begins a transaction
    # with its first writing statement (IMMEDIATE, so that it waits for a lock instead of failing on one it finds later),
    # what only reads begins none, and the pool rolls back where a connection that is given back is in one.
    engine = create_async_engine(
        url.set(drivername="sqlite+aiosqlite"),
        hide_parameters=True,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1,
        max_overflow=0,
        pool_reset_on_return=None,
        connect_args={"timeout": LOCKED_FOR, "isolation_level": "IMMEDIATE", "async_creator_fn": sqlite.connect},
    )
    event.listen(engine.sync_engine, "connect", _sqlite_settings)
    event.listen(engine.sync_engine, "reset", _sqlite_given_back)
    return engine


def _sqlite_given_back(connection: Any, _: ConnectionPoolEntry, state: PoolResetState) -> None:
    # As after a COMMIT that failed; whatever else ends a transaction early has rolled it back already.
    if state.asyncio_safe and not state.terminate_only and connection.driver_connection.in_transaction:
        connection.rollback()


def _sqlite_settings(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def for_reading(engine: AsyncEngine) -> AsyncEngine:
    """The same database for statements that stand alone: no transaction is begun and ended around them."""
    return engine if engine.dialect.name == "sqlite" else engine.execution_options(isolation_level="AUTOCOMMIT")


def is_away(error: BaseException) -> bool:
    """Whether the error says that the database can't be used now, which is nobody's fault and passes."""
    if isinstance(error, DBAPIError):
        return not isinstance(error, (IntegrityError, DataError, ProgrammingError, NotSupportedError))
    # asyncpg's own come through where SQLAlchemy has not wrapped the call yet, as while connecting.
    return isinstance(error, (OSError, SATimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError))


def upgrade(connection: Connection, version: str = "head") -> None:
    """Bring the database to that version of the schema."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    else:  # the driver begins nothing before a CREATE TABLE
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, version)


async def migrate(engine: AsyncEngine) -> None:
    """Bring the database to the newest version. Raises DatabaseError where it can't be reached."""
    try:
        async with engine.begin() as connection:
            await connection.run_sync(upgrade)
    except (SQLAlchemyError, OSError) as error:
        raise DatabaseError(
            f"The database can't be opened ({type(error).__name__}). Is it running, is DATABASE_URL right, and may this "
            "user write there?"
        ) from error
