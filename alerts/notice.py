"""The one record that alerts accept: what happened, with its evidence, ready to be matched and worded."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Outlet:
    """An article that tells of the event. `published` is ISO 8601 or empty, `seen` ISO 8601 with an offset."""

    name: str
    url: str
    title: str
    published: str = ""
    seen: str = ""


@dataclass(frozen=True)
class Happening:
    """One event of a notice; the fields mean what the event's do. Sides and instruments are plain dictionaries:
    `{name, type, title}` and `{type, title, field, parties: [[vietnamese…], [foreign…]]}`."""

    event_id: int
    kind: str
    subtype: str
    status: str
    scope: str
    date: str = ""
    date_end: str = ""
    place: str = ""
    province: str = ""
    country: str = ""
    foreign_region: str = ""
    vietnamese_side: tuple[dict[str, Any], ...] = ()
    foreign_side: tuple[dict[str, Any], ...] = ()
    instruments: tuple[dict[str, Any], ...] = ()
    evidence: tuple[str, ...] = ()  # sentences, as they stand in the article
    confidence: float = 0.0
    reason: str = ""


@dataclass(frozen=True)
class Notice:
    """Something to tell. `key` names it for good: a notice told twice under one key is kept once.

    `event` and `update` carry happenings of one occasion (talks and the signing at the same table) and their outlets;
    `operator` carries `subject` and `body` for those who run the system. `refers_to` is the key of the first notice.
    """

    key: str
    change: Literal["event", "update", "operator"]
    happenings: tuple[Happening, ...] = ()
    outlets: tuple[Outlet, ...] = ()
    changed: tuple[str, ...] = ()  # what is new in an update: held | cancelled | signing | instrument | date
    refers_to: str = ""
    subject: str = ""
    body: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> Notice:
        fields = dict(record)
        fields["happenings"] = tuple(_happening(h) for h in record.get("happenings", ()))
        fields["outlets"] = tuple(Outlet(**o) for o in record.get("outlets", ()))
        fields["changed"] = tuple(record.get("changed", ()))
        return cls(**fields)


def _happening(record: dict[str, Any]) -> Happening:
    lists = ("vietnamese_side", "foreign_side", "instruments", "evidence")
    fields: dict[str, Any] = {name: tuple(value) if name in lists else value for name, value in record.items()}
    return Happening(**fields)
