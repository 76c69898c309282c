"""People who talk with the whole bot but Telegram: the real store, the real manager, a model that says what it is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.conversation import Conversation, Incoming
from bot.outgoing import Outgoing
from bot.storage.store import Store
from dialogues.content import load_content
from dialogues.safety_net import load_safety_net
from nlu.client import Intent
from tests.stories_runner import BEGIN, ranking

NET = load_safety_net()


class Model:
    """Stands for the NLU server: 0.9 sure of `label`, or of nothing in particular."""

    label: str | None = None

    async def parse(self, text: str) -> tuple[Intent, ...]:
        return tuple(Intent(item.name, item.confidence) for item in ranking(self.label))


class Clock:
    """A clock that goes on only when it is told to."""

    def __init__(self, now: datetime = BEGIN) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def later(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@dataclass
class Person:
    """Somebody who writes to the bot through inbox and outbox; `got` is all that was delivered to them."""

    store: Store
    chat_id: int = 1
    clock: Clock = field(default_factory=Clock)
    model: Model = field(default_factory=Model)
    got: list[Outgoing] = field(default_factory=list)
    answers_now: bool = True
    """False leaves updates unanswered, as while the bot is down."""
    delivers: bool = True
    """False leaves replies in the outbox, as while Telegram can't be reached."""
    numbers: Callable[[], int] = field(default_factory=lambda: iter(range(1, 10**6)).__next__)

    def __post_init__(self) -> None:
        self.conversation = Conversation(load_content(), NET, self.store, self.model, self.clock)  # type: ignore[arg-type]

    async def _does(self, kind: Any, text: str) -> list[Outgoing]:
        self.clock.later(seconds=20)
        number = self.numbers()
        update = self.chat_id * 10**6 + number
        incoming = Incoming(kind, text, number)
        assert await self.store.receive(self.chat_id, update, incoming.payload(), self.clock())
        before = len(self.got)
        while self.answers_now and (received := await self.store.next_received(self.chat_id)):
            await self.conversation.handle(self.chat_id, Incoming.of(received.payload), received.id)
        while self.delivers and (item := await self.store.next_to_send(self.chat_id)):
            self.got.append(item.payload)
            await self.store.sent(item, self.clock(), 10**6 + self.numbers(), bool(item.payload.get("rows")))
        return self.got[before:]

    async def writes(self, text: str, label: str | None = None) -> str:
        self.model.label = label
        return words_of(await self._does("text", text))

    async def commands(self, text: str) -> str:
        return words_of(await self._does("command", text))

    async def presses(self, label: str) -> str:
        """Press the newest button of that label."""
        for message in reversed(self.got):
            for row in message.get("rows") or ():
                for name, action in row:
                    if name == label:
                        return words_of(await self._does("press", action))
        raise AssertionError(f"no button '{label}' in {self.got[-3:]}")

    async def sends(self, action: str) -> str:
        """A button's data, whether it was shown or not."""
        return words_of(await self._does("press", action))

    @property
    def buttons(self) -> list[str]:
        return [name for message in self.got[-2:] for row in message.get("rows") or () for name, _ in row]


def words_of(messages: list[Outgoing]) -> str:
    return "\n".join(f"{message.get('title', '')}\n{message.get('text', '')}" for message in messages)
