"""From the model's ranking and the safety net to what the bot acts on: one label, or `unsure`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dialogues.events import Ranked, Understanding
from dialogues.labels import SAFETY, THEMES, UNSURE
from dialogues.safety_net import SafetyNet, Signal


@dataclass(frozen=True)
class Thresholds:
    """Confidences, 0 to 1, from which the bot acts on the model; chosen by cross-validation (docs/nlu.md)."""

    sure: float = 0.3
    """Below this the best label is not acted on."""
    margin: float = 0.04
    """Two labels closer than this are too close to choose."""
    danger: float = 0.37
    """From here crisis and abuse together count as heard, even where another label is likelier."""
    hint: float = 0.17
    """From here they are a weak sign: the bot asks gently, and a weak pattern beside it makes it strong."""
    second_theme: float = 0.2
    """From here a second theme is reported too."""


def understand(text: str, ranking: Sequence[Ranked] | None, net: SafetyNet, thresholds: Thresholds) -> Understanding:
    """What `text` is about. `ranking` is the model's, best first; None where the model could not be asked."""
    heard = net.scan(text)
    if not ranking:
        label = heard.kind if heard and heard.strength == "strong" else UNSURE
        return Understanding(label, 1.0 if heard else 0.0, (), heard, available=False)
    signal = _signal(heard, ranking, thresholds)
    best = ranking[0]
    if signal and signal.strength == "strong":
        of_kind = next((item.confidence for item in ranking if item.name == signal.kind), 0.0)
        confidence = max(of_kind, 0.9 if signal == heard else 0.0)
        return Understanding(signal.kind, confidence, tuple(ranking), signal)
    others = [item for item in ranking if item.name not in SAFETY]
    best = others[0] if others else best
    second = others[1].confidence if len(others) > 1 else 0.0
    unclear = best.confidence < thresholds.sure or best.confidence - second < thresholds.margin
    also = tuple(
        item.name
        for item in others[1:3]
        if item.name in THEMES and best.name in THEMES and item.confidence >= thresholds.second_theme
    )
    return Understanding(UNSURE if unclear else best.name, best.confidence, tuple(ranking), signal, also)


def _signal(heard: Signal | None, ranking: Sequence[Ranked], thresholds: Thresholds) -> Signal | None:
    """The patterns' signal joined with the model's: two weak voices make a strong one."""
    if heard and heard.strength == "strong":
        return heard
    dangers = [item for item in ranking if item.name in SAFETY]
    joined = sum(item.confidence for item in dangers)
    if joined < thresholds.hint:
        return heard
    loudest = max(dangers, key=lambda item: item.confidence)
    strong = joined >= thresholds.danger or heard is not None
    if not strong:
        return Signal(loudest.name, "weak", "self", "model", "en")  # type: ignore[arg-type]
    about, language = (heard.about, heard.language) if heard else ("self", "en")
    return Signal(loudest.name, "strong", about, "model", language)  # type: ignore[arg-type]
