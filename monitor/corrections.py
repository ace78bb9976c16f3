"""What staff decide about events, in the caller's transaction: right, wrong or missed; one event or two.

Nothing decided here is overwritten by reading again. A mark is a row that stays, and the last one counts. A split moves
mentions into an event of their own and writes down which articles may not go back (`Apart`); a merge lets one event
point to another (`same_as_id`), so that whatever is found for either counts for both. Each is undone by name.
`cases` turns marks into labelled cases.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, or_, select, text, update
from sqlalchemy.orm import Session

from crawler.tables import Article
from crawler.urls import canonical
from monitor import notices, telling
from monitor.errors import MonitorError
from monitor.merging import FIELDS, merged, snapshot
from monitor.settings import Settings
from monitor.tables import Apart, Decision, Event, Mark, Mention

LISTS = ("vietnamese_side", "foreign_side", "instruments", "evidence")
ADVISORY_LOCK = 0x72656164  # PostgreSQL: one revision or correction at a time, as SQLite does by itself
LARGEST = 2**31 - 1  # what an id may be in every database


class CorrectionRefused(MonitorError):
    """What was asked for cannot be; the text names the event or the article."""


@dataclass(frozen=True)
class Marked:
    """A mark that was made, and what it did to waiting messages."""

    mark: Mark
    withdrawn: int = 0
    in_hand: int = 0  # being sent right now: too late
    put_back: int = 0


@dataclass(frozen=True)
class Divided:
    """A split or a merge that was made or undone."""

    decision: Decision
    event: Event
    other: Event
    told: int = 0  # notices of the event that was split off


# --- marks ---------------------------------------------------------------------------------------------------------


def mark(session: Session, event_id: int, verdict: str, now: datetime, note: str = "", who: str = "") -> Marked:
    """Says that an event is right or wrong. Wrong takes it out of what is shown and of what waits to be sent."""
    alone(session)
    event = own_event(session, event_id)
    held_back = _withdrawn(session, event) if event.verdict == "wrong" else []
    was, event.verdict = event.verdict, verdict
    row = Mark(event_id=event.id, kind=event.kind, verdict=verdict, note=note, who=who, at=now, withdrawn=[])
    row.snapshot = {**notices.as_dict(event), "articles": _articles_of(session, event)}
    session.add(row)
    in_hand = put_back = 0
    if verdict == "wrong":
        row.withdrawn, in_hand = notices.withdraw(session, event, now)
    elif was == "wrong":
        put_back = notices.put_back(session, held_back, event)
    session.flush()
    return Marked(row, len(row.withdrawn), in_hand, put_back)


def mark_article(
    session: Session, article: str, verdict: str, kind: str, now: datetime, note: str = "", who: str = ""
) -> Marked:
    """Says that an event of a kind was missed in an article, or (right) that none of that kind was."""
    alone(session)
    told = find_article(session, article)
    row = Mark(article_id=told.id, kind=kind, verdict=verdict, note=note, who=who, at=now, withdrawn=[])
    row.snapshot = {"articles": [{"id": told.id, "url": told.url}], "title": told.title}
    session.add(row)
    session.flush()
    return Marked(row)


def marks(session: Session, event_id: int) -> list[Mark]:
    """What was said of an event and of what was merged into it, oldest first."""
    rows = select(Mark).where(Mark.event_id.in_(group(session, event_id)))
    return list(session.scalars(rows.order_by(Mark.id)))


def decisions(session: Session, event_id: int) -> list[Decision]:
    """The splits and merges that an event took part in, oldest first."""
    members = group(session, event_id)
    rows = select(Decision).where(or_(Decision.event_id.in_(members), Decision.other_id.in_(members)))
    return list(session.scalars(rows.order_by(Decision.id)))


def minded(session: Session, event_id: int) -> bool:
    """True for an event that somebody decided on: it stays, even if no rule finds it any more."""
    marked = exists().where(Mark.event_id == event_id)
    decided = exists().where(or_(Decision.event_id == event_id, Decision.other_id == event_id))
    return bool(session.scalar(select(or_(marked, decided))))


def _withdrawn(session: Session, event: Event) -> list[dict[str, Any]]:
    """The messages that the wrong marks since the last right one took back."""
    taken: list[dict[str, Any]] = []
    for row in session.scalars(select(Mark).where(Mark.event_id == event.id).order_by(Mark.id)):
        taken = taken + list(row.withdrawn) if row.verdict == "wrong" else []
    return taken


def _articles_of(session: Session, event: Event) -> list[dict[str, Any]]:
    told = [mention.article_id for mention in mentions(session, event)]
    rows = session.execute(select(Article.id, Article.url).where(Article.id.in_(told)).order_by(Article.id))
    return [{"id": number, "url": url} for number, url in rows]


# --- one event or two ----------------------------------------------------------------------------------------------


def split(
    session: Session,
    event_id: int,
    articles: Sequence[str],
    now: datetime,
    note: str = "",
    who: str = "",
    settings: Settings | None = None,
) -> Divided:
    """Takes the mentions of these articles out of an event, into one of their own.

    With `settings`, people are told of the new one as of any, if one of its articles is news.
    """
    alone(session)
    event = own_event(session, event_id)
    chosen = list(dict.fromkeys(find_article(session, article).id for article in articles))
    moving = _to_move(session, event, chosen)
    rows = sorted(group(session, event.id))
    stay = {mention.article_id for mention in mentions(session, event)} - set(chosen)
    other = _new_event(session, event, moving, now)
    before = {"why": {str(mention.id): mention.why for mention in moving}}
    decision = Decision(what="split", event_id=event.id, other_id=other.id, articles=chosen, note=note, who=who)
    decision.at, decision.before, decision.undone_by = now, before, ""
    session.add(decision)
    for mention in moving:
        mention.event_id, mention.why = other.id, "split"
    session.flush()
    pairs = [(article, row) for article in chosen for row in rows] + [(article, other.id) for article in sorted(stay)]
    session.add_all(Apart(decision_id=decision.id, article_id=article, event_id=row) for article, row in pairs)
    _take_along(session, event, other, chosen)
    for row in (*rows, other.id):
        rebuild(session, session.get_one(Event, row), now)
    notices.renew(session, event)
    told = _tell(session, settings, other, chosen, now) if settings else 0
    return Divided(decision, event, other, told)


def merge(session: Session, one_id: int, other_id: int, now: datetime, note: str = "", who: str = "") -> Divided:
    """Makes one event of two. The one that people were told of stays, else the older one."""
    alone(session)
    pair = [own_event(session, one_id), own_event(session, other_id)]
    _may_merge(*pair)
    keep, gone = sorted(pair, key=lambda event: (not event.told and event.announced_at is None, event.id))
    table = _table(session, gone)
    before = {
        "members": sorted(group(session, gone.id) - {gone.id}),
        "table": [row.id for row in table],
        "occasion": gone.occasion_id,
        "withdrawn": notices.withdraw(session, gone, now, besides=keep.id)[0] if gone.announced_at else [],
    }
    decision = Decision(what="merge", event_id=keep.id, other_id=gone.id, note=note, who=who, at=now, before=before)
    decision.articles, decision.undone_by = [told["id"] for told in _articles_of(session, gone)], ""
    session.add(decision)
    keep.occasion_id = keep.occasion_id or keep.id
    for row in table:
        row.occasion_id = keep.occasion_id
    session.execute(update(Event).where(Event.id.in_(group(session, gone.id))).values(same_as_id=keep.id))
    session.flush()
    rebuild(session, keep, now, refresh=bool(gone.told))
    notices.renew(session, keep)
    return Divided(decision, keep, gone)


def undo(session: Session, what: str, event_id: int, now: datetime, who: str = "") -> Divided:
    """Takes back the newest split or merge of an event that still stands."""
    alone(session)
    _any_event(session, event_id)
    newest = (
        select(Decision)
        .where(Decision.what == what, Decision.undone_at.is_(None))
        .where(or_(Decision.event_id == event_id, Decision.other_id == event_id))
        .order_by(Decision.id.desc())
        .limit(1)
    )
    decision = session.scalar(newest)
    if decision is None:
        raise CorrectionRefused(f"event {event_id} has no {what} to undo")
    event = session.get_one(Event, root_id(session.get_one(Event, decision.event_id)))
    other = session.get_one(Event, decision.other_id)
    decision.undone_at, decision.undone_by = now, who
    if what == "split":
        _join_again(session, decision, event, other, now)
    else:
        _part_again(session, decision, event, other)
    session.flush()
    for row in (event, other):
        rebuild(session, row, now)
        notices.renew(session, row)
    return Divided(decision, event, other)


def barred(session: Session, article: Article) -> set[int]:
    """The events that an article must not be taken to tell of. A reprint shares what its original may not."""
    for teller in filter(None, (article.id, article.original_id)):
        rows = set(session.scalars(select(Apart.event_id).where(Apart.article_id == teller)))
        if rows:
            return rows
    return set()


def group(session: Session, event_id: int) -> set[int]:
    """An event and all that were merged into it."""
    return {event_id, *session.scalars(select(Event.id).where(Event.same_as_id == event_id))}


def root_id(event: Event) -> int:
    """The event that this one is part of, or itself."""
    return event.same_as_id or event.id


def mentions(session: Session, event: Event) -> list[Mention]:
    """Who tells of an event, in the order in which it was read."""
    wanted = select(Mention).where(Mention.event_id.in_(group(session, event.id)))
    return list(session.scalars(wanted.order_by(Mention.revision_id, Mention.id)))


def rebuild(session: Session, event: Event, now: datetime, refresh: bool = True) -> bool:
    """Tells the event's fields anew from its mentions; False where nothing came out different.

    What people were told is brought to the same state (`refresh`), so that a correction is no news by itself.
    """
    session.flush()
    reports = [mention.found for mention in mentions(session, event) if set(FIELDS) <= set(mention.found or ())]
    if not reports:
        telling.keep_first(session, event)
        return False
    known = notices.as_dict(event)
    fields = as_fields(reports[0])
    for report in reports[1:]:
        fields = merged(fields, report)
    changed = {name: fields[name] for name in FIELDS if fields[name] != known[name]}
    for name, value in changed.items():
        setattr(event, name, value)
    if changed:
        event.updated_at = now
    if event.told and refresh:
        event.told = {**event.told, **snapshot(notices.as_dict(event))}
    telling.keep_first(session, event)
    session.flush()
    return bool(changed)


def as_fields(report: dict[str, Any]) -> dict[str, Any]:
    """What detection found, as the event table holds it."""
    fields = {name: "" if report[name] is None else report[name] for name in FIELDS}
    return {**fields, **{name: list(fields[name]) for name in LISTS}}


def alone(session: Session) -> None:
    """Waits until nobody else reads or corrects, and keeps them out until the transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})


def own_event(session: Session, event_id: int) -> Event:
    """The event of this number, if it stands for itself."""
    event = _any_event(session, event_id)
    if event.same_as_id is not None:
        raise CorrectionRefused(f"event {event_id} was merged into event {event.same_as_id}; name that one")
    return event


def find_article(session: Session, named: str) -> Article:
    """An article by its number or its address."""
    if named.isascii() and named.isdigit():
        found = session.get(Article, int(named)) if int(named) <= LARGEST else None
    else:
        found = session.scalar(select(Article).where(Article.url.in_({named, canonical(named)})).limit(1))
    if found is None:
        raise CorrectionRefused(f"there is no article {named}")
    return found


def _any_event(session: Session, event_id: int) -> Event:
    event = session.get(Event, event_id) if 0 < event_id <= LARGEST else None
    if event is None:
        raise CorrectionRefused(f"there is no event {event_id}")
    return event


def _to_move(session: Session, event: Event, chosen: Collection[int]) -> list[Mention]:
    """The mentions that a split takes out, or the reason why it cannot."""
    told = mentions(session, event)
    by_article: dict[int, list[Mention]] = {}
    for mention in told:
        by_article.setdefault(mention.article_id, []).append(mention)
    for article in chosen:
        found = by_article.get(article, [])
        if not found:
            raise CorrectionRefused(f"article {article} does not tell of event {event.id}")
        if len(found) > 1:
            part = next(mention.event_id for mention in found if mention.event_id != event.id)
            raise CorrectionRefused(
                f"article {article} tells of event {event.id} and of event {part}, which was merged into it; "
                f"undo that first: doingoai events merge {part} --undo"
            )
    if len(by_article) == len(set(chosen)):
        raise CorrectionRefused(f"event {event.id} has no other article; nothing would be left of it")
    return [mention for mention in told if mention.article_id in set(chosen)]


def _new_event(session: Session, event: Event, moving: Sequence[Mention], now: datetime) -> Event:
    other = Event(**notices.as_dict(event), created_at=min(mention.created_at for mention in moving), updated_at=now)
    other.told = {}
    session.add(other)
    session.flush()
    other.occasion_id = other.id
    return other


def _take_along(session: Session, event: Event, other: Event, articles: Sequence[int]) -> None:
    """What only these articles tell of, and sat at the old table, sits with the new event."""
    mates = [row for row in _table(session, event) if row.id not in group(session, event.id) and row.id != other.id]
    for row in mates:
        tellers = set(session.scalars(select(Mention.article_id).where(Mention.event_id == row.id)))
        if tellers and tellers <= set(articles):
            leave_table(session, row)
            row.occasion_id = other.id
    session.flush()


def leave_table(session: Session, event: Event) -> None:
    """Takes an event from its table; the others sit with the next of them."""
    others = session.scalars(select(Event.id).where(Event.occasion_id == event.id, Event.id != event.id)).all()
    if others:
        session.execute(update(Event).where(Event.id.in_(others)).values(occasion_id=min(others)))
    event.occasion_id = None
    session.flush()


def _table(session: Session, event: Event) -> list[Event]:
    """All that sit at the event's table, with itself and what was merged into it."""
    members = group(session, event.id)
    wanted = or_(Event.id.in_(members), Event.occasion_id == (event.occasion_id or event.id))
    return list(session.scalars(select(Event).where(wanted).order_by(Event.id)))


def _may_merge(one: Event, other: Event) -> None:
    if one.id == other.id:
        raise CorrectionRefused(f"event {one.id} is one already")
    if one.kind != other.kind:
        raise CorrectionRefused(f"event {one.id} is a {one.kind} and event {other.id} a {other.kind}: they stay two")
    for event in (one, other):
        if event.verdict == "wrong":
            raise CorrectionRefused(f"event {event.id} is marked wrong; mark it right before merging it")


def _join_again(session: Session, decision: Decision, event: Event, other: Event, now: datetime) -> None:
    """Undoes a split: what was split off, with what came to it since, is part of the event again."""
    if other.same_as_id is not None:
        raise CorrectionRefused(
            f"event {other.id} was merged into event {other.same_as_id} since; "
            f"undo that first: doingoai events merge {other.id} --undo"
        )
    session.execute(delete(Apart).where(Apart.decision_id == decision.id))
    notices.withdraw(session, other, now)
    for row in _table(session, other):
        row.occasion_id = event.occasion_id
    for row_id in group(session, other.id):
        session.get_one(Event, row_id).same_as_id = event.id
    for mention in session.scalars(select(Mention).where(Mention.event_id == other.id)):
        mention.why = decision.before["why"].get(str(mention.id), mention.why)


def _part_again(session: Session, decision: Decision, event: Event, other: Event) -> None:
    """Undoes a merge: both are as they were, each with what was found for it since."""
    before = decision.before
    other.same_as_id = None
    for row in _rows(session, before["members"]):
        if row.same_as_id == event.id:
            row.same_as_id = other.id
    occasion = before["occasion"] or other.id
    for row in _rows(session, before["table"]):
        row.occasion_id = occasion if event.id not in before["table"] else row.occasion_id
    session.flush()
    notices.put_back(session, before["withdrawn"], other)


def _rows(session: Session, numbers: Iterable[int]) -> list[Event]:
    return list(session.scalars(select(Event).where(Event.id.in_(list(numbers))).order_by(Event.id)))


def _tell(session: Session, settings: Settings, other: Event, articles: Sequence[int], now: datetime) -> int:
    rows = session.scalars(select(Article).where(Article.id.in_(articles)))
    if not any(notices.is_news(article, settings, now) for article in rows):
        return 0
    return notices.tell(session, settings, other.occasion_id or other.id, {other.id}, now)
