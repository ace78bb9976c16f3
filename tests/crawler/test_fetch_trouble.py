"""Bad input: each costs its own page one clear line, and nothing else is lost."""

from __future__ import annotations

import gzip
import os
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from crawler.tables import Article, FetchRecord, Host, Link, SourceState

MEGABYTE = 1024 * 1024


@pytest.fixture
def portal(web, pages, source_at):
    """A listing whose first article is the bad one of the test, and whose second is a good one."""
    web.put("/tin-tuc", pages.listing(["/bai-1.html", "/bai-2.html"]))
    web.put("/bai-2.html", pages.article(2))
    return source_at(web, listings=["/tin-tuc"])


@pytest.fixture
def reason_for(portal, web, job_for, crawl, empty_database):
    """Crawls and gives the bad article's link; the good one must have been stored all the same."""

    def run(**job):
        crawled = crawl(job_for(portal, **job))
        assert crawled.end["new"] == 1, crawled.log
        assert crawled.end["error"] == ""
        assert crawled.code == 0
        with empty_database.reading() as session:
            link = session.get(Link, f"{web.origin}/bai-1.html")
            fetched = session.scalars(select(FetchRecord.reason).where(FetchRecord.url == link.url)).all()
            assert link.reason in fetched
            assert "Traceback" not in crawled.log
        return link

    return run


def test_it_tries_an_error_of_the_server_three_times_and_later_again(web, reason_for):
    web.put("/bai-1.html", b"broken", status=500)
    link = reason_for()
    assert (link.state, link.reason, link.tries) == ("pending", "HTTP 500", 1)
    assert link.next_try_at > datetime.now(UTC)
    assert web.paths().count("/bai-1.html") == 3


def test_it_gives_up_on_what_is_gone(web, reason_for):
    web.put("/bai-1.html", b"gone", status=410)
    link = reason_for()
    assert (link.state, link.reason) == ("failed", "HTTP 410")


def test_it_stops_waiting_for_a_slow_page(web, pages, reason_for):
    web.put("/bai-1.html", pages.article(1), delay=3)
    link = reason_for(timeout=0.5)
    assert (link.state, link.reason) == ("pending", "timed out after 0.5 s")


def test_it_stops_waiting_for_a_page_that_drips(web, reason_for):
    def drip():
        for _ in range(40):
            time.sleep(0.1)
            yield b"<p>"

    web.put("/bai-1.html", stream=drip)
    assert reason_for(timeout=0.7).reason == "timed out after 0.7 s"


def test_it_leaves_a_redirect_loop(web, reason_for):
    web.redirect("/bai-1.html", "/vong-2.html")
    web.redirect("/vong-2.html", "/bai-1.html")
    assert reason_for().reason == "redirect loop"
    assert web.paths().count("/bai-1.html") == 1


def test_it_leaves_a_page_that_redirects_on_and_on(web, reason_for):
    for number in range(1, 9):
        web.redirect(f"/bai-{number}.html" if number == 1 else f"/chang-{number}", f"/chang-{number + 1}")
    assert reason_for().reason == "too many redirects"
    assert "/chang-7" not in web.paths()


def test_it_refuses_a_redirect_to_a_private_address(web, reason_for):
    web.redirect("/bai-1.html", "http://10.0.0.1/secret")
    link = reason_for()
    assert (link.state, link.reason) == ("failed", "refused: 10.0.0.1 is not a public address")


def test_it_refuses_a_redirect_to_another_port_of_an_allowed_machine(web, other_web, reason_for):
    other_web.put("/secret", b"<html>secret</html>")
    web.redirect("/bai-1.html", f"{other_web.origin}/secret")
    assert reason_for().reason == "refused: 127.0.0.1 is not a public address"
    assert other_web.asked == []


def test_it_refuses_a_name_that_leads_to_a_private_address(web, reason_for):
    web.redirect("/bai-1.html", "http://localhost/secret")
    link = reason_for()
    assert link.reason.startswith("refused: ")
    assert link.state == "failed"


def test_it_refuses_a_redirect_to_another_site(web, other_web, reason_for):
    other_web.put("/bai-1.html", b"<html>another</html>")
    web.redirect("/bai-1.html", f"{other_web.origin}/bai-1.html")
    reason = reason_for(allow=(web.place, other_web.place)).reason
    assert reason == f"refused: redirected to another site, {other_web.place}"
    assert other_web.asked == []


def test_it_keeps_a_redirected_article_under_its_last_address(web, pages, source_at, job_for, crawl, empty_database):
    web.put("/tin-tuc", pages.listing(["/bai-1.html"]))
    web.redirect("/bai-1.html", "/chuyen-muc/bai-1.html?utm_source=fb")
    web.put("/chuyen-muc/bai-1.html?utm_source=fb", pages.article(1))
    crawl(job_for(source_at(web, listings=["/tin-tuc"])))
    with empty_database.reading() as session:
        assert session.scalars(select(Article.url)).all() == [f"{web.origin}/chuyen-muc/bai-1.html"]
        assert session.get(Link, f"{web.origin}/bai-1.html").state == "done"


def test_it_breaks_off_a_page_without_end(web, reason_for):
    web.put("/bai-1.html", stream=lambda: (b"<p>" + b"x" * MEGABYTE for _ in range(50)))
    link = reason_for()
    assert (link.state, link.reason) == ("failed", "page larger than 4 MiB")


def test_it_refuses_a_page_that_says_it_is_too_large(web, reason_for):
    web.put("/bai-1.html", b"<p>" * (2 * MEGABYTE))
    assert reason_for().reason == "page larger than 4 MiB"


def test_it_does_not_unpack_a_gzip_bomb(web, reason_for):
    web.put("/bai-1.html", gzip.compress(b"<p>" * (30 * MEGABYTE), 9), headers={"Content-Encoding": "gzip"})
    link = reason_for()
    assert (link.state, link.reason) == ("failed", "gzip bomb: unpacked, the page exceeds the size limit")


def test_it_unpacks_an_honest_page(web, pages, reason_for):
    web.put("/bai-1.html", b"not gzip at all", headers={"Content-Encoding": "gzip"})
    web.put("/bai-2.html", gzip.compress(pages.article(2)), headers={"Content-Encoding": "gzip"})
    assert reason_for().state == "pending"


def test_it_skips_binary_garbage(web, reason_for):
    web.put("/bai-1.html", os.urandom(20_000))
    link = reason_for()
    assert (link.state, link.reason) == ("skipped", "not a web page: binary data")


def test_it_skips_what_is_no_web_page(web, reason_for):
    web.put("/bai-1.html", b"%PDF-1.7", "application/pdf")
    link = reason_for()
    assert (link.state, link.reason) == ("skipped", "not a web page: application/pdf")


def test_it_comes_back_to_an_empty_page(web, reason_for):
    web.put("/bai-1.html", b"")
    link = reason_for()
    assert (link.state, link.reason) == ("pending", "empty page")


def test_it_comes_back_after_maintenance(web, reason_for):
    web.put("/bai-1.html", "<html><h1>Hệ thống đang bảo trì</h1><p>Xin quay lại sau.</p></html>".encode())
    link = reason_for()
    assert (link.state, link.reason) == ("pending", "maintenance page")


def test_it_fails_only_the_page_that_has_too_many_elements(web, reason_for):
    web.put("/bai-1.html", b"<html>" + b"<li><a href=x>y</a></li>" * 30_000)
    link = reason_for()
    assert (link.state, link.reason) == ("failed", "page with more than 50000 elements")


def test_it_fails_only_the_page_that_takes_too_long_to_clean(web, pages, reason_for):
    rows = "".join(f"<div><p>Dòng {n}: {pages.WORDS}</p></div>" for n in range(4000))
    web.put("/bai-1.html", f"<html><body><article>{rows}</article></body></html>".encode())
    web.put("/bai-2.html", pages.article(2))
    link = reason_for(clean_timeout=0.6)
    assert link.reason == "cleaning took longer than 0.6 s"


@pytest.mark.parametrize(
    ("encoding", "content_type", "meta"),
    [
        ("utf-8", "text/html; charset=iso-8859-1", ""),
        ("utf-8", "text/html", ""),
        ("cp1258", "text/html; charset=windows-1258", ""),
        ("cp1258", "text/html; charset=utf-8", '<meta charset="windows-1258">'),
        ("cp1258", "text/html", ""),
        ("utf-16", "text/html", ""),
    ],
)
def test_it_reads_the_right_letters_whatever_the_headers_say(
    web, pages, source_at, job_for, crawl, empty_database, encoding, content_type, meta
):
    html = pages.article(1).decode().replace('<meta charset="utf-8">', meta)
    web.put("/bai-1.html", pages.encoded(html, encoding), content_type)
    web.put("/tin-tuc", pages.listing(["/bai-1.html"]))
    crawled = crawl(job_for(source_at(web, listings=["/tin-tuc"])))
    with empty_database.reading() as session:
        text = session.scalars(select(Article.text)).one()
    assert "Đoàn công tác của tỉnh đã trao đổi về thương mại biên giới" in text, crawled.log


def test_it_obeys_robots_txt(web, reason_for):
    web.put("/robots.txt", b"User-agent: *\nDisallow: /bai-1\n", "text/plain")
    link = reason_for()
    assert link.state == "failed"
    assert link.reason == f"robots.txt forbids {web.origin}/bai-1.html"
    assert "/bai-1.html" not in web.paths()


def test_it_says_when_robots_txt_forbids_the_listing(portal, web, job_for, crawl, empty_database):
    web.put("/robots.txt", b"User-agent: doingoai\nDisallow: /\n", "text/plain")
    crawled = crawl(job_for(portal))
    assert crawled.code == 1
    assert crawled.end["error"] == f"robots.txt forbids {web.origin}/tin-tuc"
    assert web.paths() == ["/robots.txt"]
    with empty_database.reading() as session:
        state = session.get(SourceState, "portal")
        assert (state.failures, state.last_error) == (1, crawled.end["error"])


def test_it_goes_past_robots_txt_where_the_operator_has_permission(portal, web, pages, job_for, crawl):
    web.put("/robots.txt", b"User-agent: *\nDisallow: /\n", "text/plain")
    web.put("/bai-1.html", pages.article(1))
    allowed = portal.model_copy(update={"robots_permission": "the editor, 1 November 2026"})
    assert crawl(job_for(allowed)).end["new"] == 2
    assert "/robots.txt" not in web.paths()


def test_it_keeps_the_delay_that_robots_txt_asks_for(web, reason_for):
    web.put("/robots.txt", b"User-agent: *\nCrawl-delay: 1\n", "text/plain")
    reason_for()
    first, second = (each.at for each in web.asked if each.path in ("/tin-tuc", "/bai-2.html"))
    assert abs(second - first) >= 1.0


def test_it_remembers_robots_txt_for_a_day(portal, web, job_for, crawl):
    web.put("/robots.txt", b"User-agent: *\nDisallow: /bai-1\n", "text/plain")
    crawl(job_for(portal))
    crawl(job_for(portal, force=True))
    assert web.paths().count("/robots.txt") == 1
    assert "/bai-1.html" not in web.paths()


@pytest.mark.parametrize("status", [429, 503])
def test_it_leaves_a_host_alone_as_long_as_it_asks(portal, web, job_for, crawl, empty_database, status):
    web.put("/tin-tuc", b"slow down", status=status, headers={"Retry-After": "120"}, validated=False)
    crawled = crawl(job_for(portal))
    assert crawled.end["error"] == f"HTTP {status}, asked to come back in 120 s"
    assert web.paths() == ["/robots.txt", "/tin-tuc"]
    with empty_database.reading() as session:
        left = session.get(Host, web.place).not_before - datetime.now(UTC)
    assert timedelta(seconds=90) < left <= timedelta(seconds=120)
    again = crawl(job_for(portal))
    assert again.code == 0
    assert "asked not to be visited before" in again.end["error"]
    assert len(web.asked) == 2


def test_it_stops_asking_a_host_that_does_not_answer(web, pages, source_at, job_for, crawl):
    listings = [f"/muc-{n}" for n in range(5)]
    for path in listings:
        web.put(path, pages.listing([]), delay=2)
    crawled = crawl(job_for(source_at(web, listings=listings), timeout=0.3))
    assert crawled.end["error"] == "timed out after 0.3 s"
    assert set(web.paths()) == {"/robots.txt", "/muc-0", "/muc-1"}


def test_it_says_so_when_a_portal_is_down(web, source_at, job_for, crawl):
    source = source_at(web, listings=["/tin-tuc"])
    web.close()
    crawled = crawl(job_for(source))
    assert crawled.code == 1
    assert crawled.end["error"] == "connection refused by 127.0.0.1"


def test_it_says_so_when_a_name_does_not_resolve(web, source_at, job_for, crawl):
    source = source_at(web).model_copy(update={"home": "http://cong-thong-tin.invalid/"})
    assert crawl(job_for(source)).end["error"] == "cannot resolve host cong-thong-tin.invalid"


def test_it_says_so_when_a_page_has_no_article_links(web, pages, source_at, job_for, crawl):
    web.put("/", b"<html><h1>Xin quay lai sau</h1></html>")
    crawled = crawl(job_for(source_at(web)))
    assert crawled.code == 1
    assert crawled.end["error"] == f"no article links found at {web.origin}/"


def test_it_refuses_a_private_home_that_nobody_allowed(portal, web, job_for, crawl):
    crawled = crawl(job_for(portal, allow=("10.9.9.9:80",)))
    assert crawled.end["error"] == "refused: 127.0.0.1 is not a public address"
    assert web.asked == []


def test_one_source_in_trouble_does_not_disturb_another(web, other_web, pages, source_at, job_for, crawl):
    web.put("/tin-tuc", b"broken", status=500)
    other_web.put("/tin-tuc", pages.listing(["/bai-1.html"]))
    other_web.put("/bai-1.html", pages.article(1))
    bad, good = source_at(web, id="bad", listings=["/tin-tuc"]), source_at(other_web, id="good", listings=["/tin-tuc"])
    crawled = crawl(job_for(bad, good))
    assert crawled.code == 1
    assert crawled.ends["bad"]["error"] == "HTTP 500"
    assert crawled.ends["good"]["new"] == 1
