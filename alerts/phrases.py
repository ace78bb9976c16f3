"""The words of the alerts: labels, names of places, dates, as Vietnamese and English readers write them.

The words themselves stand in `templates/vi.toml`, `en.toml` and `provinces.toml`; a new phrase goes there.
"""

from __future__ import annotations

import tomllib
from datetime import date, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date

from alerts.outcomes import one_line
from alerts.timing import zone

TEMPLATES = Path(__file__).parent / "templates"
# Babel's name for these is a full title, too long for a line.
SHORT_COUNTRY = {
    ("vi", "HK"): "Hồng Kông",
    ("vi", "MO"): "Ma Cao",
    ("vi", "GB"): "Anh",
    ("en", "HK"): "Hong Kong",
    ("en", "MO"): "Macao",
    ("en", "CN"): "China",
}


@cache
def words(language: str) -> dict[str, Any]:
    """All labels of a language."""
    return tomllib.loads((TEMPLATES / f"{language}.toml").read_text(encoding="utf-8"))


def word(language: str, *path: str) -> str:
    """One label; a code that nobody has named is shown by the label `other`, or as it is."""
    found: Any = words(language)
    for step in path[:-1]:
        found = found.get(step, {})
    return str(found.get(path[-1]) or found.get("other") or path[-1])


@cache
def _provinces() -> dict[str, str]:
    return tomllib.loads((TEMPLATES / "provinces.toml").read_text(encoding="utf-8"))


def province(slug: str) -> str:
    """The name of a province: `lang-son` is Lạng Sơn."""
    return _provinces().get(slug) or " ".join(part.capitalize() for part in slug.split("-"))


def country(code: str, language: str) -> str:
    """The name of a country, from its two letters."""
    code = code.upper()
    return SHORT_COUNTRY.get((language, code)) or str(Locale.parse(language).territories.get(code, code))


def day(iso: str, language: str) -> str:
    """A date in full, as exact as it is known: `Thứ Tư, 18/01/2023`, `tháng 12/2013`, `năm 2023`."""
    exact = _date(iso)
    if exact and language == "vi":
        return f"{format_date(exact, 'EEEE', locale='vi')}, {exact:%d/%m/%Y}"
    if exact:
        return format_date(exact, "EEEE, d MMMM y", locale="en")
    return _rough(iso, language)


def days(first: str, last: str, language: str) -> str:
    """A date or a span: `18–20/01/2023`."""
    begin, end = _date(first), _date(last)
    if not last or last == first:
        return day(first, language)
    if not (begin and end):
        return " – ".join(part for part in (day(first, language), day(last, language)) if part)
    if language == "en":
        return f"{format_date(begin, 'd MMMM', locale='en')} – {format_date(end, 'd MMMM y', locale='en')}"
    if (begin.year, begin.month) == (end.year, end.month):
        return f"{begin:%d}–{end:%d/%m/%Y}"
    return f"{begin:%d/%m/%Y} – {end:%d/%m/%Y}"


def short_day(iso: str, language: str) -> str:
    """A date for a subject line: `18/01/2023`."""
    exact = _date(iso)
    if exact:
        return f"{exact:%d/%m/%Y}" if language == "vi" else format_date(exact, "d MMM y", locale="en")
    rough = _rough(iso, language)
    return rough.removeprefix("tháng ").removeprefix("năm ")


def moment(iso: str, language: str, timezone: str | tzinfo) -> str:
    """A point in time as the clock on the wall shows it; a mere date stays one, anything else is left out."""
    if _date(iso):
        return short_day(iso, language)
    try:
        at = datetime.fromisoformat(iso)
    except ValueError:
        return ""
    at = at.astimezone(zone(timezone)) if at.tzinfo else at
    return f"{short_day(at.date().isoformat(), language)} {at:%H:%M}"


def number(value: float, language: str) -> str:
    return f"{value:.2f}".replace(".", "," if language == "vi" else ".")


def shorten(text: str, length: int) -> str:
    """The text cut at a word, with an ellipsis, never longer than `length`."""
    text = one_line(text)
    if len(text) <= length:
        return text
    if length < 1:
        return ""
    cut = text[: length - 1]
    at_word = cut.rsplit(" ", 1)[0] if " " in cut[length // 2 :] else cut
    return at_word.rstrip(" ,;:–-(") + "…"


def _date(iso: str) -> date | None:
    try:
        return date.fromisoformat(iso) if len(iso) == 10 else None
    except ValueError:
        return None


def _rough(iso: str, language: str) -> str:
    year, month = [*iso.split("-"), ""][:2]
    if not (year.isdecimal() and len(year) == 4):
        return ""
    if month.isdecimal() and 1 <= int(month) <= 12:
        first = date(int(year), int(month), 1) if int(year) else None
        return f"tháng {int(month):02d}/{year}" if language == "vi" or not first else f"{first:%B} {year}"
    return f"năm {year}" if language == "vi" else year
