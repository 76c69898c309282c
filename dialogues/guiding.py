"""Walking somebody through a guide: one step a message, forth and back, pausing and coming back."""

from __future__ import annotations

from dialogues import account, closing, menu
from dialogues.content import Guide, Step
from dialogues.events import Text
from dialogues.state import Choice, Walk
from dialogues.talk import Action, Talk, choices
from dialogues.typed import is_empty
from dialogues.wording import fill, named_slots

EDITED = "_card_"
"""Where a card's message in the person's own version is kept among the answers, by step."""
HELD = "_held"
"""Where an answer waits while the bot asks whether it was one."""
MAX_CARD = 1500


def start(talk: Talk, guide_id: str) -> None:
    """Begin a guide, after what has to be asked first: is it locked, would talking be safe, may answers be kept."""
    guide = talk.content.guides.get(guide_id)
    if guide is None:
        return menu.guides(talk)
    if menu.is_locked(talk, guide):
        return locked(talk, guide)
    if guide.partner and talk.state.safe_to_talk is None and not _is_on_their_own(talk):
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
        talk.update(walk=Walk(guide=guide_id, step=guide.steps[0].id, begun=talk.today))
        show(talk, first=True)
        return None
    show(talk)
    return None


def _is_on_their_own(talk: Talk) -> bool:
    """Single, and nobody was named (an ex): the guide's words are about friends and family then."""
    return talk.state.situation == "single" and talk.state.person is None


def locked(talk: Talk, guide: Guide) -> None:
    """Say why a guide is closed, and leave the choice with the person (CARE B2)."""
    talk.update(pending=f"guide:{guide.id}")
    mine = [("Something just for me", "guides")]
    if talk.state.hurts:
        options = choices([*mine, ("Numbers again", "danger:abuse")])
        talk.say("safety.locked_doer", options=options, guide=guide.title)
        return talk.ask("locked", options)
    options = choices([*mine, ("Open it anyway", "unlock"), ("I need help now", "danger:abuse")])
    talk.say("safety.locked", options=options, guide=guide.title)
    return talk.ask("locked", options)


def put_aside(talk: Talk) -> None:
    """Pause the current guide, so that another can begin; the place is kept."""
    walk = talk.state.walk
    if walk is None:
        return
    others = tuple(item for item in talk.state.paused if item.guide != walk.guide)
    answers = {name: value for name, value in walk.answers.items() if name != HELD}
    kept = walk.model_copy(update={"paused_at": talk.now, "answers": answers})
    talk.update(walk=None, paused=(*others, kept), focus=None)


def resume(talk: Talk, guide_id: str = "") -> None:
    """Go on at the place where a guide was left: the named one, the current one, or the last paused one."""
    state = talk.state
    open_ones = menu.paused(talk)
    if not guide_id and state.walk is None and len(open_ones) > 1:
        paused = [
            Choice(label=talk.content.guides[walk.guide].title, action=f"resume:{walk.guide}") for walk in open_ones
        ]
        talk.say("guide.which_to_resume", options=paused)
        return talk.ask("resume", paused)
    last = next(reversed(open_ones or state.paused), None)
    wanted = guide_id or (state.walk.guide if state.walk else last.guide if last else "")
    if wanted not in talk.content.guides:  # also one that is no more
        wanted = ""
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


def here(talk: Talk) -> tuple[Guide, Step, Walk]:
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
    who, variants = talk.adapted(step.adapt, step.say)
    return f".{who}" if who else "", variants


def show(talk: Talk, lead: str = "", text: str = "", *, first: bool = False) -> None:
    """Say the current step, with `lead` before it; `text` replaces the step's own words (an example, a short form).

    A step that is shown again (not `first`) is said in the same words as before.
    """
    guide, step, walk = here(talk)
    slots = talk.slots(walk.answers)
    suffix, variants = _says(talk, step)
    body = fill(text or talk.variant(f"guide.{guide.id}.{step.id}{suffix}", variants, same=not first), slots)
    title = f"{guide.title} · {len(walk.path) + 1} of {_length(guide, step, len(walk.path))}"
    if step.card and not text:
        edited = walk.answers.get(EDITED + step.id)
        own = edited or any(walk.answers.get(name) for variant in step.card for name in named_slots(variant))
        if not own:
            body = talk.phrase("guide.card_in_plain_words")
        talk.write(lead if edited and lead else f"{lead}\n\n{body}".strip(), title=title)
        card = edited or fill(talk.variant(f"guide.{guide.id}.{step.id}.card", step.card, same=not first), slots)
        talk.write(card, options=_buttons(guide, step, walk))
    else:
        talk.write(
            f"{lead}\n\n{body}".strip(),
            title=title,
            options=_buttons(guide, step, walk),
            columns=_columns(step),
        )
    talk.ask("step", offered(guide, step))


def _action(guide: Guide, step: Step, operation: str) -> str:
    return f"g:{guide.id}:{step.id}:{operation}"


def offered(guide: Guide, step: Step) -> tuple[Choice, ...]:
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
        "card": [("Next", "n"), ("Change the words", "e")],
        "try": [("Done", "n"), ("I'll try it later", "l")],
        "ask": [("Skip", "s")],
        "choose": [],
        "rate": [("Skip", "s")],
        "plan": [("Skip", "s")],
    }[step.kind]
    steer = ([("Back", "b")] if walk.path else []) + [("Pause", "p")]
    return (
        *offered(guide, step),
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
    """Do one thing in the current step: n(ext), l(ater), s(kip), b(ack), p(ause), e(dit), o<option>, r<number>."""
    _, step, _ = here(talk)
    if operation == "b":
        back(talk)
    elif operation == "e" and step.kind == "card":
        edit_card(talk)
    elif operation == "p":
        pause(talk)
    elif operation.startswith("o") and operation[1:].isdecimal() and int(operation[1:]) < len(step.options):
        option = step.options[int(operation[1:])]
        forward(talk, option.keep or option.label, option_index=int(operation[1:]))
    elif operation.startswith("r") and operation[1:].isdecimal():
        forward(talk, operation[1:])
    elif operation == "l":
        forward(talk, lead=talk.phrase("guide.try_later"))
    elif operation in ("n", "s"):
        forward(talk, lead=talk.phrase("guide.skipped") if operation == "s" else "")
    else:
        show(talk)


def edit_card(talk: Talk) -> None:
    """Let the person write the card's message the way they would say it."""
    guide, step, _ = here(talk)
    options = choices([("Leave it as it is", _action(guide, step, "stay"))])
    talk.say("guide.edit_card", options=options)
    talk.ask("card_edit", options, no=options[0].action, free=f"card_edited:{step.id}")


def card_edited(talk: Talk, step_id: str, event: Text) -> None:
    """The card in the person's own version, shown as one message."""
    words = event.text.strip()[:MAX_CARD]
    if talk.state.walk is None:
        return menu.menu(talk)
    _, step, walk = here(talk)
    if step.id != step_id or is_empty(words):
        return show(talk)
    talk.update(walk=walk.model_copy(update={"answers": {**walk.answers, EDITED + step.id: words}}))
    return show(talk, lead=talk.phrase("guide.card_edited"))


def forward(talk: Talk, answer: str | None = None, option_index: int | None = None, lead: str = "") -> None:
    """Keep the answer, say back that it was heard, and go to the next step or to the end."""
    guide, step, walk = here(talk)
    answers = dict(walk.answers)
    if answer and step.save:
        answers[step.save] = answer
    option = step.options[option_index] if option_index is not None else None
    if option and option.who and talk.state.who != "for_other":
        talk.update(who=None if option.who == "plain" else option.who)
    following = guide.after(step, option)
    talk.update(walk=walk.model_copy(update={"answers": answers, "path": (*walk.path, step.id)}), misses=0)
    if answer and step.heard:
        heard = talk.variant(f"guide.{guide.id}.{step.id}.heard", step.heard)
        lead = fill(heard, talk.slots(answers))
    if following and following.when_locked and talk.state.locked:  # couple work is closed: go round it
        following = guide.step(following.when_locked)
    if following is None:
        return closing.finish(talk, lead)
    talk.update(walk=talk.state.walk.model_copy(update={"step": following.id}))  # type: ignore[union-attr]
    return show(talk, lead=lead, first=True)


def back(talk: Talk) -> None:
    """One step back."""
    _, _, walk = here(talk)
    if not walk.path:
        return show(talk, lead=talk.phrase("guide.first_step"))
    talk.update(walk=walk.model_copy(update={"step": walk.path[-1], "path": walk.path[:-1]}))
    return show(talk)


def pause(talk: Talk, arg: str = "") -> None:
    """Leave the guide; the place is kept."""
    guide, _, _ = here(talk)
    put_aside(talk)
    options = choices([("Go on", f"resume:{guide.id}"), ("Menu", "menu")])
    talk.say("guide.paused", options=options, guide=guide.title)
    talk.ask("paused", options, yes=f"resume:{guide.id}", no="later")


def put_away_closed(talk: Talk) -> None:
    """An open guide that involves the partner is put aside once such guides are closed; its place is kept (CARE B2)."""
    walk, focus = talk.state.walk, talk.state.focus
    guide = talk.content.guides.get(walk.guide) if walk else None
    if guide is not None and menu.is_locked(talk, guide):
        put_aside(talk)
        talk.update(focus=None if focus and focus.name == "step" else focus)


def refocus(talk: Talk) -> None:
    """An open guide goes on waiting for its step after something that came between."""
    if talk.state.walk and talk.state.focus is None and not talk.state.danger:
        guide, step, _ = here(talk)
        talk.ask("step", offered(guide, step))


ACTIONS: dict[str, Action] = {
    "guide": start,
    "g": pressed,
    "resume": resume,
}
FREE = {"card_edited": card_edited}
