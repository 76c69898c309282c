"""Answering a message about a theme: say back what was heard, ask one question, then offer what may help."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dialogues import menu
from dialogues.content import Guide, Theme
from dialogues.events import Text
from dialogues.labels import THEMES
from dialogues.state import Choice
from dialogues.talk import Action, Talk, choices
from dialogues.typed import IN_GUIDE, asks_again, is_empty, plain, without_answer
from dialogues.wording import fill, person_in

MAX_OFFERED = 3
_NOT_THAT = re.compile(r"(?:no|nope|nah|not|actually|its not|thats not|more like|its more|its rather|rather)\b")
QUESTIONS = ("theme_question", "offer")
"""What is asked about a theme."""
WHAT_HELPS = ("what may help", "what might help", "what can help", "what could help", "what helps", "what would help")
"""The button's words, typed when it is no longer there."""
ALONE = ("self_care", "self_esteem")
"""Guides to fall back on where all that would fit involves the partner and is closed."""
CONFIDENT = 0.6
"""From here a second theme in an answer is taken up as well."""


def chosen(talk: Talk, theme_id: str) -> None:
    """A theme was picked by button or name."""
    if theme_id in talk.content.themes:
        answer(talk, theme_id)
    else:
        menu.topics(talk)


def answer(
    talk: Talk,
    theme_id: str,
    heard: str = "",
    also: str | None = None,
    lead: str = "",
    runners_up: Sequence[str] = (),
) -> None:
    """First answer to a theme: empathy and one question, after `lead`; guides are one tap away."""
    theme = talk.content.themes[theme_id]
    talk.note_theme(theme_id)
    talk.update(theme=theme_id, also=also, misses=0, runners_up=tuple(runners_up))
    if _is_closed(talk, theme):
        return alone(talk, theme)
    who, variants = talk.adapted(theme.adapt, theme.empathy)
    named = person_in(heard)
    talk.update(person=named or talk.state.person)
    if talk.state.person is None and talk.state.situation is None:  # nobody was named: take words that presume nobody
        variants = tuple(variant for variant in variants if "{partner}" not in variant) or variants
    key = f"theme.{theme_id}.empathy{f'.{who}' if who else ''}"
    with_name = tuple(variant for variant in variants if "{partner}" in variant)
    if named and len(with_name) > 1:  # say back whom they named
        key, variants = f"{key}.named", with_name
    empathy = fill(talk.variant(key, variants), talk.slots())
    options = choices([("What may help", f"offer:{theme_id}"), ("It's about something else", "mirror")])
    talk.write(f"{lead}\n\n{empathy}\n\n{_question(talk, theme)}".strip(), options=options)
    talk.ask("theme_question", options, no=None, free=f"told:{theme_id}")
    return None


def _is_closed(talk: Talk, theme: Theme) -> bool:
    """Whether abuse was heard and the theme is one of two: its best guide for the one who writes involves the partner."""
    _, guides = talk.adapted(theme.guides_for, theme.guides)
    return talk.state.locked and talk.content.guides[next(iter(guides))].partner


def alone(talk: Talk, theme: Theme) -> None:
    """After abuse was heard, a theme of two is answered with what can be done alone (CARE B2)."""
    chosen = offered_guides(talk, theme)
    options = [Choice(label=guide.title, action=f"guide:{guide.id}") for guide, _ in chosen]
    options += choices([("I need help now", "danger:abuse"), ("Not now", "later")])
    talk.say("safety.locked_theme", options=options, named=theme.named)
    talk.ask("offer", options, no="later")


def _question(talk: Talk, theme: Theme) -> str:
    """The next question about the theme, for the one who writes."""
    if talk.state.who == "for_other" and "for_other" not in theme.question_for:
        return talk.phrase("topics.question_for_other")
    who, variants = talk.adapted(theme.question_for, theme.question)
    return fill(talk.variant(f"theme.{theme.id}.question{f'.{who}' if who else ''}", variants), talk.slots())


def told(talk: Talk, theme_id: str, event: Text | None = None) -> None:
    """The person answered the theme's question: say thanks, hear a second theme, offer guides."""
    label = event.understanding.label if event else ""
    words = plain(event.text) if event else ""
    if (event and asks_again(event.text)) or label == "greet":
        return ask_again(talk, theme_id)
    if event and label in THEMES and label != theme_id and _NOT_THAT.match(words):
        return answer(talk, label, event.text, lead=talk.phrase("topics.put_right"))
    if event and (without_answer(event.text) or IN_GUIDE.get(words) == "skip" or is_empty(event.text)):
        return offer(talk, theme_id, lead="topics.no_answer_needed")
    if event and label in THEMES and label != theme_id and event.understanding.confidence >= CONFIDENT:
        talk.note_theme(label)
        talk.update(also=label)
    return offer(talk, theme_id, lead="topics.thanks_for_telling")


def where_from(talk: Talk) -> None:
    """Where what was said about the last theme comes from, and when it was looked over; the open question stands."""
    theme = talk.content.themes[talk.state.theme or THEMES[0]]
    talk.say("topics.source", source=theme.source, reviewed=f"{theme.reviewed:%-d %B %Y}")
    talk.repeat()


def ask_again(talk: Talk, theme_id: str) -> None:
    """The theme's question in other words."""
    theme = talk.content.themes[theme_id]
    question = _question(talk, theme)
    options = choices([("What may help", f"offer:{theme_id}"), ("It's about something else", "mirror")])
    talk.write(f"{talk.phrase('topics.in_other_words')}\n\n{question}", options=options)
    talk.ask("theme_question", options, free=f"told:{theme_id}")


def offered(talk: Talk, theme_id: str) -> None:
    """The button "What may help"."""
    if theme_id in talk.content.themes:
        offer(talk, theme_id)
    else:
        menu.topics(talk)


def offer(talk: Talk, theme_id: str, lead: str | None = None) -> None:
    """What the article says of the theme, and the guides that help most."""
    theme = talk.content.themes[theme_id]
    also = talk.content.themes.get(talk.state.also or "")
    chosen = offered_guides(talk, theme, also)
    if _is_closed(talk, theme):
        return alone(talk, theme)
    heard = (
        talk.phrase("topics.heard_both", heard=theme.named, also=also.named)
        if also
        else talk.phrase("topics.heard", heard=theme.named)
    )
    lines = [f"{talk.phrase(lead)} {heard}" if lead else heard]
    if not talk.state.locked:  # the article speaks to both people: after abuse was heard it is left out (CARE B2)
        lines.append(fill(talk.variant(f"theme.{theme_id}.article", theme.article), talk.slots()))
    why = "\n".join(f"• {guide.title}: {reason}" for guide, reason in chosen)
    options = [Choice(label=guide.title, action=f"guide:{guide.id}") for guide, _ in chosen]
    options += choices([("It's about something else", "mirror"), ("Not now", "later")])
    talk.write("\n\n".join(lines))
    talk.write(f"{talk.phrase('topics.offer')}\n\n{why}", options=options)
    talk.ask("offer", options, yes=options[0].action, no="later")
    return None


def offered_guides(talk: Talk, theme: Theme, also: Theme | None = None) -> list[tuple[Guide, str]]:
    """The guides to offer with the reason for each: those of `theme`, the best of `also`, none that is locked."""
    _, guides = talk.adapted(theme.guides_for, theme.guides)
    reasons = dict(list(guides.items())[: MAX_OFFERED - (1 if also else 0)])
    if also:
        for guide_id, reason in talk.adapted(also.guides_for, also.guides)[1].items():
            if guide_id not in reasons:
                reasons[guide_id] = reason
                break
    open_guides = [
        (talk.content.guides[guide_id], reason)
        for guide_id, reason in reasons.items()
        if not menu.is_locked(talk, talk.content.guides[guide_id])
    ]
    if not open_guides:
        open_guides = [(talk.content.guides[name], talk.content.guides[name].intro) for name in ALONE]
    if all(guide.partner for guide, _ in open_guides):  # one that can be done alone belongs to every choice
        alone = ((talk.content.guides[name], reason) for name, reason in guides.items())
        open_guides += [(guide, reason) for guide, reason in alone if not guide.partner][:1]
    return open_guides


def mirror(talk: Talk, arg: str = "") -> None:
    """The theme heard was wrong: say which it was, and offer all others, those nearly heard first."""
    heard = talk.content.themes.get(talk.state.theme or "")
    if heard is None:
        return menu.topics(talk)
    options = [
        Choice(label=talk.content.themes[name].title, action=f"theme:{name}")
        for name in dict.fromkeys((*talk.state.runners_up, *THEMES))
        if name != heard.id
    ]
    options.append(Choice(label="Something else", action="else"))
    talk.say("topics.mirror", options=options, columns=2, heard=heard.named)
    talk.ask("topics", options, no="else")
    return None


def later(talk: Talk, arg: str = "") -> None:
    """None of the offers now; the door stays open."""
    talk.update(focus=None, pending=None)
    talk.say("topics.later")


ACTIONS: dict[str, Action] = {
    "theme": chosen,
    "offer": offered,
    "mirror": mirror,
    "later": later,
}
