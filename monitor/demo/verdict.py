"""Compares what arrived with what truly happened at the stand-in portals: who was told what, how often, and wrongly."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import product

from alerts.phrases import word
from monitor.demo.portals import Portals, Visit
from monitor.demo.stories import PlantedEvent, Story

ADDRESS = re.compile(r"http://127\.0\.[01]\.\d+:\d+/[^\s<>\"')\]]+")
TAG = re.compile(r"<[^>]+>")
UPDATE = word("vi", "label", "whats_new")


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
    def is_update(self) -> bool:
        """It adds to what was told before, and says what is new."""
        return UPDATE in self.plain

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
    counts: Counter[tuple[str, str, bool]] = Counter()
    wrong: list[str] = []
    for alert in alerts:
        tables = told_events(alert, portals, events)
        if len(tables) != 1:
            wrong.append(f"{alert.channel}: {alert.subject}")
        counts.update((alert.channel, table, alert.is_update) for table in tables)
    expected = {table_of(event): event.upcoming_first for event in events if event.alerted}
    silent = {table_of(event) for event in events} - set(expected)
    return [
        Check("mỗi sự kiện được báo đúng một lần qua email và một lần qua Telegram", _miscounted(counts, expected)),
        Check("không tin nào báo điều không phải sự kiện", tuple(wrong)),
        Check(
            "tin cũ chỉ lưu trữ, không báo",
            tuple(f"{channel}: {table}" for channel, table, _update in counts if table in silent),
        ),
    ]


def _miscounted(counts: Counter[tuple[str, str, bool]], expected: dict[str, bool]) -> tuple[str, ...]:
    """One message for a table, and one update where it was announced before it was held."""
    found = []
    for channel, (table, updated) in product(("email", "Telegram"), expected.items()):
        first, later = counts[channel, table, False], counts[channel, table, True]
        if (first, later) != (1, int(updated)):
            found.append(f"{channel}: {table} báo {first} lần, cập nhật {later} lần; cần 1 và {int(updated)}")
    return tuple(found)


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
