"""Is the whole article in the guides? Every sentence of its lists has a point, and every point a step that carries it out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dialogues.content import FOLDER, Content
from dialogues.reading import line_of, shown

LISTS = {"signs": (1, 1, 1, 1), "healing": (2, 2, 1, 1), "building": (1, 1, 1, 1)}
"""How many sentences each line of the article's three lists has, counted in the article."""


def steps_by_point(content: Content) -> Mapping[str, list[str]]:
    """For each point of the article the steps that cover it, as "guide.step"; empty where nothing does."""
    found: dict[str, list[str]] = {point.id: [] for point in content.article.points}
    for guide in content.guides.values():
        for step in guide.steps:
            for point in step.covers:
                found[point].append(f"{guide.id}.{step.id}")
    return found


def gaps(content: Content) -> Iterator[str]:
    """What of the article is missing: sentences without a point, points without a step."""
    path = FOLDER / "article.yaml"
    places = [point.place for point in content.article.points]
    for place in sentences():
        if place not in places:
            yield f"{shown(path)}: no point stands for {place}"
    for place in dict.fromkeys(places):
        if place != "text" and place not in sentences():
            yield f"{shown(path)}:{line_of(path, ('points', places.index(place)))}: the article has no {place}"
    for index, (point, steps) in enumerate(steps_by_point(content).items()):
        if not steps:
            line = line_of(path, ("points", index))
            yield f"{shown(path)}:{line}: {point}: no guide step covers it; expected its id under a step's 'covers'"


def sentences() -> list[str]:
    """Every sentence of the article's lists by its place: "signs 1", "healing 1.2"."""
    return [
        f"{name} {line}" + (f".{number}" if count > 1 else "")
        for name, counts in LISTS.items()
        for line, count in enumerate(counts, 1)
        for number in range(1, count + 1)
    ]


def report(content: Content) -> str:
    """Article point -> guide steps, a line each, as `hearts check --coverage` prints it."""
    covered = steps_by_point(content)
    width = max(len(point.id) for point in content.article.points)
    lines = [
        f"{point.place:<12} {point.id:<{width}}  -> {', '.join(covered[point.id]) or 'nothing'}"
        for point in content.article.points
    ]
    done = sum(bool(steps) for steps in covered.values())
    return "\n".join([*lines, f"{done} of {len(covered)} points are covered."])
