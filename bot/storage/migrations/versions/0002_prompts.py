"""Prompts in every rhythm, paused prompts, and prompts that expire in the outbox"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outbox") as batch_op:
        batch_op.add_column(sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("schedule") as batch_op:
        batch_op.add_column(sa.Column("days", sa.String(length=7), nullable=False, server_default="0123456"))
        batch_op.add_column(sa.Column("every", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("day", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("last_due", sa.DateTime(timezone=True), nullable=True))
        batch_op.alter_column("due_at", existing_type=sa.DateTime(timezone=True), nullable=True)
    op.execute("UPDATE schedule SET days = CAST(weekday AS VARCHAR(7)) WHERE weekday IS NOT NULL")
    users = sa.table("users", sa.column("chat_id"), sa.column("blocked", sa.Boolean()))
    schedule = sa.table("schedule", sa.column("chat_id"), sa.column("due_at"))
    blocked = sa.select(users.c.chat_id).where(users.c.blocked.is_(sa.true()))
    op.execute(sa.update(schedule).where(schedule.c.chat_id.in_(blocked)).values(due_at=None))
    with op.batch_alter_table("schedule") as batch_op:
        batch_op.drop_column("weekday")


def downgrade() -> None:
    with op.batch_alter_table("outbox") as batch_op:
        batch_op.drop_column("expires_at")
    op.execute("DELETE FROM schedule WHERE day IS NOT NULL OR due_at IS NULL")
    with op.batch_alter_table("schedule") as batch_op:
        batch_op.add_column(sa.Column("weekday", sa.Integer(), nullable=True))
        batch_op.alter_column("due_at", existing_type=sa.DateTime(timezone=True), nullable=False)
    op.execute("UPDATE schedule SET weekday = CAST(days AS INTEGER) WHERE length(days) = 1")
    with op.batch_alter_table("schedule") as batch_op:
        for name in ("days", "every", "day", "last_due"):
            batch_op.drop_column(name)
