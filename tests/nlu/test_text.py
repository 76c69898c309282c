"""What a message looks like to the encoder, asked of the NLU environment itself."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PYTHON = PROJECT / "nlu" / ".venv" / "bin" / "python"
OWN = {"dont": 40, "gf": 30, "situationship": 5, "boyfriend": 50, "trust": 60, "behind": 9, "suicidal": 12, "ok": 9}
PROGRAM = """
import json, sys
from components.spelling import Speller
from components.text import normalise, pieces
own, texts = json.load(sys.stdin)
speller = Speller(own)
print(json.dumps([[normalise(text, speller.correct), pieces(text)] for text in texts]))
"""

READ = {
    # Slips of the thumb.
    "i dont trsut my boyfreind": "i don't trust my boyfriend",
    "he went behindmy back": "he went behind my back",
    "i think shes cheatingon me": "i think she's cheating on me",
    "Shecame home late and Ibelieve her": "she came home late and I believe her",
    "woh is he with": "who is he with",
    # What looks like slips and is none.
    "my gf calls it a situationship": "my girlfriend calls it a situationship",
    "then Priyanka and Thabiso left": "then Priyanka and Thabiso left",
    "asdkjfh qwpoeri zxmcnv wlekrj": "asdkjfh qwpoeri zxmcnv wlekrj",
    "no pienso quedarme callada nunca más": "no pienso quedarme callada nunca más",
    # Tricks of phones.
    "he\u2019s \u201cjust a friend\u201d\u2026": 'he\'s "just a friend".',
    "sooooo tired!!!!": "so tired!",
    "i\u200bm o\u00adk": "i'm ok",
    "I CANT TRUST HIM": "I can't TRUST HIM",
    "he left 😭💔 again": "he left again",
    "🥺": "face with pleading eyes",
    "idk what 2 do w my bf": "i don't know what 2 do with my boyfriend",
}


@cache
def read() -> dict[str, list[object]]:
    texts = [*READ, LONG, "short one"]
    answer = subprocess.run(
        [PYTHON, "-c", PROGRAM], input=json.dumps([OWN, texts]), capture_output=True, text=True, cwd=PROJECT / "nlu"
    )
    assert answer.returncode == 0, answer.stderr
    return dict(zip(texts, json.loads(answer.stdout), strict=True))


LONG = (
    "We moved here in spring because of his job and I left mine. I like the flat, the river and the bakery.\n"
    "Sometimes I think about not being here any more. Then the alarm rings, I make the sandwiches, and we laugh about the cat."
)


@pytest.mark.parametrize("text", READ)
def test_how_a_message_is_read(text: str) -> None:
    assert read()[text][0] == READ[text]


def test_a_long_message_is_read_sentence_by_sentence_too() -> None:
    assert "Sometimes I think about not being here any more." in read()[LONG][1]  # type: ignore[operator]
    assert read()["short one"][1] == []
