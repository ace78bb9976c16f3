"""What an address looks like: an article's, a section's, or neither. Knows no site.

The words lists grow: a word belongs here when it stands alone between slashes on pages that are no articles.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from crawler import urls

# Path segments of pages that only list or serve.
OTHER = re.compile(
    r"tags?|the|tu-khoa|keywords?|topics?|chu-de|nhom-chu-de|events?|dong-su-kien|collections?|categor(y|ies)|chuyen-muc|"
    r"chuyen-trang|danh-muc|section|authors?|tac-gia|users?|profile|account|members?|thanh-vien|search|tim-kiem|"
    r"ket-qua-tim-kiem|log(in|out)|dang-(nhap|ky|xuat)|sign(in|up)|register|quen-mat-khau|sso|"
    r"videos?|video-clip|video-page|clips?|media|multimedia|podcasts?|audio|radio|tv|truyen-?hinh(-internet)?|"
    r"photos?|albums?|gallery|thu-vien-(anh|video)|phongsuanh|hinh-anh|live|truc-tiep|"
    r"rss|feeds?|sitemap|so-do-(site|cong)|lien-he|contact|gioi-thieu|about|quang-cao|advertise|bao-gia|"
    r"chinh-sach(-bao-mat)?|dieu-khoan|privacy|terms|hoi-dap|faq|gop-y|y-kien-ban-doc|comments?|feedback|"
    r"print|in-bai|share|email|ajax|api|wp-(admin|content|json)|static|assets|cdn|uploads?|downloads?|files?|documents|"
    r"images|img|css|js|thoi-tiet|xo-so|lich(-tiep-dan|-cong-tac)?",
    re.IGNORECASE,
)
# Shelves of legal papers and services; news may begin with the same words, so only as the folder of a page.
PAPERS = re.compile(r"van-ban(-[a-z-]+)?|thu-tuc-hanh-chinh|dich-vu-cong|cong-bao|mau-don|bieu-mau", re.IGNORECASE)
NO_PAGE = re.compile(
    r"\.(jpe?g|png|gif|webp|svg|ico|bmp|pdf|docx?|xlsx?|pptx?|zip|rar|7z|mp[34]|m4a|avi|mov|wmv|css|js|json|xml|rss|apk|"
    r"exe|bcb)$",
    re.IGNORECASE,
)
# Tag and event pages told by the end of their name: -tag123, -e587, -event12, -topic34, -sk0008F1.
OTHER_END = re.compile(
    r"[-_.]((tag|topic|event|e|chude|tagid|su-kien|dsk|cat|c)[-_]?\d{1,6}|sk[0-9a-f]*\d[0-9a-f]*)$", re.IGNORECASE
)
PAGE_END = re.compile(r"(^|[-_/])(trang|page|p)[-_]?\d{1,4}$", re.IGNORECASE)
DETAIL = re.compile(
    r"chi-?tiet|detail|view|bai-?viet|article|show|read|story|node|post|tin-?tuc|/news|/tin|/baiviet|default",
    re.IGNORECASE,
)
ID_NAMES = re.compile(
    r"^(n?id|item_?id|news_?id|article_?id|post_?id|bv_?id|tin_?id|id_?(tin|bai|news|baiviet|tintuc)|baiviet|bai|aid|"
    r"tintuc_?id|contentid|pid|p|story|nwid|articleid|iddoc)$",
    re.IGNORECASE,
)
DATED = re.compile(r"/(19|20)\d{2}/?(0[1-9]|1[0-2])(/|$)")


@dataclass(frozen=True)
class Shape:
    """The parts of an address that tell."""

    words: tuple[str, ...]  # of the name at the end, without its id
    digits: int  # of the longest run in the name that is no year
    kind: str  # how ids are written, to compare the links of one page: "post#.html", "nid=#"
    number: bool  # an id stands alone: as a path segment or a value of the query
    detail: bool  # the path says that this is a single page
    dated: bool
    other: bool  # surely no article


@lru_cache(maxsize=4096)
def shape(url: str) -> Shape:
    """The shape of an address."""
    parts = urlsplit(url)
    path = urls.words(parts.path).rstrip("/")
    segments = [segment for segment in path.split("/") if segment]
    last = segments[-1] if segments else ""
    name, dot, ending = (
        last.rpartition(".") if re.search(r"\.[a-z][a-z0-9]{1,4}$", last, re.IGNORECASE) else (last, "", "")
    )
    numbers = [run for run in re.findall(r"\d{3,}", name) if not _year(run)]
    ids = [value for key, value in parse_qsl(parts.query) if ID_NAMES.match(key) and re.fullmatch(r"\d{1,12}", value)]
    alone = [part for part in (*segments[:-1], name) if re.fullmatch(r"\d{3,12}", part) and not _year(part)]
    return Shape(
        words=_names(name) or _names(segments[-2] if len(segments) > 1 and name.isdigit() else ""),
        digits=max(map(len, numbers), default=0),
        kind=_kind(name, dot + ending, bool(ids)),
        number=bool(ids or alone),
        detail=bool(DETAIL.search(path)),
        dated=bool(DATED.search(path)),
        other=_other(segments, name, last),
    )


def _names(name: str) -> tuple[str, ...]:
    return tuple(word for word in re.split(r"[-_\s–]+", name) if re.search(r"[^\W\d]", word))


def _year(run: str) -> bool:
    return len(run) == 4 and run[:2] in ("19", "20")


def _other(segments: list[str], name: str, last: str) -> bool:
    alone = any(OTHER.fullmatch(segment) for segment in (*segments[:-1], name))
    alone = alone or any(PAPERS.fullmatch(segment) for segment in segments[:-1])
    return bool(alone or NO_PAGE.search(last) or OTHER_END.search(name) or PAGE_END.search(name))


def _kind(name: str, ending: str, query: bool) -> str:
    """How the site writes its ids; names without one have the kind of their ending."""
    if query:
        return f"?#{ending.lower()}"
    found = re.search(r"(?:^|[-_])([a-z]{0,5})(\d{4,})$", name, re.IGNORECASE)
    if found and not _year(found[2]):
        return f"{found[1].lower()}#{ending.lower()}"
    if re.match(r"\d{4,}[-_]", name):
        return f"#-{ending.lower()}"
    return ending.lower()
