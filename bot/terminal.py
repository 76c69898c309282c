"""The same conversation in a terminal: for trying the bot, and for people without Telegram."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.padding import Padding
from rich.text import Text as RichText

from bot.conversation import Conversation, Incoming
from dialogues.events import Reply
from dialogues.state import State

CHAT_ID = 0
"""The terminal's person; Telegram never uses this number."""
WIDTH = 64


def incoming(line: str) -> Incoming:
    """A typed line as what the person did: "/menu" is a command, the rest is text."""
    if line.startswith("/") and len(line) > 1 and line[1].isalpha():
        return Incoming("command", line[1:])
    return Incoming("text", line)


def as_plain_text(reply: Reply) -> str:
    """A reply for a pipe: title, text, and the options as a numbered list."""
    lines = [reply.title] if reply.title else []
    lines.append(reply.text)
    if reply.buttons:
        lines.append("")
        lines += [f"  {key} {label}".rstrip() for key, label in menu(reply)]
    return "\n".join(lines)


def menu(reply: Reply) -> list[tuple[str, str]]:
    """How the buttons of a reply are typed: (number, label) of each; a rating's numbers are typed as they stand."""
    scale = [button.label for button in reply.buttons if button.label.isdecimal()]
    words = [button.label for button in reply.buttons if not button.label.isdecimal()]
    if scale:
        return [(f"{scale[0]} to {scale[-1]}", ""), *((f"or {word}", "") for word in words)]
    return [(f"{number}.", word) for number, word in enumerate(words, 1)]


class LastButtons:
    """The options shown last: a typed number presses the button of that number."""

    def __init__(self) -> None:
        self._actions: dict[str, str] = {}

    def remember(self, replies: tuple[Reply, ...]) -> None:
        self._actions = {}
        for reply in replies:
            for button in reply.buttons:
                self._actions[button.label.casefold()] = button.action
            if not any(button.label.isdecimal() for button in reply.buttons):
                self._actions |= {str(number): button.action for number, button in enumerate(reply.buttons, 1)}

    def read(self, line: str) -> Incoming:
        action = self._actions.get(line.strip().rstrip(".").casefold())
        return Incoming("press", action) if action else incoming(line)


def save_document(folder: Path, say: Callable[[str], None], name: str, content: bytes) -> None:
    """Lay a file that Telegram would send into `folder`, readable by its owner only, and say where it is."""
    path = folder / name
    try:
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(content)
    except OSError as error:
        say(f"{path} can't be written: {error.strerror}")
    else:
        say(f"Saved as {path}")


Until = Callable[[], Awaitable[bool]]
"""Whether a conversation has come to its end, asked after each turn."""
START = Incoming("command", "start")


async def _never() -> bool:
    return False


async def converse(
    conversation: Conversation,
    lines: TextIO,
    show: Callable[[Reply], None],
    chat_id: int = CHAT_ID,
    first: Incoming | None = None,
    until: Until = _never,
) -> None:
    """Answer `first`, then each line of `lines`, with `show`, until it ends or `until` says so."""
    buttons = LastButtons()

    async def turn(incoming: Incoming) -> None:
        replies = await conversation.handle(chat_id, incoming)
        buttons.remember(replies)
        for reply in replies:
            show(reply)

    if first:
        await turn(first)
    while not await until() and (line := await asyncio.to_thread(lines.readline)):
        text = line.rstrip("\r\n")
        if text.strip():
            await turn(buttons.read(text))


async def run_piped(conversation: Conversation, first: Incoming | None = None, until: Until = _never) -> None:
    """Messages from standard input, one a line; replies as plain text."""

    def show(reply: Reply) -> None:
        sys.stdout.write(as_plain_text(reply) + "\n\n")
        sys.stdout.flush()

    await converse(conversation, sys.stdin, show, first=first, until=until)


async def run_interactive(
    conversation: Conversation,
    console: Console,
    first: Incoming = START,
    until: Until = _never,
    goodbye: str = "Take care. Your place is kept.",
) -> None:
    """A conversation on a screen, until Ctrl-D or until `until` says so."""
    buttons = LastButtons()

    def show(replies: tuple[Reply, ...]) -> None:
        buttons.remember(replies)
        width = min(WIDTH, console.width - 2)
        for reply in replies:
            body = RichText()
            if reply.title:
                body.append(reply.title + "\n", style="bold")
            body.append(reply.text)
            for key, label in menu(reply):
                body.append(f"\n  {key}", style="cyan")
                body.append(f"  {label}".rstrip())
            console.print(Padding(body, (1, 0, 0, 1)), width=width)

    show(await conversation.handle(CHAT_ID, first))
    while not await until():
        try:
            line = await asyncio.to_thread(console.input, "\n[bold green]> [/]")
        except (EOFError, KeyboardInterrupt):
            break
        if line.strip():
            show(await conversation.handle(CHAT_ID, buttons.read(line)))
    console.print(f"\n{goodbye}")


async def preview(conversation: Conversation, guide_id: str, state: State, lines: TextIO, console: Console) -> None:
    """Walk one guide from its first step to its end (or to a pause), as somebody in `state` would."""

    async def over() -> bool:
        return (await conversation.store.load(CHAT_ID))[0].walk is None

    await conversation.store.commit_turn(CHAT_ID, 0, state, (), (), conversation.clock())
    first = Incoming("press", f"guide:{guide_id}")
    if lines.isatty():
        await run_interactive(conversation, console, first, over, "That was the preview; nothing of it is kept.")
    else:
        await converse(
            conversation,
            lines,
            lambda reply: console.print(as_plain_text(reply) + "\n", markup=False, soft_wrap=True),
            first=first,
            until=over,
        )
