"""What comes by itself: neutral on a lock screen, fresh for a year, never more than one a day, never in the night."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Literal

import pytest

from bot.check import IDEAS, LOCK_SCREEN, REVEALING
from dialogues.content import load_content
from dialogues.events import Command, Effect, Press, Prompt, PromptKind, Reply, SetReminder, StopReminders
from dialogues.manager import step
from dialogues.rhythm import Rhythm
from dialogues.state import Daily, Reminder, State, Walk

SUNDAY = datetime(2026, 11, 29, 19, 0, tzinfo=UTC)
WEEKLY = Reminder(weekday=6, hour=19)
KNOWN = State(met=True, consent=True, zone="UTC")
CONTENT = load_content()


def due(
    state: State, kind: PromptKind, now: datetime, until: datetime | None = None
) -> tuple[State, tuple[Reply, ...], tuple[Effect, ...]]:
    turn = step(CONTENT, state, Prompt(kind, until), now)
    return turn.state, turn.replies, turn.effects


@pytest.mark.parametrize("situation", ["partner", "single", None])
def test_a_year_of_ideas_repeats_none_and_shows_nothing_on_a_lock_screen(
    situation: Literal["partner", "single"] | None,
) -> None:
    state = KNOWN.model_copy(update={"reminder": WEEKLY, "situation": situation})
    ideas = []
    for week in range(52):
        state, replies, _ = due(state, "appreciation", SUNDAY + timedelta(weeks=week))
        (reply,) = replies
        ideas.append(reply.text.split("\n\n")[1])
        assert not REVEALING.search(reply.text[:LOCK_SCREEN]), reply.text
        assert not reply.title
        assert ("partner" in reply.text) <= (situation == "partner")
        assert len(reply.text.split("\n\n")[1].split()) <= 42  # 40, and "the other person" for one word
        state = step(CONTENT, state, Press("did_it"), SUNDAY + timedelta(weeks=week, hours=1)).state
    assert len(set(ideas)) == 52


@pytest.mark.parametrize("kind", ["checkin", "once"])
def test_a_check_in_prompt_shows_nothing_on_a_lock_screen(kind: PromptKind) -> None:
    state = KNOWN.model_copy(update={"daily": Daily(hour=19), "ignored": {}})
    for day in range(6):
        state, replies, _ = due(state, kind, SUNDAY + timedelta(days=day))
        assert all(not REVEALING.search(reply.text[:LOCK_SCREEN]) for reply in replies)
        assert replies or day > 3


def test_there_are_enough_ideas() -> None:
    assert all(len(CONTENT.phrases[key]) >= 52 for key in IDEAS)


def test_over_a_year_no_day_has_two_unasked_messages() -> None:
    state = KNOWN.model_copy(update={"reminder": WEEKLY, "daily": Daily(hour=8)})
    ideas = checkins = 0
    for day in range(365):
        morning = datetime(2026, 11, 24, 8, 0, tzinfo=UTC) + timedelta(days=day)
        state, first, _ = due(state, "checkin", morning)
        second: tuple[Reply, ...] = ()
        if morning.weekday() == 6:
            state, second, _ = due(state, "appreciation", morning + timedelta(hours=11))
        assert len(first) + len(second) == 1
        checkins, ideas = checkins + len(first), ideas + len(second)
        state = step(CONTENT, state, Press("leave"), morning + timedelta(hours=12)).state
        state = state.model_copy(update={"ignored": {}})
    assert (ideas, checkins) == (52, 313)


def test_moving_west_over_the_date_line_brings_no_second_message_that_day() -> None:
    state = KNOWN.model_copy(update={"zone": "Pacific/Auckland", "daily": Daily(hour=20)})
    evening = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)  # 20:00 on the 24th in Auckland, 21:00 on the 23rd in Honolulu
    state, replies, _ = due(state, "checkin", evening)
    assert len(replies) == 1
    turn = step(CONTENT, state, Command("settings"), evening + timedelta(minutes=5))
    turn = step(CONTENT, turn.state, Press("ask_zone"), evening + timedelta(minutes=6))
    state = turn.state.model_copy(update={"zone": "Pacific/Honolulu", "focus": None})
    state, replies, _ = due(state, "checkin", evening + timedelta(hours=23))  # 20:00 on the 24th again, in Honolulu
    assert replies == ()
    state, replies, _ = due(state, "checkin", evening + timedelta(hours=47))
    assert len(replies) == 1


@pytest.mark.parametrize(
    ("hour", "minute", "day", "at"),
    [
        (10, 15, 0, (13, 15)),
        (18, 59, 0, (21, 59)),
        (19, 30, 0, (21, 30)),
        (21, 10, 1, (9, 0)),
        (23, 0, 1, (9, 0)),
        (3, 0, 0, (8, 0)),
    ],
)
def test_later_today_never_falls_into_the_night(hour: int, minute: int, day: int, at: tuple[int, int]) -> None:
    now = datetime(2026, 11, 24, hour, minute, tzinfo=UTC)
    state = KNOWN.model_copy(update={"reminder": WEEKLY})
    turn = step(CONTENT, state, Press("later_today:appreciation"), now)
    assert SetReminder("later", Rhythm(*at, day=date(2026, 11, 24 + day)), "UTC") in turn.effects
    turn = step(CONTENT, state, Press("later_today:checkin"), now)
    assert SetReminder("once", Rhythm(*at, day=date(2026, 11, 24 + day)), "UTC") in turn.effects


def test_what_came_too_late_is_not_said() -> None:
    state = KNOWN.model_copy(update={"reminder": WEEKLY})
    after, replies, _ = due(state, "appreciation", SUNDAY, until=SUNDAY - timedelta(seconds=1))
    assert replies == ()
    assert after.prompted_on is None


def test_ignored_to_the_end_it_pauses_in_the_schedule_too() -> None:
    state = KNOWN.model_copy(update={"daily": Daily(hour=8), "ignored": {"checkin": 4}})
    state, replies, effects = due(state, "checkin", SUNDAY)
    assert replies == ()
    assert StopReminders("checkin") in effects
    assert state.daily
    assert state.daily.paused == "ignored"


@pytest.mark.parametrize("action", ["danger", "stop", "abuse"])
def test_after_a_danger_or_stop_nothing_is_set_and_nothing_offered(action: str) -> None:
    state = KNOWN.model_copy(update={"reminder": WEEKLY, "daily": Daily(hour=8), "ignored": {"checkin": 2}})
    if action == "stop":
        turn = step(CONTENT, state, Command("stop"), SUNDAY)
    else:
        kind = "plainly:abuse" if action == "abuse" else "plainly:crisis"
        turn = step(CONTENT, state, Press(kind), SUNDAY)
    assert StopReminders() in turn.effects
    after = turn.state
    assert (after.reminder, after.daily, after.once, after.nothing_unasked) == (None, None, None, True)
    for kind_due in ("appreciation", "checkin"):
        assert due(after, kind_due, SUNDAY + timedelta(days=7))[1] == ()  # type: ignore[arg-type]
    done = after.model_copy(
        update={"danger": None, "finished": (), "walk": Walk(guide="self_care", step="x"), "locked": False}
    )
    assert done.nothing_unasked
    asked = step(CONTENT, after.model_copy(update={"danger": None}), Press("daily_at:0123456:20:0"), SUNDAY)
    assert asked.state.daily == Daily(hour=20)
    assert not asked.state.nothing_unasked


def test_the_conclusion_offers_the_weekly_idea_only_where_it_fits() -> None:
    from dialogues.state import Finished

    done = tuple(Finished(guide=guide, day=SUNDAY.date()) for guide in CONTENT.guides)

    def offered(**changes: object) -> bool:
        state = KNOWN.model_copy(update={"finished": done, **changes})
        turn = step(CONTENT, state, Press(f"helped:yes:{done[-1].guide}"), SUNDAY)
        return "reminders" in [button.action for reply in turn.replies for button in reply.buttons]

    assert offered()
    assert not offered(themes={"betrayal": 1})
    assert not offered(locked=True)
    assert not offered(nothing_unasked=True)
    assert not offered(reminder=WEEKLY)
