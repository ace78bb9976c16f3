"""Questions to the database that only read: what the command line prints and the web page shows.

Every function takes a session and gives plain records, so that the doors hold no rules of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, distinct, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased, selectinload

from alerts.tables import Message
from crawler.tables import Article, CrawlRun, FetchRecord, Link, Revision, SourceState
from monitor.tables import Event, JobRun, Mention, Reading

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


@dataclass(frozen=True)
class EventFilter:
    """Which events are wanted; an empty field asks nothing."""

    since: date | None = None
    until: date | None = None
    province: str = ""
    kind: str = ""
    status: str = ""
    country: str = ""
    source: str = ""
    fresh: bool = False  # only what a new article told; an archive crawl is silent
    marked: str = ""  # "": without what was marked wrong; "all": with it; "only": what was marked, right or wrong
    zone: tzinfo = VIETNAM  # whose days `since` and `until` are


@dataclass(frozen=True)
class Told:
    """An article that tells of an event."""

    article_id: int
    source: str
    name: str  # of the outlet
    url: str
    title: str
    published: str
    seen: datetime
    silent: bool = False
    evidence: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class EventView:
    """An event as people see it: its facts, its evidence and the outlets that report it."""

    id: int
    occasion_id: int | None
    kind: str
    subtype: str
    status: str
    scope: str
    date: str | None
    date_end: str | None
    place: str | None
    province: str | None
    country: str | None
    foreign_region: str | None
    vietnamese_side: tuple[dict[str, Any], ...]
    foreign_side: tuple[dict[str, Any], ...]
    instruments: tuple[dict[str, Any], ...]
    evidence: tuple[dict[str, Any], ...]
    confidence: float
    reason: str
    code: str
    created_at: datetime
    updated_at: datetime
    announced_at: datetime | None
    outlets: tuple[Told, ...] = ()
    verdict: str | None = None  # what staff say of it: right | wrong

    def as_dict(self) -> dict[str, Any]:
        """The event as `--format json` prints it; times are ISO 8601."""
        record = asdict(self)
        for name in ("created_at", "updated_at", "announced_at"):
            record[name] = record[name].isoformat() if record[name] else None
        for outlet in record["outlets"]:
            outlet["seen"] = outlet["seen"].isoformat()
            del outlet["evidence"], outlet["silent"]
        return record


@dataclass(frozen=True)
class Signed:
    """One line of the register: a document, who signed it, where it was reported."""

    event_id: int
    date: str | None
    type: str
    title: str
    field: str
    vietnamese: tuple[str, ...]
    foreign: tuple[str, ...]
    place: str | None
    province: str | None
    country: str | None
    status: str
    urls: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class ArticleLine:
    """An article in a list."""

    id: int
    source: str
    name: str
    url: str
    title: str
    lead: str
    published: str
    seen: datetime
    events: int = 0
    reprint: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "seen": self.seen.isoformat()}


@dataclass(frozen=True)
class ArticlePage:
    """An article with all that is known of it."""

    article: Article
    name: str
    revisions: tuple[Revision, ...]
    events: tuple[EventView, ...]
    evidence: tuple[dict[str, Any], ...]
    rejected: tuple[dict[str, Any], ...]
    reprints: tuple[ArticleLine, ...]


@dataclass(frozen=True)
class SourceLine:
    """How a source has been doing; all None where it was never polled."""

    id: str
    articles: int = 0
    pending: int = 0  # links waiting to be fetched
    first_crawled_at: datetime | None = None
    last_poll_at: datetime | None = None
    last_ok_at: datetime | None = None
    last_new_at: datetime | None = None
    due_at: datetime | None = None
    failures: int = 0
    last_error: str = ""
    last_run: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Counts:
    """The figures of the front page."""

    events: int
    events_week: int
    articles: int
    articles_day: int
    unread: int
    waiting: int
    sent_week: int
    given_up: int


# Events ----------------------------------------------------------------------------------------------------------


def events(session: Session, wanted: EventFilter, limit: int | None = None, offset: int = 0) -> list[EventView]:
    """The events asked for, newest happening first; an event without a date counts from the day it was seen."""
    query = select(Event).where(*_conditions(wanted)).order_by(_sort_day().desc(), Event.id.desc())
    rows = session.scalars(query.limit(limit).offset(offset)).all()
    return _views(session, rows)


def new_events(session: Session, since: datetime, limit: int = 50) -> list[EventView]:
    """What new articles told since then, last seen first."""
    fresh = _conditions(EventFilter(fresh=True))
    query = select(Event).where(Event.created_at >= since, *fresh).order_by(Event.created_at.desc(), Event.id.desc())
    return _views(session, session.scalars(query.limit(limit)).all())


def upcoming(session: Session, today: date, limit: int = 10) -> list[EventView]:
    """What is announced and has not happened yet, soonest first."""
    last_day = case((Event.date_end != "", Event.date_end), else_=Event.date)
    coming = (Event.status == "upcoming", last_day >= today.isoformat())
    query = select(Event).where(*coming, *_conditions(EventFilter())).order_by(Event.date, Event.id)
    return _views(session, session.scalars(query.limit(limit)).all())


def count_events(session: Session, wanted: EventFilter) -> int:
    return session.scalar(select(func.count()).select_from(Event).where(*_conditions(wanted))) or 0


def event(session: Session, event_id: int, marked: bool = False) -> EventView | None:
    """The event of this number, or the one it was merged into; one marked wrong only if `marked` asks for it."""
    row = session.get(Event, event_id)
    if row is not None and row.same_as_id is not None:
        row = session.get(Event, row.same_as_id)
    if row is None or (row.verdict == "wrong" and not marked):
        return None
    return _views(session, [row])[0]


def occasion(session: Session, view: EventView) -> list[EventView]:
    """The other events of the same table: the talks of a signing, the signing of the talks."""
    first = view.occasion_id or view.id
    query = select(Event).where(or_(Event.occasion_id == first, Event.id == first), Event.id != view.id)
    query = query.where(*_conditions(EventFilter()))
    return _views(session, session.scalars(query.order_by(Event.id)).all())


def countries(session: Session) -> list[str]:
    shown = (Event.country != "", *_conditions(EventFilter()))
    return list(session.scalars(select(Event.country).where(*shown).distinct().order_by(Event.country)))


def provinces(session: Session) -> list[str]:
    shown = (Event.province != "", *_conditions(EventFilter()))
    return list(session.scalars(select(Event.province).where(*shown).distinct().order_by(Event.province)))


def signings(session: Session, wanted: EventFilter, instrument: str = "") -> list[Signed]:
    """The register of signed documents, a line each; a signing whose document is not named keeps one line."""
    lines: list[Signed] = []
    for view in events(session, wanted):
        lines += [line for line in _signed(view) if not instrument or line.type == instrument]
    return lines


def _signed(view: EventView) -> list[Signed]:
    sides = [[p["name"] for p in view.vietnamese_side], [p["name"] for p in view.foreign_side]]
    nameless: dict[str, Any] = {"type": view.subtype, "title": "", "field": "", "parties": sides}
    lines = []
    for paper in view.instruments or (nameless,):
        vietnamese, foreign = [*(paper.get("parties") or []), [], []][:2]
        lines.append(
            Signed(
                event_id=view.id,
                date=view.date,
                type=paper.get("type") or "other",
                title=paper.get("title") or "",
                field=paper.get("field") or "",
                vietnamese=tuple(vietnamese or sides[0]),
                foreign=tuple(foreign or sides[1]),
                place=view.place,
                province=view.province,
                country=view.country,
                status=view.status,
                urls=tuple(outlet.url for outlet in view.outlets),
            )
        )
    return lines


def _sort_day() -> ColumnElement[str]:
    """The day to sort by, as text. A year alone sorts before its months, which is where it belongs."""
    seen = func.substr(cast(Event.created_at, String), 1, 10)
    return case((Event.date != "", Event.date), else_=seen)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _conditions(wanted: EventFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Event.same_as_id.is_(None)]
    if wanted.marked != "all":
        found.append(Event.verdict != ("" if wanted.marked else "wrong"))
    if wanted.since:
        since = wanted.since.isoformat()
        last_day = case((Event.date_end != "", Event.date_end), else_=Event.date)
        # "2023" may lie after 1 May 2023: a date that is less exact than the question is kept.
        dated = and_(Event.date != "", or_(last_day >= since, literal(since).startswith(Event.date)))
        undated = and_(Event.date == "", Event.created_at >= _midnight(wanted.since, wanted.zone))
        found.append(or_(dated, undated))
    if wanted.until:
        tomorrow = _midnight(wanted.until + timedelta(days=1), wanted.zone)
        dated = and_(Event.date != "", Event.date <= wanted.until.isoformat())
        found.append(or_(dated, and_(Event.date == "", Event.created_at < tomorrow)))
    for column, value in (
        (Event.province, wanted.province),
        (Event.kind, wanted.kind),
        (Event.status, wanted.status),
        (Event.country, wanted.country.upper()),
    ):
        if value:
            found.append(column == value)
    if wanted.source:
        found.append(_mentioned(Article.source_id == wanted.source))
    if wanted.fresh:
        found.append(_mentioned(Article.silent.is_(False)))
    return found


def _mentioned(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    part = aliased(Event)  # the event itself or one that was merged into it
    return exists(
        select(Mention.id)
        .join(Article, Article.id == Mention.article_id)
        .join(part, part.id == Mention.event_id)
        .where(or_(part.id == Event.id, part.same_as_id == Event.id), condition)
    )


def _views(session: Session, rows: Sequence[Event]) -> list[EventView]:
    outlets = _outlets(session, [row.id for row in rows])
    return [_view(row, outlets.get(row.id, ())) for row in rows]


def _view(row: Event, outlets: Sequence[Told]) -> EventView:
    return EventView(
        id=row.id,
        occasion_id=row.occasion_id,
        kind=row.kind,
        subtype=row.subtype,
        status=row.status,
        scope=row.scope,
        date=row.date or None,
        date_end=row.date_end or None,
        place=row.place or None,
        province=row.province or None,
        country=row.country or None,
        foreign_region=row.foreign_region or None,
        vietnamese_side=tuple(row.vietnamese_side or ()),
        foreign_side=tuple(row.foreign_side or ()),
        instruments=tuple(row.instruments or ()),
        evidence=tuple(_as_evidence(piece) for piece in row.evidence or ()),
        confidence=row.confidence,
        reason=row.reason,
        code=row.code,
        created_at=row.created_at,
        updated_at=row.updated_at,
        announced_at=row.announced_at,
        outlets=tuple(outlets),
        verdict=row.verdict or None,
    )


def _as_evidence(piece: Any) -> dict[str, Any]:
    return dict(piece) if isinstance(piece, Mapping) else {"text": str(piece)}


def _outlets(session: Session, event_ids: Sequence[int]) -> dict[int, list[Told]]:
    query = (
        select(_whole(), Mention.found, Article, SourceState.name)
        .join(Event, Event.id == Mention.event_id)
        .join(Article, Article.id == Mention.article_id)
        .outerjoin(SourceState, SourceState.id == Article.source_id)
        .where(or_(Event.id.in_(event_ids), Event.same_as_id.in_(event_ids)))
        .order_by(Article.seen_at, Article.id, Mention.id)
    )
    outlets: dict[int, list[Told]] = defaultdict(list)
    for event_id, found, article, name in session.execute(query):
        evidence = tuple(_as_evidence(piece) for piece in (found or {}).get("evidence", ()))
        told = outlets[event_id]
        if told and told[-1].article_id == article.id:  # it told of both that are one now
            told[-1] = replace(told[-1], evidence=(*told[-1].evidence, *evidence))
        else:
            told.append(_told(article, name, evidence))
    return outlets


def _whole() -> ColumnElement[int]:
    """The number under which an event is shown: its own, or that of the one it was merged into."""
    return func.coalesce(Event.same_as_id, Event.id)


def _told(article: Article, name: str | None, evidence: tuple[dict[str, Any], ...]) -> Told:
    return Told(
        article_id=article.id,
        source=article.source_id,
        name=name or article.source_id,
        url=article.url,
        title=article.title,
        published=article.published,
        seen=article.seen_at,
        silent=article.silent,
        evidence=evidence,
    )


# Articles --------------------------------------------------------------------------------------------------------


def articles(
    session: Session,
    source: str = "",
    since: date | None = None,
    until: date | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[ArticleLine]:
    """The archive, newest publication first."""
    query = _article_lines().where(*_article_conditions(source, since, until))
    query = query.order_by(func.coalesce(Article.published_at, Article.seen_at).desc(), Article.id.desc())
    return [_line(*row) for row in session.execute(query.limit(limit).offset(offset))]


def count_articles(session: Session, source: str = "", since: date | None = None, until: date | None = None) -> int:
    query = select(func.count()).select_from(Article).where(*_article_conditions(source, since, until))
    return session.scalar(query) or 0


def article_lines(session: Session, ids: Iterable[int]) -> list[ArticleLine]:
    """These articles, in this order (that of a search's ranking)."""
    order = list(ids)
    rows = {row[0].id: _line(*row) for row in session.execute(_article_lines().where(Article.id.in_(order)))}
    return [rows[number] for number in order if number in rows]


def article(session: Session, article_id: int) -> ArticlePage | None:
    row = session.get(Article, article_id)
    if row is None:
        return None
    mentions = session.execute(
        select(Mention, _whole()).join(Event, Event.id == Mention.event_id).where(Mention.article_id == article_id)
    ).all()
    shown = (Event.id.in_([whole for _, whole in mentions]), *_conditions(EventFilter()))
    found = session.scalars(select(Event).where(*shown).order_by(Event.id)).all()
    told = [mention for mention, whole in mentions if whole in {row.id for row in found}]
    evidence = [_as_evidence(piece) for mention in told for piece in (mention.found or {}).get("evidence", ())]
    reprints = session.scalars(select(Article.id).where(Article.original_id == article_id).order_by(Article.id)).all()
    others = [row.original_id] if row.original_id else list(reprints)
    return ArticlePage(
        article=row,
        name=session.scalar(select(SourceState.name).where(SourceState.id == row.source_id)) or row.source_id,
        revisions=tuple(row.revisions),
        events=tuple(_views(session, found)),
        evidence=tuple(evidence),
        rejected=_rejected(session, row),
        reprints=tuple(article_lines(session, others)),
    )


def _rejected(session: Session, row: Article) -> tuple[dict[str, Any], ...]:
    if not row.revisions:
        return ()
    newest = row.revisions[-1].id
    last = session.scalar(select(Reading).where(Reading.revision_id == newest).order_by(Reading.id.desc()).limit(1))
    return tuple(dict(r) for r in last.rejected or () if isinstance(r, Mapping)) if last else ()


def _article_lines() -> Select[Any]:
    shown = aliased(Event)
    told = (
        select(func.count(distinct(shown.id)))
        .select_from(Mention)
        .join(Event, Event.id == Mention.event_id)
        .join(shown, shown.id == _whole())
        .where(Mention.article_id == Article.id, shown.verdict != "wrong")
        .scalar_subquery()
    )
    return select(Article, SourceState.name, told).outerjoin(SourceState, SourceState.id == Article.source_id)


def _article_conditions(
    source: str, since: date | None, until: date | None, zone: tzinfo = VIETNAM
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    day = func.substr(Article.published, 1, 10)
    undated = Article.published == ""  # a page that gives no date of its own counts from the day it was seen
    if source:
        found.append(Article.source_id == source)
    if since:
        seen = and_(undated, Article.seen_at >= _midnight(since, zone))
        found.append(or_(and_(~undated, day >= since.isoformat()), seen))
    if until:
        seen = and_(undated, Article.seen_at < _midnight(until + timedelta(days=1), zone))
        found.append(or_(and_(~undated, day <= until.isoformat()), seen))
    return found


def _line(row: Article, name: str | None, told: int) -> ArticleLine:
    return ArticleLine(
        id=row.id,
        source=row.source_id,
        name=name or row.source_id,
        url=row.url,
        title=row.title,
        lead=row.lead,
        published=row.published,
        seen=row.seen_at,
        events=told,
        reprint=row.original_id is not None,
    )


# Candidates that were no events ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Refused:
    """A candidate that was no event: the sentence, where it stands, and the rule that said no."""

    article_id: int
    source: str
    url: str
    title: str
    published: str
    seen: datetime
    kind: str
    reason: str
    text: str
    where: str  # title | text | caption
    start: int
    read_at: datetime

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "seen": self.seen.isoformat(), "read_at": self.read_at.isoformat()}


def rejected(
    session: Session,
    since: date | None = None,
    kind: str = "",
    source: str = "",
    reason: str = "",
    zone: tzinfo = VIETNAM,
) -> Iterator[Refused]:
    """What the last reading of each article as it now is refused, the newest article first.

    `reason` is a code, or what stands before its colon (`wish`).
    """
    newest = select(func.max(Revision.id)).group_by(Revision.article_id)
    last = select(func.max(Reading.id)).where(Reading.revision_id.in_(newest)).group_by(Reading.revision_id)
    query = (
        select(Reading, Revision, Article)
        .join(Revision, Revision.id == Reading.revision_id)
        .join(Article, Article.id == Revision.article_id)
        .where(Reading.id.in_(last), *_article_conditions(source, since, None, zone))
        .order_by(func.coalesce(Article.published_at, Article.seen_at).desc(), Article.id.desc())
    )
    for reading, revision, row in session.execute(query, execution_options={"yield_per": 200}):
        for candidate in reading.rejected or ():
            if not isinstance(candidate, Mapping) or (kind and candidate.get("kind") != kind):
                continue
            code = str(candidate.get("reason", ""))
            if not reason or code == reason or code.startswith(f"{reason}:"):
                yield _refused(candidate, code, reading, revision, row)


def _refused(candidate: Mapping[str, Any], code: str, reading: Reading, revision: Revision, row: Article) -> Refused:
    sentence, start = str(candidate.get("text", "")), int(candidate.get("start") or 0)
    pages = {"text": revision.text, "title": revision.title}
    # The offset is that of the sentence with the space before it.
    fits = [name for name, page in pages.items() if page[start:].lstrip().startswith(sentence)]
    return Refused(
        article_id=row.id,
        source=row.source_id,
        url=row.url,
        title=row.title,
        published=row.published,
        seen=row.seen_at,
        kind=str(candidate.get("kind", "")),
        reason=code,
        text=sentence,
        where=fits[0] if fits else "caption",
        start=start,
        read_at=reading.read_at,
    )


# Sources, messages, figures --------------------------------------------------------------------------------------


def sources(session: Session) -> dict[str, SourceLine]:
    """How each source that was ever polled has been doing, by id."""
    stored = _count_by(session, Article.source_id)
    pending = _count_by(session, Link.source_id, Link.state == "pending")
    runs = _last_runs(session)
    lines = {}
    for state in session.scalars(select(SourceState)):
        lines[state.id] = SourceLine(
            id=state.id,
            articles=stored.get(state.id, 0),
            pending=pending.get(state.id, 0),
            first_crawled_at=state.first_crawled_at,
            last_poll_at=state.last_poll_at,
            last_ok_at=state.last_ok_at,
            last_new_at=state.last_new_at,
            due_at=state.due_at,
            failures=state.failures,
            last_error=state.last_error,
            last_run=runs.get(state.id, {}),
        )
    return lines


def _count_by(session: Session, column: Any, *conditions: ColumnElement[bool]) -> dict[str, int]:
    rows = session.execute(select(column, func.count()).where(*conditions).group_by(column))
    return {source: number for source, number in rows}


def _last_runs(session: Session) -> dict[str, dict[str, int]]:
    newest = select(func.max(CrawlRun.id)).where(CrawlRun.finished_at.is_not(None)).group_by(CrawlRun.source_id)
    names = ("new", "revised", "unchanged", "failed", "requests", "bytes")
    rows = session.scalars(select(CrawlRun).where(CrawlRun.id.in_(newest)))
    return {run.source_id: {name: getattr(run, name) for name in names} for run in rows}


def lost_pages(session: Session, sources: Sequence[str], since: datetime) -> list[tuple[str, str, str]]:
    """Source, address and reason of what could not be fetched or read; a reason that its whole run has is left out."""
    query = (
        select(CrawlRun.source_id, FetchRecord.url, FetchRecord.reason)
        .join(CrawlRun, FetchRecord.run_id == CrawlRun.id)
        .where(FetchRecord.outcome == "failed", FetchRecord.reason != CrawlRun.error)
        .where(CrawlRun.source_id.in_(sources), CrawlRun.started_at >= since)
        .order_by(FetchRecord.id)
    )
    return [(source, url, reason) for source, url, reason in session.execute(query)]


def messages(session: Session, limit: int | None = 50, offset: int = 0, waiting: bool = False) -> list[Message]:
    """What was sent to whom, newest first, each with its attempts."""
    query = (
        select(Message).options(selectinload(Message.attempts)).order_by(Message.created_at.desc(), Message.id.desc())
    )
    if waiting:
        query = query.where(Message.sent_at.is_(None))
    return list(session.scalars(query.limit(limit).offset(offset)))


def messages_of(session: Session, view: EventView, limit: int = 500) -> list[Message]:
    """The messages that told of one event; a notice is written after its event, so older ones are not looked at."""
    parts = select(Event.id, Event.created_at).where(or_(Event.id == view.id, Event.same_as_id == view.id))
    members = {number: made for number, made in session.execute(parts)}
    since = min(members.values(), default=view.created_at)
    query = select(Message).options(selectinload(Message.attempts)).where(Message.created_at >= since)
    near = session.scalars(query.order_by(Message.created_at, Message.id).limit(limit))
    return [message for message in near if _tells_of(message.notice, members)]


def _tells_of(notice: Mapping[str, Any], event_ids: Collection[int]) -> bool:
    return any(happening.get("event_id") in event_ids for happening in notice.get("happenings", ()))


def count_messages(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Message)) or 0


def counts(session: Session, now: datetime) -> Counts:
    week, day = now - timedelta(days=7), now - timedelta(days=1)
    unread = ~exists(select(Reading.id).where(Reading.revision_id == Revision.id))
    open_message = and_(Message.sent_at.is_(None), Message.given_up_at.is_(None))

    def number(table: Any, *conditions: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0

    return Counts(
        events=number(Event, *_conditions(EventFilter())),
        events_week=number(Event, Event.created_at >= week, *_conditions(EventFilter(fresh=True))),
        articles=number(Article),
        articles_day=number(Article, Article.seen_at >= day),
        unread=number(Revision, unread),
        waiting=number(Message, open_message),
        sent_week=number(Message, Message.sent_at >= week),
        given_up=number(Message, Message.given_up_at.is_not(None)),
    )


def last_jobs(session: Session) -> list[dict[str, Any]]:
    """The last run of each scheduled job."""
    newest = select(func.max(JobRun.id)).group_by(JobRun.job)
    rows = session.scalars(select(JobRun).where(JobRun.id.in_(newest)).order_by(JobRun.job))
    names = ("job", "started_at", "finished_at", "ok", "detail")
    return [{name: getattr(row, name) for name in names} for row in rows]
