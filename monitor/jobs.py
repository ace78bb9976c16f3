"""What runs on the clock, as plain functions that a person can run by name: poll, read, send, check.

Each leaves a JobRun; a run that found nothing to do lengthens the one before it, so that months of quiet ticking do
not fill the table.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from alerts import outbox, sender
from alerts.notice import Notice
from alerts.sender import SendReport, send_due
from crawler import runs
from crawler.catalogue import Source
from crawler.database import Database
from crawler.tables import CrawlRun, SourceState
from monitor import crawls, health, reader
from monitor.crawls import CrawlResult, OnLine
from monitor.errors import MonitorError
from monitor.health import Finding
from monitor.reader import ReadReport
from monitor.schema import plain_words
from monitor.settings import Settings
from monitor.tables import JobRun, Trouble

log = logging.getLogger(__name__)

FIRST_BACKOFF, LONGEST_BACKOFF = 60.0, 86_400.0
JITTER = 0.2  # so that sources that fell together do not come back together
ALONE = 2  # a source that failed this often in a row gets a child of its own: it may be what kills the batch
QUIET_SHARE = 48  # a source is asked every 1/48 of the time that it has been quiet: after a day, each half hour
HEARTBEAT = timedelta(seconds=30)
ONE_ROW = timedelta(hours=1)  # idle runs share a row for so long
KEPT = timedelta(days=30)


def utc_now() -> datetime:
    return datetime.now(UTC)


def note_start(database: Database, now: datetime) -> None:
    """Notes that the clock has been started, so that a long first poll is not taken for a standstill."""
    with plain_words(database), database.writing() as session:
        for job in ("poll", "read", "send"):
            session.add(JobRun(job=job, started_at=now, finished_at=now, ok=True, detail="daemon started"))


def take_back(database: Database) -> int:
    """Puts back the messages that a killed daemon had in hand, so that they need not wait for their lease to end."""
    with plain_words(database):
        return sender.take_back(database.writing)


@dataclass(frozen=True)
class PollReport:
    """What one batch of polls came to."""

    sources: int = 0
    new: int = 0
    revised: int = 0
    failed: tuple[str, ...] = ()


def poll(
    database: Database,
    settings: Settings,
    now: datetime,
    stop: threading.Event | None = None,
    on_line: OnLine | None = None,
) -> PollReport:
    """Polls a batch of the sources that are due, in one child process. Raises DatabaseTrouble."""
    with plain_words(database), _noted(database, "poll", now) as note:
        batch = due_batch(database, settings, now)
        if not batch:
            return PollReport()
        note.say(f"{len(batch)} sources")
        result = crawls.run_crawl(crawls.order(settings, batch), on_line, stop=stop)
        report = settle(database, settings, batch, result, now, utc_now())
        note.say(f"{len(batch)} sources, {report.new} new, {report.revised} revised, {len(report.failed)} failed")
        note.ok = result.stopped or (not result.late and result.code in (0, 1))
        return report


def read(database: Database, settings: Settings, now: datetime, stop: Callable[[], bool] = lambda: False) -> ReadReport:
    """Reads all that is unread, a few at a time. Raises DatabaseTrouble."""
    with plain_words(database), _noted(database, "read", now) as note:
        total = ReadReport()
        while not stop() and (one := reader.read_new(database, settings, now, limit=20)).read:
            total = total + one
        if total.read:
            note.say(f"{total.read} read, {total.events} events, {total.notices} notices, {total.failed} failed")
        return total


def send(database: Database, settings: Settings, now: datetime, stop: Callable[[], bool] = lambda: False) -> SendReport:
    """Sends the messages that are due. Raises DatabaseTrouble."""
    with plain_words(database), _noted(database, "send", now) as note:
        report = send_due(
            database.writing,
            settings.subscriptions,
            settings.operators.to,
            now,
            settings.telegram.api_url,
            timezone=settings.timezone,
            language=settings.language,
            stop=stop,
        )
        if report.tried:
            note.say(f"{report.sent} sent, {report.deferred} deferred, {report.given_up} given up")
        return report


def check(database: Database, settings: Settings, now: datetime) -> list[Finding]:
    """Looks at the health and tells the operators what is new and what is over, each once."""
    with plain_words(database), _noted(database, "check", now) as note:
        found = health.findings(database, settings, now)
        if found:
            note.say(", ".join(finding.code for finding in found))
        with database.writing() as session:
            _tell_operators(session, settings, found, now)
            session.execute(delete(JobRun).where(JobRun.started_at < now - KEPT))
        return found


# --- polls ---------------------------------------------------------------------------------------------------------


def due_batch(database: Database, settings: Settings, now: datetime) -> list[Source]:
    """The sources to poll now, longest due first; one that keeps failing comes alone."""
    watched = {source.id: source for source in settings.watched}
    with database.reading() as session:
        states = {state.id: state for state in session.scalars(select(SourceState))}
    if missing := [source for source in settings.watched if source.id not in states]:
        with database.writing() as session:
            states.update({state.id: state for state in _introduce(session, missing, now)})
    due = [state for state in states.values() if state.id in watched and (state.due_at is None or state.due_at <= now)]
    due.sort(key=lambda state: (state.due_at or now, state.id))
    if not due:
        return []
    if due[0].failures >= ALONE:
        return [watched[due[0].id]]
    healthy = [watched[state.id] for state in due if state.failures < ALONE]
    return healthy[: settings.polling.batch]


def settle(
    database: Database,
    settings: Settings,
    batch: Sequence[Source],
    result: CrawlResult,
    began: datetime,
    now: datetime,
) -> PollReport:
    """Notes how a batch ended and when each of its sources is due again."""
    failed = []
    with database.writing() as session:
        for source in batch:
            if source.id not in result.ends and not result.stopped:
                _note_lost(session, source, result.why, began, now)
            state = session.get(SourceState, source.id)
            if state is None or (result.stopped and source.id not in result.ends):
                continue  # it was not its turn any more; it stays due
            state.due_at = next_poll(settings, source, state, now)
            if state.failures:
                failed.append(source.id)
                log.warning("source=%s failed=%d error=%s", source.id, state.failures, state.last_error or "unknown")
    return PollReport(len(batch), result.count("new"), result.count("revised"), tuple(failed))


def next_poll(settings: Settings, source: Source, state: SourceState, now: datetime) -> datetime:
    """When a source is due again: by its habits when it answered, by a growing back-off when it did not."""
    floor = settings.polling.interval if source.interval is None else source.interval
    if state.failures:
        wait = min(min(FIRST_BACKOFF, floor) * 2.0 ** min(state.failures - 1, 40), LONGEST_BACKOFF)
        return now + timedelta(seconds=wait * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311 (no secret)
    if source.interval is not None:
        return now + timedelta(seconds=floor)
    heard = state.last_new_at or state.first_crawled_at or now
    quiet = (now - heard).total_seconds() / QUIET_SHARE
    return now + timedelta(seconds=min(max(floor, quiet), settings.polling.max_interval))


def _introduce(session: Session, sources: Sequence[Source], now: datetime) -> list[SourceState]:
    states = [SourceState(id=source.id, name=source.name, due_at=now, failures=0) for source in sources]
    session.add_all(states)
    session.flush()
    return states


def _note_lost(session: Session, source: Source, why: str, began: datetime, now: datetime) -> None:
    """A source whose child ended without a word about it: its open runs are closed, as failures."""
    open_runs = session.scalars(
        select(CrawlRun.id).where(CrawlRun.source_id == source.id, CrawlRun.finished_at.is_(None))
    ).all()
    for run_id in open_runs or [runs.start_run(session, source.id, began, source.name)]:
        runs.finish_run(session, run_id, now, error=why)


# --- operators -----------------------------------------------------------------------------------------------------


def _tell_operators(session: Session, settings: Settings, found: Sequence[Finding], now: datetime) -> None:
    standing = {row.code: row for row in session.scalars(select(Trouble).where(Trouble.cleared_at.is_(None)))}
    present = {finding.code: finding for finding in found}
    for code, finding in present.items():
        row = standing.get(code)
        if row is None:
            row = Trouble(code=code, level=finding.level, words=finding.words(settings.language), since=now)
            session.add(row)
            session.flush()
            log.warning("trouble=%s %s", code, finding.en)
            continue  # told when it is still there at the next look: a passing cloud wakes nobody
        if row.told_at is None:
            row.words, row.told_at = finding.words(settings.language), now
            _announce(session, settings, f"trouble:{row.id}", _subject(row.words, False, settings), row.words, now)
    for code, row in standing.items():
        if code in present:
            continue
        row.cleared_at = now
        log.info("over=%s", code)
        if row.told_at is not None:
            subject = _subject(row.words, True, settings)
            _announce(session, settings, f"trouble:{row.id}:over", subject, _over(row, settings), now)


def _subject(words: str, over: bool, settings: Settings) -> str:
    mark = {("vi", False): "Sự cố", ("vi", True): "Đã hết sự cố", ("en", False): "Trouble", ("en", True): "Over"}
    first = words.split(". ")[0].split(";")[0].rstrip(".")
    return f"{mark[settings.language, over]}: {first[:120]}"


def _over(row: Trouble, settings: Settings) -> str:
    since = row.since.astimezone(settings.zone).strftime("%H:%M %d/%m/%Y")
    if settings.language == "vi":
        return f"Sự cố báo trước đây nay đã hết (bắt đầu lúc {since}): {row.words}"
    return f"This trouble is over (it began at {since}): {row.words}"


def _announce(session: Session, settings: Settings, key: str, subject: str, body: str, now: datetime) -> None:
    notice = Notice(key=key, change="operator", subject=subject, body=body)
    outbox.announce(session, notice, (), settings.operators.to, now, settings.timezone, settings.language)


# --- notes ---------------------------------------------------------------------------------------------------------


@dataclass
class _Note:
    """What a run will be remembered by; no words mean that there was nothing to do."""

    detail: str = ""
    ok: bool = True
    row: int | None = field(default=None)

    def say(self, detail: str) -> None:
        self.detail = detail


@contextmanager
def _noted(database: Database, job: str, now: datetime) -> Iterator[_Note]:
    """Leaves a JobRun behind, also of a run that broke off."""
    note = _Note()
    try:
        yield note
    except Exception as error:
        note.ok, note.detail = False, _one_line(error)
        if not isinstance(error, MonitorError):
            log.debug("job=%s", job, exc_info=True)
        _write(database, job, now, note)
        raise
    _write(database, job, now, note)


def _write(database: Database, job: str, began: datetime, note: _Note) -> None:
    ended = began + max(utc_now() - began, timedelta(0)) if abs(utc_now() - began) < ONE_ROW else began
    idle = note.ok and not note.detail
    with database.reading() as session:
        last = session.scalars(select(JobRun).where(JobRun.job == job).order_by(JobRun.id.desc()).limit(1)).first()
    if idle and last is not None and last.ok and not last.detail and began - last.started_at < ONE_ROW:
        if last.finished_at is None or ended - last.finished_at >= HEARTBEAT:
            with database.writing() as session:
                session.get_one(JobRun, last.id).finished_at = ended
        return
    with database.writing() as session:
        session.add(JobRun(job=job, started_at=began, finished_at=ended, ok=note.ok, detail=note.detail))


def _one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:500]
