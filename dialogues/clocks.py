"""Times and time zones in people's own words: "half past 7", "berlin right now", "utc+2", "it's 3:00 in the morning"."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dialogues.places import Place, find_places, simple
from dialogues.typed import plain

Clock = tuple[int, int]

_DIGITS = re.compile(
    r"(?<![\d:.])(?P<hour>[01]?\d|2[0-3])(?:(?P<sign>[:.h])(?P<minute>[0-5]\d))?(?![\d:])\s*(?P<half>[ap]\.?m\b\.?)?",
    re.IGNORECASE,
)
_PARTS = re.compile(r"\b(?P<part>half|quarter) (?P<way>past|to) (?P<hour>\w+)")
_OCLOCK = re.compile(r"\b(?P<hour>\w+) ?o ?clock\b|\bat (?P<at>[a-z]+)\b")
_LATE = re.compile(r"\b(afternoon|evening|tonight|at night)\b")
_EARLY = re.compile(r"\bmorning\b")
_OFFSET = re.compile(r"\b(?:utc|gmt)\s*(?:([+\-−–]|plus|minus)\s*(\d{1,2})(?:[:.]?([0-5]\d))?)?(?!\w)", re.IGNORECASE)
_BARE_OFFSET = re.compile(r"([+\-−–])\s*(\d{1,2})(?:[:.]?([0-5]\d))?")
_AROUND = re.compile(
    r"^(?:(?:i am|im|i|we|its|it is|live|living|currently|now|somewhere|in|near|from|close to|around|time in) )+|"
    r"(?: (?:right now|at the moment|now|currently|here|time|please|these days|usually))+$"
)
_WORDS = {
    word: number
    for number, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), 1)  # noqa: SIM905
}
EVENING_UNTIL = 7
"""For a weekly idea, a bare "7" or "half past 5" is rather the evening; a bare "8" is the morning."""
ODD_ZONES = (
    "Asia/Kolkata", "Asia/Tehran", "Asia/Kabul", "Asia/Kathmandu", "Asia/Yangon", "Australia/Adelaide",
    "Australia/Darwin", "America/St_Johns", "Australia/Eucla", "Australia/Lord_Howe", "Pacific/Marquesas",
    "Pacific/Chatham",
)  # fmt: skip
"""Where the clock is half an hour or a quarter off the full hours; most people first."""
NEAR_ODD = 10
"""Minutes that a clock may be away from such a zone's."""
EAST_OF_DATE_LINE = "Pacific/Auckland"
MAX_WORDS = 8
MIN_LETTERS = 4


def clock_in(text: str, exact: bool = False) -> Clock | None:
    """The time of day in `text`; with `exact`, a bare number is none ("i have 2 kids")."""
    words = plain(text)
    late, early = bool(_LATE.search(words)), bool(_EARLY.search(words))
    if re.search(r"\b(noon|midday)\b", words):
        return 12, 0
    if re.search(r"\bmidnight\b", words):
        return 0, 0
    part = _PARTS.search(words)
    if part:
        hour = _hour(part["hour"])
        if hour is None:
            return None
        minutes = hour * 60 + (30 if part["part"] == "half" else 15) * (1 if part["way"] == "past" else -1)
        return _half_of_day(minutes // 60 % 24, minutes % 60, late, early, "am" in words.split(), "pm" in words.split())
    match = _DIGITS.search(text)
    if match is None:
        spoken = _OCLOCK.search(words)
        hour = _hour(spoken["hour"] or spoken["at"]) if spoken else None
        return None if hour is None else _half_of_day(hour, 0, late, early)
    half = (match["half"] or "").lower()
    if match["minute"] is None and not half and exact and not (late or early or _OCLOCK.search(words)):
        return None
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    if match["minute"] is not None and not half and not late:
        return (0 if early and hour == 12 else hour), minute
    return _half_of_day(hour, minute, late, early, half.startswith("a"), half.startswith("p"))


def _hour(word: str) -> int | None:
    hour = int(word) if word.isdecimal() else _WORDS.get(word)
    return hour if hour is not None and hour < 24 else None


def _half_of_day(
    hour: int, minute: int, late: bool, early: bool, before_noon: bool = False, after_noon: bool = False
) -> Clock:
    """The hour of a 12-hour clock, by what was said with it."""
    if before_noon or (early and not after_noon):
        return hour % 12 if hour == 12 else hour, minute
    if after_noon or late:
        if hour == 12 and late and not after_noon:  # twelve at night
            return 0, minute
        return hour + 12 if hour < 12 else hour, minute
    return (hour + 12 if 1 <= hour <= EVENING_UNTIL else hour), minute


def find_zones(text: str, now: datetime) -> tuple[Place, ...]:
    """Where somebody is, from a place ("new york"), an offset ("utc+2") or their local time ("21:40").

    Several where the name is that of places with different clocks; empty where nothing was found.
    """
    offset = _OFFSET.search(text) or _BARE_OFFSET.fullmatch(text.strip())
    if offset:
        minutes = int(offset[2] or 0) * 60 + int(offset[3] or 0)
        return _as_places(_zone_of(minutes if offset[1] in ("+", "plus") else -minutes, now, near=0))
    places = _places_in(text, now)
    if places:
        return places
    clock = clock_in(text, exact=True)
    if clock is None:
        return ()
    ahead = (clock[0] * 60 + clock[1] - (now.hour * 60 + now.minute) + 720) % 1440 - 720
    return _as_places(_zone_of(ahead, now, near=NEAR_ODD))


def _as_places(zone: str | None) -> tuple[Place, ...]:
    return (Place(zone_in_words(zone), zone),) if zone else ()


def _zone_of(ahead: int, now: datetime, near: int) -> str | None:
    """The zone that is so many minutes ahead of UTC, to the nearest hour unless it is a place between the hours."""
    whole = round(ahead / 60)
    if abs(ahead - whole * 60) > near:
        for name in ODD_ZONES:
            if abs(_minutes(name, now) - ahead) <= near:
                return name
        if not near:
            return None
    if whole == -11 and near:  # a clock does not tell the date: many more people live on the other side of the line
        whole = 13
    if whole * 60 == _minutes(EAST_OF_DATE_LINE, now):
        return EAST_OF_DATE_LINE
    if not -12 <= whole <= 14:
        return None
    return f"Etc/GMT{'-' if whole > 0 else '+'}{abs(whole)}" if whole else "UTC"


def _minutes(zone: str, now: datetime) -> int:
    offset = now.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    return int(offset.total_seconds()) // 60


def _places_in(text: str, now: datetime) -> tuple[Place, ...]:
    for words in (simple(text), simple(text.split(",")[0])):
        bare = _AROUND.sub("", _AROUND.sub("", words))
        found = find_places(words, now) or find_places(bare, now)
        if found:
            return found
    several = bare.split()
    if len(several) > MAX_WORDS or "?" in text:
        return ()
    spans = [" ".join(several[i:j]) for i in range(len(several)) for j in range(i + 1, len(several) + 1)]
    for span in sorted(spans, key=len, reverse=True):
        found = find_places(span, now, inside=True) if len(span) > MIN_LETTERS else ()
        if found:
            return found
    return ()


def zone_in_words(zone: str) -> str:
    """ "New York" for America/New_York, "UTC+5" for Etc/GMT-5 (whose sign is the other way round)."""
    if zone.startswith("Etc/GMT"):
        sign, hours = zone[7:8], zone[8:]
        return f"UTC{'+' if sign == '-' else '-'}{hours}"
    return zone.rsplit("/", 1)[-1].replace("_", " ")
