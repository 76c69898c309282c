"""When somebody may be in danger: helplines first, no advice about the couple, and the person decides how to go on.

Keeps the rules of `docs/safety.md`. Every reply here carries a way to help; nothing here needs the model.
"""

from __future__ import annotations

import re
from typing import Literal

from dialogues.events import Count, QuickExit, StopReminders, Text
from dialogues.helplines import Country, Kind, describe, needs_finder
from dialogues.safety_net import Signal
from dialogues.state import Choice
from dialogues.talk import Action, Talk, choices
from dialogues.typed import plain

_TAKES_BACK = re.compile(r"\b(didnt mean|dont mean|not what i mean|not like that|wrong button|misunderst|false alarm)")
Danger = Literal["crisis", "abuse"]
FREQUENT_COUNTRIES = ("US", "GB", "CA", "AU", "IN", "IE", "NZ", "ZA", "DE", "FR")
MAX_LINES = 3
"""Services named in one message, so that the first number is not lost among many."""


def alarm(talk: Talk, signal: Signal) -> None:
    """Answer a signal: what was heard decides which lines come first and which words go with them."""
    if signal.strength == "weak" and talk.state.danger is None and not talk.state.asked_plainly:
        return ask_plainly(talk, signal.kind)
    if talk.state.consent is None and talk.state.pending:
        talk.update(pending=None)
    talk.do(Count(f"safety.{signal.kind}.{signal.about}"))
    talk.do(StopReminders())
    before = talk.state.locked
    talk.update(
        danger=signal.kind, reminder=None, misses=0, locked_before=before, locked=before or signal.kind == "abuse"
    )
    return respond(talk, signal.kind, signal.about, signal.language)


def respond(talk: Talk, kind: Danger, about: str = "self", language: str = "en") -> None:
    """The reply to a danger: warm line, emergency number, lines for the country, a second route, buttons."""
    lead = {
        ("crisis", "self"): "safety.crisis",
        ("crisis", "other"): "safety.crisis_other",
        ("crisis", "doer"): "safety.crisis_other",
        ("abuse", "self"): "safety.abuse",
        ("abuse", "other"): "safety.abuse_other",
        ("abuse", "doer"): "safety.abuse_doer",
    }[(kind, about)]
    service: Kind = "perpetrator" if about == "doer" else kind
    country = country_of(talk)
    numbers = lines(talk, country, service)
    text = f"{talk.phrase(lead)}\n\n{numbers}"
    if language != "en" and f"safety.english_only_{language}" in talk.content.phrases:
        text = f"{text}\n\n{talk.phrase(f'safety.english_only_{language}')}"
    talk.write(text)
    options = _ways(kind, country)
    talk.say(f"{lead}_then", options=options, columns=2)
    talk.ask("danger", options, no=f"not_meant:{kind}")


def lines(talk: Talk, country: Country | None, kind: Kind) -> str:
    """Emergency number, the country's lines of that kind, and the international finder where it belongs."""
    finder = talk.phrase("safety.finder", finder=talk.content.helplines.finder.url)
    if country is None:
        return f"{talk.phrase('safety.emergency_anywhere')}\n\n{finder}"
    emergency = talk.phrase("safety.emergency", numbers=" or ".join(country.emergency), country=country.name)
    services = country.services_for(kind)
    if not services and kind in ("perpetrator", "child"):
        services = country.services_for("abuse" if kind == "perpetrator" else "crisis")
    shown = [f"• {describe(service)}" for service in services[:MAX_LINES]]
    if kind == "abuse":
        shown += [f"• {describe(service)}" for service in country.services_for("crisis")[:1]]
    parts = [emergency, "\n".join(shown)]
    parts.append(talk.phrase("safety.no_answer", finder=talk.content.helplines.finder.url))
    if needs_finder(services):
        parts[-1] = f"{parts[-1]} {talk.phrase('safety.second_hand')}"
    return "\n\n".join(part for part in parts if part)


def country_of(talk: Talk) -> Country | None:
    """The person's country, where they said it."""
    return talk.content.helplines.country(talk.state.country) if talk.state.country else None


def _ways(kind: Danger, country: Country | None) -> tuple[Choice, ...]:
    where = [("Another country" if country else "Where I live", "countries")]
    if kind == "crisis":
        pairs = [
            *where,
            ("Someone else is at risk", "other_at_risk"),
            ("Stay here a moment", "stay"),
            ("Not what I meant", "not_meant:crisis"),
        ]
    else:
        pairs = [
            *where,
            ("Quick exit", "quick_exit"),
            ("Is this abuse?", "is_this_abuse"),
            ("Not what I meant", "not_meant:abuse"),
            ("Stay here a moment", "stay"),
        ]
    return choices(pairs)


def show_numbers(talk: Talk, arg: str = "crisis") -> None:
    """/crisis and the button "I need help now": numbers at once, no questions."""
    kind: Danger = "abuse" if arg == "abuse" else "crisis"
    if talk.state.danger is None:
        talk.update(danger=kind, locked_before=talk.state.locked)
    country = country_of(talk)
    talk.write(f"{talk.phrase('safety.help_now')}\n\n{lines(talk, country, kind)}")
    if country and kind == "crisis":
        abuse = country.services_for("abuse")[:1]
        if abuse:
            talk.write(f"{talk.phrase('safety.if_someone_hurts_you')}\n\n• {describe(abuse[0])}")
    options = _ways(kind, country)
    talk.say("safety.help_now_then", options=options, columns=2)
    talk.ask("danger", options)


def ask_plainly(talk: Talk, kind: Danger) -> None:
    """One weak sign: ask once and gently, with a way to help beside it and not behind it (CARE A4)."""
    talk.update(asked_plainly=True)
    finder = talk.content.helplines.finder.url
    if kind == "crisis":
        pairs = [
            ("Yes, I do", "plainly:crisis"),
            ("No, it's not that", "plainly:no"),
            ("I need help now", "danger:crisis"),
        ]
    else:
        pairs = [
            ("No, I don't feel safe", "plainly:abuse"),
            ("Yes, I'm safe", "plainly:no"),
            ("I need help now", "danger:abuse"),
        ]
    options = choices(pairs)
    talk.say(f"safety.ask_{kind}", options=options, finder=finder)
    yes, no = ("plainly:crisis", "plainly:no") if kind == "crisis" else ("plainly:no", "plainly:abuse")
    talk.ask("plainly", options, yes=yes, no=no)


def plainly(talk: Talk, arg: str) -> None:
    """The answer to `ask_plainly`."""
    if arg in ("crisis", "abuse"):
        return alarm(talk, Signal(arg, "strong", "self", "asked", "en"))  # type: ignore[arg-type]
    talk.update(focus=None)
    return go_on(talk, lead="safety.glad_you_said")


def countries(talk: Talk, arg: str = "") -> None:
    """Ask for the country with buttons; a typed name works too."""
    shown = [talk.content.helplines.country(code) for code in FREQUENT_COUNTRIES]
    if arg == "all":
        shown = list(talk.content.helplines.countries)
    options = [Choice(label=item.name, action=f"country:{item.code}") for item in shown if item]
    if arg != "all":
        options.append(Choice(label="More countries", action="countries:all"))
    options.append(Choice(label="Not in this list", action="country:none"))
    talk.say("safety.which_country", options=options, columns=2)
    talk.ask("country", options, no="country:none", free="country_typed")


def country(talk: Talk, arg: str, quiet: bool = False) -> None:
    """Take the country; in danger the lines follow at once."""
    chosen = talk.content.helplines.country(arg)
    talk.update(country=chosen.code if chosen else None, focus=None)
    if talk.state.danger:
        kind = talk.state.danger
        if chosen is None:
            talk.say("safety.not_listed", finder=talk.content.helplines.finder.url)
        else:
            talk.write(lines(talk, chosen, kind))
        options = _ways(kind, chosen)
        talk.say("safety.stay_after_numbers", options=options, columns=2)
        return talk.ask("danger", options, no=f"not_meant:{kind}")
    talk.say("account.country_kept" if chosen else "account.country_unknown")
    return None


def country_typed(talk: Talk, arg: str = "", event: Text | None = None) -> None:
    """A typed country name."""
    found = talk.content.helplines.find(event.text) if event else None
    if found:
        return country(talk, found.code)
    talk.say("safety.not_listed", finder=talk.content.helplines.finder.url)
    return countries(talk)


def while_open(talk: Talk, event: Text) -> None:
    """What is written after a danger was heard: stay, keep the numbers near, offer nothing until they choose (CARE A2)."""
    found = talk.content.helplines.find(event.text)
    kind = talk.state.danger or "crisis"
    if found:
        return country(talk, found.code)
    if _TAKES_BACK.search(plain(event.text)):
        return not_meant(talk)
    if event.understanding.label in ("goodbye", "thanks"):
        options = choices([("Numbers again", f"danger:{kind}"), ("I'd like to go on", "go_on")])
        talk.say("safety.leaving", options=options)
        return talk.ask("danger", options, yes="go_on")
    return stay(talk)


def stay(talk: Talk, arg: str = "") -> None:
    """Stay with the person; one small next thing; numbers one tap away (CARE A8)."""
    kind = talk.state.danger or "crisis"
    options = choices(
        [
            ("Numbers again", f"danger:{kind}"),
            ("I'd like to go on", "go_on"),
            ("Not what I meant", f"not_meant:{kind}"),
        ]
    )
    talk.say(f"safety.stay_{kind}", options=options, columns=2)
    talk.ask("danger", options, yes="go_on")


def other_at_risk(talk: Talk, arg: str = "") -> None:
    """Somebody else is at risk: how to help them, and the same numbers (CARE A12)."""
    talk.update(danger="crisis")
    talk.write(f"{talk.phrase('safety.crisis_other')}\n\n{lines(talk, country_of(talk), 'crisis')}")
    options = choices(
        [
            ("Where I live", "countries"),
            ("They say it to stop me leaving", "used_as_threat"),
            ("I'd like to go on", "go_on"),
        ]
    )
    talk.say("safety.crisis_other_then", options=options)
    talk.ask("danger", options)


def used_as_threat(talk: Talk, arg: str = "") -> None:
    """A threat of suicide that keeps somebody from leaving is abuse as well (CARE B4)."""
    talk.update(danger="abuse", locked=True, reminder=None)
    talk.do(StopReminders())
    respond(talk, "abuse")


def is_this_abuse(talk: Talk, arg: str = "") -> None:
    """Describe acts, no verdict; who can talk it over (CARE B13)."""
    talk.write(f"{talk.phrase('safety.is_this_abuse')}\n\n{lines(talk, country_of(talk), 'abuse')}")
    options = _ways("abuse", country_of(talk))
    talk.say("safety.stay_abuse", options=options, columns=2)
    talk.ask("danger", options)


def not_meant(talk: Talk, arg: str = "") -> None:
    """A false alarm: no argument, numbers stay visible, back to where they were (CARE A15)."""
    talk.update(danger=None, locked=talk.state.locked_before, focus=None)
    talk.say("safety.not_meant")
    _back_to_place(talk)


def go_on(talk: Talk, arg: str = "", lead: str = "safety.going_on") -> None:
    """The person chose to go on: softly, with what they can do alone first where couple work is locked."""
    talk.update(danger=None, focus=None)
    talk.say(lead)
    _back_to_place(talk)


def _back_to_place(talk: Talk) -> None:
    state = talk.state
    walk = state.walk or (state.paused[-1] if state.paused else None)
    closed = walk is not None and state.locked and talk.content.guides[walk.guide].partner
    pairs = [("Go on where we were", "resume")] if walk and not closed else []
    pairs += [("Something just for me", "guide:self_care")] if state.locked else []
    pairs += [("Menu", "menu"), ("I need help now", "danger:crisis")]
    options = choices(pairs)
    talk.say("safety.what_now", options=options)
    talk.ask("menu", options, yes=options[0].action, no="later")


def quick_exit(talk: Talk, arg: str = "") -> None:
    """Delete what the channel lets us delete, and leave a neutral line (CARE B7, B8)."""
    talk.update(focus=None)
    talk.do(QuickExit())
    talk.say("safety.quick_exit")


ACTIONS: dict[str, Action] = {
    "danger": show_numbers,
    "plainly": plainly,
    "countries": countries,
    "ask_country": countries,
    "country": country,
    "stay": stay,
    "other_at_risk": other_at_risk,
    "used_as_threat": used_as_threat,
    "is_this_abuse": is_this_abuse,
    "not_meant": not_meant,
    "go_on": go_on,
    "quick_exit": quick_exit,
}
FREE = {"country_typed": country_typed}
