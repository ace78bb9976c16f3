"""Brings back the lead (sapo): it stands outside the body on most sites, and says what happened, where and when."""

from __future__ import annotations

import re
from collections.abc import Sequence

import lxml.html

from crawler.clean.blocks import Block, blocks_of
from crawler.clean.noise import is_noise, without_templates
from crawler.clean.page import Page
from crawler.clean.select import first_element
from crawler.clean.spelling import plain, tidy

_NAMED = re.compile(
    r"(?:^|[\s_-])(?:sapo|summary|chapeau|standfirst|article-?lead|detail-?lead|tom-?tat)(?:$|[\s_-])", re.I
)
LONGEST = 1500
SHORTEST = 30


def selected_lead(tree: lxml.html.HtmlElement, selectors: Sequence[str]) -> str:
    """The lead a selector names; where that is only part of its paragraph, the paragraph."""
    node = first_element(tree, selectors)
    if node is None:
        return ""
    text = without_templates(tidy(" ".join(node.itertext())))
    parent = node.getparent()
    if node.tag in ("strong", "b", "em", "i", "span") and parent is not None and parent.tag == "p":
        text = without_templates(tidy(" ".join(parent.itertext())))
    return "" if is_noise(text) or len(text) > LONGEST else text


def found_lead(page: Page, tree: lxml.html.HtmlElement, container: lxml.html.HtmlElement | None, title: str) -> str:
    """The visible block that starts like the page's description, or is named a sapo; "" where none is."""
    starts = [plain(text)[:60] for text in page.descriptions if len(plain(text)) >= SHORTEST]
    inside = {container, *container.iterdescendants()} if container is not None else set()
    named = ""
    for block in blocks_of(tree):
        if block.node in inside and not starts:
            break
        if not _may_lead(block, title):
            continue
        if any(_begins(block.text, start) for start in starts):
            return without_templates(block.text)
        if page.vietnamese and not named and block.node not in inside and _is_named(block.node):
            named = without_templates(block.text)
    return named


def _begins(text: str, start: str) -> bool:
    """The block starts like the description, which may be cut short or lack the dateline."""
    block = plain(text)
    return block.startswith(start[:40]) or start[:40] in block[:75]


def _may_lead(block: Block, title: str) -> bool:
    if block.kind == "caption" or block.linked > 0.5 or not SHORTEST <= len(block.text) <= LONGEST:
        return False
    return not is_noise(block.text) and plain(block.text) != plain(title)


def _is_named(node: lxml.html.HtmlElement) -> bool:
    for element in (node, node.getparent()):
        if element is not None and _NAMED.search(f"{element.get('class') or ''} {element.get('id') or ''}"):
            return True
    return False


def with_lead(lead: str, paragraphs: Sequence[str]) -> list[str]:
    """The lead in front, once: a body that repeats it, whole or with more, keeps one of the two."""
    if not lead:
        return list(paragraphs)
    wanted = plain(lead)
    rest = [paragraph for paragraph in paragraphs if plain(paragraph) != wanted]
    if rest and (first := plain(rest[0])).startswith(wanted) and len(wanted) >= SHORTEST:
        return [rest[0], *rest[1:]] if len(first) > len(wanted) else [lead, *rest[1:]]
    if rest and wanted.endswith(plain(rest[0])) and len(plain(rest[0])) >= SHORTEST:
        return [lead, *rest[1:]]  # the lead carries a dateline that the body leaves out
    return [lead, *rest]
