"""Tells whether two names mean one body, place or person, as newsrooms spell them. Pure; linking decides with it.

Names are compared folded: without marks, capitals and punctuation, `y` as `i`, so that "Lí Kiện" finds "Lý Kiện".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from crawler.duplicates import fold

CLOSE = 0.85  # how alike the letters of two spellings are
LONG = 5  # letters a word needs before a slip in it is forgiven

HONORIFICS = re.compile(
    r"^(?:(?:ong|ba|anh|chi|dong chi|dc|tien si|ts|(?:thieu|trung|thuong|dai) (?:tuong|ta|ui|uy))\.?\s+)+"
)
# Words that many bodies share; what is left of a name tells it from others. They are folded, longest first.
COMMON = re.compile(
    r"\b(?:uy ban nhan dan|hoi dong nhan dan|uy ban thuong vu|chinh phu nhan dan|chinh quyen nhan dan|ban thuong vu|"
    r"doan dai bieu|dai bieu|doan cong tac|khu tu tri|dan toc choang|dan toc|cong hoa|vuong quoc|nhan dan|"
    r"trung hoa|trung quoc|viet nam|nhan dai|tinh uy|thanh uy|huyen uy|dang uy|khu uy|thi uy|chinh phu|"
    r"chinh quyen|lanh dao|(?:pho )?(?:(?:chau|thi|huyen|tinh|quan|tran) truong|bi thu|chu tich)|va|cua(?! khau))\b\.?"
)
SHORT = {
    "ubnd": "uy ban nhan dan",
    "hdnd": "hoi dong nhan dan",
    "bdbp": "bo doi bien phong",
    "bch": "bo chi huy",
    "tp": "thanh pho",
    "tx": "thi xa",
    "ck": "cua khau",
    "snv": "so ngoai vu",
    "bv": "benh vien",
    "dh": "dai hoc",
    "lhpn": "lien hiep phu nu",
    "tncs": "thanh nien cong san",
}
PARTY = re.compile(r"(?:tinh|thanh|huyen|thi) uy")
UNION = re.compile(r"\b(tinh|thanh|huyen) doan\b")  # "Tỉnh đoàn" is the province's youth union
# A word for a kind of place stands in front of a name: "châu Hồng Hà", but "Lai Châu"; "tỉnh Lai Châu", but "Tịnh Tây".
KIND = re.compile(
    r"(?:^|(?<=\|))\s*(?:(?:nuoc|doan|so) )*"
    r"(?:(?:thanh pho|thi xa|thi tran|dac khu|tinh|huyen|thi|xa|phuong|tran|quan|khu|chau) (?=\w+ \w|\w{5,}))?(?=\w)"
)
PLACE = re.compile(
    r"(?:thanh pho|thi xa|thi tran|huyen|xa|phuong|tran) (\w+ \w+(?: \w+)??)"
    r"(?= (?:tinh|huyen|thanh pho|thi xa|chau) |$)"
)
VAGUE = re.compile(r"(?:luc luong|phia|nganh|co quan|cac)\b")  # some body of the region, whichever
TAIL = re.compile(r" (?:nuoc |vuong quoc |chdcnd )*(?:trung quoc|lao|campuchia|han quoc|nhat ban|thai lan)$")
BODIES = {
    "party": r"\b(?:tinh|thanh|huyen|thi|dang|khu|chau) uy\b",
    "government": r"\b(?:ubnd|uy ban nhan dan|chinh (?:phu|quyen))\b",
    "council": r"\b(?:hdnd|hoi dong nhan dan|nhan dai)\b",
    "border": r"\b(?:bien phong|bdbp|hoi ngo|bien canh)\b",
    "customs": r"\bhai quan\b",
    "police": r"\bcong an\b",
    "department": r"\bso\s+\w+",
    "women": r"\bphu nu\b",
    "youth": r"\b(?:thanh nien|doan thanh nien|dtncshcm)\b",
    "school": r"\b(?:dai hoc|hoc vien|cao dang|truong)\b",
    "hospital": r"\bbenh vien\b",
    "museum": r"\bbao tang\b",
}
LEADING = frozenset({"party", "government", "council"})  # whose talks end with what departments and schools sign
LEVELS = {
    "province": r"\btinh\b",
    "city": r"\b(?:thanh (?:pho|uy)|tp)\b",
    "district": r"\bhuyen\b",
    "town": r"\bthi (?:tran|xa)\b",
    "commune": r"(?<!thi )\b(?:xa|phuong)\b(?! hoi)",
}
LOCAL = {  # of which a province has many
    "district": LEVELS["district"],
    "commune": LEVELS["commune"],
    "post": r"\bdon bien phong\b",
}


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """The words of a text, folded."""
    return " ".join(re.findall(r"\w+", fold(text)))


def _gap(common: re.Match[str]) -> str:
    """A mark behind which a kind of place may stand; behind "Thị ủy" the name itself does."""
    return "/" if PARTY.fullmatch(common.group()) else "|"


def body(name: str) -> str:
    """The words of a body's name, folded, abbreviations written out."""
    words = " ".join(SHORT.get(word, word) for word in plain(name).split())
    return UNION.sub(r"doan thanh nien \1", words)


@lru_cache(maxsize=8192)
def core(name: str) -> str:
    """What tells a body from others: `UBND thành phố Lạng Sơn` → `lang son`."""
    words = body(name)
    parts = " ".join(COMMON.sub(_gap, words).split()).replace("| ", "|")
    return " ".join(re.sub(r"[|/]", " ", KIND.sub(" ", parts)).split()) or words


@lru_cache(maxsize=8192)
def below(names: tuple[str, ...], region: str) -> tuple[str, ...]:
    """What is named besides the region itself: a city, an office, a company; without the country behind it."""
    cores = (core(TAIL.sub("", name)) for name in names if not VAGUE.match(name))
    rests = (" ".join(re.sub(rf"\b(?:tinh )?{region}\b", " ", name).split()) for name in cores)
    return tuple(r for r in rests if r and not (region and _letters_close(_spelling(r), _spelling(region))))


def person(name: str) -> str:
    """A person's name without what people are called by courtesy."""
    return HONORIFICS.sub("", plain(name))


def alike(one: str, other: str) -> bool:
    """Folded names that mean one: equal, one within the other, or a letter or two apart."""
    if _spelling(one) == _spelling(other):
        return True
    mine, theirs = one.split(), other.split()
    shorter, longer = sorted((mine, theirs), key=len)
    if len(shorter) >= 2 and set(shorter) <= set(longer):
        return True
    if len(mine) == len(theirs):
        return _letters_close(one, other)
    return min(len(one), len(other)) > LONG and _letters_close(_spelling(one), _spelling(other))


def namesakes(one: str, other: str) -> bool:
    """Persons who may be one: alike, and a short given name is the same letter by letter."""
    if not alike(one, other):
        return False
    mine, theirs = one.split()[-1:], other.split()[-1:]
    short = len(one.split()) == len(other.split()) and any(len(word) < LONG for word in (*mine, *theirs))
    return not short or _spelling(one) == _spelling(other) or _spelling(mine[0]) == _spelling(theirs[0])


def shared(some: Sequence[str], others: Sequence[str]) -> list[str]:
    """The persons of the first who are among the second."""
    return [one for one in some if any(namesakes(one, other) for other in others)]


def strangers(some: Sequence[str], others: Sequence[str]) -> bool:
    """True when persons are named in both and none is the same."""
    return bool(some and others) and not shared(some, others)


def overlap(some: Sequence[str], others: Sequence[str]) -> bool:
    """True when a body of the first may be one of the second."""
    return any(alike(core(one), core(other)) or _one_place(one, other) for one in some for other in others)


def _one_place(one: str, other: str) -> bool:
    """ "thị trấn Tà Lùng, tỉnh Cao Bằng" is "thị trấn Tà Lùng, huyện Quảng Hòa": the larger place may be either."""
    mine, theirs = _head(one), _head(other)
    return bool(mine) and _spelling(mine) == _spelling(theirs)


@lru_cache(maxsize=8192)
def _head(name: str) -> str:
    """The place that a name begins with, without the larger one behind it; empty where it begins with a body."""
    place = PLACE.match(" ".join(COMMON.sub(" ", body(name)).split()))
    return place.group(1) if place else ""


def marks(names: Iterable[str], table: Mapping[str, str]) -> set[str]:
    """Which kinds of body, or which levels, the names are of."""
    listed = list(names)
    return {mark for mark, pattern in table.items() if any(re.search(pattern, name) for name in listed)}


def levels(names: Iterable[str]) -> set[str]:
    """On which levels the names are, each by the smallest place it gives: "thị trấn Tà Lùng, tỉnh Cao Bằng" a town."""
    found = (_first_level(name) for name in names)
    return {level for level in found if level}


@lru_cache(maxsize=8192)
def _first_level(name: str) -> str:
    places = [(match.start(), level) for level, pattern in LEVELS.items() if (match := re.search(pattern, name))]
    return min(places)[1] if places else ""


def others(some: Iterable[str], many: Iterable[str], table: Mapping[str, str]) -> bool:
    """True when both name somebody of one of these levels, and nobody is the same: two districts, two posts."""
    mine, theirs = list(some), list(many)
    pairs = (([n for n in mine if re.search(p, n)], [n for n in theirs if re.search(p, n)]) for p in table.values())
    return any(these and those and not overlap(these, those) for these, those in pairs)


def similar_words(some: Iterable[str], others: Iterable[str], part: float = 0.4) -> bool:
    """True when the texts share so much of their words."""
    mine, theirs = set(some), set(others)
    return len(mine & theirs) >= part * len(mine | theirs) if mine and theirs else False


def _spelling(name: str) -> str:
    """The letters alone: `Phông Sa Lỳ` and `Phôngsalỳ` are one."""
    return name.replace(" ", "").replace("y", "i")


def _letters_close(one: str, other: str) -> bool:
    return SequenceMatcher(None, one, other).ratio() >= CLOSE
