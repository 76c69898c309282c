"""When somebody may be in danger: helplines first, no advice about the couple, and the person decides how to go on.

Keeps the rules of `docs/safety.md`. Every reply here carries a way to help; nothing here needs the model.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from dialogues import denial
from dialogues.after_danger import go_on, is_new_visit, not_meant, pause_prompts, quick_exit
from dialogues.events import Count, Text
from dialogues.helplines import Country, Kind, describe
from dialogues.numbers import country_of, in_short, lines, mentions_child
from dialogues.safety_net import Signal
from dialogues.state import About, Choice, Danger, Focus
from dialogues.talk import Action, Talk, choices
from dialogues.typed import GLOBAL, asks_again, plain

_GOES_ON = re.compile(
    r"^(?:ok |okay |yes )?(?:id like to |i would like to |i want to |lets |can we |please )?(?:go on|continue|carry on|move on)\b"
)
_NOT_BY_VOICE = re.compile(
    r"\b(?:dont|cant|cannot|wont|not|hate|scared|afraid|nervous|rather not|without)\b.{0,30}\b(?:call|calling|phone|phoning|talk|talking|"
    r"speak|speaking|ring|voice|out loud)\b.{0,20}$|\b(?:hears?|hearing|listening to|next to) me\b|\b(?:can|could|rather|prefer|want to|is there)\b.{0,20}\b(?:text|texting|chat|chatting|write to|message)\b"
)
_IS_IT_ABUSE = re.compile(
    r"\b(?:is (?:it|this|that)|does (?:it|this|that) count as|am i (?:being )?|count as) ?(?:really |even )?abus"
)
FREQUENT_COUNTRIES = ("US", "GB", "CA", "AU", "IN", "IE", "NZ", "ZA", "DE", "FR")
LEADS: dict[tuple[Danger, About], str] = {
    ("crisis", "self"): "safety.crisis",
    ("crisis", "other"): "safety.crisis_other",
    ("crisis", "doer"): "safety.abuse_doer",
    ("abuse", "self"): "safety.abuse",
    ("abuse", "other"): "safety.abuse_other",
    ("abuse", "doer"): "safety.abuse_doer",
}


def alarm(talk: Talk, signal: Signal) -> None:
    """Answer a signal: what was heard decides which lines come first and which words go with them."""
    if signal.strength == "weak" and talk.state.danger is None and not talk.state.asked_plainly:
        return ask_plainly(talk, signal.kind)
    if talk.state.consent is None and talk.state.pending:
        talk.update(pending=None)
    talk.do(Count(f"safety.{signal.kind}.{signal.about}"))
    before = talk.state.locked
    _open(talk, signal.kind, signal.about)
    doer = signal.about == "doer"
    talk.update(
        misses=0, locked_before=before, locked=before or doer or signal.kind == "abuse", hurts=talk.state.hurts or doer
    )
    return respond(talk, signal.language)


def _open(talk: Talk, kind: Danger, about: About) -> None:
    """From now on this danger is what the conversation is about; nothing is sent unasked any more."""
    if talk.state.danger is None:
        talk.update(locked_before=talk.state.locked)
    interrupted = talk.state.focus if talk.state.danger is None else talk.state.interrupted
    talk.update(danger=kind, about=about, danger_at=talk.now, interrupted=interrupted)
    pause_prompts(talk)


def respond(talk: Talk, language: str = "en") -> None:
    """The reply to the open danger: warm line, emergency number, lines for the country, a second route, buttons."""
    kind, about = _what(talk)
    lead = LEADS[kind, about]
    text = f"{talk.phrase(lead)}\n\n{_numbers(talk, country_of(talk))}"
    if language != "en" and f"safety.english_only_{language}" in talk.content.phrases:
        text = f"{text}\n\n{talk.phrase(f'safety.english_only_{language}')}"
    talk.write(text)
    options = _ways(talk)
    talk.say(f"{lead}_then", options=options, columns=2)
    talk.ask("danger", options, no=f"not_meant:{kind}")


def _what(talk: Talk) -> tuple[Danger, About]:
    return talk.state.danger or "crisis", talk.state.about


def _numbers(talk: Talk, country: Country | None) -> str:
    """The numbers that fit the open danger."""
    kind, about = _what(talk)
    service: Kind = "perpetrator" if about == "doer" else kind
    child = mentions_child(talk.heard) and (kind == "abuse" or about == "other")
    return lines(talk, country, service, child)


def _ways(talk: Talk) -> tuple[Choice, ...]:
    kind, about = _what(talk)
    where = ("Another country" if country_of(talk) else "Where I live", "countries")
    not_meant = ("Not what I meant", f"not_meant:{kind}")
    stay_here = ("Stay here a moment", "stay")
    if about == "doer":
        return choices([where, ("I'm the one being hurt", "hurt_me"), not_meant, stay_here])
    if kind == "crisis":
        other = (
            ("They say it to stop me leaving", "used_as_threat")
            if about == "other"
            else ("Someone else is at risk", "other_at_risk")
        )
        return choices([where, other, stay_here, not_meant])
    return choices(
        [
            ("Quick exit", "quick_exit"),
            where,
            ("Is this abuse?", "is_this_abuse"),
            ("What quick exit can't do", "exit_limits"),
            not_meant,
            stay_here,
        ]
    )


def show_numbers(talk: Talk, arg: str = "crisis") -> None:
    """/crisis and the button "I need help now": numbers at once, no questions."""
    kind: Danger = "abuse" if arg == "abuse" else "crisis"
    talk.do(Count("safety.numbers"))
    if talk.state.danger is None:
        _open(talk, kind, "self")
    if talk.state.about == "doer" and kind == "abuse":
        text = _numbers(talk, country_of(talk))
    else:
        text = lines(talk, country_of(talk), kind)
    talk.write(f"{talk.phrase('safety.help_now')}\n\n{text}")
    country = country_of(talk)
    if country and kind == "crisis":
        abuse = country.services_for("abuse")[:1]
        if abuse:
            talk.write(f"{talk.phrase('safety.if_someone_hurts_you')}\n\n• {describe(abuse[0])}")
    options = _ways(talk)
    talk.say("safety.help_now_then", options=options, columns=2)
    talk.ask("danger", options)


def asks_for_numbers(text: str) -> bool:
    """Whether a whole message asks for the numbers in the words that work anywhere."""
    return GLOBAL.get(plain(text)) == "danger:crisis"


def ask_plainly(talk: Talk, kind: Danger, phrase: str = "", free: str = "plainly_typed") -> None:
    """One weak sign: ask once and gently, with a way to help beside it and not behind it (CARE A4)."""
    talk.update(asked_plainly=True)
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
    talk.say(phrase or f"safety.ask_{kind}", options=options, help=in_short(talk))
    yes, no = ("plainly:crisis", "plainly:no") if kind == "crisis" else ("plainly:no", "plainly:abuse")
    talk.ask("plainly", options, yes=yes, no=no, free=f"{free}:{kind}")


def plainly(talk: Talk, arg: str) -> None:
    """The answer to `ask_plainly`."""
    if arg in ("crisis", "abuse"):
        return alarm(talk, Signal(arg, "strong", "self", "asked", "en"))  # type: ignore[arg-type]
    talk.update(focus=None)
    return go_on(talk, lead="safety.glad_you_said")


def plainly_typed(talk: Talk, kind: Danger, event: Text | None = None) -> None:
    """Other words at that question: a clear answer is taken, anything unsure counts as danger.

    Who asks back what is meant by safe is told so, once; thoughts of suicide are not asked about twice (CARE A4).
    """
    if kind == "abuse" and event and asks_again(event.text):
        return ask_plainly(talk, kind, "safety.why_ask_abuse", free="plainly_answered")
    return plainly_answered(talk, kind, event)


def plainly_answered(talk: Talk, kind: Danger, event: Text | None = None) -> None:
    """What is written at that question, once there is nothing left to explain."""
    return plainly(talk, "no" if event and denial.says_no(event.text, kind) else kind)


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
        if chosen is None:
            talk.say("safety.not_listed", finder=talk.content.helplines.finder.url)
        else:
            talk.write(_numbers(talk, chosen))
        options = _ways(talk)
        talk.say("safety.stay_after_numbers", options=options, columns=2)
        return talk.ask("danger", options, no=f"not_meant:{talk.state.danger}")
    talk.say("account.country_kept" if chosen else "account.country_unknown")
    return None


def country_typed(talk: Talk, arg: str = "", event: Text | None = None) -> None:
    """A typed country name."""
    found = talk.content.helplines.find(event.text) if event else None
    if found:
        return country(talk, found.code)
    talk.say("safety.not_listed", finder=talk.content.helplines.finder.url)
    return countries(talk)


def insists(focus: Focus) -> bool:
    """Whether nothing but an answer is heard to the open question: a goodbye to "are you thinking of it?" is one."""
    return focus.free == "plainly_typed:crisis"


def while_open(talk: Talk, event: Text) -> None:
    """What is written after a danger was heard: stay, keep the numbers near, offer nothing until they choose (CARE A2)."""
    found = talk.content.helplines.find(event.text)
    kind = talk.state.danger or "crisis"
    if found:
        return country(talk, found.code)
    if denial.takes_back(event.text, kind, talk.state.about):
        return not_meant(talk)
    if _GOES_ON.search(plain(event.text)):
        return go_on(talk)
    if _NOT_BY_VOICE.search(plain(event.text)):
        return in_writing(talk)
    if kind == "abuse" and _IS_IT_ABUSE.search(plain(event.text)):
        return is_this_abuse(talk)
    if event.understanding.label in ("goodbye", "thanks"):
        options = choices([("Numbers again", f"danger:{kind}"), ("I'd like to go on", "go_on")])
        talk.say("safety.leaving", options=options)
        return talk.ask("danger", options)
    return stay(talk)


def in_writing(talk: Talk) -> None:
    """For who cannot or would not speak: only what can be written to (CARE A1)."""
    kind, about = _what(talk)
    at = country_of(talk)
    kinds: tuple[Kind, ...] = (
        ("perpetrator",) if about == "doer" else ("abuse", "crisis") if kind == "abuse" else ("crisis",)
    )
    services = [each for each_kind in kinds for each in at.services_for(each_kind)] if at else []
    shown = [f"• {describe(each)}" for each in services if each.text or each.chat or each.whatsapp]
    shown.append(f"• {talk.content.helplines.finder.url}")
    options = _ways(talk)
    talk.write(f"{talk.phrase('safety.in_writing')}\n\n" + "\n".join(shown), options=options, columns=2)
    talk.ask("danger", options, no=f"not_meant:{kind}")


def stay(talk: Talk, arg: str = "") -> None:
    """Stay with the person; one small next thing; numbers one tap away (CARE A8)."""
    kind, about = _what(talk)
    pairs = [("Numbers again", f"danger:{kind}"), ("I'd like to go on", "go_on")]
    pairs += [("Quick exit", "quick_exit")] if kind == "abuse" and about == "self" else []
    options = choices([*pairs, ("Not what I meant", f"not_meant:{kind}")])
    if is_new_visit(talk):
        talk.update(danger_at=None)
        talk.say("safety.soft_return", options=options, columns=2)
        return talk.ask("danger", options, yes="go_on")
    talk.say(f"safety.stay_{kind if about == 'self' else about}", options=options, columns=2)
    return talk.ask("danger", options)  # "ok" to "tell one person" is no wish to go on (CARE A2)


def other_at_risk(talk: Talk, arg: str = "") -> None:
    """Somebody else is at risk: how to help them, and the same numbers (CARE A12)."""
    _open(talk, "crisis", "other")
    options = (*_ways(talk), Choice(label="I'd like to go on", action="go_on"))
    talk.write(f"{talk.phrase('safety.crisis_other')}\n\n{_numbers(talk, country_of(talk))}")
    talk.say("safety.crisis_other_then", options=options, columns=2)
    talk.ask("danger", options)


def used_as_threat(talk: Talk, arg: str = "") -> None:
    """A threat of suicide that keeps somebody from leaving is abuse as well (CARE B4)."""
    _open(talk, "abuse", "self")
    talk.update(locked=True)
    respond(talk)


def hurt_me(talk: Talk, arg: str = "") -> None:
    """The writer was taken for the one who hurts, and is the one who is hurt."""
    _open(talk, "abuse", "self")
    talk.update(locked=True, hurts=False)
    respond(talk)


def is_this_abuse(talk: Talk, arg: str = "") -> None:
    """Describe acts, no verdict; who can talk it over (CARE B13)."""
    talk.write(f"{talk.phrase('safety.is_this_abuse')}\n\n{lines(talk, country_of(talk), 'abuse')}")
    options = _ways(talk)
    talk.say("safety.stay_abuse", options=options, columns=2)
    talk.ask("danger", options)


def exit_limits(talk: Talk, arg: str = "") -> None:
    """What quick exit cannot do, and how to delete the chat (CARE B8)."""
    options = _ways(talk) if talk.state.danger else choices([("Quick exit", "quick_exit"), ("Menu", "menu")])
    talk.say("safety.exit_limits", options=options, columns=2)
    talk.ask("danger" if talk.state.danger else "menu", options)


ACTIONS: dict[str, Action] = {
    "danger": show_numbers,
    "plainly": plainly,
    "countries": countries,
    "ask_country": countries,
    "country": country,
    "stay": stay,
    "other_at_risk": other_at_risk,
    "used_as_threat": used_as_threat,
    "hurt_me": hurt_me,
    "is_this_abuse": is_this_abuse,
    "not_meant": not_meant,
    "go_on": go_on,
    "quick_exit": quick_exit,
    "exit_limits": exit_limits,
}
FREE: dict[str, Callable[..., None]] = {
    "country_typed": country_typed,
    "plainly_typed": plainly_typed,
    "plainly_answered": plainly_answered,
}
