"""A candidate on its way to being an event, and the small facts every kind needs: date, place, province."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache

from monitor.detect import dates
from monitor.detect.dates import When
from monitor.detect.names import Actor
from monitor.detect.parties import Sides, is_location
from monitor.detect.places import above_names
from monitor.detect.records import Evidence, Instrument, Party, Rejected
from monitor.detect.story import Sentence, Story
from monitor.detect.vietnamese import bare

_RECALLED = 45  # days
_OUTDATED = 200  # days before the latest day that a text without a date of publication tells


@dataclass
class Candidate:
    """What one sentence tells of one event."""

    kind: str
    subtype: str
    status: str
    sentence: Sentence
    sides: Sides
    reason: str
    score: float
    when: When | None = None
    instruments: list[Instrument] = field(default_factory=list)
    others: list[Candidate] = field(default_factory=list)  # later sentences on the same event
    sure: bool = False


def rejected(kind: str, reason: str, sentence: Sentence) -> Rejected:
    """A candidate that failed, with the rule that said so."""
    start, end = sentence.page.given_span(sentence.start, sentence.end)
    return Rejected(kind, reason, sentence.page.given[start:end].strip()[:300], start)


def evidence(sentence: Sentence) -> Evidence:
    """The sentence as it stands in the article."""
    text = sentence.page.text[sentence.start : sentence.end]
    start = sentence.start + len(text) - len(text.lstrip())
    end = sentence.end - (len(text) - len(text.rstrip()))
    start, end = sentence.page.given_span(start, max(start, end))
    return Evidence(sentence.page.given[start:end], start, end, sentence.page.where)


def event_date(story: Story, sentence: Sentence, at: int, ahead: bool) -> When | None:
    """The date of the trigger at word `at`: its own sentence, else the head of its section."""
    published = story.anchor
    offset = sentence.page.words.starts[at] - sentence.start
    own = [w for w in sentence.dates(published, ahead) if ahead or len(w.text) > 4]
    if ahead:
        return _ahead(own, offset, published)
    if own:
        exact = [w for w in own if w.day] or own
        return min(exact, key=lambda w: abs(w.start - offset) + (200 if w.start > offset and len(exact) > 1 else 0))
    if dates.undated(sentence.low):
        return None  # a day whose year nobody tells: no other date may stand in for it
    if sentence.order > 0:
        for other in story.section(sentence.section):
            if other.order > max(2, sentence.order) or other.caption:
                continue
            found = [w for w in other.dates(published) if w.day]
            if found:
                return found[0]
    return None


def long_ago(story: Story, when: When | None) -> bool:
    """A date weeks before the publication: the article recalls what it tells."""
    published = dates.published_day(story.article.published)
    day = published or story.latest
    if when is None or day is None:
        return False
    latest = when.end or when.text
    latest += {4: "-12-31", 7: "-28"}.get(len(latest), "")  # the end of a year, or nearly of a month
    return (day - date.fromisoformat(latest)).days > (_RECALLED if published else _OUTDATED)


def _ahead(own: list[When], offset: int, published: str) -> When | None:
    """An announced day: behind the announcement, and not before the announcement was printed."""
    fresh = [w for w in own if not w.day or not published[:10] or w.text >= published[:10][: len(w.text)]]
    behind = [w for w in fresh if w.start > offset]
    return min(behind or fresh, key=lambda w: abs(w.start - offset), default=None)


def province_of(story: Story, sides: Sides, sentence: Sentence) -> str | None:
    """The Vietnamese province, from the side itself, its sentence, the headline, the lead; the outlet's last."""
    provinces = [a.province for a in sides.vn if a.province]
    if len(set(provinces)) > 1:
        hosts = [a.province for a in sentence.actors if a.province in provinces and is_location(sentence, a)]
        provinces = hosts or provinces
    if provinces:
        return provinces[0]
    if not any(a.level == "local" for a in sides.vn):
        return None
    head = [s for s in story.sentences if s.section == sentence.section and s.head]
    titles = [s for s in story.sentences if s.title and story.sections == 1]
    for other in [sentence, *titles, *head]:
        for actor in other.actors:
            if actor.province:
                return actor.province
    return story.article.province or None


def place_of(sentence: Sentence) -> Actor | None:
    """Where it took place: the first bare place behind "tại" or "ở"."""
    words = sentence.page.words
    for actor in sentence.actors:
        if actor.headed or actor.i == sentence.i or words.words[actor.i - 1] not in ("tại", "ở"):
            continue
        if any(p.kind != "country" for p in actor.places) and is_location(sentence, actor):
            return actor
    return None


def party_list(actors: list[Actor]) -> tuple[Party, ...]:
    """The parties as named, persons with their office and the body they speak for; nobody twice."""
    found: list[Party] = []
    for actor in actors:
        if actor.type == "person":
            if actor.agency:
                _add(found, Party(_spoken(actor.agency), "agency"))
            elif unit := next((p for p in actor.places if p.side == actor.side and p.kind != "country"), None):
                _add(found, Party(f"{unit.kind} {unit.name}", "locality"))
            _add(found, Party(actor.name, "person", actor.title))
        else:
            _add(found, Party(_spoken(actor.agency or actor.name), actor.type))
    named = [p for p in found if not _says_little(p)]
    return tuple(named if any(p.type != "person" for p in named) else found)


def _says_little(party: Party) -> bool:
    """ "bạn", "Nhân dân Lào", "Việt Nam": no name of a party where others have one."""
    name = bare(party.name)
    if party.type == "locality":
        return name in _LITTLE
    return len(name.split()) < 2 or (party.type == "agency" and (name in _LITTLE or name.startswith(_OPENINGS)))


_OPENINGS = ("nhan dan ", "dai bieu ", "can bo ", "so nganh", "so, nganh", "cac so")
_LITTLE = frozenset(
    (
        "ban",
        "tinh ban",
        "nuoc ban",
        "viet nam",
        "trung quoc",
        "lao",
        "doan",
        "nhan dan",
        "hoi dong nhan dan",
        "so",
        "cuc",
    )
)


def _spoken(name: str) -> str:
    """Without the words that only lead to the name, and with one spelling for one body."""
    for opening in ("phía ", "đại diện ", "lãnh đạo ", "các ", "cấp cao "):
        if name.lower().startswith(opening):
            name = name[len(opening) :]
    for pattern, written in _WRITTEN:
        name = pattern.sub(written, name)
    return " ".join(name.split())


_WRITTEN = (
    (re.compile(r"\bT[Pp]\b\.?\s?(?=[A-ZĐÂÁ])"), "thành phố "),
    (re.compile(r"\bT[Xx]\b\.?\s?(?=[A-ZĐÂÁ])"), "thị xã "),
    (re.compile(r"\bhội đồng nhân dân\b", re.I), "HĐND"),
    (re.compile(r"\b[uủ][ỷy] ban nhân dân\b", re.I), "UBND"),
)


def _add(found: list[Party], party: Party) -> None:
    """Keep the fuller of two spellings of one name."""
    if not _key(party.name):
        return
    for k, other in enumerate(found):
        if other.type != party.type and "person" in (other.type, party.type):
            continue
        if party.type == "person" and _key(party.name) == _key(other.name):
            if len(party.title) > len(other.title):
                found[k] = party
            return
        if party.type != "person" and one_body(party.name, other.name):
            if len(_key(party.name)) > len(_key(other.name)):
                found[k] = party
            return
    found.append(party)


def one_body(a: str, b: str) -> bool:
    """Two spellings of one body or place, or one named more fully: "Sở Ngoại vụ", "Sở Ngoại vụ tỉnh Lạng Sơn"."""
    mine, theirs = _key(a), _key(b)
    return bool(mine and theirs) and (f" {mine} " in f" {theirs} " or f" {theirs} " in f" {mine} ")


_SAME = (
    ("thanh pho", "tp"),
    ("hoi dong nhan dan", "hdnd"),
    ("uy ban nhan dan", "ubnd"),
    (",", " "),
)
_BRACKET = re.compile(r"\([^()]*\)?")


@cache
def _above() -> re.Pattern[str]:
    """Countries and foreign provinces behind a smaller place: they tell no two bodies apart."""
    names = sorted({bare(name) for name in above_names()}, key=len, reverse=True)
    return re.compile(rf"(?: (?:tinh )?(?:{'|'.join(map(re.escape, names))}))+\Z")


@lru_cache(maxsize=4096)
def _key(name: str) -> str:
    key = bare(_BRACKET.sub(" ", name))
    for long, short in _SAME:
        key = key.replace(long, short)
    key = " ".join(key.split())
    return _above().sub("", key) or key
