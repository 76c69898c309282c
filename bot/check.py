"""`hearts check`: everything that can be wrong with content, helplines and examples, found before a user finds it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import get_args

import yaml

from bot import coverage, graph, safety_table, words
from bot.settings import PROJECT
from dialogues import manager
from dialogues.content import Content, Guide, Step, load_content
from dialogues.events import Command, Kept, Press, Prompt, PromptKind
from dialogues.helplines import problems as helpline_problems
from dialogues.labels import LABELS, THEMES
from dialogues.reading import ContentError, line_of
from dialogues.safety_net import load_safety_net
from dialogues.state import Daily, Reminder, State
from dialogues.wording import slots_of

TRAINING = PROJECT / "data" / "nlu"
EVALUATION = PROJECT / "data" / "evaluation"
DIALOGUES = PROJECT / "dialogues"
PROFILE_SLOTS = {"partner", "name"}
PICTURE = PROJECT / "docs" / "guides.svg"
MAX_CALLBACK_BYTES = 64
MAX_CRAWLED = 20_000

PROMPTS = ("reminders.prompt", "reminders.still_wanted", "checkin.prompt", "checkin.prompt_once")
"""What messages begin with that come by themselves."""
LOCK_SCREEN = 60
"""Characters of a message that a locked phone shows to whoever looks at it."""
REVEALING = re.compile(
    r"\b(trust\w*|partners?|lov\w+|heal\w*|relationships?|moods?|feel\w*|check-?ins?|couples?|cris[ei]s|safe\w*|therap\w+|"
    r"jealous\w*|abus\w+|thank\w*|appreciat\w+)\b|\{",
    re.IGNORECASE,
)
IDEAS = ("ideas.partnered", "ideas.single")
MIN_IDEAS, MAX_IDEA_WORDS = 52, 40
"""One for each week of a year, before the first comes again."""


def problems(today: date | None = None) -> list[str]:
    """Every problem found, one line each; empty where all is sound."""
    try:
        content = load_content()
    except ContentError as error:
        return str(error).splitlines()
    found = list(of_texts(content))
    found += _of_guides(content)
    found += coverage.gaps(content)
    found += of_picture(content)
    found += _of_phrases(content)
    found += _of_prompts(content)
    found += _of_buttons(content)
    found += helpline_problems(content.helplines, today or datetime.now(UTC).date())
    found += _of_examples()
    found += safety_table.problems()
    try:
        load_safety_net()
    except ValueError as error:
        found.append(str(error))
    return found


def of_texts(content: Content) -> Iterator[str]:
    for said in words.everything_said(content):
        for fault in words.faults(said):
            yield f"{said.file}:{line_of(DIALOGUES / said.file, said.location)}: {said.key}: {fault}"
    yield from words.hard_to_read(content)


def _of_guides(content: Content) -> Iterator[str]:
    names: dict[str, str] = {}
    for guide in content.guides.values():
        saved = {step.save for step in guide.steps if step.save} | PROFILE_SLOTS
        for number, step in enumerate(guide.steps):
            for key, variants in words.texts_of(step).items():
                text = "\n".join(variants)
                wrong = [
                    f"{{{slot}}} needs a fallback: people may skip any step" for slot in slots_of(text) - PROFILE_SLOTS
                ]
                wrong += [
                    f"{{{slot}}} is saved by no step" for slot in set(re.findall(r"\{([a-z_0-9]+)", text)) - saved
                ]
                for problem in wrong:
                    line = line_of(DIALOGUES / "guides" / f"{guide.id}.yaml", ("steps", number, *key.split(".")))
                    yield f"guides/{guide.id}.yaml:{line}: {step.id}.{key}: {problem}"
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


def _of_prompts(content: Content) -> Iterator[str]:
    """What comes by itself gives nothing away on a lock screen, and has an idea for every week."""
    for key in PROMPTS:
        for text in content.phrases[key]:
            begins = text[:LOCK_SCREEN]
            if len(begins) < LOCK_SCREEN or "\n" in begins:
                yield f"phrases/{key}: the first paragraph needs at least {LOCK_SCREEN} characters"
            if revealing := REVEALING.search(begins):
                yield f"phrases/{key}: '{revealing.group()}' stands on a lock screen"
    for key in IDEAS:
        ideas = content.phrases[key]
        if len(set(ideas)) < max(MIN_IDEAS, len(ideas)):
            yield f"phrases/{key}: {len(set(ideas))} different ideas of {len(ideas)}, at least {MIN_IDEAS} are needed"
        for text in ideas:
            if len(text.split()) > MAX_IDEA_WORDS:
                yield f"phrases/{key}: {len(text.split())} words, at most {MAX_IDEA_WORDS}: {text[:40]} ..."


def _of_buttons(content: Content) -> Iterator[str]:
    """Press every button that can be reached by pressing buttons: each must lead to an answer and fit Telegram."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    seen: set[str] = set()
    begin = manager.step(content, State(), Command("start"), now)
    met = State(
        met=True, consent=True, zone="UTC", reminder=Reminder(weekday=3, hour=19), daily=Daily(hour=20, days=(0,))
    )
    due = [manager.step(content, met, Prompt(kind), now) for kind in get_args(PromptKind)]
    todo = [(turn.state, button.action) for turn in (begin, *due) for reply in turn.replies for button in reply.buttons]
    while todo and len(seen) < MAX_CRAWLED:
        state, action = todo.pop()
        if action in seen:
            continue
        seen.add(action)
        if len(action.encode()) > MAX_CALLBACK_BYTES:
            yield f"button '{action}' is longer than {MAX_CALLBACK_BYTES} bytes"
        verb = action.partition(":")[0]
        if verb not in manager.ACTIONS:
            yield f"button '{action}' leads nowhere"
            continue
        try:
            turn = manager.step(content, state, Press(action), now, Kept(1))
        except (LookupError, ValueError) as error:
            yield f"button '{action}' fails: {error!r}"
            continue
        todo += [(turn.state, button.action) for reply in turn.replies for button in reply.buttons]


def of_picture(content: Content, picture: Path = PICTURE) -> Iterator[str]:
    """Whether the picture of the guides in docs/ shows them as they are."""
    if not picture.exists() or picture.read_text(encoding="utf-8") != graph.draw(content):
        yield f"docs/{picture.name} is not up to date: run `hearts check --graph docs/{picture.name}`"


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
    """Pairs whose words are the same to that share (Jaccard), or whose letters are ("check-in" and "checkin").
    One- and two-word examples count where equal.

    The same short word may be an example twice in different files ("thanks"), but not under two labels and not in
    training and evaluation.
    """
    index: dict[str, list[int]] = defaultdict(list)
    sets = [_words(text) for text, _, _ in rows]
    letters = ["".join(re.findall(r"\w", text.lower())) for text, _, _ in rows]
    spelt: dict[str, list[int]] = defaultdict(list)
    frequency: dict[str, int] = defaultdict(int)
    for one in sets:
        for word in one:
            frequency[word] += 1
    for number, one in enumerate(sets):
        # two sets that share 85 % share a word among the rarest fifth of each
        rarest = sorted(one, key=lambda word: (frequency[word], word))[: max(1, len(one) - int(same * len(one)) + 1)]
        candidates = {other for word in rarest for other in index[word]}
        for word in rarest:
            index[word].append(number)
        if letters[number]:
            candidates.update(spelt[letters[number]])
            spelt[letters[number]].append(number)
        for other in sorted(candidates):
            union = len(one | sets[other])
            if letters[number] == letters[other] or (union and len(one & sets[other]) / union >= same):
                text, label, file = rows[number]
                other_text, other_label, other_file = rows[other]
                short = len(one) < 4
                apart = file.split("/")[0] != other_file.split("/")[0]
                if apart:  # Held-out texts are never shown: who writes examples must not read them.
                    yield f"{other_file}: '{other_text[:60]}' ({other_label}) is nearly in {file} too: write another"
                elif not short or label != other_label:
                    yield f"{file}: '{text[:60]}' ({label}) is nearly in {other_file} too ({other_label})"
