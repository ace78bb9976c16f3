"""RSS and Atom, also where they are broken, and the feeds a page announces."""

from __future__ import annotations

import html

from lxml import etree

from crawler import urls
from crawler.discover import xml
from crawler.discover.links import FoundLink, iso, plain
from crawler.discover.tree import parsed

BASE = "{http://www.w3.org/XML/1998/namespace}base"


def feed_links(body: bytes, base_url: str) -> list[FoundLink]:
    """The articles of a feed, newest first as it has them; nothing for what is no feed."""
    root = xml.tree(xml.unpacked(body))
    if root is None or xml.name(root) not in ("rss", "rdf", "feed", "channel"):
        return []
    base = urls.absolute(root.get(BASE, ""), base_url) or base_url
    found: dict[str, FoundLink] = {}
    for item in xml.named(root, "item", "entry"):
        url = _address(item, base)
        if url:
            found.setdefault(url, FoundLink(url, plain(xml.text(item, "title")), _date(item)))
    return list(found.values())


def announced_feeds(page: str | bytes, base_url: str) -> list[str]:
    """The feeds a page names in its head, for sources of which only the home is known."""
    root = parsed(page)
    if root is None:
        return []
    found = [
        urls.absolute(node.get("href", ""), base_url)
        for node in root.iter("link")
        if "alternate" in node.get("rel", "").lower().split()
        and node.get("type", "").lower().partition(";")[0].strip() in ("application/rss+xml", "application/atom+xml")
        and "comment" not in (node.get("href", "") + node.get("title", "")).lower()
    ]
    return list(dict.fromkeys(url for url in found if url))


def _address(item: etree._Element, base: str) -> str:
    """Where the article is: the site's own link before a feed service's, a permanent guid last."""
    atom = [node for node in item if xml.name(node) == "link" and node.get("href")]
    atom.sort(key=lambda node: node.get("rel", "alternate") != "alternate")
    guid = next((node for node in item if xml.name(node) == "guid"), None)
    permanent = guid is not None and guid.get("isPermaLink", "true").lower() == "true"
    choices = [
        xml.text(item, "origlink"),
        xml.text(item, "link"),
        *(node.get("href", "") for node in atom if node.get("rel", "alternate") in ("alternate", "self")),
        xml.text(item, "guid") if permanent else "",
        xml.text(item, "id"),
        item.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about", ""),
    ]
    base = urls.absolute(item.get(BASE, ""), base) or base
    for choice in choices:
        choice = html.unescape(choice)
        if choice and not choice.lower().startswith(("urn:", "tag:")) and (url := urls.absolute(choice, base)):
            return url
    return ""


def _date(item: etree._Element) -> str:
    for name in ("pubdate", "published", "issued", "date", "updated", "modified"):
        if found := iso(xml.text(item, name)):
            return found
    return ""
