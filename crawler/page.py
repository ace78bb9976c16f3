"""Is what came a web page at all, and in which letters? Text tricks only, before anything parses it."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field

from crawler.answer import Answer
from crawler.errors import GiveUp, SkipPage, TryLater

MOST_ELEMENTS = 50_000  # cleaning takes time in the square of the page's size
HTML = ("text/html", "application/xhtml+xml", "application/xml", "text/xml", "text/plain", "")
SMALL = 3_000  # letters; an article that speaks of maintenance is longer than a page that excuses itself with it
EXCUSE = re.compile(
    r"(website|trang web|trang thông tin|cổng thông tin( điện tử)?|hệ thống|máy chủ)\s+(đang|hiện đang|tạm)\s*"
    r"(được\s+)?(bảo trì|nâng cấp|tạm dừng|dừng|gián đoạn)|(under|down for|scheduled)\s+maintenance|"
    r"(site|service) (is )?temporarily unavailable|xin (vui lòng )?quay lại sau",
    re.IGNORECASE,
)
META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]+)", re.IGNORECASE)
MARKUP = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.IGNORECASE | re.DOTALL)
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Page:
    """A page to clean and store. `link_url` is the promise it keeps, `url` its own address in canonical form."""

    link_url: str
    url: str
    charset: str
    answer: Answer
    title: str = ""
    published: str = ""  # what a feed or sitemap said
    silent: bool = False
    tries: int = 0
    is_recheck: bool = field(default=False)


def examine(answer: Answer) -> str:
    """The charset of a page that may be an article; raises SkipPage, TryLater or GiveUp for what is none."""
    content_type, _, rest = answer.headers.get("content-type", "").partition(";")
    if content_type.strip().lower() not in HTML:
        raise SkipPage(f"not a web page: {content_type.strip().lower()}")
    if not answer.body.strip():
        raise TryLater("empty page")
    charset = charset_of(answer.body, rest)
    if is_binary(answer.body) and not charset.startswith("utf-16"):
        raise SkipPage("not a web page: binary data")
    if count_elements(answer.body) > MOST_ELEMENTS:
        raise GiveUp(f"page with more than {MOST_ELEMENTS} elements")
    if excuses_itself(answer.body.decode(charset, "replace")):
        raise TryLater("maintenance page")
    return charset


def charset_of(body: bytes, header: str = "") -> str:
    """What the bytes themselves tell, then the header, then the page's own word, then the old Vietnamese code page."""
    for mark, name in MARKS:
        if body.startswith(mark):
            return name
    if _decodes(body, "utf-8") or _mostly_utf8(body):
        return "utf-8"  # by chance, other text is hardly ever valid UTF-8
    said = re.search(r"charset\s*=\s*[\"']?\s*([\w:.-]+)", header, re.IGNORECASE)
    meta = META.search(body[:4096])
    for name in (said[1] if said else "", meta[1].decode("ascii") if meta else ""):
        if name and _known(name) not in ("", "utf-8") and _decodes(body, name):
            return _known(name)
    return "cp1258"


def is_binary(body: bytes) -> bool:
    """True for bytes that no text has: zeros, or many control characters."""
    head = body[:4096]
    controls = sum(byte < 9 or 13 < byte < 32 for byte in head)
    return b"\0" in head or controls * 20 > len(head)


def count_elements(body: bytes) -> int:
    return body.count(b"<") - body.count(b"</")


def excuses_itself(html: str) -> bool:
    """True for a page that stands in for the one that was asked, as during maintenance."""
    if len(html) > 50_000:
        return False
    text = " ".join(MARKUP.sub(" ", html).split())
    return len(text) < SMALL and EXCUSE.search(text) is not None


def _known(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return ""


def _decodes(body: bytes, name: str) -> bool:
    try:
        body.decode(name)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _mostly_utf8(body: bytes) -> bool:
    """A page in UTF-8 with a few broken letters, as where a title was cut in the middle of one."""
    broken = body.decode("utf-8", "replace").count("\ufffd")
    letters = sum(byte >= 0xC2 for byte in body)  # bytes that begin a letter of several
    return letters > 0 and broken * 10 < letters
