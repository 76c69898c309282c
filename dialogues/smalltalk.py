"""Short, honest answers to greetings, thanks, questions about the bot, and everything it is not made for."""

from __future__ import annotations

from dialogues import account, checkins, closing, menu, reminding, topics, zoning
from dialogues.events import Attachment, Text
from dialogues.labels import THEMES
from dialogues.state import Choice
from dialogues.talk import Action, Talk, choices


def help_(talk: Talk, arg: str = "") -> None:
    """What the bot can do and how."""
    options = choices([("Find my topic", "topics"), ("All guides", "guides"), ("I need help now", "danger:crisis")])
    if talk.state.walk or talk.state.paused:
        options = choices([("Go on where we were", "resume")]) + options
    talk.say("smalltalk.help", options=options)
    talk.ask("menu", options)


def answer(talk: Talk, label: str, event: Text) -> None:
    """Answer a message with a conversation label."""
    talk.update(misses=0)
    if label == "help":
        return help_(talk)
    if label == "privacy":
        return account.privacy(talk)
    if label == "checkin":
        return checkins.checkin(talk)
    if label == "reminder":
        return reminding.reminders(talk)
    if label == "goodbye":
        return closing.goodbye(talk)
    if label == "greet":
        return greet(talk)
    if label in ("mood_low", "mood_good"):
        return mood(talk, label)
    if label in ("affirm", "deny"):
        return yes_or_no(talk, label)
    talk.say(f"smalltalk.{label}")
    return None


def greet(talk: Talk) -> None:
    """Hello; where a guide is open, the way back to it."""
    open_guide = talk.state.walk or (talk.state.paused[-1] if talk.state.paused else None)
    if open_guide:
        guide = talk.content.guides[open_guide.guide]
        options = choices([("Go on where we were", f"resume:{guide.id}"), ("Something new", "talk"), ("Menu", "menu")])
        talk.say("smalltalk.greet_back", options=options, guide=guide.title)
        talk.ask("menu", options, yes=options[0].action, no="talk")
    else:
        talk.say("smalltalk.greet")


def mood(talk: Talk, label: str) -> None:
    """A feeling without a theme: say it back, and one question."""
    if label == "mood_good":
        talk.say("smalltalk.mood_good")
        talk.ask("good_day", no="later", free="good_told")
        return
    options = choices(
        [
            ("Check in", "checkin"),
            ("Something just for me", "guide:self_care"),
            ("I need help now", "danger:crisis"),
        ]
    )
    talk.say("smalltalk.mood_low", options=options)
    talk.ask("menu", options, yes="talk", no="later")


def good_told(talk: Talk, arg: str, event: Text) -> None:
    """What made it a good day: unless it is something else after all."""
    label = event.understanding.label
    if label in THEMES or label == "mood_low":
        topics.answer(talk, label, event.text) if label in THEMES else mood(talk, label)
    else:
        talk.say("smalltalk.good_told")


def yes_or_no(talk: Talk, label: str) -> None:
    """A yes or no that answers nothing we asked."""
    options: tuple[Choice, ...] = choices([("Find my topic", "topics"), ("Menu", "menu")])
    talk.say(f"smalltalk.{label}", options=options)
    talk.ask("menu", options, yes="topics", no="later")


def interject(talk: Talk, label: str) -> bool:
    """Answer a question about the bot in the middle of something; True where there was one to answer."""
    if label not in ("bot_challenge", "privacy", "help"):
        return False
    talk.say("smalltalk.bot_challenge" if label == "bot_challenge" else f"smalltalk.{label}_briefly")
    return True


def attachment(talk: Talk, event: Attachment) -> None:
    """A sticker, photo, voice message ...: say kindly what can be read; the open question stays."""
    if event.kind == "location" and zoning.located(talk, event):
        return
    known = ("sticker", "photo", "voice", "video", "location", "contact", "document")
    talk.say(f"smalltalk.{event.kind if event.kind in known else 'document'}")
    if talk.state.danger:
        options = choices([("Numbers again", f"danger:{talk.state.danger}"), ("I'd like to go on", "go_on")])
        talk.say("safety.still_here", options=options)


def lost_button(talk: Talk) -> None:
    """A button whose meaning is not known any more."""
    talk.say("guide.old_button")
    menu.menu(talk)


ACTIONS: dict[str, Action] = {"help": help_}
FREE = {"good_told": good_told}
