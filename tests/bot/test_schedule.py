"""Reminders come at their hour, once, never late, never to somebody who stopped them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot import schedule
from bot.schedule import tick
from bot.storage.store import Store
from dialogues.clocks import clock_in, find_zones, zone_in_words
from dialogues.events import SetReminder
from dialogues.places import gazetteer
from dialogues.rhythm import Rhythm
from dialogues.state import State
from tests.people import Clock

NOW = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
SUNDAY = SetReminder("appreciation", Rhythm(19, days=(6,)), "UTC")
DUE = datetime(2026, 11, 29, 19, 0, tzinfo=UTC)


async def test_a_prompt_is_handed_on_once(store: Store) -> None:
    await store.commit_turn(1, 0, State(), (SUNDAY,), (), NOW)
    woken: list[int] = []
    for minute in (-1, 1, 2):
        assert not await tick(store, DUE + timedelta(minutes=minute), woken.append)
    assert woken == [1]


@pytest.mark.rule("E2")
async def test_after_downtime_there_is_no_burst(store: Store) -> None:
    await store.commit_turn(1, 0, State(), (SUNDAY,), (), NOW)
    woken: list[int] = []
    await tick(store, DUE + timedelta(days=20), woken.append)
    assert woken == []
    (following,) = await store.schedule_of(1)
    assert following["due_at"] == "2026-12-20T19:00:00+00:00"


@pytest.mark.rule("D8")
async def test_the_running_schedule_purges_at_once_and_every_hour(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(NOW)
    purged = asyncio.Queue[datetime]()
    purge = store.purge

    async def watched(now: datetime) -> None:
        await purge(now)
        purged.put_nowait(now)

    monkeypatch.setattr(store, "purge", watched)
    monkeypatch.setattr(schedule, "TICK_SECONDS", 0)
    await store.commit_turn(1, 0, State(met=True), (), (), NOW - timedelta(days=400))
    running = asyncio.create_task(schedule.run(store, clock, lambda _: None, lambda: 10))
    assert await asyncio.wait_for(purged.get(), 10) == NOW
    assert await store.load(1) == (State(), 0)
    clock.later(minutes=61)
    assert await asyncio.wait_for(purged.get(), 10) == clock()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_a_daily_prompt_after_days_of_downtime_is_that_of_today(store: Store) -> None:
    await store.commit_turn(1, 0, State(), (SetReminder("checkin", Rhythm(9), "UTC"),), (), NOW)
    woken: list[int] = []
    now = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
    await tick(store, now, woken.append)
    await tick(store, now, woken.append)
    assert woken == [1]
    received = await store.next_received(1)
    assert received
    assert received.payload["until"] == "2026-11-28T11:00:00+00:00"
    assert (await store.schedule_of(1))[0]["due_at"] == "2026-11-29T09:00:00+00:00"


async def test_no_more_is_claimed_than_there_is_room_for(store: Store) -> None:
    for chat_id in range(1, 6):
        await store.commit_turn(chat_id, 0, State(), (SUNDAY,), (), NOW)
    woken: list[int] = []
    assert await tick(store, DUE, woken.append, room=2)
    assert len(woken) == 2
    assert await tick(store, DUE, woken.append, room=0)
    assert len(woken) == 2
    assert not await tick(store, DUE, woken.append)
    assert sorted(woken) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("New York", "America/New_York"),
        ("kolkata", "Asia/Kolkata"),
        ("calcutta", "Asia/Kolkata"),
        ("münchen", "Europe/Berlin"),
        ("i'm in London", "Europe/London"),
        ("London, Ontario", "America/Toronto"),
        ("Portland OR", "America/Los_Angeles"),
        ("georgia, us", "America/New_York"),
        ("Europe/Berlin", "Europe/Berlin"),
        ("Casablanca", "Africa/Casablanca"),
        ("apia", "Pacific/Apia"),
        ("lord howe island", "Australia/Lord_Howe"),
        ("it's 21:40", "UTC"),
        ("11pm", "Etc/GMT-1"),
        ("5:00 pm", "Etc/GMT+5"),
        ("somewhere", None),
        ("in the middle of nowhere", None),
        ("in berlin right now", "Europe/Berlin"),
        ("Mumbai", "Asia/Kolkata"),
        ("i live in new york city", "America/New_York"),
        ("LA", "America/Los_Angeles"),
        ("EST", "America/New_York"),
        ("São Paulo, Brazil", "America/Sao_Paulo"),
        ("near Cape Town", "Africa/Johannesburg"),
        ("germany", "Europe/Berlin"),
        ("texas", "America/Chicago"),
        ("utc+2", "Etc/GMT-2"),
        ("UTC plus 2", "Etc/GMT-2"),
        ("+2", "Etc/GMT-2"),
        ("gmt-3", "Etc/GMT+3"),
        ("GMT -5", "Etc/GMT+5"),
        ("UTC+5:30", "Asia/Kolkata"),
        ("UTC+13:45", "Pacific/Chatham"),
        ("-9:30", "Pacific/Marquesas"),
        ("utc", "UTC"),
        ("utc+99", None),
        ("i have 2 kids", None),
        ("i don't want to say", None),
        ("what is the best way to tell him?", None),
        ("it's 3:15 in the morning here", "Asia/Kolkata"),
        ("10:45 am", "Pacific/Auckland"),
        ("half past 9 in the evening", "UTC"),
    ],
)
def test_a_zone_is_found_from_a_place_an_offset_or_the_time(text: str, zone: str | None) -> None:
    found = find_zones(text, datetime(2026, 11, 24, 21, 45, tzinfo=UTC))
    assert [place.zone for place in found] == ([zone] if zone else [])


@pytest.mark.parametrize(
    ("text", "zones"),
    [
        ("portland", ["America/Los_Angeles", "America/New_York"]),
        ("Birmingham", ["Europe/London", "America/Chicago"]),
        ("hyderabad", ["Asia/Kolkata", "Asia/Karachi"]),
        ("georgia", ["Asia/Tbilisi", "America/New_York"]),
        ("usa", ["America/New_York", "America/Chicago", "America/Los_Angeles", "America/Denver"]),
    ],
)
def test_a_name_of_several_places_is_asked_about(text: str, zones: list[str]) -> None:
    assert [place.zone for place in find_zones(text, datetime(2026, 11, 24, 21, 45, tzinfo=UTC))] == zones


@pytest.mark.parametrize(
    ("zone", "words"),
    [("Etc/GMT-5", "UTC+5"), ("Etc/GMT+3", "UTC-3"), ("America/New_York", "New York"), ("UTC", "UTC")],
)
def test_a_zone_in_words_has_its_sign_the_usual_way_round(zone: str, words: str) -> None:
    assert zone_in_words(zone) == words


def test_every_place_leads_to_a_zone() -> None:
    known = gazetteer()
    zones = {place.zone for places in known.named.values() for place in places}
    assert len(zones) > 300
    assert all(ZoneInfo(zone) for zone in zones | set(known.nicknames.values()) | set(known.zones.values()))


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("7pm", (19, 0)),
        ("19:30", (19, 30)),
        ("at 8", (8, 0)),
        ("at 7", (19, 0)),
        ("half past 7", (19, 30)),
        ("half past seven in the morning", (7, 30)),
        ("quarter to 8", (19, 45)),
        ("noon", (12, 0)),
        ("midnight", (0, 0)),
        ("7 in the evening", (19, 0)),
        ("8 at night", (20, 0)),
        ("12 at night", (0, 0)),
        ("12 am", (0, 0)),
        ("12pm", (12, 0)),
        ("8 o'clock", (8, 0)),
        ("at nine", (9, 0)),
        ("07:00", (7, 0)),
        ("7:30 p.m.", (19, 30)),
        ("evening", None),
        ("25", None),
    ],
)
def test_a_time_is_read_as_people_write_it(text: str, clock: tuple[int, int] | None) -> None:
    assert clock_in(text) == clock
