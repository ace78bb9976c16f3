"""Tells whether two reports are of one event in the world, and what the second adds to the first. Pure: no database.

Two reports are one event when nothing in them contradicts that (kind, country, province, date, hosts) and enough
speaks for it (people, bodies, place, day, documents, words). Talks and a reception on one day with different hosts
stay two events; an announced event and its report are one, whose status moves on. Events that belong together, as
talks and the signing that ended them, share a table. docs/why/detection-linking.md lists what speaks for and against.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date as Day
from datetime import timedelta
from typing import Any

from crawler.duplicates import fold
from monitor.likeness import (
    BODIES,
    LEADING,
    LOCAL,
    alike,
    below,
    body,
    core,
    levels,
    marks,
    others,
    overlap,
    person,
    plain,
    shared,
    similar_words,
    strangers,
)

ENOUGH = 3  # points that make two reports one event
NEAR = timedelta(days=3)  # an undated report is of about the day it was published
AHEAD = timedelta(days=60)  # an undated announcement may be of any day until then
PUT_OFF = timedelta(days=2)  # a conference may open so much earlier or later than announced
SLIPPED = timedelta(days=45)  # what is announced for a month may come so much later

# Kinds of documents that newsrooms take for one another; a twinning is signed as an agreement.
GENERAL = frozenset({"", "agreement", "other"})
MISTAKEN = ({"memorandum", "minutes"}, {"agreement", "programme"})
GATHERINGS = frozenset({"conference", "ceremony"})  # where each paper names its own among many
MANY = 3  # bodies of several places: each paper names the people of its own
HEADS = {
    "party": r"(?<!pho )bi thu (?:tinh|thanh|huyen|dang|thi) uy",
    "government": r"(?<!pho )chu tich (?:ubnd|uy ban)",
}
CALLS = frozenset({"courtesy_call", "greeting"})  # which no paper takes for a gathering
REGION = re.compile(r"^(?:tinh|khu tu tri dan toc choang|khu tu tri) (?=\w+ \w)")
ORDINAL = re.compile(r"\b(?:lan|phien|ky hop|vong) (?:thu )?(\w+)")
COUNTED = ("nhat", "hai", "ba", "tu", "nam", "sau", "bay", "tam", "chin", "muoi")
NO_TOPIC = plain(  # words of offices, countries and kinds of place
    "Việt Nam Trung Quốc khu tự trị dân tộc Choang chính phủ quyền nhân ủy ban hội đồng phó chủ tịch bí thư tỉnh "
    "huyện thị xã cộng hòa nước bộ chỉ huy đội biên phòng cửa khẩu quốc tế ông bà chí cùng ngày sáng chiều tối tại "
    "theo trước đó trong hôm qua lễ đoàn đại biểu sở phòng ngoại vụ sự văn trường giám đốc đường thành"
).split()


@dataclass(frozen=True)
class Facts:
    """What linking looks at in one report or one known event; names are folded."""

    kind: str
    status: str = "held"
    subtype: str = ""
    date: str = ""
    date_end: str = ""
    place: str = ""
    town: str = ""  # the place, where it is less than a province
    province: str = ""
    country: str = ""
    vietnamese: tuple[str, ...] = ()  # bodies and localities
    foreign: tuple[str, ...] = ()
    region: str = ""  # the foreign one
    hosts: tuple[str, ...] = ()  # Vietnamese persons
    heads: frozenset[str] = frozenset()  # of what the hosts are the first: party, government
    guests: tuple[str, ...] = ()  # foreign persons
    documents: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()  # of the evidence
    topics: frozenset[str] = frozenset()  # names in the evidence that are no party's: a gate, a bridge, a fair
    ordinals: frozenset[str] = frozenset()  # "lần thứ 16": which of a yearly series
    published: Day | None = None
    company: tuple[str, ...] = ()  # persons of the other events at its table


def facts(event: dict[str, Any], published: Day | None = None) -> Facts:
    """The facts of an event in the form that `Event.as_dict` and the event table share."""
    ours, theirs = event.get("vietnamese_side") or (), event.get("foreign_side") or ()
    evidence = " ".join(str(piece.get("text", "")) for piece in event.get("evidence") or ())
    region = REGION.sub("", plain(event.get("foreign_region") or ""))
    return Facts(
        kind=event["kind"],
        status=event.get("status") or "held",
        subtype=event.get("subtype") or "",
        date=event.get("date") or "",
        date_end=event.get("date_end") or "",
        place=core(event.get("place") or ""),
        town=_town(event, region),
        province=event.get("province") or "",
        country=event.get("country") or "",
        vietnamese=_bodies(ours),
        foreign=_bodies(theirs),
        region=region,
        hosts=_people(ours),
        heads=_heads(ours),
        guests=_people(theirs),
        documents=tuple(plain(f"{d.get('type', '')} {d.get('title', '')}") for d in event.get("instruments") or ()),
        words=frozenset(re.findall(r"\w+", fold(evidence))),
        topics=_topics(
            evidence, [region, *(p.get("name") or "" for p in (*ours, *theirs)), event.get("province") or ""]
        ),
        ordinals=_ordinals(evidence),
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
    if found.kind != known.kind or not _close_in_time(found, known, max(slack, SLIPPED)):
        return None  # most known events are of other days
    signs = _signs(found, known)
    if contradiction(found, known, signs, slack):
        return None
    points = start + sum(signs.values())
    return (points, "+".join(signs)) if points >= ENOUGH else None


def at_one_table(one: Facts, other: Facts) -> bool:
    """True for two events of one article that belong together, as talks and the signing that ended them."""
    if _differ(one.province, other.province) or _differ(one.country, other.country):
        return False
    if _differ(one.status, other.status) or not _close_in_time(one, other, timedelta(0)):
        return False
    if _elsewhere(one, other):
        return False
    if strangers(one.hosts, other.hosts) or strangers(one.guests, other.guests):
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


# --- for and against ------------------------------------------------------------------------------------------------


def _signs(found: Facts, known: Facts) -> dict[str, int]:
    """What speaks for one event, with its weight."""
    checks = {
        "guests": (3, bool(shared(found.guests, known.guests))),
        "hosts": (2, bool(shared(found.hosts, known.hosts))),
        "documents": (2, _same_document(found, known)),
        "vietnamese": (1, overlap(found.vietnamese, known.vietnamese)),
        "foreign": (1, _same_foreigners(found, known)),
        "counterpart": (1, _same_counterpart(found, known) and _one_act(found, known)),
        "place": (1, bool(found.place and known.place) and alike(found.place, known.place)),
        "day": (1, len(found.date) == 10 and found.date == known.date),
        "words": (1, similar_words(found.words, known.words)),
        "topic": (1, bool(found.topics & known.topics)),
        "number": (2, bool(found.ordinals & known.ordinals) and found.subtype == known.subtype == "conference"),
        "company": (2, _in_company(found, known)),
        "papers": (1, _like_papers(found, known)),
    }
    return {name: weight for name, (weight, holds) in checks.items() if holds}


def contradiction(found: Facts, known: Facts, signs: Iterable[str] = (), slack: timedelta = timedelta(0)) -> str:
    """What tells two reports apart, in a word; empty when nothing does. `signs` is what speaks for one event."""
    signs = set(signs)
    crowd = _one_gathering(found, known)
    checks: dict[str, Callable[[], bool]] = {
        "kind": lambda: found.kind != known.kind,
        "country": lambda: _differ(found.country, known.country),
        "province": lambda: _other_province(found, known, signs),
        "days": lambda: not _close_in_time(found, known, max(slack, _leeway(found, known, signs))),
        "number": lambda: bool(found.ordinals and known.ordinals) and not found.ordinals & known.ordinals,
        "act": lambda: _other_act(found, known, signs),
        "hosts": lambda: strangers(found.hosts, known.hosts) and not crowd,
        "heads": lambda: not crowd and _other_head(found, known),
        "guests": lambda: strangers(found.guests, known.guests),
        "vietnamese": lambda: not crowd and _apart(found, known, "guests" in signs),
        "foreign": lambda: "guests" not in signs and _foreigners_differ(found, known, "hosts" in signs),
    }
    return next((name for name, holds in checks.items() if holds()), "")


def _leeway(found: Facts, known: Facts, signs: set[str]) -> timedelta:
    """How far the days of one event may lie apart: papers are a day out, what is announced may come off its plan."""
    moved = _differ(found.status, known.status)
    if moved and "conference" == found.subtype == known.subtype:
        return PUT_OFF
    if moved and found.subtype == known.subtype and _slips(found, known, signs):
        return SLIPPED
    met = "guests" in signs or {"hosts", "foreign"} <= signs
    met = met or ({"vietnamese", "counterpart", "words"} <= signs and found.subtype == known.subtype)
    return timedelta(days=1 if met and _one_act(found, known) else 0)


def _slips(found: Facts, known: Facts, signs: set[str]) -> bool:
    """True for something announced for a month, not a day, and held later, by the same two about the same thing."""
    plan, fact = (found, known) if found.status == "upcoming" else (known, found)
    first, then = span(plan), span(fact)
    if plan.status != "upcoming" or not first or not then or len(plan.date) == len("2024-05-09"):
        return False
    return first[1] < then[0] and {"vietnamese", "foreign"} <= signs and bool({"topic", "words"} & signs)


def _one_act(found: Facts, known: Facts) -> bool:
    """True where nothing says that the two who met did so twice: another place, another occasion."""
    return _alike_acts(found.subtype, known.subtype) and not _elsewhere(found, known)


def _alike_acts(one: str, other: str) -> bool:
    return one == other or "other" in (one, other) or {one, other} <= {"talks", "working_session", "courtesy_call"}


def _other_act(found: Facts, known: Facts, signs: set[str]) -> bool:
    """True for two sides' talks or reception beside a meeting of many; and for a ceremony here and talks there."""
    acts = {found.subtype, known.subtype}
    if len(acts) > 1 and _many(found) != _many(known) and not {"guests", "hosts"} <= signs:
        return True
    if len(acts) < 2 or not acts & GATHERINGS:
        return False
    return bool(acts & CALLS) or (not signs & {"guests", "hosts"} and _elsewhere(found, known))


def _elsewhere(one: Facts, other: Facts) -> bool:
    """True when both name a place and these are others."""
    return bool(one.town and other.town) and not alike(one.town, other.town)


def _other_head(one: Facts, other: Facts) -> bool:
    """True when one report names the secretary, the other the chairman alone: who stood highest is always named."""
    return {"party"} <= one.heads ^ other.heads and one.heads | other.heads == {"party", "government"}


def _one_gathering(one: Facts, other: Facts) -> bool:
    """True for reports of one conference or ceremony, where each paper names the people of its own province."""
    if one.subtype != other.subtype or _elsewhere(one, other):
        return False
    if one.subtype not in GATHERINGS and not (_many(one) or _many(other)):
        return False
    if _differ(one.province, other.province):
        return _names_province(one, other) and _same_foreigners(one, other)
    return _same_foreigners(one, other) and overlap(one.vietnamese, other.vietnamese)


def _many(facts: Facts) -> bool:
    """True when bodies of several places are named on the Vietnamese side."""
    wide = {core(name) for name in facts.vietnamese if not marks([name], LOCAL)}
    return sum(not any(one != other and alike(one, other) for other in wide) for one in wide) >= MANY


def _other_province(found: Facts, known: Facts, signs: set[str]) -> bool:
    if not _differ(found.province, known.province) or "hosts" in signs:
        return False
    return not _names_province(found, known)


def _names_province(found: Facts, known: Facts) -> bool:
    """True when one report names the other's province among several that took part."""
    pairs = ((found.province, known.vietnamese), (known.province, found.vietnamese))
    return any(re.search(rf"\b{province.replace('-', ' ')}\b", name) for province, side in pairs for name in side)


# --- sides ----------------------------------------------------------------------------------------------------------


def _apart(one: Facts, other: Facts, met_the_same: bool = False) -> bool:
    """True when the Vietnamese sides cannot be one: other people, another kind of body, another level.

    Bodies of one kind and level may have other names when they met the same guests, but not two districts.
    """
    if strangers(one.hosts, other.hosts):
        return True
    if shared(one.hosts, other.hosts):
        return False
    for kinds in (_kinds, levels):
        mine, theirs = kinds(one.vietnamese), kinds(other.vietnamese)
        if mine and theirs and not mine & theirs:
            return True
    if others(one.vietnamese, other.vietnamese, LOCAL):
        return True
    if met_the_same or not one.vietnamese or not other.vietnamese:
        return False
    return not overlap(one.vietnamese, other.vietnamese)


def _kinds(names: Iterable[str]) -> set[str]:
    return marks(names, BODIES)


def _same_counterpart(one: Facts, other: Facts) -> bool:
    """True when both name one body below the region: a prefecture, an office, a company.

    A province of a country other than China is one itself: with Quảng Tây and Vân Nam somebody meets every day.
    """
    mine, theirs = below(one.foreign, one.region), below(other.foreign, other.region)
    if not mine and not theirs and "CN" not in (one.country, other.country):
        return _alike_regions(one, other)
    return any(alike(name, their) for name in mine for their in theirs)


def _same_foreigners(one: Facts, other: Facts) -> bool:
    if _same_counterpart(one, other):
        return True
    if below(one.foreign, one.region) and below(other.foreign, other.region):
        return False
    return _alike_regions(one, other) or overlap(one.foreign, other.foreign)


def _foreigners_differ(one: Facts, other: Facts, same_hosts: bool = False) -> bool:
    """True when both name bodies below their region and these are others, or the regions are.

    Who is known to have met the same hosts may be named a city here and its district there.
    """
    if _same_counterpart(one, other):
        return False
    if _regions_differ(one, other):
        return True
    if not below(one.foreign, one.region) or not below(other.foreign, other.region):
        return False
    if same_hosts:
        mine, theirs = levels(one.foreign), levels(other.foreign)
        return not (mine and theirs) or bool(mine & theirs)
    return True


def _regions_differ(one: Facts, other: Facts) -> bool:
    return bool(one.region and other.region) and not alike(one.region, other.region)


def _alike_regions(one: Facts, other: Facts) -> bool:
    return bool(one.region and other.region) and alike(one.region, other.region)


def _led(one: Facts, other: Facts) -> bool:
    """True when the meeting is a locality's own, so that others of that locality may sign at its end."""
    meeting, signing = (one, other) if one.kind == "meeting" else (other, one)
    bodies = marks(meeting.vietnamese, BODIES)
    leading = bodies & LEADING or (not bodies and levels(meeting.vietnamese))
    signers = marks(signing.vietnamese, BODIES)
    return bool(leading) and (not signers & LEADING or bool(signers & bodies) or bool(signers - LEADING))


def _in_company(one: Facts, other: Facts) -> bool:
    """True for two signings at whose tables, taken whole, the same person sat."""
    if one.kind != "signing" or one.kind != other.kind:
        return False
    mine, theirs = ((*facts.hosts, *facts.guests, *facts.company) for facts in (one, other))
    return bool(shared(mine, theirs))


# --- documents ------------------------------------------------------------------------------------------------------


def _like_papers(one: Facts, other: Facts) -> bool:
    """True for two signings whose documents may be the same, by kind; not where both name others."""
    if one.kind != "signing" or one.kind != other.kind or not alike_kinds(one.subtype, other.subtype):
        return False
    mine, theirs = ([d for d in facts.documents if len(d.split()) > 4] for facts in (one, other))
    return not mine or not theirs or _same_document(one, other)


def alike_kinds(one: str, other: str) -> bool:
    """Whether two newsrooms may call one document by these kinds."""
    return one == other or bool({one, other} & GENERAL) or any({one, other} <= pair for pair in MISTAKEN)


def _same_document(found: Facts, known: Facts) -> bool:
    return any(
        len(one.split()) > 2 and len(other.split()) > 2 and similar_words(one.split(), other.split())
        for one in found.documents
        for other in known.documents
    )


# --- days -----------------------------------------------------------------------------------------------------------


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
    parts = [int(part) for part in text.split("-") if part.isdecimal()]
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


# --- reading facts --------------------------------------------------------------------------------------------------


def _bodies(side: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(body(p["name"]) for p in side if p.get("type") != "person" and p.get("name"))


def _people(side: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(person(p["name"]) for p in side if p.get("type") == "person" and p.get("name"))


def _town(event: dict[str, Any], region: str) -> str:
    place = plain(event.get("place") or "")
    wide = {region, (event.get("province") or "").replace("-", " ")}
    return "" if place in wide or re.fullmatch(r"tinh \w+(?: \w+){0,3}", place) else core(place)


def _heads(side: Iterable[dict[str, Any]]) -> frozenset[str]:
    offices = [plain(p.get("title") or "") for p in side if p.get("type") == "person"]
    return frozenset(marks(offices, HEADS))


def _topics(evidence: str, parties: Iterable[str]) -> frozenset[str]:
    """Names of two words and more in the evidence, without those of the parties and offices."""
    known = {*NO_TOPIC, *(word for name in parties for word in plain(name).split())}
    names = re.findall(r"(?:\b[^\W\d_]+\b ?)+", evidence)
    runs = (run for name in names for run in _capitals(name.split()))
    folded = (plain(run) for run in runs)
    return frozenset(name for name in folded if not set(name.split()) & known)


def _capitals(words: list[str]) -> list[str]:
    """Runs of two words and more that begin with a capital."""
    runs: list[list[str]] = [[]]
    for word in words:
        if word[0].isupper() and not word.isupper():
            runs[-1].append(word)
        elif runs[-1]:
            runs.append([])
    return [" ".join(run) for run in runs if len(run) > 1]


def _ordinals(evidence: str) -> frozenset[str]:
    words = ORDINAL.findall(plain(evidence))
    counted = {word: str(number) for number, word in enumerate(COUNTED, 1)}
    return frozenset(number for word in words if (number := counted.get(word, word)).isdecimal())


def _differ(one: str, other: str) -> bool:
    return bool(one and other and one != other)
