"""An article laid out for reading: title and body in sentences, each with its words, actors, dates and triggers."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from typing import TypeVar

from monitor.detect import dates
from monitor.detect.actuality import PERIOD, frame_marks
from monitor.detect.lexicon import table
from monitor.detect.marks import Marks, anything_foreign, mark
from monitor.detect.names import Actor, read_actors
from monitor.detect.records import ArticleText
from monitor.detect.vietnamese import (
    BREAK,
    COMMA,
    Mark,
    Phrases,
    Words,
    bare,
    composed,
    dateline_end,
    phrases,
    sentences,
)

_OWN_YEAR = re.compile(r"(?<!đến )(?:năm |\d[/.\-]\d{1,2}[/.\-])(20[0-3]\d)\b(?!\s?[-–])")
_PAPERS = frozenset(("memorandum", "letter_of_intent", "agreement", "minutes", "contract"))
_HANDED = frozenset(("nhau", "cho", "các", "bản", "hai", "và", "ký"))  # between "trao" and the paper
_TRIGGERS = 12  # looked at in one sentence
_SENTENCES = 500  # looked at in one article; a longer page is no report
_WORDS = 250  # of one sentence; a longer one has lost its full stops
T = TypeVar("T")
_CAPTIONS = 30  # read of one article
_ARCHIVE = re.compile(r"tư liệu|ảnh chụp|ảnh lưu trữ")  # a picture of another day
_LINE, _SHORT_LINE = 260, 100  # letters of a caption without a full stop; one that ends in a bracket is shorter
_TEASER = 300  # letters
_LEAD = 600  # letters
HEAD = 4  # sentences of a body, or of a section of it, that carry its news
_CAPTION = re.compile(
    r"(?:quang cảnh|toàn cảnh|ảnh|hình ảnh|một số tiết mục|các đại biểu (?:chụp|dự|tham))\b"
    r"|.*\bảnh(?: \d+|\s?:)|.*\(ảnh\b",
    re.S,
)


@dataclass(frozen=True, slots=True)
class Trigger:
    """A word of a meeting or a signing, or one that only looks so (kind "never")."""

    kind: str
    subtype: str = ""
    strength: str = ""


@cache
def _meetings() -> Phrases[Trigger]:
    lexicon = table("triggers")
    pairs = [(w, Trigger("never")) for g in lexicon["never"] for w in g["words"]]
    pairs += [(w, Trigger("meeting", g["subtype"], g["strength"])) for g in lexicon["meeting"] for w in g["words"]]
    return phrases(pairs)


@cache
def _signings() -> Phrases[Trigger]:
    lexicon = table("triggers")
    pairs = [(w, Trigger("never")) for g in lexicon["unsigned"] for w in g["words"]]
    pairs += [(w, Trigger("signing", "", g["strength"])) for g in lexicon["signing"] for w in g["words"]]
    return phrases(pairs)


@cache
def _instruments() -> Phrases[str]:
    lexicon = table("triggers")
    pairs = [(w, g["type"]) for g in lexicon["instrument"] for w in g["words"]]
    return phrases([*pairs, *((w, "none") for w in lexicon["no_instrument"]["words"])])


@cache
def _tail() -> frozenset[str]:
    return frozenset(bare(line) for line in table("words")["tail"])


def _word(mark: Mark[T]) -> int:
    return mark.i


class Page:
    """The title or the body: words, marks, and where its letters stand in what was given."""

    def __init__(self, where: str, given: str) -> None:
        self.where = where
        self.given = given
        self.beside: Page | None = None  # the body, for a headline
        self.text, self._origin = composed(given)
        self.words = Words(self.text)

    @cached_property
    def meetings(self) -> list[Mark[Trigger]]:
        """Its words of meetings."""
        return [m for m in _meetings().find(self.words, COMMA) if m.entry.kind == "meeting"]

    @cached_property
    def signings(self) -> list[Mark[Trigger]]:
        """Its words of signings, and papers that are handed over: "trao nhau bản thỏa thuận"."""
        told = [m for m in _signings().find(self.words) if m.entry.kind == "signing"]
        taken = {k for m in told for k in range(m.i, m.j)}
        return sorted([*told, *(m for m in self._handovers() if m.i not in taken)], key=_word)

    def _handovers(self) -> Iterator[Mark[Trigger]]:
        words = self.words.words
        for paper in self.instruments if "trao" in self.words.known[0] else ():
            i = next((k for k in range(paper.i - 1, max(-1, paper.i - 5), -1) if words[k] == "trao"), None)
            if (
                i is not None
                and paper.entry in _PAPERS
                and words[paper.i] != "nội"
                and all(w in _HANDED for w in words[i + 1 : paper.i])
            ):
                yield Mark(i, i + 1, Trigger("signing", "", "handover"))

    @cached_property
    def instruments(self) -> list[Mark[str]]:
        """Its names of documents."""
        return [m for m in _instruments().find(self.words) if m.entry != "none"]

    @cached_property
    def marks(self) -> Marks:
        """Names and places, looked up only when the page is worth it."""
        verbs = {k for m in (*self.meetings, *self.signings) for k in range(m.i, m.j)}
        return mark(self.words, frozenset(verbs), self.beside is not None and self.beside.marks.abroad)

    @cached_property
    def frames(self) -> list[tuple[int, int, str]]:
        """The words that frame a clause."""
        return frame_marks(self.words)

    def given_span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the text as it was given."""
        if self._origin is None:
            return start, end
        return self._origin[start], self._origin[end]


@dataclass
class Sentence:
    """One sentence: its offsets and words on its page, and where in the article it stands."""

    page: Page
    start: int
    end: int
    order: int  # 0 is the title, 1 the first sentence of the section
    section: int = 0
    caption: bool = False
    i: int = 0
    j: int = 0
    _dates: dict[bool, list[dates.When]] = field(default_factory=dict)

    @property
    def title(self) -> bool:
        """Whether this is the headline."""
        return self.page.where == "title"

    @property
    def head(self) -> bool:
        """Whether it stands where news is told: headline, lead, the sentences next to it."""
        return self.order <= HEAD and not self.caption

    @cached_property
    def low(self) -> str:
        """Its lowered text with single spaces."""
        words = self.page.words
        low = words.low[self.start : self.end if self.j - self.i < _WORDS else words.ends[self.j - 1]]
        return " ".join(low.split()) if "  " in low or "\t" in low else low

    @cached_property
    def actors(self) -> list[Actor]:
        """Everybody it names."""
        return read_actors(self.page.marks, self.i, self.j)

    @cached_property
    def meetings(self) -> list[Mark[Trigger]]:
        """Its words of meetings."""
        return self._own(self.page.meetings)[:_TRIGGERS]

    @cached_property
    def signings(self) -> list[Mark[Trigger]]:
        """Its words of signings."""
        return self._own(self.page.signings)[:_TRIGGERS]

    @cached_property
    def instruments(self) -> list[Mark[str]]:
        """Its names of documents."""
        return self._own(self.page.instruments)

    def _own(self, marks: list[Mark[T]]) -> list[Mark[T]]:
        return marks[bisect_left(marks, self.i, key=_word) : bisect_left(marks, self.j, key=_word)]

    @cached_property
    def frames(self) -> list[tuple[int, int, str]]:
        """Its framing words, but for those inside a name: "Cơ quan xúc tiến thương mại" wishes for nothing."""
        marks = self.page.frames
        own = marks[bisect_left(marks, (self.i,)) : bisect_left(marks, (self.j,))]
        named = {k for a in self.actors if a.headed for k in range(a.i, a.j)}
        return [mark for mark in own if mark[0] not in named]

    def dates(self, published: str, ahead: bool = False) -> list[dates.When]:
        """Its dates, seen from the publication."""
        if ahead not in self._dates:
            self._dates[ahead] = dates.find(self.low, published, ahead)
        return self._dates[ahead]

    def opening(self, start: int) -> int:
        """The sentence's first word if a span of months opens it ("Năm qua, …; hội đàm … 4 lần"), else `start`."""
        spans = any(kind == PERIOD and a - self.i <= 1 for a, _, kind in self.frames)
        return self.i if spans else start

    def clause(self, i: int, announced: bool = False) -> tuple[int, int]:
        """The words around word i from one semicolon or colon to the next; `announced`: with what leads to a colon."""
        link, start, stop = self.page.words.link, i, i + 1
        while start > self.i and link[start] != BREAK:
            start -= 1
        if announced and start > self.i and ":" in self.page.words.text[self.page.words.ends[start - 1] :][:2]:
            return self.clause(start - 1, announced)[0], self.clause(i)[1]
        while stop < self.j and link[stop] != BREAK:
            stop += 1
        return start, stop


class Story:
    """The whole article in reading order."""

    def __init__(self, article: ArticleText) -> None:
        self.article = article
        self.title = Page("title", article.title)
        self.text = self.title.beside = Page("text", article.text)
        self.year = _year(article.published)

    @cached_property
    def anchor(self) -> str:
        """From when the dates are seen: the publication, else the one year that headline and lead name."""
        if self.article.published:
            return self.article.published
        years = {m[1] for m in _OWN_YEAR.finditer(f"{self.title.words.low}\n{self.text.words.low[:_LEAD]}")}
        return years.pop() if len(years) == 1 else ""

    @cached_property
    def sentences(self) -> list[Sentence]:
        """Headline first, then the body without what follows the article, section by section."""
        return [*self._headline(), *self._body()]

    @cached_property
    def latest(self) -> date | None:
        """The latest full date that the text tells of: the article is no older."""
        return dates.latest_day(self.text.words.low)

    @property
    def worth_reading(self) -> bool:
        """A cheap look first: anything foreign at all, and a word of a meeting or signing."""
        pages = (self.title, self.text)
        return any(anything_foreign(p.words) for p in pages) and any(p.meetings or p.signings for p in pages)

    @cached_property
    def sections(self) -> int:
        """How many sections headings such as "Tại Quảng Ninh" make."""
        return max((s.section for s in self.sentences), default=0) + 1

    def _headline(self) -> list[Sentence]:
        page = self.title
        if not len(page.words):
            return []
        return [Sentence(page, 0, len(page.text), 0, 0, False, 0, len(page.words))]

    def _body(self) -> list[Sentence]:
        page, order, section = self.text, 0, 0
        captions = {bare(c) for c in self.article.captions if c}
        seen: set[str] = set()
        found: list[Sentence] = []
        for line, begin in _lines(page.text):
            if len(found) >= _SENTENCES:
                break
            plain = bare(line)
            if found and plain.rstrip(":") in _tail():
                break
            if not plain or plain in seen or plain == bare(self.article.title):
                continue  # a lead may stand twice in a page
            seen.add(plain)
            if _teaser(line):
                continue
            if _heading(line):
                section, order = section + 1, 0
                continue
            caption = plain in captions or _is_caption(line)
            if caption and _ARCHIVE.search(line.lower()):
                continue
            for start, end in sentences(line, line.lower() if len(line.lower()) == len(line) else line):
                if len(found) >= _SENTENCES:
                    return found
                start += dateline_end(line, not found) if start == 0 else 0
                order += not caption
                s = Sentence(page, begin + start, begin + end, order, section, caption)
                s.i, s.j = page.words.at(s.start), page.words.at(s.end)
                s.j = min(s.j, s.i + _WORDS)
                if s.j > s.i:
                    found.append(s)
                else:
                    order -= not caption
        return found

    @cached_property
    def pictures(self) -> list[Sentence]:
        """The captions that stand apart from the text."""
        told = bare(self.text.text)
        apart = [
            c for c in self.article.captions if c.strip() and bare(c) not in told and not _ARCHIVE.search(c.lower())
        ]
        pages = [Page("caption", c) for c in apart[:_CAPTIONS]]
        return [Sentence(p, 0, len(p.text), HEAD + 1, 0, True, 0, min(len(p.words), _WORDS)) for p in pages]

    @property
    def beside_picture(self) -> Sentence | None:
        """What stands in for a caption as evidence: the headline, else the first sentence."""
        return next((s for s in self.sentences if not s.caption), None)

    def section(self, number: int) -> list[Sentence]:
        """The sentences of one section, without the headline."""
        return [s for s in self.sentences if s.section == number and not s.title]


def _lines(text: str) -> list[tuple[str, int]]:
    lines, start = [], 0
    for line in text.split("\n"):
        lines.append((line, start))
        start += len(line) + 1
    return lines


def _teaser(line: str) -> bool:
    """The cut beginning of another article, with a space before its dots: "… tiếp ông X, tân Tổng Lãnh sự ..."."""
    return len(line) < _TEASER and line.rstrip().endswith((" ...", " …"))


def _heading(line: str) -> bool:
    """A short line that only names a place opens a section of a round-up."""
    line = line.strip().rstrip(":")
    words = line.split()
    if not 1 < len(words) <= 7 or line[-1:] in ".!?…" or not line[:1].isupper():
        return False
    return words[0] == "Tại" and all(
        w[:1].isupper() or w.lower() in ("tỉnh", "thành", "phố", "huyện") for w in words[1:]
    )


def _is_caption(line: str) -> bool:
    """A line below a picture: no full stop and short, or it says that it is one."""
    line = line.strip()
    if line.startswith(("|", "![")):
        return True
    if len(line) > 320:
        return False
    low = line.lower()
    limit = _LINE if line[-1:].isalnum() else _SHORT_LINE if line[-1:] == ")" else 0
    return bool(_CAPTION.match(low)) or len(line) < limit


def _year(published: str) -> int | None:
    return int(published[:4]) if published[:4].isdecimal() else None
