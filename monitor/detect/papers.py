"""The documents of a signing: which, of what type, and where the title of each ends."""

from __future__ import annotations

import re
from functools import cache

from monitor.detect.lexicon import table
from monitor.detect.story import Sentence, Trigger
from monitor.detect.vietnamese import BREAK, COMMA, Mark, lowered

_TITLE_ENDS = frozenset(
    [
        "giữa",
        "với",
        "trước",
        "nhằm",
        "để",
        "tại",
        "trong",
        "do",
        "cùng",
        "đã",
        "sẽ",
        "được",
        "là",
        "khi",
        "sau",
        "vào",
        "dưới",
    ]
)
_AFTER_TITLE = frozenset(
    [
        "xác",
        "đồng",
        "góp",
        "mở",
        "thiết",
        "qua",
        "theo",
        "tạo",
        "thể",
        "hai",
        "các",
        "khẳng",
        "đánh",
        "với",
        "có",
        "nhân",
        "trên",
    ]
)
_COUNTED = 4  # words between "ký" and its document: "ký kết 5 văn bản", "ký bốn thỏa thuận"


_FIELDS = (
    re.compile(r"\b(?:về|trong lĩnh vực|trên lĩnh vực)\s+((?!.*\b(?:về|lĩnh vực)\s).+)", re.I | re.S),
    re.compile(r"\bhợp tác\s+(.+)", re.I | re.S),
)
_LEADING = re.compile(r"\A(?:(?:việc|tăng cường|giao lưu|hợp tác)\s+)+", re.I)
_TERM = re.compile(r",?\s*(?:giai đoạn|năm|trong năm|cho năm|lần thứ)\s.*\Z|[\s,.;:“”\"']+\Z", re.I | re.S)
_BROAD = frozenset(("", "hữu nghị", "toàn diện", "song phương", "lâu dài", "quốc tế"))


def field(title: str) -> str:
    """What a document is about, by its own title: "Bản ghi nhớ hợp tác về du lịch giai đoạn …" is on "du lịch"."""
    found = next((m for pattern in _FIELDS if (m := pattern.search(title))), None)
    told = _TERM.sub("", _LEADING.sub("", found[1].strip())) if found else ""
    return "" if told.lower() in _BROAD else told


def documents(sentence: Sentence, trigger: Mark[Trigger], start: int, stop: int) -> list[tuple[str, str]]:
    """Type and title of each document of this act."""
    later = [t.i for t in sentence.signings if t.i > trigger.i]
    limit = min([stop, *later])
    # "hợp tác" alone is a document only as the very object of "ký"
    words = sentence.page.words
    marks = [
        m
        for m in sentence.instruments
        if trigger.i <= m.i < limit and (m.i <= trigger.j or words.words[m.i : m.j] != ["hợp", "tác"])
    ]
    found: list[tuple[str, str]] = []
    end = trigger.j
    for mark in marks:
        if mark.i < end and found:
            continue
        if _vague(sentence, mark) and (found or mark.i - trigger.j > _COUNTED):
            continue
        if not found and mark.i - trigger.j > 8:
            break
        end = _title_end(sentence, mark, limit)
        found.append((mark.entry, sentence.page.words.slice(mark.i, end)))
    if not found and (passive := _passive(sentence, trigger, start)):
        found = [(passive.entry, words.slice(passive.i, _title_end(sentence, passive, trigger.i)))]
    if not found:
        before = [m for m in sentence.instruments if start <= m.i < trigger.i and trigger.i - m.j <= 1]
        found = [(m.entry, sentence.page.words.slice(m.i, m.j)) for m in before[-1:]]
    return found


def _passive(sentence: Sentence, trigger: Mark[Trigger], start: int) -> Mark[str] | None:
    """ "Biên bản … vừa được A và B ký": the document in front, the parties between "được" and "ký"."""
    words = sentence.page.words.words
    by = next((k for k in range(trigger.i, start, -1) if words[k] == "được"), None)
    if by is None or not any((by < a.i or words[a.i - 1] == "giữa") and a.i < trigger.i for a in sentence.actors):
        return None
    return next((m for m in sentence.instruments if start <= m.i < by), None)


def _vague(sentence: Sentence, mark: Mark[str]) -> bool:
    """ "hợp tác", "chương trình": the name of a document only directly behind "ký kết"."""
    return (
        sentence.page.words.low[sentence.page.words.starts[mark.i] : sentence.page.words.ends[mark.j - 1]]
        in _vague_words()
    )


@cache
def _vague_words() -> frozenset[str]:
    return frozenset(lowered(words) for words in table("triggers")["vague"]["words"])


def _title_end(sentence: Sentence, mark: Mark[str], limit: int) -> int:
    """A title runs on to a comma, a stop, or a word that leads to the parties or the occasion."""
    words, k = sentence.page.words, mark.j
    if mark.i and _quote_before(sentence, mark.i):
        return _closing_quote(sentence, mark, limit)
    while k < limit and k - mark.i < 24 and (words.link[k] < COMMA or _lists_on(sentence, k, limit)):
        if words.words[k] in _TITLE_ENDS and not words.capital(k):
            break
        if words.words[k] == "và" and any(m.i == k + 1 for m in sentence.instruments):
            break
        k += 1
    return k


def _lists_on(sentence: Sentence, k: int, limit: int) -> bool:
    """A comma inside a title: "về phòng, chống dịch bệnh", "đào tạo tiếng Việt, tiếng Trung"."""
    words = sentence.page.words
    if words.link[k] != COMMA or words.capital(k) or words.words[k] in _TITLE_ENDS or words.words[k] in _AFTER_TITLE:
        return False
    if any(a.i <= k + 1 and k < a.j for a in sentence.actors) or any(m.i in (k, k + 1) for m in sentence.instruments):
        return False
    return not any(t.i >= k for t in sentence.signings if t.i < limit)


def _quote_before(sentence: Sentence, i: int) -> bool:
    start = sentence.page.words.starts[i]
    return sentence.page.text[max(0, start - 1) : start] in ("“", '"')


def _closing_quote(sentence: Sentence, mark: Mark[str], limit: int) -> int:
    words, k = sentence.page.words, mark.j
    while k < limit and k - mark.i < 40 and words.link[k] != BREAK:
        if any(q in words.text[words.ends[k - 1] : words.starts[k]] for q in ("”", '"')):
            break
        k += 1
    return k
