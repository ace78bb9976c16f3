"""Knows the lines and boxes that belong to the page and not to the article; the lists are in noise.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import lxml.html

from crawler.clean.dates import is_stamp

_FILE = Path(__file__).with_name("noise.toml")
_ENDING = " .:…!|-–—»›>"
_PREFIX_LIMIT = 160
_FILE_NAME = re.compile(r"^[^/\\|]{0,120}\.(?:jpe?g|png|gif|bmp|webp|heic|mp4|mp3)\W*$", re.I)
_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|<%.*?%>")
_COUNTER = re.compile(
    r"^\W*(?:\d[\d.,]*\s*(?:lượt xem|lượt đọc|lượt thích|bình luận|views?|likes?|comments?|chia sẻ)"
    r"|(?:lượt xem|lượt đọc|lượt truy cập|view count|views?|hôm nay|hôm qua|trong tuần|trong tháng"
    r"|tất cả|online)\s*:?\s*\d[\d.,]*"
    r"|\d+:\d\d\s*/\s*\d+:\d\d|\|?\s*:\s*\d+)\W*$",
    re.I,
)
_EMPTY_COUNT = re.compile(r"^(?:ý kiến|bình luận|phản hồi|comments?)\s*\(\s*\d*\s*\)$", re.I)
_FOLLOW = re.compile(r"\btheo dõi(?:\s+\S+){1,8}\s+trên(?:\s+(?:google|news|zalo|facebook|youtube|tiktok))*\W*$", re.I)
_LETTER_SIZE = re.compile(r"(?:(?:^|\s+)(?:a[+-]?|aa))+\s*$", re.I)
_CLOCK = re.compile(r"^\W*\d{1,2}:\d\d(?::\d\d)?\W*(?:gmt\s*\+\s*7)?\W*$", re.I)
_WORDS = re.compile(r"[^a-z0-9]+")
_FURNITURE_TAGS = frozenset(("nav", "aside", "footer", "form", "button", "input", "dialog"))


@cache
def _lists() -> dict[str, frozenset[str]]:
    listed = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {
        kind: frozenset(entry if kind == "furniture" else _bare(entry) for entry in entries)
        for kind, entries in listed.items()
    }


@cache
def _prefixes() -> tuple[str, ...]:
    listed = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(str(entry).casefold() for entry in listed["prefixes"])


def _bare(line: str) -> str:
    return " ".join(line.casefold().split()).strip(_ENDING)


def is_tail(line: str) -> bool:
    """A heading under which other stories or comments begin."""
    if len(line) > 60:
        return False
    return bool(_EMPTY_COUNT.match(line)) or _bare(line) in _lists()["tails"]


def is_noise(line: str) -> bool:
    """A line of the page itself: a button, a counter, a stamp, a file's name."""
    if "|" in line and len(line) <= _PREFIX_LIMIT:
        return all(is_noise(piece) for piece in line.split("|") if piece.strip()) or is_stamp(line)
    bare = _bare(line)
    if not any(letter.isalnum() for letter in bare) or bare in _lists()["lines"]:
        return True
    if len(line) <= _PREFIX_LIMIT and line.casefold().startswith(_prefixes()):
        return True
    if _FILE_NAME.match(line) or _COUNTER.match(line) or _EMPTY_COUNT.match(line) or is_stamp(line):
        return True
    return len(line) <= _PREFIX_LIMIT and _is_strip(line)


def _is_strip(line: str) -> bool:
    """A line of buttons: follow this outlet, larger letters, and perhaps the stamp before them."""
    rest = _LETTER_SIZE.sub("", _FOLLOW.sub("", line))
    return rest != line and (not rest.strip() or is_stamp(rest) or bool(_CLOCK.match(rest)))


def without_templates(line: str) -> str:
    """The line without `{{ … }}` that a browser would have filled in."""
    return " ".join(_TEMPLATE.sub(" ", line).split()) if "{" in line or "<%" in line else line


def furniture_of(tree: lxml.html.HtmlElement, spared: Iterable[lxml.html.HtmlElement]) -> list[lxml.html.HtmlElement]:
    """Boxes to leave out: navigation, related stories, share bars; never what holds one of `spared` or most text."""
    safe = {element for node in spared for element in (node, *node.iterancestors())}
    whole = _weight(tree)
    return [node for node in tree.iter() if _is_furniture(node) and node not in safe and _weight(node) <= whole * 0.4]


def _is_furniture(node: lxml.html.HtmlElement) -> bool:
    if not isinstance(node.tag, str) or node.tag in ("html", "body", "head", "main", "article"):
        return False
    if node.tag in _FURNITURE_TAGS or is_hidden(node):
        return True
    return not _lists()["furniture"].isdisjoint(_named(node))


def is_hidden(node: lxml.html.HtmlElement) -> bool:
    """Taken out of sight by the page itself."""
    style = (node.get("style") or "").replace(" ", "").lower()
    return node.get("hidden") is not None or "display:none" in style or "visibility:hidden" in style


def _named(node: lxml.html.HtmlElement) -> Iterable[str]:
    """The words of an element's class and id: `detail__share-bar` is detail, share, bar."""
    names = f"{node.get('class') or ''} {node.get('id') or ''} {node.get('type') or ''}".lower()
    return _WORDS.split(names)


def _weight(node: lxml.html.HtmlElement) -> int:
    """Letters in paragraphs and the like: what a text weighs, links and menus left out."""
    return sum(len(part) for part in node.itertext() if len(part) > 60)


def drop(nodes: Iterable[lxml.html.HtmlElement]) -> None:
    """Take elements out of their tree; what follows them stays."""
    for node in list(nodes):
        if node.getparent() is not None:
            node.drop_tree()
