"""Which of the actors around a trigger take part, and on which side."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cache

from monitor.detect.drafting import SEVERAL
from monitor.detect.lexicon import table
from monitor.detect.names import Actor
from monitor.detect.story import HEAD, Sentence, Story
from monitor.detect.vietnamese import BRACKET, BREAK, COMMA, HYPHEN, bare, lowered, spelled

_JOINERS = frozenset(["với", "và", "giữa", "cùng"])
_ABOUT = frozenset(("phối hợp", "hợp tác", "quan hệ", "kết nối", "buôn bán", "thương mại", "giao thương"))
_COUNTRIES = re.compile(r"\bviệt(?: nam)?\s?[-–]\s?(?:trung|lào|cam|hàn|nhật|pháp|nga|ấn|mỹ|đức|thái)")
OCCASION = ("tại buổi", "trong buổi", "tại cuộc", "trong cuộc", "tại hội đàm")
_PRIVATE = (
    "sinh vien",
    "hoc sinh",
    "luu hoc sinh",
    "du hoc sinh",
    "cong nhan",
    "lao dong",
    "nguoi lao dong",
    "du khach",
)
_SMALL = frozenset(("thôn", "ấp", "khóm", "xã", "phường", "làng", "thị trấn", "huyện", "khu phố", "xóm"))
_WHOSE = spelled("đoàn của")


@dataclass
class Sides:
    """The two sides of one candidate."""

    vn: list[Actor] = field(default_factory=list)
    foreign: list[Actor] = field(default_factory=list)
    context: bool = False  # one side had to be taken from a neighbouring sentence
    bare: bool = False  # the foreign side is only a place
    attending: bool = False  # one side is said to have come

    @property
    def both(self) -> bool:
        """Whether there is someone on each side."""
        return bool(self.vn and self.foreign)

    @property
    def scope(self) -> str:
        """provincial as soon as one Vietnamese local body takes part."""
        return "provincial" if any(a.level == "local" for a in self.vn) else "national"


@cache
def _topics() -> tuple[frozenset[str], frozenset[str]]:
    """All words that open a topic, and those of them that are one word."""
    every = frozenset(lowered(words) for words in table("words")["topics"])
    return every, frozenset(words for words in every if " " not in words)


@cache
def _where() -> frozenset[str]:
    return frozenset(table("words")["where"])


@cache
def _both() -> tuple[str, ...]:
    return tuple(lowered(words) for words in table("words")["both"])


def says_both(sentence: Sentence, low: str = "") -> bool:
    """ "hai bên", "hai tỉnh": two sides that the article has named before. `low`: the part to look at."""
    low = low or sentence.low
    if sentence.title and _COUNTRIES.search(low):
        return True
    return any(words in low for words in _both())


def before_word(sentence: Sentence, actor: Actor) -> str:
    """The word in front of an actor, "" at the start of a clause."""
    words = sentence.page.words
    if actor.i <= sentence.i or words.link[actor.i] == BREAK or _new_subject(sentence, actor):
        return ""
    return words.words[actor.i - 1]


def _new_subject(sentence: Sentence, actor: Actor) -> bool:
    """Behind the comma that closes "Ngày 29/11, tại X," a place opens the clause; in a row of places it does not."""
    if sentence.page.words.link[actor.i] not in (COMMA, BRACKET):
        return False
    return sentence.page.words.words[actor.i] in SEVERAL or not any(a.j == actor.i for a in sentence.actors)


def is_location(sentence: Sentence, actor: Actor) -> bool:
    """A bare place behind "tại", "từ", "sang" says where, not who."""
    if actor.headed:
        return False
    words = sentence.page.words
    word = before_word(sentence, actor)
    pair = f"{words.words[actor.i - 2]} {word}" if actor.i - 2 >= sentence.i else word
    return word in _where() or pair in _where()


def topic_start(sentence: Sentence, j: int, stop: int) -> int:
    """Where, behind the trigger, the talk turns to what it was about."""
    words = sentence.page.words
    every, singles = _topics()
    for k in range(j, stop):
        if words.words[k] in singles and not words.capital(k):
            return k
        pair = " ".join(words.words[k : k + 2])
        if pair in every:
            return k
    return stop


def around(sentence: Sentence, i: int, j: int, visit: bool = False) -> Sides:
    """The sides of the trigger [i, j) from its own clause."""
    start, stop = sentence.clause(i)
    topic = topic_start(sentence, j, stop)
    open_topic = topic < stop and sentence.page.words.words[topic] in ("về", "bàn", "liên", "xung")
    sides = Sides()
    taken: list[Actor] = []
    for actor in sentence.actors:
        if actor.j <= start or actor.i >= stop or not actor.side:
            continue
        after = actor.i >= j
        if after and _cooperated_with(sentence, actor, j):
            continue
        if after and actor.i > topic and not (open_topic and actor.headed and before_word(sentence, actor) in _JOINERS):
            continue
        if _witness(sentence, actor) or _quoted_apart(sentence, actor, i):
            continue
        if is_location(sentence, actor) and not (visit and after and _is_visited(sentence, actor, j)):
            continue
        if only_country(actor) and not (visit and after):
            continue
        if not actor.headed and not (visit and after) and not _bare_ok(sentence, actor, j, taken):
            continue
        taken.append(actor)
    sides.vn = [a for a in taken if a.side == "vn"]
    sides.foreign = [a for a in taken if a.side == "foreign"]
    if sides.foreign and not sides.vn:
        sides.vn = [_at_home(a) for a in sentence.actors if start <= a.i < stop and _village(sentence, a)]
    sides.bare = bool(sides.foreign) and not any(a.headed for a in sides.foreign)
    return sides


def _village(sentence: Sentence, actor: Actor) -> bool:
    """ "… giữa bản X (Lào) và thôn 11 xã Y": a small place that no list has, beside a foreign one."""
    small = all(not p.side and p.kind in _SMALL for p in actor.places)
    return not actor.side and not actor.headed and small and before_word(sentence, actor) in _JOINERS


def _at_home(actor: Actor) -> Actor:
    return replace(actor, side="vn", level="local", country="VN")


def private(actor: Actor) -> bool:
    """Pupils, students, workers: people of a country, no body of it."""
    return bare(actor.name).startswith(_PRIVATE)


def only_country(actor: Actor) -> bool:
    """A bare country is no party: "cửa khẩu với Trung Quốc", "kinh nghiệm của Hàn Quốc"."""
    return not actor.headed and all(p.kind == "country" for p in actor.places)


def _witness(sentence: Sentence, actor: Actor) -> bool:
    """ "trước sự chứng kiến của X và Y": they look on."""
    words = sentence.page.words
    before = next((a for a in reversed(sentence.actors) if a.j <= actor.i), None)
    if before is not None and actor.i - before.j <= 1 and words.words[actor.i - 1] == "và" and actor.type == "person":
        return _witness(sentence, before)
    return "chứng kiến" in " ".join(sentence.page.words.words[max(sentence.i, actor.i - 6) : actor.i])


def _quoted_apart(sentence: Sentence, actor: Actor, i: int) -> bool:
    """Named inside a quotation that the trigger at word i stands outside of: somebody's words, no guest."""
    words = sentence.page.words
    start, end = sorted((words.starts[i], words.starts[actor.i]))
    between = words.text[start:end]
    return between.count("“") != between.count("”") or between.count('"') % 2 == 1


def _cooperated_with(sentence: Sentence, actor: Actor, j: int) -> bool:
    """ "… báo cáo công tác phối hợp với phía X": X is what the talk was about."""
    words = sentence.page.words.words
    return actor.i - 3 >= j and words[actor.i - 1] == "với" and " ".join(words[actor.i - 3 : actor.i - 1]) in _ABOUT


def _is_visited(sentence: Sentence, actor: Actor, j: int) -> bool:
    """The place directly behind "thăm, làm việc tại"."""
    return before_word(sentence, actor) in ("tại", "ở", "sang", "đến", "tới", "với") and actor.i - j <= 8


def _paired(sentence: Sentence, actor: Actor) -> bool:
    """ "hội nghị Lào Cai - châu Đại Lý": a unit of either side with a dash between; two countries are no parties."""
    link = sentence.page.words.link
    for other in sentence.actors:
        first, second = (other, actor) if other.i < actor.i else (actor, other)
        if (
            other is actor
            or first.j != second.i
            or link[second.i] != HYPHEN
            or {first.side, second.side} != {"vn", "foreign"}
        ):
            continue
        if all(p.kind != "country" for a in (first, second) for p in a.places[:1]):
            return True
    return False


def _bare_ok(sentence: Sentence, actor: Actor, j: int, taken: list[Actor]) -> bool:
    """A bare place takes part when it is joined to someone, or opens the clause as its subject."""
    word = before_word(sentence, actor)
    if _paired(sentence, actor):
        return True
    if word in _JOINERS or word == "" or (actor.j <= j and word in _WHOSE):
        return True
    if taken and not taken[-1].headed and actor.i - taken[-1].j <= 1:
        return True
    near = taken and actor.i - taken[-1].j <= 2
    return bool(near) or 0 <= actor.i - j <= 1


def told_before(story: Story, sentence: Sentence) -> Sides:
    """The sides that a headline or one of the first sentences names together, for "tại buổi làm việc" further down."""
    for other in story.sentences:
        if (other.section != sentence.section and not other.title) or other.order > HEAD or other.caption:
            continue
        vn = [a for a in other.actors if a.side == "vn" and a.level == "local" and a.headed]
        foreign = [a for a in other.actors if a.side == "foreign" and a.headed and not vague(a)]
        if vn and foreign:
            return Sides(vn, foreign, True)
    return Sides()


def widen(story: Story, sentence: Sentence, sides: Sides) -> Sides:
    """Take a missing side from the headline and the sentences next to this one."""
    if sides.both:
        return sides
    neighbours = [sentence, *_neighbours(story, sentence)]
    vn, foreign = list(sides.vn), list(sides.foreign)
    occasion = sentence.low.lstrip().startswith(OCCASION)  # it took place: no wish in the headline undoes that
    if not foreign:
        foreign = _first(neighbours, "foreign", True, occasion) or _first(neighbours[1:2], "foreign", False, occasion)
    if not vn:
        vn = _first(neighbours, "vn", True, occasion) or _first(neighbours[1:2], "vn", False, occasion)
    if not (vn and foreign) and says_both(sentence):
        vn, foreign = _in_picture(story) or (vn, foreign)
    return Sides(vn, foreign, True, bool(foreign) and not any(a.headed for a in foreign))


def _in_picture(story: Story) -> tuple[list[Actor], list[Actor]] | None:
    """Both sides in one line below a picture, where the text only says "hai bên"."""
    for sentence in [*(s for s in story.sentences if s.caption), *story.pictures]:
        vn = [a for a in sentence.actors if a.side == "vn" and a.headed and a.level == "local"]
        foreign = [a for a in sentence.actors if a.side == "foreign" and a.headed and not vague(a)]
        if vn and foreign:
            return vn, foreign
    return None


def _neighbours(story: Story, sentence: Sentence) -> list[Sentence]:
    """The headline, then the two sentences before and the one behind."""
    same = [s for s in story.sentences if s.section == sentence.section and not s.title and not s.caption]
    title = [s for s in story.sentences if s.title and story.sections == 1]
    near = [s for s in same if s is not sentence and -2 <= s.order - sentence.order <= 1]
    near.sort(key=lambda s: abs(s.order - sentence.order))
    return [*(s for s in title if s is not sentence), *near]


def _first(neighbours: list[Sentence], side: str, headed: bool, occasion: bool) -> list[Actor]:
    for sentence in neighbours:
        found = [
            a
            for a in sentence.actors
            if a.side == side
            and (a.headed if headed else not only_country(a))
            and not is_location(sentence, a)
            and not _witness(sentence, a)
            and (side == "vn" or occasion or not _wished_of(sentence, a))
            and (sentence.title or not vague(a))
        ]
        if found:
            return found
    return []


def vague(actor: Actor) -> bool:
    """ "phía Trung Quốc", "Trung Quốc": no counterpart that a neighbouring sentence could lend."""
    if bare(actor.name).endswith(" ban") and not actor.places and actor.type != "person":
        return True  # "phía bạn", "tỉnh bạn", "đơn vị bạn"
    return (
        actor.type != "person"
        and bool(actor.places)
        and not actor.title
        and all(p.kind == "country" for p in actor.places)
        and actor.name.lower().startswith(("phía", *(p.name.lower() for p in actor.places)))
    )


def _wished_of(sentence: Sentence, actor: Actor) -> bool:
    """ "đề nghị Bộ trao đổi với phía Trung Quốc": somebody spoken of, not somebody met."""
    start, _ = sentence.clause(actor.i)
    return any(kind == "wish" and start <= a and b <= actor.i and actor.i - b <= 12 for a, b, kind in sentence.frames)


def same(a: str, b: str) -> bool:
    """Two spellings of one name."""
    a, b = bare(a), bare(b)
    return a == b or a in b or b in a
