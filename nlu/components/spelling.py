"""Slips of a hurried thumb put right: unknown words become the likeliest known ones, and words run together come apart.

The search is SymSpell's (package symspellpy), over its English frequency dictionary and the words of our own examples.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files

from components.text import SHORTHAND
from symspellpy import SymSpell, Verbosity

GENERAL_WORDS = 30_000
"""The most frequent words of the dictionary, which a slip may become; a rarer word is known, but is never guessed."""
OWN_WORD_FROM = 5
"""Times a word has to stand in the examples to be known: fewer may be a slip itself."""
LONGEST = 24
"""Letters of the longest word that is put right."""
COMMON_WORDS = 10_000
"""The most frequent words of the dictionary. Of two or three letters only these are known, and what those become, and
what a split of less than five letters a part is made of: rarer ones are abbreviations, and everything is near them."""
LONGEST_PART = 14
"""Letters of a word within words run together."""
MOST_UNKNOWN = 0.6
"""With a larger share of unknown words a text is not English, or gibberish, and stays as it is."""
_CORPUS = 1_024_908_267_229
"""Words in the corpus behind the dictionary's counts (symspellpy's `SymSpell.N`)."""
_WORD = re.compile(r"[^\W\d_][\w']*")


def own_words(texts: Iterable[str]) -> dict[str, int]:
    """How often each word stands in `texts`, for those that stand there OWN_WORD_FROM times or more."""
    counts = Counter(word.lower() for text in texts for word in _WORD.findall(text))
    return {word: count for word, count in counts.items() if count >= OWN_WORD_FROM}


class Speller:
    """Knows English words and our own (`own`: word -> times seen)."""

    def __init__(self, own: Mapping[str, int]) -> None:
        self._index = SymSpell(max_dictionary_edit_distance=2, prefix_length=5)
        lines = (
            (files("symspellpy") / "frequency_dictionary_en_82_765.txt").read_text(encoding="utf-8-sig").splitlines()
        )
        general = {word: int(count) for word, count in (line.split() for line in lines)}
        share = _CORPUS / max(1, sum(own.values()))
        for word in {*list(general)[:GENERAL_WORDS], *own}:
            # A letter alone is no word, but for these: else a slip comes apart into letters.
            if len(word) > 1 or word in "ai":
                self._index.create_dictionary_entry(word, max(general.get(word, 0), int(own.get(word, 0) * share)))
        self._common = frozenset({*list(general)[:COMMON_WORDS], *(word for word in own if len(word) > 1)})
        self._known = frozenset({*(word for word in general if len(word) > 3), *self._common, *own, *SHORTHAND})
        self._corrected = lru_cache(maxsize=4096)(self._correct_word)

    def correct(self, text: str) -> str:
        """`text` with its unknown words put right, but for names (a capital within a sentence)."""
        words = _WORD.findall(text)
        unknown = [word for word in words if self._is_unknown(word)]
        if not unknown or (len(words) > 3 and len(unknown) > MOST_UNKNOWN * len(words)):
            return text
        shouting = text.isupper()
        return _WORD.sub(lambda match: self._replaced(match, text, shouting), text)

    def _is_unknown(self, word: str) -> bool:
        plain = word.isascii() and word.isalpha() and 1 < len(word) <= LONGEST
        return plain and word.lower() not in self._known

    def _replaced(self, match: re.Match[str], text: str, shouting: bool) -> str:
        word = match.group()
        if (
            len(word) > 3
            and word[0] == "I"
            and not shouting
            and word.lower() not in self._known
            and word[1:] in self._known
        ):
            return f"I {word[1:]}"
        if not self._is_unknown(word):
            return word
        if (
            word[0].isupper()
            and not shouting
            and text[max(0, match.start() - 2) : match.start()].strip(" \"'(").isalnum()
        ):
            return word
        return str(self._corrected(word.lower()))

    def _correct_word(self, word: str) -> str:
        """One letter wrong, else words run together, else two letters wrong; a word that is none of these stays."""
        near = self._index.lookup(word, Verbosity.CLOSEST, 1 if len(word) < 6 else 2)
        if len(word) < 4:
            return next((str(item.term) for item in near if item.term in self._common), word)
        if near and near[0].distance == 1:
            return str(near[0].term)
        apart = str(self._index.word_segmentation(word, 0, LONGEST_PART).segmented_string).split()
        known = self._index.words if len(word) >= 2.5 * len(apart) else self._common
        if len(word) >= 2 * len(apart) and all(part in known for part in apart):
            return " ".join(apart)
        return str(near[0].term) if near else word
