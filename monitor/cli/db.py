"""`db upgrade|backup|restore|check|prune`: the database, as its keeper sees it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from crawler.database import Database
from monitor import keeping, schema, settings
from monitor.cli.desk import Config, Json, SomeFailed, WrongUse, now, opened, read_settings
from monitor.cli.output import as_json, complain, say

app = typer.Typer(help="The database.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def upgrade(config: Config = None) -> None:
    """Bring the database to the tables of this version."""
    read = read_settings(config)
    with opened(read) as database:
        say(f"{database.url.render_as_string(hide_password=True)} is at version {schema.newest()}")


@app.command()
def backup(file: Annotated[Path, typer.Argument(metavar="FILE")], config: Config = None) -> None:
    """Copy the database to FILE while the watch goes on."""
    database = Database(read_settings(config).database)
    with schema.plain_words(database):
        size = keeping.backup(database, file)
    say(f"{file} written, {size / 1024**2:.1f} MB, checked")


@app.command()
def restore(file: Annotated[Path, typer.Argument(metavar="FILE")], config: Config = None) -> None:
    """Put a backup in place; refuses to overwrite a database that holds anything, or one that is in use."""
    from monitor import daemon

    database = Database(read_settings(config).database)
    keeping.check_backup(database, file)
    with daemon.only_one(database), schema.plain_words(database):
        keeping.restore(database, file)
        schema.upgrade(database)
    say(f"{database.url.database} restored from {file}")


@app.command()
def check(config: Config = None, json: Json = False) -> None:
    """Look for damage: the file's integrity, rows without their parents, full text out of step, missing tables."""
    database = Database(read_settings(config).database)
    with schema.plain_words(database):
        found = keeping.problems(database)
    if json:
        as_json({"well": not found, "problems": found})
    elif not found:
        say("well")
    if found:
        complain(*found)
        raise SomeFailed(f"{len(found)} problems in the database")


@app.command()
def prune(
    older_than: Annotated[str, typer.Option("--older-than", metavar="AGE", help="As in 90d.")] = "365d",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Remove old raw pages and fetch records. Articles, events and the pages of alerted events stay."""
    read = read_settings(config)
    try:
        age = timedelta(seconds=settings.seconds(older_than))
    except ValueError as error:
        raise WrongUse(f"--older-than: {error}") from None
    with opened(read) as database:
        gone = keeping.prune(database, now() - age, dry_run)
    if json:
        as_json({**vars(gone), "dry_run": dry_run})
        return
    verb = "would go" if dry_run else "removed"
    pages = f"{gone.pages} raw pages ({gone.bytes / 1024**2:.1f} MB)"
    say(f"{verb}: {pages}, {gone.fetches} fetch records, {gone.runs} crawl runs")
