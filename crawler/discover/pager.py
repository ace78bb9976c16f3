"""The next page of a listing, for walking back through an archive."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler import urls
from crawler.discover.links import plain
from crawler.discover.page import MOST_ANCHORS
from crawler.discover.tree import parsed

if TYPE_CHECKING:
    from crawler.catalogue import Source

NEXT = re.compile(
    r"^(trang\s+)?(sau|tiếp( theo)?|kế tiếp|next( page)?|cũ hơn|older( posts)?|xem tiếp|trang sau|trang tiếp( theo)?)"
    r"\s*[›»>→]*$|^[›>→]$",
    re.IGNORECASE,
)
LAST = re.compile(r"^[»]+$|^>>$")  # on many sites the last page, on some the next
# How a page number stands in an address; group 2 is the number. BRSR counts articles, not pages.
NUMBER = re.compile(
    r"([?&](?:page|p|trang|pageindex|paged|pg|brsr|start|offset|pageno|currentpage)=|[/_.-](?:trang|page)[-/]?|-p)(\d{1,6})"
    r"(?=$|[&/#.])",
    re.IGNORECASE,
)


def next_pages(html: str | bytes, base_url: str, source: Source | None = None) -> list[str]:
    """The page after this one; more than one only where it cannot be told which it is."""
    root = parsed(html)
    if root is None:
        return []
    base_url = base_url.partition("#")[0]
    said: dict[int, list[str]] = {}
    numbered: list[tuple[int, str]] = []
    for node in islice(root.iter("a", "link"), MOST_ANCHORS):
        url = urls.absolute(node.get("href", ""), base_url)
        if not url or url == base_url or not _own(url, base_url, source):
            continue
        if (rank := _rank(node, url, base_url)) is not None:
            said.setdefault(rank, []).append(url)
        elif (number := _number(node, url, base_url)) is not None:
            numbered.append((number, url))
    if numbered:
        said[2] = [min(numbered)[1]]
    best = said[min(said)] if said else []
    return list(dict.fromkeys(best))[:3]


def turn(url: str, step: int = 1) -> str:
    """The same listing one page on, by counting up the number in its address; "" where it has none."""
    found = NUMBER.search(url)
    return f"{url[: found.start(2)]}{int(found[2]) + step}{url[found.end(2) :]}" if found else ""


def _own(url: str, base_url: str, source: Source | None) -> bool:
    return urls.on_site(url, source) if source else urls.bare(urls.host(url)) == urls.bare(urls.host(base_url))


def _rank(node: HtmlElement, url: str, base_url: str) -> int | None:
    """0 for a link that says so to machines, 1 to people, 3 for a mere double arrow; 2 is for numbers."""
    if "next" in node.get("rel", "").lower().split():
        return 0
    if node.tag == "link" or not _pages(url, base_url):
        return None
    said = [plain(node.text_content()), plain(node.get("title")), plain(node.get("aria-label"))]
    if any(NEXT.match(text) for text in said):
        return 1
    return 3 if any(LAST.match(text) for text in said) else None


def _number(node: HtmlElement, url: str, base_url: str) -> int | None:
    """The number in the address of a link that shows a number and leads on from here."""
    there, here = NUMBER.search(url), NUMBER.search(base_url)
    label = plain(node.text_content()) if node.tag == "a" else ""
    if there is None or not re.fullmatch(r"\d{1,4}", label) or _stem(url) != _stem(base_url):
        return None
    number = int(there[2])
    leads_on = number > int(here[2]) if here else int(label) > 1
    return number if leads_on else None


def _pages(url: str, base_url: str) -> bool:
    """Whether this stays in the listing, and is not the next article or picture."""
    return NUMBER.search(url) is not None or _stem(url) == _stem(base_url)


def _stem(url: str) -> str:
    """The listing's address without its page number and its query, to see that two pages are of one listing."""
    path = urlsplit(NUMBER.sub("", url)).path
    return re.sub(r"(?i)\.(html?|aspx|php|chn)$|&s_cond=$", "", path).rstrip("/").lower()
