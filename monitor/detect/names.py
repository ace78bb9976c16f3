"""Who is named: bodies with their place, delegations, localities, persons with their office; and their side."""

from __future__ import annotations

from dataclasses import dataclass, replace

from monitor.detect.drafting import Draft, read_one
from monitor.detect.marks import SYLLABLE, Head, Marks, foreign_name, foreign_word
from monitor.detect.places import (
    Place,
)
from monitor.detect.vietnamese import COMMA, SPACE, Words, bare

_WRAPPERS = frozenset(("lãnh", "phía"))  # "lãnh đạo UBND X", "phía UBND X" speak for "UBND X"
_HOMELAND = ["việt", "nam"]
KIND_ALONE = frozenset(("country", "địa phương", "cửa khẩu"))  # never written in front of a second name
_COMPANY = frozenset(("pte", "gmbh", "inc", "llc", "plc", "s.a"))  # forms of companies abroad


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


def read_actors(marks: Marks, start: int, stop: int) -> list[Actor]:
    """Everybody named between two words, from left to right."""
    actors: list[Actor] = []
    i = start
    while i < stop:
        draft = read_one(marks, i, stop)
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


def _with_shared_kind(words: Words, actor: Actor, before: list[Actor]) -> Actor:
    """ "thành phố Cao Bằng và Tịnh Tây": the kind word serves both."""
    if not before or actor.headed or len(actor.places) < 1 or actor.i - before[-1].j != 1:
        return actor
    mine = actor.places[0].kind
    joined = words.words[before[-1].j] == "và" and words.capital(actor.i) and mine not in KIND_ALONE
    if not joined or f"{bare(mine)} " not in f"{bare(before[-1].name)} ":
        return actor
    return replace(actor, name=f"{mine} {actor.name}") if bare(mine) not in bare(actor.name) else actor


def _actor(marks: Marks, draft: Draft) -> Actor | None:
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


def _foreign_by_name(marks: Marks, heads: list[Head], draft: Draft) -> bool:
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


def closed(words: Words, i: int, j: int) -> str:
    """The words [i, j) with the closing bracket that their opening one needs."""
    text = words.slice(i, j)
    if text.count("(") > text.count(")") and words.text[words.ends[j - 1] :][:1] == ")":
        text += ")"
    return text


def _vietnamese_name(words: Words, draft: Draft) -> bool:
    """ "Đại học Duy Tân": a school whose own name is made of Vietnamese syllables and that names no place abroad."""
    own = [words.words[k] for k in range(draft.heads[-1][1], draft.end) if words.capital(k)]
    return bool(own) and not draft.places and all(SYLLABLE.match(bare(word)) for word in own)


def _named(words: Words, draft: Draft) -> bool:
    """Whether a body has a name of its own behind its kind: "Tập đoàn Sunwah", not "lãnh đạo", "các phòng"."""
    last = draft.heads[-1][1] if draft.heads else draft.i
    return any(words.capital(k) for k in range(last, draft.end))


def _side(words: Words, heads: list[Head], draft: Draft) -> tuple[str, str, str]:
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


def _hosted_abroad(words: Words, heads: list[Head], draft: Draft) -> Place | None:
    """ "Ban Tổ chức Lễ hội Việt Nam tại Sapporo": a body abroad, named after Vietnam; not one of Vietnamese people."""
    if any(h.side for h in heads) or draft.places[0].kind != "country":
        return None
    if "người" in words.words[draft.i : draft.end] or "tại" not in words.words[draft.i : draft.end]:
        return None
    return next((p for p in draft.places if p.side == "foreign"), None)


def _of_the_country(words: Words, heads: list[Head], draft: Draft) -> bool:
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


def _agency(marks: Marks, draft: Draft) -> str:
    """The body inside a name: "Bí thư Tỉnh ủy X" speaks for "Tỉnh ủy X"."""
    end = draft.person[0] if draft.person else draft.end
    bodies = [i for i, _, h in draft.heads if h.layer == "body"]
    wrapped = [i for i in bodies if marks.words.words[i] not in _WRAPPERS]
    body = next(iter(wrapped or bodies), None)
    if body is not None and body < end:
        return closed(marks.words, body, end)
    return ""


def _title(marks: Marks, draft: Draft) -> str:
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
    parts: list[Draft] = []
    while j < stop and _office_at(marks, j):
        draft = read_one(marks, j, stop)
        if draft is None or draft.person:
            break
        parts.append(draft)
        j = draft.end
    if not parts:
        return actor
    heads = [h for d in parts for _, _, h in d.heads]
    merged = Draft(parts[0].i, j, [h for d in parts for h in d.heads], [p for d in parts for p in d.places])
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
