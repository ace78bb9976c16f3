"""When an article was published: reads the forms Vietnamese sites print, and knows which of a page's dates to believe.

The order: the source's own selector, the meta fields, JSON-LD, a stamp beside the title, the feed, a date in the first
sentences. Never the clock in the header, never a date in the address. A time of day is kept, as +07:00.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7))
EARLIEST, LATEST = 1995, 2100
_DAY = r"(?P<day>[0-3]?\d)"
_MONTH = r"(?P<month>[01]?\d)"
_DATE = re.compile(
    rf"(?<![\d/.\-]){_DAY}\s?(?P<mark>[/.\-])\s?{_MONTH}\s?(?P=mark)\s?(?P<year>(?:19|20)\d\d)(?!\d|[/\-]\d)"
    rf"|(?:ngày\s+)?(?<!\d)(?P<day2>[0-3]?\d)\s+tháng\s+(?P<month2>[01]?\d)\s*,?\s+năm\s+(?P<year2>(?:19|20)\d\d)",
    re.I,
)
_ISO = re.compile(
    r"(?<!\d)(?P<date>(?:19|20)\d\d-[01]\d-[0-3]\d)"
    r"(?:[T\s]+(?P<time>[0-2]?\d:[0-5]\d(?::[0-5]\d)?)(?:\.\d+)?\s*(?P<zone>Z|[+-]\d\d:?\d\d)?)?",
    re.I,
)
_TIME = re.compile(
    r"(?<![\d:/])(?P<hour>[0-2]?\d)\s?(?::|h|giờ)\s?(?P<minute>[0-5]\d)(?!\d)(?::(?P<second>[0-5]\d))?"
    r"\s*(?P<half>SA\b|CH\b|AM\b|PM\b)?",
    re.I,
)
_WORDS_OF_A_STAMP = re.compile(
    r"thứ\s*(?:hai|ba|tư|năm|sáu|bảy|bẩy|[2-7])|chủ\s*nhật|\bCN\b|\(?\s*GMT\s*\+?\s*0?7?\s*\)?|\[|\]"
    r"|ngày\s+đăng|đăng\s+ngày|ngày|lúc|cập\s+nhật(?:\s+lúc)?|xuất\s+bản|đăng\s+lúc|tháng|năm|giờ|\b[SC][AH]\b|\b[AP]M\b|UTC|\+0?7(?::00)?"
    r"|lượt xem|A\s?A\b|(?:mon|tues|wednes|thurs|fri|satur|sun)day",
    re.I,
)


def read_date(text: str) -> str:
    """The first date in a text as ISO 8601, with the time of day beside it where there is one; "" for none."""
    iso = _ISO.search(text)
    if iso and (found := _from_iso(iso)):
        return found
    for match in _DATE.finditer(text):
        day = _day(match)
        if day is not None:
            time = _time_beside(text, match.start(), match.end())
            return f"{day.isoformat()}T{time}+07:00" if time else day.isoformat()
    return ""


def _from_iso(match: re.Match[str]) -> str:
    day = _valid(*(int(part) for part in match["date"].split("-")))
    if day is None:
        return ""
    if not match["time"]:
        return day.isoformat()
    time = _clock(*match["time"].split(":"))
    if not time:
        return day.isoformat()
    if (match["zone"] or "").upper() in ("Z", "+00:00", "+0000"):
        when = datetime.fromisoformat(f"{day.isoformat()}T{time}").replace(tzinfo=UTC).astimezone(VIETNAM)
        return when.isoformat()
    # Any other offset is a misconfigured server's: the wall clock beside it is what the page shows its readers.
    return f"{day.isoformat()}T{time}+07:00"


def _day(match: re.Match[str]) -> date | None:
    if match["day"]:
        return _valid(int(match["year"]), int(match["month"]), int(match["day"]))
    return _valid(int(match["year2"]), int(match["month2"]), int(match["day2"]))


def _valid(year: int, month: int, day: int) -> date | None:
    if not EARLIEST <= year <= LATEST:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _time_beside(text: str, start: int, end: int) -> str:
    """The time printed nearest to a date, on either side, with no sentence between them."""
    before, after = text[max(0, start - 40) : start], text[end : end + 40]
    times = [(len(before) - match.end(), match) for match in _TIME.finditer(before)]
    times += [(match.start(), match) for match in _TIME.finditer(after)]
    for gap, match in sorted(times, key=lambda found: found[0]):
        if gap <= 25 and (clock := _clock(match["hour"], match["minute"], match["second"], match["half"])):
            return clock
    return ""


def _clock(hour: str, minute: str, second: str | None = None, half: str | None = None) -> str:
    hours = int(hour)
    late, early = (half or "").upper() in ("CH", "PM"), (half or "").upper() in ("SA", "AM")
    if late and hours < 12:  # "17:09 PM" is printed too
        hours += 12
    if early and hours == 12:
        hours = 0
    return f"{hours:02}:{minute}:{second or '00'}" if hours < 24 else ""


def is_stamp(line: str) -> bool:
    """A line that holds a date, perhaps a time, and nothing else."""
    if len(line) > 90 or not re.search(r"\d", line):
        return False
    rest, found = _DATE.subn(" ", line)
    rest, iso = _ISO.subn(" ", rest) if not found else (rest, 0)
    rest = _TIME.sub(" ", rest)
    rest = _WORDS_OF_A_STAMP.sub(" ", rest)
    return bool(found or iso) and not re.search(r"[^\W\d_]", rest)


def wall_clock(published: str, visible: Iterable[str]) -> str:
    """Which of two readings of a UTC time the page's visible stamps confirm: some sites write local time as UTC."""
    try:
        when = datetime.fromisoformat(published)
    except ValueError:
        return published
    if when.tzinfo is None:
        return published
    as_written = when - timedelta(hours=7)  # what stood before the Z
    for stamp in visible:
        if stamp[:16] == when.isoformat()[:16]:
            return published
        if stamp[:16] == as_written.isoformat()[:16]:
            return as_written.isoformat()
    return published


def stamps(lines: Iterable[str]) -> Iterator[str]:
    """The dates of those lines that are little more than a date with its time."""
    for line in lines:
        if len(line) <= 120 and _TIME.search(line) and (found := read_date(line)) and "T" in found:
            yield found


_OPENING = re.compile(r"\b(?:sáng|trưa|chiều|tối|đêm|ngày|hôm nay)\b[^.!?\n]{0,20}?$", re.I)


def date_in_text(text: str) -> str:
    """The full date of "Sáng 4/12/2013, …" in the first sentences: the day of the event, near enough to the news."""
    opening = text[:260]
    for match in _DATE.finditer(opening):
        day = _day(match)
        if day is not None and _OPENING.search(opening[: match.start()] if match["day"] else match[0][:6]):
            return day.isoformat()
    return ""
