"""From a message of the outbox to what Telegram is sent: escaped text and buttons in rows."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup


def render(payload: Mapping[str, Any]) -> tuple[str, InlineKeyboardMarkup | None]:
    """HTML text (the title in bold, everything escaped) and the inline keyboard of a message."""
    text = escape(payload["text"], quote=False)
    if payload.get("title"):
        text = f"<b>{escape(payload['title'], quote=False)}</b>\n\n{text}"
    rows = payload.get("rows")
    if not rows:
        return text, None
    buttons = [[InlineKeyboardButton(label, callback_data=action) for label, action in row] for row in rows]
    return text, InlineKeyboardMarkup(buttons)
