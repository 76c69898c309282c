"""What is written in the middle of a guide: an option, steering, a question, a new topic, or an answer."""

from __future__ import annotations

import re

from dialogues import guiding, menu, topics
from dialogues.content import MAX_BUTTON, Guide, Step, Theme
from dialogues.events import Text
from dialogues.labels import THEMES
from dialogues.lead_ins import strip_lead_in
from dialogues.talk import Action, Talk, choices
from dialogues.typed import (
    IN_GUIDE,
    NO,
    YES,
    asks_again,
    is_empty,
    is_no,
    is_yes,
    number_in,
    pick,
    pick_loosely,
    plain,
    steers,
    without_answer,
)

SURE_OF_NEW_TOPIC = 0.7
"""From here a message inside a guide may be about another topic; the bot then asks whether to switch."""
SURE_OF_NEW_TOPIC_IN_ANSWER = 0.97
"""Where words of one's own are asked for, what is written is the answer, even if it touches on something else."""
SURE_OF_CHAT = 0.7
MAX_CHAT_WORDS = 6
NONE_FITS = ("none", "none of these", "none of them", "none of those", "neither", "not these")
_UNSURE = re.compile(r"\b(not sure|dont know|no words|cant say|hard to say)\b")


def typed(talk: Talk, event: Text) -> None:
    """Words written in the middle of a guide: an option, steering, a new topic, or an answer, in this order."""
    guide, step, _ = guiding.here(talk)
    words = plain(event.text)
    options = guiding.offered(guide, step)
    steer = steers(event.text)
    if step.scale:
        number = number_in(event.text, *step.scale)
        if number is not None:
            return guiding.operate(talk, f"r{number}")
    else:
        option = pick(event.text, options)
        if option:
            return guiding.operate(talk, option.action.rsplit(":", 1)[1])
    if steer == "edit" and step.kind != "card":
        steer = None
    own_words = step.kind in ("ask", "plan")
    leads_on = step.kind in ("tell", "try", "card") or (own_words and words.startswith("next"))
    if steer and (steer != "next" or leads_on):
        return _steer(talk, steer, step)
    if steer is None and (option := pick_loosely(event.text, options, own_words)):
        return guiding.operate(talk, option.action.rsplit(":", 1)[1])
    if step.kind in ("ask", "plan"):
        return _answered(talk, event, step)
    if _is_new_topic(guide, event, SURE_OF_NEW_TOPIC):
        return offer_switch(talk, event)
    return _beside_the_point(talk, event, step)


def _answered(talk: Talk, event: Text, step: Step) -> None:
    """Something written where an answer in own words is awaited: is it one?"""
    guide, _, _ = guiding.here(talk)
    words = plain(event.text)
    if without_answer(event.text):
        return guiding.operate(talk, "s")
    if IN_GUIDE.get(words) == "next" or words in YES or words in NO or is_empty(event.text):
        return guiding.show(talk, lead=talk.phrase("guide.a_few_words"))
    if _is_chat(event):
        return _chat(talk, event)
    if step.kind == "ask" and _is_new_topic(guide, event, SURE_OF_NEW_TOPIC_IN_ANSWER):
        return offer_switch(talk, event, answer=True)
    return guiding.forward(talk, strip_lead_in(event.text, step.strip))


def _beside_the_point(talk: Talk, event: Text, step: Step) -> None:
    """Something written where nothing or a choice is awaited."""
    label = event.understanding.label
    if step.kind in ("tell", "try", "card") and is_yes(event.text, label):
        return guiding.operate(talk, "n")
    if step.kind == "choose" and plain(event.text) in NONE_FITS:
        return guiding.show(talk, lead=talk.phrase("guide.no_skip"))
    if is_no(event.text, label):
        return guiding.operate(talk, "s" if step.kind == "try" else "p")
    if _is_chat(event):
        return _chat(talk, event)
    if label in THEMES or label == "mood_low":  # they add a thought: take it in, and go on when they like
        return guiding.show(talk, lead=talk.phrase("guide.noted"))
    if step.scale:
        low, high = step.scale
        return guiding.show(talk, lead=talk.phrase("guide.number_please", low=str(low), high=str(high)))
    return guiding.show(talk, lead=talk.phrase("guide.not_an_option" if step.options else "guide.take_your_time"))


def _is_chat(event: Text) -> bool:
    """A greeting, thanks or goodbye, and nothing else."""
    understanding = event.understanding
    short = len(event.text.split()) <= MAX_CHAT_WORDS
    return short and understanding.label in ("greet", "thanks", "goodbye") and understanding.confidence >= SURE_OF_CHAT


def _chat(talk: Talk, event: Text) -> None:
    if event.understanding.label == "goodbye":
        return guiding.pause(talk)
    lead = "guide.welcome_back" if event.understanding.label == "greet" else "smalltalk.thanks"
    return guiding.show(talk, lead=talk.phrase(lead))


def _steer(talk: Talk, steer: str, step: Step) -> None:
    guide, _, _ = guiding.here(talk)
    if steer == "clarify":
        return guiding.show(talk, lead=talk.phrase("guide.clarify"), text=step.clarify or step.short or "")
    if steer == "short":
        return guiding.show(talk, text=step.short or "")
    if steer == "again":
        return guiding.show(talk)
    if steer == "source":
        reviewed = f"{guide.reviewed:%-d %B %Y}"
        lead = talk.phrase("guide.source", source=talk.content.source(guide, step), reviewed=reviewed)
        return guiding.show(talk, lead=lead)
    if steer == "later":
        return guiding.operate(talk, "l" if step.kind == "try" else "p")
    if steer == "skip" and step.kind == "choose":
        unsure = (option for option in guiding.offered(guide, step) if _UNSURE.search(plain(option.label)))
        option = next(unsure, None)
        if option:
            return guiding.operate(talk, option.action.rsplit(":", 1)[1])
        return guiding.show(talk, lead=talk.phrase("guide.no_skip"))
    return guiding.operate(talk, {"next": "n", "back": "b", "skip": "s", "pause": "p", "edit": "e"}[steer])


def _is_new_topic(guide: Guide, event: Text, sure: float) -> bool:
    understanding = event.understanding
    return (
        understanding.label in THEMES
        and understanding.label not in guide.themes
        and understanding.confidence >= sure
        and len(event.text.split()) >= 4
    )


def _with_title(verb: str, theme: Theme) -> str:
    """A button's words with the theme's title, or without it where that is too long for a button."""
    label = f"{verb} {theme.title.lower()}"
    return label if len(label) <= MAX_BUTTON + 8 else f"{verb} that"


def offer_switch(talk: Talk, event: Text, answer: bool = False) -> None:
    """A new topic in the middle of a guide: ask whether to switch; the place is kept either way."""
    guide, _, walk = guiding.here(talk)
    if answer:
        talk.update(walk=walk.model_copy(update={"answers": {**walk.answers, guiding.HELD: event.text}}))
    _ask_switch(talk, guide, talk.content.themes[event.understanding.label], answer)


def _ask_switch(talk: Talk, guide: Guide, theme: Theme, answer: bool) -> None:
    stay = ("It's my answer here", "switch:answer") if answer else ("Stay with this", "switch:stay")
    leave = (_with_title("Talk about" if answer else "Switch to", theme), f"switch:{theme.id}")
    options = choices([stay, leave] if answer else [leave, stay])
    phrase = "guide.answer_or_switch" if answer else "guide.switch"
    talk.say(phrase, options=options, named=theme.named, guide=guide.title)
    talk.ask("switch", options, yes=leave[1], no=stay[1], free=f"switch_typed:{theme.id}")


def switch(talk: Talk, arg: str) -> None:
    """The answer to `offer_switch`."""
    walk = talk.state.walk
    held = ""
    if walk:
        answers = dict(walk.answers)
        held = answers.pop(guiding.HELD, "")
        talk.update(walk=walk.model_copy(update={"answers": answers}))
    if arg == "answer" and walk:
        _, step, _ = guiding.here(talk)
        return guiding.forward(talk, strip_lead_in(held, step.strip) or None)
    if arg == "stay" and walk:
        return guiding.show(talk)
    if arg not in talk.content.themes:
        return menu.menu(talk)
    title = talk.content.guides[walk.guide].title if walk else ""
    guiding.put_aside(talk)
    if title:
        talk.say("guide.place_kept", guide=title)
    return topics.answer(talk, arg)


def switch_typed(talk: Talk, arg: str, event: Text) -> None:
    """Other words at the switch question: they belong to the step that is open."""
    walk = talk.state.walk
    if walk is None:
        return menu.menu(talk)
    if asks_again(event.text):
        return _ask_switch(
            talk, talk.content.guides[walk.guide], talk.content.themes[arg], guiding.HELD in walk.answers
        )
    answers = {name: value for name, value in walk.answers.items() if name != guiding.HELD}
    talk.update(walk=walk.model_copy(update={"answers": answers}))
    return typed(talk, event)


def may_answer(talk: Talk, words: str) -> bool:
    """Whether `words` may be an answer to the open step: it asks for own words, or has them on a button."""
    guide, step, _ = guiding.here(talk)
    return step.kind in ("ask", "plan") or pick_loosely(words, guiding.offered(guide, step)) is not None


ACTIONS: dict[str, Action] = {"switch": switch}
FREE = {"switch_typed": switch_typed}
