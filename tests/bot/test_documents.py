"""Files that the bot sends: the page for a therapist as a PDF, and how a file waits and is saved."""

from __future__ import annotations

import io
import re
import stat
from base64 import b64decode
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from reportlab.pdfbase.ttfonts import TTFont
from telegram import Bot

from bot import pdf
from bot.conversation import Conversation, Incoming
from bot.outgoing import document_content
from bot.storage.cipher import Cipher
from bot.storage.store import Store
from bot.telegram.delivery import Delivery
from bot.terminal import converse, save_document
from dialogues.content import load_content
from dialogues.events import Page
from dialogues.safety_net import load_safety_net
from dialogues.state import Finished, State
from tests.conftest import KEY
from tests.telegram_server import TOKEN, TelegramServer

NOW = datetime(2026, 11, 24, 21, 30, tzinfo=UTC)
PAGE = Page("For a therapist", "Made by a program.", (("In their own words", ("“I <b>hide</b> & wait” — Łukasz 🙂",)),))
PERSON = State(
    met=True,
    consent=True,
    finished=(Finished(guide="jealousy", day=date(2026, 11, 20), own_words="she liked his pic again"),),
    brief=("jealousy:words",),
)


def pages(content: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", content))


def test_the_page_is_one_sheet_however_much_is_on_it() -> None:
    assert pdf.render(PAGE).startswith(b"%PDF-")
    assert pages(pdf.render(PAGE)) == 1
    long = Page(
        "For a therapist",
        "Made by a program.",
        (("Words", tuple("“" + "so much to say " * 13 + "”" for _ in range(40))),),
    )
    assert pages(pdf.render(long)) == 1


def test_the_same_page_is_the_same_file() -> None:
    assert pdf.render(PAGE) == pdf.render(PAGE)


def test_what_a_font_does_not_have_is_left_out_and_never_a_box() -> None:
    vera = TTFont("Vera", "Vera.ttf")
    assert pdf.showable("“Zoë” can’t — ok", vera) == "“Zoë” can’t — ok"
    assert pdf.showable("a🙂b愛c", vera) == "abc"
    assert pdf.showable("ệ", vera) == "e"


def test_without_a_system_font_the_one_that_comes_along_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "FONTS", ("NoSuchFont.ttf", "Vera.ttf"))
    pdf._font.cache_clear()
    try:
        assert pages(pdf.render(PAGE)) == 1
        assert b"Vera" in pdf.render(PAGE)
    finally:
        pdf._font.cache_clear()


async def test_the_page_waits_in_the_outbox_like_any_message(store: Store) -> None:
    conversation = Conversation(load_content(), load_safety_net(), store, nlu=None, clock=lambda: NOW)
    await store.commit_turn(7, 0, PERSON, (), (), NOW)
    await store.receive(7, 1, Incoming("press", "brief:pdf").payload(), NOW)
    received = await store.next_received(7)
    assert received
    await conversation.handle(7, Incoming.of(received.payload), received.id)
    message = await store.next_to_send(7)
    assert message
    assert "as a PDF" in message.payload["text"]
    await store.sent(message, NOW, 1)
    document = await store.next_to_send(7)
    assert document
    assert (document.payload["do"], document.payload["name"]) == ("document", "for-a-therapist.pdf")
    assert document_content(document.payload) == b64decode(document.payload["content"])
    assert pages(document_content(document.payload)) == 1


async def test_in_the_terminal_files_are_saved_where_one_is(tmp_path: Path) -> None:
    said: list[str] = []
    store = await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'hearts.sqlite3'}", Cipher([KEY]))
    conversation = Conversation(
        load_content(), load_safety_net(), store, nlu=None, clock=lambda: NOW,
        save_document=lambda name, content: save_document(tmp_path, said.append, name, content),
    )  # fmt: skip
    await store.commit_turn(0, 0, PERSON, (), (), NOW)
    await converse(conversation, io.StringIO("/brief\nas a pdf\n/export\nyes\n"), lambda reply: None)
    await store.close()
    made = tmp_path / "for-a-therapist.pdf"
    assert made.read_bytes().startswith(b"%PDF-")
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert "she liked his pic again" in (tmp_path / "my-data.json").read_text(encoding="utf-8")
    assert said == [
        f"Saved as {made}",
        f"Saved as {tmp_path / 'my-data.json'}",
        f"Saved as {tmp_path / 'my-data.html'}",
    ]


def test_a_folder_that_takes_no_file_is_told(tmp_path: Path) -> None:
    said: list[str] = []
    save_document(tmp_path / "nowhere", said.append, "x.pdf", b"")
    assert "can't be written" in said[0]


async def test_telegram_gets_the_pdf_as_it_is(store: Store, telegram: TelegramServer) -> None:
    conversation = Conversation(load_content(), load_safety_net(), store, nlu=None, clock=lambda: NOW)
    await store.commit_turn(7, 0, PERSON, (), (), NOW)
    await store.receive(7, 1, Incoming("press", "brief:pdf").payload(), NOW)
    received = await store.next_received(7)
    assert received
    await conversation.handle(7, Incoming.of(received.payload), received.id)
    telegram.user(7)
    async with Bot(TOKEN, base_url=f"{telegram.url}/bot", base_file_url=f"{telegram.url}/file/bot") as bot:
        await Delivery(bot, store, lambda: NOW).deliver(7)
    text, document = telegram.chats[7]
    assert "as a PDF" in text.text
    assert document.document
    assert pages(document.document) == 1
