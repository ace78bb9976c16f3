"""When an event was first told as it now stands: kept on its row, so that linking finds undated events by an index."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from crawler.tables import Article
from monitor.tables import Event, Mention

VIETNAM = timezone(timedelta(hours=7))


def day(moment: datetime) -> date:
    """The Vietnamese day of a moment."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(VIETNAM).date()


def earliest(status: str, reports: Iterable[tuple[str, datetime]]) -> str:
    """The day of the first report that gives this status, else of the first of all; empty without any.

    What was announced in spring and held in autumn happened about the day that first told of it as held.
    """
    told = sorted(reports, key=lambda report: (report[0] != status, report[1]))
    return day(told[0][1]).isoformat() if told else ""


def keep_first(session: Session, event: Event) -> None:
    """Writes down when the event, which counts what was merged into it, was first told; and each of those by itself."""
    members = session.scalars(select(Event).where(or_(Event.id == event.id, Event.same_as_id == event.id))).all()
    published = func.coalesce(Article.published_at, Article.seen_at)
    rows = session.execute(
        select(Mention.event_id, Mention.found, published)
        .join(Article, Article.id == Mention.article_id)
        .where(Mention.event_id.in_([member.id for member in members]))
    ).all()
    for member in members:
        own = [((found or {}).get("status") or "", at) for of, found, at in rows if member is event or of == member.id]
        member.first_told = earliest(member.status, own)
