"""What detection takes and gives: an article's text in, events with their evidence out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class ArticleText:
    """What there is to read. `text` is NFC, a paragraph a line, lead first; `published` is ISO 8601 or empty."""

    title: str
    text: str
    published: str = ""
    url: str = ""
    captions: tuple[str, ...] = ()
    province: str = ""  # the outlet's own, a slug: a hint, never a proof


@dataclass(frozen=True)
class Party:
    """Who took part, as named. `type` is agency, locality or person; `title` is a person's office."""

    name: str
    type: str
    title: str = ""


@dataclass(frozen=True)
class Instrument:
    """One document that was signed. `parties` is (Vietnamese names, foreign names)."""

    type: str
    title: str
    field: str = ""
    parties: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())


@dataclass(frozen=True)
class Evidence:
    """`text` is exactly `article.<where>[start:end]`, where is `title` or `text`."""

    text: str
    start: int
    end: int
    where: str = "text"


@dataclass(frozen=True)
class Event:
    """A meeting or signing with a foreign counterpart; the fields are explained in docs/reference/events.md."""

    kind: str
    subtype: str
    status: str
    scope: str = "provincial"
    date: str | None = None
    date_end: str | None = None
    place: str | None = None
    province: str | None = None
    country: str | None = None
    foreign_region: str | None = None
    vietnamese_side: tuple[Party, ...] = ()
    foreign_side: tuple[Party, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    confidence: float = 0.0
    reason: str = ""
    code: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The event as `doingoai analyze` prints it."""
        return asdict(self)


@dataclass(frozen=True)
class Rejected:
    """A candidate that is no event, and the rule that said so; kept so that recall can be audited."""

    kind: str
    reason: str
    text: str
    start: int


@dataclass(frozen=True)
class Reading:
    """All that was found in one article."""

    events: tuple[Event, ...] = ()
    rejected: tuple[Rejected, ...] = field(default=())
