"""docs/security.md and docs/dpia.md name tests, commands and periods that are there."""

from __future__ import annotations

import re

import pytest

from bot.settings import PROJECT
from bot.telegram.app import COMMANDS
from dialogues import retention

SECURITY = (PROJECT / "docs" / "security.md").read_text(encoding="utf-8")
PRIVACY = (PROJECT / "docs" / "dpia.md").read_text(encoding="utf-8")


def test_every_threat_names_a_test_that_exists() -> None:
    rows = [line for line in SECURITY.splitlines() if line.startswith("| **")]
    assert len(rows) >= 12
    for row in rows:
        files = re.findall(r"`((?:tests/)?[\w/]*test_\w+\.py)`", row.rsplit("|", 2)[1])
        assert files, row
        texts = ""
        for file in files:
            path = PROJECT / (file if file.startswith("tests/") else f"tests/bot/{file}")
            texts += path.read_text(encoding="utf-8")
        for name in re.findall(r"(?<!\*)\*(\w+)\*(?!\*)", row.rsplit("|", 2)[1]):
            assert f"def test_{name}" in texts or f'"{name}"' in texts, name


def test_the_assessment_names_the_periods_that_are_kept() -> None:
    for period in (retention.WORDS, retention.MESSAGE_NUMBERS, retention.UNANSWERED, retention.BACKUPS):
        assert next(words for key, words in retention.in_words().items() if retention._say(period) == words) in PRIVACY


@pytest.mark.rule("E1")
def test_the_rights_have_commands_that_telegram_lists() -> None:
    listed = {name for name, _ in COMMANDS}
    named = set(re.findall(r"`/(\w+)`", PRIVACY)) - {"crisis"}
    assert named <= listed
    assert {"privacy", "mydata", "export", "withdraw", "delete", "stop", "crisis"} <= listed
