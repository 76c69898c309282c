"""Alembic migrations of the bot's database; `bot.storage.database.migrate` runs them at start."""
