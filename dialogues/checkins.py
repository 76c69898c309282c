"""The daily check-in: three taps at most, a sentence if they like, one a day by the person's own calendar."""

from __future__ import annotations

from dialogues import account
from dialogues.events import SaveCheckin, Text
from dialogues.state import Today
from dialogues.talk import Action, Talk, choices
from dialogues.typed import number_in

QUESTIONS = ("trust", "connection", "mood")
LOW = 1
MAX_NOTE = 500


def checkin(talk: Talk, arg: str = "") -> None:
    """Begin today's check-in, or show it and offer to change it."""
    if talk.state.consent is None:
        talk.update(pending="checkin")
        return account.ask_consent(talk)
    today = talk.state.checkin
    if today and today.day == talk.today and today.mood is not None and arg != "again":
        options = choices([("Change it", "checkin:again"), ("Leave it", "later")])
        talk.say("checkin.already", options=options, summary=summary(today))
        return talk.ask("checkin_done", options, yes="checkin:again", no="later")
    talk.update(checkin=Today(day=talk.today))
    return _ask(talk, QUESTIONS[0], lead=talk.phrase("checkin.begin"))


def summary(today: Today) -> str:
    """The check-in in words: "trust 3, connection 4, mood 2"."""
    parts = [f"{name} {value}" for name in QUESTIONS if (value := getattr(today, name)) is not None]
    return ", ".join(parts) or "nothing rated"


def _ask(talk: Talk, question: str, lead: str = "") -> None:
    numbers = choices([(str(n), f"rate:{question}:{n}") for n in range(1, 6)])
    skip = choices([("Skip", f"rate:{question}:skip")])
    text = f"{lead}\n\n{talk.phrase(f'checkin.{question}')}".strip()
    talk.write(text, options=numbers + skip, columns=5)
    talk.ask(f"checkin_{question}", numbers, no=skip[0].action, free=f"rate_typed:{question}")


def rate(talk: Talk, arg: str) -> None:
    """Take one number, or a skip, and ask the next."""
    question, _, value = arg.partition(":")
    if question not in QUESTIONS:
        return checkin(talk)
    today = talk.state.checkin if talk.state.checkin and talk.state.checkin.day == talk.today else Today(day=talk.today)
    number = int(value) if value.isdigit() and 1 <= int(value) <= 5 else None
    today = today.model_copy(update={question: number})
    talk.update(checkin=today)
    following = QUESTIONS[QUESTIONS.index(question) + 1 :]
    if following:
        return _ask(talk, following[0])
    _save(talk)
    options = choices([("No, that's all", "note:")])
    talk.say("checkin.note", options=options)
    return talk.ask("checkin_note", options, no="note:", free="note")


def rate_typed(talk: Talk, question: str, event: Text | None = None) -> None:
    """A typed rating; words that are no number are asked for again, kindly."""
    number = number_in(event.text, 1, 5) if event else None
    if number is not None:
        return rate(talk, f"{question}:{number}")
    if event and event.text.strip().lower() in ("skip", "pass", "idk"):
        return rate(talk, f"{question}:skip")
    return _ask(talk, question, lead=talk.phrase("checkin.number_please"))


def note(talk: Talk, arg: str, event: Text | None = None) -> None:
    """Take the sentence, and close with a kind line."""
    today = talk.state.checkin
    if today is None:
        return checkin(talk)
    words = event.text.strip()[:MAX_NOTE] if event else ""
    if words:
        talk.update(checkin=today.model_copy(update={"note": words}))
        _save(talk)
    talk.update(focus=None)
    low = LOW in (today.trust, today.connection, today.mood)
    plan = next((done.plan for done in reversed(talk.state.finished) if done.plan), None)
    if low:
        options = choices(
            [
                ("Talk about it", "talk"),
                ("Something just for me", "guide:self_care"),
                ("I need help now", "danger:crisis"),
            ]
        )
        talk.say("checkin.low", options=options)
        return talk.ask("menu", options, no="later")
    key = "checkin.done" if talk.state.consent else "checkin.done_not_kept"
    talk.write(
        talk.phrase(key, summary=summary(today)) + (f"\n\n{talk.phrase('checkin.plan', plan=plan)}" if plan else "")
    )
    return None


def _save(talk: Talk) -> None:
    today = talk.state.checkin
    if today and talk.state.consent:
        talk.do(SaveCheckin(today.day, today.trust, today.connection, today.mood, today.note))


ACTIONS: dict[str, Action] = {"checkin": checkin, "rate": rate, "note": note}
FREE = {"rate_typed": rate_typed, "note": note}
