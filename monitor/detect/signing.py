"""Signings: an act of signing that happens at the reported event, its documents, each with its own two parties."""

from __future__ import annotations

from datetime import date
from functools import cache

from monitor.detect import actuality, dates
from monitor.detect.candidates import Candidate, event_date, long_ago, one_body, party_list, rejected
from monitor.detect.lexicon import table
from monitor.detect.meeting import among_ourselves
from monitor.detect.names import Actor
from monitor.detect.papers import documents, field
from monitor.detect.parties import Sides, around, only_country, private, says_both, widen
from monitor.detect.records import Instrument, Rejected
from monitor.detect.story import Sentence, Story, Trigger
from monitor.detect.vietnamese import COMMA, Mark, lowered

_NEWS = 7  # days
_FRESH = 8  # words behind "được ký" in which its own day may stand
_THEN = 14  # words behind "ký" in which its own time may stand
_BASE = 0.7


def find(story: Story, meetings: list[Candidate]) -> tuple[list[Candidate], list[Rejected]]:
    """Every sentence's signing, with all its documents."""
    found: list[Candidate] = []
    refused: list[Rejected] = []
    for sentence in story.sentences:
        accepted: list[Candidate] = []
        reason = ""
        for trigger in sentence.signings:
            judged = _judge(story, sentence, trigger, meetings, found)
            if isinstance(judged, str):
                reason = reason or judged
            else:
                accepted.append(judged)
        if accepted:
            found.append(_together(accepted))
        elif reason:
            refused.append(rejected("signing", reason, sentence))
    return found or _pictured(story, meetings), refused


def _pictured(story: Story, meetings: list[Candidate]) -> list[Candidate]:
    """A signing told only below a picture that stands apart from the text: its talks, else the headline, quote it."""
    table = next((m for m in meetings if m.status == actuality.HELD and m.sentence.head and m.sides.both), None)
    for sentence in story.pictures:
        for trigger in sentence.signings:
            judged = _judge(story, sentence, trigger, meetings, [])
            if isinstance(judged, Candidate) and judged.instruments and (shown_at := story.beside_picture):
                judged.sentence, judged.reason = table.sentence if table else shown_at, "sign-caption"
                judged.when = judged.when or (table.when if table else None)
                return [judged]
    return []


def _together(accepted: list[Candidate]) -> Candidate:
    """All acts of one sentence are one ceremony."""
    first = accepted[0]
    for other in accepted[1:]:
        first.instruments += other.instruments
        first.sides.vn += other.sides.vn
        first.sides.foreign += other.sides.foreign
        first.score = max(first.score, other.score)
    return first


def _judge(
    story: Story, sentence: Sentence, trigger: Mark[Trigger], meetings: list[Candidate], told: list[Candidate]
) -> Candidate | str:
    strength = trigger.entry.strength
    start, stop = sentence.clause(trigger.i)
    papers = documents(sentence, trigger, start, stop)
    if strength == "act" and not papers and not _ceremony(sentence, trigger):
        return "no-instrument"
    if strength == "act" and _attribute(sentence, trigger, start) and not _dated_now(story, sentence, trigger):
        return "background:attribute"
    page = sentence.page
    opening = sentence.opening(start)
    framed = actuality.frame(page.words, sentence.frames, opening, trigger.i, trigger.j, stop, story.year)
    if framed.kind in (actuality.WISH, actuality.BACKGROUND):
        return f"{framed.kind}:{framed.why}"[:60]
    sides = _sides(sentence, trigger)
    own = sides.both
    if strength == "twinning" and not own and not says_both(sentence):
        return "twinning-without-sides"
    if not own and any(among_ourselves(sentence, t, around(sentence, t.i, t.j)) for t in sentence.meetings):
        return "domestic"  # "… làm việc với Tập đoàn Viettel; hai bên ký": the two are named
    if not own:
        sides = _from_context(story, sentence, sides, meetings)
    if not sides.both:
        return "no-foreign-side" if not sides.foreign else "no-vietnamese-side"
    if all(private(a) for a in sides.foreign):
        return "students"
    if not own and _summed(sentence, trigger) and not _told_as_act(sentence):
        return "background:sum"
    when = event_date(story, sentence, trigger.i, framed.kind == actuality.UPCOMING)
    if framed.kind == actuality.UPCOMING and when is None:
        return "plan-without-date"
    if framed.kind == actuality.HELD and (long_ago(story, when) or _signed_then(story, sentence, trigger)):
        return "background:long-ago"
    if reason := _not_the_days(story, sentence, trigger, sides, (own, bool(papers), framed.sure), meetings, told):
        return reason
    instruments = [Instrument(kind, title, field(title), _pair(sides)) for kind, title in papers] or [
        Instrument("other" if strength != "twinning" else "twinning", "", "", _pair(sides))
    ]
    score = _BASE + (0.14 if own else 0.0) + (0.06 if sentence.order <= 1 else 0.0) + (0.05 if framed.sure else 0.0)
    score += 0.03 if papers else -0.05
    score -= 0.12 if sentence.caption else 0.0
    subtype = "twinning" if strength == "twinning" else instruments[0].type
    code = f"sign-{'clause' if own else 'context'}"
    return Candidate("signing", subtype, framed.kind, sentence, sides, code, score, when, instruments, sure=framed.sure)


def _not_the_days(
    story: Story,
    sentence: Sentence,
    trigger: Mark[Trigger],
    sides: Sides,
    facts: tuple[bool, bool, bool],
    meetings: list[Candidate],
    told: list[Candidate],
) -> str:
    """Why a signing behind the lead is not the day's; "" if it is. `facts`: own sides, a document, told as done."""
    own, named, sure = facts
    details = own and named and any(c.sentence.head for c in told)  # of the signing that the head tells
    same_table = own and named and _sat_there(sides, sentence, meetings)
    plain = own and named and _in_plain_tense(sentence, trigger)
    if sentence.order > 2 and not (details or same_table or plain or _acted(story, sentence, trigger)):
        return "head-without-act"
    shown = (sentence.caption or named) and (says_both(sentence) or (own and sentence.caption))
    if not sentence.head and not (sure or details or same_table or shown or _told_as_act(sentence)):
        return "tail-without-act"
    if (
        not sentence.head
        and not same_table
        and not _pictured_ceremony(story, sentence, own)
        and not _at_the_table(story, sentence, meetings, own)
    ):
        return "tail-without-event"
    return ""


def _sides(sentence: Sentence, trigger: Mark[Trigger]) -> Sides:
    """Parties stand in front of "ký", or behind "giữa" and "với" after the document's title."""
    sides = around(sentence, trigger.i, trigger.j)
    _, stop = sentence.clause(trigger.i)
    for actor in sentence.actors:
        if actor.i < trigger.j or actor.i >= stop or not actor.side or actor in sides.vn or actor in sides.foreign:
            continue
        if only_country(actor):
            continue
        word = sentence.page.words.words[actor.i - 1]
        if word in ("giữa", "với", "cùng") or (word == "và" and sides.vn and actor.headed):
            (sides.vn if actor.side == "vn" else sides.foreign).append(actor)
    return sides


def _from_context(story: Story, sentence: Sentence, sides: Sides, meetings: list[Candidate]) -> Sides:
    """ "hai bên ký …": the sides of the meeting just told, else of the head of the article."""
    held = [m for m in meetings if m.sentence.section == sentence.section and m.status == actuality.HELD]
    if held and (says_both(sentence) or not sides.foreign):
        source = held[0].sides
        return Sides(sides.vn or source.vn, sides.foreign or source.foreign, True)
    if sentence.head:
        return widen(story, sentence, sides)
    return sides


def _at_the_table(story: Story, sentence: Sentence, meetings: list[Candidate], own: bool) -> bool:
    """Further down, a signing belongs to a meeting the article reports, or tells its own day and parties."""
    held = [
        m for m in meetings if m.sentence.section == sentence.section and m.status == actuality.HELD and m.sentence.head
    ]
    if held:
        return own or says_both(sentence)
    return own and any(w.day for w in sentence.dates(story.anchor))


@cache
def _occasions() -> tuple[str, ...]:
    return tuple(lowered(words) for words in table("words")["occasions"])


def _sat_there(sides: Sides, sentence: Sentence, meetings: list[Candidate]) -> bool:
    """The very bodies whose talks the head tells sign further down."""
    held = [m for m in meetings if m.sentence.section == sentence.section and m.status == actuality.HELD]
    return any(
        _shared(sides.vn, m.sides.vn) and _shared(sides.foreign, m.sides.foreign) for m in held if m.sentence.head
    )


def _shared(mine: list[Actor], theirs: list[Actor]) -> bool:
    return any(one_body(a.agency or a.name, b.agency or b.name) for a in mine for b in theirs if a.headed or b.headed)


def _pictured_ceremony(story: Story, sentence: Sentence, own: bool) -> bool:
    """ "Lễ ký kết … giữa A và B" below a picture, and the text speaks of that ceremony."""
    if not (sentence.caption and own and "lễ ký" in sentence.low):
        return False
    return any(
        word in story.text.words.low for word in ("tại buổi lễ", "tại lễ ký", "tại lễ", "việc ký kết thỏa thuận")
    )


def _in_plain_tense(sentence: Sentence, trigger: Mark[Trigger]) -> bool:
    """ "A ký biên bản với B": what is recalled is told with "đã" or "được"; the day's news may do without."""
    words = sentence.page.words.words
    return not any(word in ("đã", "được", "từng", "việc") for word in words[max(sentence.i, trigger.i - 3) : trigger.j])


def _acted(story: Story, sentence: Sentence, trigger: Mark[Trigger]) -> bool:
    """Behind the lead a signing shows that it is the day's: its occasion, its day, both sides, witnesses."""
    if _told_as_act(sentence) or _both_before(sentence, trigger) or trigger.entry.strength != "act" or sentence.caption:
        return True
    if sentence.low.lstrip().startswith("lễ ký"):
        return True
    return "chứng kiến" in sentence.low or any(w.day for w in sentence.dates(story.anchor))


def _both_before(sentence: Sentence, trigger: Mark[Trigger]) -> bool:
    """ "Hai bên … ký": the two sides are the subject, not what the talk is about further on."""
    words = sentence.page.words
    return says_both(sentence, words.low[words.starts[sentence.clause(trigger.i)[0]] : words.ends[trigger.j - 1]])


def _told_as_act(sentence: Sentence) -> bool:
    """The sentence opens as the next step of what is being told."""
    return sentence.low.lstrip(" |").startswith(_occasions())


def _signed_then(story: Story, sentence: Sentence, trigger: Mark[Trigger]) -> bool:
    """ "thỏa thuận ký giữa A và B tháng 3/2014": the time behind the act is another than the day's."""
    words = sentence.page.words
    at, reach = (
        words.starts[trigger.i] - sentence.start,
        words.ends[min(trigger.j + _THEN, sentence.j) - 1] - sentence.start,
    )
    behind = [w for w in sentence.dates(story.anchor) if at <= w.start < reach and len(w.text) > 4]
    return bool(behind) and all(long_ago(story, w) for w in behind)


def _summed(sentence: Sentence, trigger: Mark[Trigger]) -> bool:
    """ "các sở hai tỉnh đã ký kết 4 thỏa thuận": so many documents of nobody in particular are a record of years."""
    words = sentence.page.words.words
    return any(
        w.isdecimal() and int(w) > 1 and words[k - 1] != "ngày"
        for k, w in enumerate(words[trigger.j : trigger.j + 2], trigger.j)
    )


def _ceremony(sentence: Sentence, trigger: Mark[Trigger]) -> bool:
    words = sentence.page.words.words
    return "lễ" in words[max(sentence.i, trigger.i - 2) : trigger.j] or "hợp" in words[trigger.i : trigger.j]


def _attribute(sentence: Sentence, trigger: Mark[Trigger], start: int) -> bool:
    """ "thỏa thuận đã ký", "các văn bản được ký kết": the documents of another day."""
    words = sentence.page.words
    if words.link[trigger.i] >= COMMA:
        return False
    k = trigger.i - 1
    while k >= start and words.words[k] in ("đã", "được", "vừa", "mới", "cùng", "bên", "hai"):
        k -= 1
    before = [m for m in sentence.instruments if m.j <= trigger.i and k - 8 <= m.j - 1 <= k + 1 and m.i >= start]
    if _signed_by(sentence, trigger, start):
        return True
    if not before or any(before[-1].j <= a.i < trigger.i for a in sentence.actors):
        return False
    return "giữa" not in words.words[trigger.j : trigger.j + 3]


def _signed_by(sentence: Sentence, trigger: Mark[Trigger], start: int) -> bool:
    """ "các thỏa thuận do A và B ký kết": papers that others signed another day."""
    words = sentence.page.words.words
    by = next((k for k in range(trigger.i - 1, start, -1) if words[k] in ("do", "mà")), None)
    if by is None or not any(m.j <= by and by - m.j <= 4 for m in sentence.instruments):
        return False
    return any(by < a.i and a.j <= trigger.i for a in sentence.actors)


def _dated_now(story: Story, sentence: Sentence, trigger: Mark[Trigger]) -> bool:
    """ "bốn văn kiện được ký ngày 23/11": its own day, close to the publication, makes it news."""
    words, day = sentence.page.words, dates.published_day(story.article.published)
    if day is None:
        return False
    reach = words.ends[min(trigger.j + _FRESH, sentence.j) - 1] - sentence.start
    near = [
        w for w in sentence.dates(story.anchor) if w.day and words.starts[trigger.i] - sentence.start <= w.start < reach
    ]
    return any(abs((date.fromisoformat(w.text) - day).days) <= _NEWS for w in near)


def _pair(sides: Sides) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the two parties of one document."""
    return _names(sides.vn), _names(sides.foreign)


def _names(actors: list[Actor]) -> tuple[str, ...]:
    return tuple(p.name for p in party_list(actors))
