"""Cleans stored pages again and reads them again, without the network, and says what that changes in the events.

Better rules reach old pages this way. Nobody is told of what comes out of it; what people were told of stays.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import delete, insert, inspect, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from crawler import store
from crawler.article import CleanArticle
from crawler.catalogue import Source
from crawler.clean import clean
from crawler.database import Database
from crawler.duplicates import text_hash
from crawler.errors import SkipPage
from crawler.tables import Article, Base, Link, MinhashBand, RawPage, Revision
from monitor import corrections, detect, notices, queries, reader, schema
from monitor.settings import Settings
from monitor.tables import Apart, Decision, Event, Mark, Mention, Reading

SIDES = ("vietnamese_side", "foreign_side")
COPIED = (Article, Revision, MinhashBand, Event, Mention, Mark, Decision, Apart)  # each behind what it points to
SHOWN = ("status", "date", "date_end", "place", "country", "scope", "subtype")  # what a difference names


EFFECTS = {
    "appears": "event {id} is new",
    "joins": "event {id} has one article more",
    "changes": "event {id}",
    "thins": "event {id} stays, other articles tell of it",
    "vanishes": "event {id} vanishes",
    "kept": "event {id} stays",
    "minded": "event {id} stays, as staff marked, split or merged it",
}


@dataclass(frozen=True)
class Change:
    """What another reading of one article does to one event: `what` is found, lost or changed in the article."""

    what: str
    url: str
    event: dict[str, Any]  # as the article tells it
    effect: str  # what becomes of the event, see EFFECTS
    id: int | None = None  # None for one that a dry run would make
    in_article: tuple[str, ...] = ()  # "date: 2023 → 2023-01-18", what the article tells otherwise
    in_event: tuple[str, ...] = ()  # the same for the event, which other articles tell of too

    @property
    def kept(self) -> bool:
        """Lost, but people were told of it: it stays."""
        return self.effect == "kept"

    @property
    def fields(self) -> tuple[str, ...]:
        """The change in words, a line each."""
        known = EFFECTS[self.effect].format(id=self.id) if self.id else "a new event"
        only_here = tuple(f"in this article: {line}" for line in self.in_article if line not in self.in_event)
        return (known, *self.in_event, *only_here)

    def as_dict(self) -> dict[str, Any]:
        facts = {name: self.event.get(name) for name in ("kind", *SHOWN)}
        sides = {side: [p["name"] for p in self.event.get(side) or ()] for side in SIDES}
        return {
            "change": self.what,
            "event": self.id,
            "effect": self.effect,
            "url": self.url,
            **facts,
            **sides,
            "fields": list(self.in_article),
            "event_fields": list(self.in_event),
            "kept": self.effect in ("kept", "minded"),
        }


@dataclass(frozen=True)
class Outcome:
    """What became of one article."""

    url: str
    rewritten: bool = False  # the text is another than before
    changes: tuple[Change, ...] = ()
    error: str = ""
    skipped: str = ""  # why these rules would not keep it; it stays as it is


def count(database: Database, source: str = "", since: date | None = None) -> int:
    with database.reading() as session:
        return queries.count_articles(session, source, since)


def reprocess(
    database: Database,
    settings: Settings,
    now: datetime,
    sources: Mapping[str, Source],
    source: str = "",
    since: date | None = None,
    dry_run: bool = False,
) -> Iterator[Outcome]:
    """Each article in turn, oldest first. With `dry_run` all this is done to a copy, and nothing else is written."""
    with database.reading() as session:
        numbers = [line.id for line in queries.articles(session, source, since)]
        known = set(session.scalars(select(Event.id))) if dry_run else None
    with rehearsal(database) if dry_run else nullcontext(database) as target:
        for number in reversed(numbers):
            yield _one(database, target, settings, now, sources, number, known)


def _one(
    database: Database,
    target: Database,
    settings: Settings,
    now: datetime,
    sources: Mapping[str, Source],
    number: int,
    known: set[int] | None,
) -> Outcome:
    """Cleans what `database` holds of an article, and writes into `target`; both are one but for a dry run.

    A dry run brings the events `known` before: the number of another would mean nothing.
    """
    with database.reading() as session:
        article = session.get_one(Article, number)
        url, source_id, was = article.url, article.source_id, article.text_hash
        page, feed_date = _page(session, article), _feed_date(session, url)
        before = _stored(article)
    try:
        cleaned = _cleaned(page, before, sources.get(source_id), feed_date)
        with target.writing() as session, target.reading() as past:
            changes = _again(session, past, settings, now, source_id, cleaned, number)
    except SkipPage as skip:
        return Outcome(url, skipped=skip.reason)
    except OperationalError:  # the database, not the page: every other would fail the same way
        raise
    except Exception as error:  # one strange page must not end the run
        return Outcome(url, error=f"{type(error).__name__}: {error}".splitlines()[0])
    if known is not None:
        changes = [change if change.id in known else replace(change, id=None) for change in changes]
        known -= {change.id for change in changes if change.id and change.effect == "vanishes"}
    return Outcome(url, text_hash(cleaned.title, cleaned.text) != was, tuple(changes))


@contextmanager
def rehearsal(database: Database) -> Iterator[Database]:
    """A copy of what reading touches, in a temporary file: a dry run then tells exactly what a real one would do.

    Raw pages stay where they are; they are most of a database.
    """
    with TemporaryDirectory(prefix="doingoai-") as folder:
        copy = Database(f"sqlite:///{folder}/rehearsal.db")
        try:
            schema.upgrade(copy)
            with database.reading() as session, copy.writing() as copied:
                copied.execute(text("PRAGMA defer_foreign_keys=ON"))  # events point to one another
                for table in COPIED:
                    _copy(session, copied, table)
            yield copy
        finally:
            copy.close()


def _copy(session: Session, copied: Session, table: type[Base]) -> None:
    columns = [column for column in inspect(table).columns if column.key != "raw_page_id"]
    rows = session.execute(select(*columns), execution_options={"yield_per": 500})
    for some in rows.partitions():
        copied.execute(insert(table), [dict(row._mapping) for row in some])


# --- cleaning again ------------------------------------------------------------------------------------------------


def _page(session: Session, article: Article) -> tuple[bytes, str] | None:
    """The newest page that was kept of the article, and its charset; pruned pages are gone."""
    newest = (
        select(RawPage)
        .join(Revision, Revision.raw_page_id == RawPage.id)
        .where(Revision.article_id == article.id)
        .order_by(Revision.number.desc())
        .limit(1)
    )
    page = session.scalar(newest)
    return (store.raw_html(page), page.charset) if page else None


def _feed_date(session: Session, url: str) -> str:
    return session.scalar(select(Link.published).where(Link.url == url)) or ""


def _stored(article: Article) -> CleanArticle:
    return CleanArticle(
        url=article.url,
        title=article.title,
        text=article.text,
        lead=article.lead,
        captions=tuple(article.captions or ()),
        author=article.author,
        published=article.published,
        published_from=article.published_from,
        language=article.language,
    )


def _cleaned(
    page: tuple[bytes, str] | None, before: CleanArticle, source: Source | None, feed_date: str
) -> CleanArticle:
    if page is None:
        return before
    cleaned = clean(page[0], before.url, source, page[1], feed_date)
    return replace(cleaned, url=before.url)


# --- reading again -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Telling:
    """A mention as it was: which event, under which number it is shown, and how the article told it."""

    row: int
    whole: int
    found: dict[str, Any]


def _again(
    session: Session,
    past: Session,
    settings: Settings,
    now: datetime,
    source_id: str,
    cleaned: CleanArticle,
    number: int,
) -> list[Change]:
    """Keeps the cleaner text as a revision and reads the newest one again, whatever read it before.

    `past` sees the events as they were.
    """
    corrections.alone(session)
    before = _tellings(session, number)
    everything = set(session.scalars(select(Event.id)))
    store.store_article(session, source_id, cleaned, b"", "", now, silent=True)
    revision = session.scalars(
        select(Revision).where(Revision.article_id == number).order_by(Revision.number.desc()).limit(1)
    ).one()
    session.execute(delete(Reading).where(Reading.revision_id == revision.id, Reading.rules == detect.RULES))
    detected = detect.read(reader.article_text(revision, settings))
    reader.take(session, settings, revision.id, detected, now, quiet=True)
    fresh = {_as_key(event.as_dict()) for event in detected.events}
    after = {key: telling for key, telling in _tellings(session, number).items() if _as_key(telling.found) in fresh}
    changes = list(_changes(cleaned.url, before, after, everything))
    changes += [_lost(session, cleaned.url, key, before[key]) for key in before if key not in after]
    return [_with_event(session, past, change, now) for change in changes]


def _tellings(session: Session, number: int) -> dict[int, Telling]:
    """What an article tells, by mention."""
    rows = session.execute(
        select(Mention, Event).join(Event, Event.id == Mention.event_id).where(Mention.article_id == number)
    )
    return {m.id: Telling(event.id, corrections.root_id(event), _plain(m.found)) for m, event in rows}


def _event(session: Session, number: int) -> dict[str, Any]:
    return _plain(notices.as_dict(session.get_one(Event, number)))


def _changes(
    url: str, before: Mapping[int, Telling], after: Mapping[int, Telling], everything: Collection[int]
) -> Iterator[Change]:
    """What the article now tells besides, and what it tells otherwise."""
    for key, now in after.items():
        if key not in before:
            effect = "joins" if now.row in everything else "appears"
            yield Change("found", url, now.found, effect, now.whole)
        elif fields := tuple(_named(before[key].found, now.found)):
            yield Change("changed", url, now.found, "changes", now.whole, fields)


def _lost(session: Session, url: str, mention_id: int, telling: Telling) -> Change:
    """Takes back a mention that no longer holds, with its event if nobody mentions that, was told of it or minds."""
    row = session.get_one(Event, telling.row)
    if row.announced_at is not None or session.get_one(Event, telling.whole).announced_at is not None:
        return Change("lost", url, telling.found, "kept", telling.whole)
    if corrections.minded(session, row.id):
        return Change("lost", url, telling.found, "minded", telling.whole)
    session.delete(session.get_one(Mention, mention_id))
    session.flush()
    if session.scalar(select(Mention.id).where(Mention.event_id == row.id).limit(1)) is not None:
        return Change("lost", url, telling.found, "thins", telling.whole)
    session.execute(delete(Apart).where(Apart.event_id == row.id))
    corrections.leave_table(session, row)
    session.delete(row)
    session.flush()
    return Change("lost", url, telling.found, "vanishes", telling.whole)


def _with_event(session: Session, past: Session, change: Change, now: datetime) -> Change:
    """The change with what it does to the event, told anew from all its mentions."""
    event = session.get(Event, change.id) if change.effect not in ("appears", "vanishes") else None
    if event is None or change.id is None:
        return change
    corrections.rebuild(session, event, now)
    return replace(change, in_event=tuple(_named(_event(past, change.id), _event(session, change.id))))


# --- the difference ------------------------------------------------------------------------------------------------


def _names(event: Mapping[str, Any], side: str) -> set[str]:
    return {str(party.get("name")).casefold() for party in event.get(side) or ()}


def _named(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name in SHOWN:
        if (old.get(name) or "") != (new.get(name) or ""):
            yield f"{name}: {old.get(name) or '–'} → {new.get(name) or '–'}"
    for name in SIDES:
        if _names(old, name) != _names(new, name):
            yield f"{name}: {_listed(old, name)} → {_listed(new, name)}"
    papers = [
        [paper.get("title") or paper.get("type") for paper in event.get("instruments") or ()] for event in (old, new)
    ]
    if papers[0] != papers[1]:
        yield f"instruments: {len(papers[0])} → {len(papers[1])}"


def _listed(event: Mapping[str, Any], side: str) -> str:
    return ", ".join(str(party.get("name")) for party in event.get(side) or ()) or "–"


def _plain(event: Mapping[str, Any]) -> dict[str, Any]:
    """As the database gives it back: lists where records hold tuples."""
    plain: dict[str, Any] = json.loads(json.dumps(event, ensure_ascii=False))
    return plain


def _as_key(event: Mapping[str, Any]) -> str:
    return json.dumps(_plain(event), ensure_ascii=False, sort_keys=True)
