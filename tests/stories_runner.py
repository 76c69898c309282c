"""Runs the conversations of `tests/stories/*.yaml` through the dialogue manager; the format is in the README there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from dialogues.content import load_content
from dialogues.events import (
    Attachment,
    Button,
    Command,
    DeleteEverything,
    Effect,
    Event,
    ForgetWords,
    Kept,
    LookUp,
    Press,
    Prompt,
    Ranked,
    Reply,
    SaveCheckin,
    Text,
)
from dialogues.labels import LABELS
from dialogues.manager import step
from dialogues.safety_net import load_safety_net
from dialogues.state import State
from dialogues.understanding import Thresholds, understand

STORIES = Path(__file__).parent / "stories"
BEGIN = datetime(2026, 11, 24, 21, 30, tzinfo=UTC)
NET = load_safety_net()
TURN_KEYS = {
    "say",
    "as",
    "type",
    "press",
    "again",
    "command",
    "send",
    "prompt",
    "later",
    "repeat",
    "answer",
    "sees",
    "not",
    "buttons",
}
MAX_REPEATS = 15


def stories() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(name, story) of every story."""
    for path in sorted(STORIES.glob("*.yaml")):
        for story in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield f"{path.stem}: {story['story']}", story


def ranking(label: str | Mapping[str, float] | None) -> tuple[Ranked, ...]:
    """A model's answer that is 0.9 sure of `label`, or as sure as given, or of nothing in particular."""
    given = {label: 0.9} if isinstance(label, str) else dict(label or {})
    assert set(given) <= set(LABELS), f"unknown label in {given}"
    rest = [name for name in LABELS if name not in given]
    left = max(0.0, 1 - sum(given.values())) / len(rest)
    items = [Ranked(name, share) for name, share in given.items()] + [Ranked(name, left) for name in rest]
    return tuple(sorted(items, key=lambda item: -item.confidence))


@dataclass
class Person:
    """Somebody in a conversation with the dialogue manager."""

    state: State = field(default_factory=State)
    now: datetime = BEGIN
    replies: tuple[Reply, ...] = ()
    effects: list[Effect] = field(default_factory=list)
    transcript: list[str] = field(default_factory=list)
    earlier: list[Button] = field(default_factory=list)
    """Buttons of the messages before the last turn's, oldest first."""

    def happens(self, event: Event, shown: str) -> None:
        turn = step(load_content(), self.state, event, self.now)
        if any(isinstance(effect, LookUp) for effect in turn.effects):
            turn = step(load_content(), self.state, event, self.now, self.kept)
        self.state = State.model_validate_json(turn.state.storable().model_dump_json())
        self.earlier += self.buttons
        self.replies, self.now = turn.replies, self.now + timedelta(seconds=20)
        self.effects += turn.effects
        self.transcript.append(f"> {shown}")
        for reply in turn.replies:
            title = f"[{reply.title}]\n" if reply.title else ""
            buttons = "".join(f"\n    ({button.label})" for button in reply.buttons)
            self.transcript.append(f"{title}{reply.text}{buttons}")

    def says(self, text: str, label: str | Mapping[str, float] | None = None) -> None:
        self.happens(Text(text, understand(text, ranking(label), NET, Thresholds())), text)

    def presses(self, label: str) -> None:
        button = next((button for button in self.buttons if button.label == label), None)
        assert button, f"no button '{label}', there are: {[button.label for button in self.buttons]}"
        self.happens(Press(button.action), f"({label})")

    def presses_again(self, label: str) -> None:
        """A button further up in the chat: the latest of that label above the last turn's messages."""
        button = next((button for button in reversed(self.earlier) if button.label == label), None)
        assert button, f"no earlier button '{label}', there were: {[button.label for button in self.earlier]}"
        self.happens(Press(button.action), f"(earlier: {label})")

    @property
    def kept(self) -> Kept:
        """What the store would say: the check-ins saved since they were last erased."""
        days: set[date] = set()
        for effect in self.effects:
            if isinstance(effect, SaveCheckin):
                days.add(effect.day)
            elif isinstance(effect, ForgetWords | DeleteEverything):
                days.clear()
        return Kept(len(days), min(days, default=None))

    @property
    def buttons(self) -> list[Button]:
        return [button for reply in self.replies for button in reply.buttons]

    @property
    def seen(self) -> str:
        return "\n".join(f"{reply.title}\n{reply.text}" for reply in self.replies)


STORY_KEYS = {"story", "state", "turns", "ends", "does", "rules"}


def play(story: Mapping[str, Any]) -> Person:
    """Play a story and check what it expects; an AssertionError holds the transcript so far."""
    assert set(story) <= STORY_KEYS, f"unknown keys {set(story) - STORY_KEYS}"
    person = Person(state=State(**story.get("state", {})))
    for number, turn in enumerate(story["turns"], 1):
        unknown = set(turn) - TURN_KEYS
        assert not unknown, f"turn {number}: unknown keys {unknown}"
        try:
            _play_turn(person, turn)
            _check_turn(person, turn)
        except AssertionError as error:
            raise AssertionError(f"turn {number} {turn}: {error}\n\n" + "\n".join(person.transcript)) from None
    for name, value in story.get("ends", {}).items():
        actual = getattr(person.state, name)
        actual = list(actual) if isinstance(actual, tuple) else actual
        assert actual == value, f"{name} is {actual!r}, expected {value!r}\n\n" + "\n".join(person.transcript)
    for kind in story.get("does", []):
        assert kind in {type(effect).__name__ for effect in person.effects}, f"no effect {kind}"
    return person


def _play_turn(person: Person, turn: Mapping[str, Any]) -> None:
    if "say" in turn:
        person.says(turn["say"], turn.get("as"))
    elif "type" in turn:
        person.says(str(turn["type"]), turn.get("as"))
    elif "press" in turn:
        person.presses(turn["press"])
    elif "again" in turn:
        person.presses_again(str(turn["again"]))
    elif "command" in turn:
        name, _, args = turn["command"].partition(" ")
        person.happens(Command(name, args), f"/{turn['command']}")
    elif "send" in turn:
        kind, _, zone = turn["send"].partition(" ")
        person.happens(Attachment(kind, zone or None), f"<{turn['send']}>")
    elif "prompt" in turn:
        person.happens(Prompt(turn["prompt"]), f"<{turn['prompt']} falls due>")
    elif "later" in turn:
        amount, unit = turn["later"].split()
        person.now += timedelta(**{unit if unit.endswith("s") else unit + "s": int(amount)})
    elif "repeat" in turn:
        _walk_on(person, turn)


def _walk_on(person: Person, turn: Mapping[str, Any]) -> None:
    content = load_content()
    for _ in range(MAX_REPEATS):
        walk = person.state.walk
        if walk is None:
            return
        current = content.guides[walk.guide].step(walk.step)
        if current.kind in ("choose", "plan") and current.options:
            person.says("1")
        elif current.kind == "rate":
            person.says(str(current.scale[0] if current.scale else 1))
        elif current.kind == "ask":
            person.says(turn.get("answer", "when it gets late and nobody says anything"))
        else:
            person.says(turn["repeat"])
    raise AssertionError("the guide did not end")


def _check_turn(person: Person, turn: Mapping[str, Any]) -> None:
    seen = person.seen.casefold()
    for words in turn.get("sees", []):
        assert words.casefold() in seen, f"does not see '{words}'"
    for words in turn.get("not", []):
        assert words.casefold() not in seen, f"sees '{words}'"
    labels = [button.label for button in person.buttons]
    for label in turn.get("buttons", []):
        assert label in labels, f"no button '{label}' among {labels}"
