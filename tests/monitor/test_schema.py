"""The migrations bring what the code expects, and a database in trouble is named in one line."""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, Table, text

import alerts.tables
from crawler.database import Database
from monitor import schema
from monitor.errors import DatabaseTrouble


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/fresh.db")
    yield database
    database.close()


def test_it_brings_exactly_the_tables_of_the_code(fresh: Database) -> None:
    schema.upgrade(fresh)
    assert schema.differences(fresh) == []


def test_it_would_notice_a_table_without_a_migration(fresh: Database) -> None:
    schema.upgrade(fresh)
    extra = Table("extra", alerts.tables.Base.metadata, Column("id", Integer, primary_key=True))
    try:
        assert [difference[0] for difference in schema.differences(fresh)] == ["add_table"]
    finally:
        alerts.tables.Base.metadata.remove(extra)


def test_it_brings_the_full_text_table(fresh: Database) -> None:
    schema.upgrade(fresh)
    with fresh.writing() as session:
        session.execute(text("INSERT INTO article_fts (rowid, body, fold) VALUES (1, 'đường', 'duong')"))
        found = session.execute(text("SELECT rowid FROM article_fts WHERE article_fts MATCH 'fold : duong'")).all()
    assert found == [(1,)]


def test_it_does_nothing_to_a_database_that_is_up_to_date(fresh: Database) -> None:
    schema.upgrade(fresh)
    with fresh.writing() as session:  # holds the write lock, which a second upgrade must not want
        session.execute(text("INSERT INTO host (name, held_by) VALUES ('h', '')"))
        schema.upgrade(fresh)


def _upgrade(url: str) -> None:
    database = Database(url)
    schema.upgrade(database)
    database.close()


def test_it_upgrades_once_when_several_start_together(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/together.db"
    context = multiprocessing.get_context("spawn")
    starters = [context.Process(target=_upgrade, args=(url,)) for _ in range(3)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join(60)
    assert [starter.exitcode for starter in starters] == [0, 0, 0]
    database = Database(url)
    assert schema.differences(database) == []
    database.close()


def test_it_leaves_nothing_behind_when_it_fails_half_way(fresh: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from crawler import search

    def broken(_connection: object) -> None:
        raise OSError("half way")

    monkeypatch.setattr(search, "create", broken)
    with pytest.raises(OSError, match="half way"):
        schema.upgrade(fresh)
    monkeypatch.undo()
    schema.upgrade(fresh)
    assert schema.differences(fresh) == []


def trouble(url: str) -> str:
    database = Database(url)
    with pytest.raises(DatabaseTrouble) as caught:
        schema.upgrade(database)
    database.close()
    said = str(caught.value)
    assert "\n" not in said
    return said


def test_it_names_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert "cannot be opened" in trouble(f"sqlite:///{tmp_path}/gone/a.db")


def test_it_names_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"this is no database, it only lies where one should be" * 40)
    assert "is not a SQLite database" in trouble(f"sqlite:///{tmp_path}/a.db")


def test_it_names_a_database_that_another_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.database.BUSY_MS", 50)
    holder = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    holder.execute("PRAGMA journal_mode=WAL")
    holder.execute("BEGIN IMMEDIATE")
    assert "is locked by another program" in trouble(f"sqlite:///{tmp_path}/a.db")
    holder.close()


def test_it_names_a_database_that_may_only_be_read(tmp_path: Path) -> None:
    database = Database(f"sqlite:///file:{tmp_path}/a.db?mode=rwc&uri=true")
    schema.upgrade(database)
    database.close()
    read_only = Database(f"sqlite:///file:{tmp_path}/a.db?mode=ro&uri=true")
    with pytest.raises(DatabaseTrouble, match="is read-only"):
        keep(read_only, "INSERT INTO host (name, held_by) VALUES ('h', '')")
    read_only.close()


def test_it_names_a_full_disk(fresh: Database) -> None:
    schema.upgrade(fresh)
    # A page count is SQLite's way to say that a file may not grow any more.
    long = f"INSERT INTO host (name, held_by) VALUES ('{'h' * 200_000}', '')"
    with pytest.raises(DatabaseTrouble, match="the disk is full"):
        keep(fresh, "PRAGMA max_page_count=1", long)


def keep(database: Database, *statements: str) -> None:
    with schema.plain_words(database), database.writing() as session:
        for statement in statements:
            session.execute(text(statement))


def test_it_names_a_database_of_a_newer_version(fresh: Database) -> None:
    schema.upgrade(fresh)
    with fresh.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseTrouble, match="another version of doingoai"):
        schema.upgrade(fresh)


def test_it_shows_no_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="the PostgreSQL driver is an extra")
    said = trouble("postgresql+psycopg://me:hunter2@127.0.0.1:9/none")
    assert "hunter2" not in said
