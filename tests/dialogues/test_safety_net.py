"""The safety net hears danger without the model, and keeps quiet on everyday speech."""

from __future__ import annotations

import time

import pytest

from dialogues.safety_net import Entry, load_safety_net

NET = load_safety_net()
HITS = [(entry, text) for entry in NET.entries for text in entry.hits]
MISSES = [(entry, text) for entry in NET.entries for text in entry.misses]

MISSED_BY_OTHERS = [  # CARE.md section 5: signals often missed
    ("I don't want to wake up", "crisis"),
    ("they'd be better off without me", "crisis"),
    ("I've written the letters", "crisis"),
    ("he needs my location or he gets mad", "abuse"),
    ("she keeps my bank card", "abuse"),
    ("I have to ask before I see my sister", "abuse"),
    ("I shoved her, it was one time", "abuse"),
]
EVERYDAY = [
    "got a bloody nose at football and laughed about it",
    "I'm dying to see her", "this traffic kills me", "I could murder a coffee", "we fought about a murder mystery",
    "he hit on me", "she beat me at chess", "my feet are killing me", "shoot me a text when you land", "he cracks me up",
    "i choked up at the wedding speech", "she controls the remote", "he tracks my parcel for me", "we argue a lot about money",
    "she yelled at me once in traffic", "i keep wanting to check his phone", "he never lets me finish a sentence",
    "I would never hurt her", "he has never hit me", "I'm not suicidal, just tired", "the team got killed on saturday",
    "my phone died in the middle of our fight", "i'd kill for a nap", "that joke was so bad i died", "he ghosted me and it hurt",
    "it hit me that we never talk", "hit me up when you are free", "she threw me a surprise party", "he burned the toast again",
    "I cut my hair after the breakup", "he hung up on me", "we hang out with his ex", "jump in the shower then call me",
    "he pushed me to apply for the job", "i got hit by a wave of jealousy", "the deadline is killing us both", "she stalks my playlist",
    "i was hurt when he forgot my birthday", "we broke up and i cried all week", "I feel like a ghost in my own marriage",
    "he said he would die for me, cute", "the baby kicked me all night", "my dog bit the postman", "my boss is a slave driver",
    "he makes me laugh until i cry", "i punched the air when she said yes", "he drives me mad with his socks",
    "she's scared of spiders and i have to save her", "i'm afraid he'll leave me", "i'm afraid to lose her", "he's afraid of commitment",
    "we are not allowed pets in the flat", "the doctor won't let me run", "my mum keeps my spare key", "he checks the football every night",
    "she wants me to share my location when i drive at night and i like it", "i asked before i invited my sister",
    "we set a rule about exes", "he took my hoodie", "i gave her my card to buy lunch", "he locked himself out again",
    "she grabbed my hand and kissed it", "he grabbed us coffee", "we wrestled on the sofa laughing", "she slapped the mosquito on my arm",
    "he shoved the clothes into the bag", "my ex threatened to keep the cat lol", "i threatened to eat his chocolate",
    "she forced me to watch all the films", "he forced a smile", "i forced myself to say sorry", "she's got a killer smile",
    "this song is called suicide blonde", "i'm writing an essay about domestic violence laws", "he works at a suicide hotline",
    "I am ending the relationship", "should i end things", "let's end it here, i told him", "i can't live without coffee",
    "i don't want to live with his parents", "i don't want to be here for christmas with his mother", "i'm tired of arguing",
    "i'm sick of waiting", "i gave up on dating", "nobody noticed my new hair", "nobody thanks me at work", "i feel invisible next to her",
    "i want to disappear when she talks to her ex at parties", "i wanted the ground to swallow me", "he's dead to me", "dead tired today",
    "over my dead body will his ex come to the wedding", "he'd rather die than dance", "i nearly died of shame",
    "she's a knockout", "we clash about chores", "he bombards me with memes", "she roasted me at dinner, so funny", "we bicker",
    "his silence is deafening", "i explode and then say sorry", "we had a blazing row about the dishes", "she slammed the door and left",
    "he swore at the printer", "the fight ended with a hug", "i lost my temper and shouted", "he shouted at me yesterday",
    "she called me boring", "he ignores me for days", "he lied about the money", "she cheated on me", "he reads my messages over my shoulder",
    "i looked through her phone and feel bad", "i checked his location because i was worried", "jealousy eats me alive",
    "my heart is broken", "i cry myself to sleep", "i feel empty since she left", "everything reminds me of him", "i hate mondays",
    "what is a good gift for an anniversary", "how do i say sorry", "how long does therapy take", "can we do a check in", "delete my data",
]  # fmt: skip


def heard(text: str) -> tuple[str, str] | None:
    signal = NET.scan(text)
    return (signal.kind, signal.strength) if signal else None


@pytest.mark.parametrize(("entry", "text"), HITS, ids=[f"{entry.id}: {text[:40]}" for entry, text in HITS])
def test_what_an_entry_is_for_is_heard(entry: Entry, text: str) -> None:
    signal = NET.scan(text)
    assert signal, text
    assert signal.kind == entry.kind or (signal.kind == "crisis" and entry.kind == "abuse")
    assert signal.strength == "strong" or entry.strength == "weak"


@pytest.mark.parametrize(("entry", "text"), MISSES, ids=[f"{entry.id}: {text[:40]}" for entry, text in MISSES])
def test_what_is_near_an_entry_is_not_taken_for_it(entry: Entry, text: str) -> None:
    assert heard(text) is None


@pytest.mark.parametrize(("text", "kind"), MISSED_BY_OTHERS)
def test_signals_that_other_bots_missed_are_heard(text: str, kind: str) -> None:
    assert heard(text) == (kind, "strong")


def test_everyday_speech_sets_off_no_alarm() -> None:
    signals = {text: heard(text) for text in EVERYDAY}
    assert len(EVERYDAY) >= 120
    assert [text for text, signal in signals.items() if signal and signal[1] == "strong"] == []
    assert len([text for text, signal in signals.items() if signal]) <= 2, signals


@pytest.mark.parametrize(
    "change", [str.upper, lambda t: t.replace("'", "’"), lambda t: t[:3] + "\u200b" + t[3:], lambda t: f"{t}!!!"]
)
def test_the_way_it_is_typed_does_not_matter(change: object) -> None:
    for text, kind in [*MISSED_BY_OTHERS, ("i want to kill myself", "crisis"), ("he hit me again", "abuse")]:
        signal = NET.scan(change(text))  # type: ignore[operator]
        assert signal, text
        assert signal.kind == kind


def test_a_denial_does_not_silence_the_next_clause() -> None:
    assert heard("I'm not suicidal but I don't want to be here anymore") == ("crisis", "strong")
    assert heard("he doesn't hit me. he locks me in the house") == ("abuse", "strong")


@pytest.mark.parametrize(
    "text", ["", " ", "\x00" * 50, "🙂" * 4096, "a" * 4096, "die " * 1024, "he hit " * 600, "\u202e\u200b<b>&"]
)
def test_hostile_text_does_no_harm(text: str) -> None:
    begin = time.perf_counter()
    NET.scan(text)
    assert time.perf_counter() - begin < 2
