"""Meetings: a trigger, two sides that it joins, and a clause that says it took place or will."""

from __future__ import annotations

import re

from monitor.detect import actuality
from monitor.detect.candidates import Candidate, event_date, long_ago, rejected
from monitor.detect.names import Actor
from monitor.detect.partaking import abroad_at, came, delegation_at, nobody_met, partakes, state_visit
from monitor.detect.parties import (
    Sides,
    around,
    private,
    says_both,
    vague,
    widen,
)
from monitor.detect.records import Rejected
from monitor.detect.story import Sentence, Story, Trigger
from monitor.detect.vietnamese import Mark

_SAME_DAY = re.compile(r"(?:cũng )?(?:sáng|chiều|tối|trưa|buổi sáng|buổi chiều)?,? ?cùng (?:ngày|buổi|thời gian)")
_INTERVIEW = re.compile(r"\b(?:phóng viên|pv|phỏng vấn)\b")
_TITLE = 3  # words between a document and a trigger that still belongs to its title
_LEAVING = ("lên đường", "khởi hành", "tiễn đoàn")
_LEADS = 6  # words between "chuẩn bị", "sẽ" and what they announce
_NEXT = (
    "cùng ngày",
    "nhân dịp này",
    "trong khuôn khổ",
    "tiếp đó",
    "cũng trong",
    "trước đó, sáng cùng",
    "tại cuộc tiếp",
)
_AFTERWARDS = ("ngay sau", "sau khi")
_BASE = {"strong": 0.72, "visit": 0.62, "weak": 0.6, "host": 0.55, "fair": 0.55}


def find(story: Story) -> tuple[list[Candidate], list[Rejected]]:
    """Every sentence's best candidate for a meeting."""
    found: list[Candidate] = []
    refused: list[Rejected] = []
    for sentence in story.sentences:
        if sentence.caption:
            continue  # looked at when the text tells of no meeting
        best: Candidate | None = None
        reason = ""
        for trigger in sentence.meetings:
            judged = judge(story, sentence, trigger)
            if isinstance(judged, str):
                reason = reason or judged
            elif best is None or judged.score > best.score + 0.04:
                best = judged
        if best is not None:
            found.append(best)
        elif reason:
            refused.append(rejected("meeting", reason, sentence))
    return found, refused


def judge(story: Story, sentence: Sentence, trigger: Mark[Trigger]) -> Candidate | str:
    """A candidate, or the code of the rule that refuses it."""
    strength = trigger.entry.strength
    sides = around(sentence, trigger.i, trigger.j, strength == "visit")
    upcoming_abroad = _announced_abroad(sentence, trigger, sides)
    if upcoming_abroad is not None:
        sides = upcoming_abroad
    passive = _received_by(sentence, trigger)
    if strength == "weak" and trigger.j - trigger.i == 1 and not passive and not _object_follows(sentence, trigger):
        return "no-object"
    if (
        strength == "host"
        and not sides.foreign
        and not sentence.title
        and (abroad := abroad_at(sentence, sides)) is not None
    ):
        sides = abroad
    own = sides.both
    if _with_own_mission(sentence, trigger) and not (own and any(a.level == "local" for a in sides.vn)):
        return "own-mission"
    if not own and among_ourselves(sentence, trigger, sides):
        return "domestic"
    if not own:
        sides = _completed(story, sentence, trigger, sides)
        own = sides.both and not sides.context
    if not sides.both:
        return "no-foreign-side" if not sides.foreign else "no-vietnamese-side"
    if reason := _no_counterpart(story, sentence, trigger, sides, upcoming_abroad is not None):
        return reason
    if reason := _no_news(story, sentence, trigger, sides):
        return reason
    framed = frame(story, sentence, trigger, upcoming_abroad is not None)
    if framed.why.startswith(_AFTERWARDS) and own and strength == "strong" and sentence.order <= 1:
        framed = actuality.Frame(actuality.HELD)  # "ký … ngay sau cuộc hội đàm giữa A và B": both happened
    if framed.kind in (actuality.WISH, actuality.BACKGROUND):
        return f"{framed.kind}:{framed.why}"[:60]
    when = event_date(story, sentence, trigger.i, framed.kind == actuality.UPCOMING)
    if framed.kind == actuality.UPCOMING and when is None:
        return "plan-without-date"
    if framed.kind == actuality.HELD and long_ago(story, when):
        return "background:long-ago"
    if reason := _out_of_place(story, sentence, sides, own, when):
        return reason
    score = _score(sentence, trigger, sides, own, framed.sure, when is not None)
    code = f"{trigger.entry.strength}-{'clause' if own else 'context'}"
    return Candidate(
        "meeting", trigger.entry.subtype, framed.kind, sentence, sides, code, score, when, sure=framed.sure
    )


def _no_counterpart(story: Story, sentence: Sentence, trigger: Mark[Trigger], sides: Sides, announced: bool) -> str:
    """Why the two sides, though both are named, do not face each other; "" if they do."""
    strength = trigger.entry.strength
    if strength in ("host", "fair") and not announced and not partakes(sentence, trigger, sides):
        return "foreign-side-not-taking-part"
    if strength == "fair" and not delegation_at(sentence, sides):
        return "fair-without-delegation"
    if state_visit(sides):
        return "state-visit"
    if strength == "visit" and sides.context and not any(a.headed for a in sides.vn):
        return "no-delegation"
    if strength == "visit" and not announced and nobody_met(story, sides):
        return "nobody-met"
    return ""


def _no_news(story: Story, sentence: Sentence, trigger: Mark[Trigger], sides: Sides) -> str:
    """Why the word tells of no meeting of bodies: what it is part of, or who they are; "" if it does."""
    strength = trigger.entry.strength
    if all(private(a) and not _sent(sentence, a) for a in sides.foreign) or all(private(a) for a in sides.vn):
        return "students"
    if strength == "weak" and _INTERVIEW.search(sentence.low):
        return "interview"
    if _in_title(sentence, trigger):
        return "topic"
    if _vaguely_with(story, sentence, sides):
        return "vague-counterpart"
    if strength in ("weak", "host") and _named_so(sentence, trigger):
        return "a-name"
    if strength == "weak" and _topic_of(sentence, trigger):
        return "topic"
    return ""


def _with_own_mission(sentence: Sentence, trigger: Mark[Trigger]) -> bool:
    """Vietnam's own consuls and ambassadors abroad are no foreign side."""
    return any(a.level == "abroad" and 0 <= a.i - trigger.j <= 3 for a in sentence.actors)


def among_ourselves(sentence: Sentence, trigger: Mark[Trigger], sides: Sides) -> bool:
    """ "Bộ trưởng X làm việc với tỉnh Y": both ends of the verb are Vietnamese."""
    if sides.foreign:
        return False
    subject = any(a.j <= trigger.i for a in sides.vn)
    return subject and any(0 <= a.i - trigger.j <= 2 and a.side == "vn" for a in sentence.actors)


def frame(story: Story, sentence: Sentence, trigger: Mark[Trigger], announced: bool) -> actuality.Frame:
    if announced:
        return actuality.Frame(actuality.UPCOMING, "sẽ diễn ra")
    start, stop = sentence.clause(trigger.i, announced=True)
    start = sentence.opening(start)
    page = sentence.page
    if trigger.entry.strength == "host" and any(k == actuality.PREPARATION for *_, k in sentence.frames):
        return actuality.Frame(actuality.WISH, "preparation")  # "hội nghị bàn kế hoạch đón đoàn …"
    framed = actuality.frame(page.words, sentence.frames, start, trigger.i, trigger.j, stop, story.year)
    if framed.kind == actuality.HELD and not framed.sure and not sentence.title and _announced(story, trigger):
        return actuality.Frame(actuality.UPCOMING, "headline")
    return framed


def _announced(story: Story, trigger: Mark[Trigger]) -> bool:
    """ "Đoàn đại biểu tỉnh lên đường sang X", "Chuẩn bị cho hội đàm": the headline says that it is still to come."""
    for sentence in story.sentences[:1]:
        if not sentence.title:
            continue
        if trigger.entry.strength == "visit" and any(word in sentence.low for word in _LEAVING):
            return True
        same = [t for t in sentence.meetings if t.entry.subtype == trigger.entry.subtype]
        kinds = (actuality.UPCOMING, actuality.PREPARATION)
        return any(j <= t.i <= j + _LEADS and kind in kinds for t in same for _, j, kind in sentence.frames)
    return False


def _received_by(sentence: Sentence, trigger: Mark[Trigger]) -> bool:
    """ "Thống đốc X … được Bí thư Tỉnh ủy Y tiếp": the passive has its host in front."""
    hosts = [a for a in sentence.actors if a.j == trigger.i and a.side == "vn"]
    return any(sentence.page.words.words[a.i - 1] == "được" for a in hosts if a.i > sentence.i)


def _object_follows(sentence: Sentence, trigger: Mark[Trigger]) -> bool:
    """ "tiếp" and "gặp" are verbs only when somebody stands directly behind them."""
    return any(0 <= a.i - trigger.j <= 2 and a.side for a in sentence.actors)


def _announced_abroad(sentence: Sentence, trigger: Mark[Trigger], sides: Sides) -> Sides | None:
    """ "Hội nghị … sẽ diễn ra tại Nam Ninh": the place it will be held at stands for the other side."""
    words = sentence.page.words
    for k in range(trigger.j, min(trigger.j + 10, sentence.j)):
        pair = " ".join(words.words[k : k + 2])
        if pair in ("sẽ diễn", "sẽ được", "sẽ tổ", "dự kiến"):
            hosts = [a for a in sentence.actors if a.i > k and a.side == "foreign" and not a.headed]
            local = [a for a in sentence.actors if a.side == "vn" and a.level == "local"]
            return Sides(local, hosts[:1], False, True) if hosts and local else None
    return None


def _completed(story: Story, sentence: Sentence, trigger: Mark[Trigger], sides: Sides) -> Sides:
    """One side may stand in the headline or next door; only where the news itself is told."""
    if (travelling := _the_delegation(story, sentence, trigger, sides)) is not None:
        return travelling
    if not sentence.head or (not sides.vn and not sides.foreign and not says_both(sentence)):
        return sides
    if trigger.entry.strength == "host" and (guests := came(story, sentence, sides)) is not None:
        return guests
    if trigger.entry.strength in ("weak", "host", "fair") and not says_both(sentence) and not sentence.title:
        return sides if not sides.foreign else widen(story, sentence, sides)
    return widen(story, sentence, sides)


def _the_delegation(story: Story, sentence: Sentence, trigger: Mark[Trigger], sides: Sides) -> Sides | None:
    """ "Ngày 27/9, đoàn đã làm việc với chính quyền thành phố X": the delegation that headline or lead named."""
    words = sentence.page.words.words
    subject = "đoàn" in words[max(sentence.i, trigger.i - 4) : trigger.i]
    if sides.vn or not subject or not any(a.headed for a in sides.foreign) or not sentence.dates(story.anchor):
        return None
    head = [s for s in story.sentences if s.head and s is not sentence]
    sent = [a for s in head for a in s.actors if a.side == "vn" and a.level == "local" and "đoàn" in a.name.lower()]
    return Sides(sent[:1], sides.foreign) if sent else None


def _vaguely_with(story: Story, sentence: Sentence, sides: Sides) -> bool:
    """ "đã hội đàm với phía Trung Quốc" without a day: what has been done all along."""
    if sentence.title or sentence.dates(story.anchor) or not sides.foreign:
        return False
    return all(vague(a) for a in sides.foreign)


def _named_so(sentence: Sentence, trigger: Mark[Trigger]) -> bool:
    """ "Gặp gỡ Nhật Bản" in quotation marks is what a conference is called."""
    words = sentence.page.words
    return words.text[max(0, words.starts[trigger.i] - 1)] in "\"“'‘"


def _sent(sentence: Sentence, actor: Actor) -> bool:
    """ "đoàn học sinh Trường X": sent by their school."""
    words = sentence.page.words.words
    return actor.i > 0 and words[actor.i - 1] == "đoàn"


def _in_title(sentence: Sentence, trigger: Mark[Trigger]) -> bool:
    """ "Biên bản ghi nhớ về khảo sát điện gió": the word belongs to the name of a document."""
    words = sentence.page.words.words
    return any(0 < trigger.i - m.j <= _TITLE and "về" in words[m.j : trigger.i] for m in sentence.instruments)


def _topic_of(sentence: Sentence, trigger: Mark[Trigger]) -> bool:
    """ "… về hợp tác, giao lưu giữa A và B": the word is part of what was talked about."""
    words = sentence.page.words.words
    return any(word in ("về", "tác") for word in words[max(sentence.i, trigger.i - 2) : trigger.i])


def _out_of_place(story: Story, sentence: Sentence, sides: Sides, own: bool, when: object) -> str:
    """Behind the head of an article only a clause that tells everything itself is news."""
    if sentence.head or (sentence.caption and own and not sides.bare):
        return ""
    if not own or sides.bare:
        return "tail-without-sides"
    if not sentence.dates(story.anchor) and not _glued(sentence):
        return "tail-without-date"
    return ""


def _glued(sentence: Sentence) -> bool:
    low = sentence.low.lstrip(" *-•+")
    return _SAME_DAY.match(low) is not None or low.startswith(_NEXT)


def _score(sentence: Sentence, trigger: Mark[Trigger], sides: Sides, own: bool, sure: bool, dated: bool) -> float:
    score = _BASE[trigger.entry.strength]
    score += 0.12 if own else -0.08
    score += 0.06 if sentence.order <= 1 else 0.0 if sentence.head else -0.12
    score += 0.04 if sure else 0.0
    score += 0.04 if dated else 0.0
    score -= 0.08 if sides.bare or all(a.guessed for a in sides.foreign) else 0.0
    score -= 0.12 if sentence.caption else 0.0
    return score
