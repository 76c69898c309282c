"""What is stored survives, once, for the right person, and unreadable without the key."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bot.storage.cipher import Cipher, UnusableKeyError, load_cipher
from bot.storage.database import DatabaseError, create_engine, upgrade
from bot.storage.store import CLAIM, StaleStateError, Store
from dialogues import retention
from dialogues.events import Count, DeleteEverything, ForgetWords, SaveCheckin, SetReminder, StopReminders
from dialogues.rhythm import Rhythm
from dialogues.state import Finished, State, Today, Walk
from tests.conftest import KEY

NOW = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
SUNDAY = SetReminder("appreciation", Rhythm(19, days=(6,)), "UTC")
DUE = datetime(2026, 11, 29, 19, 0, tzinfo=UTC)
SECRET = "the blue door on Mill Lane"


async def test_state_survives_and_belongs_to_one_person(store: Store) -> None:
    walk = Walk(guide="self_care", step="lowest", answers={"x": SECRET})
    await store.commit_turn(1, 0, State(consent=True, walk=walk), (), (), NOW)
    state, version = await store.load(1)
    assert (state.walk, version) == (walk, 1)
    assert await store.load(2) == (State(), 0)


@pytest.mark.rule("D1")
async def test_without_consent_no_words_are_stored(store: Store) -> None:
    state = State(
        name=SECRET,
        walk=Walk(guide="g", step="s", answers={"x": SECRET}),
        finished=(Finished(guide="g", day=date(2026, 1, 1), plan=SECRET, own_words=SECRET, helpful=True),),
        checkin=Today(day=date(2026, 1, 1)),
    )
    await store.commit_turn(1, 0, state, (), (), NOW)
    loaded, _ = await store.load(1)
    assert loaded.name is None
    assert loaded.checkin is None
    assert loaded.walk
    assert loaded.walk.answers == {}
    assert loaded.finished == (Finished(guide="g", day=date(2026, 1, 1)),)


async def test_two_writers_cannot_overwrite_each_other(store: Store) -> None:
    await store.commit_turn(1, 0, State(), (), (), NOW)
    await store.commit_turn(1, 1, State(country="GB"), (), (), NOW)
    with pytest.raises(StaleStateError):
        await store.commit_turn(1, 1, State(country="US"), (), (), NOW)
    with pytest.raises(StaleStateError):
        await store.commit_turn(1, 0, State(country="US"), (), (), NOW)
    assert (await store.load(1))[0].country == "GB"


async def test_an_update_is_received_once_and_answered_once(store: Store) -> None:
    assert await store.receive(1, 500, {"kind": "text", "text": SECRET}, NOW)
    assert not await store.receive(1, 500, {"kind": "text", "text": SECRET}, NOW)
    received = await store.next_received(1)
    assert received
    assert received.payload["text"] == SECRET
    await store.commit_turn(1, 0, State(), (), [{"do": "send", "text": "hello"}], NOW, received.id)
    assert await store.next_received(1) is None
    with pytest.raises(StaleStateError):
        await store.commit_turn(1, 1, State(), (), [{"do": "send", "text": "hello"}], NOW, received.id)
    assert not await store.receive(1, 500, {"kind": "text", "text": SECRET}, NOW)


async def test_a_failed_turn_leaves_nothing_behind(store: Store) -> None:
    await store.receive(1, 500, {"kind": "text", "text": "x"}, NOW)
    received = await store.next_received(1)
    assert received
    with pytest.raises(StaleStateError):
        await store.commit_turn(1, 7, State(), (Count("x"),), [{"do": "send", "text": "hello"}], NOW, received.id)
    assert await store.next_received(1) == received
    assert await store.next_to_send(1) is None
    assert await store.counters() == {}


async def test_deliveries_keep_their_order_and_are_claimed_once(store: Store) -> None:
    await store.commit_turn(1, 0, State(), (), [{"do": "send", "text": "a"}, {"do": "send", "text": "b"}], NOW)
    first = await store.next_to_send(1)
    assert first
    assert first.payload["text"] == "a"
    assert await store.claim_to_send(first, NOW + timedelta(minutes=1))
    assert not await store.claim_to_send(first, NOW + timedelta(minutes=1))
    assert await store.sent(first, NOW, 10, keyboard=True) is None
    second = await store.next_to_send(1)
    assert second
    assert second.payload["text"] == "b"
    assert await store.sent(second, NOW, 11) == 10
    assert await store.recent_message_ids(1, NOW - timedelta(hours=48)) == [10, 11]


async def test_what_was_left_behind_is_found(store: Store) -> None:
    await store.receive(1, 1, {"kind": "text", "text": "x"}, NOW)
    await store.commit_turn(2, 0, State(), (), [{"do": "send", "text": "a"}], NOW)
    assert await store.chats_waiting(NOW, NOW) == [1, 2]
    assert await store.chats_waiting(NOW - timedelta(seconds=5), NOW - timedelta(seconds=1)) == []


async def test_one_checkin_a_day(store: Store) -> None:
    day = date(2026, 11, 24)
    await store.commit_turn(1, 0, State(), (SaveCheckin(day, 3, 2, 1),), (), NOW)
    await store.commit_turn(1, 1, State(), (SaveCheckin(day, 4, 2, 1, SECRET),), (), NOW)
    assert await store.checkins(1) == [{"day": "2026-11-24", "trust": 4, "connection": 2, "mood": 1, "note": SECRET}]


@pytest.mark.rule("D2")
async def test_consent_taken_back_erases_the_checkins_of_that_person(store: Store) -> None:
    saved = SaveCheckin(date(2026, 11, 24), 3, 2, 1, SECRET)
    await store.commit_turn(1, 0, State(consent=True), (saved, SUNDAY), (), NOW)
    await store.commit_turn(2, 0, State(consent=True), (saved,), (), NOW)
    await store.commit_turn(1, 1, State(consent=False), (ForgetWords(),), (), NOW)
    assert await store.checkins(1) == []
    assert len(await store.checkins(2)) == 1
    assert len(await store.schedule_of(1)) == 1
    assert (await store.load(1))[0].consent is False


async def test_a_reminder_is_due_at_its_local_hour_once(store: Store) -> None:
    await store.commit_turn(
        1, 0, State(), (SetReminder("appreciation", Rhythm(19, days=(6,)), "America/New_York"),), (), NOW
    )
    due_at = datetime(2026, 11, 30, 0, 0, tzinfo=UTC)
    assert (await store.claim_due(due_at - timedelta(seconds=1), 10)).rows == 0
    assert (await store.claim_due(due_at, 10)).chats == (1,)
    assert (await store.claim_due(due_at + timedelta(days=6), 10)).rows == 0
    received = await store.next_received(1)
    assert received
    assert received.payload == {"kind": "prompt", "text": "appreciation", "until": "2026-11-30T02:00:00+00:00"}
    await store.commit_turn(1, 1, State(), (StopReminders(),), (), due_at)
    assert (await store.claim_due(due_at + timedelta(days=30), 10)).rows == 0


async def test_a_prompt_asked_for_once_comes_once(store: Store) -> None:
    tonight = SetReminder("once", Rhythm(21, day=date(2026, 11, 25)), "Asia/Kolkata")
    await store.commit_turn(1, 0, State(), (tonight,), (), NOW)
    assert (await store.claim_due(datetime(2026, 11, 25, 15, 30, tzinfo=UTC), 10)).chats == (1,)
    assert await store.schedule_of(1) == []
    await store.commit_turn(1, 1, State(), (tonight,), (), NOW + timedelta(days=2))  # over: nothing to remember
    assert await store.schedule_of(1) == []


async def test_less_often_keeps_its_weeks(store: Store) -> None:
    rhythm = Rhythm(19, days=(6,), every=2)
    await store.commit_turn(1, 0, State(), (SetReminder("appreciation", rhythm, "America/New_York"),), (), NOW)
    came = []
    for hour in range(24 * 7 * 16):
        now = NOW + timedelta(hours=hour)
        if (await store.claim_due(now, 10)).chats:
            came.append(now)
    assert [(b - a).days for a, b in pairwise(came)] == [14] * (len(came) - 1)
    assert len(came) >= 7


@pytest.mark.rule("E2")
async def test_who_blocked_the_bot_gets_no_prompt_until_they_are_back(store: Store) -> None:
    week_later = NOW + timedelta(days=7)
    await store.commit_turn(1, 0, State(), (SetReminder("appreciation", Rhythm(19), "UTC"),), (), NOW)
    await store.set_blocked(1, True, NOW)
    assert (await store.claim_due(week_later, 10)).rows == 0
    await store.commit_turn(1, 1, State(), (), (), week_later, prompt_until=week_later)  # a prompt is no sign of life
    assert (await store.schedule_of(1))[0]["due_at"] is None
    await store.commit_turn(1, 2, State(), (), (), week_later)
    assert (await store.claim_due(week_later, 10)).rows == 0  # nothing of what was missed
    assert (await store.claim_due(week_later + timedelta(hours=22), 10)).chats == (1,)
    await store.set_blocked(1, True, week_later)
    await store.set_blocked(1, False, week_later)
    assert (await store.schedule_of(1))[0]["due_at"] is not None


async def test_a_reply_goes_before_a_prompt_and_a_prompt_expires(store: Store) -> None:
    until = NOW + timedelta(hours=2)
    await store.commit_turn(1, 0, State(), (), [{"do": "send", "text": "prompt"}], NOW, prompt_until=until)
    await store.commit_turn(1, 1, State(), (), [{"do": "send", "text": "reply"}], NOW)
    first = await store.next_to_send(1)
    assert first
    assert (first.payload["text"], first.expires_at) == ("reply", None)
    await store.sent(first, NOW, 1)
    second = await store.next_to_send(1)
    assert second
    assert (second.payload["text"], second.expires_at) == ("prompt", until)


async def test_prompts_alone_do_not_keep_a_silent_person(store: Store) -> None:
    begin = NOW - retention.SILENCE - timedelta(days=1)
    await store.commit_turn(1, 0, State(), (), (), begin)
    await store.commit_turn(1, 1, State(), (), (), NOW - timedelta(days=7), prompt_until=NOW)
    await store.purge(NOW)
    assert await store.load(1) == (State(), 0)


async def test_two_processes_never_take_the_same_prompt(database_url: str) -> None:
    stores = [await Store.open(database_url, Cipher([KEY])) for _ in range(2)]
    for chat_id in range(1, 101):
        await stores[0].commit_turn(chat_id, 0, State(), (SUNDAY,), (), NOW)
    due = NOW + timedelta(days=5)

    async def claim(store: Store) -> list[int]:
        taken: list[int] = []
        for _ in range(200):
            chats = (await store.claim_due(due - timedelta(hours=2), 7)).chats
            taken += chats
            await asyncio.sleep(0)
        return taken

    first, second = await asyncio.gather(*(claim(store) for store in stores))
    assert sorted(first + second) == list(range(1, 101))
    assert len(await stores[0].chats_waiting(due, due)) == 100
    for store in stores:
        await store.close()


@pytest.mark.rule("D7")
@pytest.mark.rule("E3")
async def test_deletion_leaves_a_stranger(store: Store) -> None:
    effects = (
        SaveCheckin(date(2026, 11, 24), 3, 2, 1, SECRET),
        SetReminder("appreciation", Rhythm(19, days=(6,)), "UTC"),
    )
    await store.commit_turn(1, 0, State(consent=True, name=SECRET), effects, [{"do": "send", "text": SECRET}], NOW)
    await store.receive(1, 9, {"kind": "command", "text": "delete", "message_id": 5}, NOW)
    received = await store.next_received(1)
    assert received
    await store.commit_turn(1, 1, State(), (DeleteEverything(),), [{"do": "send", "text": "done"}], NOW, received.id)
    assert await store.load(1) == (State(), 0)
    assert await store.checkins(1) == []
    assert await store.schedule_of(1) == []
    assert await store.recent_message_ids(1, NOW - timedelta(days=3)) == []
    left = await store.next_to_send(1)
    assert left
    assert left.payload["text"] == "done"


async def test_another_key_is_refused_with_a_clear_message(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hearts.sqlite3'}"
    store = await Store.open(url, Cipher([KEY]))
    await store.commit_turn(1, 0, State(), (), (), NOW)
    await store.close()
    other = await Store.open(url, Cipher([Fernet.generate_key().decode()]))
    with pytest.raises(UnusableKeyError, match="ENCRYPTION_KEY"):
        await other.load(1)
    await other.close()


def test_an_unusable_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableKeyError, match="ENCRYPTION_KEY"):
        load_cipher("too short", tmp_path / "encryption.key")


@pytest.mark.parametrize("url", ["mysql://x:hidden@y/z", "not a url", "sqlite:////no/such/folder/x.sqlite3"])
async def test_an_unusable_database_is_named_without_its_password(url: str) -> None:
    with pytest.raises(DatabaseError) as caught:
        if "no/such" in url:
            await Store.open(url, Cipher([KEY]))
        else:
            create_engine(url)
    assert "hidden" not in str(caught.value)


async def test_a_claim_left_by_a_killed_process_is_taken_up_at_the_next_start(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite:///{tmp_path / 'hearts.sqlite3'}", Cipher([KEY]))
    await store.commit_turn(1, 0, State(), (), [{"do": "send", "text": "a"}], NOW)
    item = await store.next_to_send(1)
    assert item
    assert await store.claim_to_send(item, NOW + timedelta(minutes=1))
    await store.release_claims(NOW)
    again = await store.next_to_send(1)
    assert again
    assert again.not_before == NOW
    await store.close()


async def test_replies_are_claimed_with_their_turn_where_nothing_waits_before_them(store: Store) -> None:
    until = NOW + CLAIM
    hello = [{"do": "send", "text": "hello"}, {"do": "send", "text": "how are you"}]
    first, second = await store.commit_turn(1, 0, State(), (), hello, NOW, claim_until=until)
    assert (first.payload, second.payload) == tuple(hello)
    waiting = await store.next_to_send(1)
    assert waiting
    assert (waiting.id, waiting.not_before) == (first.id, until)
    assert await store.commit_turn(1, 1, State(), (), hello, NOW, claim_until=until) == ()
    await store.sent(first, NOW, 1)
    await store.retry_at(second, NOW + timedelta(minutes=5))
    later = await store.next_to_send(1)
    assert later
    assert (later.id, later.not_before) == (second.id, NOW + timedelta(minutes=5))
    assert await store.chats_waiting(NOW, NOW + timedelta(minutes=4)) == []  # what comes after it waits as well


async def test_updates_are_answered_in_telegrams_order_whoever_stored_them_first(store: Store) -> None:
    await store.receive(1, 12, {"kind": "text", "text": "second"}, NOW)
    await store.receive(1, 11, {"kind": "text", "text": "first"}, NOW)
    await store.receive(1, None, {"kind": "prompt", "text": "checkin"}, NOW)
    order = []
    for version in range(3):
        received = await store.next_received(1)
        assert received
        order.append((received.payload["text"], received.more))
        await store.commit_turn(1, version, State(), (), (), NOW, received.id)
    assert order == [("first", True), ("second", True), ("checkin", False)]


async def test_with_an_update_comes_who_wrote_it_and_whether_others_wait(store: Store) -> None:
    await store.commit_turn(1, 0, State(country="GB"), (), (), NOW)
    first = await store.receive(1, 21, {"kind": "text", "text": "first"}, NOW)
    assert first
    assert first.person
    assert store.opened(first.person) == (State(country="GB"), 1)
    assert not first.more
    assert first == await store.next_received(1)
    second = await store.receive(1, 22, {"kind": "text", "text": "second"}, NOW)
    assert second
    assert second.more
    stranger = await store.receive(2, 23, {"kind": "text", "text": "hello"}, NOW)
    assert stranger
    assert stranger.person
    assert store.opened(stranger.person) == (State(), 0)
    assert not stranger.more


async def test_a_prompt_that_waits_is_another_one(store: Store) -> None:
    await store.receive(1, None, {"kind": "prompt", "text": "checkin"}, NOW)
    received = await store.receive(1, 21, {"kind": "text", "text": "hello"}, NOW)
    assert received
    assert received.more


async def test_a_commit_that_fails_leaves_nothing_to_the_next_transaction(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite:///{tmp_path / 'hearts.sqlite3'}", Cipher([KEY]))
    with pytest.raises(IntegrityError):
        async with store._engine.begin() as connection:
            await connection.execute(text("INSERT INTO counters (name, day, count) VALUES ('half', '2026-11-24', 1)"))
            await connection.execute(text("PRAGMA defer_foreign_keys=ON"))  # refused at the COMMIT only
            await connection.execute(text("INSERT INTO checkins (chat_id, day, sealed) VALUES (9, '2026-11-24', '')"))
    await store.commit_turn(1, 0, State(), (Count("whole"),), (), NOW)
    assert await store.counters() == {"whole": 1}
    await store.close()


async def test_a_locked_database_is_waited_for_with_the_loop_free(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite:///{tmp_path / 'hearts.sqlite3'}", Cipher([KEY]))
    other = sqlite3.connect(tmp_path / "hearts.sqlite3", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    writing = asyncio.create_task(store.receive(1, 1, {"kind": "text", "text": "x"}, NOW))
    for _ in range(5):
        await asyncio.sleep(0.01)  # the loop goes on
    assert not writing.done()
    other.execute("COMMIT")
    other.close()
    assert await writing
    await store.close()


async def test_reminders_and_blocks_survive_the_migration(database_url: str) -> None:
    engine = create_engine(database_url)
    async with engine.begin() as connection:
        await connection.run_sync(upgrade, "0001")
        for chat_id, weekday, blocked in ((1, "6", "false"), (2, "NULL", "false"), (3, "2", "true")):
            await connection.execute(
                text(
                    "INSERT INTO users (chat_id, version, sealed_state, blocked, created_at, seen_at) "
                    f"VALUES ({chat_id}, 1, :sealed, {blocked}, '2026-11-24 22:00:00', '2026-11-24 22:00:00')"
                ),
                {"sealed": Cipher([KEY]).seal({})},
            )
            await connection.execute(
                text(
                    "INSERT INTO schedule (chat_id, kind, weekday, hour, minute, zone, due_at) "
                    f"VALUES ({chat_id}, 'appreciation', {weekday}, 19, 0, 'UTC', '2026-11-29 19:00:00')"
                )
            )
    await engine.dispose()
    store = await Store.open(database_url, Cipher([KEY]))
    assert [(await store.schedule_of(chat_id))[0]["days"] for chat_id in (1, 2, 3)] == [[6], list(range(7)), [2]]
    assert set((await store.claim_due(DUE, 10)).chats) == {1, 2}
    await store.set_blocked(3, False, DUE)
    assert (await store.schedule_of(3))[0]["due_at"] == "2026-12-02T19:00:00+00:00"
    await store.close()
