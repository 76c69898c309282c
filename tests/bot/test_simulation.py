"""400 days of daily and weekly prompts, with the process ending at random: each due prompt comes exactly once.

The expected times are worked out here in another way than in the product: by walking over each zone's offsets.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.schedule import TICK_SECONDS, tick
from bot.storage.cipher import Cipher
from bot.storage.store import Claimed, Store
from dialogues.events import SetReminder
from dialogues.rhythm import EVERY_DAY, QUIET_FROM, QUIET_UNTIL, Rhythm, due_now, following
from dialogues.state import State
from tests.conftest import KEY

ZONES = ("America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca")
DAYS = 400
LATE = timedelta(hours=2)


@dataclass
class Person:
    chat_id: int
    kind: str
    rhythm: Rhythm
    zone: str
    got: list[datetime] = field(default_factory=list)


def people(number: int, chance: random.Random) -> list[Person]:
    """Half of them daily, half weekly; a third at hours in which clocks change."""
    made = []
    for chat_id in range(1, number + 1):
        hour = chance.choice((1, 2, 3)) if chat_id % 3 == 0 else chance.randrange(24)
        minute = chance.choice((0, 15, 30, 45, chance.randrange(60)))
        days = EVERY_DAY if chat_id % 2 else (chance.randrange(7),)
        kind = "checkin" if chat_id % 2 else "appreciation"
        made.append(Person(chat_id, kind, Rhythm(hour, minute, days), ZONES[chat_id % len(ZONES)]))
    return made


class Offsets:
    """A zone's UTC offsets, found by looking every 15 minutes: the times at which they begin, and what they are."""

    def __init__(self, zone: str, begin: datetime, end: datetime) -> None:
        info, at = ZoneInfo(zone), begin
        self.spans: list[tuple[datetime, timedelta]] = []
        while at < end:
            offset = at.astimezone(info).utcoffset() or timedelta()
            if not self.spans or self.spans[-1][1] != offset:
                self.spans.append((at, offset))
            at += timedelta(minutes=15)

    def first_at_or_past(self, wall: datetime) -> datetime:
        """The first moment at which the clock on the wall shows `wall` or more on its way forward."""
        for number, (begins, offset) in enumerate(self.spans):
            ends = self.spans[number + 1][0] if number + 1 < len(self.spans) else None
            at = max(begins, (wall - offset).replace(tzinfo=UTC))
            if ends is None or at < ends:
                return at
        raise AssertionError


def expected(person: Person, begin: datetime, end: datetime, offsets: Offsets) -> list[datetime]:
    """Every time the prompt is due in (begin, end]."""
    rhythm, found = person.rhythm, []
    day = begin.date() - timedelta(days=2)
    while day <= end.date() + timedelta(days=2):
        if day.weekday() in rhythm.days:
            due = offsets.first_at_or_past(datetime.combine(day, time(rhythm.hour, rhythm.minute)))
            exists = due.astimezone(ZoneInfo(person.zone)).date() == day
            if exists and begin < due <= end:
                found.append(due)
        day += timedelta(days=1)
    return found


def latest(due: datetime, zone: str) -> datetime:
    """When a prompt is too late: after two hours, or at 22:00 where it was meant for the day."""
    local = due.astimezone(ZoneInfo(zone))
    if local.hour >= QUIET_FROM or local.hour < QUIET_UNTIL:
        return due + LATE
    return min(due + LATE, local.replace(hour=QUIET_FROM, minute=0, second=0, fold=0).astimezone(UTC))


class InMemory:
    """The schedule's table without a database, for many people: what `Store.claim_due` does, by the same rules."""

    def __init__(self, persons: list[Person], now: datetime) -> None:
        self.persons = {person.chat_id: person for person in persons}
        self.due = {person.chat_id: following(person.rhythm, person.zone, now) for person in persons}

    async def claim_due(self, now: datetime, limit: int) -> Claimed:
        ready = sorted((due, chat_id) for chat_id, due in self.due.items() if due is not None and due <= now)[:limit]
        chats = []
        for due, chat_id in ready:
            person = self.persons[chat_id]
            this = due_now(person.rhythm, person.zone, due, now)
            self.due[chat_id] = following(person.rhythm, person.zone, now, due)
            if this is not None:
                person.got.append(this)
                chats.append(chat_id)
        return Claimed(tuple(chats), len(ready))

    def next_due(self) -> datetime:
        return min(due for due in self.due.values() if due is not None)


def downtimes(begin: datetime, end: datetime, chance: random.Random) -> list[tuple[datetime, datetime]]:
    """Two a week: mostly seconds or minutes, sometimes hours or days."""
    at, found = begin, []
    while at < end:
        at += timedelta(hours=chance.expovariate(1 / 84))
        length = chance.choice((5, 60, 600, 3600, 6 * 3600, 40 * 3600)) * (0.5 + chance.random())
        found.append((at, at + timedelta(seconds=length)))
        at = found[-1][1]
    return found


def is_up(at: datetime, downs: list[tuple[datetime, datetime]]) -> datetime:
    """`at`, or the end of the downtime it falls into."""
    return next((end for start, end in downs if start <= at < end), at)


def should_get(person: Person, dues: list[datetime], downs: list[tuple[datetime, datetime]]) -> list[datetime]:
    """Those that a tick can hand on in time."""
    return [due for due in dues if is_up(due, downs) <= latest(due, person.zone)]


@pytest.mark.parametrize(
    "begin",
    [datetime(2026, 1, 1, 5, 0, tzinfo=UTC), datetime(2011, 6, 1, 5, 0, tzinfo=UTC)],
    ids=["2026", "2011, when Apia left out a day"],
)
async def test_two_hundred_people_over_four_hundred_days(begin: datetime) -> None:
    chance = random.Random(7)
    persons = people(200, chance)
    end = begin + timedelta(days=DAYS)
    downs = downtimes(begin, end, chance)
    table = InMemory(persons, begin)
    now = begin
    while now < end:
        now = is_up(max(now + timedelta(seconds=TICK_SECONDS), table.next_due()), downs)
        woken: list[int] = []
        while await tick(table, now, woken.append):  # type: ignore[arg-type]
            pass
        assert max(Counter(woken).values(), default=1) == 1
    offsets = {zone: Offsets(zone, begin - timedelta(days=3), end + timedelta(days=3)) for zone in ZONES}
    total = 0
    for person in persons:
        dues = expected(person, begin, end, offsets[person.zone])
        wanted = should_get(person, dues, downs)
        got = [due for due in person.got if due <= end]
        near = timedelta(seconds=2 * TICK_SECONDS)  # a tick may fall on either side of a limit
        edge = {due for due in dues if abs(is_up(due, downs) - latest(due, person.zone)) <= near}
        assert [due for due in got if due not in edge] == [due for due in wanted if due not in edge], person
        assert len(got) == len(set(got))
        by_day = Counter(due.astimezone(ZoneInfo(person.zone)).date() for due in got)
        assert max(by_day.values()) == 1
        total += len(got)
    assert total > 0.7 * (100 * DAYS + 100 * DAYS / 7)


async def test_through_the_real_store_with_restarts_between_claim_and_answer(tmp_path: Path) -> None:
    chance = random.Random(11)
    begin = datetime(2026, 2, 20, 5, 0, tzinfo=UTC)  # over the changes in New York, Casablanca and Lord Howe
    end = begin + timedelta(days=50)
    persons = people(15, chance)
    url = f"sqlite+aiosqlite:///{tmp_path / 'hearts.sqlite3'}"
    store = await Store.open(url, Cipher([KEY]))
    for person in persons:
        wish = SetReminder(person.kind, person.rhythm, person.zone)  # type: ignore[arg-type]
        await store.commit_turn(person.chat_id, 0, State(), (wish,), (), begin)
    got = await run_with_restarts(store, url, persons, begin, end, chance)
    offsets = {zone: Offsets(zone, begin - timedelta(days=3), end + timedelta(days=3)) for zone in ZONES}
    for person in persons:
        dues = expected(person, begin, end, offsets[person.zone])
        assert got[person.chat_id] == len(dues), person


async def run_with_restarts(
    store: Store, url: str, persons: list[Person], begin: datetime, end: datetime, chance: random.Random
) -> Counter[int]:
    """How many prompts each chat was sent, where a process may end after any step, for minutes at most."""
    got: Counter[int] = Counter()
    moments = sorted({at for person in persons for at in all_times(person, begin, end)} | {end})
    for at in moments:
        now = at + timedelta(seconds=chance.random() * 5)
        waiting: list[int] = []
        while await tick(store, now, waiting.append, room=chance.choice((1, 3, 500))):
            pass
        if chance.random() < 0.3:  # the process ends before anybody answered what is in the inbox
            await store.close()
            store = await Store.open(url, Cipher([KEY]))
            now += timedelta(minutes=chance.random() * 10)
            waiting = await store.chats_waiting(now, now)
        for chat_id in waiting:
            while received := await store.next_received(chat_id):
                assert datetime.fromisoformat(received.payload["until"]) >= now
                state, version = await store.load(chat_id)
                message = [{"do": "send", "text": "a prompt"}]
                await store.commit_turn(chat_id, version, state, (), message, now, received.id, prompt_until=now)
            while item := await store.next_to_send(chat_id):
                await store.sent(item, now, 1)
                got[chat_id] += 1
    await store.close()
    return got


def all_times(person: Person, begin: datetime, end: datetime) -> list[datetime]:
    found: list[datetime] = []
    due: Callable[[datetime], datetime | None] = lambda after: following(person.rhythm, person.zone, after)  # noqa: E731
    at = due(begin)
    while at is not None and at <= end:
        found.append(at)
        at = due(at)
    return found


def test_the_other_way_of_reckoning_knows_a_missing_hour() -> None:
    offsets = Offsets("America/New_York", datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 20, tzinfo=UTC))
    wall = datetime.combine(date(2026, 3, 8), time(2, 30))
    assert offsets.first_at_or_past(wall) == datetime(2026, 3, 8, 7, 0, tzinfo=UTC)
