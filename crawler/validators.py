"""Keeps what pages said of themselves, so that the next request can be conditional."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crawler.rows import chunks
from crawler.tables import Validator


def validators(session: Session, urls: Iterable[str]) -> dict[str, Validator]:
    """What the pages said of themselves last time, by address."""
    rows = (session.scalars(select(Validator).where(Validator.url.in_(chunk))) for chunk in chunks(list(urls)))
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
