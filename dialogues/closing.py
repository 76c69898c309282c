"""The end of a guide, what to do next, and the whole path: the article's conclusion and /journey."""

from __future__ import annotations

from collections.abc import Iterator

from dialogues import menu, prompting
from dialogues.content import Guide
from dialogues.events import Count, Text
from dialogues.state import Choice, Finished
from dialogues.talk import Action, Talk, choices

PARTS = (("understanding", "Understanding"), ("healing", "Healing"), ("building", "Building stronger"))
KINDEST_FIRST = "self_care"
"""The guide to suggest where nothing speaks for another."""
MAX_SHOWN = 200
"""Characters of one own sentence in a summary."""
MAX_ON_MAP = 70
"""The same on the map, where there may be one for each guide."""


def finish(talk: Talk, lead: str = "") -> None:
    """The last step is done: show what was made, and ask whether it helped."""
    walk = talk.state.walk
    if walk is None:
        return menu.menu(talk)
    guide = talk.content.guides[walk.guide]
    plan = walk.answers.get("plan")
    own = _own_words(guide, walk.answers)
    done = Finished(guide=guide.id, day=talk.today, plan=plan, own_words=own)
    earlier = tuple(item for item in talk.state.finished if item.guide != guide.id)
    talk.update(walk=None, finished=(*earlier, done), misses=0)
    lines = [talk.phrase("closing.finished", guide=guide.title)]
    if lead:
        lines.insert(0, lead)
    if own:
        lines.append(talk.phrase("closing.own_words", words=own))
    if plan:
        lines.append(talk.phrase("closing.plan", plan=plan))
    talk.write("\n\n".join(lines), title=f"{guide.title} · done")
    options = choices([("It helped", f"helped:yes:{guide.id}"), ("Not really", f"helped:no:{guide.id}")])
    talk.say("closing.was_it_helpful", options=options, columns=2)
    talk.ask("helped", options, yes=options[0].action, no=options[1].action, free=f"helped_in_words:{guide.id}")
    return None


def _own_words(guide: Guide, answers: object) -> str | None:
    """What the guide remembers of what the person wrote freely, else the first of it, shortened."""
    if not isinstance(answers, dict):
        return None
    asked = [step.save for step in guide.steps if step.kind == "ask" and step.save]
    for name in guide.remember or asked:
        if answers.get(name):
            words = str(answers[name])
            return _clipped(words, MAX_SHOWN)
    return None


def _clipped(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def helped(talk: Talk, arg: str) -> None:
    """Keep the rating; then the conclusion where all is walked, else one idea what could be next."""
    answer, _, guide_id = arg.partition(":")
    rated = tuple(
        item.model_copy(update={"helpful": answer == "yes"}) if item.guide == guide_id else item
        for item in talk.state.finished
    )
    talk.update(finished=rated, focus=None)
    talk.do(Count(f"guide.{guide_id}.{'helped' if answer == 'yes' else 'not_helped'}"))
    return _next(talk, talk.phrase("closing.helped" if answer == "yes" else "closing.not_helped"))


def helped_in_words(talk: Talk, guide_id: str, event: Text) -> None:
    """A word in place of the two buttons: thanks for it, and no rating."""
    return _next(talk, talk.phrase("closing.in_a_word"))


def _next(talk: Talk, thanks: str) -> None:
    """One idea what could be next, or the conclusion where all is walked; `thanks` is said before."""
    done = {item.guide for item in talk.state.finished}
    if done >= set(talk.content.guides):
        return conclusion(talk, thanks)
    following = suggestion(talk)
    if following is None:
        return conclusion(talk, thanks)
    guide, reason = following
    options = choices([(guide.title, f"guide:{guide.id}"), ("My journey", "journey"), ("That's all for now", "bye")])
    text = f"{thanks}\n\n{talk.phrase('closing.next', guide=guide.title, reason=reason)}"
    talk.write(text, options=options)
    talk.ask("next", options, yes=options[0].action, no="bye")
    return None


def suggestion(talk: Talk) -> tuple[Guide, str] | None:
    """The guide to walk next and why: from what the person also named, then the themes seen most, then what is left.

    After one that did not help, one of the other sort comes first: alone instead of with somebody, or the reverse.
    """
    possible = list(_possible(talk))
    last = talk.state.finished[-1] if talk.state.finished else None
    if last and last.helpful is False and last.guide in talk.content.guides:
        partner = talk.content.guides[last.guide].partner
        possible.sort(key=lambda item: item[0].partner == partner)
    return possible[0] if possible else None


def _possible(talk: Talk) -> Iterator[tuple[Guide, str]]:
    """Guides that were not walked yet and are open, the fitting ones first, with the reason for each."""
    done = {item.guide for item in talk.state.finished}
    seen = sorted(talk.state.themes, key=lambda name: -talk.state.themes[name])
    for name in [talk.state.also, talk.state.theme, *seen]:
        theme = talk.content.themes.get(name or "")
        for guide_id, reason in talk.adapted(theme.guides_for, theme.guides)[1].items() if theme else ():
            guide = talk.content.guides[guide_id]
            if guide_id not in done and not menu.is_locked(talk, guide):
                yield guide, reason
    for guide in sorted(talk.content.guides.values(), key=lambda guide: guide.id != KINDEST_FIRST):
        if guide.id not in done and not menu.is_locked(talk, guide):
            yield guide, guide.intro


def conclusion(talk: Talk, lead: str = "") -> None:
    """What the article ends with: it takes time, and what to keep."""
    talk.write(f"{lead}\n\n{talk.phrase('closing.conclusion')}".strip())
    offered = prompting.may_offer(talk)
    reminder = [("A weekly reminder", "reminders")] if offered else []
    options = choices([("My journey", "journey"), *reminder, ("That's all for now", "bye")])
    talk.say("closing.after_conclusion" if offered else "closing.after_conclusion_alone", options=options)
    talk.ask("next", options, yes="journey", no="bye")


def journey(talk: Talk, arg: str = "") -> None:
    """The article's three parts as a map: what was walked and when, what is open, what is left."""
    state = talk.state
    done = {item.guide: item for item in state.finished}
    open_guides = {walk.guide for walk in state.paused} | ({state.walk.guide} if state.walk else set())
    lines = []
    for part, title in PARTS:
        guides = [guide for guide in talk.content.guides.values() if guide.part == part]
        if part == "understanding":
            seen = [talk.content.themes[name].title for name in state.themes if name in talk.content.themes]
            lines.append(f"{title}\n" + ("".join(f"✓ {name}\n" for name in seen) or "○ nothing looked at yet\n"))
        if guides:
            head = "" if part == "understanding" else f"{title}\n"
            lines.append(head + "\n".join(_mark(guide, done, open_guides) for guide in guides))
    last = state.finished[-1] if state.finished else None
    if last and last.plan:
        lines.append(talk.phrase("closing.last_plan", plan=last.plan))
    options: list[Choice] = []
    if open_guides:
        options.append(Choice(label="Go on where we were", action="resume"))
    following = suggestion(talk)
    if following:
        guide, reason = following
        lines.append(talk.phrase("closing.suggest", guide=guide.title, reason=reason))
        options.append(Choice(label=guide.title, action=f"guide:{guide.id}"))
    else:
        lines.append(talk.phrase("closing.conclusion"))
    if state.checkin:
        options.append(Choice(label="My check-ins", action="progress"))
    if state.finished:
        options.append(Choice(label="A page for a therapist", action="brief"))
    options.append(Choice(label="Menu", action="menu"))
    walked = talk.phrase("closing.walked", done=str(len(done)), all=str(len(talk.content.guides)))
    talk.write("\n\n".join([walked, *(line.strip() for line in lines)]), title="Your journey", options=options)
    talk.ask("journey", options, yes=options[0].action, no="later")


def _mark(guide: Guide, done: dict[str, Finished], open_guides: set[str]) -> str:
    if guide.id in done:
        words = done[guide.id].own_words
        said = f"\n   “{_clipped(words, MAX_ON_MAP)}”" if words else ""
        return f"✓ {guide.title}, {done[guide.id].day:%-d %B}{said}"
    return f"{'◐' if guide.id in open_guides else '○'} {guide.title}"


def goodbye(talk: Talk, arg: str = "") -> None:
    """An end without guilt: nothing is expected, the place is kept."""
    talk.update(focus=None, misses=0)
    talk.say("smalltalk.goodbye")


ACTIONS: dict[str, Action] = {
    "helped": helped,
    "journey": journey,
    "bye": goodbye,
}
FREE = {"helped_in_words": helped_in_words}
