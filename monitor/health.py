"""Is the watch well? Questions on rows, one answer for `/healthz`, `doingoai status`, `doingoai check` and operators.

`bad` means that articles or alerts are not getting through; a `warning` wants somebody to look when there is time.
A new rule is a function that yields findings, added to RULES.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from alerts.tables import Message
from crawler.catalogue import Source
from crawler.database import Database
from crawler.tables import CrawlRun, Revision, SourceState
from monitor.settings import Settings
from monitor.tables import JobRun, Reading

FAILING = 3  # polls in a row
SILENT = {"portal": 10, "newspaper": 4, "department": 30, "magazine": 14}  # days without an article
UNREAD = timedelta(minutes=15)
UNSENT = timedelta(minutes=30)
OVERDUE = timedelta(minutes=5)  # a job that has not begun for so long beyond its time
LOW, VERY_LOW = 500 * 1024**2, 100 * 1024**2  # bytes free on the database's disk


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. `code` stays the same while the trouble lasts."""

    level: Literal["warning", "bad"]
    code: str
    vi: str
    en: str

    def words(self, language: str) -> str:
        return self.vi if language == "vi" else self.en


@dataclass(frozen=True)
class Patient:
    """What the rules look at."""

    session: Session
    settings: Settings
    now: datetime
    states: dict[str, SourceState]

    @property
    def watched(self) -> tuple[Source, ...]:
        return self.settings.watched


def findings(database: Database, settings: Settings, now: datetime) -> list[Finding]:
    """All that is wrong, the worst first; an empty list means well."""
    with database.reading() as session:
        states = {state.id: state for state in session.scalars(select(SourceState))}
        patient = Patient(session, settings, now, states)
        found = [finding for rule in RULES for finding in rule(patient)]
    return sorted([*found, *_disk(database)], key=lambda finding: finding.level != "bad")


def is_well(found: Iterable[Finding]) -> bool:
    """False when something is bad; warnings alone do not restart a server."""
    return all(finding.level != "bad" for finding in found)


def _sources_failing(patient: Patient) -> Iterator[Finding]:
    for source in patient.watched:
        state = patient.states.get(source.id)
        if state is None or state.failures < FAILING:
            continue
        ok = _when(state.last_ok_at, patient)
        yield Finding(
            "warning",
            f"source-failing:{source.id}",
            f"Nguồn {source.name} ({source.id}) lỗi {state.failures} lần liên tiếp, lần tốt gần nhất: "
            f"{ok or 'chưa có'}. {state.last_error}",
            f"Source {source.name} ({source.id}) failed {state.failures} times in a row, last good crawl: "
            f"{ok or 'none'}. {state.last_error}",
        )


def _sources_silent(patient: Patient) -> Iterator[Finding]:
    for source in patient.watched:
        state = patient.states.get(source.id)
        if state is None or state.failures or not state.first_crawled_at:
            continue
        heard = state.last_new_at or state.first_crawled_at
        days = (patient.now - heard).days
        if days >= SILENT[source.kind]:
            yield Finding(
                "warning",
                f"source-silent:{source.id}",
                f"Nguồn {source.name} ({source.id}) không có bài mới trong {days} ngày; có thể trang đã đổi giao diện.",
                f"Source {source.name} ({source.id}) has had no new article for {days} days; have its pages changed?",
            )


def _layout_broken(patient: Patient) -> Iterator[Finding]:
    """Polls that reach a source whose articles all fail to be read."""
    for source in patient.watched:
        runs = patient.session.scalars(
            select(CrawlRun)
            .where(CrawlRun.source_id == source.id, CrawlRun.finished_at.is_not(None))
            .order_by(CrawlRun.id.desc())
            .limit(3)
        ).all()
        if len(runs) == 3 and all(not run.error and run.failed >= 3 and not run.new + run.revised for run in runs):
            yield Finding(
                "warning",
                f"layout-broken:{source.id}",
                f"Nguồn {source.name} ({source.id}): ba lượt liền mọi bài đều không đọc được; hãy chạy "
                f"`doingoai sources check {source.id}`.",
                f"Source {source.name} ({source.id}): no article could be read in three crawls; run "
                f"`doingoai sources check {source.id}`.",
            )


def _nothing_reached(patient: Patient) -> Iterator[Finding]:
    tried = [state for source in patient.watched if (state := patient.states.get(source.id)) and state.last_poll_at]
    if tried and all(state.failures for state in tried) and max(state.failures for state in tried) >= FAILING:
        yield Finding(
            "bad",
            "nothing-reached",
            "Không nguồn nào truy cập được; hãy kiểm tra kết nối mạng.",
            "No source can be reached; check the network.",
        )


def _unread(patient: Patient) -> Iterator[Finding]:
    read = select(Reading.id).where(Reading.revision_id == Revision.id).exists()
    oldest = patient.session.scalar(select(func.min(Revision.seen_at)).where(~read))
    if oldest and patient.now - oldest > UNREAD:
        yield Finding(
            "bad",
            "unread",
            f"Có bài chờ đọc từ {_when(oldest, patient)}.",
            f"Articles have been waiting to be read since {_when(oldest, patient)}.",
        )


def _unsent(patient: Patient) -> Iterator[Finding]:
    waiting = (Message.sent_at.is_(None), Message.given_up_at.is_(None), Message.created_at < patient.now - UNSENT)
    untried = (Message.due_at < patient.now - UNSENT, Message.tries == 0)
    oldest = patient.session.scalar(select(func.min(Message.created_at)).where(*waiting, *untried))
    if oldest:
        yield Finding(
            "bad",
            "unsent",
            f"Có thông báo chờ gửi từ {_when(oldest, patient)}.",
            f"Alerts have been waiting to be sent since {_when(oldest, patient)}.",
        )
    failing = patient.session.scalar(select(func.count()).select_from(Message).where(*waiting, Message.tries > 0))
    if failing:
        yield Finding(
            "warning",
            "delivery-failing",
            f"{failing} thông báo gửi chưa thành công, đang thử lại.",
            f"{failing} alerts could not be delivered yet and are being tried again.",
        )


def _given_up(patient: Patient) -> Iterator[Finding]:
    day = patient.now - timedelta(days=1)
    count = patient.session.scalar(select(func.count()).select_from(Message).where(Message.given_up_at >= day))
    if count:
        yield Finding(
            "warning",
            "given-up",
            f"{count} thông báo không gửi được trong 24 giờ qua; xem `doingoai alerts list`.",
            f"{count} alerts were given up in the last 24 hours; see `doingoai alerts list`.",
        )


def _overdue(patient: Patient) -> Iterator[Finding]:
    """The daemon leaves a run of each job at least once a minute; when none comes it hangs or does not run."""
    for job in ("read", "send", "poll"):
        sign = func.max(func.coalesce(JobRun.finished_at, JobRun.started_at))
        last = patient.session.scalar(select(sign).where(JobRun.job == job))
        allowed = OVERDUE + timedelta(seconds=patient.settings.polling.deadline if job == "poll" else 0)
        if last is None or patient.now - last > allowed:
            vi = _idle(last, patient, "không chạy từ {}", "chưa chạy lần nào")
            en = _idle(last, patient, "has not run since {}", "has never run")
            yield Finding(
                "bad",
                f"overdue:{job}",
                f"Việc «{job}» {vi}; có thể `doingoai run` đã dừng.",
                f"The job “{job}” {en}; is `doingoai run` up?",
            )


def _idle(last: datetime | None, patient: Patient, since: str, never: str) -> str:
    return since.format(_when(last, patient)) if last else never


def _disk(database: Database) -> Iterator[Finding]:
    if not database.is_sqlite or not database.url.database:
        return
    folder = Path(database.url.database).parent
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return
    if free < LOW:
        megabytes = free // 1024**2
        yield Finding(
            "bad" if free < VERY_LOW else "warning",
            "disk",
            f"Ổ đĩa chứa cơ sở dữ liệu chỉ còn {megabytes} MB trống.",
            f"Only {megabytes} MB are free on the disk of the database.",
        )


def _when(moment: datetime | None, patient: Patient) -> str:
    return moment.astimezone(patient.settings.zone).strftime("%H:%M %d/%m/%Y") if moment else ""


RULES: tuple[Callable[[Patient], Iterator[Finding]], ...] = (
    _nothing_reached,
    _overdue,
    _unread,
    _unsent,
    _sources_failing,
    _sources_silent,
    _layout_broken,
    _given_up,
)
