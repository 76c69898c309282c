"""When somebody would like to hear from us, in their own words: "every sunday at 7pm", "in two hours", "make it 9".

The words for a repetition and for the time of day are read here, because what matters is what must *not* be understood
("we fought at 9"): every word of the message has to be accounted for. The calendar ("next friday", "in 3 days", "the
3rd of december") is left to dateparser. Tried beside it: recurrent (last release 2021) reads repetitions, but also "we
fought at 9", and takes "tonight at 9" for the morning; parsedatetime (2020) finds a time in "sat nights" and "monday"
but loses the repetition; python-dateutil's parser does not know "tomorrow". dateparser is released several times a
year, takes a base time, and says None to what is no date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from dialogues.clocks import Clock, clock_in

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKDAYS = (0, 1, 2, 3, 4)
WEEKEND = (5, 6)
PARTS = {"morning": (9, 0), "lunchtime": (12, 30), "afternoon": (15, 0), "evening": (19, 0), "night": (21, 0)}
"""The time that is meant by a part of the day alone; the person sees it before it counts."""
AWAKE = range(7, 23)
"""Hours in which a bare "at 8" is looked for first when it is about today."""
MAX_WORDS = 14
MAX_AHEAD = timedelta(days=366)


@dataclass(frozen=True)
class Once:
    """One time: `at` is aware, in the zone of the person."""

    at: datetime


@dataclass(frozen=True)
class Daily:
    """Every day, at `clock` where one was named."""

    clock: Clock | None = None


@dataclass(frozen=True)
class Weekly:
    """On those days (0 = Monday, in order) at `clock` where one was named.

    `every` is False for a bare "sunday at 7pm": the next one or each week, as the question was.
    """

    days: tuple[int, ...]
    clock: Clock | None = None
    every: bool = True


@dataclass(frozen=True)
class AtTime:
    """A time of day alone: a change of what is set, or the answer to "at what time?"."""

    clock: Clock


@dataclass(frozen=True)
class Stop:
    """No more of it."""


@dataclass(frozen=True)
class Gone:
    """A single time that was plainly named and is past."""

    at: datetime


When = Once | Daily | Weekly | AtTime | Stop | Gone


def _several(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_SHORT = r"mon(?:day)?|tue(?:s|sday)?|wed(?:s|nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
_DAY = re.compile(rf"\b({_SHORT})(s)?\b")
_DAY_RANGE = re.compile(rf"\b({_SHORT})s? ?(?:-|to|till|until|through|thru) ?({_SHORT})s?\b")
_EVERY_DAY = re.compile(r"\b(?:every ?(?:single )?day|each day|daily|once a day|(?:all )?(?:7|seven) days a week)\b")
_EVERY_PART = re.compile(
    r"\b(?:every|each) (morning|lunchtime|afternoon|evening|night)s?\b|\b(mornings|afternoons|evenings|nights)\b"
)
_PLURAL_PART = re.compile(r"\b(?:morning|afternoon|evening|night)s\b")
_WORKING = re.compile(r"\b(?:(?:every|each|on) )?(?:week ?days?|work(?:ing)? ?days?)\b")
_WEEKEND = re.compile(r"\b(?:every|each|on|at)(?: the)? week ?ends?\b|\bweekends\b")
_EVERY = re.compile(r"\b(?:every|each|weekly|once a week|every week|each week)\b")
_NOT_WEEKLY = re.compile(
    r"\b(?:every|each) (?:other|second|third|fourth|2nd|3rd|two|three|few|\d+)\b|\bfortnightly|\b(?:twice|times) a\b|"
    r"\b(?:monthly|yearly|hourly)|\bevery (?:month|year|hour|minute)|\bexcept\b|\bnot\b|\bno\b"
)
_PART = re.compile(
    r"\b(?:(?:in|during) the |at |this )?(morning|lunch ?time|lunch|afternoon|evening|night|arvo)s?\b"
    r"|\b(tonight|tonite|2nite)\b|\b(?:before|at) (bed(?: ?time)?)\b"
)
_WORD_HOUR = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_CLOCKS = (
    re.compile(rf"\b(?:at |around |about )?(?:half|quarter|a quarter) (?:past|to) (?:{_WORD_HOUR}|\d{{1,2}})(?: ?[ap]m)?\b"),
    re.compile(r"(?<![\d:.])(?:at |around |about |by |@ ?)?(?:[01]?\d|2[0-3])(?:[:.h][0-5]\d)? ?[ap]\.?m\b\.?"),
    re.compile(r"(?<![\d:.])(?:at |around |about |by |@ ?)?(?:[01]?\d|2[0-3])[:.h][0-5]\d(?![\d:.])(?: ?h(?:rs?|ours)?\b)?"),
    re.compile(rf"\b(?:at |around |about )?(?:{_WORD_HOUR}|\d{{1,2}}) ?o'?clock\b"),
    re.compile(rf"(?:\b(?:at|around|about|by|to|for)|@) ?(?:{_WORD_HOUR}|[01]?\d|2[0-3])(?:ish)?(?![\d:./-])\b(?! ?(?:min|hour|hr|day|week|month|st|nd|rd|th))"),
    re.compile(r"\b(?:at )?(?:noon|midday|mid day|midnight)\b"),
)  # fmt: skip
_BARE = re.compile(rf"(?<![\d:./-])\b({_WORD_HOUR.removeprefix('one|')}|[01]?\d|2[0-3])(?:ish)?\b(?![\d:./-])")
_CERTAIN = re.compile(r"\d ?[ap]\.?m\b|\d[:.h]\d\d|\b(?:1[3-9]|2[0-3])\b|\b(?:noon|midday|midnight|mid day)\b")
_FRAME = re.compile(
    r"^(?:(?:please|pls|ok(?:ay)?|yes|yeah|hey|hi|actually|maybe|and|so|well|sorry|no|rather|better|can|could|would|will|"
    r"you|i|i'd|i'll|would|want|like|love|prefer|need|it|that|them|this|to|be|get|have|let's|lets|how|what|about|make|"
    r"change|move|set|put|do|send|give|one|me|my|us|a|the|your|remind|reminder|reminders|ask|ping|message|text|write|"
    r"notify|nudge|prompt|poke|buzz|reminded|prompted|time|notification|nudges|pings|check|check-in|checkin|in with|with|idea|ideas|weekly|for|say|try|again|just|best|is|schedule) )+"
)
_ASKS = re.compile(
    r"\b(?:remind|ask|ping|message|nudge|notify|text|write|write to|prompt|poke|buzz) me\b|\bbe reminded\b|\bcheck in (?:with|on) me\b|\bsend (?:me|it)\b|"
    r"\breminder\b"
)
_CHANGES = re.compile(
    r"\b(?:make (?:it|that|them)|change (?:it|that|the time|them)?|move (?:it|that|them)?|instead|rather|set it)\b"
)
_ABOUT = re.compile(
    r"\b(?:(?:remind|ask|ping|message|nudge|text) me|check in with me) (?:to|about|of|that|how)\b(?: [a-z']+){1,6}?"
    r"(?= (?:every|each|daily|on|at|in|tomorrow|tonight|today|this|next|weekdays|weekends|once|before|after)\b|$)"
)
_TRAILING = frozenset(
    _several(
        "please pls thanks thank you thx ty instead then again too now from on would be good nice great fine better best "
        "works work for me my time is ok okay if possible sharp ish or so about around at the in and a of day week local "
        "every each just also only maybe perhaps it that this alright cool perfect suits bit later"
    )
)
"""Words that may stand beside a time and change nothing."""
_STOP = re.compile(
    r"(?:(?:please|pls|ok|okay|can you|could you|i want (?:you )?to|i'd like (?:you )?to|just) )*"
    r"(?:(?:stop|end|cancel|quit|pause|disable|mute|remove|delete|turn off|switch off|no more|get rid of)"
    r"(?: (?:sending|giving|writing))?(?: me)?(?: with)?(?: (?:the|these|those|all|all the|my|any|any more|your))?"
    r"(?: (?:weekly|daily|appreciation|unasked))* ?"
    r"(?:reminders?|ideas?|prompts?|check ?-?ins?|notifications?|nudges?|pings?|daily questions?|messages|these|those|it)"
    r"|(?:turn|switch) (?:the |my |all |these |those )*(?:weekly |daily )*"
    r"(?:reminders?|ideas?|prompts?|check ?-?ins?|notifications?|it|them) off"
    r"|(?:stop|quit) (?:reminding|asking|pinging|messaging|texting|nudging) me"
    r"|(?:don't|dont|do not|never) (?:remind|ask|ping|message|text|nudge) me"
    r"|(?:i )?(?:don't|dont|do not) (?:want|need|like) (?:the |these |those |any |your |more |to get )*"
    r"(?:weekly |daily )*(?:reminders?|ideas?|prompts?|check ?-?ins?|notifications?)"
    r"|unsubscribe|reminders? off|no (?:more )?reminders)"
    r"(?: (?:please|pls|now|for now|any ?more|again|thanks|thank you|everyday|every day|every week|then|ok|okay|about this))*"
)

_STOP_WHAT = re.compile(r"\b(?:it|these|those|messages|them)(?: off)?(?: please| now)?$")
"""What "stop it" stops is plain only where a reminder was just spoken of."""

_MONTHS = _several(
    "january february march april may june july august september october november december jan feb mar apr jun jul aug "
    "sep sept oct nov dec"
)
_UNITS = _several("minute minutes min mins hour hours hr hrs h day days week weeks fortnight month months")
_DATE_WORDS = frozenset(
    [*_MONTHS, *_UNITS, "in", "on", "the", "of", "a", "an", "next", "this", "coming", "day", "after", "tomorrow", "today",
     "from", "now", "and", *_WORD_HOUR.split("|"), *(day.lower() for day in DAYS),
     "mon", "tue", "tues", "wed", "weds", "thu", "thur", "thurs", "fri", "sat", "sun"]
)  # fmt: skip
_DATE_NUMBER = re.compile(r"\d{1,2}(?:st|nd|rd|th)|\d{1,4}|\d{1,3}(?:\.5)?(?:h|hrs?|min|mins|d|w)?|20\d\d-\d\d-\d\d")
_ORDINAL = re.compile(r"^(?:on )?the (\d{1,2})(?:st|nd|rd|th)$")
_SPAN = re.compile(
    r"^(?:in|an?|\d|half|one|two|three|four|five|six|seven|eight|nine|ten|twelve).*\b(?:min\w*|h|hours?|hrs?)\b|^in \d+(?:h|m)"
)
_SPELLINGS = (
    (r"\b(?:tmrw|tmr|tmrow|tomoz|2moro|2morrow|tomorow|tommorow|tommorrow|tomorrows?)\b", "tomorrow"),
    (r"\b(?:to ?nite|2nite|tonite|this evening at|to night)\b", "tonight"),
    (r"\bto ?day\b", "today"),
    (r"\bmidday\b", "noon"),
    (r"\bu\b", "you"),
    (r"\b([01]\d|2[0-3])([0-5]\d)(?= ?(?:h|hrs|hours)?$)", r"\1:\2"),
    (r" (?:not|nt|instead of)(?: at)? (?:\d{1,2}(?:[:.]\d\d)?(?:[ap]m)?|\w+)$", " instead"),
    (r"\b(?:an?|one) hour and a half\b", "90 minutes"),
    (r"\bhalf (?:an?|of an) hour\b", "30 minutes"),
    (r"\b(?:three )?quarters? of an hour\b", "45 minutes"),
    (r"\b(an?|one) quarter of an hour\b", "15 minutes"),
    (r"\ba couple(?: of)? (?=hours|days|minutes|weeks)", "2 "),
    (r"\ba few (?=hours|days|minutes|weeks)", "3 "),
    (r"\ba fortnight\b", "2 weeks"),
    (r"\bin the (morning|afternoon|evening)\b", r"\1"),
    (r"\b(?:day after tomorrow|overmorrow)\b", "day after tomorrow"),
    (r"\bhalf (one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b", r"half past \1"),
)


def read_when(text: str, now: datetime, *, asked: bool = False, current: Clock | None = None) -> When | None:
    """What time `text` names, all of it; None where it is about something else, or about two things.

    `now` is aware, in the zone of the person. With `asked` the text answers our question for a time, so a bare number
    is an hour. `current` is what is set so far: "make it 9" stays on that half of the day.
    """
    words = _spelt(text)
    if not words or len(words.split()) > MAX_WORDS:
        return None
    if re.match(r"good (?:morning|afternoon|evening|night)", words):
        return None
    if _STOP.fullmatch(words) and (asked or not _STOP_WHAT.search(words)):
        return Stop()
    if "?" in text and not _ASKS.search(words) and not re.match(r"(?:can|could|how about|what about)\b", words):
        return None
    return _read(words, now, asked, current)


def _spelt(text: str) -> str:
    """Lower case, one spelling for each word, punctuation gone where it carries nothing."""
    words = text.lower().replace("’", "'").replace("–", "-").replace("−", "-")
    words = re.sub(r"[!?,;…\"“”()&]+|(?<!\d)\.|\.(?!\d)", lambda m: " and " if m.group() == "&" else " ", words)
    words = re.sub(r"([ap])\.? ?m\b\.?", r"\1m", words)
    words = re.sub(r"(\d) ([ap]m)\b", r"\1\2", words)
    words = " ".join(words.split())
    for pattern, spelling in _SPELLINGS:
        words = re.sub(pattern, spelling, words)
    return words


def _read(words: str, now: datetime, asked: bool, current: Clock | None) -> When | None:
    if _NOT_WEEKLY.search(re.sub(r"^no ", "", words)):
        return None
    asks, changes = bool(_ASKS.search(words)), bool(_CHANGES.search(words))
    rest = _ABOUT.sub(" ", words).strip()
    rest, days, every = _take_days(rest)
    rest, part = _take_part(rest)
    rest, clock = _take_clock(rest, part, asked or changes or days is not None or bool(part))
    rest = _FRAME.sub("", rest.strip() + " ").strip()
    left = " ".join(rest.split())
    time_of_day = _settled(clock, part)
    if days is not None:
        if not _is_filler(left) or (len(days) == 7 and not every):
            return None
        if len(days) == 7:
            return Daily(time_of_day)
        return Weekly(days, time_of_day, every)
    span = _span(left, now)
    if span:
        return span if clock is None else None
    day = None if _is_filler(left) else _date_in(left, now)
    if day is None and not _is_filler(left):
        return None
    if part == "tonight" or (day is None and part and _says_this(words)):
        day = now.date() if day is None else day
    if day is not None:
        return _on(day, clock, part, now)
    if clock is None:
        return None if part is None or not (asked or changes or asks) else AtTime(PARTS[part])
    if asks and not changes:
        return _soon(clock, part, now)
    return AtTime(_near(clock, part, current))


def _is_filler(left: str) -> bool:
    return all(word in _TRAILING for word in left.split())


def _says_this(words: str) -> bool:
    return re.search(r"\bthis (?:morning|lunch ?time|afternoon|evening)\b", words) is not None


def _day(word: str) -> int:
    return next(index for index, name in enumerate(DAYS) if name.lower().startswith(word[:3]))


def _take_days(words: str) -> tuple[str, tuple[int, ...] | None, bool]:
    """The days of a repetition, and the words without them. None where it is a date or no day at all."""
    found: set[int] = set()
    every = False
    if _EVERY_DAY.search(words):
        return _EVERY_DAY.sub(" ", words), tuple(range(7)), True
    for pattern, days in ((_WORKING, WEEKDAYS), (_WEEKEND, WEEKEND)):
        if pattern.search(words):
            words, every = pattern.sub(" ", words), True
            found |= set(days)
    for first, last in _DAY_RANGE.findall(words):
        begin, end = _day(first), _day(last)
        found |= {(begin + step) % 7 for step in range((end - begin) % 7 + 1)}
        every = True
    words = _DAY_RANGE.sub(" ", words)
    named = _DAY.findall(words)
    is_date = re.search(
        rf"\b(?:this|next|coming)(?: coming)? (?:{_SHORT})\b|\b(?:{'|'.join(_MONTHS)})\b|\d(?:st|nd|rd|th)\b", words
    )
    if named and not (is_date and len(named) == 1 and not _EVERY.search(words)):
        every = every or bool(_EVERY.search(words)) or bool(_PLURAL_PART.search(words))
        every = every or any(plural for _, plural in named) or len(named) > 1
        found |= {_day(name) for name, _ in named}
        words = re.sub(r"\b(?:on|of|and|or|every|each) (?=\s|$)", " ", _DAY.sub(" ", words))
    if found:
        return _EVERY.sub(" ", words), tuple(sorted(found)), every
    part = _EVERY_PART.search(words)
    if part:
        name = (part[1] or part[2]).rstrip("s")
        return _EVERY_PART.sub(f" {name} ", words), tuple(range(7)), True
    return words, None, False


def _take_part(words: str) -> tuple[str, str | None]:
    """The part of the day: morning, lunchtime, afternoon, evening, night, or tonight."""
    found = _PART.search(words)
    if not found:
        return words, None
    name = found[1] or ("tonight" if found[2] else "night")
    name = {"lunch": "lunchtime", "lunch time": "lunchtime", "arvo": "afternoon"}.get(name, name)
    return f"{words[: found.start()]} {words[found.end() :]}", name


def _take_clock(words: str, part: str | None, bare: bool) -> tuple[str, tuple[Clock, bool] | None]:
    """The time of day, whether its half of the day is certain, and the words without it; `bare` numbers count, too."""
    date_number = re.compile(rf"\b\d{{1,2}} (?:of )?(?:{'|'.join(_MONTHS)})\b|\b(?:{'|'.join(_MONTHS)}) \d{{1,2}}\b")
    for pattern in (*_CLOCKS, *((_BARE,) if bare or _BARE.fullmatch(words.strip()) else ())):
        if pattern is _BARE and (
            date_number.search(words) or re.search(rf"\d ?(?:{'|'.join(_UNITS)})\b", words) or not (bare)
        ):
            continue
        found = pattern.search(words)
        if not found:
            continue
        said = found.group().replace("ish", "").replace("@", "at ")
        if pattern is _BARE:
            said = f"at {said}"
        said = re.sub(r"^(?:around|about|by|to|for) (?=\w+$)", "at ", said)
        clock = clock_in(f"{said} {_as_said(part)}".strip())
        if clock is None:
            continue
        certain = bool(part) or bool(_CERTAIN.search(said)) or clock[0] == 0
        return f"{words[: found.start()]} {words[found.end() :]}", (clock, certain)
    return words, None


def _as_said(part: str | None) -> str:
    return {"morning": "in the morning", "night": "at night", "lunchtime": ""}.get(part or "", part or "")


def _settled(clock: tuple[Clock, bool] | None, part: str | None) -> Clock | None:
    if clock:
        return clock[0]
    return PARTS["night" if part == "tonight" else part] if part else None


def _near(clock: tuple[Clock, bool], part: str | None, current: Clock | None) -> Clock:
    """An hour said without its half of the day, on the half that `current` is on."""
    (hour, minute), certain = clock
    if certain or part or current is None:
        return hour, minute
    return hour % 12 + (12 if current[0] >= 12 else 0), minute


def _local(day: date, clock: Clock, now: datetime) -> datetime:
    """That local time, moved to the next valid minute where the clock skips it."""
    return datetime.combine(day, time(*clock), tzinfo=now.tzinfo).astimezone(UTC).astimezone(now.tzinfo)


def _once(at: datetime, now: datetime) -> When | None:
    if at <= now:
        return Gone(at)
    return Once(at) if at - now <= MAX_AHEAD else None


def _on(day: date, clock: tuple[Clock, bool] | None, part: str | None, now: datetime) -> When | None:
    """A single time on `day`."""
    if clock is None:
        if part is None:
            return None  # "tomorrow" alone: the hour is missing
        at = _local(day, PARTS["night" if part == "tonight" else part], now)
        if part == "tonight" and at <= now and now.hour < AWAKE.stop:
            at = (now + timedelta(hours=1)).replace(second=0, microsecond=0)  # "tonight", and it is night already
        return _once(at, now)
    (hour, minute), certain = clock
    if part in ("tonight", "night") and (hour < 5 or 12 <= hour < 17):  # "tonight at 1" is after midnight
        return _once(_local(day + timedelta(days=1), (hour % 12, minute), now), now)
    if day == now.date() and not certain:
        later = [_local(day, (half, minute), now) for half in (hour % 12, hour % 12 + 12)]
        return _once(next((at for at in later if at > now), later[-1]), now)
    return _once(_local(day, (hour, minute), now), now)


def _soon(clock: tuple[Clock, bool], part: str | None, now: datetime) -> When | None:
    """The next time that a clock shows it; of "at 8" the one while people are awake."""
    (hour, minute), certain = clock
    hours = [hour] if certain or part else [hour % 12, hour % 12 + 12]
    hours = [one for one in hours if one in AWAKE] or hours
    times = [_local(now.date() + timedelta(days=ahead), (one, minute), now) for ahead in (0, 1) for one in hours]
    return _once(min(at for at in times if at > now), now)


def _date_in(words: str, now: datetime) -> date | None:
    """The day that `words` name, all of them; None where they name none."""
    known = [word for word in words.split() if word in _DATE_WORDS or _DATE_NUMBER.fullmatch(word)]
    left = [word for word in words.split() if word not in known]
    if not known or not all(word in _TRAILING for word in left):
        return None
    phrase = " ".join(known)
    if phrase in ("today", "tomorrow"):
        return now.date() + timedelta(days=phrase == "tomorrow")
    ordinal = _ORDINAL.match(phrase)
    if ordinal:
        return _next_month_day(int(ordinal[1]), now.date())
    says_what = set(known) & {*_MONTHS, *_UNITS, "tomorrow", *(day.lower() for day in DAYS)} - {"a"}
    if not says_what and not re.search(rf"\b(?:{_SHORT})\b|\d\d\d\d-\d\d|\d(?:h|d|w|min|mins)\b", phrase):
        return None
    found = _calendar(phrase.replace("coming ", "").removeprefix("on "), now.replace(tzinfo=None))
    return found.date() if found else None


def _span(words: str, now: datetime) -> When | None:
    """ "in two hours", "half an hour from now": counted on the world's clock, not on one that is being changed."""
    words = " ".join(
        word for word in words.split() if word not in ("please", "pls", "thanks", "or", "so", "instead", "about")
    )
    if not _SPAN.search(words) or not ("in " in f"{words} " or words.endswith("from now")):
        return None
    if not all(word in _DATE_WORDS or _DATE_NUMBER.fullmatch(word) for word in words.split()):
        return None
    found = _calendar(words, now.astimezone(UTC).replace(tzinfo=None))
    if found is None:
        return None
    return _once(found.replace(tzinfo=UTC, second=0, microsecond=0).astimezone(now.tzinfo), now)


def _next_month_day(number: int, today: date) -> date | None:
    for ahead in range(1, 62):
        day = today + timedelta(days=ahead)
        if day.day == number:
            return day
    return None


def _calendar(phrase: str, base: datetime) -> datetime | None:
    """dateparser's reading of `phrase`, counted from the naive `base`; imported on first use, it takes a while."""
    import dateparser

    return dateparser.parse(
        phrase,
        languages=["en"],
        settings={
            "RELATIVE_BASE": base,
            "PREFER_DATES_FROM": "future",
            "TIMEZONE": "UTC",
            "PARSERS": ["relative-time", "absolute-time"],
        },
    )


def next_of(when: Daily | Weekly, now: datetime) -> datetime | None:
    """The first time after `now` that it falls due; None while the time of day is open."""
    if when.clock is None:
        return None
    days = range(7) if isinstance(when, Daily) else when.days
    for ahead in range(8):
        day = now.date() + timedelta(days=ahead)
        at = _local(day, when.clock, now)
        if day.weekday() in days and at > now:
            return at
    return None


def in_words(when: Once | Daily | Weekly | AtTime, now: datetime) -> str:
    """ "every Sunday at 19:00", "on weekdays at 08:00", "tomorrow at 09:00", for showing it back."""
    if isinstance(when, Once):
        at = when.at.astimezone(now.tzinfo)
        return f"{_day_in_words(at, now)} at {at:%H:%M}"
    clock = f" at {when.clock[0]:02d}:{when.clock[1]:02d}" if when.clock else ""
    if isinstance(when, AtTime):
        return clock.strip()
    if isinstance(when, Daily):
        return f"every day{clock}"
    if when.days == WEEKDAYS:
        return f"on weekdays{clock}"
    if when.days == WEEKEND:
        return f"on Saturdays and Sundays{clock}"
    names = [DAYS[day] for day in when.days]
    if len(names) == 1:
        return f"{'every' if when.every else 'on'} {names[0]}{clock}"
    return f"on {', '.join(f'{name}s' for name in names[:-1])} and {names[-1]}s{clock}"


def _day_in_words(at: datetime, now: datetime) -> str:
    ahead = (at.date() - now.date()).days
    if ahead == 0:
        return "tonight" if at.hour >= 18 else "today"
    if ahead == 1:
        return "tomorrow"
    return f"on {DAYS[at.weekday()]}" if ahead < 7 else f"on {at:%A} {at.day} {at:%B}"
