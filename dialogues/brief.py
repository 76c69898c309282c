"""A brief for a therapist: one page of themes, guides and the words that the person ticked, as text or as a file.

Nothing is ticked beforehand, and nothing is on the page that the person did not choose or could not see before. Ticking
says what is to be (on or off), so that a second tap on the same button changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from dialogues import profile
from dialogues.events import Page, SendPage, Text
from dialogues.state import Choice
from dialogues.talk import Action, Talk, choices
from dialogues.typed import plain

MAX_OFFERED = 10
"""Own words offered, the latest: more do not fit one page."""
MAX_LABEL = 26
NAME = "name"
ALL = Choice(label="All of them", action="brief:all", words=("all", "everything", "all of it"))
NONE = Choice(label="None of them", action="brief:none", words=("none", "nothing", "none of it"))
_ASKS = re.compile(
    r"\b(?:brief|page|summary|overview|report|letter|note|something|paper|pdf)\b.*\b(?:therapist|therapy|counsell?or|psychologist|"
    r"psychotherapist|doctor|shrink|counsell?ing)\b|\b(?:therapist|counsell?or|doctor) (?:brief|summary|page|letter|report)\b"
)
_WANTS = re.compile(r"\b(?:make|give|write|create|do|get|want|need|like|have|show|send|prepare|print|can|could|for)\b")
MAX_ASKING_WORDS = 14


@dataclass(frozen=True)
class OwnWords:
    """Something the person wrote that is kept: where it comes from, and a key that stays the same."""

    key: str
    where: str
    text: str


def asks_for_brief(text: str) -> bool:
    """Whether a message asks for the brief ("can you make a summary for my therapist")."""
    words = plain(text)
    return len(words.split()) <= MAX_ASKING_WORDS and bool(_ASKS.search(words) and _WANTS.search(words))


def own_words(talk: Talk) -> tuple[OwnWords, ...]:
    """What of the person's own can be ticked: their name, then their kept words, the latest last; none without consent."""
    if not talk.state.consent:
        return ()
    found = []
    for done in talk.state.finished:
        title = talk.content.guides[done.guide].title if done.guide in talk.content.guides else "an exercise"
        where = f"{title}, {_day(done.day)}"
        if done.own_words:
            found.append(OwnWords(f"{done.guide}:words", where, done.own_words))
        if done.plan:
            found.append(OwnWords(f"{done.guide}:plan", f"a plan after {where}", done.plan))
    today = talk.state.checkin
    if today and today.note:
        found.append(OwnWords("checkin:note", f"check-in, {_day(today.day)}", today.note))
    name = [OwnWords(NAME, "what I call you", talk.state.name)] if talk.state.name else []
    return (*name, *found[-MAX_OFFERED:])


def page(talk: Talk) -> Page:
    """The page as it is now."""
    state = talk.state
    themes = [
        f"{talk.content.themes[name].title}: {_over_time(state.theme_months.get(name, {}))}"
        for name in state.themes
        if name in talk.content.themes
    ]
    guides = [
        f"{talk.content.guides[done.guide].title}, {_day(done.day)}"
        for done in state.finished
        if done.guide in talk.content.guides
    ]
    words = [f"“{one.text}” ({one.where})" for one in own_words(talk) if one.key in state.brief and one.key != NAME]
    nothing = talk.phrase("brief.nothing_here")
    sections = [
        (talk.phrase("brief.themes"), tuple(themes or [nothing])),
        (talk.phrase("brief.guides"), tuple(guides or [nothing])),
    ]
    if words:
        sections.append((talk.phrase("brief.words"), tuple(words)))
    head = talk.phrase("brief.head", day=_day(talk.today))
    by = talk.phrase("brief.by", name=state.name) if state.consent and state.name and NAME in state.brief else ""
    return Page(talk.phrase("brief.title"), " ".join(filter(None, [head, by])), tuple(sections))


def brief(talk: Talk, arg: str = "") -> None:
    """/brief and its buttons: "+:KEY" and "-:KEY" tick and untick, "all", "none", "text" and "pdf"."""
    what, _, key = arg.partition(":")
    state = talk.state
    if not (state.themes or state.finished or own_words(talk)):
        options = choices([("Find my topic", "topics"), ("All guides", "guides")])
        talk.say("brief.nothing_yet", options=options)
        return talk.ask("menu", options, no="later")
    if what == "text":
        return _as_text(talk)
    if what == "pdf":
        talk.do(SendPage(page(talk)))
        options = choices([("Change it", "brief"), ("Menu", "menu")])
        talk.say("brief.pdf", options=options)
        return talk.ask("brief_done", options, no="later")
    known = [one.key for one in own_words(talk)]
    ticked = [one for one in state.brief if one in known]
    if what in ("+", "all"):
        ticked += known if what == "all" else [key]
    elif what in ("-", "none"):
        ticked = [] if what == "none" else [one for one in ticked if one != key]
    talk.update(brief=tuple(one for one in known if one in ticked))
    return _choose(talk, "brief.changed" if what else "brief.choose")


def _choose(talk: Talk, phrase: str) -> None:
    """Show what can be ticked, and the ways to get the page."""
    words = own_words(talk)
    get = [("Show it here", "brief:text"), ("As a PDF", "brief:pdf")]
    if not words:
        key = "brief.no_words_yet" if talk.state.consent else "brief.not_kept"
        keep = [] if talk.state.consent else [profile.settings_choice(talk)]
        options = choices([*get, *keep, ("Not now", "later")])
        talk.say(key, options=options)
        return talk.ask("brief", options, yes="brief:text", no="later")
    ticks = [_tick(number, one, one.key in talk.state.brief) for number, one in enumerate(words, 1)]
    several = (ALL, NONE) if len(words) > 1 else (NONE,) if talk.state.brief else ()
    options = (*ticks, *several, *choices([*get, ("Not now", "later")]))
    lines = [
        f"{number}. {'✓ ' if one.key in talk.state.brief else ''}“{one.text}” ({one.where})"
        for number, one in enumerate(words, 1)
    ]
    talk.write(f"{talk.phrase(phrase)}\n\n" + "\n".join(lines), title="For a therapist", options=options)
    return talk.ask("brief", options, yes="brief:text", no="later", free="brief_typed")


def _tick(number: int, one: OwnWords, on: bool) -> Choice:
    text = one.text if len(one.text) <= MAX_LABEL else one.text[: MAX_LABEL - 1].rstrip() + "…"
    return Choice(label=f"{'☑' if on else '☐'} {number} {text}", action=f"brief:{'-' if on else '+'}:{one.key}")


def typed(talk: Talk, arg: str, event: Text) -> None:
    """Several numbers at once ("1, 3 and 4", "only 2"), which are then what is ticked; a PDF or the text by name."""
    words = plain(event.text)
    known = [one.key for one in own_words(talk)]
    numbers = [int(word) for word in words.split() if word.isdecimal()]
    if numbers and all(1 <= number <= len(known) for number in numbers):
        talk.update(brief=tuple(known[number - 1] for number in sorted(set(numbers))))
        return _choose(talk, "brief.changed")
    if "pdf" in words.split() or words in ("file", "as a file", "document"):
        return brief(talk, "pdf")
    if words in ("done", "ready", "show", "show it", "show me", "text", "as text", "next", "go on", "thats it"):
        return brief(talk, "text")
    return _choose(talk, "brief.which_ones")


def _as_text(talk: Talk) -> None:
    now = page(talk)
    parts = [now.head, *(f"{heading}\n" + "\n".join(f"• {line}" for line in lines) for heading, lines in now.sections)]
    options = choices([("As a PDF", "brief:pdf"), ("Change it", "brief"), ("Menu", "menu")])
    talk.write("\n\n".join(parts), title=now.title)
    talk.say("brief.shown", options=options)
    talk.ask("brief_done", options, no="later")


def _day(day: date) -> str:
    return f"{day:%-d %B %Y}"


def _over_time(months: Mapping[str, int]) -> str:
    return ", ".join(_in_month(*one) for one in sorted(months.items())) or "earlier"


def _in_month(month: str, count: int) -> str:
    """ "2026-11", 3 -> "3 times in November 2026"."""
    name = f"{date.fromisoformat(f'{month}-01'):%B %Y}"
    return f"{('once', 'twice')[count - 1] if count < 3 else f'{count} times'} in {name}"


ACTIONS: dict[str, Action] = {"brief": brief}
FREE = {"brief_typed": typed}
