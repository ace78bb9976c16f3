"""The five stand-in outlets: which family of portal each one copies, how it spells addresses, times and pages."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from html import escape
from html.entities import codepoint2name
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from monitor.demo.stories import HANOI, Story, Teaser

FAMILIES = Path(__file__).parent / "families"
WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
SECTIONS = {
    "doi-ngoai": "Đối ngoại",
    "chinh-tri": "Chính trị",
    "kinh-te": "Kinh tế",
    "xa-hoi": "Xã hội",
    "van-hoa": "Văn hóa",
    "the-gioi": "Thế giới",
}
NAMES_WITH_HARD_SPACES = re.compile(r"(Lào|Vân|Hồng|Trung|Hà) (Cai|Nam|Hà|Quốc|Khẩu)")
Validators = Literal["both", "etag", "last-modified", "none"]


@dataclass(frozen=True)
class Shown:
    """A story as it stands on the page: days filled in, address and time of publication known."""

    story: Story
    title: str
    lead: str
    paragraphs: tuple[str, ...]
    captions: tuple[str, ...]
    path: str
    published: datetime
    edition: int  # 1, or 2 after its correction
    changed: datetime


@dataclass(frozen=True)
class Outlet:
    """One outlet: `path` spells an article's address, `section` that of a list."""

    id: str
    name: str
    province: str
    kind: str
    family: str
    path: Callable[[Story], str]
    section: Callable[[str], str]
    validators: Validators = "both"
    gzip: bool = False
    crawl_delay: float = 0.0
    disallow: tuple[str, ...] = ()
    feed: str = ""
    sitemap: str = ""
    json_listing: str = ""
    finish: Callable[[str], str] = str  # a last touch to the whole page
    entry: dict[str, Any] | None = None  # selectors and the like of its catalogue entry

    def source(self, base: str) -> dict[str, Any]:
        """Its catalogue entry, as `[[sources]]` takes it; `base` is where it listens."""
        entry: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "province": self.province,
            "kind": self.kind,
            "home": base + "/",
        }
        if self.feed:
            entry["feeds"] = [base + self.feed]
        if self.sitemap:
            entry["sitemaps"] = [base + self.sitemap]
        if self.json_listing:
            entry["json_listings"] = [{"url": base + self.json_listing, "links": "data[].link"}]
        for name, value in (self.entry or {}).items():
            entry[name] = _with_base(value, base)
        return entry


def slug(title: str, limit: int = 90) -> str:
    """A title as addresses spell it: without marks, cut at a word."""
    folded = unicodedata.normalize("NFD", title.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter)).lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return words if len(words) <= limit else words[:limit].rsplit("-", 1)[0]


def render(outlet: Outlet, page: str, **context: Any) -> str:
    """One page of an outlet: `page` is article, list or notice."""
    template = _templates().get_template(f"{outlet.family}.html.j2")
    return outlet.finish(template.render(outlet=outlet, page=page, sections=SECTIONS, **context))


def document(outlet: Outlet, shown: Shown, teasers: tuple[Teaser, ...]) -> str:
    """The structured data some outlets put into the head, as carelessly as they do."""
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": escape(shown.title),  # escaped once here and once more by the page
        "description": escape(shown.lead),
        "datePublished": shown.published.isoformat(),
        "publisher": {"@type": "Organization", "name": outlet.name},
        "about": [escape(teaser.title) for teaser in teasers],
    }
    return json.dumps(data, ensure_ascii=False)


def weekday(moment: datetime) -> str:
    return WEEKDAYS[moment.astimezone(HANOI).weekday()]


def local(moment: datetime, style: str) -> str:
    return moment.astimezone(HANOI).strftime(style)


def wrong_offset(moment: datetime) -> str:
    """The clock on the wall with a time zone it is not in."""
    return moment.astimezone(HANOI).replace(tzinfo=timezone(timedelta(hours=-5))).isoformat()


def as_entities(page: str) -> str:
    """Latin letters with marks written as entities, the rest left alone, as one newspaper engine does."""
    return "".join(f"&{codepoint2name[ord(c)]};" if 0xC0 <= ord(c) <= 0xFF else c for c in page)


def with_hard_spaces(page: str) -> str:
    """No-break spaces inside names of places, as they come out of a word processor."""
    return NAMES_WITH_HARD_SPACES.sub(lambda found: f"{found[1]}\N{NO-BREAK SPACE}{found[2]}", page)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FAMILIES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"weekday": weekday, "local": local, "wrong_offset": wrong_offset}
    return environment


def _with_base(value: Any, base: str) -> Any:
    if isinstance(value, list):
        return [_with_base(inner, base) for inner in value]
    return base + value[1:] if isinstance(value, str) and value.startswith("~/") else value


# The order of the tuple is the order of their loopback addresses. An entry without selectors is on purpose: it shows
# that discovery and cleaning do without.
OUTLETS = (
    Outlet(
        id="bao-non-nuoc",
        name="Báo Non Nước",
        province="cao-bang",
        kind="newspaper",
        family="detail",
        path=lambda story: f"/{slug(story.title)}-{story.number}.html",
        section=lambda name: f"/{name}",
        disallow=("/ban-in/", "/tim-kiem"),
        json_listing="/list-post-by-category?page=1&limit=20&category_id=58",
        finish=as_entities,
        entry={
            "listings": ["~/doi-ngoai"],
            "article_url": r"-\d{5,}\.html$",
            "title": ["h1.name"],
            "body": ["#content-detail"],
            "date": ["div.date"],
            "author": ["div.pseudonym"],
        },
    ),
    Outlet(
        id="bao-song-hong",
        name="Báo Sông Hồng",
        province="lao-cai",
        kind="newspaper",
        family="cms",
        path=lambda story: f"/{slug(story.title)}-post{story.number}.html",
        section=lambda name: f"/{name}/",
        gzip=True,
        feed="/rss/home.rss",
        finish=with_hard_spaces,
        entry={
            "article_url": r"-post\d+\.html$",
            "title": ["h1.article__title"],
            "lead": ["div.article__sapo"],
            "body": ["div[data-field='body']", "div.article__body"],
            "caption": ["figcaption"],
        },
    ),
    Outlet(
        id="cong-quang-ninh",
        name="Cổng thông tin Hải Đông",
        province="quang-ninh",
        kind="portal",
        family="sharepoint",
        path=lambda story: f"/Trang/ChiTietTinTuc.aspx?nid={story.number}",
        section=lambda name: f"/Trang/Tin-tuc-su-kien.aspx?Cat={82 + list(SECTIONS).index(name)}",
        validators="none",
        crawl_delay=0.5,
        disallow=("/_layouts/", "/tim-kiem"),
        entry={
            "listings": ["~/Trang/Tin-tuc-su-kien.aspx"],
            "article_url": r"ChiTietTinTuc\.aspx\?nid=\d+",
            "keep_query": ["nid", "Cat"],
            "body": ["#ctl00_PlaceHolderMain_noidung"],
        },
    ),
    Outlet(
        id="so-ngoai-vu-xu-lang",
        name="Sở Ngoại vụ Xứ Lạng",
        province="lang-son",
        kind="department",
        family="department",
        path=lambda story: f"/tin-tuc-su-kien/tin-hoat-dong/{slug(story.title)}.html",
        section=lambda name: f"/tin-tuc-su-kien/{name}",
        validators="last-modified",
    ),
    Outlet(
        id="tap-chi-bon-phuong",
        name="Tạp chí Bốn Phương",
        province="",
        kind="magazine",
        family="master",
        path=lambda story: f"/{slug(story.title)}-{story.number}.html",
        section=lambda name: f"/{name}",
        validators="etag",
        sitemap="/sitemap-news.xml",
        entry={
            "article_url": r"-\d{6}\.html$",
            "title": ["h1.article-detail-title"],
            "lead": ["div.article-detail-desc"],
            "body": ["div.__MASTERCMS_CONTENT"],
            "date": ["span.format_time"],
            "remove": [".article-detail-similar", "table.__MB_ARTICLE_A"],
        },
    ),
)
