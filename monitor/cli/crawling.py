"""`crawl`, `reprocess`, `analyze`: articles in, from the web, from the database, from standard input."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from crawler import urls
from crawler.catalogue import Source
from monitor import crawls, jobs, queries
from monitor.cli.desk import (
    Config,
    Json,
    SomeFailed,
    WrongUse,
    a_day,
    every_source,
    log_to_stderr,
    named_sources,
    now,
    on_terminal,
    opened,
    read_settings,
)
from monitor.cli.output import as_json_line, complain, console, safe, say
from monitor.crawls import CrawlResult
from monitor.settings import Settings

PATIENCE = 24 * 3600.0  # a person watches, and can stop it
EVERYTHING = 100_000  # articles of one source when an archive is walked back
NAMED = 20  # pages that could not be had and are named at the end
COUNTED = ("new", "revised", "unchanged", "failed")

Since = Annotated[str | None, typer.Option("--since", metavar="DATE", help="2026-11-23 or 23/11/2026.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show what the crawl logs, on standard error.")]


def add_to(app: typer.Typer) -> None:
    for command in (crawl, reprocess, analyze):
        app.command()(command)


# --- crawl ---------------------------------------------------------------------------------------------------------


def crawl(
    source: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Ids or provinces.", show_default=False)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every watched source.")] = False,
    url: Annotated[list[str] | None, typer.Option("--url", metavar="URL", help="One article; may be repeated.")] = None,
    since: Since = None,
    force: Annotated[bool, typer.Option("--force", help="Fetch known pages again.")] = False,
    verbose: Verbose = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Crawl now, then read what is new.

    --since walks back through the archive pages; what it finds fills the archive and alerts nobody. Alerts of new
    events are put down for the daemon to send.
    """
    read = read_settings(config)
    log_to_stderr(verbose)
    chosen = _chosen(read, source or [], everything, url or [])
    more: dict[str, Any] = {"urls": tuple(url or ()), "since": a_day(since, "--since"), "force": force}
    if since:
        more["max_articles"] = EVERYTHING
    order = crawls.order(read, chosen, deadline=PATIENCE, **more)
    with opened(read) as database:
        began = now()
        with _followed(chosen, json) as hear:
            result = crawls.run_crawl(order, hear)
        if not url:
            jobs.settle(database, read, chosen, result, began, now())
        found = jobs.read(database, read, now())
        with database.reading() as session:
            lost = queries.lost_pages(session, [one.id for one in chosen], began)
    _tell_the_end(read, chosen, result, found, lost, json, bool(url))


def _chosen(read: Settings, names: list[str], everything: bool, addresses: list[str]) -> list[Source]:
    if not names and not everything and not addresses:
        raise WrongUse("name a source or a province, or say --all or --url URL (see `doingoai sources list`)")
    if everything and names:
        raise WrongUse("--all: takes no source beside it")
    chosen = {source.id: source for source in (read.watched if everything else named_sources(read, names))}
    owners = {} if everything or names else {source.id: source for source in every_source(read).values()}
    for address in addresses:
        owner = next((s for s in [*chosen.values(), *owners.values()] if urls.on_site(address, s)), None)
        if owner is None:
            raise WrongUse(f"--url: {safe(address)} is on no host of a known source; add one as [[sources]]")
        if not owner.enabled:
            raise WrongUse(f"--url: {owner.id} is off: {owner.off_reason or 'its entry says enabled = false'}")
        chosen[owner.id] = owner
    if not chosen:
        raise WrongUse("no source is watched; see [catalogue] in the configuration")
    return list(chosen.values())


@contextmanager
def _followed(chosen: list[Source], json: bool) -> Iterator[crawls.OnLine]:
    """What is shown while the crawl runs: JSON lines, a bar on a terminal, else a line a source."""
    names = {source.id: source.name for source in chosen}
    if json:
        yield as_json_line
    elif on_terminal():
        with _Bars(names) as bars:
            yield bars.hear
    else:
        yield lambda line: say(_end_line(line)) if line.get("type") == "end" else None


class _Bars:
    """A bar for each source that is being crawled; a source that ends leaves its line above."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console(error=True),
        )
        self.tasks: dict[str, Any] = {}
        self.lock = threading.Lock()

    def __enter__(self) -> _Bars:
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def hear(self, line: dict[str, Any]) -> None:
        source = str(line.get("source"))
        if line.get("type") == "start":
            self.tasks[source] = self.progress.add_task(safe(self.names.get(source, source))[:34], total=None)
        elif line.get("type") == "progress" and source in self.tasks:
            self.progress.update(self.tasks[source], completed=line.get("done") or 0, total=line.get("of") or None)
        elif line.get("type") == "end":
            if source in self.tasks:
                self.progress.remove_task(self.tasks.pop(source))
            self.progress.console.print(safe(_end_line(line)))


def _end_line(line: dict[str, Any]) -> str:
    counts = ", ".join(f"{line.get(name) or 0} {name}" for name in COUNTED)
    return f"{line.get('source')}: {counts}" + (f"; {line['error']}" if line.get("error") else "")


def _tell_the_end(
    read: Settings,
    chosen: list[Source],
    result: CrawlResult,
    found: Any,
    lost: list[tuple[str, str, str]],
    json: bool,
    single: bool,
) -> None:
    totals = {name: result.count(name) for name in COUNTED}
    failed = {source: end["error"] for source, end in result.ends.items() if end.get("error")}
    failed.update({source.id: result.why for source in chosen if source.id not in result.ends and not single})
    if json:
        as_json_line({"type": "total", **totals, "read": found.read, "events": found.events, "notices": found.notices})
    else:
        say(f"total: {', '.join(f'{number} {name}' for name, number in totals.items())}")
        say(f"read: {found.read} articles, {found.events} new events, {found.notices} to tell")
        if found.notices and read.subscriptions:
            say("`doingoai run` sends the alerts")
    problems = [f"{source}: {error}" for source, error in failed.items()]
    problems += [f"{source}: {address}: {reason}" for source, address, reason in lost[:NAMED]]
    if len(lost) > NAMED:
        problems.append(f"{len(lost) - NAMED} more pages could not be had; --verbose names each as it fails")
    if found.failed:
        problems.append(f"{found.failed} articles could not be read for events; see the log")
    if not problems and result.code not in (0, None):
        problems.append(result.why)
    if problems:
        raise SomeFailed("\n".join(problems))


# --- reprocess -----------------------------------------------------------------------------------------------------


def reprocess(
    source: Annotated[str | None, typer.Option("--source", metavar="ID", help="Only this source.")] = None,
    since: Since = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing.")] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Clean and read stored pages again.

    Needs no network; prints the difference in events. Nobody is told of what comes out.
    """
    from monitor import reprocess as again

    read = read_settings(config)
    log_to_stderr(False)
    known, day = every_source(read), a_day(since, "--since")
    rewritten = changes = skipped = failed = done = 0
    with opened(read) as database:
        total = again.count(database, source or "", day)
        if source and source not in known and not again.count(database, source):
            raise WrongUse(f"--source: {source} is no known source and has no articles (see `doingoai sources list`)")
        with _counted(total, json) as step:
            for outcome in again.reprocess(database, read, now(), known, source or "", day, dry_run):
                step()
                done += 1
                rewritten += outcome.rewritten
                changes += len(outcome.changes)
                for change in outcome.changes:
                    as_json_line(change.as_dict()) if json else say(*_change_lines(change))
                if outcome.skipped:
                    skipped += 1
                    complain(f"{outcome.url}: would not be kept now ({outcome.skipped}); stays as it is")
                if outcome.error:
                    failed += 1
                    complain(f"{outcome.url}: {outcome.error}")
    figures = {"rewritten": rewritten, "changes": changes, "skipped": skipped, "failed": failed}
    if json:
        as_json_line({"change": "total", "articles": done, **figures, "dry_run": dry_run})
    else:
        counts = f"{rewritten} with another text, {changes} changes in events, {skipped} skipped, {failed} failed"
        say(f"{done} articles: {counts}")
        if dry_run:
            say("nothing was written (--dry-run)")
    if failed:
        raise SomeFailed(f"{failed} of {done} articles could not be cleaned or read again")


@contextmanager
def _counted(total: int, json: bool) -> Iterator[Any]:
    if json or not on_terminal():
        yield lambda: None
        return
    with Progress(
        SpinnerColumn(), BarColumn(), MofNCompleteColumn(), console=console(error=True), transient=True
    ) as bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)


def _change_lines(change: Any) -> Iterator[str]:
    mark = {"found": "+", "lost": "-", "changed": "~"}[change.what]
    told = change.as_dict()
    sides = " – ".join(", ".join(told[side][:2]) or "?" for side in ("vietnamese_side", "foreign_side"))
    kept = " (people were told: kept)" if change.kept else ""
    yield f"{mark} {told['kind']}/{told['subtype']} {told['date'] or 'undated'} {sides}{kept}"
    yield f"    {change.url}"
    yield from (f"    {field}" for field in change.fields)


# --- analyze -------------------------------------------------------------------------------------------------------


def analyze(
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of an event, and read nothing.")
    ] = False,
) -> None:
    """Read articles from JSON lines.

    On standard input {"url", "html"}, {"url", "title", "text", "published"} or {"url", "html", "as": "listing"}, one a
    line; the answers come in the same order. No database, no network.
    """
    with _plain_output() as out:
        if schema:
            from monitor.detect import contract

            out.write(contract.printed())
            return
        from monitor.analysis import analyze as answers

        log_to_stderr(False)
        for line in answers(sys.stdin.buffer):
            out.write(line + "\n")


@contextmanager
def _plain_output() -> Iterator[io.TextIOWrapper]:
    """Standard output as UTF-8 whatever the terminal's language, each line at once."""
    out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", errors="replace", newline="\n", write_through=True)
    try:
        yield out
    finally:
        out.detach()
