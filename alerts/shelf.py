"""Takes messages off the shelf and notes what became of them: the rows behind `sender`, in short transactions.

A claim borrows rows for a while (`claimed_until`), so that a sender that dies gives them back by itself. Within a
recipient the order is kept: a message that failed for now holds back the later ones, and one sender at a time serves
a recipient. Nothing here talks to the network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from sqlalchemy import ColumnElement, and_, func, not_, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from alerts.outbox import message_id
from alerts.outcomes import Delivered, Outcome, Permanent, Temporary
from alerts.tables import Attempt, Message

SessionFactory = Callable[[], AbstractContextManager[Session]]

LEASE = timedelta(minutes=10)  # longer than the longest conversation with a server
BACK_OFF = (1, 2, 5, 15, 30, 60)  # minutes; the last one repeats
JITTER = 0.2  # up to a fifth more, so that a hundred messages do not come back in the same second
GIVE_UP_AFTER = timedelta(days=3)
UNFINISHED = and_(Message.sent_at.is_(None), Message.given_up_at.is_(None))


@dataclass(frozen=True)
class Claim:
    """What one sender has borrowed: one message, or all that make up one digest."""

    rows: tuple[Message, ...]
    owner: str

    @property
    def head(self) -> Message:
        return self.rows[0]

    @property
    def ids(self) -> list[int]:
        return [row.id for row in self.rows]


def waiting_recipients(session: Session, now: datetime, limit: int) -> list[str]:
    """Who has something due, longest waiting first."""
    busy = select(Message.recipient).where(UNFINISHED, or_(_lent(now), and_(Message.tries > 0, Message.due_at > now)))
    due = select(Message.recipient).where(UNFINISHED, Message.due_at <= now, Message.recipient.not_in(busy))
    return list(session.scalars(due.group_by(Message.recipient).order_by(func.min(Message.due_at)).limit(limit)))


def claim(session: Session, recipient: str, owner: str, now: datetime, digest_size: int) -> Claim | None:
    """Borrows the next message of a recipient, or nothing if another sender is at it or an earlier one must wait."""
    first = select(Message.id).where(UNFINISHED, Message.recipient == recipient).order_by(Message.id).limit(1)
    # Whoever holds the recipient's oldest open row may claim: on PostgreSQL this is what keeps two senders apart.
    if session.scalar(first.with_for_update()) is None or _somebody_is_at_it(session, recipient, now):
        return None
    rows = _next(session, recipient, now, digest_size)
    if not rows:
        return None
    digest_id = _digest_id(rows) if rows[0].digest else ""
    values = {"claimed_by": owner, "claimed_until": now + LEASE, "digest_id": digest_id}
    where = (Message.id.in_([row.id for row in rows]), UNFINISHED, not_(_lent(now)))
    if _hits(session, update(Message).where(*where).values(**values)) != len(rows):
        session.rollback()
        return None
    session.expunge_all()
    for row in rows:
        row.digest_id = digest_id
    return Claim(tuple(rows), owner)


def take_back(session: Session, host: str, is_alive: Callable[[int], bool]) -> int:
    """Gives back what senders of this host borrowed and can no longer send; says how many messages that were.

    Owners are named `host:process:token`; those of other hosts are left to their leases.
    """
    owners = select(Message.claimed_by).where(UNFINISHED, Message.claimed_by.startswith(f"{host}:", autoescape=True))
    dead = [owner for owner in session.scalars(owners.distinct()) if not is_alive(int(owner.split(":")[-2]))]
    mine = (UNFINISHED, Message.claimed_by.in_(dead))
    return _hits(session, update(Message).where(*mine).values(claimed_by="", claimed_until=None))


def thread_start(session: Session, row: Message) -> str:
    """The Message-ID under which the first message of the thread really went out; it may have been in a digest."""
    if not row.in_reply_to or row.digest:
        return ""
    digest_id = session.scalar(select(Message.digest_id).where(Message.message_id == row.in_reply_to))
    return digest_id or row.in_reply_to


def put_off(session: Session, held: Claim, until: datetime) -> None:
    """Gives rows back untried, to be sent later: their recipient's quiet hours have begun."""
    _finish(session, held, due_at=until)


def note(session: Session, held: Claim, outcome: Outcome, at: datetime, ms: int) -> None:
    """Writes down one try and what follows from it."""
    for row in held.rows:
        ok = isinstance(outcome, Delivered)
        session.add(Attempt(message_id=row.id, at=at, ms=ms, ok=ok, detail=_words(outcome)))
    common = {"tries": Message.tries + 1}
    if isinstance(outcome, Delivered):
        _finish(session, held, **common, sent_at=at, error="", failing_since=None)
    elif isinstance(outcome, Permanent):
        _finish(session, held, **common, given_up_at=at, error=outcome.detail)
    else:
        since = held.head.failing_since or at
        _finish(
            session, held, **common, due_at=_later(held.head, outcome, at), failing_since=since, error=outcome.detail
        )


def overdue(row: Message, at: datetime) -> bool:
    """Whether a message has failed for so long that it must be given up."""
    return row.failing_since is not None and at - row.failing_since >= GIVE_UP_AFTER


def episode(session: Session, recipient: str) -> int:
    """A number that changes with each success: trouble is told once until things went well in between."""
    newest = select(func.max(Message.id)).where(Message.recipient == recipient, Message.sent_at.is_not(None))
    return session.scalar(newest) or 0


def retry(session: Session, message_id: int | None, now: datetime) -> int:
    """Puts messages that were given up back on the shelf: one, or all; says how many. An unsent one goes at once."""
    chosen = Message.given_up_at.is_not(None) if message_id is None else Message.id == message_id
    fresh: dict[str, Any] = {"given_up_at": None, "failing_since": None, "tries": 0, "error": "", "due_at": now}
    open_ = (chosen, Message.sent_at.is_(None), not_(_lent(now)))
    return _hits(session, update(Message).where(*open_).values(**fresh))


def _next(session: Session, recipient: str, now: datetime, digest_size: int) -> list[Message]:
    """The rows to send now: what failed before, else what is due longest; a digest takes its fellows along."""
    open_rows = select(Message).where(UNFINISHED, Message.recipient == recipient).limit(1)
    row = session.scalars(open_rows.where(Message.tries > 0).order_by(Message.id)).first()
    row = row or session.scalars(open_rows.where(Message.due_at <= now).order_by(Message.due_at, Message.id)).first()
    if row is None or row.due_at > now:
        return []
    return _fellows(session, row, now, digest_size) if row.digest else [row]


def _fellows(session: Session, row: Message, now: datetime, digest_size: int) -> list[Message]:
    """All that goes out in one digest. A digest that was tried before keeps its rows, and so its Message-ID."""
    together = select(Message).where(UNFINISHED, Message.recipient == row.recipient, Message.digest)
    if row.digest_id:
        together = together.where(Message.digest_id == row.digest_id)
    else:
        together = together.where(Message.due_at <= now, Message.digest_id == "", Message.language == row.language)
        together = together.limit(digest_size)
    return list(session.scalars(together.order_by(Message.id)))


def _digest_id(rows: Sequence[Message]) -> str:
    return rows[0].digest_id or message_id("digest|" + "|".join(row.key for row in rows))


def _somebody_is_at_it(session: Session, recipient: str, now: datetime) -> bool:
    lent = select(Message.id).where(UNFINISHED, Message.recipient == recipient, _lent(now))
    return session.scalars(lent.limit(1)).first() is not None


def _lent(now: datetime) -> ColumnElement[bool]:
    return and_(Message.claimed_until.is_not(None), Message.claimed_until >= now)


def _finish(session: Session, held: Claim, **values: Any) -> None:
    """Gives rows back with what is new. Rows that another sender took over meanwhile are left to that one."""
    mine = (Message.id.in_(held.ids), Message.claimed_by == held.owner, Message.sent_at.is_(None))
    _hits(session, update(Message).where(*mine).values(claimed_by="", claimed_until=None, **values))


def _hits(session: Session, statement: Any) -> int:
    result = session.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount


def _later(row: Message, outcome: Temporary, at: datetime) -> datetime:
    """When to come back. The jitter follows from the message, so that it can be told beforehand."""
    minutes = BACK_OFF[min(row.tries, len(BACK_OFF) - 1)]
    share = crc32(f"{row.key}|{row.tries}".encode()) / 2**32
    seconds = minutes * 60 * (1 + JITTER * share)
    if outcome.after is not None:
        seconds = outcome.after + 1 + share  # the far side named its time: no sooner, and hardly later
    return at + timedelta(seconds=seconds)


def _words(outcome: Outcome) -> str:
    if isinstance(outcome, Delivered):
        return "; ".join(part for part in (outcome.detail, outcome.warning) if part)
    return outcome.detail
