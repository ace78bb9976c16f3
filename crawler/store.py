"""Keeps what the crawler found: links to fetch, articles with their revisions, validators, host claims and runs.

Every function works inside the caller's transaction and takes the time as an argument. Full text lives in search.py.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any, Literal, Protocol

from sqlalchemy import CursorResult, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from crawler import duplicates
from crawler import search as fulltext
from crawler.article import CleanArticle
from crawler.search import Hit, search
from crawler.tables import (
    Article,
    CrawlRun,
    FetchRecord,
    Host,
    Link,
    MinhashBand,
    RawPage,
    Revision,
    SourceState,
    Validator,
)

__all__ = ["Hit", "Stored", "search", "store_article"]

Outcome = Literal["new", "revised", "unchanged"]
VIETNAM = timezone(timedelta(hours=7))
WINDOW = timedelta(days=30)  # reprints follow within days; a yearly form letter is no reprint
A_RUN = timedelta(days=1)  # no poll lasts so long
CHUNK = 500  # values in one IN (…); SQLite allows 32,766


class Found(Protocol):
    """A link as discovery hands it over."""

    @property
    def url(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def published(self) -> str: ...


@dataclass(frozen=True)
class Stored:
    """What became of an article. `revision_id` is None where nothing changed."""

    outcome: Outcome
    article_id: int
    revision_id: int | None = None
    original_id: int | None = None


# --- links ---------------------------------------------------------------------------------------------------------


def remember_links(session: Session, source_id: str, links: Iterable[Found], now: datetime, silent: bool) -> int:
    """Keep the addresses that are not known yet; gives how many those were."""
    rows = {
        link.url: {
            "url": link.url,
            "source_id": source_id,
            "title": link.title,
            "published": link.published[:40],
            "found_at": now,
            "silent": silent,
            "state": "pending",
        }
        for link in links
    }
    return sum(_insert_new(session, Link, [rows[url] for url in chunk]) for chunk in _chunks(list(rows)))


def due_links(session: Session, source_id: str, now: datetime, limit: int) -> list[Link]:
    """Links to fetch now: what may be news first, then what was found first."""
    due = or_(Link.next_try_at.is_(None), Link.next_try_at <= now)
    wanted = select(Link).where(Link.source_id == source_id, Link.state == "pending", due)
    order = (Link.silent, Link.found_at, Link.published.desc(), Link.url)
    return list(session.scalars(wanted.order_by(*order).limit(limit)))


def link_done(session: Session, url: str) -> None:
    """The article behind the link is stored."""
    _settle(session, url, state="done", reason="", next_try_at=None)


def link_skipped(session: Session, url: str, reason: str) -> None:
    """The page is no article; it is not fetched again."""
    _settle(session, url, state="skipped", reason=reason, next_try_at=None)


def link_failed(session: Session, url: str, reason: str, retry_at: datetime | None = None) -> None:
    """The page could not be had: try again at `retry_at`, or never where that is None."""
    state = "failed" if retry_at is None else "pending"
    _settle(session, url, state=state, reason=reason, next_try_at=retry_at, tries=Link.tries + 1)


def _settle(session: Session, url: str, **values: Any) -> None:
    session.execute(update(Link).where(Link.url == url).values(**values))


# --- articles ------------------------------------------------------------------------------------------------------


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


# --- raw pages -----------------------------------------------------------------------------------------------------


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


# --- look-alikes ---------------------------------------------------------------------------------------------------


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


# --- validators ----------------------------------------------------------------------------------------------------


def validators(session: Session, urls: Iterable[str]) -> dict[str, Validator]:
    """What the pages said of themselves last time, by address."""
    rows = (session.scalars(select(Validator).where(Validator.url.in_(chunk))) for chunk in _chunks(list(urls)))
    return {row.url: row for chunk in rows for row in chunk}


def save_validator(
    session: Session,
    url: str,
    source_id: str,
    etag: str,
    last_modified: str,
    body_hash: str,
    now: datetime,
    full: bool,
) -> None:
    """Keep a page's validators; `full` when the whole page came down, not just "not modified"."""
    row = session.get(Validator, url)
    if row is None:
        row = Validator(url=url, source_id=source_id, full_at=now)
        session.add(row)
    row.checked_at = now
    if full:
        row.etag, row.last_modified, row.body_hash, row.full_at = etag, last_modified, body_hash, now
    else:  # a 304 need not repeat what it confirms
        row.etag = etag or row.etag or ""
        row.last_modified = last_modified or row.last_modified or ""
    session.flush()


# --- hosts ---------------------------------------------------------------------------------------------------------


def claim_host(session: Session, host: str, owner: str, now: datetime, seconds: float) -> bool:
    """Take a host for a while, or lengthen one's own hold; False while another holds it or it asked for quiet."""
    until = now + timedelta(seconds=seconds)
    free = or_(Host.held_until.is_(None), Host.held_until <= now, Host.held_by == owner)
    open_again = or_(Host.not_before.is_(None), Host.not_before <= now)
    taken = update(Host).where(Host.name == host, free, open_again).values(held_by=owner, held_until=until)
    if _touched(session, taken) == 1:
        return True
    return _insert_new(session, Host, [{"name": host, "held_by": owner, "held_until": until}]) == 1


def release_host(session: Session, host: str, owner: str) -> None:
    """Give a host back; another's hold is left alone."""
    mine = update(Host).where(Host.name == host, Host.held_by == owner)
    session.execute(mine.values(held_by="", held_until=None))


def defer_host(session: Session, host: str, until: datetime) -> None:
    """Leave a host alone until then; an earlier end never shortens a later one."""
    _insert_new(session, Host, [{"name": host, "held_by": ""}])
    sooner = or_(Host.not_before.is_(None), Host.not_before < until)
    session.execute(update(Host).where(Host.name == host, sooner).values(not_before=until))


# --- runs ----------------------------------------------------------------------------------------------------------


def never_crawled(session: Session, source_id: str) -> bool:
    """True until a first crawl of the source has ended well: what it finds until then is silent."""
    state = session.get(SourceState, source_id)
    return state is None or state.first_crawled_at is None


def start_run(session: Session, source_id: str, now: datetime, name: str = "") -> int:
    """Note that a poll of the source begins; gives the run's number."""
    if session.get(SourceState, source_id) is None:
        _insert_new(session, SourceState, [{"id": source_id, "name": name, "failures": 0, "last_error": ""}])
    run = CrawlRun(source_id=source_id, started_at=now)
    session.add(run)
    session.flush()
    return run.id


def finish_run(
    session: Session,
    run_id: int,
    now: datetime,
    *,
    new: int = 0,
    revised: int = 0,
    unchanged: int = 0,
    failed: int = 0,
    requests: int = 0,
    bytes: int = 0,
    error: str = "",
) -> None:
    """Note how the poll ended, with the run and with the source."""
    run = session.get_one(CrawlRun, run_id)
    run.finished_at, run.error = now, error
    run.new, run.revised, run.unchanged, run.failed = new, revised, unchanged, failed
    run.requests, run.bytes = requests, bytes
    state = session.get_one(SourceState, run.source_id)
    state.last_poll_at, state.last_error = now, error
    state.failures = state.failures + 1 if error else 0
    if not error:
        state.last_ok_at = now
        state.first_crawled_at = state.first_crawled_at or now
    if new:
        state.last_new_at = now
    session.flush()


def record_fetch(
    session: Session,
    run_id: int,
    url: str,
    at: datetime,
    *,
    ms: int = 0,
    status: int = 0,
    bytes: int = 0,
    outcome: str = "",
    reason: str = "",
) -> None:
    """Note one request and what came of it."""
    record = FetchRecord(run_id=run_id, url=url, at=at, ms=ms, status=status, bytes=bytes)
    record.outcome, record.reason = outcome, reason
    session.add(record)


def listings_after(session: Session, source_id: str, url: str, at: datetime) -> list[str] | None:
    """What was asked after a listing in the run that read it at that moment, but for articles; None if unknown."""
    runs = select(CrawlRun.id).where(CrawlRun.source_id == source_id, CrawlRun.started_at.between(at - A_RUN, at))
    listing = select(FetchRecord).where(FetchRecord.run_id.in_(runs), FetchRecord.url == url, FetchRecord.at == at)
    read = session.scalars(listing.limit(1)).first()
    if read is None:
        return None
    later = select(FetchRecord.url).where(FetchRecord.run_id == read.run_id, FetchRecord.id > read.id)
    articles = (
        select(Link.url).where(Link.url == FetchRecord.url),
        select(Article.id).where(Article.url == FetchRecord.url),
    )
    return list(session.scalars(later.where(*(~each.exists() for each in articles)).order_by(FetchRecord.id)))


# --- small things --------------------------------------------------------------------------------------------------


def _insert_new(session: Session, table: type[Any], rows: list[dict[str, Any]]) -> int:
    """Insert the rows whose key is not there yet; gives how many went in."""
    if not rows:
        return 0
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return _touched(session, make(table).values(rows).on_conflict_do_nothing())


def _touched(session: Session, statement: Any) -> int:
    result = session.execute(statement)
    return result.rowcount if isinstance(result, CursorResult) else 0


def _chunks(values: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
