"""A backup made while the bot runs brings everything back, with the commands that docs/operations.md gives."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot.storage.cipher import Cipher
from bot.storage.store import Store
from dialogues.state import State
from tests.conftest import KEY

NOW = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
STATE = State(met=True, consent=True, name="Somebody", country="GB")


async def fill(url: str) -> Store:
    store = await Store.open(url, Cipher([KEY]))
    await store.commit_turn(1, 0, STATE, (), [{"do": "send", "text": "not delivered yet"}], NOW)
    await store.receive(1, 7, {"kind": "text", "text": "not answered yet"}, NOW)
    return store


async def is_all_there(url: str) -> None:
    store = await Store.open(url, Cipher([KEY]))
    assert await store.load(1) == (STATE, 1)
    to_send, received = await store.next_to_send(1), await store.next_received(1)
    assert to_send
    assert to_send.payload["text"] == "not delivered yet"
    assert received
    assert received.payload["text"] == "not answered yet"
    assert not await store.receive(1, 7, {"kind": "text", "text": "not answered yet"}, NOW)
    await store.close()


async def test_sqlite(tmp_path: Path) -> None:
    running = await fill(f"sqlite:///{tmp_path / 'hearts.sqlite3'}")
    # What the shell's ".backup" does.
    with sqlite3.connect(tmp_path / "hearts.sqlite3") as source, sqlite3.connect(tmp_path / "copy.sqlite3") as copy:
        source.backup(copy)
    source.close()
    copy.close()
    await running.close()
    await is_all_there(f"sqlite:///{tmp_path / 'copy.sqlite3'}")


@pytest.mark.skipif(not shutil.which("pg_dump"), reason="no pg_dump here")
async def test_postgresql(database_url: str, tmp_path: Path) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("PostgreSQL only")
    url = make_url(database_url)
    connection = [f"--host={url.host}", f"--port={url.port or 5432}", f"--username={url.username}"]
    environment = os.environ | {"PGPASSWORD": url.password or ""}

    def run(*command: str) -> None:
        subprocess.run([command[0], *connection, *command[1:]], check=True, env=environment)

    running = await fill(database_url)
    run("pg_dump", "--format=custom", f"--file={tmp_path / 'copy.dump'}", str(url.database))
    await running.close()
    restored = f"{url.database}_restored"
    run("createdb", restored)
    try:
        run("pg_restore", f"--dbname={restored}", str(tmp_path / "copy.dump"))
        await is_all_there(url.set(database=restored).render_as_string(hide_password=False))
    finally:
        run("dropdb", "--force", restored)
