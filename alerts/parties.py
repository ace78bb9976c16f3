"""Who met whom, in a few words for a subject line: `Lào Cai – Hồng Hà (Vân Nam)`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from alerts.notice import Happening
from alerts.outcomes import one_line
from alerts.phrases import country, province, shorten

LONGEST_NAME = 30
PAIR = 24  # two places side by side, together
KIND_OF_PLACE = re.compile(
    r"\b(tỉnh|thành phố|tp\.?|thị xã|thị trấn|huyện|quận|đặc khu|châu tự trị(?: dân tộc [\w, ]+?)?|châu"
    r"|khu tự trị dân tộc choang|khu tự trị|thị|bang|xã|phường)\s+(?=[^\W\d_])",
    re.I,
)
BRACKETED = re.compile(r"\s*\([^()]*\)")
SHORTER = (
    (re.compile(r"\bỦy ban [Nn]hân dân\b|\bUỷ ban [Nn]hân dân\b"), "UBND"),
    (re.compile(r"\bHội đồng [Nn]hân dân\b"), "HĐND"),
    (re.compile(r"\b[Tt]hành phố\b"), "TP"),
)


def vietnamese(happening: Happening) -> str:
    """The Vietnamese side in a few words."""
    local = province(happening.province) if happening.province else ""
    return _in_short(happening.vietnamese_side, local)


def foreign(happening: Happening, language: str) -> str:
    """The foreign side in a few words, without its country."""
    home = country(happening.country, language) if happening.country else ""
    return _in_short(happening.foreign_side, one_line(happening.foreign_region) or home)


def beyond(happening: Happening, language: str) -> str:
    """What stands in brackets behind the foreign side: its region, or else its country."""
    name = foreign(happening, language).casefold()
    home = country(happening.country, language) if happening.country else ""
    for larger in (one_line(happening.foreign_region), home):
        if larger and larger.casefold() not in name:
            return larger
    return ""


def bodies(side: Iterable[Mapping[str, Any]]) -> list[str]:
    """The names of the agencies and localities of a side."""
    return [name for party in side if party.get("type") != "person" and (name := one_line(str(party.get("name", ""))))]


def people(side: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """The persons of a side, each with an office or an empty word."""
    found = [party for party in side if party.get("type") == "person"]
    named = [(one_line(str(p.get("name", ""))), one_line(str(p.get("title") or ""))) for p in found]
    return [(name, title) for name, title in named if name]


def _in_short(side: tuple[dict[str, Any], ...], larger: str) -> str:
    names = [_abbreviated(name) for name in bodies(side)]
    if len(names) == 1 and len(_bare(names[0])) <= LONGEST_NAME:
        return _bare(names[0])
    places = [place for name in names for place in _places(name)]
    if len(names) == 2 and all(_bare(name) in places for name in names) and len(", ".join(places)) <= PAIR:
        return ", ".join(_bare(name) for name in names)
    if places:
        return Counter(places).most_common(1)[0][0]
    if larger:
        return larger
    persons = people(side)
    return shorten(names[0] if names else persons[0][0] if persons else "", LONGEST_NAME)


def _abbreviated(name: str) -> str:
    name = BRACKETED.sub("", name)  # "châu Hồng Hà (Trung Quốc)": the region is told behind both sides
    for long, short in SHORTER:
        name = long.sub(short, name)
    return name


def _bare(name: str) -> str:
    """A place without the word for what it is: `tỉnh Lào Cai` is Lào Cai."""
    match = KIND_OF_PLACE.match(name)
    rest = name[match.end() :] if match else name
    return rest if rest[:1].isupper() else name


def _places(name: str) -> list[str]:
    """The places named inside an agency's name: the capitalised words behind `tỉnh`, `huyện`, `châu`…"""
    found = []
    for match in KIND_OF_PLACE.finditer(name):
        place = []
        for token in name[match.end() :].split():
            if not token[:1].isupper():
                break
            place.append(token.rstrip(").,;"))
            if place[-1] != token:
                break
        if place:
            found.append(" ".join(place))
    return found
