"""What several reports of one event add up to, and whether the sum is worth an update. Pure: dictionaries in and out.

The dictionaries hold the fields that `monitor.detect.records.Event` and the event table share.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

from crawler.duplicates import fold

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


def merged(known: dict[str, Any], found: dict[str, Any], corrects: bool = False) -> dict[str, Any]:
    """The known event with what the new report adds; nothing known is lost, dates only grow more exact.

    `corrects` says that the report is an edited article that told of the event before: its date then counts.
    """
    moved = status(known["status"], found["status"])
    event = {**known, "status": moved}
    for name in TEXTS:
        event[name] = known[name] or found[name] or ""
    if found["status"] == moved and (_better_dated(known, found) or (corrects and found["date"])):
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
    """The documents of a report that none of the known ones can be; each known one answers for one."""
    free, new = list(known), []
    for document in found:
        match = next((one for one in free if _one_document(one, document)), None)
        if match is None:
            new.append(document)
        else:
            free.remove(match)
    return new


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
        elif not same.get("title"):
            same["title"] = party.get("title") or ""
    return union


def _one_party(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.get("type") == other.get("type") and _name(one["name"]) == _name(other["name"])


def _name(text: str) -> str:
    return " ".join(fold(text).split())


def _one_document(one: dict[str, Any], other: dict[str, Any]) -> bool:
    mine, theirs = _name(one.get("title") or ""), _name(other.get("title") or "")
    if mine and theirs and SequenceMatcher(None, mine, theirs).ratio() >= ALIKE:
        return not _parties_differ(one, other)
    if one.get("type") != other.get("type"):
        return False
    return not _parties_differ(one, other) and not _fields_differ(one, other)


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
