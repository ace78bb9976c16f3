"""Which of a page's titles is the article's: a vote between its meta fields and what stands on the page to be seen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import lxml.html

from crawler.clean.blocks import Block
from crawler.clean.page import Page, said
from crawler.clean.select import values
from crawler.clean.spelling import plain, tidy

_CUT = re.compile(r"\s+[-–—|»›:•]+\s+|\s*\|\s*|\s*::\s*|\s*»\s*")
_OF_A_SITE = re.compile(
    r"^(?:(?:cổng|trang|hệ thống) (?:thông tin|tin|điện tử)\b.*|báo(?: điện tử)? \S+(?: \S+)?(?: điện tử| online)?"
    r"|trang chủ|tin tức(?: (?:sự kiện|nổi bật|- sự kiện))?|chi tiết(?: tin| tin tức| bài viết)?|home|news|index"
    r"|untitled|xem tin|view_detail|default)$",
    re.I,
)
_NAMED = "title|headline|tieu-?de|(?:article|news|post|detail)[-_]?(?:header|name)"


def title_of(
    page: Page,
    selectors: Sequence[str] = (),
    guesses: Sequence[str] = (),
    container: lxml.html.HtmlElement | None = None,
) -> str:
    """The article's title, or "" where none can be told; `guesses` are selectors of a content system."""
    for found in values(page.tree, selectors):
        return found
    claims = list(_claims(page))
    shown = _shown(page)
    voted = [shown[plain(claim)] for claim in claims if plain(claim) in shown]
    if voted:
        return max(voted, key=len)
    for found in values(page.tree, guesses):
        return found
    return _near(page, container) or next(iter(claims), "")


def _claims(page: Page) -> Iterator[str]:
    """What the page's data call the title, each whole and cut at its separators."""
    given = [page.meta.get("og:title", ""), said(page.article_facts.get("headline")), page.head_title]
    given.append(page.meta.get("twitter:title", ""))
    seen: set[str] = set()
    for title in given:
        for claim in _cuts(title):
            if claim and claim not in seen and not _is_sites(page, claim):
                seen.add(claim)
                yield claim


def _cuts(title: str) -> Iterator[str]:
    yield title
    marks = list(_CUT.finditer(title))
    for mark in reversed(marks):
        yield title[: mark.start()].strip()
    for mark in marks:
        yield title[mark.end() :].strip()


def _is_sites(page: Page, claim: str) -> bool:
    if plain(claim) in page.site_names or len(claim) < 8 or _OF_A_SITE.match(claim):
        return True
    return any(plain(claim) == plain(description) for description in page.descriptions)


def _shown(page: Page) -> dict[str, str]:
    """Whole visible blocks by their plain form; headings win over other blocks of the same words."""
    shown = {plain(block.text): block.text for block in page.blocks if len(block.text) <= 400 and _in_body(block)}
    # A heading may be broken over lines.
    for node in page.tree.iter("h1", "h2"):
        text = tidy(" ".join(node.itertext()))
        if 0 < len(text) <= 400:
            shown[plain(text)] = text
    return shown


def _in_body(block: Block) -> bool:
    return block.node.tag not in ("head", "title", "html")


def _near(page: Page, container: lxml.html.HtmlElement | None) -> str:
    """The last heading before the body, for sites whose pages all carry the site's title."""
    best = ""
    inside = {container, *container.iterdescendants()} if container is not None else set()
    for node in page.tree.iter():
        if node in inside and best:
            break
        if _is_heading(node):
            text = tidy(" ".join(node.itertext()))
            if 10 <= len(text) <= 300 and not _is_sites(page, text):
                best = text if node.tag == "h1" or not best else best
    return best


def _is_heading(node: lxml.html.HtmlElement) -> bool:
    if node.tag in ("h1", "h2"):
        return True
    return node.tag in ("div", "span", "p", "h3") and bool(re.search(_NAMED, node.get("class") or "", re.I))
