"""Meetings: a trigger, two sides that it joins, and a clause that says it took place or will."""

from __future__ import annotations

import re

from monitor.detect import actuality
from monitor.detect.candidates import Candidate, event_date, long_ago, rejected
from monitor.detect.parties import (
    OCCASION,
    Sides,
    around,
    is_location,
    only_country,
    says_both,
    told_before,
    vague,
    widen,
)
from monitor.detect.records import Rejected
from monitor.detect.story import HEAD, Sentence, Story, Trigger
from monitor.detect.vietnamese import HYPHEN, Mark, bare

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
_PUPILS = ("sinh vien", "hoc sinh", "luu hoc sinh", "du hoc sinh", "cong nhan", "lao dong", "du khach", "khach du lich")
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
_LEAVING = ("lên đường", "khởi hành", "tiễn đoàn")
_LEADS = 6  # words between "chuẩn bị", "sẽ" and what they announce
_ATTENDS = re.compile(r"\b(?:tới|đến|tham|cùng) dự\b|^dự ")
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
            judged = _judge(story, sentence, trigger)
            if isinstance(judged, str):
                reason = reason or judged
            elif best is None or judged.score > best.score + 0.04:
                best = judged
        if best is not None:
            found.append(best)
        elif reason:
            refused.append(rejected("meeting", reason, sentence))
    return found or _pictured(story) or _attended(story) or _spoken_of(story), refused


def _pictured(story: Story) -> list[Candidate]:
    """A reception that only the line below a picture tells: both sides must stand in it."""
    for sentence in [*story.sentences, *story.pictures]:
        for trigger in sentence.meetings if sentence.caption else ():
            judged = _judge(story, sentence, trigger)
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
            or _frame(story, sentence, trigger, False).why
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


def _judge(story: Story, sentence: Sentence, trigger: Mark[Trigger]) -> Candidate | str:
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
        and (abroad := _abroad_at(sentence, sides)) is not None
    ):
        sides = abroad
    own = sides.both
    if not own and _with_own_mission(sentence, trigger):
        return "own-mission"
    if not own and _among_ourselves(sentence, trigger, sides):
        return "domestic"
    if not own:
        sides = _completed(story, sentence, trigger, sides)
    if not sides.both:
        return "no-foreign-side" if not sides.foreign else "no-vietnamese-side"
    if strength in ("host", "fair") and upcoming_abroad is None and not _partakes(sentence, trigger, sides):
        return "foreign-side-not-taking-part"
    if strength == "fair" and not _delegation_at(sentence, sides):
        return "fair-without-delegation"
    if _state_visit(sides):
        return "state-visit"
    if strength == "visit" and sides.context and not any(a.headed for a in sides.vn):
        return "no-delegation"
    if strength == "visit" and upcoming_abroad is None and _nobody_met(story, sides):
        return "nobody-met"
    if all(bare(a.name).startswith(_PUPILS) for a in sides.foreign):
        return "students"
    if _vaguely_with(story, sentence, sides):
        return "vague-counterpart"
    if strength in ("weak", "host") and _named_so(sentence, trigger):
        return "a-name"
    if strength == "weak" and _topic_of(sentence, trigger):
        return "topic"
    framed = _frame(story, sentence, trigger, upcoming_abroad is not None)
    if framed.why.startswith(_AFTERWARDS) and own and strength == "strong" and sentence.order <= 1:
        framed = actuality.Frame(actuality.HELD)  # "ký … ngay sau cuộc hội đàm giữa A và B": both happened
    if framed.kind in (actuality.WISH, actuality.BACKGROUND):
        return f"{framed.kind}:{framed.why}"[:60]
    when = event_date(story, sentence, trigger.i, framed.kind == actuality.UPCOMING)
    if framed.kind == actuality.UPCOMING and when is None:
        return "plan-without-date"
    if framed.kind == actuality.HELD and long_ago(story, when):
        return "background:long-ago"
    if (reason := _out_of_place(story, sentence, sides, own, when)) != "":
        return reason
    score = _score(sentence, trigger, sides, own, framed.sure, when is not None)
    code = f"{trigger.entry.strength}-{'clause' if own else 'context'}"
    return Candidate(
        "meeting", trigger.entry.subtype, framed.kind, sentence, sides, code, score, when, sure=framed.sure
    )


def _with_own_mission(sentence: Sentence, trigger: Mark[Trigger]) -> bool:
    """Vietnam's own consuls and ambassadors abroad are no foreign side."""
    return any(a.level == "abroad" and 0 <= a.i - trigger.j <= 3 for a in sentence.actors)


def _among_ourselves(sentence: Sentence, trigger: Mark[Trigger], sides: Sides) -> bool:
    """ "Bộ trưởng X làm việc với tỉnh Y": both ends of the verb are Vietnamese."""
    if sides.foreign:
        return False
    subject = any(a.j <= trigger.i for a in sides.vn)
    return subject and any(0 <= a.i - trigger.j <= 2 and a.side == "vn" for a in sentence.actors)


def _frame(story: Story, sentence: Sentence, trigger: Mark[Trigger], announced: bool) -> actuality.Frame:
    if announced:
        return actuality.Frame(actuality.UPCOMING, "sẽ diễn ra")
    start, stop = sentence.clause(trigger.i, announced=True)
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
    if not sentence.head or (not sides.vn and not sides.foreign and not says_both(sentence)):
        return sides
    if trigger.entry.strength == "host" and (guests := _came(story, sentence, sides)) is not None:
        return guests
    if trigger.entry.strength in ("weak", "host", "fair") and not says_both(sentence) and not sentence.title:
        return sides if not sides.foreign else widen(story, sentence, sides)
    return widen(story, sentence, sides)


def _abroad_at(sentence: Sentence, sides: Sides) -> Sides | None:
    """ "Đoàn tỉnh X dự Hội nghị … tại Thủ đô Y": the place abroad stands for those who held it."""
    travels = [a for a in sides.vn if a.level == "local" and "đoàn" in a.name.lower()]
    where = [a for a in sentence.actors if a.side == "foreign" and is_location(sentence, a) and not only_country(a)]
    if not travels or not where or " dự " not in sentence.low:
        return None
    return Sides(sides.vn, where[:1], False, True, attending=True)


def _came(story: Story, sentence: Sentence, sides: Sides) -> Sides | None:
    """ "Tổng lãnh sự quán X mở tiệc. Phó Chủ tịch UBND … tới dự." — the guests stand in the next sentence."""
    if sides.vn or not any(a.headed for a in sides.foreign):
        return None
    behind = [s for s in story.section(sentence.section) if s.order == sentence.order + 1 and not s.caption]
    guests = [a for s in behind if _ATTENDS.search(s.low) for a in s.actors if a.side == "vn" and a.level == "local"]
    return Sides(guests, sides.foreign, True, attending=True) if guests else None


def _partakes(sentence: Sentence, trigger: Mark[Trigger], sides: Sides) -> bool:
    """At a conference or a ceremony the other side must be said to take part."""
    if sides.attending:
        return True
    if _side_by_side(sentence, trigger, sides):
        return True
    if all(not a.headed and all(p.kind == "country" for p in a.places) for a in sides.foreign):
        return False  # "hội nghị ASEAN - Trung Quốc": a country in the name of a conference
    if not any(a.headed for a in sides.foreign) and "giữa" not in sentence.low and "với" not in sentence.low:
        return " và " in sentence.low and not sides.context
    low = sentence.low
    return any(word in low for word in _PARTAKING) or " với " in low or " và " in low or " dự" in low


def _delegation_at(sentence: Sentence, sides: Sides) -> bool:
    """Whether a body or person from abroad is said to have come to a fair."""
    return any(a.headed for a in sides.foreign) and any(word in sentence.low for word in _COME)


def _side_by_side(sentence: Sentence, trigger: Mark[Trigger], sides: Sides) -> bool:
    """ "Hội nghị định kỳ Quảng Ninh - Phòng Thành Cảng": two places joined by a dash, right behind the word."""
    if sides.context:
        return False  # their words are counted on another page
    link = sentence.page.words.link
    pairs = [(a, b) for a in sides.vn for b in sides.foreign] + [(b, a) for a in sides.vn for b in sides.foreign]
    return any(a.j == b.i and link[b.i] == HYPHEN and 0 <= a.i - trigger.j <= 6 for a, b in pairs)


def _vaguely_with(story: Story, sentence: Sentence, sides: Sides) -> bool:
    """ "đã hội đàm với phía Trung Quốc" without a day: what has been done all along."""
    if sentence.title or sentence.dates(story.anchor) or not sides.foreign:
        return False
    return all(vague(a) for a in sides.foreign)


def _named_so(sentence: Sentence, trigger: Mark[Trigger]) -> bool:
    """ "Gặp gỡ Nhật Bản" in quotation marks is what a conference is called."""
    words = sentence.page.words
    return words.text[max(0, words.starts[trigger.i] - 1)] in "\"“'‘"


def _topic_of(sentence: Sentence, trigger: Mark[Trigger]) -> bool:
    """ "… về hợp tác, giao lưu giữa A và B": the word is part of what was talked about."""
    words = sentence.page.words.words
    return any(word in ("về", "tác") for word in words[max(sentence.i, trigger.i - 2) : trigger.i])


def _nobody_met(story: Story, sides: Sides) -> bool:
    """A visit to a whole country, and the article names nobody of that country: a departure, a tour."""
    if any(a.headed or any(p.kind != "country" for p in a.places) for a in sides.foreign):
        return False
    told = (a for s in story.sentences if not s.caption for a in s.actors if not a.guessed)
    return not any(a.side == "foreign" and (a.headed or a.type == "person") for a in told)


def _state_visit(sides: Sides) -> bool:
    """Heads of state and ministers who see the sights are received by the state."""
    return all(a.abroad_head for a in sides.foreign) and not any(a.level == "local" and a.headed for a in sides.vn)


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
    return sentence.low.lstrip(" *-•+").startswith(_NEXT)


def _score(sentence: Sentence, trigger: Mark[Trigger], sides: Sides, own: bool, sure: bool, dated: bool) -> float:
    score = _BASE[trigger.entry.strength]
    score += 0.12 if own else -0.08
    score += 0.06 if sentence.order <= 1 else 0.0 if sentence.head else -0.12
    score += 0.04 if sure else 0.0
    score += 0.04 if dated else 0.0
    score -= 0.08 if sides.bare or all(a.guessed for a in sides.foreign) else 0.0
    score -= 0.12 if sentence.caption else 0.0
    return score
