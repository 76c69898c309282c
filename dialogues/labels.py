"""The labels a message can get: the Rasa intents, and the words used everywhere in content and tests."""

THEMES = (
    "jealousy",
    "vulnerability",
    "suspicion",
    "intimacy_avoidance",
    "betrayal",
    "abandonment",
    "self_esteem",
    "communication",
    "boundaries",
    "conflict",
    "listening",
    "appreciation",
    "quality_time",
    "therapy",
    "self_care",
)
SAFETY = ("crisis", "abuse")
CONVERSATION = (
    "greet",
    "goodbye",
    "thanks",
    "affirm",
    "deny",
    "help",
    "bot_challenge",
    "privacy",
    "mood_good",
    "mood_low",
    "checkin",
    "reminder",
    "out_of_scope",
)
LABELS = THEMES + SAFETY + CONVERSATION
UNSURE = "unsure"
"""What the bot acts on when the model is not sure enough: it asks instead of guessing."""
