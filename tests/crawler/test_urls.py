from __future__ import annotations

import unicodedata
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import urls
from crawler.catalogue import Source


def source(**keys: object) -> Source:
    return Source.model_validate({"id": "s", "name": "S", "home": "https://bao.example.vn/", **keys})


TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
ADDRESSES = st.one_of(
    TEXT,
    st.builds(
        "{}://{}{}/{}{}{}".format,
        st.sampled_from(["http", "https", "HTTPS"]),
        st.sampled_from(["bao.example.vn", "WWW.Bao.example.vn", "m.bao.example.vn", "a.vn", "127.0.1.1", "[::1]"]),
        st.sampled_from(["", ":80", ":443", ":8900", ":x", ":99999"]),
        st.text("aà.%2F3c/;&=~ ẩ́", max_size=20) | TEXT,
        st.sampled_from(["", "?"]),
        st.text("nid=12&utm_p;%20à+#", max_size=20),
    ),
)
SOURCES = st.sampled_from(
    [
        None,
        source(),
        source(home="http://www.bao.example.vn:8900/", keep_query=["nid", "p"]),
        source(hosts=["a.vn"], article_id=r"(\d+)", article_url=r"^/[^/]+/$"),
    ]
)


@given(ADDRESSES, SOURCES)
def test_it_changes_a_canonical_address_no_more(url: str, of: Source | None) -> None:
    once = urls.canonical(url, of)
    assert urls.canonical(once, of) == once


@given(st.text(st.characters(codec="utf-8", categories=["L", "M", "Nd"]), min_size=1, max_size=20))
def test_it_gives_one_form_to_every_spelling_of_a_path(name: str) -> None:
    spellings = {
        urls.canonical("https://bao.example.vn/" + form)
        for form in (
            unicodedata.normalize("NFC", name),
            unicodedata.normalize("NFD", name),
            quote(unicodedata.normalize("NFC", name)),
            quote(unicodedata.normalize("NFD", name)),
            quote(unicodedata.normalize("NFC", name)).lower() if name.islower() else quote(name),
        )
    }
    assert len(spellings) == 1
    assert spellings.pop().isascii()


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("HTTPS://Bao.Example.VN:443", "https://bao.example.vn/"),
        ("http://bao.example.vn:80/a", "http://bao.example.vn/a"),
        ("http://127.0.1.1:8900/a", "http://127.0.1.1:8900/a"),
        (" https://bao.example.vn/a\n-b.html ", "https://bao.example.vn/a-b.html"),
        ("https://bao.example.vn/a.html#binh-luan", "https://bao.example.vn/a.html"),
        ("https://bao.example.vn/a.html?utm_source=fb&fbclid=1&gclid=2&zarsrc=30", "https://bao.example.vn/a.html"),
        ("https://bao.example.vn/a?id=3&PHPSESSID=9a", "https://bao.example.vn/a?id=3"),
        ("https://bao.example.vn/a.jsp;jsessionid=1F2E?id=3", "https://bao.example.vn/a.jsp?id=3"),
        ("https://bao.example.vn/a-123456.html&mobile=yes&amp=1", "https://bao.example.vn/a-123456.html"),
        ("https://bao.example.vn/doi-ngoai&s_cond=&BRSR=30", "https://bao.example.vn/doi-ngoai"),
        ("https://bao.example.vn/a?s_cond=&BRSR=30", "https://bao.example.vn/a"),
        ("https://bao.example.vn/a.html?mobile=yes&amp=1", "https://bao.example.vn/a.html"),
        ("https://bao.example.vn/amp/a-1.html", "https://bao.example.vn/a-1.html"),
        ("https://bao.example.vn/a-1.html/amp", "https://bao.example.vn/a-1.html"),
        ("https://bao.example.vn/a-1.amp.html", "https://bao.example.vn/a-1.html"),
        ("https://bao.example.vn/a/../b/./c", "https://bao.example.vn/b/c"),
        ("https://bao.example.vn//a", "https://bao.example.vn/a"),
        ("https://bao.example.vn/Hộp%20thư", "https://bao.example.vn/H%E1%BB%99p%20th%C6%B0"),
        ("https://bao.example.vn/h%e1%bb%99i%2dđ%c3%a0m", "https://bao.example.vn/h%E1%BB%99i-%C4%91%C3%A0m"),
        ("https://bao.example.vn/a%2fb", "https://bao.example.vn/a%2Fb"),
        ("https://bao.example.vn/100%", "https://bao.example.vn/100%25"),
        ("https://bao.example.vn/muc/", "https://bao.example.vn/muc/"),
        ("https://báo.example.vn/", "https://xn--bo-mia.example.vn/"),
        ("mailto:toasoan@example.vn", "mailto:toasoan@example.vn"),
        ("http://[::1", "http://[::1"),
        ("https://bao.example.vn:port/", "https://bao.example.vn:port/"),
    ],
)
def test_it_writes_an_address_in_one_way(written: str, kept: str) -> None:
    assert urls.canonical(written) == kept


@pytest.mark.parametrize(
    "written",
    [
        "http://bao.example.vn/a-1.html",
        "https://www.bao.example.vn/a-1.html",
        "https://m.bao.example.vn/a-1.html",
        "https://amp.bao.example.vn/amp/a-1.html?utm_medium=x",
        "https://bao.example.vn/a-1.html/",
    ],
)
def test_it_gives_the_twins_of_a_page_the_form_of_the_home(written: str) -> None:
    assert urls.canonical(written, source()) == "https://bao.example.vn/a-1.html"


def test_it_keeps_www_and_http_where_the_home_has_them() -> None:
    at = source(home="http://www.bao.example.vn/")
    assert urls.canonical("https://bao.example.vn/a", at) == "http://www.bao.example.vn/a"


def test_it_keeps_the_query_that_tells_pages_apart_in_one_order_and_spelling() -> None:
    at = source(keep_query=["nid", "Cat"])
    one = urls.canonical("https://bao.example.vn/Trang/X.aspx?cat=8&NID=12&ReturnUrl=/a", at)
    assert one == "https://bao.example.vn/Trang/X.aspx?nid=12&Cat=8"
    assert one == urls.canonical("https://bao.example.vn/Trang/X.aspx?nid=12&Cat=8&x=1", at)


def test_it_knows_an_article_by_its_id_on_every_host_of_the_paper() -> None:
    at = source(hosts=["qlqh.example.gov.vn", "anh.bao.example.vn"], article_id=r"/bai-viet/(\d+)$")
    assert urls.canonical("http://qlqh.example.gov.vn/vi/bai-viet/19491", at) == (
        "https://bao.example.vn/vi/bai-viet/19491"
    )
    assert urls.canonical("http://qlqh.example.gov.vn/vi/gioi-thieu", at) == "http://qlqh.example.gov.vn/vi/gioi-thieu"
    assert urls.canonical("http://khac.example.vn/vi/bai-viet/1", at) == "http://khac.example.vn/vi/bai-viet/1"


def test_it_takes_the_last_slash_from_article_url() -> None:
    slashed, plain = source(article_url=r"^/\d{6}/[^/]+/$"), source(article_url=r"^/\d{6}/[^/]+$")
    for written in ("https://bao.example.vn/202511/hoi-dam", "https://bao.example.vn/202511/hoi-dam/"):
        assert urls.canonical(written, slashed) == "https://bao.example.vn/202511/hoi-dam/"
        assert urls.canonical(written, plain) == "https://bao.example.vn/202511/hoi-dam"


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("https://bao.example.vn/a", True),
        ("http://www.bao.example.vn/a", True),
        ("https://m.bao.example.vn/a", True),
        ("https://chuyende.bao.example.vn/a", True),
        ("https://feeds.example.net/bao", True),
        ("https://khac.bao.example.vn/a", False),
        ("https://example.vn/a", False),
        ("https://bao.example.vn.xoso.example/a", False),
        ("https://xoso.example/bao.example.vn/a", False),
        ("https://bao.example.vn@xoso.example/a", False),
        ("https://bao.example.vn:8443/a", False),
        ("ftp://bao.example.vn/a", False),
        ("/a", False),
        ("", False),
    ],
)
def test_it_tells_its_own_hosts_from_look_alikes(url: str, own: bool) -> None:
    at = source(hosts=["chuyende.bao.example.vn"], feeds=["https://feeds.example.net/bao"])
    assert urls.on_site(url, at) is own


def test_it_takes_the_port_for_a_part_of_the_host() -> None:
    at = source(home="http://127.0.1.1:8900/")
    assert urls.on_site("http://127.0.1.1:8900/a", at)
    assert not urls.on_site("http://127.0.1.1:8901/a", at)
    assert urls.host("HTTP://127.0.1.1:8900/a") == "127.0.1.1:8900"
    assert urls.host("https://Bao.example.vn.:443/") == "bao.example.vn"


@pytest.mark.parametrize(
    ("href", "whole"),
    [
        ("../b.html", "https://bao.example.vn/b.html"),
        ("//bao.example.vn/c", "https://bao.example.vn/c"),
        ("?page=2", "https://bao.example.vn/muc/a.html?page=2"),
        (" /a\n.html#x ", "https://bao.example.vn/a.html"),
        ("#top", ""),
        ("javascript:void(0)", ""),
        ("tel:0123", ""),
        ("http://[::1/", ""),
        ("", ""),
    ],
)
def test_it_makes_links_whole(href: str, whole: str) -> None:
    assert urls.absolute(href, "https://bao.example.vn/muc/a.html") == whole


def test_it_matches_patterns_against_the_address_and_its_path() -> None:
    url = "https://bao.example.vn/Trang/X.aspx?nid=12"
    assert urls.matches(r"^/Trang/X\.aspx\?nid=\d+$", url)
    assert urls.matches(r"^https://bao\.example\.vn/", url)
    assert not urls.matches(r"^/X", url)
