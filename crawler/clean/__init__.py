"""Page → title, lead, text, date, author, captions: the one place that speaks trafilatura, and where NFC begins.

`clean` takes a page of HTML, `clean_text` a plain dump of one. docs/why/cleaning.md tells what each repair mends.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable

import lxml.html

from crawler.article import CleanArticle
from crawler.catalogue import Source
from crawler.clean import author as authors
from crawler.clean.body import LEAST, Body, body_of, boxes_of
from crawler.clean.dates import date_in_text
from crawler.clean.dump import clean_text
from crawler.clean.families import Family, families, family_of
from crawler.clean.lead import found_lead, selected_lead, with_lead
from crawler.clean.misfit import refuse_listings, refuse_misfits
from crawler.clean.noise import drop, furniture_of
from crawler.clean.page import Page, read_page
from crawler.clean.select import elements
from crawler.clean.spelling import language_of, plain
from crawler.clean.stamped import published_of
from crawler.clean.title import title_of

__all__ = ["clean", "clean_text"]

_NOTHING = Family(name="", body=())


def clean(
    html: str | bytes, url: str, source: Source | None = None, charset: str = "", feed_published: str = ""
) -> CleanArticle:
    """The article a page holds; SkipPage says why where it holds none."""
    page = read_page(html, url, charset)
    removed = (node for selector in (source.remove if source else ()) for node in elements(page.tree, selector))
    drop(removed)
    tree = _pruned_copy(page, source.body if source else ())
    family = family_of(tree, LEAST) or _NOTHING
    selectors = (*(source.body if source else ()), *family.body)
    body = body_of(tree, url, selectors, source.caption if source else (), between=page.vietnamese)
    held = _in_page(page, body)
    title = title_of(page, source.title if source else (), family.title, held)
    paragraphs, author = _signed(body, title)
    lead = _lead(page, tree, body, (*(source.lead if source else ()), *family.lead), title, paragraphs)
    lines = [line for line in with_lead(lead, paragraphs) if plain(line) != plain(title)]
    text = "\n".join(lines)
    refuse_listings(page, text)
    refuse_misfits(page, title, text)
    published, published_from = published_of(
        page, source.date if source else (), family.date, title, held, feed_published
    )
    if not published and (day := date_in_text(text)):
        published, published_from = day, "text"
    return CleanArticle(
        url=url,
        title=title,
        lead=lead,
        text=text,
        captions=body.captions,
        author=authors.author_of(page, (*(source.author if source else ()), *family.author)) or author,
        published=published,
        published_from=published_from,
        language=language_of(f"{title} {text}", page.declared_language),
    )


_NUMBER = "data-cleaning-number"  # finds an element of the pruned copy again in the whole page


def _pruned_copy(page: Page, body: Iterable[str]) -> lxml.html.HtmlElement:
    for number, node in enumerate(page.tree.iter()):
        node.set(_NUMBER, str(number))
    tree = copy.deepcopy(page.tree)
    if page.vietnamese:
        selectors = ("h1", *body, *(selector for family in families() for selector in family.body))
        drop(furniture_of(tree, [node for selector in selectors for node in elements(tree, selector)]))
        drop(boxes_of(tree))
    return tree


def _in_page(page: Page, body: Body) -> lxml.html.HtmlElement | None:
    """The body's container in the whole page."""
    if body.container is None:
        return None
    number = body.container.get(_NUMBER)
    if number is None:  # made of single paragraphs: their parent holds them
        first = next(iter(body.container), None)
        number = None if first is None else first.get(_NUMBER)
        found = _numbered(page, number)
        return None if found is None else found.getparent()
    return _numbered(page, number)


def _numbered(page: Page, number: str | None) -> lxml.html.HtmlElement | None:
    return next((node for node in page.tree.iter() if node.get(_NUMBER) == number), None) if number else None


def _signed(body: Body, title: str) -> tuple[list[str], str]:
    """The body's paragraphs without the signature they end with, and that signature."""
    lines = [block.text for block in body.blocks if plain(block.text) != plain(title)]
    for back in (1, 2):
        if len(lines) > back and (name := authors.signature_line(lines[-back])):
            del lines[-back]
            return lines, name
    if len(lines) > 1 and (unit := authors.unit_line(lines[-1], lines[-2])):
        return lines[:-1], unit
    return lines, ""


def _lead(
    page: Page,
    tree: lxml.html.HtmlElement,
    body: Body,
    selectors: tuple[str, ...],
    title: str,
    paragraphs: list[str],
) -> str:
    lead = selected_lead(tree, selectors)
    if not lead:
        lead = found_lead(page, tree, body.container, title)
    if not lead and len(paragraphs) > 1 and plain(paragraphs[0]) == plain(paragraphs[1]):
        lead = paragraphs[0]
    if not lead and body.blocks and body.blocks[0].bold > 0.9 and len(paragraphs) > 1 and len(paragraphs[0]) > 80:
        lead = paragraphs[0]
    return "" if plain(lead) == plain(title) else lead
