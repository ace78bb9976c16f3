"""Feeds, sitemaps, section pages and JSON listings, written here in the manner of the systems that portals run on."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.catalogue import Source
from crawler.discover import (
    FoundLink,
    announced_feeds,
    announced_sitemaps,
    feed_links,
    json_links,
    next_pages,
    page_links,
    sitemap_links,
    turn,
    wanted,
)
from crawler.discover.links import iso
from crawler.discover.xml import unpacked

LISTINGS = Path(__file__).parents[2].parent / "shared" / "pages"
BASE = "https://bao.example.vn/"


def source(**keys: object) -> Source:
    return Source.model_validate({"id": "s", "name": "S", "home": BASE, **keys})


def found(links: list[FoundLink]) -> list[str]:
    return [link.url for link in links]


# --- feeds -----------------------------------------------------------------------------------------------------------

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"
     xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Báo Mẫu</title><link>https://bao.example.vn/</link>
<atom:link href="https://bao.example.vn/rss/home.rss" rel="self"/>
<item><media:title>Ảnh</media:title><title><![CDATA[Hội đàm &amp; ký kết <b>tại</b> Lạng Sơn]]></title>
  <link><![CDATA[ https://bao.example.vn/hoi-dam-tai-lang-son-1001.html?utm_source=rss ]]></link>
  <pubDate>Thu, 05 Mar 2026 02:30:00 GMT</pubDate></item>
<item><title>Ti&ecirc;u đề c&oacute; dấu</title><guid isPermaLink="true">/tieu-de-co-dau-1002.html</guid>
  <dc:date>2026-03-05T09:30:00+07:00</dc:date></item>
<item><title>Chỉ có số</title><guid isPermaLink="false">abc-1003</guid></item>
<item><title>Hội đàm, lần nữa</title><link>https://bao.example.vn/hoi-dam-tai-lang-son-1001.html?utm_source=rss</link></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://bao.example.vn/tin/">
<entry><title type="html">Đoàn &lt;i&gt;công tác&lt;/i&gt; thăm</title><id>tag:bao.example.vn,2026:1</id>
<link rel="replies" href="binh-luan/1"/><link rel="alternate" href="doan-cong-tac-tham-1.html"/>
<published>2026-03-05T01:00:00Z</published><updated>2026-03-06T01:00:00Z</updated></entry></feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<item rdf:about="https://bao.example.vn/a-1.html"><title>A</title></item></rdf:RDF>"""


def test_it_reads_rss_with_titles_and_dates() -> None:
    assert feed_links(RSS.encode(), BASE) == [
        FoundLink(
            "https://bao.example.vn/hoi-dam-tai-lang-son-1001.html?utm_source=rss",
            "Hội đàm & ký kết tại Lạng Sơn",
            "2026-03-05T09:30:00+07:00",
        ),
        FoundLink("https://bao.example.vn/tieu-de-co-dau-1002.html", "Tiêu đề có dấu", "2026-03-05T09:30:00+07:00"),
    ]


def test_it_reads_atom_relative_to_its_base() -> None:
    assert feed_links(ATOM.encode(), BASE) == [
        FoundLink(
            "https://bao.example.vn/tin/doan-cong-tac-tham-1.html", "Đoàn công tác thăm", "2026-03-05T08:00:00+07:00"
        )
    ]


def test_it_reads_the_old_rdf_kind() -> None:
    assert found(feed_links(RDF.encode(), BASE)) == ["https://bao.example.vn/a-1.html"]


@pytest.mark.parametrize(
    "broken",
    [
        RSS.replace("</channel></rss>", ""),
        "\ufeff\n  Warning: mysql in line 3 \n" + RSS,
        RSS.replace("Chỉ có số", "Chỉ & số &nbsp; <br> \x08"),
        RSS.replace('xmlns:dc="http://purl.org/dc/elements/1.1/"', ""),
        RSS.replace("<channel>", "<!-- bản tin --><channel>"),
    ],
)
def test_it_mends_a_broken_feed(broken: str) -> None:
    assert len(feed_links(broken.encode(), BASE)) == 2


def test_it_reads_feeds_in_other_charsets_and_packed() -> None:
    assert len(feed_links(RSS.replace("utf-8", "utf-16").encode("utf-16"), BASE)) == 2
    assert len(feed_links(gzip.compress(RSS.encode()), BASE)) == 2


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"\x00\x01\x02",
        b"404",
        b"<html><body><item><link>https://bao.example.vn/a</link></item></body></html>",
    ],
)
def test_it_finds_no_articles_where_there_is_no_feed(body: bytes) -> None:
    assert feed_links(body, BASE) == []
    assert sitemap_links(body, BASE) == ([], [])


def test_it_opens_no_entities_of_a_feed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush")
    bomb = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 12))
    body = RSS.replace(
        "<rss", f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}"><!ENTITY b0 "hush">{bomb}]><rss', 1
    ).replace("Báo Mẫu", "&b11;")
    links = feed_links(body.replace("Hội đàm &amp;", "&x;").replace("<![CDATA[", "").replace("]]>", "").encode(), BASE)
    assert links
    assert "hush" not in str(links)


def test_it_finds_the_feeds_a_page_announces() -> None:
    page = """<head><link rel="alternate" type="application/rss+xml" href="/rss/home.rss">
    <link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed/">
    <link rel="alternate" hreflang="en" href="/en/"><link rel="stylesheet" href="/a.css"></head>"""
    assert announced_feeds(page, BASE) == ["https://bao.example.vn/rss/home.rss"]


# --- dates -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Thu, 05 Mar 2026 09:30:00 +0700", "2026-03-05T09:30:00+07:00"),
        ("Thu, 05 Mar 2026 09:30:00 GMT+7", "2026-03-05T09:30:00+07:00"),
        ("Thu, 05 Mar 2026 09:30:00", "2026-03-05T09:30:00+07:00"),
        ("05 Mar 2026 02:30 UT", "2026-03-05T09:30:00+07:00"),
        ("2026-03-05T02:30:00Z", "2026-03-05T09:30:00+07:00"),
        ("2026-03-05T02:30:00.123Z", "2026-03-05T09:30:00+07:00"),
        ("2026-03-05 09:30:00", "2026-03-05T09:30:00+07:00"),
        ("2026-03-05 09:30:00 +07:00", "2026-03-05T09:30:00+07:00"),
        ("2026-03-05", "2026-03-05"),
        ("05/03/2026", "2026-03-05"),
        ("Thứ Năm, 05/03/2026 - 09:30", "2026-03-05T09:30:00+07:00"),
        ("5/3/2026 2:30:05 CH", "2026-03-05T14:30:05+07:00"),
        ("3/5/2026 2:30:05 PM", "2026-03-05T14:30:05+07:00"),
        ("31/02/2026", ""),
        ("Thu, 32 Mar 2026 09:30:00 +0700", ""),
        ("0001-01-01T00:00:00", ""),
        ("hôm qua", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_it_reads_dates_as_listings_write_them(written: str | None, read: str) -> None:
    assert iso(written) == read


@given(st.datetimes(min_value=datetime(1990, 1, 2), max_value=datetime(2099, 12, 30)))  # noqa: DTZ001
def test_it_gives_back_the_dates_it_writes(moment: datetime) -> None:
    written = iso(moment.isoformat(timespec="seconds"))
    assert written == moment.isoformat(timespec="seconds") + "+07:00"
    assert iso(written) == written


@given(st.text(max_size=40) | st.from_regex(r"\A[0-9/:T+\- a-zA-Z,]{0,40}\Z"))
def test_it_never_stumbles_over_a_date(text: str) -> None:
    read = iso(text)
    assert read == "" or datetime.fromisoformat(read)


# --- sitemaps --------------------------------------------------------------------------------------------------------

URLSET = """<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> https://bao.example.vn/a-1.html?x=1&amp;y=2 </loc><lastmod>2026-03-06</lastmod>
 <image:image><image:loc>https://bao.example.vn/a.jpg</image:loc></image:image>
 <news:news><news:publication_date>2026-03-05T09:30:00+07:00</news:publication_date><news:title>Hội đàm</news:title>
 </news:news></url>
<url><loc>/b-2.html</loc></url></urlset>"""
INDEX = """<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>https://bao.example.vn/sitemap-2025.xml</loc><lastmod>2025-12-31</lastmod></sitemap>
<sitemap><loc>https://bao.example.vn/sitemap-2026.xml.gz</loc><lastmod>2026-03-05</lastmod></sitemap></sitemapindex>"""


def test_it_reads_a_sitemap_of_pages() -> None:
    assert sitemap_links(URLSET.encode(), BASE) == (
        [
            FoundLink("https://bao.example.vn/a-1.html?x=1&y=2", "Hội đàm", "2026-03-05T09:30:00+07:00", "2026-03-06"),
            FoundLink("https://bao.example.vn/b-2.html"),
        ],
        [],
    )


def test_it_follows_a_sitemap_of_sitemaps_newest_first() -> None:
    links, further = sitemap_links(gzip.compress(INDEX.encode()), BASE)
    assert links == []
    assert further == ["https://bao.example.vn/sitemap-2026.xml.gz", "https://bao.example.vn/sitemap-2025.xml"]


def test_it_reads_a_sitemap_of_plain_lines() -> None:
    assert found(sitemap_links(b"https://bao.example.vn/a\r\nhttps://bao.example.vn/b\n", BASE)[0]) == [
        "https://bao.example.vn/a",
        "https://bao.example.vn/b",
    ]


def test_it_unpacks_no_more_than_the_bound() -> None:
    bomb = gzip.compress(b" " * 5_000_000)
    assert len(unpacked(bomb, most=100_000)) == 100_000


def test_it_reads_the_beginning_of_a_torn_packed_sitemap() -> None:
    many = "".join(f"<url><loc>https://bao.example.vn/{n * 7919}</loc></url>" for n in range(2000))
    packed = gzip.compress(f"<urlset>{many}</urlset>".encode())
    links, _ = sitemap_links(packed[: len(packed) // 2], BASE)
    assert 100 < len(links) < 2000


def test_it_finds_the_sitemaps_of_robots_txt() -> None:
    robots = "User-agent: *\nDisallow: /x\nSitemap: https://bao.example.vn/sitemap.xml\nsitemap:/news.xml\n"
    assert announced_sitemaps(robots, BASE) == ["https://bao.example.vn/sitemap.xml", "https://bao.example.vn/news.xml"]


# --- section pages, by shape alone -----------------------------------------------------------------------------------

TITLES = [
    "Lãnh đạo tỉnh hội đàm với đoàn đại biểu thành phố kết nghĩa",
    "Đoàn công tác của tỉnh thăm và làm việc tại huyện bạn bên kia biên giới",
    "Ký bản ghi nhớ hợp tác về cửa khẩu thông minh giữa hai địa phương",
    "Gặp mặt đầu năm giữa lực lượng bảo vệ biên giới hai nước",
    "Khai mạc hội chợ thương mại biên giới năm nay tại phường trung tâm",
    "Tiếp xã giao Tổng Lãnh sự nhân dịp nhận nhiệm vụ mới",
]
SLUGS = [
    "lanh-dao-tinh-hoi-dam-voi-doan-dai-bieu-thanh-pho-ket-nghia",
    "doan-cong-tac-cua-tinh-tham-va-lam-viec-tai-huyen-ban-ben-kia-bien-gioi",
    "ky-ban-ghi-nho-hop-tac-ve-cua-khau-thong-minh-giua-hai-dia-phuong",
    "gap-mat-dau-nam-giua-luc-luong-bao-ve-bien-gioi-hai-nuoc",
    "khai-mac-hoi-cho-thuong-mai-bien-gioi-nam-nay-tai-phuong-trung-tam",
    "tiep-xa-giao-tong-lanh-su-nhan-dip-nhan-nhiem-vu-moi",
]
CARD = (
    '<div class="item"><a href="{0}"><img src="/i.jpg" alt=""></a><h3><a href="{0}">{1}</a></h3><p>05/03/2026</p></div>'
)
LIST = '<li><a href="{0}" title="{1}">{1}</a> <span>(05/03)</span></li>'


def page(articles: list[str], menu: list[tuple[str, str]], form: str = CARD, aside: str = "") -> str:
    """A section page: a menu, the articles, a side column, a foot."""
    entries = "".join(f'<li><a href="{url}">{text}</a></li>' for url, text in menu)
    items = "".join(form.format(url, title) for url, title in zip(articles, TITLES, strict=True))
    return f"""<html><head><title>Tin tức</title></head><body>
    <div id="header"><ul class="main-menu">{entries}</ul></div>
    <div class="content"><div class="list">{items}</div><div class="right">{aside}</div></div>
    <div class="footer"><a href="/lien-he">Liên hệ tòa soạn và quảng cáo trên báo</a>
    <a href="https://khac.example/lien-ket-trang-web-khac-nhau-12345.html">Trang của cơ quan khác trong tỉnh</a>
    <a href="/chinh-sach-bao-mat-du-lieu-ca-nhan.html">Chính sách bảo mật dữ liệu cá nhân</a>
    <a href="/">Trang chủ</a><a href="#">Về đầu trang</a></div></body></html>"""


SYSTEMS: dict[str, tuple[str, list[str], list[tuple[str, str]], str, str]] = {
    "content-detail newspaper": (
        "https://bao.example.vn/chinh-tri",
        [f"/{slug}-{5071650 + n}.html" for n, slug in enumerate(SLUGS)],
        [("/chinh-tri", "Chính trị"), ("/xay-dung-dang-va-he-thong-chinh-tri", "Xây dựng Đảng và hệ thống chính trị")],
        CARD,
        '<a href="/du-lich/chuyen-cua-nhung-dong-song-sk0008F1.html">Chuyện của những dòng sông biên giới</a>'
        '<a href="/tag/hop-tac-bien-gioi-hai-nuoc-43981">hợp tác biên giới hai nước láng giềng</a>'
        '<a href="/video/ban-tin-thoi-su-toi-ngay-hom-nay-5071699.html">Bản tin thời sự tối ngày hôm nay</a>',
    ),
    "old newspaper, id in front": (
        "https://bao.example.vn/chinh-tri",
        [f"/chinh-tri/{426900 + n}-{slug}.html" for n, slug in enumerate(SLUGS)],
        [("/chinh-tri", "Chính trị"), ("/van-hoa-the-thao-va-du-lich", "Văn hóa - Thể thao - Du lịch")],
        CARD,
        "",
    ),
    "cms-body newspaper": (
        "https://bao.example.vn/doi-ngoai/",
        [f"/{slug}-post{393000 + n}.html" for n, slug in enumerate(SLUGS)],
        [("/thoi-su/", "Thời sự"), ("/multimedia/", "Multimedia")],
        CARD,
        '<a href="/hop-tac-viet-trung-tag4312.html">Hợp tác Việt - Trung qua cửa khẩu</a>'
        '<a href="/tac-gia/nguyen-van-a-123456.html">Nguyễn Văn A, phóng viên của báo</a>',
    ),
    "VNPT portal": (
        "https://cong.example.gov.vn/thong-tin-doi-ngoai",
        [f"https://cong.example.gov.vn/thong-tin-doi-ngoai/{slug[:90]}-{979910 + n}" for n, slug in enumerate(SLUGS)],
        [
            ("/thong-tin-doi-ngoai", "Thông tin đối ngoại"),
            ("/gioi-thieu/chuc-nang-nhiem-vu-quyen-han", "Chức năng, nhiệm vụ, quyền hạn"),
            ("/chi-dao-dieu-hanh-cua-ubnd-tinh-12345", "Chỉ đạo điều hành"),
        ],
        LIST,
        '<a href="/van-ban/qd-ubnd.pdf">Quyết định về việc ban hành quy chế đối ngoại</a>',
    ),
    "old VNPT portal": (
        "http://cong.example.gov.vn/1346/33882/77979/hop-tac-quoc-te",
        [f"/1346/33882/77979/{748250 + n}/hop-tac-quoc-te/{slug}" for n, slug in enumerate(SLUGS)],
        [
            ("/1346/33882/77979/hop-tac-quoc-te", "Hợp tác quốc tế"),
            ("/1346/33880/77970/tin-trong-tinh", "Tin trong tỉnh"),
        ],
        LIST,
        "",
    ),
    "old VNPT portal, by query": (
        "http://cong.example.gov.vn/Default.aspx?sid=1346&pageid=35860&catid=63039",
        [
            f"/Default.aspx?sid=1346&pageid=35860&catid=63039&id={781900 + n}&catname=tin&title={slug}"
            for n, slug in enumerate(SLUGS)
        ],
        [("/Default.aspx?sid=1346&pageid=35861&catid=63040", "Tin trong tỉnh")],
        LIST,
        "",
    ),
    "SharePoint portal": (
        "https://www.tinh.example.gov.vn/Trang/Tin-tuc-su-kien.aspx?Cat=82",
        [f"https://www.tinh.example.gov.vn/Trang/ChiTietTinTuc.aspx?nid={168650 + n}" for n in range(6)],
        [
            ("/Trang/Tin-tuc-su-kien.aspx?Cat=83", "Kinh tế"),
            ("/Trang/Gioi-thieu-chung-ve-tinh.aspx", "Giới thiệu chung"),
        ],
        LIST,
        '<a href="/Trang/vanban.aspx?vbid=1234">Quyết định ban hành quy chế quản lý đối ngoại</a>',
    ),
    "SharePoint list": (
        "https://dang.example.vn/tinhuy/Lists/TinHoatDong/AllItems.aspx",
        [f"/tinhuy/Lists/TinHoatDong/View_Detail.aspx?ItemID={3210 + n}" for n in range(6)],
        [("/tinhuy/Pages/gioi-thieu.aspx", "Giới thiệu")],
        LIST,
        "",
    ),
    "VHV department, no ids": (
        "https://so.example.gov.vn/tin-tuc-su-kien/tin-hoat-dong",
        [f"https://so.example.gov.vn/tin-tuc-su-kien/tin-hoat-dong/{slug}-.html" for slug in SLUGS],
        [
            ("/tin-tuc-su-kien/tin-hoat-dong", "Tin hoạt động"),
            ("/gioi-thieu/chuc-nang-nhiem-vu-va-quyen-han-cua-so", "Chức năng, nhiệm vụ và quyền hạn của Sở"),
        ],
        CARD,
        '<a href="/tin-tuc-su-kien">Xem tất cả</a>',
    ),
    "Drupal department": (
        "http://so.example.gov.vn/vi/tin-tuc",
        [f"/vi/{slug}" for slug in SLUGS],
        [("/vi/gioi-thieu", "Giới thiệu"), ("/vi/tin-tuc?page=1", "Trang sau")],
        LIST,
        "",
    ),
    "numbered articles without names": (
        "https://doingoai.example.vn/vi/kenh-tin/11-tin-trong-tinh?page=1",
        [f"/vi/bai-viet/{19490 + n}" for n in range(6)],
        [("/vi/kenh-tin/12-tin-trong-nuoc", "Tin trong nước"), ("/en/kenh-tin/11-tin-trong-tinh", "English")],
        CARD,
        "",
    ),
    "broadcaster": (
        "https://dai.example.vn/news/451",
        [f"/news/451/{68360 + n}/{slug}" for n, slug in enumerate(SLUGS)],
        [("/news/451", "Thời sự"), ("/news/460/chuyen-muc-phat-thanh-truyen-hinh", "Chuyên mục")],
        CARD,
        '<a href="/truyen-hinh/68001/chuong-trinh-thoi-su-toi-hom-nay">Chương trình thời sự tối hôm nay</a>',
    ),
    "city portal": (
        "https://tp.example.gov.vn/vi-vn/tin",
        [f"/vi-vn/tin/{slug}%E2%80%9D-p24021-c894733-n{111150 + n}" for n, slug in enumerate(SLUGS)],
        [("/vi-vn/tin-tuc-su-kien-p24021-c894733", "Tin tức - sự kiện")],
        LIST,
        "",
    ),
    "NukeViet": (
        "http://dic.example.gov.vn/vi/news/Thong-tin-doi-ngoai/",
        [f"/vi/news/Thong-tin-doi-ngoai/{slug}-{6540 + n}.html" for n, slug in enumerate(SLUGS)],
        [("/vi/news/Thong-tin-doi-ngoai/", "Thông tin đối ngoại"), ("/vi/users/login/", "Đăng nhập")],
        CARD,
        '<a href="/vi/news/Thong-tin-doi-ngoai/rss/">RSS</a><a href="/vi/news/tag/quoc-te/">hợp tác quốc tế</a>',
    ),
    "month in the path": (
        "https://bao.example.vn/thoi-su-chinh-tri/tin-tuc/",
        [f"/thoi-su-chinh-tri/tin-tuc/202603/{slug}-{677790 + n}/" for n, slug in enumerate(SLUGS)],
        [("/thoi-su-chinh-tri/tin-tuc/", "Tin tức"), ("/xa-hoi/an-ninh-trat-tu-an-toan/", "An ninh trật tự")],
        CARD,
        "",
    ),
    "id as the file": (
        "https://hang.example.vn/doi-ngoai",
        [f"/{slug}/{275570 + n}.vnp" for n, slug in enumerate(SLUGS)],
        [("/doi-ngoai", "Đối ngoại"), ("/chinh-tri/xay-dung-dang-va-he-thong-chinh-tri.vnp", "Xây dựng Đảng")],
        CARD,
        "",
    ),
    "no ids, a few by chance": (
        "https://so.example.gov.vn/tin-tuc.htm",
        [f"/{slug}.htm" for slug in SLUGS],
        [("/tin-tuc.htm", "Tin tức")],
        CARD,
        '<h2><a href="/tin-tuc/hop-tac-quoc-te-va-hoi-nhap-kinh-te.htm">Hợp tác quốc tế và hội nhập kinh tế</a></h2>'
        '<a href="/tin-tuc/hop-tac-quoc-te-va-hoi-nhap-kinh-te/tat-ca.htm">Tất cả</a>'
        '<a href="/van-ban-chi-dao/ke-hoach-so-12345-kh-ubnd-ve-doi-ngoai.htm">Kế hoạch đối ngoại của tỉnh năm nay</a>',
    ),
    "accented paths": (
        "https://bao.example.vn/ch%C3%ADnh-tr%E1%BB%8B",
        [
            "/ch%C3%ADnh-tr%E1%BB%8B/" + title
            for title in (
                "l%C3%A3nh-%C4%91%E1%BA%A1o-t%E1%BB%89nh-h%E1%BB%99i-%C4%91%C3%A0m-v%E1%BB%9Bi-%C4%91o%C3%A0n",
                "%C4%91o%C3%A0n-c%C3%B4ng-t%C3%A1c-th%C4%83m-l%C3%A0m-vi%E1%BB%87c-t%E1%BA%A1i-huy%E1%BB%87n",
                "k%C3%BD-b%E1%BA%A3n-ghi-nh%E1%BB%9B-h%E1%BB%A3p-t%C3%A1c-c%E1%BB%ADa-kh%E1%BA%A9u",
                "g%E1%BA%B7p-m%E1%BA%B7t-%C4%91%E1%BA%A7u-n%C4%83m-gi%E1%BB%AFa-l%E1%BB%B1c-l%C6%B0%E1%BB%A3ng",
                "khai-m%E1%BA%A1c-h%E1%BB%99i-ch%E1%BB%A3-th%C6%B0%C6%A1ng-m%E1%BA%A1i-bi%C3%AAn-gi%E1%BB%9Bi",
                "ti%E1%BA%BFp-x%C3%A3-giao-t%E1%BB%95ng-l%C3%A3nh-s%E1%BB%B1-m%E1%BB%9Bi",
            )
        ],
        [("/kinh-t%E1%BA%BF", "Kinh tế")],
        CARD,
        "",
    ),
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_it_finds_the_articles_of_a_system_it_never_saw(system: str) -> None:
    base, articles, menu, form, aside = SYSTEMS[system]
    links = page_links(page(articles, menu, form, aside), base)
    host = "/".join(base.split("/")[:3])
    assert found(links) == [url if url.startswith("http") else host + url for url in articles]
    assert [link.title for link in links] == TITLES


def test_it_takes_two_forms_of_an_address_for_one() -> None:
    base, articles, menu, form, _ = SYSTEMS["cms-body newspaper"]
    twins = "".join(f'<a href="http://www.bao.example.vn{url}?utm_source=x#y">{url}</a>' for url in articles)
    assert len(page_links(page(articles, menu, form, twins), base)) == len(articles)


def test_it_does_well_on_real_section_pages() -> None:
    if not (LISTINGS / "listings.jsonl").exists():
        pytest.skip("the saved section pages in ../shared/pages are not here")
    right = given_links = expected = 0
    for line in (LISTINGS / "listings.jsonl").read_text(encoding="utf-8").splitlines():
        gold = json.loads(line)
        body = gzip.decompress((LISTINGS / "listings" / gold["file"]).read_bytes())
        links = set(found(page_links(body, gold["url"])))
        right += len(links & set(gold["article_links"]))
        given_links += len(links)
        expected += len(gold["article_links"])
    assert right / given_links >= 0.95
    assert right / expected >= 0.95


# --- section pages of a known source ---------------------------------------------------------------------------------


def test_it_obeys_the_patterns_of_a_source() -> None:
    at = source(article_url=r"^/[^/?]+-\d{4,8}\.html$", deny_url=r"^/[^/]*quang-cao", hosts=["chuyende.bao.example.vn"])
    html = """<nav><a href="/mot-tin-38371.html?utm_source=menu">Tin</a></nav>
    <a href="http://www.bao.example.vn/mot-tin-38371.html">Một tin</a><a href="/gioi-thieu-38.html">Giới thiệu</a>
    <a href="/bai-quang-cao-38372.html">Bài quảng cáo</a><a href="https://chuyende.bao.example.vn/hai-38373.html">Hai</a>
    <a href="https://xoso.example/mot-tin-38371.html">Một tin</a>"""
    assert page_links(html, BASE, at) == [
        FoundLink("https://bao.example.vn/mot-tin-38371.html", "Một tin"),
        FoundLink("https://chuyende.bao.example.vn/hai-38373.html", "Hai"),
    ]


def test_it_falls_back_on_shape_when_the_pattern_is_out_of_date() -> None:
    base, articles, menu, form, aside = SYSTEMS["cms-body newspaper"]
    at = source(article_url=r"^/bai/\d+$", deny_url="post393002")
    assert len(page_links(page(articles, menu, form, aside), base, at)) == 5


def test_it_gives_the_links_a_source_follows_once_and_in_canonical_form() -> None:
    links = [
        FoundLink("http://bao.example.vn/a-1.html?utm_source=rss", "A", "2026-03-05"),
        FoundLink("https://bao.example.vn/a-1.html", "A again"),
        FoundLink("https://bao.example.vn/video/b-2.html"),
        FoundLink("https://xoso.example/a-1.html"),
        FoundLink("https://bao.example.vn/"),
    ]
    assert wanted(links, source(deny_url="^/video/")) == [
        FoundLink("https://bao.example.vn/a-1.html", "A", "2026-03-05")
    ]


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_it_never_stumbles_over_a_page(body: str | bytes) -> None:
    assert isinstance(page_links(body, BASE), list)
    assert isinstance(next_pages(body, BASE), list)
    if isinstance(body, bytes):
        for read in (feed_links, sitemap_links, json_links):
            read(body, BASE)


# --- JSON listings ---------------------------------------------------------------------------------------------------


def test_it_reads_a_json_listing_at_its_path() -> None:
    body = json.dumps(
        {
            "status": 1,
            "data": [
                {"link": "/hoi-dam-1.html", "title": "Hội đàm &amp; ký kết", "publish_date": "05/03/2026 09:30"},
                {"link": "https://bao.example.vn/b-2.html", "title": None},
                {"link": None},
                "?",
            ],
        }
    ).encode()
    assert json_links(body, BASE, "data[].link") == [
        FoundLink("https://bao.example.vn/hoi-dam-1.html", "Hội đàm & ký kết", "2026-03-05T09:30:00+07:00"),
        FoundLink("https://bao.example.vn/b-2.html"),
    ]
    assert found(json_links(body, BASE)) == ["https://bao.example.vn/hoi-dam-1.html"]


def test_it_reads_html_inside_json() -> None:
    base, articles, menu, form, aside = SYSTEMS["cms-body newspaper"]
    body = json.dumps({"html": page(articles, menu, form, aside)}).encode()
    assert len(json_links(body, base, "html")) == len(json_links(body, base)) == 6


@pytest.mark.parametrize(
    "body", [b"", b"<html></html>", b"callback({", b"[" * 100_000, b'{"data": {"link": 5}}', b"null"]
)
def test_it_finds_nothing_in_what_is_no_json(body: bytes) -> None:
    assert json_links(body, BASE, "data[].link") == []
    assert json_links(body, BASE) == []


def test_it_passes_over_what_stands_in_front_of_json() -> None:
    assert found(json_links(b'\xef\xbb\xbfcb([{"url": "/a", "name": "A"}]);', BASE, "[].url")) == [
        "https://bao.example.vn/a"
    ]


# --- the next page ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "base", "following"),
    [
        (
            '<head><link rel="next" href="/tin?page=3"></head><a href="/tin?page=9">Sau</a>',
            "/tin?page=2",
            ["/tin?page=3"],
        ),
        ('<a href="/tin?page=1">Trước</a><a href="/tin?page=3">Sau</a>', "/tin?page=2", ["/tin?page=3"]),
        ('<a href="/tin?page=2"><b>Trang sau ›</b></a>', "/tin", ["/tin?page=2"]),
        ('<a href="/tin?page=2" title="Trang tiếp"><i></i></a>', "/tin", ["/tin?page=2"]),
        ('<a href="/tin?page=1">1</a><a href="/tin?page=2">2</a><a href="/tin?page=3">3</a>', "/tin", ["/tin?page=2"]),
        ('<a href="/tin">1</a><a href="/tin?page=3">4</a><a href="/tin?page=2">3</a>', "/tin?page=1", ["/tin?page=2"]),
        ('<a href="/tin/trang-2.htm">2</a><a href="/tin/trang-3.htm">3</a>', "/tin.htm", ["/tin/trang-2.htm"]),
        ('<a href="/tin-p2">2</a><a href="/tin-p3">3</a>', "/tin", ["/tin-p2"]),
        ('<a href="/tin&s_cond=&BRSR=20">2</a><a href="/tin&s_cond=&BRSR=40">3</a>', "/tin", ["/tin&s_cond=&BRSR=20"]),
        ('<a href="/tin&s_cond=&BRSR=40">Sau</a>', "/tin&s_cond=&BRSR=20", ["/tin&s_cond=&BRSR=40"]),
        ('<a href="/tin?page=9">»</a><a href="/tin?page=2">›</a>', "/tin", ["/tin?page=2"]),
        ('<a href="/tin?page=2">»</a>', "/tin", ["/tin?page=2"]),
        ('<a href="/anh/bai-hat-sau-cung-123456.html">Sau</a>', "/tin", []),
        ('<a href="https://khac.example/tin?page=2">Sau</a>', "/tin", []),
        ("<a href=\"javascript:__doPostBack('p','2')\">Sau</a>", "/tin", []),
        ('<a href="/tin?page=1">1</a>', "/tin?page=2", []),
        ("", "/tin", []),
    ],
)
def test_it_finds_the_next_page_of_a_listing(html: str, base: str, following: list[str]) -> None:
    root = "https://bao.example.vn"
    assert next_pages(html, root + base, source()) == [root + url for url in following]
    assert next_pages(html, root + base) == [root + url for url in following]


def test_it_turns_the_page_of_an_address() -> None:
    assert turn("https://bao.example.vn/list?page=1&limit=12") == "https://bao.example.vn/list?page=2&limit=12"
    assert turn("https://bao.example.vn/tin&s_cond=&BRSR=20", 20) == "https://bao.example.vn/tin&s_cond=&BRSR=40"
    assert turn("https://bao.example.vn/tin") == ""
