"""Compares what arrived with what truly happened at the stand-in portals: who was told what, how often, and wrongly."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import unescape

from monitor.demo.portals import Portals, Visit
from monitor.demo.stories import PlantedEvent, Story

ADDRESS = re.compile(r"http://127\.0\.[01]\.\d+:\d+/[^\s<>\"')\]]+")
TAG = re.compile(r"<[^>]+>")


def plain(text: str) -> str:
    """Telegram's HTML, or plain text, as people read it."""
    return unescape(TAG.sub("", text)).replace("\N{NO-BREAK SPACE}", " ")


@dataclass(frozen=True)
class Alert:
    """One message as it arrived, by email or Telegram."""

    channel: str
    subject: str
    text: str

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(unescape(found) for found in ADDRESS.findall(self.text)))

    @property
    def plain(self) -> str:
        return plain(f"{self.subject}\n{self.text}")


@dataclass(frozen=True)
class Check:
    """One expectation: `words` say what was expected, `wrong` what was found instead, if anything."""

    words: str
    wrong: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.wrong


def table_of(event: PlantedEvent) -> str:
    """Events of one table are told in one message."""
    return event.table or event.id


def told_events(alert: Alert, portals: Portals, events: Sequence[PlantedEvent]) -> set[str]:
    """The tables an alert tells of: those of the articles it links to whose foreign side it names."""
    stories = [story for address in alert.addresses if (story := portals.story_at(address))]
    reported = {name for story in stories for name in story.events}
    candidates = [event for event in events if event.id in reported]
    named = [event for event in candidates if any(name in alert.plain for name in event.foreign)]
    return {table_of(event) for event in named or candidates}


def check_alerts(alerts: Iterable[Alert], portals: Portals, events: Sequence[PlantedEvent]) -> list[Check]:
    """Every planted event told once on each channel (twice where it was announced first), and nothing else told."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    wrong: list[str] = []
    channels: set[str] = set()
    for alert in alerts:
        channels.add(alert.channel)
        tables = told_events(alert, portals, events)
        if len(tables) != 1:
            wrong.append(f"{alert.channel}: {alert.subject}")
        for table in tables:
            counts[alert.channel, table] += 1
    expected = {table_of(event): 1 + event.upcoming_first for event in events if event.alerted}
    silent = {table_of(event) for event in events} - set(expected)
    return [
        Check("mỗi sự kiện được báo đúng một lần qua email và một lần qua Telegram", _miscounted(counts, expected)),
        Check("không tin nào báo điều không phải sự kiện", tuple(wrong)),
        Check(
            "tin cũ chỉ lưu trữ, không báo",
            tuple(f"{channel}: {table}" for channel, table in counts if table in silent),
        ),
    ]


def _miscounted(counts: dict[tuple[str, str], int], expected: dict[str, int]) -> tuple[str, ...]:
    return tuple(
        f"{channel}: {table} {counts.get((channel, table), 0)} lần, cần {times}"
        for channel in ("email", "Telegram")
        for table, times in expected.items()
        if counts.get((channel, table), 0) != times
    )


def check_articles(stored: Iterable[str], portals: Portals, least: int = 40) -> Check:
    """Every article of every outlet is stored, and only once."""
    addresses = list(stored)
    kept = [story.key for address in addresses if (story := portals.story_at(address))]
    wanted = [story.key for story in portals.stories()]
    missing = [f"thiếu {key}" for key in wanted if key not in kept]
    twice = [f"lưu hai lần {key}" for key in set(kept) if kept.count(key) > 1]
    strange = [f"lạ {address}" for address in addresses if not portals.story_at(address)]
    few = [f"chỉ có {len(kept)} bài"] if len(kept) < least else []
    return Check(
        f"{len(wanted)} bài của {len(portals.outlets)} báo, cổng được lưu đủ", (*few, *missing, *twice, *strange)
    )


def check_second_poll(visits: Sequence[Visit], portals: Portals) -> Check:
    """A poll that finds nothing new asks with conditions, except where an outlet gives none to ask with."""
    wrong = tuple(
        f"{visit.outlet} {visit.path} {visit.status}"
        for visit in visits
        if portals.outlets[visit.outlet].validators != "none" and not (visit.conditional and visit.status == 304)
    )
    articles = tuple(
        f"{visit.outlet} {visit.path} tải lại bài"
        for visit in visits
        if portals.story_at(portals.base(visit.outlet) + visit.path)
    )
    return Check("lần quét sau chỉ hỏi có điều kiện, không tải lại bài nào", wrong + articles or _none(visits))


def _none(visits: Sequence[Visit]) -> tuple[str, ...]:
    return () if visits else ("không có lần quét nào",)


def quiet_stories(stories: Iterable[Story], alerts: Iterable[Alert], portals: Portals) -> list[Story]:
    """New stories that report no event of their own and that no alert names."""
    named = {address for alert in alerts for address in alert.addresses}
    return [s for s in stories if s.step > 0 and s.negative and portals.url(s.key) not in named]
