"""A notice made ready for the page: every line in words, clean, ordered, with nothing left to decide for a template."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import tzinfo
from urllib.parse import urlsplit

from alerts import parties
from alerts.notice import Happening, Notice, Outlet
from alerts.outcomes import one_line
from alerts.phrases import country, days, moment, number, province, short_day, shorten, word

SUBJECT_LENGTH = 70
LONGEST_LINE = 300  # of a name or title; the press writes none that long on purpose


@dataclass(frozen=True)
class Side:
    label: str
    bodies: tuple[str, ...]
    people: tuple[tuple[str, str], ...]  # name, office


@dataclass(frozen=True)
class Document:
    title: str
    parties: str  # `Sở Du lịch ↔ Cục Văn hóa`


@dataclass(frozen=True)
class Chapter:
    """One happening."""

    title: str
    kind: str
    signing: bool
    status: str
    held: bool
    when: str
    where: str
    sides: tuple[Side, ...]
    documents: tuple[Document, ...]
    evidence: tuple[str, ...]
    small: str


@dataclass(frozen=True)
class Source:
    """One outlet; `link` is empty unless it is an ordinary web address."""

    name: str
    title: str
    link: str
    published: str
    seen: str


@dataclass(frozen=True)
class Story:
    subject: str
    language: str
    whats_new: tuple[str, ...]
    chapters: tuple[Chapter, ...]
    sources: tuple[Source, ...]
    province: str = ""
    signing: bool = False
    body: tuple[str, ...] = field(default=())  # of an operators' notice


def tell(notice: Notice, language: str, timezone: str | tzinfo) -> Story:
    """The notice as a story."""
    if notice.change == "operator":
        body = tuple(_clean(line, 2000) for line in notice.body.splitlines())
        return Story(subject(notice, language), language, (), (), (), body=body)
    happenings = ordered(notice.happenings)
    return Story(
        subject=subject(notice, language),
        language=language,
        whats_new=tuple(word(language, "changed", change) for change in notice.changed),
        chapters=tuple(_chapter(happening, language) for happening in happenings),
        sources=tuple(_source(outlet, language, timezone) for outlet in notice.outlets),
        province=next((province(h.province) for h in happenings if h.province), ""),
        signing=any(h.kind == "signing" for h in happenings),
    )


def ordered(happenings: Iterable[Happening]) -> list[Happening]:
    """Signings lead; then what took place before what is to come; then the surest."""
    return sorted(happenings, key=lambda h: (h.kind != "signing", h.status != "held", -h.confidence))


def subject(notice: Notice, language: str) -> str:
    """The whole matter in at most seventy letters: `Ký kết: Lào Cai – Hồng Hà (Vân Nam), 5 văn bản, 18/01/2023`."""
    if notice.change == "operator":
        return shorten(f"[{word(language, 'subject', 'operator')}] {notice.subject}", SUBJECT_LENGTH)
    if not notice.happenings:
        return word(language, "subject", "nobody")
    lead = ordered(notice.happenings)[0]
    counted = _counted(notice.happenings, language)
    when = short_day(lead.date, language)
    variants = [
        (_head(notice, lead, language, full=True), _who(lead, language, wide=True), counted),
        (_head(notice, lead, language, full=False), _who(lead, language, wide=True), counted),
        (_head(notice, lead, language, full=False), _who(lead, language, wide=False), counted),
        (_head(notice, lead, language, full=False), _who(lead, language, wide=False), ""),
    ]
    for head, who, count in variants:
        line = head + ", ".join(part for part in (who, count, when) if part)
        if len(line) <= SUBJECT_LENGTH:
            return line
    head, who, _ = variants[-1]
    tail = f", {when}" if when else ""
    return head + shorten(who, SUBJECT_LENGTH - len(head) - len(tail)) + tail


def _head(notice: Notice, lead: Happening, language: str, full: bool) -> str:
    """What kind of news it is, up to the names: `Ký kết ý định thư: `, `Sắp tới: hội nghị `."""
    kind = _kind(lead, language, full=full and not _counted(notice.happenings, language))
    if lead.status == "cancelled":
        prefix = word(language, "subject", "cancelled")
    elif notice.change == "update":
        prefix = word(language, "subject", "update")
    elif lead.status == "upcoming":
        prefix = word(language, "subject", "upcoming")
    else:
        return f"{kind}: "
    return f"{prefix}: {kind[:1].lower()}{kind[1:]} "


def _kind(happening: Happening, language: str, full: bool) -> str:
    kind = word(language, "kind", happening.kind)
    if happening.kind == "signing":
        known = full and happening.subtype not in ("", "other")
        return f"{kind} {word(language, 'subtype', 'signing', happening.subtype)}" if known else kind
    return word(language, "subtype", "meeting", happening.subtype)


def _who(happening: Happening, language: str, wide: bool) -> str:
    ours = shorten(parties.vietnamese(happening), LONGEST_LINE)
    theirs = shorten(parties.foreign(happening, language), LONGEST_LINE)
    larger = parties.beyond(happening, language) if wide and theirs else ""
    theirs = f"{theirs} ({larger})" if larger else theirs
    return " – ".join(name for name in (ours, theirs) if name) or word(language, "subject", "nobody")


def _counted(happenings: Iterable[Happening], language: str) -> str:
    """How many documents were signed, when it is more than one."""
    count = sum(len(h.instruments) for h in happenings if h.kind == "signing")
    return word(language, "subject", "instruments").format(n=count) if count > 1 else ""


def _chapter(happening: Happening, language: str) -> Chapter:
    return Chapter(
        title=_who(happening, language, wide=True),
        kind=_kind(happening, language, full=len(happening.instruments) < 2),
        signing=happening.kind == "signing",
        status=word(language, "status", happening.status),
        held=happening.status == "held",
        when=days(happening.date, happening.date_end, language),
        where=_capital(_clean(happening.place)),
        sides=_sides(happening, language),
        documents=tuple(_document(d, language) for d in happening.instruments),
        evidence=tuple(line for text in happening.evidence if (line := one_line(text))),
        small=_small(happening, language),
    )


def _sides(happening: Happening, language: str) -> tuple[Side, ...]:
    home = country(happening.country, language) if happening.country else ""
    larger = ", ".join(name for name in (_clean(happening.foreign_region), home) if name)
    foreign = word(language, "label", "foreign_side") + (f" ({larger})" if larger else "")
    both = [
        _side(word(language, "label", "vietnamese_side"), happening.vietnamese_side),
        _side(foreign, happening.foreign_side),
    ]
    return tuple(side for side in both if side.bodies or side.people)


def _side(label: str, members: tuple[dict[str, object], ...]) -> Side:
    bodies = tuple(dict.fromkeys(_clean(name) for name in parties.bodies(members)))
    people = tuple(dict.fromkeys((_clean(name), _clean(title)) for name, title in parties.people(members)))
    return Side(label, bodies, people)


def _document(record: dict[str, object], language: str) -> Document:
    title = _clean(str(record.get("title") or "")) or word(language, "subtype", "signing", str(record.get("type")))
    pair = record.get("parties") or ((), ())
    assert isinstance(pair, list | tuple)
    sides = [", ".join(_clean(str(name)) for name in side) for side in pair]
    return Document(_capital(title), " ↔ ".join(side for side in sides if side))


def _small(happening: Happening, language: str) -> str:
    confidence = f"{word(language, 'label', 'confidence')} {number(happening.confidence, language)}"
    scope = f"{word(language, 'label', 'scope')}: {word(language, 'scope', happening.scope)}"
    rule = f"{word(language, 'label', 'rule')} {_clean(happening.reason)}" if happening.reason else ""
    local = f"{word(language, 'label', 'province')} {province(happening.province)}" if happening.province else ""
    name = f"{word(language, 'label', 'event')} #{happening.event_id}" if happening.event_id else ""
    return " · ".join(part for part in (confidence, rule, scope, local, name) if part)


def _source(outlet: Outlet, language: str, timezone: str | tzinfo) -> Source:
    return Source(
        name=_clean(outlet.name) or (urlsplit(outlet.url).hostname or ""),
        title=_clean(outlet.title),
        link=_web_link(outlet.url),
        published=moment(outlet.published, language, timezone),
        seen=moment(outlet.seen, language, timezone),
    )


def _web_link(url: str) -> str:
    """The address if it is one for a browser; a `javascript:` or a broken one is not shown as a link."""
    url = url.strip()
    try:
        good = urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname)
    except ValueError:
        return ""
    return url.replace(" ", "%20") if good and url.isprintable() else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _clean(text: str, length: int = LONGEST_LINE) -> str:
    return shorten(text, length)
