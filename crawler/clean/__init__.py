"""Page → title, lead, text, date, author, captions: the one place that speaks trafilatura, and where NFC begins."""

from __future__ import annotations

import unicodedata

import trafilatura

from crawler.article import CleanArticle
from crawler.catalogue import Source
from crawler.errors import SkipPage

__all__ = ["clean", "clean_text"]


def clean(
    html: str | bytes, url: str, source: Source | None = None, charset: str = "", feed_published: str = ""
) -> CleanArticle:
    """The article a page holds; SkipPage says why where it holds none."""
    if isinstance(html, bytes):
        html = html.decode(charset or "utf-8", "replace")
    found = trafilatura.bare_extraction(html, url=url, include_comments=False, with_metadata=True)
    if found is None or len(found.text or "") < 80:
        raise SkipPage("no article text found")
    text = unicodedata.normalize("NFC", found.text)
    return CleanArticle(
        url=url, title=found.title or "", text=text, author=found.author or "", published=found.date or feed_published
    )


def clean_text(text: str, url: str = "", published: str = "") -> CleanArticle:
    """A plain-text dump of a page, cleaned the same way."""
    title, _, rest = unicodedata.normalize("NFC", text).strip().partition("\n")
    return CleanArticle(url=url, title=title.strip(), text=rest.strip(), published=published)
