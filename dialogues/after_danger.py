"""The ways out of a danger that was heard: not meant, going on, quick exit, and the next visit."""

from __future__ import annotations

from datetime import timedelta

from dialogues import menu
from dialogues.events import QuickExit, SetReminder, StopReminders
from dialogues.state import Stopped
from dialogues.talk import Talk, choices

SOFT_AFTER = timedelta(hours=6)
"""From then on, what is written after a crisis is a new visit, which opens softly (CARE A14)."""


def pause_prompts(talk: Talk) -> None:
    """Stop reminders and check-ins; what there was is remembered, in case it was a false alarm (CARE A14, B9)."""
    talk.do(StopReminders())
    state = talk.state
    current = Stopped(
        reminder=state.reminder, daily=state.daily, once=state.once, nothing_unasked=state.nothing_unasked
    )
    if state.stopped is None or current.prompts:
        talk.update(reminder=None, daily=None, once=None, stopped=current)


def _bring_back(talk: Talk) -> None:
    """Set again what a false alarm stopped; the weekly idea only where guides with a partner are open."""
    stopped, state = talk.state.stopped, talk.state
    if stopped is None:
        return
    reminder = None if state.locked else stopped.reminder
    talk.update(
        reminder=reminder, daily=stopped.daily, once=stopped.once, nothing_unasked=stopped.nothing_unasked, stopped=None
    )
    zone = state.zone or "UTC"
    if reminder and not reminder.paused:
        talk.do(SetReminder("appreciation", reminder.rhythm, zone))
    if stopped.daily and not stopped.daily.paused:
        talk.do(SetReminder("checkin", stopped.daily.rhythm, zone))
    if stopped.once:
        talk.do(SetReminder("once", stopped.once.rhythm, zone))


def not_meant(talk: Talk, arg: str = "") -> None:
    """A false alarm: no argument, numbers stay visible, back to where they were, reminder and all (CARE A15)."""
    state = talk.state
    talk.update(danger=None, danger_at=None, locked=state.locked_before, focus=None, interrupted=None)
    talk.update(hurts=state.hurts and state.locked_before)
    _bring_back(talk)
    talk.update(about="self")
    talk.say("safety.not_meant")
    asked = state.interrupted
    if asked and asked.question and asked.name not in ("danger", "menu", "plainly") and not state.minor:
        talk.update(focus=asked.model_copy(update={"asked_at": talk.now}))
        return talk.repeat()
    return _back_to_place(talk)


def go_on(talk: Talk, arg: str = "", lead: str = "safety.going_on") -> None:
    """The person chose to go on: softly, with what they can do alone first where couple work is locked."""
    talk.update(danger=None, focus=None, interrupted=None, about="self")
    talk.say(lead)
    if talk.state.stopped and talk.state.stopped.prompts:
        talk.say("safety.reminder_stays_off")
    talk.update(stopped=None)
    _back_to_place(talk)


def _back_to_place(talk: Talk) -> None:
    state = talk.state
    if state.minor:
        options = choices([("I need help now", "danger:crisis"), ("I'm over 18", "adult")])
        talk.say("safety.young_again", options=options)
        return talk.ask("minor", options)
    pairs = [("Go on where we were", "resume")] if menu.place(talk) else []
    pairs += [("Something just for me", "guide:self_care")] if state.locked else []
    pairs += [("Menu", "menu"), ("I need help now", "danger:crisis")]
    options = choices(pairs)
    talk.say("safety.what_now", options=options)
    return talk.ask("menu", options, yes=options[0].action, no="later")


def quick_exit(talk: Talk, arg: str = "") -> None:
    """Delete what the channel lets us delete, and leave a neutral line (CARE B7).

    Whoever takes the phone next and writes "hi" must not be answered with words about danger; what is locked stays so.
    """
    talk.update(focus=None, danger=None, danger_at=None, interrupted=None, about="self", pending=None)
    talk.do(QuickExit())
    talk.say("safety.after_exit")


def is_new_visit(talk: Talk) -> bool:
    """Whether this is the first that is heard of the person since a crisis some hours ago."""
    return talk.state.danger_at is not None and talk.now - talk.state.danger_at > SOFT_AFTER


def open_softly(talk: Talk) -> None:
    """The first words of the next visit after a crisis that was left behind: gentle, help one tap away (CARE A14)."""
    talk.update(danger_at=None)
    talk.say("safety.soft_hello", options=choices([("I need help now", "danger:crisis")]))
