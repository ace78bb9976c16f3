"""Places in a text: Vietnamese units, foreign units, countries, and unknown ones known by their form ("huyện X")."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache

from monitor.detect.lexicon import table
from monitor.detect.vietnamese import BRACKET, COMMA, HYPHEN, Phrases, Words, bare, lowered, phrases, spelled

KINDS: dict[str, int] = {  # kind words and their rank: a place of higher rank can contain one of lower rank
    "thôn": 1, "bản": 1, "ấp": 1, "phum": 1, "sóc": 1, "khóm": 1, "làng": 1, "buôn": 1,
    "khu phố": 1, "khu": 1, "xóm": 1,
    "xã": 2, "phường": 2, "thị trấn": 2, "trấn": 2, "hương": 2, "cụm bản": 2,
    "cửa khẩu": 2, "cửa khẩu quốc tế": 2, "cặp cửa khẩu": 2, "cặp cửa khẩu quốc tế": 2, "lối mở": 2, "cầu": 2,
    "huyện": 3, "thị xã": 3, "tx": 3, "thị": 3, "quận": 3, "thành phố": 3, "tp": 3, "đặc khu": 3, "vịnh": 3, "đảo": 3,
    "châu": 4, "châu tự trị": 4, "tỉnh": 5, "khu tự trị": 5, "khu tự trị dân tộc choang": 5, "khu tự trị choang": 5,
    "bang": 5, "vùng": 5, "hạt": 4, "thủ đô": 5, "liên bang": 6, "nước": 6, "vương quốc": 6, "cộng hòa": 6,
    "tỉnh lỵ": 3, "các tỉnh": 5, "các huyện": 3, "các thành phố": 3, "bốn tỉnh": 5, "4 tỉnh": 5,
    "5 tỉnh": 5, "ba tỉnh": 5,
    "3 tỉnh": 5, "hai tỉnh": 5,
}  # fmt: skip
_GENERIC = frozenset(["tỉnh", "thành phố", "tp", "huyện", "thị xã", "xã", "phường", "thị trấn", "quận"])
_LONG_NAME, _ALIKE = 7, 0.87  # letters of a name that may be misspelled; how alike it must be
_DELEGATION = spelled("đoàn")  # a family name, but far more often a delegation
_BEFORE_WEAK = spelled(
    "phía nước quán sứ sự tướng thống đoàn nghiệp người trưởng khách ty học hàng gia biện "
    "sinh tán viện tư sĩ hội bạn quân cầu vương hậu chúa sản hòa đảng bang tác của"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A unit of the gazetteer, or one that only its form shows (`known` false)."""

    name: str
    kind: str
    side: str  # "vn", "foreign" or "" for an unknown one
    province: str = ""
    country: str = ""
    region: str = ""
    needs_kind: bool = False
    weak: bool = False
    now: str = ""
    known: bool = True

    @property
    def rank(self) -> int:
        """How high the unit stands; a country highest."""
        return 7 if self.kind == "country" else KINDS.get(self.kind, 3)


@dataclass(frozen=True, slots=True)
class Found:
    """A place at the words [i, j), its kind word included."""

    i: int
    j: int
    place: Place


def _units(name: str, side: str) -> list[tuple[str, Place]]:
    pairs = []
    for unit in table(name)["unit"]:
        place = Place(
            unit["name"],
            unit["kind"],
            side,
            unit.get("province", ""),
            "VN" if side == "vn" else unit.get("country", ""),
            unit.get("region", ""),
            unit.get("needs_kind", False),
            now=unit.get("now", ""),
        )
        spellings = [unit["name"], *unit.get("aliases", [])]
        pairs += [(spelling, place) for spelling in spellings]
        pairs += [(s.replace(" ", ""), place) for s in spellings if s.count(" ") == 1]  # a lost space: QuảngNinh
    return pairs


def _countries() -> list[tuple[str, Place]]:
    pairs = []
    for country in table("countries")["country"]:
        code = country["code"]
        side = "vn" if code == "VN" else "foreign"
        for weak in (False, True):
            for name in country.get("weak" if weak else "names", []):
                pairs.append((name, Place(name, "country", side, country=code, weak=weak)))
                if name.count(" ") == 1 and not weak:
                    pairs.append((name.replace(" ", ""), Place(name, "country", side, country=code)))
        pairs += [(c, Place(c, "thành phố", side, country=code)) for c in country.get("capitals", []) if side != "vn"]
    return [*pairs, ("Việt Nam", Place("Việt Nam", "country", "vn", country="VN"))]


@cache
def gazetteer() -> Phrases[tuple[Place, ...]]:
    """Every known name with all the places that bear it."""
    by_name: dict[str, list[Place]] = {}
    every = [*_units("vietnam", "vn"), *_units("china", "foreign"), *_units("neighbours", "foreign"), *_countries()]
    for name, place in every:
        known = by_name.setdefault(" ".join(name.split()), [])
        if place not in known:
            known.append(place)
    return phrases((name, tuple(known)) for name, known in by_name.items())


@cache
def foreign_names() -> Phrases[bool]:
    """The names that alone are foreign, and the weak ones behind the words that call for a country."""
    every = [*_units("china", "foreign"), *_units("neighbours", "foreign"), *_countries()]
    names = [(name, place) for name, place in every if place.side == "foreign"]
    pairs = [(name, True) for name, place in names if not place.weak]
    weak = [name for name, place in names if place.weak]
    return phrases([*pairs, *((f"{before} {name}", True) for name in weak for before in _BEFORE_WEAK)])


@cache
def _joined() -> dict[str, Place]:
    """The neighbours' places by their letters alone: "savannakhet"."""
    units = [*_units("neighbours", "foreign"), *_units("china", "foreign")]
    return {letters: place for name, place in units if len(letters := _letters(name)) >= _LONG_NAME}


def _letters(name: str) -> str:
    return bare(name).replace(" ", "").replace("-", "")


@lru_cache(maxsize=2048)
def respelled(name: str) -> Place | None:
    """The place that a name in another spelling means: "Sạ-vẳn-na-khệt", "Rattanakiti"."""
    letters = _letters(name)
    if len(letters) < _LONG_NAME:
        return None
    near = get_close_matches(letters, _joined(), 1, _ALIKE)
    return _joined()[near[0]] if near else None


@cache
def weak_names() -> tuple[str, ...]:
    """How a weak country's name stands behind a bracket or a comma."""
    return tuple(f"{mark}{name}" for name, place in _countries() if place.weak for mark in ("(", ", "))


@cache
def above_names() -> frozenset[str]:
    """How countries and foreign provinces are written, without the weak names that are also words."""
    every = [*_units("china", "foreign"), *_units("neighbours", "foreign"), *_countries()]
    return frozenset(name for name, place in every if place.rank >= 5 and not place.weak)


@cache
def _kind_finder() -> Phrases[str]:
    return phrases((kind, kind) for kind in KINDS)


@cache
def families() -> frozenset[str]:
    """First words of Vietnamese personal names."""
    return frozenset(lowered(name) for name in table("bodies")["names"]["families"])


@cache
def peoples() -> frozenset[str]:
    """Words of personal names of Vietnam's other peoples."""
    return frozenset(word for name in table("bodies")["names"]["peoples"] for word in lowered(name).split())


def find_places(words: Words) -> tuple[dict[int, Found], dict[int, int]]:
    """The places by their first word (kind word included), and the kind words' ends by their first word."""
    kinds = {m.i: m.j for m in _kind_finder().find(words) if not middle_name(words, m.i)}
    kind_ending = {j: i for i, j in kinds.items()}
    found: dict[int, Found] = {}
    for mark in gazetteer().find(words):
        if not words.capital(mark.i) and words.words[mark.i] != "châu":
            continue  # "châu Âu" is written so
        start = kind_ending.get(mark.i, mark.i)
        if start != mark.i and words.link[mark.i] > HYPHEN:
            start = mark.i
        place = _choose(words, mark.i, mark.j, start, mark.entry)
        if place:
            found[start] = Found(start, mark.j, place)
            found.setdefault(mark.i, found[start])  # a body's name may have taken the kind word: "Bảo tàng tỉnh X"
    return found, kinds


def _choose(words: Words, i: int, j: int, start: int, candidates: tuple[Place, ...]) -> Place | None:
    """Which of the places of this name is meant here; None if the words are no place at all."""
    kind = " ".join(words.words[start:i])
    if _in_person(words, i, start):
        return None
    abroad = _country_behind(words, j)
    fitting = [p for p in candidates if _fits(words, p, i, j, kind, abroad)]
    if not fitting:
        return None
    if abroad:
        fitting.sort(key=lambda p: p.country != abroad)
    elif kind:
        fitting.sort(key=lambda p: not _same_kind(p.kind, kind))
    return fitting[0]


def _same_kind(kind: str, written: str) -> bool:
    written = {"tp": "thành phố", "tx": "thị xã"}.get(written, written)
    return kind == written or kind in written


def _fits(words: Words, place: Place, i: int, j: int, kind: str, abroad: str) -> bool:
    if place.weak:
        return _weak_ok(words, i, j)
    if place.needs_kind and not kind:
        return bool(abroad) and abroad == place.country
    if place.side == "foreign" and kind in ("xã", "phường") and not abroad:
        return False  # across the border there are trấn and hương
    if abroad and place.kind != "country" and abroad != place.country:
        return False
    return not (place.needs_kind and kind and place.kind != "địa phương" and not _kind_possible(place.kind, kind))


def _kind_possible(kind: str, written: str) -> bool:
    """A weak name needs its own kind, give or take a rank ("thành phố" for what the list calls "huyện")."""
    return abs(KINDS.get(kind, 3) - KINDS.get(written, 3)) <= 1


def middle_name(words: Words, i: int) -> bool:
    """ "Nguyễn Thị …": a capital "Thị" behind a family name is no kind of place."""
    if words.words[i] != "thị" or not words.capital(i) or i == 0 or words.link[i] != 0:
        return False
    return words.capital(i - 1) and words.words[i - 1] in families()


def _in_person(words: Words, i: int, start: int) -> bool:
    """Behind a family name, as in "Trần Vân Nam", the words are a person's."""
    if start != i or i == 0 or words.link[i] != 0 or not words.capital(i - 1):
        return False
    return (
        words.words[i - 1] in families() and words.words[i - 1] not in KINDS and words.words[i - 1] not in _DELEGATION
    )


def _weak_ok(words: Words, i: int, j: int) -> bool:
    """A country whose name is also a word or a part of names: only behind a word that calls for a country."""
    if i == 0:
        return j < len(words) and words.words[j] in ("và", "đã", "sẽ") and not words.capital(j)
    if words.link[i] == BRACKET:
        return j >= len(words) or words.link[j] >= HYPHEN
    if words.link[i] == COMMA:
        return j >= len(words) or words.link[j] >= COMMA
    if words.words[i - 1] not in _BEFORE_WEAK:
        return False
    mission = words.words[i - 1] in ("sứ", "sự", "quán", "tướng", "thống", "trưởng", "tán", "hậu", "chúa")
    return mission or j >= len(words) or words.link[j] > 0 or not words.capital(j)


def _country_behind(words: Words, j: int) -> str:
    """The country that stands directly behind a name: "(Trung Quốc)", ", Lào", ", tỉnh Vân Nam, Trung Quốc"."""
    for k in range(j, min(j + 10, len(words))):
        if k > j and words.link[k] > BRACKET:
            return ""
        if words.link[k] in (COMMA, BRACKET):
            code = _country_at(words, k)
            if code:
                return code
            if not words.capital(k) and words.words[k] not in KINDS and words.words[k] not in ("tự", "dân", "tộc"):
                return ""
        elif k == j or (
            not words.capital(k) and words.words[k] not in KINDS and words.words[k] not in ("tự", "dân", "tộc", "phố")
        ):
            return ""
    return ""


@cache
def _country_words() -> dict[str, tuple[tuple[tuple[str, ...], str], ...]]:
    by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for name, place in _countries():
        if place.kind == "country":
            first, *rest = Words(name).words
            by_first.setdefault(first, []).append((tuple(rest), place.country))
    return {k: tuple(sorted(v, key=lambda p: -len(p[0]))) for k, v in by_first.items()}


def _country_at(words: Words, k: int) -> str:
    if words.words[k] == "nước" and k + 1 < len(words):
        k += 1
    for rest, code in _country_words().get(words.words[k], ()):
        end = k + 1 + len(rest)
        if tuple(words.words[k + 1 : end]) != rest or not words.capital(k):
            continue
        if end >= len(words) or words.link[end] > HYPHEN or not words.capital(end):  # "Lào", not "Lào Cai"
            return code
    return ""


def contains(outer: Place, inner: Place) -> bool:
    """Whether "inner, outer" reads as one place and the one above it."""
    if outer.kind == "country":
        return inner.country in ("", outer.country) or not inner.known
    if not inner.known:
        return outer.rank > inner.rank
    if outer.region and inner.region:
        return bare(outer.name) == bare(outer.region) and outer.region == inner.region and outer.name != inner.name
    if outer.side == inner.side == "foreign":
        return outer.country == inner.country and outer.rank > inner.rank
    return outer.side == inner.side == "vn" and outer.rank > inner.rank and outer.province == inner.province


def generic(kind: str) -> bool:
    """Whether the kind word alone ("tỉnh", "huyện") names the place the article is about."""
    return kind in _GENERIC


@cache
def _province_names() -> dict[str, str]:
    units = table("vietnam")["unit"]
    return {
        u["province"]: u["name"] for u in reversed(units) if u.get("kind") in ("tỉnh", "thành phố") and _is_province(u)
    }


def _is_province(unit: dict[str, str]) -> bool:
    """A province bears its own slug: "Lạng Sơn" is lang-son, the city of Móng Cái is not quang-ninh."""
    return bare(unit["name"]).replace(" - ", " ").replace(" ", "-") == unit["province"]


def province_kind(slug: str) -> str:
    """tỉnh or thành phố."""
    return next((u["kind"] for u in table("vietnam")["unit"] if u["province"] == slug and _is_province(u)), "tỉnh")


def province_name(slug: str) -> str:
    """How a province is written."""
    return _province_names().get(slug, slug)
