"""`sources list|show|check|health`: the catalogue, and what each source gives today."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import func, select

from crawler.catalogue import Source
from crawler.database import Database
from crawler.tables import Article, FetchRecord, Link
from monitor import crawls, queries, schema
from monitor.cli.desk import (
    Config,
    Json,
    SomeFailed,
    WrongUse,
    every_source,
    log_to_stderr,
    named_sources,
    opened,
    read_settings,
)
from monitor.cli.output import as_json, clock, facts, say, table
from monitor.settings import Settings

app = typer.Typer(help="The catalogue, and what each source gives.", no_args_is_help=True, rich_markup_mode=None)

ENOUGH = 3  # pages to try for one article: the first link may be none
PATIENCE = 120.0


@app.command("list")
def list_sources(
    everything: Annotated[bool, typer.Option("--all", help="Those that are not watched too.")] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """The sources that are watched."""
    read = read_settings(config)
    watched = {source.id for source in read.watched}
    found = [s for s in every_source(read).values() if everything or json or s.id in watched]
    if json:
        as_json([{**source.model_dump(), "watched": source.id in watched} for source in found])
        return
    table(
        [
            ("id", {"max_width": 24}),
            ("province", {"no_wrap": True}),
            ("kind", {"no_wrap": True}),
            ("name", {"ratio": 1}),
            "state",
        ],
        [(s.id, s.province or "all", s.kind, s.name, _state(s, watched)) for s in found],
    )
    off = [source for source in found if source.off_reason and not source.enabled]
    for source in off:
        say(f"{source.id} is off: {source.off_reason}")


def _state(source: Source, watched: set[str]) -> str:
    if source.id in watched:
        return "on"
    return "not enabled" if source.enabled else "off"


@app.command()
def show(
    source: Annotated[str, typer.Argument(metavar="ID")],
    config: Config = None,
    json: Json = False,
) -> None:
    """One entry of the catalogue, key by key, and how sure each is."""
    read = read_settings(config)
    entry = every_source(read).get(source)
    if entry is None:
        raise WrongUse(f"no such source: {source} (see `doingoai sources list --all`)")
    watched = source in {known.id for known in read.watched}
    if json:
        as_json({**entry.model_dump(), "watched": watched})
        return
    values = entry.model_dump(exclude={"certainty"})
    rows = [
        (name, _value(value), entry.certainty.get(name, ""))
        for name, value in values.items()
        if value not in ("", (), None)
    ]
    table(
        [("key", {"no_wrap": True}), ("value", {"ratio": 1}), "certainty"],
        [("watched", "yes" if watched else "no", ""), *rows],
    )


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "\n".join(_value(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_value(item)}" for name, item in value.items() if item)
    return str(value)


@app.command()
def health(config: Config = None, json: Json = False) -> None:
    """How each watched source has been doing."""
    read = read_settings(config)
    with opened(read) as database, database.reading() as session:
        states = queries.sources(session)
    lines = [(source, states.get(source.id) or queries.SourceLine(source.id)) for source in read.watched]
    if json:
        as_json([{"name": source.name, **vars(line)} for source, line in lines])
        return
    table(
        [
            ("id", {"max_width": 22}),
            ("last good", {"max_width": 10}),
            ("last new", {"max_width": 10}),
            ("articles", {"justify": "right"}),
            ("fails", {"justify": "right"}),
            ("state", {"ratio": 1}),
        ],
        [
            (
                source.id,
                clock(line.last_ok_at, read.zone),
                clock(line.last_new_at, read.zone),
                line.articles,
                line.failures or "",
                line.last_error or ("well" if line.last_ok_at else "never polled"),
            )
            for source, line in lines
        ],
    )
    failing = [source.id for source, line in lines if line.failures]
    if failing:
        raise SomeFailed(f"{len(failing)} of {len(lines)} sources are failing: {', '.join(failing)}")


# --- check ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checked:
    """What one source gave: its listings, the links on them, and one article, field by field."""

    id: str
    listings: tuple[dict[str, Any], ...]
    links: int
    article: dict[str, Any] | None
    missing: tuple[str, ...]
    problem: str = ""

    @property
    def well(self) -> bool:
        return self.article is not None and not self.missing


@app.command()
def check(
    source: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", show_default=False)] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Fetch one listing and one article of each source, and say field by field what was found; stores nothing."""
    read = read_settings(config)
    log_to_stderr(False)
    chosen = named_sources(read, source) if source else list(read.watched)
    found = []
    for one in chosen:
        found.append(_checked(one, read))
        if not json:
            _show(one, found[-1])
    if json:
        as_json([{**vars(one), "well": one.well} for one in found])
    bad = [one.id for one in found if not one.well]
    if bad:
        raise SomeFailed(f"{len(bad)} of {len(found)} sources need a look: {', '.join(bad)}")


def _checked(source: Source, read: Settings) -> Checked:
    """Crawls into a database of its own, which is thrown away."""
    with tempfile.TemporaryDirectory(prefix="doingoai-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'check.db'}")
        try:
            schema.upgrade(database)
            job = crawls.order(
                read, [source], database=str(database.url), deadline=PATIENCE, max_articles=ENOUGH, recheck_hours=()
            )
            result = crawls.run_crawl(job)
            end = result.ends.get(source.id)
            return _seen(source, database, str(end.get("error") or "") if end else result.why)
        finally:
            database.close()


def _seen(source: Source, database: Database, problem: str) -> Checked:
    with database.reading() as session:
        fetched = session.scalars(select(FetchRecord).order_by(FetchRecord.id)).all()
        links = session.scalar(select(func.count()).select_from(Link)) or 0
        articles = session.scalars(select(Article).order_by(Article.id)).all()
    best = max(articles, key=lambda row: (bool(row.published), len(row.text)), default=None)
    listings = [_request(r) for r in fetched if r.outcome == "listing"]
    failed = [_request(r) for r in fetched if r.outcome in ("failed", "skipped")]
    return Checked(
        id=source.id,
        listings=tuple([*listings, *failed]),
        links=links,
        article=_fields(best) if best else None,
        missing=tuple(name for name in ("title", "text", "published") if best and not getattr(best, name)),
        problem=problem,
    )


def _request(record: FetchRecord) -> dict[str, Any]:
    return {"url": record.url, "status": record.status, "outcome": record.outcome, "reason": record.reason}


def _fields(row: Article) -> dict[str, Any]:
    return {
        "url": row.url,
        "title": row.title,
        "lead": row.lead or None,
        "published": row.published or None,
        "published_from": row.published_from or None,
        "author": row.author or None,
        "text_letters": len(row.text),
        "text_paragraphs": len(row.text.splitlines()),
        "text_begins": row.text[:160],
        "captions": len(row.captions or ()),
        "language": row.language or None,
    }


def _show(source: Source, found: Checked) -> None:
    say(f"{source.id}: {source.name}")
    facts(list(_rows(found)))
    say("")


def _rows(found: Checked) -> Iterator[tuple[str, Any]]:
    for asked in found.listings:
        said = asked["reason"] or (f"HTTP {asked['status']}" if asked["status"] else "no answer")
        yield f"  {asked['outcome']}", f"{asked['url']} ({said})"
    yield "  links", found.links or "none found"
    if found.problem:
        yield "  problem", found.problem
    if found.article is None:
        yield "  article", "none could be read"
        return
    for name, value in found.article.items():
        shown = "not found" if value in (None, "", 0) and name not in ("captions", "lead", "author") else value
        yield f"  {name}", shown if shown is not None else "–"
