"""A log line holds kinds and places, never what somebody wrote, whoever writes the line and at every level."""

from __future__ import annotations

import json
import logging

import pytest

from bot.logs import JsonLines, WithoutContent

SECRET = "the blue door on Mill Lane"


def record(name: str, message: str, *values: object, error: BaseException | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord(name, logging.DEBUG, "somewhere.py", 7, message, values, info)


@pytest.mark.parametrize("form", [JsonLines(), WithoutContent()])
@pytest.mark.parametrize(
    "name", ["telegram.Bot", "telegram.ext.Updater", "httpx", "httpcore.http11", "asyncio", "sqlalchemy"]
)
def test_of_libraries_only_the_place_is_written(form: logging.Formatter, name: str) -> None:
    for line in (
        form.format(record(name, f"sending {SECRET}")),
        form.format(record(name, "sending %s", SECRET)),
        form.format(record(name, "failed", error=ValueError(SECRET))),
    ):
        assert SECRET not in line
        assert "somewhere:7" in line


@pytest.mark.parametrize("form", [JsonLines(), WithoutContent()])
def test_of_an_error_kind_and_place_are_written(form: logging.Formatter) -> None:
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        line = form.format(record("bot.telegram.worker", "a turn failed", error=error))
    assert SECRET not in line
    assert "ValueError at test_logs.py" in line


def test_a_line_is_one_object() -> None:
    line = json.loads(JsonLines().format(record("bot.schedule", "%d prompts", 3)))
    assert line["message"] == "3 prompts"
    assert {"time", "level", "logger", "message"} == set(line)
