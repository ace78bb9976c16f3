"""What the monitor keeps: what it read, which events it found, who mentions them, what staff say of them, its jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from crawler.tables import Base


class Reading(Base):
    """One revision read by one version of the rules; a revision without one is unread."""

    __tablename__ = "reading"
    __table_args__ = (Index("uq_reading_revision_rules", "revision_id", "rules", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    rules: Mapped[str] = mapped_column(String(20))
    read_at: Mapped[datetime] = mapped_column(index=True)
    found: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[list[Any]] = mapped_column(JSON, default=list)  # candidates that were no events, and why
    error: Mapped[str] = mapped_column(Text, default="")


class Event(Base):
    """One meeting or signing in the world, however many articles tell of it. The fields are design.md's."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_kind_date_first_told", "kind", "date", "first_told"),)  # what linking asks by

    id: Mapped[int] = mapped_column(primary_key=True)
    occasion_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"), index=True)  # first event of one table
    kind: Mapped[str] = mapped_column(String(10), index=True)
    subtype: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(10))
    scope: Mapped[str] = mapped_column(String(10))
    date: Mapped[str] = mapped_column(String(10), default="", index=True)  # ISO, as exact as the text allows
    date_end: Mapped[str] = mapped_column(String(10), default="")
    place: Mapped[str] = mapped_column(Text, default="")
    province: Mapped[str] = mapped_column(String(40), default="", index=True)
    country: Mapped[str] = mapped_column(String(2), default="", index=True)
    foreign_region: Mapped[str] = mapped_column(Text, default="")
    vietnamese_side: Mapped[list[Any]] = mapped_column(JSON, default=list)
    foreign_side: Mapped[list[Any]] = mapped_column(JSON, default=list)
    instruments: Mapped[list[Any]] = mapped_column(JSON, default=list)
    evidence: Mapped[list[Any]] = mapped_column(JSON, default=list)
    confidence: Mapped[float] = mapped_column(default=0.0)
    reason: Mapped[str] = mapped_column(String(60), default="")
    code: Mapped[str] = mapped_column(String(20), default="")
    created_at: Mapped[datetime] = mapped_column(index=True)
    updated_at: Mapped[datetime]
    announced_at: Mapped[datetime | None]  # set once people were told; a silent event has none
    told: Mapped[dict[str, Any]] = mapped_column(
        JSON, default=dict
    )  # the facts of the last notice, to see a material change
    # What staff decided; the rows behind it are in `mark` and `decision`.
    verdict: Mapped[str] = mapped_column(String(10), default="", server_default="", index=True)  # "" | right | wrong
    same_as_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"), index=True)  # merged into that one: hidden
    first_told: Mapped[str] = mapped_column(
        String(10), default="", server_default=""
    )  # ISO day of the first report that tells it as it stands, see monitor.telling


class Mention(Base):
    """An article that tells of an event."""

    __tablename__ = "mention"
    __table_args__ = (Index("uq_mention_event_article", "event_id", "article_id", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    found: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # the event as this article tells it
    why: Mapped[str] = mapped_column(String(120), default="")  # why it was taken for the same event
    created_at: Mapped[datetime]


class Mark(Base):
    """What somebody said of an event, or of an article whose event was missed. Rows are only added, the last counts."""

    __tablename__ = "mark"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"), index=True)
    article_id: Mapped[int | None] = mapped_column(ForeignKey("article.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))  # meeting | signing
    verdict: Mapped[str] = mapped_column(String(10))  # right | wrong | missed
    note: Mapped[str] = mapped_column(Text, default="")
    who: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # the event as it was, and who told of it
    withdrawn: Mapped[list[Any]] = mapped_column(JSON, default=list)  # waiting messages that a "wrong" took back


class Decision(Base):
    """Somebody split an event in two, or made one of two; what the program finds later obeys it until it is undone."""

    __tablename__ = "decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(10))  # split | merge
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), index=True)  # the one that stayed
    other_id: Mapped[int] = mapped_column(ForeignKey("event.id"), index=True)  # split off from it, or merged into it
    articles: Mapped[list[Any]] = mapped_column(JSON, default=list)  # those that moved
    note: Mapped[str] = mapped_column(Text, default="")
    who: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # what undoing needs
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str] = mapped_column(Text, default="")


class Apart(Base):
    """An article that must not be taken to tell of an event, whatever the rules think: the pairs of a split."""

    __tablename__ = "apart"

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), index=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), index=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), index=True)


class JobRun(Base):
    """One run of a scheduled job."""

    __tablename__ = "job_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str] = mapped_column(String(40), index=True)
    started_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]
    ok: Mapped[bool] = mapped_column(default=False)
    detail: Mapped[str] = mapped_column(Text, default="")


class Trouble(Base):
    """Something that is or was wrong with the watch, so that the operators hear of it once, and when it is over."""

    __tablename__ = "trouble"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(150), index=True)
    level: Mapped[str] = mapped_column(String(10))
    words: Mapped[str] = mapped_column(Text, default="")  # as the operators were told
    since: Mapped[datetime]
    told_at: Mapped[datetime | None]
    cleared_at: Mapped[datetime | None] = mapped_column(index=True)
