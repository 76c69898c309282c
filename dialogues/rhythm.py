"""When a prompt is due: rhythms on the person's own wall clock, in IANA time zones, right over every change of clock.

The rules: a wall-clock time that does not exist that day (clocks go forward) moves to the next valid minute; one that
exists twice (clocks go back) counts once, the first time; a calendar day that does not exist (the date line) is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

TOO_LATE = timedelta(hours=2)
"""A prompt later than this is left out: nobody gets a burst after downtime."""
QUIET_FROM, QUIET_UNTIL = 22, 8
"""Hours on the person's clock between which nothing comes, unless they chose that very time themself."""
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)


@dataclass(frozen=True)
class Rhythm:
    """A local time on some weekdays (0 = Monday) every so many weeks, or once, on `day`."""

    hour: int
    minute: int = 0
    days: tuple[int, ...] = EVERY_DAY
    every: int = 1
    """Weeks from one time to the next; more than 1 only with a single weekday."""
    day: date | None = None
    """The one day of a prompt that comes once; None for one that comes again."""


def moment(day: date, hour: int, minute: int, zone: str) -> datetime | None:
    """The time in UTC at which that wall-clock time comes on that day; None where the day does not exist in the zone."""
    info = ZoneInfo(zone)
    wall = datetime.combine(day, time(hour, minute))
    first = wall.replace(tzinfo=info).astimezone(UTC)
    if first.astimezone(info).replace(tzinfo=None) == wall:
        return first
    earliest, latest = wall.replace(tzinfo=info, fold=1).astimezone(UTC), first
    if latest - earliest >= timedelta(days=1):
        return None
    while latest - earliest > timedelta(seconds=1):  # the change lies in between; it need not be on a full minute
        middle = earliest + (latest - earliest) / 2
        if middle.astimezone(info).replace(tzinfo=None) < wall:
            earliest = middle
        else:
            latest = middle
    return latest.replace(microsecond=0)


def following(rhythm: Rhythm, zone: str, after: datetime, last: datetime | None = None) -> datetime | None:
    """The first time in UTC strictly after the aware `after`; None where there is none (a single time that is over).

    `last` is a time of the same rhythm from which every second, third ... week is counted.
    """
    for day in _days(rhythm, zone, after, last):
        due = moment(day, rhythm.hour, rhythm.minute, zone)
        if due is not None and due > after:
            return due
    return None


def _days(rhythm: Rhythm, zone: str, after: datetime, last: datetime | None) -> Iterator[date]:
    """Calendar days that may be next, oldest first."""
    if rhythm.day is not None:
        yield rhythm.day
        return
    today = after.astimezone(ZoneInfo(zone)).date()
    if rhythm.every > 1 and last is not None:
        begun = last.astimezone(ZoneInfo(zone)).date()
        begun += timedelta(days=(rhythm.days[0] - begun.weekday() + 3) % 7 - 3)  # the weekday may be another one now
        weeks = max(0, (today - begun).days // 7 // rhythm.every * rhythm.every)
        for turn in range(4):
            yield begun + timedelta(weeks=weeks + turn * rhythm.every)
        return
    for number in range(-1, 16):  # a missing day and a missing weekday at once are still inside
        day = today + timedelta(days=number)
        if day.weekday() in rhythm.days:
            yield day


def is_quiet(hour: int) -> bool:
    """Whether the local hour lies in the quiet hours."""
    return hour >= QUIET_FROM or hour < QUIET_UNTIL


def sendable_until(due: datetime, zone: str) -> datetime:
    """Until when (UTC) a prompt due then may go out: two hours, and not into the quiet hours it was not meant for."""
    local = due.astimezone(ZoneInfo(zone))
    latest = due + TOO_LATE
    if is_quiet(local.hour):
        return latest
    quiet = moment(local.date(), QUIET_FROM, 0, zone)
    return min(latest, quiet) if quiet is not None and quiet > due else latest


def due_now(rhythm: Rhythm, zone: str, due: datetime, now: datetime) -> datetime | None:
    """The time of a prompt, due since `due`, that may go out at `now`; None where all that fell due came too late.

    After a long silence that is the latest one, if it is young enough: the older ones are left out.
    """
    latest: datetime | None = due
    if now > sendable_until(due, zone):
        latest = following(rhythm, zone, now - TOO_LATE - timedelta(seconds=1), last=due)
    return latest if latest is not None and latest <= now <= sendable_until(latest, zone) else None
