"""Tells whether two reports are of one event in the world, and what the second adds to the first. Pure: no database.

Two reports are one event when nothing in them contradicts that (kind, country, province, date, hosts) and enough
speaks for it (people, bodies, place, day, documents, words). Talks and a reception on one day with different hosts
stay two events; an announced event and its report are one, whose status moves on. Events that belong together, as
talks and the signing that ended them, share a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date as Day
from datetime import timedelta
from difflib import SequenceMatcher
from typing import Any

from crawler.duplicates import fold

ENOUGH = 3  # points that make two reports one event
NEAR = timedelta(days=3)  # an undated report is of about the day it was published
AHEAD = timedelta(days=60)  # an undated announcement may be of any day until then
PUT_OFF = timedelta(days=2)  # a conference may open so much earlier or later than announced

HONORIFICS = re.compile(r"^(?:(?:ong|ba|dong chi|dc|tien si|ts|thieu tuong|dai ta|thuong ta|trung ta|thieu ta)\.?\s+)+")
# Words that many bodies share; what is left of a name tells it from others. They are folded, longest first.
COMMON = re.compile(
    r"\b(?:uy ban nhan dan|hoi dong nhan dan|uy ban thuong vu|chinh phu nhan dan|chinh quyen nhan dan|ban thuong vu|"
    r"doan dai bieu|dai bieu|doan cong tac|khu tu tri|dan toc choang|dan toc|nuoc|cong hoa|nhan dan|trung hoa|"
    r"trung quoc|viet nam|ubnd|hdnd|nhan dai|tinh uy|thanh uy|huyen uy|dang uy|khu uy|thi uy|chinh phu|chinh quyen|"
    r"lanh dao|thanh pho|thi xa|thi tran|tinh|tp|huyen|thi|xa|phuong|tran|quan|khu|chau|dac khu|doan|so|va|cua)\b\.?"
)
BODIES = {
    "party": r"\b(?:tinh|thanh|huyen|thi|dang|khu|chau) uy\b",
    "government": r"\b(?:ubnd|uy ban nhan dan|chinh (?:phu|quyen))\b",
    "council": r"\b(?:hdnd|hoi dong nhan dan|nhan dai)\b",
    "border": r"\b(?:bien phong|hoi ngo|bien canh)\b",
    "customs": r"\bhai quan\b",
    "police": r"\bcong an\b",
    "department": r"\bso\s+\w+",
    "women": r"\bphu nu\b",
    "youth": r"\b(?:thanh nien|doan thanh nien|dtncshcm)\b",
    "school": r"\b(?:dai hoc|hoc vien|cao dang|truong)\b",
    "hospital": r"\bbenh vien\b",
    "museum": r"\bbao tang\b",
}
LEADING = frozenset({"party", "government", "council"})  # whose talks end with what departments and schools sign
LEVELS = {
    "province": r"\btinh\b",
    "city": r"\b(?:thanh (?:pho|uy)|tp)\b",
    "district": r"\bhuyen\b",
    "commune": r"\b(?:xa|phuong)\b(?! hoi)",
}
# Kinds of documents that newsrooms take for one another; a twinning is signed as an agreement.
GENERAL = frozenset({"", "agreement", "other"})
MISTAKEN = ({"memorandum", "minutes"}, {"agreement", "programme"})


@dataclass(frozen=True)
class Facts:
    """What linking looks at in one report or one known event; names are folded."""

    kind: str
    status: str = "held"
    subtype: str = ""
    date: str = ""
    date_end: str = ""
    place: str = ""
    province: str = ""
    country: str = ""
    vietnamese: tuple[str, ...] = ()  # bodies and localities
    foreign: tuple[str, ...] = ()
    region: str = ""  # the foreign one
    hosts: tuple[str, ...] = ()  # Vietnamese persons
    guests: tuple[str, ...] = ()  # foreign persons
    documents: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()  # of the evidence
    published: Day | None = None
    company: tuple[str, ...] = ()  # persons of the other events at its table


def facts(event: dict[str, Any], published: Day | None = None) -> Facts:
    """The facts of an event in the form that `Event.as_dict` and the event table share."""
    ours, theirs = event.get("vietnamese_side") or (), event.get("foreign_side") or ()
    evidence = " ".join(str(piece.get("text", "")) for piece in event.get("evidence") or ())
    return Facts(
        kind=event["kind"],
        status=event.get("status") or "held",
        subtype=event.get("subtype") or "",
        date=event.get("date") or "",
        date_end=event.get("date_end") or "",
        place=_core(event.get("place") or ""),
        province=event.get("province") or "",
        country=event.get("country") or "",
        vietnamese=_bodies(ours),
        foreign=_bodies(theirs),
        region=_core(event.get("foreign_region") or ""),
        hosts=_people(ours),
        guests=_people(theirs),
        documents=tuple(_plain(f"{d.get('type', '')} {d.get('title', '')}") for d in event.get("instruments") or ()),
        words=frozenset(re.findall(r"\w+", fold(evidence))),
        published=published,
    )


def same(found: Facts, known: Facts) -> str | None:
    """Why the found event is the known one, in a few words; None when it is another."""
    weighed = weigh(found, known)
    return weighed[1] if weighed else None


def weigh(found: Facts, known: Facts, start: int = 0, slack: timedelta = timedelta(0)) -> tuple[int, str] | None:
    """How much speaks for one event, and what; None when too little does or something speaks against it.

    `start` is what speaks for it beforehand, as when one article tells of both; `slack` lets the days lie apart.
    """
    signs = _signs(found, known)
    if _contradiction(found, known, signs, slack):
        return None
    points = start + sum(signs.values())
    return (points, "+".join(signs)) if points >= ENOUGH else None


def at_one_table(one: Facts, other: Facts) -> bool:
    """True for two events of one article that belong together, as talks and the signing that ended them."""
    if _differ(one.province, other.province) or _differ(one.country, other.country):
        return False
    if _differ(one.status, other.status) or not _close_in_time(one, other, timedelta(0)):
        return False
    if one.place and other.place and not _alike(one.place, other.place):
        return False
    if _strangers(one.hosts, other.hosts) or _strangers(one.guests, other.guests):
        return False
    if one.kind != other.kind and _led(one, other):
        return not _regions_differ(one, other)
    return not _apart(one, other) and not _foreigners_differ(one, other)


def seated(facts: Facts, others: Iterable[Facts]) -> Facts:
    """The same facts with the persons of the other events at its table."""
    return replace(facts, company=tuple(name for other in others for name in (*other.hosts, *other.guests)))


def span(facts: Facts) -> tuple[Day, Day] | None:
    """The first and the last day that the event's date allows; None when it has none."""
    first = _days(facts.date)
    if first is None:
        return None
    last = _days(facts.date_end) or first
    return first[0], max(first[1], last[1])


def _signs(found: Facts, known: Facts) -> dict[str, int]:
    """What speaks for one event, with its weight."""
    checks = {
        "guests": (3, bool(_shared(found.guests, known.guests))),
        "hosts": (2, bool(_shared(found.hosts, known.hosts))),
        "documents": (2, _same_document(found, known)),
        "vietnamese": (1, _overlap(found.vietnamese, known.vietnamese)),
        "foreign": (1, _same_foreigners(found, known)),
        "place": (1, bool(found.place and known.place) and _alike(found.place, known.place)),
        "day": (1, len(found.date) == 10 and found.date == known.date),
        "words": (1, _similar_words(found.words, known.words)),
        "company": (2, _in_company(found, known)),
        "papers": (1, _like_papers(found, known)),
    }
    return {name: weight for name, (weight, holds) in checks.items() if holds}


def _contradiction(found: Facts, known: Facts, signs: dict[str, int], slack: timedelta) -> bool:
    people = "guests" in signs or "hosts" in signs
    if found.kind != known.kind or _differ(found.country, known.country):
        return True
    if _differ(found.province, known.province) and "hosts" not in signs and not _names_province(found, known):
        return True
    if not _close_in_time(found, known, max(slack, _leeway(found, known, people))):
        return True
    if _strangers(found.hosts, known.hosts) or _strangers(found.guests, known.guests):
        return True
    return _apart(found, known, "guests" in signs) or (not people and _foreigners_differ(found, known))


def _leeway(found: Facts, known: Facts, people: bool) -> timedelta:
    """How far the days of one event may lie apart: papers are a day out, a conference opens a little off its plan."""
    if "conference" == found.subtype == known.subtype and _differ(found.status, known.status):
        return PUT_OFF
    return timedelta(days=1 if people else 0)


def _names_province(found: Facts, known: Facts) -> bool:
    """True when one report names the other's province among several that took part."""
    pairs = ((found.province, known.vietnamese), (known.province, found.vietnamese))
    return any(re.search(rf"\b{province.replace('-', ' ')}\b", name) for province, side in pairs for name in side)


def _led(one: Facts, other: Facts) -> bool:
    """True when the meeting is a locality's own, so that others of that locality may sign at its end."""
    meeting, signing = (one, other) if one.kind == "meeting" else (other, one)
    marks = _marks(meeting.vietnamese, BODIES)
    leading = marks & LEADING or (not marks and _marks(meeting.vietnamese, LEVELS))
    signers = _marks(signing.vietnamese, BODIES)
    return bool(leading) and (not signers & LEADING or bool(signers & marks) or bool(signers - LEADING))


def _in_company(one: Facts, other: Facts) -> bool:
    """True for two signings at whose tables, taken whole, the same person sat."""
    if one.kind != "signing" or one.kind != other.kind:
        return False
    mine, theirs = ((*facts.hosts, *facts.guests, *facts.company) for facts in (one, other))
    return bool(_shared(mine, theirs))


def _like_papers(one: Facts, other: Facts) -> bool:
    """True for two signings whose documents may be the same, by kind; not where both name others."""
    if one.kind != "signing" or one.kind != other.kind or not alike_kinds(one.subtype, other.subtype):
        return False
    mine, theirs = ([d for d in facts.documents if len(d.split()) > 4] for facts in (one, other))
    return not mine or not theirs or _same_document(one, other)


def alike_kinds(one: str, other: str) -> bool:
    """Whether two newsrooms may call one document by these kinds."""
    return one == other or bool({one, other} & GENERAL) or any({one, other} <= pair for pair in MISTAKEN)


def _apart(one: Facts, other: Facts, met_the_same: bool = False) -> bool:
    """True when the Vietnamese sides cannot be one: other people, another kind of body, another level.

    Bodies of one kind and level may have other names when they met the same guests.
    """
    if _strangers(one.hosts, other.hosts):
        return True
    if _shared(one.hosts, other.hosts):
        return False
    for table in (BODIES, LEVELS):
        mine, theirs = _marks(one.vietnamese, table), _marks(other.vietnamese, table)
        if mine and theirs and not mine & theirs:
            return True
    if met_the_same or not one.vietnamese or not other.vietnamese:
        return False
    return not _overlap(one.vietnamese, other.vietnamese)


def _same_foreigners(one: Facts, other: Facts) -> bool:
    if _overlap(one.foreign, other.foreign):
        return True
    return bool(one.region) and one.region == other.region and not _foreigners_differ(one, other)


def _foreigners_differ(one: Facts, other: Facts) -> bool:
    """True when both name bodies below their region and these are others, or the regions are."""
    if _overlap(one.foreign, other.foreign):
        return False
    if _regions_differ(one, other):
        return True
    mine = [name for name in one.foreign if _core(name) != one.region]
    theirs = [name for name in other.foreign if _core(name) != other.region]
    return bool(mine and theirs)


def _regions_differ(one: Facts, other: Facts) -> bool:
    return _differ(one.region, other.region) and not _alike(one.region, other.region)


def _close_in_time(found: Facts, known: Facts, slack: timedelta) -> bool:
    one, other = _window(found), _window(known)
    if one is None or other is None:
        return True
    return one[0] - slack <= other[1] and other[0] <= one[1] + slack


def _window(facts: Facts) -> tuple[Day, Day] | None:
    """When it may have happened: its date, else the days about its publication."""
    if (dated := span(facts)) is not None or facts.published is None:
        return dated
    until = AHEAD if facts.status == "upcoming" else timedelta(days=1)
    return facts.published - (NEAR if facts.status != "upcoming" else timedelta(0)), facts.published + until


def _days(text: str) -> tuple[Day, Day] | None:
    parts = [int(part) for part in text.split("-") if part.isdigit()]
    try:
        if len(parts) == 3:
            day = Day(*parts)
            return day, day
        if len(parts) == 2:
            start = Day(parts[0], parts[1], 1)
            return start, (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        if len(parts) == 1:
            return Day(parts[0], 1, 1), Day(parts[0], 12, 31)
    except (ValueError, OverflowError):
        pass
    return None


def _bodies(side: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(_plain(p["name"]) for p in side if p.get("type") != "person" and p.get("name"))


def _people(side: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    names = (_plain(p["name"]) for p in side if p.get("type") == "person" and p.get("name"))
    return tuple(HONORIFICS.sub("", name) for name in names)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(text)))


def _core(name: str) -> str:
    """What tells a body from others: `ubnd thanh pho lang son` → `lang son`."""
    plain = _plain(name)
    return " ".join(COMMON.sub(" ", plain).split()) or plain


def _marks(names: Sequence[str], table: dict[str, str]) -> set[str]:
    return {mark for mark, pattern in table.items() if any(re.search(pattern, name) for name in names)}


def _differ(one: str, other: str) -> bool:
    return bool(one and other and one != other)


def _alike(one: str, other: str) -> bool:
    """Names that mean one: equal, one within the other, or a letter or two apart."""
    if one == other:
        return True
    mine, theirs = one.split(), other.split()
    shorter, longer = sorted((mine, theirs), key=len)
    if len(shorter) >= 2 and set(shorter) <= set(longer):
        return True
    return len(mine) == len(theirs) and SequenceMatcher(None, one, other).ratio() >= 0.85


def _shared(some: Sequence[str], others: Sequence[str]) -> list[str]:
    return [one for one in some if any(_alike(one, other) for other in others)]


def _overlap(some: Sequence[str], others: Sequence[str]) -> bool:
    mine, theirs = [_core(name) for name in some], [_core(name) for name in others]
    return bool(_shared(mine, theirs))


def _strangers(some: Sequence[str], others: Sequence[str]) -> bool:
    """True when persons are named in both and none is the same."""
    return bool(some and others) and not _shared(some, others)


def _same_document(found: Facts, known: Facts) -> bool:
    return any(
        len(one.split()) > 2 and len(other.split()) > 2 and _similar_words(set(one.split()), set(other.split()))
        for one in found.documents
        for other in known.documents
    )


def _similar_words(some: Iterable[str], others: Iterable[str]) -> bool:
    mine, theirs = set(some), set(others)
    return len(mine & theirs) >= 0.4 * len(mine | theirs) if mine and theirs else False
