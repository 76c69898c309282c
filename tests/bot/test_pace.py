"""Sending keeps to Telegram's limits, and replies never wait for prompts."""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter

import pytest

from bot.telegram.pace import A_SECOND, PROMPTS_A_SECOND, Pace


class Time:
    """A clock that goes on when everybody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        event = asyncio.Event()
        heapq.heappush(self._sleepers, (self.now + seconds, id(event), event))
        await event.wait()

    async def run_until_done(self, *work: asyncio.Task[None]) -> None:
        while not all(task.done() for task in work):
            for _ in range(20):
                await asyncio.sleep(0)
            if self._sleepers:
                self.now, _, event = heapq.heappop(self._sleepers)
                event.set()


async def send(pace: Pace, time: Time, chats: list[int], prompt: bool, sent: list[tuple[float, int, bool]]) -> None:
    for chat_id in chats:
        await pace.turn(chat_id, prompt)
        sent.append((time.now, chat_id, prompt))


def most_in_a_second(times: list[float]) -> int:
    return max(sum(1 for other in times if 0 <= other - moment < 0.999) for moment in times)


@pytest.mark.rule("E5")
async def test_no_more_than_thirty_a_second_and_replies_before_prompts() -> None:
    time = Time()
    pace = Pace(time, time.sleep)
    sent: list[tuple[float, int, bool]] = []
    prompts = [asyncio.create_task(send(pace, time, [1000 + n, 2000 + n, 3000 + n], True, sent)) for n in range(100)]
    for _ in range(50):
        await asyncio.sleep(0)
    replies = [asyncio.create_task(send(pace, time, [n], False, sent)) for n in range(5)]
    await time.run_until_done(*prompts, *replies)
    assert len(sent) == 305
    assert most_in_a_second([moment for moment, _, _ in sent]) <= A_SECOND
    assert most_in_a_second([moment for moment, _, prompt in sent if prompt]) <= PROMPTS_A_SECOND
    assert all(moment < 0.1 for moment, _, prompt in sent if not prompt)
    assert 300 / PROMPTS_A_SECOND - 2 < time.now < 300 / PROMPTS_A_SECOND + 2


async def test_a_chat_gets_one_a_second_with_a_short_burst() -> None:
    time = Time()
    pace = Pace(time, time.sleep)
    sent: list[tuple[float, int, bool]] = []
    await time.run_until_done(asyncio.create_task(send(pace, time, [7] * 30, False, sent)))
    assert 19 <= time.now <= 30
    per_ten = Counter(int(moment // 10) for moment, _, _ in sent)
    assert max(per_ten.values()) <= 11
    before = time.now
    await time.run_until_done(asyncio.create_task(send(pace, time, [7, 7], True, sent)))
    assert time.now - before >= 2


async def test_when_telegram_asks_for_patience_only_prompts_wait() -> None:
    time = Time()
    pace = Pace(time, time.sleep)
    pace.hold_prompts(60)
    assert pace.prompts_held()
    sent: list[tuple[float, int, bool]] = []
    work = (
        asyncio.create_task(send(pace, time, [1], True, sent)),
        asyncio.create_task(send(pace, time, [2], False, sent)),
    )
    await time.run_until_done(*work)
    assert [(moment, chat) for moment, chat, _ in sent] == [(0.0, 2), (60.0, 1)]
    assert not pace.prompts_held()


async def test_silent_chats_are_forgotten() -> None:
    time = Time()
    pace = Pace(time, time.sleep)
    sent: list[tuple[float, int, bool]] = []
    await time.run_until_done(asyncio.create_task(send(pace, time, list(range(10_000)), False, sent)))
    assert len(pace._chats) <= 2100
