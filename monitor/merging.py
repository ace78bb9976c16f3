"""What several reports of one event add up to, and whether the sum is worth an update. Pure: dictionaries in and out.

The dictionaries hold the fields that `monitor.detect.records.Event` and the event table share.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

from crawler.duplicates import fold
from monitor.detect.candidates import one_body
from monitor.linking import alike_kinds

TEXTS = ("place", "province", "country", "foreign_region", "code")
FIELDS = (
    "kind",
    "subtype",
    "status",
    "scope",
    "date",
    "date_end",
    *TEXTS,
    "vietnamese_side",
    "foreign_side",
    "instruments",
    "evidence",
    "confidence",
    "reason",
)
ALIKE = 0.6  # titles of one document in two outlets
BARE = frozenset(re.findall(r"\w+", "thoa thuan ban ghi nho bien hop tac van kien hiep dinh y thu chuong trinh cac"))
BROAD = re.compile(r"(?:lanh dao |doan |dai bieu |hai )*(?:ubnd|uy ban nhan dan|tinh|chinh (?:phu|quyen)|khu tu tri)\b")


def merged(known: dict[str, Any], found: dict[str, Any], corrects: bool = False) -> dict[str, Any]:
    """The known event with what the new report adds; nothing known is lost, dates only grow more exact.

    `corrects` says that the report is an edited article that told of the event before: its date then counts.
    """
    moved = status(known["status"], found["status"])
    event = {**known, "status": moved}
    for name in TEXTS:
        event[name] = known[name] or found[name] or ""
    told = found["status"] == moved and (_better_dated(known, found) or (corrects and found["date"]))
    if told or (found["date"] and not known["date"]):  # a planned day is the best guess while no report gives one
        event.update(date=found["date"] or "", date_end=found["date_end"] or known["date_end"])
    if moved != known["status"] or not known["evidence"]:
        event["evidence"] = found["evidence"]
    if known["subtype"] == "other":
        event["subtype"] = found["subtype"]
    event["scope"] = "provincial" if "provincial" in (known["scope"], found["scope"]) else known["scope"]
    event["confidence"] = max(known["confidence"], found["confidence"])
    event["vietnamese_side"] = _union(known["vietnamese_side"], found["vietnamese_side"])
    event["foreign_side"] = _union(known["foreign_side"], found["foreign_side"])
    event["instruments"] = [*known["instruments"], *new_instruments(known["instruments"], found["instruments"])]
    return event


def status(known: str, found: str) -> str:
    """How a status moves on: what was held stays held, what was called off may yet be announced anew."""
    return "held" if "held" in (known, found) else found


def new_instruments(known: Sequence[dict[str, Any]], found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The documents of a report that none of the known ones can be; each known one answers for one.

    Only a document with a title of its own is new: a bare "thỏa thuận" is answered by any of its kind.
    """
    free, new = list(known), list(found)
    for fits in (_same_title, _one_document, _said_otherwise):  # the surest pairs first
        for document in list(new):
            match = next((place for place, one in enumerate(free) if fits(one, document)), None)
            if match is not None:
                del free[match]
                new.remove(document)
    return [one for one in new if not (_is_bare(one) and any(_said_otherwise(other, one) for other in known))]


def snapshot(event: dict[str, Any]) -> dict[str, Any]:
    """What a notice says that may change later."""
    return {name: event[name] for name in ("status", "date", "instruments", "confidence")}


def changes(told: dict[str, Any], event: dict[str, Any]) -> list[str]:
    """What people should hear who know what was told: held | cancelled | signing | instrument | date."""
    if not told:
        return ["signing"] if event["kind"] == "signing" else []
    news = []
    if told["status"] != event["status"] and event["status"] in ("held", "cancelled"):
        news.append(event["status"])
    elif event["status"] == "upcoming" and _moved(told["date"], event["date"]):
        news.append("date")
    if new_instruments(told["instruments"], event["instruments"]):
        news.append("instrument")
    return news


def _moved(told: str, now: str) -> bool:
    return len(told) == len(now) == len("2024-05-09") and told != now


def _better_dated(known: dict[str, Any], found: dict[str, Any]) -> bool:
    """A more exact date wins, and the date of the report that moved the status."""
    exact, before = len(found["date"] or ""), len(known["date"] or "")
    return exact > before or (exact == before > 0 and known["status"] != "held")


def _union(known: Sequence[dict[str, Any]], found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The parties of both, each once; a person's office is taken from whoever gives one."""
    union = [dict(party) for party in known]
    for party in found:
        same = next((one for one in union if _one_party(one, party)), None)
        if same is None:
            union.append(dict(party))
            continue
        if not same.get("title"):
            same["title"] = party.get("title") or ""
        if party.get("type") != "person" and len(party["name"]) > len(same["name"]):
            same["name"] = party["name"]  # the fuller name says whose department it is
    return union


def _one_party(one: dict[str, Any], other: dict[str, Any]) -> bool:
    if "person" in (one.get("type"), other.get("type")):
        return one.get("type") == other.get("type") and _name(one["name"]) == _name(other["name"])
    return one_body(one["name"], other["name"])


def _name(text: str) -> str:
    return " ".join(fold(text).split())


def _same_title(one: dict[str, Any], other: dict[str, Any]) -> bool:
    mine, theirs = _name(one.get("title") or ""), _name(other.get("title") or "")
    return bool(mine and theirs) and mine == theirs and not _parties_differ(one, other)


def _one_document(one: dict[str, Any], other: dict[str, Any]) -> bool:
    mine, theirs = _name(one.get("title") or ""), _name(other.get("title") or "")
    if mine and theirs and SequenceMatcher(None, mine, theirs).ratio() >= ALIKE:
        return not _parties_differ(one, other)
    if one.get("type") != other.get("type"):
        return False
    return not _parties_differ(one, other) and not _fields_differ(one, other)


def _said_otherwise(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """True for a document told of in other words: by its kind alone, or by the two bodies that signed it."""
    if not alike_kinds(one.get("type") or "", other.get("type") or ""):
        return False
    sides = list(zip(_signers(one), _signers(other), strict=True))
    if _is_bare(one) or _is_bare(other):
        return any(not mine or not theirs or _meet(mine, theirs) for mine, theirs in sides)
    return all(_meet(_narrow(mine), _narrow(theirs)) for mine, theirs in sides)


def _signers(document: dict[str, Any]) -> tuple[Sequence[str], Sequence[str]]:
    ours, theirs = (*(document.get("parties") or ()), (), ())[:2]
    return ours, theirs


def _is_bare(document: dict[str, Any]) -> bool:
    """True when the title says no more than what kind of document it is."""
    return set(_name(document.get("title") or "").split()) <= BARE


def _narrow(names: Sequence[str]) -> list[str]:
    """The bodies that sign little: two departments seldom sign two papers in a day, two provinces often do."""
    return [name for name in names if not BROAD.match(_name(name))]


def _fields_differ(one: dict[str, Any], other: dict[str, Any]) -> bool:
    mine, theirs = set(_name(one.get("field") or "").split()), set(_name(other.get("field") or "").split())
    return bool(mine and theirs) and not mine & theirs


def _parties_differ(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """True when both documents name who signed on a side, and nobody is the same."""
    sides = zip(one.get("parties") or (), other.get("parties") or (), strict=False)
    return any(mine and theirs and not _meet(mine, theirs) for mine, theirs in sides)


def _meet(some: Sequence[str], others: Sequence[str]) -> bool:
    pairs = ((set(_name(one).split()), set(_name(other).split())) for one in some for other in others)
    return any(one <= other or other <= one for one, other in pairs)
