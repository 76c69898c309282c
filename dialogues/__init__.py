"""The dialogue manager and everything the bot says: pure functions over validated content, no side effects."""
