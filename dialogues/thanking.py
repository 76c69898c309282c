"""A thank-you in the person's own words, shaped into a message that they can forward."""

from __future__ import annotations

import re

from dialogues.fitting import as_phrase, capital
from dialogues.typed import plain

_LEAD = re.compile(
    r"^(?:(?:ok|okay|so|well|um|and|please|hm+|maybe)[, ]+)*"
    r"(?:(?:i (?:want|would like|wanted|need) to|i[’']?d like to|can you|you could|just|please)\s+)?"
    r"(?:(?:say |tell |thank )?(?:thanks?|thank)(?: you)?(?: (?:so|very) much| a lot)?(?: to)? ?|"
    r"(?:tell|say to|thank|write to|write)\s+)?"
    r"(?:(?:him|her|them|my \w+(?: \w+)??)\s+)??(?P<mark>that|for|because|how)\s+",
    re.IGNORECASE,
)
_THANKS_ALONE = re.compile(r"^(?:thanks?|thank you)[ ,.!:]+", re.IGNORECASE)
_THEY = re.compile(
    r"^(?:he|she|they|my (?:husband|wife|boyfriend|girlfriend|partner|bf|gf|friend|best friend|mum|mom|mother|dad|father|"
    r"sister|brother|son|daughter|neighbour|neighbor|colleague|boss))(?P<be>[’']s| is| are|[’']re| was| were| has| have)? ",
    re.IGNORECASE,
)
_BE = {"’s": " are", "'s": " are", " is": " are", " are": " are", "’re": " are", "'re": " are", " was": " were", " were": " were",
       " has": " have", " have": " have"}  # fmt: skip
_OTHERS = {"his": "your", "himself": "yourself", "herself": "yourself", "themselves": "yourself"}
_DOING = re.compile(
    r"^(?:always |never |really |kindly )?(?!(?:morning|evening|nothing|anything|everything|something)\b)[a-z]+ing\b",
    re.I,
)
_YOU = re.compile(r"^you\b", re.IGNORECASE)
_VERB_AGREES = re.compile(r"^(You(?: always| never| often| still| really)? )(makes|does|goes|listens|helps|keeps|takes|lets|brings|"
                          r"gives|calls|cooks|stays|waits|asks|comes|tells|shows|looks|sits|works|cleans|drives)\b")  # fmt: skip
_IRREGULAR = {"does": "do", "goes": "go"}
MIN_WORDS = 2


def shape(words: str) -> str | None:
    """`words` about what somebody did as a message to them: "she made me tea" becomes "You made me tea. ... Thank you."

    None where there is too little to make a message of.
    """
    text = re.sub(r"\bi\b", "I", " ".join(words.split()).strip(' "“”'))
    if len(plain(text).split()) < MIN_WORDS:
        return None
    lead = _LEAD.match(text)
    mark = lead["mark"].lower() if lead else ""
    rest = text[lead.end() :] if lead else _THANKS_ALONE.sub("", text)
    if not rest or len(plain(rest).split()) < MIN_WORDS:
        return None
    they = _THEY.match(rest)
    if they:
        told, be = rest[they.end() :], (they["be"] or "").lower()
        rest = f"you{' have' if be and told.startswith('been ') else _BE.get(be, '')} {_as_you(told)}"
    said = as_phrase(rest, goes_on=False)
    ended = said if said.endswith(("…", "?", "!", ".")) else f"{said}."
    if _DOING.match(said) or (mark == "for" and not _YOU.match(said)):
        return f"Thank you for {ended}"
    if _YOU.match(said):
        sentence = _VERB_AGREES.sub(lambda found: found[1] + _bare(found[2]), capital(ended))
        return f"Something I've been meaning to say. {sentence} Thank you."
    return f"Something I've been meaning to say. {capital(ended)} Thank you for that."


def _as_you(text: str) -> str:
    """What follows "she", told to her: "her" and "himself" become "your" and "yourself"; a name or a child stays."""
    first = re.split(r"(?<=[.;!?])\s", text, maxsplit=1)
    told = re.sub(
        r"\b(his|himself|herself|themselves)\b", lambda found: _OTHERS[found[1].lower()], first[0], flags=re.IGNORECASE
    )
    told = re.sub(
        r"\b(because|when|and|so|that|even though|while) (?:he|she|they)\b", r"\1 you", told, flags=re.IGNORECASE
    )
    return " ".join([told, *first[1:]])


def _bare(verb: str) -> str:
    return _IRREGULAR.get(verb, verb.removesuffix("s"))
