"""Turning content into what is said: filling in slots, choosing a variant, echoing the person's own words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

MAX_ECHO = 300
"""Characters of the person's own words that are said back inside one of our sentences."""

_OPTIONAL = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
_SLOT = re.compile(r"\{([a-z_0-9]+)(?:\|([^{}]*))?\}")
_SENTENCE_START = re.compile(r"(^|[.!?:]\s+|\n\s*|[“\"])$")

PARTNER_WORDS = {
    "partner": "your partner",
    "dating": "the person you're seeing",
    "single": "someone close to you",
    "complicated": "the person in your life",
}
_PEOPLE = {
    "husband": "husband", "hubby": "husband", "wife": "wife", "wifey": "wife", "boyfriend": "boyfriend", "bf": "boyfriend",
    "girlfriend": "girlfriend", "gf": "girlfriend", "fiance": "fiancé", "fiancé": "fiancé", "fiancee": "fiancée",
    "fiancée": "fiancée", "partner": "partner", "spouse": "spouse", "ex": "ex", "missus": "wife", "fella": "fella",
    "mother": "mother", "mum": "mum", "mom": "mom", "father": "father", "dad": "dad", "sister": "sister", "brother": "brother",
    "daughter": "daughter", "son": "son", "friend": "friend", "best friend": "best friend",
}  # fmt: skip
_PERSON = re.compile(r"\bmy (" + "|".join(_PEOPLE) + r")\b(?!['’]s\b)", re.IGNORECASE)


def person_in(text: str) -> str | None:
    """How the writer names the person it is about, turned around: "my gf" gives "your girlfriend"; None if unnamed."""
    match = _PERSON.search(text)
    return f"your {_PEOPLE[match.group(1).lower()]}" if match else None


def _as_phrase(value: str) -> str:
    """A saved answer made to fit into a sentence: no last full stop, first letter small unless it is "I" or a name."""
    value = re.sub(r"[.!?]+ +(\w)(?=\w|['’ ])", _run_on, value.strip().rstrip(".!,; "))
    first = value.split(" ", 1)[0].rstrip(",") if value else ""
    small = first.lower()
    if first[:1].isupper() and first[1:].islower() and (small in _SMALL_FIRST or small.endswith(_SMALL_ENDINGS)):
        value = value[0].lower() + value[1:]
    return value


def _run_on(match: re.Match[str]) -> str:
    """Two sentences of an answer as one, so that ours goes on after it."""
    letter = match.group(1)
    return f", {letter if letter == 'I' else letter.lower()}"


_SMALL_ENDINGS = ("ed", "ing", "ful", "less", "ous", "ly", "ish", "able", "ible", "ive", "ty", "ment", "ness")
"""Phones capitalise the first word; these endings say that it is no name."""
_SMALL_FIRST = frozenset(
    [
        "a",
        "an",
        "the",
        "my",
        "your",
        "his",
        "her",
        "their",
        "our",
        "he",
        "she",
        "they",
        "we",
        "you",
        "it",
        "this",
        "that",
        "these",
        "those",
        "when",
        "if",
        "because",
        "to",
        "be",
        "being",
        "not",
        "no",
        "feeling",
        "feel",
        "felt",
        "being",
        "having",
        "had",
        "was",
        "were",
        "am",
        "is",
        "are",
        "at",
        "in",
        "on",
        "with",
        "for",
        "from",
        "some",
        "someone",
        "somebody",
        "something",
        "every",
        "talk",
        "talking",
        "ask",
        "asking",
        "tell",
        "telling",
        "go",
        "going",
        "spend",
        "spending",
        "call",
        "calling",
        "write",
        "writing",
        "sit",
        "sitting",
        "walk",
        "walking",
        "scared",
        "sad",
        "angry",
        "hurt",
        "lonely",
        "worried",
        "anxious",
        "tired",
        "ashamed",
        "jealous",
        "afraid",
        "small",
        "invisible",
        "unsafe",
        "alone",
        "upset",
    ]
)


def _clip(value: str) -> str:
    value = " ".join(value.split())
    return value if len(value) <= MAX_ECHO else value[:MAX_ECHO].rsplit(" ", 1)[0].rstrip(",. ") + "…"


def fill(text: str, slots: Mapping[str, str]) -> str:
    """`text` with `{slot}`, `{slot|fallback}` and `[[optional segment]]` filled in.

    Inside curly quotes a slot is put in word for word; elsewhere it is made to fit the sentence.
    Raises KeyError for a slot that has no value, no fallback, and no optional segment around it.
    """

    def optional(match: re.Match[str]) -> str:
        names = _SLOT.findall(match.group(1))
        return match.group(1) if all(slots.get(name) for name, _ in names) else ""

    text = _OPTIONAL.sub(optional, text)

    def one(match: re.Match[str]) -> str:
        name, fallback = match.group(1), match.group(2)
        value = slots.get(name)
        if not value:
            if match.group(2) is None:
                raise KeyError(name)
            return str(fallback)
        value = _clip(value)
        before = text[: match.start()]
        if before.endswith("“"):
            return value
        return value if _SENTENCE_START.search(before) else _as_phrase(value)

    filled = _SLOT.sub(one, text)
    filled = re.sub(r"(?<!\.)([.!?…])(”?)\.(?!\.)", r"\1\2", filled)  # the person's own full stop is enough
    return re.sub(r"[ \t]{2,}", " ", filled).replace(" \n", "\n").strip()


def slots_of(text: str) -> set[str]:
    """Names of slots in `text` that have neither fallback nor an optional segment around them."""
    return {name for name, fallback in _SLOT.findall(_OPTIONAL.sub("", text)) if not fallback}


def named_slots(text: str) -> set[str]:
    """Names of all slots in `text`."""
    return {name for name, _ in _SLOT.findall(text)}


def strip_lead_in(answer: str, lead_ins: Sequence[str]) -> str:
    """`answer` without the words in `lead_ins` at its start ("I feel sad" with "i feel" gives "sad")."""
    answer = answer.strip().strip("“”\"'… ").lstrip(". ")
    changed = True
    while changed:
        changed = False
        for lead in sorted(lead_ins, key=len, reverse=True):
            pattern = re.compile(re.escape(lead) + r"\b[\s,:]*", re.IGNORECASE)
            match = pattern.match(answer)
            if match and match.end() < len(answer):
                answer = answer[match.end() :]
                changed = True
    return answer


def join_words(words: Sequence[str], last: str = "or") -> str:
    """ "a", "a or b", "a, b or c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
