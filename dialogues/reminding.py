"""The weekly appreciation reminder: opt-in, day and hour of choice, off with one tap."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from dialogues import menu, topics, zoning
from dialogues.clocks import Clock, zone_in_words
from dialogues.events import Prompt, SetReminder, StopReminders, Text
from dialogues.labels import THEMES, UNSURE
from dialogues.state import Choice, Reminder
from dialogues.talk import Action, Talk, choices
from dialogues.typed import pick
from dialogues.when import DAYS, AtTime, Daily, Once, Stop, Weekly, read_when
from dialogues.zoning import NEVER_MIND

HOURS = (8, 10, 12, 17, 19, 21)
OWN_QUESTIONS = ("reminders", "reminder_set", "prompt")


def reminders(talk: Talk, arg: str = "") -> None:
    """What is set, and how to change it."""
    current = talk.state.reminder
    if not talk.state.locked and talk.heard and typed(talk):
        return None
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
    if typed(talk):
        return None
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


def says_stop(text: str) -> bool:
    """Whether a message asks for no more reminders, wherever it is said."""
    return isinstance(read_when(text, datetime.now(UTC)), Stop)


def typed(talk: Talk, day: int | None = None) -> bool:
    """Act on a typed rhythm ("every sunday at 7pm", "make it 9 instead"); False where the text is something else.

    `day` is the one that was chosen before, whose hour is asked for.
    """
    current = talk.state.reminder
    if day is None and current:
        day = current.weekday
    now = talk.now.astimezone(ZoneInfo(talk.state.zone or "UTC"))
    said = read_when(talk.heard, now, asked=True, current=(current.hour, current.minute) if current else None)
    if isinstance(said, Stop) and current:
        remind_off(talk)
    elif isinstance(said, Weekly) and len(said.days) == 1:
        clock = said.clock or ((current.hour, current.minute) if current else None)
        _confirm(talk, said.days[0], clock) if clock else _ask_hour(talk, said.days[0])
    elif isinstance(said, AtTime) and day is not None:
        _confirm(talk, day, said.clock)
    elif isinstance(said, Daily | Weekly | Once):
        talk.say("reminders.once_a_week")
        remind(talk)
    else:
        return False
    return True


def _confirm(talk: Talk, day: int, clock: Clock) -> None:
    """Show a typed day and time back; one tap sets it."""
    if talk.state.locked or talk.state.zone is None:
        return remind_at(talk, f"{day}:{clock[0]}:{clock[1]}")
    yes = ("Yes, set it", f"remind_at:{day}:{clock[0]}:{clock[1]}")
    options = choices([yes, ("Another time", "remind")]) + NEVER_MIND
    said = when(Reminder(weekday=day, hour=clock[0], minute=clock[1]))
    talk.say("reminders.right", options=options, when=f"Every {said}", zone=zone_in_words(talk.state.zone))
    return talk.ask("reminder_right", options, yes=yes[1], no="remind", free=f"hour_typed:{day}")


def day_typed(talk: Talk, arg: str = "", event: Text | None = None) -> None:
    """A typed day, perhaps with the time: "every sunday at 7pm"."""
    if typed(talk):
        return None
    talk.say("reminders.no_day")
    return remind(talk)


def remind_day(talk: Talk, arg: str) -> None:
    """Take the day, and the hour where it was written with it, or ask for it."""
    if len(talk.heard.split()) > 1 and typed(talk):
        return None
    return _ask_hour(talk, int(arg) if arg.isdigit() and int(arg) < 7 else 6)


def _ask_hour(talk: Talk, day: int) -> None:
    """Ask for the hour. The buttons are left out of what can be picked by number: "8" is an hour, no place in a list."""
    talk.say("reminders.which_hour", options=_hours(day), columns=3, day=DAYS[day])
    talk.ask("reminder_hour", no="later", free=f"hour_typed:{day}")


def _hours(day: int) -> tuple[Choice, ...]:
    return choices([(f"{hour:02d}:00", f"remind_at:{day}:{hour}:0") for hour in HOURS]) + NEVER_MIND


def hour_typed(talk: Talk, arg: str, event: Text | None = None) -> None:
    """A typed time: "7pm", "19:30", "half past 7", "the second one"."""
    day = int(arg) if arg.isdigit() and int(arg) < 7 else 6
    if typed(talk, day):
        return None
    option = pick(talk.heard, _hours(day)[: len(HOURS)])
    if option:
        return remind_at(talk, option.action.partition(":")[2])
    talk.say("reminders.no_time")
    return _ask_hour(talk, day)


def remind_at(talk: Talk, arg: str) -> None:
    """Day and time are known: ask for the zone where it is not, else set the reminder."""
    parts = [int(part) for part in arg.split(":") if part.isdigit()]
    if talk.state.locked or len(parts) != 3 or parts[0] > 6 or parts[1] > 23 or parts[2] > 59:
        return remind(talk)
    if talk.state.zone is None:
        talk.update(pending=f"remind_at:{arg}")
        return zoning.ask_zone(talk, "again")
    reminder = Reminder(weekday=parts[0], hour=parts[1], minute=parts[2])
    talk.update(reminder=reminder, focus=None, pending=None)
    talk.do(SetReminder("appreciation", reminder.rhythm, talk.state.zone))
    options = choices([("Turn it off", "remind_off"), ("Menu", "menu")])
    talk.say("reminders.set", options=options, when=when(reminder), zone=zone_in_words(talk.state.zone))
    return talk.ask("reminder_set", options, no="leave")


def move_along(talk: Talk) -> None:
    """The zone has changed: the reminder keeps its hour, by the new clock."""
    reminder = talk.state.reminder
    if reminder and talk.state.zone:
        talk.do(SetReminder("appreciation", reminder.rhythm, talk.state.zone))
        talk.say("reminders.moved", when=when(reminder))


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
    "did_it": did_it,
}
FREE = {"day_typed": day_typed, "hour_typed": hour_typed, "remind_typed": remind_typed}
