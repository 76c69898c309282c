"""Whether somebody says no to a danger that was heard, or takes it back. What leaves a door open is no denial (CARE A15)."""

from __future__ import annotations

import re

from dialogues.state import About, Danger
from dialogues.typed import is_no, plain

_OPENS = r"^(?:(?:no|nah|nope|oh|omg|ah|sorry|haha|lol|wait|hey|god|please) )*"
_TAKES_BACK = re.compile(
    rf"{_OPENS}(?:its |it is |it was |thats |that is |that was )?(?:really )?not (?:like )?that(?: at all| i swear| sorry| really)*"
    r"(?: i ?m (?:just |only |really |so )*(?:tired|exhausted|drained|worn out|stressed|sad|angry|upset|venting|joking|kidding|fed up))?$|"
    rf"{_OPENS}i (?:just |only |really )?(?:meant|was talking about) (?!it\b|what\b|every\b)[\w ]{{1,40}}\bnot (?:like )?that$|"
    r"\bnot what i mean|\bwrong button|\bfalse alarm|\byou(?:ve| have)? (?:misunderst|got (?:me|it|that) wrong)|\bjust a misunderst"
)
_NOT_MEANT_SO = re.compile(
    rf"(?:{_OPENS}|\bi (?:really |honestly |just )?)(?:didnt|did not|dont|do not) (?:really )?mean (?:it|that|this|any of)\b"
)
"""No taking back by one who hurts: there "I didn't mean it" is an excuse."""
_ANOTHER = re.compile(
    r"\b(?:s?hes?|shes|they|theyre|(?:my|the|his|her) (?:\w+ )?(?:partner|husband|wife|boyfriend|girlfriend|bf|gf|ex|mum|mom|dad))\b"
)
"""Before such words, they are what another says: "he says he didn't mean it" takes nothing back."""
_NO_WISH_TO_DIE = re.compile(
    rf"(?:{_OPENS}|\bi ?m |\bi (?:am |do |would |will )?)(?:dont|not|never|wouldnt|wont|didnt) "
    r"(?:(?:really|actually|even|ever|want|wanted|wanna|to|going|gonna|planning|plan|wish|be|feel|feeling|about|of|thinking) ){0,4}"
    r"(?:die|dying|suicidal|suicide|kill(?:ing)? myself|hurt(?:ing)? myself|harm(?:ing)? myself|end(?:ing)? my life)\b"
    r"(?! (?:yet|today|tonight|right now|alone|slowly|like this|this way))"
)
_NOT_SURE_OF_IT = re.compile(
    r"\b(?:cant|cannot|couldnt|dont know|not sure|wont say|say|said|promise|why|if|until|unless|wish)\b"
)
CLEAR_NO = ("no", "n", "nope", "nah", "naw", "no no")
_SAYS_NO = re.compile(
    r"^(?:no|nah|nope|never)\b(?! (?:one|body|idea|clue|point|reason|hope|future|energy|use|more|longer|matter|need|way out|words|been|felt|had|will|again)\b)"
)
_AND_YET = re.compile(
    r"\b(?:but|yet|today|tonight|maybe|sometimes|cant|cannot|not sure|dont know|at the moment|right now|anymore|only when|mind|"
    r"think about|thought about)\b"
)
"""What makes of a no an answer that leaves a door open."""
_SAFE = re.compile(
    r"\b(?:(?:s?he|they|nobody|no one) (?:doesnt|dont|does not|do not|never|has never|would never|wouldnt|didnt|isnt|is not) "
    r"(?:even |ever )?(?:hits?|hitting|hurts?|hurting|harms?|touch(?:es)?|threatens?|scares?|violent|dangerous|abusive)"
    r"|i feel safe|im (?:safe|not (?:scared|afraid|in danger))|(?:nothing|not) like that)\b"
)


def says_no(text: str, kind: Danger) -> bool:
    """Whether the answer to a gentle question about that danger is a plain no; anything unsure is none."""
    words = plain(text)
    if kind == "crisis":
        return bool(_SAYS_NO.search(words) and not _AND_YET.search(words)) or takes_back(text, kind)
    # Asked whether they are safe: "no, she doesn't hit me" begins with no and means yes.
    if _SAFE.search(words) and not re.search(r"\bbut\b", words):
        return True
    return bool(re.search(r"\b(?:yes|yeah|yep)\b", words)) and not re.match(r"(?:no|nah|nope|never)\b", words)


def takes_back(text: str, kind: Danger, about: About = "self") -> bool:
    """Whether somebody takes the alarm back in own words, without a but (CARE A15)."""
    words = plain(text)
    if re.search(r"\bbut\b", words):
        return False
    found = _TAKES_BACK.search(words) or (None if about == "doer" else _NOT_MEANT_SO.search(words))
    if found and not _ANOTHER.search(words[: found.start()]):
        return True
    found = _NO_WISH_TO_DIE.search(words) if kind == "crisis" else None
    return found is not None and not _NOT_SURE_OF_IT.search(words[: found.start()])


def is_vague_no(text: str, label: str) -> bool:
    """Whether a message that means no elsewhere ("later", "nothing", "no one") is too little to take an alarm back."""
    return is_no(text, label) and plain(text) not in CLEAR_NO
