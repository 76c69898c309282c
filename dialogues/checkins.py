"""The daily check-in: three taps at most, a sentence if they like, one a day by the person's own calendar.

The numbers given so far travel in the actions of the next question ("rate:mood:3:20261124:4-" is trust 4, connection
skipped): a check-in that is left changes nothing, one without consent is kept nowhere else, and one that runs over
midnight belongs to the day it began.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from dialogues import account, following, profile
from dialogues.events import SaveCheckin, Text
from dialogues.state import Choice, Today
from dialogues.talk import Action, Talk, choices
from dialogues.typed import is_yes, number_in, plain

QUESTIONS = ("trust", "connection", "mood")
LOW = 1
LOW_DAYS = 3
"""Such days in a row, after which people are named who can be there."""
MAX_NOTE = 500


def checkin(talk: Talk, arg: str = "", lead: str = "") -> None:
    """Begin today's check-in, or show it and offer to change it or to talk."""
    _taken_up(talk)
    if talk.state.consent is None:
        talk.update(pending="checkin")
        return account.ask_consent(talk)
    today = talk.state.checkin
    if today and today.day == talk.today and summary(today) and arg != "again":
        options = choices([("Change it", "checkin:again"), ("Talk about it", "talk"), ("Leave it", "leave")])
        already = talk.phrase("checkin.already", summary=summary(today))
        talk.write(f"{lead}\n\n{already}".strip(), options=options)
        return talk.ask("checkin_done", options, yes="checkin:again", no="leave")
    return _ask(talk, _pack(talk.today, ""), lead=lead or talk.phrase("checkin.begin"))


def _taken_up(talk: Talk) -> None:
    """A check-in, asked for or not, says that its prompts are read."""
    talk.update(ignored={kind: count for kind, count in talk.state.ignored.items() if kind != "checkin"})


def first_question(talk: Talk) -> tuple[tuple[Choice, ...], Choice]:
    """The numbers and the skip of today's first question, for a prompt that asks it."""
    return _answers(QUESTIONS[0], _pack(talk.today, ""))


def wait_for_first(talk: Talk, numbers: tuple[Choice, ...]) -> None:
    """Take a typed answer to it as well."""
    draft = _pack(talk.today, "")
    talk.ask(f"checkin_{QUESTIONS[0]}", numbers, no=f"rate:{QUESTIONS[0]}:skip:{draft}", free=f"rate_typed:{draft}")


def _answers(question: str, draft: str) -> tuple[tuple[Choice, ...], Choice]:
    numbers = choices([(str(n), f"rate:{question}:{n}:{draft}") for n in range(1, 6)])
    return numbers, Choice(label="Skip", action=f"rate:{question}:skip:{draft}")


def summary(today: Today) -> str:
    """The check-in in words: "trust 3, connection 4, mood 2"; empty where nothing was said."""
    parts = [f"{name} {value}" for name in QUESTIONS if (value := getattr(today, name)) is not None]
    return ", ".join(parts) or ("your sentence" if today.note else "")


def _pack(day: date, given: str) -> str:
    return f"{day:%Y%m%d}:{given}"


def _unpack(draft: str) -> Today | None:
    """The check-in in the making, by the end of an action string; None where it is none of ours."""
    day, _, given = draft.partition(":")
    try:
        begun = datetime.strptime(day, "%Y%m%d").date()  # noqa: DTZ007 (a calendar day)
    except ValueError:
        return None
    numbers = [int(one) if one in "12345" else None for one in given[: len(QUESTIONS)]]
    return Today(day=begun, **dict(zip(QUESTIONS, numbers, strict=False)))


def _ask(talk: Talk, draft: str, lead: str = "") -> None:
    """The next question after the numbers given in `draft`, or the end."""
    given = draft.partition(":")[2]
    if len(given) >= len(QUESTIONS):
        return _rated(talk, draft)
    question = QUESTIONS[len(given)]
    numbers, skip = _answers(question, draft)
    text = f"{lead}\n\n{talk.phrase(f'checkin.{question}')}".strip()
    talk.write(text, options=(*numbers, skip), columns=5)
    return talk.ask(f"checkin_{question}", numbers, no=skip.action, free=f"rate_typed:{draft}")


def rate(talk: Talk, arg: str) -> None:
    """Take one number, or a skip, and ask the next. A button of another day, or of a finished check-in, begins anew."""
    question, value, draft = (*arg.split(":", 2), "", "")[:3]
    today = _unpack(draft)
    focus = talk.state.focus
    _taken_up(talk)
    if focus and profile.gives_up(talk):
        return leave(talk)
    is_open = focus is not None and focus.no == f"rate:{question}:skip:{draft}"
    under_way = focus is not None and focus.name.removeprefix("checkin_") in QUESTIONS
    done = talk.state.checkin is not None and talk.state.checkin.day == talk.today
    if question not in QUESTIONS or today is None:
        return checkin(talk)
    if not is_open and (today.day != talk.today or (done and not under_way)):
        return checkin(talk)
    return _ask(talk, draft + (value if value in ("1", "2", "3", "4", "5") else "-"))


def rate_typed(talk: Talk, draft: str, event: Text | None = None) -> None:
    """A typed rating; words that are no number are asked for again, kindly."""
    if _unpack(draft) is None or event is None:
        return checkin(talk)
    number = number_in(event.text, 1, 5)
    if number is not None:
        return _ask(talk, f"{draft}{number}")
    if plain(event.text) in ("skip", "pass", "idk", "i dont know", "dunno", "no idea"):
        return _ask(talk, f"{draft}-")
    return _ask(talk, draft, lead=talk.phrase("checkin.number_please"))


def leave(talk: Talk, arg: str = "") -> None:
    """Out of the questions; what was kept before stays as it was."""
    talk.update(focus=None)
    talk.say("checkin.left")


def _rated(talk: Talk, draft: str) -> None:
    """All three are answered or skipped: keep them where that is wanted, and make room for a sentence."""
    today = _unpack(draft)
    if today is None:
        return checkin(talk)
    before = talk.state.checkin
    again = before is not None and before.day == today.day
    if before is not None and again:
        today = today.model_copy(update={"note": before.note})
    if summary(today) or again:
        _keep(talk, today)
    options = choices([("No, that's all", f"note:{draft}")])
    talk.say("checkin.note", options=options)
    return _wait_for_note(talk, draft)


def _wait_for_note(talk: Talk, draft: str) -> None:
    options = choices([("No, that's all", f"note:{draft}")])
    talk.ask("checkin_note", options, yes=f"write_note:{draft}", no=f"note:{draft}", free=f"note:{draft}")


def write_note(talk: Talk, draft: str) -> None:
    """They would like to write a sentence."""
    options = choices([("No, that's all", f"note:{draft}")])
    talk.say("checkin.go_ahead", options=options)
    _wait_for_note(talk, draft)


def note(talk: Talk, draft: str, event: Text | None = None) -> None:
    """Take the sentence, and close with a kind line."""
    today = _unpack(draft)
    focus = talk.state.focus
    asked = event is not None or (focus is not None and focus.no == f"note:{draft}")
    if today is None or (not asked and today.day != talk.today):
        return checkin(talk)
    if event and is_yes(event.text):
        return write_note(talk, draft)
    before = talk.state.checkin
    if before and before.day == today.day:
        if not asked:  # a second tap
            return checkin(talk)
        today = before
    words = event.text.strip()[:MAX_NOTE] if event else ""
    if words:
        today = today.model_copy(update={"note": words})
        _keep(talk, today)
    talk.update(focus=None)
    return _close(talk, today)


def _close(talk: Talk, today: Today) -> None:
    kept = bool(talk.state.consent)
    if LOW in (today.trust, today.connection, today.mood):
        options = choices(
            [
                ("Talk about it", "talk"),
                ("Something just for me", "guide:self_care"),
                ("I need help now", "danger:crisis"),
            ]
        )
        talk.say(_low_words(talk, today), options=options)
        return talk.ask("menu", options, yes="talk", no="later")
    said = summary(today)
    key = "checkin.done_nothing" if not said else "checkin.done" if kept else "checkin.done_not_kept"
    following.follow_up(talk, talk.phrase(key, summary=said))
    return _offer_again(talk)


def _low_words(talk: Talk, today: Today) -> str:
    """A kind line; after several such days in a row one that names people."""
    days = {*talk.state.low_days, today.day}
    several = all(today.day - timedelta(days=ago) in days for ago in range(LOW_DAYS))
    talk.update(low_days=tuple(sorted(days))[-LOW_DAYS:])
    if several:
        return "checkin.low_for_days"
    return "checkin.low" if talk.state.consent else "checkin.low_not_kept"


def _offer_again(talk: Talk) -> None:
    """Below the last words, where nothing was asked: a way to be asked again, unless that is set already."""
    state = talk.state
    asked_for = state.daily is not None or (state.once is not None and state.once.day >= talk.today)
    if state.focus or asked_for or state.nothing_unasked or state.locked:
        return
    options = choices([("Ask me again tomorrow", "once_tomorrow"), ("Ask me every day", "daily")])
    talk.write(talk.replies.pop().text, options=options)
    talk.ask("ask_again", options, no="later")


def _keep(talk: Talk, today: Today) -> None:
    if talk.state.consent:
        talk.update(checkin=today)
        talk.do(SaveCheckin(today.day, today.trust, today.connection, today.mood, today.note))


ACTIONS: dict[str, Action] = {
    "checkin": checkin,
    "rate": rate,
    "write_note": write_note,
    "note": note,
}
FREE = {"rate_typed": rate_typed, "note": note, **profile.FREE}
