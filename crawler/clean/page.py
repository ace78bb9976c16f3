"""A page as read: its tree, its meta fields and its JSON-LD. Refuses what no article page can be."""

from __future__ import annotations

import html as entities
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import lxml.html
from lxml import etree

from crawler.clean.blocks import Block, blocks_of
from crawler.clean.spelling import language_of, plain, tidy
from crawler.errors import SkipPage

MOST_ELEMENTS = 200_000  # trafilatura's time grows with the square
MOST_BYTES = 8 * 1024 * 1024
_DECLARED = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_-]+)""", re.I)
_BINARY = (b"%PDF", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"Rar!")
_ARTICLE_TYPES = ("article", "newsarticle", "reportagenewsarticle", "blogposting", "report", "analysisnewsarticle")
_UNSEEN = ("script", "style", "noscript", "template", "svg", "iframe", "object", "select", "textarea")


@dataclass
class Page:
    """The parsed page; `tree` has no scripts any more."""

    url: str
    tree: lxml.html.HtmlElement
    meta: dict[str, str] = field(default_factory=dict)
    linked: list[dict[str, Any]] = field(default_factory=list)  # JSON-LD, every object of every block

    @cached_property
    def blocks(self) -> list[Block]:
        """Every block of the whole page."""
        return blocks_of(self.tree)

    @cached_property
    def descriptions(self) -> list[str]:
        """What the page's data give as its summary: the lead, often cut short."""
        given = [self.meta.get(key, "") for key in ("og:description", "description", "twitter:description")]
        return [text for text in (*given, said(self.article_facts.get("description"))) if text]

    @cached_property
    def article_facts(self) -> dict[str, Any]:
        """The JSON-LD object that describes an article, if there is one."""
        for entry in self.linked:
            kinds = entry.get("@type")
            kinds = kinds if isinstance(kinds, list) else [kinds]
            if any(str(kind).lower() in _ARTICLE_TYPES for kind in kinds):
                return entry
        return {}

    @cached_property
    def site_names(self) -> frozenset[str]:
        """What the site calls itself, in plain form: never a title, never an author."""
        names = [self.meta.get(key, "") for key in ("og:site_name", "application-name", "apple-mobile-web-app-title")]
        for entry in self.linked:
            kinds = str(entry.get("@type"))
            if "Organization" in kinds or "WebSite" in kinds:
                names.append(said(entry.get("name")))
        names.append(said(self.article_facts.get("publisher")))
        title = plain(self.meta.get("og:title", ""))  # some sites name the article as a web site
        return frozenset(plain(name) for name in names if name) - {title}

    @cached_property
    def vietnamese(self) -> bool:
        """Whether the page's running text is Vietnamese; what was learnt from Vietnamese sites holds only there."""
        running = " ".join(block.text for block in self.blocks if len(block.text) >= 60 and block.linked < 0.5)
        return language_of(running or self.head_title) == "vi"

    @cached_property
    def declared_language(self) -> str:
        return str(self.tree.get("lang") or self.meta.get("og:locale") or "")

    @cached_property
    def head_title(self) -> str:
        found = self.tree.find(".//head/title")
        return tidy(str(found.text_content())) if found is not None else ""

    @property
    def claims_article(self) -> bool:
        """True where the page's own data call it an article; og:type says so of listings too."""
        return bool(self.article_facts) or bool(self.meta.get("article:published_time"))


def read_page(html: str | bytes, url: str, charset: str = "") -> Page:
    """Parse a page; SkipPage for what is empty, binary or monstrous."""
    text = decode(html, charset) if isinstance(html, bytes) else html
    text = text.replace("\x00", "")
    if not text.strip():
        raise SkipPage("empty page")
    if len(text) > MOST_BYTES:
        raise SkipPage("page too large")
    tree = _parse(text)
    if sum(1 for _ in tree.iter()) > MOST_ELEMENTS:
        raise SkipPage("too many elements")
    page = Page(url=url, tree=tree, meta=_meta(tree), linked=list(_linked(tree)))
    etree.strip_elements(tree, *_UNSEEN, with_tail=False)
    return page


def decode(html: bytes, charset: str = "") -> str:
    """Bytes to text: UTF-8 where the bytes are UTF-8, whatever a header says; else the declared charset."""
    if html[:4].startswith(_BINARY) or html[:8].startswith(_BINARY):
        raise SkipPage("binary file, not a page")
    if html.startswith((b"\xff\xfe", b"\xfe\xff")):
        return html.decode("utf-16", "replace")
    try:
        return html.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    if html[:2000].count(b"\x00") > 20:
        raise SkipPage("binary file, not a page")
    declared = _DECLARED.search(html[:4096])
    for name in (charset, declared[1].decode("ascii") if declared else "", "utf-8"):
        try:
            text = html.decode(name or "utf-8", "replace")
        except LookupError:
            continue
        if name and text.count("\ufffd") <= len(text) / 50:
            return text
    return html.decode("windows-1258", "replace")


def _parse(text: str) -> lxml.html.HtmlElement:
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        tree = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        raise SkipPage("not a page of HTML") from None
    return tree


def _meta(tree: lxml.html.HtmlElement) -> dict[str, str]:
    """Meta fields by name, the first of each."""
    fields: dict[str, str] = {}
    for node in tree.iter("meta"):
        name = node.get("property") or node.get("name") or node.get("itemprop")
        content = node.get("content")
        if name and content and content.strip():
            fields.setdefault(name.strip().lower(), tidy(entities.unescape(content)))
    return fields


def _linked(tree: lxml.html.HtmlElement) -> Iterator[dict[str, Any]]:
    for node in tree.iter("script"):
        if (node.get("type") or "").strip().lower() == "application/ld+json":
            try:
                # strict=False: raw line breaks inside strings are common
                yield from _objects(json.loads((node.text or "").strip().rstrip(";"), strict=False))
            except (ValueError, RecursionError):
                continue


def _objects(found: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > 3:
        return
    if isinstance(found, list):
        for item in found:
            yield from _objects(item, depth + 1)
    elif isinstance(found, dict):
        yield found
        yield from _objects(found.get("@graph"), depth + 1)


def said(value: Any) -> str:
    """A JSON-LD value as text: a string, or the name of an object; escaped twice by some sites."""
    if isinstance(value, dict):
        value = value.get("name")
    if not isinstance(value, str):
        return ""
    return tidy(entities.unescape(entities.unescape(value)))
