"""Keeps the database itself: backup, restore, a look for damage, and the clearing out of what is old."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, exists, func, inspect, select, text, update
from sqlalchemy.orm import Session

from crawler.database import Database
from crawler.search import TABLE
from crawler.tables import CrawlRun, FetchRecord, RawPage, Revision
from monitor import schema
from monitor.errors import DatabaseTrouble, MonitorError
from monitor.tables import Event, Mention

FEW = 500  # rows at a time, so that the watch gets its turn in between


class KeepingError(MonitorError):
    """A backup or restore that is refused; the text says why."""


@dataclass(frozen=True)
class Pruned:
    """What went, or would go."""

    pages: int
    bytes: int
    fetches: int
    runs: int


# --- backup and restore --------------------------------------------------------------------------------------------


def backup(database: Database, target: Path) -> int:
    """Copies a SQLite database while others use it; gives the copy's size."""
    source = _file(database, "backup", "pg_dump")
    if not source.exists():
        raise KeepingError(f"{source}: there is no database yet")
    if target.exists():
        raise KeepingError(f"{target} is there already; nothing was written")
    partial = target.with_name(f".{target.name}.part")
    try:
        with closing(_readonly(source)) as live, closing(sqlite3.connect(partial)) as copy:
            live.backup(copy, pages=2000, sleep=0.01)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a -wal beside it
            _refuse_damage(copy, partial)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.rename(target)
    except sqlite3.Error as error:
        raise DatabaseTrouble(f"{target}: the backup failed: {error}") from None
    except OSError as error:
        raise DatabaseTrouble(f"{target}: cannot be written: {error.strerror}") from None
    finally:
        partial.unlink(missing_ok=True)
    return target.stat().st_size


def check_backup(database: Database, source: Path) -> None:
    """Raises KeepingError unless `source` is a whole backup and the database of the configuration is empty."""
    target = _file(database, "restore", "pg_restore")
    if not source.is_file():
        raise KeepingError(f"{source}: there is no such file")
    if target.exists() and source.samefile(target):
        raise KeepingError(f"{source} is the database itself")
    try:
        with closing(_readonly(source)) as copy:
            tables = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type='table'")}
            if not {"alembic_version", "article", "event", "message"} <= tables:
                raise KeepingError(f"{source} is no backup of doingoai")
            _refuse_damage(copy, source)
    except sqlite3.Error as error:
        raise KeepingError(f"{source} is no SQLite database: {error}") from None
    if held := _holds(target):
        raise KeepingError(f"{target} holds {held}; move it away first, nothing was overwritten")


def restore(database: Database, source: Path) -> None:
    """Copies a backup into the database of the configuration. `check_backup` has looked at both before."""
    target = _file(database, "restore", "pg_restore")
    try:
        with closing(_readonly(source)) as copy, closing(sqlite3.connect(target)) as live:
            copy.backup(live)
    except sqlite3.Error as error:
        raise DatabaseTrouble(f"{target}: the restore failed: {error}") from None


def _file(database: Database, verb: str, tool: str) -> Path:
    if not database.is_sqlite:
        raise KeepingError(f"db {verb} is for SQLite; PostgreSQL has its own {tool}")
    return Path(str(database.url.database))


def _readonly(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=15)


def _refuse_damage(connection: sqlite3.Connection, path: Path) -> None:
    (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok":
        raise KeepingError(f"{path} is damaged: {said}")


def _holds(path: Path) -> str:
    """What of worth a database file holds; "" for none."""
    if not path.exists() or path.stat().st_size == 0:
        return ""
    try:
        with closing(_readonly(path)) as held:
            tables = {name for (name,) in held.execute("SELECT name FROM sqlite_master WHERE type='table'")}
            if tables and "alembic_version" not in tables:
                return "a database of another program"
            for table in ("article", "event", "message", "link"):
                if table in tables and (number := held.execute(f"SELECT count(*) FROM {table}").fetchone()[0]):  # noqa: S608
                    return f"{number} rows in {table}"
    except sqlite3.Error:
        return "something that is no SQLite database"
    return ""


# --- damage --------------------------------------------------------------------------------------------------------


def problems(database: Database) -> list[str]:
    """What is wrong with the database, a line each."""
    if database.is_sqlite and not Path(str(database.url.database)).exists():
        return [f"{database.url.database}: there is no database yet"]
    found = []
    with database.reading() as session:
        if database.is_sqlite:
            found += [
                f"integrity: {row[0]}" for row in session.execute(text("PRAGMA integrity_check(20)")) if row[0] != "ok"
            ]
            found += _orphans(session)
        tables = _tables(session)
        if "article" not in tables:
            return [*found, "the tables are missing; run `doingoai db upgrade`"]
        if TABLE in tables:
            found += _out_of_step(session)
    found += [f"tables differ from this version: {_named(change)}" for change in schema.differences(database)]
    return found


def _tables(session: Session) -> set[str]:
    return set(inspect(session.connection()).get_table_names())


def _orphans(session: Session) -> list[str]:
    lost: dict[tuple[str, str], int] = {}
    for table, _row, parent, _key in session.execute(text("PRAGMA foreign_key_check")):
        lost[(table, parent)] = lost.get((table, parent), 0) + 1
    return [f"orphans: {number} rows of {table} without their {parent}" for (table, parent), number in lost.items()]


def _out_of_step(session: Session) -> list[str]:
    missing = session.scalar(text(f"SELECT count(*) FROM article WHERE id NOT IN (SELECT rowid FROM {TABLE})"))  # noqa: S608
    extra = session.scalar(text(f"SELECT count(*) FROM {TABLE} WHERE rowid NOT IN (SELECT id FROM article)"))  # noqa: S608
    found = []
    if missing:
        found.append(f"full text: {missing} articles cannot be searched")
    if extra:
        found.append(f"full text: {extra} entries without their article")
    return found


def _named(change: Any) -> str:
    first = change[0] if isinstance(change, list) else change
    return " ".join(str(getattr(part, "name", part)) for part in first[:3])


# --- pruning -------------------------------------------------------------------------------------------------------


def prune(database: Database, before: datetime, dry_run: bool) -> Pruned:
    """Removes raw pages and fetch records from before a moment. The originals of alerted events are kept."""
    alerted = exists(
        select(Mention.id)
        .join(Event, Event.id == Mention.event_id)
        .join(Revision, Revision.article_id == Mention.article_id)
        .where(Revision.raw_page_id == RawPage.id, Event.announced_at.is_not(None))
    )
    old_pages = (RawPage.fetched_at < before, ~alerted)
    with database.reading() as session:
        pages, size = session.execute(
            select(func.count(), func.coalesce(func.sum(func.length(RawPage.body)), 0)).where(*old_pages)
        ).one()
        fetches = session.scalar(select(func.count()).select_from(FetchRecord).where(FetchRecord.at < before)) or 0
        runs = session.scalar(select(func.count()).select_from(CrawlRun).where(*_idle_runs(before))) or 0
    if not dry_run:
        _remove_pages(database, old_pages)
        _remove_fetches(database, before)
    return Pruned(pages, int(size), fetches, runs)


def _idle_runs(before: datetime) -> tuple[Any, ...]:
    """Old runs, but for those with a younger fetch."""
    younger = exists(select(FetchRecord.id).where(FetchRecord.run_id == CrawlRun.id, FetchRecord.at >= before))
    return (CrawlRun.started_at < before, CrawlRun.finished_at.is_not(None), ~younger)


def _remove_pages(database: Database, old: tuple[Any, ...]) -> None:
    while True:
        with database.writing() as session:
            ids = session.scalars(select(RawPage.id).where(*old).limit(FEW)).all()
            if not ids:
                return
            session.execute(update(Revision).where(Revision.raw_page_id.in_(ids)).values(raw_page_id=None))
            session.execute(delete(RawPage).where(RawPage.id.in_(ids)))


def _remove_fetches(database: Database, before: datetime) -> None:
    while True:
        with database.writing() as session:
            ids = session.scalars(select(FetchRecord.id).where(FetchRecord.at < before).limit(FEW)).all()
            if not ids:
                break
            session.execute(delete(FetchRecord).where(FetchRecord.id.in_(ids)))
    with database.writing() as session:
        session.execute(delete(CrawlRun).where(*_idle_runs(before)))
