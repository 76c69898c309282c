"""The dialogue manager: one pure function from a state and an event to the next state, the replies and the effects.

Order of a text: danger first, in every state; then what the bot was waiting for; then words that steer; then what the
model understood. A button, a typed word and a command lead to the same action.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from dialogues import (
    account,
    after_danger,
    answering,
    brief,
    checkins,
    closing,
    daily,
    danger,
    denial,
    following,
    guards,
    guiding,
    menu,
    mydata,
    progress,
    prompting,
    reminding,
    smalltalk,
    topics,
    typed,
    wishes,
    zoning,
)
from dialogues.content import Content
from dialogues.events import Attachment, Command, Event, Kept, Press, Prompt, Text
from dialogues.labels import SAFETY, THEMES, UNSURE
from dialogues.safety_net import Signal
from dialogues.state import Focus, State
from dialogues.talk import Action, Talk, Turn
from dialogues.typed import IN_GUIDE, asks_again, is_empty, is_no, is_yes, pick, pick_loosely, plain
from dialogues.who import is_correction, sides, situation_in, who_after

FreeAction = Callable[..., None]

ACTIONS: Mapping[str, Action] = {
    **account.ACTIONS,
    **brief.ACTIONS,
    **checkins.ACTIONS,
    **closing.ACTIONS,
    **daily.ACTIONS,
    **danger.ACTIONS,
    **following.ACTIONS,
    **guards.ACTIONS,
    **answering.ACTIONS,
    **guiding.ACTIONS,
    **menu.ACTIONS,
    **mydata.ACTIONS,
    **progress.ACTIONS,
    **prompting.ACTIONS,
    **reminding.ACTIONS,
    **smalltalk.ACTIONS,
    **topics.ACTIONS,
    **wishes.ACTIONS,
    **zoning.ACTIONS,
}
"""What a button, a typed word or a command can do, by the first part of its action string."""

FREE: Mapping[str, FreeAction] = {
    **brief.FREE,
    **checkins.FREE,
    **closing.FREE,
    **daily.FREE,
    **danger.FREE,
    **following.FREE,
    **guards.FREE,
    **answering.FREE,
    **guiding.FREE,
    **prompting.FREE,
    **reminding.FREE,
    **smalltalk.FREE,
    **zoning.FREE,
    "told": topics.told,
    "name": account.name,
}
"""Who takes free text while the bot waits for some."""

GLOBAL: Mapping[str, str] = {**mydata.TYPED, **typed.GLOBAL}
"""Whole messages that mean an action anywhere."""
ALWAYS = typed.ALWAYS | mydata.TYPED.keys()
"""Those that lead out of a guide even where an answer in own words is awaited."""
ASKED_AGAIN: Mapping[str, Callable[[Talk], None]] = {"consent": account.ask_consent, "delete": account.delete}
"""Questions that stand until they are answered, whatever is said in between."""
ASKED_OTHERWISE = ("theme_question", "switch", "name", "safe_to_talk", "plainly", "thanks_words")
"""Questions that have other words of their own for somebody who did not follow; the rest are said again."""
SURE_INTERJECTION = 0.7
FREE_TEXT_YIELDS = 0.75
"""While waiting for free text, a message this surely of another kind (thanks, check-in, a greeting) is taken as that."""
FRAGMENT = 8
"""Words up to which an answer to our question is a fragment, not a message of its own."""
SURE_IN_A_FRAGMENT = 0.8
TELLING = ("theme_question", "checkin_note", "good_day", "switch", "card_edit", "plan_new", "thanks_words")
"""Questions that are answered by telling something; to the others, a story is no answer."""
RUNNERS_UP = 3
"""Themes offered first where the one that was heard is wrong."""
LISTENED_AT = ("theme_question", "good_day")
"""Questions whose answers may say who is writing; at the others (a name, a city) such words mean something else."""
BREAKS_OFF = ("stop", "pause", "enough", "quit")
RIGHTS_ASKED = ("delete", "forget", "export", "mydata", "privacy")
"""Questions about the person's own data, which anybody may answer."""
LAPSES_AFTER = timedelta(hours=12)
"""A question that old is not waited for any more; a guide's step is."""
DATA_RIGHTS = (
    "privacy",
    "mydata",
    "ask_forget",
    "forget",
    "export",
    "send_export",
    "withdraw",
    "delete",
    "erase",
    "keep",
)
WITHOUT_INTRODUCTION = ("start", "crisis", "exit", "erase", "keep", "forget", "send_export")
LEFT_TO_MINORS = ("stop", "help", *DATA_RIGHTS)


def step(content: Content, state: State, event: Event, now: datetime, kept: Kept | None = None) -> Turn:
    """What the bot does about `event` at the aware time `now`. Pure; every text, press and command gets a reply.

    A turn with the effect `LookUp` counts for nothing: call again with `kept`, what is stored outside the state.
    """
    talk = Talk(content=content, state=state, now=now, heard=event.text if isinstance(event, Text) else "", kept=kept)
    _let_lapse(talk)
    guiding.put_away_closed(talk)
    if after_danger.is_new_visit(talk) and _is_visit(talk, event):
        after_danger.open_softly(talk)
    if isinstance(event, Text):
        _text(talk, event)
    elif isinstance(event, Press):
        _press(talk, event.action)
    elif isinstance(event, Command):
        _command(talk, event)
    elif isinstance(event, Attachment):
        if not talk.state.met:
            account.introduce(talk)
        smalltalk.attachment(talk, event)
    elif isinstance(event, Prompt):
        prompting.prompt(talk, event)
        return talk.turn()
    if not talk.replies:
        menu.menu(talk)
    guiding.put_away_closed(talk)
    guiding.refocus(talk)
    prompting.note_stops(talk)
    return talk.turn()


def _is_visit(talk: Talk, event: Event) -> bool:
    """Whether the person comes back with something that is not about the danger; there, `danger` has its own words."""
    if isinstance(event, Text):
        return talk.state.danger is None and not heard_danger(talk.state, event)
    if isinstance(event, Press):
        return talk.state.danger is None and event.action.partition(":")[0] not in danger.ACTIONS
    return isinstance(event, Attachment) or (isinstance(event, Command) and event.name.lower() != "crisis")


def _let_lapse(talk: Talk) -> None:
    """Forget a question that was asked long ago, and what was to follow it."""
    focus = talk.state.focus
    if focus and focus.name != "step" and focus.asked_at and talk.now - focus.asked_at > LAPSES_AFTER:
        talk.update(focus=None, pending=None)


def act(talk: Talk, action: str) -> None:
    """Run an action string such as "guide:boundaries", then what was waiting for its answer."""
    verb, _, arg = action.partition(":")
    handler = ACTIONS.get(verb)
    if verb == "erase" and not (talk.state.focus and talk.state.focus.name == "delete"):
        account.erase_again(talk)
    elif handler is not None:
        handler(talk, arg)
    else:
        smalltalk.lost_button(talk)
    _go_on_with_pending(talk, verb)


def _go_on_with_pending(talk: Talk, verb: str) -> None:
    """After a question that came between (consent, safety, zone), do what the person wanted in the first place."""
    state = talk.state
    answered = {
        "consent": state.consent is not None,
        "safe": bool(state.safe_to_talk),
        "unlock": not state.locked,
        "zone_is": bool(state.zone),
        **dict.fromkeys(("name", "situation", "situation_typed"), (state.pending or "").startswith("about_me")),
    }
    if state.pending and answered.get(verb) and state.focus is None:
        talk.update(pending=None)
        act(talk, state.pending)


def _command(talk: Talk, event: Command) -> None:
    name = event.name.lower()
    if name == "crisis":
        return danger.show_numbers(talk)
    if name == "exit":
        return after_danger.quick_exit(talk)
    if talk.state.minor and name not in LEFT_TO_MINORS:
        return guards.minor(talk)
    if not talk.state.met and name not in WITHOUT_INTRODUCTION:
        account.introduce(talk)
    if name not in account.KNOWN_COMMANDS:
        return account.unknown_command(talk, event)
    talk.update(pending=None)
    return act(talk, name)


def _press(talk: Talk, action: str) -> None:
    verb = action.partition(":")[0]
    if talk.state.minor and verb not in (*danger.ACTIONS, *guards.ACTIONS) and verb not in LEFT_TO_MINORS:
        return guards.minor(talk)
    if not talk.state.met and verb not in danger.ACTIONS and verb not in WITHOUT_INTRODUCTION:
        account.introduce(talk)
    return act(talk, action)


def heard_danger(state: State, event: Text) -> Signal | None:
    """The danger in a text that has to be answered now; a weak sign only counts where nothing was asked yet (CARE A4)."""
    understanding = event.understanding
    signal = understanding.signal
    if signal is None and understanding.label in SAFETY:
        signal = Signal(understanding.label, "strong", "self", "model", "en")  # type: ignore[arg-type]
    if signal:
        signal = _in_context(state, event, signal)
    if (
        signal
        and state.danger
        and signal.pattern_id == "model"
        and denial.takes_back(event.text, state.danger, state.about)
    ):
        return None  # the numbers were given; "no, I don't want to die" is not answered with them again
    return signal if signal and (signal.strength == "strong" or not (state.danger or state.asked_plainly)) else None


def _text(talk: Talk, event: Text) -> None:
    signal = heard_danger(talk.state, event)
    young = guards.says_minor(event.text)
    if signal:
        if young:
            guards.keep_nothing(talk, in_danger=True)
        return danger.alarm(talk, signal)
    if young:
        return guards.minor(talk)
    if key := smalltalk.asked_what_it_is(event.text):
        return smalltalk.say_what_it_is(talk, key)
    if talk.state.minor:
        return _minor_text(talk, event)
    focus = talk.state.focus
    if not talk.state.met and not (focus and focus.name in RIGHTS_ASKED):
        account.introduce(talk)
    signal = event.understanding.signal
    if signal and signal.kind == "crisis" and signal.pattern_id != "model" and not talk.state.danger:
        talk.say("safety.quietly")  # a faint sign after the question was answered: no second question
    if not talk.state.danger and guards.wants_to_spy(event.text):
        return guards.no_spying(talk)
    if _puts_us_right(talk, event):
        return None
    return _understood(talk, event)


def _minor_text(talk: Talk, event: Text) -> None:
    """Somebody under 18 writes on: what helps in danger works as for anybody, the rest stays closed (CARE C7)."""
    focus = talk.state.focus
    action = GLOBAL.get(plain(event.text), "")
    if guards.says_adult(event.text):
        return guards.adult(talk)
    if focus and _answers(talk, focus, event):
        return None
    if action.partition(":")[0] in (*danger.ACTIONS, *LEFT_TO_MINORS):
        return act(talk, action)
    if focus and focus.name == "country":
        return danger.country_typed(talk, event=event)
    return danger.while_open(talk, event) if talk.state.danger else guards.minor(talk)


def _puts_us_right(talk: Talk, event: Text) -> bool:
    """Hear who is writing, and fit the words to it without a word about it.

    True where the message did nothing but put right on which side they stand ("no, it was him"); then it was answered.
    """
    focus, walk = talk.state.focus, talk.state.walk
    at_step = walk is not None and not talk.state.danger and (focus is None or focus.name == "step")
    own_words = at_step and guiding.here(talk)[1].kind in ("ask", "plan")
    corrects = is_correction(event.text)
    if (own_words and not corrects) or (focus and focus.free and focus.name not in LISTENED_AT):
        return False
    if at_step and not sides(event.text):  # an option in other words, not a new story
        return False
    before = talk.state.who
    talk.update(who=who_after(talk.state, event.text), situation=talk.state.situation or situation_in(event.text))
    if talk.state.who == before or not corrects:
        return False
    if at_step:
        guiding.show(talk, lead=talk.phrase("guide.put_right"))
    elif talk.state.theme and focus and focus.name in ("theme_question", "offer"):
        topics.answer(talk, talk.state.theme, event.text, talk.state.also, lead=talk.phrase("topics.put_right"))
    else:
        return False
    return True


def _in_context(state: State, event: Text, signal: Signal) -> Signal | None:
    """A few words that answer our own question ("when he comes home") are read with it.

    What the patterns heard counts as ever; what only the model took for danger in them becomes a gentle question, or,
    in an answer about a partner and not very sure, nothing.
    """
    focus = state.focus
    answering = focus is not None and (focus.free is not None or focus.name == "step")
    if signal.pattern_id != "model" or focus is None or len(event.text.split()) > FRAGMENT:
        return signal
    sureness = sum(item.confidence for item in event.understanding.ranking if item.name in SAFETY)
    if sureness >= SURE_IN_A_FRAGMENT:
        return signal
    return None if signal.kind == "abuse" and answering else replace(signal, strength="weak")


def _understood(talk: Talk, event: Text) -> None:
    """A text without danger: the open question first, then steering words, then the label."""
    focus = talk.state.focus
    words = plain(event.text)
    if wishes.stops(talk, event):
        return None
    if talk.state.walk and not talk.state.danger and (focus is None or focus.name == "step"):
        named = talk.content.guide_named(words) if words.split(" ")[0] in ("resume", "open", "start") else None
        if named:
            return act(talk, f"guide:{named.id}")
        if words in GLOBAL and (words in ALWAYS or _leads_out(talk, words)):
            return act(talk, GLOBAL[words])
        label = "help" if words == "help" else event.understanding.label
        if wishes.heard(talk, event):
            return None
        if (words == "help" or _is_interjection(event)) and smalltalk.interject(talk, label):
            return guiding.show(talk)
        return answering.typed(talk, event)
    if focus and focus.free and words in BREAKS_OFF and not danger.insists(focus):
        if talk.state.walk and focus.name in ("switch", "card_edit"):
            return guiding.pause(talk)
        return act(talk, focus.no or "later")
    if focus and _answers(talk, focus, event):
        return None
    about_a_theme = talk.state.theme and not talk.state.danger and (focus is None or focus.name in topics.QUESTIONS)
    if about_a_theme and IN_GUIDE.get(words) == "source":
        return topics.where_from(talk)
    if about_a_theme and words in topics.WHAT_HELPS:
        return topics.offered(talk, talk.state.theme or "")
    if wishes.heard(talk, event):
        return None
    if focus and focus.name not in ASKED_OTHERWISE and not talk.state.danger and asks_again(event.text):
        return talk.repeat(lead=talk.phrase("menu.again"))
    if talk.state.walk and not talk.state.danger and words in STEERING and not (focus and focus.free):
        return answering.typed(talk, event)
    if words in GLOBAL:
        return act(talk, GLOBAL[words])
    option = pick_loosely(event.text, focus.options) if focus and words not in IN_GUIDE else None
    if option:
        return act(talk, option.action)
    if talk.state.danger:
        return danger.while_open(talk, event)
    if focus and focus.free and not _is_something_else(focus, event):
        return _free_text(talk, focus, event)
    if focus and focus.name in ASKED_AGAIN and event.understanding.label not in THEMES:
        smalltalk.interject(talk, event.understanding.label)
        return ASKED_AGAIN[focus.name](talk)
    return _by_label(talk, event)


def _answers(talk: Talk, focus: Focus, event: Text) -> bool:
    """Whether the text plainly answers the open question; then it was acted on."""
    label = event.understanding.label
    if focus.name in ("danger", "plainly") and denial.is_vague_no(event.text, label):
        return False
    option = pick(event.text, focus.options)
    if option:
        act(talk, option.action)
    elif focus.yes and is_yes(event.text, label):
        act(talk, focus.yes)
    elif focus.no and is_no(event.text, label):
        act(talk, focus.no)
    else:
        return False
    return True


def _free_text(talk: Talk, focus: Focus, event: Text) -> None:
    """Give the text to who waits for it; a question about the bot is answered, and the question stands again."""
    if not danger.insists(focus) and _is_interjection(event) and smalltalk.interject(talk, event.understanding.label):
        return talk.repeat()
    verb, _, arg = (focus.free or "").partition(":")
    talk.update(focus=None)
    FREE[verb](talk, arg, event=event)
    return _go_on_with_pending(talk, verb)


def _by_label(talk: Talk, event: Text) -> None:
    """A new message: a guide's name, a country, a theme, small talk, or nothing that was understood."""
    label = event.understanding.label if event.understanding.label not in SAFETY else UNSURE
    guide = talk.content.guide_named(plain(event.text))
    if guide:
        return act(talk, f"guide:{guide.id}")
    if label == UNSURE and (theme := talk.content.theme_named(plain(event.text))):  # as with the model away
        talk.update(pending=None)
        return topics.answer(talk, theme.id, event.text)
    if label in (UNSURE, "out_of_scope"):
        if is_empty(event.text):
            return menu.talk_freely(talk)
        country = talk.content.helplines.find(event.text)
        if country:
            return danger.country(talk, country.code)
    talk.update(pending=None)
    if brief.asks_for_brief(event.text):
        return brief.brief(talk)
    if (
        IN_GUIDE.get(plain(event.text), "skip") not in ("skip", "source") and label != "affirm"
    ):  # "next", "what?" with no guide open
        return act(talk, "resume") if menu.place(talk) else menu.menu(talk)
    if label in THEMES:
        return topics.answer(
            talk,
            label,
            event.text,
            also=next(iter(event.understanding.also), None),
            runners_up=[item.name for item in event.understanding.ranking if item.name in THEMES][1 : 1 + RUNNERS_UP],
        )
    if label == UNSURE:
        return None if smalltalk.outside(talk, event.text) else menu.not_understood(talk, event)
    return smalltalk.answer(talk, label, event)


STEERING = frozenset(words for words, action in IN_GUIDE.items() if action in ("next", "back", "skip", "pause"))


def _leads_out(talk: Talk, words: str) -> bool:
    """Whether a word that means something everywhere may leave the open step, rather than answer it."""
    return words not in IN_GUIDE and not answering.may_answer(talk, words)


def _is_interjection(event: Text) -> bool:
    """A question about the bot itself, surely enough to answer it before going on."""
    understanding = event.understanding
    asks = understanding.label in ("bot_challenge", "privacy", "help")
    return asks and understanding.confidence >= SURE_INTERJECTION


def _is_something_else(focus: Focus, event: Text) -> bool:
    """While free text is awaited: a message that surely is not that text (a goodbye, a request for a check-in)."""
    if danger.insists(focus):
        return False
    if brief.asks_for_brief(event.text):
        return True
    understanding = event.understanding
    other = understanding.label in ("goodbye", "checkin", "reminder", "thanks")
    if focus.name == "thanks_words" and understanding.label == "thanks":
        return False
    tells = understanding.label in THEMES and focus.name not in TELLING and len(event.text.split()) >= 5
    return (other or tells) and understanding.confidence >= FREE_TEXT_YIELDS
