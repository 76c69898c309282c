"""/mydata: a receipt of what is kept, why and until when; each item can be erased by itself, with a count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dialogues import daily, profile, reminding, retention
from dialogues.clocks import zone_in_words
from dialogues.events import Effect, ForgetMessageNumbers, ForgetWords, Kept, LookUp, StopReminders
from dialogues.state import Choice, Daily, Once, Reminder, State, Stopped
from dialogues.talk import Action, Talk, choices
from dialogues.wording import join_words


@dataclass(frozen=True)
class Item:
    """One thing that is kept: its count, the fields of the state it is made of, and what else has to be erased."""

    key: str
    noun: str
    count: Callable[[State, Kept], int]
    fields: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    words: tuple[str, ...] = ()
    """Other nouns by which it may be typed."""
    unit: tuple[str, str] = ("entry", "entries")


PROMPTS = ("reminder", "daily", "once", "stopped", "prompted_on", "ignored")


def _prompts(state: State) -> list[Reminder | Daily | Once]:
    """What comes by itself, or came until a danger stopped it."""
    from_before = state.stopped or Stopped()
    pairs = ((state.reminder, from_before.reminder), (state.daily, from_before.daily), (state.once, from_before.once))
    return [prompt for now, before in pairs if (prompt := now or before)]


ITEMS = (
    Item("name", "name", lambda s, _: int(bool(s.name)), ("name",)),
    Item(
        "about",
        "situation",
        lambda s, _: sum(value is not None for value in (s.situation, s.who, s.person)),
        ("situation", "who", "person"),
    ),
    Item("country", "country", lambda s, _: int(bool(s.country)), ("country",)),
    Item(
        "reminder",
        "reminder",
        lambda s, _: len(_prompts(s)),
        PROMPTS,
        (StopReminders(),),
        ("reminders",),
        ("reminder", "reminders"),
    ),
    Item(
        "zone",
        "time zone",
        lambda s, _: int(bool(s.zone)),
        ("zone", *PROMPTS),
        (StopReminders(),),
        ("timezone", "zone"),
    ),
    Item(
        "answers",
        "open guides",
        lambda s, _: len(s.paused) + int(bool(s.walk)),
        ("walk", "paused"),
        words=("answers", "my answers", "place", "open guide"),
        unit=("open guide", "open guides"),
    ),
    Item(
        "finished",
        "finished guides",
        lambda s, _: len(s.finished),
        ("finished", "brief"),
        words=("plans", "plan", "reflections", "journey", "finished guide"),
        unit=("finished guide", "finished guides"),
    ),
    Item(
        "themes",
        "themes",
        lambda s, _: len(s.themes),
        ("themes", "theme_months", "theme", "also", "runners_up"),
        (),
        ("topics",),
        ("theme", "themes"),
    ),
    Item(
        "checkins",
        "check-ins",
        lambda s, kept: max(kept.checkins, int(bool(s.checkin))),
        ("checkin", "low_days"),
        (ForgetWords(),),
        ("checkins", "check in", "ratings", "notes", "moods"),
        ("check-in", "check-ins"),
    ),
    Item(
        "suited",
        "notes on guides",
        lambda s, _: sum((s.locked, s.hurts, s.asked_plainly, s.safe_to_talk is not None)),
        (
            "locked",
            "locked_before",
            "hurts",
            "asked_plainly",
            "safe_to_talk",
            "danger",
            "danger_at",
            "about",
            "interrupted",
        ),
        unit=("note on guides", "notes on guides"),
    ),
    Item(
        "numbers",
        "message numbers",
        lambda _, kept: kept.message_numbers,
        (),
        (ForgetMessageNumbers(),),
        ("messages", "numbers"),
        ("message number", "message numbers"),
    ),
)
"""In the order of the receipt. `suited` is worded so that it says nothing to somebody who looks over a shoulder."""

WITHOUT_ITEM = ("version", "met", "consent", "minor", "focus", "pending", "misses", "said", "nothing_unasked")
"""Fields of the state that no item erases: what was asked last, which sentence was said, and the consent itself."""


def _typed(item: Item) -> tuple[str, ...]:
    """How the erasure of an item may be typed below the receipt, as it is after `typed.plain`."""
    nouns = (item.noun.replace("-", " "), *item.words)
    return tuple(
        f"{verb}{my}{noun}".strip()
        for verb in ("", "erase ", "delete ", "remove ", "forget ")
        for my in ("my ", "all my ", "")
        for noun in nouns
    )


TYPED = {
    words: f"ask_forget:{item.key}"
    for item in ITEMS
    for words in _typed(item)
    if words.startswith(("erase my ", "delete my ", "remove my "))
}
"""What may be typed anywhere; not "forget my ...", which may be somebody's sorrow."""


def stored(state: State, kept: Kept) -> list[tuple[Item, int]]:
    """The items of which something is kept, with their counts."""
    return [(item, count) for item in ITEMS if (count := item.count(state, kept))]


def counted(state: State, kept: Kept) -> str:
    """What is kept, in words with numbers: "12 check-ins, 2 open guides and 3 other entries"; empty where nothing is."""
    named = [_amount(item, count) for item, count in stored(state, kept) if item.unit[0] != "entry"]
    others = sum(count for item, count in stored(state, kept) if item.unit[0] == "entry")
    if others:
        named.append(f"{others} {'other ' if named else ''}{'entry' if others == 1 else 'entries'}")
    return join_words(named, "and")


def _amount(item: Item, count: int) -> str:
    return f"{count} {item.unit[count != 1]}"


def _named(item: Item, count: int) -> str:
    return f"your {item.noun} ({_amount(item, count)})" if item.unit[0] == "entry" else _amount(item, count)


def mydata(talk: Talk, arg: str = "") -> None:
    """The receipt."""
    kept = talk.kept
    if kept is None:
        return talk.do(LookUp())
    lines = [f"• {_line(talk, item, count)}" for item, count in stored(talk.state, kept)]
    lead = talk.phrase("mydata.lead" if lines else "mydata.nothing")
    goes = f"{retention.silent_until(talk.now):%-d %B %Y}"
    end = talk.phrase("mydata.besides", until=goes)
    talk.write(
        "\n\n".join(part for part in (lead, "\n".join(lines), end) if part), title="Your data", options=(), columns=1
    )
    options = [
        Choice(
            label=f"Erase my {item.noun}",
            action=f"ask_forget:{item.key}",
            words=_typed(item),
        )
        for item, _ in stored(talk.state, kept)
    ]
    if talk.state.consent:
        options += choices([profile.settings_choice(talk)])
    options += choices([("Send it as a file", "export"), ("Delete everything", "delete")])
    talk.say("mydata.which", options=options, columns=2)
    return talk.ask("mydata", options, no="later")


def _line(talk: Talk, item: Item, count: int) -> str:
    state = talk.state
    what = {
        "name": state.name,
        "country": country.name if (country := talk.content.helplines.country(state.country or "")) else None,
        "zone": zone_in_words(state.zone) if state.zone else None,
        "reminder": join_words([_when(talk, prompt) for prompt in _prompts(state)], "and"),
    }.get(item.key)
    slots = {"amount": _amount(item, count), "what": what or ""}
    if item.key == "checkins" and talk.kept and talk.kept.first_checkin:
        slots["first_goes"] = f"{retention.until(talk.kept.first_checkin):%-d %B %Y}"
    return talk.phrase(f"mydata.{item.key}", **slots)


def _when(talk: Talk, prompt: Reminder | Daily | Once) -> str:
    if isinstance(prompt, Reminder):
        return reminding.when(prompt)
    return daily.in_plain_words(talk, prompt) if isinstance(prompt, Daily) else daily.once_in_plain_words(talk, prompt)


def _item(key: str) -> Item | None:
    return next((item for item in ITEMS if item.key == key), None)


def ask_forget(talk: Talk, key: str) -> None:
    """Say what would be erased, with its count, and ask once."""
    item, kept = _item(key), talk.kept
    if item is None:
        return mydata(talk)
    if kept is None:
        return talk.do(LookUp())
    count = item.count(talk.state, kept)
    if not count:
        options = choices([("See what is kept", "mydata")])
        talk.say("mydata.none_of_it", options=options, noun=item.noun)
        return talk.ask("menu", options, no="later")
    options = choices([("Yes, erase it", f"forget:{key}"), ("No, keep it", "keep")])
    also = talk.phrase(f"mydata.also_{key}") if f"mydata.also_{key}" in talk.content.phrases else ""
    talk.say("mydata.ask", options=options, amount=_named(item, count), also=also)
    return talk.ask("forget", options, yes=f"forget:{key}", no="keep")


def forget(talk: Talk, key: str) -> None:
    """Erase one item and say how much it was. An old button asks first."""
    item, kept, focus = _item(key), talk.kept, talk.state.focus
    if item is None or not (focus and focus.yes == f"forget:{key}"):
        return ask_forget(talk, key)
    if kept is None:
        return talk.do(LookUp())
    count = item.count(talk.state, kept)
    talk.update(focus=None, pending=None)
    talk.update(**{name: State.model_fields[name].get_default() for name in item.fields})
    for effect in item.effects:
        talk.do(effect)
    options = choices([("See what is left", "mydata")])
    talk.say("mydata.erased", options=options, amount=_named(item, count))
    return talk.ask("forgotten", options, yes="mydata", no="later")


ACTIONS: dict[str, Action] = {"mydata": mydata, "ask_forget": ask_forget, "forget": forget}
