"""Looking back on the check-ins: what a picture of them shows, and the same in words.

No norms and no verdict: what was answered, day by day. A day without an answer is a gap (CARE, section 4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dialogues import profile
from dialogues.checkins import QUESTIONS
from dialogues.events import ShowProgress
from dialogues.state import Finished
from dialogues.talk import Action, Talk, choices

PERIODS = (30, 90)
"""Days that can be looked back on."""
ENOUGH = 2
"""Check-ins from which on there is something to look at."""
MAX_MARKS = 5


@dataclass(frozen=True)
class Line:
    """The answers to one question, 1 to 5, by day."""

    name: str
    values: Mapping[date, int]


@dataclass(frozen=True)
class Mark:
    """A guide that was finished."""

    day: date
    title: str


@dataclass(frozen=True)
class Progress:
    """A look back on the days from `first` to `last`, both included."""

    first: date
    last: date
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def checkins(self) -> int:
        """Days with at least one answer."""
        return len({day for line in self.lines for day in line.values})


def progress(talk: Talk, arg: str = "") -> None:
    """Ask for the picture; the reply is what is said where there is nothing to draw yet."""
    if not talk.state.consent:
        options = choices([profile.settings_choice(talk), ("Menu", "menu")])
        talk.say("progress.not_kept", options=options)
        return talk.ask("menu", options, no="later")
    days = int(arg) if arg.isdecimal() and int(arg) in PERIODS else PERIODS[0]
    other = next(period for period in PERIODS if period != days)
    options = choices([(f"Last {other} days", f"progress:{other}"), ("Check in", "checkin"), ("Menu", "menu")])
    talk.say("progress.too_few", options=options, columns=3, days=str(days))
    talk.do(ShowProgress(days, talk.today))
    return talk.ask("progress", options, no="later")


def look_back(
    checkins: Iterable[Mapping[str, Any]],
    finished: Sequence[Finished],
    titles: Mapping[str, str],
    today: date,
    days: int,
) -> Progress | None:
    """The last `days` days up to `today`, of stored check-ins; None where there are too few to look at."""
    first = today - timedelta(days=days - 1)
    by_day = {date.fromisoformat(entry["day"]): entry for entry in checkins}
    by_day = {day: entry for day, entry in sorted(by_day.items()) if first <= day <= today}
    lines = tuple(
        Line(name, {day: entry[name] for day, entry in by_day.items() if entry.get(name)}) for name in QUESTIONS
    )
    marks = sorted(
        (done.day, titles[done.guide]) for done in finished if first <= done.day <= today and done.guide in titles
    )
    found = Progress(first, today, lines, tuple(Mark(*mark) for mark in marks))
    return found if found.checkins >= ENOUGH else None


def in_words(seen: Progress) -> str:
    """What the picture shows, for those who can't see it: each question's answers, the guides, and what gaps mean."""
    lines = [
        f"Your own answers of the last {seen.days} days ({seen.checkins} check-ins), from 1, hardly, to 5, very much."
    ]
    lines += [sentence for line in seen.lines if (sentence := _line_in_words(line))]
    if seen.marks:
        shown = [f"{mark.title} ({short(mark.day)})" for mark in seen.marks[-MAX_MARKS:]]
        more = len(seen.marks) - len(shown)
        lines.append(f"Guides finished: {', '.join(shown)}{f', and {more} before' if more else ''}.")
    gaps = seen.checkins < seen.days
    return "\n".join(lines) + ("\n\nGaps are days without a check-in, no more than that." if gaps else "")


def _line_in_words(line: Line) -> str:
    values = list(line.values.values())
    if not values:
        return ""
    name = line.name.capitalize()
    if len(values) == 1:
        return f"{name}: {values[0]}, once, on {short(next(iter(line.values)))}."
    if len(set(values)) == 1:
        return f"{name}: {values[0]} each time."
    return f"{name}: {values[0]} at first, {values[-1]} last, between {min(values)} and {max(values)}."


def short(day: date) -> str:
    """ "24 Nov"."""
    return f"{day.day} {day:%b}"


ACTIONS: dict[str, Action] = {"progress": progress}
