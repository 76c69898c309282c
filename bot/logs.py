"""What is logged: kinds of errors and places, never what somebody wrote, a name or a token (CARE D5)."""

from __future__ import annotations

import logging
import sys

OURS = ("bot", "dialogues", "nlu", "__main__")
"""Packages whose log lines hold nothing personal; of all others only the place is written."""


class WithoutContent(logging.Formatter):
    """Lines without tracebacks and, of other libraries, without their words.

    A library quotes what it is given: python-telegram-bot logs whole updates, httpx addresses with the token in them,
    SQLAlchemy the values of a statement.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        if record.name.split(".")[0] in OURS:
            said = record.getMessage()
        else:
            said = f"something at {record.module}:{record.lineno}"
        error = record.exc_info[0] if record.exc_info else None
        if error is not None:
            said = f"{said} ({error.__name__})"
        plain = logging.LogRecord(record.name, record.levelno, record.pathname, record.lineno, said, None, None)
        plain.created, plain.msecs = record.created, record.msecs
        return super().format(plain)


def set_up(level: str | int) -> None:
    """Log to standard error. Raises ValueError for an unknown level."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(WithoutContent())
    logging.basicConfig(level=level, handlers=[handler])
    for name in ("httpx", "httpcore", "alembic", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("telegram", "aiosqlite"):
        logging.getLogger(name).setLevel(logging.INFO)  # below that they would make whole updates into lines
