"""Keeps articles with their revisions and pages, and finds which reprint another.

Every function works inside the caller's transaction and takes the time as an argument; so do those of links.py,
validators.py, hosts.py and runs.py. Full text lives in search.py.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any, Literal

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from crawler import duplicates
from crawler import search as fulltext
from crawler.article import CleanArticle
from crawler.tables import Article, MinhashBand, RawPage, Revision

Outcome = Literal["new", "revised", "unchanged"]
VIETNAM = timezone(timedelta(hours=7))
WINDOW = timedelta(days=30)  # reprints follow within days; a yearly form letter is no reprint


@dataclass(frozen=True)
class Stored:
    """What became of an article. `revision_id` is None where nothing changed."""

    outcome: Outcome
    article_id: int
    revision_id: int | None = None
    original_id: int | None = None


# --- articles --------------------------------------------------------------------------------------------------------


def due_rechecks(session: Session, source_id: str, now: datetime, limit: int) -> list[Article]:
    """Young articles whose turn has come to be looked at again."""
    wanted = select(Article).where(Article.source_id == source_id, Article.next_check_at <= now)
    return list(session.scalars(wanted.order_by(Article.next_check_at, Article.id).limit(limit)))


def store_article(
    session: Session,
    source_id: str,
    article: CleanArticle,
    raw: bytes,
    charset: str,
    now: datetime,
    silent: bool,
    recheck_hours: Sequence[float] = (),
) -> Stored:
    """Keep an article: new, revised, or only looked at again.

    `raw` is the page as it came; empty, as when stored pages are cleaned again, a revision keeps the page it had.
    """
    known = session.scalars(select(Article).where(Article.url == article.url)).one_or_none()
    written = duplicates.text_hash(article.title, article.text)
    if known is None:
        return _store_new(session, source_id, article, written, raw, charset, now, silent, recheck_hours)
    known.checked_at = now
    known.next_check_at = _next_check(known, now, recheck_hours)
    if known.text_hash == written:
        _fill_gaps(known, article)
        session.flush()
        return Stored("unchanged", known.id, None, known.original_id)
    return _store_revision(session, known, article, written, raw, charset, now)


def _store_new(
    session: Session,
    source_id: str,
    article: CleanArticle,
    written: str,
    raw: bytes,
    charset: str,
    now: datetime,
    silent: bool,
    recheck_hours: Sequence[float],
) -> Stored:
    row = Article(source_id=source_id, url=article.url, seen_at=now, checked_at=now, silent=silent)
    _write(row, article, written)
    row.next_check_at = _next_check(row, now, recheck_hours)
    row.original_id = _original_of(session, row)
    session.add(row)
    session.flush()
    revision = _add_revision(session, row, 1, _keep_raw(session, article.url, raw, charset, now), now)
    _write_bands(session, row)
    fulltext.index(session, row)
    return Stored("new", row.id, revision.id, row.original_id)


def _store_revision(
    session: Session, row: Article, article: CleanArticle, written: str, raw: bytes, charset: str, now: datetime
) -> Stored:
    last = session.scalars(
        select(Revision).where(Revision.article_id == row.id).order_by(Revision.number.desc()).limit(1)
    ).one_or_none()
    _write(row, article, written)
    if row.original_id is not None:
        row.original_id = _original_of(session, row)  # it may have grown into an article of its own
    raw_page_id = _keep_raw(session, row.url, raw, charset, now) or (last.raw_page_id if last else None)
    revision = _add_revision(session, row, (last.number if last else 0) + 1, raw_page_id, now)
    session.execute(delete(MinhashBand).where(MinhashBand.article_id == row.id))
    _write_bands(session, row)
    fulltext.index(session, row)
    return Stored("revised", row.id, revision.id, row.original_id)


def _write(row: Article, article: CleanArticle, written: str) -> None:
    row.title, row.lead, row.text = article.title, article.lead, article.text
    row.captions = list(article.captions)
    row.author = article.author or row.author or ""
    row.language = article.language
    if article.published or not row.published:
        row.published, row.published_from = article.published, article.published_from
        row.published_at = moment(article.published)
    row.text_hash = written
    row.signature = duplicates.signature(article.text)


def _fill_gaps(row: Article, article: CleanArticle) -> None:
    """Take over what was not known before; that is no revision."""
    row.author = row.author or article.author
    row.captions = row.captions or list(article.captions)
    if not row.published and article.published:
        row.published, row.published_from = article.published, article.published_from
        row.published_at = moment(article.published)


def _add_revision(session: Session, row: Article, number: int, raw_page_id: int | None, now: datetime) -> Revision:
    revision = Revision(
        article_id=row.id,
        number=number,
        title=row.title,
        lead=row.lead,
        text=row.text,
        captions=list(row.captions),
        author=row.author,
        published=row.published,
        text_hash=row.text_hash,
        seen_at=now,
        raw_page_id=raw_page_id,
    )
    session.add(revision)
    session.flush()
    return revision


def _next_check(row: Article, now: datetime, recheck_hours: Sequence[float]) -> datetime | None:
    """The next of the appointed hours after the article was seen; an old article from an archive has none."""
    if not recheck_hours:
        return None
    # A mere date counts from 00:00, so a day more is given.
    if row.published_at and row.published_at < row.seen_at - timedelta(hours=max(recheck_hours) + 24):
        return None
    times = (row.seen_at + timedelta(hours=hours) for hours in sorted(recheck_hours))
    return next((time for time in times if time > now), None)


def moment(published: str) -> datetime | None:
    """The moment an article's `published` stands for; a mere date counts from 00:00 in Vietnam."""
    try:
        when = datetime.fromisoformat(published)
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=VIETNAM)).astimezone(UTC)


# --- raw pages -------------------------------------------------------------------------------------------------------


def _keep_raw(session: Session, url: str, raw: bytes, charset: str, now: datetime) -> int | None:
    if not raw:
        return None
    page = RawPage(
        url=url,
        fetched_at=now,
        charset=charset or "utf-8",
        body_hash=sha256(raw).hexdigest(),
        body=zlib.compress(raw, 6),
    )
    session.add(page)
    session.flush()
    return page.id


def raw_html(raw_page: RawPage) -> bytes:
    """The page as it came."""
    return zlib.decompress(raw_page.body)


# --- look-alikes -----------------------------------------------------------------------------------------------------


def _original_of(session: Session, row: Article) -> int | None:
    """The earliest stored article of nearly the same text, published within 30 days of this one."""
    when = func.coalesce(Article.published_at, Article.seen_at)
    around = row.published_at or row.seen_at
    near = (when >= around - WINDOW, when <= around + WINDOW)
    with session.no_autoflush:
        return _same(session, row, near) or _alike(session, row, near)


def _same(session: Session, row: Article, near: tuple[Any, ...]) -> int | None:
    wanted = select(Article.id, Article.original_id).where(Article.text_hash == row.text_hash, *near)
    found = session.execute(_earlier_than(wanted, row).order_by(Article.id).limit(1)).first()
    return None if found is None else found.original_id or found.id


def _alike(session: Session, row: Article, near: tuple[Any, ...]) -> int | None:
    if row.signature is None:
        return None
    shared = select(MinhashBand.article_id).where(MinhashBand.band_key.in_(duplicates.bands(row.signature)))
    wanted = select(Article.id, Article.original_id, Article.signature).where(Article.id.in_(shared), *near)
    for found in session.execute(_earlier_than(wanted, row).order_by(Article.id)):
        if found.signature and duplicates.similarity(found.signature, row.signature) >= duplicates.ALIKE:
            return int(found.original_id or found.id)
    return None


def _earlier_than(wanted: Any, row: Article) -> Any:
    return wanted if row.id is None else wanted.where(Article.id < row.id)


def _write_bands(session: Session, row: Article) -> None:
    if row.signature is not None:
        keys = sorted(set(duplicates.bands(row.signature)))
        session.execute(insert(MinhashBand), [{"band_key": key, "article_id": row.id} for key in keys])
