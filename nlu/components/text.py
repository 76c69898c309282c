"""Text as the encoder likes it: plain quotes, no tricks of Unicode, emoji as words, chat shorthand spelt out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_QUOTES = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "…": "...", "–": "-", "—": "-"}
)
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]")
_REPEATED_LETTER = re.compile(r"([a-z])\1{2,}", re.IGNORECASE)
_REPEATED_MARK = re.compile(r"([!?.,])[!?.,]+")
_WORD = re.compile(r"[a-z0-9'/&]+", re.IGNORECASE)

SHORTHAND = {
    "u": "you", "ur": "your", "r": "are", "y": "why", "n": "and", "&": "and", "w": "with", "w/": "with", "w/o": "without",
    "bf": "boyfriend", "bfs": "boyfriend's", "gf": "girlfriend", "gfs": "girlfriend's", "bff": "best friend",
    "hubby": "husband", "hubs": "husband", "wifey": "wife", "missus": "wife", "mil": "mother-in-law",
    "idk": "i don't know", "idek": "i don't even know", "tbh": "to be honest", "ngl": "not going to lie", "imo": "in my opinion",
    "rn": "right now", "fr": "for real", "bc": "because", "cuz": "because", "cos": "because", "coz": "because",
    "ppl": "people", "pls": "please", "plz": "please", "thx": "thanks", "ty": "thank you", "tysm": "thank you so much",
    "abt": "about", "thru": "through", "tho": "though", "rlly": "really", "smth": "something", "sth": "something",
    "wdym": "what do you mean", "wtf": "what the hell", "omg": "oh my god", "jk": "just kidding", "hmu": "contact me",
    "msg": "message", "msgs": "messages", "txt": "text", "tmrw": "tomorrow", "tn": "tonight", "b4": "before", "gr8": "great",
    "ldr": "long distance relationship", "ons": "one night stand", "irl": "in real life", "gm": "good morning", "gn": "good night", "dm": "message", "dms": "messages",
    "kms": "kill myself", "kys": "kill yourself", "unalive": "kill", "sh": "self-harm", "wanna": "want to", "gonna": "going to",
    "gotta": "have to", "dunno": "don't know", "lemme": "let me", "gimme": "give me", "kinda": "kind of", "sorta": "sort of",
    "dont": "don't", "cant": "can't", "wont": "won't", "isnt": "isn't", "doesnt": "doesn't", "didnt": "didn't", "im": "i'm",
    "ive": "i've", "wasnt": "wasn't", "wouldnt": "wouldn't", "couldnt": "couldn't", "shouldnt": "shouldn't", "havent": "haven't",
    "hasnt": "hasn't", "arent": "aren't", "thats": "that's", "whats": "what's", "hes": "he's", "shes": "she's", "theyre": "they're",
    "tryna": "trying to", "finna": "going to", "youre": "you're", "ill": "i'll", "id": "i'd", "aint": "isn't", "nvm": "never mind", "yh": "yes", "yeh": "yes",
}  # fmt: skip
_NOT_SHORTHAND_ALONE = {"id", "ill", "sh", "n", "r", "y", "w"}


def _spell_out(match: re.Match[str]) -> str:
    word = match.group()
    return SHORTHAND.get(word.lower(), word)


def _emoji_word(char: str) -> str:
    name = unicodedata.name(char, "").lower().replace(" sign", "").replace(" face", "")
    return f" {name} " if _is_emoji(char) else char


def _is_emoji(char: str) -> bool:
    return unicodedata.category(char) == "So" or "\U0001f3fb" <= char <= "\U0001f3ff"


def normalise(text: str, correct: Callable[[str], str] = str) -> str:
    """`text` with curly quotes, invisible characters, repeated letters, emoji and shorthand made plain.

    Beside words emoji only blur what is said, so they go; alone they are all that is said, so they become words.
    `correct` puts slips right (`Speller.correct`), before shorthand is spelt out.
    """
    text = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    text = _INVISIBLE.sub("", text)
    wordless = not any(char.isalnum() for char in text)
    text = "".join(_emoji_word(char) if wordless else " " if _is_emoji(char) else char for char in text)
    text = "".join(char if char.isprintable() else " " for char in text)
    text = _REPEATED_LETTER.sub(r"\1", text)
    text = _REPEATED_MARK.sub(r"\1", text)
    text = correct(" ".join(text.split()))
    words = text.split()
    if len(words) > 1 or (words and words[0].lower() not in _NOT_SHORTHAND_ALONE):
        text = _WORD.sub(_spell_out, text)
    return " ".join(text.split())


_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|\n+")
LONG = 14
"""Words from which a message is read sentence by sentence as well, and the most that a piece has."""


def pieces(text: str) -> list[str]:
    """The sentences of a long message, at most LONG words each; [] for a short one.

    Takes the raw text, since line breaks separate thoughts.
    """
    if len(text.split()) < LONG:
        return []
    result: list[str] = []
    for sentence in _SENTENCE_END.split(text):
        words = sentence.split()
        while len(words) > LONG:
            result.append(" ".join(words[:LONG]))
            words = words[LONG:]
        if words:
            result.append(" ".join(words))
    return result
