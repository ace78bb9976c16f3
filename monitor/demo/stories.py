"""The articles written for the stand-in portals: what they say, when they appear, and which events they truly report.

The texts speak of days as the calendar of the demo has them: `{d-1}` is yesterday as 22/11, `{dmy-1}` the same with its
year, `{dot-1}` and `{dash-1}` with other signs between, `{y}` and `{y-1}` this year and the last.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

FOLDER = Path(__file__).parent / "articles"
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
DAY_WORD = re.compile(r"\{(dmy|dot|dash|d|y)([+-]\d+)?\}")
AGE = re.compile(r"^(\d+)([mhd])$")
NOT_PLAIN = ("age", "on", "correction", "reprint_of")
UNITS = {"m": "minutes", "h": "hours", "d": "days"}

Dated = Literal["right", "absent", "wrong"]


@dataclass(frozen=True)
class PlantedEvent:
    """What truly happened, however many outlets tell of it. `day` counts from the day on which the demo starts."""

    id: str
    kind: str
    subtype: str
    day: int
    province: str
    country: str
    vietnamese: tuple[str, ...]
    foreign: tuple[str, ...]
    table: str = ""  # events of one table are told in one message
    upcoming_first: bool = False  # announced beforehand, then held: a first message and an update
    instruments: int = 0
    alerted: bool = True  # False where the news is too old, or was there before the watch began


@dataclass(frozen=True)
class Correction:
    """What an editor changes later, from `step` on: (old words, new words)."""

    step: int
    replace: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Story:
    """One article of one outlet; `negative` says why it reports no event of its own, "" for plain local news."""

    key: str
    outlet: str
    number: int
    step: int
    age: timedelta
    section: str
    title: str
    lead: str
    paragraphs: tuple[str, ...]
    captions: tuple[str, ...] = ()
    author: str = ""
    events: tuple[str, ...] = ()
    negative: str = ""
    dated: Dated = "right"
    on: datetime | None = None  # a day of its own, for what is years old
    correction: Correction | None = None

    def corrected(self) -> Story:
        """The story as it reads after its correction."""
        if self.correction is None:
            return self
        paragraphs = self.paragraphs
        for old, new in self.correction.replace:
            paragraphs = tuple(paragraph.replace(old, new) for paragraph in paragraphs)
        return replace(self, paragraphs=paragraphs)


@dataclass(frozen=True)
class Teaser:
    """A box beside an article: another story's title and whole first paragraph."""

    title: str
    text: str


@dataclass(frozen=True)
class Calendar:
    """Turns the day words of the texts into dates, counted from the day of `start` in Hanoi."""

    start: datetime

    def day(self, offset: int) -> datetime:
        return self.start.astimezone(HANOI) + timedelta(days=offset)

    def words(self, text: str) -> str:
        return DAY_WORD.sub(lambda found: self._word(found[1], int(found[2] or 0)), text)

    def _word(self, style: str, offset: int) -> str:
        if style == "y":
            return str(self.day(0).year + offset)
        day = self.day(offset)
        sign = {"dot": ".", "dash": "-"}.get(style, "/")
        return f"{day.day}{sign}{day.month}" + (f"/{day.year}" if style == "dmy" else "")


def load_stories(folder: Path = FOLDER) -> tuple[Story, ...]:
    """Every article of every outlet, in the order of the files."""
    stories: list[Story] = []
    for path in sorted(folder.glob("*.toml")):
        if path.stem != "events":
            stories.extend(_outlet_stories(path))
    by_key = {story.key: story for story in stories}
    return tuple(_reprinted(story, by_key) for story in stories)


def load_events(folder: Path = FOLDER) -> tuple[PlantedEvent, ...]:
    """The truth that the demo and the tests check against."""
    records = _read(folder / "events.toml")["events"]
    return tuple(PlantedEvent(**{name: _frozen(value) for name, value in record.items()}) for record in records)


def load_teasers(outlet: str, folder: Path = FOLDER) -> tuple[Teaser, ...]:
    """The boxes that stand beside every article of an outlet."""
    return tuple(Teaser(**record) for record in _read(folder / f"{outlet}.toml").get("teasers", ()))


def _outlet_stories(path: Path) -> list[Story]:
    record = _read(path)
    first = int(record["first_number"])
    return [_story(path.stem, first + 7 * index, entry) for index, entry in enumerate(record["articles"])]


def _story(outlet: str, number: int, entry: dict[str, Any]) -> Story:
    fields = {name: _frozen(value) for name, value in entry.items() if name not in NOT_PLAIN}
    fields.setdefault("step", 0)
    if "reprint_of" in entry:
        fields |= {"paragraphs": (entry["reprint_of"],), "lead": ""}
    correction = entry.get("correction")
    return Story(
        outlet=outlet,
        number=number,
        age=_age(entry["age"]),
        on=datetime.fromisoformat(entry["on"]).replace(tzinfo=HANOI) if "on" in entry else None,
        correction=correction and Correction(correction["step"], tuple((a, b) for a, b in correction["replace"])),
        **fields,
    )


def _reprinted(story: Story, by_key: dict[str, Story]) -> Story:
    """A reprint carries the words of another outlet and names it at the end."""
    original = by_key.get(story.paragraphs[0])
    if original is None:
        return story
    credit = (f"Theo {story.author}",) if story.author else ()
    return replace(story, lead=original.lead, paragraphs=original.paragraphs + credit, author="")


def _age(words: str) -> timedelta:
    found = AGE.match(words)
    if not found:
        raise ValueError(f"{words!r} is no age")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
