"""Finds parts of a page by CSS, where a selector may end in `::attr(name)` or `::text`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import lxml.html
from cssselect import SelectorError
from lxml.cssselect import CSSSelector

from crawler.clean.spelling import tidy
from crawler.errors import CatalogueError

_ENDING = re.compile(r"::(?:attr\(\s*([\w:-]+)\s*\)|text)\s*$")


@lru_cache(maxsize=1000)
def _compiled(selector: str) -> tuple[CSSSelector, str]:
    ending = _ENDING.search(selector)
    css = selector[: ending.start()] if ending else selector
    try:
        return CSSSelector(css or "*", translator="html"), (ending[1] or "") if ending else ""
    except (SelectorError, ValueError) as error:
        raise CatalogueError(f"selector {selector!r} cannot be read: {error}") from None


def elements(tree: lxml.html.HtmlElement, selector: str) -> list[lxml.html.HtmlElement]:
    """Everything a selector matches, in the page's order."""
    return list(_compiled(selector)[0](tree))


def first_element(tree: lxml.html.HtmlElement, selectors: Iterable[str]) -> lxml.html.HtmlElement | None:
    """What the first matching selector finds first, if it holds text."""
    for selector in selectors:
        for node in elements(tree, selector):
            if "".join(node.itertext()).strip():
                return node
    return None


def values(tree: lxml.html.HtmlElement, selectors: Iterable[str]) -> list[str]:
    """The texts, or named attributes, of what the first matching selector finds."""
    for selector in selectors:
        compiled, attribute = _compiled(selector)
        found = [tidy(_value(node, attribute)) for node in compiled(tree)]
        if found := [value for value in found if value]:
            return found
    return []


def _value(node: lxml.html.HtmlElement, attribute: str) -> str:
    if attribute:
        return node.get(attribute) or ""
    # A line break in the markup keeps words apart that `text_content` would join.
    return " ".join(node.itertext()) or node.get("content") or node.get("datetime") or ""
