"""Sitemaps: lists of pages, lists of lists, the news kind, plain text, packed or not."""

from __future__ import annotations

import html
import re

from lxml import etree

from crawler import urls
from crawler.discover import xml
from crawler.discover.links import FoundLink, iso, plain


def sitemap_links(body: bytes, base_url: str) -> tuple[list[FoundLink], list[str]]:
    """The pages a sitemap lists, and the further sitemaps it names, those changed last in front."""
    body = xml.unpacked(body)
    root = xml.tree(body)
    if root is None:
        return _text_links(body, base_url), []
    if xml.name(root) == "sitemapindex":
        return [], _further(root, base_url)
    found: dict[str, FoundLink] = {}
    for entry in xml.named(root, "url"):
        url = urls.absolute(html.unescape(xml.text(entry, "loc")), base_url)
        if url:
            found.setdefault(url, FoundLink(url, *_news(entry), iso(xml.text(entry, "lastmod"))))
    return list(found.values()), []


def announced_sitemaps(robots_txt: str | bytes, base_url: str) -> list[str]:
    """The sitemaps a robots.txt names."""
    text = robots_txt if isinstance(robots_txt, str) else robots_txt.decode("utf-8", "replace")
    named = re.findall(r"(?im)^\s*sitemap\s*:\s*(\S+)", text)
    return list(dict.fromkeys(filter(None, (urls.absolute(url, base_url) for url in named))))


def _further(root: etree._Element, base_url: str) -> list[str]:
    named = [
        (iso(xml.text(entry, "lastmod")), urls.absolute(html.unescape(xml.text(entry, "loc")), base_url))
        for entry in xml.named(root, "sitemap")
    ]
    named.sort(key=lambda entry: entry[0], reverse=True)
    return list(dict.fromkeys(url for _, url in named if url))


def _news(entry: etree._Element) -> tuple[str, str]:
    """Title and date of publication, which only a news sitemap has."""
    for news in entry:
        if xml.name(news) == "news":
            return plain(xml.text(news, "title")), iso(xml.text(news, "publication_date"))
    return "", ""


def _text_links(body: bytes, base_url: str) -> list[FoundLink]:
    lines = body[: xml.MOST_BYTES].decode("utf-8", "replace").lstrip("\ufeff").split("\n")
    addresses = [line.strip() for line in lines if line.strip()]
    if not addresses or not all(re.fullmatch(r"https?://\S+", line) for line in addresses):
        return []
    return [FoundLink(url) for url in dict.fromkeys(urls.absolute(line, base_url) for line in addresses) if url]
