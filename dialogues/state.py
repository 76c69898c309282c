"""What the bot knows of one person between two messages. Stored encrypted; nothing here is needed twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from dialogues.content import Who
from dialogues.rhythm import EVERY_DAY, Rhythm

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
    columns: int = 1
    """Options side by side under them."""
    asked_at: datetime | None = None


class Walk(Part):
    """A place in a guide, with what was answered on the way."""

    guide: str
    step: str
    path: tuple[str, ...] = ()
    """Steps already passed, oldest first: the way back."""
    answers: Mapping[str, str] = {}
    begun: date | None = None
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


Paused = Literal["ignored", "theme"]
"""Why a prompt that was opted in to rests: nobody answered it, or what was told since (betrayal) does not go with it."""


class Reminder(Part):
    """The opted-in weekly idea: weekday (0 = Monday) and local time."""

    weekday: int
    hour: int
    minute: int = 0
    every: int = 1
    """Weeks from one to the next."""
    last: date | None = None
    """The day the latest one was due."""
    betrayals: int = 0
    """How often betrayal had been the theme when the person asked for it."""
    paused: Paused | None = None

    @property
    def rhythm(self) -> Rhythm:
        return Rhythm(self.hour, self.minute, (self.weekday,), self.every)

    def comes_on(self, day: date) -> bool:
        """Whether it is due on that day of the person's calendar."""
        if self.paused or day.weekday() != self.weekday:
            return False
        return self.last is None or self.last == day or (day - self.last).days >= 7 * self.every - 3


class Daily(Part):
    """The opted-in check-in prompt: weekdays and local time."""

    hour: int
    minute: int = 0
    days: tuple[int, ...] = EVERY_DAY
    paused: Paused | None = None

    @property
    def rhythm(self) -> Rhythm:
        return Rhythm(self.hour, self.minute, self.days)


class Once(Part):
    """A check-in prompt asked for once: day and local time."""

    day: date
    hour: int
    minute: int = 0

    @property
    def rhythm(self) -> Rhythm:
        return Rhythm(self.hour, self.minute, day=self.day)


class Stopped(Part):
    """The prompts there were when a danger was heard."""

    reminder: Reminder | None = None
    daily: Daily | None = None
    once: Once | None = None
    nothing_unasked: bool = False

    @property
    def prompts(self) -> bool:
        return bool(self.reminder or self.daily or self.once)


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
    stopped: Stopped | None = None
    """What a danger stopped: a false alarm brings it back, nothing else does."""
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
    low_days: tuple[date, ...] = ()
    """The latest days with a 1 in the check-in."""
    reminder: Reminder | None = None
    brief: tuple[str, ...] = ()
    """Which of their own words the person ticked for the brief."""
    daily: Daily | None = None
    once: Once | None = None
    prompted_on: date | None = None
    """The day, by the person's calendar, of the latest message that came by itself: at most one a day."""
    ignored: Mapping[str, int] = {}
    """Prompts of a kind in a row that nobody took up."""
    nothing_unasked: bool = False
    """After /stop or a danger: nothing by itself is offered until the person asks for it."""

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
                "low_days": (),
                "walk": _wordless(self.walk) if self.walk else None,
                "paused": tuple(_wordless(walk) for walk in self.paused),
                "finished": tuple(
                    done.model_copy(update={"plan": None, "own_words": None, "helpful": None}) for done in self.finished
                ),
            }
        )


def _wordless(walk: Walk) -> Walk:
    return walk.model_copy(update={"answers": {}})
