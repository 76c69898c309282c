"""The weekly appreciation reminder: opt-in, day and hour of choice, off with one tap."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import available_timezones

from dialogues.events import Prompt, SetReminder, StopReminders, Text
from dialogues.state import Reminder
from dialogues.talk import Action, Talk, choices
from dialogues.typed import plain

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS = (8, 10, 12, 17, 19, 21)
_TIME = re.compile(r"\b([01]?\d|2[0-3])(?:[:.h]([0-5]\d))?\s*(am|pm|a\.m\.|p\.m\.)?(?!\d)", re.IGNORECASE)


def reminders(talk: Talk, arg: str = "") -> None:
    """What is set, and how to change it."""
    current = talk.state.reminder
    if current:
        options = choices([("Change the time", "remind"), ("Turn it off", "remind_off"), ("Leave it", "later")])
        talk.say("reminders.is_on", options=options, when=when(current), zone=talk.state.zone or "UTC")
    elif talk.state.locked:
        options = choices([("Menu", "menu"), ("I need help now", "danger:abuse")])
        talk.say("reminders.paused", options=options)
    else:
        options = choices([("Yes, once a week", "remind"), ("No, thanks", "later")])
        talk.say("reminders.is_off", options=options)
    talk.ask("reminders", options, yes="remind" if not talk.state.locked else None, no="later")


def when(reminder: Reminder) -> str:
    """ "Sunday at 19:00"."""
    return f"{DAYS[reminder.weekday]} at {reminder.hour:02d}:{reminder.minute:02d}"


def remind(talk: Talk, arg: str = "") -> None:
    """Ask for the day."""
    options = choices([(day, f"remind_day:{index}") for index, day in enumerate(DAYS)])
    talk.say("reminders.which_day", options=options, columns=2)
    talk.ask("reminder_day", options, no="later", free="day_typed")


def day_typed(talk: Talk, arg: str = "", event: Text | None = None) -> None:
    """A typed day, perhaps with the time: "every sunday at 7pm"."""
    words = plain(event.text) if event else ""
    for index, day in enumerate(DAYS):
        if re.search(rf"\b{day[:3].lower()}(?:{day[3:].lower()})?s?\b", words):
            clock = _time_in(event.text) if event else None
            return remind_at(talk, f"{index}:{clock[0]}:{clock[1]}") if clock else remind_day(talk, str(index))
    talk.say("reminders.no_day")
    return remind(talk)


def remind_day(talk: Talk, arg: str) -> None:
    """Ask for the hour."""
    day = int(arg) if arg.isdigit() and int(arg) < 7 else 6
    options = choices([(f"{hour:02d}:00", f"remind_at:{day}:{hour}:0") for hour in HOURS])
    talk.say("reminders.which_hour", options=options, columns=3, day=DAYS[day])
    talk.ask("reminder_hour", options, no="later", free=f"hour_typed:{day}")


def hour_typed(talk: Talk, arg: str, event: Text | None = None) -> None:
    """A typed time: "7pm", "19:30", "at 8"."""
    clock = _time_in(event.text) if event else None
    if clock is None:
        talk.say("reminders.no_time")
        return remind_day(talk, arg)
    return remind_at(talk, f"{arg}:{clock[0]}:{clock[1]}")


def _time_in(text: str) -> tuple[int, int] | None:
    match = _TIME.search(text)
    if match is None:
        return None
    hour, minute = int(match.group(1)), int(match.group(2) or 0)
    half = (match.group(3) or "").replace(".", "").lower()
    if half == "pm" and hour < 12:
        hour += 12
    elif half == "am" and hour == 12:
        hour = 0
    return hour, minute


def remind_at(talk: Talk, arg: str) -> None:
    """Day and time are known: ask for the zone where it is not, else set the reminder."""
    day, hour, minute = (int(part) for part in arg.split(":"))
    if not (0 <= day < 7 and 0 <= hour < 24 and 0 <= minute < 60):
        return remind(talk)
    if talk.state.zone is None:
        talk.update(pending=f"remind_at:{arg}")
        return ask_zone(talk)
    reminder = Reminder(weekday=day, hour=hour, minute=minute)
    talk.update(reminder=reminder, focus=None, pending=None)
    talk.do(SetReminder("appreciation", day, hour, minute, talk.state.zone))
    options = choices([("Turn it off", "remind_off"), ("Menu", "menu")])
    talk.say("reminders.set", options=options, when=when(reminder), zone=talk.state.zone)
    return talk.ask("reminder_set", options)


def ask_zone(talk: Talk, arg: str = "") -> None:
    """Ask for a city or the local time; nothing is guessed."""
    talk.say("reminders.zone")
    talk.ask("zone", free="zone")


def zone(talk: Talk, arg: str, event: Text | None = None) -> None:
    """A typed city, zone name or local time."""
    found = find_zone(event.text if event else arg, talk.now)
    if found is None:
        talk.say("reminders.no_zone")
        return talk.ask("zone", free="zone")
    talk.update(zone=found, focus=None)
    return None


def find_zone(text: str, now: datetime) -> str | None:
    """The IANA zone of a typed city ("new york"), zone name, or local time ("21:40", to the nearest quarter hour)."""
    words = plain(text.split(",")[0].replace("/", " ").replace("_", " "))
    words = re.sub(r"^(i am |im |i live )?(in |near )?", "", words)
    zones = sorted(available_timezones())
    for name in zones:
        if words in (
            plain(name.replace("/", " ").replace("_", " ")),
            plain(name.rsplit("/", 1)[-1].replace("_", " ")),
        ) and ("/" in name or name == "UTC"):
            return name
    clock = _time_in(text)
    if clock is None:
        return None
    minutes = clock[0] * 60 + clock[1] - (now.hour * 60 + now.minute)
    offset = round(((minutes + 720) % 1440 - 720) / 60)
    if abs(offset) > 12:
        return None
    return f"Etc/GMT{'-' if offset > 0 else '+'}{abs(offset)}" if offset else "UTC"


def remind_off(talk: Talk, arg: str = "") -> None:
    """Turn the reminder off."""
    talk.update(reminder=None, focus=None)
    talk.do(StopReminders("appreciation"))
    talk.say("reminders.off")


def prompt(talk: Talk, event: Prompt) -> None:
    """The reminder itself, when its hour has come; silent where it would not fit any more."""
    if talk.state.reminder is None or talk.state.locked or talk.state.danger or talk.state.minor:
        return
    single = talk.state.situation == "single"
    idea = talk.phrase("ideas.single" if single else "ideas.partnered")
    options = choices([("Tell me how", "guide:appreciation"), ("I did it", "did_it"), ("Stop these", "remind_off")])
    talk.write(f"{talk.phrase('reminders.prompt')}\n\n{idea}", options=options, columns=2)


def did_it(talk: Talk, arg: str = "") -> None:
    """They did what the reminder suggested."""
    talk.say("reminders.did_it")


ACTIONS: dict[str, Action] = {
    "reminders": reminders,
    "remind": remind,
    "remind_day": remind_day,
    "remind_at": remind_at,
    "remind_off": remind_off,
    "ask_zone": ask_zone,
    "did_it": did_it,
}
FREE = {"day_typed": day_typed, "hour_typed": hour_typed, "zone": zone}


def next_local(weekday: int | None, hour: int, minute: int, after: datetime) -> datetime:
    """The first local time of that weekday (None: any day) at hour:minute strictly after the aware `after`.

    The wall-clock time is kept over changes of the clock: a time that does not exist moves to the next valid minute.
    """
    zone_info = after.tzinfo
    day = after.date()
    for _ in range(9):
        candidate = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone_info)
        if candidate.astimezone(after.tzinfo) > after and (weekday is None or day.weekday() == weekday):
            return candidate
        day += timedelta(days=1)
    raise ValueError("no such time within nine days")
