"""The statements of every turn, built once: building and recognising one takes SQLAlchemy longer than SQLite takes to run it.

`b_` stands before the parameters of conditions, since a column's own name is the parameter of its new value.
"""

from __future__ import annotations

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.storage.tables import Base

INBOX, OUTBOX, USERS, SENT = (Base.metadata.tables[name] for name in ("inbox", "outbox", "users", "sent_messages"))
RECEIVE = insert(INBOX)
NEXT_RECEIVED = (
    select(INBOX.c.id, INBOX.c.sealed, INBOX.c.received_at)
    .where(INBOX.c.done.is_(False), INBOX.c.chat_id == bindparam("b_chat"))
    .order_by(INBOX.c.update_id.nulls_last(), INBOX.c.id)
    .limit(2)
)
ANSWERED = update(INBOX).where(INBOX.c.id == bindparam("b_id"), INBOX.c.done.is_(False)).values(done=True, sealed=None)
LOAD = select(USERS.c.version, USERS.c.sealed_state).where(USERS.c.chat_id == bindparam("b_chat"))
_MINE = update(USERS).where(USERS.c.chat_id == bindparam("b_chat"), USERS.c.version == bindparam("b_version"))
SAVE = _MINE.values(version=USERS.c.version + 1, sealed_state=bindparam("sealed"))
_SAVE_AND_SEEN = SAVE.values(seen_at=bindparam("seen"))
SAVE_OF_WHO_IS_HERE = _SAVE_AND_SEEN.where(USERS.c.blocked.is_(False))
SAVE_OF_WHO_IS_BACK = _SAVE_AND_SEEN.values(blocked=False)
WAITS_TO_GO = select(OUTBOX.c.id).where(OUTBOX.c.chat_id == bindparam("b_chat"), OUTBOX.c.expires_at.is_(None)).limit(1)
PUT_OUT = insert(OUTBOX).returning(OUTBOX.c.id, sort_by_parameter_order=True)
GONE = delete(OUTBOX).where(OUTBOX.c.id == bindparam("b_id"))
OLD_KEYBOARD = select(USERS.c.keyboard_message_id).where(USERS.c.chat_id == bindparam("b_chat"))
NEW_KEYBOARD = (
    update(USERS).where(USERS.c.chat_id == bindparam("b_chat")).values(keyboard_message_id=bindparam("keyboard"))
)
REMEMBER = {
    "postgresql": postgresql.insert(SENT).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(SENT).on_conflict_do_nothing(),
}
