"""Who wrote the article: a byline, a meta field or the last short line of the body; never the site or its account."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

import lxml.html

from crawler.clean.noise import is_noise
from crawler.clean.page import Page, said
from crawler.clean.select import values
from crawler.clean.spelling import plain, tidy

LONGEST = 60
_BYLINE = re.compile(
    r"(?:^|[\s_-])(?:author|authors|byline|pseudonym|tac-?gia|but-?danh|writer|nguoi-?viet)(?:$|[\s_-]|name)", re.I
)
_PREFIX = re.compile(
    r"^(?:\(?(?:tin|bài|ảnh|video|thực hiện|tác giả|người viết|nhóm (?:pv|phóng viên)|clip)"
    r"(?:\s*(?:,|và|-|/|&|–)\s*(?:tin|bài|ảnh|video|clip))*(?: bài viết)?"
    r"\s*(?::|và ảnh:)|by|bởi)\s+",
    re.I,
)
_SITE_LIKE = re.compile(
    r"\b(?:báo|cổng|trang|tạp chí|đài|thông tấn|điện tử|online|admin|administrator|ban biên tập|bbt|biên tập"
    r"|quản trị|user|editor|ttxvn|portal|news|vccorp|copyright|sở|ubnd)\b|[@/]|\.(?:vn|com|net|org)\b|https?:|www\.",
    re.I,
)
_TRAILING = re.compile(r"\s*(?:[-–|•,]\s*)?(?:\d{1,2}[/.-]\d{1,2}[/.-]\d{4}.*|\d{1,2}:\d\d.*)$")
_ASIDE = re.compile(r"\s*\((?:tổng hợp|t/h|th|theo [^()]{2,60}|lược dịch|dịch|biên dịch|ghi)\)\s*$", re.I)
_NAME_WORD = re.compile(r"^[^\W\d_]+(?:[.'’-][^\W\d_]*)*$")
_UNIT = re.compile(
    r"(?:Phòng|Văn phòng|Trung tâm|Ban|Tổ|Bộ phận|Chi cục) [A-ZĐÀ-Ỹ][^\W\d_]*(?: (?:[^\W\d_]+|-|–)){0,8}"
)
_JOINERS = frozenset(("-", "–", "&", "và", "/", "·"))
# Two capitalised words that end an article without being somebody's name.
_NOT_NAMES = re.compile(r"\b(?:việt nam|trung quốc|tỉnh|thành phố|huyện|xã|phường|hội nghị|theo|hết|nguồn)\b", re.I)


def author_of(page: Page, selectors: Sequence[str] = (), area: lxml.html.HtmlElement | None = None) -> str:
    """The byline by selector, meta field, byline class or JSON-LD; "" where only the site signs."""
    for found in values(page.tree, selectors):
        if name := as_name(page, found):
            return name
    for claim in (page.meta.get("dable:author", ""), _byline(page, page.tree if area is None else area)):
        if name := as_name(page, claim):
            return name
    facts = page.article_facts.get("author")
    people = facts if isinstance(facts, list) else [facts]
    named = [name for name in (as_name(page, said(person)) for person in people if _is_person(person)) if name]
    return ", ".join(dict.fromkeys(named)) or as_name(page, page.meta.get("author", ""))


def _is_person(claim: object) -> bool:
    return not (isinstance(claim, dict) and "Organization" in str(claim.get("@type")))


def _byline(page: Page, area: lxml.html.HtmlElement) -> str:
    for node in area.iter():
        marked = f"{node.get('class') or ''} {node.get('id') or ''}"
        target = (node.get("href") or "").lower()
        if (
            node.get("rel") == "author"
            or node.get("itemprop") == "author"
            or "/tac-gia/" in target
            or "/author/" in target
            or (len(marked) < 120 and _BYLINE.search(marked))
        ):
            text = tidy(" ".join(node.itertext()))
            if as_name(page, text):
                return text
    return ""


def as_name(page: Page, claim: str) -> str:
    """The claim as a person's name, "" where it is none."""
    name = _TRAILING.sub("", _PREFIX.sub("", tidy(claim))).strip(" -–|,.:;()*")
    if not 2 <= len(name) <= LONGEST or _SITE_LIKE.search(name) or _is_sites(page, name):
        return ""
    if not any(letter.isupper() for letter in name) or any(letter.isdigit() for letter in name):
        return ""
    return name if len(name.split()) <= 12 and not is_noise(name) else ""


def _is_sites(page: Page, name: str) -> bool:
    joined = plain(name).replace(" ", "")
    return plain(name) in page.site_names or (len(joined) > 3 and joined in (urlsplit(page.url).hostname or ""))


def signature_line(line: str) -> str:
    """The name in a body's last line, "" where that line is no signature."""
    signed = _PREFIX.match(line) is not None
    name = _ASIDE.sub("", _PREFIX.sub("", line)).strip(" -–|,.:;()*")
    words = [word for part in re.split(r"[\s,;]+", name) for word in [part] if word and word not in _JOINERS]
    if not words or len(name) > LONGEST or line.rstrip().endswith(("?", "!", ":", '"', "”")):
        return ""
    if not all(_NAME_WORD.match(word) and word[0].isupper() for word in words):
        return ""
    if _NOT_NAMES.search(name) or _SITE_LIKE.search(name):
        return ""
    capitals = name.upper() == name
    if signed:
        return name
    if line.rstrip().endswith("."):
        return ""
    return name if (2 <= len(words) <= 8 if capitals else 2 <= len(words) <= 6) else ""


def unit_line(line: str, before: str) -> str:
    """The unit that signs a body's last line, as departments' own pages do; the line before it ends a sentence."""
    ended = before.rstrip().endswith((".", "!", "?", "…", "”", '"', ")"))
    return line.strip() if ended and len(line) <= LONGEST and _UNIT.fullmatch(line.strip()) else ""
