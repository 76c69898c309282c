"""Prompts keep to the wall clock over changes of the clock, a missing day, and the quiet hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogues.rhythm import Rhythm, due_now, following, moment, sendable_until

ZONES = ("America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca")


def local(moment_in_utc: datetime, zone: str) -> str:
    return moment_in_utc.astimezone(ZoneInfo(zone)).isoformat()


@pytest.mark.parametrize(
    ("zone", "day", "hour", "minute", "expected"),
    [
        ("America/New_York", "2026-03-08", 2, 30, "2026-03-08T03:00:00-04:00"),  # 2:00 to 3:00 does not exist
        ("America/New_York", "2026-03-08", 2, 0, "2026-03-08T03:00:00-04:00"),
        ("America/New_York", "2026-11-01", 1, 30, "2026-11-01T01:30:00-04:00"),  # exists twice: the first
        ("America/New_York", "2026-11-01", 2, 30, "2026-11-01T02:30:00-05:00"),
        ("Asia/Kolkata", "2026-11-01", 2, 30, "2026-11-01T02:30:00+05:30"),
        ("Australia/Lord_Howe", "2026-10-04", 2, 15, "2026-10-04T02:30:00+11:00"),  # half an hour is missing
        ("Australia/Lord_Howe", "2026-04-05", 1, 45, "2026-04-05T01:45:00+11:00"),  # half an hour comes twice
        ("Pacific/Apia", "2011-12-29", 9, 0, "2011-12-29T09:00:00-10:00"),
        ("Pacific/Apia", "2011-12-31", 9, 0, "2011-12-31T09:00:00+14:00"),
        ("Africa/Casablanca", "2026-03-22", 2, 30, "2026-03-22T03:00:00+01:00"),  # after Ramadan
        ("Africa/Casablanca", "2026-02-15", 2, 30, "2026-02-15T02:30:00+01:00"),  # exists twice
    ],
)
def test_a_local_time_on_a_day(zone: str, day: str, hour: int, minute: int, expected: str) -> None:
    found = moment(date.fromisoformat(day), hour, minute, zone)
    assert found
    assert local(found, zone) == expected


def test_a_day_left_out_at_the_date_line_has_no_prompt() -> None:
    assert moment(date(2011, 12, 30), 9, 0, "Pacific/Apia") is None
    after = datetime(2011, 12, 29, 20, 0, tzinfo=UTC)  # 10:00 on the 29th
    daily = following(Rhythm(9), "Pacific/Apia", after)
    assert daily
    assert local(daily, "Pacific/Apia") == "2011-12-31T09:00:00+14:00"
    fridays = following(Rhythm(9, days=(4,)), "Pacific/Apia", after)
    assert fridays
    assert local(fridays, "Pacific/Apia") == "2012-01-06T09:00:00+14:00"


@pytest.mark.parametrize("zone", ZONES)
@given(
    start=st.datetimes(min_value=datetime(2011, 1, 1), max_value=datetime(2035, 1, 1)),  # noqa: DTZ001
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    days=st.sets(st.integers(0, 6), min_size=1),
)
def test_the_next_time_is_the_first_one_after(
    zone: str, start: datetime, hour: int, minute: int, days: set[int]
) -> None:
    after = start.replace(tzinfo=UTC)
    rhythm = Rhythm(hour, minute, tuple(sorted(days)))
    due = following(rhythm, zone, after)
    assert due
    assert due > after
    assert due.astimezone(ZoneInfo(zone)).weekday() in days
    again = following(rhythm, zone, due - timedelta(seconds=1))
    assert again == due
    second = following(rhythm, zone, due)
    assert second
    assert second.astimezone(ZoneInfo(zone)).date() > due.astimezone(ZoneInfo(zone)).date()


def test_every_second_week_holds_over_a_change_of_the_clock() -> None:
    zone, rhythm = "America/New_York", Rhythm(19, days=(6,), every=2)
    last = moment(date(2026, 10, 25), 19, 0, zone)
    assert last
    due = following(rhythm, zone, last, last)
    assert due
    assert local(due, zone) == "2026-11-08T19:00:00-05:00"
    much_later = following(rhythm, zone, last + timedelta(days=100), last)
    assert much_later
    assert (much_later - due).days % 14 == 0


def test_every_second_week_goes_on_from_another_weekday_or_zone() -> None:
    last = moment(date(2026, 11, 22), 19, 0, "Europe/Paris")
    assert last
    fridays = following(Rhythm(19, days=(4,), every=2), "Europe/Paris", last, last)
    assert fridays
    assert local(fridays, "Europe/Paris") == "2026-12-04T19:00:00+01:00"
    in_auckland = following(Rhythm(19, days=(6,), every=2), "Pacific/Auckland", last, last)  # Monday there already
    assert in_auckland
    assert local(in_auckland, "Pacific/Auckland") == "2026-12-06T19:00:00+13:00"


def test_a_late_prompt_goes_out_for_two_hours_but_not_into_quiet_hours_it_was_not_meant_for() -> None:
    at_noon, at_nine, at_night = (datetime(2026, 11, 24, hour, 0, tzinfo=UTC) for hour in (12, 21, 23))
    assert sendable_until(at_noon, "UTC") == at_noon + timedelta(hours=2)
    assert sendable_until(at_nine, "UTC") == at_nine + timedelta(hours=1)
    assert sendable_until(at_night, "UTC") == at_night + timedelta(hours=2)  # their own choice
    assert due_now(Rhythm(12), "UTC", at_noon, at_noon + timedelta(hours=2)) == at_noon
    assert due_now(Rhythm(12), "UTC", at_noon, at_noon + timedelta(hours=2, seconds=1)) is None
    assert due_now(Rhythm(12), "UTC", at_noon, at_noon + timedelta(days=3, hours=1)) == at_noon + timedelta(days=3)


def test_a_single_time_has_none_after_it() -> None:
    tonight = Rhythm(21, day=date(2026, 11, 24))
    due = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)
    assert following(tonight, "UTC", due - timedelta(hours=1)) == due
    assert following(tonight, "UTC", due) is None
    assert due_now(tonight, "UTC", due, due + timedelta(hours=5)) is None
