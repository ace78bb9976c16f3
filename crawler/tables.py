"""What the crawler keeps: sources, links, articles with their revisions, raw pages and fetch records.

Times are stored in UTC and come back aware. The monitor's tables join this `Base`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Index, LargeBinary, MetaData, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """A moment: refuses naive times, stores UTC, returns aware UTC on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The tables of the crawler and the monitor."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: Instant, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012


class SourceState(Base):
    """How a source of the catalogue has been doing; the entry itself stays in its file."""

    __tablename__ = "source"

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    name: Mapped[str] = mapped_column(Text, default="")
    first_crawled_at: Mapped[datetime | None]  # set when the first crawl ended: before it, everything is silent
    last_poll_at: Mapped[datetime | None]
    last_ok_at: Mapped[datetime | None]
    last_new_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    last_error: Mapped[str] = mapped_column(Text, default="")


class Host(Base):
    """A host is asked by one process at a time, and not before `not_before` (its own Retry-After)."""

    __tablename__ = "host"

    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    held_by: Mapped[str] = mapped_column(String(100), default="")
    held_until: Mapped[datetime | None]
    not_before: Mapped[datetime | None]


class Validator(Base):
    """What a page said of itself last time, so that the next request can be conditional."""

    __tablename__ = "validator"

    url: Mapped[str] = mapped_column(Text, primary_key=True)
    source_id: Mapped[str] = mapped_column(String(100), index=True)
    etag: Mapped[str] = mapped_column(Text, default="")
    last_modified: Mapped[str] = mapped_column(Text, default="")
    body_hash: Mapped[str] = mapped_column(String(64), default="")
    checked_at: Mapped[datetime]
    full_at: Mapped[datetime]  # when the whole page last came down; validators of CDNs lie now and then


class Link(Base):
    """A promise to fetch: an article's address, kept until it is stored or given up."""

    __tablename__ = "link"

    url: Mapped[str] = mapped_column(Text, primary_key=True)
    source_id: Mapped[str] = mapped_column(String(100), index=True)
    title: Mapped[str] = mapped_column(Text, default="")
    published: Mapped[str] = mapped_column(String(40), default="")  # what a feed or sitemap said, ISO 8601
    found_at: Mapped[datetime]
    silent: Mapped[bool] = mapped_column(default=False)  # found by a first or an archive crawl: never alerted
    state: Mapped[str] = mapped_column(String(10), default="pending", index=True)  # pending | done | skipped | failed
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")


class RawPage(Base):
    """A page as it came, compressed, so that better rules can clean it again without the network."""

    __tablename__ = "raw_page"

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    fetched_at: Mapped[datetime]
    charset: Mapped[str] = mapped_column(String(40), default="utf-8")
    body_hash: Mapped[str] = mapped_column(String(64), index=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)  # zlib


class Article(Base):
    """One article under its canonical address; the columns hold its newest revision."""

    __tablename__ = "article"

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(String(100), index=True)
    url: Mapped[str] = mapped_column(Text, unique=True)
    title: Mapped[str] = mapped_column(Text)
    lead: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text)  # lead and body, a paragraph a line
    captions: Mapped[list[Any]] = mapped_column(JSON, default=list)
    author: Mapped[str] = mapped_column(Text, default="")
    published: Mapped[str] = mapped_column(String(40), default="")  # ISO 8601 with +07:00, or a date, or ""
    published_from: Mapped[str] = mapped_column(String(10), default="")
    language: Mapped[str] = mapped_column(String(10), default="")
    published_at: Mapped[datetime | None] = mapped_column(index=True)  # for sorting; a mere date counts from 00:00
    seen_at: Mapped[datetime] = mapped_column(index=True)
    checked_at: Mapped[datetime]
    next_check_at: Mapped[datetime | None] = mapped_column(index=True)  # while young: when to look for a revision
    silent: Mapped[bool] = mapped_column(default=False)
    text_hash: Mapped[str] = mapped_column(String(64), index=True)  # of the folded title and text
    signature: Mapped[bytes | None] = mapped_column(LargeBinary)  # MinHash, see duplicates.py
    original_id: Mapped[int | None] = mapped_column(ForeignKey("article.id"), index=True)  # set on a reprint
    revisions: Mapped[list[Revision]] = relationship(back_populates="article", order_by="Revision.number")


class Revision(Base):
    """An article as it read at one time; number 1 is the first."""

    __tablename__ = "revision"
    __table_args__ = (Index("uq_revision_article_number", "article_id", "number", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    lead: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text)
    captions: Mapped[list[Any]] = mapped_column(JSON, default=list)
    author: Mapped[str] = mapped_column(Text, default="")
    published: Mapped[str] = mapped_column(String(40), default="")
    text_hash: Mapped[str] = mapped_column(String(64))
    seen_at: Mapped[datetime]
    raw_page_id: Mapped[int | None] = mapped_column(ForeignKey("raw_page.id"))
    article: Mapped[Article] = relationship(back_populates="revisions")


class MinhashBand(Base):
    """Where look-alikes meet: articles that share a band of their signature."""

    __tablename__ = "minhash_band"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    band_key: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)


class CrawlRun(Base):
    """One poll of one source, with its counts."""

    __tablename__ = "crawl_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(String(100), index=True)
    started_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]
    new: Mapped[int] = mapped_column(default=0)
    revised: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    requests: Mapped[int] = mapped_column(default=0)
    bytes: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(Text, default="")


class FetchRecord(Base):
    """One request and what came of it."""

    __tablename__ = "fetch"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("crawl_run.id"), index=True)
    url: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    ms: Mapped[int] = mapped_column(default=0)
    status: Mapped[int] = mapped_column(default=0)  # HTTP; 0 where none came
    bytes: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str] = mapped_column(
        String(12)
    )  # listing | new | revised | unchanged | not_modified | skipped | failed
    reason: Mapped[str] = mapped_column(Text, default="")
