"""Per-user state, durable inbox and outbox, check-ins and the schedule, on SQLite or PostgreSQL."""
