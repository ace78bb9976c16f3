"""What went wrong with a request, in one plain line, and whether asking again may help."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)

from crawler.job import CrawlJob

GONE = frozenset({400, 404, 405, 410, 414, 451})
SILENCE = 3  # no answer at all weighs as much as three errors of the server


@dataclass(frozen=True)
class Trouble:
    """`passing` trouble may be gone next time; `weight` is how much it speaks against the host, not the page."""

    reason: str
    passing: bool = True
    weight: int = 0


def of_status(status: int) -> Trouble:
    """The trouble that an HTTP status tells."""
    return Trouble(f"HTTP {status}", passing=status not in GONE, weight=1 if status >= 500 else 0)


def of_error(error: Exception, url: str, job: CrawlJob, refused: dict[str, str]) -> Trouble:
    """The trouble behind an exception of the downloader. `refused` is what the resolver's guard turned away."""
    host = urlsplit(url).hostname or ""
    match error:
        case CannotResolveHostError() if host in refused:
            return Trouble(f"refused: {refused[host]} is not a public address", passing=False)
        case CannotResolveHostError():
            return Trouble(f"cannot resolve host {host}", weight=SILENCE)
        case DownloadTimeoutError():
            return Trouble(f"timed out after {job.timeout:g} s", weight=SILENCE)
        case DownloadConnectionRefusedError():
            return Trouble(f"connection refused by {host}", weight=SILENCE)
        case DownloadCancelledError():  # only the size limit cancels a download that we still wait for
            return Trouble(f"page larger than {_size(job.max_bytes)}", passing=False)
        case ResponseDataLossError():
            return Trouble("the connection broke off in the middle of the page", weight=SILENCE)
        case UnsupportedURLSchemeError():
            return Trouble("refused: neither http nor https", passing=False)
        case DownloadFailedError():
            return _of_failure(str(error), host)
        case IgnoreRequest():
            return _of_refusal(str(error))
        case OSError() | EOFError():
            return Trouble("the page's compression is broken")
        case _:
            return Trouble(f"{type(error).__name__}: {one_line(error)}")


def _of_failure(text: str, host: str) -> Trouble:
    if "certificate verify failed" in text:
        return Trouble(f"certificate verify failed: {host} has no chain that this machine trusts", weight=SILENCE)
    if "SSL" in text or "tlsv1" in text:
        return Trouble(f"no common TLS with {host}", weight=SILENCE)
    return Trouble(f"{host} closed the connection", weight=SILENCE)


def _of_refusal(text: str) -> Trouble:
    if "DOWNLOAD_MAXSIZE" in text:
        return Trouble("gzip bomb: unpacked, the page exceeds the size limit", passing=False)
    if "max redirections" in text:
        return Trouble("too many redirects")
    return Trouble(text, passing=text == "redirect loop")


def _size(count: int) -> str:
    return f"{count / 2**20:g} MiB" if count >= 2**20 else f"{count} bytes"


def one_line(error: object) -> str:
    """An error's text without line breaks, short enough for a log line."""
    return " ".join(str(error).split())[:300]
