"""/reminders: the weekly appreciation idea, opt-in, day and hour of choice, off with one tap, beside the check-in."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from dialogues import daily, menu, prompting, topics, zoning
from dialogues.clocks import Clock, zone_in_words
from dialogues.events import SetReminder, StopReminders, Text
from dialogues.labels import THEMES, UNSURE
from dialogues.rhythm import is_quiet
from dialogues.state import Choice, Reminder
from dialogues.talk import Action, Talk, choices
from dialogues.typed import pick, plain
from dialogues.when import DAYS, AtTime, Daily, Once, Stop, Weekly, read_when
from dialogues.zoning import NEVER_MIND

HOURS = (8, 10, 12, 17, 19, 21)


def reminders(talk: Talk, arg: str = "") -> None:
    """What is set, and how to change it."""
    state = talk.state
    if not state.locked and talk.heard and typed(talk):
        return None
    current, pairs = state.reminder, _of_checkins(talk)
    lines = [*_checkin_lines(talk), _weekly_line(talk)]  # which ends with the question
    if state.locked:
        options = choices([*pairs, ("Menu", "menu"), ("I need help now", "danger:abuse")])
        talk.write("\n\n".join(lines), options=options)
        return talk.ask("reminders_paused", options, no="later")
    if current and (current.paused or prompting.betrayal_heard(talk)):
        options = choices(
            [("Turn it on again", _again(current)), ("Turn it off", "remind_off"), *pairs, ("Leave it", "leave")]
        )
    elif current:
        options = choices([("Change the time", "remind"), ("Turn it off", "remind_off"), *pairs, ("Leave it", "leave")])
    else:
        options = choices([("Yes, once a week", "remind"), *pairs, ("No, thanks", "later")])
    talk.write("\n\n".join(lines), options=options)
    yes = options[0].action if current and options[0].label.startswith("Turn") else "remind"
    return talk.ask("reminders", options, yes=yes, no="leave" if current else "later", free="remind_typed")


def _weekly_line(talk: Talk) -> str:
    reminder = talk.state.reminder
    if talk.state.locked:
        return talk.phrase("reminders.paused")
    if reminder is None:
        return talk.phrase("reminders.is_off")
    if reminder.paused == "ignored":
        return talk.phrase("reminders.rests")
    if reminder.paused or prompting.betrayal_heard(talk):
        return talk.phrase("reminders.rests_after_betrayal")
    return talk.phrase("reminders.is_on", when=when(reminder), zone=zone_in_words(talk.state.zone or "UTC"))


def _checkin_lines(talk: Talk) -> list[str]:
    state, lines = talk.state, []
    if state.daily:
        key = "reminders.daily_rests" if state.daily.paused else "reminders.daily_is_on"
        lines.append(talk.phrase(key, when=daily.in_plain_words(talk, state.daily)))
    if state.once and state.once.day >= talk.today:
        lines.append(talk.phrase("reminders.once_is_on", when=daily.once_in_plain_words(talk, state.once)))
    return lines


def _of_checkins(talk: Talk) -> list[tuple[str, str]]:
    """Buttons for the check-in by appointment."""
    state = talk.state
    if state.daily is None:
        return [("A daily check-in", "daily"), ("Ask me just once", "once")]
    digits = "".join(str(day) for day in state.daily.days)
    on_again = f"daily_at:{digits}:{state.daily.hour}:{state.daily.minute}:sure"
    first = ("Check-in on again", on_again) if state.daily.paused else ("Change the check-in", "daily")
    return [first, ("Turn the check-in off", "daily_off")]


def _again(reminder: Reminder) -> str:
    return f"remind_at:{reminder.weekday}:{reminder.hour}:{reminder.minute}:sure"


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
    """ "Sunday at 19:00", "Sunday at 19:00, every second week"."""
    rarer = {2: ", every second week", 4: ", every fourth week"}.get(reminder.every, "")
    return f"{DAYS[reminder.weekday]} at {reminder.hour:02d}:{reminder.minute:02d}{rarer}"


def remind(talk: Talk, arg: str = "") -> None:
    """Ask for the day."""
    if talk.state.locked:
        return reminders(talk)
    options = choices([(day, f"remind_day:{index}") for index, day in enumerate(DAYS)]) + NEVER_MIND
    talk.say("reminders.which_day", options=options, columns=2)
    return talk.ask("reminder_day", options, no="later", free="day_typed")


def typed(talk: Talk, day: int | None = None) -> bool:
    """Act on a typed rhythm ("every sunday at 7pm", "make it 9 instead"); False where the text is something else.

    `day` is the one that was chosen before, whose hour is asked for.
    """
    from dialogues import wishes

    current = talk.state.reminder
    if day is None and current:
        day = current.weekday
    now = talk.now.astimezone(ZoneInfo(talk.state.zone or "UTC"))
    said = read_when(talk.heard, now, asked=True, current=(current.hour, current.minute) if current else None)
    if isinstance(said, Stop):
        wishes.stop(talk, plain(talk.heard))
    elif isinstance(said, Weekly) and len(said.days) == 1:
        clock = said.clock or ((current.hour, current.minute) if current else None)
        _confirm(talk, said.days[0], clock) if clock else _ask_hour(talk, said.days[0])
    elif isinstance(said, AtTime) and day is not None:
        _confirm(talk, day, said.clock)
    elif isinstance(said, Daily | Weekly | Once):
        wishes.offer(talk, said, plain(talk.heard))
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
    return _ask_hour(talk, int(arg) if arg.isdecimal() and int(arg) < 7 else 6)


def _ask_hour(talk: Talk, day: int) -> None:
    """Ask for the hour. The buttons are left out of what can be picked by number: "8" is an hour, no place in a list."""
    talk.say("reminders.which_hour", options=_hours(day), columns=3, day=DAYS[day])
    talk.ask("reminder_hour", no="later", free=f"hour_typed:{day}")


def _hours(day: int) -> tuple[Choice, ...]:
    return choices([(f"{hour:02d}:00", f"remind_at:{day}:{hour}:0") for hour in HOURS]) + NEVER_MIND


def hour_typed(talk: Talk, arg: str, event: Text | None = None) -> None:
    """A typed time: "7pm", "19:30", "half past 7", "the second one"."""
    day = int(arg) if arg.isdecimal() and int(arg) < 7 else 6
    if typed(talk, day):
        return None
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
        return zoning.ask_zone(talk, "again")
    if is_quiet(parts[1]) and not arg.endswith(":sure"):
        return daily.confirm_quiet(talk, f"remind_at:{parts[0]}", parts[1], parts[2])
    before = talk.state.reminder
    reminder = Reminder(
        weekday=parts[0],
        hour=parts[1],
        minute=parts[2],
        every=before.every if before else 1,
        last=before.last if before else None,
        betrayals=talk.state.themes.get("betrayal", 0),
    )
    prompting.taken_up(talk, "appreciation")
    talk.update(reminder=reminder, focus=None, pending=None, nothing_unasked=False)
    talk.do(SetReminder("appreciation", reminder.rhythm, talk.state.zone))
    options = choices([("Turn it off", "remind_off"), ("Menu", "menu")])
    talk.say("reminders.set", options=options, when=when(reminder), zone=zone_in_words(talk.state.zone))
    return talk.ask("reminder_set", options, no="leave")


def move_along(talk: Talk) -> None:
    """The zone has changed: the reminder keeps its hour, by the new clock."""
    reminder = talk.state.reminder
    if talk.state.zone:
        daily.moved(talk, talk.state.zone)
    if reminder and talk.state.zone and not reminder.paused:
        talk.do(SetReminder("appreciation", reminder.rhythm, talk.state.zone))
        talk.say("reminders.moved", when=when(reminder))


def remind_off(talk: Talk, arg: str = "") -> None:
    """Turn the weekly idea off."""
    prompting.taken_up(talk, "appreciation")
    talk.update(reminder=None)
    talk.do(StopReminders("appreciation"))
    talk.do(StopReminders("later"))
    talk.say("reminders.off")


ACTIONS: dict[str, Action] = {
    "reminders": reminders,
    "remind": remind,
    "remind_day": remind_day,
    "remind_at": remind_at,
    "remind_off": remind_off,
}
FREE = {"day_typed": day_typed, "hour_typed": hour_typed, "remind_typed": remind_typed}
