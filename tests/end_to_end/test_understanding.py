"""What the real NLU server makes of held-out messages, as people wrote them and disfigured. Figures: `make evaluate`."""

from __future__ import annotations

import random
from typing import Any

import pytest

from bot.evaluate import KINDS, held_out
from bot.nlu_server import NluServer
from dialogues.events import Ranked
from dialogues.labels import SAFETY, THEMES
from dialogues.safety_net import load_safety_net
from dialogues.understanding import Thresholds, understand

SHARE = 4
"""Every fourth message about a theme or danger."""
LOST = 0.03
"""Share of messages that a disfigurement may cost (issue B)."""


async def label(server: NluServer, text: str) -> str:
    ranking = tuple(Ranked(item.name, item.confidence) for item in await server.client.parse(text))
    return understand(text, ranking, load_safety_net(), Thresholds()).label


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return [row for row in held_out() if row["label"] in THEMES + SAFETY][::SHARE]


async def right(server: NluServer, texts: list[str], rows: list[dict[str, Any]]) -> float:
    said = [await label(server, text) for text in texts]
    return sum(one == row["label"] for one, row in zip(said, rows, strict=True)) / len(rows)


async def test_slips_cost_little(nlu_server: NluServer, rows: list[dict[str, Any]]) -> None:
    plain = await right(nlu_server, [row["text"] for row in rows], rows)
    lost = {}
    for kind, change in KINDS.items():
        rng = random.Random(3)
        lost[kind] = plain - await right(nlu_server, [change(row["text"], rng) for row in rows], rows)
    assert {kind: share for kind, share in lost.items() if share > LOST} == {}


CALM = (
    "We moved here in spring because of his job and I left mine. I like the flat, the river and the bakery under us. "
    "He never asks about my day, and when I tell him he looks at the news instead of me. "
) * 8


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [("I have decided to end my life this week. ", "crisis"), ("Last night he choked me until I saw stars. ", "abuse")],
)
async def test_one_sentence_about_danger_in_hundreds_of_words_is_found(
    nlu_server: NluServer, sentence: str, expected: str
) -> None:
    middle = len(CALM) // 2
    middle = CALM.index(". ", middle) + 2
    text = CALM[:middle] + sentence + CALM[middle:]
    assert len(text.split()) > 300
    assert await label(nlu_server, text) == expected


async def test_a_long_message_keeps_its_theme(nlu_server: NluServer) -> None:
    assert await label(nlu_server, CALM) == "listening"
