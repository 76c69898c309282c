"""From a typed place to its time zone, without a network: cities (GeoNames), countries, IANA names and nicknames."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from dialogues.content import FOLDER
from dialogues.reading import read_yaml
from dialogues.typed import plain

MAX_OPTIONS = 4
SEASONS = (0, 91, 182, 273)
"""Days from now on which two clocks are compared."""
CLEARLY_LARGER = 10
"""Times as many people as the next place of that name: then it is the one that is meant."""
LARGE_IN_THOUSANDS = 300
"""A city found inside a longer sentence is at least that large: many a small town is named like a common word."""
OTHER_CODES = {"uk": "GB", "usa": "US", "america": "US", "united states of america": "US", "uae": "AE", "great britain": "GB", "holland": "NL", "czech republic": "CZ", "korea": "KR", "ivory coast": "CI", "turkiye": "TR"}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Somewhere with a clock of its own; `zone` is an IANA name."""

    name: str
    zone: str
    inside: str = ""
    """The region or country it lies in."""
    thousands: int = 0
    """People, in thousands."""
    words: frozenset[str] = field(default=frozenset(), compare=False)
    """What may follow its name to say which one is meant ("maine", "me", "us")."""


@dataclass(frozen=True)
class Gazetteer:
    named: Mapping[str, tuple[Place, ...]]
    """Cities by their name, by that of their region, and by that of their country, as `simple` writes them."""
    also_named: Mapping[str, tuple[Place, ...]]
    """By names in other languages and of other times."""
    nicknames: Mapping[str, str]
    """IANA zone by what people call a place or its time ("la", "est")."""
    zones: Mapping[str, str]
    """IANA zone by its name and the last part of that."""


def simple(text: str) -> str:
    """Lower case, without punctuation and accents."""
    if text.isascii() and text.replace(" ", "").isalpha():
        return text.lower()
    letters = unicodedata.normalize("NFKD", text.replace("/", " ").replace("_", " "))
    return plain("".join(letter for letter in letters if not unicodedata.combining(letter)))


@cache
def gazetteer() -> Gazetteer:
    """Everything known of places; read once, which takes about 0.2 s."""
    named: dict[str, list[Place]] = defaultdict(list)
    also_named: dict[str, list[Place]] = defaultdict(list)
    words: dict[tuple[str, str], frozenset[str]] = {}
    code = country = ""
    for line in (FOLDER / "cities.tsv").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        if line.startswith(">"):
            code, country = line[1:].split("\t")
            countries = {simple(country), code.lower(), *(name for name, other in OTHER_CODES.items() if other == code)}
            continue
        name, area, zone, thousands, more = (*line.split("\t"), "")[:5]
        region, _, short = area.partition("|")
        if (code, region) not in words:
            words[code, region] = frozenset(countries | {simple(region), short.lower()} - {""})
        place = Place(name, zone, region or country, int(thousands), words[code, region])
        longer = (word for word in place.words if len(word) > 2)
        for key in {simple(name), *longer}:
            named[key].append(place)
        for other in more.split("|") if more else ():
            also_named[other].append(place)
    zones = {"utc": "UTC", "gmt": "UTC"}
    for name in sorted(available_timezones(), reverse=True):
        if "/" in name and not name.startswith("Etc/"):
            zones |= {simple(name): name, simple(name.rsplit("/", 1)[-1]): name}
    return Gazetteer(
        {name: tuple(found) for name, found in named.items()},
        {name: tuple(found) for name, found in also_named.items()},
        {name: zone for zone, names in read_yaml(FOLDER / "cities.yaml").items() for name in names},
        zones,
    )


def find_places(words: str, now: datetime, inside: bool = False) -> tuple[Place, ...]:
    """Places of that name with different clocks, the likeliest first; empty where none is known.

    `words` as `simple` writes them. With `inside` they are a part of a sentence: only large cities count.
    """
    known = gazetteer()
    if words in known.nicknames:
        return (_of_zone(known.nicknames[words]),)
    if words in known.zones and known.zones[words].count("/") == words.count(" ") > 0:
        return (_of_zone(known.zones[words]),)
    found = known.named.get(words) or known.also_named.get(words) or ()
    if inside:
        found = tuple(place for place in found if place.thousands >= LARGE_IN_THOUSANDS)
    if found:
        return _differing(found, now)
    if words in known.zones and not inside:
        return (_of_zone(known.zones[words]),)
    several = words.split()
    for cut in range(len(several) - 1, 0, -1):
        name, rest = " ".join(several[:cut]), " ".join(several[cut:])
        found = tuple(place for place in known.named.get(name, ()) if rest in place.words)
        if found:
            return _differing(found, now)
    return ()


def _of_zone(zone: str) -> Place:
    return Place(zone.rsplit("/", 1)[-1].replace("_", " "), zone)


def _differing(found: Iterable[Place], now: datetime) -> tuple[Place, ...]:
    """One place for each clock, the largest; those that hardly anybody means are left out."""
    clocks: dict[str, tuple[timedelta | None, ...]] = {}
    largest: dict[tuple[timedelta | None, ...], Place] = {}
    people: Counter[tuple[timedelta | None, ...]] = Counter()
    for place in found:
        if place.zone not in clocks:
            zone = ZoneInfo(place.zone)
            clocks[place.zone] = tuple((now + timedelta(days=days)).astimezone(zone).utcoffset() for days in SEASONS)
        clock = clocks[place.zone]
        people[clock] += place.thousands
        if clock not in largest or place.thousands > largest[clock].thousands:
            largest[clock] = place
    ranked = people.most_common(MAX_OPTIONS)
    return tuple(largest[clock] for clock, count in ranked if count * CLEARLY_LARGER > ranked[0][1])
