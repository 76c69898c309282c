"""What is kept of a person, and their say in it: first words, consent, settings, privacy, export, deletion, stop."""

from __future__ import annotations

import re

from dialogues import topics
from dialogues.events import Command, DeleteEverything, ForgetWords, SendExport, StopReminders, Text
from dialogues.labels import THEMES
from dialogues.state import Choice, State
from dialogues.talk import Action, Talk, choices
from dialogues.typed import CANCEL, is_empty, plain

SITUATIONS = (
    ("With a partner", "partner"),
    ("Seeing someone", "dating"),
    ("Single", "single"),
    ("It's complicated", "complicated"),
)
SITUATION_WORDS = (
    ("complicated", r"complicated|on and off|off and on|situationship|affair|its hard to say|not sure"),
    ("single", r"single|divorced|widow\w*|separated|alone|nobody|no one|not (?:married|dating|together)|broke up|my ex"),
    ("dating", r"dating|seeing|talking to|going out|met (?:someone|somebody)"),
    ("partner", r"married|engaged|husband|wife|boyfriend|girlfriend|bf|gf|partner|spouse|fiance\w*|relationship|together"),
)
"""What is typed instead of the buttons; the first that fits."""
MAX_NAME = 40
MAX_NAME_WORDS = 3
_BEFORE_NAME = re.compile(r"^(?:(?:please|just|you can|can you|hi|hello|its|it[’']s|it is|i[’']?m|i am|my name is|"
                          r"my name[’']s|the name is|call me|people call me|they call me)[ ,]+)+", re.IGNORECASE)  # fmt: skip
_AFTER_NAME = re.compile(r"[ ,]+(?:please|pls|thanks|thank you|is fine|will do|is enough)[.!]*$", re.IGNORECASE)
TOLD_WORDS = 4
SURE_OF_THEME = 0.6


def introduce(talk: Talk) -> None:
    """The first words to a stranger who began by writing: what this is, before anything else (CARE C1)."""
    talk.update(met=True)
    talk.say("account.hello_briefly")


def start(talk: Talk, arg: str = "") -> None:
    """/start: two messages for a stranger, a soft way back for somebody known."""
    if talk.state.met:
        options = choices([("Menu", "menu")])
        is_open = bool(talk.state.walk or talk.state.paused)
        if is_open:
            options = choices([("Go on where we were", "resume")]) + options
        if talk.state.danger:
            options = choices([("I need help now", f"danger:{talk.state.danger}")]) + options
        talk.say("account.welcome_back" if is_open else "account.nothing_open", options=options)
        return talk.ask("menu", options, yes=options[0].action, no="later")
    talk.update(met=True)
    talk.say("account.hello")
    options = choices(
        [("Find my topic", "topics"), ("How does this work?", "help"), ("I need help now", "danger:crisis")]
    )
    talk.say("account.what_is_kept", options=options)
    return talk.ask("menu", options, no="later")


def told_something(talk: Talk, event: Text | None) -> bool:
    """Whether the answer to a small question tells something instead; then that was answered."""
    if event is None or len(event.text.split()) < TOLD_WORDS:
        return False
    understanding = event.understanding
    if understanding.label not in THEMES or understanding.confidence < SURE_OF_THEME:
        return False
    talk.update(pending=None)
    topics.answer(talk, understanding.label, event.text, also=next(iter(understanding.also), None))
    return True


def leave(talk: Talk, arg: str = "") -> None:
    """Nothing is to be changed."""
    talk.update(focus=None, pending=None)
    talk.say("account.stays")


def ask_consent(talk: Talk, arg: str = "") -> None:
    """Before any words or ratings are stored: an own question, nothing chosen beforehand (CARE D1)."""
    options = choices([("Yes, keep them", "consent:yes"), ("No, don't keep them", "consent:no")])
    talk.say("account.consent", options=options)
    talk.ask("consent", options, yes="consent:yes", no="consent:no", again="ask_consent")


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
    if asked or place == "set":
        talk.update(focus=None)
    talk.update(consent=yes)
    if not yes:
        talk.do(ForgetWords())
        talk.state = talk.state.storable()
    briefly = "_briefly" if asked and talk.state.pending else ""
    talk.say(f"account.consent_{'yes' if yes else 'no'}{briefly}")


def settings_choice(talk: Talk) -> tuple[str, str]:
    """The button that turns keeping on or off."""
    return ("Stop keeping my words", "consent:no:set") if talk.state.consent else ("Keep my words", "consent:yes:set")


def settings(talk: Talk, arg: str = "") -> None:
    """What is set, and everything that can be changed."""
    from dialogues.clocks import zone_in_words

    state = talk.state
    situation = next((label for label, key in SITUATIONS if key == state.situation), "not said")
    country = talk.content.helplines.country(state.country) if state.country else None
    text = talk.phrase(
        "account.settings",
        call=state.name or "no name yet",
        situation=situation.lower(),
        country=country.name if country else "not said",
        zone=zone_in_words(state.zone) if state.zone else "not said",
        keeps={None: "not asked yet", True: "yes", False: "no"}[state.consent],
    )
    pairs = [
        ("My name", "ask_name"),
        ("My situation", "ask_situation"),
        ("My country", "ask_country"),
        ("My time zone", "ask_zone"),
        settings_choice(talk),
        ("Reminders", "reminders"),
        ("Delete everything", "delete"),
    ]
    if state.walk or state.paused:
        pairs.append(("Go on where we were", "resume"))
    options = choices(pairs)
    talk.write(text, title="Settings", options=options, columns=2)
    talk.ask("settings", options, no="later")


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
    talk.ask("name", options, no="leave" if known else "name:", free="name", again="ask_name")


def name(talk: Talk, arg: str, event: Text | None = None) -> None:
    """Take the name: bare, or out of "call me Sam please"; a question or a story is none."""
    if event is None or plain(event.text) in ("no name", "none", "nothing"):
        talk.update(name=None, focus=None)
        return talk.say("account.no_name")
    value = " ".join(event.text.split())
    if told_something(talk, event):
        return None
    if "?" in value:
        return _wait_for_name(talk, "account.why_name")
    value = _AFTER_NAME.sub("", _BEFORE_NAME.sub("", value)).strip(" .,!\"“”")
    if is_empty(value) or len(value.split()) > MAX_NAME_WORDS or len(value) > MAX_NAME:
        return _wait_for_name(talk, "account.no_such_name")
    talk.update(name=value, focus=None)
    return talk.say("account.name_kept")


def ask_situation(talk: Talk, arg: str = "") -> None:
    """Ask how the person lives; the words of the guides adapt to it."""
    options = choices([*((label, f"situation:{key}") for label, key in SITUATIONS), ("Never mind", "leave")])
    talk.say("account.which_situation" if arg == "which" else "account.ask_situation", options=options)
    talk.ask(
        "situation", options, yes="ask_situation:which", no="situation:single", free="situation_typed",
        again="ask_situation",
    )  # fmt: skip


def situation(talk: Talk, arg: str) -> None:
    """Take the situation."""
    if plain(talk.heard) in CANCEL:
        return leave(talk)
    if arg not in {key for _, key in SITUATIONS}:
        return ask_situation(talk)
    talk.update(situation=arg, focus=None)
    return talk.say("account.situation_kept")


def situation_typed(talk: Talk, arg: str = "", event: Text | None = None) -> None:
    """The situation in other words: "married", "we broke up"."""
    words = plain(event.text) if event else ""
    found = next((key for key, pattern in SITUATION_WORDS if re.search(rf"\b(?:{pattern})\b", words)), None)
    if found and len(words.split()) <= 2 * TOLD_WORDS:
        return situation(talk, found)
    if told_something(talk, event):
        return None
    return ask_situation(talk, "which")


def privacy(talk: Talk, arg: str = "") -> None:
    """The bot's own policy, in short (CARE D9, E1)."""
    options = choices([("Export my data", "export"), ("Delete everything", "delete"), ("Settings", "settings")])
    talk.say("privacy.what_is_kept", title="Privacy")
    talk.say("privacy.who_and_how_long", options=options)
    talk.ask("privacy", options, no="later")


def export(talk: Talk, arg: str = "") -> None:
    """Send everything that is kept as a file."""
    if talk.state.focus and talk.state.focus.name in ("privacy", "menu", "settings"):
        talk.update(focus=None)
    talk.do(SendExport())
    talk.say("privacy.export")


def delete(talk: Talk, arg: str = "") -> None:
    """Ask once, then erase (CARE D7)."""
    options = choices([("Yes, delete everything", "erase"), ("No, keep it", "keep")])
    talk.say("privacy.ask_delete", options=options)
    talk.ask("delete", options, yes="erase", no="keep", again="delete")


def erase(talk: Talk, arg: str = "") -> None:
    """Erase everything; the person is a stranger afterwards."""
    talk.update(**dict(State()))
    talk.do(DeleteEverything())
    talk.say("privacy.deleted")


def keep(talk: Talk, arg: str = "") -> None:
    """The deletion was not meant."""
    talk.update(focus=None)
    talk.say("privacy.kept")


def stop(talk: Talk, arg: str = "") -> None:
    """/stop: nothing unasked any more; the rest stays until deleted. Typed at a small question, it leaves that."""
    focus = talk.state.focus
    if plain(talk.heard) == "stop" and focus and focus.name.startswith(SMALL_QUESTIONS):
        talk.update(focus=None, pending=None)
        return talk.say("checkin.left")
    talk.update(reminder=None, focus=None)
    talk.do(StopReminders())
    options: tuple[Choice, ...] = choices([("Delete everything", "delete"), ("Menu", "menu")])
    talk.say("account.stopped", options=options)
    return talk.ask("stopped", options, no="later")


SMALL_QUESTIONS = ("checkin_", "reminder_day", "reminder_hour", "zone", "name", "situation", "country")
KNOWN_COMMANDS = (
    "start", "menu", "journey", "checkin", "reminders", "settings", "privacy", "help", "stop", "crisis", "resume", "export",
    "delete",
)  # fmt: skip


def unknown_command(talk: Talk, event: Command) -> None:
    """A command nobody knows: name the nearest one."""
    from difflib import get_close_matches

    near = get_close_matches(event.name.lower(), KNOWN_COMMANDS, n=1, cutoff=0.6)
    if near:
        options = choices([(f"Yes, /{near[0]}", near[0]), ("No", "later")])
        talk.say("account.did_you_mean", options=options, command=f"/{near[0]}")
        talk.ask("did_you_mean", options, yes=near[0], no="later")
    else:
        talk.say("account.unknown_command")


ACTIONS: dict[str, Action] = {
    "start": start,
    "settings": settings,
    "leave": leave,
    "ask_consent": ask_consent,
    "consent": consent,
    "ask_name": ask_name,
    "name": name,
    "ask_situation": ask_situation,
    "situation": situation,
    "privacy": privacy,
    "export": export,
    "delete": delete,
    "erase": erase,
    "keep": keep,
    "stop": stop,
}
