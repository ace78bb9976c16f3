"""`doingoai analyze`: a line of JSON in, a line of JSON out, no database and no network.

A line that cannot be read, cleaned or understood gives its error and never ends the run.
"""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from crawler.article import CleanArticle
from crawler.clean import clean, clean_text
from crawler.discover import page_links
from crawler.errors import CrawlerError
from monitor import detect
from monitor.detect.records import ArticleText

TAKEN = ("url", "html", "title", "text", "published", "as")  # what a line may ask with; the rest comes back
GIVEN = ("article", "events", "links", "error")  # what an answer says; a question's own key of this name gives way
LONGEST_LINE = 64 * 1024 * 1024


class BadLine(ValueError):
    """A line that asks for nothing we know; the text says what is wrong with it."""


def analyze(lines: Iterable[str | bytes]) -> Iterator[str]:
    """Each line's answer, in the same order, as soon as it is there; blank lines are passed over."""
    for line in lines:
        if line.strip():
            yield _printable(answer(line))


def _printable(found: dict[str, Any]) -> str:
    text = json.dumps(found, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair in a key that comes back: only escaped can it be written
        return json.dumps(found)
    return text


def answer(line: str | bytes) -> dict[str, Any]:
    """What one line comes to."""
    question: dict[str, Any] = {}
    try:
        question = _question(line)
        found = _found(question)
    except (BadLine, CrawlerError) as error:
        found = {"error": _one_line(error)}
    except Exception as error:  # whatever a strange page does to a parser stays with that page
        found = {"error": f"{type(error).__name__}: {_one_line(error)}"}
    return {**_returned(question), **found}


def _question(line: str | bytes) -> dict[str, Any]:
    if len(line) > LONGEST_LINE:
        raise BadLine("the line is too long")
    try:
        question = json.loads(line, parse_constant=_no_number, parse_float=_finite)
    except BadLine:
        raise
    except UnicodeDecodeError:
        raise BadLine("not UTF-8 text") from None
    except (ValueError, RecursionError) as error:
        raise BadLine(f"not JSON: {error}") from None
    if not isinstance(question, dict):
        raise BadLine("not a JSON object")
    return question


def _no_number(word: str) -> Any:
    raise BadLine(f"not JSON: {word} is no number")  # it would come back, and other readers of JSON refuse it


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise BadLine(f"not JSON: the number {digits[:20]} is too large")
    return number


def _returned(question: dict[str, Any]) -> dict[str, Any]:
    url = question.get("url")
    others = {key: value for key, value in question.items() if key not in (*TAKEN, *GIVEN)}
    return {"url": url if isinstance(url, str) else None, **others}


def _found(question: dict[str, Any]) -> dict[str, Any]:
    url = _words(question, "url")
    if "html" in question and question["html"] is not None:
        html = _words(question, "html")
        match question.get("as"):
            case "listing":
                return {"links": [{"url": link.url, "title": link.title} for link in page_links(html, url)]}
            case None | "article":
                return _read(clean(html, url, feed_published=_words(question, "published")))
            case other:
                raise BadLine(f'"as" must be "listing" or "article", not {other!r}')
    if question.get("text") is None:
        raise BadLine('neither "html" nor "text" is given')
    return _read(_from_text(url, _words(question, "title"), _words(question, "text"), _words(question, "published")))


def _words(question: dict[str, Any], key: str) -> str:
    value = question.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadLine(f'"{key}" must be a string')
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which no output could carry
        value = value.encode("utf-8", "replace").decode()
    return value


def _from_text(url: str, title: str, text: str, published: str) -> CleanArticle:
    """A plain text as an article. A title that is given stays; a text too short to take apart is all text."""
    title = _plain(title)
    cleaned = clean_text(f"{title}\n{text}" if title else text, url, published)
    if not cleaned.text and text.strip():
        lines = (_plain(line) for line in text.splitlines())
        cleaned = replace(cleaned, title="", text="\n".join(line for line in lines if line))
    return replace(cleaned, title=title or cleaned.title)


def _plain(words: str) -> str:
    return " ".join(unicodedata.normalize("NFC", words).split())


def _read(article: CleanArticle) -> dict[str, Any]:
    """The article and its events, as printed; what is unknown is null."""
    words = ArticleText(
        title=article.title,
        text=article.text,
        published=article.published,
        url=article.url,
        captions=article.captions,
    )
    printed = article.as_dict()
    for name in ("author", "published", "published_from", "language"):
        printed[name] = printed[name] or None
    return {"article": printed, "events": [_printed(event.as_dict()) for event in detect.read(words).events]}


def _printed(event: dict[str, Any]) -> dict[str, Any]:
    nullable = ("date", "date_end", "place", "province", "country", "foreign_region")
    return {name: value if name not in nullable else value or None for name, value in event.items()}


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:500] or type(error).__name__
