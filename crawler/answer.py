"""What came back for one request, free of Scrapy: a page, "not modified", or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from crawler.tables import Validator

FULL_AFTER = timedelta(days=1)  # validators of CDNs lie now and then: once a day the whole page is fetched


@dataclass(frozen=True)
class Answer:
    """`url` is what was asked, `final_url` where it led."""

    url: str
    at: datetime
    final_url: str = ""
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)  # names in small letters
    body: bytes = field(default=b"", repr=False)
    ms: int = 0
    reason: str = ""  # why there is no page; "" for a page and for "not modified"
    passing: bool = True  # may be gone next time
    after: float | None = None  # seconds that the host asked us to wait

    @property
    def is_page(self) -> bool:
        return not self.reason and self.status == 200

    @property
    def is_unmodified(self) -> bool:
        return not self.reason and self.status == 304

    @property
    def etag(self) -> str:
        return self.headers.get("etag", "")

    @property
    def last_modified(self) -> str:
        return self.headers.get("last-modified", "")

    @property
    def body_hash(self) -> str:
        return sha256(self.body).hexdigest()


def conditions(known: Validator | None, now: datetime) -> dict[str, str]:
    """Headers that ask for the page only if it changed; none when the whole page is due again."""
    if known is None or now - known.full_at >= FULL_AFTER:
        return {}
    headers = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in headers.items() if value}
