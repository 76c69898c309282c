"""What the bot knows of one person between two messages. Stored encrypted; nothing here is needed twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from dialogues.content import Who
from dialogues.rhythm import Rhythm

Situation = Literal["partner", "dating", "single", "complicated"]
Danger = Literal["crisis", "abuse"]
About = Literal["self", "other", "doer"]


class Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Choice(Part):
    """An offered option: the words on its button and the action it stands for."""

    label: str
    action: str
    words: tuple[str, ...] = ()


class Focus(Part):
    """What the bot is waiting for: the options on offer, what yes and no mean, and who takes free text."""

    name: str
    options: tuple[Choice, ...] = ()
    yes: str | None = None
    no: str | None = None
    free: str | None = None
    """Action that takes whatever else is written; None leaves it to be understood as a new message."""
    question: str = ""
    """The last words said before waiting, to repeat them after something that came between."""
    asked_at: datetime | None = None


class Walk(Part):
    """A place in a guide, with what was answered on the way."""

    guide: str
    step: str
    path: tuple[str, ...] = ()
    """Steps already passed, oldest first: the way back."""
    answers: Mapping[str, str] = {}
    paused_at: datetime | None = None
    offered_again: bool = False
    """Whether it was offered once more after it had been left alone."""


class Finished(Part):
    """A guide walked to its end."""

    guide: str
    day: date
    plan: str | None = None
    own_words: str | None = None
    helpful: bool | None = None
    followed_up: bool = False
    """Whether the plan was asked after, and is settled."""


class Today(Part):
    """The latest check-in, as far as it was answered; numbers from 1 to 5."""

    day: date
    trust: int | None = None
    connection: int | None = None
    mood: int | None = None
    note: str | None = None


class Reminder(Part):
    """An opted-in weekly prompt: weekday (0 = Monday) and local time."""

    weekday: int
    hour: int
    minute: int = 0
    every: int = 1
    """Weeks from one to the next."""

    @property
    def rhythm(self) -> Rhythm:
        return Rhythm(self.hour, self.minute, (self.weekday,), self.every)


class State(Part):
    version: Literal[1] = 1
    met: bool = False
    name: str | None = None
    situation: Situation | None = None
    who: Who | None = None
    country: str | None = None
    zone: str | None = None
    consent: bool | None = None
    """May personal words and ratings be stored? None: not asked yet."""
    focus: Focus | None = None
    walk: Walk | None = None
    paused: tuple[Walk, ...] = ()
    finished: tuple[Finished, ...] = ()
    themes: Mapping[str, int] = {}
    theme_months: Mapping[str, Mapping[str, int]] = {}
    """How often each theme came up, by month ("2026-11"), for the last twelve."""
    theme: str | None = None
    also: str | None = None
    runners_up: tuple[str, ...] = ()
    """Themes that were nearly heard instead, likeliest first: offered first where the theme was wrong."""
    pending: str | None = None
    """Action to go on with after a question that came between (consent, safety, country)."""
    danger: Danger | None = None
    """A danger was heard and the person has not chosen to go on yet."""
    about: About = "self"
    """Who is in that danger: the writer, somebody else, or somebody whom the writer hurts."""
    danger_at: datetime | None = None
    """When the last danger was heard, until the next visit has been opened softly."""
    interrupted: Focus | None = None
    """The question that stood when the danger was heard: a false alarm goes back to it."""
    paused_reminder: Reminder | None = None
    """The reminder that a danger stopped: a false alarm brings it back, nothing else does."""
    person: str | None = None
    """How the person named whom it is about, turned around: "your husband"."""
    locked: bool = False
    """After abuse was heard: guides that involve the partner stay closed until the person opens them."""
    locked_before: bool = False
    """Whether they were closed before the last alarm: a false alarm goes back to that."""
    hurts: bool = False
    """The writer said that they hurt or control somebody: exercises for two stay closed (CARE B11)."""
    asked_plainly: bool = False
    safe_to_talk: bool | None = None
    minor: bool = False
    misses: int = 0
    said: Mapping[str, int] = {}
    checkin: Today | None = None
    reminder: Reminder | None = None
    brief: tuple[str, ...] = ()
    """Which of their own words the person ticked for the brief."""

    def storable(self) -> State:
        """What may be written to disk: without consent, no words and no ratings of the person's own."""
        if self.consent:
            return self
        return self.model_copy(
            update={
                "name": None,
                "person": self.person if self.consent is None else None,
                "checkin": None,
                "brief": (),
                "walk": _wordless(self.walk) if self.walk else None,
                "paused": tuple(_wordless(walk) for walk in self.paused),
                "finished": tuple(
                    done.model_copy(update={"plan": None, "own_words": None, "helpful": None}) for done in self.finished
                ),
            }
        )


def _wordless(walk: Walk) -> Walk:
    return walk.model_copy(update={"answers": {}})
