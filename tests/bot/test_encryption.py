"""Nothing personal can be read without the key: not in the database, not in the logs; and keys can be changed."""

from __future__ import annotations

import io
import logging
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import LargeBinary
from typer.testing import CliRunner

from bot import cli
from bot.logs import WithoutContent
from bot.storage.cipher import Cipher, UnusableKeyError, load_cipher, read_keys, write_keys
from bot.storage.rotation import SEALED, rotate
from bot.storage.store import Store
from bot.storage.tables import Base
from dialogues.state import State
from tests.conftest import KEY
from tests.people import Person
from tests.stories_runner import BEGIN

NAME = "Quendolin"
ANSWER = "the blue door on Mill Lane"
NOTE = "dreamt of marmalade skies"
PLAN = "wave at the heron by the weir"
WAITING = "an unanswered zephyr"
CONCERN = "she hid the violet letters"
PERSONAL = (NAME, ANSWER, NOTE, PLAN, WAITING, CONCERN, "violet", "heron", "marmalade", "trust 4", "appreciation")


async def everything(store: Store) -> Person:
    """Somebody of whom one of everything is stored: also an update not answered and replies not delivered."""
    person = Person(store)
    await person.commands("start")
    await person.writes(CONCERN, "suspicion")
    await person.commands("settings")
    await person.presses("My name")
    await person.presses("Yes, keep them")
    await person.writes(NAME)
    await person.sends("guide:self_care")
    for _ in range(12):
        state, _ = await store.load(1)
        if state.walk is None:
            break
        step = person.conversation.content.guides["self_care"].step(state.walk.step)
        if step.kind == "plan":
            await person.writes(PLAN)
        elif step.kind == "ask":
            await person.writes(ANSWER)
        elif step.kind == "choose":
            await person.writes("1")
        else:
            await person.writes("next")
    await person.sends("guide:therapy")
    for _ in range(4):
        await person.writes(ANSWER if "Skip" in person.buttons else "next" if "Next" in person.buttons else "1")
    await person.writes("pause")
    await person.commands("checkin")
    for rating in ("4", "2", "5"):
        await person.presses(rating)
    await person.writes(NOTE)
    await person.commands("reminders")
    await person.presses("Yes, once a week")
    await person.presses("Sunday")
    await person.writes("7pm")
    await person.writes("Lisbon")
    await person.presses("Yes, that's right")
    person.delivers = False
    await person.commands("export")
    await person.sends("send_export")
    person.answers_now = False
    await person.writes(WAITING)
    return person


async def bytes_of(store: Store) -> bytes:
    """Every byte of the database: the files of SQLite with their journals, all rows of all tables of PostgreSQL."""
    url = store._engine.url
    if url.get_backend_name() == "sqlite":
        assert url.database
        return b"".join(file.read_bytes() for file in Path(url.database).parent.glob("hearts.sqlite3*"))
    found = b""
    async with store._engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            for row in (await connection.execute(table.select())).all():
                found += b"\n".join(bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row)
    return found


@pytest.mark.rule("D10")
@pytest.mark.rule("D5")
async def test_one_of_everything_cannot_be_read_without_the_key(store: Store) -> None:
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    handler.setFormatter(WithoutContent())
    logging.getLogger().addHandler(handler)
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    try:
        await everything(store)
    finally:
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(level)
    state, _ = await store.load(1)
    assert (state.name, state.zone) == (NAME, "Europe/Lisbon")
    assert state.finished[0].plan
    assert PLAN in state.finished[0].plan
    assert state.paused
    assert any(ANSWER in answer for answer in state.paused[0].answers.values())
    assert [entry["note"] for entry in await store.checkins(1)] == [NOTE]
    assert len(await store.schedule_of(1)) == 1
    assert (await store.next_received(1)).payload["text"] == WAITING  # type: ignore[union-attr]
    assert await store.next_to_send(1)
    stored = await bytes_of(store)
    assert stored
    for secret in PERSONAL[:-1]:
        assert secret.encode() not in stored, secret
        assert secret not in log.getvalue(), secret


@pytest.mark.rule("D5")
def test_a_log_line_of_a_library_is_reduced_to_its_place() -> None:
    formatter = WithoutContent()

    def line(name: str, message: str, *args: object, error: BaseException | None = None) -> str:
        info = (type(error), error, None) if error else None
        record = logging.LogRecord(name, logging.ERROR, "/x/place.py", 7, message, args, info)
        return formatter.format(record)

    assert ANSWER not in line("telegram.Bot", "Received data was %r", {"text": ANSWER})
    assert "place:7" in line("httpx", f"POST https://api.telegram.org/bot{ANSWER}/getMe")
    assert line("telegram", "x", error=ValueError(ANSWER)).endswith("something at place:7 (ValueError)")
    assert line("bot.x", "a turn failed", error=ValueError(ANSWER)).endswith("a turn failed (ValueError)")


def test_every_encrypted_column_is_rotated() -> None:
    encrypted = {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert encrypted == {(column.class_.__tablename__, column.key) for _, column in SEALED}


@pytest.fixture
async def full(database_url: str) -> AsyncIterator[Store]:
    opened = await Store.open(database_url, Cipher([KEY]))
    await everything(opened)
    for chat in range(2, 30):
        await opened.commit_turn(chat, 0, State(country="GB"), (), (), BEGIN)
    yield opened
    await opened.close()


async def test_keys_are_rotated_in_batches_and_the_rotation_may_be_interrupted(full: Store) -> None:
    new = Fernet.generate_key().decode()
    both = Cipher([new, KEY])
    steps = rotate(full._engine, both, batch=10)
    first = await anext(steps)
    assert (first.table, first.seen, first.of, first.renewed) == ("users", 10, 29, 10)
    await steps.aclose()
    again = {at.table: at async for at in rotate(full._engine, both, batch=10)}
    assert again["users"].renewed == 19
    assert {name for name, at in again.items() if at.seen == at.of} == {"users", "checkins", "inbox", "outbox"}
    assert [at.renewed async for at in rotate(full._engine, both)] == [0, 0, 0, 0]
    only_new = Store(full._engine, Cipher([new]))
    assert (await only_new.load(1))[0].name == NAME
    assert [entry["note"] for entry in await only_new.checkins(1)] == [NOTE]
    assert (await only_new.next_received(1)).payload["text"] == WAITING  # type: ignore[union-attr]
    with pytest.raises(UnusableKeyError):
        await full.load(1)


async def test_rotation_with_a_missing_key_says_so(full: Store) -> None:
    strange = Cipher([Fernet.generate_key().decode()])
    with pytest.raises(UnusableKeyError, match="none of the keys"):
        async for _ in rotate(full._engine, strange):
            pass


async def test_rotate_key_works_with_the_key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key_file = tmp_path / "keys" / "encryption.key"
    url = f"sqlite+aiosqlite:///{tmp_path / 'hearts.sqlite3'}"
    store = await Store.open(url, load_cipher(None, key_file))
    await store.commit_turn(1, 0, State(country="GB"), (), (), BEGIN)
    await store.close()
    (old,) = read_keys(key_file)
    for name in ("ENCRYPTION_KEY", "LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("ENCRYPTION_KEY_FILE", str(key_file))

    def rotate_key(*options: str) -> None:
        with ThreadPoolExecutor(1) as pool:  # the command has an event loop of its own
            result = pool.submit(CliRunner().invoke, cli.app, ["rotate-key", *options]).result()
        assert result.exit_code == 0, result.output

    rotate_key("--new")
    assert len(read_keys(key_file)) == 2
    assert read_keys(key_file)[1] == old
    rotate_key("--forget")
    (new,) = read_keys(key_file)
    assert new != old
    assert key_file.stat().st_mode & 0o777 == 0o600
    store = await Store.open(url, Cipher([new]))
    assert (await store.load(1))[0].country == "GB"
    await store.close()


@pytest.mark.rule("D10")
def test_the_key_file_is_made_for_its_owner_only_and_apart_from_the_data(tmp_path: Path) -> None:
    from bot.settings import Settings

    usual = Settings(_env_file=None)  # type: ignore[call-arg]
    assert not usual.encryption_key_file.is_relative_to(usual.hearts_home)
    own = Settings(_env_file=None, hearts_home=tmp_path)  # type: ignore[call-arg]
    assert own.encryption_key_file == tmp_path / "keys" / "encryption.key"
    path = tmp_path / "keys" / "encryption.key"
    sealed = load_cipher(None, path).seal({"a": 1})
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_cipher(None, path).open(sealed) == {"a": 1}
    assert os.listdir(path.parent) == ["encryption.key"]
    path.chmod(0o640)
    with pytest.raises(UnusableKeyError, match="Others may read"):
        load_cipher(None, path)
    path.chmod(0o600)
    write_keys(path, [])
    with pytest.raises(UnusableKeyError, match="Fernet key"):
        load_cipher(None, path)
