"""`events`: the list, one event whole, what was refused, marks as cases. What changes events is in `correcting`."""

from __future__ import annotations

import json as jsonlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from alerts.tables import Message
from monitor import cases as labelled
from monitor import corrections, queries, reasons
from monitor.cli import correcting
from monitor.cli.archive import (
    DAY,
    KINDS,
    As,
    Country,
    Format,
    Limit,
    Province,
    Since,
    SourceId,
    Status,
    Until,
    asks,
    form_of,
    one_of,
    wanted_by,
)
from monitor.cli.desk import Config, Json, WrongUse, a_day, every_source, given, now, opened, read_settings
from monitor.cli.output import as_csv, as_json, clock, complain, facts, say, table
from monitor.queries import EventView, Refused
from monitor.settings import Settings
from monitor.tables import Decision, Event, Mark
from monitor.web.sayings import Sayings
from monitor.web.words import province_name

app = typer.Typer(
    help="The events, newest first; the commands below look at one, or correct it.",
    invoke_without_command=True,
    rich_markup_mode=None,
)
Kind = Annotated[str, typer.Option("--kind", help=" | ".join(KINDS))]


@app.callback()
def events(
    context: typer.Context,
    since: Since = None,
    until: Until = None,
    province: Province = "",
    kind: Kind = "",
    status: Status = "",
    country: Country = "",
    source: SourceId = "",
    everything: Annotated[bool, typer.Option("--all", help="Those marked wrong too.")] = False,
    marked: Annotated[bool, typer.Option("--marked", help="Only those that staff marked.")] = False,
    format: As = Format.table,
    config: Config = None,
    json: Json = False,
) -> None:
    """The events, newest first; the commands below look at one, or correct it."""
    given.config = config or given.config
    if context.invoked_subcommand is not None:
        return
    read = read_settings(config)
    form = form_of(format, json)
    which = "only" if marked else "all" if everything else ""
    wanted = wanted_by(read, since, until, province, one_of(kind, KINDS, "--kind"), status, country, source, which)
    with opened(read) as database, database.reading() as session:
        found = queries.events(session, wanted)
    if form == Format.json:
        as_json([view.as_dict() for view in found])
    elif form == Format.csv:
        as_csv(EVENT_COLUMNS, [_event_cells(view, read) for view in found])
    elif found:
        _event_table(found, read)
    else:
        like = " like these" if asks(wanted) or marked else ""
        say("no events" + (like or " yet; `doingoai run` or `doingoai crawl --all` fills them in"))


EVENT_COLUMNS = (
    "id",
    "kind",
    "subtype",
    "status",
    "scope",
    "date",
    "date_end",
    "place",
    "province",
    "country",
    "foreign_region",
    "vietnamese_side",
    "foreign_side",
    "instruments",
    "evidence",
    "confidence",
    "reason",
    "code",
    "first_seen",
    "announced",
    "outlets",
    "urls",
    "verdict",
)


def _event_cells(view: EventView, read: Settings) -> list[Any]:
    return [
        view.id,
        view.kind,
        view.subtype,
        view.status,
        view.scope,
        view.date,
        view.date_end,
        view.place,
        view.province,
        view.country,
        view.foreign_region,
        _parties(view.vietnamese_side),
        _parties(view.foreign_side),
        _papers(view),
        " … ".join(proof["text"] for proof in view.evidence),
        view.confidence,
        view.reason,
        view.code,
        view.created_at.astimezone(read.zone).isoformat(timespec="seconds"),
        view.announced_at.astimezone(read.zone).isoformat(timespec="seconds") if view.announced_at else None,
        "; ".join(dict.fromkeys(outlet.name for outlet in view.outlets)),
        " ".join(outlet.url for outlet in view.outlets),
        view.verdict,
    ]


def _parties(side: Sequence[dict[str, Any]]) -> str:
    return "; ".join(f"{p['name']} ({p['title']})" if p.get("title") else str(p["name"]) for p in side)


def _papers(view: EventView) -> str:
    return "; ".join(paper.get("title") or paper.get("type") or "" for paper in view.instruments)


def _event_table(found: Sequence[EventView], read: Settings) -> None:
    sayings = Sayings(read.language, read.zone, now)
    rows = [(view.id, view.date or "undated", _what(view), sayings.headline(view)) for view in found]
    table(
        [
            ("id", {"justify": "right", "no_wrap": True}),
            ("date", DAY),
            ("what", {"max_width": 18}),
            ("who with whom", {"ratio": 1}),
        ],
        rows,
    )


def _what(view: EventView) -> str:
    what = view.subtype if view.kind == "meeting" else f"signing, {view.subtype}"
    what = what if view.status == "held" else f"{what}, {view.status}"
    return f"{what}, marked {view.verdict}" if view.verdict else what


# --- one event -----------------------------------------------------------------------------------------------------


@app.command()
def show(
    event: Annotated[int, typer.Argument(metavar="ID", help="Its number, as `doingoai events` shows it.")],
    config: Config = None,
    json: Json = False,
) -> None:
    """Show one event whole: facts, evidence, rule, who tells of it and why it is one, what staff said, who was told."""
    read = read_settings(config)
    with opened(read) as database, database.reading() as session:
        view = queries.event(session, event, marked=True) if 0 < event <= corrections.LARGEST else None
        if view is None:
            raise WrongUse(f"there is no event {event}")
        record = _record(session, view, read)
    if json:
        as_json(record)
        return
    if event != view.id:
        say(f"event {event} was merged into event {view.id}")
    _show(record, view, read)


def _record(session: Session, view: EventView, read: Settings) -> dict[str, Any]:
    sayings = Sayings(read.language, read.zone, now)
    return {
        **view.as_dict(),
        "headline": sayings.headline(view),
        "reason_words": reasons.why_event(view.reason, read.language),
        "merged": sorted(corrections.group(session, view.id) - {view.id}),
        "occasion": [other.id for other in queries.occasion(session, view)],
        "mentions": list(_mentions(session, view, read)),
        "marks": [_mark(mark) for mark in corrections.marks(session, view.id)],
        "decisions": [_decision(decision) for decision in corrections.decisions(session, view.id)],
        "messages": [_message(message) for message in queries.messages_of(session, view)],
    }


def _mentions(session: Session, view: EventView, read: Settings) -> Iterator[dict[str, Any]]:
    outlets = {outlet.article_id: outlet for outlet in view.outlets}
    for mention in corrections.mentions(session, session.get_one(Event, view.id)):
        outlet = outlets[mention.article_id]
        yield {
            "article_id": mention.article_id,
            "outlet": outlet.name,
            "url": outlet.url,
            "title": outlet.title,
            "published": outlet.published,
            "why": mention.why or None,
            "why_words": reasons.why_one(mention.why, read.language),
            "evidence": list((mention.found or {}).get("evidence", ())),
        }


def _mark(mark: Mark) -> dict[str, Any]:
    names = ("verdict", "who", "note", "at", "snapshot")
    return {**{name: getattr(mark, name) for name in names}, "withdrawn": len(mark.withdrawn)}


def _decision(decision: Decision) -> dict[str, Any]:
    names = ("what", "event_id", "other_id", "articles", "who", "note", "at", "undone_at", "undone_by")
    return {name: getattr(decision, name) for name in names}


def _message(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "state": message.state,
        "subscription": message.subscription or None,
        "recipient": message.label,
        "sent_at": message.sent_at,
        "due_at": message.due_at,
    }


def _show(record: dict[str, Any], view: EventView, read: Settings) -> None:
    say(f"event {view.id}: {record['headline']}" + (f" (marked {view.verdict})" if view.verdict else ""), "")
    days = " – ".join(day for day in (view.date, view.date_end) if day)
    facts(
        (name, value)
        for name, value in (
            ("what", f"{view.kind}, {view.subtype}, {view.status}, {view.scope}"),
            ("date", days or "undated"),
            ("place", view.place),
            ("province", view.province),
            ("country", " · ".join(filter(None, (view.country, view.foreign_region)))),
            ("Vietnamese side", _parties(view.vietnamese_side)),
            ("foreign side", _parties(view.foreign_side)),
            ("documents", _papers(view)),
            ("evidence", "\n".join(proof["text"] for proof in view.evidence)),
            ("rule", f"{view.reason}: {record['reason_words']}"),
            ("confidence", f"{view.confidence:.2f}"),
            ("code", view.code),
            ("first seen", clock(view.created_at, read.zone)),
            ("told", clock(view.announced_at, read.zone) if view.announced_at else "nobody"),
            ("same occasion", ", ".join(f"event {number}" for number in record["occasion"])),
            ("merged into it", ", ".join(f"event {number}" for number in record["merged"])),
        )
        if value
    )
    for heading, lines in (
        ("articles", _mention_lines(record)),
        ("marks", _mark_lines(record, read)),
        ("splits and merges", _decision_lines(record, read)),
        ("messages", _message_lines(record, read)),
    ):
        if told := list(lines):
            say("", heading, *told)


def _mention_lines(record: dict[str, Any]) -> Iterator[str]:
    for mention in record["mentions"]:
        yield f"  {mention['article_id']}  {mention['outlet']}, {mention['published'][:10] or 'undated'}"
        yield f"      {mention['title']}"
        yield f"      {mention['url']}"
        yield f"      {mention['why_words']}" + (f" ({mention['why']})" if mention["why"] else "")


def _mark_lines(record: dict[str, Any], read: Settings) -> Iterator[str]:
    for mark in record["marks"]:
        note = f": {mark['note']}" if mark["note"] else ""
        yield f"  {clock(mark['at'], read.zone)}  {mark['verdict']}, {mark['who'] or 'unnamed'}{note}"


def _decision_lines(record: dict[str, Any], read: Settings) -> Iterator[str]:
    for one in record["decisions"]:
        note = f": {one['note']}" if one["note"] else ""
        undone = f" (undone {clock(one['undone_at'], read.zone)})" if one["undone_at"] else ""
        articles = ", ".join(str(number) for number in one["articles"])
        what = {
            "split": f"articles {articles} split off event {one['event_id']} as event {one['other_id']}",
            "merge": f"event {one['other_id']} merged into event {one['event_id']}",
        }[one["what"]]
        yield f"  {clock(one['at'], read.zone)}  {what}, {one['who'] or 'unnamed'}{note}{undone}"


def _message_lines(record: dict[str, Any], read: Settings) -> Iterator[str]:
    for message in record["messages"]:
        when = clock(message["sent_at"] or message["due_at"], read.zone)
        yield f"  {when}  {message['state']}, {message['recipient']} ({message['subscription'] or 'operators'})"


# --- what was refused ----------------------------------------------------------------------------------------------


@app.command()
def rejected(
    since: Since = None,
    kind: Kind = "",
    source: SourceId = "",
    reason: Annotated[str, typer.Option("--reason", metavar="CODE", help="As in no-foreign-side or wish.")] = "",
    limit: Limit = 50,
    config: Config = None,
    json: Json = False,
) -> None:
    """List the sentences that were no events and the rule that said so, newest article first."""
    read = read_settings(config)
    asked = (a_day(since, "--since"), one_of(kind, KINDS, "--kind"), source, reason)
    counts: Counter[str] = Counter()
    shown: list[Refused] = []
    with opened(read) as database, database.reading() as session:
        for line in queries.rejected(session, *asked, zone=read.zone):
            counts[reasons.family(line.reason)] += 1
            if len(shown) < limit:
                shown.append(line)
    total = sum(counts.values())
    if json:
        lines = [{**line.as_dict(), "reason_words": reasons.why_not(line.reason, read.language)} for line in shown]
        as_json({"rejected": lines, "counts": dict(counts.most_common()), "total": total})
    elif not shown:
        say("nothing was rejected" + (" like this" if any(asked) else " yet"))
    else:
        _rejected_table(shown, read)
        say("", *(f"{number:>6}  {code}: {reasons.why_not(code, read.language)}" for code, number in _sorted(counts)))
        say(f"{total:>6}  in all")
        if total > len(shown):
            complain(f"{len(shown)} of {total}; --limit shows more")


def _sorted(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _rejected_table(shown: Sequence[Refused], read: Settings) -> None:
    table(
        [
            ("article", {"justify": "right", "no_wrap": True}),
            ("published", DAY),
            ("what and why not", {"max_width": 22}),
            ("sentence", {"ratio": 1}),
        ],
        [
            (
                line.article_id,
                line.published[:10] or clock(line.seen, read.zone)[:10],
                f"{line.kind}\n{line.reason}\n{line.where} {line.start}",
                f"{line.text}\n{line.source}: {line.title}",
            )
            for line in shown
        ],
    )


# --- cases ---------------------------------------------------------------------------------------------------------


@app.command()
def cases(
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write there; else print.")] = None,
    config: Config = None,
) -> None:
    """Write what staff marked as labelled cases, JSON lines, to measure the rules by."""
    read = read_settings(config)
    provinces = {source.id: province_name(source.province) for source in every_source(read).values() if source.province}
    with opened(read) as database, database.reading() as session:
        found = labelled.cases(session, provinces)
    lines = "".join(jsonlib.dumps(case, ensure_ascii=False) + "\n" for case in found)
    if out is None:
        typer.echo(lines, nl=False)
        return
    out.write_text(lines, encoding="utf-8")
    say(f"{len(found)} cases written to {out}")


for command in (correcting.mark, correcting.split, correcting.merge):
    app.command()(command)
