"""`signings`, `articles`, `search`: what the database knows, for people and programs; `events` is next door."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer

from crawler import search as fulltext
from monitor import queries
from monitor.cli.desk import Config, Json, WrongUse, a_day, opened, read_settings
from monitor.cli.output import as_csv, as_json, clock, complain, say, table
from monitor.queries import EventFilter, Signed
from monitor.settings import Settings

INSTRUMENTS = ("memorandum", "agreement", "minutes", "letter_of_intent", "programme", "twinning", "contract", "other")
STATUSES = ("held", "upcoming", "cancelled")
KINDS = ("meeting", "signing")
DAY = {"no_wrap": True}


class Format(StrEnum):
    table = "table"
    json = "json"
    csv = "csv"
    xlsx = "xlsx"
    ics = "ics"


Since = Annotated[str | None, typer.Option("--since", metavar="DATE", help="From this day: 2026-11-23 or 23/11/2026.")]
Until = Annotated[str | None, typer.Option("--until", metavar="DATE", help="To this day, with it.")]
Province = Annotated[str, typer.Option("--province", metavar="SLUG", help="As in lang-son.")]
Status = Annotated[str, typer.Option("--status", help=" | ".join(STATUSES))]
Country = Annotated[str, typer.Option("--country", metavar="CODE", help="ISO code, as in CN.")]
SourceId = Annotated[str, typer.Option("--source", metavar="ID", help="Told by this source.")]
As = Annotated[Format, typer.Option("--format", help="xlsx and ics are not part of this version.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=100_000, help="At most so many.")]


def add_to(app: typer.Typer) -> None:
    for command in (signings, articles, search):
        app.command()(command)


# --- the register --------------------------------------------------------------------------------------------------


def signings(
    since: Since = None,
    until: Until = None,
    province: Province = "",
    kind: Annotated[str, typer.Option("--kind", help="Of document: " + " | ".join(INSTRUMENTS))] = "",
    status: Annotated[str, typer.Option("--status", help=" | ".join(STATUSES))] = "held",
    country: Country = "",
    source: SourceId = "",
    format: As = Format.table,
    config: Config = None,
    json: Json = False,
) -> None:
    """The register of signed documents, one line each."""
    read = read_settings(config)
    form = form_of(format, json)
    paper = one_of("" if kind == "signing" else kind, INSTRUMENTS, "--kind")
    wanted = wanted_by(read, since, until, province, "signing", status, country, source)
    with opened(read) as database, database.reading() as session:
        found = queries.signings(session, wanted, paper)
    if form == Format.json:
        as_json([line.as_dict() for line in found])
    elif form == Format.csv:
        as_csv(SIGNED_COLUMNS, [_signed_cells(line) for line in found])
    elif found:
        _signed_table(found)
    else:
        say("no signed documents" + (" like these" if asks(wanted) or paper else " yet"))


def form_of(format: Format, json: bool) -> Format:
    """The form to print in; refuses those that are not there yet."""
    if format in (Format.xlsx, Format.ics):
        raise WrongUse(f"--format {format.value}: not part of this version; use table, json or csv")
    return Format.json if json else format


def one_of(value: str, known: Sequence[str], option: str) -> str:
    """The value, if it is known or empty."""
    if value and value not in known:
        raise WrongUse(f"{option}: {value!r} is none of {', '.join(known)}")
    return value


def wanted_by(
    read: Settings,
    since: str | None,
    until: str | None,
    province: str,
    kind: str,
    status: str,
    country: str,
    source: str,
    marked: str = "",
) -> EventFilter:
    """The events that the options ask for."""
    return EventFilter(
        since=a_day(since, "--since"),
        until=a_day(until, "--until"),
        province=province,
        kind=kind,
        status=one_of(status, STATUSES, "--status"),
        country=country,
        source=source,
        zone=read.zone,
        marked=marked,
    )


def asks(wanted: EventFilter) -> bool:
    """True when the options leave something out."""
    return any((wanted.since, wanted.until, wanted.province, wanted.country, wanted.source))


SIGNED_COLUMNS = (
    "event_id",
    "date",
    "type",
    "title",
    "field",
    "vietnamese",
    "foreign",
    "place",
    "province",
    "country",
    "status",
    "urls",
)


def _signed_cells(line: Signed) -> list[Any]:
    record = line.as_dict()
    joined = {"vietnamese": "; ".join(line.vietnamese), "foreign": "; ".join(line.foreign), "urls": " ".join(line.urls)}
    return [joined.get(name, record[name]) for name in SIGNED_COLUMNS]


def _signed_table(found: Sequence[Signed]) -> None:
    table(
        [
            ("event", {"justify": "right", "no_wrap": True}),
            ("date", DAY),
            ("document", {"ratio": 3}),
            ("signed by", {"ratio": 2}),
            ("and", {"ratio": 2}),
        ],
        [
            (
                line.event_id,
                line.date or "undated",
                line.title or line.type,
                ", ".join(line.vietnamese),
                ", ".join(line.foreign),
            )
            for line in found
        ],
    )


# --- articles ------------------------------------------------------------------------------------------------------


def articles(
    since: Since = None,
    until: Until = None,
    source: Annotated[str, typer.Option("--source", metavar="ID", help="Of this source.")] = "",
    limit: Limit = 20,
    config: Config = None,
    json: Json = False,
) -> None:
    """The archive, newest first."""
    read = read_settings(config)
    asked = {"source": source, "since": a_day(since, "--since"), "until": a_day(until, "--until")}
    with opened(read) as database, database.reading() as session:
        found = queries.articles(session, **asked, limit=limit)  # type: ignore[arg-type]
        total = queries.count_articles(session, **asked)  # type: ignore[arg-type]
    if json:
        as_json([line.as_dict() for line in found])
        return
    if not found:
        say("no articles" + (" like these" if any(asked.values()) else " yet; `doingoai crawl --all` fetches some"))
        return
    _article_table(found, read)
    if total > len(found):
        complain(f"{len(found)} of {total}; --limit shows more")


def _article_table(found: Sequence[queries.ArticleLine], read: Settings) -> None:
    table(
        [
            ("id", {"justify": "right", "no_wrap": True}),
            ("published", DAY),
            ("source", {"max_width": 18}),
            ("title", {"ratio": 1}),
            ("events", {"justify": "right"}),
        ],
        [
            (
                line.id,
                line.published[:10] or clock(line.seen, read.zone)[:10],
                line.source,
                line.title,
                line.events or "",
            )
            for line in found
        ],
    )


def search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS...", help='"In quotes" for a phrase.')],
    limit: Limit = 20,
    config: Config = None,
    json: Json = False,
) -> None:
    """Search the archive, with or without Vietnamese marks."""
    read = read_settings(config)
    # The shell takes the quotes off a phrase; an argument with a space in it was one.
    question = unicodedata.normalize("NFC", " ".join(f'"{w}"' if " " in w and '"' not in w else w for w in words))
    if len(words) == 1:
        question = unicodedata.normalize("NFC", words[0])
    with opened(read) as database, database.reading() as session:
        hits = fulltext.search(session, question, limit)
        lines = queries.article_lines(session, [hit.article.id for hit in hits])
    snippets = [hit.snippet for hit in hits]
    if json:
        as_json([{**line.as_dict(), "snippet": snippet} for line, snippet in zip(lines, snippets, strict=True)])
        return
    if not lines:
        say("nothing found")
    for line, snippet in zip(lines, snippets, strict=True):
        say(
            f"{line.id}  {line.title}",
            f"    {line.name}, {line.published[:10] or clock(line.seen, read.zone)}",
            f"    {line.url}",
        )
        if snippet:
            say(f"    {' '.join(snippet.split())}")
