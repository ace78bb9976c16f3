"""Reads one name word by word: how far it goes, and which heads, places and person it holds."""

from __future__ import annotations

from dataclasses import dataclass, field

from monitor.detect.marks import SMALL_HEADS, Head, Marks, foreign_word, name_word, stops, unknown_place
from monitor.detect.places import (
    KINDS,
    Found,
    Place,
    contains,
    families,
    generic,
)
from monitor.detect.vietnamese import BRACKET, BREAK, COMMA, HYPHEN, SPACE, Words

SEVERAL = frozenset(("các", "hai", "ba", "bốn", "4", "04", "5", "05"))  # "các tỉnh A, B" begin a name of their own
_LONGEST = 28  # words of one name; what is longer is a sentence that lost its full stop
_LOWER = 9  # lower-case words in a row inside a body's name
_FIRM = 6  # words of a firm's name
_NAME = 5  # syllables of a person's name


@dataclass(slots=True)
class Draft:
    """A name while it is being read."""

    i: int
    end: int
    heads: list[tuple[int, int, Head]] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    person: tuple[int, int] | None = None
    kind_only: str = ""
    bracket: bool = False


def read_one(marks: Marks, i: int, stop: int) -> Draft | None:
    """The name that begins at word i, if one does."""
    if i not in marks.heads and i not in marks.places and not unknown_place(marks, i):
        return _listed_person(marks, i, stop) or _foreign_firm(marks, i, stop)
    draft = Draft(i, i)
    j, lower = i, 0
    while j < min(stop, i + _LONGEST):
        step = _step(marks, draft, j, lower)
        if step is None:
            break
        j, lower = step
    return draft if draft.end > draft.i else None


def _foreign_firm(marks: Marks, i: int, stop: int) -> Draft | None:
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
    return Draft(i, place.j, [(i, j, Head("body", "", place.place.country))], [place.place])


def _posted(marks: Marks, draft: Draft, j: int) -> bool:
    """ "Đại sứ Hà Lan tại Việt Nam": the place where a mission is belongs to its name."""
    mission = any(h.side == "mission" for _, _, h in draft.heads)
    return (
        mission and bool(draft.places) and not draft.person and j + 1 in marks.places and marks.words.link[j] == SPACE
    )


def _listed_person(marks: Marks, i: int, stop: int) -> Draft | None:
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
    return Draft(i, end, [(i, i, Head("address"))], person=(i, end))


def _step(marks: Marks, draft: Draft, j: int, lower: int) -> tuple[int, int] | None:
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
        if (
            link == HYPHEN
            and draft.places
            and draft.places[-1].side != place.place.side
            and not _friendship(marks, draft)
        ):
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


def _friendship(marks: Marks, draft: Draft) -> bool:
    """ "Hội Hữu nghị Việt Nam - Cuba", "Bệnh viện Hữu nghị Việt Nam - Đức": one name, and Vietnam's own."""
    own = marks.words.words[draft.i : draft.end]
    return "nghị" in own and draft.places[-1].kind == "country" and draft.places[-1].side == "vn"


def _names_person(words: Words, j: int) -> bool:
    """Behind "đồng chí" a family name is one, even if it is also a word for a body ("Đoàn Thị X")."""
    behind = j + 1 < len(words) and words.link[j + 1] == SPACE and words.capital(j + 1)
    return words.capital(j) and words.words[j] in families() and behind


def _person_instead(marks: Marks, draft: Draft, place: Found, j: int) -> bool:
    """ "PGS.TS Cao Hùng Phi" is nobody of Cao Hùng: a family name, and one more syllable behind a place."""
    words, end = marks.words, place.j
    if not draft.heads or draft.person or not expects_person(draft) or words.words[j] not in families():
        return False
    if end >= len(words) or words.link[end] != SPACE or not words.capital(end) or end in marks.places:
        return False
    return words.words[end] not in families() and end not in marks.heads


def _bracket(marks: Marks, draft: Draft, place: Found | None, j: int) -> tuple[int, int] | None:
    """A bracket may hold the place a name belongs to, or its abbreviation; nothing else is read across one."""
    words = marks.words
    if place is None and _abbreviation(words, j) and not draft.person:
        draft.end = j + 1
        return j + 1, 0
    if place is None and draft.bracket and not draft.person and expects_person(draft) and _closed_before(words, j):
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


def _after_bracket(draft: Draft, j: int) -> tuple[int, int] | None:
    """What follows a closed bracket and still belongs to the name: "(tỉnh X) phân khu Y"."""
    draft.end = j + 1
    return j + 1, 0


def _behind_comma(marks: Marks, draft: Draft, place: Found | None, j: int) -> tuple[int, int] | None:
    """Behind a comma a name goes on only with the place above its own, or a field of a body."""
    if marks.words.words[j] in SEVERAL:
        return None  # "tại thành phố X, các tỉnh X, Y" begins the subject
    if place is not None and draft.places and contains(place.place, draft.places[-1]):
        return _take_place(draft, place)
    if place is not None and draft.heads and not draft.places and not draft.person and place.place.rank >= 4:
        return _take_place(draft, place)
    if place is None and draft.places and not draft.person and (unknown := unknown_place(marks, j)):
        return _take_place(draft, unknown) if unknown.place.rank > draft.places[-1].rank else None
    if j in marks.fields and draft.heads and not draft.person and marks.words.capital(j):
        draft.end = marks.fields[j]
        return marks.fields[j], 0
    return None


def _take_place(draft: Draft, place: Found) -> tuple[int, int]:
    draft.places.append(place.place)
    draft.end = place.j
    return place.j, 0


def _takes_head(marks: Marks, draft: Draft, j: int) -> bool:
    """Whether another body or office still belongs to this name."""
    _, head = marks.heads[j]
    if draft.person:
        return False
    if not draft.heads and not draft.places:
        return True
    if head.layer == "address":
        return False
    if not marks.words.capital(j) and marks.words.words[j] in SMALL_HEADS:
        return False
    offices = [h for _, _, h in draft.heads if h.layer == "office"]
    bodies = [h for _, _, h in draft.heads if h.layer == "body"]
    if head.layer == "office":
        return not bodies or bool(offices and not draft.places and head.rank)
    # a body behind a place starts a new name, unless the first part was only an office or an address
    return not (draft.places and bodies)


def _plain_word(marks: Marks, draft: Draft, j: int, lower: int) -> tuple[int, int] | None:
    words = marks.words
    word = words.words[j]
    if words.capital(j) and j not in marks.verbs:
        return _capital_run(marks, draft, j)
    if j in marks.kinds and (unknown := unknown_place(marks, j)) and not draft.person:
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
    singles, pairs = stops()
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


def _field_behind(marks: Marks, draft: Draft, j: int) -> bool:
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


def _capital_run(marks: Marks, draft: Draft, j: int) -> tuple[int, int] | None:
    """Capitalised words: a person's name behind an office or an address, else part of a body's own name."""
    words = marks.words
    end = j + 1
    person = bool(draft.heads) and expects_person(draft)
    while end < len(words) and words.link[end] <= HYPHEN and name_word(words, end) and end - j < 7:
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


def _inside_body(words: Words, draft: Draft, j: int, end: int) -> bool:
    """ "Cục trưởng Cục Tài chính": one capital behind a body, and its second syllable is small."""
    if end - j > 1 or draft.heads[-1][2].layer != "body" or draft.places or draft.heads[-1][1] != j:
        return False
    return end < len(words) and words.link[end] == SPACE and not words.capital(end)


def _in_name(marks: Marks, draft: Draft, j: int, end: int) -> bool:
    """A place's name inside a person's: "Nguyễn Thị Hồng Vân" is no gate of that name."""
    if not expects_person(draft):
        return False
    place = marks.places[end]
    if marks.words.words[end - 1] in ("thị", "văn") and end - j >= 2:
        return True  # behind a middle name: "bà Đoàn Thị Lào"
    bare_name = place.i == end and marks.words.words[end] not in KINDS and place.place.kind != "country"
    return end - j < 2 or (bare_name and marks.words.words[j] in families() and place.j - j <= _NAME)


def expects_person(draft: Draft) -> bool:
    """A name follows an office or address; behind a bare body capitals are the body's own name."""
    return any(h.layer in ("office", "address") for _, _, h in draft.heads)
