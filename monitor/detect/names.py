"""Who is named: bodies with their place, delegations, localities, persons with their office; and their side."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from monitor.detect.lexicon import table
from monitor.detect.places import (
    KINDS,
    Found,
    Place,
    contains,
    families,
    find_places,
    foreign_names,
    generic,
    middle_name,
    peoples,
    respelled,
    weak_names,
)
from monitor.detect.vietnamese import BRACKET, BREAK, COMMA, HYPHEN, SPACE, Phrases, Words, bare, phrases, spelled

_LONGEST = 28  # words of one name; what is longer is a sentence that lost its full stop
_WRAPPERS = frozenset(("lãnh", "phía"))  # "lãnh đạo UBND X", "phía UBND X" speak for "UBND X"
_LOWER = 9  # lower-case words in a row inside a body's name
_LEADING = frozenset(("đồng", "ông", "bà", "do", "đại", "cán", "công", "doanh"))  # behind a small "phía", "đoàn"
_LISTED = frozenset(
    ("tỉnh", "bang", "thành phố", "tp", "hạt", "thủ đô", "vùng")
)  # all of Vietnam's are in the gazetteer
_NUMBERED = frozenset(("thôn", "ấp", "khóm", "bản", "khu phố", "xóm", "buôn"))
_HOMELAND = ["việt", "nam"]
_SMALL_HEADS = spelled("phía đoàn lãnh đại lực thường")  # small, these begin a name of their own
KIND_ALONE = frozenset(("country", "địa phương", "cửa khẩu"))  # never written in front of a second name
_PARTICLES = frozenset(("van", "von", "der", "den", "de", "di", "da", "bin", "al", "el", "del", "la", "le"))
_SYLLABLE = re.compile(r"(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdghklmnprstvx])?[aeiouy]{1,3}(?:ng|nh|ch|[cmnpt])?\Z")
_PLAIN = re.compile(r"\b[A-Z][a-z]{3,}\b")
_COMPANY = frozenset(("pte", "gmbh", "inc", "llc", "plc", "s.a"))  # forms of companies abroad
_FIRM = 6  # words of a firm's name
_NAME = 5  # syllables of a person's name


@dataclass(frozen=True, slots=True)
class Head:
    """A phrase that begins or continues a name: a kind of body, an office, a form of address."""

    layer: str  # body | office | address
    side: str = ""
    country: str = ""
    rank: bool = False
    state: bool = False  # of a head of state or a government abroad


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody named at the words [i, j)."""

    i: int
    j: int
    type: str  # agency | locality | person
    side: str  # vn | foreign | ""
    level: str  # local | central | abroad | ""
    name: str
    agency: str = ""  # the body a person's office belongs to
    title: str = ""
    country: str = ""
    region: str = ""
    province: str = ""
    places: tuple[Place, ...] = ()
    headed: bool = True  # a body, an office or a person stands in it, not only a place
    generic: bool = False  # "tỉnh", "UBND tỉnh": whose province the article must tell
    guessed: bool = False  # foreign only by the spelling of a person's name
    abroad_head: bool = False  # presidents, ministers, kings: a visit by them is a matter of state


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
    return any(not _SYLLABLE.match(word.lower()) for word in set(_PLAIN.findall(words.text)))


@cache
def _stops() -> tuple[frozenset[str], frozenset[str]]:
    """Single stop words, and first words of stop phrases with their second word."""
    words = table("words")["stops"]
    singles = frozenset(Words(w).words[0] for w in words if " " not in w)
    pairs = frozenset(" ".join(Words(w).words[:2]) for w in words if " " in w)
    return singles, pairs


@cache
def _fields() -> Phrases[bool]:
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
    fields = {m.i: m.j for m in _fields().find(words, COMMA)}
    marks = Marks(words, places, kinds, heads, fields, verbs)
    unknown = (_unknown_place(marks, j) for j in kinds)
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
    if words.words[i] not in _SMALL_HEADS:
        return words.capital(j) and j not in starts
    return words.capital(j) or j in starts or word in KINDS or word in _LEADING or word.isdigit()


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


@dataclass(slots=True)
class _Draft:
    """A name while it is being read."""

    i: int
    end: int
    heads: list[tuple[int, int, Head]] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    person: tuple[int, int] | None = None
    kind_only: str = ""
    bracket: bool = False


def read_actors(marks: Marks, start: int, stop: int) -> list[Actor]:
    """Everybody named between two words, from left to right."""
    actors: list[Actor] = []
    i = start
    while i < stop:
        draft = _read_one(marks, i, stop)
        if draft is None:
            i += 1
            continue
        actor = _actor(marks, draft)
        if actor is not None:
            actor = _with_shared_kind(marks.words, actor, actors)
            if actor.type == "person":
                actor = _with_office_behind(marks, actor, stop)
            actors.append(actor)
            i = max(actor.j, i + 1)
        else:
            i = max(draft.end, i + 1)
    return actors


def _read_one(marks: Marks, i: int, stop: int) -> _Draft | None:
    """The name that begins at word i, if one does."""
    if i not in marks.heads and i not in marks.places and not _unknown_place(marks, i):
        return _listed_person(marks, i, stop) or _foreign_firm(marks, i, stop)
    draft = _Draft(i, i)
    j, lower = i, 0
    while j < min(stop, i + _LONGEST):
        step = _step(marks, draft, j, lower)
        if step is None:
            break
        j, lower = step
    return draft if draft.end > draft.i else None


def _foreign_firm(marks: Marks, i: int, stop: int) -> _Draft | None:
    """ "Industrias Pescarmona (IMPSA) của Argentina": a name spelled abroad, and its country right behind it."""
    words = marks.words
    if not words.capital(i) or i in marks.verbs or not foreign_word(words.words[i]):
        return None
    j = i + 1
    while j < stop and j - i < _FIRM and words.link[j] <= HYPHEN and words.capital(j) and j not in marks.places:
        j += 1
    k = j
    while k < stop and k - j < 2 and (words.words[k] == "của" or _abbreviation(words, k)):
        k += 1
    place = marks.places.get(k)
    if place is None or place.place.side != "foreign" or (k == j and words.link[k] not in (BRACKET, COMMA)):
        return None
    return _Draft(i, place.j, [(i, j, Head("body", "", place.place.country))], [place.place])


def _with_shared_kind(words: Words, actor: Actor, before: list[Actor]) -> Actor:
    """ "thành phố Cao Bằng và Tịnh Tây": the kind word serves both."""
    if not before or actor.headed or len(actor.places) < 1 or actor.i - before[-1].j != 1:
        return actor
    mine = actor.places[0].kind
    joined = words.words[before[-1].j] == "và" and words.capital(actor.i) and mine not in KIND_ALONE
    if not joined or f"{bare(mine)} " not in f"{bare(before[-1].name)} ":
        return actor
    return replace(actor, name=f"{mine} {actor.name}") if bare(mine) not in bare(actor.name) else actor


def _posted(marks: Marks, draft: _Draft, j: int) -> bool:
    """ "Đại sứ Hà Lan tại Việt Nam": the place where a mission is belongs to its name."""
    mission = any(h.side == "mission" for _, _, h in draft.heads)
    return (
        mission and bool(draft.places) and not draft.person and j + 1 in marks.places and marks.words.link[j] == SPACE
    )


def _listed_person(marks: Marks, i: int, stop: int) -> _Draft | None:
    """ "các đồng chí: Vũ A, Phó Bí thư …; Trần B, …": a bare name with an office behind its comma."""
    words = marks.words
    if not words.capital(i) or words.link[i] == SPACE or words.words[i] not in families():
        return None
    end = i + 1
    while end < min(stop, i + 6) and words.link[end] <= HYPHEN and words.capital(end):
        end += 1
    if end - i < 2 or end >= stop or words.link[end] != COMMA:
        return None
    if end not in marks.heads or marks.heads[end][1].layer != "office":
        return None
    return _Draft(i, end, [(i, i, Head("address"))], person=(i, end))


def _step(marks: Marks, draft: _Draft, j: int, lower: int) -> tuple[int, int] | None:
    """Take the next piece of the name at word j; None where the name ends."""
    words = marks.words
    link = words.link[j] if j > draft.i else SPACE
    if link == BREAK:
        return None
    place = marks.places.get(j)
    if words.words[j] == "tại" and _posted(marks, draft, j):
        return j + 1, lower
    if link == BRACKET:
        return _bracket(marks, draft, place, j)
    if link == HYPHEN and j in marks.heads and draft.places and words.dashed(j):
        return None  # "Công an X - Sở An ninh Y"
    if link == COMMA:
        return _behind_comma(marks, draft, place, j)
    if place is not None:
        if link == HYPHEN and draft.places and draft.places[-1].side != place.place.side:
            return None  # "Quảng Ninh - Phòng Thành Cảng" are two
        if _person_instead(marks, draft, place, j):
            return _capital_run(marks, draft, j)
        return _take_place(draft, place)
    if draft.heads and draft.heads[-1][2].layer == "address" and _names_person(words, j):
        return _capital_run(marks, draft, j)
    if j in marks.heads and _takes_head(marks, draft, j):
        end, head = marks.heads[j]
        draft.heads.append((j, end, head))
        draft.end = end
        return end, 0
    if j in marks.heads and (draft.person or marks.heads[j][1].layer == "address"):
        return None
    return _plain_word(marks, draft, j, lower)


def _names_person(words: Words, j: int) -> bool:
    """Behind "đồng chí" a family name is one, even if it is also a word for a body ("Đoàn Thị X")."""
    behind = j + 1 < len(words) and words.link[j + 1] == SPACE and words.capital(j + 1)
    return words.capital(j) and words.words[j] in families() and behind


def _person_instead(marks: Marks, draft: _Draft, place: Found, j: int) -> bool:
    """ "PGS.TS Cao Hùng Phi" is nobody of Cao Hùng: a family name, and one more syllable behind a place."""
    words, end = marks.words, place.j
    if not draft.heads or draft.person or not _expects_person(draft) or words.words[j] not in families():
        return False
    if end >= len(words) or words.link[end] != SPACE or not words.capital(end) or end in marks.places:
        return False
    return words.words[end] not in families() and end not in marks.heads


def _bracket(marks: Marks, draft: _Draft, place: Found | None, j: int) -> tuple[int, int] | None:
    """A bracket may hold the place a name belongs to, or its abbreviation; nothing else is read across one."""
    words = marks.words
    if place is None and _abbreviation(words, j) and not draft.person:
        draft.end = j + 1
        return j + 1, 0
    if place is None and draft.bracket and not draft.person and _expects_person(draft) and _closed_before(words, j):
        return _capital_run(marks, draft, j) if words.capital(j) and j not in marks.heads else None
    if place is None or (draft.person and draft.places):
        if draft.bracket and place is None and words.words[j] in ("phân", "châu", "huyện", "tỉnh"):
            return _after_bracket(draft, j)
        return None
    draft.bracket = True
    return _take_place(draft, place)


def _abbreviation(words: Words, j: int) -> bool:
    """ "Bộ đội Biên phòng (BĐBP) tỉnh X"."""
    text = words.text
    return (
        text[words.starts[j] : words.ends[j]].isupper()
        and text[words.starts[j] - 1] == "("
        and text[words.ends[j] :][:1] == ")"
    )


def _closed_before(words: Words, j: int) -> bool:
    return words.text[words.ends[j - 1] : words.starts[j]].strip() == ")"


def _after_bracket(draft: _Draft, j: int) -> tuple[int, int] | None:
    """What follows a closed bracket and still belongs to the name: "(tỉnh X) phân khu Y"."""
    draft.end = j + 1
    return j + 1, 0


def _behind_comma(marks: Marks, draft: _Draft, place: Found | None, j: int) -> tuple[int, int] | None:
    """Behind a comma a name goes on only with the place above its own, or a field of a body."""
    if place is not None and draft.places and contains(place.place, draft.places[-1]):
        return _take_place(draft, place)
    if place is not None and draft.heads and not draft.places and not draft.person and place.place.rank >= 4:
        return _take_place(draft, place)
    if place is None and draft.places and not draft.person and (unknown := _unknown_place(marks, j)):
        return _take_place(draft, unknown) if unknown.place.rank > draft.places[-1].rank else None
    if j in marks.fields and draft.heads and not draft.person and marks.words.capital(j):
        draft.end = marks.fields[j]
        return marks.fields[j], 0
    return None


def _take_place(draft: _Draft, place: Found) -> tuple[int, int]:
    draft.places.append(place.place)
    draft.end = place.j
    return place.j, 0


def _takes_head(marks: Marks, draft: _Draft, j: int) -> bool:
    """Whether another body or office still belongs to this name."""
    _, head = marks.heads[j]
    if draft.person:
        return False
    if not draft.heads and not draft.places:
        return True
    if head.layer == "address":
        return False
    if not marks.words.capital(j) and marks.words.words[j] in _SMALL_HEADS:
        return False
    offices = [h for _, _, h in draft.heads if h.layer == "office"]
    bodies = [h for _, _, h in draft.heads if h.layer == "body"]
    if head.layer == "office":
        return not bodies or bool(offices and not draft.places and head.rank)
    # a body behind a place starts a new name, unless the first part was only an office or an address
    return not (draft.places and bodies)


def _plain_word(marks: Marks, draft: _Draft, j: int, lower: int) -> tuple[int, int] | None:
    words = marks.words
    word = words.words[j]
    if words.capital(j) and j not in marks.verbs:
        return _capital_run(marks, draft, j)
    if j in marks.kinds and (unknown := _unknown_place(marks, j)) and not draft.person:
        return _take_place(draft, unknown)
    if word in ("của", "thuộc") and not draft.person and _name_behind(marks, j + 1):
        return j + 1, lower
    if word == "và" and _field_behind(marks, draft, j + 1):
        return j + 1, lower + 1
    if word == "và" and draft.heads and not draft.person and j + 1 in marks.fields and not draft.places:
        draft.end = marks.fields[j + 1]
        return marks.fields[j + 1], 0
    if j in marks.kinds and not draft.person and generic(" ".join(words.words[j : marks.kinds[j]])):
        draft.kind_only = " ".join(words.words[j : marks.kinds[j]])
        draft.end = marks.kinds[j]
        return marks.kinds[j], 0
    if j in marks.verbs:
        return None
    singles, pairs = _stops()
    pair = f"{word} {words.words[j + 1]}" if j + 1 < len(words) else word
    if (
        draft.person
        or not draft.heads
        or (word in singles and not _inner(words, j))
        or pair in pairs
        or lower >= _LOWER
    ):
        return None
    if draft.places or draft.kind_only:
        return None  # its place closes a name; what follows in small letters is the sentence again
    if draft.heads[-1][2].layer != "body":
        return None
    draft.end = j + 1
    return j + 1, lower + 1


def _field_behind(marks: Marks, draft: _Draft, j: int) -> bool:
    """ "Cục Hải quan và Thuế gián thu tỉnh X": one capital, small letters behind it, and then the body's place."""
    words = marks.words
    if draft.places or draft.person or not draft.heads or draft.heads[-1][2].layer != "body" or j + 1 >= len(words):
        return False
    if not words.capital(j) or words.capital(j + 1) or j in marks.heads or j in marks.places or j in marks.kinds:
        return False
    ahead = range(j + 1, min(j + 5, len(words)))
    small = [k for k in ahead if all(words.link[m] == SPACE for m in range(j + 1, k + 1))]
    return any(k in marks.places for k in small)


def _inner(words: Words, j: int) -> bool:
    """A stop word that is half of another word: "tự do"."""
    return words.words[j] == "do" and words.words[j - 1] == "tự"


def _name_behind(marks: Marks, j: int) -> bool:
    return j in marks.places or j in marks.kinds or (j in marks.heads and marks.heads[j][1].layer == "body")


def _capital_run(marks: Marks, draft: _Draft, j: int) -> tuple[int, int] | None:
    """Capitalised words: a person's name behind an office or an address, else part of a body's own name."""
    words = marks.words
    end = j + 1
    person = bool(draft.heads) and _expects_person(draft)
    while end < len(words) and words.link[end] <= HYPHEN and _name_word(words, end) and end - j < 7:
        if words.dashed(end) and (person or end in marks.heads):
            break
        if end in marks.places and not _in_name(marks, draft, j, end):
            break
        end += 1
    if person and not _inside_body(words, draft, j, end):
        if draft.person:
            return None
        draft.person = (j, end)
        draft.end = end
        return end, 0
    if not draft.heads:
        return None
    if draft.kind_only and words.words[j] in families():
        return None
    draft.end = end
    return end, 0


def _inside_body(words: Words, draft: _Draft, j: int, end: int) -> bool:
    """ "Cục trưởng Cục Tài chính": one capital behind a body, and its second syllable is small."""
    if end - j > 1 or draft.heads[-1][2].layer != "body" or draft.places or draft.heads[-1][1] != j:
        return False
    return end < len(words) and words.link[end] == SPACE and not words.capital(end)


def _name_word(words: Words, k: int) -> bool:
    """A capital, or a small particle between two ("Kees van Baar"), or a syllable behind a hyphen ("Ka-ga-oa")."""
    if words.capital(k):
        return True
    if words.link[k] == HYPHEN and words.text[words.ends[k - 1] : words.starts[k]] == "-":
        return True
    return words.words[k] in _PARTICLES and k + 1 < len(words) and words.link[k + 1] == SPACE and words.capital(k + 1)


def _in_name(marks: Marks, draft: _Draft, j: int, end: int) -> bool:
    """A place's name inside a person's: "Nguyễn Thị Hồng Vân" is no gate of that name."""
    if not _expects_person(draft):
        return False
    place = marks.places[end]
    bare_name = place.i == end and marks.words.words[end] not in KINDS and place.place.kind != "country"
    return end - j < 2 or (bare_name and marks.words.words[j] in families() and place.j - j <= _NAME)


def _expects_person(draft: _Draft) -> bool:
    """A name follows an office or address; behind a bare body capitals are the body's own name."""
    return any(h.layer in ("office", "address") for _, _, h in draft.heads)


def _unknown_place(marks: Marks, j: int) -> Found | None:
    """A kind word with a capitalised name the gazetteer does not have: "huyện Mường X"."""
    if j not in marks.kinds or j in marks.places or middle_name(marks.words, j):
        return None
    words, end = marks.words, marks.kinds[j]
    kind = " ".join(words.words[j:end])
    k = end
    if k < len(words) and words.words[k].isdigit() and kind in _NUMBERED and words.link[k] == SPACE:
        k += 1  # "thôn 11"
    while k < len(words) and k - end < 6 and words.link[k] <= HYPHEN and _name_word(words, k) and k not in marks.places:
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


def _actor(marks: Marks, draft: _Draft) -> Actor | None:
    """The finished name with its side, or None if what was read names nobody."""
    heads = [h for _, _, h in draft.heads]
    if not heads and not draft.places:
        return None
    if heads and all(h.layer == "address" for h in heads) and not draft.person:
        return None
    side, level, country = _side(marks.words, heads, draft)
    if not side and any(h.side == "home" for h in heads) and _vietnamese_name(marks.words, draft):
        side, level, country = "vn", "local", "VN"
    guessed = not side and _foreign_by_name(marks, heads, draft)
    side = "foreign" if guessed else side
    place = next((p for p in draft.places if p.side == side and p.kind != "country"), None)
    region = next((p.region for p in draft.places if p.side == "foreign" and p.region), "")
    if not region and side == "foreign":
        region = next((p.name for p in draft.places if p.rank == 5), "")
    province = place.province if place and side == "vn" else ""
    kind = "person" if draft.person else "agency" if heads else "locality"
    name = marks.words.slice(*draft.person) if draft.person else closed(marks.words, draft.i, draft.end)
    if kind == "agency" and not draft.places and not side and not _named(marks.words, draft):
        return None
    return Actor(
        draft.i,
        draft.end,
        kind,
        side,
        level,
        name,
        _agency(marks, draft),
        _title(marks, draft) if draft.person else "",
        country,
        region,
        province,
        tuple(draft.places),
        bool(heads),
        not any(p.side == "vn" for p in draft.places),
        guessed,
        any(h.side == "central" or h.state for h in heads),
    )


def _foreign_by_name(marks: Marks, heads: list[Head], draft: _Draft) -> bool:
    """ "ông Yohei Kurisu", "Đại học Niigata": nothing names a country, the spelling tells enough.

    A body spelled so counts only where the text speaks of another country at all: Vietnam has its own such names.
    """
    words = marks.words
    if draft.person:
        return foreign_name([words.words[k] for k in range(*draft.person)])
    if not draft.places and not _COMPANY.isdisjoint(words.words[draft.i : draft.end]):
        return True
    if marks.abroad and not draft.places and any(h.side == "home" for h in heads):
        own = [words.words[k] for k in range(draft.heads[-1][1], draft.end) if words.capital(k)]
        return any(len(word) > 3 and foreign_word(word) for word in own)
    mission = any(h.side == "mission" and h.layer == "body" for h in heads)
    return mission and not draft.places and _named(words, draft)


def foreign_word(word: str) -> bool:
    """Whether a word is spelled as no Vietnamese syllable is."""
    return len(word) > 2 and word not in peoples() and not _SYLLABLE.match(bare(word))


def foreign_name(name: list[str]) -> bool:
    """Whether a person's name is spelled as no name of Vietnam's peoples is; names of one word do not tell."""
    if len(name) < 2 or name[0] in families():
        return False
    return any(len(word) > 1 and word not in peoples() and not _SYLLABLE.match(bare(word)) for word in name)


def closed(words: Words, i: int, j: int) -> str:
    """The words [i, j) with the closing bracket that their opening one needs."""
    text = words.slice(i, j)
    if text.count("(") > text.count(")") and words.text[words.ends[j - 1] :][:1] == ")":
        text += ")"
    return text


def _vietnamese_name(words: Words, draft: _Draft) -> bool:
    """ "Đại học Duy Tân": a school whose own name is made of Vietnamese syllables and that names no place abroad."""
    own = [words.words[k] for k in range(draft.heads[-1][1], draft.end) if words.capital(k)]
    return bool(own) and not draft.places and all(_SYLLABLE.match(bare(word)) for word in own)


def _named(words: Words, draft: _Draft) -> bool:
    """Whether a body has a name of its own behind its kind: "Tập đoàn Sunwah", not "lãnh đạo", "các phòng"."""
    last = draft.heads[-1][1] if draft.heads else draft.i
    return any(words.capital(k) for k in range(last, draft.end))


def _side(words: Words, heads: list[Head], draft: _Draft) -> tuple[str, str, str]:
    """Side, level and country of a name, from its places first and its words second."""
    mission = any(h.side == "mission" for h in heads)
    first = next((p for p in draft.places if p.side), None)
    if mission:
        if first is None:
            return "", "", ""
        return ("vn", "abroad", "VN") if first.side == "vn" else ("foreign", "", first.country)
    if any(h.side == "foreign" and h.layer == "body" for h in heads) and (first is None or first.side != "foreign"):
        country = next((h.country for h in heads if h.side == "foreign"), "")
        return "foreign", "", country
    if first is not None and first.side == "vn" and (host := _hosted_abroad(words, heads, draft)):
        return "foreign", "", host.country
    if first is not None and first.side == "foreign":
        return "foreign", "", first.country
    if first is not None:
        return "vn", "central" if _of_the_country(words, heads, draft) else _level(heads, draft.places), "VN"
    if any(p.side == "" for p in draft.places):
        return "", "", ""
    if draft.heads and words.words[draft.heads[-1][1] : draft.heads[-1][1] + 2] == ["hai", "nước"]:
        return "", "", ""  # "Hội LHPN hai nước" are two
    if any(h.side == "foreign" for h in heads):
        return "foreign", "", next((h.country for h in heads if h.side == "foreign"), "")
    if any(h.side == "central" for h in heads):
        return "vn", "central", "VN"
    if any(h.side == "local" for h in heads) or (draft.kind_only and heads):
        return "vn", "local", "VN"
    return "", "", ""


def _hosted_abroad(words: Words, heads: list[Head], draft: _Draft) -> Place | None:
    """ "Ban Tổ chức Lễ hội Việt Nam tại Sapporo": a body abroad, named after Vietnam; not one of Vietnamese people."""
    if any(h.side for h in heads) or draft.places[0].kind != "country":
        return None
    if "người" in words.words[draft.i : draft.end] or "tại" not in words.words[draft.i : draft.end]:
        return None
    return next((p for p in draft.places if p.side == "foreign"), None)


def _of_the_country(words: Words, heads: list[Head], draft: _Draft) -> bool:
    """ "Hội LHPN Việt Nam" is the whole country's; "Đồn Biên phòng X (Việt Nam)" is not."""
    end = draft.heads[-1][1] if draft.heads else len(words)
    if end >= len(words) or words.link[end] != SPACE or words.words[end : end + 2] != _HOMELAND:
        return False
    return not any(h.side == "home" for h in heads) and all(p.kind == "country" for p in draft.places)


def _level(heads: list[Head], places: list[Place]) -> str:
    """Local if a unit below the state stands in the name or the body is local by its kind."""
    if any(h.side == "central" for h in heads):
        return "central"
    if any(h.side == "home" for h in heads):
        return "local"  # a school, a hospital, an enterprise, whoever owns it
    if any(p.side == "vn" and p.kind != "country" for p in places) or any(h.side == "local" for h in heads):
        return "local"
    return "central"


def _agency(marks: Marks, draft: _Draft) -> str:
    """The body inside a name: "Bí thư Tỉnh ủy X" speaks for "Tỉnh ủy X"."""
    end = draft.person[0] if draft.person else draft.end
    bodies = [i for i, _, h in draft.heads if h.layer == "body"]
    wrapped = [i for i in bodies if marks.words.words[i] not in _WRAPPERS]
    body = next(iter(wrapped or bodies), None)
    if body is not None and body < end:
        return closed(marks.words, body, end)
    return ""


def _title(marks: Marks, draft: _Draft) -> str:
    assert draft.person is not None
    office = next((i for i, _, h in draft.heads if h.layer != "address"), None)
    if office is None or office >= draft.person[0]:
        return ""
    return marks.words.slice(office, draft.person[0])


def _office_at(marks: Marks, j: int) -> bool:
    """ "ông A, Giám đốc …", "ông A - Giám đốc …"."""
    if j not in marks.heads or marks.heads[j][1].layer != "office":
        return False
    return marks.words.link[j] == COMMA or marks.words.dashed(j)


def _with_office_behind(marks: Marks, actor: Actor, stop: int) -> Actor:
    """ "ông A, Phó Chánh Văn phòng … ; " — the offices behind the name belong to it."""
    j = actor.j
    parts: list[_Draft] = []
    while j < stop and _office_at(marks, j):
        draft = _read_one(marks, j, stop)
        if draft is None or draft.person:
            break
        parts.append(draft)
        j = draft.end
    if not parts:
        return actor
    heads = [h for d in parts for _, _, h in d.heads]
    merged = _Draft(parts[0].i, j, [h for d in parts for h in d.heads], [p for d in parts for p in d.places])
    merged.kind_only = next((d.kind_only for d in parts if d.kind_only), "")
    side, level, country = _side(marks.words, heads, merged)
    title = ", ".join(t for t in (actor.title, closed(marks.words, parts[0].i, j)) if t)
    agency = actor.agency or next((a for d in parts if (a := _agency(marks, d))), "")
    if actor.side and not actor.guessed and not (level == "local" and actor.level == "central" and actor.generic):
        return replace(actor, j=j, title=title, agency=agency)
    if actor.guessed and not side:
        return replace(actor, j=j, title=title, agency=agency)
    region = next((p.region for p in merged.places if p.region), "")
    province = next((p.province for p in merged.places if p.province), "")
    return replace(
        actor, j=j, title=title, agency=agency, side=side, level=level, country=country, guessed=False,
        region=region or actor.region,
        province=province or actor.province, places=actor.places + tuple(merged.places),
        generic=not any(p.side == "vn" for p in merged.places),
    )  # fmt: skip
