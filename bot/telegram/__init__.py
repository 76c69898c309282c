"""The Telegram channel: updates in, replies out, nothing lost in between."""

import os

os.environ.setdefault(
    "PTB_TIMEDELTA", "1"
)  # python-telegram-bot then gives `retry_after` as it will from version 23 on
