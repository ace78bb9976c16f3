"""What a command stands on: the configuration it was given, the database that names, the clock."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from crawler import catalogue
from crawler.catalogue import Source
from crawler.database import Database
from monitor import schema, settings
from monitor.errors import SettingsError
from monitor.settings import Settings

Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="The configuration; else DOINGOAI_CONFIG, else ./doingoai.toml."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class WrongUse(Exception):
    """The command was asked for something it cannot do; the text says what. Exit code 2."""


class SomeFailed(Exception):
    """Done, but not all of it; the text says what failed. Exit code 1."""


@dataclass
class _Given:
    """The `--config` that stood before the command."""

    config: Path | None = None


given = _Given()


def read_settings(config: Path | None) -> Settings:
    return settings.load(config or given.config)


@contextmanager
def opened(read: Settings) -> Iterator[Database]:
    """The database of the configuration, with the tables of this version."""
    database = Database(read.database)
    try:
        schema.upgrade(database)
        with schema.plain_words(database):
            yield database
    finally:
        database.close()


def now() -> datetime:
    return datetime.now(UTC)


def every_source(read: Settings) -> dict[str, Source]:
    """All sources that are known, watched or not, by id."""
    return {**catalogue.load(), **{source.id: source for source in read.watched}}


def named_sources(read: Settings, names: list[str]) -> list[Source]:
    """The sources of these ids; a province stands for the watched ones of it."""
    known = every_source(read)
    chosen: dict[str, Source] = {}
    for name in names:
        of_province = [source for source in read.watched if source.province == name]
        if name not in known and not of_province:
            raise WrongUse(f"no such source or watched province: {name} (see `doingoai sources list`)")
        for source in [known[name]] if name in known else of_province:
            if not source.enabled:
                raise WrongUse(f"{source.id} is off: {source.off_reason or 'its entry says enabled = false'}")
            chosen[source.id] = source
    return list(chosen.values())


def a_day(value: str | None, option: str) -> date | None:
    """A day as people write it: 2026-11-23 or 23/11/2026."""
    if not value:
        return None
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(value.strip(), form).date()  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            continue
    raise WrongUse(f"{option}: {value!r} is no day; write it as 2026-11-23 or 23/11/2026")


def log_to_stderr(verbose: bool) -> None:
    """What the rooms log while a command runs: warnings, or all of it."""
    from monitor.crawls import child_log
    from monitor.daemon import set_up_logging

    set_up_logging(logging.INFO if verbose else logging.ERROR)
    child_log.setLevel(logging.DEBUG if verbose else logging.NOTSET)  # the daemon has no use for each page's line


def on_terminal() -> bool:
    return sys.stderr.isatty()


__all__ = [
    "Config",
    "Json",
    "SettingsError",
    "SomeFailed",
    "WrongUse",
    "a_day",
    "every_source",
    "given",
    "log_to_stderr",
    "named_sources",
    "now",
    "on_terminal",
    "opened",
    "read_settings",
]
