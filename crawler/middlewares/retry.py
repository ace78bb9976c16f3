"""Asks twice more where that may help; where the host says when to come back, does as told."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.exceptions import CannotResolveHostError
from scrapy.http import Response

from crawler.errors import TryLater

LONGEST = 24 * 3600.0
UNSAID = 600.0  # after "too many requests" without a time


class PoliteRetryMiddleware(RetryMiddleware):
    """Scrapy's retries, without those that cannot help, and with Retry-After."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        if response.status in (429, 503):
            told = (response.headers.get("Retry-After") or b"").decode("latin-1")
            after = seconds_of(told, datetime.now(UTC))
            if after is None and response.status == 429:
                after = UNSAID
            if after is not None:
                raise TryLater(f"HTTP {response.status}, asked to come back in {after:.0f} s", after)
        return super().process_response(request, response)

    def process_exception(  # type: ignore[override]
        self, request: Request, exception: Exception
    ) -> Request | Response | None:
        if self._is_hopeless(request, exception):
            return None
        return super().process_exception(request, exception)

    def _is_hopeless(self, request: Request, exception: Exception) -> bool:
        if isinstance(exception, CannotResolveHostError):
            refused = self.crawler.spider.refused  # type: ignore[union-attr]
            return urlsplit(request.url).hostname in refused
        return "certificate verify failed" in str(exception)


def seconds_of(retry_after: str, now: datetime) -> float | None:
    """`Retry-After` in seconds from now, whether it came as a number or a date; None where it says nothing."""
    text = retry_after.strip()
    if text.isdecimal():
        return min(float(text[:9]), LONGEST)
    try:
        when = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return min(max((when - now).total_seconds(), 0.0), LONGEST)
