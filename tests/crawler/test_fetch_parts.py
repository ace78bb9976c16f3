"""The small parts of fetching, without a network: letters, limits, Retry-After, sites, conditions."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.answer import FULL_AFTER, Answer, conditions
from crawler.catalogue import Source
from crawler.errors import SkipPage, TryLater
from crawler.middlewares.retry import LONGEST, seconds_of
from crawler.page import charset_of, examine, excuses_itself
from crawler.process import by_site, site
from crawler.tables import Validator
from crawler.timelimit import TooSlow, within

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def answer(body, content_type="text/html"):
    return Answer("https://example.vn/a", NOW, status=200, headers={"content-type": content_type}, body=body)


@given(st.text(alphabet="aăâđêôơưáàảãạếềểễệ \n<>p", min_size=1))
def test_it_always_knows_utf8(text):
    assert charset_of(text.encode(), "charset=iso-8859-1") == "utf-8"


@given(st.binary(max_size=300), st.text(max_size=30))
def test_it_names_a_charset_that_exists_for_any_bytes(body, header):
    body.decode(charset_of(body, header), "replace")


def test_it_takes_the_header_before_the_page_and_the_page_before_a_guess():
    body = b'<meta charset="iso-8859-2">caf\xe9'
    assert charset_of(body, "charset=windows-1252") == "cp1252"
    assert charset_of(body) == "iso8859-2"
    assert charset_of(b"caf\xe9 t\xeft") == "cp1258"
    assert charset_of(b"caf\xe9", "charset=no-such-thing") == "cp1258"


def test_it_keeps_utf8_where_one_letter_is_broken():
    body = ("Đoàn đại biểu tỉnh Lạng Sơn thăm và làm việc. " * 5).encode() + b"\xe1\xba"
    assert charset_of(body, "charset=windows-1252") == "utf-8"
    assert charset_of(body) == "utf-8"


@given(st.binary(max_size=2000), st.sampled_from(["text/html", "", "text/html; charset=cp1258", "image/png"]))
def test_it_judges_any_bytes_without_breaking(body, content_type):
    with suppress(SkipPage, TryLater):
        body.decode(examine(answer(body, content_type)), "replace")


@pytest.mark.parametrize(
    "html",
    [
        "<h1>Website đang bảo trì</h1>",
        "<p>Hệ thống đang được nâng cấp, xin vui lòng quay lại sau</p>",
        "<title>503</title><p>Site is temporarily unavailable</p>",
        "<p>This portal is down for maintenance.</p>",
    ],
)
def test_it_sees_an_excuse(html):
    assert excuses_itself(html)


def test_it_takes_an_article_about_maintenance_for_an_article():
    assert not excuses_itself("<p>Quốc lộ 1 đang bảo trì, xe đi chậm. Sở Giao thông cho biết.</p>")
    body = "<p>Trang thông tin điện tử đang được nâng cấp để phục vụ người dân. " + "Nội dung chi tiết. " * 200
    assert not excuses_itself(body)


def test_it_reads_retry_after_as_seconds_and_as_a_date():
    assert seconds_of("120", NOW) == 120
    assert seconds_of(format_datetime(NOW + timedelta(minutes=5), usegmt=True), NOW) == 300
    assert seconds_of(format_datetime(NOW - timedelta(minutes=5), usegmt=True), NOW) == 0
    assert seconds_of("99999999999999", NOW) == LONGEST
    assert seconds_of("soon", NOW) is None
    assert seconds_of("", NOW) is None
    assert seconds_of("²", NOW) is None


@given(st.text(max_size=40))
def test_it_reads_any_retry_after_without_breaking(text):
    seconds = seconds_of(text, NOW)
    assert seconds is None or 0 <= seconds <= LONGEST


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("langson.gov.vn", "langson.gov.vn"),
        ("songoaivu.laocai.gov.vn", "laocai.gov.vn"),
        ("www.baolaocai.vn", "baolaocai.vn"),
        ("en.thoidai.com.vn", "thoidai.com.vn"),
        ("127.0.0.1:8900", "127.0.0.1:8900"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]:80", "[::1]:80"),
        ("localhost", "localhost"),
    ],
)
def test_it_knows_the_site_of_a_host(host, name):
    assert site(host) == name


def test_it_groups_sources_that_share_a_site():
    def source(id, home, **more):
        return Source(id=id, name=id, home=home, **more)

    groups = by_site(
        [
            source("a", "https://a.laocai.gov.vn/"),
            source("b", "https://baocaobang.vn/"),
            source("c", "https://c.laocai.gov.vn/"),
            source("d", "https://d.vn/", feeds=("https://e.vn/rss",)),
            source("e", "https://e.vn/", hosts=("m.baocaobang.vn",)),
        ]
    )
    assert sorted(sorted(each.id for each in group) for group in groups) == [["a", "c"], ["b", "d", "e"]]


def test_it_asks_conditionally_with_what_the_page_gave():
    known = Validator(url="u", source_id="s", etag='"1"', last_modified="", full_at=NOW, checked_at=NOW)
    assert conditions(known, NOW) == {"If-None-Match": '"1"'}
    assert conditions(known, NOW + FULL_AFTER) == {}
    assert conditions(None, NOW) == {}


def test_it_ends_work_that_takes_too_long_though_that_swallows_exceptions():
    def stubborn():
        while True:
            try:
                time.sleep(0.01)
            except Exception:
                continue

    began = time.monotonic()
    with pytest.raises(TooSlow), within(0.1):
        stubborn()
    assert time.monotonic() - began < 5


def test_it_lets_quick_work_pass():
    with within(0.05):
        done = True
    time.sleep(0.1)
    assert done
