"""The picture of /progress: three panels one below the other, one for each question, with the finished guides marked.

Each question has a panel of its own, so that equal answers do not hide each other, and a colour (told apart by the
colour-blind: blue, dark orange, and a green of another lightness), a shape and its name. The picture brings its own
light background, so it is the same in Telegram's light and dark. Pillow draws it: matplotlib would need numpy and
100 MB for the same lines. Its default font is Aileron (public domain), which needs no file of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from io import BytesIO
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFont

from dialogues.progress import MAX_MARKS, Line, Mark, Progress, short

SCALE = 2
"""Pixels for each point: sharp on a phone."""
SMOOTH = 2
"""Drawn that many times larger, then scaled down, which smooths edges."""
WIDTH = 540
MARGIN = 30
LEFT = 70
RIGHT = WIDTH - 48
TOP = 140
FLAGS = 118
"""Where the numbers of the guides stand, where there are any: the panels begin lower then."""
FLAGS_ROOM = 34
PANEL = 128
GAP = 52
BACKGROUND = "#FBFAF7"
INK = "#24262B"
QUIET = "#61656E"
GRID = "#E3E0D8"
GUIDE = "#A9A394"
COLOURS = {"trust": "#0072B2", "connection": "#B35900", "mood": "#00735C"}
LOW, HIGH = 1, 5
LINE = 32
"""From one line of the legend to the next."""
FEW = 30
"""Answers in 90 days up to which their marks are larger."""
TICKS = {30: 7, 90: 30}


@dataclass(frozen=True)
class Canvas:
    """Draws in points; y grows downwards."""

    image: Image.Image
    draw: ImageDraw.ImageDraw

    def text(
        self, x: float, y: float, words: str, size: float, colour: str = INK, anchor: str = "ls", bold: float = 0
    ) -> None:
        factor = SCALE * SMOOTH
        self.draw.text(
            (x * factor, y * factor),
            words,
            fill=colour,
            font=_font(round(size * factor)),
            anchor=anchor,
            stroke_width=bold * factor,
            stroke_fill=colour,
        )

    def width(self, words: str, size: float) -> float:
        factor = SCALE * SMOOTH
        return _font(round(size * factor)).getlength(words) / factor

    def line(self, points: list[tuple[float, float]], colour: str, width: float) -> None:
        factor = SCALE * SMOOTH
        self.draw.line([(x * factor, y * factor) for x, y in points], colour, round(width * factor), joint="curve")

    def dashes(self, x: float, top: float, bottom: float, colour: str) -> None:
        y = top
        while y < bottom:
            self.line([(x, y), (x, min(y + 4, bottom))], colour, 1.2)
            y += 8

    def polygon(self, points: list[tuple[float, float]], colour: str) -> None:
        factor = SCALE * SMOOTH
        self.draw.polygon([(x * factor, y * factor) for x, y in points], colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], colour)

    def circle(self, x: float, y: float, radius: float, colour: str, outline: str | None = None) -> None:
        factor = SCALE * SMOOTH
        box = [(x - radius) * factor, (y - radius) * factor, (x + radius) * factor, (y + radius) * factor]
        self.draw.ellipse(box, colour, outline, round(1.4 * factor) if outline else 0)

    def marker(self, name: str, x: float, y: float, size: float) -> None:
        """A circle for trust, a square for connection, a triangle for mood."""
        colour = COLOURS[name]
        if name == "trust":
            self.circle(x, y, size, colour)
        elif name == "connection":
            side = size * 0.9
            self.box(x - side, y - side, x + side, y + side, colour)
        else:
            side = size * 1.25
            self.polygon([(x, y - side), (x + side, y + side * 0.8), (x - side, y + side * 0.8)], colour)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RuntimeError("Pillow was built without FreeType")
    return font


def render(seen: Progress) -> bytes:
    """A PNG of `seen`, 1080 pixels wide. Takes about 0.2 s of processor time: call it off the event loop."""
    marks = seen.marks[-MAX_MARKS:]
    top = TOP + (FLAGS_ROOM if marks else 0)
    bottom = top + 3 * PANEL + 2 * GAP
    legend = bottom + 98
    height = legend + (18 + LINE * len(marks) if marks else -46)
    factor = SCALE * SMOOTH
    image = Image.new("RGB", (WIDTH * factor, height * factor), BACKGROUND)
    canvas = Canvas(image, ImageDraw.Draw(image))
    canvas.text(MARGIN, 52, f"Your last {seen.days} days", 33, bold=0.35)
    canvas.text(MARGIN, 84, f"{short(seen.first)} to {short(seen.last)}  ·  1 hardly, 5 very much", 20, QUIET)
    for mark in marks:
        canvas.dashes(_x(seen, mark.day), FLAGS + 12, bottom, GUIDE)
    for index, line in enumerate(seen.lines):
        _panel(canvas, seen, line, top + index * (PANEL + GAP))
    _dates(canvas, seen, bottom)
    _flags(canvas, seen, marks, legend)
    image = image.resize((WIDTH * SCALE, height * SCALE), Image.Resampling.LANCZOS)
    file = BytesIO()
    image.quantize(128, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def _x(seen: Progress, day: date) -> float:
    return LEFT + (RIGHT - LEFT) * (day - seen.first).days / max(1, seen.days - 1)


def _y(top: float, value: int) -> float:
    return top + PANEL - (PANEL - 22) * (value - LOW) / (HIGH - LOW)


def _panel(canvas: Canvas, seen: Progress, line: Line, top: float) -> None:
    for value in range(LOW, HIGH + 1):
        y = _y(top, value)
        canvas.line([(LEFT - 10, y), (RIGHT + 10, y)], GRID, 1)
        if value in (LOW, 3, HIGH):
            canvas.text(LEFT - 20, y, str(value), 20, QUIET, "rm")
    colour = COLOURS[line.name]
    name = line.name.capitalize()
    canvas.box(MARGIN, top - 26, MARGIN + 30 + canvas.width(name, 24), top + 6, BACKGROUND)
    canvas.marker(line.name, MARGIN + 7, top - 10, 7.5)
    canvas.text(MARGIN + 24, top - 2, name, 24, colour, bold=0.35)
    if not line.values:
        words, middle = "no answers in these days", (LEFT + RIGHT) / 2
        half = canvas.width(words, 19) / 2 + 8
        canvas.box(middle - half, _y(top, 3) - 12, middle + half, _y(top, 3) + 12, BACKGROUND)
        canvas.text(middle, _y(top, 3), words, 19, QUIET, "mm")
        return
    for (before, first), (after, second) in pairwise(line.values.items()):
        if after - before == timedelta(days=1):
            canvas.line([(_x(seen, before), _y(top, first)), (_x(seen, after), _y(top, second))], colour, 2.6)
    size = 5.2 if seen.days <= 30 else 4.4 if len(line.values) <= FEW else 3.4
    for day, value in line.values.items():
        canvas.marker(line.name, _x(seen, day), _y(top, value), size)
    day, value = list(line.values.items())[-1]
    canvas.text(_x(seen, day) + 12, _y(top, value), str(value), 22, colour, "lm", bold=0.35)


def _dates(canvas: Canvas, seen: Progress, bottom: float) -> None:
    step = TICKS.get(seen.days, max(1, seen.days // 4))
    for back in range(0, seen.days, step):
        day = seen.last - timedelta(days=back)
        x = _x(seen, day)
        canvas.line([(x, bottom + 6), (x, bottom + 11)], QUIET, 1)
        canvas.text(x, bottom + 33, short(day) if back else "today", 19, QUIET, "ms")


def _flags(canvas: Canvas, seen: Progress, marks: tuple[Mark, ...], legend: float) -> None:
    """The numbers above the days on which guides were finished, side by side where they are close, and their names."""
    if not marks:
        return
    canvas.text(MARGIN, legend - 26, "Guides you finished", 20, QUIET)
    taken: list[float] = []
    for mark in marks:
        x = _x(seen, mark.day)
        if taken and x < taken[-1] + 26:
            x = taken[-1] + 26
        taken.append(x)
    over = max(0.0, taken[-1] - (RIGHT + 10))
    for number, (mark, x) in enumerate(zip(marks, taken, strict=True), 1):
        _number(canvas, x - over, FLAGS, number)
        y = legend + LINE * (number - 1)
        _number(canvas, MARGIN + 12, y, number)
        canvas.text(MARGIN + 36, y, f"{mark.title}, {short(mark.day)}", 20, INK, "lm")


def _number(canvas: Canvas, x: float, y: float, number: int) -> None:
    canvas.circle(x, y, 12, BACKGROUND, QUIET)
    canvas.text(x, y + 0.5, str(number), 17, INK, "mm", bold=0.2)
