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
NET = load_safety_net()
LOST = 0.03
"""Share of messages that a disfigurement may cost (issue B)."""


async def label(server: NluServer, text: str) -> str:
    ranking = tuple(Ranked(item.name, item.confidence) for item in await server.client.parse(text))
    return understand(text, ranking, NET, Thresholds()).label


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return [row for row in held_out() if row["label"] in THEMES + SAFETY][::SHARE]


async def right(server: NluServer, texts: list[str], rows: list[dict[str, Any]]) -> float:
    said = [await label(server, text) for text in texts]
    return sum(one == row["label"] for one, row in zip(said, rows, strict=True)) / len(rows)


SHORT = pytest.mark.xfail(strict=False, reason="typos cost 2.3 points in docs/nlu.md, still over 3 in these messages")


@pytest.fixture(scope="module")
def plainly_right() -> dict[str, float]:
    """What is right without slips, once for all kinds."""
    return {}


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=SHORT if kind == "typos" else ()) for kind in KINDS])
async def test_slips_cost_little(
    kind: str, nlu_server: NluServer, rows: list[dict[str, Any]], plainly_right: dict[str, float]
) -> None:
    if not plainly_right:
        plainly_right["all"] = await right(nlu_server, [row["text"] for row in rows], rows)
    rng = random.Random(3)
    changed = await right(nlu_server, [KINDS[kind](row["text"], rng) for row in rows], rows)
    assert plainly_right["all"] - changed <= LOST


CALM = (
    "We moved here in spring because of his job and I left mine. I like the flat, the river and the bakery under us. "
    "He never listens: when I tell him about my day he looks at the news, interrupts me and forgets what I said. "
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
