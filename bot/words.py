"""The bot's voice as far as it can be counted: length, questions, reading age, and words that no text of ours says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.outgoing import LIMIT
from bot.readability import counted, reading_age
from dialogues.content import Content, Guide, Step, Theme
from dialogues.reading import Location

MAX_WORDS = 60
LONGER = {"privacy": 110, "account": 75, "safety": 75}
"""Words where more has to be said at once: what is kept, first words and settings, and what comes with numbers."""
MAX_PARAGRAPHS = 3
MAX_AGE = 12.0
"""Reading age of all texts of a file together."""
MAX_AGE_OF_ONE = 13.0
"""Reading age of a single text, from ENOUGH_WORDS on: of fewer words, and of one sentence, a formula says little."""
ENOUGH_WORDS = 20

FORBIDDEN = {
    "a diagnosis": r"\b(narcissis\w*|gaslight\w*|codependen\w*|toxic|borderline|bipolar|(psycho|socio)path\w*|paranoi\w*|disorder\w*|"
    r"ptsd|ocd|adhd|depress(ed|ion|ive)|trauma\w*|neuro(tic|sis)|delusion\w*|hysteri\w*|attachment style|addict\w*|mentally ill|"
    r"abuser|perpetrator)\b",
    "an order": r"\byou (must|should|have to|need to|ought to|had better|better)\b|\byou'd better\b|"
    r"(?:^|[.!?”] )(stop (it|being|\w+ing)|calm down|get over|man up|cheer up|move on|don't be)\b",
    "blame": r"(?<!not )(?<!n't )\b(your|their) own (fault|doing)\b|\b(is|was|it's|that's) (all )?your fault\b|"
    r"\byou (caused|provoked|asked for it|brought (this|it) on|let (this|it) happen|always|never)\b|\boverreact\w*|"
    r"\btoo (sensitive|needy|clingy|emotional)\b|\b(clingy|needy)\b",
    "unsafe words about suicide": r"\b(commit(ted|ting)? suicide|(failed|successful) (attempt|suicide)|selfish|attention[- ]seek\w*|"
    r"do anything stupid)\b",
    "a promise": r"\b(i promise|guarantee\w*|will work|cure[sd]?)\b",
    "dependence": r"\b(i missed you|i love you|proud of you|your streak)\b",
    "an assumption of gender": r"\b(he|she|him|his|hers?|husband|wife|wives|boyfriend|girlfriend|himself|herself|men|women|"
    r"ladies|guys|opposite sex)\b",
    "an assumption of marriage": r"\byour (marriage|spouse|wedding|vows)\b",
}
"""What no text of ours says, and why (CARE A5, B3, B13, B15, C3, C4; the bot's voice)."""


@dataclass(frozen=True)
class Said:
    """A text that can be said: the file below `dialogues/`, what an author calls the place, and where exactly it stands."""

    file: str
    key: str
    location: Location
    text: str


def everything_said(content: Content) -> Iterator[Said]:
    """Every text that the bot can say."""
    for guide in content.guides.values():
        yield from _of_guide(guide)
    for theme in content.themes.values():
        yield from _of_theme(theme)
    for name, variants in content.phrases.items():
        file, key = name.split(".", 1)
        yield from _each(f"phrases/{file}.yaml", key, (key,), variants)
    for index, point in enumerate(content.article.points):
        yield Said("article.yaml", f"{point.id}.says", ("points", index, "says"), point.says)


def _each(file: str, key: str, location: Location, variants: tuple[str, ...]) -> Iterator[Said]:
    for index, text in enumerate(variants):
        yield Said(file, key, (*location, index), text)


def _of_guide(guide: Guide) -> Iterator[Said]:
    file = f"guides/{guide.id}.yaml"
    yield Said(file, "intro", ("intro",), guide.intro)
    for number, step in enumerate(guide.steps):
        for key, variants in texts_of(step).items():
            yield from _each(file, f"{step.id}.{key}", ("steps", number, *key.split(".")), variants)
        for index, option in enumerate(step.options):
            for part in ("label", "keep"):
                if text := getattr(option, part):
                    location = ("steps", number, "options", index, part)
                    yield Said(file, f"{step.id}.options.{part}", location, text)


def texts_of(step: Step) -> Mapping[str, tuple[str, ...]]:
    """What a step says, by key."""
    found = {"say": step.say, "card": step.card or (), "heard": step.heard or ()}
    found |= {f"adapt.{who}": variants for who, variants in step.adapt.items()}
    return found | {key: (text,) for key, text in {"clarify": step.clarify, "short": step.short}.items() if text}


def _of_theme(theme: Theme) -> Iterator[Said]:
    file = f"themes/{theme.id}.yaml"
    yield Said(file, "named", ("named",), theme.named)
    yield from _each(file, "empathy", ("empathy",), theme.empathy)
    for who, variants in theme.adapt.items():
        yield from _each(file, f"adapt.{who}", ("adapt", who), variants)
    yield from _each(file, "question", ("question",), theme.question)
    for who, variants in theme.question_for.items():
        yield from _each(file, f"question_for.{who}", ("question_for", who), variants)
    yield from _each(file, "article", ("article",), theme.article)
    for guide_id, reason in theme.guides.items():
        yield Said(file, f"guides.{guide_id}", ("guides", guide_id), reason)
    for who, guides in theme.guides_for.items():
        for guide_id, reason in guides.items():
            yield Said(file, f"guides_for.{who}.{guide_id}", ("guides_for", who, guide_id), reason)


def faults(said: Said) -> Iterator[str]:
    """What is wrong with one text, in words for its author."""
    text = said.text
    for what, pattern in FORBIDDEN.items():
        if match := re.search(pattern, text.replace("’", "'"), re.IGNORECASE):
            yield f"'{match.group().strip(' .!?”')}' is {what}"
    longest = next((words for name, words in LONGER.items() if said.file == f"phrases/{name}.yaml"), MAX_WORDS)
    if len(text.split()) > longest:
        yield f"{len(text.split())} words, at most {longest}"
    if len(text) > LIMIT:
        yield f"{len(text)} characters, Telegram takes {LIMIT}"
    if text.count("?") > 1:
        yield f"{text.count('?')} questions, at most one at a time"
    paragraphs = text.count("\n\n") + 1
    if paragraphs > MAX_PARAGRAPHS and not said.key.endswith(
        ".card"
    ):  # a card's optional lines are paragraphs of their own
        yield f"{paragraphs} paragraphs, at most {MAX_PARAGRAPHS}"
    plain = as_read(text)
    if counted(plain)[1] >= ENOUGH_WORDS and reading_age(plain) > MAX_AGE_OF_ONE:
        yield f"reading age {reading_age(plain):.1f}, at most {MAX_AGE_OF_ONE:g}: shorter sentences, shorter words"


def hard_to_read(content: Content) -> Iterator[str]:
    """Files whose texts together ask for more than MAX_AGE years."""
    for file, age in ages(content).items():
        if age > MAX_AGE:
            yield f"{file}: reading age {age:.1f} of all texts together, at most {MAX_AGE:g}"


def ages(content: Content) -> Mapping[str, float]:
    """Reading age of each file's texts together."""
    by_file: dict[str, list[str]] = {}
    for said in everything_said(content):
        by_file.setdefault(said.file, []).append(as_read(said.text))
    return {file: reading_age("\n".join(texts)) for file, texts in by_file.items()}


def as_read(text: str) -> str:
    """A text as somebody reads it who left the optional parts out; a slot reads as its fallback or as one word."""
    text = re.sub(r"\[\[.*?\]\]", "", text, flags=re.DOTALL)
    text = re.sub(r"\{[a-z_0-9]+\|([^}]*)\}", r"\1", text)
    return re.sub(r"\{[a-z_0-9]+\}", "something", text)
