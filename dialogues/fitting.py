"""Making an answer fit into our sentence: its first letter, its full stop, its clauses."""

from __future__ import annotations

import re


def as_phrase(value: str, goes_on: bool = True) -> str:
    """A saved answer made to fit into a sentence: no last full stop, first letter small unless it is "I" or a name.

    Where our sentence `goes_on` after it, two sentences of the answer become one.
    """
    value = re.sub(r"\.([”\"'’])$", r"\1", value.strip()).rstrip(".!,; ")
    for end, start in reversed(_breaks(value)):
        letter = value[start]
        if goes_on or letter.islower():
            following = value[start + 1 : start + 2]
            kept = letter == "I" and not following.isalpha()
            value = f"{value[:end].rstrip('.!?')}, {letter if kept else letter.lower()}{value[start + 1 :]}"
    first = value.split(" ", 1)[0].rstrip(",") if value else ""
    small = first.lower()
    if first[:1].isupper() and first[1:].islower() and (small in _SMALL_FIRST or small.endswith(_SMALL_ENDINGS)):
        value = value[0].lower() + value[1:]
    return value


def _breaks(value: str) -> list[tuple[int, int]]:
    """Where one sentence of an answer ends and the next begins; "3 a.m.", "Mr. Smith" and "..." are no ends."""
    found = []
    for match in re.finditer(r"(\S*?)([.!?]+)[”\"')]*\s+(?=\w)", value):
        word, marks = match.group(1).lower().lstrip("“\"'("), match.group(2)
        dotted = re.fullmatch(r"(\w\.)+\w", word) and value[match.end()].islower()
        short = marks == "." and (word in _SHORT_FORMS or dotted or re.fullmatch(r"[a-hj-z]", word))
        if word and not short and not marks.startswith(".."):
            found.append((match.start(2) + len(marks), match.end()))
    return found


_SHORT_FORMS = frozenset(["mr", "mrs", "ms", "mx", "dr", "prof", "st", "vs", "approx", "jr", "sr"])


def when_clause(value: str) -> tuple[str, bool]:
    """What follows "When" as a clause, with that word; True where it stands as sentences of its own instead."""
    whole = re.match(r"(why|how|what|who|where|did|do|does|are|is)\b", value, re.IGNORECASE)
    if value.endswith(("…", "?")) or whole or _breaks(value):
        return capital(value), True
    value = as_phrase(value)
    if _OWN_WHEN.match(value):
        return capital(value), False
    return (f"About {value}" if _THING.fullmatch(value) else f"When {value}"), False


_OWN_WHEN = re.compile(
    r"(every|each|any|the (first|last|next|other|only|one|second|same)|this|that|one|last|all the) (time|day|night|evening|morning)\b"
    r"|(when(ever)?|after|before|while|since|as soon as|as|if|once|until|on|at|during|in|last|because of|by)\b",
    re.IGNORECASE,
)
"""Answers that say themselves when it was."""

_THING = re.compile(
    r"(the|your|his|her|their|our|my|that|this|all the) [\w'’-]+(?<!ed)|\w+ing\b.*|the way \w.*|(?!(you|he|she|they|we|it|i)\b)[\w'’-]+",
    re.IGNORECASE,
)
"""Answers that name a thing and are no clause: "the lies", "your silence", "lying to me"."""


def is_clause(value: str) -> bool:
    """Whether an answer to "I felt ..." has its own subject: "it hurts", "my chest got tight", "I wanted to run"."""
    return bool(_CLAUSE.match(value))


_CLAUSE = re.compile(
    r"(?:it|this|that)(?= \w)(?!['’]s\b)(?! (?:was|is|were|would|isn['’]?t|wasn['’]?t|i|you|he|she|they|we|it|my|your)\b)"
    r"|i(?!['’]|m\b)\b(?! (?:am|was|had|have|should|could|would|might|must|can|never|always|matter\w*|\w+n['’]?t)\b) \w|my [\w'’]+ (?!\w*ing\b)\w",
    re.IGNORECASE,
)


def capital(value: str) -> str:
    return value[:1].upper() + value[1:]


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
        "tense",
        "worn",
        "calm",
        "empty",
        "numb",
        "guilty",
        "lost",
        "stuck",
        "nervous",
        "bitter",
        "stupid",
        "low",
        "cold",
        "heavy",
        "hollow",
        "torn",
        "shaky",
        "uneasy",
        "left",
        "mad",
        "sick",
        "insecure",
        "weak",
    ]
)

BEGINS_WITH_THAT = re.compile(
    r"that (i|you|he|she|they|we|it|my|your|his|her|our|their|there|nobody|no one|everyone|everything|sometimes|some)\b",
    re.IGNORECASE,
)
