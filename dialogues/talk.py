"""One turn in the making: what is said so far, and the state it leads to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from dialogues import retention
from dialogues.content import Content, Who
from dialogues.events import Button, Effect, Kept, Reply
from dialogues.state import Choice, Focus, State
from dialogues.wording import PARTNER_WORDS, fill

T = TypeVar("T")


@dataclass(frozen=True)
class Turn:
    """The result of one event: the new state, the replies in order, and what the world has to do."""

    state: State
    replies: tuple[Reply, ...]
    effects: tuple[Effect, ...]


@dataclass
class Talk:
    """Collects replies and effects while the handlers of one event run; nothing outside it is changed."""

    content: Content
    state: State
    now: datetime
    heard: str = ""
    """The text of the event, where it was text."""
    kept: Kept | None = None
    """What is stored outside the state, where the turn asked for it (`LookUp`)."""
    replies: list[Reply] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The person's own calendar day (UTC where their zone is unknown)."""
        zone = ZoneInfo(self.state.zone) if self.state.zone else UTC
        return self.now.astimezone(zone).date()

    def update(self, **changes: Any) -> None:
        """Replace fields of the state."""
        self.state = self.state.model_copy(update=changes)

    def variant(self, key: str, variants: Sequence[str], same: bool = False) -> str:
        """The next variant of `variants`, in turn, so that none is said twice in a row; with `same`, the last one."""
        if len(variants) == 1:
            return variants[0]
        index = self.state.said.get(key, -1) + (0 if same and key in self.state.said else 1)
        self.update(said={**self.state.said, key: index % len(variants)})
        return variants[index % len(variants)]

    def adapted(self, adapt: Mapping[Who, T], otherwise: T) -> tuple[Who | None, T]:
        """What `adapt` has for the one who writes, with its key, or `otherwise`: which side they stand on comes first."""
        for who in (self.state.who, "single" if self.state.situation == "single" else None):
            if who and who in adapt:
                return who, adapt[who]
        return None, otherwise

    def slots(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Words that every text may use: how to call the person's partner, the person's name, and `extra`."""
        named = self.state.person or PARTNER_WORDS[self.state.situation or "unknown"]
        slots = {"partner": named}
        if self.state.name:
            slots["name"] = self.state.name
        return {**slots, **(extra or {})}

    def phrase(self, key: str, **slots: str) -> str:
        """The phrase of that key, filled in (also with the periods of `retention`). Raises KeyError for a key that no file in `phrases/` has."""
        return fill(
            self.variant(key, self.content.phrases[key]), self.slots({**retention.in_words(), **slots}), verbatim=True
        )

    def write(self, text: str, title: str = "", options: Sequence[Choice] = (), columns: int = 1) -> None:
        """Add a reply with the options as buttons, `columns` side by side."""
        buttons = [Button(option.label, option.action) for option in options]
        rows = tuple(tuple(buttons[i : i + columns]) for i in range(0, len(buttons), columns))
        self.replies.append(Reply(text=text, title=title, rows=rows))

    def say(self, key: str, title: str = "", options: Sequence[Choice] = (), columns: int = 1, **slots: str) -> None:
        """Add the phrase of that key as a reply."""
        self.write(self.phrase(key, **slots), title, options, columns)

    def ask(
        self,
        name: str,
        options: Sequence[Choice] = (),
        *,
        yes: str | None = None,
        no: str | None = None,
        free: str | None = None,
    ) -> None:
        """Wait for an answer: `options` can be typed as well, `yes`/`no` are actions, `free` takes other text."""
        last = self.replies[-1] if self.replies and name != "step" else Reply("")
        self.update(
            focus=Focus(
                name=name,
                options=tuple(options),
                yes=yes,
                no=no,
                free=free,
                question=last.text,
                columns=max(map(len, last.rows), default=1),
                asked_at=self.now,
            )
        )

    def repeat(self, lead: str = "") -> None:
        """Say the open question again after `lead`, with its options."""
        focus = self.state.focus
        if focus and focus.question:
            self.write(f"{lead} {focus.question}".strip(), options=focus.options, columns=focus.columns)

    def note_theme(self, theme_id: str) -> None:
        """Count that a theme came up, in all and by month; what is older than twelve months is forgotten."""
        month, oldest = f"{self.today:%Y-%m}", f"{self.today.year - 1}-{self.today:%m}"
        months = {
            theme: {name: count for name, count in counts.items() if name > oldest}
            for theme, counts in self.state.theme_months.items()
        }
        counts = months.get(theme_id, {})
        self.update(
            themes={**self.state.themes, theme_id: self.state.themes.get(theme_id, 0) + 1},
            theme_months={**months, theme_id: {**counts, month: counts.get(month, 0) + 1}},
        )

    def do(self, effect: Effect) -> None:
        self.effects.append(effect)

    def turn(self) -> Turn:
        return Turn(self.state, tuple(self.replies), tuple(self.effects))


Action = Callable[[Talk, str], None]
"""What a button, a typed word or a command does, given the rest of its action string."""


def choices(pairs: Sequence[tuple[str, str]]) -> tuple[Choice, ...]:
    """Choices from (label, action) pairs."""
    return tuple(Choice(label=label, action=action) for label, action in pairs)
