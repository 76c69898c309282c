"""`hearts evaluate`: how well the real server, thresholds and safety net understand the held-out messages.

This side asks and measures; nlu/evaluation.py, which has numpy and matplotlib, turns the rows into reports/nlu/.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import string
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.check import EVALUATION, examples
from bot.nlu_server import NLU, NluServer, NluServerError, model_hash, model_path, train
from bot.settings import PROJECT, Settings
from dialogues.events import Ranked
from dialogues.labels import LABELS, SAFETY, THEMES, UNSURE
from dialogues.safety_net import SafetyNet, Signal, load_safety_net
from dialogues.understanding import Thresholds, understand
from nlu.client import NluClient, NluUnavailableError

REPORTS = PROJECT / "reports" / "nlu"
WARM_UP_CALLS = 20
PERTURBED = 300
"""Messages that are written again with mistakes, in every kind of KINDS that changes them."""
SEED = 20
Progress = Callable[[str], None]

_NEXT_KEYS = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk", "k": "jl",
    "l": "ko", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb",
    "w": "qe", "x": "zc", "y": "tu", "z": "x",
}  # fmt: skip
_EMOJI = ("😭", "💔", "😔", "🙃", "🥺", "😩", "🙏", "😞")


class EvaluationError(RuntimeError):
    """The evaluation can't go on; the message says what to do."""


def _typos(text: str, rng: random.Random) -> str:
    """One slip in about 40 characters: two letters swapped, one dropped, or the key beside it."""
    chars = list(text)
    spots = [i for i, char in enumerate(chars[:-1]) if char in string.ascii_letters and chars[i + 1].isalpha()]
    for i in rng.sample(spots, min(len(spots), 1 + len(text) // 40)):
        kind = rng.choice(("swap", "drop", "beside"))
        if kind == "swap":
            chars[i], chars[i + 1] = chars[i + 1], chars[i]
        else:
            chars[i] = "" if kind == "drop" else rng.choice(_NEXT_KEYS.get(chars[i].lower(), chars[i] or " "))
    return "".join(chars)


def _missing_spaces(text: str, rng: random.Random) -> str:
    """One space in about eight is missing, at least one."""
    spots = [i for i, char in enumerate(text) if char == " "]
    gone = set(rng.sample(spots, min(len(spots), 1 + len(spots) // 8)))
    return "".join(char for i, char in enumerate(text) if i not in gone)


def _repeated_letters(text: str, rng: random.Random) -> str:
    """A vowel of one word in about eight is held, as in "sooooo"."""
    spots = [match.start() for match in re.finditer(r"[aeiou](?=\w*)", text, re.IGNORECASE)]
    held = set(rng.sample(spots, min(len(spots), 1 + len(text.split()) // 8)))
    return "".join(char * rng.randint(3, 6) if i in held else char for i, char in enumerate(text))


def _capitals(text: str, rng: random.Random) -> str:
    return text.upper()


def _curly_quotes(text: str, rng: random.Random) -> str:
    """Quotes as phones set them, and an ellipsis of one character."""
    text = re.sub(r'"([^"]*)"', "“\\1”", text).replace("'", "’")
    return text.replace("...", "…").replace(" - ", " — ")


def _emoji(text: str, rng: random.Random) -> str:
    """One to three emoji at the end, and one between two words."""
    words = text.split(" ")
    if len(words) > 3:
        words.insert(rng.randrange(1, len(words)), rng.choice(_EMOJI))
    return " ".join(words) + " " + rng.choice(_EMOJI) * rng.randint(1, 3)


KINDS: dict[str, Callable[[str, random.Random], str]] = {
    "typos": _typos,
    "missing_spaces": _missing_spaces,
    "repeated_letters": _repeated_letters,
    "capitals": _capitals,
    "curly_quotes": _curly_quotes,
    "emoji": _emoji,
}


def held_out() -> list[dict[str, Any]]:
    """Every message of data/evaluation: text, label and file."""
    return [{"text": t, "label": label, "file": file, "kind": None} for t, label, file in examples(EVALUATION)]


def perturbed(rows: Sequence[dict[str, Any]], seed: int = SEED) -> list[dict[str, Any]]:
    """PERTURBED of the theme and safety messages once per kind; `source` is the number of the row it was."""
    rng = random.Random(seed)  # noqa: S311  (nothing secret)
    numbers = [i for i, row in enumerate(rows) if row["label"] in THEMES + SAFETY]
    chosen = sorted(rng.sample(numbers, min(PERTURBED, len(numbers))))
    result = []
    for kind, change in KINDS.items():
        for number in chosen:
            text = change(rows[number]["text"], rng)
            if text != rows[number]["text"]:
                result.append({**rows[number], "text": text, "kind": kind, "source": number})
    return result


def _signal(signal: Signal | None) -> dict[str, Any] | None:
    if signal is None:
        return None
    return {"kind": signal.kind, "strength": signal.strength, "pattern_id": signal.pattern_id}


async def _ask(client: NluClient, rows: Sequence[dict[str, Any]], what: str, progress: Progress) -> None:
    """Parse each row one after the other; adds `ranking` (None where no answer came) and `milliseconds`."""
    for number, row in enumerate(rows, 1):
        started = time.perf_counter()
        try:
            ranking = await client.parse(row["text"])
            row["milliseconds"] = round((time.perf_counter() - started) * 1000, 3)
            row["ranking"] = [{"name": i.name, "confidence": round(i.confidence, 6)} for i in ranking]
        except NluUnavailableError:
            row |= {"ranking": None, "milliseconds": None}
        if number % 200 == 0 or number == len(rows):
            progress(f"{what}: {number}/{len(rows)}")


def _read(rows: Sequence[dict[str, Any]], net: SafetyNet, thresholds: Thresholds) -> None:
    """Add to each row what the bot acts on, what it heard, and what patterns and model alone would have heard."""
    deaf = SafetyNet([])
    for row in rows:
        ranking = [Ranked(i["name"], i["confidence"]) for i in row["ranking"]] if row["ranking"] else None
        both = understand(row["text"], ranking, net, thresholds)
        model = understand(row["text"], ranking, deaf, thresholds)
        row["acted_on"], row["also"] = both.label, list(both.also)
        row["signal"], row["patterns"] = _signal(both.signal), _signal(net.scan(row["text"]))
        row["model"] = _signal(model.signal)


def memory(pid: int) -> dict[str, float]:
    """MB (10^6 bytes) of a process and its children now (`rss`), and the most the process itself ever had (`peak`)."""
    megabytes = {"VmRSS": 0.0, "VmHWM": 0.0}
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in megabytes:
            megabytes[name] = round(int(value.split()[0]) * 1.024e-3, 1)
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    of_children = sum(memory(int(child))["rss"] for child in children)
    return {"rss": megabytes["VmRSS"] + of_children, "peak": megabytes["VmHWM"]}


async def measure(settings: Settings, progress: Progress, out: Path = REPORTS) -> None:
    """Start the embedded server, ask it everything, and write predictions.jsonl and run.json into `out`."""
    rows, run = held_out(), _about()
    started = time.perf_counter()
    trained_before = model_path(settings).exists()
    model = await train(settings, progress)
    run["training_seconds"] = None if trained_before else round(time.perf_counter() - started, 1)
    server = NluServer(settings, model)
    progress("Starting the NLU server ...")
    started = time.perf_counter()
    try:
        await server.start()
        run["ready_seconds"] = round(time.perf_counter() - started, 2)
        for number in range(WARM_UP_CALLS):
            await server.client.parse(rows[number * len(rows) // WARM_UP_CALLS]["text"])
        run["load_before"] = os.getloadavg()[0]
        await _ask(server.client, rows, "held-out messages", progress)
        assert server.pid
        run["memory_mb"] = memory(server.pid)
        changed = perturbed(rows)
        await _ask(server.client, changed, "perturbed messages", progress)
        run["load_after"] = os.getloadavg()[0]
        run["memory_mb_after"] = memory(server.pid)
    except NluUnavailableError as error:
        raise EvaluationError(f"The NLU server stopped answering: {error}") from None
    finally:
        await server.stop()
    _read([*rows, *changed], load_safety_net(), Thresholds())
    _write(out, [*rows, *changed], run)
    progress(f"{len(rows)} messages and {len(changed)} perturbed ones are in {out / 'predictions.jsonl'}")


def _write(out: Path, rows: Sequence[dict[str, Any]], run: dict[str, Any]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (out / "predictions.jsonl").write_text("".join(lines), encoding="utf-8")
    (out / "run.json").write_text(json.dumps(run, indent=2) + "\n", encoding="utf-8")


def _about() -> dict[str, Any]:
    """What the report has to know beside the rows."""
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "model": model_hash(),
        "cores": os.cpu_count(),
        "warm_up_calls": WARM_UP_CALLS,
        "thresholds": asdict(Thresholds()),
        "labels": list(LABELS),
        "themes": list(THEMES),
        "safety": list(SAFETY),
        "unsure": UNSURE,
    }


async def evaluate(settings: Settings, progress: Progress, baselines: bool = True, retrain: bool = False) -> None:
    """Measure, then let the NLU environment write the report. Raises EvaluationError or NluServerError.

    With `retrain` the model is trained anew in a temporary folder, so that the training time is measured.
    """
    if not settings.nlu_python.exists():
        raise NluServerError("The NLU environment is missing. Run 'make setup' once.")
    if retrain:
        with tempfile.TemporaryDirectory(prefix="hearts-") as folder:
            await measure(settings.model_copy(update={"hearts_home": Path(folder)}), progress)
    else:
        await measure(settings, progress)
    command = [str(settings.nlu_python), str(NLU / "evaluation.py"), "report", "--out", str(REPORTS)]
    command += [] if baselines else ["--no-baselines"]
    process = await asyncio.create_subprocess_exec(*command, cwd=NLU)
    try:
        code = await process.wait()
    except BaseException:
        if process.returncode is None:
            process.kill()
        raise
    if code:
        raise EvaluationError(f"Writing the report failed (code {code}); the rows are in {REPORTS}.")


def scan() -> None:
    """What the patterns hear in each text of standard input (a JSON string a line): "", "weak" or "strong"."""
    net = load_safety_net()
    for line in sys.stdin:
        signal = net.scan(json.loads(line))
        sys.stdout.write((signal.strength if signal else "") + "\n")


if __name__ == "__main__" and sys.argv[1:] == ["scan"]:
    scan()
