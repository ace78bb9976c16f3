"""Chooses among the dates of a page; reading one is the business of dates.py."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import lxml.html

from crawler.clean import dates
from crawler.clean.blocks import Block
from crawler.clean.page import Page, said
from crawler.clean.select import values
from crawler.clean.spelling import plain

_META = (
    "article:published_time",
    "og:published_time",
    "datepublished",
    "pubdate",
    "publishdate",
    "publish-date",
    "dc.date.issued",
    "article:published",
    "dc.date",
    "date",
    "sailthru.date",
    "parsely-pub-date",
    "dcterms.created",
    "datecreated",
)
_CLOCK = re.compile(r"clock|today|top-?bar|header|current|now|lich|datetime-?head|menu|footer|nav", re.I)
_DATED = re.compile(r"date|time|publish|ngay|thoi-?gian|meta|post-?info|author|update", re.I)
_NEAR = 40  # blocks after the title among which its stamp is looked for


def published_of(
    page: Page,
    selectors: Sequence[str],
    guesses: Sequence[str],
    title: str,
    container: lxml.html.HtmlElement | None,
    feed: str,
) -> tuple[str, str]:
    """(published, where from): the first of the ways that gives a date."""
    seen = list(_visible(page, title, container))
    for found in values(page.tree, selectors):
        if day := dates.read_date(found):
            return _finer(day, seen), "selector"
    for name in _META:
        if day := dates.read_date(page.meta.get(name, "")):
            return _finer(dates.wall_clock(day, seen), seen), "meta"
    for fact in ("datePublished", "dateCreated"):
        if day := dates.read_date(said(page.article_facts.get(fact))):
            return _finer(dates.wall_clock(day, seen), seen), "json-ld"
    for found in values(page.tree, guesses):
        if day := dates.read_date(found):
            return day, "text"
    if seen:
        return seen[0], "text"
    if day := dates.read_date(feed):
        return day, "feed"
    return "", ""


def _finer(day: str, seen: Sequence[str]) -> str:
    """A mere date, with the time of day that the page prints beside the same date."""
    if "T" in day:
        return day
    return next((stamp for stamp in seen if stamp.startswith(day) and "T" in stamp), day)


def _visible(page: Page, title: str, container: lxml.html.HtmlElement | None) -> Iterator[str]:
    """Stamps near the title, the likeliest first: below it, else above it inside the same box."""
    blocks = _until_body_ends(page.blocks, container)
    at = max((number for number, block in enumerate(blocks) if plain(block.text) == plain(title)), default=-1)
    if at < 0 and container is None:
        return
    below = _opening(blocks[at + 1 :]) if at >= 0 else []
    yield from _dates_of(below, timed=True)
    yield from _dates_of([block for block in below if _looks_dated(block.node)], timed=False)
    above = _above(blocks, at, container)
    yield from _dates_of(above, timed=True)
    yield from _dates_of([block for block in above if _looks_dated(block.node)], timed=False)
    yield from _dates_of(
        [block for block in _closing(page.blocks, container) if dates.is_stamp(block.text)], timed=True
    )
    yield from _dates_of([block for block in below if dates.is_stamp(block.text)], timed=False)


def _opening(blocks: list[Block]) -> list[Block]:
    """What stands between the title and the running text, past a lead: stamps inside the text are events' dates."""
    seen = 0
    for at, block in enumerate(blocks[:_NEAR]):
        seen += len(block.text) >= 100 and block.linked < 0.5
        if seen > 2:
            return blocks[:at]
    return blocks[:_NEAR]


def _until_body_ends(blocks: list[Block], container: lxml.html.HtmlElement | None) -> list[Block]:
    """What comes after the body is the business of other stories."""
    last = _end_of(blocks, container)
    return blocks if last is None else blocks[: last + 1]


def _closing(blocks: list[Block], container: lxml.html.HtmlElement | None) -> list[Block]:
    """The last line of the body and what stands right below it in the same box."""
    last = _end_of(blocks, container)
    if last is None or container is None:
        return []
    box = container.getparent()
    if box is None:
        return [blocks[last]]
    return [blocks[last], *(block for block in blocks[last + 1 : last + 4] if box in block.node.iterancestors())]


def _end_of(blocks: list[Block], container: lxml.html.HtmlElement | None) -> int | None:
    if container is None:
        return None
    body = {container, *container.iterdescendants()}
    return max((number for number, block in enumerate(blocks) if block.node in body), default=None)


def _above(blocks: list[Block], at: int, container: lxml.html.HtmlElement | None) -> list[Block]:
    """The blocks before the title that share its box: the smallest element around title and body."""
    if at <= 0 or container is None:
        return []
    around = {blocks[at].node, *blocks[at].node.iterancestors()}
    box = next((node for node in (container, *container.iterancestors()) if node in around), None)
    if box is None or box.tag in ("body", "html", "form"):
        return []
    return [block for block in reversed(blocks[:at]) if box in block.node.iterancestors()]


def _dates_of(blocks: Sequence[Block], timed: bool) -> Iterator[str]:
    for block in blocks:
        if len(block.text) > 140 or block.linked > 0.8 or _is_clock(block.node):
            continue
        found = dates.read_date(block.text)
        if found and ("T" in found or not timed):
            yield found


def _is_clock(node: lxml.html.HtmlElement) -> bool:
    """The page's own clock stands in its header, or is named one."""
    for level, element in enumerate((node, *node.iterancestors())):
        if element.tag in ("nav", "footer"):
            return True
        if (
            level <= 2
            and _CLOCK.search(f"{element.get('class') or ''} {element.get('id') or ''}")
            and not _is_own(element)
        ):
            return True
    return False


def _is_own(element: lxml.html.HtmlElement) -> bool:
    return bool(
        re.search(r"article|detail|post|entry|news", f"{element.get('class') or ''} {element.get('id') or ''}", re.I)
    )


def _looks_dated(node: lxml.html.HtmlElement) -> bool:
    parent = node.getparent()
    around = [node] if parent is None else [node, parent]
    return any(element.tag == "time" or _DATED.search(element.get("class") or "") for element in around)
