"""One turn: load the state, understand the message, decide, and store everything at once."""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from bot import drawing, export, metrics
from bot.metrics import stage
from bot.outgoing import Outgoing, document_content, messages, with_picture
from bot.storage.store import CLAIM, Person, Received, StaleStateError, Store, ToSend
from dialogues import progress, retention
from dialogues.content import Content
from dialogues.events import (
    Attachment,
    Command,
    Event,
    Kept,
    LookUp,
    Press,
    Prompt,
    QuickExit,
    Ranked,
    Reply,
    SendExport,
    SendPage,
    ShowProgress,
    Text,
    Understanding,
)
from dialogues.labels import SAFETY
from dialogues.manager import heard_danger, step
from dialogues.rhythm import TOO_LATE
from dialogues.safety_net import SafetyNet
from dialogues.state import State
from dialogues.talk import Turn
from dialogues.understanding import Thresholds, understand
from nlu.client import NluClient, NluUnavailableError

log = logging.getLogger(__name__)
PICTURE = "my-days.png"
MAX_TRIES = 20
"""Times a turn is tried again because another process changed the same user's state."""


@dataclass(frozen=True)
class Incoming:
    """What a person did, as far as the conversation needs it: the minimum that is stored until it is answered."""

    kind: Literal["text", "edited", "press", "command", "attachment", "prompt"]
    text: str = ""
    """The text; the action of a button; a command's name and arguments; an attachment's kind, of a location with its time zone;
    a prompt's kind."""
    message_id: int | None = None
    until: str | None = None
    """Of a prompt: the time (ISO 8601) after which it is too late for it."""

    def payload(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> Incoming:
        return cls(**{name: payload[name] for name in ("kind", "text", "message_id", "until") if name in payload})


class Conversation:
    """Runs turns for any channel; services are handed in, nothing is global."""

    def __init__(
        self,
        content: Content,
        net: SafetyNet,
        store: Store,
        nlu: NluClient | None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        thresholds: Thresholds | None = None,
        save_document: Callable[[str, bytes], None] | None = None,
    ) -> None:
        """`save_document(name, content)` takes files on a channel without an outbox, such as the terminal."""
        self.content = content
        self.store = store
        self.clock = clock
        self.net = net
        self._nlu = nlu
        self._thresholds = thresholds or Thresholds()
        self._save_document = save_document

    async def understand(self, text: str) -> Understanding:
        """What a message is about; with the safety net alone where the NLU server can't be asked."""
        ranking: tuple[Ranked, ...] | None = None
        if self._nlu and text.strip():
            try:
                with stage("nlu"):
                    intents = await self._nlu.parse(text)
                ranking = tuple(Ranked(item.name, item.confidence) for item in intents)
            except NluUnavailableError as error:
                metrics.NLU_FAILURES.inc()
                log.warning("going on without the model: %s", error)
        with stage("dialogue"):
            understood = understand(text, ranking, self.net, self._thresholds)
        metrics.count_understanding(understood)
        return understood

    @property
    def nlu_available(self) -> bool:
        """Whether the model is asked at all, and was not left alone just now because it failed."""
        return self._nlu is not None and self._nlu.available

    async def handle(self, chat_id: int, incoming: Incoming, received_id: int | None = None) -> tuple[Reply, ...]:
        """Run one turn and store it. Returns the replies; with `received_id` they are in the outbox as well.

        Raises StaleStateError where the update was answered already.
        """
        replies, _ = await self._turn(chat_id, incoming, received_id)
        return replies

    async def answer(self, received: Received) -> tuple[ToSend, ...]:
        """Run the turn of an update and store it, its replies in the outbox.

        Returns the replies where they are claimed for the caller to deliver at once; none where others wait before
        them. Raises StaleStateError where the update was answered already.
        """
        incoming = Incoming.of(received.payload)
        _, claimed = await self._turn(received.chat_id, incoming, received.id, received.person, claim=True)
        return claimed

    async def _turn(
        self,
        chat_id: int,
        incoming: Incoming,
        received_id: int | None,
        person: Person | None = None,
        claim: bool = False,
    ) -> tuple[tuple[Reply, ...], tuple[ToSend, ...]]:
        event = await self._event(incoming)
        for _ in range(MAX_TRIES):
            with stage("store"):  # who was read with the update is most often still up to date; the commit knows
                state, version = self.store.opened(person) if person else await self.store.load(chat_id)
            person = None
            now = self.clock()
            with stage("dialogue"):
                turn = self._decide(state, event, incoming, now)
            if any(isinstance(effect, LookUp) for effect in turn.effects):
                turn = self._decide(state, event, incoming, now, await self.store.kept(chat_id))
            turn, picture = await self._show_progress(chat_id, turn)
            outgoing = await self._outgoing(chat_id, turn, picture, now) if received_id is not None else []
            prompt_until = event.until if isinstance(event, Prompt) else None
            claim_until = now + CLAIM if claim else None
            try:
                with stage("store"):
                    claimed = await self.store.commit_turn(
                        chat_id,
                        version,
                        turn.state,
                        turn.effects,
                        outgoing,
                        now,
                        received_id,
                        prompt_until,
                        claim_until,
                    )
            except StaleStateError:
                if received_id is not None and not await self._still_waiting(chat_id, received_id):
                    raise
                continue
            if received_id is None and self._save_document:
                for item in await self._documents(chat_id, turn, now):
                    self._save_document(item["name"], document_content(item))
                if picture:
                    self._save_document(PICTURE, picture)
            return turn.replies, claimed
        raise StaleStateError

    async def _still_waiting(self, chat_id: int, received_id: int) -> bool:
        waiting = await self.store.next_received(chat_id)
        return waiting is not None and waiting.id == received_id

    async def _event(self, incoming: Incoming) -> Event:
        if incoming.kind in ("text", "edited"):
            return Text(incoming.text, await self.understand(incoming.text))
        if incoming.kind == "press":
            return Press(incoming.text)
        if incoming.kind == "command":
            name, _, args = incoming.text.partition(" ")
            if args:  # "/help i want to die": what stands behind it is read for danger too
                understood = await self.understand(incoming.text)
                if understood.label in SAFETY or self.net.scan(incoming.text):
                    return Text(incoming.text, understood)
            return Command(name, args)
        if incoming.kind == "prompt":
            until = datetime.fromisoformat(incoming.until) if incoming.until else self.clock() + TOO_LATE
            return Prompt(incoming.text, until)  # type: ignore[arg-type]
        kind, _, zone = incoming.text.partition(" ")
        return Attachment(kind, zone or None)  # type: ignore[arg-type]

    def _decide(self, state: State, event: Event, incoming: Incoming, now: datetime, kept: Kept | None = None) -> Turn:
        if incoming.kind == "edited" and not (isinstance(event, Text) and heard_danger(state, event)):
            return Turn(state, (), ())  # an edit is read for danger only; its first form was answered
        return step(self.content, state, event, now, kept)

    async def _show_progress(self, chat_id: int, turn: Turn) -> tuple[Turn, bytes | None]:
        """Where a turn asks for it: the check-ins in words in place of its last reply, and as a picture."""
        asked = next((effect for effect in turn.effects if isinstance(effect, ShowProgress)), None)
        if asked is None:
            return turn, None
        titles = {guide.id: guide.title for guide in self.content.guides.values()}
        checkins = await self.store.checkins(chat_id)
        seen = progress.look_back(checkins, turn.state.finished, titles, asked.today, asked.days)
        if seen is None:
            return turn, None
        *before, last = turn.replies
        turn = replace(turn, replies=(*before, replace(last, text=progress.in_words(seen))))
        return turn, await drawing.make(seen)

    async def _outgoing(self, chat_id: int, turn: Turn, picture: bytes | None, now: datetime) -> list[Outgoing]:
        """The replies, and what effects ask of the channel."""
        outgoing = [message for reply in turn.replies for message in messages(reply)]
        if picture:
            outgoing[-1] = with_picture(outgoing[-1], PICTURE, picture)
        outgoing += await self._documents(chat_id, turn, now)
        for effect in turn.effects:
            if isinstance(effect, QuickExit):
                ids = await self.store.recent_message_ids(chat_id, now - retention.MESSAGE_NUMBERS)
                outgoing.insert(0, {"do": "delete_messages", "ids": ids})
        return outgoing

    async def _documents(self, chat_id: int, turn: Turn, now: datetime) -> list[Outgoing]:
        """The files that a turn's effects ask for, as they wait in the outbox."""
        documents: list[Outgoing] = []
        for effect in turn.effects:
            if isinstance(effect, SendExport):
                for name, content in await self.export_files(chat_id, turn.state, now):
                    documents.append({"do": "document", "name": name, "content": content})
            elif isinstance(effect, SendPage):
                made = b64encode(await drawing.make(effect.page)).decode("ascii")
                documents.append({"do": "document", "name": "for-a-therapist.pdf", "content": made, "base64": True})
        return documents

    async def apologise(self, chat_id: int, received_id: int) -> None:
        """Answer an update whose turn keeps failing: the person hears that it was our fault, and the rest goes on."""
        state, version = await self.store.load(chat_id)
        text = self.content.phrases["smalltalk.trouble"][0]
        now = self.clock()
        await self.store.commit_turn(chat_id, version, state, (), messages(Reply(text)), now, received_id)

    async def export_files(self, chat_id: int, state: State, now: datetime) -> list[tuple[str, str]]:
        """(name, content) of the files of /export; their names say nothing to somebody who looks over a shoulder."""
        data = await self.export(chat_id, state)
        return [
            ("my-data.json", export.as_json(data)),
            ("my-data.html", export.as_page(data, self.content, now.date())),
        ]

    async def export(self, chat_id: int, state: State) -> dict[str, Any]:
        """Everything that is kept of a user."""
        first, last = await self.store.seen(chat_id)
        return {
            "chat_id": chat_id,
            "first_seen": first.isoformat() if first else None,
            "last_seen": last.isoformat() if last else None,
            "state": state.storable().model_dump(mode="json", exclude_defaults=True),
            "checkins": await self.store.checkins(chat_id),
            "reminders": await self.store.schedule_of(chat_id),
            "message_numbers": await self.store.recent_message_ids(chat_id, self.clock() - retention.MESSAGE_NUMBERS),
        }
