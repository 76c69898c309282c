"""The small parts of the Telegram channel: what is read of an update, what is sent of a reply."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import Update

from bot.outgoing import LIMIT, messages, split
from bot.telegram.incoming import Blocked, Group, Private, read
from bot.telegram.rendering import render
from dialogues.events import Button, Reply

CHAT = {"id": 5, "type": "private", "first_name": "Someone"}
WHO = {"id": 5, "is_bot": False, "first_name": "Someone", "username": "someone_private"}


def message(**content: Any) -> dict[str, Any]:
    return {"message_id": 3, "date": 0, "chat": CHAT, "from": WHO, **content}


def meaning(update: dict[str, Any]) -> Private | Blocked | Group | None:
    parsed = Update.de_json({"update_id": 1, **update}, None)
    return read(parsed, "our_bot")


@pytest.mark.rule("D3")
@pytest.mark.parametrize(
    ("update", "kind", "text"),
    [
        ({"message": message(text="hello")}, "text", "hello"),
        ({"message": message(text="/menu")}, "command", "menu"),
        ({"message": message(text="/start@our_bot deep link")}, "command", "start deep link"),
        ({"message": message(text="/ not a command")}, "text", "/ not a command"),
        ({"message": message(text="")}, "text", ""),
        (
            {
                "message": message(
                    photo=[{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}], caption="hi"
                )
            },
            "text",
            "hi",
        ),
        ({"message": message(voice={"file_id": "f", "file_unique_id": "u", "duration": 1})}, "attachment", "voice"),
        (
            {"message": message(location={"latitude": 22.5726, "longitude": 88.3639})},
            "attachment",
            "location Asia/Kolkata",
        ),
        ({"edited_message": message(text="i meant this", edit_date=1)}, "edited", "i meant this"),
        (
            {
                "callback_query": {
                    "id": "q",
                    "from": WHO,
                    "chat_instance": "c",
                    "data": "menu",
                    "message": message(text="x"),
                }
            },
            "press",
            "menu",
        ),
    ],
)
@pytest.mark.rule("D3")
def test_what_is_read_of_an_update(update: dict[str, Any], kind: str, text: str) -> None:
    read_as = meaning(update)
    assert isinstance(read_as, Private)
    assert (read_as.incoming.kind, read_as.incoming.text) == (kind, text)
    assert "someone" not in str(read_as.incoming.payload()).lower()


@pytest.mark.parametrize(
    ("latitude", "longitude", "zone"),
    [
        (40.71, -74.0, "America/New_York"),
        (-31.55, 159.08, "Australia/Lord_Howe"),
        (-13.83, -171.76, "Pacific/Apia"),
        (33.57, -7.59, "Africa/Casablanca"),
        (10.0, -150.0, "Etc/GMT+10"),  # at sea
    ],
)
def test_of_a_location_only_the_time_zone_is_read(latitude: float, longitude: float, zone: str) -> None:
    where = {"latitude": latitude, "longitude": longitude}
    venue = {"location": where, "title": "a cafe", "address": "a street"}
    for content in ({"location": where}, {"location": where, "venue": venue}):
        read_as = meaning({"message": message(**content)})
        assert isinstance(read_as, Private)
        assert read_as.incoming.payload() == {"kind": "attachment", "text": f"location {zone}", "message_id": 3}


@pytest.mark.rule("E6")
def test_what_needs_no_answer() -> None:
    assert meaning({"channel_post": message(text="x")}) is None
    assert meaning({"message": message(text="x", **{"from": {**WHO, "is_bot": True}})}) is None
    assert meaning({"message": message(new_chat_title="x")}) is None
    group = {"id": -1, "type": "group", "title": "g"}
    assert meaning({"message": {**message(text="hello all"), "chat": group}}) is None
    assert meaning({"message": {**message(text="/start"), "chat": group}}) == Group(-1)


def test_a_block_is_understood() -> None:
    def change(status: str) -> dict[str, Any]:
        member = {"user": WHO, "status": status} | ({"until_date": 0} if status == "kicked" else {})
        old = {"user": WHO, "status": "member"}
        return {
            "my_chat_member": {"chat": CHAT, "from": WHO, "date": 0, "old_chat_member": old, "new_chat_member": member}
        }

    assert meaning(change("kicked")) == Blocked(5, True)
    assert meaning(change("member")) == Blocked(5, False)


def test_text_is_escaped_and_the_title_is_bold() -> None:
    (payload,) = messages(Reply("<b>&</b>", title="A < B", rows=((Button("Yes", "yes"),),)))
    text, keyboard = render(payload)
    assert text == "<b>A &lt; B</b>\n\n&lt;b&gt;&amp;&lt;/b&gt;"
    assert keyboard
    assert keyboard.inline_keyboard[0][0].callback_data == "yes"


def test_a_long_reply_is_split_at_paragraphs_with_the_buttons_last() -> None:
    paragraphs = "\n\n".join(["word " * 300] * 6)
    sent = messages(Reply(paragraphs, title="T", rows=((Button("Yes", "yes"),),)))
    assert len(sent) == 3
    assert all(len(item["text"]) <= LIMIT for item in sent)
    assert [bool(item["rows"]) for item in sent] == [False, False, True]
    assert [item["title"] for item in sent] == ["T", "", ""]
    assert split("x" * 5000)[0] == "x" * LIMIT
