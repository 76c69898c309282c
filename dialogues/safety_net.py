"""Hear suicidal thoughts and abuse in a message without any model.

The patterns live in `safety_patterns/*.yaml`. They answer when the model is wrong or down, so nothing here depends on
it, and nothing does I/O but `load_safety_net`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from dialogues.safety_text import FILLERS, fold_letters, hear, normalise, squeeze

__all__ = ["Entry", "SafetyNet", "SafetyNetError", "Signal", "load_safety_net", "normalise"]

Kind = Literal["crisis", "abuse"]
Strength = Literal["strong", "weak"]
About = Literal["self", "other", "doer"]
DEFAULT_PATH = Path(__file__).parent / "safety_patterns"
WORDS_FILE = "words.yaml"

# Most serious first: this decides which of several signals `scan` returns.
_ORDER: tuple[tuple[str, ...], ...] = (("strong", "weak"), ("crisis", "abuse"), ("self", "other", "doer"))
# How far around a match `unless` looks inside its clause; a limit keeps the time in proportion to the text.
_AROUND = 300

Text = Annotated[str, StringConstraints(min_length=1)]
Sentences = Annotated[tuple[Text, ...], Field(min_length=4)]


class SafetyNetError(ValueError):
    """The pattern files are wrong; the message names the file and the entry."""


class Entry(BaseModel):
    """One way in which people say that they, or others, are in danger."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    kind: Kind
    strength: Strength
    about: About
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
    patterns: Annotated[tuple[Text, ...], Field(min_length=1)]
    unless: tuple[Text, ...] = ()
    hits: Sentences
    misses: Sentences

    def rank(self) -> tuple[int, ...]:
        """Where the entry stands among all, the most serious first."""
        values = (self.strength, self.kind, self.about)
        return tuple(order.index(value) for order, value in zip(_ORDER, values, strict=True))


@dataclass(frozen=True)
class Signal:
    """What was heard in a message, and which entry heard it."""

    kind: Kind
    strength: Strength
    about: About
    pattern_id: str
    language: str


# What no pattern may have: it could never match, or it could take very long.
_FORBIDDEN = (
    (re.compile(r"(?<!\\)[A-Z]"), "has an upper-case letter, which no message has by then"),
    (re.compile(r"\)[*+]|(?<!\\)\.[*+]|\{\d+,\}"), "repeats without a limit, which can be slow: use {0,n}"),
    (
        re.compile(r"([^\W\d_])\1[?*+{]"),
        "repeats a part of a double letter; messages have single letters by then",
    ),
    (re.compile(r"(?<!\\)([^\W\d_])\((?:\?:)?(?:[^()]*\|)?\1"), "has a double letter across a bracket"),
    (
        re.compile(rf"(?<![\\\w])(?:{'|'.join(sorted(FILLERS))})(?![\w?])"),
        "has a word that every message is rid of",
    ),
)


def _expand(source: str, words: dict[str, str]) -> str:
    """Put the shared words in and write the regex as messages are written: no accents, no double letters."""
    # "^.*" and ".*$" are how `unless` spans a whole clause; it runs seldom and on little text.
    bare = re.sub(r"^\^\.\*|\.\*\$$", "", source)
    for wrong, why in _FORBIDDEN:
        if wrong.search(bare):
            raise ValueError(f"{source!r} {why}")
    try:
        expanded = re.sub(r"<([a-z_]+)>", lambda found: words[found.group(1)], source)
    except KeyError as error:
        raise ValueError(f"{source!r} uses <{error.args[0]}>, which {WORDS_FILE} does not have") from error
    # ASCII stays: hyphens and backslashes mean something in a regex.
    return squeeze("".join(char if char.isascii() else fold_letters(char) for char in expanded))


def _compile(source: str, words: dict[str, str]) -> re.Pattern[str]:
    try:
        return re.compile(_expand(source, words))
    except re.error as error:
        raise ValueError(f"{source!r} is no regex: {error}") from error


class _Rule:
    """An entry with its regexes compiled."""

    def __init__(self, entry: Entry, words: dict[str, str]) -> None:
        if any(".*" in source for source in entry.patterns):
            raise ValueError('only `unless` may have ".*"')
        self.entry = entry
        self.signal = Signal(entry.kind, entry.strength, entry.about, entry.id, entry.language)
        self.patterns = [_compile(source, words) for source in entry.patterns]
        self.unless = [_compile(source, words) for source in entry.unless]
        self.source = "|".join(f"(?:{pattern.pattern})" for pattern in self.patterns)

    @cached_property
    def any(self) -> re.Pattern[str]:
        """All patterns in one; most rules are never asked, so it is made when it is."""
        return re.compile(self.source)

    def fires(self, line: str) -> bool:
        """Whether a pattern matches where no `unless` touches it."""
        if not self.any.search(line):
            return False
        return any(not self._silenced(line, m) for pattern in self.patterns for m in pattern.finditer(line))

    def _silenced(self, line: str, match: re.Match[str]) -> bool:
        """Whether an `unless` overlaps or adjoins the match, looking no further than its clause."""
        # A bracketed part is what has to be touched: "he never listens and (hits me)" is no "he never hits me".
        start, end = match.span(1) if match.re.groups and match.start(1) >= 0 else match.span()
        before, after = line[max(0, start - _AROUND) : start], line[end : end + _AROUND]
        before = re.split(r" but | \. ", before)[-1]
        after = re.split(r" but | \.", after, maxsplit=1)[0]
        left, right = len(before), len(before) + end - start
        clause = before + line[start:end] + after
        found = (hit.span() for unless in self.unless for hit in unless.finditer(clause))
        return any(begins <= right and ends >= left for begins, ends in found)


class SafetyNet:
    """All entries, ready to listen. Make one with `load_safety_net` and keep it: compiling takes a moment."""

    def __init__(self, rules: Iterable[_Rule]) -> None:
        self._rules = sorted(rules, key=lambda rule: (rule.entry.rank(), rule.entry.language != "en"))
        # One regex per language says "nothing here" to nearly every message, ten times faster than all the entries.
        self._gates = {
            language: re.compile("|".join(r.source for r in self._rules if r.entry.language == language))
            for language in sorted({rule.entry.language for rule in self._rules})
        }

        # A message is scanned when it comes in and again in its turn, a moment later.
        self._heard = lru_cache(maxsize=64)(self._listen)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries that were read, the most serious first."""
        return tuple(rule.entry for rule in self._rules)

    def scan(self, text: str) -> Signal | None:
        """Return the most serious signal in a message (strong before weak, crisis before abuse), or None."""
        return self._heard(text)

    def _listen(self, text: str) -> Signal | None:
        line = hear(text)
        heard = {language for language, gate in self._gates.items() if gate.search(line)}
        return next((r.signal for r in self._rules if r.entry.language in heard and r.fires(line)), None)


def _read(file: Path) -> Any:
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise SafetyNetError(f"{file.name}: cannot be read: {error}") from error


def _read_words(file: Path) -> dict[str, str]:
    """The shared words of the patterns; each may use those above it."""
    words: dict[str, str] = {}
    raw = _read(file) if file.exists() else {}
    if not isinstance(raw, dict) or not all(isinstance(part, str) for pair in raw.items() for part in pair):
        raise SafetyNetError(f"{file.name}: must be a mapping of names to regexes")
    for name, source in raw.items():
        try:
            words[name] = _expand(source, words)
            re.compile(words[name])
        except (ValueError, re.error) as error:
            raise SafetyNetError(f"{file.name}: entry {name!r}: {error}") from error
    return words


def _read_rules(file: Path, words: dict[str, str]) -> list[_Rule]:
    raw = _read(file)
    if not isinstance(raw, list) or not raw:
        raise SafetyNetError(f"{file.name}: must be a list of entries")
    rules: list[_Rule] = []
    for number, item in enumerate(raw, start=1):
        name = item.get("id", f"number {number}") if isinstance(item, dict) else f"number {number}"
        try:
            rules.append(_Rule(Entry.model_validate(item), words))
        except ValueError as error:  # pydantic's error is one, too
            raise SafetyNetError(f"{file.name}: entry {name!r}: {error}") from error
    return rules


def load_safety_net(path: Path | None = None) -> SafetyNet:
    """Read one pattern file, or all in a folder (the default: the project's own), and compile them.

    Raises `SafetyNetError`, which names the file and the entry, when anything in them is wrong.
    """
    path = path or DEFAULT_PATH
    folder = path if path.is_dir() else path.parent
    files = sorted(file for file in path.glob("*.yaml") if file.name != WORDS_FILE) if path.is_dir() else [path]
    if not files:
        raise SafetyNetError(f"{path}: no pattern files")
    words = _read_words(folder / WORDS_FILE)
    rules: dict[str, _Rule] = {}
    for file in files:
        for rule in _read_rules(file, words):
            if rules.setdefault(rule.entry.id, rule) is not rule:
                raise SafetyNetError(f"{file.name}: entry {rule.entry.id!r}: the id is taken")
    return SafetyNet(rules.values())
