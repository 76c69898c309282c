"""What tests share: databases, a real NLU server for the whole run, a Bot API server, and bot processes."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import make_url, text

from bot.nlu_server import NluServer, model_path
from bot.settings import load_settings
from bot.storage.cipher import Cipher
from bot.storage.database import create_engine
from bot.storage.store import Store
from tests.processes import BotProcess
from tests.telegram_server import TelegramServer

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "")
KEY = Fernet.generate_key().decode()


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """An empty database of each kind; PostgreSQL only with TEST_POSTGRES_URL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'hearts.sqlite3'}"
        return
    if not POSTGRES:
        pytest.skip("TEST_POSTGRES_URL is not set")
    name = f"hearts_{os.getpid()}_{secrets.token_hex(4)}"
    server = create_engine(POSTGRES).execution_options(isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    async with server.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await server.dispose()


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    opened = await Store.open(database_url, Cipher([KEY]))
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
async def nlu_server() -> AsyncIterator[NluServer]:
    """A real Rasa server with the trained model, for the whole run."""
    settings = load_settings()
    model = model_path(settings)
    assert model.exists(), "there is no trained model for today's data: run 'make model'"
    server = NluServer(settings, model)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    server = TelegramServer()
    await server.start()
    yield server
    await server.stop()


StartBot = Callable[..., Awaitable[BotProcess]]


@pytest.fixture
async def start_bot(telegram: TelegramServer, nlu_server: NluServer, tmp_path: Path) -> AsyncIterator[StartBot]:
    """Starts `hearts run` as a real process against the test's Bot API server; ended with the test."""
    started: list[BotProcess] = []

    async def start(**environment: str) -> BotProcess:
        base = {
            "HEARTS_HOME": str(tmp_path / "home"),
            "NLU_URL": nlu_server.url,
            "NLU_TOKEN": nlu_server.token,
            "ENCRYPTION_KEY": KEY,
        }
        process = await BotProcess.start(telegram.url, tmp_path, base | environment)
        started.append(process)
        return process

    yield start
    for process in started:
        await process.kill()
