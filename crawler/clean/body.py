"""Cuts the article's own text out of a page: finds its container, leaves boxes of other stories and furniture out.

The container comes from the source's selectors, from a known content system, or from where trafilatura sees the text;
inside it our own walk reads, since trafilatura drops paragraphs that stand as bare text, short closing lines and h3.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import lxml.html
import trafilatura
from lxml import etree

from crawler.clean.blocks import LONGEST_CAPTION, Block, blocks_of
from crawler.clean.noise import is_noise, is_tail, without_templates
from crawler.clean.select import elements
from crawler.clean.spelling import plain

DEEPEST = 400  # levels; trafilatura gives up near 500, and one of its fall-backs grows with the square
LEAST = 200  # letters a container must hold to be believed without trafilatura
_FILES = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|zip|rar)(?:[?#]|$)", re.I)
_CAPTION_START = re.compile(
    r"^(?:\(?ảnh\b|hình ảnh|quang cảnh|toàn cảnh|một góc|một số hình ảnh|chú thích|ảnh minh họa|ảnh dưới|\(ảnh)", re.I
)
_CREDIT = re.compile(r"(?:\(|\b)(?:ảnh|photo|nguồn ảnh)\s*:\s*[^.:]{2,60}\)?\.?$", re.I)
_SENTENCE_END = re.compile(r"[.!?:;…]['\"”»)\]/]*$")


@dataclass(frozen=True)
class Body:
    """The container and its blocks, text and captions apart; `blocks` is empty where nothing was found."""

    container: lxml.html.HtmlElement | None
    blocks: tuple[Block, ...]
    captions: tuple[str, ...]


def body_of(
    tree: lxml.html.HtmlElement,
    url: str,
    selectors: Iterable[str] = (),
    captions: Sequence[str] = (),
    between: bool = True,
) -> Body:
    """The body of a pruned page; `between` trusts whatever stands between two paragraphs that trafilatura saw."""
    for container in _containers(tree, selectors):
        body = _read(container, captions)
        if _letters(body.blocks) >= LEAST:
            return body
    return _from_trafilatura(tree, url, captions, between)


def _containers(tree: lxml.html.HtmlElement, selectors: Iterable[str]) -> Iterable[lxml.html.HtmlElement]:
    for selector in selectors:
        found = elements(tree, selector)
        if len(found) > 1 and all(node.tag in ("p", "h2", "h3", "li") for node in found):
            yield _wrapped(found)
        elif found:
            yield max(found, key=lambda node: sum(len(part) for part in node.itertext()))


def _wrapped(nodes: Sequence[lxml.html.HtmlElement]) -> lxml.html.HtmlElement:
    """Paragraphs that a selector finds one by one, put into one container."""
    wrap = lxml.html.Element("div")
    for node in nodes:
        wrap.append(copy.deepcopy(node))
    return wrap


def _read(container: lxml.html.HtmlElement, captions: Sequence[str] = ()) -> Body:
    blocks = without_boxes(blocks_of(container), container)
    marked = {node for selector in captions for found in elements(container, selector) for node in found.iter()}
    own: list[Block] = []
    aside: list[str] = []
    below_picture = False  # a file's name between a picture and its caption does not part them
    for block in blocks:
        text = without_templates(block.text)
        below_picture = below_picture or block.after_picture
        if is_noise(text):
            continue
        line = replace(block, text=text, after_picture=below_picture)
        below_picture = False
        if block.kind == "caption" or block.node in marked or _is_caption(line):
            aside.append(text)
        else:
            own.append(line)
    return Body(container, tuple(own), tuple(dict.fromkeys(aside)))


def _is_caption(block: Block) -> bool:
    """A few words right below a picture that their form, opening or credit gives away."""
    text = block.text
    if not block.after_picture or block.kind == "h" or len(text) > LONGEST_CAPTION * 0.75:
        return False
    if text.startswith(("“", '"', "‘")):
        return False
    if block.italic > 0.9 or _CREDIT.search(text) or _CAPTION_START.match(text):
        return True
    if block.centred and block.bold < 0.9:
        return True
    return block.bold < 0.9 and not _SENTENCE_END.search(text) and len(text.split()) >= 4


def without_boxes(blocks: list[Block], root: lxml.html.HtmlElement) -> list[Block]:
    """The blocks without boxes of other stories: below "Tin liên quan", or opened by a linked headline."""
    total = _letters(blocks) or 1
    kept: list[Block] = []
    at = 0
    while at < len(blocks):
        block = blocks[at]
        if is_tail(block.text):
            end = _box_end(blocks, at, root, total * 0.5)
            if end == at + 1 and _letters(kept) >= total * 0.4:
                return kept  # nothing fences the box in: the article ends here
            at = end
        elif is_headline(block):
            at = _box_end(blocks, at, root, min(700, total * 0.3))
        else:
            kept.append(block)
            at += 1
    return kept


def boxes_of(tree: lxml.html.HtmlElement) -> list[lxml.html.HtmlElement]:
    """The elements that hold nothing but boxes of other stories."""
    blocks = blocks_of(tree)
    kept = without_boxes(blocks, tree)
    needed = {node for block in kept for node in (block.node, *block.node.iterancestors())}
    kept_blocks = set(map(id, kept))
    return [block.node for block in blocks if id(block) not in kept_blocks and block.node not in needed]


def is_headline(block: Block) -> bool:
    """A line that is nothing but a link to another story."""
    if block.linked < 0.9 or len(block.text.split()) < 5 or _FILES.search(block.href):
        return False
    return not block.href.startswith(("#", "mailto:", "tel:"))


def _box_end(blocks: list[Block], at: int, root: lxml.html.HtmlElement, most: float) -> int:
    """Where the box ends that opens with block `at`: the largest element that begins with it and stays small."""
    before = _line_of(blocks[at - 1].node) if at else set()
    end = at + 1
    box: lxml.html.HtmlElement | None = blocks[at].node
    while box is not None and box is not root and box not in before:
        reach = at + 1
        while reach < len(blocks) and box in _line_of(blocks[reach].node):
            reach += 1
        if reach > at + 1 and _letters(blocks[at + 1 : reach]) > most:
            break
        end, box = reach, box.getparent()
    return end


def _line_of(node: lxml.html.HtmlElement) -> set[lxml.html.HtmlElement]:
    return {node, *node.iterancestors()}


def _letters(blocks: Iterable[Block]) -> int:
    return sum(len(block.text) for block in blocks if block.kind != "caption")


def _from_trafilatura(tree: lxml.html.HtmlElement, url: str, captions: Sequence[str], between: bool) -> Body:
    lines = _long_lines(tree) if _depth(tree) > DEEPEST else _seen_by_trafilatura(tree, url)
    if not lines:
        return Body(None, (), ())
    container = _holder(tree, lines)
    if container is not None:
        body = _read(container, captions)
        kept = _among(body.blocks, lines, between)
        if _letters(kept) >= sum(map(len, lines)) * 0.7:
            return Body(container, tuple(kept), body.captions)
    return _mapped(tree, lines)


def _among(blocks: Sequence[Block], lines: Sequence[str], between: bool) -> list[Block]:
    """The blocks that trafilatura saw, what stands beside them under the same parent, and perhaps all between them."""
    wanted = {plain(line.lstrip("- ")) for line in lines}
    seen = [at for at, block in enumerate(blocks) if plain(block.text) in wanted]
    if not seen:
        return []
    parents = {_parent_of(blocks[at]) for at in seen}
    return [
        block
        for at, block in enumerate(blocks)
        if plain(block.text) in wanted or _parent_of(block) in parents or (between and seen[0] < at < seen[-1])
    ]


def _parent_of(block: Block) -> lxml.html.HtmlElement | None:
    return block.node.getparent() if block.node.tag in ("p", "h2", "h3", "h4", "h5", "h6") else block.node


def _seen_by_trafilatura(tree: lxml.html.HtmlElement, url: str) -> list[str]:
    try:
        found = trafilatura.bare_extraction(
            copy.deepcopy(tree), url=url or None, include_comments=False, with_metadata=False
        )
    except (ValueError, TypeError, AttributeError, RecursionError, AssertionError):
        return []  # a page it cannot digest
    text = getattr(found, "text", None) or ""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _long_lines(tree: lxml.html.HtmlElement) -> list[str]:
    """A plain guess at the running text, for pages too deep for trafilatura."""
    return [block.text for block in blocks_of(tree) if len(block.text) >= 60 and block.linked < 0.3]


def _depth(tree: lxml.html.HtmlElement) -> int:
    depth = deepest = 0
    for event, _node in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def _holder(tree: lxml.html.HtmlElement, lines: Sequence[str]) -> lxml.html.HtmlElement | None:
    """The smallest element that holds nearly all of the lines."""
    wanted = Counter({plain(line): len(line) for line in lines if len(line) >= 40})
    weights: Counter[lxml.html.HtmlElement] = Counter()
    found = 0
    for block in blocks_of(tree):
        if weight := wanted.pop(plain(block.text), 0):
            found += weight
            for node in _line_of(block.node):
                weights[node] += weight
    holders = [node for node, weight in weights.items() if weight >= found * 0.9]
    return max(holders, key=lambda node: sum(1 for _ in node.iterancestors())) if holders else None


def _mapped(tree: lxml.html.HtmlElement, lines: Sequence[str]) -> Body:
    """Trafilatura's own lines, each with its block of the page where one equals it."""
    known = {plain(block.text): block for block in blocks_of(tree)}
    blocks = [known.get(plain(line)) or Block(line.lstrip("- "), tree) for line in lines]
    own = [block for block in blocks if block.kind != "caption" and not is_noise(block.text)]
    return Body(tree, tuple(without_boxes(own, tree)), tuple(block.text for block in blocks if block.kind == "caption"))
