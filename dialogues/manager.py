"""The dialogue manager: one pure function from a state and an event to the next state, the replies and the effects.

Order of a text: danger first, in every state; then what the bot was waiting for; then words that steer; then what the
model understood. A button, a typed word and a command lead to the same action.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from dialogues import account, checkins, closing, danger, guiding, menu, minors, reminding, smalltalk, topics
from dialogues.content import Content
from dialogues.events import Attachment, Command, Event, Press, Prompt, Text
from dialogues.labels import SAFETY, THEMES, UNSURE
from dialogues.safety_net import Signal
from dialogues.state import State
from dialogues.talk import Action, Talk, Turn
from dialogues.typed import GLOBAL, IN_GUIDE, is_no, is_yes, pick, plain

FreeAction = Callable[..., None]

ACTIONS: Mapping[str, Action] = {
    **account.ACTIONS,
    **checkins.ACTIONS,
    **closing.ACTIONS,
    **danger.ACTIONS,
    **guiding.ACTIONS,
    **menu.ACTIONS,
    **reminding.ACTIONS,
    **smalltalk.ACTIONS,
    **topics.ACTIONS,
}
"""What a button, a typed word or a command can do, by the first part of its action string."""

FREE: dict[str, FreeAction] = {
    **checkins.FREE,
    **reminding.FREE,
    "told": topics.told,
    "name": account.name,
    "country_typed": danger.country_typed,
}
"""Who takes free text while the bot waits for some."""

SURE_INTERJECTION = 0.7
FREE_TEXT_YIELDS = 0.75
"""While waiting for free text, a message this surely of another kind (thanks, check-in, a rating) is taken as that."""


def step(content: Content, state: State, event: Event, now: datetime) -> Turn:
    """What the bot does about `event` at the aware time `now`. Pure; every text, press and command gets a reply."""
    talk = Talk(content=content, state=state, now=now, heard=event.text if isinstance(event, Text) else "")
    if isinstance(event, Text):
        _text(talk, event)
    elif isinstance(event, Press):
        _press(talk, event.action)
    elif isinstance(event, Command):
        _command(talk, event)
    elif isinstance(event, Attachment):
        if not talk.state.met:
            account.introduce(talk)
        smalltalk.attachment(talk, event)
    elif isinstance(event, Prompt):
        reminding.prompt(talk, event)
        return talk.turn()
    if not talk.replies:
        menu.menu(talk)
    return talk.turn()


def act(talk: Talk, action: str) -> None:
    """Run an action string such as "guide:boundaries", then what was waiting for its answer."""
    verb, _, arg = action.partition(":")
    handler = ACTIONS.get(verb)
    if verb == "consent":
        consent(talk, arg)
    elif verb in FREE and handler is None:
        FREE[verb](talk, arg)
    elif handler is None:
        smalltalk.lost_button(talk)
    else:
        handler(talk, arg)
    _go_on_with_pending(talk, verb)


def consent(talk: Talk, arg: str) -> None:
    """Take the answer, and go on with what it came before."""
    talk.update(consent=arg == "yes", focus=None)
    if arg != "yes":
        talk.update(
            **{name: getattr(talk.state.storable(), name) for name in ("name", "checkin", "finished", "paused")}
        )
    if talk.state.pending:
        talk.say("account.consent_yes_briefly" if arg == "yes" else "account.consent_no_briefly")
    else:
        talk.say("account.consent_yes" if arg == "yes" else "account.consent_no")


def _go_on_with_pending(talk: Talk, verb: str) -> None:
    """After a question that came between (consent, safety, zone), do what the person wanted in the first place."""
    pending = talk.state.pending
    answered = {
        "consent": talk.state.consent is not None,
        "safe": bool(talk.state.safe_to_talk),
        "zone": bool(talk.state.zone),
    }
    if verb == "unlock":
        answered["unlock"] = not talk.state.locked
    if pending and answered.get(verb) and talk.state.focus is None:
        talk.update(pending=None)
        act(talk, pending)
    elif verb == "zone" and talk.state.focus is None and talk.state.zone:
        talk.say("reminders.zone_kept", zone=talk.state.zone)


def _command(talk: Talk, event: Command) -> None:
    name = event.name.lower()
    if name == "crisis":
        danger.show_numbers(talk)
    elif talk.state.minor and name not in ("privacy", "delete", "export", "stop", "help"):
        danger.minor(talk)
    elif name in account.KNOWN_COMMANDS:
        talk.update(pending=None)
        act(talk, name)
    else:
        account.unknown_command(talk, event)


def _press(talk: Talk, action: str) -> None:
    verb = action.partition(":")[0]
    if talk.state.minor and verb not in (*danger.ACTIONS, "erase", "delete", "keep", "export"):
        return danger.minor(talk)
    if not talk.state.met and verb not in danger.ACTIONS:
        account.introduce(talk)
    return act(talk, action)


def _text(talk: Talk, event: Text) -> None:
    understanding = event.understanding
    signal = understanding.signal
    if signal is None and understanding.label in SAFETY:
        signal = Signal(understanding.label, "strong", "self", "model", "en")  # type: ignore[arg-type]
    if signal and (signal.strength == "strong" or not (talk.state.danger or talk.state.asked_plainly)):
        return danger.alarm(talk, signal)
    if minors.says_minor(event.text):
        return danger.minor(talk)
    if talk.state.minor:
        return danger.minor(talk)
    if not talk.state.met:
        account.introduce(talk)
    return _understood(talk, event)


def _understood(talk: Talk, event: Text) -> None:
    """A text without danger: the open question first, then steering words, then the label."""
    focus = talk.state.focus
    label = event.understanding.label
    words = plain(event.text)
    if not words and not event.text.strip():
        return menu.menu(talk)
    if focus and focus.name == "step" and talk.state.walk and not talk.state.danger:
        if words in GLOBAL and words not in IN_GUIDE:
            return act(talk, GLOBAL[words])
        if _is_interjection(event) and smalltalk.interject(talk, label):
            return guiding.show(talk)
        return guiding.typed(talk, event)
    if focus:
        option = pick(event.text, focus.options)
        if option:
            return act(talk, option.action)
        if focus.yes and is_yes(event.text, label):
            return act(talk, focus.yes)
        if focus.no and is_no(event.text, label):
            return act(talk, focus.no)
    if words in GLOBAL:
        return act(talk, GLOBAL[words])
    if talk.state.danger:
        return danger.while_open(talk, event)
    if focus and focus.free and not _is_something_else(event):
        verb, _, arg = focus.free.partition(":")
        if _is_interjection(event) and smalltalk.interject(talk, label):
            return talk.update(focus=focus)
        talk.update(focus=None)
        FREE[verb](talk, arg, event=event)
        return _go_on_with_pending(talk, verb)
    guide = talk.content.guide_named(words)
    if guide:
        return act(talk, f"guide:{guide.id}")
    if label in THEMES:
        return topics.answer(talk, label, event.text, also=next(iter(event.understanding.also), None))
    if label == UNSURE:
        return menu.not_understood(talk, event)
    return smalltalk.answer(talk, label, event)


def _is_interjection(event: Text) -> bool:
    """A question about the bot itself, surely enough to answer it before going on."""
    return event.understanding.confidence >= SURE_INTERJECTION and event.understanding.label in (
        "bot_challenge",
        "privacy",
        "help",
    )


def _is_something_else(event: Text) -> bool:
    """While free text is awaited: a message that surely is not that text (a goodbye, a request for a check-in)."""
    understanding = event.understanding
    return understanding.confidence >= FREE_TEXT_YIELDS and understanding.label in (
        "goodbye",
        "checkin",
        "reminder",
        "thanks",
    )
