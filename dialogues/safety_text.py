"""Write a message the one way in which the safety patterns expect it: see `normalise` and `hear`.

Pure text work, no I/O. Every step takes time in proportion to the length of the text.
"""

from __future__ import annotations

import re
import unicodedata

# --- characters -------------------------------------------------------------------------------------------------
_QUOTES = str.maketrans(dict.fromkeys("’‘‛ʼʹ′´`＇", "'") | dict.fromkeys("“”„‟«»″＂", '"'))
# Letters that have no accent to take off, and spellings that Arabic and Hindi writers mix freely.
_LETTERS = {0x142: "l", 0xF8: "o", 0x111: "d", 0x131: "i", 0x629: "\u0647", 0x649: "\u064a", 0x901: "\u0902"}
# Accents, Arabic vowel signs, nukta and variation selectors: half of all writers leave them out, so nobody's count.
_MARKS = [*range(0x300, 0x370), *range(0x64B, 0x656), 0x640, 0x670, 0x93C, *range(0xFE00, 0xFE10)]
_HIDDEN = [c for c in range(0x10000) if unicodedata.category(chr(c)) in ("Cc", "Cf", "Cs")]
_HIDDEN += [0x115F, 0x1160, *range(0xE0000, 0xE0200)]
_SPACES = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029\u2800-_/\\–—―‐‑‒−"
_FOLD: dict[int, str | None] = {
    **dict.fromkeys([*_HIDDEN, *_MARKS], None),
    **_LETTERS,
    **dict.fromkeys(map(ord, _SPACES), " "),
}
_PUNCTUATION = {c: " " for c in range(0x10000) if unicodedata.category(chr(c))[0] == "P"}

_HOMOGLYPHS = str.maketrans("аеорсухіѕјкмтвнοαικντε", "aeopcyxisjkmtbhoaikvte")
_MIXED = re.compile(r"(?<!\S)\S*(?:[a-z][\u0370-\u04ff]|[\u0370-\u04ff][a-z])\S*")
_LEET = {"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "€": "e", "!": "i", "1": "i"}
# A word with a letter in it, but no number with its unit ("10kms", "3am", "20mg").
_LEET_TOKEN = re.compile(r"(?<!\S)(?!\d+[a-z]{1,3}(?!\w))(?=[^\sa-z]*[a-z])[^\s013457@$€!]*[013457@$€!]\S*")
_MASKED_TOKEN = re.compile(r"(?<![\w*])[a-z]{1,9}\*[a-z*]{0,9}(?![\w*])")
_MASKED = "kill killing suicide suicidal die died dead dying rape raped self harm cut cutting choke beat hit abuse"
_SPACED = re.compile(r"(?<!\w)(?:[^\W\d_][ .*]){2,}[^\W\d_](?!\w)")
_TRIPLE = re.compile(r"([^\W\d_])\1{2,}")
_DOUBLE = re.compile(r"(?<!\\)([^\W\d_])\1+")  # not the "b" of a regex's "\bbed"


def fold_letters(text: str) -> str:
    """Drop accents, vowel signs and invisible characters; Hangul and kana are put together again."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).translate(_FOLD))


def _unleet(match: re.Match[str]) -> str:
    """Read look-alikes as letters, but leave punctuation at the end of the word alone."""
    token = match.group()
    core = token.rstrip("!?.,;:\"')")
    letters: list[str] = []
    for char in core:
        # "ki11", "se1f": here the digit is an l; it stays a digit until the word is done.
        is_l = char == "1" and letters and letters[-1] in "ie1"
        letters.append("1" if is_l else _LEET.get(char, char))
    return "".join(letters).replace("1", "l") + token[len(core) :]


def _unmask(match: re.Match[str]) -> str:
    """Read "k*ll" as the word that was starred out."""
    shape = re.compile(re.sub(r"\*+", "[a-z]+", match.group()))
    return next((word for word in _MASKED.split() if shape.fullmatch(word)), match.group())


def normalise(text: str) -> str:
    """Return the text as plain lower-case letters: no tricks, no apostrophes, no hyphens, single spaces.

    Sentence marks, commas and double quotes stay. "Dont", "don't" and "don’t" come out alike.
    """
    text = fold_letters(unicodedata.normalize("NFKC", text.translate(_QUOTES)).casefold())
    text = _MIXED.sub(lambda m: m.group().translate(_HOMOGLYPHS), text)
    text = _MASKED_TOKEN.sub(_unmask, _LEET_TOKEN.sub(_unleet, text))
    text = _SPACED.sub(lambda m: re.sub(r"[ .*]", "", m.group()), text)
    text = re.sub(r"(?<=\w)'(?=\w)", "", text).replace("'", " ")
    return " ".join(_TRIPLE.sub(r"\1", text).split())


# --- words ------------------------------------------------------------------------------------------------------
def squeeze(text: str) -> str:
    """One letter for each run of letters, in messages and patterns alike: "killl", "kill" and "kkil" are one word."""
    return _DOUBLE.sub(r"\1", text)


# Words that stand between the words of a pattern and add nothing to it ("i just really want to").
FILLERS = frozenset(
    [
        "just",
        "really",
        "fucking",
        "fuckin",
        "fking",
        "freaking",
        "frickin",
        "friggin",
        "literally",
        "honestly",
        "actually",
        "lowkey",
        "highkey",
        "kinda",
        "sorta",
        "basically",
        "simply",
        "truly",
        "totally",
        "completely",
        "seriously",
        "legit",
        "sometimes",
        "often",
        "maybe",
        "perhaps",
        "probably",
        "definitely",
        "already",
        "still",
        "also",
        "even",
        "ever",
        "so",
        "very",
        "damn",
        "bloody",
        "idk",
        "ngl",
        "tbh",
        "omg",
        "ugh",
        "pls",
        "plz",
    ]
)
_FILLERS = frozenset(map(squeeze, FILLERS))
# Squeezing would turn these into graver words ("raped").
_SANG = re.compile(r"\brapp(?:ed|ing|ers?)\b")
_SPELLINGS = {
    "wanna": "want to", "wnna": "want to", "wnat": "want", "wan": "want", "wantto": "want to", "gonna": "going to",
    "gunna": "going to", "finna": "going to", "gotta": "got to", "tryna": "trying to", "imma": "im going to",
    "u": "you", "ur": "your", "bf": "boyfriend", "gf": "girlfriend", "hubby": "husband", "hubs": "husband",
    "ppl": "people", "iam": "im", "ive": "i have", "dnt": "dont", "dosent": "doesnt", "dosnt": "doesnt",
    "aint": "isnt", "nvr": "never", "cannot": "cant", "cudnt": "couldnt", "myslef": "myself", "mysef": "myself",
    "mysel": "myself", "meself": "myself", "mself": "myself", "hisself": "himself", "dieing": "dying", "hav": "have",
    "n": "and", "nd": "and", "w": "with", "goin": "going", "tryin": "trying", "thinkin": "thinking", "dyin": "dying",
    "killin": "killing", "hurtin": "hurting", "cuttin": "cutting", "beatin": "beating", "hittin": "hitting",
    "livin": "living", "nothin": "nothing", "wantin": "wanting", "feelin": "feeling", "anymor": "anymore",
}  # fmt: skip
_SPELLINGS_SQUEEZED = {squeeze(habit): squeeze(usual) for habit, usual in _SPELLINGS.items()}
_PHRASES = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\b(do|does|did|is|was|were|are|has|have|had|would|could|should) not\b", r"\1nt"),
        (r"\bcan not\b", "cant"), (r"\bwil not\b", "wont"), (r"\bi (?:am|m)\b", "im"), (r"\bwont to\b", "want to"),
        (r"\b(my|him|her|them|your) self\b", r"\1self"), (r"\b(want|ned|going|have|ready|trying) 2\b", r"\1 to"),
        (r"\bany more\b", "anymore"),
    )
]  # fmt: skip
_STOP = re.compile(r"[.!?;。؟।]+")
_ONE_WORD_STOPS = re.compile(r"(?<!\S)(\w+)[.!?]+ (?=\w+[.!?])")


def hear(text: str) -> str:
    """Return the words of a message on one line: a lone "." for each sentence end, fillers and habits evened out."""
    text = _SANG.sub("singing", re.sub(r"\.{2,}", " ", normalise(text)))
    text = _ONE_WORD_STOPS.sub(r"\1 ", text)  # "I. Want. To. Die."
    words: list[str] = []
    for sentence in _STOP.split(text):
        kept = (word for word in squeeze(sentence.translate(_PUNCTUATION)).split() if word not in _FILLERS)
        words += [*(_SPELLINGS_SQUEEZED.get(word, word) for word in kept), "."]
    line = " ".join(words)
    for pattern, replacement in _PHRASES:
        line = pattern.sub(replacement, line)
    return line
