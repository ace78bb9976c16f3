"""Meetings that no sentence tells as such: below a picture, in a list of guests, where talks are only mentioned."""

from __future__ import annotations

import re

from monitor.detect import actuality
from monitor.detect.candidates import Candidate, event_date, long_ago
from monitor.detect.meeting import frame, judge
from monitor.detect.parties import (
    OCCASION,
    Sides,
    says_both,
    told_before,
)
from monitor.detect.story import HEAD, Story

_PRESENT = re.compile(
    r"^(?:về )?(?:phía|đại diện phía) .{0,60}\bcó\b|^(?:cùng |tham |đến |tới )?dự .{0,60}\bcó\b|^tiếp .{0,60}\bcó\b"
)
_GATHERING = re.compile(
    r"\b(?:dự|tiếp|tại) (?:buổi |cuộc |lễ )?"
    r"(hội đàm|hội nghị|hội thảo|lễ|tiếp|làm việc|gặp|giao lưu|chương trình|buổi lễ)\b"
)
_GATHERINGS = {
    "hội đàm": "talks", "hội nghị": "conference", "hội thảo": "conference", "lễ": "ceremony", "buổi lễ": "ceremony",
    "tiếp": "courtesy_call", "làm việc": "working_session", "gặp": "exchange", "giao lưu": "exchange",
    "chương trình": "exchange",
}  # fmt: skip


def find(story: Story) -> list[Candidate]:
    """At most one, and only asked where no sentence tells of a meeting."""
    return _pictured(story) or _attended(story) or _spoken_of(story)


def _pictured(story: Story) -> list[Candidate]:
    """A reception that only the line below a picture tells: both sides must stand in it."""
    for sentence in [*story.sentences, *story.pictures]:
        for trigger in sentence.meetings if sentence.caption else ():
            judged = judge(story, sentence, trigger)
            if isinstance(judged, Candidate) and trigger.entry.strength in ("strong", "weak"):
                judged.reason = "caption"
                judged.sentence = story.beside_picture or sentence if sentence.page.where == "caption" else sentence
                return [judged]
    return []


def _attended(story: Story) -> list[Candidate]:
    """ "Dự buổi lễ có … Phía Lào có …": who sat on either side, where no sentence says that they met."""
    near = [s for s in story.section(0) if s.order <= HEAD + 1 and not s.caption and _PRESENT.search(s.low)]
    vn = [a for s in near for a in s.actors if a.side == "vn" and a.level == "local" and a.headed]
    foreign = [a for s in near for a in s.actors if a.side == "foreign" and a.type == "person" and not a.guessed]
    kind = next((m[1] for s in near if (m := _GATHERING.search(s.low))), "")
    if not (vn and foreign and kind):
        return []
    when = event_date(story, near[0], near[0].i, False)
    if long_ago(story, when):
        return []
    sides = Sides(vn, foreign, True)
    return [Candidate("meeting", _GATHERINGS[kind], actuality.HELD, near[0], sides, "attendance", 0.62, when)]


def _spoken_of(story: Story) -> list[Candidate]:
    """ "Trong buổi làm việc, hai đơn vị …": below the head, of two sides that the head names together."""
    for sentence in story.sentences:
        opens = sentence.low.lstrip().startswith(OCCASION) and not sentence.caption and sentence.order <= 2 * HEAD
        trigger = next((t for t in sentence.meetings if t.entry.strength == "strong"), None) if opens else None
        if trigger is None or not says_both(sentence):
            continue
        sides = told_before(story, sentence)
        when = event_date(story, sentence, trigger.i, False)
        if sides.both and not long_ago(story, when):
            return [
                Candidate("meeting", trigger.entry.subtype, actuality.HELD, sentence, sides, "occasion", 0.58, when)
            ]
    return []


def at_the_signing(story: Story, signings: list[Candidate]) -> list[Candidate]:
    """ "Tại cuộc hội kiến giữa lãnh đạo hai thành phố": talks that only the report of a signing mentions."""
    signed = next((s for s in signings if s.status == actuality.HELD and not s.sentence.caption), None)
    if signed is None or signed.sides.scope != "provincial":
        return []
    for sentence in story.section(signed.sentence.section):
        trigger = next((t for t in sentence.meetings if t.entry.strength == "strong"), None)
        if (
            trigger is None
            or any(a.level == "central" for a in sentence.actors)
            or frame(story, sentence, trigger, False).why
        ):
            continue
        if says_both(sentence) or (sentence.caption and not sentence.actors):
            sides = Sides(signed.sides.vn, signed.sides.foreign, True)
            return [
                Candidate(
                    "meeting", trigger.entry.subtype, actuality.HELD, sentence, sides, "at-signing", 0.6, signed.when
                )
            ]
    return []
