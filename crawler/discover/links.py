"""A link that was found, and what all ways of finding share: clean titles, dates, one link a page."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_tz
from typing import TYPE_CHECKING

from crawler import urls

if TYPE_CHECKING:
    from crawler.catalogue import Source

VIETNAM = timezone(timedelta(hours=7))  # no summer time since 1975
WRITTEN = re.compile(
    r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4})"
    r"(?:\D{1,5}(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?\s*(?P<half>AM|PM|SA|CH)?)?",
    re.IGNORECASE,
)
ZONE = re.compile(r"\b(?:GMT|UTC)\s*([+-])(\d{1,2}):?(\d{2})?$")


@dataclass(frozen=True)
class FoundLink:
    """An article's address, and what its listing says of it. Times are ISO 8601, "" where nothing is said."""

    url: str
    title: str = ""
    published: str = ""
    modified: str = ""  # a sitemap's word for the last change: good for walking back, no date of publication


def wanted(links: Iterable[FoundLink], source: Source) -> list[FoundLink]:
    """The links a source follows: on its own hosts, not denied, in canonical form, each once, first come first."""
    found: dict[str, FoundLink] = {}
    for link in links:
        if not urls.on_site(link.url, source) or (source.deny_url and urls.matches(source.deny_url, link.url)):
            continue
        url = urls.canonical(link.url, source)
        if urls.canonical(source.home, source) != url:
            found.setdefault(url, FoundLink(url, link.title, link.published, link.modified))
    return list(found.values())


def plain(text: str | None) -> str:
    """Text of a title: no markup, no entities, one space between words, NFC."""
    text = html.unescape(text or "")
    if "<" in text:
        text = html.unescape(re.sub(r"<[^<>]*>", " ", text))
    return " ".join(unicodedata.normalize("NFC", text).split())


def iso(text: str | None) -> str:
    """A date as feeds write it (RFC 822, ISO 8601, dd/mm/yyyy) in ISO 8601; "" for what is none.

    A time without a zone is Vietnam's; a mere date stays one.
    """
    text = " ".join((text or "").split())
    when = _iso(text) or _rfc(text) or _written(text)
    if when is None:
        return ""
    moment, timed = when
    if not 1990 <= moment.year < 2100:
        return ""
    if not timed:
        return moment.date().isoformat()
    moment = moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)
    return moment.astimezone(VIETNAM).isoformat(timespec="seconds")


def _iso(text: str) -> tuple[datetime, bool] | None:
    if not re.match(r"\d{4}-?\d{2}-?\d{2}", text):
        return None
    text = re.sub(r"\s+([+-]\d{2}:?\d{2}|Z)$", r"\1", text)
    try:
        return datetime.fromisoformat(text), len(text) > 10
    except ValueError:
        return None


def _rfc(text: str) -> tuple[datetime, bool] | None:
    text = ZONE.sub(lambda found: f"{found[1]}{int(found[2]):02}{found[3] or '00'}", text)
    if not re.search(r"\d\s+[A-Za-z]{3,}\.?,?\s+\d", text):
        return None
    try:
        fields = parsedate_tz(text)
        if fields is None:
            return None
        moment = datetime(*fields[:6])  # noqa: DTZ001 - the zone follows
        if re.search(r":\d{2}\s+(?!-0000)\S", text):  # parsedate_tz takes a missing zone for UTC
            moment = moment.replace(tzinfo=timezone(timedelta(seconds=fields[9] or 0)))
        return moment, ":" in text
    except (ValueError, TypeError, OverflowError):
        return None


def _written(text: str) -> tuple[datetime, bool] | None:
    found = WRITTEN.search(text)
    if found is None:
        return None
    day, month, year = int(found["day"]), int(found["month"]), int(found["year"])
    half = (found["half"] or "").upper()
    if half in ("AM", "PM"):  # as an English-speaking server writes it: month first
        day, month = month, day
    hour = int(found["hour"] or 0)
    if half in ("PM", "CH") and hour < 12:
        hour += 12
    elif half in ("AM", "SA") and hour == 12:
        hour = 0
    try:
        moment = datetime(year, month, day, hour, int(found["minute"] or 0), int(found["second"] or 0))  # noqa: DTZ001
    except ValueError:
        return None
    return moment, found["hour"] is not None
