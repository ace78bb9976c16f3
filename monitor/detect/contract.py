"""What others may rely on: the JSON Schema of an event, built from its record, and what its words and codes mean.

A new subtype, code or field gets its words here; then `doingoai analyze --schema > docs/reference/event.schema.json`.
tests/monitor/test_event_schema.py names what is missing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from monitor.detect.records import Event, Evidence, Instrument, Party

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NAME = "urn:doingoai:event"


@dataclass(frozen=True)
class Code:
    """A CAMEO number with the PLOVER word behind it, seen from the Vietnamese side: it travels or it receives."""

    number: str
    word: str
    name: str  # what CAMEO calls the number
    given: str  # when detection gives it

    @property
    def written(self) -> str:
        """As it stands in `code`."""
        return f"{self.number} {self.word}"


MEETING_CODES = (
    Code("040", "CONSULT", "Consult, not specified below", "a meeting whose place and kind tell no direction"),
    Code("041", "CONSULT", "Discuss by telephone", "a meeting online or by telephone"),
    Code("042", "CONSULT", "Make a visit", "the Vietnamese side travels: the place is abroad, or no place and a visit"),
    Code("043", "CONSULT", "Host a visit", "the Vietnamese side receives: the place is in Vietnam, or a courtesy call"),
    Code("044", "CONSULT", "Meet at a 'third' location", "the place is in a third country"),
)
SIGNING_CODES = (Code("057", "AGREE", "Sign formal agreement", "a signing"),)
CODES = (*MEETING_CODES, *SIGNING_CODES)

KINDS = {
    "meeting": "people of both sides met, meet or will meet",
    "signing": "the two sides signed, sign or will sign at least one document",
}
MEETINGS = {
    "talks": "hội đàm: two delegations at one table",
    "courtesy_call": "tiếp, hội kiến, chào xã giao: one side receives the other",
    "working_session": "làm việc: a working session",
    "exchange": "gặp gỡ, giao lưu: a gathering of people of both sides",
    "visit": "thăm, khảo sát: a visit or a tour of inspection",
    "greeting": "chúc Tết, chúc mừng: a call to offer wishes",
    "online": "trực tuyến, điện đàm: by video or telephone",
    "conference": "hội nghị, hội thảo, tuần tra song phương: a conference, a joint committee, a joint patrol",
    "ceremony": "lễ: a ceremony that both sides attend",
    "other": "a meeting of another kind",
}
SIGNINGS = {
    "memorandum": "bản ghi nhớ: a memorandum of understanding",
    "agreement": "thỏa thuận, hiệp định: an agreement",
    "minutes": "biên bản: signed minutes",
    "letter_of_intent": "ý định thư: a letter of intent",
    "programme": "chương trình, kế hoạch: a programme or plan of work",
    "twinning": "kết nghĩa: two places or bodies become twins",
    "contract": "hợp đồng: a contract",
    "other": "a document whose kind is not told",
}
STATUSES = {
    "held": "the text reports that it took place",
    "upcoming": "announced, and at least its month or year told",
    "cancelled": "called off or put off",
}
SCOPES = {
    "provincial": "a Vietnamese local body takes part",
    "national": "on the Vietnamese side only central bodies take part",
}
PARTIES = {
    "agency": "a body: an office, a school, an enterprise, a delegation",
    "locality": "a place that stands for its people: a province, a district, a village",
    "person": "somebody named",
}
WHERE = {"title": "the article's title", "text": "the article's text"}

_MOST_QUOTES = 4
_MONTH = "0[1-9]|1[0-2]"
_DAY = rf"[0-9]{{4}}-({_MONTH})-(0[1-9]|[12][0-9]|3[01])"
_DAY_OR_LESS = rf"[0-9]{{4}}(-({_MONTH})(-(0[1-9]|[12][0-9]|3[01]))?)?"

_ABOUT: Mapping[type, str] = {
    Event: "A meeting or signing of a Vietnamese body with a foreign counterpart that one article reports.",
    Party: "Somebody who took part, named as in the article.",
    Instrument: "One document that was or will be signed.",
    Evidence: "A sentence the event rests on, exactly as the article has it.",
}
_FIELDS: Mapping[type, Mapping[str, str]] = {
    Event: {
        "kind": "A meeting or a signing; a signing at the end of talks is an event of its own.",
        "subtype": "The kind of meeting, or the kind of the first document that has one.",
        "status": "Whether it happened, as the article tells it.",
        "scope": "Whether a Vietnamese local body takes part.",
        "date": "The day, or the month or year where no more is told; null where nothing is.",
        "date_end": "The last day of an event of several days, else null.",
        "place": "Where it took place, as named; null where the text does not say.",
        "province": "Slug of the Vietnamese province, as in lang-son; null where there is none.",
        "country": "ISO 3166 alpha-2 code of the counterpart's country; EU for the European Union, null if not told.",
        "foreign_region": "The foreign province or region, as in Quảng Tây; null where none is told.",
        "vietnamese_side": "Who took part for Vietnam.",
        "foreign_side": "Who took part for the counterpart.",
        "instruments": "The documents of a signing, one entry each; empty for a meeting.",
        "evidence": "The sentences that tell of the event, the first of them decisive.",
        "confidence": "How sure the rules are, from 0 to 1; people hear of 0.5 and above unless they choose otherwise.",
        "reason": "Code of the rule that found the event; docs/reference/events.md explains each.",
        "code": "CAMEO number and PLOVER word, for research tools.",
    },
    Party: {
        "name": "The name, without a person's office.",
        "type": "A body, a place or a person.",
        "title": "A person's office; empty for others, or where it is not told.",
    },
    Instrument: {
        "type": "The kind of document.",
        "title": "The document as the article names it; empty where it only says that something was signed.",
        "field": "What the document is about, by its own title; empty where the title does not say.",
        "parties": "Who signed: the Vietnamese names, then the foreign ones.",
    },
    Evidence: {
        "text": "The sentence.",
        "start": "Its first character in the title or text, counted in Unicode characters from 0.",
        "end": "The character behind its last.",
        "where": "Where start and end are counted.",
    },
}


def _words(meanings: Mapping[str, str]) -> Schema:
    """One of some words, each with its meaning."""
    return {"oneOf": [{"const": word, "description": meaning} for word, meaning in meanings.items()]}


def _codes(codes: tuple[Code, ...]) -> Schema:
    return _words({code.written: f"CAMEO “{code.name}”: {code.given}" for code in codes})


# What a type alone does not say.
_LIMITS: Mapping[type, Mapping[str, Schema]] = {
    Event: {
        "kind": _words(KINDS),
        "status": _words(STATUSES),
        "scope": _words(SCOPES),
        "date": {"pattern": f"^{_DAY_OR_LESS}$", "maxLength": 10},
        "date_end": {"pattern": f"^{_DAY}$", "maxLength": 10},
        "place": {"minLength": 1},
        "province": {"pattern": "^[a-z0-9]+(-+[a-z0-9]+)*$"},
        "country": {"pattern": "^[A-Z]{2}$", "maxLength": 2},
        "foreign_region": {"minLength": 1},
        "evidence": {"minItems": 1, "maxItems": _MOST_QUOTES},
        "confidence": {"minimum": 0, "maximum": 1},
        "reason": {"pattern": "^[a-z]+(-[a-z]+)*$"},
        "code": {"pattern": "^[0-9]{3} [A-Z]+$"},
    },
    Party: {"name": {"minLength": 1}, "type": _words(PARTIES)},
    Instrument: {"type": _words(SIGNINGS)},
    Evidence: {
        "text": {"minLength": 1},
        "start": {"minimum": 0},
        "end": {"minimum": 1},
        "where": _words(WHERE),
    },
}


def schema() -> Schema:
    """The JSON Schema (draft 2020-12) of one event as `Event.as_dict()` gives it."""
    return {
        "$schema": DIALECT,
        "$id": NAME,
        "$comment": "Made by `doingoai analyze --schema` from monitor/detect/contract.py; do not edit.",
        "title": "Event",
        **_record(Event),
        "allOf": [
            _when(
                "meeting", {"subtype": _words(MEETINGS), "code": _codes(MEETING_CODES), "instruments": {"maxItems": 0}}
            ),
            _when(
                "signing", {"subtype": _words(SIGNINGS), "code": _codes(SIGNING_CODES), "instruments": {"minItems": 1}}
            ),
            {
                "if": {"properties": {"date": {"type": "null"}}, "required": ["date"]},
                "then": {"properties": {"date_end": {"type": "null"}}},
            },
        ],
        "$defs": {_key(part): _record(part) for part in (Party, Instrument, Evidence)},
    }


def printed() -> str:
    """The schema as docs/reference/event.schema.json holds it."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"


def _when(kind: str, then: Schema) -> Schema:
    """What holds for the events of one kind only."""
    return {
        "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
        "then": {"properties": then},
    }


def _record(record: type) -> Schema:
    """A record with exactly its own fields, all of them there."""
    hints, about, limits = get_type_hints(record), _FIELDS[record], _LIMITS[record]
    names = [field.name for field in fields(record)]
    return {
        "description": _ABOUT[record],
        "type": "object",
        "properties": {
            name: {"description": about[name], **_typed(hints[name]), **limits.get(name, {})} for name in names
        },
        "required": names,
        "additionalProperties": False,
    }


def _typed(hint: Any) -> Schema:
    """What a type of Python is in JSON."""
    if get_origin(hint) is UnionType:
        types = [_typed(part)["type"] for part in get_args(hint)]
        return {"type": types}
    if get_origin(hint) is tuple:
        return _listed(get_args(hint))
    if is_dataclass(hint):
        return {"$ref": f"#/$defs/{_key(hint)}"}
    return {"type": {str: "string", int: "integer", float: "number", NoneType: "null"}[hint]}


def _listed(parts: tuple[Any, ...]) -> Schema:
    """Any number of one type, or exactly these types."""
    if parts[1:] == (Ellipsis,):
        return {"type": "array", "items": _typed(parts[0])}
    exact = [_typed(part) for part in parts]
    return {"type": "array", "prefixItems": exact, "items": False, "minItems": len(exact)}


def _key(record: Any) -> str:
    return str(record.__name__).lower()
