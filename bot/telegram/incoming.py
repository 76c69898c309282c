"""From Telegram's update to what the conversation needs of it; names, pictures and the rest stay behind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from telegram import Chat, ChatMember, Location, Message, Update
from tzfpy import get_tz

from bot.conversation import Incoming

ATTACHMENTS = (
    ("sticker", "sticker"),
    ("photo", "photo"),
    ("voice", "voice"),
    ("audio", "voice"),
    ("video_note", "video"),
    ("video", "video"),
    ("animation", "sticker"),
    ("location", "location"),
    ("venue", "location"),
    ("contact", "contact"),
    ("document", "document"),
    ("dice", "sticker"),
    ("poll", "other"),
)
"""Attributes of a message, in the order they are looked at, and the kind they are taken as."""


_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and marks that turn the direction of the text after them: said back, they would turn ours."""


def clean(text: str) -> str:
    """`text` as it may be stored and said back: no control characters, no half surrogate pairs (no UTF-8 holds them)."""
    return _UNFIT.sub("", text.replace("\r\n", "\n")).encode("utf-8", "replace").decode()


MAX_NUMBER = 2**63
"""What the database's columns hold; Telegram's ids have at most 52 bits."""


@dataclass(frozen=True)
class Blocked:
    """The person blocked the bot, or took it back."""

    chat_id: int
    blocked: bool


@dataclass(frozen=True)
class Group:
    """Somebody added the bot to a group: it says one line and leaves."""

    chat_id: int


@dataclass(frozen=True)
class Private:
    """Something a person did in their own chat."""

    chat_id: int
    incoming: Incoming


def read(update: Update, bot_name: str = "") -> Private | Blocked | Group | None:
    """What an update means for us; None for what needs no answer (channel posts, service messages, other bots).

    None as well for an update that is not as Telegram makes them: the library fills in what it finds, of any type.
    """
    try:
        meaning = _meaning(update, bot_name)
    except (AttributeError, TypeError, ValueError):
        return None
    numbers = [] if meaning is None else [update.update_id, meaning.chat_id]
    if isinstance(meaning, Private) and meaning.incoming.message_id is not None:
        numbers.append(meaning.incoming.message_id)
    return meaning if all(type(number) is int and abs(number) < MAX_NUMBER for number in numbers) else None


def _meaning(update: Update, bot_name: str) -> Private | Blocked | Group | None:
    if update.my_chat_member:
        change = update.my_chat_member
        if change.chat.type == Chat.PRIVATE:
            return Blocked(change.chat.id, change.new_chat_member.status == ChatMember.BANNED)
        joined = change.new_chat_member.status in (
            ChatMember.MEMBER,
            ChatMember.ADMINISTRATOR,
            ChatMember.RESTRICTED,
        )
        return Group(change.chat.id) if joined and change.chat.type in (Chat.GROUP, Chat.SUPERGROUP) else None
    if update.callback_query:
        query = update.callback_query
        if query.message is None or query.message.chat.type != Chat.PRIVATE:
            return None
        return Private(query.message.chat.id, Incoming("press", clean(query.data or ""), query.message.message_id))
    message = update.message or update.edited_message
    if message is None:
        return None
    if message.chat.type in (Chat.GROUP, Chat.SUPERGROUP):
        return Group(message.chat.id) if update.message and _speaks_to_us(message, bot_name) else None
    if message.chat.type != Chat.PRIVATE or (message.from_user and message.from_user.is_bot):
        return None
    incoming = _of_message(message, edited=update.edited_message is not None)
    return Private(message.chat.id, incoming) if incoming else None


def _speaks_to_us(message: Message, bot_name: str) -> bool:
    text = message.text or ""
    return text.startswith("/") or (bool(bot_name) and f"@{bot_name.lower()}" in text.lower())


def _of_message(message: Message, edited: bool) -> Incoming | None:
    said = message.text if message.text is not None else message.caption
    text = clean(said) if said is not None else None
    if text is not None:
        if edited:
            return Incoming("edited", text, message.message_id)
        if message.text and text.startswith("/") and len(text) > 1 and text[1].isalpha():
            name, _, args = text[1:].partition(" ")
            return Incoming("command", f"{name.partition('@')[0]} {args}".strip(), message.message_id)
        return Incoming("text", text, message.message_id)
    if edited:
        return None
    for attribute, kind in ATTACHMENTS:
        if getattr(message, attribute):
            where = message.location or (message.venue and message.venue.location)
            zone = zone_of(where) if where else None
            return Incoming("attachment", f"{kind} {zone}" if zone else kind, message.message_id)
    if message.effective_attachment is not None:
        return Incoming("attachment", "other", message.message_id)
    return None  # service messages: pinned, joined, timer changed ...


def zone_of(where: Location) -> str | None:
    """The IANA zone of a place, from the borders that tzfpy ships (5 MB; timezonefinder needs numpy and 60 MB for an
    exactness at borders that the person's own look at the clock makes up for). The place itself goes no further."""
    name = get_tz(where.longitude, where.latitude)
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):  # no zone there, or one that this machine does not know yet
        return None
