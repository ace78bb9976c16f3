"""Decides what people hear of an occasion, once or as an update, and puts it into a Notice for the alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts import outbox
from alerts.notice import Happening, Notice, Outlet
from crawler.tables import Article
from monitor import linking
from monitor.merging import FIELDS, changes, snapshot
from monitor.settings import Settings
from monitor.tables import Event, Mention

LATE = timedelta(days=31)  # a first report may come this long after the event; beyond, it tells of the past
LISTS = ("vietnamese_side", "foreign_side", "instruments")


def tell(session: Session, settings: Settings, occasion: int, fresh: set[int], now: datetime) -> int:
    """Announces an occasion that a new article tells of, or what changed in it; gives the number of notices.

    `fresh` holds the events that this article brought: a late report of them is still news.
    """
    events = list(session.scalars(select(Event).where(Event.occasion_id == occasion).order_by(Event.id)))
    if any(event.announced_at for event in events):
        return _update(session, settings, events, now)
    recent = [event for event in events if is_recent(event, settings, now, late=event.id in fresh)]
    if not recent:
        return 0
    _announce(session, settings, _notice(session, settings, recent, f"event:{occasion}"), now)
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


def _update(session: Session, settings: Settings, events: list[Event], now: datetime) -> int:
    first = events[0].occasion_id
    news = {event.id: changes(event.told, as_dict(event)) for event in events}
    changed = [event for event in events if news[event.id]]
    if changed:
        number = sum(int(event.told.get("updates", 0)) for event in events) + 1
        what = tuple(dict.fromkeys(word for event in changed for word in news[event.id]))
        notice = _notice(session, settings, changed, f"event:{first}:{number}", what, f"event:{first}")
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
    mentions = select(Mention.article_id).where(Mention.event_id.in_(events))
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
