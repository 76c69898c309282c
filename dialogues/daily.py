"""The check-in by appointment: every day, on some days, or once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dialogues import prompting, zoning
from dialogues.clocks import zone_in_words
from dialogues.events import SetReminder, StopReminders, Text
from dialogues.rhythm import EVERY_DAY, QUIET_FROM, QUIET_UNTIL, is_quiet, moment
from dialogues.state import Choice, Daily, Once
from dialogues.talk import Action, Talk, choices
from dialogues.when import AtTime, Gone, Stop, When, in_words, read_when
from dialogues.when import Daily as EveryDay
from dialogues.when import Once as Single
from dialogues.when import Weekly as OnDays
from dialogues.zoning import NEVER_MIND

HOURS = (8, 12, 18, 19, 20, 21)
EVENING, MORNING = 21, 9


def local_now(talk: Talk) -> datetime:
    """Now, on the person's clock."""
    return talk.now.astimezone(ZoneInfo(talk.state.zone or "UTC"))


def time_in(talk: Talk, text: str, asked: bool = False) -> When | None:
    """The time that `text` names; the one place where words become times of prompts."""
    state = talk.state
    current = state.reminder or state.daily
    return read_when(text, local_now(talk), asked=asked, current=(current.hour, current.minute) if current else None)


def in_plain_words(talk: Talk, daily: Daily) -> str:
    """ "every day at 20:00", "on weekdays at 08:00"."""
    clock = (daily.hour, daily.minute)
    return in_words(
        EveryDay(clock) if daily.days == EVERY_DAY else OnDays(daily.days, clock, every=True), local_now(talk)
    )


def once_in_plain_words(talk: Talk, once: Once) -> str:
    """ "tonight at 21:00", "tomorrow at 09:00"."""
    at = moment(once.day, once.hour, once.minute, talk.state.zone or "UTC") or talk.now
    return in_words(Single(at), local_now(talk))


# --- every day ---------------------------------------------------------------------------------------------------------


def daily(talk: Talk, arg: str = "") -> None:
    """Ask for the time; `arg` may name the days already."""
    days = arg if arg.isdigit() else _digits(EVERY_DAY)
    talk.say("checkin.which_hour", options=_hours(days), columns=3)
    talk.ask("daily_hour", no="later", free=f"daily_typed:{days}")


def _digits(days: tuple[int, ...]) -> str:
    return "".join(str(day) for day in days)


def _hours(days: str) -> tuple[Choice, ...]:
    return choices([(f"{hour:02d}:00", f"daily_at:{days}:{hour}:0") for hour in HOURS]) + NEVER_MIND


def daily_typed(talk: Talk, arg: str = "", event: Text | None = None) -> None:
    """A typed time: "8pm", "weekdays at 8"."""
    when = time_in(talk, event.text, asked=True) if event else None
    days = arg if arg.isdigit() else _digits(EVERY_DAY)
    if isinstance(when, OnDays):
        days = _digits(when.days)
    if isinstance(when, AtTime | EveryDay | OnDays):
        return daily_at(talk, f"{days}:{when.clock[0]}:{when.clock[1]}") if when.clock else daily(talk, days)
    if isinstance(when, Single):
        return once_at(talk, f"{when.at:%Y%m%d:%H:%M}")
    if isinstance(when, Stop):
        return daily_off(talk)
    talk.say("reminders.no_time")
    return daily(talk, days)


def daily_at(talk: Talk, arg: str) -> None:
    """Days and time are known ("0123456:20:0"): ask for the zone where it is not, and once more about a quiet hour."""
    parts = arg.split(":")
    numbers = [int(part) for part in parts[:3] if part.isdigit()]
    if len(numbers) != 3 or numbers[1] > 23 or numbers[2] > 59 or not set(parts[0]) <= set("0123456"):
        return daily(talk)
    if talk.state.zone is None:
        talk.update(pending=f"daily_at:{arg}")
        return zoning.ask_zone(talk, "again")
    _, hour, minute = numbers
    if is_quiet(hour) and parts[-1] != "sure":
        return confirm_quiet(talk, f"daily_at:{parts[0]}", hour, minute)
    chosen = Daily(hour=hour, minute=minute, days=tuple(sorted({int(digit) for digit in parts[0]})))
    talk.update(daily=chosen, focus=None, pending=None, nothing_unasked=False)
    prompting.taken_up(talk, "checkin")
    talk.do(SetReminder("checkin", chosen.rhythm, talk.state.zone))
    options = choices([("Turn it off", "daily_off"), ("Menu", "menu")])
    words, zone = in_plain_words(talk, chosen), zone_in_words(talk.state.zone)
    both = talk.state.reminder is not None and talk.state.reminder.weekday in chosen.days
    talk.say("checkin.daily_set_beside" if both else "checkin.daily_set", options=options, when=words, zone=zone)
    return talk.ask("daily_set", options, no="leave")


def confirm_quiet(talk: Talk, action: str, hour: int, minute: int) -> None:
    """A time in the quiet hours is theirs to choose; one tap says that it was meant."""
    other = QUIET_FROM - 1 if hour >= QUIET_FROM else QUIET_UNTIL
    clock = f"{hour:02d}:{minute:02d}"
    options = choices(
        [(f"Yes, {clock}", f"{action}:{hour}:{minute}:sure"), (f"Rather {other:02d}:00", f"{action}:{other}:0")]
    )
    talk.say("reminders.quiet_hour", options=options + NEVER_MIND, clock=clock)
    talk.ask("quiet_hour", options + NEVER_MIND, yes=options[0].action, no="later")


def daily_off(talk: Talk, arg: str = "") -> None:
    """No check-in comes by itself any more."""
    prompting.taken_up(talk, "checkin")
    focus = talk.state.focus
    if focus and focus.name == "checkin_trust":
        talk.update(focus=None)
    talk.update(daily=None, once=None)
    talk.do(StopReminders("checkin"))
    talk.do(StopReminders("once"))
    talk.say("reminders.daily_off")


# --- once --------------------------------------------------------------------------------------------------------------


def once(talk: Talk, arg: str = "") -> None:
    """When to ask, just once: three times to tap, or any in words."""
    if talk.state.zone is None:
        talk.update(pending="once")
        return zoning.ask_zone(talk, "again")
    now = local_now(talk)
    tomorrow = now.date() + timedelta(days=1)
    options: list[tuple[str, str]] = []
    if now.hour < EVENING:
        options.append((f"Tonight at {EVENING}:00", _at(now.date(), EVENING)))
    options += [("Tomorrow morning", _at(tomorrow, MORNING)), ("Tomorrow evening", _at(tomorrow, EVENING))]
    talk.say("checkin.once_when", options=choices(options) + NEVER_MIND)
    return talk.ask("once_when", choices(options) + NEVER_MIND, no="later", free="once_typed")


def _at(day: date, hour: int, minute: int = 0) -> str:
    return f"once_at:{day:%Y%m%d}:{hour}:{minute}"


def once_typed(talk: Talk, arg: str = "", event: Text | None = None) -> None:
    """A single time in words: "tonight at 9", "at 8"."""
    when = time_in(talk, event.text, asked=True) if event else None
    if isinstance(when, Single):
        return once_at(talk, f"{when.at:%Y%m%d:%H:%M}")
    if isinstance(when, AtTime):
        now = local_now(talk)
        today = moment(now.date(), *when.clock, talk.state.zone or "UTC")
        day = now.date() if today and today > talk.now else now.date() + timedelta(days=1)
        return once_at(talk, f"{day:%Y%m%d}:{when.clock[0]}:{when.clock[1]}")
    if isinstance(when, EveryDay | OnDays):
        return daily_typed(talk, event=event)
    talk.say("reminders.gone" if isinstance(when, Gone) else "reminders.no_time")
    return once(talk)


def once_at(talk: Talk, arg: str) -> None:
    """The time is known ("20261124:21:0"): set it, where it is still to come."""
    parts = arg.split(":")
    try:
        day = datetime.strptime(parts[0], "%Y%m%d").date()  # noqa: DTZ007 (a calendar day)
        wanted = Once(day=day, hour=int(parts[1]) % 24, minute=int(parts[2]) % 60)
    except (ValueError, IndexError):
        return once(talk)
    if talk.state.zone is None:
        talk.update(pending=f"once_at:{arg}")
        return zoning.ask_zone(talk, "again")
    at = moment(wanted.day, wanted.hour, wanted.minute, talk.state.zone)
    if at is None or at <= talk.now:
        talk.say("reminders.gone")
        return once(talk)
    talk.update(once=wanted, focus=None, pending=None)
    talk.do(SetReminder("once", wanted.rhythm, talk.state.zone))
    options = choices([("Don't, after all", "once_off"), ("Menu", "menu")])
    zone = zone_in_words(talk.state.zone)
    talk.say("checkin.once_set", options=options, when=once_in_plain_words(talk, wanted), zone=zone)
    return talk.ask("once_set", options, no="leave")


def once_tomorrow(talk: Talk, arg: str = "") -> None:
    """The same question tomorrow at about this time, not in the quiet hours."""
    if talk.state.zone is None:
        talk.update(pending="once_tomorrow")
        return zoning.ask_zone(talk, "again")
    now = local_now(talk)
    hour = now.hour if not is_quiet(now.hour) else QUIET_FROM - 1 if now.hour >= QUIET_FROM else MORNING
    return once_at(talk, f"{now.date() + timedelta(days=1):%Y%m%d}:{hour}:0")


def once_off(talk: Talk, arg: str = "") -> None:
    """The one prompt is not wanted after all."""
    talk.update(once=None, focus=None)
    talk.do(StopReminders("once"))
    talk.say("checkin.once_off")


def moved(talk: Talk, zone: str) -> None:
    """The person's clock is another one now: what is set goes along."""
    if talk.state.daily and not talk.state.daily.paused:
        talk.do(SetReminder("checkin", talk.state.daily.rhythm, zone))
    if talk.state.once:
        talk.do(SetReminder("once", talk.state.once.rhythm, zone))


ACTIONS: dict[str, Action] = {
    "daily": daily,
    "daily_at": daily_at,
    "daily_off": daily_off,
    "once": once,
    "once_at": once_at,
    "once_tomorrow": once_tomorrow,
    "once_off": once_off,
}
FREE = {"daily_typed": daily_typed, "once_typed": once_typed}
