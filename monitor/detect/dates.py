"""Dates in Vietnamese news: "Sáng 31/8", "26.12", "từ ngày 15 đến 17-12-2025", "cuối tháng 12/2013", "hôm qua"."""

from __future__ import annotations

import re
from bisect import bisect
from dataclasses import dataclass
from datetime import date, timedelta

from monitor.detect.lexicon import table

_SEP = r"\s?[/.\-–]\s?"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH = r"(?:0?[1-9]|1[0-2])"
_YEAR = r"(?:19|20)\d\d"
_FULL = re.compile(rf"(?<![\d/.,\-–])({_DAY}){_SEP}({_MONTH}){_SEP}({_YEAR})(?!\d)")
_RANGE = re.compile(
    rf"(?:từ )?(?:ngày )?(?<![\d/.,])({_DAY})(?:{_SEP}({_MONTH}))?(?:{_SEP}({_YEAR}))?\s?"
    r"(?:đến hết ngày|đến ngày|đến|tới ngày|và ngày|và|-|–|,)\s?"
    rf"(?:ngày )?({_DAY}){_SEP}({_MONTH})(?:{_SEP}({_YEAR}))?(?![\d%])"
)
_CUE = r"(?:ngày|sáng|chiều|trưa|tối|đêm|hôm|nay|qua|mai|mùng|hôm nay|hôm qua|ngày mai)"
_UNIT = r"\s?(?:%|triệu|tỷ|tỉ|nghìn|ngàn|km|m\b|ha\b|tấn|kg|điểm|lần|usd|đồng|mét|độ)"
_SHORT = re.compile(rf"(?:{_CUE}|từ|vào)\s?\(?\s?({_DAY}){_SEP}({_MONTH})(?!{_SEP}\d|[\d%]|{_UNIT})")
_BRACKET = re.compile(rf"\(({_DAY})[/\-]({_MONTH})\)")
_BARE = re.compile(rf"(?<![\d/.,\-–])({_DAY})[/]({_MONTH})(?![/.\-]?\d|[\d%])")
_WORDS = re.compile(rf"ngày ({_DAY}) tháng ({_MONTH})(?!\d)(?:,? năm ({_YEAR})| ?/ ?({_YEAR}))?")
_MONTHLY = re.compile(rf"tháng ({_MONTH})(?:{_SEP}| năm |,? năm )({_YEAR})(?!\d)")
_MONTH_ONLY = re.compile(rf"tháng ({_MONTH})(?![/\-.]?\d)")
_YEARLY = re.compile(rf"năm ({_YEAR})(?!\d)")
_TET = re.compile(r"(?:mùng|mồng) (\d{1,2}) (?:tháng giêng|tết)\b|\brằm tháng giêng\b")
_RELATIVE = {
    "sáng nay": 0, "chiều nay": 0, "trưa nay": 0, "tối nay": 0, "hôm nay": 0, "hôm qua": -1, "sáng qua": -1,
    "chiều qua": -1, "tối qua": -1, "ngày mai": 1, "sáng mai": 1, "chiều mai": 1, "hôm kia": -2,
}  # fmt: skip
_RELATIVE_RE = re.compile(r"\b(" + "|".join(_RELATIVE) + r")\b")
# Behind these a date belongs to an anniversary, a document or a law, not to the event.
_NOT_EVENT = re.compile(
    r"(?:kỷ niệm|thành lập|quốc khánh|truyền thống|quyết định|nghị quyết|nghị định|thông tư|hiệp ước"
    r"|ký ngày|ban hành|sinh nhật|quốc tế phụ nữ"
    r"|ngày sinh|giải phóng|cách mạng|kể từ|từ khi|trước đó|tại hội đàm|thỏa thuận|nội dung thống nhất)"
    r"[^.;!?\n]{0,40}\Z|\bsố (?:hiệu )?\Z|\bdịp (?:ngày |lễ )?\Z"
)


@dataclass(frozen=True, slots=True)
class When:
    """A date as exact as the text tells it, at its offset; `end` closes a span of days."""

    start: int
    stop: int
    text: str  # 2023-01-18 | 2013-12 | 2023
    end: str | None = None

    @property
    def day(self) -> bool:
        """Whether the day itself is known."""
        return len(self.text) == 10


def published_day(published: str) -> date | None:
    """The publication's day, if the outlet gave one to the day."""
    try:
        return date.fromisoformat(published[:10])
    except ValueError:
        return None


def published_month(published: str) -> date | None:
    """The publication's day, or the middle of its month or year when no more is known."""
    day = published_day(published)
    if day:
        return day
    found = re.match(r"(\d{4})(?:-(\d{2}))?\Z", published.strip())
    if not found or not 1 <= int(found[2] or 6) <= 12:
        return None
    return date(int(found[1]), int(found[2] or 12), 28)


def find(low: str, published: str, ahead: bool = False) -> list[When]:
    """All dates of a lowered sentence that can be an event's; `ahead` when the sentence speaks of the future."""
    anchor = published_month(published)
    taken: list[tuple[int, int]] = []
    found: list[When] = []

    def keep(start: int, stop: int, text: str | None, end: str | None = None) -> None:
        place = bisect(taken, (start, stop))
        before = taken[place - 1][1] if place else 0  # a cue governs the date next to it
        if text is None or before > start or (place < len(taken) and taken[place][0] < stop):
            return
        taken.insert(place, (start, stop))
        if not _NOT_EVENT.search(low[max(before, start - 60) : start]):
            found.append(When(start, stop, text, end))

    for m in _RANGE.finditer(low):
        _keep_range(keep, m, low, anchor, ahead)
    for m in _FULL.finditer(low):
        keep(m.start(), m.end(), _iso(int(m[3]), int(m[2]), int(m[1])))
    for m in _WORDS.finditer(low):
        year = m[3] or m[4]
        keep(m.start(), m.end(), _dated(int(m[1]), int(m[2]), int(year) if year else None, anchor, ahead))
    for pattern in (_SHORT, _BRACKET, _BARE):
        for m in pattern.finditer(low):
            keep(m.start(), m.end(), _dated(int(m[1]), int(m[2]), None, anchor, ahead))
    day = published_day(published)
    for m in _TET.finditer(low):
        keep(m.start(), m.end(), _lunar(int(m[1]) - 1 if m[1] else 14, anchor, ahead))
    if day:
        for m in _RELATIVE_RE.finditer(low):
            keep(m.start(), m.end(), (day + timedelta(days=_RELATIVE[m[1]])).isoformat())
    for m in _MONTHLY.finditer(low):
        keep(m.start(), m.end(), f"{int(m[2]):04d}-{int(m[1]):02d}")
    for m in _MONTH_ONLY.finditer(low):
        keep(m.start(), m.end(), _month(int(m[1]), anchor, ahead))
    for m in _YEARLY.finditer(low):
        keep(m.start(), m.end(), m[1])
    return sorted(found, key=lambda w: w.start)


_SPAN = re.compile(r"\d\s?[-–]\s?\Z")  # "(18/7/1977 - 18/7/2022)": how long something has been
_UNTIL = re.compile(r"(?:đến|tới|hạn|hết|lực)(?: ngày)?\s?\Z")


def latest_day(low: str) -> date | None:
    """The latest day a lowered text tells with its year, but for the ends of terms: the text is no older than that."""
    told = [
        m
        for m in _FULL.finditer(low)
        if not _SPAN.search(low[max(0, m.start() - 6) : m.start()])
        and not _UNTIL.search(low[max(0, m.start() - 12) : m.start()])
    ]
    days = [_iso(int(m[3]), int(m[2]), int(m[1])) for m in told]
    return max((date.fromisoformat(d) for d in days if d), default=None)


_DAY_ONLY = re.compile(rf"{_CUE}\s?\(?\s?{_DAY}{_SEP}{_MONTH}(?!{_SEP}\d|[\d%])")


def undated(low: str) -> bool:
    """Whether a lowered sentence names a day and month without a year."""
    return _DAY_ONLY.search(low) is not None


def _keep_range(keep: object, m: re.Match[str], low: str, anchor: date | None, ahead: bool) -> None:
    assert callable(keep)
    first_month = int(m[2]) if m[2] else int(m[5])
    if (
        not m[2]
        and m[0].lstrip()[0].isdecimal()
        and re.search(r"[-–,]|và", m[0])
        and "ngày" not in low[max(0, m.start() - 8) : m.start()]
    ):
        # "3-5/6" without a word for a day may be a score or a share
        cue = re.search(_CUE + r"[^\w]{0,3}\Z", low[max(0, m.start() - 12) : m.start()])
        if not cue:
            return
    year = int(m[6]) if m[6] else None
    last = _dated(int(m[4]), int(m[5]), year, anchor, ahead)
    if last is None:
        return
    first_year = int(m[3]) if m[3] else int(last[:4]) - (first_month > int(m[5]))
    first = _iso(first_year, first_month, int(m[1]))
    if first is None or first > last:
        return
    keep(m.start(), m.end(), first, last)


def _dated(day: int, month: int, year: int | None, anchor: date | None, ahead: bool) -> str | None:
    """A day with the year it must have been, seen from the publication."""
    if year is not None:
        return _iso(year, month, day)
    if anchor is None:
        return None
    years = (anchor.year - 1, anchor.year, anchor.year + 1)
    return _nearest([date.fromisoformat(d) for y in years if (d := _iso(y, month, day))], anchor, ahead)


def _lunar(days: int, anchor: date | None, ahead: bool) -> str | None:
    """So many days behind the first day of a lunar year: "mùng 4 Tết", "rằm tháng Giêng"."""
    if anchor is None or days > 29:
        return None
    return _nearest([tet + timedelta(days=days) for tet in table("tet")["first_day"]], anchor, ahead)


def _nearest(days: list[date], anchor: date, ahead: bool) -> str | None:
    """News tells of days just gone; what is announced lies just ahead; an outlet's clock may be off by a day or two."""

    def cost(day: date) -> int:
        away = (day - anchor).days
        return abs(away) if (away >= -1 if ahead else away <= 2) else abs(away) + 300

    return min(days, key=cost).isoformat() if days else None


def _month(month: int, anchor: date | None, ahead: bool) -> str | None:
    if anchor is None:
        return None
    year = anchor.year
    if ahead and month < anchor.month - 1:
        year += 1
    elif not ahead and month > anchor.month + 1:
        year -= 1
    return f"{year:04d}-{month:02d}"


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
