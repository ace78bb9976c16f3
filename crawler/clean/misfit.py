"""Pages that are no articles: listings, logins, maintenance notices, "not found" under a good status."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from crawler.clean.body import is_headline
from crawler.clean.page import Page
from crawler.errors import SkipPage

LEAST = 80  # letters of text
MANY = 8  # headlines that are links
_MISSING = re.compile(
    r"^\W*(?:404\b|lỗi 404|error 404)|không tìm thấy (?:trang|bài|nội dung|đường dẫn)"
    r"|(?:trang|bài viết|nội dung|đường dẫn)[^.]{0,40}"
    r"(?:không tồn tại|không tìm thấy|đã bị (?:xóa|xoá|gỡ))|page not found|not found\W*$|không tìm thấy\W*$",
    re.I,
)
_CLOSED = re.compile(
    r"(?:hệ thống|website|trang|cổng)[^.]{0,60}(?:đang|được) (?:bảo trì|nâng cấp)|đang bảo trì|bảo trì hệ thống"
    r"|under maintenance|service (?:temporarily )?unavailable|503 service|tạm ngừng (?:hoạt động|phục vụ)",
    re.I,
)
_LOGIN = re.compile(r"^\W*(?:đăng nhập|login|sign in|đăng nhập hệ thống)", re.I)
_CHALLENGE = re.compile(
    r"just a moment|checking your browser|access denied|attention required|captcha|are you a robot", re.I
)
SHORT = 700  # a notice is shorter than this


def refuse_misfits(page: Page, title: str, text: str) -> None:
    """SkipPage for a page whose title or few words say that it is no article."""
    head = f"{page.head_title}\n{title}"
    if len(text) < SHORT:
        notice = f"{head}\n{text}"
        if _MISSING.search(page.head_title) or _MISSING.search(title) or _MISSING.search(text[:200]):
            raise SkipPage("page not found, says the page")
        if _CLOSED.search(notice):
            raise SkipPage("maintenance notice")
        if _CHALLENGE.search(head):
            raise SkipPage("a gate for browsers, not the page")
        if _LOGIN.match(title or page.head_title) and page.tree.find(".//input") is not None:
            raise SkipPage("login page")
    if len(text) < LEAST or not _has_sentence(text):
        raise SkipPage("no article text")


def _has_sentence(text: str) -> bool:
    """Menus and tables of names are lines without an end."""
    return any(len(line) >= LEAST or line.endswith((".", "!", "?", "…", "./.")) for line in text.splitlines())


def refuse_listings(page: Page, text: str) -> None:
    """SkipPage for a page of many headlines and little text of its own."""
    path = urlsplit(page.url).path.strip("/")
    if not path and not page.claims_article:
        raise SkipPage("front page")
    if page.claims_article:
        return
    headlines = [at for at, block in enumerate(page.blocks) if is_headline(block)]
    paragraphs = {line for line in text.splitlines() if len(line) >= LEAST}
    below = {block.text for at in headlines for block in page.blocks[at + 1 : at + 3]}
    teasers = paragraphs & below
    listed = len(teasers) >= MANY / 2 and sum(map(len, teasers)) > sum(map(len, paragraphs)) * 0.6
    # A short notice beside a column of headlines is an article all the same: only its own words count.
    if len(headlines) >= MANY and (len(text) < LEAST or listed):
        raise SkipPage("listing of articles")
