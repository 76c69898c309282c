"""All guides as one picture: steps as boxes, branches as arrows, drawn as SVG for the docs.

The layout is the usual layered one (Sugiyama): a step stands below all that lead to it, arrows that pass a layer get an
empty place in it, and each layer is ordered by where its arrows come from. A library would need Graphviz's binary.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from xml.etree import ElementTree as Xml

from dialogues.content import Content, Guide, Step

WIDTH, LINE, PAD = 172, 15, 8
GAP_X, GAP_Y = 20, 34
MARGIN = 28
PER_ROW = 5
COLOURS = {
    "tell": "#eef2f7",
    "try": "#e3f4e6",
    "ask": "#fdf1d6",
    "choose": "#e6e9fb",
    "rate": "#f3e4f7",
    "card": "#fde6e6",
    "plan": "#d9f2f1",
}
PARTS = {"understanding": "Understanding", "healing": "Healing", "building": "Building stronger"}
MAX_LABEL = 26
Place = str
"""A step's id, "end", or a bend of an arrow that passes a layer ("from>to:layer")."""


@dataclass
class Layout:
    """Where everything of one guide stands; pixels from the panel's corner."""

    x: dict[Place, float] = field(default_factory=dict)
    y: dict[Place, float] = field(default_factory=dict)
    tall: dict[Place, float] = field(default_factory=dict)
    """Height of the layer that a place is in: an arrow that passes goes straight down there."""
    width: float = 0
    height: float = 0


def draw(content: Content) -> str:
    """The picture as SVG text; the same content always gives the same text."""
    picture = Xml.Element(
        "svg", {"xmlns": "http://www.w3.org/2000/svg", "font-family": "sans-serif", "font-size": "12"}
    )
    _add(picture, "title", "The guides of Healing Hearts")
    marker = _add(_add(picture, "defs"), "marker", id="tip", viewBox="0 0 8 8", refX=7, refY=4, markerWidth=7)
    marker.set("orient", "auto-start-reverse")
    _add(marker, "path", d="M0 0 8 4 0 8Z", fill="#667")
    _add(picture, "rect", width="100%", height="100%", fill="#fff")
    top, right = float(MARGIN), 0.0
    _legend(picture, top)
    top += 40
    for part, title in PARTS.items():
        guides = [guide for guide in content.guides.values() if guide.part == part]
        _add(picture, "text", title, x=MARGIN, y=top + 18, font_size=20, font_weight="bold", fill="#223")
        top += 36
        for start in range(0, len(guides), PER_ROW):
            left, height = float(MARGIN), 0.0
            for guide in guides[start : start + PER_ROW]:
                layout = _arrange(guide)
                group = _add(picture, "g", transform=f"translate({left:g} {top:g})")
                _panel(group, guide, layout)
                left += layout.width + 2 * GAP_X
                height = max(height, layout.height)
            right = max(right, left)
            top += height + 2 * GAP_Y
    picture.set("viewBox", f"0 0 {right:g} {top:g}")
    picture.set("width", f"{right:g}")
    picture.set("height", f"{top:g}")
    Xml.indent(picture)
    return Xml.tostring(picture, encoding="unicode") + "\n"


def arrows(guide: Guide) -> dict[tuple[Place, Place], str]:
    """Every way from a step to the next or the "end", with the letters of the options that take it."""
    found: dict[tuple[Place, Place], str] = {}
    for step in guide.steps:
        ways = [(guide.after(step, option), _letter(step, number)) for number, option in enumerate(step.options)]
        if step.kind != "choose":
            ways.append((guide.after(step), ""))
        for after, letter in ways:
            way = (step.id, after.id if after else "end")
            found[way] = (found.get(way, "") + " " + letter).strip()
    return found


def _letter(step: Step, number: int) -> str:
    return "abcdefghij"[number] if _branches(step) else ""


def _branches(step: Step) -> bool:
    return any(option.goto for option in step.options)


def _lines(step: Step) -> list[str]:
    """What stands in a step's box below its name."""
    if not _branches(step):
        return []
    return [f"{_letter(step, number)}  {_cut(option.label)}" for number, option in enumerate(step.options)]


def _cut(text: str) -> str:
    return text if len(text) <= MAX_LABEL else text[: MAX_LABEL - 1] + "…"


def _height(step: Step) -> int:
    return 2 * PAD + LINE * (1 + len(_lines(step)))


def _layers(guide: Guide, ways: dict[tuple[Place, Place], str]) -> dict[Place, int]:
    """The layer of each step and of the end: below everything that leads there. A way back in a circle counts for none."""
    following: dict[Place, list[Place]] = defaultdict(list)
    for source, target in ways:
        following[source].append(target)
    layer = {step.id: 0 for step in guide.steps} | {"end": 0}

    def sink(place: Place, depth: int, path: tuple[Place, ...]) -> None:
        if place in path:
            return
        if depth >= layer[place]:
            layer[place] = depth
            for target in following[place]:
                sink(target, depth + 1, (*path, place))

    sink(guide.steps[0].id, 0, ())
    return layer


def _bends(way: tuple[Place, Place], layer: dict[Place, int]) -> list[Place]:
    source, target = way
    return [f"{source}>{target}:{number}" for number in range(layer[source] + 1, layer[target])]


def _arrange(guide: Guide) -> Layout:
    ways = arrows(guide)
    layer = _layers(guide, ways)
    rows: dict[int, list[Place]] = defaultdict(list)
    above: dict[Place, list[Place]] = defaultdict(list)
    for place, number in layer.items():
        rows[number].append(place)
    for way in ways:
        chain = [way[0], *_bends(way, layer), way[1]]
        for upper, lower in pairwise(chain):
            above[lower].append(upper)
        for number, bend in enumerate(chain[1:-1], layer[way[0]] + 1):
            rows[number].append(bend)
    layout = Layout()
    spans = {number: sum(_span(place) for place in row) + GAP_X * (len(row) - 1) for number, row in rows.items()}
    layout.width = max(*spans.values(), float(WIDTH + GAP_X))
    y = 44.0
    for number in sorted(rows):
        row = rows[number]
        came = {place: _mean([layout.x[one] for one in above[place] if one in layout.x]) for place in row}
        row.sort(key=lambda place: came[place])
        x = (layout.width - spans[number]) / 2
        tallest = max((_height(guide.step(place)) for place in row if ">" not in place and place != "end"), default=10)
        for place in row:
            layout.tall[place] = tallest
            layout.x[place] = x + _span(place) / 2
            layout.y[place] = y
            x += _span(place) + GAP_X
        y += tallest + GAP_Y
    layout.height = y - GAP_Y
    return layout


def _span(place: Place) -> float:
    return 8 if ">" in place or place == "end" else WIDTH


def _mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0


def _panel(group: Xml.Element, guide: Guide, layout: Layout) -> None:
    middle = layout.width / 2
    title = f"{guide.title}{' (with the other person)' if guide.partner else ''}"
    _add(group, "text", title, x=middle, y=24, text_anchor="middle", font_size=15, font_weight="bold", fill="#223")
    ways = arrows(guide)
    layer = _layers(guide, ways)
    for way, letters in ways.items():
        x, y = layout.x[way[0]], layout.y[way[0]] + _height(guide.step(way[0]))
        bends = _bends(way, layer)
        first_x = layout.x[bends[0] if bends else way[1]]
        letters_at = (x + max(-70.0, min(70.0, (first_x - x) * 0.25)) + 4, y + 13)
        path = f"M{x:g} {y:g}"
        for place in (*bends, way[1]):
            to_x, to_y = layout.x[place], layout.y[place]
            middle_y = (y + to_y) / 2
            path += f"C{x:g} {middle_y:g} {to_x:g} {middle_y:g} {to_x:g} {to_y:g}"
            x, y = to_x, to_y
            if place in bends:
                y += layout.tall[place]
                path += f"V{y:g}"
        _add(group, "path", d=path, fill="none", stroke="#667", marker_end="url(#tip)")
        if letters:
            _add(
                group, "text", letters, x=letters_at[0], y=letters_at[1], font_size=11, font_weight="bold", fill="#335"
            )
    for step in guide.steps:
        _box(group, step, layout.x[step.id] - WIDTH / 2, layout.y[step.id])
    _add(group, "circle", cx=layout.x["end"], cy=layout.y["end"] + 4, r=4, fill="#223")


def _box(group: Xml.Element, step: Step, x: float, y: float) -> None:
    height = _height(step)
    fill = COLOURS[step.kind]
    _add(group, "rect", x=x, y=y, width=WIDTH, height=height, rx=5, fill=fill, stroke="#99a")
    _add(group, "text", step.id, x=x + PAD, y=y + PAD + 11, font_weight="bold", fill="#223")
    _add(group, "text", step.kind, x=x + WIDTH - PAD, y=y + PAD + 11, text_anchor="end", fill="#556")
    for number, line in enumerate(_lines(step), 1):
        _add(group, "text", line, x=x + PAD, y=y + PAD + 11 + number * LINE, font_size=11, fill="#223")


def _legend(picture: Xml.Element, y: float) -> None:
    for number, (kind, colour) in enumerate(COLOURS.items()):
        x = MARGIN + number * 92
        _add(picture, "rect", x=x, y=y, width=84, height=22, rx=5, fill=colour, stroke="#99a")
        _add(picture, "text", kind, x=x + 42, y=y + 15, text_anchor="middle", fill="#223")


def _add(parent: Xml.Element, tag: str, text: str = "", **attributes: str | float) -> Xml.Element:
    """A new element; `font_size=12` becomes font-size="12", numbers lose their spare digits."""
    named = {
        name.replace("_", "-"): value if isinstance(value, str) else f"{round(value, 1):g}"
        for name, value in attributes.items()
    }
    element = Xml.SubElement(parent, tag, named)
    element.text = text or None
    return element
