"""What a person says about themselves: may their words be kept, what to call them, and who is in their life."""

from __future__ import annotations

import re

from dialogues.events import ForgetWords, Text
from dialogues.talk import Action, Talk, choices
from dialogues.typed import CANCEL, is_empty, plain

SITUATIONS = (
    ("With a partner", "partner"),
    ("Seeing someone", "dating"),
    ("Single", "single"),
    ("It's complicated", "complicated"),
)
SITUATION_WORDS = (
    ("complicated", r"complicated|separated|on and off|off and on|situationship|affair|its hard to say|not sure"),
    (
        "single",
        r"single|divorced|widow\w*|alone|nobody|no one|not (?:married|dating|together)|broke up|my ex",
    ),
    ("dating", r"dating|seeing|talking to|going out|met (?:someone|somebody)"),
    (
        "partner",
        r"married|engaged|husband|wife|boyfriend|girlfriend|bf|gf|partner|spouse|fiance\w*|relationship|together",
    ),
)
"""What is typed instead of the buttons; the first that fits."""
MAX_NAME = 40
MAX_NAME_WORDS = 3
_BEFORE_NAME = re.compile(r"^(?:(?:please|just|you can|can you|hi|hello|its|it[’']s|it is|i[’']?m|i am|my name is|"
                          r"my name[’']s|the name is|call me|people call me|they call me)[ ,]+)+", re.IGNORECASE)  # fmt: skip
_AFTER_NAME = re.compile(r"[ ,]+(?:please|pls|thanks|thank you|is fine|will do|is enough)[.!]*$", re.IGNORECASE)
MAX_SITUATION_WORDS = 8
BREAKS_OFF = CANCEL | {"stop", "pause", "enough", "quit"}
"""Out of a question, without an answer to it."""


def gives_up(talk: Talk) -> bool:
    """Whether "never mind" or the like was typed, which is no answer where "no" is one."""
    return plain(talk.heard) in BREAKS_OFF


def leave(talk: Talk, arg: str = "") -> None:
    """Nothing is to be changed."""
    talk.update(focus=None, pending=None)
    talk.say("account.stays")


def ask_consent(talk: Talk, arg: str = "") -> None:
    """Before any words or ratings are stored: an own question, nothing chosen beforehand (CARE D1)."""
    options = choices([("Yes, keep them", "consent:yes"), ("No, don't keep them", "consent:no")])
    talk.say("account.consent", options=options)
    talk.ask("consent", options, yes="consent:yes", no="consent:no")


def consent(talk: Talk, arg: str) -> None:
    """Take the answer; what it came before goes on. ":set" comes from the settings, where it is meant at any time.

    A second tap, or a tap on an old question, changes nothing and leaves the open question alone.
    """
    answer, _, place = arg.partition(":")
    yes = answer == "yes"
    asked = talk.state.focus is not None and talk.state.focus.name == "consent"
    if not asked and place != "set" and talk.state.consent is not None:
        options = () if talk.state.consent == yes else choices([settings_choice(talk)])
        talk.say("account.consent_is_yes" if talk.state.consent else "account.consent_is_no", options=options)
        return
    if place == "set":
        talk.update(focus=None, pending=None)
    elif asked:
        talk.update(focus=None)
    talk.update(consent=yes)
    if not yes:
        talk.do(ForgetWords())
        talk.state = talk.state.storable()
        talk.update(interrupted=None)  # a question that a danger interrupted may say back what was planned
    briefly = "_briefly" if asked and talk.state.pending else ""
    talk.say(f"account.consent_{'yes' if yes else 'no'}{briefly}")


def settings_choice(talk: Talk) -> tuple[str, str]:
    """The button that turns keeping on or off."""
    return ("Stop keeping my words", "consent:no:set") if talk.state.consent else ("Keep my words", "consent:yes:set")


def ask_name(talk: Talk, arg: str = "") -> None:
    """Ask what to call the person; it is kept only with consent."""
    if talk.state.consent is None:
        talk.update(pending="ask_name")
        return ask_consent(talk)
    talk.update(pending=None)
    if not talk.state.consent:
        talk.update(focus=None)
        return talk.say("account.name_not_kept", options=choices([settings_choice(talk)]))
    return _wait_for_name(talk, "account.ask_name")


def _wait_for_name(talk: Talk, key: str) -> None:
    known = talk.state.name is not None
    options = choices([("Go without a name", "name:"), ("Never mind", "leave")] if known else [("No name", "name:")])
    talk.say(key, options=options)
    talk.ask("name", options, no="leave" if known else "name:", free="name")


def name(talk: Talk, arg: str, event: Text | None = None) -> None:
    """Take the name: bare, or out of "call me Sam please"; a question or a story is none."""
    if event is None or plain(event.text) in ("no name", "none", "nothing"):
        talk.update(name=None, focus=None)
        return talk.say("account.no_name")
    value = " ".join(event.text.split())
    if "?" in value:
        return _wait_for_name(talk, "account.why_name")
    value = _AFTER_NAME.sub("", _BEFORE_NAME.sub("", value)).strip(' .,!"“”')
    if is_empty(value) or len(value.split()) > MAX_NAME_WORDS or len(value) > MAX_NAME:
        return _wait_for_name(talk, "account.no_such_name")
    talk.update(name=value, focus=None)
    return talk.say("account.name_kept")


def ask_situation(talk: Talk, arg: str = "") -> None:
    """Ask how the person lives; the words of the guides adapt to it."""
    first = (talk.state.pending or "").startswith("about_me")
    out = ("Skip", "about_me:brings") if first else ("Never mind", "leave")
    options = choices([*((label, f"situation:{key}") for label, key in SITUATIONS), out])
    talk.say("account.which_situation" if arg == "which" else "account.ask_situation", options=options)
    talk.ask("situation", options, yes="ask_situation:which", no="situation:single", free="situation_typed")


def situation(talk: Talk, arg: str) -> None:
    """Take the situation."""
    if gives_up(talk):
        return leave(talk)
    if arg not in {key for _, key in SITUATIONS}:
        return ask_situation(talk)
    talk.update(situation=arg, focus=None)
    return talk.say("account.situation_kept")


def situation_typed(talk: Talk, arg: str = "", event: Text | None = None) -> None:
    """The situation in other words: "married", "we broke up"."""
    words = plain(event.text) if event else ""
    found = next((key for key, pattern in SITUATION_WORDS if re.search(rf"\b(?:{pattern})\b", words)), None)
    if found and len(words.split()) <= MAX_SITUATION_WORDS:
        return situation(talk, found)
    return ask_situation(talk, "which")


def about_me(talk: Talk, arg: str = "") -> None:
    """For those who want it: what to call them, who is in their life, what brings them. Each can be skipped."""
    if talk.state.consent is None:
        talk.update(pending="about_me")
        return ask_consent(talk)
    if not arg and talk.state.consent and talk.state.name is None:
        talk.update(pending="about_me:situation")
        return _wait_for_name(talk, "account.ask_name")
    if arg in ("", "situation"):
        talk.update(pending="about_me:brings")
        return ask_situation(talk, "first")
    talk.update(pending=None, focus=None)
    return talk.say("account.what_brings_you")


ACTIONS: dict[str, Action] = {
    "about_me": about_me,
    "leave": leave,
    "ask_consent": ask_consent,
    "consent": consent,
    "ask_name": ask_name,
    "name": name,
    "ask_situation": ask_situation,
    "situation": situation,
}
FREE = {"name": name, "situation_typed": situation_typed}
