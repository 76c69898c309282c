"""How long what is kept: the only place where the periods stand. /privacy prints them, the purge keeps them (CARE D8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from dialogues.state import State, Walk

WORDS = timedelta(days=365)
"""Check-ins, and what was written, planned and rated in a guide, from the day it was given."""
SILENCE = timedelta(days=365)
"""Everything of a person, from their last message."""
ANSWERED = timedelta(hours=24)
"""The bare number of an answered update, so that a repeated one is known. Its text goes when it is answered."""
UNANSWERED = timedelta(days=7)
"""A message that could not be answered, or a reply that could not be delivered."""
MESSAGE_NUMBERS = timedelta(hours=48)
"""Numbers of the messages of both sides, for quick exit: Telegram lets a bot delete no older ones."""
BACKUPS = timedelta(days=30)
"""What whoever runs the bot promises with /privacy about copies of the database."""


def in_words() -> Mapping[str, str]:
    """The periods as words for a phrase's slots."""
    return {
        "words_for": _say(WORDS),
        "silence_for": _say(SILENCE),
        "answered_for": _say(ANSWERED),
        "unanswered_for": _say(UNANSWERED),
        "numbers_for": _say(MESSAGE_NUMBERS),
        "backups_for": _say(BACKUPS),
    }


def _say(period: timedelta) -> str:
    if period == timedelta(days=365):
        return "12 months"
    hours = round(period.total_seconds() / 3600)
    return f"{hours} hours" if hours <= 48 else f"{hours // 24} days"


def expired(state: State, today: date) -> State:
    """`state` without the words and ratings that were given WORDS or longer ago; the same object where there are none."""
    before = today - WORDS
    finished = tuple(
        done.model_copy(update={"plan": None, "own_words": None, "helpful": None})
        if done.day <= before and (done.plan or done.own_words or done.helpful is not None)
        else done
        for done in state.finished
    )
    changes: dict[str, object] = {}
    if finished != state.finished:
        changes["finished"] = finished
    if state.checkin and state.checkin.day <= before:
        changes["checkin"] = None
    low_days = tuple(day for day in state.low_days if day > before)
    if low_days != state.low_days:
        changes["low_days"] = low_days
    if state.walk and _is_old(state.walk, before):
        changes["walk"] = state.walk.model_copy(update={"answers": {}})
    paused = tuple(walk.model_copy(update={"answers": {}}) if _is_old(walk, before) else walk for walk in state.paused)
    if paused != state.paused:
        changes["paused"] = paused
    return state.model_copy(update=changes) if changes else state


def _is_old(walk: Walk, before: date) -> bool:
    return bool(walk.answers) and walk.begun is not None and walk.begun <= before


def until(given: date, period: timedelta = WORDS) -> date:
    """The day on which what was given on that day goes."""
    return given + period


def silent_until(last_seen: datetime) -> date:
    """The day on which everything goes if nothing more is heard."""
    return (last_seen + SILENCE).date()
