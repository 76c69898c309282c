"""What is kept of a person, and their say in it: first words, consent, settings, privacy, export, deletion, stop."""

from __future__ import annotations

from dialogues.events import Command, DeleteEverything, SendExport, StopReminders, Text
from dialogues.state import Choice, State
from dialogues.talk import Action, Talk, choices

SITUATIONS = (
    ("With a partner", "partner"),
    ("Seeing someone", "dating"),
    ("Single", "single"),
    ("It's complicated", "complicated"),
)
MAX_NAME = 40


def introduce(talk: Talk) -> None:
    """The first words to a stranger who began by writing: what this is, before anything else (CARE C1)."""
    talk.update(met=True)
    talk.say("account.hello_briefly")


def start(talk: Talk, arg: str = "") -> None:
    """/start: two messages for a stranger, a soft way back for somebody known."""
    if talk.state.met:
        options = choices([("Menu", "menu")])
        if talk.state.walk or talk.state.paused:
            options = choices([("Go on where we were", "resume")]) + options
        if talk.state.danger:
            options = choices([("I need help now", f"danger:{talk.state.danger}")]) + options
        talk.say("account.welcome_back", options=options)
        return talk.ask("menu", options, yes=options[0].action, no="later")
    talk.update(met=True)
    talk.say("account.hello")
    options = choices(
        [("Find my topic", "topics"), ("How does this work?", "help"), ("I need help now", "danger:crisis")]
    )
    talk.say("account.what_is_kept", options=options)
    return talk.ask("menu", options)


def ask_consent(talk: Talk) -> None:
    """Before any words or ratings are stored: an own question, nothing chosen beforehand (CARE D1)."""
    options = choices([("Yes, keep them", "consent:yes"), ("No, don't keep them", "consent:no")])
    talk.say("account.consent", options=options)
    talk.ask("consent", options, yes="consent:yes", no="consent:no")


def settings(talk: Talk, arg: str = "") -> None:
    """What is set, and everything that can be changed."""
    state = talk.state
    situation = next((label for label, key in SITUATIONS if key == state.situation), "not said")
    country = talk.content.helplines.country(state.country) if state.country else None
    lines = [
        f"What I call you: {state.name or 'nothing in particular'}",
        f"Your situation: {situation.lower()}",
        f"Country for helplines: {country.name if country else 'not said'}",
        f"Time zone: {state.zone or 'not said'}",
        f"Keep your words and ratings: {'yes' if state.consent else 'no'}",
    ]
    options = choices(
        [
            ("My name", "ask_name"),
            ("My situation", "ask_situation"),
            ("My country", "ask_country"),
            ("My time zone", "ask_zone"),
            (
                "Stop keeping my words" if state.consent else "Keep my words",
                f"consent:{'no' if state.consent else 'yes'}",
            ),
            ("Reminders", "reminders"),
            ("Delete everything", "delete"),
        ]
    )
    talk.write("\n".join(lines), title="Settings", options=options, columns=2)
    talk.ask("settings", options)


def ask_name(talk: Talk, arg: str = "") -> None:
    """Ask what to call the person; it is kept only with consent."""
    if talk.state.consent is None:
        talk.update(pending="ask_name")
        return ask_consent(talk)
    options = choices([("No name", "name:")])
    talk.say("account.ask_name", options=options)
    return talk.ask("name", options, no="name:", free="name")


def name(talk: Talk, arg: str, event: Text | None = None) -> None:
    """Take the name."""
    value = " ".join((event.text if event else arg).split())[:MAX_NAME] or None
    talk.update(name=value, focus=None)
    if value:
        talk.say("account.name_kept")
    else:
        talk.say("account.no_name")


def ask_situation(talk: Talk, arg: str = "") -> None:
    """Ask how the person lives; the words of the guides adapt to it."""
    options = choices([(label, f"situation:{key}") for label, key in SITUATIONS])
    talk.say("account.ask_situation", options=options)
    talk.ask("situation", options)


def situation(talk: Talk, arg: str) -> None:
    """Take the situation."""
    if arg in {key for _, key in SITUATIONS}:
        talk.update(situation=arg, focus=None)
        talk.say("account.situation_kept")


def privacy(talk: Talk, arg: str = "") -> None:
    """The bot's own policy, in short (CARE D9, E1)."""
    options = choices([("Export my data", "export"), ("Delete everything", "delete"), ("Settings", "settings")])
    talk.say("privacy.what_is_kept", title="Privacy")
    talk.say("privacy.who_and_how_long", options=options)
    talk.ask("privacy", options)


def export(talk: Talk, arg: str = "") -> None:
    """Send everything that is kept as a file."""
    talk.update(focus=None)
    talk.do(SendExport())
    talk.say("privacy.export")


def delete(talk: Talk, arg: str = "") -> None:
    """Ask once, then erase (CARE D7)."""
    options = choices([("Yes, delete everything", "erase"), ("No, keep it", "keep")])
    talk.say("privacy.ask_delete", options=options)
    talk.ask("delete", options, yes="erase", no="keep")


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
    """/stop: nothing unasked any more; the rest stays until deleted."""
    talk.update(reminder=None, focus=None)
    talk.do(StopReminders())
    options: tuple[Choice, ...] = choices([("Delete everything", "delete"), ("Menu", "menu")])
    talk.say("account.stopped", options=options)
    talk.ask("stopped", options)


KNOWN_COMMANDS = (
    "start", "menu", "journey", "checkin", "reminders", "settings", "privacy", "help", "stop", "crisis", "resume", "export",
    "delete",
)  # fmt: skip


def unknown_command(talk: Talk, event: Command) -> None:
    """A command nobody knows: name the nearest one."""
    from difflib import get_close_matches

    near = get_close_matches(event.name.lower(), KNOWN_COMMANDS, n=1, cutoff=0.6)
    if near:
        talk.say("account.did_you_mean", command=f"/{near[0]}")
    else:
        talk.say("account.unknown_command")


ACTIONS: dict[str, Action] = {
    "start": start,
    "settings": settings,
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
