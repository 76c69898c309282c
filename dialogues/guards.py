"""Who is offered what: is it safe to talk, are couple guides open, is the writer of age (CARE B2, B5, C7)."""

from __future__ import annotations

import re

from dialogues import danger
from dialogues.events import Count, ForgetWords, StopReminders, Text
from dialogues.talk import Action, Talk, choices

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


def safe(talk: Talk, arg: str) -> None:
    """The answer to "would it feel safe to bring this up?" (CARE B5)."""
    if arg == "yes":
        talk.update(safe_to_talk=True, focus=None)
        return
    talk.update(safe_to_talk=False, locked=True, pending=None, reminder=None)
    talk.do(StopReminders())
    talk.do(Count("safety.not_safe_to_talk"))
    talk.write(f"{talk.phrase('safety.not_safe')}\n\n{danger.lines(talk, danger.country_of(talk), 'abuse')}")
    options = choices(
        [
            ("Where I live", "countries"),
            ("Something just for me", "guide:self_care"),
            ("Quick exit", "quick_exit"),
            ("I need help now", "danger:abuse"),
        ]
    )
    talk.say("safety.not_safe_then", options=options, columns=2)
    talk.ask("not_safe", options)
    return


def safe_typed(talk: Talk, arg: str, event: Text) -> None:
    """Other words at that question: say why it is asked, and ask once more."""
    options = choices([("Yes, it feels safe", "safe:yes"), ("No, or I'm not sure", "safe:no")])
    talk.say("safety.why_safe_to_talk", options=options)
    talk.ask("safe_to_talk", options, yes="safe:yes", no="safe:no", free="safe_typed")


def unlock(talk: Talk, arg: str = "") -> None:
    """The person opens the locked guides themself (CARE B2: never by us)."""
    talk.update(locked=False, safe_to_talk=True, focus=None)


def minor(talk: Talk) -> None:
    """Somebody under 18: no guide, no reminder, keep nothing; an adult to trust and a child helpline (CARE C7, B14)."""
    talk.update(
        minor=True,
        walk=None,
        paused=(),
        finished=(),
        reminder=None,
        focus=None,
        checkin=None,
        name=None,
        who=None,
        person=None,
        consent=False,
    )
    talk.do(StopReminders())
    talk.do(ForgetWords())
    finder = talk.content.helplines.child_finder.url
    options = choices([("I need help now", "danger:crisis"), ("I'm over 18", "adult")])
    talk.say("safety.minor", options=options, finder=finder)
    talk.ask("minor", options)


def adult(talk: Talk, arg: str = "") -> None:
    """It was a misunderstanding: the writer is an adult."""
    talk.update(minor=False, consent=None, focus=None)
    talk.say("safety.adult")


ACTIONS: dict[str, Action] = {"safe": safe, "unlock": unlock, "adult": adult}
FREE = {"safe_typed": safe_typed}
