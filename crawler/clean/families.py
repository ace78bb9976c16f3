"""The content systems that cms.toml describes, for pages whose source names no selectors."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import lxml.html

from crawler.clean.select import elements

_FILE = Path(__file__).with_name("cms.toml")


@dataclass(frozen=True)
class Family:
    """One system's selectors, as a catalogue entry has them."""

    name: str
    body: tuple[str, ...]
    title: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    caption: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@cache
def families() -> tuple[Family, ...]:
    """All that are known, most particular first."""
    entries = tomllib.loads(_FILE.read_text(encoding="utf-8"))["family"]
    return tuple(_family(entry) for entry in entries)


def _family(entry: dict[str, Any]) -> Family:
    selectors = {part: tuple(listed) for part, listed in entry.items() if part != "name"}
    return Family(name=str(entry["name"]), **selectors)


def family_of(tree: lxml.html.HtmlElement, least: int) -> Family | None:
    """The first family whose body stands on the page and holds at least so many letters."""
    for family in families():
        for selector in family.body:
            if any(len("".join(node.itertext()).strip()) >= least for node in elements(tree, selector)):
                return family
    return None
