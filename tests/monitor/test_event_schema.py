"""The JSON Schema of an event: the one in the reference, kept by every event that detection finds, by no other."""

from __future__ import annotations

import ast
import copy
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import analysis
from monitor.demo.stories import Calendar, load_stories
from monitor.detect import contract, read
from monitor.detect.lexicon import table
from monitor.detect.records import ArticleText, Event, Evidence, Instrument, Party

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
REFERENCE = ROOT / "docs" / "reference"
SENTENCES = sorted((ROOT / "tests" / "sentences").glob("*.toml"))
AGAIN = "it is made by: .venv/bin/doingoai analyze --schema > docs/reference/event.schema.json"
VALID = jsonschema.Draft202012Validator(contract.schema())

TALKS = ArticleText(
    "Lạng Sơn và Quảng Tây hội đàm, ký biên bản",
    "Từ ngày 14 đến 15/9/2025, tại thành phố Nam Ninh, Phó Chủ tịch UBND tỉnh Lạng Sơn Đoàn Thanh Sơn đã hội đàm với "
    "ông Hứa Vĩnh Khả, Phó Chủ tịch Chính quyền nhân dân Khu tự trị dân tộc Choang Quảng Tây (Trung Quốc).\n"
    "Kết thúc hội đàm, hai bên đã ký Biên bản hội đàm về quản lý cửa khẩu.",
    "2025-09-16",
)


def _printed(event: Event) -> dict[str, Any]:
    """An event after its trip through JSON, where tuples become lists."""
    return json.loads(json.dumps(event.as_dict()))


def _events(article: ArticleText) -> list[dict[str, Any]]:
    return [_printed(event) for event in read(article).events]


def _keeps(events: list[dict[str, Any]]) -> None:
    for event in events:
        broken = [f"{error.json_path}: {error.message}" for error in VALID.iter_errors(event)]
        assert not broken, (broken, event)


# --- what is printed -----------------------------------------------------------------------------------------------


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(contract.schema())


def test_it_is_the_one_in_the_reference() -> None:
    assert (REFERENCE / "event.schema.json").read_text("utf-8") == contract.printed(), AGAIN


def test_it_is_printed_by_the_command_line_without_reading_anything() -> None:
    command = [sys.executable, "-m", "monitor", "analyze", "--schema"]
    told = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert (told.returncode, told.stderr) == (0, b"")
    assert told.stdout == contract.printed().encode()


@pytest.mark.parametrize("record", [Event, Party, Instrument, Evidence])
def test_it_asks_for_every_field_of_a_record_and_says_what_it_is(record: type) -> None:
    schema = contract.schema()
    part = schema if record is Event else schema["$defs"][record.__name__.lower()]
    names = [field.name for field in fields(record)]
    assert part["required"] == names == list(part["properties"]) == list(contract._FIELDS[record])
    assert part["additionalProperties"] is False
    assert set(contract._LIMITS[record]) <= set(names)
    assert all(one["description"].endswith(".") for one in part["properties"].values())


# --- what keeps it -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", SENTENCES, ids=[file.stem for file in SENTENCES])
def test_it_holds_for_the_labelled_reports(file: Path) -> None:
    cases = tomllib.loads(file.read_text("utf-8"))["case"]
    found = [
        event
        for case in cases
        for event in _events(ArticleText(case.get("title", ""), case["text"].strip(), case.get("published", "")))
    ]
    assert found or not any(case.get("expect") for case in cases)
    _keeps(found)


def _told_in_the_demo() -> list[ArticleText]:
    start = datetime(2026, 11, 23, 8, tzinfo=UTC)
    words = Calendar(start).words
    articles = []
    for story in load_stories():
        text = "\n".join(words(line) for line in (story.lead, *story.paragraphs))
        published = (story.on or start - story.age).isoformat()
        articles.append(ArticleText(words(story.title), text, published, captions=tuple(map(words, story.captions))))
    return articles


def test_it_holds_for_the_stories_of_the_demo() -> None:
    found = [event for article in _told_in_the_demo() for event in _events(article)]
    assert {event["kind"] for event in found} == {"meeting", "signing"}
    _keeps(found)


def _analyzed(article: dict[str, Any]) -> list[dict[str, Any]]:
    return json.loads(next(analysis.analyze([json.dumps(article)])))["events"]


def test_it_holds_for_the_labelled_cases_as_analyze_prints_them() -> None:
    file = SHARED / "cases" / "cases.jsonl"
    if not file.exists():
        pytest.skip("the labelled cases are not beside this checkout")
    cases = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    asked = [{name: case[name] for name in ("url", "title", "text", "published")} for case in cases]
    found = [event for question in asked for event in _analyzed(question)]
    assert len(found) > len(cases) / 4
    _keeps(found)


def test_it_holds_for_the_founding_documents() -> None:
    gold = SHARED / "seeds" / "gold.json"
    if not gold.exists():
        pytest.skip("the founding documents are not beside this checkout")
    for document in json.loads(gold.read_text("utf-8"))["documents"]:
        text = (gold.parent / document["file"]).read_text("utf-8")
        found = _analyzed({"url": document["file"], "text": text, "published": document["published"]})
        assert len(found) == len(document["events"])
        _keeps(found)


@settings(deadline=None)
@given(st.dates(), st.sampled_from([4, 7, 10]))
def test_it_takes_a_date_as_exact_as_it_is_known(day: date, length: int) -> None:
    event = _meeting() | {"date": day.isoformat()[:length], "date_end": None}
    _keeps([event])


def test_it_holds_for_every_place_of_the_gazetteers() -> None:
    event, abroad = _meeting(), [*table("china")["unit"], *table("neighbours")["unit"]]
    _keeps([event | {"province": slug} for slug in {unit["province"] for unit in table("vietnam")["unit"]}])
    _keeps([event | {"country": country["code"]} for country in table("countries")["country"]])
    _keeps([event | {"country": unit["country"], "foreign_region": unit.get("region") or None} for unit in abroad])


# --- what does not -------------------------------------------------------------------------------------------------


def _meeting() -> dict[str, Any]:
    return copy.deepcopy(next(event for event in FOUND if event["kind"] == "meeting"))


def _signing() -> dict[str, Any]:
    return copy.deepcopy(next(event for event in FOUND if event["kind"] == "signing"))


FOUND = _events(TALKS)


def test_it_starts_from_a_whole_event() -> None:
    _keeps(FOUND)
    assert _meeting()["date_end"]
    assert {party["type"] for party in _meeting()["vietnamese_side"]} >= {"agency", "person"}
    assert all(_signing()["instruments"][0]["parties"])


def _put(*path: Any) -> Callable[[dict[str, Any]], None]:
    """Sets what stands at the path to its last item."""

    def spoil(event: dict[str, Any]) -> None:
        *way, key, value = path
        place: Any = event
        for step in way:
            place = place[step]
        place[key] = value

    return spoil


SPOILED: list[tuple[Callable[[], dict[str, Any]], tuple[Any, ...]]] = [
    (_meeting, ("kind", "rumour")),
    (_meeting, ("kind", None)),
    (_meeting, ("kind", "signing")),
    (_signing, ("kind", "meeting")),
    (_meeting, ("subtype", "memorandum")),
    (_meeting, ("subtype", "")),
    (_signing, ("subtype", "talks")),
    (_meeting, ("status", "background")),
    (_meeting, ("status", "Held")),
    (_meeting, ("scope", "local")),
    (_meeting, ("date", "15/9/2025")),
    (_meeting, ("date", "2025-13")),
    (_meeting, ("date", "2025-09-32")),
    (_meeting, ("date", "2025-9-1")),
    (_meeting, ("date", "2025-09-15T08:00:00+07:00")),
    (_meeting, ("date", "25-09-15")),
    (_meeting, ("date", "")),
    (_meeting, ("date", "٢٠٢٥")),
    (_meeting, ("date", 2025)),
    (_meeting, ("date", None)),  # with a last day and no first one
    (_meeting, ("date_end", "2025-09")),
    (_meeting, ("place", "")),
    (_meeting, ("province", "Lạng Sơn")),
    (_meeting, ("province", "")),
    (_meeting, ("country", "China")),
    (_meeting, ("country", "cn")),
    (_meeting, ("foreign_region", "")),
    (_meeting, ("vietnamese_side", None)),
    (_meeting, ("vietnamese_side", "UBND tỉnh Lạng Sơn")),
    (_meeting, ("foreign_side", 0, "type", "country")),
    (_meeting, ("foreign_side", 0, "name", "")),
    (_meeting, ("foreign_side", 0, "title", None)),
    (_meeting, ("foreign_side", 0, "rank", 1)),
    (_meeting, ("instruments", [{"type": "minutes", "title": "", "field": "", "parties": [[], []]}])),
    (_signing, ("instruments", [])),
    (_signing, ("instruments", 0, "type", "talks")),
    (_signing, ("instruments", 0, "parties", [["UBND tỉnh Lạng Sơn"]])),
    (_signing, ("instruments", 0, "parties", [[], [], []])),
    (_signing, ("instruments", 0, "parties", [["a"], [1]])),
    (_meeting, ("evidence", [])),
    (_meeting, ("evidence", 0, "where", "caption")),
    (_meeting, ("evidence", 0, "start", -1)),
    (_meeting, ("evidence", 0, "start", 1.5)),
    (_meeting, ("evidence", 0, "text", "")),
    (_meeting, ("confidence", 1.01)),
    (_meeting, ("confidence", -0.1)),
    (_meeting, ("confidence", "0.9")),
    (_meeting, ("reason", "")),
    (_meeting, ("reason", "Strong clause")),
    (_meeting, ("code", "057 AGREE")),
    (_meeting, ("code", "042")),
    (_meeting, ("code", "045 CONSULT")),
    (_signing, ("code", "040 CONSULT")),
    (_meeting, ("id", 7)),
]


@pytest.mark.parametrize(("whole", "spoiled"), SPOILED, ids=[f"{w.__name__}{s}" for w, s in SPOILED])
def test_it_refuses_a_spoiled_event(whole: Callable[[], dict[str, Any]], spoiled: tuple[Any, ...]) -> None:
    event = whole()
    _put(*spoiled)(event)
    assert not VALID.is_valid(event)


def _parts(event: dict[str, Any]) -> list[dict[str, Any]]:
    lists = ("vietnamese_side", "foreign_side", "instruments", "evidence")
    return [event, *(part for name in lists for part in event[name])]


@settings(deadline=None)
@given(st.data(), st.sampled_from([_meeting, _signing]))
def test_it_refuses_an_event_that_lacks_any_field(data: st.DataObject, whole: Callable[[], dict[str, Any]]) -> None:
    event = whole()
    part = data.draw(st.sampled_from(_parts(event)))
    del part[data.draw(st.sampled_from(sorted(part)))]
    assert not VALID.is_valid(event)


@settings(deadline=None)
@given(st.data(), st.sampled_from([_meeting, _signing]), st.text(max_size=12))
def test_it_refuses_a_field_nobody_knows(data: st.DataObject, whole: Callable[[], dict[str, Any]], name: str) -> None:
    event = whole()
    part = data.draw(st.sampled_from(_parts(event)))
    if name not in part:
        part[name] = ""
        assert not VALID.is_valid(event)


@settings(deadline=None)
@given(st.sampled_from(["kind", "subtype", "status", "scope", "code"]), st.text(max_size=20))
def test_it_refuses_a_word_nobody_knows(name: str, word: str) -> None:
    known = {*contract.KINDS, *contract.MEETINGS, *contract.STATUSES, *contract.SCOPES}
    if word not in known and word not in {code.written for code in contract.CODES}:
        assert not VALID.is_valid(_meeting() | {name: word})


@settings(deadline=None)
@given(st.text(alphabet="0123456789-", max_size=12))
def test_it_refuses_digits_that_are_no_date(digits: str) -> None:
    try:
        known = bool(date.fromisoformat((digits + "-01-01")[:10] if len(digits) in (4, 7) else digits))
    except ValueError:
        known = False
    if not known and not re.fullmatch(r"\d{4}-(0[2469]|11)-(29|30|31)", digits):  # the calendar itself is not checked
        assert not VALID.is_valid(_meeting() | {"date": digits, "date_end": None})


# --- the words it knows are the words of the rules -----------------------------------------------------------------


def test_it_knows_every_kind_of_meeting_the_lexicon_can_give() -> None:
    given_by_rules = {group["subtype"] for group in table("triggers")["meeting"]}
    assert given_by_rules | {"other"} == set(contract.MEETINGS)


def test_it_knows_every_kind_of_document_the_lexicon_can_give() -> None:
    given_by_rules = {group["type"] for group in table("triggers")["instrument"]}
    assert given_by_rules | {"twinning", "other"} == set(contract.SIGNINGS)


def test_it_knows_every_code_that_is_given() -> None:
    source = (ROOT / "monitor" / "detect" / "assemble.py").read_text("utf-8")
    given_by_rules = re.findall(r'"(\d{3} [A-Z]+)"', source)
    assert sorted(set(given_by_rules)) == sorted(code.written for code in contract.CODES)


# --- the reference names all of them -------------------------------------------------------------------------------

PAGE = (REFERENCE / "events.md").read_text("utf-8")
QUOTED = set(re.findall(r"`([^`\n]+)`", PAGE))


def test_its_fields_and_words_stand_in_the_reference() -> None:
    words = {*contract.KINDS, *contract.MEETINGS, *contract.SIGNINGS, *contract.STATUSES, *contract.SCOPES}
    words |= {*contract.PARTIES, *contract.WHERE}
    names = {name.removesuffix("[]") for name in QUOTED}
    assert words | {field.name for field in fields(Event)} <= names


def test_its_codes_stand_in_the_reference_with_the_same_words() -> None:
    for code in contract.CODES:
        assert f"| `{code.written}` | {code.name} | {code.given} |" in PAGE


def _modules() -> Iterator[ast.Module]:
    """All that detection consists of."""
    for file in sorted((ROOT / "monitor" / "detect").glob("*.py")):
        yield ast.parse(file.read_text("utf-8"))


def _functions(module: ast.Module, *given_back: str) -> list[ast.FunctionDef]:
    """Its functions that say they give back one of these types."""
    every = (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef) and node.returns)
    return [function for function in every if function.returns and ast.unparse(function.returns) in given_back]


def _literals(value: ast.AST | None) -> set[str]:
    """The words an expression may come to, as far as they stand in it."""
    if isinstance(value, ast.IfExp):
        return _literals(value.body) | _literals(value.orelse)
    return {value.value} if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value else set()


def _reasons_against() -> set[str]:
    """What the functions that judge a candidate say instead, and those beside them that help to judge."""
    judging = [module for module in _modules() if _functions(module, "Candidate | str")]
    judges = [function for module in judging for function in _functions(module, "Candidate | str", "str")]
    returns = [node for judge in judges for node in ast.walk(judge) if isinstance(node, ast.Return)]
    return {word for node in returns for word in _literals(node.value)}


def _reasons_for() -> set[str]:
    strengths = {group["strength"] for group in table("triggers")["meeting"]} | {"sign"}
    codes = {f"{strength}-{where}" for strength in strengths for where in ("clause", "context")}
    for module in _modules():
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Candidate" and len(node.args) > 5:
                codes |= _literals(node.args[5])
            if isinstance(node, ast.Assign):
                codes |= _assigned(node.targets[0], node.value)
    return codes


def _assigned(target: ast.AST, value: ast.AST) -> set[str]:
    """ "x.reason = …", also as one of several."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return set().union(*map(_assigned, target.elts, value.elts))
    return _literals(value) if isinstance(target, ast.Attribute) and target.attr == "reason" else set()


def _section(title: str) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]))


def test_every_reason_of_the_source_stands_in_the_reference() -> None:
    codes = _reasons_for()
    assert {"strong-clause", "sign-context"} < codes
    assert any("-" not in code for code in codes), "the codes written out in the source were not found"
    assert codes <= _section("Reasons"), codes - _section("Reasons")


def test_every_reason_against_of_the_source_stands_in_the_reference() -> None:
    codes = _reasons_against()
    assert {"no-object", "no-instrument", "tail-without-date"} < codes
    assert codes <= _section("Reasons against"), codes - _section("Reasons against")


def test_every_reason_that_is_given_stands_in_the_reference() -> None:
    articles = [
        ArticleText(case.get("title", ""), case["text"].strip(), case.get("published", ""))
        for file in SENTENCES
        for case in tomllib.loads(file.read_text("utf-8"))["case"]
    ]
    readings = [read(article) for article in [*articles, *_told_in_the_demo()]]
    assert {event.reason for reading in readings for event in reading.events} <= _section("Reasons")
    known = _section("Reasons against")
    for reason in {one.reason for reading in readings for one in reading.rejected}:
        assert reason in known or re.sub(r":.*", ":…", reason) in known


def test_its_example_in_the_docs_comes_out_as_told() -> None:
    page = (ROOT / "docs" / "why" / "detection.md").read_text("utf-8").partition("\n## An example\n")[2]
    text = page.split("```text\n")[1].split("```")[0].strip()
    headline = re.findall(r'under the headline "([^"]+)"', page)[0]
    told = [re.findall(r"`([^`]+)`", row)[0] for row in page.splitlines() if re.match(r"\| \d \|", row)]
    found = read(ArticleText(headline, text, "2026-05-13"))
    became = {quote.text: event.reason for event in found.events for quote in event.evidence}
    refused = {one.text: one.reason for one in found.rejected if one.kind == "signing"}
    assert [became.get(line) or refused.get(line) for line in text.splitlines()] == told
    assert [(e.kind, e.status, e.date) for e in found.events] == [
        ("meeting", "held", "2026-05-12"),
        ("signing", "held", "2026-05-12"),
    ]
