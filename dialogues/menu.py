"""The ways in: menu, topics, guides, and what is said when a message was not understood."""

from __future__ import annotations

from dialogues.content import Guide
from dialogues.events import Text
from dialogues.labels import THEMES
from dialogues.state import Choice, Walk
from dialogues.talk import Action, Talk, choices
from dialogues.wording import join_words

MAX_CLARIFY = 3


def menu(talk: Talk, arg: str = "") -> None:
    """The main menu."""
    options = []
    if place(talk):
        options.append(Choice(label="Go on where we were", action="resume"))
    options += choices(
        [
            ("Find my topic", "topics"),
            ("All guides", "guides"),
            ("Check in", "checkin"),
            ("My journey", "journey"),
            ("I need help now", "danger:crisis"),
        ]
    )
    talk.say("menu.menu", options=options)
    talk.ask("menu", options)


def topics(talk: Talk, arg: str = "") -> None:
    """All themes as buttons."""
    options = [Choice(label=talk.content.themes[name].title, action=f"theme:{name}") for name in THEMES]
    talk.say("menu.topics", options=options, columns=2)
    talk.ask("topics", options, no="else")


def guides(talk: Talk, arg: str = "") -> None:
    """All guides as buttons; those already walked are marked."""
    done = {item.guide for item in talk.state.finished}
    options = [
        Choice(label=f"{'✓ ' if guide.id in done else ''}{guide.title}", action=f"guide:{guide.id}")
        for guide in talk.content.guides.values()
        if not is_locked(talk, guide)
    ]
    talk.say("menu.guides", options=options, columns=2)
    talk.ask("guides", options)


def paused(talk: Talk) -> tuple[Walk, ...]:
    """The guides that were left alone, oldest first, without those that are closed now (CARE B2)."""
    guides = talk.content.guides
    return tuple(
        walk for walk in talk.state.paused if not ((guide := guides.get(walk.guide)) and is_locked(talk, guide))
    )


def place(talk: Talk) -> Walk | None:
    """Where to go on: in the open guide, else in the last that was left alone."""
    return talk.state.walk or next(reversed(paused(talk)), None)


def is_locked(talk: Talk, guide: Guide) -> bool:
    """After abuse was heard, guides that involve the partner stay closed (CARE B2)."""
    return guide.partner and talk.state.locked


def talk_freely(talk: Talk, arg: str = "") -> None:
    """Invite the person to say it in their own words."""
    talk.update(focus=None)
    talk.say("menu.own_words")


def not_understood(talk: Talk, event: Text) -> None:
    """Ask instead of guessing: first between the likeliest themes, then with the menu; never the same twice running."""
    misses = talk.state.misses + 1
    likely = [item.name for item in event.understanding.ranking if item.name in THEMES][:MAX_CLARIFY]
    if not event.understanding.available:
        options = choices([("Show me the topics", "topics"), ("I need help now", "danger:crisis")])
        talk.say("menu.no_model", options=options)
        talk.ask("menu", options)
    elif misses == 1 and likely:
        options = tuple(Choice(label=talk.content.themes[name].title, action=f"theme:{name}") for name in likely)
        options += choices([("Something else", "else")])
        named = join_words([talk.content.themes[name].title.lower() for name in likely])
        talk.say("menu.clarify", options=options, likely=named)
        talk.ask("clarify", options, yes=f"theme:{likely[0]}" if len(likely) == 1 else None, no="else")
    elif misses % 2 == 0:
        options = choices([("Show me the topics", "topics"), ("Show me the guides", "guides"), ("Menu", "menu")])
        talk.say("menu.lost", options=options)
        talk.ask("menu", options)
    else:
        options = choices([("Show me the topics", "topics"), ("I need help now", "danger:crisis")])
        talk.say("menu.still_lost", options=options)
        talk.ask("menu", options)
    talk.update(misses=misses)


def something_else(talk: Talk, arg: str = "") -> None:
    """None of what was offered fits."""
    options = choices([("Show me the topics", "topics"), ("Show me the guides", "guides")])
    talk.say("menu.something_else", options=options)
    talk.ask("menu", options)


ACTIONS: dict[str, Action] = {
    "menu": menu,
    "topics": topics,
    "guides": guides,
    "talk": talk_freely,
    "else": something_else,
}
