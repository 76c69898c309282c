"""What the rule tests share: every state a conversation can be in, a signal of every kind, and who sees what."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from bot.words import everything_said
from dialogues.content import load_content
from dialogues.events import Kept, Press
from dialogues.helplines import Country
from dialogues.manager import step
from dialogues.safety_net import Entry
from dialogues.state import State
from dialogues.talk import Turn
from tests.stories_runner import BEGIN, NET, Person

CONTENT = load_content()
TEXTS = [(f"{said.file}: {said.key}", said.text) for said in everything_said(CONTENT)]
COUNTRIES: list[Country | None] = [None, *CONTENT.helplines.countries]
STRONG = [entry for entry in NET.entries if entry.strength == "strong"]
WEAK = [entry for entry in NET.entries if entry.strength == "weak"]
CRISIS, ABUSE, DOER = "i dont want to be alive anymore", "my husband hits me", "i hit my wife"
OTHER_CRISIS, OTHER_ABUSE = "my friend says she wants to die", "my sister's husband hits her"
COUPLE_WORK = [guide for guide in CONTENT.guides.values() if guide.partner]
MAX_STATES = 4000


def name_of(country: Country | None) -> str:
    return country.code if country else "unknown"


def person(**state: Any) -> Person:
    """Somebody who has met the bot."""
    return Person(state=State(met=True, **state))


def said(*texts: str, **state: Any) -> Person:
    """Somebody who has met the bot and wrote these."""
    writer = person(**state)
    for text in texts:
        writer.says(text)
    return writer


def first_hit(entry: Entry) -> str:
    return entry.hits[0]


def mentions(pattern: str) -> list[str]:
    """Places and words of every text of ours that the pattern is found in."""
    found = []
    for place, text in TEXTS:
        found += [f"{place}: {match.group()}" for match in re.finditer(pattern, text, re.IGNORECASE)]
    return found


@cache
def every_state() -> dict[str, State]:
    """One state for each question and each guide's step that can be reached by buttons, and some that words lead to."""
    found: dict[str, State] = {"stranger": State()}
    for consent, zone, safe in (
        (True, "Europe/London", True),
        (False, None, True),
        (None, None, True),
        (True, None, None),
    ):
        todo = [State(met=True, consent=consent, zone=zone, safe_to_talk=safe)]
        asked: set[tuple[str, str]] = set()
        while todo and len(found) < MAX_STATES:
            state = todo.pop()
            walk = f"{state.walk.guide}.{state.walk.step}" if state.walk else "-"
            place = f"{state.focus.name if state.focus else 'nothing'} {walk} consent={consent} danger={state.danger}"
            found.setdefault(place, state)
            for action in _actions(state):
                if (place, action) not in asked:
                    asked.add((place, action))
                    turn = step(CONTENT, state, Press(action), BEGIN, Kept())
                    walk_after = turn.state.walk
                    key = f"{turn.state.focus.name if turn.state.focus else 'nothing'} "
                    key += f"{walk_after.guide}.{walk_after.step}" if walk_after else "-"
                    if f"{key} consent={turn.state.consent} danger={turn.state.danger}" not in found:
                        todo.append(turn.state)
    return found


def _actions(state: State) -> list[str]:
    """Buttons to press from here: those on offer, and the ways into everything."""
    offered = [option.action for option in state.focus.options] if state.focus else []
    if state.walk:
        guide = CONTENT.guides[state.walk.guide]
        current = guide.step(state.walk.step)
        return [*offered, f"g:{guide.id}:{current.id}:n", f"g:{guide.id}:{current.id}:p"]
    ways = [
        "menu",
        "topics",
        "guides",
        "checkin",
        "journey",
        "settings",
        "privacy",
        "reminders",
        "delete",
        "ask_name",
        "brief",
        "mydata",
    ]
    ways += ["ask_situation", "ask_zone", "ask_country", "countries", "consent:yes:set", "remind", "talk", "help"]
    ways += [f"guide:{name}" for name in CONTENT.guides] + [f"theme:{name}" for name in CONTENT.themes]
    return offered + (ways if state.danger is None else [])


def seen(turn: Turn) -> str:
    return "\n".join(f"{reply.title}\n{reply.text}" for reply in turn.replies)


def has_numbers(text: str) -> bool:
    """Whether an emergency number, or where to find it, and helplines are named."""
    return "In danger right now: call" in text and (
        "findahelpline.com" in text or any(mark in text for mark in ("•", "helplines"))
    )
