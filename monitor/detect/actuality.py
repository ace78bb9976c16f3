"""Did it happen? How a clause frames its trigger: held, upcoming, cancelled, background or wish."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache

from monitor.detect.lexicon import table
from monitor.detect.vietnamese import COMMA, SPACE, Phrases, Words, lowered, phrases

HELD, UPCOMING, CANCELLED, BACKGROUND, WISH = "held", "upcoming", "cancelled", "background", "wish"
PERIOD, OFTEN, PREPARATION, DENIED = (
    "period",
    "often",
    "preparation",
    "denied",
)  # a span of months in front of the trigger, a repetition behind it: both background
_OWN_DAY = re.compile(r"\d[/.\-]\d")
_OPENS = re.compile(r"(?:\A|[\n.;!?]\s*|riêng\s+|trong\s+|đặc biệt,\s+|cũng\s+|và\s+)\Z")
_CROWDS, _MANY = ("đoàn", "lượt", "cuộc"), 4
_SINCE = re.compile(
    r"\b(?:từ|kể từ)\s+(?:năm\s+|tháng \d+/)(?:19|20)\d\d\b(?! (?:đến|tới))"
)  # "ký kết nghĩa từ năm 2013"
_COUNTERS = ("cuộc", "lượt", "buổi", "lần", "chuyến")
_PAST_YEAR = re.compile(r"\bnăm\s+((?:19|20)\d\d)\b|(?:từ|giai đoạn)\s+(?:năm\s+)?(?:19|20)\d\d")
_OFTEN_REACH = 14  # words behind the trigger in which "mỗi năm" still is its own
_SINCE_REACH = 10  # and "từ năm 2016" some more
_YEAR_REACH = 6  # words behind the trigger in which a year still is its own
_PLANNED = (
    "sẽ diễn ra", "sẽ được tổ chức", "sẽ tổ chức", "sắp diễn ra", "sắp được tổ chức",
    "dự kiến diễn ra", "dự kiến tổ chức",
    "dự kiến được tổ chức", "dự kiến sẽ",
)  # fmt: skip
_ALONGSIDE = frozenset(("và", "cùng", "nhau", "tiến", "hành", "đi", "đến"))
_DAYS = frozenset(("ngày", "sáng", "chiều", "tối", "trưa", "hôm", "trong", "từ", "vào", "đoàn"))
_BEGINS = frozenset(("đã", "tiến", "hành", "cùng", "chính", "thức"))
_OCCASION = ("buổi", "cuộc", "lễ", "hội", "phiên")  # "tại buổi làm việc": the words before it do not frame it


@cache
def _frames() -> Phrases[str]:
    groups = {frame: group for frame, group in table("frames").items() if frame != "leading"}
    return phrases((word, frame) for frame, group in groups.items() for word in group["words"])


@cache
def _leading() -> tuple[str, ...]:
    return tuple(lowered(word) for word in table("frames")["leading"]["words"])


def _of_a_name(words: Words, i: int, j: int) -> bool:
    """ "Cần Thơ" asks for nothing: a capital with a capital behind it is a name."""
    if j - i > 1 or not words.capital(i) or j >= len(words):
        return False
    return words.link[j] == SPACE and words.capital(j) and not words.text[words.starts[i] : words.ends[i]].isupper()


@dataclass(frozen=True, slots=True)
class Frame:
    """How a clause is framed, and the words that say so; `sure` when the text says "đã", "vừa" or the like."""

    kind: str
    why: str = ""
    sure: bool = False


def frame_marks(words: Words) -> list[tuple[int, int, str]]:
    """All framing phrases of a text by their words."""
    return [(m.i, m.j, m.entry) for m in _frames().find(words, COMMA) if not _of_a_name(words, m.i, m.j)]


def frame(
    words: Words, marks: list[tuple[int, int, str]], start: int, i: int, j: int, stop: int, year: int | None
) -> Frame:
    """The frame of the trigger [i, j) in the clause [start, stop). Nearer words win over farther ones."""
    marks = marks[bisect_left(marks, (start,)) : bisect_left(marks, (stop,))]  # a long text has thousands
    before = [(a, b, k) for a, b, k in marks if start <= a and (b <= i or a < i < b)]
    after = [(a, b, k) for a, b, k in marks if j <= a < min(stop, j + 8) or (j <= a < stop and _planned(words, a, b))]
    for a, b, kind in [*before, *((a, b, k) for a, b, k in marks if j <= a < stop)]:
        if kind == CANCELLED:
            return Frame(CANCELLED, words.slice(a, b))
    if old := _old_year(words, start, i, min(stop, j + _YEAR_REACH), year):
        return Frame(BACKGROUND, old)
    for a, b, kind in before:
        if kind == PERIOD and not _OWN_DAY.search(words.low, words.ends[b - 1], words.starts[i]):
            return Frame(BACKGROUND, " ".join(words.words[a:b]))
    if counted := _counted(words, start, i, j):
        return Frame(BACKGROUND, counted)
    dated = _OWN_DAY.search(words.low, words.starts[start], words.ends[min(j + _YEAR_REACH, stop) - 1])
    reach = i if dated else min(stop, j + _OFTEN_REACH)  # behind a day of its own, "hằng năm" belongs to what follows
    if often := next((words.slice(a, b) for a, b, k in marks if start <= a < reach and k == OFTEN), ""):
        return Frame(BACKGROUND, often)
    if denied := next((words.slice(a, b) for a, b, k in marks if k == DENIED and start <= a and 0 <= i - b <= 1), ""):
        return Frame(WISH, denied)
    sure = _says_done(words, before, i)
    settled = False  # "thảo luận, đi đến thống nhất ký kết": what was discussed before was agreed on
    for a, b, kind in reversed(before):
        word = " ".join(words.words[a:b])
        if kind == PREPARATION:
            return Frame(WISH, word)
        if kind in (WISH, BACKGROUND, UPCOMING) and _led_in(words, start, a, b, i):
            continue
        if kind in (WISH, BACKGROUND) and _taken_up(words, b, i):
            continue
        if kind == WISH and (settled or agreed(words, a, b, i)):
            settled = True
            continue  # "đã thống nhất ký kết": they agreed, and signed
        if kind == WISH and not _over(words, a, b, i, sure):
            return Frame(WISH, word)
        if kind == UPCOMING and i - b <= 12 and not sure:
            return Frame(UPCOMING, word)
        if kind == BACKGROUND and not _over(words, a, b, i, False):
            return Frame(BACKGROUND, word)
    for n, (a, b, kind) in enumerate(after):
        if kind == UPCOMING and not sure and ((n < 2 and a - j <= 6) or _planned(words, a, b)):
            return Frame(UPCOMING, words.slice(a, b))
    return Frame(HELD, "", sure)


def _led_in(words: Words, start: int, a: int, b: int, i: int) -> bool:
    """Whether the framing word only opens the clause, and a new subject or a day follows behind the comma."""
    opening = words.low[words.starts[start] : words.ends[b - 1]]
    if not opening.startswith(_leading()):
        return False
    comma = next((k for k in range(i, b, -1) if words.link[k] == COMMA), None)
    return comma is not None and (words.capital(comma) or words.words[comma] in _DAYS)


def _taken_up(words: Words, b: int, i: int) -> bool:
    """ "… xem lại những việc đã làm từ năm 2005 tới nay và tiến hành ký kết": a new act behind the "và"."""
    joint = next((k for k in range(i - 1, b - 1, -1) if words.words[k] == "và"), None)
    between = words.words[joint + 1 : i] if joint is not None else []
    if joint is not None and not between and " ".join(words.words[b - 2 : b]) in ("thống nhất", "nhất trí"):
        return True  # "đã trao đổi, thống nhất giờ mở cửa và ký biên bản"
    return bool(between) and between[0] in ("đã", "tiến") and all(word in _BEGINS for word in between)


def agreed(words: Words, a: int, b: int, i: int) -> bool:
    """ "đã thống nhất và ký kết", "đã nhất trí ký": the wishing word stands at an act that is told as done."""
    if " ".join(words.words[a:b]) not in ("thống nhất", "nhất trí", "đồng ý"):
        return False
    if words.words[max(0, a - 2) : a] == ["đi", "đến"]:
        return words.words[b:i] in ([], ["và"])
    done = any(word in ("đã", "vừa", "rồi") for word in words.words[max(0, a - 8) : a])
    return done and all(word in _ALONGSIDE for word in words.words[b:i])


def _counted(words: Words, start: int, i: int, j: int) -> str:
    """ "đã tổ chức 12 cuộc tiếp", "13 năm kết nghĩa", "gần 400 đoàn khách đã đến thăm": many are a sum, no news."""
    if i - start > 1 and words.words[i - 1] == "năm" and words.words[i - 2].isdecimal():
        return words.slice(i - 2, i)
    for k in (*range(start + 1, i), j + 1):
        if k >= len(words):
            continue
        if words.words[k] in _CROWDS and words.words[k - 1].isdecimal() and int(words.words[k - 1]) > _MANY:
            return words.slice(k - 1, k + 1)
    for k in range(max(start, i - 3), i):
        if words.words[k] in _COUNTERS and k > start and words.words[k - 1].isdecimal() and int(words.words[k - 1]) > 1:
            return words.slice(k - 1, k + 1)
    return ""


def _planned(words: Words, a: int, b: int) -> bool:
    """What stands however far behind its long subject: "Hội nghị … giữa A và B sẽ diễn ra"."""
    return " ".join(words.words[a : b + 3]).startswith(_PLANNED)


def _says_done(words: Words, before: list[tuple[int, int, str]], i: int) -> bool:
    """ "đã", "vừa" or "diễn ra" close in front of the trigger."""
    return any(k == "held" and i - b <= 4 and words.words[a] in ("đã", "vừa", "diễn") for a, b, k in before)


def _over(words: Words, a: int, b: int, i: int, sure: bool) -> bool:
    """Whether a framing word no longer governs the trigger: too far, or a comma and a "đã" between."""
    commas = sum(words.link[k] == COMMA for k in range(b, i + 1))
    if i - b > (14 if commas else 26) or _at_occasion(words, b, i):
        return True
    if sure and (commas or any(words.words[k] in ("và", "đã") for k in range(b, i))):
        return True
    return commas >= 2 and i - b > 6


def _at_occasion(words: Words, b: int, i: int) -> bool:
    """ "… được bàn tại buổi làm việc": the occasion itself took place."""
    at = i - 1 if words.words[i] in _OCCASION else i - 2
    return at >= b and words.words[at] == "tại" and words.words[at + 1] in _OCCASION


def _old_year(words: Words, start: int, i: int, stop: int, year: int | None) -> str:
    """A year well before the publication's, named as the time of the clause."""
    if start >= stop:
        return ""
    if since := _SINCE.search(words.low, words.starts[i], words.ends[min(stop + _SINCE_REACH, len(words)) - 1]):
        return since[0]
    for found in _PAST_YEAR.finditer(words.low, words.starts[start], words.ends[stop - 1]):
        a, b = words.at(found.start()), words.at(found.end())
        if _taken_up(words, b, i) or (b <= i and _led_in(words, start, a, b, i)):
            continue
        if found[1] and int(found[1]) >= (year or 0) - 1:
            # a year opens the clause, and no day of its own: a sum of that year, unless it is the publication's
            if (year and int(found[1]) >= year) or _OWN_DAY.search(
                words.low, words.starts[start], words.ends[stop - 1]
            ):
                continue
            if not _OPENS.search(words.low, max(0, found.start() - 10), found.start()):
                continue
        return found[0]
    return ""
