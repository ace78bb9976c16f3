"""What staff marked, as labelled cases: one article a record, to measure the rules by.

An article is labelled for meetings and for signings each by itself. Where something was found in it that nobody has
marked, that label is null: it is not known, and whoever scores leaves it out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crawler.tables import Article
from monitor.tables import Event, Mark, Mention

KINDS = ("meeting", "signing")


@dataclass
class _Said:
    """All that stands of one article."""

    right: list[dict[str, Any]] = field(default_factory=list)  # the events it tells of
    wrong: set[str] = field(default_factory=set)  # kinds of what was taken for an event
    missed: dict[str, Mark] = field(default_factory=dict)  # kind → the last word on whether one was missed
    notes: list[str] = field(default_factory=list)


def cases(session: Session, provinces: Mapping[str, str]) -> list[dict[str, Any]]:
    """A record for each article with a mark, oldest first. `provinces` names the province of each source."""
    said: dict[int, _Said] = defaultdict(_Said)
    for mark in _last_marks(session):
        for article in mark.snapshot.get("articles", ()):
            _note(session, said[article["id"]], mark, article["id"])
    open_kinds = _unmarked(session, said)
    rows = session.scalars(select(Article).where(Article.id.in_(list(said))).order_by(Article.id))
    return [_case(row, said[row.id], open_kinds.get(row.id, set()), provinces) for row in rows]


def _last_marks(session: Session) -> list[Mark]:
    """The one that counts of each event, and of each article and kind."""
    last: dict[tuple[Any, ...], Mark] = {}
    for mark in session.scalars(select(Mark).order_by(Mark.id)):
        key = ("event", mark.event_id) if mark.event_id is not None else ("article", mark.article_id, mark.kind)
        last.pop(key, None)
        last[key] = mark
    return list(last.values())


def _note(session: Session, said: _Said, mark: Mark, article_id: int) -> None:
    if mark.note:
        said.notes.append(mark.note)
    if mark.event_id is None:
        said.missed[mark.kind] = mark
    elif mark.verdict == "wrong":
        said.wrong.add(mark.kind)
    else:
        said.right.append(_label(mark.snapshot, _as_told(session, mark.event_id, article_id)))


def _as_told(session: Session, event_id: int, article_id: int) -> Mapping[str, Any]:
    """The event as this article tells it, which may only have announced it."""
    parts = select(Event.id).where((Event.id == event_id) | (Event.same_as_id == event_id))
    told = select(Mention.found).where(Mention.event_id.in_(parts), Mention.article_id == article_id)
    return session.scalar(told) or {}


def _label(event: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": event["kind"],
        "subtype": event["subtype"],
        "status": told.get("status") or event["status"],
        "scope": event["scope"],
        "date": event["date"] or None,
        "place": event["place"] or None,
        "vn_side": _names(event["vietnamese_side"]),
        "foreign_side": _names(event["foreign_side"]),
        "country": event["country"] or None,
        "instruments": [paper.get("title") or paper.get("type") or "" for paper in event["instruments"]],
    }


def _missing(kind: str) -> dict[str, Any]:
    """An event of which only this is known, that the article tells of it."""
    sides: dict[str, Any] = {"vn_side": [], "foreign_side": [], "country": None, "instruments": []}
    return {"kind": kind, "subtype": None, "status": "held", "date": None, "place": None, **sides}


def _names(side: Sequence[Mapping[str, Any]]) -> list[str]:
    return [f"{party['name']} ({party['title']})" if party.get("title") else str(party["name"]) for party in side]


def _unmarked(session: Session, said: Mapping[int, _Said]) -> dict[int, set[str]]:
    """By article, the kinds of which something was found that nobody marked."""
    marked = select(Mark.event_id).where(Mark.event_id.is_not(None))
    query = (
        select(Mention.article_id, Event.kind)
        .join(Event, Event.id == Mention.event_id)
        .where(Event.id.not_in(marked), Event.same_as_id.is_(None) | Event.same_as_id.not_in(marked))
    )
    kinds: dict[int, set[str]] = defaultdict(set)
    for article_id, kind in session.execute(query):
        if article_id in said:
            kinds[article_id].add(kind)
    return kinds


def _case(row: Article, said: _Said, unmarked: set[str], provinces: Mapping[str, str]) -> dict[str, Any]:
    missed = [kind for kind in KINDS if kind in said.missed and said.missed[kind].verdict == "missed"]
    events = [*said.right, *(_missing(kind) for kind in missed)]
    label = {
        "foreign_event": bool(events),
        "events": events,
        **{f"has_new_{kind}": _has_new(kind, events, said, unmarked) for kind in KINDS},
        "note": "; ".join(dict.fromkeys(said.notes)),
    }
    published = row.published[:10] or None
    province = provinces.get(row.source_id) or None
    return {
        "url": row.url,
        "title": row.title,
        "published": published,
        "province": province,
        "text": row.text,
        "label": label,
    }


def _has_new(kind: str, events: Sequence[Mapping[str, Any]], said: _Said, unmarked: set[str]) -> bool | None:
    """Whether the article tells of a held event of a kind, of a local body; None where that cannot be said."""
    mine = [event for event in events if event["kind"] == kind]
    if any(event["status"] == "held" and event.get("scope", "provincial") == "provincial" for event in mine):
        return True
    if kind in unmarked or not (mine or kind in said.wrong or kind in said.missed):
        return None
    return False
