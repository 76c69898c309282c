"""The statements of every turn, built once: building and recognising one takes SQLAlchemy longer than SQLite takes to run it.

`b_` stands before the parameters of conditions, since a column's own name is the parameter of its new value.
"""

from __future__ import annotations

from sqlalchemy import BindParameter, Table, bindparam, delete, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.storage.tables import Base

INBOX, OUTBOX, USERS, SENT = (Base.metadata.tables[name] for name in ("inbox", "outbox", "users", "sent_messages"))


def _insert(table: Table) -> dict[str, postgresql.Insert | sqlite.Insert]:
    """An insert as each database knows it, by the dialect's name."""
    return {"postgresql": postgresql.insert(table), "sqlite": sqlite.insert(table)}


_CHAT: BindParameter[int] = bindparam("b_chat")
_OF_CHAT = USERS.c.chat_id == _CHAT
_OTHER = INBOX.alias("other")
RECEIVE = {
    name: into_inbox.on_conflict_do_nothing(index_elements=["update_id"]).returning(
        INBOX.c.id,
        select(USERS.c.version).where(_OF_CHAT).scalar_subquery().label("version"),
        select(USERS.c.sealed_state).where(_OF_CHAT).scalar_subquery().label("sealed_state"),
        exists(
            select(_OTHER.c.id).where(
                _OTHER.c.done.is_(False),
                _OTHER.c.chat_id == _CHAT,
                _OTHER.c.update_id.is_distinct_from(bindparam("b_update")),
            )
        ).label("others"),
    )
    for name, into_inbox in _insert(INBOX).items()
}
"""Stores an update and looks at the same time who wrote it; no row where the update is there already."""
NEXT_RECEIVED = (
    select(INBOX.c.id, INBOX.c.sealed, INBOX.c.received_at, USERS.c.version, USERS.c.sealed_state)
    .outerjoin_from(INBOX, USERS, USERS.c.chat_id == INBOX.c.chat_id)
    .where(INBOX.c.done.is_(False), INBOX.c.chat_id == _CHAT)
    .order_by(INBOX.c.update_id.nulls_last(), INBOX.c.id)
    .limit(2)
)
ANSWERED = update(INBOX).where(INBOX.c.id == bindparam("b_id"), INBOX.c.done.is_(False)).values(done=True, sealed=None)
LOAD = select(USERS.c.version, USERS.c.sealed_state).where(_OF_CHAT)
_WAITS_TO_GO = exists(select(OUTBOX.c.id).where(OUTBOX.c.chat_id == _CHAT, OUTBOX.c.expires_at.is_(None)))
"""Whether a reply waits for its delivery to the chat already: every statement that saves a state says so."""
_MINE = update(USERS).where(_OF_CHAT, USERS.c.version == bindparam("b_version"))
SAVE = _MINE.values(version=USERS.c.version + 1, sealed_state=bindparam("sealed")).returning(_WAITS_TO_GO)
_SAVE_AND_SEEN = SAVE.values(seen_at=bindparam("seen"))
SAVE_OF_WHO_IS_HERE = _SAVE_AND_SEEN.where(USERS.c.blocked.is_(False))
SAVE_OF_WHO_IS_BACK = _SAVE_AND_SEEN.values(blocked=False)
SAVE_OF_WHO_IS_NEW = insert(USERS).returning(_WAITS_TO_GO)
PUT_ONE_OUT = insert(OUTBOX)
PUT_OUT = insert(OUTBOX).returning(OUTBOX.c.id, sort_by_parameter_order=True)
_KEYBOARD = select(func.coalesce(USERS.c.keyboard_message_id, 0)).where(_OF_CHAT)
GONE = delete(OUTBOX).where(OUTBOX.c.id == bindparam("b_id")).returning(_KEYBOARD.scalar_subquery())
"""Returns the message that has the chat's buttons, 0 for none, NULL where nobody is known there."""
OLD_KEYBOARD = _KEYBOARD
NEW_KEYBOARD = update(USERS).where(_OF_CHAT).values(keyboard_message_id=bindparam("keyboard"))
REMEMBER = {name: into_sent.on_conflict_do_nothing() for name, into_sent in _insert(SENT).items()}
