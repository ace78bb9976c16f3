"""Cleans stored pages again and reads them again, without the network, and says what that changes in the events.

Better rules reach old pages this way. Nobody is told of what comes out of it; what people were told of stays.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from crawler import store
from crawler.article import CleanArticle
from crawler.catalogue import Source
from crawler.clean import clean
from crawler.database import Database
from crawler.duplicates import text_hash
from crawler.errors import SkipPage
from crawler.tables import Article, Link, RawPage, Revision
from monitor import detect, queries, reader
from monitor.detect.records import ArticleText
from monitor.settings import Settings
from monitor.tables import Event, Mention, Reading

SHOWN = ("status", "date", "date_end", "place", "country", "scope", "subtype")  # what a difference names


@dataclass(frozen=True)
class Change:
    """One event of one article, before and after: `what` is found, lost or changed."""

    what: str
    url: str
    event: dict[str, Any]
    fields: tuple[str, ...] = ()  # "date: 2023 → 2023-01-18"
    kept: bool = False  # lost, but people were told of it: it stays

    def as_dict(self) -> dict[str, Any]:
        facts = {name: self.event.get(name) for name in ("kind", *SHOWN)}
        sides = {side: [p["name"] for p in self.event.get(side, ())] for side in ("vietnamese_side", "foreign_side")}
        return {"change": self.what, "url": self.url, **facts, **sides, "fields": list(self.fields), "kept": self.kept}


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
    """Each article in turn, oldest first. With `dry_run` nothing is written."""
    with database.reading() as session:
        numbers = [line.id for line in queries.articles(session, source, since)]
    for number in reversed(numbers):
        yield _one(database, settings, now, sources, number, dry_run)


def _one(
    database: Database, settings: Settings, now: datetime, sources: Mapping[str, Source], number: int, dry_run: bool
) -> Outcome:
    with database.reading() as session:
        article = session.get_one(Article, number)
        url, told = article.url, _told(session, number)
        page, feed_date = _page(session, article), _feed_date(session, url)
        before = _stored(article)
    try:
        cleaned = _cleaned(page, before, sources.get(article.source_id), feed_date)
        rewritten = text_hash(cleaned.title, cleaned.text) != article.text_hash
        if dry_run:
            after = _read(cleaned, settings, article.source_id)
        else:
            after = _write(database, settings, now, article.source_id, cleaned, number)
    except SkipPage as skip:
        return Outcome(url, skipped=skip.reason)
    except OperationalError:  # the database, not the page: every other would fail the same way
        raise
    except Exception as error:  # one strange page must not end the run
        return Outcome(url, error=f"{type(error).__name__}: {error}".splitlines()[0])
    changes = differences(url, list(told.values()), after)
    if not dry_run:
        changes = _let_go(database, told, after, changes)
    return Outcome(url, rewritten, tuple(changes))


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


def _read(article: CleanArticle, settings: Settings, source_id: str) -> list[dict[str, Any]]:
    provinces = {source.id: source.province for source in settings.watched}
    words = ArticleText(
        title=article.title,
        text=article.text,
        published=article.published,
        url=article.url,
        captions=article.captions,
        province=provinces.get(source_id, ""),
    )
    return [event.as_dict() for event in detect.read(words).events]


# --- writing -------------------------------------------------------------------------------------------------------


def _write(
    database: Database, settings: Settings, now: datetime, source_id: str, cleaned: CleanArticle, number: int
) -> list[dict[str, Any]]:
    """Keeps the cleaner text as a revision and reads the newest one again, whatever read it before."""
    with database.writing() as session:
        store.store_article(session, source_id, cleaned, b"", "", now, silent=True)
        revision = session.scalars(
            select(Revision).where(Revision.article_id == number).order_by(Revision.number.desc()).limit(1)
        ).one()
        session.execute(delete(Reading).where(Reading.revision_id == revision.id, Reading.rules == detect.RULES))
    report = reader.read_revision(database, settings, revision.id, now, quiet=True)
    if report.failed:
        raise RuntimeError("the article could not be read")
    return _read(
        replace(cleaned, title=revision.title, text=revision.text, published=revision.published), settings, source_id
    )


def _told(session: Session, number: int) -> dict[int, dict[str, Any]]:
    """What this article told before, by mention."""
    return {row.id: row.found for row in session.scalars(select(Mention).where(Mention.article_id == number))}


def _let_go(
    database: Database, told: Mapping[int, Mapping[str, Any]], after: Sequence[Mapping[str, Any]], changes: list[Change]
) -> list[Change]:
    """Takes back the mentions that no longer hold, and events that nobody mentions and nobody was told of."""
    lost = {_as_key(change.event) for change in changes if change.what == "lost"}
    fresh = {_as_key(found) for found in after}
    kept: set[str] = set()
    with database.writing() as session:
        for mention_id, found in told.items():
            mention = session.get(Mention, mention_id)
            key = _as_key(found)
            if mention is None or key not in lost or _as_key(mention.found) in fresh:
                continue
            event = session.get_one(Event, mention.event_id)
            if event.announced_at is not None:
                kept.add(key)
                continue
            session.delete(mention)
            session.flush()
            _drop_if_unmentioned(session, event)
    return [replace(change, kept=_as_key(change.event) in kept and change.what == "lost") for change in changes]


def _drop_if_unmentioned(session: Session, event: Event) -> None:
    if session.scalar(select(Mention.id).where(Mention.event_id == event.id).limit(1)) is not None:
        return
    # Others of its table sit with the next of them.
    others = session.scalars(select(Event.id).where(Event.occasion_id == event.id, Event.id != event.id)).all()
    if others:
        session.execute(update(Event).where(Event.occasion_id == event.id).values(occasion_id=min(others)))
    event.occasion_id = None
    session.flush()
    session.delete(event)


# --- the difference ------------------------------------------------------------------------------------------------


def differences(url: str, before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> list[Change]:
    """What was found, lost or changed: events of one kind are paired, the most alike first."""
    old, new = [_plain(event) for event in before], [_plain(event) for event in after]
    pairs = sorted(
        (
            (_likeness(a, b), i, j)
            for i, a in enumerate(old)
            for j, b in enumerate(new)
            if a.get("kind") == b.get("kind")
        ),
        key=lambda pair: (-pair[0], pair[1], pair[2]),
    )
    partner: dict[int, int] = {}
    for likeness, i, j in pairs:
        if likeness > 0 and i not in partner and j not in partner.values():
            partner[i] = j
    changes = [Change("lost", url, old[i]) for i in range(len(old)) if i not in partner]
    changes += [Change("found", url, new[j]) for j in range(len(new)) if j not in partner.values()]
    for i, j in partner.items():
        if fields := tuple(_named(old[i], new[j])):
            changes.append(Change("changed", url, new[j], fields))
    return changes


def _likeness(one: Mapping[str, Any], other: Mapping[str, Any]) -> int:
    same = sum(2 for name in ("date", "subtype", "country") if (one.get(name) or "") == (other.get(name) or ""))
    return same + sum(3 for side in ("vietnamese_side", "foreign_side") if _names(one, side) & _names(other, side))


def _names(event: Mapping[str, Any], side: str) -> set[str]:
    return {str(party.get("name")).casefold() for party in event.get(side) or ()}


def _named(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name in SHOWN:
        if (old.get(name) or "") != (new.get(name) or ""):
            yield f"{name}: {old.get(name) or '–'} → {new.get(name) or '–'}"
    for name in ("vietnamese_side", "foreign_side"):
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
