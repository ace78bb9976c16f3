"""Listings that answer JSON, as the pages' own scripts ask them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from crawler import urls
from crawler.discover.links import FoundLink, iso, plain
from crawler.discover.page import page_links

LINK_KEYS = ("link", "url", "href", "permalink", "share_url", "detail_url", "path")
TITLE_KEYS = ("title", "name", "headline", "post_title", "tieude", "subject")
DATE_KEYS = (
    "published_at",
    "published",
    "publish_date",
    "publishdate",
    "published_date",
    "publish_time",
    "publishtime",
    "date_published",
    "datepublished",
    "pubdate",
    "post_date",
    "created_at",
    "date",
    "time",
)


def json_links(body: bytes, base_url: str, path: str = "") -> list[FoundLink]:
    """The links at `path`, as in `data[].link`; without a path, under the keys that commonly hold one.

    A string that holds HTML gives the article links in it.
    """
    data = _loaded(body)
    found: dict[str, FoundLink] = {}
    for value, around in _at(data, _steps(path), {}) if path else _anywhere(data):
        for link in _links(value, around, base_url):
            found.setdefault(link.url, link)
    return list(found.values())


def _loaded(body: bytes) -> Any:
    """The document; None for what is none. A callback or a guard in front of it is passed over."""
    text = body.decode("utf-8-sig", "replace").strip()
    start = re.search(r"[\[{]", text)
    if start is None or text.startswith("<"):
        return None
    try:
        return json.JSONDecoder().raw_decode(text[start.start() :])[0]
    except (ValueError, RecursionError):
        return None


def _steps(path: str) -> list[str]:
    return [step for step in path.replace("[]", ".[].").split(".") if step]


def _at(data: Any, steps: list[str], around: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if not steps:
        if isinstance(data, str):
            yield data, around
    elif steps[0] == "[]":
        inside = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
        for item in inside:
            yield from _at(item, steps[1:], item if isinstance(item, dict) else around)
    elif isinstance(data, dict) and steps[0] in data:
        yield from _at(data[steps[0]], steps[1:], data)


def _anywhere(data: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    waiting = [data]
    while waiting:
        item = waiting.pop(0)
        if isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            link = next((item[key] for key in LINK_KEYS if isinstance(item.get(key), str) and item[key]), "")
            if link and any(isinstance(item.get(key), str) for key in TITLE_KEYS):
                yield link, item
            yield from ((value, {}) for value in item.values() if isinstance(value, str) and "<a " in value)
            waiting.extend(value for value in item.values() if isinstance(value, list | dict))


def _links(value: str, around: dict[str, Any], base_url: str) -> list[FoundLink]:
    if "<a " in value:
        return page_links(value, base_url)
    url = urls.absolute(value, base_url)
    if not url:
        return []
    said = {key.lower(): text for key, text in around.items() if isinstance(text, str)}
    title = next((said[key] for key in TITLE_KEYS if said.get(key)), "")
    published = next((found for key in DATE_KEYS if (found := iso(said.get(key)))), "")
    return [FoundLink(url, plain(title), published)]
