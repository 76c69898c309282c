"""The log: one JSON object a line, or plain lines in a terminal. It holds kinds and places, never what somebody wrote
(CARE D5)."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal

OURS = ("bot", "dialogues", "nlu", "__main__")
"""Packages whose log lines hold nothing personal; of all others only the place is written."""
Format = Literal["auto", "text", "json"]


def place(trace: TracebackType) -> str:
    """File and line where an error was raised."""
    while trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"


def where(error: BaseException) -> str:
    """Kind and place of an error, without its message, which may quote what somebody wrote."""
    cause = getattr(error, "orig", None)  # what SQLAlchemy wraps
    kind = f"{type(error).__name__}/{type(cause).__name__}" if cause else type(error).__name__
    return f"{kind} at {place(error.__traceback__)}" if error.__traceback__ else kind


def safe_message(record: logging.LogRecord) -> str:
    """A record's message; of other people's libraries only the place.

    A library quotes what it is given: python-telegram-bot whole updates, SQLAlchemy values, asyncio tasks with all of it.
    """
    if record.name.split(".")[0] in OURS:
        return record.getMessage()
    return f"something at {record.module}:{record.lineno}"


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and where an error was."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": safe_message(record),
        }
        if record.exc_info and record.exc_info[1]:
            line["error"] = where(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


class WithoutContent(logging.Formatter):
    """The same in a line for a person's eyes."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created).astimezone().isoformat(" ", "seconds")
        error = f" ({where(record.exc_info[1])})" if record.exc_info and record.exc_info[1] else ""
        return f"{time} {record.levelname} {record.name}: {safe_message(record)}{error}"


def set_up(level: str | int, form: Format = "auto") -> None:
    """Log to standard error; `auto` is plain lines in a terminal and JSON elsewhere."""
    handler = logging.StreamHandler(sys.stderr)
    as_text = form == "text" or (form == "auto" and sys.stderr.isatty())
    handler.setFormatter(WithoutContent() if as_text else JsonLines())
    logging.basicConfig(level=level, handlers=[handler])
    for name in ("httpx", "httpcore", "alembic", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("telegram").setLevel(logging.INFO)  # below that it would make whole updates into lines
