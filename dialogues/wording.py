"""Turning content into what is said: filling in slots, choosing a variant, echoing the person's own words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from dialogues.fitting import BEGINS_WITH_THAT, as_phrase, capital, is_clause, when_clause

_FAMILY = frozenset(["mother", "mum", "mom", "father", "dad", "sister", "brother", "daughter", "son", "friend"])

MAX_ECHO = 300
"""Characters of the person's own words that are said back inside one of our sentences."""

MAX_EVENT = 600
"""The same for what happened ("When ..."), which goes into a message meant for somebody else."""

_OPTIONAL = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)

_SLOT = re.compile(r"\{([a-z_0-9]+)(?:\|([^{}]*))?\}")

_PLACE = re.compile(
    r"(?P<lead>\b(?:When|I feel|I felt|I need|that) )?" + _SLOT.pattern + r"(?P<tail>, (?=I |my ))?(?=(?P<next>.?))",
    re.DOTALL,
)
"""A slot, with those words of ours around it that some answers make superfluous: "When {event}, I felt {feeling}"."""

_SENTENCE_START = re.compile(r"(^|[.!?:]\s+|\n\s*|[“\"])$")

PARTNER_WORDS = {
    "partner": "your partner",
    "dating": "the person you're seeing",
    "single": "someone close to you",
    "complicated": "the person in your life",
    "unknown": "the other person",
}

PEOPLE = {
    "husband": "husband", "hubby": "husband", "wife": "wife", "wifey": "wife", "boyfriend": "boyfriend", "bf": "boyfriend",
    "girlfriend": "girlfriend", "gf": "girlfriend", "fiance": "fiancé", "fiancé": "fiancé", "fiancee": "fiancée",
    "fiancée": "fiancée", "partner": "partner", "spouse": "spouse", "ex": "ex", "missus": "wife", "fella": "fella",
    "mother": "mother", "mum": "mum", "mom": "mom", "father": "father", "dad": "dad", "sister": "sister", "brother": "brother",
    "daughter": "daughter", "son": "son", "friend": "friend", "best friend": "best friend",
}  # fmt: skip

PARTNERS = frozenset(PEOPLE.values()) - _FAMILY - {"best friend"}
"""Those of `PEOPLE` who are, or were, a partner."""

_PERSON = re.compile(
    r"\bmy (" + "|".join(PEOPLE) + r")\b(?!['’]s\b|[-\s]in[-\s]law| (?:died|passed|is dead))", re.IGNORECASE
)


def person_in(text: str) -> str | None:
    """How the writer names the person it is about, turned around: "my gf" gives "your girlfriend".

    A partner comes before family and friends. None where nobody is named, or two people who could be meant.
    """
    named = [PEOPLE[match.lower()] for match in _PERSON.findall(text)]
    partners = [name for name in named if name not in _FAMILY]
    chosen = dict.fromkeys(partners or named)
    return f"your {next(iter(chosen))}" if len(chosen) == 1 else None


def _clip(value: str, most: int = MAX_ECHO) -> str:
    value = " ".join(value.split())
    return value if len(value) <= most else value[: most - 1].rsplit(" ", 1)[0].rstrip(",. ") + "…"


def fill(text: str, slots: Mapping[str, str], verbatim: bool = False) -> str:
    """`text` with `{slot}`, `{slot|fallback}` and `[[optional segment]]` filled in.

    Inside curly quotes a slot is put in word for word; elsewhere it is made to fit the sentence. Words of ours that
    the answer brings along are left out: "When {x}" with "every time you shout", "I felt {x}" with "it hurts".
    With `verbatim` every slot is put in as it is: for words of ours (a country, a number, a title).
    Raises KeyError for a slot that has no value, no fallback, and no optional segment around it.
    """

    def optional(match: re.Match[str]) -> str:
        names = _SLOT.findall(match.group(1))
        return match.group(1) if all(slots.get(name) for name, _ in names) else ""

    text = _OPTIONAL.sub(optional, text)
    ended = False  # our sentence was ended early, so what comes next begins one

    def one(match: re.Match[str]) -> str:
        nonlocal ended
        lead, tail, after_end = match["lead"] or "", match["tail"] or "", ended
        ended = False
        value, fallback = slots.get(match[2]), match[3]
        if not value:
            if fallback is None:
                raise KeyError(match[2])
            return f"{lead}{fallback}{tail}"
        before = text[: match.start()]
        if verbatim or (not lead and before.endswith("“")):
            return lead + _clip(value) + tail
        value = _clip(value, MAX_EVENT if lead == "When " and tail else MAX_ECHO)
        starts = bool(_SENTENCE_START.search(before)) or after_end
        if lead == "When " and tail:
            filled, ended = when_clause(value)
            if ended:
                return filled + ("" if filled[-1] in ".!?…" else ".") + " "
            return filled + tail
        if not lead and starts:
            return value + tail
        value = as_phrase(value, goes_on=match["next"] not in ("", ".", "\n", "”") or bool(tail))
        if lead in ("I feel ", "I felt ") and is_clause(value):
            value = re.sub(r"^(it|that|this) hurts\b", r"\1 hurt", value) if lead == "I felt " else value
            return (capital(value) if starts else value) + tail
        if lead == "I need " and re.match(r"I\b", value):
            return value + tail
        if lead == "that " and BEGINS_WITH_THAT.match(value):
            return value + tail
        return lead + value + tail

    filled = _PLACE.sub(one, text)
    filled = re.sub(r"(?<!\.)([.!?…])(”?)\.(?!\.)", r"\1\2", filled)  # the person's own full stop is enough
    return re.sub(r"[ \t]{2,}", " ", filled).replace(" \n", "\n").strip()


def slots_of(text: str) -> set[str]:
    """Names of slots in `text` that have neither fallback nor an optional segment around them."""
    return {name for name, fallback in _SLOT.findall(_OPTIONAL.sub("", text)) if not fallback}


def named_slots(text: str) -> set[str]:
    """Names of all slots in `text`."""
    return {name for name, _ in _SLOT.findall(text)}


def join_words(words: Sequence[str], last: str = "or") -> str:
    """ "a", "a or b", "a, b or c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
