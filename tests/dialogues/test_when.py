"""Times as people type them, and what is no time although it looks like one."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dialogues.when import AtTime, Daily, Gone, Once, Stop, Weekly, When, in_words, next_of, read_when

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 21, 30, tzinfo=BERLIN)
"""A Tuesday."""


def at(text: str) -> Once:
    return Once(datetime.fromisoformat(text).replace(tzinfo=BERLIN))


WEEKDAYS = (0, 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # each week
        ("every Sunday at 7pm", Weekly((6,), (19, 0))),
        ("Every sunday, 7 pm please", Weekly((6,), (19, 0))),
        ("sundays at 19:00", Weekly((6,), (19, 0))),
        ("sundays 7pm", Weekly((6,), (19, 0))),
        ("on sundays at half past seven in the evening", Weekly((6,), (19, 30))),
        ("each friday evening", Weekly((4,), (19, 0))),
        ("every fri at 20.30", Weekly((4,), (20, 30))),
        ("can you remind me every wednesday at noon?", Weekly((2,), (12, 0))),
        ("once a week on monday at 8", Weekly((0,), (8, 0))),
        ("weekly on thursday 6pm", Weekly((3,), (18, 0))),
        ("tuesdays and thursdays at 8pm", Weekly((1, 3), (20, 0))),
        ("mon, wed and fri 9am", Weekly((0, 2, 4), (9, 0))),
        ("monday to thursday at 21:00", Weekly((0, 1, 2, 3), (21, 0))),
        ("fri-sun at 10", Weekly((4, 5, 6), (10, 0))),
        ("weekdays at 8", Weekly(WEEKDAYS, (8, 0))),
        ("every weekday at 8am", Weekly(WEEKDAYS, (8, 0))),
        ("on week days at quarter to 8 in the morning", Weekly(WEEKDAYS, (7, 45))),
        ("weekends at 10am", Weekly((5, 6), (10, 0))),
        ("every weekend at 11:15", Weekly((5, 6), (11, 15))),
        ("every sunday", Weekly((6,))),
        ("weekdays", Weekly(WEEKDAYS)),
        ("remind me to say thank you every sunday at 7pm", Weekly((6,), (19, 0))),
        ("make it sundays at 6pm instead", Weekly((6,), (18, 0))),
        ("sat nights at 9", Weekly((5,), (21, 0))),
        # a day without "every": the next one, or each, as the question was
        ("sunday at 7pm", Weekly((6,), (19, 0), False)),
        ("Sunday 19:00", Weekly((6,), (19, 0), False)),
        ("on friday at nine in the morning", Weekly((4,), (9, 0), False)),
        ("sunday", Weekly((6,), None, False)),
        ("saturday morning works for me", Weekly((5,), (9, 0), False)),
        # each day
        ("every day at 9", Daily((9, 0))),
        ("daily at 21:15", Daily((21, 15))),
        ("everyday 8pm", Daily((20, 0))),
        ("every evening at 9", Daily((21, 0))),
        ("every evening", Daily((19, 0))),
        ("every morning at 7", Daily((7, 0))),
        ("ask me every night at 10", Daily((22, 0))),
        ("check in with me daily at half past eight", Daily((8, 30))),
        ("once a day at 12", Daily((12, 0))),
        ("every day", Daily()),
        ("every morning at 0600", Daily((6, 0))),
        ("I'd like to be reminded every evening at half past eight.", Daily((20, 30))),
        # one time
        ("tonight at 10", at("2026-11-24 22:00")),
        ("at eleven tonight", at("2026-11-24 23:00")),
        ("ask me tonight at half past ten", at("2026-11-24 22:30")),
        ("tonight", at("2026-11-24 22:30")),
        ("tonight at 12", at("2026-11-25 00:00")),
        ("tomorrow morning", at("2026-11-25 09:00")),
        ("remind me tomorrow morning", at("2026-11-25 09:00")),
        ("tomorrow at 8", at("2026-11-25 08:00")),
        ("tmrw 8am", at("2026-11-25 08:00")),
        ("tomorrow evening at 7", at("2026-11-25 19:00")),
        ("tomorrow night at 9", at("2026-11-25 21:00")),
        ("half past eight tomorrow", at("2026-11-25 08:30")),
        ("ask me tomorrow at lunch", at("2026-11-25 12:30")),
        ("the day after tomorrow at noon", at("2026-11-26 12:00")),
        ("in two hours", at("2026-11-24 23:30")),
        ("in 2h", at("2026-11-24 23:30")),
        ("in an hour", at("2026-11-24 22:30")),
        ("in half an hour please", at("2026-11-24 22:00")),
        ("in about 20 min", at("2026-11-24 21:50")),
        ("in an hour and a half", at("2026-11-24 23:00")),
        ("remind me in a couple of hours", at("2026-11-24 23:30")),
        ("an hour from now", at("2026-11-24 22:30")),
        ("in 3 days at 6pm", at("2026-11-27 18:00")),
        ("next friday at 6", at("2026-11-27 18:00")),
        ("this sunday at 11", at("2026-11-29 11:00")),
        ("friday 4 december at 17:00", at("2026-12-04 17:00")),
        ("dec 3 at 10:00", at("2026-12-03 10:00")),
        ("on the 3rd of december, 9am", at("2026-12-03 09:00")),
        ("on the 3rd at 5pm", at("2026-12-03 17:00")),
        ("2026-12-24 at 16:00", at("2026-12-24 16:00")),
        ("remind me at 8", at("2026-11-25 08:00")),
        ("ask me at 22:15", at("2026-11-24 22:15")),
        ("could you ping me at ten?", at("2026-11-24 22:00")),
        # only the time
        ("make it 9 instead", AtTime((9, 0))),
        ("make it half past 9", AtTime((9, 30))),
        ("change it to 8pm", AtTime((20, 0))),
        ("how about 20:15?", AtTime((20, 15))),
        ("rather at 8 in the evening", AtTime((20, 0))),
        ("half past eight", AtTime((8, 30))),
        ("20:30", AtTime((20, 30))),
        ("8pm", AtTime((20, 0))),
        ("at nine", AtTime((9, 0))),
        ("7.15 pm", AtTime((19, 15))),
        ("20h30", AtTime((20, 30))),
        ("noon is fine", AtTime((12, 0))),
        ("move it to the evening", AtTime((19, 0))),
        ("CHANGE THE TIME TO 6 PM", AtTime((18, 0))),
        ("can u ping me at 9pm instead", AtTime((21, 0))),
        ("make it 9 not 7", AtTime((9, 0))),
        ("change my reminder to morning", AtTime((9, 0))),
        ("Move the nudge to half past eight.", AtTime((8, 30))),
        # no more
        ("stop the reminders", Stop()),
        ("Stop reminding me.", Stop()),
        ("turn the reminders off please", Stop()),
        ("turn off the weekly ideas", Stop()),
        ("don't remind me any more", Stop()),
        ("no more reminders", Stop()),
        ("i don't want reminders anymore", Stop()),
        ("cancel my check-ins", Stop()),
        # past
        ("today at 8", Gone(at("2026-11-24 20:00").at)),
        ("this morning at 9", Gone(at("2026-11-24 09:00").at)),
    ],
)
def test_what_is_understood(text: str, expected: When) -> None:
    assert read_when(text, NOW) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        "9",
        "i am 30",
        "we fought at 9",
        "he comes home at 7 every day",
        "she texts him every night",
        "every night at 9 she leaves the room to call him",
        "every sunday we visit her mother",
        "last sunday at 7 he left",
        "yesterday at 9",
        "we've been together since march",
        "it started in may",
        "i was 12 when he left",
        "10 out of 10",
        "3/10",
        "twice a week",
        "every other day at 9",
        "every second sunday",
        "not on sunday",
        "never on sunday at 7",
        "any day but sunday at 7",
        "monday at 8 or tuesday at 9",
        "between 8 and 9",
        "at 8 or 9",
        "next time",
        "this weekend",
        "tomorrow",
        "in a bit",
        "later",
        "may",
        "march",
        "we",
        "24/7",
        "in two years he will be gone",
        "he said he would call in an hour",
        "half of me wants to leave",
        "two of us",
        "one",
        "i wake up at 3",
        "what time is it?",
        "is it at 8?",
        "stop him",
        "stop it",
        "stop the messages",
        "make it stop",
        "sunday night we fought",
        "i can't sleep at 3am",
        "see you on friday at the lawyer",
        "from monday on i want to be kinder",
        "ask her on sunday at 7",
        "3 days ago at 9",
        "in my twenties",
        "for 9 years",
        "he left me at 40",
        "to be honest at 9 i was asleep",
        "5 minutes",
        "one day at a time",
        "day and night",
        "morning",
        "good morning",
        "good night",
        "good evening",
        "please stop",
        "stop reminding me of her",
        "i can't stop checking her messages",
        "he won't stop these games",
        "i want it to stop",
        "don't ask me that",
        "we talked for 2 hours tonight about it and i said that on sunday at 7 i would like to leave",
    ],
)
def test_what_is_no_time(text: str) -> None:
    assert read_when(text, NOW) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("9", (9, 0)), ("7", (19, 0)), ("nine", (9, 0)), ("9ish", (9, 0)), ("around 8", (8, 0)), ("evening", (19, 0))],
)
def test_an_answer_to_at_what_time(text: str, expected: tuple[int, int]) -> None:
    assert read_when(text, NOW, asked=True) == AtTime(expected)


@pytest.mark.parametrize("text", ["nice one", "good night", "Good evening.", "that one", "i did it"])
def test_what_is_no_answer_to_at_what_time(text: str) -> None:
    assert read_when(text, NOW, asked=True) is None


@pytest.mark.parametrize("text", ["stop these please", "stop it", "turn them off", "cancel it"])
def test_stop_it_where_a_reminder_was_spoken_of(text: str) -> None:
    assert read_when(text, NOW, asked=True) == Stop()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("make it 9 instead", (21, 0)), ("make it 9am instead", (9, 0)), ("at 8", (20, 0)), ("make it 07:30", (7, 30))],
)
def test_a_change_stays_on_its_half_of_the_day(text: str, expected: tuple[int, int]) -> None:
    assert read_when(text, NOW, current=(19, 0)) == AtTime(expected)


def test_hours_are_counted_over_a_change_of_the_clock() -> None:
    before = datetime(2026, 10, 25, 1, 30, tzinfo=BERLIN)  # at 3:00 the clock goes back to 2:00
    later = read_when("in two hours", before)
    assert isinstance(later, Once)
    assert (later.at.astimezone(UTC) - before.astimezone(UTC)).total_seconds() == 7200
    assert f"{later.at:%H:%M}" == "02:30"


def test_a_time_that_the_clock_skips_is_the_next_valid_one() -> None:
    evening = datetime(2027, 3, 27, 20, 0, tzinfo=BERLIN)
    assert read_when("tomorrow at 2:30am", evening) == at("2027-03-28 03:30")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("every sunday at 7pm", "every Sunday at 19:00"),
        ("weekdays at 8", "on weekdays at 08:00"),
        ("tuesdays and thursdays at 8pm", "on Tuesdays and Thursdays at 20:00"),
        ("weekends at 10am", "on Saturdays and Sundays at 10:00"),
        ("daily at 9", "every day at 09:00"),
        ("tonight at 10", "tonight at 22:00"),
        ("tomorrow at 8", "tomorrow at 08:00"),
        ("in 3 days at 6pm", "on Friday at 18:00"),
        ("dec 3 at 10:00", "on Thursday 3 December at 10:00"),
        ("at nine", "at 09:00"),
    ],
)
def test_it_is_said_back(text: str, words: str) -> None:
    when = read_when(text, NOW)
    assert isinstance(when, Once | Daily | Weekly | AtTime)
    assert in_words(when, NOW) == words


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (Daily((21, 0)), "2026-11-25 21:00"),
        (Daily((22, 0)), "2026-11-24 22:00"),
        (Weekly((1,), (21, 0)), "2026-12-01 21:00"),
        (Weekly(WEEKDAYS, (8, 0)), "2026-11-25 08:00"),
        (Weekly((5, 6), (10, 0)), "2026-11-28 10:00"),
    ],
)
def test_the_next_time(when: Daily | Weekly, expected: str) -> None:
    assert next_of(when, NOW) == at(expected).at


def test_no_time_of_day_no_next_time() -> None:
    assert next_of(Daily(), NOW) is None
