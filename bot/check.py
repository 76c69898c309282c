"""`hearts check`: everything that can be wrong with content, helplines and examples, found before a user finds it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import yaml

from bot.outgoing import LIMIT
from bot.settings import PROJECT
from dialogues import manager
from dialogues.content import Content, ContentError, Guide, Step, load_content
from dialogues.events import Command, Press
from dialogues.helplines import problems as helpline_problems
from dialogues.labels import LABELS, THEMES
from dialogues.safety_net import load_safety_net
from dialogues.state import State
from dialogues.wording import slots_of

TRAINING = PROJECT / "data" / "nlu"
EVALUATION = PROJECT / "data" / "evaluation"
DIALOGUES = PROJECT / "dialogues"
PROFILE_SLOTS = {"partner", "name"}
MAX_WORDS = 60
MAX_CALLBACK_BYTES = 64
MAX_CRAWLED = 20_000

FORBIDDEN = {
    "a diagnosis": r"\b(narcissis\w*|gaslight\w*|codependen\w*|toxic|borderline|bipolar|psychopath\w*|paranoid|disorder)\b",
    "an order": r"\byou (must|should|have to|need to|ought to)\b",
    "unsafe words about suicide": r"\b(commit(ted|ting)? suicide|(failed|successful) (attempt|suicide)|selfish|attention[- ]seek\w*|"
    r"do anything stupid)\b",
    "a promise": r"\b(i promise|guarantee\w*|will work|cure[sd]?)\b",
    "dependence": r"\b(i missed you|i love you|proud of you|your streak)\b",
    "an assumption of gender": r"\b(your (husband|wife|boyfriend|girlfriend)|he or she|himself|herself)\b",
}
"""What no text of ours says, and why (CARE A5, B3, B13, C3, C4; the bot's voice)."""


def problems(today: date | None = None) -> list[str]:
    """Every problem found, one line each; empty where all is sound."""
    try:
        content = load_content()
    except (ContentError, ValueError) as error:
        return [str(error)]
    found = list(_of_texts(content))
    found += _of_guides(content)
    found += _of_phrases(content)
    found += _of_buttons(content)
    found += helpline_problems(content.helplines, today or datetime.now(UTC).date())
    found += _of_examples()
    try:
        load_safety_net()
    except ValueError as error:
        found.append(str(error))
    return found


def texts(content: Content) -> Iterator[tuple[str, str]]:
    """Every text that can be said, with the place where it stands."""
    for guide in content.guides.values():
        yield f"guides/{guide.id}.yaml: intro", guide.intro
        for step in guide.steps:
            for key, text in _step_texts(step):
                yield f"guides/{guide.id}.yaml: {step.id}.{key}", text
    for theme in content.themes.values():
        groups = {"empathy": theme.empathy, "question": theme.question, "article": theme.article}
        groups |= {f"adapt.{who}": variants for who, variants in theme.adapt.items()}
        groups |= {f"question_for.{who}": variants for who, variants in theme.question_for.items()}
        for key, variants in groups.items():
            for text in variants:
                yield f"themes/{theme.id}.yaml: {key}", text
        for guides in (theme.guides, *theme.guides_for.values()):
            for guide_id, reason in guides.items():
                yield f"themes/{theme.id}.yaml: guides.{guide_id}", reason
    for key, variants in content.phrases.items():
        for text in variants:
            yield f"phrases/{key.replace('.', '.yaml: ', 1)}", text


def _step_texts(step: Step) -> Iterator[tuple[str, str]]:
    for key, variants in {"say": step.say, "card": step.card or (), "heard": step.heard or ()}.items():
        for text in variants:
            yield key, text
    for who, variants in step.adapt.items():
        for text in variants:
            yield f"adapt.{who}", text
    for key, single in {"clarify": step.clarify, "short": step.short}.items():
        if single:
            yield key, single


def _of_texts(content: Content) -> Iterator[str]:
    for place, text in texts(content):
        for what, pattern in FORBIDDEN.items():
            if match := re.search(pattern, text, re.IGNORECASE):
                yield f"{place}: '{match.group()}' is {what}"
        longest = 110 if "privacy" in place else 75 if "account" in place or "safety" in place else MAX_WORDS
        if len(text.split()) > longest:
            yield f"{place}: {len(text.split())} words, at most {longest}"
        if len(text) > LIMIT:
            yield f"{place}: {len(text)} characters, Telegram takes {LIMIT}"
        if text.count("?") > 1:
            yield f"{place}: {text.count('?')} questions, at most one at a time"
        paragraphs = text.count("\n\n") + 1
        if paragraphs > 3 and not place.endswith(".card"):  # a card's optional lines are paragraphs of their own
            yield f"{place}: {paragraphs} paragraphs, at most 3"


def _of_guides(content: Content) -> Iterator[str]:
    names: dict[str, str] = {}
    for guide in content.guides.values():
        saved = {step.save for step in guide.steps if step.save} | PROFILE_SLOTS
        for step in guide.steps:
            for key, text in _step_texts(step):
                for slot in slots_of(text) - PROFILE_SLOTS:
                    yield f"guides/{guide.id}.yaml: {step.id}.{key}: {{{slot}}} needs a fallback: people may skip any step"
                for slot in set(re.findall(r"\{([a-z_0-9]+)", text)) - saved:
                    yield f"guides/{guide.id}.yaml: {step.id}.{key}: {{{slot}}} is saved by no step"
            action = f"g:{guide.id}:{step.id}:r10"
            if len(action.encode()) > MAX_CALLBACK_BYTES:
                yield f"guides/{guide.id}.yaml: {step.id}: id too long for a Telegram button"
        for name in guide.names:
            if names.setdefault(name, guide.id) != guide.id:
                yield f"guides/{guide.id}.yaml: names: '{name}' also opens {names[name]}"
        for length in _path_lengths(guide):
            if length > 11:
                yield f"guides/{guide.id}.yaml: a path of {length} messages; a session has at most 12 with the end"
                break
    covered = {guide.id for guide in content.guides.values()}
    for theme in THEMES:
        if not covered & set(content.themes[theme].guides):
            yield f"themes/{theme}.yaml: no guide"


def _path_lengths(guide: Guide) -> set[int]:
    lengths: set[int] = set()
    todo: list[tuple[Step, int]] = [(guide.steps[0], 1)]
    while todo:
        step, length = todo.pop()
        following = {id(after): after for option in (*step.options, None) if (after := guide.after(step, option))}
        if step.kind == "choose":
            following = {id(after): after for option in step.options if (after := guide.after(step, option))}
        if not following or length > 20:
            lengths.add(length)
        todo += [(after, length + 1) for after in following.values() if length <= 20]
    return lengths


def _of_phrases(content: Content) -> Iterator[str]:
    """Phrases that the code names must exist."""
    for path in sorted(DIALOGUES.glob("*.py")):
        source = path.read_text(encoding="utf-8")
        for key in re.findall(r"""(?:say|phrase)\(\s*"([a-z_]+\.[a-z_]+)\"""", source):
            if key not in content.phrases:
                yield f"{path.name}: phrase '{key}' is in no file of phrases/"


def _of_buttons(content: Content) -> Iterator[str]:
    """Press every button that can be reached by pressing buttons: each must lead to an answer and fit Telegram."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    seen: set[str] = set()
    begin = manager.step(content, State(), Command("start"), now)
    todo = [(begin.state, button.action) for reply in begin.replies for button in reply.buttons]
    while todo and len(seen) < MAX_CRAWLED:
        state, action = todo.pop()
        if action in seen:
            continue
        seen.add(action)
        if len(action.encode()) > MAX_CALLBACK_BYTES:
            yield f"button '{action}' is longer than {MAX_CALLBACK_BYTES} bytes"
        verb = action.partition(":")[0]
        if verb not in manager.ACTIONS and verb not in manager.FREE and verb != "consent":
            yield f"button '{action}' leads nowhere"
            continue
        try:
            turn = manager.step(content, state, Press(action), now)
        except (LookupError, ValueError) as error:
            yield f"button '{action}' fails: {error!r}"
            continue
        todo += [(turn.state, button.action) for reply in turn.replies for button in reply.buttons]


def examples(folder: Path) -> Iterator[tuple[str, str, str]]:
    """(text, label, file) of every example below `folder`."""
    for path in sorted(folder.glob("*.yml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            for line in entry["examples"].splitlines():
                if line.startswith("- "):
                    yield line[2:].strip(), entry["intent"], path.name


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.lower().replace("'", "").replace("’", "")))


def _of_examples() -> Iterator[str]:
    """Unknown labels, near-duplicates, and examples that are in the evaluation data too."""
    rows = [(text, label, f"nlu/{file}") for text, label, file in examples(TRAINING)]
    held_out = [(text, label, f"evaluation/{file}") for text, label, file in examples(EVALUATION)]
    for text, label, file in rows + held_out:
        if label not in LABELS:
            yield f"{file}: unknown label '{label}'"
        if not text:
            yield f"{file}: an empty example of {label}"
    yield from near_duplicates(rows + held_out)


def near_duplicates(rows: list[tuple[str, str, str]], same: float = 0.85) -> Iterator[str]:
    """Pairs whose words are the same to that share (Jaccard). One- and two-word examples count where equal.

    The same short word may be an example twice in different files ("thanks"), but not under two labels and not in
    training and evaluation.
    """
    index: dict[str, list[int]] = defaultdict(list)
    sets = [_words(text) for text, _, _ in rows]
    frequency: dict[str, int] = defaultdict(int)
    for words in sets:
        for word in words:
            frequency[word] += 1
    for number, words in enumerate(sets):
        # two sets that share 85 % share a word among the rarest fifth of each
        rarest = sorted(words, key=lambda word: (frequency[word], word))[
            : max(1, len(words) - int(same * len(words)) + 1)
        ]
        candidates = {other for word in rarest for other in index[word]}
        for word in rarest:
            index[word].append(number)
        for other in sorted(candidates):
            union = len(words | sets[other])
            if union and len(words & sets[other]) / union >= same:
                text, label, file = rows[number]
                _, other_label, other_file = rows[other]
                short = len(words) < 4
                apart = file.split("/")[0] != other_file.split("/")[0]
                if not short or label != other_label or (apart and len(words) > 2):
                    yield f"{file}: '{text[:60]}' ({label}) is nearly in {other_file} too ({other_label})"
