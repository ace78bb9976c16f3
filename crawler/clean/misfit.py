"""Pages that are no articles: listings, logins, maintenance notices, "not found" under a good status."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from crawler.clean.body import is_headline
from crawler.clean.page import Page
from crawler.errors import SkipPage

LEAST = 80  # letters of text
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
    headlines = sum(is_headline(block) for block in page.blocks)
    paragraphs = [block for block in page.blocks if block.linked < 0.3 and len(block.text) >= 80]
    own = sum(len(paragraph) for paragraph in text.splitlines() if len(paragraph) >= 80)
    if page.claims_article:
        return
    if headlines >= 8 and own <= sum(len(block.text) for block in paragraphs) * 0.5:
        raise SkipPage("listing of articles")
    if headlines >= 15 and own < 600:
        raise SkipPage("listing of articles")
