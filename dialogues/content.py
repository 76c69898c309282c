"""The content's shape: pydantic models of every YAML file in this package, and the loader that validates them.

Authors edit YAML; a wrong key, a missing text or a button that leads nowhere fails here, at load, with file and key.
`docs/writing-a-guide.md` explains the fields with examples.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SkipValidation, ValidationError, model_validator

from dialogues.helplines import Helplines, load_helplines
from dialogues.labels import THEMES

FOLDER = Path(__file__).parent
MAX_BUTTON = 32
"""Characters of a button label that stay readable on a narrow phone."""


class ContentError(ValueError):
    """A content file is wrong; the message names the file, the key and what was expected."""


def _as_variants(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Text = Annotated[str, Field(min_length=1, max_length=1200)]
Variants = Annotated[tuple[Text, ...], BeforeValidator(_as_variants), Field(min_length=1)]
"""One text or a list of texts that say the same; the manager never says the same variant twice in a row."""
Label = Annotated[str, Field(min_length=1, max_length=MAX_BUTTON)]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,23}$")]
Who = Literal["single", "unfaithful", "mistrusted", "for_other"]
"""Kinds of writer whose words differ: without a partner, broke trust themself, is mistrusted, asks for another."""


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Option(Model):
    """A button of a `choose` or `plan` step: what it says, what it keeps, and where it leads (default: next step)."""

    label: Label
    keep: Text | None = None
    words: tuple[str, ...] = ()
    """Other words, lower case, by which it may be typed."""
    goto: Id | None = None
    who: Who | Literal["plain"] | None = None
    """On which side the person says they stand by taking it; plain: none of those that have words of their own."""


class Step(Model):
    """One bot message of a guide. `kind` says what the person does with it:

    tell: reads it; try: does a small exercise now; ask: answers in their own words; choose: taps or types an option;
    rate: gives a number; card: gets a message in their own words to send, edit or keep; plan: commits to one small thing.
    """

    id: Id
    kind: Literal["tell", "try", "ask", "choose", "rate", "card", "plan"]
    say: Variants
    adapt: Mapping[Who, Variants] = {}
    save: Id | None = None
    strip: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    scale: tuple[int, int] | None = None
    card: Variants | None = None
    heard: Variants | None = None
    clarify: Text | None = None
    short: Text | None = None
    goto: Id | None = None
    source: Text | None = None

    @model_validator(mode="after")
    def _fits_kind(self) -> Step:
        needs = {"ask": "save", "choose": "options", "rate": "scale", "card": "card", "plan": "save"}
        field = needs.get(self.kind)
        if field and not getattr(self, field):
            raise ValueError(f"a step of kind {self.kind} needs '{field}'")
        if self.kind == "ask" and not self.clarify:
            raise ValueError("a step of kind ask needs 'clarify': an example of an answer")
        return self


class Guide(Model):
    """A guided exercise of 5 to 8 minutes about one piece of the article's advice."""

    id: Id
    title: Label
    names: tuple[str, ...]
    part: Literal["understanding", "healing", "building"]
    point: Text
    article: Variants
    intro: Text
    minutes: int = Field(ge=3, le=10)
    partner: bool
    themes: tuple[str, ...]
    remember: tuple[Id, ...] = ()
    """Saved answers to say back at the end and on /journey, the first that was given; else the first open answer."""
    steps: tuple[Step, ...] = Field(min_length=5, max_length=16)
    source: Text
    reviewed: date

    @model_validator(mode="after")
    def _is_whole(self) -> Guide:
        ids = [step.id for step in self.steps]
        if len(set(ids)) != len(ids):
            raise ValueError("two steps have the same id")
        kinds = {step.kind for step in self.steps}
        for kind in ("ask", "plan"):
            if kind not in kinds:
                raise ValueError(f"a guide needs a step of kind {kind}")
        if not kinds & {"try", "card"}:
            raise ValueError("a guide needs an exercise: a step of kind try or card")
        unknown = set(self.remember) - {step.save for step in self.steps}
        if unknown:
            raise ValueError(f"remember: no step saves {', '.join(sorted(unknown))}")
        for step in self.steps:
            targets = [step.goto, *(option.goto for option in step.options)]
            for target in targets:
                if target is not None and target not in ids and target != "end":
                    raise ValueError(f"step {step.id} leads to '{target}', which is no step here")
        unreachable = set(ids) - self.reachable()
        if unreachable:
            raise ValueError(f"steps that nothing leads to: {', '.join(sorted(unreachable))}")
        unknown = set(self.themes) - set(THEMES)
        if unknown:
            raise ValueError(f"unknown themes: {', '.join(sorted(unknown))}")
        return self

    def step(self, step_id: str) -> Step:
        """The step of that id. Raises KeyError where there is none."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)

    def after(self, step: Step, option: Option | None = None) -> Step | None:
        """The step that follows `step` when `option` was chosen; None at the end of the guide."""
        target = (option.goto if option else None) or step.goto
        if target == "end":
            return None
        if target:
            return self.step(target)
        following = self.steps[self.steps.index(step) + 1 :]
        return following[0] if following else None

    def reachable(self) -> set[str]:
        """Ids of the steps that can be reached from the first."""
        seen: set[str] = set()
        todo: list[Step | None] = [self.steps[0]]
        while todo:
            step = todo.pop()
            if step is None or step.id in seen:
                continue
            seen.add(step.id)
            todo.append(self.after(step))
            todo.extend(self.after(step, option) for option in step.options)
        return seen


class Theme(Model):
    """What the bot says when a message is about this theme, and the guides that help most, best first."""

    id: Id
    title: Label
    named: Text
    point: Text
    empathy: Variants = Field(min_length=3)
    adapt: Mapping[Who, Variants] = {}
    question: Variants = Field(min_length=3)
    article: Variants = Field(min_length=2)
    question_for: Mapping[Who, Variants] = {}
    """Questions in place of `question`, for whom that would miss."""
    guides: Mapping[Id, Text] = Field(min_length=2)
    guides_for: Mapping[Who, Mapping[Id, Text]] = {}
    """Guides in place of `guides`, for whom those would miss."""
    source: Text
    reviewed: date


def describe_error(path: Path, error: ValidationError) -> str:
    """The first problem of a content file in one line: file, key, what was expected."""
    problems = error.errors()
    # a misspelt key shows as one unknown and one missing; the unknown one is what the author typed
    first = next((item for item in problems if item["type"] == "extra_forbidden"), problems[0])
    where = ".".join(str(part) for part in first["loc"]) or "(whole file)"
    return f"{path.name}: {where}: {first['msg']}"


def read_yaml(path: Path) -> Any:
    """The parsed YAML of `path`. Raises ContentError with file and line where it is not valid YAML."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else ""
        raise ContentError(f"{path.name}:{line} is not valid YAML: {getattr(error, 'problem', error)}") from error


M = TypeVar("M", bound=BaseModel)
Identified = TypeVar("Identified", "Guide", "Theme")


def load_model(path: Path, model: type[M]) -> M:
    """The YAML file at `path` as `model`. Raises ContentError or pydantic's ValidationError."""
    return model.model_validate(read_yaml(path))


_GUIDE_WORDS = re.compile(
    r"^(?:the |open |start |try |do |resume |continue |can you |could you |please |lets |show me |id like |i want |to )+|(?: (?:guide|exercise|please|one))+$"
)


class Content(Model):
    """Everything the bot can say, validated."""

    guides: Mapping[str, Guide]
    themes: Mapping[str, Theme]
    phrases: Mapping[str, Variants]
    """All other texts, by "file.key"."""
    helplines: SkipValidation[Helplines]

    @model_validator(mode="after")
    def _hangs_together(self) -> Content:
        missing = set(THEMES) - set(self.themes)
        if missing:
            raise ValueError(f"themes/: no file for {', '.join(sorted(missing))}")
        for theme in self.themes.values():
            named = {*theme.guides, *(guide for guides in theme.guides_for.values() for guide in guides)}
            unknown = named - set(self.guides)
            if unknown:
                raise ValueError(f"themes/{theme.id}.yaml: guides: no guide {', '.join(sorted(unknown))}")
        return self

    def guide_named(self, words: str) -> Guide | None:
        """The guide that `words` (lower case, no punctuation) name, by title or one of its names."""
        for wanted in (words, _GUIDE_WORDS.sub("", words).strip()):
            for guide in self.guides.values():
                if wanted in {guide.title.lower().replace("-", " "), *guide.names}:
                    return guide
        return None


def _load_each(folder: Path, model: type[Identified]) -> dict[str, Identified]:
    result: dict[str, Identified] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            item = load_model(path, model)
        except ValidationError as error:
            raise ContentError(describe_error(path, error)) from error
        if item.id != path.stem:
            raise ContentError(f"{path.name}: id: is '{item.id}', expected the file's name '{path.stem}'")
        result[item.id] = item
    return result


def _load_phrases(folder: Path) -> dict[str, Any]:
    phrases: dict[str, Any] = {}
    for path in sorted(folder.glob("*.yaml")):
        entries = read_yaml(path)
        if not isinstance(entries, dict):
            raise ContentError(f"{path.name}: expected a mapping of keys to texts")
        phrases.update({f"{path.stem}.{key}": value for key, value in entries.items()})
    return phrases


@cache
def load_content(folder: Path = FOLDER) -> Content:
    """All content below `folder`. Raises ContentError with file, key and what was expected."""
    try:
        return Content(
            guides=_load_each(folder / "guides", Guide),
            themes=_load_each(folder / "themes", Theme),
            phrases=_load_phrases(folder / "phrases"),
            helplines=load_helplines(),
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ContentError(f"{where or 'content'}: {first['msg']}") from error
