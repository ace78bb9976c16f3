"""The crawl as a whole, over real HTTP: what a poll asks, what it stores, what a second one costs."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

from crawler.tables import Article, CrawlRun, FetchRecord, Host, Link, Revision, SourceState, Validator


@pytest.fixture
def portal(web, pages, source_at):
    """A source with a listing of two articles."""
    web.put("/tin-tuc", pages.listing(["/bai-1.html", "/bai-2.html"]))
    for number in (1, 2, 3):
        web.put(f"/bai-{number}.html", pages.article(number))
    return source_at(web, listings=["/tin-tuc"])


def test_it_stores_what_a_listing_names(portal, web, job_for, crawl, empty_database):
    crawled = crawl(job_for(portal))
    assert crawled.code == 0, crawled.log
    assert crawled.outcomes == ["new", "new"]
    assert crawled.end["new"] == 2
    assert crawled.end["error"] == ""
    assert crawled.end["bytes"] > 2000
    with empty_database.reading() as session:
        articles = session.scalars(select(Article).order_by(Article.url)).all()
        assert [article.url for article in articles] == [f"{web.origin}/bai-{n}.html" for n in (1, 2)]
        assert "thương mại biên giới" in articles[0].text
        assert set(session.scalars(select(Link.state))) == {"done"}
        run = session.scalars(select(CrawlRun)).one()
        assert (run.new, run.failed, run.requests) == (2, 0, crawled.end["requests"])
        assert run.finished_at
        fetches = session.scalars(select(FetchRecord.outcome).order_by(FetchRecord.id)).all()
        assert fetches == ["listing", "new", "new"]


def test_it_speaks_the_agreed_lines(portal, job_for, crawl):
    events = crawl(job_for(portal)).events
    assert events[0] == {"type": "start", "source": "portal"}
    assert {"type": "progress", "source": "portal", "done": 1, "of": 2} in events
    keys = {"type", "source", "new", "revised", "unchanged", "failed", "requests", "bytes", "error"}
    assert set(events[-1]) == keys
    assert events[-1]["type"] == "end"


def test_it_names_itself_and_asks_for_vietnamese(portal, web, job_for, crawl):
    crawl(job_for(portal))
    headers = web.asked[-1].headers
    assert headers["User-Agent"].startswith("doingoai/")
    assert "contact: " in headers["User-Agent"]
    assert headers["Accept-Language"].startswith("vi")
    assert "Cookie" not in headers


def test_its_second_poll_costs_one_conditional_request(portal, web, job_for, crawl, empty_database):
    crawl(job_for(portal))
    before = len(web.asked)
    again = crawl(job_for(portal))
    asked = web.asked[before:]
    assert again.code == 0
    assert again.end["requests"] == 1
    assert again.outcomes == []
    assert [(each.path, each.status) for each in asked] == [("/tin-tuc", 304)]
    assert "If-None-Match" in asked[0].headers
    with empty_database.reading() as session:
        assert session.scalars(select(SourceState.last_ok_at)).one() is not None


def test_it_reads_a_listing_again_only_when_its_body_changed(portal, web, job_for, crawl):
    web.pages["/tin-tuc"].validated = False
    crawl(job_for(portal))
    again = crawl(job_for(portal))
    assert again.end["requests"] == 1
    assert again.end["error"] == ""


def test_it_fetches_a_whole_listing_once_a_day(portal, web, job_for, crawl, empty_database):
    crawl(job_for(portal))
    with empty_database.writing() as session:
        session.execute(update(Validator).values(full_at=datetime.now(UTC) - timedelta(days=2)))
    crawl(job_for(portal))
    assert web.asked[-1].path == "/tin-tuc"
    assert "If-None-Match" not in web.asked[-1].headers


def test_its_first_crawl_is_silent_and_a_later_article_is_not(portal, web, pages, job_for, crawl, empty_database):
    crawl(job_for(portal))
    web.put("/tin-tuc", pages.listing(["/bai-3.html", "/bai-1.html", "/bai-2.html"]))
    later = crawl(job_for(portal))
    assert later.outcomes == ["new"]
    with empty_database.reading() as session:
        silent = dict(session.execute(select(Article.url, Article.silent)).all())
    assert [silent[f"{web.origin}/bai-{n}.html"] for n in (1, 2, 3)] == [True, True, False]


def test_its_first_crawl_stays_unfinished_while_the_portal_is_down(portal, web, pages, job_for, crawl, empty_database):
    web.pages["/tin-tuc"].status = 404
    down = crawl(job_for(portal))
    assert down.code == 1
    assert down.end["error"] == "HTTP 404"
    web.put("/tin-tuc", pages.listing(["/bai-1.html"]))
    crawl(job_for(portal))
    with empty_database.reading() as session:
        assert session.scalars(select(Article.silent)).all() == [True]
        state = session.get(SourceState, "portal")
        assert state.failures == 0
        assert state.first_crawled_at is not None


def test_it_fetches_only_so_many_articles_a_run_and_goes_on_next_time(portal, job_for, crawl, empty_database):
    first = crawl(job_for(portal, max_articles=1))
    second = crawl(job_for(portal, max_articles=1))
    assert first.outcomes == ["new"]
    assert second.outcomes == ["new"]
    with empty_database.reading() as session:
        assert session.scalars(select(Article.silent)).all() == [True, True]


def test_it_asks_feeds_before_listings_and_home_only_at_last(web, pages, source_at, job_for, crawl):
    web.put("/rss", pages.feed(["/bai-1.html"], web.origin), "application/rss+xml")
    web.put("/sitemap.xml", pages.sitemap([f"{web.origin}/bai-2.html"]), "application/xml")
    web.put("/tin-tuc", pages.listing(["/bai-3.html"]))
    web.put("/", pages.listing(["/bai-4.html"]))
    for number in (1, 2, 3, 4):
        web.put(f"/bai-{number}.html", pages.article(number))
    crawled = crawl(job_for(source_at(web, feeds=["/rss"], sitemaps=["/sitemap.xml"], listings=["/tin-tuc"])))
    assert crawled.end["new"] == 3
    assert [path for path in web.paths() if "bai" not in path] == ["/robots.txt", "/rss", "/sitemap.xml", "/tin-tuc"]


def test_it_finds_links_from_home_where_the_listings_fail(portal, web, pages, job_for, crawl):
    web.pages["/tin-tuc"].status = 500
    web.put("/", pages.listing(["/bai-3.html"]))
    crawled = crawl(job_for(portal))
    assert crawled.code == 0
    assert crawled.end["new"] == 1
    assert "HTTP 500" in crawled.log


def test_it_follows_a_sitemap_index(web, pages, source_at, job_for, crawl):
    web.put("/sitemap.xml", pages.sitemap_index([f"{web.origin}/map-{n}.xml" for n in range(9)]), "application/xml")
    for number in range(9):
        web.put(f"/map-{number}.xml", pages.sitemap([f"{web.origin}/bai-{number}.html"]), "application/xml")
        web.put(f"/bai-{number}.html", pages.article(number))
    crawled = crawl(job_for(source_at(web, sitemaps=["/sitemap.xml"])))
    assert crawled.end["new"] == 4
    assert [path for path in web.paths() if "map-" in path] == ["/map-0.xml", "/map-1.xml", "/map-7.xml", "/map-8.xml"]


def test_it_reads_json_listings_with_their_headers(web, pages, source_at, job_for, crawl):
    web.put("/api", b'{"data": [{"link": "/bai-1.html"}]}', "application/json")
    web.put("/bai-1.html", pages.article(1))
    entry = {"url": f"{web.origin}/api", "links": "data[].link", "headers": {"X-Requested-With": "XMLHttpRequest"}}
    crawled = crawl(job_for(source_at(web, json_listings=[entry])))
    assert crawled.end["new"] == 1
    assert next(each for each in web.asked if each.path == "/api").headers["X-Requested-With"] == "XMLHttpRequest"


@pytest.fixture
def mapped(web, pages, source_at):
    """A source with a sitemap index that leads to two sitemaps, and a listing after it."""
    web.put("/sitemap.xml", pages.sitemap_index([f"{web.origin}/map-{n}.xml" for n in (1, 2)]), "application/xml")
    for number in (1, 2, 3):
        web.put(f"/bai-{number}.html", pages.article(number))
    for number in (1, 2):
        web.put(f"/map-{number}.xml", pages.sitemap([f"{web.origin}/bai-{number}.html"]), "application/xml")
    web.put("/tin-tuc", pages.listing(["/bai-1.html"]))
    return source_at(web, sitemaps=["/sitemap.xml"], listings=["/tin-tuc"])


def test_it_asks_a_sitemap_index_conditionally_and_still_follows_it(mapped, web, pages, job_for, crawl):
    crawl(job_for(mapped))
    for _ in range(2):  # what a 304 leaves behind must lead on, too
        before = len(web.asked)
        again = crawl(job_for(mapped))
        asked = [(each.path, each.status) for each in web.asked[before:]]
        assert asked == [("/sitemap.xml", 304), ("/map-1.xml", 304), ("/map-2.xml", 304), ("/tin-tuc", 304)]
        assert (again.code, again.end["error"]) == (0, "")
    web.put("/map-2.xml", pages.sitemap([f"{web.origin}/bai-{n}.html" for n in (2, 3)]), "application/xml")
    assert crawl(job_for(mapped)).outcomes == ["new"]


def test_it_reads_a_sitemap_index_whole_when_it_forgot_where_that_led(mapped, web, job_for, crawl, empty_database):
    crawl(job_for(mapped))
    with empty_database.writing() as session:
        session.execute(delete(FetchRecord))
    before = len(web.asked)
    crawl(job_for(mapped))
    asked = [(each.path, each.status) for each in web.asked[before:]]
    assert asked == [("/sitemap.xml", 200), ("/map-1.xml", 304), ("/map-2.xml", 304), ("/tin-tuc", 304)]


def test_it_asks_an_empty_listing_conditionally_and_still_misses_its_articles(web, pages, source_at, job_for, crawl):
    web.put("/tin-tuc", pages.listing([]))
    web.put("/", pages.listing([]))
    portal = source_at(web, listings=["/tin-tuc"])
    crawl(job_for(portal))
    before = len(web.asked)
    again = crawl(job_for(portal))
    assert [(each.path, each.status) for each in web.asked[before:]] == [("/tin-tuc", 304), ("/", 304)]
    assert again.end["error"] == f"no article links found at {web.origin}/"
    web.put("/tin-tuc", pages.listing(["/bai-1.html"]))
    web.put("/bai-1.html", pages.article(1))
    assert crawl(job_for(portal)).outcomes == ["new"]


def test_it_looks_at_young_articles_again_and_sees_revisions(portal, web, pages, job_for, crawl, empty_database):
    crawl(job_for(portal))
    with empty_database.writing() as session:
        session.execute(update(Article).values(next_check_at=datetime.now(UTC) - timedelta(minutes=1)))
    web.put("/bai-1.html", pages.article(1, extra="Bổ sung: hai bên ký bản ghi nhớ."))
    before = len(web.asked)
    again = crawl(job_for(portal))
    assert sorted(again.outcomes) == ["revised", "unchanged"]
    assert {(each.path, each.status) for each in web.asked[before:]} >= {("/bai-1.html", 200), ("/bai-2.html", 304)}
    with empty_database.reading() as session:
        assert len(session.scalars(select(Revision)).all()) == 3
        due = session.scalars(select(Article.next_check_at)).all()
        assert all(each > datetime.now(UTC) for each in due)


def test_it_fetches_known_articles_again_when_forced(portal, web, job_for, crawl):
    crawl(job_for(portal))
    before = len(web.asked)
    again = crawl(job_for(portal, force=True))
    assert again.outcomes == ["unchanged", "unchanged"]
    assert all("If-None-Match" not in each.headers for each in web.asked[before:])


def test_it_fetches_just_the_named_articles(portal, web, job_for, crawl):
    crawled = crawl(job_for(portal, urls=(f"{web.origin}/bai-3.html?utm_source=zalo",)))
    assert crawled.code == 0
    assert crawled.outcomes == ["new"]
    assert web.paths() == ["/robots.txt", "/bai-3.html"]


def test_it_says_when_a_named_article_belongs_to_no_source(portal, job_for, crawl):
    crawled = crawl(job_for(portal, urls=("https://example.vn/bai-1.html",)))
    assert crawled.code == 1
    assert "belongs to none of the sources" in crawled.log


def test_it_fails_when_a_named_article_cannot_be_had(portal, web, job_for, crawl):
    crawled = crawl(job_for(portal, urls=(f"{web.origin}/bai-9.html",)))
    assert crawled.end["failed"] == 1
    assert crawled.outcomes == ["failed"]
    assert "HTTP 404" in crawled.log


def test_it_walks_back_silently_until_articles_are_too_old(web, pages, source_at, job_for, crawl, empty_database):
    for number in range(1, 9):
        onward = f'<div class="pagination"><a rel="next" href="/tin-tuc?page={number + 1}">Trang sau</a></div>'
        path = "/tin-tuc" if number == 1 else f"/tin-tuc?page={number}"
        web.put(path, pages.listing([f"/bai-{number}.html"], onward))
        web.put(f"/bai-{number}.html", pages.article(number, published=f"2026-11-{20 - number:02}T08:00:00+07:00"))
    crawled = crawl(job_for(source_at(web, listings=["/tin-tuc"]), since=date(2026, 11, 16)))
    assert crawled.code == 0, crawled.log
    assert crawled.end["new"] == 5  # the fifth is the first that is too old, and tells so
    assert "/tin-tuc?page=6" not in web.paths()
    with empty_database.reading() as session:
        assert set(session.scalars(select(Article.silent))) == {True}


def test_two_sources_of_one_host_are_never_asked_at_once(web, pages, source_at, job_for, crawl):
    sources = []
    for name in ("a", "b", "c"):
        web.put(f"/{name}", pages.listing([f"/{name}/bai-{n}.html" for n in range(3)]), delay=0.05)
        for number in range(3):
            web.put(f"/{name}/bai-{number}.html", pages.article(number, title=f"Bài {name} số {number}"), delay=0.05)
        sources.append(source_at(web, id=name, listings=[f"/{name}"]))
    crawled = crawl(job_for(*sources))
    assert {end["new"] for end in crawled.ends.values()} == {3}, crawled.log
    assert web.most_at_once == 1


def test_different_hosts_are_asked_side_by_side(web, other_web, pages, source_at, job_for, crawl):
    for server in (web, other_web):
        server.put("/tin-tuc", pages.listing(["/bai-1.html"]), delay=1.0)
        server.put("/bai-1.html", pages.article(1))
    sources = [source_at(web, id="a", listings=["/tin-tuc"]), source_at(other_web, id="b", listings=["/tin-tuc"])]
    crawl(job_for(*sources))
    first, second = (next(each.at for each in s.asked if each.path == "/tin-tuc") for s in (web, other_web))
    assert abs(first - second) < 0.9


def test_it_leaves_a_host_alone_that_another_crawl_holds(portal, web, job_for, crawl, empty_database):
    with empty_database.writing() as session:
        until = datetime.now(UTC) + timedelta(minutes=1)
        session.add(Host(name=web.place, held_by="another machine", held_until=until))
    crawled = crawl(job_for(portal))
    assert crawled.code == 0
    assert crawled.end["error"].startswith("skipped: ")
    assert web.asked == []
    with empty_database.reading() as session:
        assert session.get(SourceState, "portal").failures == 0


def test_it_gives_the_host_back(portal, web, job_for, crawl, empty_database):
    crawl(job_for(portal))
    with empty_database.reading() as session:
        assert session.get(Host, web.place).held_by == ""


def test_it_waits_between_requests(portal, web, job_for, crawl):
    crawl(job_for(portal, page_delay=0.5))
    times = [each.at for each in web.asked]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert len(gaps) == 3
    assert min(gaps) >= 0.35
