"""The Telegram channel: updates in, replies out, nothing lost in between."""
