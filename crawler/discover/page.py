"""Article links on a section page or a home page, with or without knowing the site.

Where the source has `article_url`, it decides. Else the shape of the address does, helped by what the page says of the
link: how long its text is, whether it stands in a menu, and how the other links of the page are written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from lxml.html import HtmlElement

from crawler import urls
from crawler.discover.links import FoundLink, plain, wanted
from crawler.discover.shape import Shape, shape
from crawler.discover.tree import parsed

if TYPE_CHECKING:
    from crawler.catalogue import Source

MENU = re.compile(
    r"(^|[\s_-])(nav|navbar|navigation|menu|mega-?menu|submenu|breadcrumbs?|footer|topbar|toolbar|tags?|keywords?|"
    r"pagination|paging|pager|phan-?trang|lien-?ket|weblink|sitemap|social|share|login)([\s_-]|$)",
    re.IGNORECASE,
)
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
TIME = re.compile(r"^[\d\s:./,()|-]*(phút|giờ|ngày|tháng|trước)?[\d\s:./,()|-]*(trước)?$", re.IGNORECASE)
TITLE_WORDS = 5  # a section's name is mostly shorter, an article's title mostly longer
MOST_ANCHORS = 4000  # of a page; more are a trap or a sitemap made for people
USUAL = 3  # so many links written alike tell how the site writes its articles


@dataclass
class Candidate:
    """One address on the page, with all the anchors that lead to it."""

    url: str
    shape: Shape
    title: str = ""
    rank: int = 9  # of the title: the lower, the surer
    menu: bool = True  # every anchor stands in a menu
    in_menu: bool = False  # at least one does
    texts: list[str] = field(default_factory=list)

    @property
    def spoken(self) -> int:
        """How many words the longest anchor has."""
        return max((len(text.split()) for text in self.texts), default=0)


def page_links(html: str | bytes, base_url: str, source: Source | None = None) -> list[FoundLink]:
    """The links to articles on a page, in its order, each once, with their titles."""
    root = parsed(html)
    if root is None:
        return []
    candidates = _candidates(root, base_url, source)
    if source is None:
        return [FoundLink(found.url, found.title) for found in _articles(candidates)]
    known = [found for found in candidates if source.article_url and urls.matches(source.article_url, found.url)]
    # A pattern that finds nothing is out of date: better the shape than silence.
    chosen = known or _articles(candidates)
    return wanted((FoundLink(found.url, found.title) for found in chosen), source)


def _candidates(root: HtmlElement, base_url: str, source: Source | None) -> list[Candidate]:
    """Every page of the same site that is linked, but not this one and not the home."""
    base = _base(root, base_url)
    own = urls.host(base_url)
    here = {urls.canonical(base_url, source), urls.canonical(f"{base_url.partition('://')[0]}://{own}/", source)}
    found: dict[str, Candidate] = {}
    for anchor in islice(root.iter("a"), MOST_ANCHORS):
        url = urls.absolute(anchor.get("href", ""), base)
        if not url or not (urls.on_site(url, source) if source else _same_site(url, own)):
            continue
        url = urls.canonical(url, source)
        if url in here:
            continue
        candidate = found.setdefault(_key(url), Candidate(url, shape(url)))
        _hear(candidate, anchor)
    return list(found.values())


def _key(url: str) -> str:
    """The same for the forms of an address that one page may mix."""
    place, _, rest = url.partition("://")[2].partition("/")
    return f"{urls.bare(place)}/{rest.rstrip('/')}"


def _base(root: HtmlElement, base_url: str) -> str:
    for node in root.iter("base"):
        return urls.absolute(node.get("href", ""), base_url) or base_url
    return base_url


def _same_site(url: str, own: str) -> bool:
    return urls.bare(urls.host(url)) == urls.bare(own)


def _hear(candidate: Candidate, anchor: HtmlElement) -> None:
    """What this anchor says of its page."""
    heading = _in_heading(anchor)
    in_menu = _in_menu(anchor)
    candidate.menu, candidate.in_menu = candidate.menu and in_menu, candidate.in_menu or in_menu
    said = plain(anchor.text_content())
    if said and not TIME.match(said):
        candidate.texts.append(said)
    for rank, text in enumerate(_titles(anchor, heading, said)):
        better = rank < candidate.rank or (rank == candidate.rank and len(text) > len(candidate.title))
        if better and text and not TIME.match(text):
            candidate.title, candidate.rank = text, rank
            break


def _titles(anchor: HtmlElement, heading: HtmlElement | None, said: str) -> Iterable[str]:
    """Where the title may stand, best first."""
    inside = next((node for node in anchor.iter(*HEADINGS)), None)
    yield plain(inside.text_content()) if inside is not None else ""
    yield said if heading is not None else ""
    yield plain(anchor.get("title"))
    yield said if 3 <= len(said.split()) <= 40 else ""
    yield next((alt for node in anchor.iter("img") if (alt := plain(node.get("alt")))), "")
    yield said


def _in_heading(anchor: HtmlElement) -> HtmlElement | None:
    node: HtmlElement | None = anchor
    for _ in range(3):
        node = node.getparent() if node is not None else None
        if node is not None and node.tag in HEADINGS:
            return node
    return next((child for child in anchor.iter(*HEADINGS)), None)


def _in_menu(anchor: HtmlElement) -> bool:
    for node in anchor.iterancestors():
        if node.tag in ("nav", "footer"):
            return True
        if node.tag in ("body", "html", "article", "main"):
            return False
        if MENU.search(f"{node.get('class', '')} {node.get('id', '')}"):
            return True
    return False


def _articles(candidates: list[Candidate]) -> list[Candidate]:
    """The candidates that are articles, judged together: a site writes all its articles in one or two ways."""
    sections = _sections(candidates)
    possible = [found for found in candidates if not found.shape.other]
    sure = [found for found in possible if _sure(found)]
    likely = [found for found in possible if not _sure(found) and found.url not in sections and _likely(found)]
    # Where most names carry an id, those that do not are sections with long names; where few do, it was chance.
    if len(sure) >= USUAL and len(likely) < 2 * len(sure):
        kinds = {kind for kind, count in Counter(found.shape.kind for found in sure).items() if count > 1}
        likely = [found for found in likely if found.shape.kind in kinds]
    chosen = {id(found) for found in (*sure, *likely)}
    return [found for found in possible if id(found) in chosen]


def _sections(candidates: list[Candidate]) -> set[str]:
    """The addresses below which others of this page lie."""
    below = Counter(
        parent
        for found in candidates
        for parent in {found.url.rpartition("/")[0], found.url.rpartition("/")[0].rpartition("/")[0]}
    )
    return {found.url for found in candidates if below[re.sub(r"\.[a-z]{3,5}$|/$", "", found.url)]}


def _sure(found: Candidate) -> bool:
    """A long name with an id. A menu's entry may look so too, but says no more than its name."""
    looks = found.shape
    named = (len(looks.words) >= 4 and looks.digits >= 5) or (len(looks.words) >= 5 and looks.digits >= 4)
    if not named:
        return False
    short = 0 < found.spoken < TITLE_WORDS or (found.spoken == TITLE_WORDS == len(looks.words))
    return not (found.menu and short)


def _likely(found: Candidate) -> bool:
    """No long name with an id: the page must speak for it."""
    looks = found.shape
    titled = found.spoken >= TITLE_WORDS or len(found.title.split()) >= TITLE_WORDS
    if found.menu or not titled:
        return False
    if looks.number:
        return looks.detail or len(looks.words) >= 3
    if looks.digits >= 3:
        return len(looks.words) >= 3
    return not found.in_menu and (looks.dated or len(looks.words) >= 5)
