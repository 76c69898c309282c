"""The content's shape: pydantic models of every YAML file in this package, and the loader that validates them.

Authors edit YAML; a wrong key, a missing text or a button that leads nowhere fails here, at load, with file and line.
`docs/writing-a-guide.md` explains the fields with examples.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SkipValidation, TypeAdapter, model_validator

from dialogues.helplines import Helplines, load_helplines
from dialogues.labels import THEMES
from dialogues.reading import ContentError, MisplacedError, line_of, load_model, shown

FOLDER = Path(__file__).parent
MAX_BUTTON = 32
"""Characters of a button label that stay readable on a narrow phone."""


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
    covers: tuple[Id, ...] = ()
    """The article's points (`article.yaml`) that this step carries out."""
    when_locked: Id | None = None
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
        for number, name in enumerate(self.remember):
            if name not in {step.save for step in self.steps}:
                raise MisplacedError(f"no step saves '{name}'", "remember", number)
        for index, step in enumerate(self.steps):
            places: list[tuple[tuple[int | str, ...], str | None]] = [
                (("goto",), step.goto),
                (("when_locked",), step.when_locked),
            ]
            places += [(("options", number, "goto"), option.goto) for number, option in enumerate(step.options)]
            for place, target in places:
                if target is not None and target not in ids and target != "end":
                    message = f"leads to '{target}', which is no step here; expected 'end' or one of {', '.join(ids)}"
                    raise MisplacedError(message, "steps", index, *place)
        reached = self.reachable()
        for index, step in enumerate(self.steps):
            if step.id not in reached:
                raise MisplacedError(f"nothing leads to step '{step.id}'", "steps", index)
        for index, theme in enumerate(self.themes):
            if theme not in THEMES:
                raise MisplacedError(f"'{theme}' is no theme; expected {', '.join(THEMES)}", "themes", index)
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


class Point(Model):
    """One thing the article says: in which list, line and sentence ("healing 1.2"), or in its running text."""

    id: Id
    place: Annotated[str, Field(pattern=r"^((signs|healing|building) [1-9](\.[1-9])?|text)$")]
    heading: Text
    says: Text


class Article(Model):
    """The article behind the guides: what it is called, and its points in our own words."""

    name: Text
    points: tuple[Point, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_clear(self) -> Article:
        for index, point in enumerate(self.points):
            earlier = self.points[:index]
            if point.id in {other.id for other in earlier}:
                raise MisplacedError(f"two points are called '{point.id}'", "points", index, "id")
        return self

    def point(self, point_id: str) -> Point:
        """The point of that id. Raises KeyError where there is none."""
        for point in self.points:
            if point.id == point_id:
                return point
        raise KeyError(point_id)


_GUIDE_WORDS = re.compile(
    r"^(?:the |open |start |try |do |resume |continue |can you |could you |please |lets |show me |id like |i want |to )+|(?: (?:guide|exercise|please|one))+$"
)


class Content(Model):
    """Everything the bot can say, validated."""

    guides: Mapping[str, Guide]
    themes: Mapping[str, Theme]
    phrases: Mapping[str, Variants]
    """All other texts, by "file.key"."""
    article: Article
    helplines: SkipValidation[Helplines]

    def source(self, guide: Guide, step: Step) -> str:
        """Where a step comes from: the article's headings that it covers, and its exercise's source or the guide's."""
        headings = dict.fromkeys(self.article.point(point).heading for point in step.covers)
        parts = (
            [f"{self.article.name}, under {' and '.join(f'“{heading}”' for heading in headings)}"] if headings else []
        )
        if step.source or not parts:
            parts.append(step.source or guide.source)
        return "; ".join(parts)

    def guide_named(self, words: str) -> Guide | None:
        """The guide that `words` (lower case, no punctuation) name, by title or one of its names."""
        for wanted in (words, _GUIDE_WORDS.sub("", words).strip()):
            for guide in self.guides.values():
                if wanted in {guide.title.lower().replace("-", " "), *guide.names}:
                    return guide
        return None

    def theme_named(self, words: str) -> Theme | None:
        """The theme that `words` (lower case, no punctuation) are the title or the plain name of."""
        names = (
            (theme, {theme.title.lower().replace("-", " "), theme.id.replace("_", " ")})
            for theme in self.themes.values()
        )
        return next((theme for theme, of_theme in names if words.replace("-", " ") in of_theme), None)


Identified = TypeVar("Identified", "Guide", "Theme")
Loaded = TypeVar("Loaded")
_PHRASES: TypeAdapter[dict[Id, Variants]] = TypeAdapter(dict[Id, Variants])


@cache
def load_content(folder: Path = FOLDER) -> Content:
    """All content below `folder`. Raises ContentError with file, line, key and what was expected of every problem."""
    problems: list[str] = []
    guides = _load_each(folder / "guides", lambda path: _identified(path, Guide), problems)
    themes = _load_each(folder / "themes", lambda path: _identified(path, Theme), problems)
    phrases = _load_each(folder / "phrases", lambda path: load_model(path, _PHRASES), problems)
    article = _collect(lambda: load_model(folder / "article.yaml", Article), problems)
    helplines = _collect(load_helplines, problems)
    if article and not problems:
        problems += _loose_ends(folder, guides, themes, article)
    if problems or article is None or helplines is None:
        raise ContentError("\n".join(problems))
    texts = {f"{file}.{key}": variants for file, entries in phrases.items() for key, variants in entries.items()}
    return Content(guides=guides, themes=themes, phrases=texts, article=article, helplines=helplines)


def _load_each(folder: Path, load: Callable[[Path], Loaded], problems: list[str]) -> dict[str, Loaded]:
    loaded = {path.stem: _collect(lambda path=path: load(path), problems) for path in sorted(folder.glob("*.yaml"))}  # type: ignore[misc]
    return {name: item for name, item in loaded.items() if item is not None}


def _collect(load: Callable[[], Loaded], problems: list[str]) -> Loaded | None:
    try:
        return load()
    except ContentError as error:
        problems.append(str(error))
        return None


def _identified(path: Path, model: type[Identified]) -> Identified:
    item = load_model(path, model)
    if item.id != path.stem:
        line = line_of(path, ("id",))
        raise ContentError(f"{shown(path)}:{line}: id: is '{item.id}'; expected the file's name '{path.stem}'")
    return item


def _loose_ends(
    folder: Path, guides: Mapping[str, Guide], themes: Mapping[str, Theme], article: Article
) -> Iterator[str]:
    """What files say of each other and is not so."""
    missing = set(THEMES) - set(themes)
    if missing:
        yield f"themes/: no file for {', '.join(sorted(missing))}"
    for theme in themes.values():
        named: list[tuple[str, ...]] = [("guides", guide) for guide in theme.guides]
        named += [("guides_for", who, guide) for who, offered in theme.guides_for.items() for guide in offered]
        for place in named:
            if place[-1] not in guides:
                path = folder / "themes" / f"{theme.id}.yaml"
                where = f"{shown(path)}:{line_of(path, place)}: {'.'.join(place)}"
                yield f"{where}: there is no such guide; expected one of {', '.join(guides)}"
    points = [point.id for point in article.points]
    for guide_id, one in guides.items():
        path = folder / "guides" / f"{guide_id}.yaml"
        for index, step in enumerate(one.steps):
            for point in step.covers:
                if point not in points:
                    line = line_of(path, ("steps", index, "covers"))
                    where = f"{shown(path)}:{line}: steps.{index}.covers"
                    yield f"{where}: '{point}' is no point of article.yaml; expected one of {', '.join(points)}"
