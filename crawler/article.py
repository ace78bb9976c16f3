"""The record that cleaning gives and storing takes: one article, free of its page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class CleanArticle:
    """`text` is lead and body, a paragraph a line, without captions, in NFC."""

    url: str
    title: str
    text: str
    lead: str = ""
    captions: tuple[str, ...] = ()
    author: str = ""
    published: str = ""  # ISO 8601 with +07:00, or a date, or ""
    published_from: str = ""  # selector | meta | json-ld | text | feed | ""
    language: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The article as `doingoai analyze` prints it."""
        return {**asdict(self), "captions": list(self.captions), "published_from": self.published_from or None}
