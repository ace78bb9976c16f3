"""Walks an element and gives its text as blocks: paragraphs, headings, list items, table rows and captions in order.

Portals write paragraphs as `<p>`, as `<div>`, as bare text between `<br>`, or as table cells; all of them count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import lxml.html
from lxml import etree

from crawler.clean.spelling import plain, tidy

_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        """address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure
        footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre section summary table
        tbody td tfoot th thead tr ul""",
    )
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_BOLD = frozenset(("b", "strong", "h1", "h2", "h3", "h4", "h5", "h6", "th"))
_ITALIC = frozenset(("i", "em", "cite"))
_PICTURES = frozenset(("img", "picture", "video", "amp-img", "source", "audio"))
_CAPTION_NAMES = re.compile(
    r"caption|photocms|chu-?thich|image-?desc|img-?desc|photo-?desc|desc-?image|note-?image|imagenote|image_note"
    r"|pic-?desc|figure-?desc|pimage|expnoedit-cap|(?:^|[\s_-])anh-?(?:mo-?ta|chu-?thich)",
    re.I,
)
_CAPTION_TABLES = re.compile(r"picture|mastercms_tpl_table|tplcaption|image|photo|contentimg|tbl-?img|__mb_", re.I)
LONGEST_CAPTION = 400
LONGEST_CELL = 160
_CELL = "\x1f"  # ends a table's cell until its row is put together
_OPEN_END = re.compile(r"[.!?:;…”\"»)\]]$")


@dataclass(frozen=True)
class Block:
    """A line of the page with what its markup says of it. Shares are of the text's letters."""

    text: str
    node: lxml.html.HtmlElement
    kind: str = "p"  # p | h | li | row | caption
    linked: float = 0.0
    bold: float = 0.0
    italic: float = 0.0
    centred: bool = False
    right: bool = False
    after_picture: bool = False  # nothing but a picture, or another caption, stands between it and the block before
    with_picture: bool = False  # the picture stands in the same paragraph
    href: str = ""


def blocks_of(root: lxml.html.HtmlElement) -> list[Block]:
    """All blocks of an element, captions told apart."""
    return list(_Walk(root).blocks())


class _Walk:
    """One pass over the element, without recursion: pages nest thousands deep."""

    def __init__(self, root: lxml.html.HtmlElement) -> None:
        self.root = root
        self.pieces: list[str] = []
        self.letters = 0
        self.shares = {"linked": 0, "bold": 0, "italic": 0}
        self.depth = {
            "linked": 0,
            "bold": 0,
            "italic": 0,
            "caption": 0,
            "centred": 0,
            "right": 0,
            "h": 0,
            "li": 0,
            "row": 0,
        }
        self.href = ""
        self.picture = False  # one was seen since the last block of text
        self.picture_here = False  # one was seen inside the running paragraph

    def blocks(self) -> Iterator[Block]:
        node: lxml.html.HtmlElement = self.root
        for event, element in etree.iterwalk(self.root, events=("start", "end")):
            node = element
            if event == "start":
                yield from self._enter(node)
            else:
                yield from self._leave(node)
        yield from self._flush(node)

    def _enter(self, node: lxml.html.HtmlElement) -> Iterator[Block]:
        if node.tag in _BLOCKS and not self.depth["row"]:
            yield from self._flush(_parent(node, self.root))
        for state in _states(node):
            self.depth[state] += 1
        if node.tag in _PICTURES:
            self.picture = self.picture_here = True
        if node.tag == "br":
            self.pieces.append("\n")
        if node.tag == "a":
            self.href = node.get("href") or ""
        self._take(node.text)

    def _leave(self, node: lxml.html.HtmlElement) -> Iterator[Block]:
        if node.tag in ("td", "th") and self.depth["row"]:
            self.pieces.append(_CELL)
        if node.tag in _BLOCKS and (not self.depth["row"] or node.tag == "tr"):
            yield from self._flush(node)
        for state in _states(node):
            self.depth[state] -= 1
        if node.tag in ("p", "div", "td", "figure", "li"):
            self.picture_here = False
        if node is not self.root:
            self._take(node.tail)

    def _take(self, text: str | None) -> None:
        if not text:
            return
        self.pieces.append(re.sub(r"\s+", " ", text))
        count = len(text.strip())
        self.letters += count
        for share in self.shares:
            if self.depth[share]:
                self.shares[share] += count

    def _flush(self, node: lxml.html.HtmlElement) -> Iterator[Block]:
        pieces, self.pieces = self.pieces, []
        lines = list(_lines("".join(pieces)))
        letters, shares = self.letters or 1, self.shares
        self.letters, self.shares = 0, dict.fromkeys(shares, 0)
        for line in lines:
            yield Block(
                text=line,
                node=node,
                kind=self._kind(),
                linked=shares["linked"] / letters,
                bold=shares["bold"] / letters,
                italic=shares["italic"] / letters,
                centred=self.depth["centred"] > 0,
                right=self.depth["right"] > 0,
                after_picture=self.picture,
                with_picture=self.picture_here,
                href=self.href if shares["linked"] else "",
            )
            self.picture = False
        if lines:
            self.href = ""

    def _kind(self) -> str:
        for kind in ("caption", "row", "h", "li"):
            if self.depth[kind]:
                return kind
        return "p"


def _parent(node: lxml.html.HtmlElement, root: lxml.html.HtmlElement) -> lxml.html.HtmlElement:
    parent = node.getparent()
    return root if node is root or parent is None else parent


def _states(node: lxml.html.HtmlElement) -> Iterator[str]:
    """What an element says of the text inside it."""
    tag = node.tag
    if tag == "a":
        yield "linked"
    style = (node.get("style") or "").lower().replace(" ", "")
    if tag in _BOLD or "font-weight:bold" in style or "font-weight:700" in style:
        yield "bold"
    if tag in _ITALIC or "font-style:italic" in style:
        yield "italic"
    if tag == "center" or "text-align:center" in style or (node.get("align") or "").lower() == "center":
        yield "centred"
    if "text-align:right" in style or (node.get("align") or "").lower() == "right":
        yield "right"
    if tag in _HEADINGS:
        yield "h"
    if tag in ("li", "dd", "dt"):
        yield "li"
    if tag == "tr" and _is_record(node):
        yield "row"
    if _is_caption(node):
        yield "caption"


def _is_caption(node: lxml.html.HtmlElement) -> bool:
    if node.tag in ("figcaption", "caption"):
        return True
    if node.tag == "figure":
        return len(_own_text(node)) <= LONGEST_CAPTION * 2
    names = f"{node.get('class') or ''} {node.get('data-role') or ''}"
    if node.tag == "table":
        return _is_picture_table(node, names)
    return bool(_CAPTION_NAMES.search(names)) and node.tag != "body" and len(_own_text(node)) <= LONGEST_CAPTION


def _is_picture_table(node: lxml.html.HtmlElement, names: str) -> bool:
    """A table that holds a picture and a few words below it."""
    if node.find(".//img") is None:
        return False
    words = len(_own_text(node))
    return words <= LONGEST_CAPTION * (2 if _CAPTION_TABLES.search(names) else 1)


def _is_record(row: lxml.html.HtmlElement) -> bool:
    """A row of short cells belongs on one line; a table that only lays the page out does not."""
    cells = [cell for cell in row if cell.tag in ("td", "th")]
    if len(cells) < 2 or row.find(".//table") is not None or row.find(".//img") is not None:
        return False
    return all(len(_own_text(cell)) <= LONGEST_CELL for cell in cells)


def _own_text(node: lxml.html.HtmlElement) -> str:
    return " ".join("".join(node.itertext()).split())


def _lines(text: str) -> Iterator[str]:
    """Split at line breaks, unless the break only bends a sentence."""
    kept = ""
    for raw in text.split("\n"):
        line = " | ".join(cell for cell in map(tidy, raw.split(_CELL)) if cell)
        if not line:
            if kept:
                yield kept
            kept = ""
        elif kept and line[:1].islower() and not _OPEN_END.search(kept):
            kept = f"{kept} {line}"
        else:
            if kept:
                yield kept
            kept = line
    if kept:
        yield kept


def same(first: str, second: str) -> bool:
    """Equal but for spaces, punctuation and capitals."""
    return plain(first) == plain(second)
