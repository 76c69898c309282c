"""Turning content into what is said: filling in slots, choosing a variant, echoing the person's own words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_FAMILY = frozenset(["mother", "mum", "mom", "father", "dad", "sister", "brother", "daughter", "son", "friend"])
MAX_ECHO = 300
"""Characters of the person's own words that are said back inside one of our sentences."""
MAX_EVENT = 600
"""The same for what happened ("When ..."), which goes into a message meant for somebody else."""

_OPTIONAL = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
_SLOT = re.compile(r"\{([a-z_0-9]+)(?:\|([^{}]*))?\}")
_PLACE = re.compile(
    r"(?P<lead>\b(?:When|I feel|I felt|I need|that) )?" + _SLOT.pattern + r"(?P<tail>, (?=I |my ))?(?=(?P<next>.?))",
    re.DOTALL,
)
"""A slot, with those words of ours around it that some answers make superfluous: "When {event}, I felt {feeling}"."""
_SENTENCE_START = re.compile(r"(^|[.!?:]\s+|\n\s*|[“\"])$")

PARTNER_WORDS = {
    "partner": "your partner",
    "dating": "the person you're seeing",
    "single": "someone close to you",
    "complicated": "the person in your life",
    "unknown": "the other person",
}
_PEOPLE = {
    "husband": "husband", "hubby": "husband", "wife": "wife", "wifey": "wife", "boyfriend": "boyfriend", "bf": "boyfriend",
    "girlfriend": "girlfriend", "gf": "girlfriend", "fiance": "fiancé", "fiancé": "fiancé", "fiancee": "fiancée",
    "fiancée": "fiancée", "partner": "partner", "spouse": "spouse", "ex": "ex", "missus": "wife", "fella": "fella",
    "mother": "mother", "mum": "mum", "mom": "mom", "father": "father", "dad": "dad", "sister": "sister", "brother": "brother",
    "daughter": "daughter", "son": "son", "friend": "friend", "best friend": "best friend",
}  # fmt: skip
_PERSON = re.compile(
    r"\bmy (" + "|".join(_PEOPLE) + r")\b(?!['’]s\b|[-\s]in[-\s]law| (?:died|passed|is dead))", re.IGNORECASE
)


def person_in(text: str) -> str | None:
    """How the writer names the person it is about, turned around: "my gf" gives "your girlfriend".

    A partner comes before family and friends. None where nobody is named, or two people who could be meant.
    """
    named = [_PEOPLE[match.lower()] for match in _PERSON.findall(text)]
    partners = [name for name in named if name not in _FAMILY]
    chosen = dict.fromkeys(partners or named)
    return f"your {next(iter(chosen))}" if len(chosen) == 1 else None


def _as_phrase(value: str, goes_on: bool = True) -> str:
    """A saved answer made to fit into a sentence: no last full stop, first letter small unless it is "I" or a name.

    Where our sentence `goes_on` after it, two sentences of the answer become one.
    """
    value = re.sub(r"\.([”\"'’])$", r"\1", value.strip()).rstrip(".!,; ")
    for end, start in reversed(_breaks(value)):
        letter = value[start]
        if goes_on or letter.islower():
            following = value[start + 1 : start + 2]
            kept = letter == "I" and not following.isalpha()
            value = f"{value[:end].rstrip('.!?')}, {letter if kept else letter.lower()}{value[start + 1 :]}"
    first = value.split(" ", 1)[0].rstrip(",") if value else ""
    small = first.lower()
    if first[:1].isupper() and first[1:].islower() and (small in _SMALL_FIRST or small.endswith(_SMALL_ENDINGS)):
        value = value[0].lower() + value[1:]
    return value


def _breaks(value: str) -> list[tuple[int, int]]:
    """Where one sentence of an answer ends and the next begins; "3 a.m.", "Mr. Smith" and "..." are no ends."""
    found = []
    for match in re.finditer(r"(\S*?)([.!?]+)[”\"')]*\s+(?=\w)", value):
        word, marks = match.group(1).lower().lstrip("“\"'("), match.group(2)
        dotted = re.fullmatch(r"(\w\.)+\w", word) and value[match.end()].islower()
        short = marks == "." and (word in _SHORT_FORMS or dotted or re.fullmatch(r"[a-hj-z]", word))
        if word and not short and not marks.startswith(".."):
            found.append((match.start(2) + len(marks), match.end()))
    return found


_SHORT_FORMS = frozenset(["mr", "mrs", "ms", "mx", "dr", "prof", "st", "vs", "approx", "jr", "sr"])


def _when(value: str) -> tuple[str, bool]:
    """What follows "When" as a clause, with that word; True where it stands as sentences of its own instead."""
    whole = re.match(r"(why|how|what|who|where|did|do|does|are|is)\b", value, re.IGNORECASE)
    if value.endswith(("…", "?")) or whole or _breaks(value):
        return _capital(value), True
    value = _as_phrase(value)
    if _OWN_WHEN.match(value):
        return _capital(value), False
    return (f"About {value}" if _THING.fullmatch(value) else f"When {value}"), False


_OWN_WHEN = re.compile(
    r"(every|each|any|the (first|last|next|other|only|one|second|same)|this|that|one|last|all the) (time|day|night|evening|morning)\b"
    r"|(when(ever)?|after|before|while|since|as soon as|as|if|once|until|on|at|during|in|last|because of|by)\b",
    re.IGNORECASE,
)
"""Answers that say themselves when it was."""
_THING = re.compile(
    r"(the|your|his|her|their|our|my|that|this|all the) [\w'’-]+(?<!ed)|\w+ing\b.*|the way \w.*|(?!(you|he|she|they|we|it|i)\b)[\w'’-]+",
    re.IGNORECASE,
)
"""Answers that name a thing and are no clause: "the lies", "your silence", "lying to me"."""


def _is_clause(value: str) -> bool:
    """Whether an answer to "I felt ..." has its own subject: "it hurts", "my chest got tight", "I wanted to run"."""
    return bool(_CLAUSE.match(value))


_CLAUSE = re.compile(
    r"(?:it|this|that)(?= \w)(?!['’]s\b)(?! (?:was|is|were|would|isn['’]?t|wasn['’]?t|i|you|he|she|they|we|it|my|your)\b)"
    r"|i(?!['’]|m\b)\b(?! (?:am|was|had|have|should|could|would|might|must|can|never|always|matter\w*|\w+n['’]?t)\b) \w|my [\w'’]+ (?!\w*ing\b)\w",
    re.IGNORECASE,
)


def _capital(value: str) -> str:
    return value[:1].upper() + value[1:]


_SMALL_ENDINGS = ("ed", "ing", "ful", "less", "ous", "ly", "ish", "able", "ible", "ive", "ty", "ment", "ness")
"""Phones capitalise the first word; these endings say that it is no name."""
_SMALL_FIRST = frozenset(
    [
        "a",
        "an",
        "the",
        "my",
        "your",
        "his",
        "her",
        "their",
        "our",
        "he",
        "she",
        "they",
        "we",
        "you",
        "it",
        "this",
        "that",
        "these",
        "those",
        "when",
        "if",
        "because",
        "to",
        "be",
        "being",
        "not",
        "no",
        "feeling",
        "feel",
        "felt",
        "being",
        "having",
        "had",
        "was",
        "were",
        "am",
        "is",
        "are",
        "at",
        "in",
        "on",
        "with",
        "for",
        "from",
        "some",
        "someone",
        "somebody",
        "something",
        "every",
        "talk",
        "talking",
        "ask",
        "asking",
        "tell",
        "telling",
        "go",
        "going",
        "spend",
        "spending",
        "call",
        "calling",
        "write",
        "writing",
        "sit",
        "sitting",
        "walk",
        "walking",
        "scared",
        "sad",
        "angry",
        "hurt",
        "lonely",
        "worried",
        "anxious",
        "tired",
        "ashamed",
        "jealous",
        "afraid",
        "small",
        "invisible",
        "unsafe",
        "alone",
        "upset",
    ]
)


def _clip(value: str, most: int = MAX_ECHO) -> str:
    value = " ".join(value.split())
    return value if len(value) <= most else value[: most - 1].rsplit(" ", 1)[0].rstrip(",. ") + "…"


def fill(text: str, slots: Mapping[str, str], verbatim: bool = False) -> str:
    """`text` with `{slot}`, `{slot|fallback}` and `[[optional segment]]` filled in.

    Inside curly quotes a slot is put in word for word; elsewhere it is made to fit the sentence. Words of ours that
    the answer brings along are left out: "When {x}" with "every time you shout", "I felt {x}" with "it hurts".
    With `verbatim` every slot is put in as it is: for words of ours (a country, a number, a title).
    Raises KeyError for a slot that has no value, no fallback, and no optional segment around it.
    """

    def optional(match: re.Match[str]) -> str:
        names = _SLOT.findall(match.group(1))
        return match.group(1) if all(slots.get(name) for name, _ in names) else ""

    text = _OPTIONAL.sub(optional, text)
    ended = False  # our sentence was ended early, so what comes next begins one

    def one(match: re.Match[str]) -> str:
        nonlocal ended
        lead, tail, after_end = match["lead"] or "", match["tail"] or "", ended
        ended = False
        value, fallback = slots.get(match[2]), match[3]
        if not value:
            if fallback is None:
                raise KeyError(match[2])
            return f"{lead}{fallback}{tail}"
        before = text[: match.start()]
        if verbatim or (not lead and before.endswith("“")):
            return lead + _clip(value) + tail
        value = _clip(value, MAX_EVENT if lead == "When " and tail else MAX_ECHO)
        starts = bool(_SENTENCE_START.search(before)) or after_end
        if lead == "When " and tail:
            filled, ended = _when(value)
            if ended:
                return filled + ("" if filled[-1] in ".!?…" else ".") + " "
            return filled + tail
        if not lead and starts:
            return value + tail
        value = _as_phrase(value, goes_on=match["next"] not in ("", ".", "\n", "”") or bool(tail))
        if lead in ("I feel ", "I felt ") and _is_clause(value):
            value = re.sub(r"^(it|that|this) hurts\b", r"\1 hurt", value) if lead == "I felt " else value
            return (_capital(value) if starts else value) + tail
        if lead == "I need " and re.match(r"I\b", value):
            return value + tail
        if lead == "that " and _THAT.match(value):
            return value + tail
        return lead + value + tail

    filled = _PLACE.sub(one, text)
    filled = re.sub(r"(?<!\.)([.!?…])(”?)\.(?!\.)", r"\1\2", filled)  # the person's own full stop is enough
    return re.sub(r"[ \t]{2,}", " ", filled).replace(" \n", "\n").strip()


def slots_of(text: str) -> set[str]:
    """Names of slots in `text` that have neither fallback nor an optional segment around them."""
    return {name for name, fallback in _SLOT.findall(_OPTIONAL.sub("", text)) if not fallback}


def _unquoted(answer: str) -> str:
    """`answer` without a pair of quotation marks around the whole of it."""
    for opening, closing in ("“”", '""', "''", "‘’"):
        inside = answer[1:-1]
        if len(answer) > 2 and answer[0] == opening and answer[-1] == closing and closing not in inside:
            return inside.strip()
    return answer


def named_slots(text: str) -> set[str]:
    """Names of all slots in `text`."""
    return {name for name, _ in _SLOT.findall(text)}


def strip_lead_in(answer: str, lead_ins: Sequence[str]) -> str:
    """`answer` without the words in `lead_ins` at its start ("I feel sad" with "i feel" gives "sad").

    A slash in a lead-in gives a choice of words: "i want him/her/them to". One that ends in "…" is the line the person
    was asked to finish: it is put before an answer that finishes it ("to ask me first" with "I'd like …").
    """
    answer = _without_marks(answer)
    openings = [lead.removesuffix("…").strip() for lead in lead_ins if lead.endswith("…")]
    patterns = [
        re.compile(_either(lead) + r"\b[\s,:…]*", re.IGNORECASE)
        for lead in sorted(lead_ins, key=len, reverse=True)
        if not lead.endswith("…")
    ]
    changed = True
    while changed:
        changed = False
        for pattern in patterns:
            match = pattern.match(answer)
            if (
                match
                and match.end() < len(answer)
                and _may_go(match.group().strip(" ,:…").lower(), answer[match.end() :])
            ):
                answer = answer[match.end() :]
                changed = True
    for opening in openings:
        finished = _finish(opening, answer)
        if finished:
            return finished
    return answer


def _without_marks(answer: str) -> str:
    """`answer` without quotes around the whole of it, and without the dots of a line that was to be finished."""
    answer = answer.strip().removesuffix("…").strip().lstrip("….").strip()
    inner = answer.strip('“”"')
    if not re.search(r"[“”\"]", inner):
        answer = inner
    single = re.fullmatch(r"['‘’]([^'‘’].*)['’]", answer)
    answer = single.group(1) if single else re.sub(r"^['‘’](?=cause\b|cos\b|cuz\b)", "", answer)
    return re.sub(r"^((?:\S+ ){0,3}?\S+) +(?:…|\.{3}) *(?=\w)", r"\1 ", answer.strip())


def _either(lead: str) -> str:
    """A pattern for a lead-in: straight or curly apostrophe, and one of the words that slashes part."""
    words = ["(?:" + "|".join(map(re.escape, word.split("/"))) + ")" for word in lead.split(" ") if word]
    pattern = r"\s+".join(words).replace("’", "'").replace("'", "['’]")
    return pattern + (r"(?=\s)" if lead.endswith(" ") else "")


def _may_go(lead: str, rest: str) -> bool:
    """Whether a lead-in may go: "that" only before a clause, and "it makes me" not before a verb ("want to cry")."""
    if lead == "that":
        return bool(_THAT.match(f"that {rest}"))
    return not (re.search(r"(makes?|made) me$", lead) and re.match(rf"({_BARE_VERBS})\b", rest, re.IGNORECASE))


_BARE_VERBS = (
    "want|cry|scream|wonder|think|shake|doubt|question|hate|lose|run|hide|shut|go|panic|spiral|freeze|look|seem|act|do"
    "|feel|believe|wish|need|miss|check|worry|realise|realize|remember|regret|wait|sweat|jump|get|give|pull|stop|start"
)
_THAT = re.compile(
    r"that (i|you|he|she|they|we|it|my|your|his|her|our|their|there|nobody|no one|everyone|everything|sometimes|some)\b",
    re.IGNORECASE,
)


def _finish(opening: str, answer: str) -> str | None:
    """`answer` with the line in front that it was meant to finish; None where it is whole without."""
    last = opening.rsplit(" ", 1)[-1].lower().replace("’", "'")
    if last == "you":
        answer = _said_to(answer) if opening.lower() == "thank you" else answer
        return f"you {_small(answer)}" if _DOING.match(answer) else (answer if opening.lower() == "thank you" else None)
    if last == "i'd":
        return f"{opening} {_small(answer)}" if _DOING_NEXT.match(answer) else None
    if _REST.match(answer) and not _FINITE.match(answer):
        return f"{opening} {re.sub('^being ', 'to be ', _small(answer))}"
    return None


def _small(value: str) -> str:
    """With a small first letter, unless the word is "I" or written in capitals."""
    return value[0].lower() + value[1:] if value[1:2].islower() or value[1:2] in (" ", "") else value


_OBJECT = r"(me|my|mine|us|our|him|her|his|them|their|it|that|this|the|a|an|to|at|in|on|with|for|about|when|so|too|late|first|more|no|every\w+)"
_DOING = re.compile(
    r"(?:(?:never|always|just|suddenly|still|only|even|then|again|simply|really|sometimes|often|secretly|kept|keep) )*"
    r"(?:(?:don'?t|didn'?t|won'?t|wouldn'?t|can'?t|couldn'?t|haven'?t|hadn'?t|aren'?t|weren'?t)(?= \w)"
    r"|(?:came|went|forgot|forget|left|leave|lied|said|told|took|gave|made|make|broke|break|hid|spoke|saw|ate|drank|drove"
    r"|bought|brought|held|kept|keep|let|lent|paid|sent|spent|spend|slept|stayed|stood|sat|woke|wrote|threw|shut|swore|hung"
    r"|got|get|did|do|had|have|were|are|ignore|invite|listen|remember|notice|interrupt|criticise|criticize|compare|apologised"
    r"|came|come|go|stare|shout|yell|scream|roll|raise|disappear|refuse|pretend|choose|chose|meet|met|understood|believe"
    r"|looked|stood|heard|felt|found|thought|knew|built|fixed|fed|sang|taught|bent|put|set|cut|read)(?= \w|$|[.,!])"
    r"|(?:read|call|text|check|look|laugh|talk|walk|touch|hide|lie|say|tell|ask|show|cancel|change|blame|mock|tease|grab|push"
    r"|turn|take|give|open|close|use|answer|leave|stay|scroll|play|drink|smoke|flirt|message|write|follow|hit|treat|drop|pull"
    r"|cut|put|set|bring|buy|show|want|need|see|speak|act|correct|joke|judge|share|wait|work)(?= " + _OBJECT + r"\b)"
    r"|(?!(?:he|she|they|we|it|i|need|indeed|red|bed|bored|tired|scared|hundred)\b)[a-z]+ed(?= \w|$|[.,!]))",
    re.IGNORECASE,
)
"""Answers to "When you ..." or "you ..." that begin with what was done, so that "you" is missing."""
_DOING_NEXT = re.compile(
    r"(not|listen|wait|stop|stay|talk|speak|ask|say|tell|breathe|walk|take|let|leave|keep|apologise|apologize|lower|be|go|try"
    r"|shut|hear|call|come|think|give|put|calm|count|choose|pick|hold|just|never|react|write|answer|bring|make)\b",
    re.IGNORECASE,
)
_REST = re.compile(
    r"(to|you to|us to|we|him to|her to|them to|it if|if you|a|an|the|my|our|your|some|more|less|fewer|any|one|two|three|ten|half"
    r"|what|only|just (a|an|some|one|to)|anyone|anybody|people|being|\w+ing) \w",
    re.IGNORECASE,
)
_FINITE = re.compile(
    r"(?!\w+ to\b|to\b)(?:\S+ ){1,6}?(is|are|was|were|stays?|belongs?|isn['’]?t|aren['’]?t|must|should|can|can['’]?t|will"
    r"|won['’]?t|needs?|has to|have to|goes|doesn['’]?t|don['’]?t|matters?|comes?|ends?)\b",
    re.IGNORECASE,
)
"""Answers that look like the rest of a line, but are sentences: "My diary stays closed"."""


def _said_to(answer: str) -> str:
    """An answer about somebody, turned to them: "He made me tea" gives "you made me tea"."""
    answer = re.sub(r"^(his|her|their) (?=\w)", "your ", answer, flags=re.IGNORECASE)
    answer = re.sub(r"^(he|she)['’]s (?=been|made|done|got|\w+ed\b)", "you've ", answer, flags=re.IGNORECASE)
    answer = re.sub(r"^(he['’]s|she['’]s|they['’]re) ", "you're ", answer, flags=re.IGNORECASE)
    subject = re.match(
        r"(the (?:way|fact that|time|day|night) )?(he|she|they|(?:my|your) (?:best )?[\w-]+) ((?:always|never|still|often|just) )?(?=(\S+))",
        answer,
        re.IGNORECASE,
    )
    if not subject:
        return answer
    named, verb, rest = subject[2].lower(), subject[4].lower(), answer[subject.end() :]
    if named.startswith(("my ", "your ")) and (named.split()[-1] not in _PEOPLE or not _DID.match(verb)):
        return answer
    turned = _TURNED.get(verb) or (verb[:-1] if _DOES.match(verb) else None)
    if turned:
        rest = turned + rest[len(verb) :]
    if not named.startswith(("my ", "your ")):
        rest = re.sub(rf"\b(and|when|that|because|while) {named}\b", r"\1 you", rest)
    return f"{(subject[1] or '').lower()}you {subject[3] or ''}{rest}"


_TURNED = {
    "was": "were", "is": "are", "has": "have", "does": "do", "goes": "go", "tries": "try", "doesn't": "don't", "isn't": "aren't",
    "wasn't": "weren't",
}  # fmt: skip
_DOES = re.compile(r"(cook|make|listen|bring|hold|help|ask|give|wait|call|let|take|smile|tell|keep|come|stay|care)s$")
_DID = re.compile(
    r"(was|is|has|did|does|\w+ed|\w+s|made|gave|came|went|took|brought|held|let|told|said|got|kept|sat|drove|bought|wrote|left"
    r"|paid|woke|sang)\b"
)


def join_words(words: Sequence[str], last: str = "or") -> str:
    """ "a", "a or b", "a, b or c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
