"""The terminal channel: lines in, plain text out, numbers press buttons."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.conversation import Conversation
from bot.storage.cipher import Cipher
from bot.storage.store import Store
from bot.terminal import LastButtons, as_plain_text, converse
from dialogues.content import load_content
from dialogues.events import Button, Reply
from dialogues.safety_net import load_safety_net
from tests.conftest import KEY

CHOICE = Reply("Which?", rows=((Button("First", "a"),), (Button("Second", "b"),)))
SCALE = Reply("How much?", rows=(tuple(Button(str(n), f"r{n}") for n in range(11)), (Button("Skip", "s"),)))


def test_options_are_numbered_and_a_scale_is_not() -> None:
    assert as_plain_text(CHOICE) == "Which?\n\n  1. First\n  2. Second"
    assert as_plain_text(SCALE) == "How much?\n\n  0 to 10\n  or Skip"


@pytest.mark.parametrize(
    ("reply", "typed", "action"),
    [(CHOICE, "2", "b"), (CHOICE, "second", "b"), (SCALE, "3", "r3"), (SCALE, "skip", "s")],
)
def test_typed_numbers_and_labels_press_buttons(reply: Reply, typed: str, action: str) -> None:
    buttons = LastButtons()
    buttons.remember((reply,))
    incoming = buttons.read(typed)
    assert (incoming.kind, incoming.text) == ("press", action)


async def test_a_conversation_goes_on_where_it_was_left(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hearts.sqlite3'}"

    async def talk(lines: str) -> str:
        store = await Store.open(url, Cipher([KEY]))
        shown: list[str] = []
        conversation = Conversation(load_content(), load_safety_net(), store, nlu=None)
        await converse(conversation, io.StringIO(lines), lambda reply: shown.append(as_plain_text(reply)))
        await store.close()
        return "\n".join(shown)

    first = await talk("/start\n\nself care\nyes\nnext\n")
    assert "not a person and not a therapist" in first
    assert "Self-care · 2 of" in first
    second = await talk("where were we\n")
    assert "Self-care · 2 of" in second
    assert "not a therapist" not in second


async def test_without_the_model_topics_buttons_and_helplines_work(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite:///{tmp_path / 'hearts.sqlite3'}", Cipher([KEY]))
    conversation = Conversation(load_content(), load_safety_net(), store, nlu=None)
    shown: list[str] = []
    lines = "my partner is so cold lately\nshow me the topics\njealousy\ni want to die\n"
    await converse(conversation, io.StringIO(lines), lambda reply: shown.append(as_plain_text(reply)))
    await store.close()
    assert "taking a break" in shown[1]
    assert "findahelpline.com" in "\n".join(shown[-2:])


def test_a_preview_walks_one_guide_to_its_end_and_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEARTS_HOME", str(tmp_path / "home"))
    lines = "next\n1\n2\nafter tea\nhang in there\nnext\nlater\nmy own plan\nthis line comes after the end\n"
    result = CliRunner().invoke(app, ["preview", "self-care"], input=lines)
    assert result.exit_code == 0
    assert "Self-care · 1 of" in result.output
    assert "Right after this: tea" in result.output or "after tea" in result.output
    assert result.output.rstrip().endswith("2. Not really")
    assert not (tmp_path / "home").exists()


def test_a_preview_speaks_to_the_person_it_is_asked_to_be() -> None:
    result = CliRunner().invoke(app, ["preview", "therapy", "--who", "for_other"], input="\n")
    assert "someone you care about" in result.output


@pytest.mark.parametrize(
    ("arguments", "said"), [(["nonsense"], "There is no guide 'nonsense'"), (["therapy", "--who", "me"], "for_other")]
)
def test_a_preview_of_what_is_not_there_is_told_in_one_line(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(app, ["preview", *arguments])
    assert result.exit_code == 1
    assert said in " ".join(result.output.split())
