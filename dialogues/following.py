"""A plan that is followed up in the next check-in, and a guide left alone that is offered once more: both gently."""

from __future__ import annotations

from datetime import timedelta

from dialogues import menu
from dialogues.events import Text
from dialogues.state import Finished
from dialogues.talk import Action, Talk, choices
from dialogues.typed import is_empty, plain, without_answer

LEFT_ALONE = timedelta(days=1)
MAX_PLAN = 300


def follow_up(talk: Talk, lead: str) -> None:
    """After a check-in: ask after the last plan that is open, else offer a guide left alone; `lead` is said before."""
    done = _open_plan(talk)
    if done:
        options = choices(
            [
                ("It happened", f"plan:yes:{done.guide}"),
                ("Not yet", f"plan:no:{done.guide}"),
                ("Change it", f"plan:change:{done.guide}"),
                ("Let it go", f"plan:drop:{done.guide}"),
            ]
        )
        question = talk.phrase("checkin.plan", plan=(done.plan or "").rstrip(".!?… "))
        talk.write(f"{lead}\n\n{question}", options=options, columns=2)
        return talk.ask("plan", options, yes=options[0].action, no=options[1].action)
    left = next((walk for walk in talk.state.paused if _is_left_alone(talk, walk.guide)), None)
    if left is None:
        return talk.write(lead)
    again = tuple(
        walk.model_copy(update={"offered_again": True}) if walk.guide == left.guide else walk
        for walk in talk.state.paused
    )
    talk.update(paused=again)
    options = choices([("Go on where we were", f"resume:{left.guide}"), ("Not now", "later")])
    talk.write(
        f"{lead}\n\n{talk.phrase('checkin.left_alone', guide=talk.content.guides[left.guide].title)}", options=options
    )
    return talk.ask("left_alone", options, yes=options[0].action, no="later")


def _is_left_alone(talk: Talk, guide_id: str) -> bool:
    walk = next(item for item in talk.state.paused if item.guide == guide_id)
    old = walk.paused_at is not None and talk.now - walk.paused_at >= LEFT_ALONE
    guide = talk.content.guides.get(guide_id)
    return old and not walk.offered_again and guide is not None and not menu.is_locked(talk, guide)


def _open_plan(talk: Talk) -> Finished | None:
    """The latest plan of an earlier day that was not asked after yet; none of a guide that is closed (CARE B9)."""
    for done in reversed(talk.state.finished):
        guide = talk.content.guides.get(done.guide)
        if done.plan and not done.followed_up and done.day < talk.today and guide and not menu.is_locked(talk, guide):
            return done
    return None


def _change(talk: Talk, guide_id: str, **changes: object) -> None:
    talk.update(
        finished=tuple(
            done.model_copy(update=changes) if done.guide == guide_id else done for done in talk.state.finished
        )
    )


def plan(talk: Talk, arg: str) -> None:
    """The answer to "did it come about?", and what follows from it."""
    answer, _, guide_id = arg.partition(":")
    talk.update(focus=None)
    if answer == "yes":
        _change(talk, guide_id, followed_up=True)
        talk.say("checkin.plan_happened")
        return talk.ask("good_day", no="plan:thanks", free="plan_told")
    if answer == "no":
        options = choices(
            [
                ("Keep it", f"plan:keep:{guide_id}"),
                ("Change it", f"plan:change:{guide_id}"),
                ("Let it go", f"plan:drop:{guide_id}"),
            ]
        )
        talk.say("checkin.plan_not_yet", options=options)
        return talk.ask("plan_not_yet", options, yes=options[0].action, no=options[2].action)
    if answer == "change":
        options = choices([("Leave it", f"plan:keep:{guide_id}")])
        talk.say("checkin.plan_new", options=options)
        return talk.ask("plan_new", options, no=options[0].action, free=f"plan_new:{guide_id}")
    if answer == "drop":
        _change(talk, guide_id, plan=None, followed_up=True)
    return talk.say({"drop": "checkin.plan_gone", "keep": "checkin.plan_stays"}.get(answer, "checkin.plan_told"))


def plan_told(talk: Talk, arg: str, event: Text) -> None:
    """How it was."""
    talk.say("checkin.plan_told")


def plan_new(talk: Talk, guide_id: str, event: Text) -> None:
    """The plan in its new words."""
    words = " ".join(event.text.split())[:MAX_PLAN]
    if is_empty(words) or without_answer(words) or plain(words) == "skip":
        return plan(talk, f"keep:{guide_id}")
    _change(talk, guide_id, plan=words)
    return talk.say("checkin.plan_changed", plan=words.rstrip(".!?… "))


ACTIONS: dict[str, Action] = {"plan": plan}
FREE = {"plan_told": plan_told, "plan_new": plan_new}
