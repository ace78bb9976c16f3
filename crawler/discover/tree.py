"""An HTML page as a tree, whatever comes: bytes in the charset they say, broken markup, nothing at all."""

from __future__ import annotations

import re

from lxml import etree, html

CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
MOST_LETTERS = 8 * 1024 * 1024


def parsed(page: str | bytes) -> html.HtmlElement | None:
    """The root of the page; None where there is nothing to read."""
    text = page if isinstance(page, str) else _decoded(page)
    text = text[:MOST_LETTERS].replace("\x00", "")
    if not text.strip():
        return None
    parser = html.HTMLParser(remove_comments=True, remove_pis=True, encoding="utf-8", no_network=True)
    try:
        # In bytes, as lxml refuses a str that declares its encoding.
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def _decoded(page: bytes) -> str:
    if page.startswith((b"\xff\xfe", b"\xfe\xff")):
        return page.decode("utf-16", "replace")
    try:
        return page.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    said = CHARSET.search(page[:4096])
    try:
        return page.decode(said[1].decode("ascii") if said else "windows-1258", "replace")
    except LookupError:
        return page.decode("utf-8", "replace")
