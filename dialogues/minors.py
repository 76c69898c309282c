"""Hearing that the writer is under 18 (CARE C7): only when they say so of themselves."""

from __future__ import annotations

import re

_AGE = r"(?:[6-9]|1[0-7])"
_SAYS = re.compile(
    rf"\b(?:i\s*a?'?m|i am|im)\s+(?:only\s+|just\s+|like\s+)?{_AGE}\b(?!\s*(?:%|/|:|weeks?|months?|days?|hours?|minutes?|mins?|am|pm|"
    rf"miles?|km|kg|pounds?|stone|lbs?|feet|percent|shifts?|steps?|out of|years? (?:in|into|sober|married|clean|together|older|younger)))"
    rf"|\b(?:i\s*a?'?m|im)\s+a\s+{_AGE}[\s-]*(?:year|yr|y/?o)"
    rf"|\bmy age is {_AGE}\b|\bturn(?:ed|ing) {_AGE} (?:last|this|next)\b"
    rf"|\b{_AGE}\s*(?:yo|y/o|yrs? old|years? old)\s+(?:girl|boy|kid|here)\b|\b(?:[mf])\s?(?:1[0-7])\s+here\b",
    re.IGNORECASE,
)
_OTHER = re.compile(r"\b(?:was|when i was|were)\b[^.]{0,20}$", re.IGNORECASE)


def says_minor(text: str) -> bool:
    """Whether the writer says that they are under 18 now."""
    text = text.replace("’", "'")
    match = _SAYS.search(text)
    return bool(match) and not _OTHER.search(text[: match.start()] if match else "")
