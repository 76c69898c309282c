"""Who is writing: heard in passing in what people write, so that the words fit them. The patterns stand in `who.yaml`.

Nobody is asked and nothing is announced; what is heard picks the variants that guides and themes have for
`unfaithful` (broke trust themself), `mistrusted` (is doubted) and `for_other` (asks for somebody else), and the
situation where it was not set. Where two things are heard that do not go together, or nothing fits any more, the
plain words come back: they suit everybody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from dialogues.content import Who
from dialogues.reading import load_model
from dialogues.state import Situation, State
from dialogues.wording import PARTNERS, person_in

FILE = Path(__file__).parent / "who.yaml"
Side = Literal["unfaithful", "mistrusted", "for_other", "hurt", "doubting", "self"]
"""What can be heard. hurt: the other one did it; doubting: the writer is the one who doubts; self: no friend, but me."""
MAX_CORRECTION = 9
"""Words up to which a message that puts us right is nothing but that."""
MOST = 1200
"""Characters of a message that are looked at; who somebody is stands at its beginning."""
_WORD = re.compile(r"<(\w+)>")
_QUOTED = re.compile(r"[“\"«][^”\"»]*[”\"»]")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    patterns: tuple[str, ...]
    before: str = ""
    unless: tuple[str, ...] = ()
    hits: tuple[str, ...]
    misses: tuple[str, ...]


class HeardAs(_Entry):
    """How people say on which side they stand."""

    who: Side


class LivesAs(_Entry):
    """How people say in passing how they live."""

    is_: Situation

    @classmethod
    def from_yaml(cls, value: Any) -> Any:
        return {("is_" if key == "is" else key): item for key, item in value.items()}


class WhoFile(BaseModel):
    """The file `who.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: dict[str, str]
    heard: tuple[HeardAs, ...]
    situation: tuple[Annotated[LivesAs, BeforeValidator(LivesAs.from_yaml)], ...]
    correction: tuple[str, ...]
    somebody_else: tuple[str, ...]
    asides: tuple[str, ...]

    def compiled(self, patterns: tuple[str, ...]) -> re.Pattern[str] | None:
        """One pattern for all of `patterns`, with its <words> put in. Raises KeyError for a word that is not there."""

        def put_in(text: str) -> str:
            while _WORD.search(text):
                text = _WORD.sub(lambda match: f"(?:{self.words[match[1]].strip()})", text)
            return text

        wanted = [put_in(pattern) for pattern in patterns if pattern]
        return re.compile("|".join(f"(?:{pattern})" for pattern in wanted)) if wanted else None


@dataclass(frozen=True)
class _Ear:
    """One entry, compiled."""

    name: str
    pattern: re.Pattern[str]
    before: re.Pattern[str] | None
    unless: re.Pattern[str] | None

    def hears(self, sentence: str) -> bool:
        if self.unless and self.unless.search(sentence):
            return False
        for match in self.pattern.finditer(sentence):
            if not (self.before and self.before.search(sentence[: match.start()].rstrip(" ,"))):
                return True
        return False


@cache
def load() -> WhoFile:
    """The patterns. Raises ContentError with file, line and what was expected where the file is wrong."""
    return load_model(FILE, WhoFile)


@cache
def _ears(kind: Literal["heard", "situation"]) -> tuple[_Ear, ...]:
    file = load()
    entries: tuple[_Entry, ...] = file.heard if kind == "heard" else file.situation
    ears = []
    for entry in entries:
        name = entry.who if isinstance(entry, HeardAs) else entry.is_ if isinstance(entry, LivesAs) else ""
        pattern = file.compiled(entry.patterns)
        if pattern is not None:
            ears.append(_Ear(name, pattern, file.compiled((entry.before,)), file.compiled(entry.unless)))
    return tuple(ears)


@cache
def _any_of(name: Literal["correction", "somebody_else", "asides"]) -> re.Pattern[str]:
    file = load()
    return file.compiled(getattr(file, name)) or re.compile(r"(?!)")


def _sentences(text: str) -> list[str]:
    text = re.sub("[’']", "", _QUOTED.sub(" ", text[:MOST].lower().replace("’", "'")))
    parts = (re.sub(r"[^\w\s,-]", " ", part) for part in re.split(r"[.!?;\n…]+", text))
    return [" ".join(part.split()).strip(" ,-") for part in parts if part.strip()]


def sides(text: str) -> frozenset[Side]:
    """Every side that the writer of `text` says they stand on."""
    sentences = _sentences(text)
    return frozenset(ear.name for ear in _ears("heard") if any(map(ear.hears, sentences)))  # type: ignore[misc]


def situation_in(text: str) -> Situation | None:
    """How the writer says they live: "I'm single". None where nothing is said of it, or a partner is named as well."""
    sentences = _sentences(text)
    found = next((ear.name for ear in _ears("situation") if any(map(ear.hears, sentences))), None)
    named = (person_in(text) or "").removeprefix("your ")
    return None if found == "single" and named in PARTNERS - {"ex"} else found  # type: ignore[return-value]


def is_correction(text: str) -> bool:
    """Whether a short message does nothing but put right on which side the writer stands ("no, it was him")."""
    sentences = _sentences(text)
    short = len(text.split()) <= MAX_CORRECTION
    return short and bool(sides(text)) and any(map(_any_of("correction").search, sentences))


def who_after(state: State, text: str) -> Who | None:
    """Who is writing, after `text`: what it says, else what was known, unless it is about somebody else now."""
    heard = sides(text)
    if "unfaithful" in heard:
        return None if "hurt" in heard else "unfaithful"
    if "for_other" in heard:
        return "for_other"
    if "hurt" in heard:
        return None
    if "mistrusted" in heard:
        return "mistrusted"
    if state.who == "for_other" and ("self" in heard or _speaks_of_self(text)):
        return None
    if state.who in ("mistrusted", "for_other") and "doubting" in heard:
        return None
    return None if _is_about_somebody_else(state, text) else state.who


def _is_about_somebody_else(state: State, text: str) -> bool:
    """Whether the message names other people than before: a boss, a mother, another partner."""
    named = person_in(text)
    if state.who == "for_other":
        return named is not None and state.person is not None and named != state.person
    if named is not None and named == state.person:
        return False
    other = any(map(_any_of("somebody_else").search, _sentences(text)))
    return other and (named is None or named != state.person)


def _speaks_of_self(text: str) -> bool:
    """Whether the writer speaks of themself and not only as the one who looks on."""
    rest = " ".join(_any_of("asides").sub(" ", sentence) for sentence in _sentences(text))
    return bool(re.search(r"\b(i|im|ive|id|me|my|mine|myself|we|us|our)\b", rest))
