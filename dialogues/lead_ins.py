"""Taking an answer out of the words it began with ("I feel sad" gives "sad"), and finishing half a line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dialogues.fitting import BEGINS_WITH_THAT
from dialogues.wording import PEOPLE


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
        return bool(BEGINS_WITH_THAT.match(f"that {rest}"))
    return not (re.search(r"(makes?|made) me$", lead) and re.match(rf"({_BARE_VERBS})\b", rest, re.IGNORECASE))


_BARE_VERBS = (
    "want|cry|scream|wonder|think|shake|doubt|question|hate|lose|run|hide|shut|go|panic|spiral|freeze|look|seem|act|do"
    "|feel|believe|wish|need|miss|check|worry|realise|realize|remember|regret|wait|sweat|jump|get|give|pull|stop|start"
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
    if named.startswith(("my ", "your ")) and (named.split()[-1] not in PEOPLE or not _DID.match(verb)):
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
