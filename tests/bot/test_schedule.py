"""Reminders come at their hour, once, never late, never to somebody who stopped them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.schedule import tick
from bot.storage.store import Store
from dialogues.events import SetReminder
from dialogues.reminding import find_zone, next_local
from dialogues.state import State

NOW = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
SUNDAY = SetReminder("appreciation", 6, 19, 0, "UTC")
DUE = datetime(2026, 11, 29, 19, 0, tzinfo=UTC)


async def test_a_prompt_is_handed_on_once(store: Store) -> None:
    await store.commit_turn(1, 0, State(), (SUNDAY,), (), NOW)
    woken: list[int] = []
    assert await tick(store, DUE - timedelta(minutes=1), woken.append) == 0
    assert await tick(store, DUE + timedelta(minutes=1), woken.append) == 1
    assert await tick(store, DUE + timedelta(minutes=2), woken.append) == 0
    assert woken == [1]


async def test_after_downtime_there_is_no_burst(store: Store) -> None:
    await store.commit_turn(1, 0, State(), (SUNDAY,), (), NOW)
    woken: list[int] = []
    assert await tick(store, DUE + timedelta(days=20), woken.append) == 0
    (following,) = await store.schedule_of(1)
    assert following["due_at"] == "2026-12-20T19:00:00+00:00"


@pytest.mark.parametrize(
    ("zone", "after", "expected"),
    [
        ("America/New_York", "2026-03-07T12:00:00+00:00", "2026-03-08T03:30:00-04:00"),  # 2:30 does not exist that day
        ("America/New_York", "2026-10-31T12:00:00+00:00", "2026-11-01T02:30:00-05:00"),
        ("Asia/Kolkata", "2026-11-24T22:00:00+00:00", "2026-11-26T02:30:00+05:30"),
        ("Australia/Lord_Howe", "2026-04-03T22:00:00+00:00", "2026-04-05T02:30:00+10:30"),
    ],
)
def test_local_times_hold_over_changes_of_the_clock(zone: str, after: str, expected: str) -> None:
    local = datetime.fromisoformat(after).astimezone(ZoneInfo(zone))
    found = next_local(None, 2, 30, local)
    assert found.astimezone(UTC) == datetime.fromisoformat(expected).astimezone(UTC)
    assert found > local


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("New York", "America/New_York"),
        ("kolkata", "Asia/Kolkata"),
        ("i'm in London", "Europe/London"),
        ("Europe/Berlin", "Europe/Berlin"),
        ("it's 21:40", "UTC"),
        ("11pm", "Etc/GMT-1"),
        ("5:00 pm", "Etc/GMT+5"),
        ("somewhere", None),
    ],
)
def test_a_zone_is_found_from_a_city_or_the_time(text: str, zone: str | None) -> None:
    assert find_zone(text, datetime(2026, 11, 24, 21, 45, tzinfo=UTC)) == zone
