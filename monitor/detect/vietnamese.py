"""Vietnamese text made readable: one spelling, words with their offsets, sentences, datelines. No meaning yet."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Generic, TypeVar

# The tone mark stands on either vowel in print (hoà, hòa): one of the two is chosen for matching.
_TONES = tuple(
    (a, b)
    for pair in [
        "oà òa",
        "oá óa",
        "oả ỏa",
        "oã õa",
        "oạ ọa",
        "oè òe",
        "oé óe",
        "oẻ ỏe",
        "oẽ õe",
        "oẹ ọe",
        "uỳ ùy",
        "uý úy",
        "uỷ ủy",
        "uỹ ũy",
        "uỵ ụy",
    ]
    for a, b in [pair.split()]
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_SPLIT = re.compile(f"({_WORD.pattern})")
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"”’)]*+(?=\s)|\n+")
_SHORTENED = frozenset(
    [
        "tp",
        "tx",
        "tt",
        "ths",
        "ts",
        "gs",
        "pgs",
        "bs",
        "ks",
        "ô",
        "mr",
        "ms",
        "mrs",
        "dr",
        "st",
        "p",
        "q",
        "h",
        "đ/c",
        "đc",
        "ubnd",
        "tr",
        "pte",
        "ltd",
        "co",
        "inc",
        "corp",
    ]
)
_DATELINE = re.compile(
    r"\A\s*(?:\(?[A-ZĐ][\w.Đ/]{1,14}\)?\s{0,2}[-–—:]\s{0,2}|\([^()\n]{2,30}\)\s{0,2}[-–—]?\s{0,2}|[-–—]\s{1,2})"
)

# "Cao Bằng - Ngày 5/6, …", "Hà Nội (TTXVN) - …": where the report was written; a pair of places is no dateline.
_PLACE_LINE = re.compile(
    r"\A\s*(?!Việt Nam)[^\W\d_a-zà-ỹđ]\w*(?: [^\W\d_a-zà-ỹđ]\w*){0,3}(?:,? ?\([^()\n]{2,30}\)\s{0,2}[-–—:]\s{0,2}"
    r"|\s{0,2}[-–—:]\s{1,2}(?=\w+,?\s[a-zà-ỹđ0-9(]|(?:Ông|Bà|Sở|UBND|HĐND|Công|Bộ|Chi|Cục|Đồn|Hội|Tỉnh|Huyện|Xã|Thành|Trường|Đại|Đồng|Lãnh|Văn|Ủy|Ban|Phó|Chủ|Bí|Giám)\b))"
)

# What stands between two words, from closest to farthest.
SPACE, HYPHEN, COMMA, BRACKET, BREAK = 0, 1, 2, 3, 4


def composed(text: str) -> tuple[str, list[int] | None]:
    """The NFC text and, where that moved letters, the original offset of each of its letters (plus the end)."""
    if unicodedata.is_normalized("NFC", text):
        return text, None
    out: list[str] = []
    origin: list[int] = []
    start, n = 0, len(text)
    while start < n:
        end = start + 1
        while end < n and unicodedata.combining(text[end]):
            end += 1
        cluster = unicodedata.normalize("NFC", text[start:end])
        out.append(cluster)
        origin.extend([start] * len(cluster))
        start = end
    origin.append(n)
    return "".join(out), origin


def lowered(text: str) -> str:
    """Lower case, one spelling of the tone marks, plain spaces; every letter stays at its offset."""
    low = text.lower()
    if len(low) != len(text):  # a few letters of other scripts grow when lowered
        low = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    low = low.translate(_PLAIN)
    for old, new in _TONES:
        low = low.replace(old, new)
    return low


# One kind of space and of hyphen; nothing where a space of no width stands; Ð (eth) is typed for Đ.
_PLAIN = {
    **dict.fromkeys(map(ord, "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"), " "),
    **dict.fromkeys(map(ord, "\u202f\u205f\u3000\u200b\u200c\u200d\u2060\ufeff\t"), " "),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2212"), "-"),
    ord("ð"): "đ",
}


def spelled(words: str) -> frozenset[str]:
    """Words of a program, set apart by spaces, in the spelling that `lowered` gives to a text."""
    return frozenset(lowered(words).split())


class _Bare(dict[int, str]):
    """Each letter without its marks, worked out when first met."""

    def __missing__(self, code: int) -> str:
        if code in _PLAIN and chr(code) != "ð":
            return _PLAIN[code]
        letter = "d" if chr(code) in "đĐðÐ" else unicodedata.normalize("NFD", chr(code))
        self[code] = "".join(c for c in letter if not unicodedata.combining(c))
        return self[code]


_BARE = _Bare()


def bare(text: str) -> str:
    """Without marks, lower case, single spaces: for comparing two spellings of a name."""
    text = text.lower()
    return " ".join((text if text.isascii() else text.translate(_BARE)).split())


def dateline_end(text: str, first: bool = False) -> int:
    """Where the dateline, such as "(LSO) -" or "NDO -", ends; 0 without one. Only the first line may name its place."""
    head = text[:80].translate(_PLAIN)
    found = _DATELINE.match(head) or (_PLACE_LINE.match(head) if first else None)
    return found.end() if found else 0


def _link(gap: str, before: str) -> int:
    """How closely two words stand, judged by what is between them."""
    if gap == " ":
        return SPACE
    core = gap.strip(" \u00a0\t")
    if not core:
        return BREAK if "\n" in gap else SPACE
    if "\n" in core or "\n" in gap:
        return BREAK
    if core in "-–—/&" or (core == "." and (before in _SHORTENED or len(before) == 1)) or core in "\"“”‘’'":
        return HYPHEN
    if core in (",", "”,", '",', "),"):
        return COMMA
    if core in ("(", ")", ") (", "[", "]"):
        return BRACKET
    return BREAK


class Words:
    """The words of one text in parallel lists, each with its offsets and its distance from the word before."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.low = lowered(text)
        pieces = _SPLIT.split(self.low)  # a gap, a word, a gap … with a gap at the end
        edges = list(accumulate(map(len, pieces)))
        self.words: list[str] = pieces[1::2]
        self.starts: list[int] = edges[:-1:2]
        self.ends: list[int] = edges[1::2]
        # nearly every gap is one space: that case must cost nothing
        self.link: list[int] = [
            SPACE if gap == " " else _link(gap, before)
            for gap, before in zip(pieces[:-1:2], ["", *self.words], strict=False)
        ]
        if self.link:
            self.link[0] = BREAK

    @cached_property
    def pairs(self) -> list[str]:
        """Each word with the one behind it, as "first second"."""
        return list(map(" ".join, zip(self.words, self.words[1:], strict=False)))

    @cached_property
    def known(self) -> tuple[frozenset[str], frozenset[str]]:
        """All its words, and all its pairs."""
        return frozenset(self.words), frozenset(self.pairs)

    def __len__(self) -> int:
        return len(self.words)

    def capital(self, i: int) -> bool:
        """Whether word i begins with a capital letter."""
        return self.text[self.starts[i]].isupper()

    def dashed(self, i: int) -> bool:
        """Whether a dash with spaces stands in front of word i: "ông A - Giám đốc", "Quảng Trị - Salavan"."""
        gap = self.low[self.ends[i - 1] : self.starts[i]] if i else ""
        return gap.strip() in ("-", "–", "—") and gap != gap.strip()

    def slice(self, i: int, j: int) -> str:
        """The text from word i up to, not including, word j."""
        return self.text[self.starts[i] : self.ends[j - 1]]

    def at(self, offset: int) -> int:
        """The first word that begins at or after an offset."""
        return bisect_left(self.starts, offset)


def sentences(text: str, low: str) -> Iterator[tuple[int, int]]:
    """Offsets of the sentences; a line break ends one, the point of "TP." or of a date does not."""
    start = 0
    for found in _END.finditer(low):
        if found.group()[0] == "." and not _ends(text, low, found.start(), found.end()):
            continue
        if low[start : found.end()].strip():
            yield start, found.end()
        start = found.end()
    if low[start:].strip():
        yield start, len(low)


def _ends(text: str, low: str, point: int, after: int) -> bool:
    """Whether the point closes a sentence: not after a shortened word, and a capital or digit follows."""
    word = re.search(r"[^\s.(]{1,8}\Z", low[max(0, point - 8) : point])
    if word and word.group() in _SHORTENED and "\n" not in low[after : after + 1]:
        return False
    rest = text[after : after + 6].lstrip(" \u00a0\"“'‘(")
    return not rest or "\n" in text[after : after + 2] or not rest[0].islower()


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Mark(Generic[T]):
    """A phrase of a lexicon found at the words [i, j)."""

    i: int
    j: int
    entry: T


class Phrases(Generic[T]):
    """Many phrases looked for at once, by their first two words; the longest phrase wins."""

    def __init__(self) -> None:
        self._single: dict[str, T] = {}
        self._by_pair: dict[str, list[tuple[list[str], T]]] = {}

    def add(self, phrase: str, entry: T) -> None:
        """Learn a phrase; commas and hyphens inside it do not matter. The first learnt wins."""
        words = _WORD.findall(lowered(unicodedata.normalize("NFC", phrase)))
        if len(words) == 1:
            self._single.setdefault(words[0], entry)
        elif words:
            self._by_pair.setdefault(" ".join(words[:2]), []).append((words[2:], entry))

    def ready(self) -> None:
        """Sort so that the longest phrase is tried first."""
        for known in self._by_pair.values():
            known.sort(key=lambda pair: -len(pair[0]))

    def find(self, words: Words, reach: int = HYPHEN) -> list[Mark[T]]:
        """All longest phrases, from left to right, without overlap."""
        marks: list[Mark[T]] = []
        free = 0
        singles, pairs = words.known
        hits = _where(self._by_pair.keys() & pairs, words.pairs) + _where(self._single.keys() & singles, words.words)
        for i in sorted(hits):
            if i < free:
                continue
            mark = self._longest(words, i, reach)
            if mark is not None:
                marks.append(mark)
                free = mark.j
        return marks

    def touches(self, words: Words) -> bool:
        """Whether any phrase may stand in the text: two set operations, before anything is looked up."""
        singles, pairs = words.known
        return not self._by_pair.keys().isdisjoint(pairs) or not self._single.keys().isdisjoint(singles)

    def _longest(self, words: Words, i: int, reach: int) -> Mark[T] | None:
        pair = words.pairs[i] if i < len(words.pairs) else ""
        for rest, entry in self._by_pair.get(pair, ()):
            j = i + 2 + len(rest)
            if words.words[i + 2 : j] == rest and _whole(words.link, i, j, reach):
                return Mark(i, j, entry)
        word = words.words[i]
        return Mark(i, i + 1, self._single[word]) if word in self._single else None


def _where(wanted: set[str], items: list[str]) -> list[int]:
    return [i for i, item in enumerate(items) if item in wanted] if wanted else []


def _whole(link: list[int], i: int, j: int, reach: int) -> bool:
    return max(link[i + 1 : j]) <= reach


def phrases(pairs: Iterable[tuple[str, T]]) -> Phrases[T]:
    """A finished finder for these phrases."""
    found: Phrases[T] = Phrases()
    for phrase, entry in pairs:
        found.add(phrase, entry)
    found.ready()
    return found
