"""`hearts`: chat in a terminal, run in Telegram, see what a message is understood as, check the content."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, get_args

import typer
import uvloop
from cryptography.fernet import Fernet
from rich.console import Console
from rich.status import Status

from bot import logs
from bot.conversation import Conversation
from bot.nlu_server import NluServerError, model_path, nlu_client, train
from bot.settings import Settings, SettingsError, load_settings
from bot.storage.cipher import Cipher, UnusableKeyError, load_cipher
from bot.storage.database import DatabaseError
from bot.storage.store import Store
from dialogues.content import Who, load_content
from dialogues.events import Understanding
from dialogues.reading import ContentError
from dialogues.safety_net import load_safety_net
from dialogues.state import Situation, State
from dialogues.typed import plain
from nlu.client import NluClient

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
EXPECTED: tuple[type[Exception], ...] = (SettingsError, NluServerError, UnusableKeyError, DatabaseError, ContentError)
NLU_PATIENCE = 30.0
"""Seconds after which the bot begins to answer even where the model is not ready yet."""
console = Console(stderr=True, highlight=False)


@asynccontextmanager
async def open_conversation(
    settings: Settings,
    nlu: NluClient | None,
    database: str | None = None,
    save_document: Callable[[str, bytes], None] | None = None,
) -> AsyncIterator[Conversation]:
    """All services of a conversation, closed at the end."""
    store = await Store.open(database or settings.database, _cipher(settings))
    try:
        yield Conversation(load_content(), load_safety_net(), store, nlu, save_document=save_document)
    finally:
        await store.close()


def _cipher(settings: Settings) -> Cipher:
    return load_cipher(
        settings.encryption_key.get_secret_value() if settings.encryption_key else None, settings.encryption_key_file
    )


@asynccontextmanager
async def understanding(settings: Settings, patience: float | None = None) -> AsyncIterator[NluClient]:
    """The NLU client; while training and starting, a line on the screen says what is going on."""
    with console.status("Reading the model ...") as status:
        async with nlu_client(settings, _progress(status), patience) as client:
            status.stop()
            yield client


def _progress(status: Status) -> Callable[[str], None]:
    def show(line: str) -> None:
        if console.is_terminal:
            status.update(line)
        else:
            console.print(line, markup=False)

    return show


@app.command()
def chat(
    fresh: Annotated[bool, typer.Option(help="Start as a stranger; nothing of it is kept.")] = False,
) -> None:
    """Open the conversation here. With piped input: a message a line, replies as plain text."""
    from bot import terminal

    def save(name: str, content: bytes) -> None:
        terminal.save_document(
            Path.cwd(), lambda line: console.print(line, markup=False, soft_wrap=True), name, content
        )

    async def work(settings: Settings) -> None:
        database = "sqlite:///:memory:" if fresh else None
        async with understanding(settings) as nlu, open_conversation(settings, nlu, database, save) as conversation:
            if sys.stdin.isatty():
                await terminal.run_interactive(conversation, Console(highlight=False))
            else:
                await terminal.run_piped(conversation)

    _run(work)


@app.command()
def preview(
    guide: Annotated[str, typer.Argument(help="The guide's id, title, or one of its names.")],
    who: Annotated[str, typer.Option(help=f"Walk it as somebody who is: {', '.join(get_args(Who))}.")] = "",
    situation: Annotated[str, typer.Option(help=f"Their situation: {', '.join(get_args(Situation))}.")] = "",
) -> None:
    """Walk one guide here, without the model; nothing is stored."""
    from bot import terminal

    async def work(settings: Settings) -> None:
        content = load_content()
        found = content.guides.get(guide) or content.guide_named(plain(guide))
        if found is None:
            raise PreviewError(f"There is no guide '{guide}'. There are: {', '.join(content.guides)}.")
        for option, value, known in (("who", who, get_args(Who)), ("situation", situation, get_args(Situation))):
            if value and value not in known:
                raise PreviewError(f"--{option} is '{value}', expected one of {', '.join(known)}.")
        person = State(met=True, consent=True, safe_to_talk=True).model_copy(
            update={"who": who or None, "situation": situation or None}
        )
        store = await Store.open("sqlite+aiosqlite:///:memory:", Cipher([Fernet.generate_key().decode()]))
        try:
            conversation = Conversation(content, load_safety_net(), store, None)
            await terminal.preview(conversation, found.id, person, sys.stdin, Console(highlight=False))
        finally:
            await store.close()

    _run(work, PreviewError)


class PreviewError(ValueError):
    """What was asked for can't be previewed."""


@app.command()
def run() -> None:
    """Run in Telegram, until Ctrl-C."""
    from bot.telegram.app import StartError, make_bot
    from bot.telegram.app import run as run_bot

    async def work(settings: Settings) -> None:
        bot = make_bot(settings)
        async with (
            understanding(settings, NLU_PATIENCE) as nlu,
            open_conversation(settings, nlu) as conversation,
        ):
            await run_bot(settings, bot, conversation, lambda line: console.print(line, markup=False))

    _run(work, StartError)


@app.command()
def parse(
    text: Annotated[str | None, typer.Argument(help="The message; without it, one a line is read.")] = None,
) -> None:
    """Print what a message is understood as, one JSON object a message."""

    async def work(settings: Settings) -> None:
        async with understanding(settings) as nlu:

            async def one(message: str) -> None:
                understood = await reader.understand(message)
                sys.stdout.write(json.dumps(as_json(message, understood), ensure_ascii=False) + "\n")
                sys.stdout.flush()

            reader = Conversation(load_content(), load_safety_net(), None, nlu)  # type: ignore[arg-type]
            if text is not None:
                await one(text)
                return
            for line in sys.stdin:
                if line.strip():
                    await one(line.rstrip("\r\n"))

    _run(work)


def as_json(text: str, understood: Understanding) -> dict[str, object]:
    """What `hearts parse` prints of a message."""
    ranking = [{"name": item.name, "confidence": round(item.confidence, 4)} for item in understood.ranking]
    return {
        "text": text,
        "label": understood.label,
        "confidence": round(understood.confidence, 4),
        "ranking": ranking,
    }


@app.command(name="train")
def train_model() -> None:
    """Train the model where its data or configuration changed."""

    async def work(settings: Settings) -> None:
        if model_path(settings).exists():
            console.print("The model is up to date.")
            return
        with console.status("Training the model (about six minutes) ...") as status:
            await train(settings, _progress(status))
        console.print("The model is trained.")

    _run(work)


@app.command()
def evaluate(
    baselines: Annotated[bool, typer.Option(help="Train Rasa's own pipelines beside it (minutes).")] = True,
    retrain: Annotated[bool, typer.Option(help="Train anew in a temporary folder, to time it.")] = False,
) -> None:
    """Measure the model on the held-out messages and write reports/nlu/."""
    from bot.evaluate import EvaluationError
    from bot.evaluate import evaluate as measure

    def show(line: str) -> None:
        console.print(line, markup=False)

    async def work(settings: Settings) -> None:
        await measure(settings, show, baselines, retrain)

    _run(work, EvaluationError)


@app.command()
def check(
    coverage: Annotated[
        bool, typer.Option(help="Print each point of the article with the steps that cover it.")
    ] = False,
    graph: Annotated[Path | None, typer.Option(help="Draw all guides as one picture (SVG) into this file.")] = None,
    safety: Annotated[bool, typer.Option(help="Only the safety rules and their table, docs/safety.md.")] = False,
    write: Annotated[bool, typer.Option(help="With --safety: write the table anew first.")] = False,
) -> None:
    """Check content, helplines, training data and the safety table; exits 1 and names each problem."""
    from bot import safety_table
    from bot.check import problems
    from bot.coverage import report

    if graph:
        _draw_guides(graph)
    if safety and write:
        safety_table.write()
    found = safety_table.problems() if safety else problems()
    if coverage:
        with suppress(ContentError):  # then `found` says why
            sys.stdout.write(report(load_content()) + "\n")
    for problem in found:
        sys.stdout.write(problem + "\n")
    sys.stdout.write(f"{len(found)} problems\n" if found else "All content is sound.\n")
    raise typer.Exit(1 if found else 0)


def _draw_guides(path: Path) -> None:
    """Draw the guides; content that does not load is told by the check itself."""
    from bot.graph import draw

    with suppress(ContentError):
        picture = draw(load_content())
        try:
            path.write_text(picture, encoding="utf-8")
        except OSError as error:
            console.print(f"{path} can't be written: {error.strerror}", markup=False)
            raise typer.Exit(1) from None


@app.command()
def helplines(
    due: Annotated[bool, typer.Option("--due", help="Only what a person has to confirm.")] = False,
    country: Annotated[str | None, typer.Option(help='Only this country, by code or name: "GB".')] = None,
) -> None:
    """Print all helplines, and what is due for verification."""
    from bot.helpline_table import listing

    try:
        lines = listing(load_content().helplines, datetime.now(UTC).date(), due, country)
    except ValueError as error:
        console.print(str(error), markup=False)
        raise typer.Exit(1) from None
    sys.stdout.write(lines)


@app.command(name="rotate-key")
def rotate_key(
    new: Annotated[bool, typer.Option(help="First put a new key in front, into the key file.")] = False,
    forget: Annotated[bool, typer.Option(help="At the end leave only the newest key in the key file.")] = False,
) -> None:
    """Seal everything again with the newest key. It may be interrupted and run again."""
    from bot.storage.cipher import read_keys, write_keys
    from bot.storage.database import create_engine, migrate
    from bot.storage.rotation import rotate

    async def work(settings: Settings) -> None:
        file = settings.encryption_key_file
        if settings.encryption_key and (new or forget):
            raise SettingsError(
                "ENCRYPTION_KEY is set, so the keys are yours to change there: newest first, by commas."
            )
        if new:
            write_keys(file, [Fernet.generate_key().decode(), *read_keys(file)])
        cipher = _cipher(settings)
        engine = create_engine(settings.database)
        try:
            await migrate(engine)
            renewed: dict[str, int] = {}
            async for at in rotate(engine, cipher):
                renewed[at.table] = at.renewed
                console.print(f"{at.table}: {at.seen} of {at.of} looked at, {at.renewed} sealed anew", markup=False)
        finally:
            await engine.dispose()
        console.print(f"{sum(renewed.values())} rows sealed anew; all open with the newest key.")
        if forget:
            write_keys(file, read_keys(file)[:1])
            console.print("Older keys are gone from the key file.")

    _run(work)


def _run(work: Callable[[Settings], object], *expected: type[Exception]) -> None:
    """Run a command; an expected error becomes one clear message and exit code 1, never a traceback."""
    try:
        settings = load_settings()
        logs.set_up(settings.log_level, settings.log_format)
        uvloop.run(work(settings))  # type: ignore[arg-type]
    except (*EXPECTED, *expected) as error:
        console.print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def main() -> None:
    app()
