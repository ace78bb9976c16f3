"""One poll of one source: its counts and words, and everything it leaves in the database."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from crawler import hosts, links, runs, store, urls, validators
from crawler.answer import Answer
from crawler.article import CleanArticle
from crawler.catalogue import Source
from crawler.database import Database
from crawler.discover import FoundLink
from crawler.job import CrawlJob
from crawler.page import Page
from crawler.tables import Article, CrawlRun, Link, Validator

log = logging.getLogger(__name__)

MOST_TRIES = 5
FIRST_WAIT = 600.0  # seconds; each further try waits four times as long
PATIENCE = 5  # weight of troubles in a row (see trouble.py) after which a host is left alone for this run

Say = Callable[[Mapping[str, Any]], None]


def utc_now() -> datetime:
    return datetime.now(UTC)


class Run:
    """Counts and remembers; knows nothing of Scrapy."""

    def __init__(self, job: CrawlJob, source: Source, database: Database, say: Say) -> None:
        self.job, self.source, self.database, self.say = job, source, database, say
        self.counts: Counter[str] = Counter()
        self.requests = self.bytes = self.done = self.planned = 0
        self.error = ""
        self.discovered = False  # every entry was asked: what is not known now is new next time
        self.closed: dict[str, str] = {}  # host → why it is left alone for the rest of this run
        self.troubles: Counter[str] = Counter()
        with database.writing() as session:
            self.silent = job.since is not None or runs.never_crawled(session, source.id)
            self.id = runs.start_run(session, source.id, utc_now(), source.name)
        say({"type": "start", "source": source.id})

    # --- hosts -------------------------------------------------------------------------------------------------

    def why_closed(self, url: str) -> str:
        """Why the host of this address is not asked any more in this run; "" while it is."""
        return self.closed.get(urls.host(url), "")

    def heard(self, url: str, weight: int = 0, reason: str = "") -> None:
        """Note how a host answered; one that is in trouble is left alone."""
        host = urls.host(url)
        self.troubles[host] = self.troubles[host] + weight if weight else 0
        if self.troubles[host] >= PATIENCE:
            self.closed[host] = reason

    def defer(self, url: str, reason: str, seconds: float) -> None:
        """Leave the host alone as long as it asked for, in this run and in others."""
        host = urls.host(url)
        self.closed[host] = reason
        with self.database.writing() as session:
            hosts.defer_host(session, host, utc_now() + timedelta(seconds=seconds))
        log.warning("%s: %s: %s", self.source.id, host, reason)

    # --- listings ----------------------------------------------------------------------------------------------

    def validator(self, url: str) -> Validator | None:
        with self.database.reading() as session:
            return validators.validators(session, [url]).get(url)

    def keep_listing(self, answer: Answer, found: Sequence[FoundLink], fresh: bool = True) -> int:
        """In one transaction: the links of a listing, and its validators so that it need not be read again."""
        with self.database.writing() as session:
            new = links.remember_links(session, self.source.id, found, answer.at, self.silent)
            if found or not fresh:
                self._save_validator(session, answer)
            self._record(session, answer, "listing" if answer.is_page else "not_modified")
        return new

    def keep_linkless(self, answer: Answer) -> None:
        """The validators of a listing without articles. No hash is kept with them, which tells it from others."""
        with self.database.writing() as session:
            self._save_validator(session, answer, "")

    def led_to(self, known: Validator) -> list[str] | None:
        """The listings that a listing without articles led to when it was read; None if that is not known."""
        with self.database.reading() as session:
            return runs.listings_after(session, self.source.id, known.url, known.full_at)

    def lose_listing(self, answer: Answer) -> None:
        with self.database.writing() as session:
            self._record(session, answer, "failed", answer.reason)
        log.warning("%s: %s: %s", self.source.id, answer.url, answer.reason)

    # --- articles ----------------------------------------------------------------------------------------------

    def due_links(self, limit: int) -> list[Link]:
        with self.database.reading() as session:
            return links.due_links(session, self.source.id, utc_now(), limit)

    def links(self, wanted: Sequence[str]) -> list[Link]:
        """These links, whatever their state, in the order asked for."""
        with self.database.reading() as session:
            rows = [session.get(Link, url) for url in wanted]
            return [row for row in rows if row is not None]

    def due_rechecks(self, limit: int) -> list[Article]:
        with self.database.reading() as session:
            return store.due_rechecks(session, self.source.id, utc_now(), limit)

    def remember(self, found: Sequence[FoundLink]) -> int:
        with self.database.writing() as session:
            return links.remember_links(session, self.source.id, found, utc_now(), self.silent)

    def keep_article(self, page: Page, article: CleanArticle) -> None:
        """In one transaction: the article, the page's validators, the kept promise and the fetch record."""
        answer = page.answer
        with self.database.writing() as session:
            stored = store.store_article(
                session,
                self.source.id,
                article,
                answer.body,
                page.charset,
                utc_now(),
                page.silent,
                self.job.recheck_hours,
            )
            self._save_validator(session, answer)
            if not page.is_recheck:
                links.link_done(session, page.link_url)
            self._record(session, answer, stored.outcome)
        self._tell(page.link_url, stored.outcome)

    def keep_unmodified(self, page_url: str, answer: Answer) -> None:
        """The article still reads as it did."""
        with self.database.writing() as session:
            self._save_validator(session, answer)
            self._appoint(session, page_url)
            self._record(session, answer, "not_modified")
        self._tell(page_url, "unchanged")

    def skip_page(self, page_url: str, answer: Answer, reason: str, is_recheck: bool = False) -> None:
        """The page is no article; it is not asked again."""
        with self.database.writing() as session:
            if is_recheck:
                self._appoint(session, page_url)
            else:
                links.link_skipped(session, page_url, reason)
            self._record(session, answer, "skipped", reason)
        log.info("%s: %s: skipped: %s", self.source.id, page_url, reason)
        self._tell(page_url, "skipped")

    def lose_page(
        self,
        page_url: str,
        answer: Answer,
        reason: str,
        *,
        passing: bool,
        tries: int = 0,
        after: float | None = None,
        is_recheck: bool = False,
    ) -> None:
        """The page could not be had: later, or never where the trouble will not pass."""
        wait = after if after is not None else FIRST_WAIT * 4**tries
        again = utc_now() + timedelta(seconds=wait) if passing and tries + 1 < MOST_TRIES else None
        with self.database.writing() as session:
            if is_recheck:
                self._appoint(session, page_url)
            else:
                links.link_failed(session, page_url, reason, again)
            self._record(session, answer, "failed", reason)
        log.warning("%s: %s: %s", self.source.id, page_url, reason)
        self._tell(page_url, "failed")

    def _appoint(self, session: Session, url: str) -> None:
        """The next of the appointed hours at which a young article is looked at again."""
        article = session.query(Article).filter_by(url=url).one_or_none()
        if article is None:
            return
        now = utc_now()
        times = (article.seen_at + timedelta(hours=hours) for hours in sorted(self.job.recheck_hours))
        article.checked_at, article.next_check_at = now, next((time for time in times if time > now), None)

    # --- the end -----------------------------------------------------------------------------------------------

    def skip(self, reason: str) -> None:
        """The poll did not take place: the host is in other hands, or asked for quiet. No failure of the source."""
        self._leave_out(f"skipped: {reason}")

    def finish(self, stopped: str = "stopped", late: bool = False) -> None:
        """Close the run. `stopped` says why it ended before its time; a source that was only `late` has failed."""
        if late and not self.error and not self.discovered:
            self.error = stopped
        if self.error or self.discovered:
            with self.database.writing() as session:
                runs.finish_run(session, self.id, utc_now(), **self._figures(), error=self.error)
            self._end()
        else:
            self._leave_out(stopped)

    def _leave_out(self, reason: str) -> None:
        self.error = reason
        with self.database.writing() as session:
            row = session.get_one(CrawlRun, self.id)
            row.finished_at, row.error = utc_now(), reason
            for name, value in self._figures().items():
                setattr(row, name, value)
        self._end()

    def _figures(self) -> dict[str, int]:
        counted = {name: self.counts[name] for name in ("new", "revised", "unchanged", "failed")}
        return {**counted, "requests": self.requests, "bytes": self.bytes}

    def _end(self) -> None:
        if self.error:
            log.warning("%s: %s", self.source.id, self.error)
        self.say({"type": "end", "source": self.source.id, **self._figures(), "error": self.error})

    def _tell(self, url: str, outcome: str) -> None:
        self.counts[outcome] += 1
        self.done += 1
        self.say({"type": "article", "source": self.source.id, "url": url, "outcome": outcome})
        of = max(self.planned, self.done)
        self.say({"type": "progress", "source": self.source.id, "done": self.done, "of": of})

    def _save_validator(self, session: Session, answer: Answer, body_hash: str | None = None) -> None:
        validators.save_validator(
            session,
            answer.url,
            self.source.id,
            answer.etag,
            answer.last_modified,
            answer.body_hash if body_hash is None else body_hash,
            answer.at,
            full=answer.is_page,
        )

    def _record(self, session: Session, answer: Answer, outcome: str, reason: str = "") -> None:
        runs.record_fetch(
            session,
            self.id,
            answer.url,
            answer.at,
            ms=answer.ms,
            status=answer.status,
            bytes=len(answer.body),
            outcome=outcome,
            reason=reason,
        )
