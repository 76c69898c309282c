"""/export: everything that is kept of a person, as data (JSON) and as one page to read (CARE D6)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from html import escape
from typing import Any

from dialogues.content import Content
from dialogues.when import DAYS

RATINGS = ("trust", "connection", "mood")
SYMBOLS = {"trust": "circle", "connection": "square", "mood": "triangle"}
"""Told apart by shape, so that the picture needs no colours."""
SCALE = 5
DAY_WIDTH, LINE_HEIGHT, LEFT, TOP, PANEL = 14, 22, 26, 24, 150

_STYLE = """
:root { color-scheme: light dark; --ink: #222; --soft: #666; --line: #ccc; --paper: #fdfcfa; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e6e3; --soft: #a5a19b; --line: #45423e; --paper: #1b1a19; } }
body { margin: 0 auto; padding: 1.5rem; max-width: 44rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, sans-serif; overflow-wrap: anywhere; }
h1, h2 { line-height: 1.25; } h2 { margin-top: 2.5rem; }
dt { color: var(--soft); margin-top: .75rem; } dd { margin: 0; white-space: pre-wrap; unicode-bidi: isolate; }
figure { margin: 1rem 0; overflow-x: auto; } figcaption { color: var(--soft); }
svg { display: block; } svg text { fill: var(--soft); font-size: 11px; } svg line { stroke: var(--line); }
svg polyline { fill: none; stroke: var(--ink); stroke-width: 1.5; }
svg circle, svg rect, svg path { fill: var(--ink); }
"""


def as_json(data: Mapping[str, Any]) -> str:
    """The export as indented JSON."""
    return json.dumps(data, ensure_ascii=False, indent=2)


def as_page(data: Mapping[str, Any], content: Content, today: date) -> str:
    """The export as one self-contained HTML page: no script, nothing loaded from elsewhere, everything escaped."""
    sections = "".join(
        f"<section><h2>{escape(title)}</h2>{body}</section>\n" for title, body in _sections(data, content) if body
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>Your data</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>Your data</h1>\n"
        f"<p>Everything Healing Hearts keeps of you, on {_day(today)}. Numbers are from 1 (hardly) to 5 (very much).</p>\n"
        f"{sections}</body>\n</html>\n"
    )


def _day(value: date | str) -> str:
    day = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{day:%-d %B %Y}"


def _list(pairs: Sequence[tuple[str, Any]]) -> str:
    rows = "".join(
        f"<dt>{escape(str(name))}</dt><dd>{escape(str(value))}</dd>" for name, value in pairs if value not in (None, "")
    )
    return f"<dl>{rows}</dl>" if rows else ""


def _yes(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"


def _sections(data: Mapping[str, Any], content: Content) -> Iterator[tuple[str, str]]:
    state = data["state"]
    country = content.helplines.country(state.get("country") or "")
    themes = {content.themes[name].title if name in content.themes else name: f"{times} times" if times > 1 else "once"
              for name, times in state.get("themes", {}).items()}  # fmt: skip
    yield (
        "About you",
        _list(
            [
                ("Chat number at Telegram", data["chat_id"]),
                ("First seen", data.get("first_seen")),
                ("Last seen", data.get("last_seen")),
                ("Name", state.get("name")),
                ("Situation", state.get("situation")),
                ("Whom it is about", state.get("person")),
                ("Who writes", state.get("who")),
                ("Country", country.name if country else None),
                ("Time zone", state.get("zone")),
                ("May words and ratings be kept", _yes(state.get("consent"))),
                ("Talking with the other person feels safe", _yes(state.get("safe_to_talk"))),
                ("Some guides are held back", _yes(state.get("locked"))),
            ]
        ),
    )
    yield "Themes that came up", _list(list(themes.items()))
    yield "Guides you finished", "".join(_finished(done, content) for done in state.get("finished", ()))
    open_walks = [*([state["walk"]] if state.get("walk") else []), *state.get("paused", ())]
    yield "Guides you are in", "".join(_walk(walk, content) for walk in open_walks)
    yield "Check-ins", _checkins(data["checkins"])
    yield "Reminders", _list([(item["kind"], _when(item)) for item in data["reminders"]])


def _title(guide_id: str, content: Content) -> str:
    return content.guides[guide_id].title if guide_id in content.guides else guide_id


def _finished(done: Mapping[str, Any], content: Content) -> str:
    pairs = [
        ("On", _day(done["day"])),
        ("In your words", done.get("own_words")),
        ("Your plan", done.get("plan")),
        ("It helped", _yes(done.get("helpful"))),
    ]
    return f"<h3>{escape(_title(done['guide'], content))}</h3>{_list(pairs)}"


def _walk(walk: Mapping[str, Any], content: Content) -> str:
    answers = [(name.strip("_").replace("_", " "), words) for name, words in walk.get("answers", {}).items()]
    begun = [("Begun", _day(walk["begun"]))] if walk.get("begun") else []
    return f"<h3>{escape(_title(walk['guide'], content))}</h3>{_list([*begun, *answers]) or '<p>No answers.</p>'}"


def _when(reminder: Mapping[str, Any]) -> str:
    if reminder["day"]:
        day = _day(reminder["day"])
    elif len(reminder["days"]) == len(DAYS):
        day = "every day"
    else:
        day = ", ".join(DAYS[number] for number in reminder["days"])
    weeks = f", every {reminder['every']} weeks" if reminder["every"] > 1 else ""
    return f"{day} at {reminder['hour']:02d}:{reminder['minute']:02d}{weeks}, {reminder['zone']}"


def _checkins(entries: Sequence[Mapping[str, Any]]) -> str:
    if not entries:
        return ""
    notes = [(_day(entry["day"]), _entry_in_words(entry)) for entry in entries]
    return f"{chart(entries)}<p>{escape(in_words(entries))}</p>{_list(notes)}"


def _entry_in_words(entry: Mapping[str, Any]) -> str:
    numbers = ", ".join(f"{name} {entry[name]}" for name in RATINGS if entry.get(name))
    return "\n".join(part for part in (numbers, entry.get("note")) if part)


def in_words(entries: Sequence[Mapping[str, Any]]) -> str:
    """What the picture shows, as sentences: days, then each rating's course, without a verdict."""
    first, last = date.fromisoformat(entries[0]["day"]), date.fromisoformat(entries[-1]["day"])
    days = (last - first).days + 1
    if days == 1:
        return f"One check-in, on {_day(first)}."
    said = [f"{len(entries)} check-ins in {days} days, from {_day(first)} to {_day(last)}."]
    for name in RATINGS:
        values = [entry[name] for entry in entries if entry.get(name)]
        if values:
            said.append(
                f"{name.capitalize()}: {len(values)} given, first {values[0]}, last {values[-1]}, "
                f"between {min(values)} and {max(values)}."
            )
    return " ".join(said)


def chart(entries: Sequence[Mapping[str, Any]]) -> str:
    """The check-ins as an SVG, a panel a rating, a column a day; days without a number are gaps in the line."""
    first, last = date.fromisoformat(entries[0]["day"]), date.fromisoformat(entries[-1]["day"])
    days = (last - first).days + 1
    by_day = {entry["day"]: entry for entry in entries}
    width = LEFT + max(days * DAY_WIDTH, 220) + 10
    parts = []
    for panel, name in enumerate(RATINGS):
        top = TOP + panel * PANEL
        parts.append(f'<text x="0" y="{top - 8}">{name}</text>')
        for value in range(1, SCALE + 1):
            y = _y(top, value)
            parts.append(
                f'<line x1="{LEFT - 8}" x2="{width - 10}" y1="{y}" y2="{y}"/><text x="2" y="{y + 4}">{value}</text>'
            )
        values = [by_day.get((first + timedelta(days=n)).isoformat(), {}).get(name) for n in range(days)]
        for run in _runs(values):
            points = " ".join(f"{_x(n)},{_y(top, value)}" for n, value in run)
            if len(run) > 1:
                parts.append(f'<polyline points="{points}"/>')
            parts += [_mark(name, _x(n), _y(top, value)) for n, value in run]
        parts.append(f'<text x="{LEFT}" y="{top + SCALE * LINE_HEIGHT + 6}">{_day(first)}</text>')
        if days * DAY_WIDTH > 200:
            parts.append(
                f'<text x="{width - 10}" y="{top + SCALE * LINE_HEIGHT + 6}" text-anchor="end">{_day(last)}</text>'
            )
    height = TOP + len(RATINGS) * PANEL
    title = "<title>Check-ins: trust, connection and mood by day; days without one are gaps</title>"
    return (
        f'<figure><svg role="img" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'xmlns="http://www.w3.org/2000/svg">{title}{"".join(parts)}</svg></figure>'
    )


def _runs(values: Sequence[int | None]) -> Iterator[list[tuple[int, int]]]:
    """Neighbouring days with a number, as (day, number)."""
    run: list[tuple[int, int]] = []
    for number, value in enumerate([*values, None]):
        if value is not None:
            run.append((number, value))
        elif run:
            yield run
            run = []


def _x(day: int) -> int:
    return LEFT + day * DAY_WIDTH + DAY_WIDTH // 2


def _y(top: int, value: int) -> int:
    return top + (SCALE - value) * LINE_HEIGHT + LINE_HEIGHT // 2


def _mark(name: str, x: int, y: int) -> str:
    if SYMBOLS[name] == "circle":
        return f'<circle cx="{x}" cy="{y}" r="3.5"/>'
    if SYMBOLS[name] == "square":
        return f'<rect x="{x - 3}" y="{y - 3}" width="6" height="6"/>'
    return f'<path d="M{x} {y - 4}L{x + 4} {y + 3}H{x - 4}Z"/>'
