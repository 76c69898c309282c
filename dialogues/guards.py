"""Who is offered what: is it safe to talk, are couple guides open, is the writer of age, is it spying (CARE B2, B5, B12, C7)."""

from __future__ import annotations

import re

from dialogues.after_danger import pause_prompts
from dialogues.events import Count, ForgetWords, StopReminders, Text
from dialogues.numbers import country_of, lines
from dialogues.state import State
from dialogues.talk import Action, Talk, choices

_NOT_YET = r"(?:[6-9]|1[0-7]|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen)"
_SAYS = re.compile(
    rf"\b(?:i\s*a?'?m|i am|im)\s+(?:only\s+|just\s+|like\s+)?{_NOT_YET}\b(?!\s*(?:%|/|:|weeks?|months?|days?|hours?|minutes?|mins?|"
    r"am|pm|o'?clock|miles?|km|kg|pounds?|stone|lbs?|feet|foot|ft|'|inch\w*|hundred|thousand|again|percent|shifts?|steps?|out of|times|"
    r"years? (?:in|into|sober|married|clean|together|older|younger)))"
    rf"|\b(?:i\s*a?'?m|im)\s+a\s+{_NOT_YET}[\s-]*(?:year|yr|y/?o)"
    rf"|\bmy age is {_NOT_YET}\b|\bturn(?:ed|ing) {_NOT_YET} (?:last|this|next)\b"
    rf"|\b{_NOT_YET}\s*(?:yo|y/o|yrs? old|years? old)\s+(?:girl|boy|kid|here)\b|\b(?:[mf])\s?(?:1[0-7])\s+here\b"
    r"|\b(?:i\s*a?'?m|i am|im) (?:a minor|under ?(?:18|eighteen|age)|not (?:18|eighteen) yet|in (?:primary|elementary|middle) school|"
    r"in (?:year (?:[5-9]|1[01])(?! of| in\b)|(?:[5-9]|1[01])th grade|(?:fifth|sixth|seventh|eighth|ninth|tenth|eleventh) grade))\b",
    re.IGNORECASE,
)
_OTHER = re.compile(r"\b(?:was|when i was|were)\b[^.]{0,20}$", re.IGNORECASE)
_SAYS_ADULT = re.compile(
    r"\b(?:i\s*a?'?m|i am|im) (?:(?:over|above) (?:18|eighteen)|(?:1[89]|[2-9]\d)\b|an adult|not a (?:minor|kid|child))",
    re.IGNORECASE,
)
_OWNER = r"(?:his|her|their|(?:my|a) (?:\w+ )?(?:husband|wife|boyfriend|girlfriend|bf|gf|partner|spouse|ex|fianc\w+)(?:'?s)?|someone'?s|somebody'?s)"
_THINGS = r"(?:phone|iphone|messages?|texts?|dms?|chats?|e?mails?|whats ?app|insta\w*|snap\w*|telegram|facebook|location|gps|calls?|password|pin|account|browser|photos|icloud)"
_SPIES = re.compile(
    r"\bhow (?:do|can|could|should|to)\b[^.!?]{0,25}?\b(?:test|trap|bait)(?:ing)? (?:if |whether |out )?(?:s?he|they|him|her|them|(?:his|her|their) "
    r"(?:loyalty|honesty|faithfulness)|my (?:\w+ )?(?:husband|wife|boyfriend|girlfriend|bf|gf|partner|spouse|ex))\b(?! for)|"
    r"\bhow (?:do|can|could|to)\b[^.!?]{0,10}?\b(?:see|find out|know|check|tell) (?:who|what) (?:s?he|they)(?:'?s| is| are|'?re)? "
    r"(?:texting|messaging|calling|dming|snapping|chatting|typing|writing)\b|\bdeleted (?:messages?|texts?|chats?|dms?|photos)\b|"
    r"\b(?:how (?:do|can|could|would|should|to)|can you|could you|show me|teach me|tell me how|help me|(?:any|what|which|best|good|is there an?) "
    r"(?:\w+ )?(?:app|way|tool|software|tracker)s?|where can i)\b[^.!?]{0,40}?"
    rf"\b(?:(?:read|see|check|look (?:at|through|into)|go through|get (?:into|in|at)|access|open|unlock|recover|copy|find out) {_OWNER} (?:\w+ )?{_THINGS}|"
    rf"(?:hack|clone|mirror|bug|tap|crack)(?:ing)? (?:into )?(?:{_OWNER}|{_THINGS})|"
    rf"(?:track|spy|spying|stalk|record|trace|locate|catch|tail)(?:ing)? (?:on )?(?:{_OWNER} {_THINGS}|him|her|them|my (?:\w+ )?(?:husband|wife|boyfriend|girlfriend|bf|gf|partner|spouse|ex))\b)",
    re.IGNORECASE,
)


def says_minor(text: str) -> bool:
    """Whether the writer says that they are under 18 now."""
    text = text.replace("’", "'")
    match = _SAYS.search(text)
    return bool(match) and not _OTHER.search(text[: match.start()] if match else "")


def safe(talk: Talk, arg: str) -> None:
    """The answer to "would it feel safe to bring this up?" (CARE B5)."""
    if arg == "yes":
        talk.update(safe_to_talk=True, focus=None)
        return
    talk.update(safe_to_talk=False, locked=True, pending=None)
    pause_prompts(talk)
    talk.update(stopped=None)
    talk.do(Count("safety.not_safe_to_talk"))
    talk.write(f"{talk.phrase('safety.not_safe')}\n\n{lines(talk, country_of(talk), 'abuse')}")
    options = choices(
        [
            ("Where I live", "countries"),
            ("Something just for me", "guide:self_care"),
            ("Quick exit", "quick_exit"),
            ("I need help now", "danger:abuse"),
        ]
    )
    talk.say("safety.not_safe_then", options=options, columns=2)
    talk.ask("not_safe", options)
    return


def safe_typed(talk: Talk, arg: str, event: Text) -> None:
    """Other words at that question: say why it is asked, and ask once more."""
    options = choices([("Yes, it feels safe", "safe:yes"), ("No, or I'm not sure", "safe:no")])
    talk.say("safety.why_safe_to_talk", options=options)
    talk.ask("safe_to_talk", options, yes="safe:yes", no="safe:no", free="safe_typed")


def unlock(talk: Talk, arg: str = "") -> None:
    """The person opens the locked guides themself (CARE B2: never by us); whether talking is safe is asked anew.

    For one who hurts they stay closed, whatever old button is pressed (CARE B11).
    """
    if not talk.state.hurts:
        talk.update(locked=False, safe_to_talk=None, focus=None)


def keep_nothing(talk: Talk, in_danger: bool = False) -> None:
    """Somebody under 18 writes: forget all that is kept but that, and what a danger needs (CARE C7)."""
    state = talk.state
    kept = State(met=True, minor=True, consent=False, said=state.said)
    if state.danger:
        kept = kept.model_copy(update={"danger": state.danger, "about": state.about})
    if state.danger or in_danger:
        kept = kept.model_copy(update={"country": state.country})
    talk.state = kept
    talk.do(StopReminders())
    talk.do(ForgetWords())


def minor(talk: Talk) -> None:
    """Somebody under 18: no guide, no reminder, keep nothing; an adult to trust and a child helpline (CARE C7, B14)."""
    keep_nothing(talk)
    finder = talk.content.helplines.child_finder.url
    options = choices([("I need help now", "danger:crisis"), ("I'm over 18", "adult")])
    talk.say("safety.minor", options=options, finder=finder)
    talk.ask("minor", options)


def says_adult(text: str) -> bool:
    """Whether the writer says that they are 18 or older."""
    return bool(_SAYS_ADULT.search(text.replace("’", "'")))


def adult(talk: Talk, arg: str = "") -> None:
    """It was a misunderstanding: the writer is an adult."""
    talk.update(minor=False, consent=None, focus=None)
    talk.say("safety.adult")


def wants_to_spy(text: str) -> bool:
    """Whether the writer asks how to read, track, record or get into what is another's (CARE B12)."""
    return bool(_SPIES.search(text.replace("’", "'")))


def no_spying(talk: Talk) -> None:
    """No help with looking into somebody else's things; the guide about doubt instead."""
    guide = talk.content.guides["suspicion"]
    options = choices([(guide.title, f"guide:{guide.id}"), ("Talk about it", "theme:suspicion"), ("Not now", "later")])
    talk.say("safety.no_spying", options=options)
    if talk.state.walk is None:
        talk.ask("offer", options, yes=options[0].action, no="later")


ACTIONS: dict[str, Action] = {"safe": safe, "unlock": unlock, "adult": adult}
FREE = {"safe_typed": safe_typed}
