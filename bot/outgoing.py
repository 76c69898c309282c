"""Replies as they wait in the outbox: one entry for each message, so that a retry repeats nothing that was sent."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from dialogues.events import Reply

Outgoing = Mapping[str, Any]
"""One thing to deliver, as JSON. `do` says what: send, photo, document, delete_messages."""

LIMIT = 4096
"""Characters of one Telegram message, after entities are parsed."""
CAPTION_LIMIT = 1024
"""Characters below a picture."""


def split(text: str, limit: int = LIMIT) -> list[str]:
    """`text` in pieces of at most `limit` characters, cut at paragraphs, else at lines, words, or anywhere."""
    pieces = []
    while len(text) > limit:
        cut = next((at for mark in ("\n\n", "\n", " ") if (at := text.rfind(mark, 1, limit)) > 0), limit)
        pieces.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*pieces, text] if text else pieces


def document_content(item: Outgoing) -> bytes:
    """The bytes of a document that waits as text, or as base64 where it is none."""
    content: str = item["content"]
    return b64decode(content) if item.get("base64") else content.encode()


def messages(reply: Reply) -> list[Outgoing]:
    """The messages of a reply; title on the first, buttons on the last."""
    room = LIMIT - len(reply.title) - 2
    pieces = split(reply.text, room)
    rows = [[[button.label, button.action] for button in row] for row in reply.rows]
    return [
        {
            "do": "send",
            "text": piece,
            "title": reply.title if index == 0 else "",
            "rows": rows if index == len(pieces) - 1 else [],
        }
        for index, piece in enumerate(pieces)
    ]


def with_picture(message: Outgoing, name: str, png: bytes) -> Outgoing:
    """The message as the caption of a picture."""
    return {**message, "do": "photo", "name": name, "content": b64encode(png).decode("ascii"), "base64": True}
