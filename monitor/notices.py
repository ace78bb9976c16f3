"""Decides what people hear of an occasion, once or as an update, and puts it into a Notice for the alerts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from alerts import outbox
from alerts.notice import Happening, Notice, Outlet
from alerts.tables import Attempt, Message
from crawler.tables import Article
from monitor import linking
from monitor.merging import FIELDS, changes, snapshot
from monitor.settings import Settings
from monitor.tables import Event, Mention

LATE = timedelta(days=31)  # a first report may come this long after the event; beyond, it tells of the past
LISTS = ("vietnamese_side", "foreign_side", "instruments")


def tell(session: Session, settings: Settings, occasion: int, fresh: set[int], now: datetime) -> int:
    """Announces an occasion that a new article tells of, or what changed in it; gives the number of notices.

    `fresh` holds the events that this article brought: a late report of them is still news. Of an event that staff
    marked wrong, and of one that is part of another, nobody hears.
    """
    table = list(session.scalars(select(Event).where(Event.occasion_id == occasion).order_by(Event.id)))
    events = [event for event in table if event.verdict != "wrong" and event.same_as_id is None]
    if any(event.announced_at for event in events):
        return _update(session, settings, events, sum(int(event.told.get("updates", 0)) for event in table) + 1, now)
    recent = [event for event in events if is_recent(event, settings, now, late=event.id in fresh)]
    if not recent:
        return 0
    key = f"event:{occasion}"
    if any(event.announced_at for event in table):
        key = _unused(session, key, 1)  # the first key told of what was wrong
    _announce(session, settings, _notice(session, settings, recent, key), now)
    _note_told(recent, now)
    return 1


def is_recent(event: Event, settings: Settings, now: datetime, late: bool) -> bool:
    """True for an event that may be told: to come, without a date, or not longer ago than the settings allow."""
    days = linking.span(linking.facts(as_dict(event)))
    if days is None:
        return True
    age = timedelta(seconds=settings.polling.alert_max_age)
    return days[1] >= (now.astimezone(settings.zone) - (max(age, LATE) if late else age)).date()


def is_news(article: Article, settings: Settings, now: datetime) -> bool:
    """True for an article that may alert: no first or archive crawl brought it, and it is not old."""
    written = article.published_at or article.seen_at
    if len(article.published) == len("2024-05-09"):
        written += timedelta(days=1)  # only the day is known: it counts to its end
    return not article.silent and written >= now - timedelta(seconds=settings.polling.alert_max_age)


def as_dict(event: Event) -> dict[str, Any]:
    """The event's fields as detection writes them."""
    return {name: getattr(event, name) for name in FIELDS}


def _unused(session: Session, thread: str, number: int) -> str:
    """The first key of a thread from this number on; a split or a merge may have left gaps and doubles."""
    used = set(session.scalars(select(Message.notice_key).where(Message.notice_key.startswith(f"{thread}:"))))
    while f"{thread}:{number}" in used:
        number += 1
    return f"{thread}:{number}"


def _update(session: Session, settings: Settings, events: list[Event], number: int, now: datetime) -> int:
    first = events[0].occasion_id
    news = {event.id: changes(event.told, as_dict(event)) for event in events}
    changed = [event for event in events if news[event.id]]
    if changed:
        what = tuple(dict.fromkeys(word for event in changed for word in news[event.id]))
        key = _unused(session, f"event:{first}", number)
        notice = _notice(session, settings, changed, key, what, f"event:{first}")
        _announce(session, settings, notice, now)
        _note_told(events, now)
        root = events[0]
        root.told = {**root.told, "updates": int(root.told.get("updates", 0)) + 1}
        return 1
    if any(event.told and event.confidence > event.told["confidence"] for event in events):
        # Surer than before: whoever asked for more certainty hears now; the key keeps it from the others.
        told = [event for event in events if event.told]
        _announce(session, settings, _notice(session, settings, told, f"event:{first}"), now)
    _note_told(events, now)
    return 0


def _note_told(events: Sequence[Event], now: datetime) -> None:
    for event in events:
        event.announced_at = event.announced_at or now
        event.told = {**event.told, **snapshot(as_dict(event))}


def _announce(session: Session, settings: Settings, notice: Notice, now: datetime) -> None:
    session.flush()
    outbox.announce(session, notice, settings.subscriptions, settings.operators.to, now, settings.timezone)


def _notice(
    session: Session,
    settings: Settings,
    events: Sequence[Event],
    key: str,
    changed: tuple[str, ...] = (),
    refers_to: str = "",
) -> Notice:
    return Notice(
        key=key,
        change="update" if refers_to else "event",
        happenings=tuple(happening(event) for event in events),
        outlets=outlets(session, [event.id for event in events], outlet_names(settings)),
        changed=changed,
        refers_to=refers_to,
    )


def happening(event: Event) -> Happening:
    """The event as the alerts see it."""
    fields = {name: getattr(event, name) for name in FIELDS if name not in ("evidence", "code")}
    fields.update({name: tuple(fields[name]) for name in LISTS})
    return Happening(event_id=event.id, evidence=tuple(piece["text"] for piece in event.evidence), **fields)


def outlet_names(settings: Settings) -> dict[str, str]:
    """How each watched source calls itself."""
    return {source.id: source.name for source in settings.watched}


def outlets(session: Session, events: Sequence[int], names: Mapping[str, str]) -> tuple[Outlet, ...]:
    """The articles that tell of the events, the first to be seen first."""
    told = select(Event.id).where(or_(Event.id.in_(events), Event.same_as_id.in_(events)))
    mentions = select(Mention.article_id).where(Mention.event_id.in_(told))
    articles = session.scalars(select(Article).where(Article.id.in_(mentions)).order_by(Article.seen_at, Article.id))
    return tuple(
        Outlet(
            name=names.get(article.source_id, article.source_id),
            url=article.url,
            title=article.title,
            published=article.published,
            seen=article.seen_at.isoformat(),
        )
        for article in articles
    )


# --- what waits to be sent -----------------------------------------------------------------------------------------


def withdraw(session: Session, event: Event, now: datetime, besides: int = 0) -> tuple[list[dict[str, Any]], int]:
    """Takes an event out of the messages that were not sent; one that tells of nothing else goes altogether.

    Gives the messages as they were, for `put_back`, and how many a sender has in hand and cannot be called back.
    With `besides`, only those for recipients who were told of that other event too.
    """
    others = {row.recipient for row in _messages(session, besides)} if besides else None
    taken, in_hand = [], 0
    for row in list(_waiting(session, event.id)):
        if others is not None and row.recipient not in others:
            continue
        if row.claimed_until is not None and row.claimed_until >= now:
            in_hand += 1
            continue
        taken.append(_as_record(row))
        _take_out(session, row, event.id)
    session.flush()
    return taken, in_hand


def put_back(session: Session, taken: Sequence[Mapping[str, Any]], event: Event) -> int:
    """Puts withdrawn messages back as they were, with the event as it is now; says how many."""
    for record in taken:
        row = session.scalar(select(Message).where(Message.key == record["key"]))
        if row is None:
            row = Message(**_from_record(record))
            row.notice = {**row.notice, "happenings": _without_hidden(session, _happenings(row))}
            session.add(row)
        elif row.sent_at is None and event.id not in {one.get("event_id") for one in _happenings(row)}:
            row.notice = {**row.notice, "happenings": [*_happenings(row), _plain(happening(event))]}
    session.flush()
    renew(session, event)
    return len(taken)


def _without_hidden(session: Session, told: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What may still be told: nothing that was marked wrong or became part of another event meanwhile."""
    numbers = [one.get("event_id") for one in told]
    shown = select(Event.id).where(Event.id.in_(numbers), Event.verdict != "wrong", Event.same_as_id.is_(None))
    allowed = set(session.scalars(shown))
    return [one for one in told if one.get("event_id") in allowed]


def renew(session: Session, event: Event) -> None:
    """Brings what waits to be told of an event to what is known of it now."""
    now = _plain(happening(event))
    for row in list(_waiting(session, event.id)):
        told = [now if one.get("event_id") == event.id else one for one in _happenings(row)]
        row.notice = {**row.notice, "happenings": told}
    session.flush()


def _waiting(session: Session, event_id: int) -> Iterator[Message]:
    return _messages(session, event_id, Message.sent_at.is_(None))


def _messages(session: Session, event_id: int, *conditions: ColumnElement[bool]) -> Iterator[Message]:
    """Those that tell of an event: its number stands inside their notices."""
    wanted = select(Message).where(Message.notice_key.startswith("event:"), *conditions)
    for row in session.scalars(wanted.order_by(Message.id)).all():
        if any(told.get("event_id") == event_id for told in _happenings(row)):
            yield row


def _happenings(row: Message) -> list[dict[str, Any]]:
    return list(row.notice.get("happenings", ()))


def _take_out(session: Session, row: Message, event_id: int) -> None:
    rest = [told for told in _happenings(row) if told.get("event_id") != event_id]
    if rest:
        row.notice = {**row.notice, "happenings": rest}
        return
    session.execute(delete(Attempt).where(Attempt.message_id == row.id))
    session.delete(row)


def _as_record(row: Message) -> dict[str, Any]:
    values = {column.key: getattr(row, column.key) for column in Message.__table__.columns if column.key != "id"}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def _from_record(record: Mapping[str, Any]) -> dict[str, Any]:
    moments = {column.key for column in Message.__table__.columns if column.key.endswith(("_at", "_until", "_since"))}
    return {
        name: datetime.fromisoformat(value) if name in moments and value is not None else value
        for name, value in record.items()
    }


def _plain(told: Happening) -> dict[str, Any]:
    """As the database gives it back: lists where records hold tuples."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(told).items()}
