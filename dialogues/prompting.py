"""What comes by itself: the weekly idea and the check-in, at most one unasked message a day, each with a way to less.

Asked for once ("ask me tonight at 9", "Later today") is not unasked, and so not counted.
"""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from dialogues import checkins
from dialogues.events import Button, Prompt, PromptKind, Reply, SetReminder, StopReminders, Text
from dialogues.rhythm import QUIET_FROM, QUIET_UNTIL, Rhythm, is_quiet, moment
from dialogues.state import Choice, Once
from dialogues.talk import Action, Talk, choices
from dialogues.thanking import shape

OWN_QUESTIONS = ("reminders", "reminder_set", "daily_set", "once_set", "fewer", "prompt", "still_wanted")
ASK_AFTER = 3
"""Prompts of a kind in a row that nobody took up, after which the bot asks once whether to go on."""
LATER = timedelta(hours=3)
FEWER_DAYS = (0, 2, 4)
RAREST_WEEKS = 4


def prompt(talk: Talk, event: Prompt) -> None:
    """Say what is due, where it still fits; silent where it does not."""
    too_late = event.until is not None and talk.now > event.until
    if too_late or talk.state.danger or talk.state.minor:
        return None
    return {"appreciation": _weekly, "later": _weekly_again, "checkin": _daily, "once": _once}[event.kind](talk)


def betrayal_heard(talk: Talk) -> bool:
    """Whether betrayal was the theme since the weekly idea was asked for."""
    before = talk.state.reminder.betrayals if talk.state.reminder else 0
    return talk.state.themes.get("betrayal", 0) > before


def may_offer(talk: Talk) -> bool:
    """Whether the weekly idea may be offered unasked: not after betrayal, abuse or a crisis, nor after /stop."""
    state = talk.state
    told = state.locked or state.danger or state.minor or state.nothing_unasked
    return not told and not betrayal_heard(talk) and state.reminder is None


def note_stops(talk: Talk) -> None:
    """Where everything unasked was stopped (a danger, /stop), forget what was set, and offer nothing by oneself."""
    if StopReminders() in talk.effects:
        minor = talk.state.minor  # of whom nothing is kept, and to whom nothing is offered anyway
        talk.update(reminder=None, daily=None, once=None, nothing_unasked=not minor, ignored={})


# --- the prompts -------------------------------------------------------------------------------------------------------


def _weekly(talk: Talk) -> None:
    reminder = talk.state.reminder
    if reminder is None or reminder.paused:
        return None
    if talk.state.locked or betrayal_heard(talk):
        return _pause(talk, "appreciation", "theme")
    talk.update(reminder=reminder.model_copy(update={"last": talk.today}))
    if not _counts(talk, "appreciation"):
        return None
    return _idea(talk)


def _weekly_again(talk: Talk) -> None:
    """The same idea once more, because they tapped "Later today"."""
    if talk.state.locked or betrayal_heard(talk) or talk.state.reminder is None:
        return
    _idea(talk, again=True)


def _idea(talk: Talk, again: bool = False) -> None:
    key = "ideas.single" if talk.state.situation == "single" else "ideas.partnered"
    variants = talk.content.phrases[key]
    if again:  # `phrase` goes on to the next one
        number = talk.state.said.get(key, 0)
        talk.update(said={**talk.state.said, key: (number - 1) % len(variants)})
    text = f"{talk.phrase('reminders.prompt')}\n\n{talk.phrase(key)}"
    pairs = [("Tell me how", "how"), ("I did it", "did_it"), ("Later today", "later_today:appreciation")]
    last = [("Less often", "less:appreciation"), ("Stop these", "remind_off")]
    if talk.state.daily and not talk.state.daily.paused and _not_yet_today(talk):
        pairs.append(("Check in", "checkin"))
    _show(talk, text, [choices(pairs[:2]), choices(pairs[2:]), choices(last)])
    _listen(talk, "prompt", choices([*pairs, *last]))


def _daily(talk: Talk) -> None:
    daily, weekly = talk.state.daily, talk.state.reminder
    if daily is None or daily.paused or not _not_yet_today(talk):
        return
    if weekly and weekly.comes_on(talk.today) and not (talk.state.locked or betrayal_heard(talk)):
        return  # one message a day, and the idea has its turn once a week only; it carries "Check in"
    if _counts(talk, "checkin"):
        _ask_how_it_is(talk, "checkin.prompt", [("Less often", "less:checkin"), ("Stop these", "daily_off")])


def _once(talk: Talk) -> None:
    talk.update(once=None)
    if _not_yet_today(talk):
        return _ask_how_it_is(talk, "checkin.prompt_once", [("Not today", "not_today")])
    return checkins.checkin(talk, lead=talk.phrase("checkin.prompt_once"))


def _not_yet_today(talk: Talk) -> bool:
    today = talk.state.checkin
    return today is None or today.day != talk.today or not checkins.summary(today)


def _ask_how_it_is(talk: Talk, key: str, last: list[tuple[str, str]]) -> None:
    """The first question of the check-in with its numbers, so that three taps are enough; or the way to consent."""
    last = [("Later today", "later_today:checkin"), *last]
    if talk.state.consent is None:
        begin = choices([("Check in", "checkin")])
        _show(talk, talk.phrase(key), [begin, choices(last[:1]), choices(last[1:])])
        return _listen(talk, "prompt", (*begin, *choices(last)))
    numbers, skip = checkins.first_question(talk)
    text = f"{talk.phrase(key)}\n\n{talk.phrase('checkin.trust')}"
    _show(talk, text, [numbers, choices([(skip.label, skip.action), *last[:1]]), choices(last[1:])])
    if _is_free(talk):
        checkins.wait_for_first(talk, (*numbers, *choices(last)))
    return None


def _show(talk: Talk, text: str, rows: list[tuple[Choice, ...]]) -> None:
    buttons = tuple(tuple(Button(option.label, option.action) for option in row) for row in rows if row)
    talk.replies.append(Reply(text=text, rows=buttons))


def _is_free(talk: Talk) -> bool:
    focus = talk.state.focus
    return talk.state.walk is None and (focus is None or focus.name in ("menu", *OWN_QUESTIONS))


def _listen(talk: Talk, name: str, options: tuple[Choice, ...]) -> None:
    """Take typed answers as well, unless something else is being asked."""
    if _is_free(talk):
        talk.ask(name, options, no="later")


def _counts(talk: Talk, kind: PromptKind) -> bool:
    """Whether the day's one unasked message may be this; where nobody took up the last ones, ask once, then rest."""
    if talk.state.prompted_on == talk.today:
        return False
    ignored = talk.state.ignored.get(kind, 0)
    if ignored > ASK_AFTER:
        _pause(talk, kind, "ignored")
        return False
    talk.update(prompted_on=talk.today, ignored={**talk.state.ignored, kind: ignored + 1})
    if ignored == ASK_AFTER:
        off = "remind_off" if kind == "appreciation" else "daily_off"
        options = choices([("Go on", f"go_on_with:{kind}"), ("Less often", f"less:{kind}"), ("Stop these", off)])
        talk.say("reminders.still_wanted", options=options)
        _listen(talk, "still_wanted", options)
        return False
    return True


def _pause(talk: Talk, kind: PromptKind, why: str) -> None:
    if kind == "appreciation" and talk.state.reminder:
        talk.update(reminder=talk.state.reminder.model_copy(update={"paused": why}))
    elif talk.state.daily:
        talk.update(daily=talk.state.daily.model_copy(update={"paused": why}))
    talk.do(StopReminders(kind))


# --- answers to them ---------------------------------------------------------------------------------------------------


def taken_up(talk: Talk, kind: str) -> None:
    """The person did something with a prompt of that kind; what else was asked meanwhile is left alone."""
    talk.update(ignored={name: count for name, count in talk.state.ignored.items() if name != kind})
    if talk.state.focus and talk.state.focus.name in OWN_QUESTIONS:
        talk.update(focus=None)


def did_it(talk: Talk, arg: str = "") -> None:
    """They did what the weekly idea suggested."""
    taken_up(talk, "appreciation")
    talk.say("reminders.did_it")


def go_on_with(talk: Talk, arg: str) -> None:
    """They would like more of these."""
    taken_up(talk, arg)
    talk.say("reminders.goes_on")


def not_today(talk: Talk, arg: str = "") -> None:
    """No check-in now, and none by itself because of that."""
    taken_up(talk, "checkin")
    if talk.state.focus and talk.state.focus.name == "checkin_trust":
        talk.update(focus=None)
    talk.say("checkin.left")


def how(talk: Talk, arg: str = "") -> None:
    """How it is said, and an offer to shape their words into a message."""
    taken_up(talk, "appreciation")
    if talk.state.locked:  # an old button, after abuse was heard
        return talk.say("reminders.paused")
    options = choices([("Showing appreciation", "guide:appreciation"), ("Never mind", "later")])
    talk.say("thanking.how" if arg != "again" else "thanking.more", options=options)
    return talk.ask("thanks_words", options, no="later", free="thanks_words")


def thanks_words(talk: Talk, arg: str = "", event: Text | None = None) -> None:
    """What they wrote, as a message of its own that can be forwarded as it stands."""
    message = shape(event.text) if event else None
    if message is None:
        return how(talk, "again")
    talk.update(focus=None)
    talk.say("thanking.here")
    talk.write(message)
    options = choices([("Write it anew", "how"), ("I did it", "did_it")])
    talk.say("thanking.then", options=options)
    return talk.ask("prompt", options, no="later")


def later_today(talk: Talk, kind: str) -> None:
    """The same again in three hours, not in the quiet hours; where the day is over, tomorrow."""
    kind = kind if kind in ("appreciation", "checkin") else "appreciation"
    taken_up(talk, kind)
    zone = talk.state.zone or "UTC"
    local = talk.now.astimezone(ZoneInfo(zone))
    at = (talk.now + LATER).astimezone(ZoneInfo(zone))
    day, hour, minute = at.date(), at.hour, at.minute
    if is_quiet(at.hour) or day != local.date():
        latest = moment(local.date(), QUIET_FROM - 1, 30, zone)
        if local.hour < QUIET_UNTIL:
            day, hour, minute = local.date(), QUIET_UNTIL, 0
        elif latest is not None and latest - talk.now >= timedelta(minutes=30):
            day, hour, minute = local.date(), QUIET_FROM - 1, 30
        else:
            day, hour, minute = local.date() + timedelta(days=1), QUIET_UNTIL + 1, 0
    rhythm = Rhythm(hour, minute, day=day)
    if kind == "checkin":
        talk.update(once=Once(day=day, hour=hour, minute=minute))
        if talk.state.focus and talk.state.focus.name == "checkin_trust":
            talk.update(focus=None)
    talk.do(SetReminder("once" if kind == "checkin" else "later", rhythm, zone))
    talk.say("reminders.later", when=f"{_day(day, local.date())} at {hour:02d}:{minute:02d}")


def _day(day: date, today: date) -> str:
    return "today" if day == today else "tomorrow"


def less(talk: Talk, kind: str) -> None:
    """Fewer of these, one step at a time."""
    state, zone = talk.state, talk.state.zone or "UTC"
    taken_up(talk, kind)
    if kind == "checkin" and state.daily:
        days = FEWER_DAYS if len(state.daily.days) > len(FEWER_DAYS) else (talk.today.weekday(),)
        if days == state.daily.days or len(state.daily.days) == 1:
            return _rarest(talk, "daily_off")
        daily = state.daily.model_copy(update={"days": days, "paused": None})
        talk.update(daily=daily)
        talk.do(SetReminder("checkin", daily.rhythm, zone))
        return _fewer(talk, "on Mondays, Wednesdays and Fridays" if len(days) > 1 else "once a week", "daily_off")
    if kind == "appreciation" and state.reminder:
        if state.reminder.every >= RAREST_WEEKS:
            return _rarest(talk, "remind_off")
        reminder = state.reminder.model_copy(update={"every": state.reminder.every * 2, "paused": None})
        talk.update(reminder=reminder)
        talk.do(SetReminder("appreciation", reminder.rhythm, zone))
        return _fewer(talk, f"every {'second' if reminder.every == 2 else 'fourth'} week", "remind_off")
    return talk.say("reminders.off" if kind == "appreciation" else "reminders.daily_off")


def _fewer(talk: Talk, when: str, off: str) -> None:
    options = choices([("That's good", "later"), ("Stop these", off)])
    talk.say("reminders.fewer", options=options, when=when)
    _listen(talk, "fewer", options)


def _rarest(talk: Talk, off: str) -> None:
    options = choices([("Leave it like that", "later"), ("Stop these", off)])
    talk.say("reminders.rarest", options=options)
    _listen(talk, "fewer", options)


ACTIONS: dict[str, Action] = {
    "did_it": did_it,
    "go_on_with": go_on_with,
    "how": how,
    "later_today": later_today,
    "less": less,
    "not_today": not_today,
}
FREE = {"thanks_words": thanks_words}
