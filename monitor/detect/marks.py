"""What lexicons and spelling know about a text: bodies, offices, places that are listed or known by their form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from monitor.detect.lexicon import table
from monitor.detect.places import (
    KINDS,
    Found,
    Place,
    families,
    find_places,
    foreign_names,
    generic,
    middle_name,
    peoples,
    respelled,
    weak_names,
)
from monitor.detect.vietnamese import COMMA, HYPHEN, SPACE, Phrases, Words, bare, phrases, spelled

_LEADING = frozenset(("đồng", "ông", "bà", "do", "đại", "cán", "công", "doanh"))  # behind a small "phía", "đoàn"
_LISTED = frozenset(
    ("tỉnh", "bang", "thành phố", "tp", "hạt", "thủ đô", "vùng")
)  # all of Vietnam's are in the gazetteer
_NUMBERED = frozenset(("thôn", "ấp", "khóm", "bản", "khu phố", "xóm", "buôn"))
SMALL_HEADS = spelled("phía đoàn lãnh đại lực thường")  # small, these begin a name of their own
_PARTICLES = frozenset(("van", "von", "der", "den", "de", "di", "da", "bin", "al", "el", "del", "la", "le"))
SYLLABLE = re.compile(r"(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdghklmnprstvx])?[aeiouy]{1,3}(?:ng|nh|ch|[cmnpt])?\Z")
_PLAIN = re.compile(r"\b[A-Z][a-z]{3,}\b")


@dataclass(frozen=True, slots=True)
class Head:
    """A phrase that begins or continues a name: a kind of body, an office, a form of address."""

    layer: str  # body | office | address
    side: str = ""
    country: str = ""
    rank: bool = False
    state: bool = False  # of a head of state or a government abroad


@cache
def _heads() -> Phrases[Head]:
    lexicon = table("bodies")
    pairs: list[tuple[str, Head]] = []
    for layer in ("office", "body"):
        for group in lexicon[layer]:
            head = Head(
                layer,
                group.get("side", ""),
                group.get("country", ""),
                group.get("rank", False),
                group.get("state", False),
            )
            pairs += [(word, head) for word in group["words"]]
    pairs += [(word, Head("address")) for group in lexicon["address"] for word in group["words"]]
    pairs += [(word, Head("none")) for group in lexicon["ignore"] for word in group["words"]]
    return phrases(pairs)


@cache
def _foreign_heads() -> Phrases[bool]:
    lexicon = table("bodies")
    groups = [g for layer in ("office", "body") for g in lexicon[layer] if g.get("side") in ("foreign", "mission")]
    return phrases((word, True) for group in groups for word in group["words"])


def anything_foreign(words: Words) -> bool:
    """A cheap look: no foreign name or body, no event, and nothing more needs reading."""
    if foreign_names().touches(words) or _foreign_heads().touches(words):
        return True
    return any(name in words.text for name in weak_names()) or _spelled_abroad(words)


def _spelled_abroad(words: Words) -> bool:
    """A capitalised word that is no Vietnamese syllable: perhaps a guest whose country nobody names."""
    return any(not SYLLABLE.match(word.lower()) for word in set(_PLAIN.findall(words.text)))


@cache
def stops() -> tuple[frozenset[str], frozenset[str]]:
    """Single stop words, and first words of stop phrases with their second word."""
    words = table("words")["stops"]
    singles = frozenset(Words(w).words[0] for w in words if " " not in w)
    pairs = frozenset(" ".join(Words(w).words[:2]) for w in words if " " in w)
    return singles, pairs


@cache
def fields() -> Phrases[bool]:
    return phrases((word, True) for word in table("words")["fields"])


@dataclass(slots=True)
class Marks:
    """All that the lexicons know about one text, by first word."""

    words: Words
    places: Mapping[int, Found]
    kinds: Mapping[int, int]
    heads: Mapping[int, tuple[int, Head]]
    fields: Mapping[int, int]
    verbs: frozenset[int] = frozenset()
    abroad: bool = False  # a foreign place is named


def mark(words: Words, verbs: frozenset[int] = frozenset(), beside: bool = False) -> Marks:
    """Look everything up once. `verbs` are the words that belong to a trigger: no name begins or goes on there.

    `beside`: the other page of the article, headline or body, names a foreign place.
    """
    places, kinds = find_places(words)
    candidates = _heads().find(words, COMMA)
    starts = frozenset(m.i for m in candidates)
    heads = {m.i: (m.j, m.entry) for m in candidates if _is_head(words, m.i, m.j, verbs, starts)}
    for i in [i for i in heads if _is_family(words, i, heads, places)]:
        del heads[i]
    behind = {m.i: m.j for m in fields().find(words, COMMA)}
    marks = Marks(words, places, kinds, heads, behind, verbs)
    unknown = (unknown_place(marks, j) for j in kinds)
    abroad = any(f.place.side == "foreign" for f in places.values()) or any(u and u.place.side for u in unknown)
    return replace(marks, abroad=beside or abroad)


def _is_head(words: Words, i: int, j: int, verbs: frozenset[int], starts: frozenset[int]) -> bool:
    """Not inside a trigger ("hội đàm"), and not a syllable of a person's name ("Đỗ Trường Sơn")."""
    if i in verbs:
        return False
    if j - i == 1 and not words.capital(i) and len(words.words[i]) > 2 and not _leads_to_name(words, i, j, starts):
        return False  # "xã hội chủ nghĩa", "sở, ngành": half of another word, or no body of its own
    if j - i > 1 or i == 0 or not words.capital(i) or words.link[i] != SPACE:
        return True
    return not (words.capital(i - 1) and words.words[i - 1] in families() and len(words.words[i]) > 2)


def _leads_to_name(words: Words, i: int, j: int, starts: frozenset[int]) -> bool:
    """Whether a name follows: "các sở Văn hóa"; behind a small "đoàn" or "phía" also a kind of place or an office."""
    if j >= len(words) or words.link[j] > HYPHEN:
        return False
    word = words.words[j]
    if words.words[i] not in SMALL_HEADS:
        return words.capital(j) and j not in starts
    return words.capital(j) or j in starts or word in KINDS or word in _LEADING or word.isdecimal()


def _is_family(words: Words, i: int, heads: Mapping[int, tuple[int, Head]], places: Mapping[int, Found]) -> bool:
    """ "Đoàn" begins a person's name when two more capitals follow that are no place: "đồng chí Đoàn Thị Hậu"."""
    if heads[i][1].layer == "address":
        return False
    last = heads[i][0] - 1  # "UBND tỉnh Đoàn Thu Hà" holds no "Tỉnh đoàn"
    if words.words[last] not in families() or not words.capital(last) or (last > i and words.capital(i)):
        return False
    following = (last + 1, last + 2)
    if last + 2 >= len(words) or any(words.link[k] > SPACE or not words.capital(k) or k in heads for k in following):
        return False
    return last + 1 not in places


def name_word(words: Words, k: int) -> bool:
    """A capital, or a small particle between two ("Kees van Baar"), or a syllable behind a hyphen ("Ka-ga-oa")."""
    if words.capital(k):
        return True
    if words.link[k] == HYPHEN and words.low[words.ends[k - 1] : words.starts[k]] in "-–":
        return True
    return words.words[k] in _PARTICLES and k + 1 < len(words) and words.link[k + 1] == SPACE and words.capital(k + 1)


def unknown_place(marks: Marks, j: int) -> Found | None:
    """A kind word with a capitalised name the gazetteer does not have: "huyện Mường X"."""
    if j not in marks.kinds or j in marks.places or middle_name(marks.words, j):
        return None
    words, end = marks.words, marks.kinds[j]
    kind = " ".join(words.words[j:end])
    k = end
    if k < len(words) and words.words[k].isdecimal() and kind in _NUMBERED and words.link[k] == SPACE:
        k += 1  # "thôn 11"
    while k < len(words) and k - end < 6 and words.link[k] <= HYPHEN and name_word(words, k) and k not in marks.places:
        if k in marks.heads and k == end:
            return None
        k += 1
    if k == end or (words.words[end] in families() and k - end >= 2 and generic(kind)):
        return None
    name = words.slice(end, k)
    if kind in _LISTED and (meant := respelled(name)):
        return Found(j, k, replace(meant, name=name))
    abroad = kind in _LISTED and (foreign_word(words.words[end]) or _hyphenated(words, end, k))
    return Found(j, k, Place(name, kind, "foreign" if abroad else "", known=False))


def _hyphenated(words: Words, i: int, j: int) -> bool:
    """ "Ka-ga-oa": how names from abroad are written by their sound."""
    return any(words.link[k] == HYPHEN and not words.capital(k) for k in range(i + 1, j))


_OURS = frozenset("ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ")  # letters of no other language


def foreign_word(word: str) -> bool:
    """Whether a word is spelled as no Vietnamese syllable is."""
    if len(word) < 3 or word in peoples() or not word.isalpha() or not _OURS.isdisjoint(word):
        return False  # a mistyped Vietnamese word keeps its marks
    return not SYLLABLE.match(bare(word))


def foreign_name(name: list[str]) -> bool:
    """Whether a person's name is spelled as no name of Vietnam's peoples is; names of one word do not tell."""
    if len(name) < 2 or name[0] in families():
        return False
    return any(foreign_word(word) for word in name)
