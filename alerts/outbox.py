"""Puts messages on the shelf: one row a recipient, in the transaction of whoever has something to tell.

Told twice is kept once, because the key of a row is the notice and the recipient. Nothing is sent here: see `sender`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from alerts.matching import why
from alerts.notice import Notice
from alerts.recipients import fingerprint, mask
from alerts.subscriptions import Subscription
from alerts.tables import Message
from alerts.timing import due

__all__ = ["OPERATORS", "announce", "fingerprint", "message_id"]

OPERATORS = ""  # stands where a row names its subscription


@dataclass(frozen=True)
class Wish:
    """Somebody who may be told: by which URL, when, in which language."""

    url: str
    subscription: str
    language: str
    due_at: datetime
    digest: bool = False
    against: bool = False  # the filters say no; told all the same of a change to what they were told before


def announce(
    session: Session,
    notice: Notice,
    subscriptions: Iterable[Subscription],
    operators_to: Iterable[str],
    now: datetime,
    timezone: str | tzinfo,
    language: str = "vi",
) -> int:
    """Writes the messages of a notice and says how many are new. `language` is that of operators' notices."""
    if notice.change == "operator":
        wishes = [Wish(url, OPERATORS, language, now) for url in operators_to]
    else:
        wishes = _wishes(notice, subscriptions, now, timezone)
    return sum(_keep(session, notice, wish, now) for wish in _one_each(wishes))


def message_id(key: str) -> str:
    """The Message-ID of an email: the same whenever the same message is sent again."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@doingoai>"


def _wishes(notice: Notice, subscriptions: Iterable[Subscription], now: datetime, timezone: str | tzinfo) -> list[Wish]:
    wishes = []
    for subscription in subscriptions:
        against = bool(why(notice, subscription))
        if against and notice.change != "update":
            continue
        moment = due(subscription, now, timezone)
        digest = subscription.send != "now"
        for url in subscription.to:
            wishes.append(Wish(url, subscription.name, subscription.language, moment, digest, against))
    return wishes


def _one_each(wishes: Iterable[Wish]) -> list[Wish]:
    """One wish a recipient: whoever stands in two subscriptions is told once, by the one that wants it, and sooner."""
    best: dict[str, Wish] = {}
    for wish in sorted(wishes, key=lambda wish: (wish.against, wish.due_at)):
        best.setdefault(fingerprint(wish.url), wish)
    return list(best.values())


def _keep(session: Session, notice: Notice, wish: Wish, now: datetime) -> int:
    recipient = fingerprint(wish.url)
    thread = notice.refers_to or notice.key
    first = _first_told(session, thread, recipient, notice.key)
    if wish.against and first is None:
        return 0
    told = notice if first or notice.change != "update" else _as_fresh(notice)
    key = f"{notice.key}|{recipient}"
    return _insert(
        session,
        key=key,
        notice_key=notice.key,
        thread=thread,
        subscription=wish.subscription,
        recipient=recipient,
        label=mask(wish.url),
        language=wish.language,
        notice=told.as_dict(),
        message_id=message_id(key),
        in_reply_to=first or "",
        digest=wish.digest,
        digest_id="",
        created_at=now,
        due_at=wish.due_at,
        claimed_by="",
        tries=0,
        error="",
    )


def _first_told(session: Session, thread: str, recipient: str, key: str) -> str | None:
    """The Message-ID of the first message of this thread that the recipient got or is about to get."""
    return session.scalars(
        select(Message.message_id)
        .where(Message.thread == thread, Message.recipient == recipient, Message.notice_key != key)
        .where(Message.given_up_at.is_(None))
        .order_by(Message.id)
        .limit(1)
    ).first()


def _as_fresh(notice: Notice) -> Notice:
    """An update for somebody who never heard of the matter is news to them."""
    return replace(notice, change="event", changed=(), refers_to="")


def _insert(session: Session, **values: Any) -> int:
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(Message).values(**values).on_conflict_do_nothing(index_elements=["key"])
    return len(session.scalars(statement.returning(Message.id)).all())  # no row comes back for what was there
