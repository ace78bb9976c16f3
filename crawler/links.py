"""Keeps the addresses that were found: which are due, and what became of each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from crawler.rows import chunks, insert_new
from crawler.tables import Link


class Found(Protocol):
    """A link as discovery hands it over."""

    @property
    def url(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def published(self) -> str: ...


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
    return sum(insert_new(session, Link, [rows[url] for url in chunk]) for chunk in chunks(list(rows)))


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
