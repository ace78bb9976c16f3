"""Keeps the polls and their requests, and with each source how its last poll ended."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crawler.rows import insert_new
from crawler.tables import Article, CrawlRun, FetchRecord, Link, SourceState

A_RUN = timedelta(days=1)  # no poll lasts so long


def never_crawled(session: Session, source_id: str) -> bool:
    """True until a first crawl of the source has ended well: what it finds until then is silent."""
    state = session.get(SourceState, source_id)
    return state is None or state.first_crawled_at is None


def start_run(session: Session, source_id: str, now: datetime, name: str = "") -> int:
    """Note that a poll of the source begins; gives the run's number."""
    if session.get(SourceState, source_id) is None:
        insert_new(session, SourceState, [{"id": source_id, "name": name, "failures": 0, "last_error": ""}])
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
