"""Keeps small pages that steer a crawl (robots.txt) between runs, so that they are not asked at every poll."""

from __future__ import annotations

import zlib
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Select, delete, select

from crawler.database import Database
from crawler.store import raw_html
from crawler.tables import RawPage, Validator
from crawler.validators import save_validator


def recall_page(database: Database, url: str, since: datetime) -> bytes | None:
    """The page as last kept, unless that was before `since`."""
    with database.reading() as session:
        known = session.get(Validator, url)
        if known is None or known.full_at < since:
            return None
        page = session.scalars(_kept(url, known.body_hash)).first()
        return None if page is None else raw_html(page)


def remember_page(database: Database, url: str, source_id: str, body: bytes, now: datetime) -> None:
    """Keep the page instead of what was kept before."""
    digest = sha256(body).hexdigest()
    with database.writing() as session:
        known = session.get(Validator, url)
        if known is not None:
            session.execute(delete(RawPage).where(RawPage.url == url, RawPage.body_hash == known.body_hash))
        session.add(RawPage(url=url, fetched_at=now, body_hash=digest, body=zlib.compress(body)))
        save_validator(session, url, source_id, "", "", digest, now, full=True)


def _kept(url: str, digest: str) -> Select[RawPage]:
    # By its hash, as that column has an index.
    return select(RawPage).where(RawPage.body_hash == digest, RawPage.url == url).limit(1)
