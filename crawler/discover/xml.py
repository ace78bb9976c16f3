"""Reading XML from strangers: mended where it is broken, no entities, nothing fetched."""

from __future__ import annotations

import html.entities
import re
import zlib
from collections.abc import Iterator

from lxml import etree

MOST_BYTES = 32 * 1024 * 1024  # of a sitemap when unpacked; more than the 50,000 addresses one may hold
NAMED = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
START = re.compile(rb"<(?:\?xml|(?:[A-Za-z]+:)?(?:rss|rdf|feed|urlset|sitemapindex)\b)", re.IGNORECASE)
# Vocabularies that say `title` or `link` of a picture or a sound, not of the article.
FOREIGN = ("{http://search.yahoo.com/mrss", "{http://www.itunes.com/", "{http://www.google.com/schemas/sitemap-image")
DOCTYPE = re.compile(rb"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)


def unpacked(body: bytes, most: int = MOST_BYTES) -> bytes:
    """What a gzip file holds, up to `most` bytes; other bytes come back as they are."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return zlib.decompressobj(wbits=31).decompress(body, most)  # of a torn file, its beginning
    except zlib.error:
        return b""


def tree(body: bytes) -> etree._Element | None:
    """The root element, or None where there is no XML of a kind we read."""
    if body[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        start = START.search(body)
        if start is None or re.search(rb"<html[\s>]", body[: start.start()], re.IGNORECASE):
            return None
        body = NAMED.sub(_number, DOCTYPE.sub(b"", body[start.start() :], count=1))
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
    )
    try:
        return etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def name(node: etree._Element) -> str:
    """The element's name without its namespace, in small letters; "" for what is none of ours."""
    if not isinstance(node.tag, str) or node.tag.startswith(FOREIGN):
        return ""
    return node.tag.rpartition("}")[2].rpartition(":")[2].lower()


def named(node: etree._Element, *names: str) -> Iterator[etree._Element]:
    """The elements anywhere below that are called so."""
    return (child for child in node.iter() if name(child) in names)


def text(node: etree._Element, *names: str) -> str:
    """The text of the first child that has one, the names in order of preference."""
    for wanted in names:
        for child in node:
            if name(child) == wanted and (found := "".join(child.itertext()).strip()):
                return found
    return ""


def _number(found: re.Match[bytes]) -> bytes:
    """HTML's named letters, which XML does not know, by number."""
    word = found[1].decode("ascii")
    if word in ("amp", "lt", "gt", "quot", "apos"):
        return found[0]
    letters = html.entities.html5.get(f"{word};", "")
    return "".join(f"&#{ord(letter)};" for letter in letters).encode("ascii") or found[0].replace(b"&", b"&amp;")
