"""Opening the database: engine, SQLite's settings, migrations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 7_203_311
"""Any number of ours: replicas on one PostgreSQL migrate one after the other."""


class DatabaseError(RuntimeError):
    """The database can't be opened; the message says what to check and holds no password."""


def create_engine(url: str) -> AsyncEngine:
    """An async engine for SQLite (aiosqlite) or PostgreSQL (asyncpg). Raises DatabaseError for anything else."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseError(
            "DATABASE_URL is no database address. Example: sqlite+aiosqlite:///hearts.sqlite3"
        ) from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        engine = create_async_engine(
            parsed.set(drivername="sqlite+aiosqlite"), connect_args={"timeout": 15}, hide_parameters=True
        )
        event.listen(engine.sync_engine, "connect", _sqlite_settings)
        event.listen(engine.sync_engine, "begin", _sqlite_begin)
        return engine
    if backend == "postgresql":
        return create_async_engine(
            parsed.set(drivername="postgresql+asyncpg"),
            pool_size=10,
            max_overflow=10,
            pool_pre_ping=True,
            hide_parameters=True,
        )
    raise DatabaseError(f"DATABASE_URL names {backend}; sqlite+aiosqlite and postgresql+asyncpg are supported.")


def _sqlite_settings(connection: Any, _: Any) -> None:
    # pysqlite's own BEGIN comes too late for IMMEDIATE; _sqlite_begin does it.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    # Taking the write lock at once avoids "database is locked" when a reading transaction turns into a writing one.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def upgrade(connection: Connection, version: str = "head") -> None:
    """Bring the database to that version of the schema."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
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
