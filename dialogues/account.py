"""What is kept of a person, and their say in it: first words, settings, privacy, export, deletion, stop."""

from __future__ import annotations

from difflib import get_close_matches

from dialogues import menu, mydata, profile
from dialogues.clocks import zone_in_words
from dialogues.events import Command, DeleteEverything, LookUp, SendExport, StopReminders
from dialogues.state import Choice, State
from dialogues.talk import Action, Talk, choices

ask_consent = profile.ask_consent
consent = profile.consent
name = profile.name


def introduce(talk: Talk) -> None:
    """The first words to a stranger who began by writing: what this is, before anything else (CARE C1)."""
    talk.update(met=True)
    talk.say("account.hello_briefly")


def start(talk: Talk, arg: str = "") -> None:
    """/start: two messages for a stranger, a soft way back for somebody known."""
    if talk.state.met:
        options = choices([("Menu", "menu")])
        is_open = menu.place(talk) is not None
        if is_open:
            options = choices([("Go on where we were", "resume")]) + options
        if talk.state.danger:
            options = choices([("I need help now", f"danger:{talk.state.danger}")]) + options
        talk.say("account.welcome_back" if is_open else "account.nothing_open", options=options)
        return talk.ask("menu", options, yes=options[0].action, no="later")
    talk.update(met=True)
    talk.say("account.hello")
    options = choices(
        [
            ("Find my topic", "topics"),
            ("A word about me first", "about_me"),
            ("How does this work?", "help"),
            ("I need help now", "danger:crisis"),
        ]
    )
    talk.say("account.what_is_kept", options=options)
    return talk.ask("menu", options, no="later")


def settings(talk: Talk, arg: str = "") -> None:
    """What is set, and everything that can be changed."""
    state = talk.state
    situation = next((label for label, key in profile.SITUATIONS if key == state.situation), "not said")
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
        profile.settings_choice(talk),
        ("Reminders", "reminders"),
        ("Delete everything", "delete"),
    ]
    if menu.place(talk):
        pairs.append(("Go on where we were", "resume"))
    options = choices(pairs)
    talk.write(text, title="Settings", options=options, columns=2)
    talk.ask("settings", options, no="later")


def privacy(talk: Talk, arg: str = "") -> None:
    """The bot's own policy, in short (CARE D9, E1)."""
    options = choices(
        [
            ("What you keep of me", "mydata"),
            ("Export my data", "export"),
            ("Delete everything", "delete"),
            ("Settings", "settings"),
        ]
    )
    talk.say("privacy.what_is_kept", title="Privacy")
    talk.say("privacy.why_and_who")
    talk.say("privacy.how_long", options=options, columns=2)
    talk.ask("privacy", options, no="later")


def export(talk: Talk, arg: str = "") -> None:
    """Before everything is sent: it will lie on this phone (CARE D6)."""
    options = choices([("Yes, send it", "send_export"), ("Not now", "later")])
    talk.say("privacy.ask_export", options=options)
    talk.ask("export", options, yes="send_export", no="later")


def send_export(talk: Talk, arg: str = "") -> None:
    """Send everything that is kept, as data and as a page to read."""
    focus = talk.state.focus
    if not (focus and focus.name == "export"):
        return export(talk)
    talk.update(focus=None)
    talk.do(SendExport())
    return talk.say("privacy.export")


def withdraw(talk: Talk, arg: str = "") -> None:
    """/withdraw: consent taken back with one command (CARE D2)."""
    if talk.state.consent is False:
        return talk.say("account.consent_is_no")
    return profile.consent(talk, "no:set")


def delete(talk: Talk, arg: str = "") -> None:
    """Ask once, then erase (CARE D7)."""
    if talk.kept is None:
        return talk.do(LookUp())
    options = choices([("Yes, delete everything", "erase"), ("No, keep it", "keep")])
    counted = mydata.counted(talk.state, talk.kept)
    talk.say("privacy.ask_delete" if counted else "privacy.ask_delete_little", options=options, counted=counted)
    return talk.ask("delete", options, yes="erase", no="keep")


def erase(talk: Talk, arg: str = "") -> None:
    """Erase everything; the person is a stranger afterwards."""
    if talk.kept is None:
        return talk.do(LookUp())
    counted = mydata.counted(talk.state, talk.kept)
    talk.update(**dict(State()))
    talk.do(DeleteEverything())
    return talk.say("privacy.deleted", counted=counted or "all there was")


def erase_again(talk: Talk) -> None:
    """A second tap, or a button further up: where all is erased, say so; else ask before anything is."""
    if talk.state != State():
        return delete(talk)
    talk.do(DeleteEverything())  # so that this turn leaves nothing behind either
    return talk.say("privacy.nothing_kept")


def keep(talk: Talk, arg: str = "") -> None:
    """The deletion was not meant."""
    talk.update(focus=None)
    talk.say("privacy.kept")


def stop(talk: Talk, arg: str = "") -> None:
    """/stop: nothing unasked any more; the rest stays until deleted. Typed at a small question, it leaves that."""
    talk.update(reminder=None, focus=None)
    talk.do(StopReminders())
    options: tuple[Choice, ...] = choices([("Delete everything", "delete"), ("Menu", "menu")])
    talk.say("account.stopped", options=options)
    return talk.ask("stopped", options, no="later")


KNOWN_COMMANDS = (
    "start", "menu", "journey", "checkin", "progress", "reminders", "settings", "privacy", "help", "stop", "crisis", "resume",
    "export", "brief", "delete", "exit", "mydata", "withdraw",
)  # fmt: skip


def unknown_command(talk: Talk, event: Command) -> None:
    """A command nobody knows: name the nearest one."""
    near = get_close_matches(event.name.lower(), KNOWN_COMMANDS, n=1, cutoff=0.6)
    if near:
        options = choices([(f"Yes, /{near[0]}", near[0]), ("No", "later")])
        talk.say("account.did_you_mean", options=options, command=f"/{near[0]}")
        if talk.state.walk is None or (talk.state.focus and talk.state.focus.name != "step"):
            talk.ask("did_you_mean", options, yes=near[0], no="later")  # an open step goes on being what is answered
    else:
        talk.say("account.unknown_command")


ACTIONS: dict[str, Action] = {
    **profile.ACTIONS,
    "start": start,
    "settings": settings,
    "privacy": privacy,
    "export": export,
    "send_export": send_export,
    "withdraw": withdraw,
    "delete": delete,
    "erase": erase,
    "keep": keep,
    "stop": stop,
}
