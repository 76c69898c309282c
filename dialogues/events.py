"""What can happen in a conversation, and what comes back: the dialogue manager's whole interface to the world."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from dialogues.labels import UNSURE
from dialogues.rhythm import Rhythm
from dialogues.safety_net import Signal

PromptKind = Literal["appreciation", "checkin", "once", "later"]
"""The weekly idea, the daily check-in, a check-in asked for once, and the weekly idea again later that day."""


@dataclass(frozen=True)
class Ranked:
    """One label and how sure the model is of it, 0 to 1."""

    name: str
    confidence: float


@dataclass(frozen=True)
class Understanding:
    """What a message was understood as. `label` is what the bot acts on, after thresholds and the safety net."""

    label: str
    confidence: float
    ranking: tuple[Ranked, ...] = ()
    signal: Signal | None = None
    also: tuple[str, ...] = ()
    available: bool = True
    """False where the NLU server could not be asked: only the safety patterns were heard."""


NOTHING_UNDERSTOOD = Understanding(UNSURE, 0.0, available=False)


@dataclass(frozen=True)
class Text:
    """The person wrote something."""

    text: str
    understanding: Understanding


@dataclass(frozen=True)
class Press:
    """The person pressed a button that carries `action`."""

    action: str


@dataclass(frozen=True)
class Command:
    """The person sent /name args."""

    name: str
    args: str = ""


@dataclass(frozen=True)
class Attachment:
    """The person sent something that is not text; a caption comes as Text instead."""

    kind: Literal["sticker", "photo", "voice", "video", "location", "contact", "document", "other"]
    zone: str | None = None
    """The IANA zone of a location; where it was is not kept."""


@dataclass(frozen=True)
class Prompt:
    """A stored schedule fell due: a reminder the person asked for. Later than `until` it is not said any more."""

    kind: PromptKind
    until: datetime | None = None


Event = Text | Press | Command | Attachment | Prompt


@dataclass(frozen=True)
class Button:
    """A choice below a message; `action` is what pressing or typing it does (at most 64 bytes)."""

    label: str
    action: str


@dataclass(frozen=True)
class Reply:
    """One message to the person. `title` is shown in bold above the text; `rows` are rows of buttons below it."""

    text: str
    title: str = ""
    rows: tuple[tuple[Button, ...], ...] = ()

    @property
    def buttons(self) -> tuple[Button, ...]:
        return tuple(button for row in self.rows for button in row)


@dataclass(frozen=True)
class SaveCheckin:
    """Keep today's check-in (numbers 1 to 5, None where skipped)."""

    day: date
    trust: int | None
    connection: int | None
    mood: int | None
    note: str | None = None


@dataclass(frozen=True)
class SetReminder:
    """Send the prompt in that rhythm, by the clock of that IANA zone; it replaces the one of its kind."""

    kind: PromptKind
    rhythm: Rhythm
    zone: str


@dataclass(frozen=True)
class StopReminders:
    """Send no prompt of that kind any more; None stops every kind."""

    kind: PromptKind | None = None


@dataclass(frozen=True)
class DeleteEverything:
    """Erase all that is kept of this person; afterwards they are a stranger."""


@dataclass(frozen=True)
class ForgetWords:
    """Erase the stored check-ins: the person does not want their words and ratings kept any more."""


@dataclass(frozen=True)
class ForgetMessageNumbers:
    """Erase the numbers of the last messages; quick exit can't delete those any more."""


@dataclass(frozen=True)
class LookUp:
    """The turn needs to know what is stored outside the state: `step` is to be called again with `kept`."""


@dataclass(frozen=True)
class Kept:
    """What is stored of a person outside their state."""

    checkins: int = 0
    first_checkin: date | None = None
    message_numbers: int = 0


@dataclass(frozen=True)
class SendExport:
    """Send the person a file of everything that is kept."""


@dataclass(frozen=True)
class Page:
    """One page to hand to somebody: a title, an honest line about what it is, and headings with their lines."""

    title: str
    head: str
    sections: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class SendPage:
    """Send the person a page as a PDF."""

    page: Page


@dataclass(frozen=True)
class ShowProgress:
    """Show the check-ins of the last `days` days up to `today` as a picture and in words, in place of the last reply.

    Where there are too few, that reply is said.
    """

    days: int
    today: date


@dataclass(frozen=True)
class QuickExit:
    """Delete the messages of the last 48 hours as far as the channel allows."""


@dataclass(frozen=True)
class Count:
    """Add one to an anonymous counter (no identifier, no text)."""

    name: str


Effect = (
    SaveCheckin
    | SetReminder
    | StopReminders
    | DeleteEverything
    | ForgetWords
    | ForgetMessageNumbers
    | LookUp
    | SendExport
    | SendPage
    | ShowProgress
    | QuickExit
    | Count
)
