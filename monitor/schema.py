"""Brings the database to the tables of this version, and says in one plain line what is wrong when it cannot.

The migrations live here because only the monitor knows all tables: the crawler's, its own and the alerts'.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, NoSuchModuleError

import alerts.tables
import crawler.tables
import monitor.tables  # noqa: F401  its tables join the crawler's Base
from crawler.database import Database
from monitor.errors import DatabaseTrouble

FOLDER = Path(__file__).parent / "migrations"
METADATA = [crawler.tables.Base.metadata, alerts.tables.Base.metadata]
FULL_TEXT = "article_fts"  # SQLite keeps it in shadow tables of this name, which belong to no metadata
ADVISORY_LOCK = 0x646F696E  # PostgreSQL: one upgrade at a time

TROUBLES = {
    "SQLITE_BUSY": "is locked by another program; try again when it has finished",
    "SQLITE_LOCKED": "is locked by another program; try again when it has finished",
    "SQLITE_READONLY": "is read-only; check the permissions of the file and of its folder",
    "SQLITE_FULL": "cannot grow, the disk is full",
    "SQLITE_CANTOPEN": "cannot be opened; check that its folder exists and may be written",
    "SQLITE_NOTADB": "is not a SQLite database",
    "SQLITE_CORRUPT": "is damaged; restore a backup with `doingoai db restore FILE`",
    "SQLITE_IOERR": "cannot be read or written; check the disk",
    "SQLITE_PERM": "may not be opened; check the permissions of the file",
    "SQLITE_AUTH": "may not be opened; check the permissions of the file",
}


def upgrade(database: Database) -> None:
    """Runs the migrations that are missing, all in one transaction; raises DatabaseTrouble."""
    with plain_words(database):
        if _current(database) == newest():
            return
        with _exclusive(database) as connection:
            config = Config()
            config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def newest() -> str | None:
    """The revision that this version of the program brings."""
    return ScriptDirectory(str(FOLDER)).get_current_head()


def differences(database: Database) -> list[Any]:
    """What the tables of the code have that the database has not, or the reverse; empty when all is well."""
    with plain_words(database), database.reader.connect() as connection:
        options = migration_options()
        metadata = options.pop("target_metadata")
        context = MigrationContext.configure(connection, opts={**options, "target_metadata": metadata})
        return list(compare_metadata(context, metadata))


def migration_options() -> dict[str, Any]:
    """How Alembic looks at our tables, the same for running and for comparing."""
    return {
        "target_metadata": METADATA,
        "render_as_batch": True,
        "compare_type": True,
        "include_name": _is_ours,
        "transactional_ddl": True,  # SQLite can, once BEGIN is ours
    }


@contextmanager
def plain_words(database: Database) -> Iterator[None]:
    """Turns what a driver says into one line for the operator."""
    try:
        yield
    except DBAPIError as error:
        raise DatabaseTrouble(f"{_name(database)} {_reason(error)}") from error
    except CommandError as error:
        raise DatabaseTrouble(f"{_name(database)} was made by another version of doingoai ({error})") from error
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise DatabaseTrouble(f"{_name(database)} needs a driver that is not installed: {error}") from error


def _name(database: Database) -> str:
    shown = database.url.database if database.is_sqlite else database.url.render_as_string(hide_password=True)
    return f"database {shown}:"


def _reason(error: DBAPIError) -> str:
    name = getattr(error.orig, "sqlite_errorname", "")
    for prefix, words in TROUBLES.items():
        if name.startswith(prefix):
            return words
    return "says: " + (str(error.orig).strip().splitlines() or ["nothing"])[0]


def _current(database: Database) -> str | None:
    with database.reader.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@contextmanager
def _exclusive(database: Database) -> Iterator[Connection]:
    """One transaction for a whole upgrade. A batch migration rebuilds tables, so SQLite must not watch foreign keys
    meanwhile, and that can only be switched outside a transaction."""
    with database.writer.connect() as connection:
        _watch_foreign_keys(database, connection, False)
        try:
            with connection.begin():
                if not database.is_sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
                yield connection
        finally:
            _watch_foreign_keys(database, connection, True)


def _watch_foreign_keys(database: Database, connection: Connection, on: bool) -> None:
    driver = connection.connection.dbapi_connection
    if database.is_sqlite and driver is not None:
        driver.cursor().execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")


def _is_ours(name: str | None, type_: str, _parents: object) -> bool:
    return not (type_ == "table" and name is not None and name.startswith(FULL_TEXT))
