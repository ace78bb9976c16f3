"""Whether the other side takes part: at a conference, a ceremony, a fair, a visit, far from home."""

from __future__ import annotations

import re

from monitor.detect.parties import (
    Sides,
    is_location,
    only_country,
)
from monitor.detect.story import Sentence, Story, Trigger
from monitor.detect.vietnamese import HYPHEN, Mark

_PARTAKING = (
    "phối hợp",
    "tham dự",
    "tham gia",
    "cùng dự",
    "có sự",
    "giữa",
    "phía",
    "cùng",
    "đồng chủ trì",
    "đồng tổ chức",
)
_COME = ("tham dự", "dự lễ", "đến dự", "tới dự", "có sự", "đoàn", "phối hợp", "đồng chủ trì", "đồng tổ chức")
_PAPER = 8  # words in which a document and its parties stand
_ATTENDS = re.compile(r"\b(?:tới|đến|tham|cùng) dự\b|^dự ")


def abroad_at(sentence: Sentence, sides: Sides) -> Sides | None:
    """ "Đoàn tỉnh X dự Hội nghị … tại Thủ đô Y": the place abroad stands for those who held it."""
    travels = [a for a in sides.vn if a.level == "local" and "đoàn" in a.name.lower()]
    where = [a for a in sentence.actors if a.side == "foreign" and is_location(sentence, a) and not only_country(a)]
    if not travels or not where or " dự " not in sentence.low:
        return None
    return Sides(sides.vn, where[:1], False, True, attending=True)


def came(story: Story, sentence: Sentence, sides: Sides) -> Sides | None:
    """ "Tổng lãnh sự quán X mở tiệc. Phó Chủ tịch UBND … tới dự." — the guests stand in the next sentence."""
    if sides.vn or not any(a.headed for a in sides.foreign):
        return None
    behind = [s for s in story.section(sentence.section) if s.order == sentence.order + 1 and not s.caption]
    guests = [a for s in behind if _ATTENDS.search(s.low) for a in s.actors if a.side == "vn" and a.level == "local"]
    return Sides(guests, sides.foreign, True, attending=True) if guests else None


def partakes(sentence: Sentence, trigger: Mark[Trigger], sides: Sides) -> bool:
    """At a conference or a ceremony the other side must be said to take part."""
    if sides.attending:
        return True
    if _side_by_side(sentence, trigger, sides):
        return True
    if _between_papers(sentence, trigger) and "dự" not in sentence.low:
        return False
    if all(not a.headed and all(p.kind == "country" for p in a.places) for a in sides.foreign):
        return False  # "hội nghị ASEAN - Trung Quốc": a country in the name of a conference
    if not any(a.headed for a in sides.foreign) and "giữa" not in sentence.low and "với" not in sentence.low:
        return (" và " in sentence.low or " cùng " in sentence.low) and not sides.context
    low = sentence.low
    return any(word in low for word in _PARTAKING) or " với " in low or " và " in low or " dự" in low


def _between_papers(sentence: Sentence, trigger: Mark[Trigger]) -> bool:
    """ "hội nghị sơ kết thỏa thuận giữa A và B": the two are the paper's, not the conference's."""
    words = sentence.page.words.words
    return any(
        "giữa" in words[m.j : m.j + _PAPER] and "giữa" not in words[trigger.j : m.i]
        for m in sentence.instruments
        if trigger.j <= m.i <= trigger.j + _PAPER and words[m.i : m.j] != ["hợp", "tác"]
    )


def delegation_at(sentence: Sentence, sides: Sides) -> bool:
    """Whether a body or person from abroad is said to have come to a fair."""
    return any(a.headed for a in sides.foreign) and any(word in sentence.low for word in _COME)


def _side_by_side(sentence: Sentence, trigger: Mark[Trigger], sides: Sides) -> bool:
    """ "Hội nghị định kỳ Quảng Ninh - Phòng Thành Cảng": two places joined by a dash, right behind the word."""
    if sides.context:
        return False  # their words are counted on another page
    link = sentence.page.words.link
    pairs = [(a, b) for a in sides.vn for b in sides.foreign] + [(b, a) for a in sides.vn for b in sides.foreign]
    return any(a.j == b.i and link[b.i] == HYPHEN and 0 <= a.i - trigger.j <= 6 for a, b in pairs)


def nobody_met(story: Story, sides: Sides) -> bool:
    """A visit to a whole country, and the article names nobody of that country: a departure, a tour."""
    if any(a.headed or any(p.kind != "country" for p in a.places) for a in sides.foreign):
        return False
    told = (a for s in story.sentences if not s.caption for a in s.actors if not a.guessed)
    return not any(a.side == "foreign" and (a.headed or a.type == "person") for a in told)


def state_visit(sides: Sides) -> bool:
    """Heads of state and ministers who see the sights are received by the state."""
    return all(a.abroad_head for a in sides.foreign) and not any(a.level == "local" and a.headed for a in sides.vn)
