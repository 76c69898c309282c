"""What Prometheus may know: numbers and kinds, never a person, a text or a name."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from prometheus_client import Counter, Gauge, Histogram

from dialogues.events import Understanding
from dialogues.labels import UNSURE

Stage = Literal["inbox", "nlu", "dialogue", "store", "send"]
BUCKETS = (0.001, 0.002, 0.004, 0.008, 0.015, 0.03, 0.06, 0.12, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0)

UPDATES = Counter("hearts_updates", "Updates received, by kind; repeated ones had been received before", ["kind"])
STAGE_SECONDS = Histogram("hearts_stage_seconds", "Time of one step of a turn", ["stage"], buckets=BUCKETS)
REPLY_SECONDS = Histogram("hearts_reply_seconds", "From an update's arrival to its replies' delivery", buckets=BUCKETS)
INTENTS = Counter("hearts_intents", "Messages by the label that was acted on", ["label"])
FALLBACKS = Counter("hearts_fallbacks", "Messages that were not understood, by reason: unsure, no_model", ["reason"])
SAFETY = Counter("hearts_safety_triggers", "Messages in which danger was heard", ["kind", "strength", "by"])
NLU_FAILURES = Counter("hearts_nlu_failures", "Messages for which the NLU server could not be asked")
DELIVERIES = Counter("hearts_deliveries", "Tries to deliver, by what became of them", ["result"])
FAILED_TURNS = Counter("hearts_failed_turns", "Turns that failed and were tried again or apologised for", ["result"])
PROMPTS = Counter("hearts_prompts", "Prompts that fell due, by what became of them: sent, skipped", ["result"])
PROMPTS_DUE = Gauge("hearts_prompts_due", "Prompts whose time has come and that nobody has taken yet")
INBOX_DEPTH = Gauge("hearts_inbox_depth", "Updates that wait for their turn")
OUTBOX_DEPTH = Gauge("hearts_outbox_depth", "Messages that wait for their delivery")


@contextmanager
def stage(name: Stage) -> Iterator[None]:
    """Time a step of a turn, whether or not it succeeds."""
    begin = time.perf_counter()
    try:
        yield
    finally:
        STAGE_SECONDS.labels(name).observe(time.perf_counter() - begin)


def count_understanding(understood: Understanding) -> None:
    """Count what a message was taken as."""
    INTENTS.labels(understood.label).inc()
    if understood.label == UNSURE:
        FALLBACKS.labels("unsure" if understood.available else "no_model").inc()
    if signal := understood.signal:
        SAFETY.labels(signal.kind, signal.strength, "model" if signal.pattern_id == "model" else "patterns").inc()
