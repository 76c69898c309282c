"""Emergency numbers and helplines in words: for a known country, for an unknown one, for whom they are meant."""

from __future__ import annotations

import re

from dialogues.helplines import Country, Kind, describe, needs_finder
from dialogues.talk import Talk

MAX_LINES = 3
"""Services named in one message, so that the first number is not lost among many."""
_CHILD = re.compile(
    r"\b(?:my|our|his|her|their|the|a) (?:\w+ ){0,2}(?:kids?|child(?:ren)?|son|daughter|baby|toddler|nephew|niece|"
    r"step ?(?:son|daughter)|grand(?:son|daughter|child)|(?:little|younger|baby) (?:brother|sister)|year old|pupil|student)s?\b"
    r"|\b(?:my|our) (?:step ?)?(?:mum|mom|mummy|mommy|mother|dad|daddy|father|parents?|foster \w+)s?\b(?! in law)|\bi(?: a|')?m a (?:child|kid)\b",
    re.IGNORECASE,
)


def mentions_child(text: str) -> bool:
    """Whether a child may be the one in danger: a child is named, or a parent of the writer is (CARE B14)."""
    return bool(_CHILD.search(text.replace("’", "'").replace("-", " ")))


def country_of(talk: Talk) -> Country | None:
    """The person's country, where they said it."""
    return talk.content.helplines.country(talk.state.country) if talk.state.country else None


def lines(talk: Talk, country: Country | None, kind: Kind, child: bool = False) -> str:
    """Emergency number, the country's lines of that kind, and the international finder where it belongs.

    With `child`, or where the writer is under 18, help for children comes right after the emergency number.
    """
    helplines = talk.content.helplines
    child = child or talk.state.minor
    if country is None:
        parts = [talk.phrase("safety.emergency_anywhere")]
        parts += [talk.phrase("safety.child_lines", finder=helplines.child_finder.url)] if child else []
        parts += [talk.phrase("safety.no_doer_line")] if kind == "perpetrator" else []
        return "\n\n".join([*parts, talk.phrase("safety.finder", finder=helplines.finder.url)])
    services = country.services_for(kind)
    parts = [talk.phrase("safety.emergency", numbers=" or ".join(country.emergency), country=country.name)]
    if child:
        own = country.services_for("child")[:MAX_LINES]
        parts += [
            *(f"• {describe(service)}" for service in own),
            talk.phrase("safety.child_lines", finder=helplines.child_finder.url),
        ]
    if kind == "perpetrator" and not services:
        parts.append(talk.phrase("safety.no_doer_line"))
        services = country.services_for("crisis")
    services = services[:MAX_LINES]
    if kind == "abuse":
        services += country.services_for("crisis")[:1]
    parts.append("\n".join(f"• {describe(service)}" for service in services))
    last = talk.phrase("safety.no_answer", finder=helplines.finder.url)
    parts.append(f"{last} {talk.phrase('safety.second_hand')}" if needs_finder(services) else last)
    return "\n\n".join(part for part in parts if part)


def in_short(talk: Talk) -> str:
    """Where help is to be had, as part of a sentence: the first crisis line of the country, else the finder."""
    finder = talk.content.helplines.finder.url
    country = country_of(talk)
    services = country.services_for("crisis") if country else ()
    if country is None or not services:
        return f"{finder} has helplines for your country"
    return f"{' or '.join(country.emergency)} in danger, or {describe(services[0])}; more at {finder}"
