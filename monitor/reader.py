"""Reads new revisions for events: detect, link to a known event or make one, tell. The place where the rooms meet.

Each revision is one short transaction: its reading, its events and mentions and the messages they bring are all
there, or none is. A revision that cannot be read is noted with its error and never stops the line.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from crawler.database import Database
from crawler.tables import Article, Revision
from monitor import corrections, detect, linking, notices, telling
from monitor.detect.records import ArticleText
from monitor.detect.records import Event as Found
from monitor.detect.records import Reading as Detected
from monitor.linking import Facts
from monitor.merging import merged
from monitor.schema import plain_words
from monitor.settings import Settings
from monitor.tables import Event, Mention, Reading

log = logging.getLogger(__name__)

AROUND = timedelta(days=70)  # known events this near are compared with a found one
APART = linking.AHEAD + linking.NEAR + linking.SLIPPED  # no further from its publication is what has no day
RETOLD = timedelta(days=366)  # who gives only the year tells of it within a year
KIN = 2  # points an event starts with when this article, or the one it reprints, has told of it before
CORRECTION = timedelta(days=31)  # an edited article may move the day it first gave

Read = Callable[[ArticleText], Detected]


@dataclass(frozen=True)
class ReadReport:
    """What a round of reading came to."""

    read: int = 0
    events: int = 0  # new ones
    notices: int = 0
    failed: int = 0

    def __add__(self, other: ReadReport) -> ReadReport:
        return ReadReport(
            self.read + other.read,
            self.events + other.events,
            self.notices + other.notices,
            self.failed + other.failed,
        )


def read_new(
    database: Database, settings: Settings, now: datetime, limit: int = 200, read: Read = detect.read
) -> ReadReport:
    """Reads what no rules have read yet, oldest first. Raises DatabaseTrouble."""
    report = ReadReport()
    with plain_words(database):
        for revision_id in _unread(database, limit):
            report = report + read_revision(database, settings, revision_id, now, read)
    return report


def read_revision(
    database: Database,
    settings: Settings,
    revision_id: int,
    now: datetime,
    read: Read = detect.read,
    quiet: bool = False,
) -> ReadReport:
    """Reads one revision, unless these rules have; `quiet` lets nobody hear of it, as when old pages are read again."""
    with database.reading() as session:
        words = article_text(session.get_one(Revision, revision_id), settings)
    try:
        detected = read(words)
        with database.writing() as session:
            return take(session, settings, revision_id, detected, now, quiet)
    except Exception as error:
        if _is_the_databases(error):
            raise  # not the article's fault: it stays unread
        log.error("cannot read %s: %s: %s", words.url, type(error).__name__, error)
        log.debug("cannot read %s", words.url, exc_info=True)
        with database.writing() as session:
            _note(session, revision_id, Detected(), now, f"{type(error).__name__}: {error}")
        return ReadReport(read=1, failed=1)


def _is_the_databases(error: Exception) -> bool:
    """True when the database is locked, full or gone; a value that it does not take is the article's own fault."""
    return isinstance(error, DBAPIError) and not isinstance(error, DataError | IntegrityError | ProgrammingError)


def _unread(database: Database, limit: int) -> list[int]:
    read = select(Reading.id).where(Reading.revision_id == Revision.id).exists()
    with database.reading() as session:
        return list(session.scalars(select(Revision.id).where(~read).order_by(Revision.id).limit(limit)))


def article_text(revision: Revision, settings: Settings) -> ArticleText:
    """What there is to read in a revision."""
    article = revision.article
    provinces = {source.id: source.province for source in settings.watched}
    return ArticleText(
        title=revision.title,
        text=revision.text,
        published=revision.published,
        url=article.url,
        captions=tuple(revision.captions),
        province=provinces.get(article.source_id, ""),
    )


def take(
    session: Session, settings: Settings, revision_id: int, detected: Detected, now: datetime, quiet: bool = False
) -> ReadReport:
    """Everything that a revision brings, in the caller's transaction."""
    corrections.alone(session)
    if not _note(session, revision_id, detected, now):
        return ReadReport()
    revision = session.get_one(Revision, revision_id)
    events, fresh = _link(session, revision, detected.events, now)
    told = 0
    if not quiet and notices.is_news(revision.article, settings, now):
        occasions = dict.fromkeys(event.occasion_id or event.id for event in events)
        told = sum(notices.tell(session, settings, occasion, fresh, now) for occasion in occasions)
    return ReadReport(read=1, events=len(fresh), notices=told)


def _note(session: Session, revision_id: int, detected: Detected, now: datetime, error: str = "") -> bool:
    """Leaves the reading; False when these rules have read the revision already."""
    of_these_rules = (Reading.revision_id == revision_id, Reading.rules == detect.RULES)
    if session.scalar(select(Reading.id).where(*of_these_rules)) is not None:
        return False
    rejected = [vars(candidate) for candidate in detected.rejected]
    reading = Reading(revision_id=revision_id, rules=detect.RULES, read_at=now, found=len(detected.events))
    reading.rejected, reading.error = rejected, error
    session.add(reading)
    session.flush()
    return True


# --- linking -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    """A found event and a known one that it may be."""

    points: int
    found: int  # place in the article's list
    known: Event
    why: str


def _link(session: Session, revision: Revision, found: Sequence[Found], now: datetime) -> tuple[list[Event], set[int]]:
    """The events that what was found stands for, and the ids of those that are new.

    A known one may have been merged into another by staff: then it keeps its mention, and both learn what is new.
    """
    published = telling.day(revision.article.published_at or revision.seen_at)
    reports = [event.as_dict() for event in found]
    looks = _seated([linking.facts(report, published) for report in reports])
    matches = _matches(session, revision.article, looks)
    rows: list[Event] = []
    fresh: set[int] = set()
    for number, report in enumerate(reports):
        match = matches.get(number)
        row = match.known if match else _made(session, report, now)
        whole = session.get_one(Event, corrections.root_id(row))
        if match:
            for known in {row.id: row, whole.id: whole}.values():
                _merge(known, report, now, corrects=match.why.startswith("article"))
        else:
            fresh.add(row.id)
        _mention(session, row, revision, report, match.why if match else "", now)
        telling.keep_first(session, whole)
        rows.append(whole)
    _seat(session, rows, looks)
    session.flush()
    return rows, fresh


def _matches(session: Session, article: Article, looks: Sequence[Facts]) -> dict[int, Pair]:
    """For each found event the known one that it is; the surest pairs first, and no known event twice."""
    pairs = [pair for number, facts in enumerate(looks) for pair in _pairs(session, article, number, facts)]
    taken: dict[int, Pair] = {}
    used: set[int] = set()
    for pair in sorted(pairs, key=lambda pair: (-pair.points, pair.found, pair.known.id)):
        if pair.found not in taken and pair.known.id not in used:
            taken[pair.found] = pair
            used.add(pair.known.id)
    return taken


def _pairs(session: Session, article: Article, number: int, facts: Facts) -> list[Pair]:
    kin, barred = _kin(session, article), corrections.barred(session, article)
    pairs = []
    for known, known_facts in _candidates(session, facts, facts.kind):
        relation = kin.get(known.id, "")
        if relation != "article" and {known.id, known.same_as_id} & barred:
            continue  # somebody told them apart
        slack = CORRECTION if relation == "article" else timedelta(0)
        weighed = linking.weigh(facts, known_facts, KIN if relation else 0, slack)
        if weighed:
            why = "+".join(filter(None, (relation, weighed[1])))
            pairs.append(Pair(weighed[0], number, known, why))
    return pairs


def _kin(session: Session, article: Article) -> dict[int, str]:
    """Events that this article, the one it reprints, or another reprint of it has told of."""
    original = article.original_id or article.id
    family = select(Article.id).where(or_(Article.id == original, Article.original_id == original))
    mentions = session.execute(select(Mention.event_id, Mention.article_id).where(Mention.article_id.in_(family))).all()
    own = {event_id for event_id, teller in mentions if teller == article.id}
    return {event_id: "article" if event_id in own else "reprint" for event_id, _ in mentions}


def _candidates(session: Session, facts: Facts, kind: str) -> list[tuple[Event, Facts]]:
    """Known events of about the same days that may be the found one, with their facts."""
    wanted = [_near(facts, kind), Event.first_told != ""]
    if facts.country:
        wanted.append(Event.country.in_(("", facts.country)))
    rows = session.scalars(select(Event).where(*wanted).order_by(Event.id))
    known = [(event, linking.facts(notices.as_dict(event), date.fromisoformat(event.first_told))) for event in rows]
    return _with_company(session, known) if kind == "signing" else known


def _seated(looks: Sequence[Facts]) -> list[Facts]:
    """The facts of one article's events, each with the persons of those at its table."""
    return [linking.seated(one, (o for o in looks if o is not one and linking.at_one_table(one, o))) for one in looks]


def _with_company(session: Session, known: list[tuple[Event, Facts]]) -> list[tuple[Event, Facts]]:
    """Known signings with the persons of the talks they ended: reports of a signing alone name those."""
    tables = {event.occasion_id for event, _ in known}
    others = session.scalars(select(Event).where(Event.occasion_id.in_(tables), Event.kind != "signing")).all()
    mates = [(event.occasion_id, linking.facts(notices.as_dict(event))) for event in others]
    return [
        (event, linking.seated(facts, (mate for table, mate in mates if table == event.occasion_id)))
        for event, facts in known
    ]


def _near(facts: Facts, kind: str) -> ColumnElement[bool]:
    """Rows of about the found event's days. What has no day, or only a year, goes by when it was first told.

    Each way names the kind, so that each is a range of the index (kind, date, first_told).
    """
    days = linking.span(facts) or (facts.published, facts.published)
    if days[0] is None or days[1] is None:
        return false()
    first, last = days[0] - AROUND, days[1] + AROUND
    years = {day.isoformat()[:4] for day in days if day}
    ways = (
        and_(Event.date.between(first.isoformat()[:7], last.isoformat()), func.length(Event.date) > len("2024")),
        and_(Event.date.in_(years), _told(days[0], days[1], RETOLD)),
        and_(Event.date == "", _told(days[0], days[1], APART)),
    )
    return or_(*(and_(Event.kind == kind, way) for way in ways))


def _told(first: date, last: date, around: timedelta) -> ColumnElement[bool]:
    return Event.first_told.between((first - around).isoformat(), (last + around).isoformat())


def _made(session: Session, report: dict[str, Any], now: datetime) -> Event:
    row = Event(**corrections.as_fields(report), created_at=now, updated_at=now, told={})
    session.add(row)
    session.flush()
    return row


def _merge(row: Event, report: dict[str, Any], now: datetime, corrects: bool) -> None:
    known = notices.as_dict(row)
    for name, value in merged(known, report, corrects).items():
        if value != known[name]:
            setattr(row, name, value)
            row.updated_at = now


def _mention(session: Session, row: Event, revision: Revision, report: dict[str, Any], why: str, now: datetime) -> None:
    of_this_article = (Mention.event_id == row.id, Mention.article_id == revision.article_id)
    mention = session.scalar(select(Mention).where(*of_this_article))
    if mention is None:
        mention = Mention(event_id=row.id, article_id=revision.article_id, why=why, created_at=now)
        session.add(mention)
    mention.revision_id, mention.found = revision.id, report
    session.flush()


# --- occasions -----------------------------------------------------------------------------------------------------


def _seat(session: Session, rows: Sequence[Event], looks: Sequence[Facts]) -> None:
    """Puts each new event at its table: that of an event of this article, else of a known event, else its own."""
    own = {row.id for row in rows}
    for number, row in enumerate(rows):
        if row.occasion_id is None:
            row.occasion_id = _beside(number, rows, looks) or _known_beside(session, looks[number], own) or row.id


def _beside(number: int, rows: Sequence[Event], looks: Sequence[Facts]) -> int | None:
    """The table of an event of the same article. One that has a table already comes before one that has none."""
    mates = [
        row
        for other, row in enumerate(rows)
        if other != number and linking.at_one_table(looks[number], looks[other]) and row.id != rows[number].id
    ]
    seated = [row.occasion_id for row in mates if row.occasion_id]
    return min(seated) if seated else None


def _known_beside(session: Session, facts: Facts, own: set[int]) -> int | None:
    """The table of a known meeting that a signing belongs to, or the reverse, as another outlet told it."""
    other = "signing" if facts.kind == "meeting" else "meeting"
    for known, known_facts in _candidates(session, facts, other):
        if known.id in own or not linking.at_one_table(facts, known_facts):
            continue
        if linking.weigh(facts, replace(known_facts, kind=facts.kind)):
            return known.occasion_id or known.id
    return None
