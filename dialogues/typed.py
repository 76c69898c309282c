"""Everything a button does can be typed: from words to actions, without the model."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dialogues.state import Choice

GLOBAL = {
    "menu": "menu",
    "main menu": "menu",
    "topics": "topics",
    "guides": "guides",
    "list": "menu",
    "start over": "menu",
    "home": "menu",
    "journey": "journey",
    "my journey": "journey",
    "my path": "journey",
    "check in": "checkin",
    "checkin": "checkin",
    "progress": "progress",
    "my progress": "progress",
    "show my progress": "progress",
    "show me my progress": "progress",
    "my check ins": "progress",
    "my chart": "progress",
    "settings": "settings",
    "reminders": "reminders",
    "privacy": "privacy",
    "help": "help",
    "stop": "stop",
    "stop everything": "stop",
    "delete everything": "delete",
    "delete my data": "delete",
    "export my data": "export",
    "brief": "brief",
    "a brief for my therapist": "brief",
    "brief for my therapist": "brief",
    "brief for a therapist": "brief",
    "export": "export",
    "my data": "mydata",
    "mydata": "mydata",
    "what do you know about me": "mydata",
    "what do you keep": "mydata",
    "what have you stored about me": "mydata",
    "what do you have on me": "mydata",
    "stop keeping my words": "withdraw",
    "dont keep my words": "withdraw",
    "withdraw": "withdraw",
    "withdraw my consent": "withdraw",
    "i take back my consent": "withdraw",
    "crisis": "danger:crisis",
    "helplines": "danger:crisis",
    "helpline": "danger:crisis",
    "i need help now": "danger:crisis",
    "emergency": "danger:crisis",
    "quick exit": "quick_exit",
    "quickexit": "quick_exit",
    "resume": "resume",
    "continue": "resume",
    "go on": "resume",
    "carry on": "resume",
    "where were we": "resume",
    "where did we stop": "resume",
    "pick up where we left off": "resume",
    "talk": "talk",
    "something else": "else",
}
"""Whole messages that mean an action anywhere. Kept to phrases nobody uses as an answer."""

IN_GUIDE = {
    "next": "next", "ok next": "next", "next one": "next", "next step": "next", "continue": "next", "go on": "next",
    "carry on": "next", "ok": "next", "okay": "next", "k": "next", "done": "next", "i did it": "next", "did it": "next",
    "ready": "next", "yes": "next", "yep": "next", "yeah": "next", "sure": "next", "got it": "next", "alright": "next",
    "and then": "next", "more": "next", "im ready": "next",
    "back": "back", "go back": "back", "previous": "back", "one back": "back", "last one": "back",
    "skip": "skip", "skip it": "skip", "skip that": "skip", "skip this": "skip", "ill try it later": "later", "try it later": "later", "ill do it later": "later", "pass": "skip", "not this one": "skip",
    "i dont know": "skip", "idk": "skip", "dunno": "skip", "no idea": "skip", "nothing": "skip", "later": "later",
    "i already did this": "skip", "already did that": "skip", "rather not say": "skip", "id rather not say": "skip",
    "pause": "pause", "stop": "pause", "not now": "pause", "nah not now": "pause", "no not now": "pause", "maybe later": "pause", "break": "pause", "take a break": "pause", "enough": "pause",
    "enough for today": "pause", "quit": "pause", "exit": "pause", "i need a break": "pause", "thats enough": "pause",
    "what do you mean": "clarify", "what": "clarify", "huh": "clarify", "example": "clarify", "an example": "clarify",
    "like what": "clarify", "i dont understand": "clarify", "i dont get it": "clarify", "explain": "clarify",
    "for example": "clarify", "how": "clarify", "such as": "clarify", "can you explain": "clarify", "say that again": "again",
    "repeat": "again", "again": "again", "shorter": "short", "shorter please": "short", "too long": "short", "tldr": "short",
    "tl dr": "short", "in short": "short", "where is this from": "source", "source": "source", "says who": "source",
    "edit": "edit", "edit it": "edit", "change it": "edit", "change the words": "edit", "let me change it": "edit",
    "i want to change it": "edit", "id change it": "edit", "rewrite": "edit", "rewrite it": "edit", "can i change it": "edit",
    "who says that": "source", "where does this come from": "source", "whats the source": "source",
}  # fmt: skip
"""Whole messages that steer a guide, whatever the step asks."""

YES = frozenset(
    ["yes", "y", "ye", "yep", "yeah", "yea", "yup", "yh", "sure", "ok", "okay", "k", "kk", "alright", "right", "fine", "please", "absolutely", "definitely", "certainly", "totally", "exactly", "correct", "true", "affirmative"]
) | {
    "yes please", "ok sure", "sure thing", "go ahead", "lets go", "lets do it", "lets do that", "sounds good", "why not",
    "i do", "i would", "i am", "of course", "for sure", "that one", "yes i do", "do it", "go for it", "i think so",
    "i guess", "i guess so", "yeah sure", "yes thats it", "thats it", "thats right", "yes keep them", "i agree",
}  # fmt: skip
NO = frozenset(["no", "n", "nope", "nah", "naw", "never", "negative"]) | {
    "no thanks", "no thank you", "not now", "not really", "not today", "not yet", "maybe later", "later", "id rather not",
    "rather not", "lets not", "please dont", "dont", "i dont", "i dont think so", "not sure", "no im good", "im good",
    "nah im good", "neither", "none", "none of these", "not these", "none of them", "none of those", "no way", "not that", "skip", "pass", "nothing",
}  # fmt: skip

_NUMBERS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_ORDINALS = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5,
    "sixth": 6, "6th": 6, "last": -1,
}  # fmt: skip
CANCEL = frozenset(["never mind", "nevermind", "nvm", "cancel", "forget it", "leave it", "skip this question"])
ALWAYS = frozenset(
    [
        "menu", "main menu", "journey", "my journey", "my progress", "settings", "reminders", "stop everything", "delete everything",
        "delete my data", "export my data", "my data", "mydata", "what do you know about me", "what have you stored about me",
        "stop keeping my words", "withdraw my consent", "i take back my consent", "crisis", "helplines", "helpline", "i need help now", "emergency", "quick exit", "quickexit", "start over",
        "resume", "check in", "checkin", "where were we", "where did we stop", "pick up where we left off",
    ]
)  # fmt: skip
"""Words of GLOBAL that lead out of a guide even where an answer in own words is awaited."""
_WITHOUT_ANSWER = re.compile(
    r"(?:i |im )?(?:really |honestly |just )?(?:dont|do not|cant|cannot|not) (?:really )?(?:know|sure|remember|recall|think of)"
    r"(?: \w+){0,4}|idk(?: \w+)?|no (?:clue|idea)|nothing comes(?: to mind)?"
)
_ONLY_ASKING = re.compile(r"\s*[?？][?？!\s]*")
_THUMBS = re.compile(r"^[\s👍👌✅🙏💯\U0001f3fb-\U0001f3ff\ufe0f]+$")
_FILLER = frozenset(
    [
        "the",
        "a",
        "an",
        "one",
        "option",
        "number",
        "please",
        "i",
        "think",
        "id",
        "say",
        "choose",
        "take",
        "pick",
        "lets",
        "do",
        "ill",
        "go",
        "for",
        "with",
        "maybe",
    ]
)


def plain(text: str) -> str:
    """`text` in lower case without punctuation and apostrophes, for comparing with phrases."""
    text = text.lower().replace("’", "'").replace("'", "")
    text = re.sub(r"(?<=\w)-(?=\w)", " ", text)
    text = re.sub(r"[^\w\s]|_", " ", text)
    text = " ".join(text.split())
    return re.sub(r"(.)\1{2,}", r"\1", text)


def steers(text: str) -> str | None:
    """What a whole message asks of a guide's step ("next", "clarify"); bare question marks ask what is meant."""
    return "clarify" if _ONLY_ASKING.fullmatch(text) else IN_GUIDE.get(plain(text))


def asks_again(text: str) -> bool:
    """Whether somebody did not follow, and wants to be asked again or in other words ("what?", "huh", "??")."""
    return steers(text) in ("clarify", "again")


def is_yes(text: str, label: str = "") -> bool:
    """Does this short message agree? `label` is the model's view, used for up to five words."""
    if _THUMBS.match(text):
        return True
    words = plain(text)
    return words in YES or (label == "affirm" and len(words.split()) <= 5 and words not in NO)


def is_no(text: str, label: str = "") -> bool:
    """Does this short message decline?"""
    words = plain(text)
    return words in NO or words in CANCEL or (label == "deny" and len(words.split()) <= 5 and words not in YES)


def number_in(text: str, low: int, high: int) -> int | None:
    """The one number from `low` to `high` in a short answer ("a 7 i think", "seven", "3/10"); None if none or several."""
    words = plain(text.replace("/10", " ").replace("/5", " ").replace("out of", " ~ ").split("~")[0])
    found = [int(word) for word in words.split() if word.isdecimal()]
    found += [_NUMBERS[word] for word in words.split() if word in _NUMBERS and len(words.split()) <= 5]
    if len(set(found)) == 1 and len(words.split()) <= 8 and low <= found[0] <= high:
        return found[0]
    return None


def without_answer(text: str) -> bool:
    """Whether somebody says that they have no answer ("i don't know what to say", "can't remember")."""
    return _WITHOUT_ANSWER.fullmatch(plain(text)) is not None


def is_empty(text: str) -> bool:
    """Whether a message has no words at all ("...", "?", an emoji other than a thumb)."""
    return not re.search(r"[^\W_]", text)


def pick(text: str, options: Sequence[Choice]) -> Choice | None:
    """The option that a typed answer names for certain: its number, "the second one", its label, a plain yes or no."""
    words = plain(text).split()
    if not options or not words:
        return None
    rest = [word for word in words if word not in _FILLER] or words
    if len(rest) == 1:
        index = _ORDINALS.get(rest[0])
        if index is None and rest[0].isdecimal():
            index = int(rest[0])
        if index is None and rest[0] in _NUMBERS and len(words) <= 3:
            index = _NUMBERS[rest[0]]
        if index == -1:
            return options[-1]
        if index is not None and 1 <= index <= len(options):
            return options[index - 1]
    joined = " ".join(words)
    labels = [plain(option.label) for option in options]
    for option, label in zip(options, labels, strict=True):
        if joined == label or joined in option.words:
            return option
    for said, first in ((is_yes(text), "yes"), (is_no(text), "no")):
        beginning = [option for option, label in zip(options, labels, strict=True) if label.split()[:1] == [first]]
        if said and len(beginning) == 1:
            return beginning[0]
    return None


def pick_loosely(text: str, options: Sequence[Choice], own_words: bool = False) -> Choice | None:
    """The one option whose label has the typed words in it, or the other way round; None where that is not certain.

    Where own words are an answer too (`own_words`), a longer text that has a label in it is not that option.
    """
    joined = plain(text)
    words = joined.split()
    if not words or len(words) > 8 or (len(joined) < 4 and joined not in {plain(option.label) for option in options}):
        return None
    labels = [plain(option.label) for option in options]
    inside = [option for option, label in zip(options, labels, strict=True) if f" {joined} " in f" {label} "]
    if len(inside) == 1:
        return inside[0]
    begun = [option for option, label in zip(options, labels, strict=True) if f" {joined}" in f" {label}"]
    if len(begun) == 1 and not own_words:
        return begun[0]
    if own_words or _NEGATIONS.intersection(words):
        return None
    around = [
        option
        for option, label in zip(options, labels, strict=True)
        if len(label) > 3 and f" {label} " in f" {joined} " and len(words) <= len(label.split()) + 4
    ]
    return around[0] if len(around) == 1 else None


_NEGATIONS = frozenset(["not", "no", "dont", "cant", "wont", "never", "without", "nothing", "isnt"])
