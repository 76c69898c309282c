"""A time written anywhere ("ask me tonight at 9", "weekdays at 8", "make it 9 instead", "stop the reminders").

It is said back with one tap to confirm; only stopping needs none.
"""

from __future__ import annotations

import re

from dialogues import daily, reminding, zoning
from dialogues.events import StopReminders, Text
from dialogues.rhythm import is_quiet
from dialogues.state import Choice
from dialogues.talk import Action, Talk, choices
from dialogues.typed import plain
from dialogues.when import AtTime, Gone, Stop, Weekly, When, in_words
from dialogues.when import Daily as EveryDay
from dialogues.when import Once as Single

_ASKS = re.compile(
    r"^(?:please |pls |can you |could you |will you |would you |and )*"
    r"(?:remind me|ask me|ping me|nudge me|message me|text me|check in with me)\b"
)
JUST_SET = {"daily_set": "daily", "once_set": "once", "reminder_set": "weekly"}
"""After which question a bare "9" changes what."""
_IDEA = re.compile(r"\b(?:ideas?|thank\w*|appreciat\w*|grateful|gratitude|praise|nice to)\b")
_CHECKIN = re.compile(r"\b(?:check ?ins?|ask me|check in with me|how i am|how i feel|feel|mood)\b")


def heard(talk: Talk, event: Text) -> bool:
    """Take a time of prompts out of a message, where it is one, and offer it. False where it is about something else."""
    focus = talk.state.focus
    words = plain(event.text)
    answering = talk.state.walk is not None or (focus is not None and focus.free is not None)
    if talk.state.danger or (answering and not _ASKS.search(words)):
        return False
    when = daily.time_in(talk, event.text, asked=focus is not None and focus.name in JUST_SET)
    if when is None or isinstance(when, Stop):
        return False
    if isinstance(when, AtTime) and _set(talk, words) is None:
        return False
    if talk.state.zone is None:
        talk.update(pending=f"wish:{event.text.strip()}", focus=None)
        zoning.ask_zone(talk, "again")
        return True
    offer(talk, when, words)
    return True


def stops(talk: Talk, event: Text) -> bool:
    """Act on "stop the reminders", wherever it is said."""
    if not isinstance(daily.time_in(talk, event.text), Stop):
        return False
    stop(talk, plain(event.text))
    return True


def wish(talk: Talk, text: str) -> None:
    """The same, once the time zone is known."""
    when = daily.time_in(talk, text)
    if when is None:
        return reminding.reminders(talk)
    return offer(talk, when, plain(text))


def _set(talk: Talk, words: str) -> str | None:
    """Which of what is set "make it 9" is about: the one that is named, else the only one, else the weekly idea."""
    state, just = talk.state, talk.state.focus.name if talk.state.focus else ""
    if just in JUST_SET:
        return JUST_SET[just]
    if state.daily and (_CHECKIN.search(words) or not state.reminder):
        return "daily"
    if state.reminder:
        return "weekly"
    return "once" if state.once else None


def offer(talk: Talk, when: When, words: str) -> None:
    """Say the time back with one tap to set it."""
    if isinstance(when, Stop):
        return stop(talk, words)
    if isinstance(when, Gone):
        talk.say("reminders.gone")
        return daily.once(talk)
    if isinstance(when, Single):
        return _confirm(
            talk, "checkin.offer_once", in_words(when, daily.local_now(talk)), f"once_at:{when.at:%Y%m%d:%H:%M}"
        )
    if isinstance(when, AtTime):
        return _change(talk, when, words)
    return _repeat(talk, when, words)


def _repeat(talk: Talk, when: EveryDay | Weekly, words: str) -> None:
    """A day each week is the idea, several are the check-in, unless the words say which."""
    days = when.days if isinstance(when, Weekly) else tuple(range(7))
    weekly = len(days) == 1 and not (_CHECKIN.search(words) and not _IDEA.search(words)) and not talk.state.locked
    digits = "".join(str(day) for day in days)
    current = talk.state.reminder if weekly else talk.state.daily
    time = when.clock or ((current.hour, current.minute) if current else None)
    if time is None:
        return reminding.remind_day(talk, digits) if weekly else daily.daily(talk, digits)
    clock = f"{time[0]}:{time[1]}"
    if is_quiet(time[0]):  # one question is enough, and that one asks already
        return reminding.remind_at(talk, f"{digits}:{clock}") if weekly else daily.daily_at(talk, f"{digits}:{clock}")
    said = in_words(
        EveryDay(time) if isinstance(when, EveryDay) else Weekly(days, time, every=True), daily.local_now(talk)
    )
    if not weekly:
        return _confirm(talk, "checkin.offer_daily", said, f"daily_at:{digits}:{clock}")
    instead = Choice(label="A check-in instead", action=f"daily_at:{digits}:{clock}")
    return _confirm(talk, "reminders.offer_weekly", said, f"remind_at:{digits}:{clock}", instead)


def _change(talk: Talk, when: AtTime, words: str) -> None:
    """ "Make it 9 instead": the time of what is set."""
    state, (hour, minute) = talk.state, when.clock
    which = _set(talk, words)
    if which == "daily" and state.daily:
        changed = state.daily.model_copy(update={"hour": hour, "minute": minute})
        said, digits = daily.in_plain_words(talk, changed), "".join(str(day) for day in changed.days)
        return _confirm(talk, "checkin.offer_daily", said, f"daily_at:{digits}:{hour}:{minute}")
    if which == "weekly" and state.reminder:
        said = in_words(Weekly((state.reminder.weekday,), when.clock, every=True), daily.local_now(talk))
        return _confirm(talk, "reminders.offer_weekly", said, f"remind_at:{state.reminder.weekday}:{hour}:{minute}")
    if state.once:
        changed_once = state.once.model_copy(update={"hour": hour, "minute": minute})
        said = daily.once_in_plain_words(talk, changed_once)
        return _confirm(talk, "checkin.offer_once", said, f"once_at:{changed_once.day:%Y%m%d}:{hour}:{minute}")
    return reminding.reminders(talk)


def _confirm(talk: Talk, key: str, when: str, action: str, *others: Choice) -> None:
    options = (Choice(label="Yes, set it", action=action), *others, Choice(label="No, thanks", action="later"))
    talk.say(key, options=options, when=when)
    talk.ask("wish", options, yes=action, no="later")


def stop(talk: Talk, words: str) -> None:
    """Stop the one that is named, else all of it."""
    if _IDEA.search(words):
        return reminding.remind_off(talk)
    if re.search(r"\bcheck ?ins?\b|\bdaily\b", words):
        return daily.daily_off(talk)
    if talk.state.focus and talk.state.focus.name != "step":
        talk.update(focus=None)
    talk.do(StopReminders())
    options = choices([("Reminders", "reminders"), ("Menu", "menu")])
    talk.say("reminders.all_off", options=options)
    return None


ACTIONS: dict[str, Action] = {"wish": wish}
