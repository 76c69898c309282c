"""What people do in the chaos test, and what a bot without faults would answer: random walks through the conversation."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.conversation import Incoming
from bot.outgoing import messages
from bot.telegram.rendering import render
from dialogues.content import Content
from dialogues.events import Command, Event, Press, Reply, Text, Understanding
from dialogues.manager import step
from dialogues.safety_net import SafetyNet
from dialogues.state import State
from dialogues.understanding import Thresholds, understand
from tests.telegram_server import visible

BURSTS = ("/help", "/privacy", "/menu", "/journey", "/settings")
SAYINGS = (
    "i get so jealous of her ex, i compare myself to him all the time",
    "we fight every weekend about the dishes and shout at each other",
    "i am so tired and stressed, i never take a moment for myself",
)
NOT_PRESSED = (
    "danger", "delete", "erase", "export", "quick_exit", "stay", "not_meant", "plainly", "is_this_abuse", "other_at_risk",
    "used_as_threat", "remind_at", "remind", "country", "countries", "ask_country", "stop", "bye", "mydata", "progress",
)  # fmt: skip
"""Actions that erase what is compared, show what only the database knows, or lead to where a message means something else
without the model."""


@dataclass
class Step:
    """What a person does at once, and the messages that answer it."""

    actions: tuple[Incoming, ...]
    expected: tuple[str, ...]


@dataclass
class Walk:
    steps: list[Step] = field(default_factory=list)
    state: State = field(default_factory=State)


def shown(replies: tuple[Reply, ...]) -> tuple[str, ...]:
    """The replies as messages in their reader's eyes."""
    return tuple(visible(render(item)[0], "HTML") for reply in replies for item in messages(reply))


def comparable(state: State) -> dict[str, Any]:
    """A state without the moments in it."""

    def without_moments(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {k: without_moments(v) for k, v in value.items() if k not in ("asked_at", "paused_at")}
        return [without_moments(item) for item in value] if isinstance(value, list) else value

    cleaned: dict[str, Any] = without_moments(state.storable().model_dump(mode="json"))
    return cleaned


class Walker:
    """Makes walks; `rankings` is what the model says of each of the sayings."""

    def __init__(self, content: Content, net: SafetyNet, rankings: Mapping[str, Any], rng: random.Random) -> None:
        self._content = content
        self._rng = rng
        self._known = {text: understand(text, ranking, net, Thresholds()) for text, ranking in rankings.items()}
        self._unknown = {text: understand(text, None, net, Thresholds()) for text in rankings}

    def walk(self, length: int) -> Walk:
        """A walk of that many steps after /start."""
        walk = Walk()
        replies = self._add(walk, (Incoming("command", "start"),))
        while len(walk.steps) < length:
            chance = self._rng.random()
            buttons = [b.action for r in replies[-1:] for b in r.buttons if b.action.split(":")[0] not in NOT_PRESSED]
            if buttons and chance < 0.6:
                replies = self._add(walk, (Incoming("press", self._rng.choice(buttons)),))
            elif chance < 0.8:
                burst = self._rng.sample(BURSTS, self._rng.randint(2, 3))
                replies = self._add(walk, tuple(Incoming("command", command[1:]) for command in burst))
            else:
                replies = self._add(walk, (Incoming("command", "menu"),))
                text = self._rng.choice(sorted(self._known))
                if self._can_be_said_again(walk.state, text):
                    replies = self._add(walk, (Incoming("text", text),))
        return walk

    def _add(self, walk: Walk, actions: tuple[Incoming, ...]) -> tuple[Reply, ...]:
        expected: tuple[str, ...] = ()
        replies: tuple[Reply, ...] = ()
        for action in actions:
            walk.state, replies = self._after(walk.state, self._event(action, self._known))
            expected += shown(replies)
        walk.steps.append(Step(actions, expected))
        return replies

    def _can_be_said_again(self, state: State, text: str) -> bool:
        """Whether writing it once more, after the model was away, leads to the same place."""
        saying = Incoming("text", text)
        once, replies = self._after(state, self._event(saying, self._known))
        away, sorry = self._after(state, self._event(saying, self._unknown))
        again, repeated = self._after(away, self._event(saying, self._known))
        apology = shown((Reply(self._content.phrases["menu.no_model"][0]),))
        return shown(sorry) == apology and shown(replies) == shown(repeated) and comparable(once) == comparable(again)

    def _after(self, state: State, event: Event) -> tuple[State, tuple[Reply, ...]]:
        turn = step(self._content, state, event, datetime.now(UTC))
        stored = turn.state.storable().model_dump(mode="json", exclude_defaults=True)
        return State.model_validate(stored), turn.replies

    @staticmethod
    def _event(action: Incoming, understood: Mapping[str, Understanding]) -> Event:
        if action.kind == "press":
            return Press(action.text)
        if action.kind == "command":
            return Command(action.text)
        return Text(action.text, understood[action.text])
