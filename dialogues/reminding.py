"""The weekly appreciation reminder: opt-in, day and hour of choice, off with one tap."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dialogues import menu, topics
from dialogues.clocks import clock_in, find_zone, zone_in_words
from dialogues.events import Prompt, SetReminder, StopReminders, Text
from dialogues.labels import THEMES, UNSURE
from dialogues.state import Choice, Reminder
from dialogues.talk import Action, Talk, choices
from dialogues.typed import pick, plain

__all__ = ["find_zone", "next_local"]

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SHORT_DAYS = ("mon", "tues?", "weds?", "thu(?:rs?)?", "fri", "sat", "sun")
HOURS = (8, 10, 12, 17, 19, 21)
OWN_QUESTIONS = ("reminders", "reminder_set", "prompt")
NEVER_MIND = choices([("Never mind", "later")])


def reminders(talk: Talk, arg: str = "") -> None:
    """What is set, and how to change it."""
    current = talk.state.reminder
    focus = talk.state.focus
    if focus and focus.name in ("reminders", "reminder_day") and _day_in(talk.heard) is not None:
        return remind_day(talk, str(_day_in(talk.heard)))
    if focus and focus.name == "reminder_hour" and clock_in(talk.heard) and focus.free:
        return hour_typed(talk, focus.free.partition(":")[2])
    if current:
        options = choices([("Change the time", "remind"), ("Turn it off", "remind_off"), ("Leave it", "leave")])
        talk.say("reminders.is_on", options=options, when=when(current), zone=zone_in_words(talk.state.zone or "UTC"))
    elif talk.state.locked:
        options = choices([("Menu", "menu"), ("I need help now", "danger:abuse")])
        talk.say("reminders.paused", options=options)
        return talk.ask("reminders_paused", options, no="later")
    else:
        options = choices([("Yes, once a week", "remind"), ("No, thanks", "later")])
        talk.say("reminders.is_off", options=options)
    return talk.ask("reminders", options, yes="remind", no="leave" if current else "later", free="remind_typed")


def remind_typed(talk: Talk, arg: str = "", event: Text | None = None) -> None:
    """Other words at the offer: a day and perhaps a time, or a new message."""
    from dialogues import smalltalk

    if event is None:
        return reminders(talk)
    label = event.understanding.label
    if _day_in(event.text) is not None:
        return day_typed(talk, event=event)
    if label in THEMES:
        return topics.answer(talk, label, event.text)
    return menu.not_understood(talk, event) if label == UNSURE else smalltalk.answer(talk, label, event)


def when(reminder: Reminder) -> str:
    """ "Sunday at 19:00"."""
    return f"{DAYS[reminder.weekday]} at {reminder.hour:02d}:{reminder.minute:02d}"


def remind(talk: Talk, arg: str = "") -> None:
    """Ask for the day."""
    if talk.state.locked:
        return reminders(talk)
    options = choices([(day, f"remind_day:{index}") for index, day in enumerate(DAYS)]) + NEVER_MIND
    talk.say("reminders.which_day", options=options, columns=2)
    return talk.ask("reminder_day", options, no="later", free="day_typed")


def _day_in(text: str) -> int | None:
    words = plain(text)
    for index, (day, short) in enumerate(zip(DAYS, SHORT_DAYS, strict=True)):
        if re.search(rf"\b(?:{day.lower()}s?|{short})\b", words):
            return index
    return None


def day_typed(talk: Talk, arg: str = "", event: Text | None = None) -> None:
    """A typed day, perhaps with the time: "every sunday at 7pm"."""
    day = _day_in(talk.heard)
    if day is not None:
        return remind_day(talk, str(day))
    talk.say("reminders.no_day")
    return remind(talk)


def remind_day(talk: Talk, arg: str) -> None:
    """Take the day, and the hour where it was written with it, or ask for it."""
    day = int(arg) if arg.isdecimal() and int(arg) < 7 else 6
    clock = clock_in(talk.heard) if _day_in(talk.heard) == day else None
    return remind_at(talk, f"{day}:{clock[0]}:{clock[1]}") if clock else _ask_hour(talk, day)


def _ask_hour(talk: Talk, day: int) -> None:
    """Ask for the hour. The buttons are left out of what can be picked by number: "8" is an hour, no place in a list."""
    talk.say("reminders.which_hour", options=_hours(day), columns=3, day=DAYS[day])
    talk.ask("reminder_hour", no="later", free=f"hour_typed:{day}")


def _hours(day: int) -> tuple[Choice, ...]:
    return choices([(f"{hour:02d}:00", f"remind_at:{day}:{hour}:0") for hour in HOURS]) + NEVER_MIND


def hour_typed(talk: Talk, arg: str, event: Text | None = None) -> None:
    """A typed time: "7pm", "19:30", "half past 7", "the second one"."""
    day = int(arg) if arg.isdecimal() and int(arg) < 7 else 6
    clock = clock_in(talk.heard)
    if clock:
        return remind_at(talk, f"{day}:{clock[0]}:{clock[1]}")
    option = pick(talk.heard, _hours(day)[: len(HOURS)])
    if option:
        return remind_at(talk, option.action.partition(":")[2])
    talk.say("reminders.no_time")
    return _ask_hour(talk, day)


def remind_at(talk: Talk, arg: str) -> None:
    """Day and time are known: ask for the zone where it is not, else set the reminder."""
    parts = [int(part) for part in arg.split(":") if part.isdecimal()]
    if talk.state.locked or len(parts) != 3 or parts[0] > 6 or parts[1] > 23 or parts[2] > 59:
        return remind(talk)
    if talk.state.zone is None:
        talk.update(pending=f"remind_at:{arg}")
        return ask_zone(talk, "again")
    reminder = Reminder(weekday=parts[0], hour=parts[1], minute=parts[2])
    talk.update(reminder=reminder, focus=None, pending=None)
    talk.do(SetReminder("appreciation", parts[0], parts[1], parts[2], talk.state.zone))
    options = choices([("Turn it off", "remind_off"), ("Menu", "menu")])
    talk.say("reminders.set", options=options, when=when(reminder), zone=zone_in_words(talk.state.zone))
    return talk.ask("reminder_set", options, no="leave")


def ask_zone(talk: Talk, arg: str = "") -> None:
    """Ask for a city or the local time; nothing is guessed. `again`: for the reminder that waits for it."""
    if arg != "again":
        talk.update(pending=None)
    waits = bool(talk.state.pending)
    talk.say("reminders.zone" if waits else "reminders.zone_alone", options=NEVER_MIND)
    talk.ask("zone", NEVER_MIND, no="later", free="zone")


def zone(talk: Talk, arg: str, event: Text | None = None) -> None:
    """A typed city, zone name or local time."""
    found = find_zone(event.text if event else arg, talk.now)
    if found is None:
        talk.say("reminders.no_zone", options=NEVER_MIND)
        return talk.ask("zone", NEVER_MIND, no="later", free="zone")
    talk.update(zone=found, focus=None)
    if talk.state.pending:
        return None
    local = talk.now.astimezone(ZoneInfo(found))
    talk.say("reminders.zone_kept", clock=f"{local:%H:%M}", zone=zone_in_words(found))
    reminder = talk.state.reminder
    if reminder:
        talk.do(SetReminder("appreciation", reminder.weekday, reminder.hour, reminder.minute, found))
        talk.say("reminders.moved", when=when(reminder))
    return None


def _close_own_question(talk: Talk) -> None:
    """An answer to a prompt leaves alone what else was asked meanwhile."""
    if talk.state.focus and talk.state.focus.name in OWN_QUESTIONS:
        talk.update(focus=None)


def remind_off(talk: Talk, arg: str = "") -> None:
    """Turn the reminder off."""
    _close_own_question(talk)
    talk.update(reminder=None)
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
    focus = talk.state.focus
    if talk.state.walk is None and (focus is None or focus.name in ("menu", *OWN_QUESTIONS)):
        talk.ask("prompt", options, no="later")


def did_it(talk: Talk, arg: str = "") -> None:
    """They did what the reminder suggested."""
    _close_own_question(talk)
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
FREE = {"day_typed": day_typed, "hour_typed": hour_typed, "remind_typed": remind_typed, "zone": zone}


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
