"""Short, honest answers to greetings, thanks, questions about the bot, and everything it is not made for."""

from __future__ import annotations

import re

from dialogues import account, checkins, closing, guiding, menu, reminding, topics, zoning
from dialogues.events import Attachment, Text
from dialogues.labels import THEMES
from dialogues.state import Choice
from dialogues.talk import Action, Talk, choices
from dialogues.typed import plain

_PROGRAM = r"bot|robot|ai|a i|artificial intelligence|machine|computer|program|programme|algorithm|chat ?bot|chat ?gpt|gpt|llm|language model"
_PERSON = (
    r"human|human being|person|people|man|woman|someone|somebody|real|alive|therapist|psychotherapist|counsell?or|psychologist|"
    r"psychiatrist|doctor|nurse|social worker|professional|coach"
)
_MORE = r"(?:(?:a|an|the|my|really|actually|even|just|like|real|actual|live|living|licensed|qualified|trained|proper|some) )*"
_WHAT_ARE_YOU = re.compile(
    rf"\b(?:are|r) (?:you|u|y) {_MORE}(?P<you>{_PERSON}|{_PROGRAM})\b(?: or | *$|[^a-z]| (?:here|there|then|though|pls|please|right|btw|too|at all)\b)"
    rf"|\b(?:am i|im) (?:talking|speaking|chatting|writing|typing) (?:to|with) {_MORE}(?P<to>{_PERSON}|{_PROGRAM})\b"
    rf"|\bis (?:this|it|that|there) {_MORE}(?P<this>{_PERSON}|{_PROGRAM})\b(?: (?:here|there|reading|behind|on the other|writing|answering|typing)\b| *$)"
    r"|\bwhat are you\b *$|\bhuman or (?:bot|robot|machine|ai)\b|\byou(?:re| are) (?:just )?a (?:bot|robot|machine|human|person|therapist) (?:right|arent you)\b"
)
_LONGEST_CHALLENGE = 14
"""Words; a longer message with "are you real" in it is about something else as well."""
PROFESSIONS = {
    "medicine": r"\b(?:medicat\w*|meds?|pills?|tablets?|dose|dosage|mg|antidepress\w*|ssri\w*|sertraline|prozac|fluoxetine|xanax|"
    r"side effects?|prescri\w+|diagnos\w+|symptoms?|pregnan\w+|vaccin\w+|supplements?)\b",
    "law": r"\b(?:legal\w*|lawyers?|attorney|solicitor|sue|suing|custody|alimony|prenup|visa|immigration|court|divorce (?:papers|law|settlement)|"
    r"restraining order|inherit\w*|tenancy|evict\w*)\b",
    "money": r"\b(?:invest\w*|stocks?|shares|crypto|bitcoin|mortgage|loans?|debts?|tax(?:es)?|pension|savings?|insurance|interest rate|bankrupt\w*)\b",
}
"""What it gives no advice on, by the professional who does; looked at only where no theme was heard (CARE C6)."""


def asked_what_it_is(text: str) -> str | None:
    """The phrase that answers "are you human?" or "are you a bot?", where that is what is asked (CARE C2)."""
    words = plain(text)
    found = _WHAT_ARE_YOU.search(words)
    if found is None or len(words.split()) > _LONGEST_CHALLENGE:
        return None
    named = found["you"] or found["to"] or found["this"] or ""
    return (
        "smalltalk.is_program" if re.fullmatch(_PROGRAM, named) and "human" not in words else "smalltalk.bot_challenge"
    )


def say_what_it_is(talk: Talk, key: str) -> None:
    """A plain answer first, in any state; then back to where the person was."""
    talk.say(key)
    if not talk.state.met:
        account.introduce(talk)
    elif talk.state.danger:
        options = choices([("Numbers again", f"danger:{talk.state.danger}"), ("I'd like to go on", "go_on")])
        talk.say("safety.still_here", options=options)
    elif talk.state.walk and (talk.state.focus is None or talk.state.focus.name == "step"):
        guiding.show(talk)
    else:
        talk.repeat()


def outside(talk: Talk, text: str) -> bool:
    """Refuse advice on medicine, law or money in one sentence, naming who gives it; False where it is about none."""
    field = next((name for name, pattern in PROFESSIONS.items() if re.search(pattern, plain(text))), None)
    if field is None:
        return False
    options = choices([("Find my topic", "topics"), ("Menu", "menu")])
    talk.say(f"smalltalk.not_{field}", options=options)
    talk.ask("menu", options, no="later")
    return True


def help_(talk: Talk, arg: str = "") -> None:
    """What the bot can do and how."""
    options = choices([("Find my topic", "topics"), ("All guides", "guides"), ("I need help now", "danger:crisis")])
    if menu.place(talk):
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
    if label == "out_of_scope" and outside(talk, event.text):
        return None
    talk.say(f"smalltalk.{label}")
    return None


def greet(talk: Talk) -> None:
    """Hello; where a guide is open, the way back to it."""
    open_guide = menu.place(talk)
    if open_guide and open_guide.guide in talk.content.guides:
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
