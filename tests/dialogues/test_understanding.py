"""From the model's ranking and the patterns to the one label that is acted on."""

from __future__ import annotations

import pytest

from dialogues.events import Ranked
from dialogues.safety_net import load_safety_net
from dialogues.understanding import Thresholds, understand

NET = load_safety_net()
T = Thresholds()


def ranked(**shares: float) -> list[Ranked]:
    return sorted((Ranked(name, share) for name, share in shares.items()), key=lambda item: -item.confidence)


def test_a_sure_label_is_acted_on() -> None:
    understood = understand("she likes his photos", ranked(jealousy=0.9, suspicion=0.05), NET, T)
    assert (understood.label, understood.confidence, understood.signal) == ("jealousy", 0.9, None)


@pytest.mark.parametrize("shares", [{"jealousy": 0.28, "suspicion": 0.1}, {"jealousy": 0.45, "suspicion": 0.44}])
def test_a_doubtful_one_is_asked_about(shares: dict[str, float]) -> None:
    assert understand("hm", ranked(**shares), NET, T).label == "unsure"


def test_a_second_theme_is_reported() -> None:
    assert understand("x", ranked(jealousy=0.6, suspicion=0.3, greet=0.1), NET, T).also == ("suspicion",)
    assert understand("x", ranked(jealousy=0.6, greet=0.3), NET, T).also == ()


def test_patterns_win_over_the_model() -> None:
    understood = understand("i want to die", ranked(mood_low=0.95, crisis=0.01), NET, T)
    assert understood.label == "crisis"
    assert understood.signal
    assert understood.signal.strength == "strong"


def test_the_model_hears_danger_even_where_another_label_is_likelier() -> None:
    assert understand("x", ranked(self_esteem=0.52, crisis=0.45), NET, T).label == "crisis"


def test_danger_split_between_both_kinds_is_danger() -> None:
    assert understand("x", ranked(crisis=0.3, abuse=0.31, conflict=0.3), NET, T).label == "abuse"


def test_a_hint_is_asked_about() -> None:
    understood = understand("x", ranked(self_esteem=0.7, crisis=0.25), NET, T)
    assert understood.label == "self_esteem"
    assert understood.signal
    assert understood.signal.strength == "weak"


def test_without_the_model_the_patterns_still_hear() -> None:
    assert understand("i want to die", None, NET, T).label == "crisis"
    quiet = understand("she likes his photos", None, NET, T)
    assert (quiet.label, quiet.available) == ("unsure", False)
