"""Walking somebody through a guide: one step a message, forth and back, pausing and coming back."""

from __future__ import annotations

import re

from dialogues import account, closing, menu, topics
from dialogues.content import MAX_BUTTON, Guide, Step, Theme
from dialogues.events import Text
from dialogues.labels import THEMES
from dialogues.state import Choice, Walk
from dialogues.talk import Action, Talk, choices
from dialogues.typed import (
    IN_GUIDE,
    NO,
    YES,
    is_empty,
    is_no,
    is_yes,
    number_in,
    pick,
    pick_loosely,
    plain,
    without_answer,
)
from dialogues.wording import fill, named_slots, strip_lead_in

SURE_OF_NEW_TOPIC = 0.7
"""From here a message inside a guide may be about another topic; the bot then asks whether to switch."""
SURE_OF_NEW_TOPIC_IN_ANSWER = 0.85
SURE_OF_CHAT = 0.7
MAX_CHAT_WORDS = 6
HELD = "_held"
"""Where an answer waits while the bot asks whether it was one."""
_UNSURE = re.compile(r"\b(not sure|dont know|no words|cant say|hard to say)\b")


def start(talk: Talk, guide_id: str) -> None:
    """Begin a guide, after what has to be asked first: is it locked, would talking be safe, may answers be kept."""
    guide = talk.content.guides.get(guide_id)
    if guide is None:
        return menu.guides(talk)
    if menu.is_locked(talk, guide):
        return locked(talk, guide)
    if guide.partner and talk.state.safe_to_talk is None and talk.state.situation != "single":
        talk.update(pending=f"guide:{guide_id}")
        options = choices([("Yes, it feels safe", "safe:yes"), ("No, or I'm not sure", "safe:no")])
        talk.say("safety.safe_to_talk", options=options)
        return talk.ask("safe_to_talk", options, yes="safe:yes", no="safe:no", free="safe_typed")
    if talk.state.consent is None:
        talk.update(pending=f"guide:{guide_id}")
        return account.ask_consent(talk)
    if talk.state.walk and talk.state.walk.guide != guide_id:
        talk.say("guide.place_kept", guide=talk.content.guides[talk.state.walk.guide].title)
        put_aside(talk)
    kept = next((walk for walk in talk.state.paused if walk.guide == guide_id), None)
    talk.update(pending=None, danger=None)
    if kept:
        return resume(talk, guide_id)
    if not (talk.state.walk and talk.state.walk.guide == guide_id):
        talk.update(walk=Walk(guide=guide_id, step=guide.steps[0].id))
    show(talk)
    return None


def locked(talk: Talk, guide: Guide) -> None:
    """Say why a guide is closed, and leave the choice with the person (CARE B2)."""
    talk.update(pending=f"guide:{guide.id}")
    options = choices(
        [
            ("Something just for me", "guides"),
            ("Open it anyway", "unlock"),
            ("I need help now", "danger:abuse"),
        ]
    )
    talk.say("safety.locked", options=options, guide=guide.title)
    talk.ask("locked", options)


def put_aside(talk: Talk) -> None:
    """Pause the current guide, so that another can begin; the place is kept."""
    walk = talk.state.walk
    if walk is None:
        return
    others = tuple(item for item in talk.state.paused if item.guide != walk.guide)
    kept = walk.model_copy(update={"paused_at": talk.now})
    talk.update(walk=None, paused=(*others, kept), focus=None)


def resume(talk: Talk, guide_id: str = "") -> None:
    """Go on at the place where a guide was left: the named one, the current one, or the last paused one."""
    state = talk.state
    if not guide_id and state.walk is None and len(state.paused) > 1:
        paused = [
            Choice(label=talk.content.guides[walk.guide].title, action=f"resume:{walk.guide}") for walk in state.paused
        ]
        talk.say("guide.which_to_resume", options=paused)
        return talk.ask("resume", paused)
    wanted = guide_id or (state.walk.guide if state.walk else state.paused[-1].guide if state.paused else "")
    if wanted and menu.is_locked(talk, talk.content.guides[wanted]):
        return locked(talk, talk.content.guides[wanted])
    if state.walk and state.walk.guide != wanted:
        put_aside(talk)
    if talk.state.walk is None:
        walk = next((item for item in talk.state.paused if item.guide == wanted), None)
        if walk is None:
            talk.say("guide.nothing_to_resume", options=(options := choices([("Show me the guides", "guides")])))
            return talk.ask("menu", options)
        rest = tuple(item for item in talk.state.paused if item.guide != wanted)
        talk.update(walk=walk.model_copy(update={"paused_at": None}), paused=rest)
    talk.update(danger=None)
    show(talk, lead=talk.phrase("guide.welcome_back"))
    return None


def _here(talk: Talk) -> tuple[Guide, Step, Walk]:
    walk = talk.state.walk
    if walk is None:
        raise LookupError("no guide is open")
    guide = talk.content.guides[walk.guide]
    try:
        return guide, guide.step(walk.step), walk
    except KeyError:  # the guide was edited since: begin it again rather than lose the person
        step = guide.steps[0]
        talk.update(walk=walk.model_copy(update={"step": step.id, "path": ()}))
        return guide, step, walk


def _length(guide: Guide, step: Step, passed: int) -> int:
    """Messages in all on the way from here to the end, when every step simply leads on."""
    count, following = passed + 1, guide.after(step)
    while following is not None and count < 30:
        count, following = count + 1, guide.after(following)
    return count


def _says(talk: Talk, step: Step) -> tuple[str, tuple[str, ...]]:
    who = talk.state.who or ("single" if talk.state.situation == "single" else None)
    if who and who in step.adapt:
        return f".{who}", step.adapt[who]
    return "", step.say


def show(talk: Talk, lead: str = "", text: str = "") -> None:
    """Say the current step, with `lead` before it; `text` replaces the step's own words (an example, a short form)."""
    guide, step, walk = _here(talk)
    slots = talk.slots(walk.answers)
    suffix, variants = _says(talk, step)
    body = fill(text or talk.variant(f"guide.{guide.id}.{step.id}{suffix}", variants), slots)
    title = f"{guide.title} · {len(walk.path) + 1} of {_length(guide, step, len(walk.path))}"
    if step.card and not text:
        own = any(walk.answers.get(name) for variant in step.card for name in named_slots(variant))
        if not own:
            body = talk.phrase("guide.card_in_plain_words")
        talk.write(f"{lead}\n\n{body}".strip(), title=title)
        card = fill(talk.variant(f"guide.{guide.id}.{step.id}.card", step.card), slots)
        talk.write(card, options=_buttons(guide, step, walk))
    else:
        talk.write(
            f"{lead}\n\n{body}".strip(),
            title=title,
            options=_buttons(guide, step, walk),
            columns=_columns(step),
        )
    talk.ask("step", _offered(guide, step))


def _action(guide: Guide, step: Step, operation: str) -> str:
    return f"g:{guide.id}:{step.id}:{operation}"


def _offered(guide: Guide, step: Step) -> tuple[Choice, ...]:
    """The step's own options, which can be typed."""
    if step.scale:
        low, high = step.scale
        return tuple(Choice(label=str(n), action=_action(guide, step, f"r{n}")) for n in range(low, high + 1))
    return tuple(
        Choice(label=option.label, action=_action(guide, step, f"o{index}"), words=option.words)
        for index, option in enumerate(step.options)
    )


def _columns(step: Step) -> int:
    return 6 if step.scale else 1


def _buttons(guide: Guide, step: Step, walk: Walk) -> tuple[Choice, ...]:
    forward = {
        "tell": [("Next", "n")],
        "card": [("Next", "n")],
        "try": [("Done", "n"), ("I'll try it later", "l")],
        "ask": [("Skip", "s")],
        "choose": [],
        "rate": [("Skip", "s")],
        "plan": [("Skip", "s")],
    }[step.kind]
    steer = ([("Back", "b")] if walk.path else []) + [("Pause", "p")]
    return (
        *_offered(guide, step),
        *(Choice(label=label, action=_action(guide, step, op)) for label, op in forward + steer),
    )


def pressed(talk: Talk, arg: str) -> None:
    """A button of a step. One of an earlier step shows where the person is now instead of jumping about."""
    guide_id, step_id, operation = [*arg.split(":"), "", "", ""][:3]
    walk, focus = talk.state.walk, talk.state.focus
    if walk and (walk.guide, walk.step) == (guide_id, step_id):
        return operate(talk, operation)
    if walk:
        return show(talk, lead=talk.phrase("guide.old_button"))
    if operation == "p" and focus and focus.name == "paused":  # the button was pressed twice
        return talk.say("guide.paused", options=focus.options, guide=talk.content.guides[guide_id].title)
    if focus and focus.name == "helped" and f"helped:yes:{guide_id}" == focus.yes:
        return talk.say("closing.was_it_helpful", options=focus.options, columns=2)
    if any(item.guide == guide_id for item in talk.state.paused):
        return resume(talk, guide_id)
    talk.say("guide.old_button_menu")
    return menu.menu(talk)


def operate(talk: Talk, operation: str) -> None:
    """Do one thing in the current step: n(ext), l(ater), s(kip), b(ack), p(ause), o<option>, r<number>."""
    _, step, _ = _here(talk)
    if operation == "b":
        back(talk)
    elif operation == "p":
        pause(talk)
    elif operation.startswith("o") and operation[1:].isdigit() and int(operation[1:]) < len(step.options):
        option = step.options[int(operation[1:])]
        forward(talk, option.keep or option.label, option_index=int(operation[1:]))
    elif operation.startswith("r") and operation[1:].isdigit():
        forward(talk, operation[1:])
    elif operation == "l":
        forward(talk, lead=talk.phrase("guide.try_later"))
    elif operation in ("n", "s"):
        forward(talk, lead=talk.phrase("guide.skipped") if operation == "s" else "")
    else:
        show(talk)


def forward(talk: Talk, answer: str | None = None, option_index: int | None = None, lead: str = "") -> None:
    """Keep the answer, say back that it was heard, and go to the next step or to the end."""
    guide, step, walk = _here(talk)
    answers = dict(walk.answers)
    if answer and step.save:
        answers[step.save] = answer
    option = step.options[option_index] if option_index is not None else None
    following = guide.after(step, option)
    talk.update(walk=walk.model_copy(update={"answers": answers, "path": (*walk.path, step.id)}), misses=0)
    if answer and step.heard:
        heard = talk.variant(f"guide.{guide.id}.{step.id}.heard", step.heard)
        lead = fill(heard, talk.slots(answers))
    if following is None:
        return closing.finish(talk, lead)
    talk.update(walk=talk.state.walk.model_copy(update={"step": following.id}))  # type: ignore[union-attr]
    return show(talk, lead=lead)


def back(talk: Talk) -> None:
    """One step back."""
    _, _, walk = _here(talk)
    if not walk.path:
        return show(talk, lead=talk.phrase("guide.first_step"))
    talk.update(walk=walk.model_copy(update={"step": walk.path[-1], "path": walk.path[:-1]}))
    return show(talk)


def pause(talk: Talk, arg: str = "") -> None:
    """Leave the guide; the place is kept."""
    guide, _, _ = _here(talk)
    put_aside(talk)
    options = choices([("Go on", f"resume:{guide.id}"), ("Menu", "menu")])
    talk.say("guide.paused", options=options, guide=guide.title)
    talk.ask("paused", options, yes=f"resume:{guide.id}", no="later")


def typed(talk: Talk, event: Text) -> None:
    """Words written in the middle of a guide: an option, steering, a new topic, or an answer, in this order."""
    guide, step, _ = _here(talk)
    words = plain(event.text)
    offered = _offered(guide, step)
    steer = IN_GUIDE.get(words)
    if step.scale:
        number = number_in(event.text, *step.scale)
        if number is not None:
            return operate(talk, f"r{number}")
    else:
        option = pick(event.text, offered)
        if option:
            return operate(talk, option.action.rsplit(":", 1)[1])
    own_words = step.kind in ("ask", "plan")
    leads_on = step.kind in ("tell", "try", "card") or (own_words and words.startswith("next"))
    if steer and (steer != "next" or leads_on):
        return _steer(talk, steer, step)
    if steer is None and (option := pick_loosely(event.text, offered, own_words)):
        return operate(talk, option.action.rsplit(":", 1)[1])
    if step.kind in ("ask", "plan"):
        return _answered(talk, event, step)
    if _is_new_topic(guide, event, SURE_OF_NEW_TOPIC):
        return offer_switch(talk, event)
    return _beside_the_point(talk, event, step)


def _answered(talk: Talk, event: Text, step: Step) -> None:
    """Something written where an answer in own words is awaited: is it one?"""
    guide, _, _ = _here(talk)
    words = plain(event.text)
    if without_answer(event.text):
        return operate(talk, "s")
    if IN_GUIDE.get(words) == "next" or words in YES or words in NO or is_empty(event.text):
        return show(talk, lead=talk.phrase("guide.a_few_words"))
    if _is_chat(event):
        return _chat(talk, event)
    if step.kind == "ask" and _is_new_topic(guide, event, SURE_OF_NEW_TOPIC_IN_ANSWER):
        return offer_switch(talk, event, answer=True)
    return forward(talk, strip_lead_in(event.text, step.strip))


def _beside_the_point(talk: Talk, event: Text, step: Step) -> None:
    """Something written where nothing or a choice is awaited."""
    label = event.understanding.label
    if step.kind in ("tell", "try", "card") and is_yes(event.text, label):
        return operate(talk, "n")
    if is_no(event.text, label):
        return operate(talk, "s" if step.kind == "try" else "p")
    if _is_chat(event):
        return _chat(talk, event)
    if label in THEMES or label == "mood_low":  # they add a thought: take it in, and go on when they like
        return show(talk, lead=talk.phrase("guide.noted"))
    return show(talk, lead=talk.phrase("guide.not_an_option" if step.options or step.scale else "guide.take_your_time"))


def _is_chat(event: Text) -> bool:
    """A greeting, thanks or goodbye, and nothing else."""
    understanding = event.understanding
    short = len(event.text.split()) <= MAX_CHAT_WORDS
    return short and understanding.label in ("greet", "thanks", "goodbye") and understanding.confidence >= SURE_OF_CHAT


def _chat(talk: Talk, event: Text) -> None:
    if event.understanding.label == "goodbye":
        return pause(talk)
    lead = "guide.welcome_back" if event.understanding.label == "greet" else "smalltalk.thanks"
    return show(talk, lead=talk.phrase(lead))


def _steer(talk: Talk, steer: str, step: Step) -> None:
    guide, _, _ = _here(talk)
    if steer == "clarify":
        return show(talk, lead=talk.phrase("guide.clarify"), text=step.clarify or step.short or "")
    if steer == "short":
        return show(talk, text=step.short or "")
    if steer == "again":
        return show(talk)
    if steer == "source":
        return show(talk, lead=talk.phrase("guide.source", source=step.source or guide.source))
    if steer == "later":
        return operate(talk, "l" if step.kind == "try" else "p")
    if steer == "skip" and step.kind == "choose":
        unsure = (option for option in _offered(guide, step) if _UNSURE.search(plain(option.label)))
        option = next(unsure, None)
        if option:
            return operate(talk, option.action.rsplit(":", 1)[1])
        return show(talk, lead=talk.phrase("guide.no_skip"))
    return operate(talk, {"next": "n", "back": "b", "skip": "s", "pause": "p"}[steer])


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
    guide, _, walk = _here(talk)
    if answer:
        talk.update(walk=walk.model_copy(update={"answers": {**walk.answers, HELD: event.text}}))
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
        held = answers.pop(HELD, "")
        talk.update(walk=walk.model_copy(update={"answers": answers}))
    if arg == "answer" and walk:
        _, step, _ = _here(talk)
        return forward(talk, strip_lead_in(held, step.strip) or None)
    if arg == "stay" and walk:
        return show(talk)
    if arg not in talk.content.themes:
        return menu.menu(talk)
    title = talk.content.guides[walk.guide].title if walk else ""
    put_aside(talk)
    if title:
        talk.say("guide.place_kept", guide=title)
    return topics.answer(talk, arg)


def switch_typed(talk: Talk, arg: str, event: Text) -> None:
    """Other words at the switch question: they belong to the step that is open."""
    walk = talk.state.walk
    if walk is None:
        return menu.menu(talk)
    if IN_GUIDE.get(plain(event.text)) in ("clarify", "again"):
        return _ask_switch(talk, talk.content.guides[walk.guide], talk.content.themes[arg], HELD in walk.answers)
    answers = {name: value for name, value in walk.answers.items() if name != HELD}
    talk.update(walk=walk.model_copy(update={"answers": answers}))
    return typed(talk, event)


def may_answer(talk: Talk, words: str) -> bool:
    """Whether `words` may be an answer to the open step: it asks for own words, or has them on a button."""
    guide, step, _ = _here(talk)
    return step.kind in ("ask", "plan") or pick_loosely(words, _offered(guide, step)) is not None


def refocus(talk: Talk) -> None:
    """An open guide goes on waiting for its step after something that came between."""
    if talk.state.walk and talk.state.focus is None and not talk.state.danger:
        guide, step, _ = _here(talk)
        talk.ask("step", _offered(guide, step))


ACTIONS: dict[str, Action] = {
    "guide": start,
    "g": pressed,
    "resume": resume,
    "switch": switch,
}
FREE = {"switch_typed": switch_typed}
