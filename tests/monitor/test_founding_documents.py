"""The five founding documents: exactly the events of their gold, on the raw text and on the cleaned one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from crawler.clean import clean_text
from monitor.detect import read
from monitor.detect.records import ArticleText, Event
from monitor.detect.vietnamese import bare

SEEDS = Path(__file__).parents[2].parent / "shared" / "seeds"
if not (SEEDS / "gold.json").exists():
    pytest.skip("the founding documents are not beside this checkout", allow_module_level=True)

DOCUMENTS = json.loads((SEEDS / "gold.json").read_text("utf-8"))["documents"]
_SPELLINGS = (
    (r"\btp\b", "thanh pho"),
    (r"\bhoi dong nhan dan\b", "hdnd"),
    (r"\buy ban nhan dan\b", "ubnd"),
    (r"[^a-z0-9 ]", " "),
)


def _fold(name: str) -> str:
    name = bare(name)
    for pattern, written in _SPELLINGS:
        name = re.sub(pattern, written, name)
    return " ".join(name.split())


def _raw(document: dict) -> ArticleText:
    text = (SEEDS / document["file"]).read_text("utf-8")
    title = next(line for line in text.split("\n") if line.strip())
    return ArticleText(title, text, document["published"] or "")


def _cleaned(document: dict) -> ArticleText:
    article = clean_text((SEEDS / document["file"]).read_text("utf-8"))
    return ArticleText(article.title, article.text, document["published"] or "", captions=tuple(article.captions))


def _named(wanted: str, names: list[str]) -> bool:
    return any(_fold(wanted) in _fold(name) for name in names)


def _check(wanted: dict, event: Event) -> None:
    for field in ("kind", "subtype", "status", "date", "country", "foreign_region", "province"):
        if field in wanted:
            assert getattr(event, field) == wanted[field], field
    vietnamese = [p.name for p in event.vietnamese_side]
    foreign = [p.name for p in event.foreign_side]
    for name in wanted["vietnamese_side"]:
        assert _named(name, vietnamese), (name, vietnamese)
    for name in wanted["foreign_side"]:
        assert _named(name, foreign), (name, foreign)
    persons = [p.name for p in (*event.vietnamese_side, *event.foreign_side) if p.type == "person"]
    for name in wanted.get("persons", []):
        assert _named(name, persons), (name, persons)
    if "place" in wanted:
        assert _named(wanted["place"], [event.place or ""])
    titles = [bare(i.title) for i in event.instruments]
    for title in wanted.get("instruments", []):
        assert bare(title) in titles
    if "instruments" in wanted:
        assert len(titles) == len(wanted["instruments"])
        for instrument in event.instruments:
            assert instrument.parties[0]
            assert instrument.parties[1]


@pytest.mark.parametrize("make", [_raw, _cleaned], ids=["raw", "cleaned"])
@pytest.mark.parametrize("document", DOCUMENTS, ids=[d["file"][:3] for d in DOCUMENTS])
def test_it_finds_exactly_the_events_of_the_gold(document, make):
    article = make(document)
    events = list(read(article).events)
    found = [(e.kind, e.subtype, e.status, e.date, e.evidence[0].text[:80]) for e in events]
    assert len(events) == len(document["events"]), found
    order = {(e["kind"], e.get("province"), e["subtype"]): n for n, e in enumerate(document["events"])}
    assert len(order) == len(document["events"])
    for wanted in document["events"]:
        matching = [e for e in events if e.kind == wanted["kind"] and e.subtype == wanted["subtype"]]
        assert len(matching) == 1, found
        _check(wanted, matching[0])
        for quote in matching[0].evidence:
            assert getattr(article, quote.where)[quote.start : quote.end] == quote.text


def test_it_gives_each_of_the_five_documents_its_own_two_parties():
    document = DOCUMENTS[4]
    signing = next(e for e in read(_raw(document)).events if e.kind == "signing")
    wanted = next(e for e in document["events"] if e["kind"] == "signing")
    pairs = zip(wanted["vietnamese_side"], wanted["foreign_side"], strict=True)
    for (vietnamese, foreign), instrument in zip(pairs, signing.instruments, strict=True):
        assert _named(vietnamese, list(instrument.parties[0]))
        assert _named(foreign, list(instrument.parties[1]))
