"""The ways in which a portal can be unwell, switched on from Python for an outlet or one path of it."""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass
from functools import cache
from typing import Literal

Kind = Literal[
    "down",  # hangs up without a word
    "error",  # 500
    "stall",  # takes the request and never answers
    "drip",  # a byte now and then, for ever
    "redirect-loop",
    "redirect-private",
    "huge",  # 50 MB of page
    "gzip-bomb",
    "garbage",
    "empty",
    "maintenance",
    "charset",  # says one charset, speaks another
    "too-many",  # 429 with Retry-After
]
HUGE = 50 * 1024 * 1024
PRIVATE = "http://169.254.169.254/latest/meta-data/"
MAINTENANCE = (
    "<!DOCTYPE html><html lang='vi'><head><meta charset='utf-8'><title>Hệ thống đang bảo trì</title></head><body>"
    "<h1>Hệ thống đang bảo trì</h1><p>Kính mong quý vị thông cảm và quay lại sau ít phút.</p></body></html>"
)


@dataclass(frozen=True)
class Trouble:
    """One trouble; `retry_after` goes with too-many, `location` with redirect-private."""

    kind: Kind
    retry_after: float = 2
    location: str = PRIVATE


@dataclass(frozen=True)
class Answer:
    """A whole answer, ready to be sent."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "text/html; charset=utf-8"


def answer(trouble: Trouble, path: str) -> Answer | None:
    """What a portal in trouble says; None where it says nothing at all or never ends (the server sees to those)."""
    match trouble.kind:
        case "error":
            return Answer(500, b"<html><body><h1>Server Error in '/' Application.</h1></body></html>")
        case "redirect-loop":
            return Answer(302, headers=(("Location", path),))
        case "redirect-private":
            return Answer(302, headers=(("Location", trouble.location),))
        case "gzip-bomb":
            return Answer(200, _bomb(), (("Content-Encoding", "gzip"),))
        case "garbage":
            return Answer(200, bytes((7 * n * n + 13 * n) % 256 for n in range(20_000)))
        case "empty":
            return Answer(200)
        case "maintenance":
            return Answer(200, MAINTENANCE.encode())
        case "charset":
            return Answer(200, MAINTENANCE.encode("utf-16"), content_type="text/html; charset=iso-8859-1")
        case "too-many":
            return Answer(429, b"Too Many Requests", (("Retry-After", f"{trouble.retry_after:g}"),))
        case _:
            return None


@cache
def _bomb() -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9) as out:
        for _ in range(160):
            out.write(b"<p>\0" * (256 * 1024))
    return packed.getvalue()
